"""How many cores this process may use, and whether it may fork.

Kernels and branches of measuring are forked from a process that has loaded the libraries. Both ask here, so that one
environment variable decides for both.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

#: Environment variable: ``0`` starts processes without forking, ``1`` forks them also on macOS, where it is unsafe.
SWITCH = "WARM_KERNELS"


def n_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork(env: Mapping[str, str] | None = None) -> bool:
    """Whether processes are forked: the system can fork, and the environment variable allows it.

    On macOS the libraries of the system may not be used after a fork, so processes are forked there only with 1.

    Parameters
    ----------
    env : mapping of str to str, optional
        The environment with the variable; by default that of this process.

    Raises
    ------
    ValueError
        If the variable is neither 0 nor 1.

    Examples
    --------
    >>> can_fork({"WARM_KERNELS": "0"})
    False
    """
    choice = (os.environ if env is None else env).get(SWITCH, "").strip()
    if choice not in {"", "0", "1"}:
        msg = f"{SWITCH} is '{choice}'; set it to 0 (start processes the ordinary way) or 1 (fork them), or leave it out."
        raise ValueError(msg)
    return hasattr(os, "fork") and choice != "0" and (sys.platform != "darwin" or choice == "1")
