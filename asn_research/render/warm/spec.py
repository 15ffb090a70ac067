"""The kernelspec of this package and its path. This module does not import Jupyter, so it loads fast."""

from __future__ import annotations

import json
from pathlib import Path

#: The folder to add to the environment variable of the same name, so that Jupyter finds the kernelspec.
#: Installing the package also copies the kernelspec to the usual place.
JUPYTER_PATH = Path(__file__).parent
#: The name of the kernelspec.
KERNEL = "warm-python"
#: The module with the kernel itself, which every parent imports.
KERNEL_MODULE = "asn_research.render.warm.kernel"


def kernel_modules() -> tuple[str, ...]:
    """Return the modules that a parent imports for the kernelspec."""
    spec = json.loads((JUPYTER_PATH / "kernels" / KERNEL / "kernel.json").read_text(encoding="utf-8"))
    return (KERNEL_MODULE, *spec["metadata"]["kernel_provisioner"]["config"]["modules"])
