"""Lessons taken, and the yearly duty."""

from __future__ import annotations

from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.common import absent, period_label
from asn_research.show.tabling import Show, build_table


def training(data: ReportData) -> Blocks:
    """Return lesson hours and how far the duty of 20 JP is met this year."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_training"))]
    found = data.rows("training")
    if found is None:
        return Blocks((*blocks, absent(data, "what_training")))
    if found.is_suppressed(found.frame.index[0], "n_staff"):
        return Blocks(
            (*blocks, Paragraph(words("too_few_staff", n=found.rule.smallest_group.employees), "absent"))
        )
    row = found.frame.iloc[0]
    blocks.append(
        Paragraph(
            words(
                "training_sentence", period=data.period.label(data.language), n=numbers.number(row["n_staff"]),
                hours=numbers.number(row["hours_mean"], 1), year=data.period.year,
                met=numbers.percent(row["pns_met_pct"]), n_pns=data.cell(found, found.frame.index[0], "n_pns"),
            )
        )
    )  # fmt: skip
    history = data.history("training")
    if history is not None:
        blocks.append(
            build_table(
                data, history,
                [
                    Show(words("col_period"), "period", text=lambda code: period_label(data, code), width=1.6),
                    Show(words("col_staff"), "n_staff"),
                    Show(words("col_trained"), "n_trained"),
                    Show(words("col_hours_mean"), "hours_mean", 1),
                    Show(words("col_n_pns"), "n_pns"),
                    Show(words("col_pns_met"), "pns_met_pct", 1, suffix="%", width=1.3),
                ],
                key="training", title=words("table_training"), notes=(words("note_training"),),
            )
        )  # fmt: skip
    return Blocks(tuple(blocks))
