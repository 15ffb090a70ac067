"""What a person decided about the figures: the reported index, answers to questions, corrections."""

from __future__ import annotations

from collections.abc import Collection
from textwrap import shorten

from asn_research.rules.codebooks import SOURCES
from asn_research.rules.decisions import CORRECTION, Decision
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.section_parts import listing, satisfaction_rule

#: The sources of the public reports' figures; the internal reports rest on the others.
OF_CITIZENS = ("citizen_feedback", "service_log", "complaints", "programmes", "organisation_scores")
#: The number of characters of a reason that a report prints.
_LONGEST_REASON = 240
OF_STAFF = tuple(source for source in SOURCES if source not in OF_CITIZENS)


def decided_index(data: ReportData) -> list[Paragraph]:
    """Return the sentence on the reported index where the city chose another than the exact one."""
    if data.given.style.reported_index == "exact":
        return []
    rule = satisfaction_rule(data)
    weight = data.numbers.number(float(rule.coarsest_weight), -int(rule.coarsest_weight.as_tuple().exponent))
    return [Paragraph(data.words("decided_index", weight=weight, n=len(rule.elements)))]


def decided_rows(data: ReportData, sources: Collection[str] = SOURCES) -> list[Paragraph]:
    """Return the sentence on answers by which rows of some sources were read, and that on corrections; none without any.

    The office writes the reason of a correction freely, so it may describe a person. The public is told that rows were
    corrected; an internal report gives the reasons, also those of sources whose figures are public.
    """
    is_public = data.audience == "public"
    answers = [
        _answer(data, each) for each in data.decisions if each.kind != CORRECTION and each.source in sources
    ]
    corrections = [
        (_corrected if is_public else _reason)(data, each)
        for each in data.decisions
        if each.kind == CORRECTION and (each.source in sources or not is_public)
    ]
    key = "decided_corrected" if is_public else "decided_corrections"
    told = (("decided_answers", "answers", answers), (key, "corrections", [*dict.fromkeys(corrections)]))
    return [Paragraph(data.words(key, **{name: "; ".join(texts)})) for key, name, texts in told if texts]


def _answer(data: ReportData, decision: Decision) -> str:
    words = data.words
    return words(
        "decided_answer", topic=decision.topic(data.language), source=_source(data, decision),
        answer=decision.answer(data.language) or words("decided_own"), units=_units(data, decision),
    )  # fmt: skip


def _corrected(data: ReportData, decision: Decision) -> str:
    return data.words(
        "decided_corrected_source", source=_source(data, decision), units=_units(data, decision)
    )


def _reason(data: ReportData, decision: Decision) -> str:
    # The whole of a long reason stands in the file of corrections.
    reason = shorten(decision.reason.rstrip(". "), _LONGEST_REASON, placeholder=" …")
    return data.words(
        "decided_correction", reason=reason, source=_source(data, decision),
        units=_units(data, decision),
    )  # fmt: skip


def _source(data: ReportData, decision: Decision) -> str:
    return data.words(f"source_{decision.source}").lower()


def _units(data: ReportData, decision: Decision) -> str:
    """Return the names of the units that a decision concerns; a unit's own report needs none."""
    names = [data.city.units[unit].short_name for unit in decision.units if unit in data.city.units]
    is_of_all = data.unit_id not in data.city.units
    return listing(data, names) if is_of_all and names else HIDDEN
