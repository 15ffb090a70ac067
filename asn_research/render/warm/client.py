"""The asking side: a warm parent as others see it, and its forks as if they were `Popen` objects."""

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

#: ``0`` starts kernels the ordinary way, ``1`` forks them also where a system does not do so safely.
SWITCH = "WARM_KERNELS"
_PROGRAM = "asn_research.render.warm.parent"


def can_fork(env: Mapping[str, str] | None = None) -> bool:
    """Whether kernels are forked: where the system can, unless the switch says otherwise.

    On macOS the system's own libraries may not be used after a fork, so it must be asked for.

    Parameters
    ----------
    env : mapping of str to str, optional
        Where the switch is looked up; by default this process's environment.

    Raises
    ------
    ValueError
        If the switch is neither 0 nor 1.
    """
    choice = (os.environ if env is None else env).get(SWITCH, "").strip()
    if choice not in {"", "0", "1"}:
        msg = f"{SWITCH} is '{choice}'; set it to 0 (start kernels the ordinary way) or 1 (fork them), or leave it out."
        raise ValueError(msg)
    return hasattr(os, "fork") and choice != "0" and (sys.platform != "darwin" or choice == "1")


class RefusedError(Exception):
    """The parent cannot serve: it is gone, or its code has changed since."""


@dataclass
class Forked:
    """A fork, with the part of `subprocess.Popen` that jupyter_client asks for.

    Its channel says its number, and in the end how it ended; if the parent dies, the channel
    closes without a word, and the fork has been killed with it.
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
        """Return what becomes readable when there is news."""
        return self.channel.fileno()

    def _listen(self) -> dict[str, Any] | None:
        """Return the next message; none if there is no whole one yet."""
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
        """Wait until the fork is there.

        Raises
        ------
        RefusedError
            If the parent cannot serve.
        """
        self.channel.settimeout(timeout)
        while not self._take_start():
            self._block()

    async def started(self) -> None:
        """Wait until the fork is there, and let others work meanwhile."""
        while not self._take_start():
            await self._readable()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; none while it runs."""
        if self.returncode is None:
            message = self._listen()
            if message is not None:
                self.returncode = int(message["code"])
                self.peak_mb = message.get("peak_mb")
                self.cpu_seconds = message.get("cpu_seconds")
                self.channel.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end and return the exit code."""
        if self.returncode is None:
            self.channel.settimeout(timeout)
        while self.poll() is None:
            self._block()
        return self.returncode

    async def ended(self) -> int | None:
        """Wait for the end, and let others work meanwhile."""
        while self.poll() is None:
            await self._readable()
        return self.returncode

    def _block(self) -> None:
        # A look at what is there, not a read: it waits as long as the channel's timeout says.
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
        """Send a signal to the fork alone, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill_group(self) -> None:
        """Kill the fork and whatever it started."""
        if self.pid and self.poll() is None:
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill the fork."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the fork to end."""
        self.send_signal(signal.SIGTERM)


@dataclass
class WarmParent:
    """A warm parent that belongs to this process and ends with it."""

    sock: socket.socket
    pid: int
    process: subprocess.Popen[bytes] | None
    owner: int = field(default_factory=os.getpid)
    has_served: bool = False
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(cls, modules: Sequence[str], env: Mapping[str, str] | None = None) -> WarmParent:
        """Start a parent; it imports while this process goes on, and requests wait for it."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: S603 (our own program)
                [sys.executable, "-m", _PROGRAM, str(theirs.fileno()), *modules],
                env=single_threaded(os.environ if env is None else env),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # This process's folder may be gone before the parent is.
                cwd="/",
                start_new_session=True,
            )
        return cls(ours, process.pid, process)

    @classmethod
    def fork(cls) -> WarmParent:
        """Make a parent of a copy of this process, which must have one thread only."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                os.setpgid(0, 0)
                # A copy of an end that this process closes would keep it open.
                close_others([theirs.fileno()])
                serve(theirs, ())
            finally:
                os._exit(0)
        theirs.close()
        return cls(ours, pid, None)

    def ask(
        self, request: Request, streams: Sequence[int | IO[Any] | None], descriptors: Sequence[int] = ()
    ) -> Forked:
        """Ask for a fork; its input, output and errors are this process's own unless they are given.

        Raises
        ------
        RefusedError
            If the parent is gone.
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
        """Whether this process, and no copy of it, started the parent."""
        return self.owner == os.getpid()

    def close(self) -> None:
        """End the parent and all its forks, and wait for it."""
        self.sock.close()
        if not self.is_ours:
            return
        if self.process is not None:
            if not self.has_served:
                # It may be at its imports, and has no forks to end.
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
# Imports with which no parent could be started: one failure is enough.
_hopeless: set[tuple[str, ...]] = set()


def _key(modules: Sequence[str], env: Mapping[str, str]) -> tuple[str, ...]:
    named = {name for name in env if name in READ_AT_IMPORT or name.startswith(READ_AT_IMPORT_PREFIXES)}
    return (*modules, *(f"{name}={env[name]}" for name in sorted(named)))


def parent_for(modules: Sequence[str], env: Mapping[str, str]) -> WarmParent:
    """Return this process's parent with these imports; it is started when there is none.

    Raises
    ------
    RefusedError
        If none could be started before.
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
    """Let a parent that is there already serve for these imports."""
    _parents[_key(modules, env)] = parent


def discard(parent: WarmParent) -> None:
    """End a parent that no longer serves; the next request starts another, unless it never served."""
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
