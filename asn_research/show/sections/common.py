"""What several sections say in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule, rule_in_force
from asn_research.show.blocks import Paragraph
from asn_research.show.data import ReportData


def absent(data: ReportData, what: str) -> Paragraph:
    """Return the sentence that a section has no data to show."""
    return Paragraph(
        data.words("absent", what=data.words(what), period=data.period.label(data.language)), "absent"
    )


def is_full(data: ReportData) -> bool:
    """Whether all elements of the rule were asked, so that the index may be called IKM."""
    found = data.rows("satisfaction")
    return found is not None and bool(found.frame["is_full"].iloc[0])


def satisfaction_rule(data: ReportData) -> SatisfactionRule:
    """Return the rule in force at the end of the period."""
    return rule_in_force(SatisfactionRule, data.period.last_day)


def grade_word(data: ReportData, grade: str) -> str:
    """Return the words of a grade letter."""
    rule = satisfaction_rule(data)
    return next((band.label(data.language) for band in rule.grades if band.grade == grade), "")


def listing(data: ReportData, items: Sequence[str]) -> str:
    """Return items as a sentence lists them: *a; b; and c*. Items may hold commas of their own."""
    if len(items) < 2:
        return "".join(items)
    joiner = data.words("and_last")
    return "; ".join(items[:-1]) + ("; " if len(items) > 2 else " ") + f"{joiner} {items[-1]}"


def period_label(data: ReportData, code: str) -> str:
    """Return a period's short label."""
    return Period.parse(code).short_label(data.language)
