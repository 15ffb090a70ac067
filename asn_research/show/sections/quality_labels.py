"""The words of columns, categories, offices and marks in the report on data quality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asn_research import rules
from asn_research.measure.data_quality import ANY_MARK, BLANK
from asn_research.protect import ProtectedTable
from asn_research.rules.codebooks import load_codebook, load_missing_reasons
from asn_research.rules.reasons import reason_of
from asn_research.rules.regulations import QualityRule
from asn_research.show.data import ReportData
from asn_research.show.sections.reported import index_as_reported

#: The indices of `quality_screens`, with their ends and difference.
_SCREENED = ("index", "low", "high", "index_without", "without_low", "without_high", "difference")


def quality_rule(data: ReportData) -> QualityRule:
    """Return the thresholds in force at the end of the period."""
    return rules.at(data.period, data.city).one(QualityRule)


def screens(data: ReportData, **where: object) -> ProtectedTable | None:
    """Return the period's doubtful forms, and the index with and without them as it is reported everywhere else."""
    found = data.protected.get("quality_screens", in_period=data.period.code, **where)
    return None if found is None else index_as_reported(data, found, _SCREENED)


def level(data: ReportData, row: Mapping[Any, Any], side: str) -> str:
    """Return the level of a tested column in either period: a mean, or percent of rows."""
    value = row[side]
    if str(row["column"]).endswith("_days_n"):
        return data.numbers.percent(100 * value, 1)
    if row["test_kind"] == "mean":
        return data.numbers.number(value, 2)
    return data.numbers.percent(value, 1)


def office_name(data: ReportData, unit_id: str) -> str:
    """Return an office's short name; rows of no known office have a name too."""
    return data.city.units[unit_id].short_name if unit_id in data.city.units else data.words("office_unknown")


def column_label(data: ReportData, source: str, column: str) -> str:
    """Return a column's words; a fault of the whole row has none."""
    if not column:
        return data.words("whole_row")
    known = load_codebook(source).by_name.get(column)
    if known is None:
        words = data.words
        return words(f"column_{column}") if words.has(f"column_{column}") else words("column_extra")
    return known.text_of("label", data.language)


def drift_label(data: ReportData, row: Mapping[Any, Any]) -> str:
    """Return a tested column's words, with the category that moved most."""
    source, column, category = (str(row[name]) for name in ("source", "column", "category"))
    label = column_label(data, source, column)
    return f"{label}: {_category(data, source, column, category)}" if category else label


def _category(data: ReportData, source: str, column: str, code: str) -> str:
    """Return the label of a category of a column: from our words, or from the codebook."""
    if code == "merged":
        return data.words("category_merged")
    if data.words.has(f"predikat_{code}"):
        return data.words(f"predikat_{code}")
    known = load_codebook(source).by_name.get(column)
    if data.language == "en" or known is None:
        return code.replace("_", " ")
    spelled = [part.partition("=") for part in known.values.split(";")]
    return next((words.split("|")[0] for c, _, words in spelled if c.strip() == code and words), code)


def mark_label(data: ReportData, mark: str) -> str:
    """Return the label of a mark on a row."""
    return data.words("mark_any") if mark == ANY_MARK else reason_of(mark).label(data.language)


def missing_label(data: ReportData, reason: str) -> str:
    """Return the words of a reason for a missing answer."""
    if reason == BLANK:
        return data.words("missing_blank")
    known = load_missing_reasons()[reason]
    return known.text_of("label", data.language)
