"""The editions of a report, one a format, from the same blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from asn_research.errors import RequestError
from asn_research.given import HouseStyle
from asn_research.render.editions.docx import write_docx
from asn_research.render.editions.html import REPORT_CSS, write_html
from asn_research.render.editions.layout import Report, open_report
from asn_research.render.editions.letter_docx import write_letter
from asn_research.render.editions.pdf import write_pdf
from asn_research.render.editions.publication_pdf import write_publication, write_publication_picture
from asn_research.render.editions.slides_pptx import write_slides
from asn_research.render.editions.worksheet_xlsx import write_worksheet
from asn_research.render.editions.xlsx import write_xlsx
from asn_research.show.blocks import Block

__all__ = ["EDITIONS", "REPORT_CSS", "write_edition"]

#: How each of `FORMATS` is written: a function of the report, the path and the date it bears. The imports stand
#: here in full, since what a report is made from is read from them.
EDITIONS: dict[str, Callable[[Report, Path, date], None]] = {
    "html": write_html,
    "pdf": write_pdf,
    "docx": write_docx,
    "xlsx": write_xlsx,
    "lembar-kerja": write_worksheet,
    "publikasi": write_publication,
    "publikasi-png": write_publication_picture,
    "paparan": write_slides,
    "pengantar": write_letter,
}


def write_edition(
    fmt: str,
    blocks: Sequence[Block],
    path: Path,
    *,
    created: date,
    style: HouseStyle | None = None,
    ways: Sequence[tuple[str, str]] = (),
) -> None:
    """Write one edition of a report.

    Parameters
    ----------
    fmt : str
        A key of `EDITIONS`.
    blocks : sequence of Block
        The report in reading order; the first is its cover.
    path : Path
        Where to write. The caller sees to it that nobody reads a half-written file.
    created : date
        The date the file bears, so that the same report gives the same bytes.
    style : HouseStyle, optional
        How the city's papers look.
    ways : sequence of (str, str)
        Each format of the report with its file, to which the web page links; the list of reports has an empty format.

    Raises
    ------
    RequestError
        If there is no such edition.
    RenderError
        If the blocks are no report, or the edition cannot be made from them.
    """
    if fmt not in EDITIONS:
        msg = f"There is no edition '{fmt}'; choose from {', '.join(EDITIONS)}."
        raise RequestError(msg)
    EDITIONS[fmt](open_report(blocks, style, ways), path, created)
