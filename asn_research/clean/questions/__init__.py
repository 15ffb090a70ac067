"""Questions that only a person can answer: asked in a workbook or the terminal, answered once for a layout."""
