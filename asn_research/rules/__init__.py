"""Laws and codebooks, as data, and the frozen types that validate them.

`regulations/` holds the values of each regulation, with the article and how far each value was checked.
`cities/` holds the units and services of a city, `codebooks/` the columns of each source, and `words.csv` the
texts that readers see, in two languages. ``rules.at(period)`` returns the rules of a period.
"""

from asn_research.rules.in_force import RulesAt, at
from asn_research.rules.regulations import SatisfactionRule, load_rules
from asn_research.rules.worksheets import load_worksheets

__all__ = ["RulesAt", "SatisfactionRule", "at", "load_rules", "load_worksheets"]
