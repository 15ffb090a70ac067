"""People, units and services of the rows: pseudonyms for identifiers, and names matched to the register."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.clean.parse.values import coded
from asn_research.clean.privacy.identity import MISSING, read_nip
from asn_research.clean.questions.unit_questions import units_stated
from asn_research.clean.steps.staff_status import name_units_of_staff
from asn_research.clean.steps.units import MISSPELT, UNKNOWN_UNIT
from asn_research.clean.working import Working
from asn_research.read import Cells


def identify_people(rows: Working, *columns: str) -> Working:
    """Replace employee numbers by pseudonyms; a row without a number in the first column is quarantined."""
    data = rows.data
    for place, name in enumerate(columns):
        if name not in rows.cells:
            rows = rows.with_values(**{name: coded([None], np.zeros(len(rows), np.int32))})
            continue
        cells = rows.cells[name]
        register = rows.context.register
        numbers = [read_nip(t, k, register) for t, k in zip(cells.texts, cells.kinds, strict=True)]
        # A rater has a different pseudonym than as an employee: no measure needs a rater's own ratings.
        named = rows.context.pseudonym.rater if name == "rater_id" else rows.context.pseudonym.person
        codes = [named(r.digits) if r.digits else None for r in numbers]
        rows = rows.with_values(**{name: coded(codes, cells.codes)})
        for fault in sorted({r.fault for r in numbers if r.fault}):
            mask = cells.spread([r.fault == fault for r in numbers], dtype=bool)
            rows = rows.mark(mask & data, "quarantine", fault, name)
        for repair in sorted({r.repair for r in numbers if r.repair}):
            mask = cells.spread([r.repair == repair for r in numbers], dtype=bool)
            rows = rows.mark(mask & data, "repair", repair, name)
        if place == 0:
            rows = rows.mark(~cells.filled & data, "quarantine", MISSING, name)
    return rows


def match_units(rows: Working) -> Working:
    """Match the unit name of each row to the register as it was in the row's period.

    A misspelt name is repaired, and a name from before or after a renaming is matched to the unit of the
    period. A row with an unknown name is quarantined. The rows must have their period.
    """
    rows = name_units_of_staff(rows)
    data = rows.data
    by_profile = [t.profile.unit.unit_id if t.profile and t.profile.unit else "" for t in rows.tables]
    own = rows.by_table(lambda t: bool(t.profile and t.profile.unit))
    cells = rows.cells.get("unit_id") or Cells.blank(len(rows))
    period = pd.Categorical(rows.values["period"])
    # Each pair of spelling and period gets one number; the code of a missing period is -1.
    n_periods = len(period.categories) + 1
    pairs = cells.codes.astype(np.int64) * n_periods + period.codes + 1
    known, codes = _distinct(pairs)
    matches = [
        rows.context.units.find(
            str(cells.texts[pair // n_periods]),
            str(period.categories[pair % n_periods - 1]) if pair % n_periods else "",
        )
        for pair in known
    ]
    unknown = np.array([m.fault == UNKNOWN_UNIT for m in matches], bool)[codes]
    rows, stated = units_stated(rows, unknown)
    by_profile = [unit or given for unit, given in zip(stated, by_profile, strict=True)]
    own |= np.array([bool(unit) for unit in stated], bool)[rows.place["table"].to_numpy()]
    waits = rows.quarantined_for("unit_id")
    for fault in sorted({m.fault for m in matches if m.fault}):
        mask = np.array([m.fault == fault for m in matches])[codes]
        rows = rows.mark(mask & data & ~own & ~waits, "quarantine", fault, "unit_id")
    for repair in sorted({m.repair for m in matches if m.repair}):
        mask = np.array([m.repair == repair for m in matches])[codes]
        rows = rows.mark(mask & data & ~own, "repair", repair, "unit_id")
    units = [*(m.unit_id for m in matches), *(unit or None for unit in by_profile)]
    codes = np.where(own, len(matches) + rows.place["table"].to_numpy(), codes)
    city = rows.context.city
    return rows.with_values(
        unit_id=coded(units, codes),
        reporting_unit_id=coded([city.reporting_unit_id(u) if u else None for u in units], codes),
    )


def _distinct(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct numbers, and for each number its index; hashing is faster than sorting here."""
    codes, known = pd.factorize(numbers)
    return np.asarray(known), np.asarray(codes)


def match_services(rows: Working) -> Working:
    """Match the service name of each row to the register; an unknown name gives an empty service."""
    if "service_id" not in rows.cells:
        return rows.with_values(service_id=coded([""], np.zeros(len(rows), np.int32)))
    cells = rows.cells["service_id"]
    found = cells.each(lambda text, _: rows.context.services.find(text))
    own = rows.by_table(lambda t: bool(t.profile and t.profile.unit))
    rows = rows.with_values(service_id=coded([service or "" for service, _ in found], cells.codes))
    misspelt = cells.spread([bool(service and bad) for service, bad in found], dtype=bool)
    unknown = cells.spread([not service for service, _ in found], dtype=bool) & cells.filled
    rows = rows.mark(misspelt & rows.data, "repair", MISSPELT, "service_id")
    # The services of a unit from a profile are not in our register, so they are not marked.
    return rows.mark(unknown & rows.data & ~own, "missing", "not_registered", "service_id")


def pseudonymise_column(rows: Working, column: str) -> Working:
    """Replace the values of a column by pseudonyms, so that later steps compare values without storing them.

    Blank cells stay blank.
    """
    if column not in rows.cells:
        return rows
    cells = rows.cells[column]
    return rows.with_values(
        **{column: coded([rows.context.pseudonym(t) if t else None for t in cells.texts], cells.codes)}
    )
