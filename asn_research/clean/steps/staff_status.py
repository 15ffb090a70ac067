"""Exclude people in a staff list who no longer serve, and compare their data with their employee number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from asn_research.clean.parse.dates import parse_date
from asn_research.clean.privacy.identity import Nip, NipRegister, read_nip
from asn_research.clean.working import Working
from asn_research.read import Cells, RawTable
from asn_research.rules.codebooks import employment_status, fold

#: Employment status to the reason why a person with it is excluded.
_LEFT, _OFF_DUTY = "left_service", "off_duty"
_EXCLUDED = {
    "retired": _LEFT, "dead": _LEFT, "moved": _LEFT, "dismissed": _LEFT, "unpaid_leave": _OFF_DUTY, "suspended": _OFF_DUTY,
}  # fmt: skip
#: Columns that may give the status; a list may have it in the column for the type of employment.
_SAYING = ("_employment_status", "employment_type")
_CONTRADICTS = "contradicts_number"
#: The share of a table's people that the staff list must know for it to give their units.
_KNOWN = 0.8


def status_of(text: str) -> str:
    """Return the employment status in a text of a staff list; the longest known phrase in it decides.

    Examples
    --------
    >>> [status_of(text) for text in ("Aktif", "Masa Persiapan Pensiun", "Pensiun BUP", "Diberhentikan sementara", "PNS")]
    ['active', 'active', 'retired', 'suspended', '']
    """
    plain = f" {fold(text)} "
    found = [phrase for phrase in employment_status() if f" {phrase} " in plain]
    return employment_status()[max(found, key=len)] if found else ""


def known_staff(lists: Sequence[RawTable]) -> tuple[list[str], dict[str, str]]:
    """Return all employee numbers in staff lists, and the unit of each serving person who has only one."""
    numbers: list[str] = []
    units: dict[str, set[str]] = {}
    for table in lists:
        cells = table.columns["person_id"]
        digits = cells.each(lambda text, kind: read_nip(text, kind, NipRegister()).digits)
        numbers += [number for number in digits if number]
        if "unit_id" not in table.columns:
            continue
        serves = np.ones(len(table), bool)
        for name in _SAYING:
            if name in table.columns:
                serves &= ~table.columns[name].mask(lambda text: status_of(text) in _EXCLUDED)
        for number, unit in zip(
            cells.spread(digits)[serves], table.columns["unit_id"].text[serves], strict=True
        ):
            if number and unit:
                units.setdefault(number, set()).add(str(unit))
    return numbers, {number: named.pop() for number, named in units.items() if len(named) == 1}


def name_units_of_staff(rows: Working) -> Working:
    """Add the unit of each person from the staff list, in tables without units, if it knows most people.

    Then no question about the unit of the file is needed.
    """
    if not rows.context.unit_of_staff or "person_id" not in rows.cells:
        return rows
    without = rows.by_table(
        lambda table: "unit_id" not in table.columns and not (table.profile and table.profile.unit)
    )
    if not without.any():
        return rows
    cells, register = rows.cells["person_id"], rows.context.register
    digits = cells.each(lambda text, kind: read_nip(text, kind, register).digits)
    named = cells.spread([rows.context.unit_of_staff.get(number or "", "") for number in digits])
    number = rows.place["table"].to_numpy()
    tables = list(rows.tables)
    own = rows.cells["unit_id"].text.copy() if "unit_id" in rows.cells else np.full(len(rows), "", object)
    for at, table in enumerate(tables):
        here = without & (number == at)
        data = here & rows.data
        if data.any() and (named[data] != "").mean() >= _KNOWN:
            own[here] = named[here]
            tables[at] = replace(table, columns={**table.columns, "unit_id": Cells.of(list(named[here]))})
    if all(one is other for one, other in zip(tables, rows.tables, strict=True)):
        return rows
    cells_now = {**rows.cells, "unit_id": Cells.of([str(text) for text in own])}
    return replace(rows, cells=cells_now, tables=tuple(tables))


def leave_out_who_left(rows: Working) -> Working:
    """Exclude people who have left the service or are off duty, because they are not staff of the period."""
    for name in _SAYING:
        if name not in rows.cells:
            continue
        cells = rows.cells[name]
        reasons = [_EXCLUDED.get(status_of(str(text)), "") for text in cells.texts]
        for reason in (_LEFT, _OFF_DUTY):
            mask = cells.spread([one == reason for one in reasons], dtype=bool)
            rows = rows.mark(mask & rows.data & ~rows.marked("exclude"), "exclude", reason, name, old="")
    return rows


def facts_of_numbers(rows: Working) -> Working:
    """Add age, years of service, sex and type of employment from the employee number.

    If a birth date or a sex in the list contradicts the number, the value becomes blank. The number may be
    mistyped, or the birth date may have been corrected later, so neither is trusted.
    """
    cells = rows.cells["person_id"]
    digits = cells.each(lambda text, kind: read_nip(text, kind, rows.context.register).digits)
    numbers = cells.spread([Nip(d) if d else None for d in digits])
    year = rows.context.reference.year
    ages = np.array([float(year - n.birth_year) if n else np.nan for n in numbers])
    tenures = np.array([float(year - n.start_year) if n else np.nan for n in numbers])
    wrong_birth = _wrong_birth(rows, numbers)
    ages[wrong_birth] = np.nan
    rows = _mark_contradicted(rows, wrong_birth, "_birth_date", "age_band")
    found: dict[str, Any] = {"age": ages, "tenure": tenures}
    for name in ("sex", "employment_type"):
        by_number = pd.Series([getattr(n, name) if n else None for n in numbers], dtype="object").astype(
            "str"
        )
        by_number = by_number.where(np.array([n is not None for n in numbers], bool))
        given = (
            rows.values[name].astype("str").where(rows.values[name].notna())
            if name in rows.values
            else by_number
        )
        if name == "sex":
            wrong = (given.notna() & by_number.notna() & (given != by_number)).to_numpy()
            given = given.where(~wrong)
            by_number = by_number.where(~wrong)
            rows = _mark_contradicted(rows, wrong, name, name)
        found[name] = pd.Categorical(given.where(given.notna(), by_number))
    return rows.with_values(**found)


def _wrong_birth(rows: Working, numbers: np.ndarray) -> np.ndarray:
    """Return the mask of rows whose birth date contradicts their number; day and month may be exchanged."""
    if "_birth_date" not in rows.cells:
        return np.zeros(len(rows), bool)
    cells = rows.cells["_birth_date"]
    born = cells.spread([parse_date(str(text)) if text else None for text in cells.texts])
    return np.array(
        [
            n is not None
            and day is not None
            and (day.year, {day.month, day.day}) != (n.birth_year, {int(n.digits[4:6]), int(n.digits[6:8])})
            for n, day in zip(numbers, born, strict=True)
        ],
        bool,
    )


def _mark_contradicted(rows: Working, where: np.ndarray, column: str, of: str) -> Working:
    rows = rows.mark(where & rows.data, "repair", _CONTRADICTS, column)
    return rows.mark(where & rows.data, "missing", "unreadable", of, old="")
