"""What several sections say in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from asn_research import rules
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule
from asn_research.rules.scales import load_scales
from asn_research.show.blocks import Paragraph
from asn_research.show.data import ReportData, once_per_report

#: What half years and years are made of; the rest is reported by quarter only.
_POOLED = {"what_satisfaction", "what_service_time", "what_complaints"}


def absent(data: ReportData, what: str) -> Paragraph:
    """Return the sentence that a section has no data to show, or none of its half year or year."""
    if data.is_pooled and what not in _POOLED:
        sentence = data.words("not_pooled", what=data.words(what), period=data.period.label(data.language))
        return Paragraph(sentence, "absent")
    return Paragraph(
        data.words("absent", what=data.words(what), period=data.period.label(data.language)), "absent"
    )


def pooled_note(data: ReportData, source: str) -> list[Paragraph]:
    """Return what a half year or year is made of, with the parts that are missing; nothing for a quarter."""
    made_of = data.parts(source)
    if made_of is None:
        return []
    words = data.words
    parts, missing, reason = made_of
    named = [listing(data, [period_label(data, code) for code in codes]) for codes in (parts, missing)]
    if reason:
        return [Paragraph(words(f"pooled_{reason}", parts=named[0]), "warning")]
    made = (
        words("pooled_from", parts=named[0], what=words(f"pooled_{source}"))
        if len(parts) > 1
        else words("pooled_single", parts=named[0])
    )
    notes = [Paragraph(made, "note")]
    if missing:
        notes.append(Paragraph(words("pooled_missing", missing=named[1]), "warning"))
    return notes


@once_per_report
def is_full(data: ReportData) -> bool:
    """Whether all elements of the rule were asked, so that the index may be called IKM."""
    found = data.rows("satisfaction")
    return found is not None and bool(found.frame["is_full"].iloc[0])


def satisfaction_rule(data: ReportData) -> SatisfactionRule:
    """Return the rule in force at the end of the period."""
    return rules.at(data.period, data.city).one(SatisfactionRule)


def grade_word(data: ReportData, grade: str) -> str:
    """Return the words of a grade letter."""
    rule = satisfaction_rule(data)
    return next((band.label(data.language) for band in rule.grades if band.grade == grade), "")


def reliability_word(alpha: float) -> Literal["good", "accepted", "poor"]:
    """Return what a scale's alpha is called by the limits of `scales.yaml`.

    Examples
    --------
    >>> reliability_word(0.63)
    'accepted'
    """
    limits = load_scales().conventions
    if alpha >= limits.alpha_good.value:
        return "good"
    return "accepted" if alpha >= limits.alpha_accepted.value else "poor"


def listing(data: ReportData, items: Sequence[str], last: Literal["and_last", "or_last"] = "and_last") -> str:
    """Return items as a sentence lists them: *a, b, and c*; with semicolons where one holds a comma of its own."""
    if len(items) < 2:
        return "".join(items)
    joiner, mark = data.words(last), "; " if any(", " in item for item in items) else ", "
    return mark.join(items[:-1]) + (mark if len(items) > 2 else " ") + f"{joiner} {items[-1]}"


def period_label(data: ReportData, code: str) -> str:
    """Return a period's short label."""
    return Period.parse(code).short_label(data.language)
