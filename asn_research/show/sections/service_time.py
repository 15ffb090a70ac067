"""How long citizens wait: completion and queue times against the standard."""

from __future__ import annotations

from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.common import absent, pooled_note
from asn_research.show.survey_figures import trend_figure


def service_time(data: ReportData) -> Blocks:
    """Return completion and queue times against the standard, by service and over time."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_service_time"))]
    blocks += pooled_note(data, "service_log")
    total = data.rows("service_time", service_id="")
    if total is None:
        return Blocks((*blocks, absent(data, "what_service_time")))
    first, row = total.frame.index[0], total.frame.iloc[0]
    if total.is_suppressed(first, "n_requests"):
        return Blocks(
            (*blocks, Paragraph(words("too_few_requests", n=total.rule.smallest_group.citizens), "absent"))
        )
    blocks.append(
        Paragraph(
            words(
                "service_sentence", n=data.cell(total, first, "n_requests"), open=data.cell(total, first, "n_open"),
                median=data.cell(total, first, "days_median", 1), p90=data.cell(total, first, "days_p90", 1),
                median_interval=data.interval_cell(total, first, "days_median_low", "days_median_high"),
                p90_interval=data.interval_cell(total, first, "days_p90_low", "days_p90_high"),
                within_interval=data.interval_cell(total, first, "within_standard_low", "within_standard_high"),
                within=data.cell(total, first, "within_standard_pct", 1, "%"),
                queue=data.cell(total, first, "queue_median"),
                queue_within=data.cell(total, first, "queue_within_pct", 1, "%"),
            )
        )
    )  # fmt: skip
    if row["days_median_finished"] != row["days_median"] and not is_missing(row["days_median_finished"]):
        finished = numbers.number(row["days_median_finished"], 1)
        blocks.append(Paragraph(words("service_finished_only", finished=finished), "note"))
    blocks.append(Paragraph(words("lower_is_better"), "note"))
    if bool(row["calendar_provisional"]):
        blocks.append(Paragraph(words("calendar_provisional"), "warning"))
    blocks += _time_trends(data)
    return Blocks(tuple(blocks))


def _time_trends(data: ReportData) -> list[Block]:
    """Return the course of timeliness, and of medians where they move: of whole days no interval is drawn."""
    words = data.words
    history = data.history("service_time", service_id="")
    if history is None:
        return []
    share = trend_figure(
        data, history, key="within_trend", column="within_standard_pct", low="within_standard_low",
        high="within_standard_high", title=words("figure_within_trend"), axis=words("axis_within"),
    )  # fmt: skip
    medians = [
        trend_figure(
            data, history, key=f"{name}_trend", column=column, title=words(f"figure_{name}_trend"),
            axis=words(axis), from_zero=True,
        )
        for name, column, axis in (("median", "days_median", "axis_median_days"), ("queue", "queue_median", "axis_queue"))
        if history.frame[column].nunique() > 1
    ]  # fmt: skip
    return [figure for figure in (share, *medians) if figure]
