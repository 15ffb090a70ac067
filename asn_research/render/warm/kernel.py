"""What a fork runs to be a kernel: ipykernel, as its launcher runs it."""

from __future__ import annotations

import os
import sys

# ipykernel asks for its debugger at every start: half of the start, unless it is there.
import ipykernel.debugger  # noqa: F401
from ipykernel.kernelapp import IPKernelApp


def run(argv: list[str]) -> None:
    """Run an ipykernel with a launcher's arguments."""
    # As the launcher does: the folder of the program is no place to import from.
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    # The class read its parent from the environment when it was imported.
    IPKernelApp.launch_instance(argv=[*argv, f"--IPKernelApp.parent_handle={os.getppid()}"])
