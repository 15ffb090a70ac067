"""What the editions that hold a part of a report are made of: worksheet, publication, slides."""

from __future__ import annotations

from asn_research.show.blocks import Blocks
from asn_research.show.data import ReportData
from asn_research.show.publication import publication
from asn_research.show.slides import slides
from asn_research.show.worksheet import worksheet


def digests(data: ReportData) -> Blocks:
    """Return what the worksheet, the publication and the slides are made of.

    The editions that hold the report whole do not print it.
    """
    return Blocks((*worksheet(data).items, *publication(data).items, *slides(data).items))
