"""Parse numbers as offices write them: decimal points or commas, and units after the number."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from asn_research.read.cells import NUMBER
from asn_research.rules.codebooks import Column

UNREADABLE = "unreadable"
INDONESIAN, ENGLISH = "indonesian", "english"
_WHOLE = re.compile(r"[+-]?\d+$")
#: Texts that are possible in only one of the two styles.
_ONLY = {
    INDONESIAN: re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|(?:0|\d{4,}),\d+|\d+,(?:\d{1,2}|\d{4,}))$"),
    ENGLISH: re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|(?:0|\d{4,})\.\d+|\d+\.(?:\d{1,2}|\d{4,}))$"),
}  # fmt: skip
#: Texts that are thousands in one style and a fraction in the other: 1.250 and 1,250.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}$")
_MACHINE = re.compile(r"[+-]?\d+\.\d+$")
#: Minutes in each unit of time.
MINUTES = {
    "jam": 60.0, "hour": 60.0, "hours": 60.0, "menit": 1.0, "mnt": 1.0, "mnit": 1.0, "min": 1.0, "minutes": 1.0,
    "detik": 1 / 60, "dtk": 1 / 60,
}  # fmt: skip
#: The same with the letters that stand for a unit only behind a number: 2j 15m.
_IN_LENGTHS = {**MINUTES, "j": 60.0, "h": 60.0, "m": 1.0}
_LENGTH = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(" + "|".join(sorted(_IN_LENGTHS, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
)
_TIME = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)(?:\.0+)?$")


#: A length or a time of day of two numbers, which does not say what they are: 00:12.
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)$")
#: The two numbers of such a length: their parts in minutes.
CLOCKS = {"hours_minutes": (60.0, 1.0), "minutes_seconds": (1.0, 1 / 60)}


class BadCellError(Exception):
    """A cell that cannot be read; its only argument is the reason code."""


def units_of(column: Column) -> frozenset[str]:
    """Return the units that may follow the numbers of a column; another unit makes a cell unreadable."""
    name = column.column
    if name.endswith("_days_n"):
        return frozenset({"hari", "hr"})
    if name == "hours_jp":
        return frozenset({"jp", "jpl", "jam pelajaran"})
    if name == "age":
        return frozenset({"th", "thn", "tahun"})
    if column.type == "percent" or column.limits == (0, 100):
        return frozenset({"%", "persen"})
    return frozenset({"rp"}) if name.endswith("_n") else frozenset()


def strip_units(text: str, units: Collection[str]) -> str:
    """Return the text of a number without blanks and allowed units.

    Raises
    ------
    BadCellError
        If the text has another unit or word, or is not a number.
    """
    plain = " ".join(text.replace("\u00a0", " ").split()).lstrip("'").strip()
    if "rp" in units:
        plain = re.sub(r"^rp\.?\s*", "", plain, flags=re.IGNORECASE)
    found = re.fullmatch(r"([+-]?[\d.,][\d.,\s]*?)\s*([a-z%][a-z% ]*)?\.?", plain, re.IGNORECASE)
    if not found:
        raise BadCellError(UNREADABLE)
    if found[2] and found[2].casefold().strip() not in units:
        raise BadCellError(UNREADABLE)
    return found[1].replace(" ", "")


def parse_number(
    text: str, kind: str, style: str = INDONESIAN, units: Collection[str] = ("%", "rp")
) -> float:
    """Return the value of a number cell (machine form) or of a text.

    A text such as ``3.868`` means thousands in the Indonesian style and a fraction in the English one;
    ``style`` decides. A text that is possible in only one style is read in that style.

    Raises
    ------
    BadCellError
        If the text is not a number.

    Examples
    --------
    >>> parse_number("1.234,5", "s"), parse_number("1234.5", "n"), parse_number("1,250", "s", "english")
    (1234.5, 1234.5, 1250.0)
    """
    if kind == NUMBER:
        try:
            return float(text)
        except ValueError:
            raise BadCellError(UNREADABLE) from None
    plain = strip_units(text, units)
    if _WHOLE.match(plain):
        return float(plain)
    if _EITHER.match(plain):
        return _valued(plain, style)
    for writing, form in _ONLY.items():
        if form.match(plain):
            return _valued(plain, writing)
    raise BadCellError(UNREADABLE)


def _valued(plain: str, style: str) -> float:
    if style == INDONESIAN:
        return float(plain.replace(".", "").replace(",", "."))
    return float(plain.replace(",", ""))


def is_machine_form(text: str) -> bool:
    """Return whether a text has one point with digits on both sides, as programs write decimals."""
    return bool(_MACHINE.match(text.strip()))


def minutes_in(text: str) -> float | None:
    """Return the minutes of a duration with units, or in clock form (0:12:30); None if it is neither.

    Examples
    --------
    >>> minutes_in("1 jam 5 menit"), minutes_in("2j15m"), minutes_in("0:12:30"), minutes_in("2 hari")
    (65.0, 135.0, 12.5, None)
    """
    plain = " ".join(text.casefold().split())
    if clock := _TIME.match(plain):
        return int(clock[1]) * 60 + int(clock[2]) + int(clock[3]) / 60
    parts = _LENGTH.findall(plain)
    if not parts or _LENGTH.sub("", plain).replace("dan", "").strip(" ,"):
        return None
    words = [_IN_LENGTHS[unit] for _, unit in parts]
    if words != sorted(set(words), reverse=True):
        return None
    return sum(float(n.replace(",", ".")) * _IN_LENGTHS[unit] for n, unit in parts)


def clock_parts(text: str, *, dotted: bool = False) -> tuple[int, int] | None:
    """Return the two numbers of a length or time such as 00:12; None if the text is another.

    With ``dotted`` they may have a point between them, as Indonesian times have: 00.12.
    """
    found = _CLOCK.match(text.strip().replace(".", ":") if dotted else text.strip())
    return (int(found[1]), int(found[2])) if found else None


def styles_written(texts: Iterable[str], units: Collection[str]) -> tuple[set[str], dict[str, str]]:
    """Return the styles that texts prove by themselves, and those possible in both styles, without their units."""
    proven: set[str] = set()
    doubtful: dict[str, str] = {}
    for text in texts:
        try:
            plain = strip_units(text, units)
        except BadCellError:
            continue
        if _EITHER.match(plain):
            doubtful[text] = plain
        else:
            proven |= {style for style, form in _ONLY.items() if form.match(plain)}
    return proven, doubtful


def styles_of(texts: Iterable[str], column: Column) -> tuple[frozenset[str], frozenset[str]]:
    """Return the styles that the texts of a column prove, and the texts that are possible in both styles.

    The ambiguous texts prove a style too, if only that style keeps all of them within the limits of the
    column (and, in a column of whole numbers, without fractions).
    """
    proven, doubtful = styles_written(texts, units_of(column))
    if doubtful and len(proven) != 1:
        proven = set(_fitting(doubtful, column)) or proven
    return frozenset(proven), frozenset(doubtful)


def _fitting(doubtful: Mapping[str, str], column: Column) -> list[str]:
    """Return the style in which all ambiguous texts fit the column; empty if it is not exactly one."""
    fits = []
    for style in (INDONESIAN, ENGLISH):
        values = [_valued(plain, style) for plain in doubtful.values()]
        whole = column.type != "whole" or all(value == int(value) for value in values)
        low, high = column.limits or (float("-inf"), float("inf"))
        if whole and all(low <= value <= high for value in values):
            fits.append(style)
    return fits if len(fits) == 1 else []
