"""The step *Isian*: who signs, how the survey was made, what is planned; kept in the workbooks of forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from asn_research.desk.background import start_job
from asn_research.desk.project_files import inside
from asn_research.desk.state_files import OUTCOME
from asn_research.desk.unfilled import unfilled_of
from asn_research.desk.views import View, back, changing, form_of, language_in, show, spoken, text_in
from asn_research.errors import AsnError, RawDataError, RequestError
from asn_research.read.form_values import READERS, labels_of, read_choice
from asn_research.read.form_writing import set_row
from asn_research.read.given_forms import FILES, FOLDER, FORMS, holds
from asn_research.read.office_forms import FilledRow, FormColumn, load_form, read_form, sheets_of
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.words import in_language, worded

#: The forms that are filled in here, each with its sheet and whether it has rows by period.
_HERE = {FORMS[0]: ("official", False), FORMS[1]: ("survey", True), FORMS[2]: ("plan", True)}
_NOT_SHOWN = {"unit_id", "unit_name", "period"}


@spoken
async def forms(view: View, request: Request) -> Response:
    """Show the entries of one unit."""
    unit, period = request.query_params.get("unit", ""), request.query_params.get("periode", "")
    gathered = await run_in_threadpool(_gather, view, unit, period, language_in(request))
    return await show(view, request, "isian.html", **gathered)


def _gather(view: View, unit: str, period: str, language: str) -> dict[str, Any]:
    """Return what the page of forms shows of a unit and period: units, periods, rows of each form, and faults."""
    outcome = view.place.load(OUTCOME)
    units = [tuple(pair) for pair in outcome.get("units", ())]
    periods = sorted(outcome.get("periods", ()), reverse=True)
    known = [code for code, _ in units]
    unit = unit if unit in known else (known[0] if known else "")
    period = period if period in periods else (periods[0] if periods else "")
    folder, faults, parts = view.place.raw / FOLDER, [], []
    files = [(name, holds(form, language)) for form, name in FILES.items() if (folder / name).is_file()]
    for form, (model, by_period) in _HERE.items():
        path = folder / FILES[form]
        if not path.is_file() or not unit or (by_period and unit == CITY):
            continue
        found: list[RawDataError] = []
        try:
            rows = read_form(path, form, found)[model]
        except RawDataError as error:
            faults.append(in_language(error, language))
            continue
        faults += [in_language(fault, language) for fault in found]
        columns = [c for c in sheets_of(load_form(form))[model] if c.field not in _NOT_SHOWN]
        own = [r for r in rows if _is_of(r, unit, period if by_period else "")]
        parts.append(
            {
                "form": form, "title": holds(form, language),
                "rows": [_row(row, columns, language) for row in own] or [_row(None, columns, language)],
                "is_wrong": False,
            }
        )  # fmt: skip
    labels = [(code, Period.parse(code).label(language)) for code in periods]
    return {"units": units, "unit": unit, "periods": labels, "period": period, "parts": parts,
            "unfilled": unfilled_of(view.place, unit, period, language) if files else [], "faults": faults, "files": files}  # fmt: skip


def _is_of(row: FilledRow, unit: str, period: str) -> bool:
    is_unit = str(row.values.get("unit_id", "")).upper() == unit
    return is_unit and (not period or row.values.get("period") == period)


def _row(row: FilledRow | None, columns: list[FormColumn], language: str) -> dict[str, Any]:
    """Return a row of a form as fields: name, heading, value and choices."""
    fields = []
    for column in columns:
        value = row.values.get(column.field, "") if row else ""
        choices = [labels[language] for labels in labels_of(column.choices).values()] if column.kind == "choice" else []  # fmt: skip
        fields.append(
            {
                "name": column.field, "heading": column.heading(language), "note": column.note(language),
                "value": _text(value, column, language), "choices": choices, "kind": column.kind, "fault": "",
            }
        )  # fmt: skip
    return {"number": row.number if row else 0, "fields": fields}


@dataclass(frozen=True)
class _Typed:
    """What a user typed into one row that could not be saved, and what is wrong with its fields."""

    form: str
    number: int
    values: Mapping[str, str]
    faults: Mapping[str, str]


def _row_number(text: str) -> int:
    """Return the row of a form that the page names; 0 for a new row."""
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _fault(column: FormColumn, text: str) -> AsnError | None:
    """Return what is wrong with a field, in words that name the field on the page instead of the cell of a workbook."""
    if not text:
        return worded(AsnError, "desk_field_needed", note=column.help) if column.needed else None
    value = (
        read_choice(column.choices, text) if column.kind == "choice" else READERS[column.kind](text, "text")
    )
    return worded(AsnError, "desk_field_unread", note=column.help) if value is None else None


def _with_typed(gathered: dict[str, Any], typed: _Typed) -> dict[str, Any]:
    """Return a form with the texts that the user typed, and the faults beside their fields."""
    for part in gathered["parts"]:
        for row in part["rows"] if part["form"] == typed.form else ():
            if row["number"] == typed.number:
                part["is_wrong"] = True
                for field in row["fields"]:
                    field["value"] = typed.values.get(field["name"], "")
                    field["fault"] = typed.faults.get(field["name"], "")
    return gathered


def _text(value: Any, column: FormColumn, language: str) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if column.kind == "choice" and value:
        return labels_of(column.choices)[str(value)][language]
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return str(value)


@spoken
@changing
async def save(view: View, request: Request) -> Response:
    """Write the entries of one row into its workbook."""
    form = await form_of(request)
    name, unit, period = text_in(form, "formulir"), text_in(form, "unit"), text_in(form, "periode")
    known = [code for code, _ in view.place.load(OUTCOME).get("units", ())]
    if name not in _HERE or unit not in known:
        raise worded(RequestError, "error_desk_moved")
    model, by_period = _HERE[name]
    language = language_in(request)
    columns = [c for c in sheets_of(load_form(name))[model] if c.field not in _NOT_SHOWN]
    values = {c.field: text_in(form, f"isi-{c.field}") for c in columns}
    faults = {c.field: in_language(fault, language) for c in columns if (fault := _fault(c, values[c.field]))}
    if faults:
        gathered = await run_in_threadpool(_gather, view, unit, period, language)
        typed = _Typed(name, _row_number(text_in(form, "baris")), values, faults)
        return await show(view, request, "isian.html", 400, **_with_typed(gathered, typed))
    label = Period.parse(period).label(language) if by_period else ""
    number = _row_number(text_in(form, "baris"))
    key = {"unit_id": unit, **({"period": label} if by_period else {})}

    def write() -> None:
        path = view.place.raw / FOLDER / FILES[name]
        if number:
            rows = read_form(path, name, [])[model]
            row = next((r for r in rows if r.number == number), None)
            # Somebody may have changed the workbook since the page was shown.
            if row is None or not _is_of(row, unit, period if by_period else ""):
                raise worded(RequestError, "error_desk_moved")
        set_row(path, name, model, number, {**values, **key})

    await run_in_threadpool(write)
    return back(view, request, "/isian", "desk_said_form", unit=unit, periode=period)


@spoken
@changing
async def prepare(view: View, request: Request) -> Response:
    """Write the forms that are missing."""
    await run_in_threadpool(start_job, view.place, "check", {"language": language_in(request)})
    return back(view, request, "/isian")


@spoken
async def form_file(view: View, request: Request) -> Response:
    """Hand out a workbook of forms."""
    name = request.path_params["file"]
    if name not in FILES.values():
        raise worded(RequestError, "error_desk_no_file", file=name[:80])
    return FileResponse(inside(view.place, f"{FOLDER}/{name}"), filename=name)
