"""Where rows come from, told by their keys with the tests' own key."""

from asn_research.clean.privacy.identity import Pseudonyms, load_key
from asn_research.clean.sendback.origins import locate


def origins(raw, row_ids):
    """Return the file, sheet and row of each key."""
    return locate(raw, list(row_ids), Pseudonyms(load_key()[0]))


def in_order(processed, table="citizen_feedback"):
    """Return a table's rows in the order of their files, sheets and rows; the raw folder lies beside."""
    rows = processed.table(table)
    places = origins(processed.folder.parent / "raw", rows["row_id"])
    return rows.iloc[sorted(range(len(rows)), key=lambda at: _place(places[rows["row_id"].iloc[at]]))]


def _place(origin):
    return origin.file, origin.sheet, origin.row
