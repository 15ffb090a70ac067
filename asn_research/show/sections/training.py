"""Lessons taken and the yearly duty, groups beside each other; the professionalism index; sanctions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from asn_research import rules
from asn_research.measure.discipline import UNKNOWN
from asn_research.measure.training import GROUPINGS
from asn_research.protect import ProtectedTable
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import TrainingRule
from asn_research.rules.regulations_staff import IpAsnRule
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.common import absent, period_label
from asn_research.show.tabling import Show, build_table, hidden_note


def training(data: ReportData) -> Blocks:
    """Return lesson hours by unit and group; for those who lead, how far the duty is met this year too."""
    words = data.words
    blocks: list[Block] = [Heading(words("section_training"))]
    found = data.rows("training")
    if found is None:
        return Blocks((*blocks, absent(data, "what_training")))
    if found.is_suppressed(found.frame.index[0], "n_staff"):
        return Blocks(
            (*blocks, Paragraph(words("too_few_staff", n=found.rule.smallest_group.employees), "absent"))
        )
    first = found.frame.index[0]
    blocks.append(
        Paragraph(
            words(
                "training_sentence", period=data.period.label(data.language), n=data.cell(found, first, "n_staff"),
                hours=data.cell(found, first, "hours_mean", 1),
                trained=data.cell(found, first, "trained_pct", 1, "%"),
                trained_interval=data.interval_cell(found, first, "trained_low", "trained_high"),
            )
        )
    )  # fmt: skip
    if not data.is_public:
        met, n_pns = data.cell(found, first, "pns_met_pct", 1, "%"), data.cell(found, first, "n_pns")
        blocks.append(Paragraph(words("training_duty_sentence", year=data.period.year, met=met, n_pns=n_pns)))
    duty_columns = [] if data.is_public else [
        Show(words("col_n_pns"), "n_pns"), Show(words("col_pns_met"), "pns_met_pct", width=1.3),
    ]  # fmt: skip
    history = data.history("training")
    if history is not None:
        blocks.append(
            build_table(
                data, history,
                [
                    Show("", "period", text=lambda code: period_label(data, code), width=1.6),
                    Show("", "n_staff"),
                    Show(words("col_trained"), "n_trained"),
                    Show(words("col_hours_mean"), "hours_mean"),
                    *duty_columns,
                ],
                key="training", notes=() if data.is_public else (words("note_training"),),
            )
        )  # fmt: skip
    return Blocks((*blocks, *_over_ceiling(data, found), *_kinds(data), *_gaps(data)))


def _over_ceiling(data: ReportData, found: ProtectedTable) -> list[Block]:
    """State how many PPPK took more hours than their ceiling, to those who lead them."""
    duty = rules.at(data.period, data.city).get(TrainingRule)
    if data.is_public or duty is None:
        return []
    first = found.frame.index[0]
    if found.frame.at[first, "n_pppk"] == 0:
        return []
    over, n_pppk = (data.cell(found, first, name) for name in ("n_pppk_over", "n_pppk"))
    most = data.numbers.number(duty.pppk_at_most_jp)
    text = data.words("pppk_over", year=data.period.year, over=over, n=n_pppk, most=most)
    return [Paragraph(text, "note")]


def _kinds(data: ReportData) -> list[Block]:
    words = data.words
    found = data.rows("training_kinds")
    if found is None or found.frame["n_people"].isna().all():
        return []
    shows = [
        Show(words("col_training_kind"), "training_kind", text=lambda key: words(f"kind_{key}"), width=2),
        Show("", "n_people"),
        Show(words("col_courses"), "n_courses"),
        Show(words("col_hours_total"), "hours_total"),
        Show(words("col_hours_share"), "hours_share_pct"),
    ]
    return [build_table(data, found, shows, key="training_kinds", title=words("table_training_kinds"))]


def _gaps(data: ReportData) -> list[Block]:
    words = data.words
    found = data.rows("training_gaps", grouping=list(GROUPINGS))
    if found is None:
        return []
    shows = [
        Show("", "n_staff", width=0.9),
        Show(words("col_hours_year"), "hours_mean"),
        Show(words("col_interval"), "hours_mean", interval=True, width=1.5),
        Show(words("col_gap"), "gap", width=1.2),
        Show(words("col_gap_interval"), "gap", interval=True, width=1.6),
    ]
    table = build_table(
        data,
        found,
        shows,
        key="training_gaps",
        title=words("table_training_gaps"),
        notes=(words("note_gaps"),),
    )
    keys = zip(found.frame["grouping"], found.frame["group"], strict=True)
    # The youngest first, though "<" sorts behind digits.
    ordered = sorted(
        zip(keys, table.rows, strict=True),
        key=lambda row: (GROUPINGS.index(row[0][0]), not str(row[0][1]).startswith("<"), str(row[0][1])),
    )
    named = tuple(
        (Cell(f"{words(f'grouping_{grouping}')}: {_group(data, str(group))}"), *cells)
        for (grouping, group), cells in ordered
    )
    return [replace(table, columns=(TableColumn(words("col_group"), "left", 2), *table.columns), rows=named)]


def _group(data: ReportData, key: str) -> str:
    return data.words(f"group_{key}") if data.words.has(f"group_{key}") else key.replace("-", "–")


def professionalism(data: ReportData) -> Blocks:
    """Return the professionalism index between the bounds that the records allow.

    Discipline, and so the index as a whole, is told of the city alone.
    """
    words = data.words
    found = data.rows("ip_asn")
    if found is None or found.is_suppressed(found.frame.index[0], "n_staff"):
        return Blocks(())
    first, row = found.frame.index[0], found.frame.iloc[0]
    rule = rules.at(data.period, data.city).one(IpAsnRule)
    dimensions = {**rule.dimensions, "index": 100.0}
    if not data.is_city:
        dimensions = {name: full for name, full in rule.dimensions.items() if name != "discipline"}
    rows = tuple(
        (
            Cell(words(f"dimension_{name}")),
            *(
                Cell(data.cell(found, first, f"{name}_{end}", 2), _number(row[f"{name}_{end}"]))
                for end in ("low", "high")
            ),
            Cell(data.numbers.number(full), full),
        )
        for name, full in dimensions.items()
    )
    columns = (
        TableColumn(words("col_dimension"), "left", 2),
        *(TableColumn(words(f"col_{name}"), "right") for name in ("lowest", "highest", "maximum")),
    )
    notes = [
        words(
            "note_ip_asn",
            decimals=rule.decimals,
            performance_year=data.period.year - rule.performance_years_back,
        )
    ]
    hidden = [
        name for name, cells in zip(dimensions, rows, strict=True) if any(c.text == HIDDEN for c in cells)
    ]
    notes += hidden_note(data, found, [f"{name}_low" for name in hidden])
    last = (len(rows) - 1,) if data.is_city else ()
    table = Table("ip_asn", words("table_ip_asn"), columns, rows, tuple(notes), last)
    return Blocks((Heading(words("section_ip_asn")), Paragraph(_index_sentence(data, row, rule)), table))


def _index_sentence(data: ReportData, row: pd.Series, rule: IpAsnRule) -> str:
    words, numbers = data.words, data.numbers
    facts = {"year": data.period.year, "n": numbers.number(row["n_staff"])}
    if not data.is_city:
        return words("ip_asn_unit", **facts)
    low, high = words(f"band_{row['band_low']}"), words(f"band_{row['band_high']}")
    bands = {"band_low": low} if low == high else {"band_low": low, "band_high": high}
    return words(
        "ip_asn_one_band" if low == high else "ip_asn_sentence", **facts,
        low=numbers.number(row["index_low"], rule.decimals),
        high=numbers.number(row["index_high"], rule.decimals), **bands,
    )  # fmt: skip


def _number(value: Any) -> float | None:
    return None if is_missing(value) else float(value)


def discipline(data: ReportData) -> Blocks:
    """Return the city's sanctions by level; where an office keeps no list, nothing is said.

    Units' are not told. A quarter without a sanction reads like one with a few: else the one would
    tell of the other.
    """
    words = data.words
    if "sanctions" not in data.protected.tables:
        return Blocks(())
    found = data.rows("sanctions", unit_id=CITY)
    head: list[Block] = [Heading(words("section_discipline"))]
    if not data.is_city:
        head.append(Paragraph(words("sanctions_city_alone"), "note"))
    least = data.protected.rule.smallest_group.employees - 1
    if found is None or found.frame["n_people"].isna().all():
        return Blocks((*head, Paragraph(words("sanctions_few", least=least))))
    counts = {
        str(level): data.cell(found, row, "n_people")
        for row, level in zip(found.frame.index, found.frame["level"], strict=True)
    }
    older = counts.pop(UNKNOWN, "")
    sentence = words("sanctions_sentence", **counts, least=least)
    if older not in {"", HIDDEN}:
        sentence = f"{sentence} {words('sanctions_older', unknown=older)}"
    return Blocks((*head, Paragraph(sentence)))
