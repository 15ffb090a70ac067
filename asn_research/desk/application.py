"""The pages of the desk and their addresses, as an ASGI application behind the checks."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from asn_research.desk import (
    page_files,
    page_forms,
    page_history,
    page_quality,
    page_questions,
    page_reports,
    page_start,
)
from asn_research.desk.guard import TooLargeError
from asn_research.desk.place import Holder, Place
from asn_research.desk.views import HERE, Page, View, language_in, show
from asn_research.rules.words import load_words

_EDITION = "/{folder}/{period}/{unit}/{file}"
_GET: dict[str, Page] = {
    "/": page_start.home, "/kemajuan": page_start.progress, "/berkas": page_files.files,
    "/berkas/pratinjau": page_files.preview, "/berkas/susunan": page_files.mapping,
    "/pertanyaan": page_questions.questions, "/mutu": page_quality.quality,
    "/mutu/kiriman/{file}": page_quality.sent_file, "/isian": page_forms.forms,
    "/isian/berkas/{file}": page_forms.form_file, "/laporan": page_reports.reports,
    f"/laporan/berkas{_EDITION}": page_reports.edition, f"/laporan/lihat{_EDITION}": page_reports.look,
    "/laporan/zip/{folder}/{period}": page_reports.bundle,
    "/laporan/zip/{folder}/{period}/{unit}": page_reports.bundle,
    "/riwayat": page_history.history, "/bantuan": page_history.manual,
}  # fmt: skip
_POST: dict[str, Page] = {
    "/berkas/unggah": page_files.upload, "/berkas/periksa": page_files.check, "/berkas/keluarkan": page_files.out,
    "/berkas/kembalikan": page_files.again, "/berkas/susunan/simpan": page_files.set_mapping,
    "/pertanyaan/jawab": page_questions.answer, "/pertanyaan/batal": page_questions.undo,
    "/pertanyaan/nama": page_questions.name, "/pertanyaan/nama/batal": page_questions.undo_name,
    "/mutu/kirim": page_quality.send, "/isian/simpan": page_forms.save, "/isian/siapkan": page_forms.prepare,
    "/laporan/buat": page_reports.make, "/laporan/setujui": page_reports.approve, "/lanjutkan": page_start.resume,
}  # fmt: skip
#: Addresses of changes, which tests try without their sign.
CHANGES = (*_POST, "/contoh/buat", "/contoh/hapus")


def application(place: Place) -> Starlette:
    """Return the pages of a project; they must stand behind the checks of `Guard`.

    Parameters
    ----------
    place : Place
        The project.
    """
    place.prepare()
    own = View(place, Holder(place))
    own.holder.take()
    sample = View(place.sample, _LateHolder(place.sample))
    routes: list[BaseRoute] = [
        *_routes(own),
        Route("/contoh/buat", partial(page_start.make_sample, own), methods=["POST"]),
        Route("/contoh/hapus", partial(page_start.drop_sample, sample), methods=["POST"]),
        *_routes(sample),
        Route("/statis/laporan.css", _report_css),
        Mount("/statis", StaticFiles(directory=HERE / "static")),
    ]
    return Starlette(
        routes=routes, exception_handlers={TooLargeError: _too_large, 404: partial(_not_found, own)}
    )


class _LateHolder(Holder):
    """The right to write into a project that may not exist yet."""

    def __init__(self, place: Place) -> None:
        self._sample = place
        self._inner: Holder | None = None

    def take(self) -> bool:
        """Take the right to write if the project exists; return False if another desk has it."""
        if not self._sample.state.is_dir():
            return True
        if self._inner is None:
            self._inner = Holder(self._sample)
        return self._inner.take()

    def insist(self) -> None:
        """Take the right to write, if the project exists, or raise an error."""
        if self._sample.state.is_dir():
            self.take()
            assert self._inner is not None  # noqa: S101 (just made)
            self._inner.insist()

    def give_back(self) -> None:
        """Give the right to write back, if this desk has it."""
        if self._inner is not None:
            self._inner.give_back()
            self._inner = None


def _routes(view: View) -> list[BaseRoute]:
    base = view.place.base
    found: list[BaseRoute] = [
        Route(f"{base}{path}", partial(page, view), methods=["GET"]) for path, page in _GET.items()
    ]
    return found + [
        Route(f"{base}{path}", partial(page, view), methods=["POST"]) for path, page in _POST.items()
    ]


async def _report_css(_: Request) -> Response:
    text = (files("asn_research.render.editions") / "templates" / "report.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css")


async def _too_large(_: Request, __: Any) -> Response:
    return PlainTextResponse(load_words("id")("desk_refused_size"), 413, headers={"connection": "close"})


async def _not_found(view: View, request: Request, _: Any) -> Response:
    text = load_words(language_in(request))("desk_refused_path")
    return await show(view, request, "galat.html", 404, error=text)
