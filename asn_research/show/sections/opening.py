"""The head of a report and its headline numbers."""

from __future__ import annotations

from asn_research.measure.changes import Estimate
from asn_research.show.blocks import Block, Blocks, Cover, Heading, KeyFigure, KeyFigures, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.common import absent, grade_word, is_full


def cover(data: ReportData) -> Cover:
    """Return the report's head."""
    words = data.words
    facts = [
        (words("cover_unit"), data.name),
        (words("cover_period"), data.period.label(data.language)),
        (words("cover_issuer"), data.city.facts.government),
        (words("cover_audience"), words(f"audience_{data.audience}")),
        (words("cover_data"), words("cover_simulated" if data.is_simulated else "cover_office_data")),
    ]
    return Cover(
        title=words(
            f"report_title_city_{data.audience}" if data.is_city else f"report_title_{data.audience}"
        ),
        subtitle=data.name,
        issuer=data.city.facts.government,
        period=data.period.label(data.language),
        language=data.language,
        facts=tuple(facts),
        banner=words("banner_simulated") if data.is_simulated else "",
        unit_id=data.unit_id,
        period_code=data.period.code,
    )


#: Headline indicators: measure, column, indicator, decimals, how the rows are chosen.
_HEADLINES: tuple[tuple[str, str, str, int, dict[str, str]], ...] = (
    ("satisfaction", "index", "ikm", 2, {}),
    ("service_time", "days_median", "days_median", 1, {"service_id": ""}),
    ("service_time", "within_standard_pct", "within_standard_pct", 1, {"service_id": ""}),
    ("service_time", "queue_median", "queue_median", 0, {"service_id": ""}),
    ("motivation", "mean", "motivation_mean", 2, {"scale": "motivation"}),
    ("training", "hours_mean", "hours_mean", 1, {}),
)


def summary(data: ReportData) -> Blocks:
    """Return the headline numbers with what their change means."""
    figures = []
    for measure, column, key, decimals, where in _HEADLINES:
        if not data.may_show(measure):
            continue
        now = data.estimate(measure, column, **where)
        if now is None or (key == "ikm" and not is_full(data)):
            continue
        figures.append(
            _key_figure(data, key, now, data.change_since_last(measure, column, **where), decimals)
        )
    blocks: list[Block] = [Heading(data.words("section_summary"))]
    if figures:
        blocks += [KeyFigures(tuple(figures)), Paragraph(data.words("summary_note"), "note")]
    else:
        blocks.append(absent(data, "what_anything"))
    return Blocks(tuple(blocks))


def _key_figure(
    data: ReportData, key: str, now: Estimate, moved: Estimate | None, decimals: int
) -> KeyFigure:
    indicator, words, numbers = data.indicator(key), data.words, data.numbers
    suffix = "%" if key.endswith("_pct") else ""
    unit = indicator.unit_word(data.language)
    detail = []
    if key == "ikm":
        found = data.rows("satisfaction")
        grade = str(found.frame["grade"].iloc[0]) if found is not None else ""
        detail.append(words("grade_is", grade=grade, word=grade_word(data, grade)))
    elif unit and not suffix:
        detail.append(unit)
    if now.low == now.low:  # has an interval
        detail.append(words("interval_95", interval=numbers.interval(now.low, now.high, decimals)))
    if moved is None:
        return KeyFigure(
            data.label(key),
            numbers.number(now.value, decimals) + suffix,
            "; ".join(detail),
            words("change_none"),
        )
    verdict = indicator.verdict(moved.low, moved.high)
    text = words(f"change_{verdict}", change=numbers.signed(moved.value, decimals))
    return KeyFigure(
        data.label(key), numbers.number(now.value, decimals) + suffix, "; ".join(detail), text, verdict
    )
