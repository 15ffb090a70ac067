"""The elements of a survey report: the chart that tells which are strong, the table, services, and what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from asn_research.protect import ProtectedTable
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Cell, Figure, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData, once_per_report
from asn_research.show.numbers import NOTHING
from asn_research.show.sections.movement import Movement, movements
from asn_research.show.sections.section_parts import listing, satisfaction_rule
from asn_research.show.survey_figures import element_figure, service_figure
from asn_research.show.tabling import Show, build_table

#: A single service is the unit itself.
_FEWEST_SERVICES = 2


@once_per_report
def asked_elements(data: ReportData) -> ProtectedTable | None:
    """Return the elements that were asked, in the regulation's order; none without a survey, or if all are hidden.

    An element whose number is hidden was asked: it is hidden so that another group's answers cannot be computed.
    """
    found = data.rows("elements")
    if found is None or found.frame["n"].fillna(0).sum() == 0:
        return None
    is_hidden = found.frame.index.map(lambda at: found.is_suppressed(at, "n")).to_numpy(dtype=bool)
    asked = found.rows((found.frame["n"].fillna(0) > 0) | is_hidden)
    return asked.ordered("element", satisfaction_rule(data).elements)


def hidden_elements(data: ReportData) -> list[str]:
    """Return the names of the elements that were asked and are hidden, where others are shown."""
    return [data.words(f"element_{key}").lower() for key in _hidden_keys(data)]


@once_per_report
def _hidden_keys(data: ReportData) -> list[str]:
    table = asked_elements(data)
    return [] if table is None else list(table.frame.loc[table.frame["index"].isna(), "element"].astype(str))


def lowest_elements(data: ReportData, n: int) -> list[tuple[str, float]]:
    """Return the lowest elements with their values."""
    table = asked_elements(data)
    known = None if table is None else table.frame.dropna(subset=["index"])
    if known is None:
        return []
    lowest = known.assign(index=known["index"].astype("float64")).nsmallest(n, "index")
    return [(str(key), float(value)) for key, value in zip(lowest["element"], lowest["index"], strict=True)]


def elements_block(data: ReportData) -> list[Figure]:
    """Return the chart of the elements, with its finding as title; no block without values."""
    table = asked_elements(data)
    if table is None or table.frame["index"].notna().sum() < 2:
        return []
    figure = element_figure(data, table, satisfaction_rule(data), elements_title(data, table.frame))
    hidden = hidden_elements(data)
    if not hidden:
        return [figure]
    return [
        replace(
            figure, notes=(*figure.notes, data.words("note_elements_hidden", hidden=listing(data, hidden)))
        )
    ]


def elements_title(data: ReportData, frame: pd.DataFrame) -> str:
    """Say how many elements have which grade, and which is the lowest."""
    words = data.words
    known = frame.dropna(subset=["index"]).sort_values("index", kind="stable")
    counts = Counter(known["grade"].astype("str"))
    lowest = words(f"element_{known['element'].iloc[0]}").lower()
    is_part = bool(hidden_elements(data))
    if len(counts) == 1:
        of_one = "title_elements_one_shown" if is_part else "title_elements_one"
        return words(of_one, n=len(known), grade=next(iter(counts)), lowest=lowest)
    parts = [
        words("n_elements_graded", n=counts[band.grade], grade=band.grade)
        for band in satisfaction_rule(data).grades
        if band.grade in counts
    ]
    key = "title_elements_shown" if is_part else "title_elements"
    return words(key, parts=listing(data, parts), lowest=lowest)


def elements_table(data: ReportData) -> list[Block]:
    """Return each element's mean, value, interval and grade, numbered as in the regulation."""
    words, table = data.words, asked_elements(data)
    if table is None:
        return []
    order = {key: f"U{at}" for at, key in enumerate(satisfaction_rule(data).elements, start=1)}
    shows = [
        Show(words("col_number"), "element", text=lambda key: order[key], width=0.6),
        Show(words("col_element"), "element", text=lambda key: words(f"element_{key}"), width=3.4),
        Show(words("col_mean_short"), "mean", 2, width=0.9),
        Show(words("col_index"), "index"),
        Show(words("col_range"), "index", interval=True, width=1.5),
        Show(words("col_grade"), "grade", text=str, width=0.8),
    ]
    notes = (words("note_range"),)
    printed = build_table(data, table, shows, key="elements", title=words("table_elements"), notes=notes)
    return [_with_former(data, printed, [str(key) for key in table.frame["element"]])]


def _with_former(data: ReportData, table: Table, elements: Sequence[str]) -> Table:
    """Add the values of the last period and of a year before, where there are any; no value is set beside a hidden one."""
    moved = [each for each in movements(data) if each.element and each.against in ("last", "year")]
    former = {(each.element, each.since): each.before for each in moved}
    hidden = _hidden_keys(data)
    for since in sorted({each.since for each in moved}, key=lambda period: period.first_day):
        cells = [
            Cell(HIDDEN)
            if element in hidden
            else Cell(NOTHING)
            if (found := former.get((element, since))) is None
            else Cell(data.numbers.number(found.value, 1), round(found.value, 10))
            for element in elements
        ]
        columns = (*table.columns, TableColumn(since.short_label(data.language), "right", 0.9))
        rows = tuple((*row, cell) for row, cell in zip(table.rows, cells, strict=True))
        table = replace(table, columns=columns, rows=rows)
    return table


def services_block(data: ReportData) -> list[Block]:
    """Return services against elements; where few answered of a service, its values are not shown."""
    words = data.words
    found = data.rows("service_elements")
    if found is None or found.frame["service_id"].nunique() < _FEWEST_SERVICES:
        return []
    shown = found.frame.dropna(subset=["index"])
    order = [e for e in satisfaction_rule(data).elements if e in set(shown["element"])]
    least = found.rule.smallest_group.citizens
    if shown["service_id"].nunique() < _FEWEST_SERVICES or len(order) < 2:
        return [Paragraph(words("services_too_few", n=least), "note")]
    wide = shown.assign(index=shown["index"].astype("float64")).pivot_table(
        index="service_id", columns="element", values="index", observed=True
    )[order]
    wide.index = pd.Index([_service(data, str(key)) for key in wide.index])
    n_hidden = found.frame["service_id"].nunique() - len(wide)
    blocks: list[Block] = [service_figure(data, wide, _services_title(data, wide))]
    if n_hidden:
        blocks.append(Paragraph(words("services_hidden", n=n_hidden, least=least), "note"))
    return blocks


def _services_title(data: ReportData, wide: pd.DataFrame) -> str:
    """Return the title that names the service and element with the lowest value."""
    lowest = wide.min(axis=1)
    service = str(lowest.idxmin())
    element = str(wide.loc[service].idxmin())
    return data.words(
        "title_services", service=service, element=data.words(f"element_{element}").lower(),
        value=data.numbers.number(float(lowest.min()), 1),
    )  # fmt: skip


def _service(data: ReportData, key: str) -> str:
    known = data.city.services.get(key)
    return known.name(data.language) if known else key


def strengths(data: ReportData) -> list[Block]:
    """Return the sentences on strong and weak elements, and on which of them differ from the others beyond chance."""
    words, table = data.words, asked_elements(data)
    known = None if table is None else table.frame.dropna(subset=["index"])
    # Of equal values the regulation's order decides, as in the plan.
    known = None if known is None else known.sort_values("index", kind="stable")
    if known is None or len(known) < 2:
        return []
    weak, strong = (
        [_valued(data, row) for _, row in rows.iterrows()]
        for rows in (known.head(3), known.tail(3).iloc[::-1])
    )
    candidates = list(known.loc[known["place_first"] == 1, "element"])
    hidden = hidden_elements(data)
    # What is strongest of the elements shown need not be the strongest of all.
    sentences = [words("elements_not_all", hidden=listing(data, hidden))] if hidden else []
    sentences += [
        words("strong_sentence", elements=listing(data, strong)),
        words("weak_sentence", elements=listing(data, weak)),
    ]
    if len(candidates) == 1:
        sentences.append(words("lowest_sure", lowest=words(f"element_{candidates[0]}").lower()))
    elif candidates:
        sentences.append(words("lowest_open", n=len(candidates)))
    return [Paragraph(" ".join(sentences))]


def _valued(data: ReportData, row: Any) -> str:
    name = data.words(f"element_{row['element']}").lower()
    return f"{name} ({data.numbers.number(row['index'], 1)})"


def changes(data: ReportData) -> list[Block]:
    """Return the sentence on which elements changed beyond chance, or that all are steady."""
    words = data.words
    moved = [each for each in movements(data) if each.element and each.against in ("last", "year")]
    if not moved:
        return [Paragraph(words("trend_first"))]
    changed = [each for each in moved if each.verdict != "steady"]
    if changed:
        named = [_changed(data, each) for each in changed]
        return [Paragraph(words("elements_changed", changed=listing(data, named)))]
    against = dict.fromkeys(each.since.label(data.language) for each in moved)
    key = "elements_steady_shown" if hidden_elements(data) else "elements_steady"
    return [Paragraph(words(key, periods=listing(data, list(against))))]


def _changed(data: ReportData, each: Movement) -> str:
    return data.words(
        "element_moved_up" if each.moved.value > 0 else "element_moved_down",
        element=data.words(f"element_{each.element}").lower(),
        before=data.numbers.number(each.before.value, 1), now=data.numbers.number(each.now.value, 1),
        period=each.since.label(data.language),
    )  # fmt: skip
