"""The desk: a local page in the browser, from a folder of exports to signed reports."""
