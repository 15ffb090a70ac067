"""Units that are reliably better after adjustment, what they do, and how far that may be carried elsewhere."""

from __future__ import annotations

from math import exp

import pandas as pd

from asn_research.protect import ProtectedTable
from asn_research.rules.claims import load_sentences, strongest_sentence
from asn_research.rules.loading import RULES
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph, Table
from asn_research.show.data import ReportData
from asn_research.show.tabling import Show, build_table
from asn_research.study.good_practice import MARGINS

_INDICATORS = ("log_days", "index")
_DECIMALS = {"log_days": 0, "index": 1}


def good_practice(data: ReportData) -> Blocks:
    """Return the city's reliably better units; in a unit's report, only what holds for that unit."""
    return _of_city(data) if data.is_city else _of_unit(data)


def _of_city(data: ReportData) -> Blocks:
    words = data.words
    heading = Heading(words("section_good_practice"))
    units = [unit.unit_id for unit in data.city.reporting_units]
    found = data.rows("good_practice", unit_id=units)
    if found is None:
        return Blocks(())
    blocks: list[Block] = [heading, _intro(data)]
    for indicator in _INDICATORS:
        rows = _reliable(found, indicator)
        if len(rows):
            blocks.append(_table(data, rows, indicator))
    if len(blocks) == 2:
        return Blocks((*blocks, Paragraph(words("good_practice_none"), "claim")))
    return Blocks((*blocks, Paragraph(words("good_practice_copy"), "claim"), _limits(data)))


def _of_unit(data: ReportData) -> Blocks:
    words = data.words
    found = data.rows("good_practice")
    rows = [_reliable(found, indicator) for indicator in _INDICATORS] if found is not None else []
    sentences = [_sentence(data, row) for table in rows for _, row in table.frame.iterrows()]
    if not sentences or found is None:
        return Blocks(())
    names = str(found.frame["programmes"].iloc[0] or "")
    beside = (
        words("good_practice_programmes", programmes=names) if names else words("good_practice_no_programme")
    )
    return Blocks(
        (
            Heading(words("section_good_practice")),
            _intro(data),
            Paragraph(" ".join([*sentences, beside]), "claim"),
            Paragraph(words("good_practice_copy")),
            _limits(data),
        )
    )


def _intro(data: ReportData) -> Paragraph:
    time, index = 100 * (1 - exp(-MARGINS["log_days"])), MARGINS["index"]
    number = data.numbers.number
    return Paragraph(data.words("good_practice_intro", time=number(time), index=number(index)))


def _limits(data: ReportData) -> Paragraph:
    return Paragraph(data.words("good_practice_limits"), "note")


def _reliable(found: ProtectedTable, indicator: str) -> ProtectedTable:
    frame = found.frame
    # A unit whose group is too small to show is not called better either.
    chosen = (frame["indicator"] == indicator) & frame["is_reliable"].eq(other=True) & frame["effect"].notna()
    return found.rows(chosen.astype(bool)).sorted_by("effect", ascending=indicator == "log_days")


def _sentence(data: ReportData, row: pd.Series) -> str:
    key = str(row["indicator"])
    sign = 1 if float(row["effect"]) > 0 else -1
    sentence = strongest_sentence(
        load_sentences(data.language, RULES / "practice.csv"), key, "association", "clear", sign
    )
    numbers, decimals = data.numbers, _DECIMALS[key]
    # A time is told as so much shorter, so its minus goes into the word.
    effect, low, high = (sign * float(row[name]) for name in ("effect", "low", "high"))
    return sentence.format(
        unit=data.city.units[str(row["unit_id"])].short_name,
        effect=numbers.number(effect, decimals),
        interval=numbers.interval(min(low, high), max(low, high), decimals),
    )


def _table(data: ReportData, rows: ProtectedTable, indicator: str) -> Table:
    words = data.words
    is_time = indicator == "log_days"
    shows = [
        Show(words("col_unit"), "unit_id", text=lambda key: data.city.units[key].short_name, width=1.6),
        Show(words("col_requests" if is_time else "col_respondents"), "n"),
        Show(
            words("col_difference_pct" if is_time else "col_difference_points"),
            "effect",
            _DECIMALS[indicator],
        ),
        Show(words("col_interval"), "effect", _DECIMALS[indicator], interval=True, width=1.3),
        Show(words("col_rank_interval"), "rank_low", high="rank_high"),
        Show(words("col_programme"), "programmes", text=lambda names: names or "–", width=2.4),
    ]
    return build_table(
        data, rows, shows, key=f"good_practice_{indicator}", title=words(f"table_good_practice_{indicator}")
    )
