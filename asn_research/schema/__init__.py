"""Schema: each table is declared once, with the meaning, the people counted and the audience of each column.

The declarations are data: `tables.csv`, `columns.csv`, `links.csv` and `units.csv`. The code derives
contracts, disclosure control, intervals, panels and the data dictionary from them.
"""

from asn_research.schema.contracts import require_declared
from asn_research.schema.describe import describe
from asn_research.schema.tables import Column, Sum, Table, declared, declared_tables

__all__ = ["Column", "Sum", "Table", "declared", "declared_tables", "describe", "require_declared"]
