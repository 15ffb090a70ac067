"""What a report will print as not filled in: facts that only a person can give, for each unit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from asn_research.desk.place import Place
from asn_research.desk.unless_changed import UnlessChanged
from asn_research.errors import AsnError
from asn_research.read.given_forms import FILES, FOLDER, FORMS
from asn_research.read.office_forms import FilledRow, load_form, read_form, sheets_of
from asn_research.rules.cities import CITY

#: Of each form, the sheet, whether its rows are of a period, and the fields that a report misses if they are empty.
_MISSED = {
    FORMS[0]: ("official", False, ("name",)),
    FORMS[1]: ("survey", True, ("first_day", "last_day", "place", "team")),
    FORMS[2]: ("plan", True, ("action",)),
}


def _rows_of(form: str, model: str, path: Path) -> list[FilledRow]:
    return read_form(path, form, [])[model]


#: What the sheets of each form hold.
_READ = {form: UnlessChanged(partial(_rows_of, form, model)) for form, (model, _, _) in _MISSED.items()}


def unfilled_of(place: Place, unit: str, period: str, language: str) -> list[str]:
    """Return the headings of the fields that are empty for a unit and period; empty if there are no forms yet.

    Parameters
    ----------
    place : Place
        The project.
    unit : str
        The unit. The city itself carries out no survey of its own.
    period : str
        The code of the period.
    language : str
        The language of the headings.
    """
    if not unit or unit == CITY:
        return []
    found = []
    for form, (model, by_period, fields) in _MISSED.items():
        try:
            rows = _READ[form].of(place.raw / FOLDER / FILES[form])
        except (OSError, AsnError):
            # It may be open in Excel, or damaged: the next page tries again.
            rows = None
        if rows is None:
            continue
        own = [
            row for row in rows
            if str(row.values.get("unit_id", "")).upper() == unit and (not by_period or row.values.get("period") == period)
        ]  # fmt: skip
        columns = {column.field: column for column in sheets_of(load_form(form))[model]}
        found += [
            columns[field].heading(language)
            for field in fields
            if not any(row.values.get(field) for row in own)
        ]
    return found


def n_unfilled(place: Place, units: Sequence[Any], period: str) -> int:
    """Return how many units have an empty field in the forms of a period."""
    return sum(bool(unfilled_of(place, unit, period, "id")) for unit, _ in units) if period else 0
