"""The formats that reports are written in, as `rules/formats.csv` lists them with what their links say."""

from __future__ import annotations

from asn_research.rules.loading import RULES, FrozenModel, read_rows


class _Format(FrozenModel):
    format: str
    label_indonesian: str
    label_english: str


#: Each has its writer in `EDITIONS`.
FORMATS = tuple(row.format for _, row in read_rows(_Format, RULES / "formats.csv"))
