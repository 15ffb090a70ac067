"""The code that a fork runs to become a kernel: ipykernel, started as its own launcher starts it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

# ipykernel imports its debugger at each start, which is half of the starting time; here it is imported before.
import ipykernel.debugger  # noqa: F401
from ipykernel.kernelapp import IPKernelApp

from asn_research.forking import n_cores

_NOTED = "KMP_DUPLICATE_LIB_OK"
_is_noted = _NOTED in os.environ
from threadpoolctl import threadpool_limits  # noqa: E402 (it sets an environment variable, which is removed below)

if not _is_noted:
    os.environ.pop(_NOTED, None)

_LAUNCHER = "ipykernel_launcher"
# Environment variables for the number of threads; numeric libraries use the first one that is set.
_THREADS = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")


def run(argv: list[str]) -> None:
    """Run an ipykernel with the arguments of its launcher."""
    launcher = find_spec(_LAUNCHER)
    sys.argv = [str(launcher.origin if launcher else _LAUNCHER), *argv]
    sys.orig_argv = [sys.executable, "-m", _LAUNCHER, *argv]
    _use_settings_of_the_folder()
    _use_as_many_threads_as_usual()
    # The class has read its parent process from the environment at import, so the right one is passed here.
    IPKernelApp.launch_instance(argv=[*argv, f"--IPKernelApp.parent_handle={os.getppid()}"])


def _use_settings_of_the_folder() -> None:
    """Read the ``matplotlibrc`` of the kernel's folder, which did not exist for the parent."""
    mpl = sys.modules.get("matplotlib")
    if mpl is not None and os.path.dirname(os.path.abspath(mpl.matplotlib_fname())) == os.getcwd():
        settings = mpl.rc_params()
        mpl.rcParams.update({name: value for name, value in settings.items() if name != "backend"})


def _use_as_many_threads_as_usual() -> None:
    """Set the number of threads of linear algebra to its usual value.

    The parent uses one thread, because threads do not survive a fork.
    """
    wanted = next((os.environ[name] for name in _THREADS if os.environ.get(name, "").isdigit()), "")
    cores = n_cores()
    threadpool_limits(int(wanted) or cores if wanted else cores, user_api="blas")
