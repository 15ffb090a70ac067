"""The client of a warm parent: it requests forks, and gives them the interface of `Popen` objects."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import IO, Any

from asn_research.render.warm.parent import (
    READ_AT_IMPORT,
    READ_AT_IMPORT_PREFIXES,
    Request,
    close_others,
    send_request,
    serve,
    single_threaded,
)

_PROGRAM = "asn_research.render.warm.parent"


class RefusedError(Exception):
    """The parent cannot fork a process: it has ended, or the code has changed since its imports."""


@dataclass
class Forked:
    """A forked process, with the part of the interface of `subprocess.Popen` that jupyter_client uses.

    The parent sends the process id over the channel, and at the end the exit code. If the parent dies, the
    channel closes without a message, and the fork is killed too.
    """

    channel: socket.socket
    pid: int = 0
    returncode: int | None = None
    peak_mb: float | None = None
    cpu_seconds: float | None = None
    stdin: None = None
    stdout: None = None
    stderr: None = None
    _heard: bytes = b""

    def fileno(self) -> int:
        """Return the file descriptor of the channel, which becomes readable when a message arrives."""
        return self.channel.fileno()

    def _listen(self) -> dict[str, Any] | None:
        """Return the next message; None if no complete message has arrived yet."""
        while b"\n" not in self._heard:
            try:
                piece = self.channel.recv(4096, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            except OSError:
                piece = b""
            if not piece:
                return {"code": -signal.SIGKILL} if self.pid else {"refused": "it has ended"}
            self._heard += piece
        line, _, self._heard = self._heard.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def _take_start(self) -> bool:
        message = self._listen()
        if message is None:
            return False
        if "refused" in message:
            self.channel.close()
            raise RefusedError(message["refused"])
        self.pid = int(message["pid"])
        return True

    def wait_for_start(self, timeout: float | None = None) -> None:
        """Wait until the process has been forked.

        Raises
        ------
        RefusedError
            If the parent cannot fork it.
        """
        self.channel.settimeout(timeout)
        while not self._take_start():
            self._block()

    async def started(self) -> None:
        """Wait asynchronously until the process has been forked."""
        while not self._take_start():
            await self._readable()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process runs."""
        if self.returncode is None:
            message = self._listen()
            if message is not None:
                self.returncode = int(message["code"])
                self.peak_mb = message.get("peak_mb")
                self.cpu_seconds = message.get("cpu_seconds")
                self.channel.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end of the process, and return the exit code."""
        if self.returncode is None:
            self.channel.settimeout(timeout)
        while self.poll() is None:
            self._block()
        return self.returncode

    async def ended(self) -> int | None:
        """Wait asynchronously for the end of the process, and return the exit code."""
        while self.poll() is None:
            await self._readable()
        return self.returncode

    def _block(self) -> None:
        # MSG_PEEK waits for data until the timeout of the channel, but does not remove the data.
        try:
            self.channel.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            raise
        except OSError:
            return

    async def _readable(self) -> None:
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.channel.fileno(), news.set)
        try:
            await news.wait()
        finally:
            loop.remove_reader(self.channel.fileno())

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process only, not to its group, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill_group(self) -> None:
        """Kill the process and all processes of its group."""
        if self.pid and self.poll() is None:
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill the process."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the process to end (SIGTERM)."""
        self.send_signal(signal.SIGTERM)


@dataclass
class WarmParent:
    """A warm parent that this process has started; it ends with this process."""

    sock: socket.socket
    pid: int
    process: subprocess.Popen[bytes] | None
    owner: int = field(default_factory=os.getpid)
    has_served: bool = False
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(cls, modules: Sequence[str], env: Mapping[str, str] | None = None) -> WarmParent:
        """Start a process that imports modules, so that kernels forked from it start fast.

        This call returns at once. Requests wait until the imports are finished.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: S603 (our own program)
                [sys.executable, "-m", _PROGRAM, str(theirs.fileno()), *modules],
                env=single_threaded(os.environ if env is None else env),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # The working folder of this process may be deleted while the parent runs.
                cwd="/",
                start_new_session=True,
            )
        return cls(ours, process.pid, process)

    @classmethod
    def fork(cls) -> WarmParent:
        """Fork this process to make a parent; this process must have only one thread."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                os.setpgid(0, 0)
                # Inherited copies of sockets would keep connections open that the original process closes.
                close_others([theirs.fileno()])
                serve(theirs, ())
            finally:
                os._exit(0)
        theirs.close()
        return cls(ours, pid, None)

    def ask(
        self, request: Request, streams: Sequence[int | IO[Any] | None], descriptors: Sequence[int] = ()
    ) -> Forked:
        """Request a fork. A stream (input, output, errors) that is None is that of this process.

        Raises
        ------
        RefusedError
            If the parent has ended.
        """
        ours, theirs = socket.socketpair()
        with theirs, ExitStack() as opened:
            given = [_descriptor(stream, place, opened) for place, stream in enumerate(streams)]
            try:
                with self._turn:
                    send_request(self.sock, request, [theirs.fileno(), *given, *descriptors])
            except OSError:
                ours.close()
                msg = "it has ended"
                raise RefusedError(msg) from None
        return Forked(ours)

    @property
    def is_ours(self) -> bool:
        """Whether this process itself, and not one that it is a fork of, started the parent."""
        return self.owner == os.getpid()

    def close(self) -> None:
        """End the parent and all its forks, and wait for its end."""
        self.sock.close()
        if not self.is_ours:
            return
        if self.process is not None:
            if not self.has_served:
                # It may still be importing, and has no forks that it would have to end.
                self.process.kill()
            self.process.wait()
        else:
            with suppress(ChildProcessError):
                os.waitpid(self.pid, 0)


def _descriptor(stream: int | IO[Any] | None, place: int, opened: ExitStack) -> int:
    if stream is None:
        try:
            os.fstat(place)
        except OSError:
            stream = subprocess.DEVNULL
        else:
            return place
    if stream == subprocess.DEVNULL:
        return opened.enter_context(open(os.devnull, "r+b", buffering=0)).fileno()
    return stream if isinstance(stream, int) else stream.fileno()


_parents: dict[tuple[str, ...], WarmParent] = {}
# Imports with which a parent has failed; they are not tried again.
_hopeless: set[tuple[str, ...]] = set()


def _key(modules: Sequence[str], env: Mapping[str, str]) -> tuple[str, ...]:
    named = {name for name in env if name in READ_AT_IMPORT or name.startswith(READ_AT_IMPORT_PREFIXES)}
    return (*modules, *(f"{name}={env[name]}" for name in sorted(named)))


def parent_for(modules: Sequence[str], env: Mapping[str, str]) -> WarmParent:
    """Return the warm parent of this process with the given imports; start it if there is none.

    Raises
    ------
    RefusedError
        If a parent with these imports has failed before.
    """
    key = _key(modules, env)
    if key in _hopeless:
        msg = "its imports failed before"
        raise RefusedError(msg)
    parent = _parents.get(key)
    if parent is None or not parent.is_ours:
        parent = _parents[key] = WarmParent.start(modules, env)
    return parent


def adopt(parent: WarmParent, modules: Sequence[str], env: Mapping[str, str]) -> None:
    """Register a running parent as the one with the given imports."""
    _parents[_key(modules, env)] = parent


def discard(parent: WarmParent) -> None:
    """End a parent. The next request starts another one, unless this one has never forked a process."""
    for key, known in list(_parents.items()):
        if known is parent:
            del _parents[key]
            if not parent.has_served:
                _hopeless.add(key)
    parent.close()


def close_parents() -> None:
    """End all parents of this process."""
    for parent in {id(p): p for p in _parents.values()}.values():
        discard(parent)
