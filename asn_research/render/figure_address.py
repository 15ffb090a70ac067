"""The addresses of printed figures: from a text to a measure, a column and one row, and all addresses of a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import pandas as pd

from asn_research.clean.privacy.denied_names import load_names
from asn_research.errors import RequestError
from asn_research.protect import ProtectedCity, ProtectedTable
from asn_research.protect.release import owner_column
from asn_research.render.inputs import ReportInputs, keep_shared_report
from asn_research.render.jobs import period_of
from asn_research.render.slices import Slicer
from asn_research.render.stated import given_for, load_stated
from asn_research.rules.cities import CITY
from asn_research.rules.former_names import current_name
from asn_research.rules.periods import Period
from asn_research.rules.words import worded
from asn_research.schema import Column, declared
from asn_research.schema.made import figure_names, makings
from asn_research.show.data import ReportData
from asn_research.show.sections.section_parts import is_full

_PERIODS = ("period", "in_period")
_NEAR = 6
_CHOICES = 12


@dataclass(frozen=True)
class Address:
    """The address of a printed figure: its measure, unit, period, column and further keys.

    Parameters
    ----------
    period, unit : str
        The period's code and the unit's id.
    measure, column : str
        The measure and the column.
    keys : mapping of str to str
        The values of the row's further keys.
    decimals : int or None
        How many decimals the page prints; None for those that the column declares.
    """

    period: str
    unit: str
    measure: str
    column: str
    keys: Mapping[str, str]
    decimals: int | None = None

    def __str__(self) -> str:
        keys = "".join(f"/{name}={value}" for name, value in self.keys.items())
        return f"{self.period}/{self.unit}/{self.measure}.{self.column}{keys}"


def addresses(data: ReportData) -> Iterator[Address]:
    """Yield the address of every figure of a report's unit and period that a report may print."""
    for name in sorted(data.protected.tables):
        if name not in makings():
            continue
        found = _of_unit(data.protected.tables[name], data.unit_id, data.period.code)
        if found is None:
            continue
        for _, row in found.frame.iterrows():
            keys = {key: str(row[key]) for key in _further_keys(found)}
            for column in _columns(name):
                if column.column in found.frame:
                    yield Address(data.period.code, data.unit_id, name, column.column, keys)


def report_data(
    inputs: ReportInputs, raw: Path, unit: str, period: Period, language: str, key_file: Path | None = None
) -> ReportData:
    """Return all that the reports of a unit and period may show, for readers of internal reports."""
    stated = load_stated(raw, inputs, load_names(inputs.processed.folder, key_file))
    slicer = Slicer(
        keep_shared_report(inputs, period.code, language),
        "internal",
        partial(given_for, inputs, stated, period),
    )
    return slicer.cut(unit)


def find_address(
    inputs: ReportInputs, raw: Path, text: str, language: str, key_file: Path | None
) -> tuple[ReportData, Address]:
    """Return the report's data and the address that a text such as ``2026-Q3/DISHUB/satisfaction`` means."""
    parts = [part.strip() for part in text.strip().strip("/").split("/")]
    if len(parts) < 3 or not all(parts):
        raise worded(RequestError, "error_why_address", text=text)
    period = period_of(inputs, parts[0])
    unit = CITY if parts[1].upper() == CITY else inputs.city.find_unit(parts[1]).unit_id
    data = report_data(inputs, raw, unit, period, language, key_file)
    return data, _address(data, parts[2], parts[3:])


def _address(data: ReportData, name: str, more: Sequence[str]) -> Address:
    """Return the address that a name and further parts mean."""
    known = figure_names().get(name.casefold())
    decimals = None
    if known is not None:
        measure, column, keys, decimals = known.table, known.column, dict(known.keys), known.decimals
        if name.casefold() == "ikm":
            column = _reported_column(data)
    else:
        measure, dot, column = name.partition(".")
        if not dot and more:
            column, more = more[0], more[1:]
        measure, column = current_name(measure), current_name(column)
        keys = {}
    table = data.protected.tables.get(measure)
    if table is None or measure not in makings() or column not in {each.column for each in _columns(measure)}:
        near = ", ".join(_near(data, f"{measure}.{column}" if known is None else name))
        raise worded(RequestError, "error_why_unknown", name=name, near=near)
    found = _of_unit(table, data.unit_id, data.period.code)
    if found is None:
        raise worded(RequestError, "error_why_no_row", name=name, unit=data.name, period=data.period.code)
    own = _keys_given(found, keys, more, name)
    return Address(data.period.code, data.unit_id, measure, column, own, decimals)


def _reported_column(data: ReportData) -> str:
    """Return the column of the index that the city reports."""
    if not is_full(data):
        return "index_rounded"
    return "ikm" if data.given.style.reported_index == "exact" else "index_printed_weight"


def _keys_given(
    found: ProtectedTable, keys: Mapping[str, str], more: Sequence[str], name: str
) -> dict[str, str]:
    """Return the further keys of the row that is meant; refuse if there are several rows."""
    further = _further_keys(found)
    given = dict(keys)
    free = [key for key in further if key not in given]
    for part in more:
        key, equals, value = part.partition("=")
        if equals and current_name(key) in further:
            given[current_name(key)] = value
        elif free:
            given[free.pop(0)] = part
    rows = found.frame[further].astype("str") if further else pd.DataFrame(index=found.frame.index)
    for key, value in given.items():
        rows = rows.loc[rows[key].str.casefold() == value.casefold()]
    if len(rows) > 1:
        # The row of the whole, where there is one, has empty keys.
        whole = rows.loc[(rows[[key for key in further if key not in given]] == "").all(axis=1)]
        rows = whole if len(whole) == 1 else rows
    if len(rows) == 1:
        return {key: str(rows.iloc[0][key]) for key in further}
    choices = ["/".join(row) for row in found.frame[further].astype("str").to_numpy().tolist()][:_CHOICES]
    raise worded(
        RequestError, "error_why_rows", name=name, keys=", ".join(further), choices=", ".join(choices)
    )


def _near(data: ReportData, name: str) -> list[str]:
    """Return the known names of figures that are most similar to a name."""
    known = [*figure_names()]
    known += [
        f"{measure}.{column.column}"
        for measure in sorted(data.protected.tables)
        if measure in makings()
        for column in _columns(measure)
    ]
    close = get_close_matches(name.casefold(), known, _NEAR, 0.4)
    return close or list(figure_names())[:_NEAR]


def _columns(measure: str) -> list[Column]:
    return [each for each in declared("measure", measure).columns.values() if _is_printed(each)]


def _is_printed(column: Column) -> bool:
    return (
        column.role in {"count", "share", "value"}
        and column.stage != "measure"
        and column.audience != "research"
    )


def _of_unit(table: ProtectedTable, unit: str, period: str) -> ProtectedTable | None:
    """Return a measure's rows of a unit and period; where it has no period, all of the unit."""
    owner = owner_column(table)
    if owner is None:
        return None
    mask = table.frame[owner].astype("str") == unit
    for name in _PERIODS:
        if name in table.frame:
            mask &= table.frame[name].astype("str") == period
    return table.rows(mask) if mask.any() else None


def _further_keys(table: ProtectedTable) -> list[str]:
    """Return the keys beside unit and period; a sub-unit stands under the unit that reports it."""
    known = {owner_column(table), *_PERIODS}
    return [key for key in declared("measure", table.measure).keys if key in table.frame and key not in known]


def row_at(city: ProtectedCity, wanted: Address) -> ProtectedTable:
    """Return the only row at an address; refuse if there is none or more than one."""
    table = city.tables.get(wanted.measure)
    found = None if table is None else _of_unit(table, wanted.unit, wanted.period)
    if found is not None:
        mask = pd.Series(data=True, index=found.frame.index)
        for key, value in wanted.keys.items():
            mask &= found.frame[key].astype("str") == value
        found = found.rows(mask)
    if found is None or len(found) != 1:
        raise worded(
            RequestError, "error_why_no_row", name=wanted.measure, unit=wanted.unit, period=wanted.period
        )
    return found
