"""The simulated staff: names, numbers, posts and raters. All persons are invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.rules.cities import City

_FIRST = [
    "Adelina",
    "Agung",
    "Ahyar",
    "Aisyana",
    "Alamsyah",
    "Anggun",
    "Ardiyan",
    "Arifah",
    "Asmadi",
    "Astuti",
    "Bambang",
    "Benny",
    "Bintari",
    "Budiyo",
    "Cahyani",
    "Chandra",
    "Danuarta",
    "Delimah",
    "Desmawati",
    "Dharma",
    "Dinarti",
    "Eko",
    "Elviana",
    "Endang",
    "Erwinda",
    "Fadlan",
    "Farhana",
    "Fitrian",
    "Galuh",
    "Gunarto",
    "Hadiman",
    "Halimah",
    "Harunan",
    "Hendrawan",
    "Herlina",
    "Ibrahima",
    "Ikhsan",
    "Indah",
    "Irawati",
    "Ismaya",
    "Jamilah",
    "Joko",
    "Juliarti",
    "Kartika",
    "Khairan",
    "Kurnia",
    "Laksmi",
    "Lestari",
    "Lukmanul",
    "Mahendra",
    "Marlina",
    "Maryam",
    "Mulyadi",
    "Nadira",
    "Ningrum",
    "Novita",
    "Nurhadi",
    "Oktaviani",
    "Pandu",
    "Prasetya",
    "Puspita",
    "Rahmat",
    "Ramlan",
    "Ratna",
    "Rizkan",
    "Rosmala",
    "Sabirin",
    "Salmah",
    "Santoso",
    "Sariyem",
    "Sekar",
    "Setyadi",
    "Sulastri",
    "Suryadi",
    "Syahrul",
    "Tantri",
    "Tegar",
    "Uray",
    "Utami",
    "Wahyuni",
    "Wardana",
    "Widodo",
    "Yanuarti",
    "Yudhis",
    "Yuliana",
    "Yusran",
    "Zahrani",
    "Zulkifar",
]
_LAST = [
    "Adikara",
    "Ambarsari",
    "Anantara",
    "Baskoro",
    "Bramanto",
    "Daryanto",
    "Dwipayana",
    "Effendar",
    "Firmanto",
    "Gandasari",
    "Gumelar",
    "Handokoh",
    "Hardiyan",
    "Iskandaru",
    "Jayaputra",
    "Kaliman",
    "Kusumadi",
    "Landaksari",
    "Maharanti",
    "Mandalawi",
    "Mangkurat",
    "Melayana",
    "Nababar",
    "Nasutiar",
    "Nugrahadi",
    "Pamungkaso",
    "Pangestika",
    "Pontiawan",
    "Pradipto",
    "Purnamasi",
    "Rahardi",
    "Ramadhon",
    "Sambasri",
    "Saputran",
    "Sasongkar",
    "Setiawar",
    "Siantana",
    "Simatupar",
    "Sintangi",
    "Subagiyo",
    "Sukmadi",
    "Sumantrio",
    "Suryaningh",
    "Susilowar",
    "Tanjungpura",
    "Tambunara",
    "Wibisanu",
    "Wicaksonar",
    "Wijayanto",
    "Wulandarin",
    "Yogaswari",
]
_RANKS = ("II/a", "II/b", "II/c", "II/d", "III/a", "III/b", "III/c", "III/d", "IV/a", "IV/b", "IV/c")
_TEACHERS_AND_HEALTH = {"DISDIKBUD": 0.42, "DINKES": 0.30, "RSUD-SSMA": 0.30}


@dataclass(frozen=True)
class Staff:
    """The staff of a city.

    Parameters
    ----------
    table : pd.DataFrame
        One row per employee: nip, name, sex, employment_type, rank, position_kind, education, nik,
        phone, unit_id, reporting_unit_id, rater (row number of the appraiser).
    """

    table: pd.DataFrame


def make_staff(city: City, n_employees: int, rng: np.random.Generator) -> Staff:
    """Draw the staff of the city; the sizes of units follow the register."""
    units = _posts(city, n_employees)
    n = len(units)
    sex = rng.choice(["f", "m"], n, p=[0.53, 0.47])
    pppk_share = np.array([_TEACHERS_AND_HEALTH.get(u, 0.12) for u in units])
    is_pppk = rng.random(n) < pppk_share
    birth_year = rng.integers(1968, 2001, n)
    start_year = np.where(
        is_pppk,
        rng.integers(2021, 2025, n),
        np.clip(birth_year + rng.integers(20, 32, n), 1990, 2024),
    )
    seniority = np.clip((2026 - start_year) / 34 + rng.normal(0, 0.12, n), 0, 1)
    rank = np.array(_RANKS)[np.clip((seniority * 8 + rng.integers(0, 3, n)).astype(int), 0, 10)]
    table = pd.DataFrame(
        {
            "nip": _numbers(birth_year, start_year, sex, is_pppk, rng),
            "name": _names(n, rng),
            "sex": sex,
            "employment_type": np.where(is_pppk, "PPPK", "PNS"),
            "rank": np.where(is_pppk, "", rank),
            "position_kind": rng.choice(["Pelaksana", "Fungsional", "Struktural"], n, p=[0.38, 0.52, 0.10]),
            "education": rng.choice(["SMA", "D-III", "S1", "S2"], n, p=[0.17, 0.15, 0.58, 0.10]),
            "nik": _niks(birth_year, sex, rng),
            "phone": [f"08{x:010d}" for x in rng.integers(10**9, 9 * 10**9, n)],
            "unit_id": units,
            "reporting_unit_id": [city.reporting_unit_id(u) for u in units],
            "seniority": seniority,
        }
    )
    return Staff(table.assign(rater=_raters(table, city, rng)))


def _posts(city: City, n_employees: int) -> list[str]:
    """Return the unit of each employee; kelurahan keep their size, because they are too small to scale."""
    small = [u for u in city.units.values() if u.kind == "kelurahan"]
    large = [u for u in city.units.values() if u.kind != "kelurahan"]
    rest = n_employees - sum(u.typical_staff_n for u in small)
    if rest < 12 * len(large):
        # A small city for tests and lessons has about one unit per 24 employees, each with at least 12.
        kept = [u for u in large if u.unit_id in {"KEC-SEL", "DISHUB", "DINKES"}]
        kept += [u for u in large if u not in kept][: max(0, n_employees // 24 - len(kept))]
        small = [u for u in small if u.parent_id == "KEC-SEL"]
        large = kept
        rest = n_employees - sum(u.typical_staff_n for u in small)
    weights = np.array([min(u.typical_staff_n, 10**6) for u in large], dtype=float)
    if rest < weights.sum() / 2:
        weights = np.sqrt(weights)
    sizes = np.maximum(12, np.floor(rest * weights / weights.sum())).astype(int)
    posts = [u.unit_id for u, size in zip(large, sizes, strict=True) for _ in range(size)]
    return posts + [u.unit_id for u in small for _ in range(u.typical_staff_n)]


def _names(n: int, rng: np.random.Generator) -> list[str]:
    first, last = rng.choice(_FIRST, n), rng.choice(_LAST, n)
    middle = rng.choice(_FIRST, n)
    title = rng.choice(["", "", ", S.Sos.", ", S.E.", ", S.IP.", ", A.Md."], n)
    has_middle = rng.random(n) < 0.35
    return [
        f"{f} {m} {la}{t}" if h else f"{f} {la}{t}"
        for f, m, la, t, h in zip(first, middle, last, title, has_middle, strict=True)
    ]


def _numbers(birth_year, start_year, sex, is_pppk, rng) -> list[str]:  # type: ignore[no-untyped-def]
    """Return valid, distinct NIP (PNS) and NI (PPPK) numbers; a few differ only in the last three digits."""
    n = len(birth_year)
    month, day = rng.integers(1, 13, n), rng.integers(1, 29, n)
    start_month = rng.integers(1, 13, n)
    stems = [
        f"{by}{m:02d}{d:02d}{sy}{'21' if p else f'{sm:02d}'}{2 if s == 'f' else 1}"
        for by, m, d, sy, sm, s, p in zip(
            birth_year, month, day, start_year, start_month, sex, is_pppk, strict=True
        )
    ]
    for twin in np.flatnonzero(rng.random(n) < 0.01):
        other = int(rng.integers(0, n))
        if sex[other] == sex[twin] and is_pppk[other] == is_pppk[twin]:
            stems[twin] = stems[other]
    used: dict[str, int] = {}
    numbers = []
    for stem in stems:
        used[stem] = used.get(stem, 0) + 1
        numbers.append(f"{stem}{used[stem]:03d}")
    return numbers


def _niks(birth_year, sex, rng) -> list[str]:  # type: ignore[no-untyped-def]
    n = len(birth_year)
    area, day, month = rng.integers(1, 7, n), rng.integers(1, 29, n), rng.integers(1, 13, n)
    day = np.where(sex == "f", day + 40, day)
    last = rng.integers(1, 9999, n)
    return [
        f"6171{a:02d}{d:02d}{m:02d}{y % 100:02d}{x:04d}"
        for a, d, m, y, x in zip(area, day, month, birth_year, last, strict=True)
    ]


def _raters(table: pd.DataFrame, city: City, rng: np.random.Generator) -> np.ndarray:
    """Return the appraiser of each employee: one of the senior tenth of the unit; the head rates these."""
    rater = np.zeros(len(table), dtype=int)
    rows_of = {u: rows.to_numpy() for u, rows in table.groupby("unit_id", sort=False).groups.items()}
    top = int(rows_of.get("SETDA", next(iter(rows_of.values())))[0])
    for unit, rows in rows_of.items():
        senior = rows[np.argsort(-table["seniority"].to_numpy()[rows], kind="stable")]
        chiefs = senior[: max(1, len(rows) // 10)]
        rater[rows] = rng.choice(chiefs, len(rows))
        rater[chiefs] = senior[0]
        parent = city.units[str(unit)].parent_id
        above = rows_of[parent][0] if parent in rows_of else top
        rater[senior[0]] = above
    own = np.flatnonzero(rater == np.arange(len(table)))
    rater[own] = (own + 1) % len(table)
    return rater
