"""The report on data quality: rows in and out, faults, repairs, drift, doubtful forms, missing answers."""

from __future__ import annotations

from dataclasses import replace

from asn_research.clean.shown_values import PSEUDONYM, WITHHELD
from asn_research.measure.quality import ALL_SOURCES, ANY_MARK
from asn_research.rules.cities import CITY
from asn_research.rules.reasons import reason_of
from asn_research.show.blocks import Block, Blocks, Cell, Cover, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.sections.closing import data_and_method as method
from asn_research.show.sections.common import absent, period_label
from asn_research.show.sections.opening import cover as report_cover
from asn_research.show.sections.quality_labels import (
    column_label,
    drift_label,
    level,
    mark_label,
    missing_label,
    office_name,
    quality_rule,
)
from asn_research.show.sections.quality_limits import limits
from asn_research.show.tabling import Show, build_table

__all__ = ["cover", "drift", "faults", "limits", "missing", "repairs", "rows", "rules", "screening"]

_EXITS = ("kept", "repaired", "quarantined", "excluded")


def cover(data: ReportData) -> Cover:
    """Return the report's head."""
    plain = report_cover(data)
    facts = ((data.words("cover_city"), data.name), *plain.facts[1:])
    return replace(plain, title=data.words("quality_title"), facts=facts)


def rows(data: ReportData) -> Blocks:
    """Return the rows in and out, by source and by file."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_quality_rows"))]
    totals = {name: sum(getattr(s, f"n_{name}") for s in data.sources) for name in ("raw", *_EXITS)}
    counts = {name: numbers.number(n) for name, n in totals.items()}
    blocks.append(Paragraph(words("quality_rows_sentence", **counts)))
    method_blocks = method(data).items
    blocks += [b for b in method_blocks if isinstance(b, Table) and b.key == "sources"]
    files = data.protected.get("quality_files")
    if files is not None:
        shows = [
            Show(words("col_source"), "source", text=lambda source: words(f"source_{source}"), width=2.4),
            Show(words("col_period"), "in_period", text=lambda period: period or "–", width=1.6),
            Show(words("col_file"), "file", text=str, width=1.2),
            Show(words("col_sheet"), "sheet", text=lambda sheet: sheet or "–", width=0.7),
            Show(words("col_raw"), "n_raw"),
            Show(words("col_kept"), "n_kept"),
            Show(words("col_repaired_rows"), "n_repaired"),
            Show(words("col_quarantined"), "n_quarantined"),
            Show(words("col_excluded"), "n_excluded"),
        ]
        blocks.append(
            build_table(
                data, files, shows, key="files", title=words("table_files"), notes=(words("note_files"),)
            )
        )
    return Blocks(tuple(blocks))


def faults(data: ReportData) -> Blocks:
    """Return why rows were held back or left out, and in which offices of the period."""
    words = data.words
    blocks: list[Block] = [Heading(words("section_quality_faults"))]
    for way in ("quarantine", "repair", "exclude"):
        found = data.protected.get("quality_faults", way=way)
        if found is None:
            blocks.append(Paragraph(words(f"quality_no_{way}")))
            continue
        # One label needs two columns of the row.
        shown = [
            (
                Cell(words(f"source_{row['source']}")),
                Cell(column_label(data, row["source"], row["column"])),
                Cell(reason_of(row["reason"]).label(data.language)),
                Cell(data.numbers.number(row["n_rows"]), float(row["n_rows"])),
                *(
                    (Cell(data.numbers.number(row["n_offices"]), float(row["n_offices"])),)
                    if way != "exclude"
                    else ()
                ),
            )
            for _, row in found.frame.iterrows()
        ]
        headings = [
            TableColumn(words("col_source"), "left", 1.8), TableColumn(words("col_column"), "left", 1.6),
            TableColumn(words("col_reason"), "left", 2.6), TableColumn(words("col_rows"), "right", 0.7),
        ]  # fmt: skip
        if way != "exclude":
            headings.append(TableColumn(words("col_offices"), "right", 0.7))
        notes = (words("note_faults"),) if way == "quarantine" else ()
        blocks.append(
            Table(f"faults_{way}", words(f"table_faults_{way}"), tuple(headings), tuple(shown), notes)
        )
    return Blocks((*blocks, *_offices(data)))


def _offices(data: ReportData) -> list[Block]:
    words = data.words
    found = data.protected.get("quality_offices", in_period=data.period.code, source=ALL_SOURCES)
    if found is None:
        return [absent(data, "what_anything")]
    order = ["", *(unit.unit_id for unit in data.city.reporting_units)]
    table = build_table(
        data, found.ordered("reporting_unit_id", order),
        [
            Show(words("col_unit"), "reporting_unit_id", text=lambda key: office_name(data, key), width=2.4),
            Show(words("col_raw"), "n_rows"),
            Show(words("col_repaired_rows"), "n_repaired"),
            Show(words("col_quarantined"), "n_held"),
            Show(words("col_share"), "held_pct"),
            Show(words("col_main_reason"), "main_reason", text=lambda r: reason_of(r).label(data.language) if r else "–", width=2.6),
        ],
        key="offices", title=words("table_offices", period=data.period.label(data.language)),
        notes=(words("note_offices"),),
    )  # fmt: skip
    return [Heading(words("section_quality_offices"), 2), table]


def repairs(data: ReportData) -> Blocks:
    """Return what was repaired in the period: what cells said, and what they are read as now."""
    words = data.words
    head = (Heading(words("section_quality_repairs")), Paragraph(words("quality_repairs_sentence")))
    found = data.protected.get("quality_repairs", in_period=[data.period.code, ""])
    if found is None:
        return Blocks((*head, Paragraph(words("quality_no_repair_period"))))
    shown = [
        (
            Cell(words(f"source_{row['source']}")),
            Cell(column_label(data, row["source"], row["column"])),
            Cell(reason_of(row["reason"]).label(data.language)),
            Cell(_value(data, row["old"], "")),
            Cell(_value(data, row["new"], row["column"])),
            Cell(data.numbers.number(row["n_rows"]), float(row["n_rows"])),
        )
        for _, row in found.frame.iterrows()
    ]
    headings = (
        TableColumn(words("col_source"), "left", 1.4), TableColumn(words("col_column"), "left", 1.1),
        TableColumn(words("col_reason"), "left", 1.7), TableColumn(words("col_old"), "left", 2.2),
        TableColumn(words("col_new"), "left", 1.7), TableColumn(words("col_rows"), "right", 0.6),
    )  # fmt: skip
    title = words("table_repairs", period=data.period.label(data.language))
    return Blocks((*head, Table("repairs", title, headings, tuple(shown), (words("note_repairs"),))))


def _value(data: ReportData, value: str, column: str) -> str:
    words = data.words
    if column == "unit_id" and value in data.city.units:
        return data.city.units[value].short_name
    if column == "service_id" and value in data.city.services:
        service = data.city.services[value]
        return service.name(data.language)
    if value in (PSEUDONYM, WITHHELD):
        return words(f"value_{value}")
    return value or words("value_blank")


def drift(data: ReportData) -> Blocks:
    """Return which columns moved since the last period, by more than chance and by enough to matter."""
    words, numbers = data.words, data.numbers
    rule = quality_rule(data).drift
    blocks: list[Block] = [Heading(words("section_quality_drift"))]
    found = data.protected.get("quality_drift", in_period=data.period.code)
    if found is None:
        return Blocks((*blocks, Paragraph(words("quality_no_drift_test"), "absent")))
    tested = found.frame[found.frame["p_value"].notna()]
    flagged = tested[tested["is_drift"].astype(bool)]
    blocks.append(
        Paragraph(
            words(
                "quality_drift_sentence", n=numbers.number(len(tested)), n_drift=numbers.number(len(flagged)),
                level=numbers.percent(100 * rule.level, 0),
                shares=numbers.number(rule.shares_points, 0), missing=numbers.number(rule.missing_points, 0),
                sd=numbers.number(rule.mean_sd, 1),
            )
        )
    )  # fmt: skip
    strongest = tested.sort_values(["is_drift", "p_adjusted"], ascending=[False, True])
    shown = strongest.head(max(len(flagged), 12))
    rows = tuple(
        (
            Cell(words(f"source_{row['source']}")),
            Cell(drift_label(data, row)),
            Cell(words(f"test_{row['test_kind']}")),
            Cell(period_label(data, row["before_period"])),
            *(Cell(level(data, row, side), float(row[side])) for side in ("before", "now")),
            Cell(numbers.signed(row["effect"], 2) if row["test_kind"] == "mean" else words("points", n=numbers.number(row["effect"], 1)), float(row["effect"])),
            Cell(_p(data, row["p_adjusted"]), float(row["p_adjusted"])),
            Cell(words("drift_yes" if row["is_drift"] else "drift_no")),
        )
        for row in shown.to_dict("records")
    )  # fmt: skip
    headings = (
        TableColumn(words("col_source"), "left", 1.5), TableColumn(words("col_column"), "left", 1.8),
        TableColumn(words("col_test"), "left", 1.1), TableColumn(words("col_compared"), "left", 0.9),
        TableColumn(words("col_before"), "right", 0.8), TableColumn(words("col_now"), "right", 0.8),
        TableColumn(words("col_effect"), "right", 0.9), TableColumn(words("col_p_adjusted"), "right", 0.8),
        TableColumn(words("col_drift"), "left", 0.8),
    )  # fmt: skip
    blocks.append(
        Table("drift", words("table_drift", n=len(shown)), headings, rows,
              (words("note_drift_tests", offices=rule.least_offices, expected=rule.least_expected), words("note_drift_effect")))
    )  # fmt: skip
    return Blocks(tuple(blocks))


def _p(data: ReportData, p: float) -> str:
    return f"< {data.numbers.number(0.001, 3)}" if p < 0.001 else data.numbers.number(p, 3)


def screening(data: ReportData) -> Blocks:
    """Return citizens' forms that look doubtful, and the index with and without them."""
    words, numbers = data.words, data.numbers
    head = (Heading(words("section_quality_screening")), Paragraph(words("quality_screening_sentence")))
    city = data.protected.get("quality_screens", in_period=data.period.code, unit_id=CITY)
    if city is None:
        return Blocks((*head, absent(data, "what_satisfaction")))
    columns = [
        Show(words("col_forms"), "n_forms"),
        Show(words("col_marked"), "n_marked"),
        Show(words("col_share"), "marked_pct"),
        Show(words("col_index_with"), "index"),
        Show(words("col_index_without"), "index_without"),
        Show(words("col_interval"), "index_without", interval=True, width=1.3),
        Show(words("col_difference"), "difference"),
    ]
    by_mark = build_table(
        data, city,
        [Show(words("col_mark"), "mark", text=lambda mark: mark_label(data, mark), width=2.4), *columns],
        key="screening", title=words("table_screening", name=data.name), notes=(words("note_screening"),),
    )  # fmt: skip
    units = [unit.unit_id for unit in data.city.reporting_units]
    own = data.protected.get("quality_screens", in_period=data.period.code, unit_id=units, mark=ANY_MARK)
    visible = (
        own.rows(own.frame["difference"].notna() & (own.frame["n_marked"] > 0)) if own is not None else None
    )
    if visible is None or not len(visible):
        smallest = numbers.number(city.rule.smallest_group.citizens)
        return Blocks((*head, by_mark, Paragraph(words("quality_screening_few", n=smallest), "note")))
    by_unit = build_table(
        data, visible.ordered("unit_id", units),
        [Show(words("col_unit"), "unit_id", text=lambda key: office_name(data, key), width=2.4), *columns],
        key="screening_units", title=words("table_screening_units"),
        notes=(words("note_screening_units", n=city.rule.smallest_group.citizens),),
    )  # fmt: skip
    return Blocks((*head, by_mark, by_unit))


def missing(data: ReportData) -> Blocks:
    """Return which answers are missing in the period, by the reason that the office gave."""
    words, numbers = data.words, data.numbers
    head = (Heading(words("section_quality_missing")), Paragraph(words("quality_missing_sentence")))
    found = data.protected.get("quality_missing", in_period=[data.period.code, ""])
    if found is None:
        return Blocks((*head, Paragraph(words("quality_no_missing"))))
    shown = [
        (
            Cell(words(f"source_{row['source']}")),
            Cell(column_label(data, row["source"], row["column"])),
            Cell(missing_label(data, row["reason"])),
            Cell(data.cell(found, at, "n"), None if row["n"] != row["n"] else float(row["n"])),
            Cell(numbers.number(row["n_rows"]), float(row["n_rows"])),
            Cell(numbers.percent(row["share_pct"], 1), float(row["share_pct"])),
        )
        for at, row in found.frame.iterrows()
        if row["share_pct"] == row["share_pct"] and row["n"] == row["n"]
    ]
    n_few = len(found) - len(shown)
    notes = [words("note_missing_few", n=n_few, least=found.rule.smallest_group.citizens)] if n_few else []
    if not shown:
        return Blocks((*head, *(Paragraph(note) for note in notes)))
    headings = (
        TableColumn(words("col_source"), "left", 1.8), TableColumn(words("col_column"), "left", 2.2),
        TableColumn(words("col_missing_reason"), "left", 1.8), TableColumn(words("col_cells"), "right", 0.8),
        TableColumn(words("col_kept"), "right", 0.8), TableColumn(words("col_share"), "right", 0.8),
    )  # fmt: skip
    title = words("table_missing", period=data.period.label(data.language))
    return Blocks((*head, Table("missing", title, headings, tuple(shown), tuple(notes))))


def rules(data: ReportData) -> Blocks:
    """Return the rules and thresholds that applied."""
    found = method(data).items
    kept = [b for b in found if not (isinstance(b, Table) and b.key == "sources")]
    return Blocks(tuple(kept))
