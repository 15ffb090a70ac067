"""The roll-up: units beside each other with intervals, what changed where, what was done."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from asn_research.protect import ProtectedTable
from asn_research.rules.cities import CITY
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.caterpillar import standing_figure
from asn_research.show.data import ReportData
from asn_research.show.figures import unit_figure
from asn_research.show.sections.common import absent
from asn_research.show.tabling import Show, build_table


def units_beside_each_other(data: ReportData) -> Blocks:
    """Return every unit's index and timeliness, pooled, with rank intervals and tiers."""
    words = data.words
    blocks: list[Block] = [Heading(words("section_units"))]
    units = [*data.city.units, CITY]
    index = data.rows("satisfaction", unit_id=units)
    blocks += _standings(data, "ikm", "units_ikm", words("axis_index"))
    if len(blocks) == 1 and index is not None and index.frame["index"].notna().sum() > 2:
        # Too few units to pool; each is shown by its own value.
        blocks += [
            Paragraph(words("units_sentence")),
            unit_figure(data, index, key="units_ikm", column="index", low="index_low", high="index_high",
                        title=words("figure_units_ikm"), axis=words("axis_index")),
        ]  # fmt: skip
    times = data.rows("service_time", unit_id=units, service_id="")
    timely = _standings(data, "within_standard_pct", "units_within", words("axis_within"))
    if not timely and times is not None and times.frame["within_standard_pct"].notna().sum() > 2:
        timely = [
            unit_figure(data, times, key="units_within", column="within_standard_pct", low="within_standard_low",
                        high="within_standard_high", title=words("figure_units_within"), axis=words("axis_within"))
        ]  # fmt: skip
    blocks += timely
    if len(blocks) == 1:
        blocks.append(absent(data, "what_units"))
    return Blocks((*blocks, *_unit_table(data)))


def _standings(data: ReportData, indicator: str, key: str, axis: str) -> list[Block]:
    """Show one indicator's pooled values, and its table of rank intervals and tiers."""
    words, numbers = data.words, data.numbers
    order = [unit.unit_id for unit in data.city.reporting_units]
    found = data.rows("standings", unit_id=order, indicator=indicator)
    if found is None or found.frame["pooled"].notna().sum() < 3:
        return []
    stem = key.removeprefix("units_")
    # What is said of all units stands in each row that may be shown.
    first = found.frame[found.frame["pooled"].notna()].iloc[0]
    tiers = found.frame["tier"].value_counts()
    sentences = [words("standings_sentence")] if indicator == "ikm" else []
    if first["adjusted"]:
        sentences.append(
            words(
                "standings_adjusted",
                slope=numbers.signed(first["slope"], 1),
                interval=numbers.interval(first["slope_low"], first["slope_high"], 1),
            )
        )
    else:
        sentences.append(words("standings_unadjusted"))
    if first["units_differ"]:
        counts = {name: int(tiers.get(name, 0)) for name in ("above", "below")}
        sentences.append(words("standings_tiers", **counts, rest=int(tiers.get("not_distinguishable", 0))))
    else:
        sentences.append(words("standings_zero"))
    return [
        Paragraph(" ".join(sentences)),
        standing_figure(data, found, key=key, title=words(f"figure_standings_{stem}"), axis=axis),
        build_table(
            data, _with_rank_text(data, found).ordered("unit_id", order),
            [
                Show(words("col_unit"), "unit_id", text=lambda key: data.city.units[key].short_name, width=1.8),
                Show(words("col_raw_value"), "value", width=0.65),
                Show(words("col_expected"), "expected", width=0.95),
                Show(words("col_pooled"), "pooled", width=0.85),
                Show(words("col_interval"), "pooled", interval=True, width=1.25),
                Show(words("col_rank_interval"), "rank_text", text=str, width=1.4),
                Show(words("col_tier"), "tier", text=lambda name: words(f"tier_{name}"), width=2),
            ],
            key=f"standings_{stem}", title=words(f"table_standings_{stem}"), notes=(words("note_standings"),),
        ),
    ]  # fmt: skip


def _with_rank_text(data: ReportData, found: ProtectedTable) -> ProtectedTable:
    """Add the rank interval in words; a masked unit's stays masked."""

    def text(row: pd.Series) -> str | None:
        if pd.isna(row["rank_low"]):
            return None
        low, high = int(row["rank_low"]), int(row["rank_high"])
        return data.words("rank_interval", low=low, high=high, n=int(row["n_units"]))

    frame = found.frame.assign(rank_text=found.frame.apply(text, axis=1))
    suppressed = found.suppressed.assign(rank_text=found.suppressed["rank_low"])
    return replace(found, frame=frame, suppressed=suppressed, counts=frame[["n"]])


def _unit_table(data: ReportData) -> list[Block]:
    words = data.words
    order = [unit.unit_id for unit in data.city.reporting_units]
    index = data.rows("satisfaction", unit_id=order)
    if index is None:
        return []
    return [
        build_table(
            data, index.ordered("unit_id", order),
            [
                Show(words("col_unit"), "unit_id", text=lambda key: data.city.units[key].short_name, width=2.2),
                Show(words("col_respondents"), "n_respondents"),
                Show(words("col_ikm"), "ikm"),
                Show(words("col_interval"), "index", interval=True, width=1.5),
                Show(words("col_grade"), "grade", text=str),
            ],
            key="units_ikm", title=words("table_units_ikm"), notes=(words("note_units"),),
        )
    ]  # fmt: skip


def programmes(data: ReportData) -> Blocks:
    """Return what was done and how far its target was met."""
    words = data.words
    where = {"unit_id": [u.unit_id for u in data.city.reporting_units]} if data.is_city else {}
    found = data.rows("programmes", **where)
    if found is None:
        return Blocks((Heading(words("section_programmes")), absent(data, "what_programmes")))
    shows = [
        *(
            [Show(words("col_unit"), "unit_id", text=lambda key: data.city.units[key].short_name, width=1.3)]
            if data.is_city
            else []
        ),
        Show(words("col_programme"), "programme", text=str, width=3),
        Show(words("col_target"), "target_n"),
        Show(words("col_output"), "output_n"),
        Show(words("col_achieved"), "achieved_pct"),
        Show(words("col_output_unit"), "output_unit", text=str, width=1.2),
    ]
    table = build_table(data, found, shows, key="programmes", title=words("table_programmes"))
    return Blocks((Heading(words("section_programmes")), table))


def sub_units(data: ReportData) -> Blocks:
    """Return what a unit's sub-units may show; those that are too small are shown with the unit."""
    words = data.words
    own = data.city.sub_units(data.unit_id) if not data.is_city else ()
    if not own:
        return Blocks(())
    blocks: list[Block] = [Heading(words("section_sub_units")), Paragraph(words("sub_units_sentence"))]
    found = data.rows("sub_units", unit_id=[unit.unit_id for unit in own])
    if found is None:
        return Blocks((*blocks, absent(data, "what_sub_units")))
    table = build_table(
        data, found,
        [
            Show(words("col_unit"), "unit_id", text=lambda key: data.city.units[key].name, width=2.6),
            Show("", "n_staff"),
            Show("", "n_respondents"),
            Show(words("col_index"), "index"),
            Show("", "n_requests"),
            Show(words("col_median_days"), "days_median"),
        ],
        key="sub_units", title=words("table_sub_units"),
    )  # fmt: skip
    return Blocks((*blocks, table))
