"""The step *Mutu*: what became of the rows, and the workbooks that go back to the offices."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from asn_research.clean.questions.unit_review import FOLDER
from asn_research.desk.background import start_job
from asn_research.desk.road import road_of
from asn_research.desk.views import View, back, changing, language_in, show, spoken
from asn_research.errors import AsnError, RequestError
from asn_research.read.file_guards import printable
from asn_research.rules.words import worded
from asn_research.storage import within

#: The kinds of files that go back to offices, so that they mend their rows.
_SENT = {".xlsx", ".docx"}


@spoken
async def quality(view: View, request: Request) -> Response:
    """Show how many rows the last check kept and quarantined, and the workbooks that can be sent back to offices."""

    def gather() -> dict[str, Any]:
        road = road_of(view.place)
        folder = view.place.raw / FOLDER
        sent = sorted(p.name for p in folder.iterdir() if p.suffix in _SENT) if folder.is_dir() else []
        return {"road": road, "outcome": road.outcome, "sent": sent}

    return await show(view, request, "mutu.html", **await run_in_threadpool(gather))


@spoken
@changing
async def send(view: View, request: Request) -> Response:
    """Write the workbooks that go back to the offices."""
    await run_in_threadpool(start_job, view.place, "send", {"language": language_in(request)})
    return back(view, request, "/mutu")


@spoken
async def sent_file(view: View, request: Request) -> Response:
    """Hand out a workbook or letter that goes back to an office."""
    name = request.path_params["file"]
    try:
        path = within(view.place.raw / FOLDER, name)
    except AsnError:
        path = None
    if path is None or path.suffix not in _SENT or not path.is_file():
        raise worded(RequestError, "error_desk_no_file", file=printable(name)[:80])
    return FileResponse(path, filename=path.name)
