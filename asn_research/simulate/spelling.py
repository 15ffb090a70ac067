"""The many spellings that offices use for units, dates, employee numbers and answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from asn_research.rules.cities import City
from asn_research.rules.codebooks import load_codebook

#: The full names of the months.
MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
_SHORT = ["Jan", "Peb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agt", "Sept", "Okt", "Nop", "Des"]
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jum'at", "Sabtu", "Minggu")


def unit_spellings(city: City, unit_id: str) -> list[str]:
    """Return the spellings of a unit's name; the official name is repeated, to be drawn more often."""
    unit = city.units[unit_id]
    return [
        unit.name,
        unit.name,
        unit.name,
        unit.short_name,
        unit.name.upper(),
        f"  {unit.name} ",
        *unit.aliases,
    ]


def with_a_typo(name: str, rng: np.random.Generator) -> str:
    """Return a name with one inner letter removed."""
    letters = [i for i in range(2, len(name) - 1) if name[i].isalpha() and name[i - 1].isalpha()]
    place = int(rng.choice(letters))
    return name[:place] + name[place + 1 :]


def spelled_date(value: Any, style: int) -> Any:
    """Return a date as text in one of five styles (1 to 5), or as a date value (other styles)."""
    if pd.isna(value):
        return None
    day = pd.Timestamp(value)
    long = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    spelled = {
        1: long,
        2: f"{day.day:02d}/{day.month:02d}/{day.year}",
        3: f"{day.day} {_SHORT[day.month - 1]} {day.year}",
        4: f"{_DAYS[day.weekday()]}, {long}",
        5: f"{day.day:02d}-{day.month:02d}-{day.year}",
    }
    return spelled.get(style, day.to_pydatetime())


def answer_words(source: str, column: str) -> dict[int, list[str]]:
    """Return the spellings in words of each answer of a scale question, by the number of the answer."""
    words: dict[int, list[str]] = {}
    for part in load_codebook(source)[column].values.split(";"):
        code, _, spellings = part.partition("=")
        words[int(code)] = [word for word in spellings.split("|") if not word.isdigit()]
    return words


def spelled_nip(nip: str, style: int) -> str:
    """Return a NIP as people type it: with blanks (1), an apostrophe (2) or dots (3), else unchanged."""
    match style:
        case 1:
            return f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"
        case 2:
            return f"'{nip}"
        case 3:
            return f"{nip[:8]}.{nip[8:14]}.{nip[14]}.{nip[15:]}"
    return nip


def damaged_nip(nip: str) -> float:
    """Return the number that a spreadsheet stores for a typed NIP: only its first fifteen digits survive."""
    return float(int(nip[:15]) * 1000)
