"""What changed in the headlines since the last edition of the same period, by cause."""

from __future__ import annotations

from asn_research.measure.edition_split import CAUSES
from asn_research.show.blocks import Block, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.reported import factor
from asn_research.show.sections.section_parts import is_full

_PARTS = (*CAUSES, "rest")
_NUMBERS = ("before", "now", "change", *_PARTS)


def changed_since(data: ReportData) -> list[Block]:
    """Return the changes of the unit's headlines since their last edition; nothing where none may be told."""
    words, numbers = data.words, data.numbers
    found = data.rows("edition_changes") if data.may_show("edition_changes") else None
    changed = None if found is None else found.frame.loc[found.frame["change"].notna()]
    if changed is None or changed.empty:
        return []
    # The index as it is reported: each part of its change has the same weight.
    of_index = changed["figure"].astype("str") == "ikm"
    changed = changed.astype(dict.fromkeys(_NUMBERS, "float64"))
    changed.loc[of_index, list(_NUMBERS)] *= factor(data) if is_full(data) else 1.0
    causes = [cause for cause in _PARTS if changed[cause].fillna(0).abs().gt(0).any()]
    edition = int(changed["edition"].max())

    def number(value: object, *, signed: bool = False) -> Cell:
        if is_missing(value):
            return Cell(words("given_missing"))
        amount = float(value)  # type: ignore[arg-type]
        return Cell(numbers.signed(amount, 2) if signed else numbers.number(amount, 2), amount)

    rows = [
        (
            Cell(data.label(str(row["figure"]))),
            number(row["before"]),
            number(row["now"]),
            *(number(row[cause], signed=True) for cause in causes),
        )
        for row in changed.to_dict("records")
    ]
    columns = (
        TableColumn(words("col_figure"), "left", 2.4),
        TableColumn(words("col_edition_value", edition=edition), "right"),
        TableColumn(words("col_now"), "right"),
        *(TableColumn(words(f"cause_{cause}"), "right") for cause in causes),
    )
    return [
        Heading(words("section_changed"), 2),
        Paragraph(words("changed_intro", edition=edition)),
        Table("edition_changes", words("table_changed"), columns, tuple(rows), (words("note_changed"),)),
    ]
