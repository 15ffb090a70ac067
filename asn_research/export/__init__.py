"""Tables for papers and theses: laid out as text once, written as text, Markdown, LaTeX, HTML or Word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn_research.lazy import lazy_names

if TYPE_CHECKING:
    from asn_research.export.figures import Figures
    from asn_research.export.table_grid import Grid
    from asn_research.export.word import Heading, Picture, Text, write_word

__all__ = [
    "Figures",
    "Grid",
    "Heading",
    "Picture",
    "Text",
    "write_word",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Figures": "asn_research.export.figures",
        "Grid": "asn_research.export.table_grid",
        "Heading": "asn_research.export.word",
        "Picture": "asn_research.export.word",
        "Text": "asn_research.export.word",
        "write_word": "asn_research.export.word",
    },
)
