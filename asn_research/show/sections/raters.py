"""How raters differ, whether groups of staff are rated alike, and who objects; the whole city's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asn_research.protect import ProtectedTable
from asn_research.rules.cities import CITY
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.figures import unit_figure
from asn_research.show.rater_figures import gap_figure, group_label, spread_figure
from asn_research.show.sections.common import absent
from asn_research.show.tabling import Show, build_table


def raters(data: ReportData) -> Blocks:
    """Return raters' differences, group gaps and objections; for the city's report."""
    words = data.words
    blocks: list[Block] = [Heading(words("section_raters"))]
    spreads = None if data.is_pooled else _shown(data, "rater_spreads", "sd")
    if spreads is None:
        return Blocks((*blocks, absent(data, "what_raters")))
    blocks += [Paragraph(words("raters_intro", name=data.city.facts.name)), *_severity(data, spreads)]
    return Blocks((*blocks, *_units(data), *_gaps(data), *_objections(data)))


def _shown(data: ReportData, measure: str, column: str) -> ProtectedTable | None:
    """Return the rows of a measure of the whole city that show a value; they stand for all quarters."""
    found = data.protected.get(measure, unit_id=CITY)
    if found is None:
        return None
    shown = found.rows(found.frame[column].notna())
    return shown if len(shown) else None


def _severity(data: ReportData, spreads: ProtectedTable) -> list[Block]:
    words, numbers = data.words, data.numbers
    frame = spreads.frame
    blocks: list[Block] = []
    rows: list[Mapping[str, Any]] = frame.loc[frame["source"] == "rater_id"].to_dict("records")  # type: ignore[assignment]
    for row in rows:
        blocks.append(
            Paragraph(
                words(
                    "raters_sentence", n=numbers.number(row["n_raters"]), sd=numbers.number(row["sd"], 1),
                    interval=numbers.interval(row["low"], row["high"], 1), share=numbers.percent(row["share_pct"], 0),
                    # Two raters drawn by chance differ by 1.13 standard deviations on average.
                    apart=numbers.number(1.128 * float(row["sd"]), 1),
                ),
                "claim",
            )
        )  # fmt: skip
    first = frame.iloc[0]
    if float(first["n_sets"]) > 1:
        blocks.append(
            Paragraph(
                words("raters_unlinked", n=numbers.number(first["n_sets"]), single=numbers.percent(first["single_pct"], 0)),
                "warning",
            )
        )  # fmt: skip
    table = build_table(
        data, spreads,
        [
            Show(words("col_source_of_spread"), "source", text=lambda key: words(f"spread_{key}"), width=3),
            Show(words("col_spread"), "sd"),
            Show(words("col_interval"), "sd", interval=True, width=1.4),
            Show(words("col_share"), "share_pct"),
            Show(words("col_levels"), "n_levels"),
        ],
        key="rater_spreads", title=words("table_spreads"), notes=(words("note_spreads"),),
    )  # fmt: skip
    return [*blocks, spread_figure(data, spreads), table]


def _units(data: ReportData) -> list[Block]:
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_rater_units"), 2)]
    found = data.protected.get("rater_units", unit_id=[u.unit_id for u in data.city.reporting_units])
    shown = None if found is None else found.rows(found.frame["rating_level"].notna())
    if shown is not None and len(shown) > 2:
        blocks.append(
            unit_figure(data, shown, key="rater_units", column="rating_level", low="low", high="high",
                        title=words("figure_rater_units"), axis=words("axis_rating_level"), decimals=1)
        )  # fmt: skip
    else:
        blocks.append(Paragraph(words("few_rater_units"), "absent"))
    audit = _shown(data, "rater_audit", "correlation")
    if audit is not None:
        row = audit.frame.iloc[0]
        key = "audit_positive" if row["low"] > 0 else "audit_negative" if row["high"] < 0 else "audit_unclear"
        blocks.append(
            Paragraph(
                words(
                    key, value=numbers.signed(row["correlation"], 2),
                    interval=numbers.interval(row["low"], row["high"], 2), n=numbers.number(row["n_units"]),
                ),
                "claim",
            )
        )  # fmt: skip
    return blocks


def _gaps(data: ReportData) -> list[Block]:
    words = data.words
    gaps = _shown(data, "group_gaps", "gap")
    if gaps is None:
        return []
    table = build_table(
        data, gaps,
        [
            Show(words("col_groups"), "level", text=lambda level: group_label(data, level), width=1.7),
            Show(words("col_base"), "base", text=lambda level: group_label(data, level), width=1.7),
            Show(words("col_staff"), "n_employees"),
            Show(words("col_raw_gap"), "raw"),
            Show(words("col_adjusted_gap"), "gap"),
            Show(words("col_interval"), "gap", interval=True, width=1.6),
        ],
        key="group_gaps", title=words("table_gaps"), notes=(words("note_rater_gaps"),),
    )  # fmt: skip
    return [
        Heading(words("section_gaps"), 2),
        Paragraph(words("gaps_sentence")),
        gap_figure(data, gaps),
        table,
    ]


def _objections(data: ReportData) -> list[Block]:
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_objection_study"), 2)]
    severity = _shown(data, "rater_objections", "odds_ratio")
    if severity is not None:
        row = severity.frame.iloc[0]
        key = "strict_clear" if row["low"] > 1 else "strict_unclear"
        blocks.append(
            Paragraph(
                words(
                    key, mild=numbers.number(row["rate_mild"], 1), strict=numbers.number(row["rate_strict"], 1),
                    ratio=numbers.number(row["odds_ratio"], 1), interval=numbers.interval(row["low"], row["high"], 1),
                ),
                "claim",
            )
        )  # fmt: skip
    rates = data.protected.get("objection_rates", unit_id=CITY)
    if rates is not None:
        blocks.append(
            build_table(
                data, rates,
                [
                    Show(words("col_groups"), "level", text=lambda level: group_label(data, level), width=2),
                    Show(words("col_staff"), "n_employees"),
                    Show(words("col_objections"), "n_objections"),
                    Show(words("col_per_1000"), "per_1000"),
                    Show(words("col_interval"), "per_1000", interval=True, width=1.4),
                    Show(words("col_upheld"), "upheld_pct"),
                ],
                key="objection_rates", title=words("table_objection_rates"), notes=(words("note_objection_rates"),),
            )
        )  # fmt: skip
    grounds = data.protected.get("rating_grounds", unit_id=CITY)
    if grounds is not None:
        blocks.append(
            build_table(
                data, grounds,
                [
                    Show(words("col_ground"), "ground", text=lambda key: words(f"ground_{key}"), width=3),
                    Show(words("col_objections"), "n"),
                    Show(words("col_decided"), "n_decided"),
                    Show(words("col_upheld"), "upheld_pct"),
                ],
                key="rating_grounds", title=words("table_grounds"),
            )
        )  # fmt: skip
    return blocks if len(blocks) > 1 else [*blocks, absent(data, "what_objections")]
