"""What a fork runs to be a kernel: ipykernel, as its launcher runs it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

# ipykernel asks for its debugger at every start: half of the start, unless it is there.
import ipykernel.debugger  # noqa: F401
from ipykernel.kernelapp import IPKernelApp

_NOTED = "KMP_DUPLICATE_LIB_OK"
_is_noted = _NOTED in os.environ
from threadpoolctl import threadpool_limits  # noqa: E402 (it sets a variable that no notebook should see)

if not _is_noted:
    os.environ.pop(_NOTED, None)

_LAUNCHER = "ipykernel_launcher"
# Read by numeric libraries when they are loaded, the first that is set.
_THREADS = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")


def run(argv: list[str]) -> None:
    """Run an ipykernel with a launcher's arguments."""
    launcher = find_spec(_LAUNCHER)
    sys.argv = [str(launcher.origin if launcher else _LAUNCHER), *argv]
    sys.orig_argv = [sys.executable, "-m", _LAUNCHER, *argv]
    _use_settings_of_the_folder()
    _use_as_many_threads_as_usual()
    # The class read its parent from the environment when it was imported.
    IPKernelApp.launch_instance(argv=[*argv, f"--IPKernelApp.parent_handle={os.getppid()}"])


def _use_settings_of_the_folder() -> None:
    """Read the ``matplotlibrc`` of the kernel's folder, which the parent could not know."""
    mpl = sys.modules.get("matplotlib")
    if mpl is not None and os.path.dirname(os.path.abspath(mpl.matplotlib_fname())) == os.getcwd():
        settings = mpl.rc_params()
        mpl.rcParams.update({name: value for name, value in settings.items() if name != "backend"})


def _use_as_many_threads_as_usual() -> None:
    """Let linear algebra use the threads that it would have chosen, had it been loaded here.

    The parent's has one, since a fork keeps no threads.
    """
    wanted = next((os.environ[name] for name in _THREADS if os.environ.get(name, "").isdigit()), "")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threadpool_limits(int(wanted) or cores if wanted else cores, user_api="blas")
