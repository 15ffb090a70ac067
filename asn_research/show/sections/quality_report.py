"""The report on data quality: the effect on the index first, then limits, rows, faults by kind, repairs, drift, missing answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asn_research.clean.privacy.shown_values import PSEUDONYM, WITHHELD
from asn_research.measure.data_quality import ALL_SOURCES, ANY_MARK
from asn_research.rules.cities import CITY
from asn_research.rules.reasons import reason_of
from asn_research.show.blocks import (
    Block,
    Blocks,
    Cell,
    Contents,
    Cover,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Table,
    TableColumn,
)
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.closing import sources_table
from asn_research.show.sections.decisions_told import decided_index, decided_rows
from asn_research.show.sections.quality_labels import (
    column_label,
    drift_label,
    level,
    mark_label,
    missing_label,
    office_name,
    quality_rule,
    screens,
)
from asn_research.show.sections.quality_limits import limits
from asn_research.show.sections.rules_used import rules_table
from asn_research.show.sections.section_parts import absent, listing, period_label
from asn_research.show.sections.staff_front import report_cover
from asn_research.show.tabling import Show, build_table

__all__ = ["cover", "drift", "effect", "faults", "limits", "missing", "repairs", "rows", "rules", "screening"]

_EXITS = ("kept", "repaired", "quarantined", "excluded")
#: In this order kinds of fault are told.
_EXIT_KINDS = ("quarantine", "repair", "exclude")
#: A table of more rows is cut, and says so.
_MOST_ROWS = 12


def cover(data: ReportData) -> Cover:
    """Return the report's head."""
    return replace(report_cover(data), title=data.words("quality_title"))


def effect(data: ReportData) -> Blocks:
    """Return the first page: how doubtful forms affect the index, and how many rows could be used."""
    words, numbers = data.words, data.numbers
    head: list[Block] = [Contents(is_printed=False), Heading(words("section_quality_effect"), form="plain")]
    totals = _totals(data)
    share = numbers.percent(100 * totals["kept"] / totals["data"], 1) if totals["data"] else ""
    n_data = numbers.number(totals["data"])
    used = words("quality_used", share=share, n=n_data) if share else ""
    if used and totals["excluded"]:
        used += " " + words("quality_not_data", n=numbers.number(totals["excluded"]))
    lead = " ".join(text for text in (_index_sentence(data), used) if text)
    figures = []
    row = _whole_screen(data)
    if row is not None:
        known = not is_missing(row["index_without"])
        detail = words("quality_without", index=numbers.number(row["index_without"], 2)) if known else ""
        figures.append(KeyFigure(words("label_index_all"), numbers.number(row["index"], 2), detail))
    if share:
        figures.append(KeyFigure(words("label_used"), share, words("of_rows", n=n_data)))
        rule_text = words("quarantined_until")
        figures.append(KeyFigure(words("col_quarantined"), numbers.number(totals["quarantined"]), rule_text))
    if not lead:
        nothing = words("summary_none", period=data.period.label(data.language))
        return Blocks((*head, Paragraph(nothing, "absent")))
    return Blocks((*head, Paragraph(lead, "lead"), KeyFigures(tuple(figures))))


def _totals(data: ReportData) -> dict[str, int]:
    return {
        name: sum(getattr(source, f"n_{name}") for source in data.sources)
        for name in ("raw", "data", *_EXITS)
    }


def _whole_screen(data: ReportData) -> dict[str, Any] | None:
    """Return the city's index with and without all doubtful forms, the latter only where it may be shown; none without an index."""
    found = screens(data, unit_id=CITY, mark=ANY_MARK)
    if found is None or is_missing(found.frame["index"].iloc[0]):
        return None
    return {str(name): value for name, value in found.frame.iloc[0].to_dict().items()}


def _index_sentence(data: ReportData) -> str:
    """Say how much the index depends on doubtful forms."""
    words, numbers, row = data.words, data.numbers, _whole_screen(data)
    if row is None:
        found = screens(data, unit_id=CITY)
        if found is None:
            return words("quality_index_unknown")
        return words("quality_index_hidden", least=found.rule.smallest_group.citizens)
    index = numbers.number(row["index"], 2)
    if row["n_marked"] == 0:
        return words("quality_index_clean", index=index)
    if is_missing(row["index_without"]):
        return words("quality_index_alone", index=index)
    facts = {
        "index": index, "without": numbers.number(row["index_without"], 2),
        "n": numbers.number(row["n_marked"]), "pct": numbers.percent(row["marked_pct"], 1),
    }  # fmt: skip
    is_within = row["low"] <= row["index_without"] <= row["high"]
    return words("quality_index_within" if is_within else "quality_index_outside", **facts)


def rows(data: ReportData) -> Blocks:
    """Return the rows by source and exit, and the files with quarantined rows."""
    words, numbers = data.words, data.numbers
    totals = _totals(data)
    counts = {name: numbers.number(n) for name, n in totals.items()}
    blocks: list[Block] = [
        Heading(words("section_quality_rows")),
        Paragraph(words("quality_rows_sentence", **counts)),
        sources_table(data),
    ]
    found = data.protected.get("quality_files")
    quarantined = None if found is None else found.rows(found.frame["n_quarantined"].fillna(0) > 0)
    if quarantined is None or not len(quarantined):
        return Blocks(tuple(blocks))
    most = quarantined.sorted_by("n_quarantined", ascending=False)
    first = most.frame.index[:_MOST_ROWS]
    shown = most.rows(most.frame.index.to_series().isin(first))
    shows = [
        Show(words("col_source"), "source", text=lambda source: words(f"source_{source}"), width=2.4),
        Show(
            words("col_period"), "in_period", text=lambda period: _period_span(data, str(period)), width=1.8
        ),
        Show(words("col_file"), "file", text=str, width=1.2),
        Show(words("col_sheet"), "sheet", text=lambda sheet: sheet or "–", width=0.7),
        Show(words("col_raw"), "n_raw"),
        Show(words("col_kept"), "n_kept"),
        Show(words("col_quarantined"), "n_quarantined"),
    ]
    notes = (words("note_files"), *_more(data, len(quarantined) - len(shown)))
    return Blocks(
        (*blocks, build_table(data, shown, shows, key="files", title=words("table_files"), notes=notes))
    )


def _period_span(data: ReportData, span: str) -> str:
    """Return the periods that a file covers, as a report names them."""
    codes = [code for code in span.split(" – ") if code]
    return " – ".join(period_label(data, code) for code in codes) if codes else "–"


def _more(data: ReportData, n: int) -> tuple[str, ...]:
    """Return the note on rows that are not printed; none where all are."""
    return (data.words("note_more_rows", n=data.numbers.number(n)),) if n > 0 else ()


def faults(data: ReportData) -> Blocks:
    """Return the reasons why rows were quarantined, repaired or excluded, one line each, and the offices of the period."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_quality_faults"))]
    found = data.protected.get("quality_faults")
    if found is None:
        return Blocks((*blocks, Paragraph(words("quality_no_fault")), *_offices(data)))
    rows = []
    for kind in _EXIT_KINDS:
        of_kind = found.frame[found.frame["exit"] == kind]
        kinds = of_kind.groupby(of_kind["reason"].astype("str"), sort=False)
        for reason, own in sorted(kinds, key=lambda each: -each[1]["n_rows"].sum()):
            sources = listing(data, [words(f"source_{name}") for name in dict.fromkeys(own["source"])])
            n = float(own["n_rows"].sum())
            label = reason_of(str(reason)).label(data.language)
            rows.append((Cell(label), Cell(words(f"exit_{kind}")), Cell(sources), Cell(numbers.number(n), n)))
    columns = (
        TableColumn(words("col_fault"), "left", 2.6), TableColumn(words("col_way"), "left", 1.1),
        TableColumn(words("col_source"), "left", 3.4), TableColumn(words("col_rows"), "right", 0.7),
    )  # fmt: skip
    table = Table("faults", words("table_faults"), columns, tuple(rows), (words("note_faults"),))
    return Blocks((*blocks, table, *_offices(data)))


def _offices(data: ReportData) -> list[Block]:
    """Return the table of the offices' quarantined and repaired rows in the period."""
    words = data.words
    found = data.protected.get("quality_offices", in_period=data.period.code, source=ALL_SOURCES)
    if found is None:
        return []
    order = ["", *(unit.unit_id for unit in data.city.reporting_units)]
    offices = found.rows((found.frame[["n_quarantined", "n_repaired"]].fillna(0) > 0).any(axis=1))
    if not len(offices):
        return [Paragraph(words("quality_offices_none", period=data.period.label(data.language)))]
    table = build_table(
        data, offices.ordered("reporting_unit_id", order),
        [
            Show(words("col_unit"), "reporting_unit_id", text=lambda key: office_name(data, key), width=2.4),
            Show(words("col_raw"), "n_rows"),
            Show(words("col_repaired_rows"), "n_repaired"),
            Show(words("col_quarantined"), "n_quarantined"),
            Show(words("col_share"), "quarantined_pct"),
            Show(words("col_main_reason"), "main_reason", text=lambda r: reason_of(r).label(data.language) if r else "–", width=2.6),
        ],
        key="offices", title=words("table_offices", period=data.period.label(data.language)),
        notes=(words("note_offices"), *((words("note_offices_rest"),) if len(offices) < len(found) else ())),
    )  # fmt: skip
    return [Heading(words("section_quality_offices"), 2), table]


def repairs(data: ReportData) -> Blocks:
    """Return what was repaired in the period, one line a kind with its commonest example."""
    words, numbers = data.words, data.numbers
    head = (Heading(words("section_quality_repairs")), Paragraph(words("quality_repairs_sentence")))
    found = data.protected.get("quality_repairs", in_period=[data.period.code, ""])
    if found is None:
        return Blocks((*head, Paragraph(words("quality_no_repair_period"))))
    kinds = found.frame.groupby(
        [found.frame["reason"].astype("str"), found.frame["column"].astype("str")], sort=False
    )
    shown = []
    for keys, own in sorted(kinds, key=lambda each: -each[1]["n_rows"].sum()):
        reason, column = (str(key) for key in keys)
        most = own.sort_values("n_rows", ascending=False, kind="stable").iloc[0]
        n, spellings = float(own["n_rows"].sum()), float(own["old"].nunique())
        old, new = _value(data, most["old"], ""), _value(data, most["new"], column)
        example = old if old == new else words("repair_example", old=old, new=new)
        if not most["old"] and not most["new"]:
            example = words("value_was_blank")
        shown.append(
            (
                Cell(reason_of(reason).label(data.language)), Cell(column_label(data, str(most["source"]), column)),
                Cell(numbers.number(n), n), Cell(numbers.number(spellings), spellings), Cell(example),
            )
        )  # fmt: skip
    headings = (
        TableColumn(words("col_repair"), "left", 2), TableColumn(words("col_column"), "left", 1.3),
        TableColumn(words("col_rows"), "right", 0.7), TableColumn(words("col_spellings"), "right", 0.8),
        TableColumn(words("col_example"), "left", 3),
    )  # fmt: skip
    title = words("table_repairs", period=data.period.label(data.language))
    return Blocks((*head, Table("repairs", title, headings, tuple(shown), (words("note_repairs"),))))


def _value(data: ReportData, value: str, column: str) -> str:
    """Return a value of a row as text; names of units and services are in the report's language."""
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
    blocks: list[Block] = [Heading(words("section_quality_drift"))]
    found = data.protected.get("quality_drift", in_period=data.period.code)
    if found is None:
        return Blocks((*blocks, Paragraph(words("quality_no_drift_test"), "absent")))
    tested = found.frame[found.frame["p_value"].notna()]
    flagged = tested[tested["is_drift"].astype(bool)]
    if not len(flagged):
        return Blocks((*blocks, Paragraph(words("quality_drift_none", n=numbers.number(len(tested))))))
    counts = {"n": numbers.number(len(tested)), "n_drift": numbers.number(len(flagged))}
    blocks.append(Paragraph(words("quality_drift_told", **counts)))
    shown = flagged.sort_values("p_adjusted").head(_MOST_ROWS)
    rows = tuple(
        (
            Cell(words(f"source_{row['source']}")),
            Cell(drift_label(data, row)),
            Cell(period_label(data, row["before_period"])),
            *(Cell(level(data, row, side), float(row[side])) for side in ("before", "now")),
            Cell(numbers.signed(row["effect"], 2) if row["test_kind"] == "mean" else words("points", n=numbers.number(row["effect"], 1)), float(row["effect"])),
        )
        for row in shown.to_dict("records")
    )  # fmt: skip
    headings = (
        TableColumn(words("col_source"), "left", 1.7), TableColumn(words("col_column"), "left", 2),
        TableColumn(words("col_compared"), "left", 1), TableColumn(words("col_before"), "right", 0.8),
        TableColumn(words("col_now"), "right", 0.8), TableColumn(words("col_effect"), "right", 0.9),
    )  # fmt: skip
    notes = (words("note_drift_effect"), *_more(data, len(flagged) - len(shown)))
    return Blocks((*blocks, Table("drift", words("table_drift"), headings, rows, notes)))


def screening(data: ReportData) -> Blocks:
    """Return citizens' forms that look doubtful, and the index with and without them."""
    words, numbers = data.words, data.numbers
    head = (Heading(words("section_quality_screening")), Paragraph(words("quality_screening_sentence")))
    city = screens(data, unit_id=CITY)
    if city is None:
        return Blocks((*head, absent(data, "what_satisfaction")))
    city = city.rows(city.frame["index_without"].notna())
    if not len(city):
        return Blocks(
            (*head, Paragraph(words("quality_screening_none", n=data.protected.rule.smallest_group.citizens)))
        )
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
    own = screens(data, unit_id=units, mark=ANY_MARK)
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
    few = "note_missing_few" if shown else "note_missing_all_few"
    notes = [words(few, n=n_few, least=found.rule.smallest_group.citizens)] if n_few else []
    shown.sort(key=lambda row: -(row[-1].value or 0))
    notes += _more(data, len(shown) - _MOST_ROWS)
    shown = shown[:_MOST_ROWS]
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
    """Return the annex on the method: small groups, how drift is found, and the rules and thresholds."""
    words, numbers = data.words, data.numbers
    rule, drift_rule = data.protected.rule, quality_rule(data).drift
    small = rule.smallest_group
    texts = [
        words("method_small_groups", citizens=small.citizens, staff=small.employees, cell=rule.smallest_cell,
              quantile=rule.smallest_quantile, estimate=rule.smallest_estimate),
    ]  # fmt: skip
    if not data.is_public:
        texts += [
            words("quality_drift_rule", level=numbers.percent(100 * drift_rule.level, 0),
                  shares=numbers.number(drift_rule.shares_points, 0), missing=numbers.number(drift_rule.missing_points, 0),
                  sd=numbers.number(drift_rule.mean_sd, 1)),
            words("note_drift_tests", offices=drift_rule.least_offices, expected=drift_rule.least_expected),
        ]  # fmt: skip
    return Blocks(
        (
            Heading(words("annex_method"), form="annex"),
            *(Paragraph(text) for text in texts),
            *decided_index(data),
            *decided_rows(data),
            rules_table(data),
            Paragraph(words("made_with", version=data.version), "note"),
        )
    )
