"""Disclosure control: values of small groups are suppressed here, and later stages take only protected tables."""

from asn_research.protect.audience import AUDIENCES, ReportAudience, may_see
from asn_research.protect.counted import CountedCity, CountedTable, with_current_names
from asn_research.protect.guards import Guard
from asn_research.protect.protected_table import ProtectedTable, protect_table
from asn_research.protect.release import ProtectedCity, count_city, protect_city, protect_measure

__all__ = [
    "AUDIENCES",
    "CountedCity",
    "CountedTable",
    "Guard",
    "ProtectedCity",
    "ProtectedTable",
    "ReportAudience",
    "count_city",
    "may_see",
    "protect_city",
    "protect_measure",
    "protect_table",
    "with_current_names",
]
