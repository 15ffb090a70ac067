"""Start the desk: on this computer's own address with a private key, or behind jupyter-server-proxy."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import psutil
import uvicorn

from asn_research.desk.access import Access, hosts_of
from asn_research.desk.guard import FIRST, App, Guard, Receive, Scope, Send
from asn_research.desk.place import Place
from asn_research.errors import RequestError
from asn_research.rules.words import load_words, worded
from asn_research.storage import write_whole

#: The environment variable of the secret that jupyter-server-proxy and the desk share.
PROXY_SECRET = "ASN_RESEARCH_DESK_KEY"  # noqa: S105 (the name, not the secret)
_RUNNING = "peladen.json"
# For a desk that already runs, on a busy computer.
_SECONDS_TO_ANSWER = 30


def serve(
    place: Place, *, port: int = 0, unix_socket: Path | None = None, is_proxied: bool = False,
    opens: bool = True, language: str = "id", say: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Serve the desk of a project until it is stopped.

    Parameters
    ----------
    place : Place
        The project.
    port : int
        The port; 0 for any free one.
    unix_socket : Path, optional
        A socket file to listen on instead; only behind jupyter-server-proxy.
    is_proxied : bool
        Whether requests come through jupyter-server-proxy.
    opens : bool
        Whether to open the browser.
    language : str
        The language of the lines in the terminal.
    say : callable
        Takes each line.

    Raises
    ------
    RequestError
        If the port is taken, or the proxy's secret is missing.
    """
    words = load_words(language)
    place.prepare()
    if is_proxied:
        _serve_proxied(place, port, unix_socket)
        return
    if (known := _address_of_running(place)) is not None:
        say(words("desk_running", address=known.partition("?")[0]))
        if opens:
            webbrowser.open(known)
        else:
            say(known)
        return
    listener = _listener(port)
    port = listener.getsockname()[1]
    access = Access(hosts_of(port))
    app = _guarded(place, access)
    address = f"http://127.0.0.1:{port}/"
    first = f"{address}?{FIRST}={access.new_key()}"
    free = psutil.virtual_memory().available >> 20
    say(words("desk_started", address=address, folder=place.reports.resolve().parent, memory=free))
    say(words("desk_first", address=first))
    note = place.state / _RUNNING
    running = {"address": address, "secret": access.secret, "pid": os.getpid()}
    # The note of another user's desk cannot be read here, and is left alone.
    if not note.exists() or place.load(_RUNNING):
        with suppress(OSError):
            write_whole(note, json.dumps(running), durable=False)
    if opens:
        threading.Timer(0.3, webbrowser.open, [first]).start()
    try:
        config = uvicorn.Config(
            app, log_level="error", access_log=False, lifespan="off", server_header=False, date_header=False,
            h11_max_incomplete_event_size=1 << 16, proxy_headers=False, timeout_graceful_shutdown=2,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        if place.load(_RUNNING).get("pid") == os.getpid():
            with suppress(OSError):
                note.unlink()
        say(words("desk_ended"))


def _serve_proxied(place: Place, port: int, unix_socket: Path | None) -> None:
    """Serve the desk behind jupyter-server-proxy, which adds a secret to each request."""
    secret = os.environ.pop(PROXY_SECRET, "")
    if not secret:
        raise worded(RequestError, "error_desk_proxy_secret")
    access = Access(frozenset(), secret, is_proxied=True)
    listener = _socket_file(unix_socket) if unix_socket else _listener(port)
    config = uvicorn.Config(
        _guarded(place, access), log_level="error", access_log=False, lifespan="off", server_header=False,
        proxy_headers=False,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])


def _socket_file(place: Path) -> socket.socket:
    """Return a listener at a socket file that only its user may open, from the first moment on."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o077)
    try:
        listener.bind(str(place))
    finally:
        os.umask(before)
    listener.listen(128)
    return listener


def _listener(port: int) -> socket.socket:
    """Return a listener at a port of this computer; refuse a port that is in use."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        # From here on a browser waits for an answer instead of being refused.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise worded(RequestError, "error_desk_port", port=port, reason=error.strerror or "") from None
    return listener


def _address_of_running(place: Place) -> str | None:
    """Return an address with a new key of the desk that already serves this project; None if there is none.

    Only the user who may read the private note of that desk can open it again.
    """
    running = place.load(_RUNNING)
    if not running or not psutil.pid_exists(int(running["pid"])):
        return None
    access = Access(frozenset(), str(running["secret"]))
    address = f"{running['address']}?{FIRST}={access.new_key()}"
    try:
        urllib.request.urlopen(running["address"], timeout=_SECONDS_TO_ANSWER)  # noqa: S310 (our own address)
    except urllib.error.HTTPError as refused:
        # Without its key, a desk refuses: it is there.
        return address if refused.code == 403 else None
    except (OSError, ValueError):
        return None
    return None


class _Pages:
    """The pages, whose libraries are loaded while the desk already listens.

    Parameters
    ----------
    place : Place
        The project.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._app: App | None = None
        self._loading = threading.Lock()
        threading.Thread(target=self.load, daemon=True).start()

    def load(self) -> App:
        """Return the application; load it at the first call."""
        with self._loading:
            if self._app is None:
                module = import_module("asn_research.desk.application")
                self._app = module.application(self._place)
            app: App = self._app
            return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self._app
        if app is None:
            app = await asyncio.to_thread(self.load)
        await app(scope, receive, send)


def _guarded(place: Place, access: Access) -> Guard:
    return Guard(_Pages(place), access, load_words("id"))
