"""The checks that every request passes before a page sees it: host, login, origin, size; and the headers of answers.

The desk serves one user on one computer. These checks keep out other sites that the browser has open, other users of
the computer, and addresses that only seem to lead here (DNS rebinding).
"""

from __future__ import annotations

import hmac
import math
import re
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asn_research.desk.access import Access

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
#: The name of the cookie, of the parameter of the first address, and of the headers.
COOKIE, FIRST, PROXY_KEY, CSRF = "asn_meja", "kunci", "x-asn-desk-key", "x-asn-desk-csrf"
#: The largest request, in bytes.
MAX_REQUEST = 300 << 20
#: A refused request of so many bytes is still read.
_SMALL = 1 << 20
_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors {ancestors}"
)
#: The policy of a report that is shown: it may neither run anything nor fetch anything.
SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'self'"
)
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_ROOT = re.compile(r"(?:/[\w.~@%-]+)*")


class TooLargeError(Exception):
    """A request that is larger than the desk takes."""


class Guard:
    """The checks that every request must pass before the application answers it.

    Parameters
    ----------
    app : callable
        The pages, as an ASGI application.
    access : Access
        What the checks know.
    refuse : callable
        Returns the text of a refusal: takes the row of `words.csv`.
    """

    def __init__(self, app: App, access: Access, refuse: Callable[[str], str]) -> None:
        self._app, self._access, self._refuse = app, access, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = _headers(scope)
        refused = self._why_not(scope, headers)
        if refused is not None:
            if refused == (303, ""):
                await self._log_in(send)
            else:
                if _size(headers) <= _SMALL:
                    await _read_to_the_end(receive)
                await self._answer(send, *refused)
            return
        root, path = "", scope["path"]
        if self._access.is_proxied:
            prefix = headers.get("x-forwarded-context", [""])[0].rstrip("/")
            root = prefix if _ROOT.fullmatch(prefix) else ""
        # As ASGI wants it, the path begins with the root.
        scope = {**scope, "root_path": root, "path": root + path, "access": self._access}
        await self._app(scope, _bounded(receive), self._with_headers(root, path, send))

    def _is_elsewhere(self, headers: dict[str, list[str]]) -> str:
        """Return why the address of a request is not that of this desk or its proxy; an empty text if it is."""
        hosts = headers.get("host", [])
        key = headers.get(PROXY_KEY, [""])[0]
        if self._access.is_proxied:
            is_ours = hmac.compare_digest(key.encode(), self._access.secret.encode())
            return "" if is_ours else "desk_refused_login"
        return "" if len(hosts) == 1 and hosts[0].lower() in self._access.hosts else "desk_refused_host"

    def _why_not(self, scope: Scope, headers: dict[str, list[str]]) -> tuple[int, str] | None:
        """Return the status and the reason of a refusal; None if there is none."""
        if why := self._is_elsewhere(headers):
            return 403, why
        if _is_odd(scope["path"]):
            return 404, "desk_refused_path"
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return 405, "desk_refused_method"
        is_post = scope["method"] == "POST"
        if not self._access.is_proxied and not self._is_known(headers):
            first = parse_qs(scope["query_string"].decode("latin-1")).get(FIRST, [""])[0]
            is_first = scope["path"] == "/" and not is_post and self._access.is_key(first)
            return (303, "") if is_first else (403, "desk_refused_login")
        site = headers.get("sec-fetch-site", [""])[0]
        if not is_post:
            is_visit = headers.get("sec-fetch-mode", ["navigate"])[0] == "navigate"
            return None if is_visit or site in {"", "none", "same-origin"} else (403, "desk_refused_origin")
        return self._why_no_post(headers, site)

    def _why_no_post(self, headers: dict[str, list[str]], site: str) -> tuple[int, str] | None:
        """Return the status and the reason to refuse a sent form: its origin, size or type; None if there is none."""
        origin = headers.get("origin", [""])[0]
        host = headers.get("x-forwarded-host", headers.get("host", [""]))[0]
        if not self._access.is_proxied:
            host = headers["host"][0]
        if (not site and not origin) or site not in {"", "same-origin"}:
            return 403, "desk_refused_origin"
        if origin and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "desk_refused_origin"
        if _size(headers) > MAX_REQUEST:
            return 413, "desk_refused_size"
        if not headers.get("content-type", [""])[0].lower().startswith(_FORMS):
            return 415, "desk_refused_form"
        return None

    def _is_known(self, headers: dict[str, list[str]]) -> bool:
        """Return whether a request has the cookie of this session."""
        for line in headers.get("cookie", []):
            try:
                found = SimpleCookie(line).get(COOKIE)
            except CookieError:
                continue
            if found and hmac.compare_digest(found.value.encode(), self._access.session.encode()):
                return True
        return False

    async def _log_in(self, send: Send) -> None:
        cookie = f"{COOKIE}={self._access.session}; HttpOnly; SameSite=Strict; Path=/"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), *_fixed("'none'")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, send: Send, status: int, why: str) -> None:
        body = self._refuse(why).encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), *_fixed("'none'")]
        # Nothing more of a large refused request is read.
        headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _with_headers(self, root: str, path: str, send: Send) -> Send:
        """Return a function that sends an answer with the security headers, and with locations below the proxy's root."""
        # Some proxies put their root before every location, others do not: below one, all are relative.

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                fixed = [pair for pair in _fixed("'self'") if pair[0] not in own]
                headers = [
                    (name, relative(value.decode(), root, path).encode())
                    if root and name.lower() == b"location"
                    else (name, value)
                    for name, value in message["headers"]
                ]
                message = {**message, "headers": [*headers, *fixed]}
            await send(message)

        return sent


def relative(location: str, root: str, path: str) -> str:
    """Return a location below a root as seen from a path.

    Examples
    --------
    >>> relative("/user/a/desk/berkas?pesan=x", "/user/a/desk", "/berkas/unggah")
    '../berkas?pesan=x'
    >>> relative("/user/a/desk/", "/user/a/desk", "/contoh/hapus")
    '../'
    """
    return ("../" * (path.count("/") - 1) or "./") + location.removeprefix(root).removeprefix("/")


def _size(headers: dict[str, list[str]]) -> float:
    """Return how many bytes a request says that it has; endless if it says nothing that is a number."""
    size = headers.get("content-length", ["0"])[0]
    return int(size) if size.isdecimal() and len(size) < 16 else math.inf


async def _read_to_the_end(receive: Receive) -> None:
    """Read a small request that is refused: else the connection may break before its sender has read why."""
    n_bytes = 0
    while n_bytes <= _SMALL:
        message = await receive()
        n_bytes += len(message.get("body", b""))
        if not message.get("more_body"):
            return


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _fixed(ancestors: str) -> list[tuple[bytes, bytes]]:
    """Return the security headers of every answer."""
    fixed = {
        "content-security-policy": _POLICY.format(ancestors=ancestors),
        "x-content-type-options": "nosniff",
        # Stricter, and the browser would hide the origin of our own forms from us.
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }
    return [(name.encode(), value.encode()) for name, value in fixed.items()]


def _is_odd(path: str) -> bool:
    """Return whether a path has parts that may lead out of the desk on some systems, such as `..` or a drive."""
    return (
        not path.startswith("/")
        or path.startswith("//")
        or any(sign in path for sign in "\\\0:")
        or any(part in {".", ".."} for part in path.split("/"))
    )


def _bounded(receive: Receive) -> Receive:
    """Return a function that stops a request without a stated size when it becomes too large."""
    n = 0

    async def received() -> Message:
        nonlocal n
        message = await receive()
        n += len(message.get("body", b""))
        if n > MAX_REQUEST:
            raise TooLargeError
        return message

    return received
