"""The evaluator's worksheet: answers, their sums and means, and the index that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from asn_research.errors import RenderError
from asn_research.measure.ikm import SatisfactionIndex, exact_total
from asn_research.measure.survey_answers import ANSWER_COLUMNS
from asn_research.protect import ProtectedTable
from asn_research.rules.regulations import SatisfactionRule, round_half_up
from asn_research.rules.words import worded
from asn_research.show.blocks import Blocks
from asn_research.show.data import ReportData
from asn_research.show.digest_blocks import (
    Worksheet,
    WorksheetElement,
    WorksheetGrade,
    WorksheetUnit,
    WorksheetWeight,
)
from asn_research.show.numbers import is_missing
from asn_research.show.sections.reported import reported
from asn_research.show.sections.satisfaction_variants import printed_weight
from asn_research.show.sections.section_parts import listing, satisfaction_rule
from asn_research.show.sections.survey_elements import hidden_elements


def worksheet(data: ReportData) -> Blocks:
    """Return the worksheet of a unit's answers, or of the city's units; no block if there was no survey.

    Raises
    ------
    RenderError
        If the worksheet would not give the index that the report prints.
    """
    found = data.rows("satisfaction")
    return Blocks(() if found is None else (_worksheet(data, found),))


def _worksheet(data: ReportData, found: ProtectedTable) -> Worksheet:
    """Return the worksheet of a unit or the city with a survey."""
    words, rule = data.words, satisfaction_rule(data)
    row = {str(name): value for name, value in found.frame.iloc[0].items()}
    frame = _elements(data, rule)
    sheet = Worksheet(
        words("worksheet_title_city" if data.is_city else "worksheet_title"),
        words("worksheet_sheet"),
        multiplier=rule.multiplier,
        decimals=rule.decimals,
        n=0 if is_missing(row["n_respondents"]) else int(row["n_respondents"]),
    )
    if is_missing(row["index"]) or frame["mean"].isna().any() or frame.empty:
        return _with(sheet, notes=(_why_empty(data, found),))
    index = _index(rule, frame)
    elements = tuple(
        WorksheetElement(
            f"U{rule.elements.index(key) + 1}",
            words(f"element_{key}"),
            index.counts[key],
            float(index.totals[key]),
        )
        for key in index.asked
    )
    rows, why_not = _rows(data, found, index)
    weights = _weights(data, index, row)
    for_city = _units(data, index) if data.is_city else ()
    notes = (why_not, *_notes(data, row, index, rows))
    sheet = _with(
        sheet, elements=elements, rows=rows, units=for_city, weights=weights,
        low=_two(row["index_low"]), high=_two(row["index_high"]), notes=tuple(note for note in notes if note),
    )  # fmt: skip
    if not index.is_full:
        return sheet
    grades = [
        WorksheetGrade(b.grade, float(b.at_least), b.label(data.language)) for b in reversed(rule.grades)
    ]
    return _with(sheet, grades=tuple(grades))


def _with(sheet: Worksheet, **changes: Any) -> Worksheet:
    return Worksheet(**{**vars(sheet), **changes})


def _two(value: Any) -> float | None:
    """Return a lower bound of a grade with the decimals that are printed."""
    return None if is_missing(value) else float(round_half_up(Fraction(repr(float(value))), 2))


def _why_empty(data: ReportData, found: ProtectedTable) -> str:
    """Say why the worksheet holds no values: no index, or an index of which one element is hidden."""
    words, shown, hidden = data.words, reported(data), hidden_elements(data)
    if shown is None or not hidden:
        return words("worksheet_hidden", n=found.rule.smallest_group.citizens)
    index = data.numbers.number(shown.value, 2)
    return words("worksheet_element_hidden", index=index, hidden=listing(data, hidden))


def _elements(data: ReportData, rule: SatisfactionRule, unit: str = "") -> pd.DataFrame:
    """Return the elements that a unit asked, in the rule's order: element, n, mean."""
    found = data.rows("elements", **({"unit_id": unit} if unit else {}))
    if found is None:
        return pd.DataFrame(columns=["element", "n", "mean"])
    frame = found.ordered("element", rule.elements).frame[["element", "n", "mean"]]
    return frame.loc[frame["n"].isna() | (frame["n"] > 0)]


def _index(rule: SatisfactionRule, frame: pd.DataFrame) -> SatisfactionIndex:
    keys, counts = frame["element"].astype("str"), frame["n"].astype(int)
    totals = [exact_total(mean * n) for mean, n in zip(frame["mean"].astype(float), counts, strict=True)]
    return SatisfactionIndex(
        rule, dict(zip(keys, totals, strict=True)), dict(zip(keys, map(int, counts), strict=True))
    )


def _rows(
    data: ReportData, found: ProtectedTable, index: SatisfactionIndex
) -> tuple[tuple[tuple[float | None, ...], ...], str]:
    """Return the answers for the worksheet, one row per respondent, and a sentence about them.

    The sentence says how many rows there are; if the rows may not be shown, it says why, and there are none.
    """
    words = data.words
    if data.is_city:
        return (), words("worksheet_city")
    answers = data.rows("answers")
    if answers is not None:
        columns = [ANSWER_COLUMNS[index.rule.elements.index(key)] for key in index.asked]
        frame = answers.sorted_by("row").frame[columns]
        rows = tuple(
            tuple(None if value != value else float(value) for value in row)  # noqa: PLR0124 (nan)
            for row in frame.itertuples(index=False, name=None)
        )
        _require_same(index, rows)
        return rows, words("worksheet_rows", n=data.numbers.number(len(rows)))
    n, least = int(found.frame["n_respondents"].iloc[0]), found.rule.smallest_worksheet
    key = "worksheet_few" if n < least else "worksheet_beside_others"
    return (), words(key, n=data.numbers.number(n), least=least)


def _require_same(index: SatisfactionIndex, rows: tuple[tuple[float | None, ...], ...]) -> None:
    """Raise an error if the sums of the rows are not those that the report prints."""
    for key, *column in zip(index.asked, *rows, strict=True):
        given = [value for value in column if value is not None]
        if len(given) != index.counts[key] or exact_total(sum(given)) != index.totals[key]:
            raise worded(RenderError, "error_worksheet_differs")


def _weights(
    data: ReportData, index: SatisfactionIndex, row: Mapping[str, Any]
) -> tuple[WorksheetWeight, ...]:
    """Return the exact weight and the printed ones, each with the index that the report states for it."""
    rule, words = index.rule, data.words
    printed = sorted(rule.printed_weights, reverse=True) if index.is_full else []
    is_printed_reported = bool(printed) and data.given.style.reported_index == "printed"
    share = Fraction(1, len(index.asked))
    found = [
        _weight(index, f"1/{len(index.asked)}", f"1/{len(index.asked)}", share, words("worksheet_exact"), not is_printed_reported)
    ]  # fmt: skip
    for weight in printed:
        is_reported = is_printed_reported and weight == rule.coarsest_weight
        label = printed_weight(data, weight)
        found.append(
            _weight(index, label, str(weight), Fraction(weight), words("worksheet_printed"), is_reported)
        )
    known = {found[0].formula: row["index_rounded"]}
    if printed:
        known |= {
            str(rule.coarsest_weight): row["index_printed_weight"],
            str(max(rule.printed_weights)): row["index_finer_weight"],
        }
    if any(each.index != known[each.formula] for each in found if each.formula in known):
        raise worded(RenderError, "error_worksheet_differs")
    return tuple(found)


def _weight(
    index: SatisfactionIndex, label: str, formula: str, share: Fraction, note: str, is_reported: bool
) -> WorksheetWeight:
    """Return a weight of the elements with the index and the grade that it gives."""
    rule = index.rule
    exact = index.published(share)
    floor = Fraction(rule.multiplier * rule.scale.lowest)
    return WorksheetWeight(
        label, formula, float(exact / rule.multiplier), float(round_half_up(exact, rule.decimals)),
        # A printed weight can push an index below the scale itself.
        rule.grade(max(exact, floor)).grade if index.is_full else "", note, is_reported,
    )  # fmt: skip


def _units(data: ReportData, index: SatisfactionIndex) -> tuple[WorksheetUnit, ...]:
    """Return the units all of whose means may be shown, in the order of the register."""
    found = []
    for unit in data.city.reporting_units:
        of = data.rows("satisfaction", unit_id=unit.unit_id)
        frame = _elements(data, index.rule, unit.unit_id)
        if of is None or is_missing(of.frame["index"].iloc[0]) or frame["mean"].isna().any() or frame.empty:
            continue
        own = _index(index.rule, frame)
        found.append(
            WorksheetUnit(
                unit.name, int(of.frame["n_respondents"].iloc[0]),
                tuple(own.counts.get(key, 0) for key in index.asked),
                tuple(float(own.totals.get(key, 0)) for key in index.asked), own.value,
            )
        )  # fmt: skip
    return tuple(found)


def _notes(
    data: ReportData,
    row: Mapping[str, Any],
    index: SatisfactionIndex,
    rows: tuple[tuple[float | None, ...], ...],
) -> list[str]:
    """Return the notes that readers of the numbers need."""
    words, numbers = data.words, data.numbers
    notes = []
    if not index.is_full:
        missing = [words(f"element_{key}") for key in index.rule.elements if key not in index.asked]
        notes.append(words("worksheet_not_all", missing=listing(data, missing)))
    if any(value is not None and value % 1 for line in rows for value in line):
        notes.append(words("worksheet_several"))
    if not is_missing(row.get("index_weighted")):
        notes.append(words("worksheet_weighted", index=numbers.number(row["index_weighted"], 2)))
    return notes
