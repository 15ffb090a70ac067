"""The warm parent: a process that has imported the modules that notebooks need, and forks a child on request.

It has no threads, no sockets of kernels and no data. Each request brings the file descriptors for the child. The
parent answers on the channel of the child: first with the process id, and at the end with the exit code. When the
requesting process dies, the socket of the parent closes, and the parent ends with all its children.
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

#: Environment variables that libraries read once, at import. A parent forks only kernels with the same values.
READ_AT_IMPORT = ("LANG", "LANGUAGE", "TZ", "HOME", "MPLBACKEND", "MPLCONFIGDIR", "MATPLOTLIBRC")
#: Variables with these prefixes are read at import too.
READ_AT_IMPORT_PREFIXES = ("PYTHON", "LC_", "PANDAS_", "NUMPY_", "NPY_")
# The matplotlib backend that ipykernel chooses for a notebook by default.
_INLINE = "module://matplotlib_inline.backend_inline"
# Libraries that check at import whether they run in a notebook. Each kernel must import them itself.
_ASK_AT_IMPORT = ("tqdm.auto", "tqdm.autonotebook")
# Environment variables that the imports of this process have set; an ordinary kernel would have them too.
_set_by_imports: dict[str, str] = {}
#: Environment variable: the memory limit of a kernel in MB; no limit if it is not set.
MEMORY_LIMIT = "WARM_KERNEL_MEMORY_MB"
#: With these variables, numeric libraries start no threads at import.
_NO_THREADS = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    ),
    # pyarrow includes jemalloc, which would start a thread even if another memory pool is used.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    # The debugger prints a warning at import, which users of a kernel do not need.
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
_HEAD = 4
_MOST_DESCRIPTORS = 8
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Request:
    """The request for a child process.

    Parameters
    ----------
    run : str
        ``module:function``; the child calls it with ``argv``.
    argv : sequence of str
        Arguments of the function.
    cwd : str
        Working folder of the child.
    env : mapping of str to str
        The complete environment of the child.
    """

    run: str
    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]


def send_request(sock: socket.socket, request: Request, descriptors: Sequence[int]) -> None:
    """Send a request with file descriptors: the child's channel, input, output and errors, then others."""
    body = json.dumps([request.run, list(request.argv), request.cwd, dict(request.env)]).encode()
    socket.send_fds(sock, [len(body).to_bytes(_HEAD, "big")], list(descriptors))
    sock.sendall(body)


def _receive_request(sock: socket.socket) -> tuple[Request, list[int]] | None:
    """Return the next request; None if the requesting process has ended."""
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
    """The running parent: its socket, the channels of its children, and the state of imported files."""

    sock: socket.socket
    files: Mapping[str, tuple[int, int]]
    channels: dict[int, socket.socket] = field(default_factory=dict)

    def serve(self) -> None:
        """Fork children on request and report their exit codes, until the requesting process ends."""
        wake, woken = socket.socketpair()
        for end in (wake, woken):
            end.setblocking(False)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Ctrl-C on the shared terminal is ignored: the requesting process decides when the parent ends.
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
            # Both processes set the group, so that it is set before the answer is sent.
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
            # Background processes of a notebook end with its kernel.
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
    # The receiver may have closed the channel.
    with suppress(OSError):
        channel.sendall(json.dumps(message).encode() + b"\n")


def _become(request: Request, descriptors: list[int]) -> NoReturn:
    """Turn this fork into the requested child, which keeps only the imports of the parent."""
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
    """Install the first three descriptors as input, output and errors, keep the others, close all else."""
    for place, descriptor in enumerate(given[:3]):
        os.dup2(descriptor, place, inheritable=True)
    close_others(given[3:])
    return given[3:]


def close_others(kept: Sequence[int]) -> None:
    """Close all descriptors except the first three and the given ones."""
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def die_with_parent() -> None:
    """Let the system kill this process when its parent process dies (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _new_randomness() -> None:
    """Seed the random generators anew; otherwise all forks would have the same random state."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _limit_memory(limit: str) -> None:
    if limit:
        import resource  # noqa: PLC0415 (Unix only)

        # The limit is on data, not on address space, because shared libraries are mapped even if unused.
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
    """Return the time and size of the files from which a kernel would import now.

    For installed packages this is their folder. For packages under development it is each imported file, and
    the data files beside the given modules.
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
    """Import modules, then answer requests on a socket until its other end closes.

    Raises
    ------
    RuntimeError
        If an import has left a thread running: at a fork, its locks could be held and never released.
    """
    # Imports leave no garbage worth looking for meanwhile, and looking for it takes a seventh of their time.
    gc.disable()
    with _as_in_a_kernel():
        for name in modules:
            import_module(name)
    if n_threads() > 1:
        msg = (
            f"Importing {', '.join(modules)} started {n_threads() - 1} threads, so kernels cannot be forked "
            "safely. Name modules that start none."
        )
        raise RuntimeError(msg)
    # The imported objects are never garbage. Without `freeze`, each collection would copy their memory pages.
    gc.collect()
    gc.freeze()
    gc.enable()
    _Parent(sock, imported_files(modules)).serve()


@contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Make the process look like a kernel while libraries are imported.

    At import, pandas checks the shell and the encoding of the output, and matplotlib reads its backend.
    """
    if not os.environ.get("MPLBACKEND"):
        os.environ["MPLBACKEND"] = _INLINE
    before = dict(os.environ)
    output = sys.stdout
    # The output of a kernel is UTF-8, whatever the encoding of the terminal.
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
    """Return the number of threads of this process, including those of C libraries (Linux only)."""
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        return len(list(tasks.iterdir()))
    import threading  # noqa: PLC0415 (only where there is no /proc)

    return threading.active_count()


def main() -> None:
    """Run a warm parent as a program: ``python -m ...warm.parent DESCRIPTOR MODULE...``."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.set_inheritable(False)
    # Like the launcher of a kernel: modules must not be imported from the working folder.
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    serve(sock, sys.argv[2:])


def single_threaded(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which importing numeric libraries starts no threads."""
    return {**env, **_NO_THREADS}


if __name__ == "__main__":
    # Import the module under its own name; a second copy called `__main__` would have its own globals.
    from asn_research.render.warm.parent import main as run

    run()
