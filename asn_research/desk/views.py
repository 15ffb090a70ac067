"""What all pages share: the frame, the language, the reading of forms, and errors in plain words."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from asn_research.desk.access import Access
from asn_research.desk.background import refuse_while_running
from asn_research.desk.guard import CSRF
from asn_research.desk.place import Holder, Place
from asn_research.desk.road import STEPS, road_of
from asn_research.desk.row_sums import summary_of
from asn_research.desk.told_errors import at_desk
from asn_research.errors import AsnError, FolderBusyError, PathError, RequestError
from asn_research.rules.words import LANGUAGES, Words, in_words, load_words

HERE = Path(__file__).parent
_LANGUAGE = "asn_bahasa"
_MAX_FILES, _MAX_FIELDS = 2000, 2000
Page = Callable[["View", Request], Awaitable[Response]]


@dataclass(frozen=True)
class View:
    """One project, and the right to write into it.

    Parameters
    ----------
    place : Place
        The project.
    holder : Holder
        The right to write.
    """

    place: Place
    holder: Holder


@cache
def environment() -> Environment:
    """Return the templates; every text that they fill in is escaped."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def language_in(request: Request) -> str:
    """Return the language of a page: the one that the user chose last; Indonesian at first."""
    chosen = request.query_params.get("bahasa") or request.cookies.get(_LANGUAGE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def access_of(request: Request) -> Access:
    """Return the secrets and addresses by which a request is checked."""
    access: Access = request.scope["access"]
    return access


def address(request: Request, base: str, path: str, **query: str) -> str:
    """Return the address of a page, below the root that a proxy gives the desk."""
    text = f"{request.scope.get('root_path', '')}{base}{quote(path)}"
    return f"{text}?{urlencode(query)}" if query else text


async def show(view: View, request: Request, template: str, status: int = 200, **named: Any) -> Response:
    """Return a page of the desk."""
    return await run_in_threadpool(_shown, view, request, template, status, named)


def _shown(view: View, request: Request, template: str, status: int, named: dict[str, Any]) -> Response:
    """Return a page of the desk, made from its template and from what all pages need."""
    language = language_in(request)
    words = load_words(language)
    road = named.pop("road", None) or road_of(view.place)

    def url(path: str, **query: str) -> str:
        return address(request, view.place.base, path, **query)

    def top(path: str) -> str:
        return address(request, "", path)

    message = request.query_params.get("pesan", "")
    context = {
        "w": words, "language": language, "url": url, "top": top, "road": road, "steps": STEPS,
        "here": template.removesuffix(".html"), "sign": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(access_of(request).csrf), "place": view.place,
        "sums": summary_of(road.outcome), "is_reader": not view.holder.take(), "message": message if message in _MESSAGES else "",
        "again": _again(view, request, url),
        "other_language": next(each for each in LANGUAGES if each != language),
        "error": "", "notes": (), **named,
    }  # fmt: skip
    response = HTMLResponse(environment().get_template(template).render(context), status)
    if "bahasa" in request.query_params:
        response.set_cookie(_LANGUAGE, language, httponly=True, samesite="strict")
    return response


def _again(view: View, request: Request, url: Callable[[str], str]) -> str:
    """Return the address that shows a page anew; empty if the page was not the answer to a form."""
    if request.method != "POST":
        return ""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    step = path.removeprefix(view.place.base).split("/")[1]
    return url(f"/{step}" if step in STEPS else "/")


#: Messages that a page shows after a change; the address names the row of `words.csv`.
_MESSAGES = {
    "desk_said_out", "desk_said_back", "desk_said_answer", "desk_said_undone", "desk_said_mapping",
    "desk_said_form", "desk_said_name", "desk_said_removed",
}  # fmt: skip


def back(view: View, request: Request, path: str, message: str = "", **query: str) -> Response:
    """Return a redirection to a page, with a message."""
    query = {**query, **({"pesan": message} if message else {})}
    return RedirectResponse(address(request, view.place.base, path, **query), 303)


async def form_of(request: Request) -> FormData:
    """Return the fields of a form after checking its secret value.

    Raises
    ------
    PathError
        If it is not.
    """
    form = await request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS)
    sign = request.headers.get(CSRF) or form.get("csrf") or ""
    if not isinstance(sign, str) or not hmac.compare_digest(sign.encode(), access_of(request).csrf.encode()):
        msg = "The form is not one of this page."
        raise PathError(msg).worded_as("desk_refused_csrf")
    return form


def text_in(form: FormData, name: str) -> str:
    """Return the text of a field; empty if it is missing or a file."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def changing(page: Page) -> Page:
    """Mark a page that changes the project: it needs the right to write, and no work in progress."""

    @wraps(page)
    async def checked(view: View, request: Request) -> Response:
        # The sign of the form is checked before anything else, and the fields are kept for the page.
        await form_of(request)
        await run_in_threadpool(view.holder.insist)
        await run_in_threadpool(refuse_while_running, view.place)
        return await page(view, request)

    return checked


def spoken(page: Page) -> Page:
    """Mark a page whose errors are shown as a page in plain words."""

    @wraps(page)
    async def answered(view: View, request: Request) -> Response:
        try:
            return await page(view, request)
        except AsnError as error:
            text = at_desk(error, language_in(request))
            status = 400
            if isinstance(error, FolderBusyError):
                status = 409
            elif isinstance(error, PathError):
                status = 403
            elif isinstance(error, RequestError) and error.word == "error_desk_no_file":
                status = 404
            try:
                return await show(view, request, "galat.html", status, error=text)
            except AsnError:
                return PlainTextResponse(text, status)

    return answered


def said_in(words: Words, text: str) -> str:
    """Return the message of a result, in a language."""
    return in_words(text, words.language)
