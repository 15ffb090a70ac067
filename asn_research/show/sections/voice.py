"""Complaints of citizens and objections of staff."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from asn_research import rules
from asn_research.rules.regulations_staff import ComplaintRule
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.common import absent, pooled_note
from asn_research.show.tabling import Show, build_table


def voice(data: ReportData) -> Blocks:
    """Return citizens' complaints and employees' objections."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_voice")), Heading(words("section_complaints"), 2)]
    blocks += pooled_note(data, "complaints")
    complaints = data.rows("complaints")
    if complaints is None:
        blocks.append(absent(data, "what_complaints"))
    elif complaints.is_suppressed(complaints.frame.index[0], "n"):
        blocks.append(Paragraph(words("few_complaints", n=complaints.rule.smallest_group.citizens)))
    else:
        row = complaints.frame.iloc[0]
        blocks.append(
            Paragraph(
                words(
                    "complaints_sentence", n=numbers.number(row["n"]), answered=numbers.number(row["n_answered"]),
                    days=numbers.number(row["answer_days_median"], 1), resolved=numbers.number(row["n_resolved"]),
                    days_interval=numbers.interval(row["answer_days_low"], row["answer_days_high"]),
                )
            )
        )  # fmt: skip
        blocks.append(Paragraph(_deadlines(data, row.to_dict())))
    blocks.append(Heading(words("section_objections"), 2))
    objections = data.rows("objections")
    if objections is None:
        blocks.append(absent(data, "what_objections"))
    elif objections.is_suppressed(objections.frame.index[0], "n_employees"):
        blocks.append(Paragraph(words("few_objections", n=objections.rule.smallest_group.employees)))
    else:
        row = objections.frame.iloc[0]
        key = "objections_sentence"
        if objections.is_suppressed(objections.frame.index[0], "n_upheld"):
            key = "objections_sentence_few_upheld"
        blocks.append(
            Paragraph(
                words(
                    key, most=objections.rule.smallest_cell - 1, n=numbers.number(row["n"]), rate=numbers.number(row["per_1000_employees"], 1),
                    people=numbers.number(row["n_employees"]),
                    rate_interval=numbers.interval(row["per_1000_low"], row["per_1000_high"]),
                    decided=numbers.number(row["n_decided"]), upheld=numbers.number(row["n_upheld"]),
                    upheld_pct=numbers.percent(row["upheld_pct"]),
                    upheld_interval=numbers.interval(row["upheld_low"], row["upheld_high"]),
                    days=numbers.number(row["decision_days_median"], 1),
                    days_interval=numbers.interval(row["decision_days_low"], row["decision_days_high"]),
                )
            )
        )  # fmt: skip
        blocks += _grounds(data)
    blocks.append(Paragraph(words("objection_right"), "note"))
    return Blocks(tuple(blocks))


def _deadlines(data: ReportData, row: Mapping[Hashable, Any]) -> str:
    """Say how many answers and resolutions came in time, in days as the rule counts them."""
    words, numbers = data.words, data.numbers
    rule = rules.at(data.period, data.city).get(ComplaintRule)
    if rule is None:
        return words("complaints_no_deadlines")
    deadlines = [
        words(f"class_{key}", days=numbers.number(days)) for key, days in rule.resolve_within_days.items()
    ]
    return words(
        "complaints_deadlines", first=numbers.number(rule.first_response_days), unit=words(f"unit_{rule.days}"),
        answered=numbers.percent(row["answered_in_time_pct"]),
        answered_interval=numbers.interval(row["answered_in_time_low"], row["answered_in_time_high"]),
        deadlines=", ".join(deadlines), resolved=numbers.percent(row["resolved_in_time_pct"]),
        resolved_interval=numbers.interval(row["resolved_in_time_low"], row["resolved_in_time_high"]),
        verify=numbers.number(rule.verify_within_days), close=numbers.number(rule.close_after_reply_days),
    )  # fmt: skip


def _grounds(data: ReportData) -> list[Block]:
    words = data.words
    found = data.rows("objection_grounds")
    if found is None or found.frame["n_employees"].isna().all():
        return []
    shows = [
        Show(words("col_ground"), "ground", text=lambda key: words(f"ground_{key}"), width=2.4),
        Show(words("col_staff"), "n_employees"),
        Show(words("col_share"), "share_pct", 1, suffix="%"),
        Show(words("col_upheld"), "n_upheld"),
    ]
    return [build_table(data, found, shows, key="grounds", title=words("table_grounds"))]
