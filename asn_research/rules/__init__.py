"""Laws and codebooks, as data, and the frozen types that refuse a bad one.

`regulations/` holds what a regulation says, with its article and how far it was checked;
`cities/` a city's units and services; `codebooks/` the columns of each source; `words.csv` the
words that readers see, in two languages.
"""
