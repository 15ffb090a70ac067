"""`forms`: writes the forms that people fill in beside the raw files, with what is known already; what is there stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from asn_research.errors import ProcessedDataError, RawDataError
from asn_research.memory import make_private, write_whole
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

#: How many of a unit's elements the plan begins with.
N_PRIORITIES = 3
#: The sheet of each form that has a row for each unit, and whether it has one for each period.
_BY_UNIT: Mapping[str, tuple[str, bool]] = dict(
    zip(FORMS, (("official", False), ("survey", True), ("plan", True), ("address", False)), strict=True)
)
_NAMED = 6


@dataclass(frozen=True)
class _Known:
    """What is known when forms are written.

    Parameters
    ----------
    city : City
        The register.
    period : Period
        The period to fill in.
    units : tuple of str
        The units that are to have a row.
    priorities : mapping of str to sequence of (str, float)
        Each unit's lowest elements, with their indices.
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
    """Write the forms that are not there yet, check those that are, and yield what to say of each.

    Parameters
    ----------
    raw : Path
        The folder of raw files; the forms lie in `_isian` within it.
    processed : Path
        The processed data, of which the plan's priorities are taken; without them the plan begins empty.
    today : date
        Tells the last period where there are no processed data.
    period : str
        A period's code, or ``latest``.
    language : str
        ``id`` or ``en``.
    add : bool
        Write a copy of a form that lacks units or a period, with rows for them.

    Raises
    ------
    RawDataError
        If something that was filled in cannot be used; each is named before.
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
    place = folder / FILES[form]
    copy = place.with_name(f"{place.stem} ({NEW}){place.suffix}")
    told = holds(form, words.language)
    if not place.exists():
        rows = _rows(form, known, _units(form, known), words.language)
        write_whole(place, form_bytes(form, words.language, rows, _offered(known, words.language)))
        yield words("forms_written", file=place.name, holds=told)
        return
    yield words("forms_there", file=place.name, holds=told)
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
    """Return the units that a form has no row of, of the period where it has one for each; none of a form that cannot be read."""
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
    # Who signs, and where, is asked of the city too; a survey and a plan are a unit's.
    return known.units if _BY_UNIT[form][1] else (*known.units, CITY)


def _rows(form: str, known: _Known, units: Sequence[str], language: str) -> Rows:
    """Return what a form's rows hold before anybody has filled them in."""
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
    """Return what the columns of units and periods let choose from."""
    period = known.period
    return {
        "unit": [*known.units, CITY],
        "period": [each.label(language) for each in (period, period.next, period.previous)],
    }


def _known(raw: Path, processed: Path, period: str, today: date, language: str) -> _Known:
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
    """Return each unit's lowest elements, as its public report may show them."""
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
