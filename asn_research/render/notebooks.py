"""Says where the notebooks are: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from asn_research.errors import RenderError

_PACKAGE = Path(__file__).parents[1]


@cache
def notebooks_folder() -> Path:
    """Return the folder with the study notebooks, their data and the reports' templates.

    Raises
    ------
    RenderError
        If neither place holds them.
    """
    for place in (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks"):
        if (place / "templates" / "dinas_public.ipynb").is_file():
            return place
    msg = "The package's notebooks are missing; install asn-research again: pip install --force-reinstall."
    raise RenderError(msg)


def templates_folder() -> Path:
    """Return the folder with the templates that papermill runs for reports."""
    return notebooks_folder() / "templates"
