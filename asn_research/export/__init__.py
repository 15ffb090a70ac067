"""Tables for papers and theses: laid out as text once, written as text, Markdown, LaTeX, HTML or Word."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asn_research.export.figures import Figures
    from asn_research.export.grid import Grid
    from asn_research.export.word import Heading, Picture, Text, write_word

_HOMES = {
    "Figures": "figures",
    "Grid": "grid",
    "Heading": "word",
    "Picture": "word",
    "Text": "word",
    "write_word": "word",
}

__all__ = ["Figures", "Grid", "Heading", "Picture", "Text", "write_word"]


def __getattr__(name: str) -> Any:
    """Load what writes Word when it is first asked for; whoever fits a model may never need it."""
    if name not in _HOMES:
        msg = f"module 'asn_research.export' has no attribute '{name}'"
        raise AttributeError(msg)
    return getattr(import_module(f"asn_research.export.{_HOMES[name]}"), name)
