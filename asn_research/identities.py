"""Numbers of people in a text: NIP and NIK, told by their form alone."""

from __future__ import annotations

import re
from datetime import date

# Not inside a longer run, a decimal fraction or a hexadecimal digest.
_IDENTITY = re.compile(r"(?<![\w.,])(?:\d{18}|\d{16})(?!\w|[.,]\d)")
_SPACED_NIP = re.compile(r"(?<!\d)\d{8} \d{6} [12] \d{3}(?!\d)")
# Drawings are numbers by nature; what they show is in the blocks' text.
_DRAWING = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")
# Any run as long as a number of a person, and the usual ways to write one in groups.
_LONG = re.compile(r"\d{15,}")
_BETWEEN = r"[\s./_'-]{1,3}"
_GROUPED = re.compile(
    rf"(?<!\d)(?:\d{{8}}{_BETWEEN}\d{{6}}{_BETWEEN}\d{_BETWEEN}\d{{3}}"
    rf"|\d{{6}}{_BETWEEN}\d{{6}}{_BETWEEN}\d{{4}}|(?:\d{{4}}{_BETWEEN}){{3}}\d{{4}})(?!\d)"
)


def find_identities(text: str) -> list[str]:
    """Return what looks like a NIP or NIK in a text, as kinds and not as digits.

    Parameters
    ----------
    text : str
        Any text; drawings inside it are passed over.

    Returns
    -------
    list of str
        ``"NIP"`` or ``"NIK"`` for each find.

    Examples
    --------
    >>> find_identities("NIP 198609262015051001")
    ['NIP']
    """
    plain = _DRAWING.sub("", text)
    finds = ["NIP" for _ in _SPACED_NIP.finditer(plain)]
    for found in _IDENTITY.finditer(plain):
        digits = found.group()
        if len(digits) == 18 and _is_day(digits[:8]) and digits[14] in "12":
            finds.append("NIP")
        elif len(digits) == 16 and _is_nik(digits):
            finds.append("NIK")
    return finds


def may_hold_identity(text: str) -> bool:
    """Whether a text could hold a number of a person, however it is written.

    Stricter than `find_identities`: for texts in which nobody would miss a long number.

    Parameters
    ----------
    text : str
        Any text.

    Examples
    --------
    >>> may_hold_identity("SKP_198609262015051001.xlsx")
    True
    >>> may_hold_identity("5,200 rows in 3 files")
    False
    """
    grouped = (re.sub(r"\D", "", found.group()) for found in _GROUPED.finditer(text))
    return bool(
        _LONG.search(text)
        or any(_is_nik(digits) if len(digits) == 16 else _is_day(digits[:8]) for digits in grouped)
    )


def _is_day(digits: str) -> bool:
    try:
        return 1930 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year <= 2015
    except ValueError:
        return False


def _is_nik(digits: str) -> bool:
    day, month = int(digits[6:8]), int(digits[8:10])
    return 1 <= day % 40 <= 31 and 1 <= month <= 12 and digits[:2] >= "11"
