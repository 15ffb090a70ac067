"""Find personal identifiers in a text: NIP, NIK, telephone, e-mail address, number plate.

Cleaning and scanning use the same normaliser, so both recognise the same numbers: digits of every script
become 0 to 9, invisible characters are removed, and letters that look like Latin letters become Latin. A
number is then recognised by its form alone: it contains a birth date, a sex or the code of a province.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from itertools import accumulate

NIP_DIGITS, NIK_DIGITS = 18, 16
#: Digits of a NIP that a spreadsheet keeps when it takes the NIP for a number.
_CUT_NIP_DIGITS = 15
#: Letters of other scripts that look like Latin ones, and the letters they look like.
_LOOKALIKES = str.maketrans(
    "АВЕЅКМНОРСТХІЈУЗаеѕкорсухіјԁԛԝһɑɡıΑΒΕΖΗΙΚΜΝΟΡΤΥΧοινρυα",
    "ABESKMHOPCTXIJY3aeskopcyxijdqwhagiABEZHIKMNOPTYXoivpua",
)
#: Dashes, apostrophes and separators of other scripts.
_MARKS = str.maketrans({**dict.fromkeys("‐‑‒–—―−﹣", "-"), **dict.fromkeys("’‘`´ʼ′", "'"), **dict.fromkeys("·•∙⋅・", "."), **dict.fromkeys("⁄∕", "/"), "‚": ","})  # fmt: skip
#: Letters that look like a digit; they are replaced only among digits.
_AS_DIGITS = str.maketrans("OoIl|", "00111")
_MIXED = re.compile(r"(?<![A-Za-z0-9])[0-9OoIl|]{4,}(?![A-Za-z])")
#: Further letters that look like a digit, in runs as long as a NIP or NIK and of hardly anything but digits.
_LONG_AS_DIGITS = str.maketrans("OoIl|SBZ", "00111582")
_LONG_MIXED = re.compile(r"(?<![A-Za-z0-9])[0-9OoIl|SBZ]{16,18}(?![A-Za-z0-9])")
_MOST_LETTERS = 4
#: Separators and the sign of an e-mail address, as addresses of pages write them.
_ESCAPED = re.compile(r"%(20|2[BDEFbdef]|5[Ff]|40)")

# Embedded images hold digits by chance. The text that they show is checked in the report's blocks.
_DATA = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]+")
_BETWEEN = r"[\s.,/_'\"():;*~^#|\\+=&<>\[\]{}!?→-]{1,5}"
_RUN = re.compile(rf"\d+(?:{_BETWEEN}\d+)+|\d{{9,}}")
_SINGLE = re.compile(r"(?<!\d)(?:\d[ .\-_/*|']{1,3}){9,}\d(?!\d)")
_FRACTION = re.compile(r"(?<!\d)\d{1,3}[.,]\d{7,}(?:[eE][-+]?\d+)?")
_GROUP = re.compile(r"\d+")
#: A NIK that a spreadsheet writes as an amount; the sign between its groups is one and the same.
_AS_AMOUNT = re.compile(r"(?<![\d.,])\d([.,])\d{3}(?:\1\d{3}){4}(?![.,]?\d)")
_MAIL = re.compile(
    r"[A-Za-z0-9][\w.+-]*\s?(?:@|[\[(]\s?at\s?[\])])\s?[A-Za-z0-9-]+(?:\s?(?:\.|[\[(]\s?(?:dot|titik)\s?[\])])\s?[A-Za-z0-9-]+)*"
    r"\s?(?:\.|[\[(]\s?(?:dot|titik)\s?[\])])\s?[A-Za-z]{2,}"
    r"|[A-Za-z0-9][\w.+-]*\s(?:at|AT)\s[A-Za-z0-9-]+(?:\s(?:dot|DOT|titik|TITIK)\s[A-Za-z]{2,})+"
)
#: Area codes of Indonesian number plates that have two letters.
_PLATE_AREAS = (
    "AA|AB|AD|AE|AG|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DP|DR|DS|DT|DW|EA|EB|ED|KB|KH"
    "|KT|KU|PA|PB|PG|PS"
)
_PLATE = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?:(?:{_PLATE_AREAS})[ ._-]{{0,2}}[1-9]\d{{0,3}}|[ABDEFGHKLMNPRSTWZ][ ._-]{{0,2}}[1-9]\d{{3}})"
    r"[ ._-]{0,2}[A-Z]{2,3}|[Kk][Bb][ ._-]{0,2}[1-9]\d{1,3}[ ._-]{0,2}[A-Za-z]{1,2})(?![A-Za-z0-9])"
)
#: The digit that follows 08 in a mobile telephone number.
_CARRIED = "1235789"
#: Area code and number of a fixed telephone line. The number after the area code begins with 2 to 9.
#: Decimals of a number and digits of a hexadecimal digest do not match.
_FIXED_LINE = re.compile(
    r"(?<![\da-f])(?<!\d[.,])0(?:21|22|24|31|61|[2-79]\d{2})[\s()./-]{0,4}([2-9]\d{1,3}(?:[ .-]?\d{2,4}){1,2})(?![\da-f])"
)
_FIXED_LINE_DIGITS = range(5, 9)
#: Sizes of the groups in which people write the 16 digits of a NIK.
_NIK_GROUPS = {
    (4, 4, 4, 4), (6, 6, 4), (2, 2, 2, 6, 4), (6, 2, 2, 2, 4), (2, 2, 2, 2, 2, 2, 4), (8, 8), (12, 4), (6, 10), (4, 12),
    (10, 6),
}  # fmt: skip
#: First two digits of a NIK: the province.
_PROVINCES = frozenset(
    [
        *range(11, 20),
        21,
        *range(31, 37),
        *range(51, 54),
        *range(61, 66),
        *range(71, 77),
        81,
        82,
        *range(91, 98),
    ]
)


def plain_text(text: str) -> str:
    r"""Normalise a text: plain digits, Latin letters, no invisible characters.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Digits of every script as 0 to 9, lookalikes as Latin letters, without invisible characters.

    Examples
    --------
    >>> plain_text("１９٧٧\u200b10")
    '197710'
    """
    if text.isascii():
        return text
    shown = unicodedata.normalize("NFKD", text).translate(_LOOKALIKES).translate(_MARKS)
    return shown.translate({ord(sign): _plain_sign(sign) for sign in set(shown) if not sign.isascii()})


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    # Not `decimal`, which knows no digits in black circles.
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(sign)
    if kind in {"Cf", "Mn", "Me"} or sign in "\u115f\u1160\u3164\u2800":
        return ""
    return " " if kind in {"Zs", "Zl", "Zp"} else sign


def find_identities(text: str) -> list[str]:
    """Return the kinds of the personal identifiers in a text, never their values.

    Parameters
    ----------
    text : str
        Any text; embedded images are ignored.

    Returns
    -------
    list of str
        ``"NIP"``, ``"NIK"``, ``"telephone"``, ``"e-mail"`` or ``"number plate"`` for each identifier found.

    Examples
    --------
    >>> find_identities("NIP 19860926.201505.1.001")
    ['NIP']
    >>> find_identities("5.200 baris dalam 3 berkas, 2026-09-30")
    []
    """
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), plain_text(_DATA.sub("", text)))
    finds = ["e-mail" for _ in _MAIL.finditer(plain)] + ["number plate" for _ in _PLATE.finditer(plain)]
    numbers = _LONG_MIXED.sub(_with_more_digits, _MIXED.sub(_with_digits, plain))
    numbers = _AS_AMOUNT.sub(lambda found: _joined_if_nik(found.group()), numbers)
    numbers = _FRACTION.sub(_without_fraction, numbers)
    for run in _RUN.finditer(numbers):
        finds += _numbers_in([found.group() for found in _GROUP.finditer(run.group())])
        if run.group().startswith("62") and run.start() and numbers[run.start() - 1] == "+":
            finds += _abroad([found.group() for found in _GROUP.finditer(run.group())])
    finds += _fixed_lines(numbers)
    for run in _SINGLE.finditer(numbers):
        finds += _numbers_in(["".join(_GROUP.findall(run.group()))])
    return finds


def _with_digits(found: re.Match[str]) -> str:
    mixed = found.group()
    return mixed.translate(_AS_DIGITS) if 2 * sum(c.isdigit() for c in mixed) >= len(mixed) else mixed


def _with_more_digits(found: re.Match[str]) -> str:
    mixed = found.group()
    is_number = (
        len(mixed) in (NIK_DIGITS, NIP_DIGITS) and sum(not c.isdigit() for c in mixed) <= _MOST_LETTERS
    )
    return mixed.translate(_LONG_AS_DIGITS) if is_number else mixed


def _joined_if_nik(amount: str) -> str:
    digits = re.sub(r"[.,]", "", amount)
    return digits if is_nik(digits) else amount


def _without_fraction(found: re.Match[str]) -> str:
    """Remove a decimal number, unless it is a NIP or NIK that a spreadsheet has turned into a number."""
    whole, _, power = found.group().lower().partition("e")
    digits = re.sub(r"[.,]", "", whole)
    if power.removeprefix("+") == str(NIK_DIGITS - 1) and is_nik(digits):
        return digits
    is_person = is_nip(digits) or (power and _is_cut_nip(digits[:_CUT_NIP_DIGITS]))
    return found.group() if is_person else " "


def _numbers_in(groups: list[str]) -> list[str]:
    """Return the kinds of the personal numbers that groups of digits form, alone or joined with neighbours."""
    finds = []
    for start, first in enumerate(groups):
        if len(first) > NIP_DIGITS:
            finds += ["NIP"] if _holds_nip(first) else []
            continue
        joined = ""
        for end in range(start, len(groups)):
            joined += groups[end]
            if len(joined) > NIP_DIGITS:
                break
            kind = _kind_of(joined, tuple(len(group) for group in groups[start : end + 1]))
            if kind:
                finds.append(kind)
                break
    return finds + _telephones(groups)


def _holds_nip(digits: str) -> bool:
    """Whether a run of more than 18 digits contains a NIP."""
    return any(is_nip(digits[at : at + NIP_DIGITS]) for at in range(len(digits) - NIP_DIGITS + 1))


def _kind_of(digits: str, sizes: tuple[int, ...]) -> str:
    if len(digits) == NIP_DIGITS and _is_like_nip(digits):
        return "NIP"
    if len(digits) == _CUT_NIP_DIGITS and _is_cut_nip(digits):
        return "NIP"
    if len(digits) == NIK_DIGITS and (len(sizes) == 1 or sizes in _NIK_GROUPS) and is_nik(digits):
        return "NIK"
    return ""


def _telephones(groups: list[str]) -> list[str]:
    """Return one entry for each mobile telephone number in neighbouring groups of digits.

    The first group of a number has at least four digits, and begins with 08 (or 628) and a known digit.
    """
    finds = []
    for start, first in enumerate(groups):
        digits = re.sub(r"^(?:00)?628", "08", first)
        if len(digits) < 4 or not (digits.startswith("08") and digits[2] in _CARRIED):
            continue
        for group in groups[start + 1 :]:
            if len(digits) >= 10 or len(group) < 2:
                break
            digits += group
        if 10 <= len(digits) <= 13:
            finds.append("telephone")
    return finds


def _abroad(groups: list[str]) -> list[str]:
    """Return the telephone number after +62, Indonesia's country code, read as a domestic number."""
    first, rest = groups[0][2:].lstrip("0"), groups[1:]
    while rest and len(first) < 3:
        first, rest = first + rest[0].lstrip("0"), rest[1:]
    inland = ["0" + first, *rest]
    return _telephones(inland) or _fixed_lines(" ".join(inland))


def _fixed_lines(text: str) -> list[str]:
    """Return one entry for each fixed telephone line in a normalised text; another number may follow it."""
    groups = [_GROUP.findall(found[1]) for found in _FIXED_LINE.finditer(text)]
    sizes = [accumulate(len(group) for group in own) for own in groups]
    return ["telephone" for own in sizes if any(size in _FIXED_LINE_DIGITS for size in own)]


def is_nip(digits: str) -> bool:
    """Whether digits can be a civil servant's number (NIP of PNS, NI of PPPK).

    Parameters
    ----------
    digits : str
        Digits alone.

    Examples
    --------
    >>> is_nip("198609262015051001"), is_nip("198613262015051001")
    (True, False)
    """
    return _is_like_nip(digits) and digits[15:] != "000"


def _is_like_nip(digits: str) -> bool:
    """Whether 18 digits have the form of a NIP; the last three may be 000, as a spreadsheet leaves them."""
    return len(digits) == NIP_DIGITS and digits.isdecimal() and _is_cut_nip(digits[:_CUT_NIP_DIGITS])


def _is_cut_nip(digits: str) -> bool:
    """Whether 15 digits have the form of the first part of a NIP: birth date, start of service, sex."""
    if len(digits) != _CUT_NIP_DIGITS or digits[14] not in "12":
        return False
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    start, part = int(digits[8:12]), int(digits[12:14])
    is_kind = 1 <= part <= 12 or 21 <= part <= 39
    return is_kind and born.year >= 1930 and 15 <= start - born.year <= 62


def is_nik(digits: str) -> bool:
    """Whether digits can be the identity number of a resident (NIK).

    Parameters
    ----------
    digits : str
        Digits alone.
    """
    if len(digits) != NIK_DIGITS or not digits.isdecimal() or int(digits[:2]) not in _PROVINCES:
        return False
    day, month = int(digits[6:8]), int(digits[8:10])
    has_place = digits[2:4] != "00" and digits[4:6] != "00"
    return has_place and 1 <= day % 40 <= 31 and day <= 71 and 1 <= month <= 12 and digits[12:] != "0000"


# Any run of 15 digits or more, and any number in the groups of a NIP, whether or not it is a valid one.
_LONG = re.compile(r"\d{15,}")
_GROUPED = re.compile(rf"(?<!\d)((?:19|20)\d{{6}}){_BETWEEN}\d{{6}}{_BETWEEN}\d{_BETWEEN}\d{{3}}(?!\d)")


def may_hold_identity(text: str) -> bool:
    """Whether a text could hold a personal number, in whatever form it is written.

    Stricter than `find_identities`: every long number counts. Use it for texts that need no long
    numbers, such as logs and file names.

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
    plain = plain_text(text)
    return bool(_LONG.search(plain) or _GROUPED.search(plain) or find_identities(plain))
