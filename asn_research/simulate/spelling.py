"""How offices write the same thing in many ways: units, dates, numbers, answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from asn_research.rules.cities import City
from asn_research.rules.codebooks import load_codebook

#: The months as offices write them out.
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
    """Return the ways in which offices name a unit."""
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
    """Leave out one letter inside a name."""
    letters = [i for i in range(2, len(name) - 1) if name[i].isalpha() and name[i - 1].isalpha()]
    place = int(rng.choice(letters))
    return name[:place] + name[place + 1 :]


def spelled_date(value: Any, style: int) -> Any:
    """Return a date in one of the ways offices write it; style 0 is a true date cell."""
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
    """Return the ways in which an answer on a scale is written, by its number."""
    words: dict[int, list[str]] = {}
    for part in load_codebook(source)[column].values.split(";"):
        code, _, spellings = part.partition("=")
        words[int(code)] = [word for word in spellings.split("|") if not word.isdigit()]
    return words


def spelled_nip(nip: str, style: int) -> str:
    """Return a NIP as people type it: plain, spaced, with an apostrophe, with dots."""
    match style:
        case 1:
            return f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"
        case 2:
            return f"'{nip}"
        case 3:
            return f"{nip[:8]}.{nip[8:14]}.{nip[14]}.{nip[15:]}"
    return nip


def damaged_nip(nip: str) -> float:
    """Return what a spreadsheet keeps of a NIP typed as a number: fifteen digits."""
    return float(int(nip[:15]) * 1000)
