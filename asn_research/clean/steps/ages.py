"""Read the ages of respondents: ages in years are put into bands, and age bands of a form are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from asn_research.clean.parse.number_texts import BadCellError
from asn_research.clean.parse.values import coded, missing_reason, parse_cell
from asn_research.clean.working import Working

_YEARS = r"\s*(?:tahun|thn|th|years?)?\.?\s*"
_BETWEEN = re.compile(
    rf"(\d{{1,3}}){_YEARS}(?:-|–|—|s\s*[./]\s*d\.?|sd|sampai(?: dengan)?|hingga|to){_YEARS}(\d{{1,3}}){_YEARS}"
)
_ABOVE = re.compile(rf"(?:>|di\s*atas|lebih dari|lebih){_YEARS}(\d{{1,3}}){_YEARS}")
_FROM = re.compile(
    rf"(?:>=|≥|=>|minimal)\s*(\d{{1,3}}){_YEARS}|(\d{{1,3}}){_YEARS}(?:\+|ke\s*atas|tahun ke atas|lebih)"
)
_BELOW = re.compile(rf"(?:<|di\s*bawah|kurang dari){_YEARS}(\d{{1,3}}){_YEARS}")
_UP_TO = re.compile(rf"(?:<=|≤|=<|maksimal)\s*(\d{{1,3}}){_YEARS}|(\d{{1,3}}){_YEARS}ke\s*bawah")
_OLDEST = 120


@dataclass(frozen=True)
class Band:
    """An age band of a form, from the youngest to the oldest age, both included."""

    low: int
    high: int

    @property
    def label(self) -> str:
        """The text of the band: ``<17``, ``17-25``, ``56+``."""
        if self.low == 0:
            return f"<{self.high + 1}"
        return f"{self.low}+" if self.high == _OLDEST else f"{self.low}-{self.high}"


def parse_band(text: str) -> Band | None:
    """Return the age band that a text names; None if it names none.

    Examples
    --------
    >>> parse_band("> 45").label, parse_band("17 s.d. 25 tahun").label, parse_band("31") is None
    ('46+', '17-25', True)
    """
    plain = " ".join(text.casefold().split())
    if found := _BETWEEN.fullmatch(plain):
        low, high = int(found[1]), int(found[2])
        return Band(low, high) if 0 < low < high <= _OLDEST else None
    for form, side in ((_ABOVE, "above"), (_FROM, "from"), (_BELOW, "below"), (_UP_TO, "up_to")):
        if found := form.fullmatch(plain):
            age = int(next(group for group in found.groups() if group))
            return _one_sided(age, side) if 0 < age < _OLDEST else None
    return None


def _one_sided(age: int, side: str) -> Band:
    match side:
        case "above":
            return Band(age + 1, _OLDEST)
        case "from":
            return Band(age, _OLDEST)
        case "below":
            return Band(0, age - 1)
    return Band(0, age)


def read_ages(rows: Working, limits: Mapping[str, float]) -> Working:
    """Read the ages of respondents. An unreadable age becomes blank, and its row is still used.

    If the form has its own age bands, these are kept, and an age in years goes into the band that contains
    it. If not, ages go into the bands of ``limits``. The column `_age` holds the age, or the upper end of its
    band (the lower end of an open band); only the screening uses it.

    Parameters
    ----------
    rows : Working
        The rows.
    limits : mapping of str to float
        The lower limit of each band, in rising order.

    Returns
    -------
    Working
        The rows with the columns `age_band` and `_age`.
    """
    blank = np.zeros(len(rows), np.int32)
    if "age" not in rows.cells:
        return rows.with_values(age_band=coded([""], blank), _age=np.nan)
    cells, column = rows.cells["age"], rows.book["age"]
    bands = cells.each(lambda text, _: parse_band(text))
    labels, ages, is_bad, reasons = [], [], [], []
    asked = sorted({band for band in bands if band}, key=lambda band: (band.low, band.high))
    for text, kind, band in zip(cells.texts, cells.kinds, bands, strict=True):
        reason = missing_reason(text, column) or ""
        age = None
        if band is None and not reason:
            try:
                age = parse_cell(text, kind, column)
            except BadCellError:
                reason = "unreadable"
        labels.append(band.label if band else _label(age, limits, asked))
        ages.append(np.nan if band is None and age is None else float(_oldest(band) if band else age or 0))
        is_bad.append(reason == "unreadable" and not missing_reason(text, column))
        reasons.append(reason)
    mask = cells.spread(is_bad, dtype=bool) & rows.data
    rows = rows.mark(mask, "repair", "unreadable_made_blank", "age")
    for reason in sorted(set(reasons) - {""}):
        mask = cells.spread([one == reason for one in reasons], dtype=bool) & rows.data
        rows = rows.mark(mask, "missing", reason, "age")
    return rows.with_values(age_band=coded(labels, cells.codes), _age=cells.spread(ages, dtype=float))


def _oldest(band: Band) -> int:
    return band.low if band.high == _OLDEST else band.high


def _label(age: int | None, limits: Mapping[str, float], asked: list[Band]) -> str:
    if age is None:
        return ""
    holding = [band for band in asked if band.low <= age <= band.high]
    if asked:
        return holding[0].label if len(holding) == 1 else ""
    fitting = [name for name, low in limits.items() if age >= low]
    return fitting[-1] if fitting else ""
