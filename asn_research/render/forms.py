"""The command `forms`: write the forms that people fill in, with prefilled values; existing forms are not changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from asn_research.errors import ProcessedDataError, RawDataError
from asn_research.publish import NEW
from asn_research.read.city_form import city_of
from asn_research.read.form_writing import Rows, form_bytes, with_rows
from asn_research.read.given_forms import FILES, FOLDER, FORMS, holds, read_stated
from asn_research.read.office_forms import read_form
from asn_research.render.inputs import ReportInputs, keep_shared_report, prepare_inputs
from asn_research.render.jobs import period_of
from asn_research.rules.cities import CITY, City
from asn_research.rules.periods import Period
from asn_research.rules.signatories import title_of
from asn_research.rules.words import Words, in_language, load_words, worded
from asn_research.show.numbers import Numbers
from asn_research.storage import make_private, write_whole

#: The number of elements in the prefilled plan of a unit.
N_PRIORITIES = 3
#: For each form, the sheet with one row per unit, and whether it has one row per period too.
_BY_UNIT: Mapping[str, tuple[str, bool]] = dict(
    zip(FORMS, (("official", False), ("survey", True), ("plan", True), ("address", False)), strict=True)
)
_NAMED = 6


@dataclass(frozen=True)
class _Known:
    """The data for prefilled values.

    Parameters
    ----------
    city : City
        The register.
    period : Period
        The period of the rows.
    units : tuple of str
        The units of the rows.
    priorities : mapping of str to sequence of (str, float)
        The lowest elements of each unit, with their indices.
    """

    city: City
    period: Period
    units: tuple[str, ...]
    priorities: Mapping[str, Sequence[tuple[str, float]]]

    def name(self, unit_id: str) -> str:
        """Return a unit's name, or the city's."""
        return self.city.facts.name if unit_id == CITY else self.city.units[unit_id].name


def write_forms(
    raw: Path,
    processed: Path,
    *,
    today: date,
    period: str = "latest",
    language: str = "id",
    add: bool = False,
) -> Iterator[str]:
    """Write the missing forms, check the existing ones, and yield the lines for the terminal.

    Parameters
    ----------
    raw : Path
        The raw folder; the forms are in its folder `_isian`.
    processed : Path
        The processed data, which give the elements of the plan. Without them the plan has no elements.
    today : date
        The day that gives the last period if there are no processed data.
    period : str
        A period's code, or ``latest``.
    language : str
        ``id`` or ``en``.
    add : bool
        Write copies of forms that lack units or a period, with rows for them.

    Raises
    ------
    RawDataError
        If an entry is invalid; the lines name each of them.
    RequestError
        If there are no data for the period.
    """
    words, folder = load_words(language), raw / FOLDER
    known = _known(raw, processed, period, today, language)
    try:
        make_private(folder)
        for form in FORMS:
            yield from _write_one(folder, form, known, words, add=add)
    except OSError as error:
        raise worded(
            RawDataError, "error_form_unwritten", file=FOLDER, folder=raw.name, reason=error.strerror or ""
        ) from error
    yield words("forms_where", folder=folder)
    faults = read_stated(raw, known.city).faults
    for fault in faults:
        yield words("forms_fault", fault=in_language(fault, language))
    if faults:
        raise worded(RawDataError, "error_forms_faulty", n=len(faults))


def _write_one(folder: Path, form: str, known: _Known, words: Words, *, add: bool) -> Iterator[str]:
    """Write one form if it is missing; report on an existing one, and add rows of missing units to a copy if asked."""
    place = folder / FILES[form]
    copy = place.with_name(f"{place.stem} ({NEW}){place.suffix}")
    contents = holds(form, words.language)
    if not place.exists():
        rows = _rows(form, known, _units(form, known), words.language)
        write_whole(place, form_bytes(form, words.language, rows, _offered(known, words.language)))
        yield words("forms_written", file=place.name, holds=contents)
        return
    yield words("forms_there", file=place.name, holds=contents)
    if copy.exists():
        yield words("forms_copy_waits", file=copy.name, old=place.name)
        return
    lacking = _lacking(place, form, known)
    if lacking and add:
        rows = _rows(form, known, lacking, words.language)
        write_whole(copy, with_rows(place, form, rows))
        n = sum(len(each) for each in rows.values())
        yield words("forms_added", file=copy.name, n=n, old=place.name)
    elif lacking:
        listed = ", ".join(lacking[:_NAMED]) + (", …" if len(lacking) > _NAMED else "")
        if _BY_UNIT[form][1]:
            label, code = known.period.label(words.language), known.period.code
            yield words("forms_lacks", file=place.name, period=label, code=code, n=len(lacking), units=listed)
        else:
            yield words("forms_lacks_units", file=place.name, n=len(lacking), units=listed)


def _lacking(place: Path, form: str, known: _Known) -> tuple[str, ...]:
    """Return the units without a row in a form, in this period if the form has periods; none if the form is unreadable."""
    model, by_period = _BY_UNIT[form]
    try:
        rows = read_form(place, form, [])[model]
    except RawDataError:
        return ()
    there = {
        str(row.values["unit_id"]).upper()
        for row in rows
        if not by_period or row.values["period"] == known.period.code
    }
    return tuple(unit for unit in _units(form, known) if unit not in there)


def _units(form: str, known: _Known) -> tuple[str, ...]:
    # The city has a signatory and an address, but no survey and no plan.
    return known.units if _BY_UNIT[form][1] else (*known.units, CITY)


def _rows(form: str, known: _Known, units: Sequence[str], language: str) -> Rows:
    """Return the prefilled rows of a form."""
    model, by_period = _BY_UNIT[form]
    rows: list[dict[str, Any]] = []
    for unit in units:
        row: dict[str, Any] = {"unit_id": unit, "unit_name": known.name(unit)}
        if by_period:
            row["period"] = known.period.label(language)
        if form == FORMS[0]:
            row["title"] = title_of(known.city, unit)
        if form != FORMS[2]:
            rows.append(row)
            continue
        words, numbers = load_words(language), Numbers(language)
        lowest = [
            row | {"element": words(f"element_{element}"), "index_now": numbers.number(index, 2)}
            for element, index in known.priorities.get(unit, ())
        ]
        rows += lowest or [row]
    return {model: rows}


def _offered(known: _Known, language: str) -> dict[str, list[str]]:
    """Return the pick lists of units and periods."""
    period = known.period
    return {
        "unit": [*known.units, CITY],
        "period": [each.label(language) for each in (period, period.next, period.previous)],
    }


def _known(raw: Path, processed: Path, period: str, today: date, language: str) -> _Known:
    """Return the data for prefilled values: those of the processed folder, or the register alone without one."""
    try:
        inputs = prepare_inputs(processed)
    except ProcessedDataError:
        city = city_of(raw)
        when = Period.containing(today).previous if period == "latest" else Period.parse(period)
        return _Known(city, when, tuple(unit.unit_id for unit in city.reporting_units), {})
    when = period_of(inputs, period)
    with_data = inputs.units_with_data(when.code, "public")
    units = tuple(unit.unit_id for unit in inputs.city.reporting_units if unit.unit_id in with_data)
    return _Known(inputs.city, when, units, _priorities(inputs, when, language))


def _priorities(inputs: ReportInputs, when: Period, language: str) -> dict[str, list[tuple[str, float]]]:
    """Return the lowest elements of each unit that its public report may show."""
    shown = keep_shared_report(inputs, when.code, language).protected.for_audience("public")
    elements = shown.get("elements", period=when.code)
    if elements is None:
        return {}
    known = elements.frame.dropna(subset=["index"])
    return {
        str(unit): [(str(e), float(i)) for e, i in zip(own["element"], own["index"], strict=True)]
        for unit, rows in known.groupby("unit_id")
        for own in [rows.nsmallest(N_PRIORITIES, "index")]
    }
