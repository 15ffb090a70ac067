"""Read the values of form cells: for each kind of column, a text becomes a value, or None if it is invalid."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from asn_research.errors import RequestError
from asn_research.identities import NIP_DIGITS, is_nip
from asn_research.read.cells import NUMBER
from asn_research.rules.codebooks import fold
from asn_research.rules.lists import elements
from asn_research.rules.loading import RULES, FrozenModel, read_rows
from asn_research.rules.month_names import MONTHS
from asn_research.rules.periods import Period
from asn_research.rules.words import LANGUAGES, load_words

_YES = {"ya": "yes", "yes": "yes", "y": "yes", "tidak": "no", "no": "no", "t": "no", "n": "no"}
_ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_IN_WORDS = re.compile(r"(\d{1,2})\s+([a-z]{3,})\.?\s+(\d{4})", re.IGNORECASE)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})(?:T.*)?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NUMBERED = {"Q": range(1, 5), "S": range(1, 3), "Y": range(1, 2)}


class _Choice(FrozenModel):
    choices: str
    value: str
    label_indonesian: str
    label_english: str


@cache
def labels_of(choices: str) -> Mapping[str, Mapping[str, str]]:
    """Return the members of a pick list: for each value, its label in each language.

    Parameters
    ----------
    choices : str
        A list of `rules/form_choices.csv`, or ``element``: every element of service.

    Examples
    --------
    >>> labels_of("status")["done"]["id"]
    'selesai'
    """
    if choices == "element":
        return {e: {each: load_words(each)(f"element_{e}") for each in LANGUAGES} for e in elements()}
    return {
        row.value: {each: row.text_of("label", each) for each in LANGUAGES}
        for _, row in read_rows(_Choice, RULES / "form_choices.csv")
        if row.choices == choices
    }


def read_choice(choices: str, text: str) -> str | None:
    """Return the value of a label in any language; None if the list has no such label."""
    said = fold(text)
    for value, labels in labels_of(choices).items():
        if said in {fold(value), *(fold(label) for label in labels.values())}:
            return value
    return None


def read_period(text: str) -> str | None:
    """Return the code of a period from its code or its label in any language; None if it is no period.

    Examples
    --------
    >>> read_period("Triwulan III 2026"), read_period("2026-S1"), read_period("musim hujan")
    ('2026-Q3', '2026-S1', None)
    """
    try:
        return Period.parse(text).code
    except RequestError:
        pass
    found = _YEAR.search(text)
    if found is None:
        return None
    said = fold(text)
    for kind, numbers in _NUMBERED.items():
        for number in numbers:
            period = Period(int(found.group()), number, kind)
            names = {p for each in LANGUAGES for p in (period.label(each), period.short_label(each))}
            if said in {fold(name) for name in names}:
                return period.code
    return None


def _names(text: str) -> str:
    return "|".join(part.strip() for part in re.split(r"[;|]", text) if part.strip())


def _code(text: str) -> str | None:
    return text.upper() if _CODE.fullmatch(text.upper()) else None


def _zone(text: str) -> str | None:
    return _ZONES.get(text.casefold(), text if "/" in text else None)


def _whole(text: str) -> int | None:
    return int(text.replace(".", "")) if re.fullmatch(r"\d{1,3}(?:\.\d{3})+|\d+", text) else None


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if re.fullmatch(r"\d+(?:[.,]\d+)?", text) else None


def read_day(text: str) -> date | None:
    """Return a day that is written in numbers, day first, or with its month in words; None if it is none.

    Examples
    --------
    >>> read_day("30 September 2026"), read_day("1/7/2026"), read_day("30 Sept 2026"), read_day("31/6/2026")
    (datetime.date(2026, 9, 30), datetime.date(2026, 7, 1), datetime.date(2026, 9, 30), None)
    >>> read_day("2026-09-30"), read_day("2026-11-05T00:00:00")
    (datetime.date(2026, 9, 30), datetime.date(2026, 11, 5))
    """
    if found := _IN_WORDS.fullmatch(text):
        said = found[2].casefold()
        months = {number for name, number in MONTHS.items() if name.startswith(said)}
        # An abbreviation that fits two months is none: "jun" is June, "ju" is nothing.
        parts = (found[3], str(*months), found[1]) if len(months) == 1 else ("0", "0", "0")
    elif found := _DAY.fullmatch(text):
        parts = (found[3], found[2], found[1]) if found[3] else (found[4], found[5], found[6])
    else:
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def _nip(text: str, kind: str) -> str | None:
    digits = re.sub(r"[\s.]", "", text)
    # A spreadsheet keeps only 15 digits of a number, so a numeric cell no longer holds the NIP.
    return digits if kind != NUMBER and len(digits) == NIP_DIGITS and is_nip(digits) else None


def _colour(text: str) -> str | None:
    return text.lower() if _COLOUR.fullmatch(text) else None


def _plain(read: Callable[[str], Any], *, is_number: bool = False) -> Callable[[str, str], Any]:
    """Return a reader that ignores the kind of the cell. Unless a number is asked for, it reads 3.0 as 3."""
    return lambda text, _: read(text if is_number else text.removesuffix(".0"))


#: For each kind of column, a function of the text and the kind of a cell that returns the value, or None.
READERS: dict[str, Callable[[str, str], Any]] = {
    "text": _plain(str), "code": _plain(_code), "whole": _plain(_whole), "period": _plain(read_period),
    "names": _plain(_names, is_number=True), "yes": _plain(lambda text: _YES.get(text.casefold()), is_number=True),
    "zone": _plain(_zone, is_number=True), "number": _plain(_number, is_number=True),
    "day": _plain(read_day, is_number=True), "colour": _plain(_colour, is_number=True), "nip": _nip,
}  # fmt: skip
