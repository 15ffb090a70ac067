"""What may leave: small groups are masked here, and nothing downstream takes an unmasked table."""

from asn_research.protect.audience import AUDIENCES, ReportAudience, may_see
from asn_research.protect.city import ProtectedCity, count_city, protect_city, protect_measure
from asn_research.protect.counted import CountedCity, CountedTable
from asn_research.protect.guards import Guard
from asn_research.protect.tables import ProtectedTable, protect_table

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
]
