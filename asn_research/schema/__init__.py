"""Every table declared once: its columns, what they mean, who stands behind them, who may see them.

The declarations are data: `tables.csv`, `columns.csv`, `units.csv`. Contracts, protection, intervals,
panels and the data dictionary follow from them.
"""

from asn_research.schema.contracts import require_declared
from asn_research.schema.describe import describe
from asn_research.schema.tables import Column, Sum, Table, declared, declared_tables

__all__ = ["Column", "Sum", "Table", "declared", "declared_tables", "describe", "require_declared"]
