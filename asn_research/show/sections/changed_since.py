"""What changed in the headlines since the last edition of the same period, by cause."""

from __future__ import annotations

import pandas as pd

from asn_research.given import Given
from asn_research.measure.edition_split import CAUSES
from asn_research.rules.regulations import SatisfactionRule
from asn_research.rules.words import load_words
from asn_research.show.blocks import Block, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import Numbers, is_missing
from asn_research.show.sections.reported import weight_factor
from asn_research.show.sections.section_parts import is_full, satisfaction_rule

#: The causes of a change as reports tell them: those of the exact index, the weight that is reported, and the code.
PARTS = (*CAUSES, "weight", "rest")


def changed_since(data: ReportData) -> list[Block]:
    """Return the changes of the unit's headlines since their last edition; nothing where none may be shown."""
    words, numbers = data.words, data.numbers
    found = data.rows("edition_changes") if data.may_show("edition_changes") else None
    rows = pd.DataFrame() if found is None else found.frame
    switched = data.given.other_weight_edition if is_full(data) else 0
    if switched:
        rows = _with_the_index(data, rows)
    changed = rows.loc[rows["change"].notna()] if len(rows) else rows
    if changed.empty and not switched:
        return []
    edition = switched or int(changed["edition"].max())
    blocks: list[Block] = [Heading(words("section_changed"), 2)]
    if switched:
        own = data.given.style.reported_index
        blocks.append(Paragraph(weight_sentence(satisfaction_rule(data), own, data.language, edition)))
    if changed.empty:
        return blocks
    weights = weights_reported(satisfaction_rule(data), data.given) if is_full(data) else (1.0, 1.0)
    changed = reported_changes(changed, *weights)
    causes = [cause for cause in PARTS if changed[cause].fillna(0).abs().gt(0).any()]

    def number(value: object, *, signed: bool = False) -> Cell:
        if is_missing(value):
            return Cell(words("cause_unknown"))
        amount = float(value)  # type: ignore[arg-type]
        return Cell(numbers.signed(amount, 2) if signed else numbers.number(amount, 2), amount)

    cells = [
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
        *blocks,
        Paragraph(words("changed_intro", edition=edition)),
        Table("edition_changes", words("table_changed"), columns, tuple(cells), (words("note_changed"),)),
    ]


def reported_changes(changes: pd.DataFrame, before: float, now: float) -> pd.DataFrame:
    """Return changes with the index as then and now reported, and a column of what the other weight did.

    The weight is one cause beside all others together: its part is the mean of what it does first and last.

    Parameters
    ----------
    changes : pd.DataFrame
        Rows of the measure `edition_changes`, of indices of the exact weight.
    before, now : float
        By what the exact index is multiplied to give the one reported then, and the one reported now.

    Examples
    --------
    >>> row = {"figure": "ikm", "before": 80.0, "now": 90.0, "change": 10.0, **dict.fromkeys((*CAUSES, "rest"), 0.0)}
    >>> told = reported_changes(pd.DataFrame([row | {"new_data": 10.0}]), 1.0, 0.99)
    >>> told[["before", "now", "change", "new_data", "weight"]].round(2).iloc[0].tolist()
    [80.0, 89.1, 9.1, 9.95, -0.85]
    """
    parts = [*CAUSES, "rest"]
    told = changes.astype(dict.fromkeys(("before", "now", "change", *parts), "float64")).assign(weight=0.0)
    index = told["figure"].astype("str") == "ikm"
    was, value = told.loc[index, "before"], told.loc[index, "now"]
    told.loc[index, parts] *= (before + now) / 2
    told.loc[index, "weight"] = (now - before) * (was + value) / 2
    told.loc[index, "before"], told.loc[index, "now"] = before * was, now * value
    told.loc[index, "change"] = told.loc[index, "now"] - told.loc[index, "before"]
    return told


def weights_reported(rule: SatisfactionRule, given: Given) -> tuple[float, float]:
    """Return by what the exact index is multiplied to give the one that the last edition reported, and today's."""
    own = given.style.reported_index
    now = weight_factor(rule, own)
    return (weight_factor(rule, _other(own)) if given.other_weight_edition else now), now


def weight_sentence(rule: SatisfactionRule, own: str, language: str, edition: int) -> str:
    """Say that the city went to a weight, ``"exact"`` or ``"printed"``, from the other one since an edition."""
    words, weight = load_words(language), rule.coarsest_weight
    text = Numbers(language).number(float(weight), -int(weight.as_tuple().exponent))
    named = {
        "exact": words("weight_exact", n=len(rule.elements)),
        "printed": words("weight_printed", weight=text),
    }
    return words("changed_weight", edition=edition, before=named[_other(own)], now=named[own])


def _other(index: str) -> str:
    return "printed" if index == "exact" else "exact"


def _with_the_index(data: ReportData, rows: pd.DataFrame) -> pd.DataFrame:
    """Return changes with a row of the index, which the other weight changes though nothing else did."""
    if len(rows) and (rows["figure"].astype("str") == "ikm").any():
        return rows
    found = data.rows("satisfaction")
    value = None if found is None else found.frame["index"].iloc[0]
    if is_missing(value):
        return rows
    same = {"figure": "ikm", "edition": data.given.other_weight_edition, "before": value, "now": value}
    index = pd.DataFrame([{**same, **dict.fromkeys(("change", *CAUSES, "rest"), 0.0)}])
    return pd.concat([index, rows], ignore_index=True) if len(rows) else index
