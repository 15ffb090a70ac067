"""The first page, the progress of long work, and the sample project."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from asn_research.desk.background import Job, read_job, start_job
from asn_research.desk.place import remove_sample
from asn_research.desk.road import road_of
from asn_research.desk.views import View, address, back, changing, language_in, show, spoken
from asn_research.rules.words import Words, load_words
from asn_research.storage import make_private

#: Seconds between two looks at the progress, and between two signs of life to the browser.
_EVERY, _ALIVE = 0.5, 15.0


@spoken
async def home(view: View, request: Request) -> Response:
    """Redirect to the first step with something to do; on the first visit, show what the desk is for."""
    road = await run_in_threadpool(road_of, view.place)
    if road.counts["berkas"] or view.place.is_sample:
        return back(view, request, f"/{road.next_step}")
    return await show(view, request, "mulai.html", road=road)


def job_state(job: Job | None, words: Words) -> dict[str, Any]:
    """Return the progress of work for a page: its words, its numbers and the time left."""
    if job is None:
        return {"status": "none", "text": "", "done": 0, "total": 0}
    left = job.seconds_left
    text = words(job.part)
    if job.total:
        text += " " + words("desk_done_of", done=job.done, total=job.total)
    if left is not None:
        text += " " + (
            words("desk_left_seconds", n=max(1, round(left / 10) * 10))
            if left < 90
            else words("desk_left_minutes", n=round(left / 60))
        )
    return {"status": job.status, "text": text, "done": job.done, "total": job.total}


async def progress(view: View, request: Request) -> Response:
    """Send the progress of work as it comes, until it ends."""
    words = load_words(language_in(request))
    if "text/event-stream" not in request.headers.get("accept", ""):
        return JSONResponse(job_state(await run_in_threadpool(read_job, view.place), words))

    async def events() -> AsyncIterator[bytes]:
        before, quiet = "", 0.0
        while not await request.is_disconnected():
            job = await run_in_threadpool(read_job, view.place)
            text = json.dumps(job_state(job, words), ensure_ascii=False)
            if text != before:
                yield f"data: {text}\n\n".encode()
                before, quiet = text, 0.0
            elif quiet > _ALIVE:
                yield b": still here\n\n"
                quiet = 0.0
            if job is None or not job.is_running:
                return
            await asyncio.sleep(_EVERY)
            quiet += _EVERY

    return StreamingResponse(events(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


@spoken
@changing
async def resume(view: View, request: Request) -> Response:
    """Start stopped work again; finished parts are not repeated."""
    job = await run_in_threadpool(read_job, view.place)
    if job is not None and not job.is_running:
        await run_in_threadpool(start_job, view.place, job.task, job.options)
    return back(view, request, "/laporan" if job and job.task == "report" else "/berkas")


@spoken
@changing
async def make_sample(view: View, request: Request) -> Response:
    """Make the sample project and go to it."""
    sample = replace(view, place=view.place.sample)
    await run_in_threadpool(make_private, sample.place.state)
    await run_in_threadpool(start_job, sample.place, "sample", {"language": language_in(request)})
    return back(sample, request, "/berkas")


@spoken
@changing
async def drop_sample(view: View, request: Request) -> Response:
    """Remove the sample project and go back to the own one."""
    await run_in_threadpool(view.holder.give_back)
    await run_in_threadpool(remove_sample, view.place.parent)
    response = back(view, request, "")
    response.headers["location"] = address(request, "", "/")
    return response
