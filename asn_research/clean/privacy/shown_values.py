"""Decide whether an old value of a cell may be stored: only if it cannot identify a person.

Allowed are short numbers, dates, and spellings of names in the register.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz

from asn_research.identities import find_identities
from asn_research.rules.cities import City
from asn_research.rules.codebooks import fold

#: The substitutes for a value of a personal column, and for a value that may not be shown.
PSEUDONYM, WITHHELD = "pseudonym", "withheld"
_LEAST_ALIKE = 85.0
_MONTHS = r"(?:januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember)"
_PLAIN = re.compile(rf"-?\d{{1,4}}(?:[.,]\d{{1,3}})?\s?%?|\d{{1,2}}[-/. ](?:\d{{1,2}}|{_MONTHS})[-/. ]\d{{4}}", re.IGNORECASE)  # fmt: skip


def shown_value(text: str, names: Iterable[str]) -> str:
    """Return the text of a cell if it cannot identify a person; else `WITHHELD`.

    Parameters
    ----------
    text : str
        The text of the cell.
    names : iterable of str
        Allowed names of the register or choices of the codebook; a similar text is allowed too.

    Examples
    --------
    >>> shown_value("Dins Kesehatan", ("Dinas Kesehatan",)), shown_value("Siti Aminah", ())
    ('Dins Kesehatan', 'withheld')
    >>> shown_value("31/02/2026", ()), shown_value("198609262015051001", ())
    ('31/02/2026', 'withheld')
    """
    plain = " ".join(text.split())
    if not plain or plain in {PSEUDONYM, WITHHELD} or _PLAIN.fullmatch(plain):
        return plain
    if re.search(r"\d{3}", plain) or find_identities(plain):
        return WITHHELD
    alike = any(fuzz.ratio(fold(plain), fold(name)) >= _LEAST_ALIKE for name in names if name)
    return plain if alike else WITHHELD


def names_of(city: City, column: str, code: str = "") -> tuple[str, ...]:
    """Return the names of a unit (with predecessors and successors) or a service; without a code, of all."""
    if column == "service_id":
        services = [s for s in city.services.values() if code in ("", s.service_id)]
        return tuple(name for s in services for name in (s.name_indonesian, s.name_english, *s.aliases))
    if column != "unit_id" or (code and code not in city.units):
        return ()
    return tuple(
        name
        for unit in city.units.values()
        if not code
        or code in (unit.unit_id, unit.successor_id)
        or city.units[code].successor_id == unit.unit_id
        for name in (unit.name, unit.short_name, *unit.aliases)
    )
