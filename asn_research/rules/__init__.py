"""Laws and codebooks, as data, and the frozen types that refuse a bad one.

`regulations/` holds what a regulation says, with its article and how far each value was checked;
`cities/` a city's units and services; `codebooks/` the columns of each source; `words.csv` the
words that readers see, in two languages. ``rules.at(period)`` gives the rules of a period.
"""

from asn_research.rules.in_force import RulesAt, at

__all__ = ["RulesAt", "at"]
