"""The kernelspec that comes with this package, and where it lies. Light: it imports no Jupyter."""

from __future__ import annotations

import json
from pathlib import Path

#: For the variable of this name; installing the package puts the kernelspec among the others too.
JUPYTER_PATH = Path(__file__).parent
#: The kernelspec's name.
KERNEL = "warm-python"
#: What every parent imports: the kernel itself.
KERNEL_MODULE = "asn_research.render.warm.kernel"


def kernel_modules() -> tuple[str, ...]:
    """Return what a parent imports for the kernelspec."""
    spec = json.loads((JUPYTER_PATH / "kernels" / KERNEL / "kernel.json").read_text(encoding="utf-8"))
    return (KERNEL_MODULE, *spec["metadata"]["kernel_provisioner"]["config"]["modules"])
