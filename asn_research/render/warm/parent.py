"""The warm parent: a process that has imported what notebooks need, and forks whenever it is asked.

It holds no threads, no sockets of kernels and no data. Each request brings the descriptors that the
child shall have; the parent answers on the child's own channel, first with its number, and when it
has ended with how. When the asking process dies, the parent's socket closes, and it ends with all its
children.
"""

from __future__ import annotations

import atexit
import builtins
import ctypes
import gc
import io
import json
import os
import random
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

#: What libraries read once, when they are imported: a parent serves only kernels that agree with it.
READ_AT_IMPORT = ("LANG", "LANGUAGE", "TZ", "HOME", "MPLBACKEND", "MPLCONFIGDIR", "MATPLOTLIBRC")
#: Variables that begin with these are read at import too.
READ_AT_IMPORT_PREFIXES = ("PYTHON", "LC_", "PANDAS_", "NUMPY_", "NPY_")
# What ipykernel chooses for a notebook before its first import, if nothing else was chosen.
_INLINE = "module://matplotlib_inline.backend_inline"
# Libraries that ask at their import whether there is a notebook get another answer in each kernel.
_ASK_AT_IMPORT = ("tqdm.auto", "tqdm.autonotebook")
# What the imports of this process put into its environment; a kernel's own would have done so.
_set_by_imports: dict[str, str] = {}
#: A kernel's limit of memory in MB; none if it is not set.
MEMORY_LIMIT = "WARM_KERNEL_MEMORY_MB"
#: With these, numeric libraries start no threads of their own when they are imported.
_NO_THREADS = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    ),
    # pyarrow carries jemalloc, which otherwise starts a thread although another pool is used.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    # The debugger has a word to say at its import, which no kernel's user needs.
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
_HEAD = 4
_MOST_DESCRIPTORS = 8
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Request:
    """What a child shall be.

    Parameters
    ----------
    run : str
        ``module:function``; it is called with ``argv``.
    argv : sequence of str
        Its arguments.
    cwd : str
        Its working folder.
    env : mapping of str to str
        Its whole environment.
    """

    run: str
    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]


def send_request(sock: socket.socket, request: Request, descriptors: Sequence[int]) -> None:
    """Send a request and descriptors: the child's channel, its input, output, errors, then others."""
    body = json.dumps([request.run, list(request.argv), request.cwd, dict(request.env)]).encode()
    socket.send_fds(sock, [len(body).to_bytes(_HEAD, "big")], list(descriptors))
    sock.sendall(body)


def _receive_request(sock: socket.socket) -> tuple[Request, list[int]] | None:
    """Return the next request, or none when the asking process is gone."""
    head, descriptors, _, _ = socket.recv_fds(sock, _HEAD, _MOST_DESCRIPTORS)
    if len(head) < _HEAD:
        return None
    size, body = int.from_bytes(head, "big"), b""
    while len(body) < size:
        piece = sock.recv(size - len(body))
        if not piece:
            return None
        body += piece
    return Request(*json.loads(body)), descriptors


@dataclass
class _Parent:
    """The parent at work: its socket, its children's channels, and its files' state at import."""

    sock: socket.socket
    files: Mapping[str, tuple[int, int]]
    channels: dict[int, socket.socket] = field(default_factory=dict)

    def serve(self) -> None:
        """Fork when asked, tell how children ended, until the asking process is gone."""
        wake, woken = socket.socketpair()
        for end in (wake, woken):
            end.setblocking(False)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # The one who asks decides when this ends, not a Ctrl-C on the terminal that both share.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if wake in ready:
                    with suppress(BlockingIOError):
                        wake.recv(4096)
                    self._reap()
                if self.sock in ready and not self._answer():
                    break
        self._end()

    def _answer(self) -> bool:
        try:
            received = _receive_request(self.sock)
        except ConnectionError:
            return False
        if received is None:
            return False
        request, descriptors = received
        channel = socket.socket(fileno=descriptors[0])
        if _state(self.files) != self.files:
            _tell(channel, {"refused": "its code has changed since it was imported"})
            channel.close()
        else:
            sys.stdout.flush()
            sys.stderr.flush()
            pid = os.fork()
            if pid == 0:
                _become(request, descriptors[1:])
            # Both sides set the group: whoever comes first, the answer comes after.
            with suppress(OSError):
                os.setpgid(pid, pid)
            self.channels[pid] = channel
            _tell(channel, {"pid": pid})
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        return True

    def _reap(self) -> None:
        while self.channels:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            # What a notebook started in the background ends with its kernel.
            with suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
            peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
            ended = {
                "code": os.waitstatus_to_exitcode(status),
                "peak_mb": peak,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
            }
            channel = self.channels.pop(pid, None)
            if channel is not None:
                _tell(channel, ended)
                channel.close()

    def _end(self) -> None:
        for pid in self.channels:
            with suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        for pid in self.channels:
            with suppress(OSError):
                os.waitpid(pid, 0)


def _tell(channel: socket.socket, message: Mapping[str, Any]) -> None:
    # Nobody may be listening any more.
    with suppress(OSError):
        channel.sendall(json.dumps(message).encode() + b"\n")


def _become(request: Request, descriptors: list[int]) -> NoReturn:
    """Turn this fork into what was asked for, with nothing of the parent's but its imports."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with suppress(OSError):
            os.setpgid(0, 0)
        die_with_parent()
        others = _only_descriptors(descriptors)
        os.environ.clear()
        os.environ.update({**_set_by_imports, **request.env})
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
        os.chdir(request.cwd)
        time.tzset()
        _new_randomness()
        _limit_memory(request.env.get(MEMORY_LIMIT, ""))
        module, name = request.run.split(":")
        sys.argv = [module, *request.argv]
        target = getattr(import_module(module), name)
        code = _exit_code(target, list(request.argv), others)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _exit_code(target: Any, argv: list[str], descriptors: list[int]) -> int:
    code: Any = 0
    try:
        target(argv, descriptors) if descriptors else target(argv)
    except SystemExit as stop:
        code = stop.code
    atexit._run_exitfuncs()
    return code if isinstance(code, int) else int(code is not None)


def _only_descriptors(given: list[int]) -> list[int]:
    """Put the first three descriptors in their places, keep the others, close all else."""
    for place, descriptor in enumerate(given[:3]):
        os.dup2(descriptor, place, inheritable=True)
    close_others(given[3:])
    return given[3:]


def close_others(kept: Sequence[int]) -> None:
    """Close all descriptors but the first three and those to keep."""
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def die_with_parent() -> None:
    """Have this process end when its parent is killed, as far as the system can promise it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _new_randomness() -> None:
    """Give the fork its own random state: its siblings' would be the same."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _limit_memory(limit: str) -> None:
    if limit:
        import resource  # noqa: PLC0415 (Unix only)

        # Data, not address space: shared libraries are mapped whether they are used or not.
        size = int(limit) * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _state(files: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    found = {}
    for name in files:
        try:
            status = os.stat(name)
            found[name] = (status.st_mtime_ns, status.st_size)
        except OSError:
            found[name] = (0, 0)
    return found


def imported_files(modules: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the state of the files that decide what a kernel would import now.

    Of installed packages it is their folder that tells; of packages under development, each file,
    and the data beside the modules that were named.
    """
    files: dict[str, None] = {}
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None)
        if name and name.endswith(".py") and not name.startswith(sys.base_prefix):
            parts = Path(name).parts
            if "site-packages" in parts:
                files[str(Path(*parts[: parts.index("site-packages") + 1]))] = None
            else:
                files[name] = None
    for name in {module.partition(".")[0] for module in modules}:
        root = getattr(sys.modules.get(name), "__file__", None)
        if root and "site-packages" not in root and not root.startswith(sys.base_prefix):
            for path in Path(root).parent.rglob("*"):
                if path.suffix not in {".pyc", ".py"} and path.is_file():
                    files[str(path)] = None
    return _state(files)


def serve(sock: socket.socket, modules: Sequence[str]) -> None:
    """Import modules, then serve whoever holds the other end of the socket until it closes.

    Raises
    ------
    RuntimeError
        If an import left a thread running: its locks could be held at the moment of a fork.
    """
    with _as_in_a_kernel():
        for name in modules:
            import_module(name)
    if n_threads() > 1:
        msg = (
            f"Importing {', '.join(modules)} started {n_threads() - 1} threads, so kernels cannot be forked "
            "safely. Name modules that start none."
        )
        raise RuntimeError(msg)
    # What is there now never becomes garbage; a collection would copy every page for nothing.
    gc.collect()
    gc.freeze()
    _Parent(sock, imported_files(modules)).serve()


@contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Let libraries find at their import what they would find in a kernel.

    pandas asks for the shell and the output's encoding, matplotlib reads its backend.
    """
    if not os.environ.get("MPLBACKEND"):
        os.environ["MPLBACKEND"] = _INLINE
    before = dict(os.environ)
    output = sys.stdout
    # Where a kernel's output goes is called so, whatever the terminal's encoding is.
    sys.stdout = io.TextIOWrapper(io.FileIO(os.dup(1), "w"), encoding="UTF-8", write_through=True)
    builtins.get_ipython = lambda: SimpleNamespace(kernel=True)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]
        sys.stdout.close()
        sys.stdout = output
    _set_by_imports.update({name: text for name, text in os.environ.items() if before.get(name) != text})
    for name in _ASK_AT_IMPORT:
        sys.modules.pop(name, None)


def n_threads() -> int:
    """Return how many threads this process has, those of C libraries included."""
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        return len(list(tasks.iterdir()))
    import threading  # noqa: PLC0415 (only where there is no /proc)

    return threading.active_count()


def main() -> None:
    """Run a parent: ``python -m ...warm.parent DESCRIPTOR MODULE...``."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.set_inheritable(False)
    # A kernel's launcher does the same: the folder that a program starts in is no place to import from.
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    serve(sock, sys.argv[2:])


def single_threaded(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which importing numeric libraries starts no threads."""
    return {**env, **_NO_THREADS}


if __name__ == "__main__":
    # The module's one copy: what is pickled or imported by name must not see a second.
    from asn_research.render.warm.parent import main as run

    run()
