"""What the editions that hold a part of a report are made of: worksheet, publication, slides, covering letter."""

from __future__ import annotations

from asn_research.show.blocks import Blocks
from asn_research.show.data import ReportData
from asn_research.show.publication import publication
from asn_research.show.sections.covering_letter import covering_letter
from asn_research.show.slides import slides
from asn_research.show.worksheet import worksheet


def digests(data: ReportData) -> Blocks:
    """Return the blocks from which the worksheet, the publication, the slides and the covering letter are made.

    The editions that hold the report whole do not print it.
    """
    parts = (worksheet(data), publication(data), slides(data), covering_letter(data))
    return Blocks(tuple(item for part in parts for item in part.items))
