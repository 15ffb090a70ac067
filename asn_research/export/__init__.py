"""Tables for papers and theses: laid out as text once, written as text, Markdown, LaTeX, HTML or Word."""

from asn_research.export.figures import Figures
from asn_research.export.grid import Grid
from asn_research.export.word import Heading, Picture, Text, write_word

__all__ = ["Figures", "Grid", "Heading", "Picture", "Text", "write_word"]
