"""The step *Laporan*: make reports, see them in place, hand them out, approve them; and the history."""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse

from asn_research.desk.background import start_job
from asn_research.desk.guard import SANDBOX
from asn_research.desk.road import report_folders, road_of
from asn_research.desk.state_files import INDEX, OUTCOME
from asn_research.desk.views import View, back, changing, form_of, language_in, show, spoken, text_in
from asn_research.errors import AsnError, RequestError
from asn_research.read.city_form import city_of
from asn_research.read.file_guards import printable
from asn_research.render.formats import FORMATS, format_named, format_of
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.words import Words, load_words, worded
from asn_research.show.numbers import Numbers
from asn_research.storage import within

AUDIENCES = {"publik": "public", "internal": "internal"}
_QUALITY = "QUALITY"
#: The edition that is printed and signed.
_MAIN = "pdf"
_CHUNK = 1 << 16
#: The links of a report to its other formats and to the list of reports.
_WAYS = re.compile(r'<div class="ways".*?</div>\s*', re.DOTALL)
_LONGEST_OFFICE = 80


def report_rows(view: View, language: str, period: str = "") -> list[dict[str, Any]]:
    """Return a row for each report: unit, audience, period, index and files."""
    words, numbers = load_words(language), Numbers(language)
    city, index = city_of(view.place.raw), view.place.load(INDEX)
    found = []
    for folder, code, unit in report_folders(view.place):
        if period and code != period:
            continue
        place = within(view.place.reports, folder, code, unit)
        files = sorted(
            path.name for path in place.iterdir() if path.is_file() and not path.name.startswith(".")
        )
        known = [(name, _label(name, words)) for name in files if _label(name, words)]
        known.sort(key=lambda pair: FORMATS.index(format_of(pair[0])))
        shown = index.get(code, {}).get(unit) if folder == "publik" else None
        found.append(
            {
                "folder": folder, "period": code, "period_label": _period(code, language), "unit": unit,
                "name": _name(city, unit, words), "files": known,
                "main": next((name for name, _ in known if format_of(name) == _MAIN), ""),
                "html": next((name for name in files if name.endswith(".html")), ""),
                "index": numbers.number(shown[0], 2) if shown else "", "grade": shown[1] if shown else "",
            }
        )  # fmt: skip
    order = {CITY: 1, _QUALITY: 2}
    return sorted(found, key=lambda r: (r["folder"] != "publik", order.get(r["unit"], 0), r["name"]))


def _label(name: str, words: Words) -> str:
    try:
        return format_named(format_of(name)).text_of("label", words.language)
    except KeyError:
        return ""


def _period(code: str, language: str) -> str:
    try:
        return Period.parse(code).label(language)
    except AsnError:
        return code


def _name(city: Any, unit: str, words: Words) -> str:
    if unit == _QUALITY:
        return words("quality_title")
    return city.facts.name if unit == CITY else city.units[unit].name if unit in city.units else unit


def _failed(reports: Path) -> list[tuple[str, str]]:
    """Return the reports of the last batch that could not be made, each with the reason."""
    try:
        with (reports / "status.csv").open(encoding="utf-8", newline="") as file:
            return [
                (row["unit"], row["message"]) for row in csv.DictReader(file) if row["status"] == "failed"
            ]
    except (OSError, KeyError):
        return []


@spoken
async def reports(view: View, request: Request) -> Response:
    """Show the reports of one period."""
    language = language_in(request)

    def gather() -> dict[str, Any]:
        made = sorted({code for _, code, _ in report_folders(view.place)}, reverse=True)
        asked = request.query_params.get("periode", "")
        period = asked if asked in made else (made[0] if made else "")
        outcome = view.place.load(OUTCOME)
        choices = sorted(outcome.get("periods", ()), reverse=True)
        return {
            "rows": report_rows(view, language, period) if period else [], "period": period,
            "made": [(code, _period(code, language)) for code in made],
            "choices": [(code, _period(code, language)) for code in choices],
            "units": outcome.get("units", []), "failed": _failed(view.place.reports),
            "n_unfilled": road_of(view.place).counts["isian"],
            "formats": [(name, format_named(name).text_of("label", language)) for name in FORMATS],
        }  # fmt: skip

    return await show(view, request, "laporan.html", **await run_in_threadpool(gather))


@spoken
@changing
async def make(view: View, request: Request) -> Response:
    """Make reports."""
    form = await form_of(request)
    chosen = [str(each) for each in form.getlist("format") if str(each) in FORMATS]
    audience = text_in(form, "untuk")
    period = text_in(form, "periode")
    if period and period != "latest":
        period = Period.parse(period).code
    options = {
        "language": language_in(request), "period": period or "latest", "unit": text_in(form, "unit") or "all",
        "audience": audience if audience in AUDIENCES else "all", "formats": ",".join(chosen or FORMATS),
    }  # fmt: skip
    await run_in_threadpool(start_job, view.place, "report", options)
    return back(view, request, "/laporan")


def _path(view: View, request: Request) -> Path:
    """Return the path of an edition that an address names.

    Raises
    ------
    RequestError
        If there is no such edition.
    """
    parts = [request.path_params[name] for name in ("folder", "period", "unit", "file")]
    path = None
    if parts[0] in AUDIENCES and not parts[3].startswith("."):
        try:
            path = within(view.place.reports, *parts)
        except AsnError:
            path = None
    if path is None or not path.is_file():
        raise worded(RequestError, "error_desk_no_file", file=printable(parts[3])[:80])
    return path


@spoken
async def edition(view: View, request: Request) -> Response:
    """Hand out one edition; a web page is shown, all others are downloaded."""
    path = await run_in_threadpool(_path, view, request)
    if path.suffix == ".html" and "unduh" not in request.query_params:
        text = await run_in_threadpool(path.read_text, encoding="utf-8")
        # Within its cage a report leads nowhere; the page around it has the same links, and they work.
        return HTMLResponse(_WAYS.sub("", text), headers={"content-security-policy": SANDBOX})
    # A pdf is shown by the browser's own reader; it runs nothing of ours.
    is_shown = path.suffix in {".pdf", ".png"} and "unduh" not in request.query_params
    return FileResponse(
        path, filename=path.name, content_disposition_type="inline" if is_shown else "attachment"
    )


@spoken
async def look(view: View, request: Request) -> Response:
    """Show a report within the desk."""
    path = await run_in_threadpool(_path, view, request)
    params = request.path_params
    rows = await run_in_threadpool(report_rows, view, language_in(request), params["period"])
    own = next(r for r in rows if (r["folder"], r["unit"]) == (params["folder"], params["unit"]))
    return await show(view, request, "lihat.html", row=own, file=path.name)


@spoken
async def bundle(view: View, request: Request) -> Response:
    """Hand out the editions of an audience as one archive: of all units, or of one."""
    folder, period = request.path_params["folder"], request.path_params["period"]
    unit = request.path_params.get("unit", "")
    wanted = [
        (a, p, u) for a, p, u in report_folders(view.place) if a == folder and p == period and unit in {"", u}
    ]
    if not wanted:
        raise worded(RequestError, "error_desk_no_file", file=printable(f"{period} {unit}")[:80])

    def packed() -> IO[bytes]:
        out = tempfile.TemporaryFile()  # noqa: SIM115 (it is closed when it was sent)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for parts in wanted:
                place = within(view.place.reports, *parts)
                for path in sorted(place.iterdir()):
                    if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                        archive.write(path, f"{parts[2]}/{path.name}")
        out.seek(0)
        return out

    file = await run_in_threadpool(packed)
    name = "-".join(part for part in (folder, period, unit) if part)
    headers = {"content-disposition": f'attachment; filename="laporan-{name}.zip"'}
    return StreamingResponse(_chunks(file), media_type="application/zip", headers=headers)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(_CHUNK):
            yield part


@spoken
@changing
async def approve(view: View, request: Request) -> Response:
    """Record the reports of a period as released."""
    form = await form_of(request)
    if not text_in(form, "setuju"):
        raise worded(RequestError, "error_desk_not_read")
    options = {
        "language": language_in(request), "period": Period.parse(text_in(form, "periode")).code,
        "by": text_in(form, "oleh")[: _LONGEST_OFFICE + 1],
    }  # fmt: skip
    await run_in_threadpool(start_job, view.place, "approve", options)
    return back(view, request, "/laporan", periode=options["period"])
