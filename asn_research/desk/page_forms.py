"""The step *Isian*: who signs, how the survey was made, what is planned; kept in the workbooks of forms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
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
#: Kinds of fields of which a fault says how to write them, as the note beside the field says what they mean.
_WRITTEN = {"whole", "number", "day"}
#: A field of one line drops the ends of lines that a cell may hold.
_NEW_LINE = re.compile(r"[\r\n]")


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
    """What a user typed into one row, and what is wrong with its fields."""

    form: str
    number: int
    values: Mapping[str, str]
    faults: Mapping[str, str]


def _fault(column: FormColumn, text: str) -> AsnError | None:
    """Return what is wrong with a field, in words that name the field on the page instead of the cell of a workbook."""
    if not text:
        return worded(AsnError, "desk_field_needed", note=column.help) if column.needed else None
    value = (
        read_choice(column.choices, text) if column.kind == "choice" else READERS[column.kind](text, "text")
    )
    if value is not None:
        return None
    asks = worded(AsnError, f"form_asks_{column.kind}") if column.kind in _WRITTEN else column.help
    return worded(AsnError, "desk_field_unread", note=asks)


def _with_typed(gathered: dict[str, Any], typed: Sequence[_Typed]) -> dict[str, Any]:
    """Return the forms with all texts that the user typed, and the faults beside their fields."""
    known = {(one.form, one.number): one for one in typed}
    for part in gathered["parts"]:
        for row in part["rows"]:
            one = known.get((part["form"], row["number"]))
            if one is None:
                continue
            part["is_wrong"] |= bool(one.faults)
            for field in row["fields"]:
                field["value"] = one.values[field["name"]]
                field["fault"] = one.faults.get(field["name"], "")
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
    """Write what was changed on the page into the workbooks: all of it, or nothing if a field cannot be read."""
    form = await form_of(request)
    unit, period = text_in(form, "unit"), text_in(form, "periode")
    language = language_in(request)
    if unit not in [code for code, _ in view.place.load(OUTCOME).get("units", ())]:
        raise worded(RequestError, "error_desk_moved")
    gathered = await run_in_threadpool(_gather, view, unit, period, language)
    if gathered["period"] != period:
        raise worded(RequestError, "error_desk_moved")
    changed = _changed(form, gathered, language)
    if any(one.faults for one in changed):
        return await show(view, request, "isian.html", 400, **_with_typed(gathered, changed))
    await run_in_threadpool(_write, view, changed, unit, period, language)
    if "lanjut" in form:
        return back(view, request, "/laporan", "desk_said_form" if changed else "")
    return back(view, request, "/isian", "desk_said_form", unit=unit, periode=period)


def _changed(form: FormData, gathered: Mapping[str, Any], language: str) -> list[_Typed]:
    """Return the rows in which something was typed that the page did not show.

    Raises
    ------
    RequestError
        If a row of the page is not there any more: somebody may have changed the workbook since the page was shown.
    """
    shown = {
        f"{part['form']}:{row['number']}": (part["form"], row["number"], row["fields"])
        for part in gathered["parts"]
        for row in part["rows"]
    }
    found = []
    for told in form.getlist("baris"):
        if str(told) not in shown:
            raise worded(RequestError, "error_desk_moved")
        name, number, fields = shown[str(told)]
        before = {field["name"]: field["value"] for field in fields}
        values = {field: text_in(form, f"isi-{name}-{number}-{field}") for field in before}
        if values != {field: _NEW_LINE.sub("", value).strip() for field, value in before.items()}:
            columns = [c for c in sheets_of(load_form(name))[_HERE[name][0]] if c.field in before]
            faults = {c.field: in_language(why, language) for c in columns if (why := _fault(c, values[c.field]))}  # fmt: skip
            found.append(_Typed(name, number, values, faults))
    return found


def _write(view: View, changed: Sequence[_Typed], unit: str, period: str, language: str) -> None:
    for one in changed:
        model, by_period = _HERE[one.form]
        label = Period.parse(period).label(language) if by_period else ""
        key = {"unit_id": unit, **({"period": label} if by_period else {})}
        set_row(view.place.raw / FOLDER / FILES[one.form], one.form, model, one.number, {**one.values, **key})


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
