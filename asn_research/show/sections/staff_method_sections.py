"""How an internal report is read: what may not be concluded, and how its figures were made."""

from __future__ import annotations

from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule
from asn_research.show.blocks import Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.changed_since import changed_since
from asn_research.show.sections.decisions_told import OF_STAFF, decided_rows
from asn_research.show.sections.rules_used import rules_used
from asn_research.show.sections.section_parts import listing

#: Parts of an internal report, and what they are called where they are missing.
_PARTS = (
    ("appraisal", "what_appraisal"),
    ("training", "what_training"),
    ("motivation", "what_motivation"),
    ("objections", "what_objections"),
)
#: The measures of the internal reports; the rules of others stand in the public ones.
STAFF_MEASURES = frozenset(
    {"predikats", "information", "distribution", "training", "ip_asn", "sanctions", "objections"}
)


def not_to_conclude(data: ReportData) -> Blocks:
    """Return what may not be concluded from the report's figures."""
    words = data.words
    texts = []
    if data.rows("appraisal") is not None:
        texts.append(words("not_ranking"))
    if data.rows("training_gaps", grouping="sex") is not None:
        texts.append(words("not_unfair"))
    if data.findings:
        texts.append(words("not_cause"))
    if not texts:
        return Blocks(())
    texts.append(words("not_hidden"))
    return Blocks((Heading(words("section_not_to_conclude")), Paragraph(" ".join(texts))))


def staff_method(data: ReportData) -> Blocks:
    """Return how the figures of an internal report were made: change, small groups, rows, rules, what is missing."""
    words = data.words
    rule = next(rule for rule in data.rules if isinstance(rule, DisclosureRule))
    small = rule.smallest_group
    texts = [
        words("method_rule_of_change"),
        words("method_small_groups", citizens=small.citizens, staff=small.employees, cell=rule.smallest_cell,
              quantile=rule.smallest_quantile, estimate=rule.smallest_estimate),
        *_reliability(data),
    ]  # fmt: skip
    texts += _missing(data)
    return Blocks(
        (
            # Below the signature where its page is mostly empty: the closed annex behind it begins a page anyway.
            Heading(words("annex_method"), form="annex", new_page=True, fills_page=True),
            *(Paragraph(text) for text in [*texts, *_rules(data)]),
            *decided_rows(data, OF_STAFF),
            *changed_since(data),
        )
    )


def _rules(data: ReportData) -> list[str]:
    """Name the rules that the figures on staff follow, and which of their texts were not compared."""
    words = data.words
    used = [rule for rule in rules_used(data, STAFF_MEASURES) if not rule.is_own_choice]
    if not used:
        return []
    texts = [words("rules_followed", rules=listing(data, [rule.title(data.language) for rule in used]))]
    unread = [rule.title(data.language) for rule in used if "full_text" not in set(rule.marks.values())]
    if unread:
        same = len(unread) == len(used)
        texts.append(
            words("texts_not_compared_all")
            if same
            else words("texts_not_compared", rules=listing(data, unread))
        )
    return texts


def _missing(data: ReportData) -> list[str]:
    """Return one line that names the missing parts: those without data, and those that exist by quarter only."""
    words = data.words
    missing = [words(what) for measure, what in _PARTS if _is_missing(data, measure)]
    if not data.findings:
        missing.append(words("what_study"))
    if not missing:
        return []
    if data.is_pooled:
        label = data.period.label(data.language)
        return [words("not_pooled", what=listing(data, missing), period=label)]
    return [words("parts_missing", parts=listing(data, missing))]


def _is_missing(data: ReportData, measure: str) -> bool:
    if measure == "objections":
        return measure not in data.protected.tables
    where = {"scale": "motivation"} if measure == "motivation" else {}
    return data.rows(measure, **where) is None


def _reliability(data: ReportData) -> list[str]:
    """Say how reliable the staff survey's scales are, by what is customary."""
    words, numbers = data.words, data.numbers
    found = data.rows("scale_reliability", unit_id=CITY)
    if found is None:
        return []
    parts = [
        words(
            "scale_alpha", scale=words(f"scale_{row['scale']}").lower(), alpha=numbers.number(row["alpha"], 2)
        )
        for row in found.frame.to_dict("records")
        if not is_missing(row["alpha"])
    ]
    return [words("scale_note_unit", list=listing(data, parts))] if parts else []
