"""The step *Berkas*: files come in, each is recognised, previewed, mapped, taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from asn_research.desk.background import start_job
from asn_research.desk.peek import SHOWN, peek
from asn_research.desk.project_files import inside, is_unchanged, put, put_back, take_out, taken_out
from asn_research.desk.road import files_of, road_of
from asn_research.desk.state_files import LAYOUTS, RECOGNISED
from asn_research.desk.views import (
    View,
    back,
    changing,
    form_of,
    language_in,
    said_in,
    show,
    spoken,
    text_in,
)
from asn_research.errors import AsnError
from asn_research.identities import may_hold_identity
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.words import in_language, load_words

#: A column is taken for sure from here on; below, it is left for the user to choose.
SURE = 90
#: Digits of a row's number that are read; a sheet shows far fewer rows.
_LONGEST_NUMBER = 6
#: So many values of a column show what it holds.
_FIRST_VALUES = 3
_LONGEST_VALUE = 40


@spoken
async def files(view: View, request: Request) -> Response:
    """Show the files of the project and what each was recognised as."""

    def gather() -> dict[str, Any]:
        known = view.place.load(RECOGNISED)
        names = [path.relative_to(view.place.raw).as_posix() for path in files_of(view.place)]
        return {"rows": [(name, known.get(name)) for name in names], "out": taken_out(view.place)}

    return await show(view, request, "berkas.html", **await run_in_threadpool(gather))


@spoken
@changing
async def upload(view: View, request: Request) -> Response:
    """Put the files that the user chose into the project, and check it."""
    form = await form_of(request)
    language = language_in(request)
    words, notes, refused, is_new = load_words(language), [], [], False
    for each in form.getlist("berkas"):
        if not isinstance(each, UploadFile) or not each.filename:
            continue
        try:
            content = await each.read()
            outcome = await run_in_threadpool(put, view.place, each.filename, content)
            notes.append(said_in(words, outcome))
            is_new = is_new or not is_unchanged(outcome)
        except AsnError as error:
            refused.append(in_language(error, language))
    if is_new:
        await run_in_threadpool(start_job, view.place, "check", {"language": language})
    road = await run_in_threadpool(road_of, view.place)
    if not is_new or refused:
        known = view.place.load(RECOGNISED)
        names = [path.relative_to(view.place.raw).as_posix() for path in files_of(view.place)]
        rows = [(name, known.get(name)) for name in names]
        trouble = " ".join(refused) if refused else "" if notes else words("desk_nothing_chosen")
        return await show(
            view, request, "berkas.html", 200 if notes else 400, rows=rows, out=taken_out(view.place),
            error=trouble, notes=notes, road=road,
        )  # fmt: skip
    return back(view, request, "/berkas")


@spoken
@changing
async def check(view: View, request: Request) -> Response:
    """Check the files again."""
    await run_in_threadpool(start_job, view.place, "check", {"language": language_in(request)})
    return back(view, request, "/berkas")


@spoken
@changing
async def out(view: View, request: Request) -> Response:
    """Take a file out of the project."""
    form = await form_of(request)
    await run_in_threadpool(take_out, view.place, text_in(form, "f"))
    if await run_in_threadpool(files_of, view.place):
        await run_in_threadpool(start_job, view.place, "check", {"language": language_in(request)})
    return back(view, request, "/berkas", "desk_said_out")


@spoken
@changing
async def again(view: View, request: Request) -> Response:
    """Put a file back that was taken out."""
    form = await form_of(request)
    await run_in_threadpool(put_back, view.place, text_in(form, "f"))
    await run_in_threadpool(start_job, view.place, "check", {"language": language_in(request)})
    return back(view, request, "/berkas", "desk_said_back")


@spoken
async def preview(view: View, request: Request) -> Response:
    """Show the first rows of a file, as the user asked."""
    name = request.query_params.get("f", "")
    path = inside(view.place, name)
    sheets = await run_in_threadpool(peek, path, language_in(request))
    heads = {t["sheet"]: t["header_row"] for t in view.place.load(RECOGNISED).get(name, {}).get("tables", ())}
    for sheet in sheets:
        head = int(heads.get(sheet["sheet"], 1))
        sheet["head"], sheet["rows"] = (
            sheet["rows"][head - 1] if head <= len(sheet["rows"]) else [],
            sheet["rows"][head : head + SHOWN],
        )
    part = "pratinjau_isi.html" if request.headers.get("hx-request") else "pratinjau.html"
    return await show(view, request, part, name=name, sheets=sheets)


@spoken
async def mapping(view: View, request: Request) -> Response:
    """Show how the headings of a file are read, each with its first values, to be corrected."""
    name = request.query_params.get("f", "")
    path = inside(view.place, name)
    recognised = view.place.load(RECOGNISED).get(name, {})
    language = language_in(request)
    source = request.query_params.get("sumber", "")
    tables = recognised.get("tables", [])
    table = tables[0] if len(tables) == 1 else None
    sheets = await run_in_threadpool(peek, path, language)
    if not tables:
        table = await run_in_threadpool(_by_hand, request.query_params, sheets)
    places = [(each["sheet"], len(each["rows"])) for each in sheets] if not tables else []
    if table is None:
        return await show(
            view, request, "susunan.html", name=name, table=None, columns=[], choices=[], sources=[],
            places=places, is_several=bool(tables),
        )  # fmt: skip
    if tables and source in SOURCES and source != table["source"]:
        table = {
            **table,
            "source": source,
            "columns": [{**c, "column": "", "sure": 0} for c in table["columns"]],
        }
    own: list[list[str]] = next((s["rows"] for s in sheets if s["sheet"] == table["sheet"]), [])
    rows = own[table["header_row"] :]
    book = load_codebook(table["source"] or SOURCES[0])
    words = load_words(language)
    columns = []
    for column in table["columns"]:
        known = book.by_name.get(column["column"])
        is_of_person = known is not None and (known.personal or known.type == "nip")
        cells = [row[column["place"]] if column["place"] < len(row) else "" for row in rows]
        columns.append(
            {
                **column,
                "values": first_values(cells, is_of_person=is_of_person),
                "is_sure": column["sure"] > SURE,
            }
        )
    choices = [(c.column, c.text_of("label", language), c.required) for c in book.columns]
    return await show(
        view, request, "susunan.html", name=name, table=table, columns=columns, choices=choices,
        sources=[(each, words(f"source_{each}")) for each in SOURCES], places=places, is_several=False,
    )  # fmt: skip


def first_values(cells: Sequence[str], *, is_of_person: bool) -> list[str]:
    """Return the first values of a column that are not empty, each once; what may be of a person is masked.

    Examples
    --------
    >>> first_values(["", "Dinas Perhubungan", "Dinas Perhubungan", " ", "Setda"], is_of_person=False)
    ['Dinas Perhubungan', 'Setda']
    """
    said = [cell.strip() for cell in cells if cell.strip()]
    shown = ("•••" if is_of_person or may_hold_identity(value) else value[:_LONGEST_VALUE] for value in said)
    return list(dict.fromkeys(shown))[:_FIRST_VALUES]


def _by_hand(asked: Mapping[str, Any], sheets: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the table of a file that was not recognised, with the source and columns that the user has chosen so far."""
    from asn_research.desk.mapping import table_by_hand  # noqa: PLC0415 (its libraries load slowly)

    row, source = str(asked.get("baris", "")), str(asked.get("sumber", ""))
    return table_by_hand(
        sheets, str(asked.get("lembar", "")), int(row) if row.isdecimal() and len(row) < _LONGEST_NUMBER else 0,
        source if source in SOURCES else "",
    )  # fmt: skip


@spoken
@changing
async def set_mapping(view: View, request: Request) -> Response:
    """Write the mapping that the user chose, remember it for this layout, and check again."""
    from asn_research.desk.mapping import write_mapping  # noqa: PLC0415 (its libraries load slowly)

    form = await form_of(request)
    name = text_in(form, "f")
    path = inside(view.place, name)
    tables = view.place.load(RECOGNISED).get(name, {}).get("tables", [])
    if not tables:
        by_hand = await run_in_threadpool(
            _by_hand, form, await run_in_threadpool(peek, path, language_in(request))
        )
        tables = [by_hand] if by_hand and by_hand["source"] else []
    if len(tables) == 1:
        table = tables[0]
        picked = {c["heading"]: text_in(form, f"kolom-{i}") for i, c in enumerate(table["columns"])}
        chosen = {
            "source": text_in(form, "sumber") or table["source"],
            "columns": {heading: column for heading, column in picked.items() if column},
            "ignore": [heading for heading, column in picked.items() if not column],
            "sheet": table["sheet"], "header_row": table["header_row"], "file": name,
        }  # fmt: skip
        await run_in_threadpool(write_mapping, path, chosen)
        layouts = view.place.load(LAYOUTS)
        view.place.keep(LAYOUTS, {**layouts, table["fingerprint"]: chosen})
        await run_in_threadpool(start_job, view.place, "check", {"language": language_in(request)})
    return back(view, request, "/berkas", "desk_said_mapping")
