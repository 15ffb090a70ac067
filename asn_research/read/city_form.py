"""The city form (`kota.xlsx`): write it for an office to fill in, and read the filled-in form."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import ValidationError

from asn_research.errors import RawDataError, RuleError
from asn_research.read.form_writing import form_bytes
from asn_research.read.office_forms import FilledRow, read_form
from asn_research.rules.cities import City, CityFacts, DayOverride, Margin, Service, Unit, city_of_folder
from asn_research.rules.loading import Model
from asn_research.rules.words import worded

CITY_FORM = "kota.xlsx"
_FORM = "city_form"
#: The files of a city that the form replaces.
_FILES = ("city.yaml", "units.csv", "services.csv", "working_days.csv")
_EVERY = re.compile(r"(?:semua|setiap|all|every)\s+(.+)", re.IGNORECASE)
_STANDARD_QUEUE = 30.0


def write_city_form(folder: Path, language: str = "id") -> Path:
    """Write an empty city form into a folder.

    Parameters
    ----------
    folder : Path
        Usually the folder of raw exports.
    language : str
        ``id`` or ``en``. A form in either language can be read.

    Returns
    -------
    Path
        The path of the workbook.

    Raises
    ------
    RawDataError
        If the folder already has a form, or it cannot be written.
    """
    place = folder / CITY_FORM
    if place.exists():
        raise worded(RawDataError, "error_city_form_there", file=CITY_FORM, folder=folder.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place.write_bytes(form_bytes(_FORM, language))
    except OSError as error:
        raise worded(
            RawDataError,
            "error_city_form_unwritten",
            file=CITY_FORM,
            folder=folder.name,
            reason=error.strerror,
        ) from error
    return place


def has_city(folder: Path) -> bool:
    """Return whether a folder of raw data describes its own city, by a form or by `units.csv`."""
    return (folder / CITY_FORM).is_file() or (folder / "units.csv").is_file()


def city_of(folder: Path) -> City:
    """Return the city of a folder of raw data: from its form, else from its files, else the default city.

    Raises
    ------
    RawDataError
        If the folder has both the form and other files of a city, or a cell of the form cannot be read.
    RuleError
        If a file of the city is incomplete or inconsistent.
    """
    form = folder / CITY_FORM
    if not form.is_file():
        return city_of_folder(folder)
    others = [name for name in _FILES if (folder / name).is_file()]
    if others:
        raise worded(
            RawDataError, "error_city_form_both", file=CITY_FORM, folder=folder.name, other=others[0]
        )
    return read_city_form(form)


def read_city_form(path: Path) -> City:
    """Read a city from a filled-in form.

    Raises
    ------
    RawDataError
        If a cell is missing, unreadable or inconsistent; the message names its sheet, row and column.
    """
    filled = read_form(path, _FORM)
    if len(filled["city"]) != 1:
        raise worded(RawDataError, "error_city_form_city_rows", file=path.name, n=len(filled["city"]))
    if not filled["unit"]:
        raise worded(RawDataError, "error_city_form_no_unit", file=path.name)
    units = [_model(Unit, row, checked="form", short_name=row.values.get("short_name", row.values["name"]))
             for row in filled["unit"]]  # fmt: skip
    known = {unit.unit_id for unit in units}
    _refuse_twice(filled["unit"], "unit_id")
    _refuse_strangers(filled["unit"], known, "parent_id", "successor_id")
    services = [_service(row, units) for row in filled["service"]]
    _refuse_twice(filled["service"], "service_id")
    days = [_model(DayOverride, row) for row in filled["day"]]
    own = filled["city"][0]
    facts = _model(
        CityFacts, own, city_id="form", day_overrides=tuple(days),
        province=own.values.get("province", ""), kemendagri_code=own.values.get("kemendagri_code", ""),
        collective_leave_off=own.values.get("collective_leave_off", "yes") == "yes",
    )  # fmt: skip
    margins = tuple(_model(Margin, row) for row in filled["margin"])
    try:
        return City(facts, {u.unit_id: u for u in units}, {s.service_id: s for s in services}, margins)
    except RuleError as error:
        raise RawDataError(str(error).replace("units.csv", path.name)) from error


def _service(row: FilledRow, units: list[Unit]) -> Service:
    offered = str(row.values["offered_by"])
    every = _EVERY.fullmatch(offered)
    kinds = {unit.kind.casefold() for unit in units}
    codes = {unit.unit_id for unit in units}
    kind = every[1].casefold() if every else offered.removeprefix("kind:")
    if every or offered.startswith("kind:"):
        if kind.casefold() not in kinds:
            raise worded(
                RawDataError,
                "error_city_form_unit_kind",
                where=row.where,
                column=row.headings["offered_by"],
                kind=kind,
                kinds=", ".join(sorted(kinds)),
            )
        by = "kind:" + next(unit.kind for unit in units if unit.kind.casefold() == kind.casefold())
    elif offered.upper() in codes:
        by = offered.upper()
    else:
        raise worded(
            RawDataError, "error_city_form_unit_code", where=row.where, column=row.headings["offered_by"]
        )
    return _model(
        Service, row, offered_by=by, name_english=row.values.get("name_english", row.values["name_indonesian"]), request_share=1.0,
        standard_queue_minutes=row.values.get("standard_queue_minutes", _STANDARD_QUEUE),
        is_free=row.values.get("is_free", "yes"), checked="form",
    )  # fmt: skip


def _model(model: type[Model], row: FilledRow, **more: object) -> Model:
    try:
        return model.model_validate({**row.values, **more})
    except ValidationError as error:
        fault = error.errors()[0]
        field = str(fault["loc"][0]) if fault["loc"] else ""
        text = fault["msg"].removeprefix("Value error, ")
        msg = f"{row.where}, column {row.headings.get(field, field)}: {text}."
        raise RawDataError(msg) from None


def _refuse_twice(rows: list[FilledRow], field: str) -> None:
    seen: set[str] = set()
    for row in rows:
        code = str(row.values[field])
        if code in seen:
            raise worded(
                RawDataError, "error_city_form_twice", where=row.where, column=row.headings[field], code=code
            )
        seen.add(code)


def _refuse_strangers(rows: list[FilledRow], known: set[str], *fields: str) -> None:
    for row in rows:
        for field in fields:
            code = str(row.values.get(field, "")).upper()
            if code and code not in known:
                raise worded(
                    RawDataError,
                    "error_city_form_stranger",
                    where=row.where,
                    column=row.headings[field],
                    code=code,
                )
            if code:
                row.values[field] = code
