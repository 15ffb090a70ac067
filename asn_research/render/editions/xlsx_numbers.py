"""Which printed cells are numbers in Excel, and the format that shows them as they are printed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from asn_research.show.blocks import Cell


@dataclass(frozen=True)
class ExcelNumber:
    """A number and the Excel format that prints it as the report does."""

    value: float
    format: str


_PRINTED = re.compile(r"(?P<sign>[+−-]?)(?P<digits>\d[\d.,]*)(?P<suffix>[^\d]*)")
_MARKS = {"id": (".", ","), "en": (",", ".")}


def as_number(cell: Cell, language: str) -> ExcelNumber | None:
    """Return a cell's printed number with the format of its text, or None if it must stay text.

    A workbook holds the digits that the page prints and no more: further ones can tell of a single person.

    Parameters
    ----------
    cell : Cell
        The cell.
    language : str
        Whose thousands and decimal marks its text uses.

    Returns
    -------
    ExcelNumber or None
        None if there is no number, or the text prints another one (an interval, a hidden value).

    Examples
    --------
    >>> as_number(Cell("80,3%", 80.25), "id")
    ExcelNumber(value=80.3, format='#,##0.0"%"')
    """
    if cell.value is None or not math.isfinite(cell.value):
        return None
    found = _PRINTED.fullmatch(cell.text.strip())
    if found is None:
        return None
    thousands, decimal = _MARKS[language]
    whole, _, fraction = found["digits"].partition(decimal)
    printed = float(whole.replace(thousands, "") + "." + (fraction or "0"))
    printed = -printed if found["sign"] in ("−", "-") else printed
    # The text decides what may be read: a number that it does not print stays unsaid.
    if abs(printed - cell.value) > 0.5000001 * 10 ** -len(fraction):
        return None
    groups = thousands in whole or len(whole) < 4
    return ExcelNumber(printed, _format(len(fraction), found["suffix"], found["sign"] == "+", groups))


def _format(decimals: int, suffix: str, signed: bool, groups: bool) -> str:
    """Return an Excel format; its marks are always those of English, whatever Excel shows."""
    digits = ("#,##0" if groups else "0") + ("." + "0" * decimals if decimals else "")
    body = digits + ('"' + suffix.replace('"', "") + '"' if suffix else "")
    return f"+{body};-{body};{body}" if signed else body
