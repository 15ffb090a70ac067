"""Complaints of citizens and objections of staff."""

from __future__ import annotations

from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.common import absent


def voice(data: ReportData) -> Blocks:
    """Return citizens' complaints and employees' objections."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_voice")), Heading(words("section_complaints"), 2)]
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
                )
            )
        )  # fmt: skip
    blocks.append(Heading(words("section_objections"), 2))
    objections = data.rows("objections")
    if objections is None:
        blocks.append(absent(data, "what_objections"))
    elif objections.is_suppressed(objections.frame.index[0], "n_employees"):
        blocks.append(Paragraph(words("few_objections", n=objections.rule.smallest_group.employees)))
    else:
        row = objections.frame.iloc[0]
        blocks.append(
            Paragraph(
                words(
                    "objections_sentence", n=numbers.number(row["n"]), rate=numbers.number(row["per_1000_employees"], 1),
                    decided=numbers.number(row["n_decided"]), upheld=numbers.number(row["n_upheld"]),
                )
            )
        )  # fmt: skip
    blocks.append(Paragraph(words("objection_right"), "note"))
    return Blocks(tuple(blocks))
