"""The unit and the period of a table that its cells do not name: from letterhead, sheet, file name and titles."""

from __future__ import annotations

import glob
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from asn_research.clean.inspect.table_guesses import TableGuess
from asn_research.clean.parse.period_texts import find_period, grows_until
from asn_research.clean.steps.units import unit_names
from asn_research.read.grids import Grid
from asn_research.read.headings import (
    Headings,
)
from asn_research.rules.cities import City
from asn_research.rules.codebooks import fold, fold_heading, load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.questions import Question, layout_of

SAMPLE = 300
#: Sources that are published once a year.
_YEARLY = {"organisation_scores"}
_LOOK_FOR_TITLES = 8
#: A line with at most this many filled cells is a title or a note, not a row of a table.
_TITLE_CELLS = 2
#: A number or letter before the name of a group: A. Dinas Perhubungan, II) Kecamatan Kota.
_ENUMERATION = re.compile(r"^\s*(?:[A-Z]|[IVX]{1,5}|\d{1,2})\s*[.)]\s*", re.IGNORECASE)
#: First words of names of offices.
_OFFICES = {
    "dinas", "badan", "kantor", "kecamatan", "kelurahan", "inspektorat", "sekretariat", "satuan", "rumah", "rsud", "puskesmas",
    "upt", "uptd", "unit",
}  # fmt: skip
#: A shorter file pattern would match files of all kinds.
_LEAST_PATTERN = 3
_OF_A_PERIOD = {
    "tw", "triwulan", "semester", "smt", "tahun", "bulan", "periode", "kuartal", "final", "fix", "revisi", "rev", "copy",
    "salinan", "baru", "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september",
    "oktober", "november", "desember", "jan", "feb", "mar", "apr", "jun", "jul", "agt", "ags", "sep", "okt", "nov", "des",
}  # fmt: skip
_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")


def _period_in(grid: Grid, headings: Headings) -> tuple[str, str]:
    """Return the period in the letterhead of a table, and where its rows get their period from.

    The place is `cells`, `letterhead` or `dates`; both are empty if there is none of them.
    """
    book = load_codebook(headings.source)
    if "period" in headings.columns or ("_year" in headings.columns and "period" in book.by_name):
        return "", "cells"
    lines = grid.block(0, headings.first_row)
    found = find_period([" ".join(str(c) for c in line if c) for line in lines])
    if found:
        return found.code, "letterhead"
    dates = [c.column for c in book.columns if c.type == "date" and c.column in headings.columns]
    return ("", "dates") if dates else ("", "")


def _lines_above(grid: Grid, headings: Headings) -> list[str]:
    """Return the texts above a table; if another table is above it, its own title comes first, lowest line first."""
    lines = grid.block(0, headings.first_row)
    n_filled = (lines != "").sum(axis=1) if lines.size else np.zeros(0, int)
    of_other_tables = np.flatnonzero(n_filled > _TITLE_CELLS)
    start = int(of_other_tables[-1]) + 1 if len(of_other_tables) else 0
    own = [str(cell) for line in lines[start:][::-1] for cell in line if cell] if start else []
    return [*own, *(str(cell) for cell in lines.ravel() if cell)]


def _units_of_groups(grid: Grid, headings: Headings, city: City) -> tuple[tuple[int, str], ...]:
    """Return the rows (from 0) of group headings that name a unit, each with its name; empty if no row names one.

    A name of an office that is not in the register is returned as it is written, and goes to the review of
    unknown unit names. A name of a section (Bidang, Seksi) is passed over.
    """
    n_filled = np.zeros(grid.n_rows, np.int32)
    for place in headings.span:
        n_filled += grid.columns[place].filled
    rows = np.arange(grid.n_rows)
    cases = rows[(rows > headings.last_row) & (n_filled > _TITLE_CELLS)]
    if not len(cases):
        return ()
    alone = rows[(rows > headings.last_row) & (rows < cases[-1]) & (n_filled == 1)]
    found: list[tuple[int, str]] = []
    is_known = False
    for row in alone.tolist():
        text = next(str(cell) for cell in grid.block(row, row + 1)[0] if cell)
        name = _UNIT_LABEL.sub("", _ENUMERATION.sub("", text)).strip(" :")
        unit = next(iter(_units_in([name], city, inside=False)), "")
        is_known |= bool(unit)
        if unit or set(fold(name).split()[:1]) & _OFFICES:
            found.append((row, city.units[unit].name if unit else name))
    return tuple(found) if is_known else ()


def with_unit_and_period(
    guess: TableGuess, grid: Grid, headings: Headings, grids: Sequence[Grid], path: Path, city: City,
    answers: Mapping[str, str],
) -> TableGuess:  # fmt: skip
    """Return a guess with its period and unit, from any place in the file that states them."""
    period, origin = _period_in(grid, headings)
    is_sure, named = True, ""
    if not origin and guess.source != "employees":
        period, origin, is_sure = _period_elsewhere(guess, grids, path)
    elif origin == "dates":
        named = _period_named(guess.sheet, path)
    unit, name = "", ""
    groups: tuple[tuple[int, str], ...] = ()
    guess, headings = _with_best_unit(guess, grid, headings, city)
    if "unit_id" in guess.missing:
        unit, name = _unit_elsewhere(grid, headings, path, city)
        guess, unit, name = _with_one_unit(
            guess, unit, name, _lines_above(grid, headings), path, city, answers
        )
        groups = _units_of_groups(grid, headings, city)
        # If group headings name units, a profile must not state one unit for all rows.
        unit = "" if groups else unit
    # If only the unit is missing, `clean` asks for it.
    is_asked = set(guess.missing) == {"unit_id"} and not guess.note and not name and not groups
    missing = tuple(c for c in guess.missing if not (c == "unit_id" and (name or groups or is_asked)))
    return replace(guess, period=period, period_from=origin, is_period_sure=is_sure, unit_id=unit, unit_name=name,
                   unit_groups=groups, missing=missing, named_period=named, asks_unit=is_asked)  # fmt: skip


def _with_best_unit(
    guess: TableGuess, grid: Grid, headings: Headings, city: City
) -> tuple[TableGuess, Headings]:
    """If several headings may mean the unit, use the column with the most names in the register.

    An export may have columns for the section and the office, or for the office and the whole government.
    """
    book = load_codebook(guess.source)
    chosen = headings.columns.get("unit_id")
    if chosen is None or (guess.profile and "unit_id" in guess.profile.columns.values()):
        return guess, headings
    others = [
        g.place
        for g in guess.columns
        if not g.column and book.headings.get(fold_heading(g.heading)) == "unit_id"
    ]
    if not others:
        return guess, headings
    names = unit_names(city)
    first = headings.last_row + 1

    def known(place: int) -> float:
        cells = grid.columns[place].take(slice(first, first + SAMPLE)).used()
        filled = [bool(names.find(str(text), "").unit_id) for text in cells.texts if text]
        return sum(filled) / len(filled) if filled else 0.0

    best = max([chosen, *others], key=lambda place: (known(place), place == chosen))
    if best == chosen:
        return guess, headings
    headings = replace(headings, columns={**headings.columns, "unit_id": best})
    moved = {chosen: "", best: "unit_id"}
    columns = tuple(
        replace(g, column=moved[g.place], confidence=100 if moved[g.place] else 0) if g.place in moved else g
        for g in guess.columns
    )
    return replace(guess, headings=headings, columns=columns), headings


def _period_elsewhere(guess: TableGuess, grids: Sequence[Grid], path: Path) -> tuple[str, str, bool]:
    """Return a period from a name of sheet or file or from a title, its place, and whether it is explicit."""
    titles = [_titles(grid) for grid in grids]
    stem = re.sub(r"[_\-]+", " ", path.stem)
    places = (([guess.sheet], "sheet"), ([stem], "file"), *((title, "workbook") for title in titles))
    for lines, origin in places:
        found = find_period(lines)
        if found:
            return found.code, origin, True
    years = [(int(year[1]), origin) for lines, origin in places if (year := _YEAR.search(" ".join(lines)))]
    if not years:
        return "", "", True
    # A yearly statistic may state its year only in a title and in its name. If both agree, this is explicit.
    agree = len(years) > 1 and len({year for year, _ in years}) == 1
    return Period(years[0][0], 1, "Y").code, years[0][1], agree and guess.source in _YEARLY


def _period_named(sheet: str, path: Path) -> str:
    """Return the code of the period that the name of the sheet or file states explicitly; else empty."""
    for text in (sheet, re.sub(r"[_\-]+", " ", path.stem)):
        if not grows_until(text) and (found := find_period([text])):
            return found.code
    return ""


def _titles(grid: Grid) -> list[str]:
    """Return the texts in the first lines of a sheet that have one or two cells: its titles."""
    lines = grid.block(0, min(_LOOK_FOR_TITLES, grid.n_rows))
    return [str(cell) for line in lines if 0 < (line != "").sum() <= 2 for cell in line if cell]


_UNIT_LABEL = re.compile(
    r"^\s*(?:nama\s+)?(?:unit(?:\s+(?:kerja|pelayanan|layanan|organisasi))?|opd|skpd|perangkat daerah|instansi|satuan kerja|dinas/badan)"
    r"\s*[:=]\s*",
    re.IGNORECASE,
)


def _unit_elsewhere(grid: Grid, headings: Headings, path: Path, city: City) -> tuple[str, str]:
    """Return id and name of the unit in the letterhead or names of a table without a column of units.

    The id is empty if the register does not have the unit.
    """
    lines = _lines_above(grid, headings)
    labelled = [
        *(_UNIT_LABEL.sub("", text) for text in lines if _UNIT_LABEL.match(text)),
        *(
            after
            for text, after in itertools.pairwise(lines)
            if _UNIT_LABEL.fullmatch(f"{text.rstrip(' :')} : ")
        ),
    ]
    words = [*labelled, *lines, *_names_of_table(grid.sheet, path)]
    unit = next(iter(_units_in(words, city)), "")
    if unit:
        return unit, city.units[unit].name
    # A labelled name that is not in the register is kept: it goes to the review of unknown unit names.
    return "", next((text.strip(" :") for text in labelled if text.strip(" :")), "")


def _names_of_table(sheet: str, path: Path) -> list[str]:
    return [sheet, re.sub(r"[_\-]+", " ", path.stem), path.parent.name]


def _units_in(texts: Sequence[str], city: City, *, inside: bool = True) -> list[str]:
    """Return the units named in texts: first texts that are a name of a unit; with ``inside``, also texts that contain one."""
    names = unit_names(city)
    found = [unit for text in texts if (unit := names.find(text.strip(" :"), "").unit_id)]
    for text in texts if inside else ():
        contained = [
            u
            for u in city.units.values()
            for s in (u.name, u.short_name)
            if len(s) >= 5 and f" {fold(s)} " in f" {fold(text)} "
        ]
        if contained:
            found.append(max(contained, key=lambda unit: len(unit.name)).unit_id)
    return list(dict.fromkeys(found))


def _with_one_unit(
    guess: TableGuess,
    unit: str,
    name: str,
    lines: Sequence[str],
    path: Path,
    city: City,
    answers: Mapping[str, str],
) -> tuple[TableGuess, str, str]:
    """Ask for the unit of a table if its letterhead names one unit, and its sheet or file name another."""
    above = _units_in(lines, city)
    beside = _units_in(_names_of_table(guess.sheet, path), city)
    offices = {city.reporting_unit_id(each) for each in above}
    if not above or not beside or any(city.reporting_unit_id(each) in offices for each in beside):
        return guess, unit, name
    other = beside[0]
    named = tuple((each, city.units[each].name) for each in (unit, other))
    facts = {"file": path.name, "above": city.units[unit].name, "named": city.units[other].name}
    layout = layout_of(guess.source, (column.heading for column in guess.columns))
    about = f"unit_id {file_pattern(path.name)} {unit} {other}"
    question = Question("unit_contradicts", guess.source, layout, about, "", facts, named)
    answer = answers.get(question.key, "")
    chosen = answer if answer in dict(named) else unit
    return replace(guess, asks=(*guess.asks, question)), chosen, city.units[chosen].name


def file_pattern(name: str) -> str:
    """Return a pattern for a file and its later exports: the part with the period or version becomes ``*``.

    Examples
    --------
    >>> file_pattern("SKM Dishub TW III 2026 (final).xlsx"), file_pattern("rekap.xlsx"), file_pattern("2026.csv")
    ('SKM Dishub*.xlsx', 'rekap*.xlsx', '2026.csv')
    """
    place = Path(name)
    kept = ""
    for word in re.findall(r"[^\s_\-.(]+[\s_\-.(]*", place.stem):
        plain = fold(word)
        if any(sign.isdigit() for sign in plain) or set(plain.split()) & _OF_A_PERIOD:
            break
        kept += word
    kept = kept.rstrip(" _-.(")
    if len(kept) < _LEAST_PATTERN:
        return glob.escape(name)
    return f"{glob.escape(kept)}*{place.suffix}"
