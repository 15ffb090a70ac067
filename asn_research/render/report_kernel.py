"""The kernel of one report: papermill runs the template in it, with limits of time and memory, over socket files."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import papermill as pm
import psutil
import zmq
from jupyter_client.manager import AsyncKernelManager
from papermill.engines import NBClientEngine, papermill_engines
from papermill.iorw import write_ipynb

from asn_research.render.environment import without_keys
from asn_research.render.warm.parent import MEMORY_LIMIT
from asn_research.render.warm.spec import JUPYTER_PATH, KERNEL

_ENGINE = "asn-research"
# The path of a socket file may have 107 characters on Linux and 103 on macOS, including the name of the file.
_LONGEST_FOLDER = 80


@dataclass(frozen=True)
class Limits:
    """The limits of a report.

    Parameters
    ----------
    seconds : float
        Wall-clock time of the report.
    memory_mb : int
        Memory of its kernel, in MB.
    """

    seconds: float = 300.0
    memory_mb: int = 4096


class _KeepsFailed(NBClientEngine):  # type: ignore[misc]
    """Papermill's engine, changed to write the notebook once if it fails, not twice for every cell."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        """Run the notebook, and write it to the file `failed` if a cell fails."""
        failed = Path(kwargs.pop("failed"))
        is_whole = False
        try:
            result = super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
            is_whole = not nb_man.nb.metadata.papermill.get("exception")
            return result
        finally:
            if not is_whole:
                write_ipynb(nb_man.nb, str(failed))


@dataclass
class KernelUsage:
    """The memory that a kernel used, which is known at its end, and its executed notebook."""

    peak_mb: float | None = None
    notebook: Any = None


papermill_engines.register(_ENGINE, _KeepsFailed)


def run_notebook(
    template: Path,
    parameters: Mapping[str, Any],
    folder: Path,
    executed: Path,
    limits: Limits,
    usage: KernelUsage,
) -> Any:
    """Run a template in a kernel of its own, and return the notebook with its outputs.

    Parameters
    ----------
    template : Path
        The notebook to run.
    parameters : mapping of str to object
        What papermill writes into its cell of parameters.
    folder : Path
        The private folder in which the kernel runs.
    executed : Path
        Where the notebook is written if a cell fails.
    limits : Limits
        Time and memory.
    usage : KernelUsage
        Receives the memory that the kernel used.
    """
    with _sockets(folder) as sockets:
        return pm.execute_notebook(
            str(template),
            None,
            parameters=parameters,
            kernel_name=KERNEL,
            engine_name=_ENGINE,
            failed=str(executed),
            progress_bar=False,
            cwd=str(folder),
            execution_timeout=int(limits.seconds) or 1,
            # What a cell shows may arrive after its end, on a busy machine by more than nbclient's four seconds.
            iopub_timeout=int(limits.seconds) or 1,
            # The executed notebook already holds all results, so the kernel need not shut down cleanly.
            shutdown_kernel="immediate",
            kernel_manager_class=_manager(folder, sockets, limits, usage),
        )


@contextmanager
def _sockets(folder: Path) -> Iterator[Path]:
    """Provide a folder for the socket files of a kernel, with a path short enough for sockets."""
    place = folder.resolve() / "k"
    if len(str(place)) <= _LONGEST_FOLDER:
        place.mkdir()
        yield place
        return
    short = Path(tempfile.mkdtemp(prefix="asn-"))
    try:
        yield short
    finally:
        shutil.rmtree(short, ignore_errors=True)


def _manager(folder: Path, sockets: Path, limits: Limits, usage: KernelUsage) -> type[AsyncKernelManager]:
    """Return a kernel manager class whose kernel runs in the job's folder and communicates over socket files.

    Socket files are used because the ports of parallel runs can collide.
    """
    _let_jupyter_find_the_kernel()
    # One thread per kernel: reports run in parallel, and results are then the same in every kind of kernel.
    usual = {"OPENBLAS_NUM_THREADS": "1"}
    env = {
        "IPYTHONDIR": str(folder.resolve() / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(sockets),
        MEMORY_LIMIT: str(limits.memory_mb or ""),
    }

    class Manager(AsyncKernelManager):
        def _transport_default(self) -> str:
            return transport()

        def _transport_encryption_default(self) -> str:
            return "auto" if transport() == "tcp" and zmq.has("curve") else "disabled"

        @property
        def ipykernel(self) -> bool:
            # With True, nbclient tells the kernel not to write a history file.
            return True

        def _connection_file_default(self) -> str:
            return str(sockets / "k.json")

        async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
            kwargs["env"] = {**usual, **without_keys(kwargs.get("env") or os.environ), **env}
            return await super()._async_pre_start_kernel(**kwargs)

        async def _async_post_start_kernel(self, **kwargs: Any) -> None:
            await super()._async_post_start_kernel(**kwargs)
            if getattr(self.provisioner, "forked", None) is None:
                limit_memory(getattr(self.provisioner, "pid", None), limits.memory_mb)

        post_start_kernel = _async_post_start_kernel

        async def _async_shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
            if getattr(self.provisioner, "forked", None) is None:
                usage.peak_mb = peak_mb(getattr(self.provisioner, "pid", None))
            await super()._async_shutdown_kernel(now, restart)

        shutdown_kernel = _async_shutdown_kernel

        async def _async_cleanup_resources(self, restart: bool = False) -> None:
            process = getattr(self.provisioner, "forked", None)
            if process is not None:
                usage.peak_mb = process.peak_mb
            await super()._async_cleanup_resources(restart)

        cleanup_resources = _async_cleanup_resources

    return Manager


def transport() -> str:
    """Return the transport to kernels: ``ipc`` (socket files), or ``tcp`` (ports) where there are no socket files."""
    return "ipc" if os.name == "posix" and zmq.has("ipc") else "tcp"


def limit_memory(pid: int | None, memory_mb: int) -> None:
    """Limit the memory of a running process (Linux only)."""
    if sys.platform == "linux" and pid is not None:
        import resource  # noqa: PLC0415 (Unix only)

        # The limit is on data, not on address space, because shared libraries are mapped even if unused.
        with suppress(OSError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (memory_mb * 2**20, memory_mb * 2**20))


def peak_mb(pid: int | None) -> float | None:
    """Return the largest resident memory of a running process in MB; None if the system does not report it."""
    with suppress(OSError, psutil.Error):
        if sys.platform == "win32" and pid is not None:
            return float(psutil.Process(pid).memory_info().peak_wset) / 2**20
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
        return int(found.group(1)) / 2**10 if found else None
    return None


def _let_jupyter_find_the_kernel() -> None:
    known = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
    if str(JUPYTER_PATH) not in known:
        os.environ["JUPYTER_PATH"] = os.pathsep.join([*filter(None, known), str(JUPYTER_PATH)])
