"""How raters differ, whether groups of staff are rated alike, and who objects; the whole city's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asn_research.methods.estimates import Estimate
from asn_research.protect import ProtectedTable
from asn_research.rules.cities import CITY
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph, Table
from asn_research.show.city_figures import UnitValue, units_figure
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.rater_figures import gap_figure, group_label, spread_figure
from asn_research.show.tabling import Show, build_table

#: Fewer units make no comparison.
_FEWEST_UNITS = 3


def raters(data: ReportData) -> Blocks:
    """Return the section of the city's report on differences between raters, gaps between groups, and objections."""
    words = data.words
    blocks: list[Block] = [Heading(words("section_raters"))]
    spreads = None if data.is_pooled else _shown(data, "rater_spreads", "sd")
    if spreads is None:
        return Blocks(())
    blocks += [Paragraph(words("raters_intro", name=data.city.facts.name)), *_severity(data, spreads)]
    return Blocks((*blocks, *_audit(data), *_gaps(data), *_strict(data)))


def raters_annex(data: ReportData) -> Blocks:
    """Return the tables behind the section on raters: sources of variance, units, groups, objections and their grounds."""
    words = data.words
    spreads = None if data.is_pooled else _shown(data, "rater_spreads", "sd")
    if spreads is None:
        return Blocks(())
    parts = [_spread_table(data, spreads), *_units(data), *_gap_table(data), *_objection_tables(data)]
    return Blocks((Heading(words("annex_raters"), form="annex", new_page=True), *parts))


def _shown(data: ReportData, measure: str, column: str) -> ProtectedTable | None:
    """Return the rows of a measure of the whole city that show a value; they stand for all quarters."""
    found = data.protected.get(measure, unit_id=CITY)
    if found is None:
        return None
    shown = found.rows(found.frame[column].notna())
    return shown if len(shown) else None


def _severity(data: ReportData, spreads: ProtectedTable) -> list[Block]:
    """Return the paragraphs on how much raters differ in severity."""
    words, numbers = data.words, data.numbers
    frame = spreads.frame
    blocks: list[Block] = []
    rows: list[Mapping[str, Any]] = frame.loc[frame["source"] == "rater_id"].to_dict("records")  # type: ignore[assignment]
    for row in rows:
        blocks.append(
            Paragraph(
                words(
                    "raters_sentence", n=numbers.number(row["n_raters"]), share=numbers.percent(row["share_pct"], 0),
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
    return [*blocks, spread_figure(data, spreads)]


def _spread_table(data: ReportData, spreads: ProtectedTable) -> Table:
    """Return the table of the sources of variance of ratings, with intervals."""
    words = data.words
    return build_table(
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


def _units(data: ReportData) -> list[Block]:
    """Return the figure of how generously units rate, after adjustment for their output."""
    words = data.words
    found = data.protected.get("rater_units", unit_id=[u.unit_id for u in data.city.reporting_units])
    shown = None if found is None else found.rows(found.frame["rating_level"].notna())
    if shown is None or len(shown) < _FEWEST_UNITS:
        return [Paragraph(words("few_rater_units"))]
    values = [
        UnitValue(
            str(row["unit_id"]), Estimate(float(row["rating_level"]), float(row["low"]), float(row["high"]))
        )
        for row in shown.frame.to_dict("records")
    ]
    return [
        units_figure(
            data, values, key="rater_units", title=words("figure_rater_units"), axis=words("axis_rating_level"), whole=None,
        )
    ]  # fmt: skip


def _audit(data: ReportData) -> list[Block]:
    """Return the paragraph on the correlation between generous ratings and satisfied citizens, by unit."""
    words, numbers = data.words, data.numbers
    audit = _shown(data, "rater_audit", "correlation")
    if audit is None:
        return []
    row = audit.frame.iloc[0]
    key = "audit_positive" if row["low"] > 0 else "audit_negative" if row["high"] < 0 else "audit_unclear"
    interval = numbers.interval(row["low"], row["high"], 2)
    n, value = numbers.number(row["n_units"]), numbers.signed(row["correlation"], 2)
    return [Paragraph(words(key, value=value, interval=interval, n=n))]


def _gaps(data: ReportData) -> list[Block]:
    words = data.words
    gaps = _shown(data, "group_gaps", "gap")
    if gaps is None:
        return []
    return [Heading(words("section_gaps"), 2), Paragraph(words("gaps_sentence")), gap_figure(data, gaps)]


def _gap_table(data: ReportData) -> list[Block]:
    """Return the table of raw and adjusted gaps between groups of staff."""
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
    return [table]


def _strict(data: ReportData) -> list[Block]:
    """Return the paragraph on whether strict raters draw more objections."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = []
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
            )
        )  # fmt: skip
    return blocks


def _objection_tables(data: ReportData) -> list[Block]:
    """Return the tables of objections by trait of staff and by ground, or that there are too few to show."""
    words = data.words
    blocks: list[Block] = []
    rates = data.protected.get("objection_rates", unit_id=CITY)
    grounds = data.protected.get("rating_grounds", unit_id=CITY)
    counted = (rates, "n_objections"), (grounds, "n")
    rates, grounds = (None if t is None or t.frame[n].isna().all() else t for t, n in counted)
    if rates is None and grounds is None and any(t is not None for t, _ in counted):
        return [Paragraph(words("objection_tables_few", n=data.protected.rule.smallest_group.employees))]
    if rates is not None:
        frame = rates.frame
        traits = list(dict.fromkeys(frame["attribute"].astype("str")))
        # Trait by trait, the youngest first, though "<" sorts behind digits.
        place = {
            at: (traits.index(str(trait)), not str(level).startswith("<"), str(level))
            for at, trait, level in zip(frame.index, frame["attribute"], frame["level"], strict=True)
        }
        told_rows = [
            at for at in sorted(place, key=place.__getitem__) if not is_missing(frame.at[at, "n_objections"])
        ]
        hidden = len(rates) - len(told_rows)
        rates = rates.in_order(told_rows)
        notes = [
            words("note_objection_rates"),
            *([words("note_groups_left_out", n=hidden)] if hidden else []),
        ]
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
                key="objection_rates", title=words("table_objection_rates"), notes=notes,
            )
        )  # fmt: skip
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
    return blocks
