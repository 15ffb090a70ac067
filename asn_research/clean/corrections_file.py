"""Corrections of raw data by a person, each with a reason and a guard that fails if the data have changed.

``corrections.yaml`` in the raw folder contains a list::

    corrections:
      - source: appraisals
        where: {file: "ekinerja/*2026*.xlsx", unit_id: Dinas Perhubungan, results_rating: Sesuai}
        set: {results_rating: Di Atas Ekspektasi}
        expect: {n_rows: 1}          # may also give the present value: {results_rating: Sesuai}
        reason: Surat BKPSDM 800/112/2026
      - source: service_log
        where: {row_id: kdmbqrst-bcdfghjklmnpqrst}
        exclude: true
        reason: Permohonan uji coba aplikasi

``where`` gives codebook columns with the text in the raw file; case, blanks and punctuation are ignored. It
may also give `file` (a pattern), `sheet`, `row` and `row_id` (``asn-research where KEY`` shows the row with
that key).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unicodedata import category

from pydantic import Field, field_validator, model_validator

from asn_research.errors import RawDataError, RuleError
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.loading import FrozenModel, load_model, read_yaml
from asn_research.rules.words import worded
from asn_research.storage import digest_of

FILE = "corrections.yaml"
_PLACES = ("file", "sheet", "row", "row_id")
_PREFIX = "correction_"


class Correction(FrozenModel):
    """One correction. `expect` is its guard: the expected present values and the number of rows."""

    number: int
    source: str
    where: dict[str, str]
    set: dict[str, str] = Field(default_factory=dict)
    exclude: bool = False
    expect: dict[str, str] = Field(default_factory=dict)
    reason: str = Field(min_length=3)

    @field_validator("where", "set", "expect", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        nested = [str(k) for k, v in value.items() if isinstance(v, dict | list)]
        if nested:
            msg = f"`{nested[0]}` must be one text or number, not a list"
            raise ValueError(msg)
        return {str(k): "" if v is None else str(v) for k, v in value.items()}

    @field_validator("reason", mode="before")
    @classmethod
    def _on_one_line(cls, value: Any) -> Any:
        """Write a reason on one line, without signs that nobody sees: some turn the direction of what stands behind them."""
        if not isinstance(value, str):
            return value
        return " ".join(
            "".join(" " if category(c) == "Cc" else c for c in value if category(c) != "Cf").split()
        )

    @model_validator(mode="after")
    def _is_whole(self) -> Correction:
        if self.source not in SOURCES:
            msg = f"`source`: '{self.source}' is no source; known are {', '.join(SOURCES)}"
            raise ValueError(msg)
        if not self.where:
            msg = "`where`: say which rows; a correction of all rows is none"
            raise ValueError(msg)
        if bool(self.set) == self.exclude:
            msg = "say either what to `set`, or `exclude: true`"
            raise ValueError(msg)
        known = load_codebook(self.source).by_name
        unknown = [c for c in (*self.where, *self.expect) if c not in known and c not in (*_PLACES, "n_rows")]
        unknown += [c for c in self.set if c not in known]
        if unknown:
            msg = f"{self.source} has no column {', '.join(unknown)}; known are {', '.join(known)}"
            raise ValueError(msg)
        return self

    @property
    def reason_code(self) -> str:
        """The reason code of this correction in the records of cleaning."""
        return f"{_PREFIX}{self.number}"


def load_corrections(folder: Path) -> tuple[Correction, ...]:
    """Load the corrections of a raw folder; empty if there is no such file.

    Raises
    ------
    RawDataError
        If a correction is incomplete, or names a source or column that does not exist.
    """
    path = folder / FILE
    if not path.is_file():
        return ()
    try:
        rows = read_yaml(path, as_text=True).get("corrections")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise worded(RawDataError, "error_correction_list", file=FILE)
        return tuple(
            load_model(Correction, {**row, "number": number}, f"{FILE}, entry {number}")
            for number, row in enumerate(rows, start=1)
        )
    except RuleError as error:
        raise RawDataError(str(error)) from None


def corrections_digest(corrections: Sequence[Correction]) -> str:
    """Return a digest of the corrections, for a cache key: with other corrections, files are read again."""
    text = "\n".join(c.model_dump_json() for c in corrections)
    return digest_of(text)
