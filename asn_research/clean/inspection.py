"""What a file is taken for, before anything is written: source, headings, period, faults, and a profile."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rapidfuzz import fuzz

from asn_research.clean.dates import parse_period
from asn_research.clean.identity import NipRegister, Pseudonyms, read_nip
from asn_research.clean.recipes import RECIPES
from asn_research.clean.units import service_names, unit_names
from asn_research.clean.values import BadCellError, parse_cell
from asn_research.clean.working import Context, start
from asn_research.clock import this_day
from asn_research.errors import AsnError, RawDataError
from asn_research.read.cells import Cells
from asn_research.read.grids import TEXTS, WORKBOOKS, Grid, read_grids
from asn_research.read.guards import printable
from asn_research.read.headings import Headings, find_headings, group_rows, heading_paths
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profiles_for
from asn_research.read.tables import find_tables
from asn_research.rules.cities import City, city_of_folder
from asn_research.rules.codebooks import SOURCES, Column, fold, fold_heading, load_codebook
from asn_research.rules.periods import Period

_SAMPLE = 300
#: Below so many rows no further headings are looked for.
_LOOK_IN_ALL = 20_000
_DEEPEST = 4
#: How alike a heading must be to a known one to be proposed (0 to 100).
_ALIKE = 72.0
#: Share of a column's cells that must be readable as what its heading is taken for.
_READABLE = 0.5
#: A source is proposed if it explains so much of its required columns; where none does, the one that
#: comes nearest is shown, for a person to name the rest.
_LEAST_SOURCE = 0.45
_NEAREST_SOURCE = 0.2
#: Tables that fit a source about as well as its best are read too: one sheet a month.
_NEAR = 3
#: Words that stand in many headings and tell none from another.
_COMMON = {
    "pelayanan",
    "layanan",
    "petugas",
    "unsur",
    "nilai",
    "pegawai",
    "kerja",
    "responden",
    "nomor",
    "jenis",
}
#: Columns of our own workbooks; no other heading is alike them.
_OWN = {"_supersedes", "_action"}
_LONGEST_GRADE = 2
_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")


@dataclass(frozen=True)
class ColumnGuess:
    """What a heading is taken for.

    Parameters
    ----------
    heading : str
        As sent, groups first.
    place : int
        The column in the sheet, from 0.
    column : str
        The codebook's column; empty if it is taken for none.
    confidence : int
        0 to 100; 100 for a heading that the codebook lists.
    """

    heading: str
    place: int
    column: str
    confidence: int


@dataclass(frozen=True)
class TableGuess:
    """What a table is taken for.

    Parameters
    ----------
    sheet : str
        Its sheet.
    is_hidden : bool
        Whether that is hidden.
    header_row, depth : int
        The last row of the headings (from 1), and how many rows they have.
    source : str
        The codebook.
    confidence : int
        Of the source, 0 to 100.
    columns : tuple of ColumnGuess
        All headings.
    missing : tuple of str
        Required columns that no heading means.
    period, period_from : str
        The period's code and where it was found (`cells`, `profile`, `letterhead`, `dates`, `sheet`,
        `workbook`, `file`); empty if it was not.
    unit_id : str
        The unit of all rows, where no column names units and a title or name does.
    n_rows : int
        Rows below the headings.
    profile : Profile or None
        The profile that applies, or that would have to.
    is_written : bool
        Whether that profile is in the folder already.
    faults : tuple of (str, str, int, tuple of int)
        Of a trial cleaning: reason, column, number of rows, and the first rows.
    exits : dict of str to int
        Of a trial cleaning: kept, quarantined, excluded; empty if it could not be tried.
    trouble : str
        Why it could not be tried.
    """

    sheet: str
    is_hidden: bool
    header_row: int
    depth: int
    source: str
    confidence: int
    columns: tuple[ColumnGuess, ...]
    missing: tuple[str, ...]
    period: str
    period_from: str
    unit_id: str
    n_rows: int
    profile: Profile | None
    is_written: bool
    faults: tuple[tuple[str, str, int, tuple[int, ...]], ...] = ()
    exits: dict[str, int] | None = None
    trouble: str = ""

    @property
    def unused(self) -> list[str]:
        """The headings that are taken for no column."""
        return [guess.heading for guess in self.columns if not guess.column]

    @property
    def unknown(self) -> list[str]:
        """The unused headings that may mean a column: a running number means none."""
        return [heading for heading in self.unused if fold_heading(heading) != "nomor"]

    @property
    def has_unknown(self) -> bool:
        """Whether a column that must be there may hide behind a heading that is not known."""
        return bool(self.missing and self.unknown)

    @property
    def optional(self) -> list[str]:
        """The codebook's columns that may be left out and that no heading means; personal ones are not invited."""
        known = {guess.column for guess in self.columns} | set(self.missing) | _OWN
        book = load_codebook(self.source).columns
        return [c.column for c in book if not c.required and not c.personal and c.column not in known]


@dataclass(frozen=True)
class Inspection:
    """What a file is taken for.

    Parameters
    ----------
    path : Path
        The file.
    tables : tuple of TableGuess
        What is read from it, or would be with the proposed profiles.
    others : tuple of str
        Sheets from which nothing would be read.
    """

    path: Path
    tables: tuple[TableGuess, ...]
    others: tuple[str, ...]

    @property
    def proposals(self) -> tuple[Profile, ...]:
        """The profiles that the file needs and does not have."""
        if all(table.profile is None or table.is_written for table in self.tables):
            return ()
        # Where a file has profiles, only what they name is read: all its tables need one.
        return tuple(table.profile for table in self.tables if table.profile is not None)


def inspect_file(path: Path | str, *, today: date | None = None) -> Inspection:
    """Say what a file is taken for, without writing anything.

    Parameters
    ----------
    path : Path or str
        A spreadsheet or text table. Profiles and a city beside it are used.
    today : date, optional
        The day of a table that names no period; by default the machine's.

    Returns
    -------
    Inspection

    Raises
    ------
    RawDataError
        If the file cannot be read, or nothing in it resembles a known source.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"There is no file {printable(path.name)}. Check its name and folder."
        raise RawDataError(msg)
    if path.suffix.lower() not in WORKBOOKS | TEXTS:
        msg = f"{printable(path.name)}: files of this kind are not read. Save it as .xlsx, .ods or .csv."
        raise RawDataError(msg)
    name = printable(path.name)
    grids = list(read_grids(path, name))
    city = city_of_folder(path.parent)
    existing = tuple(profiles_for(path, load_profiles(path.parent)))
    if existing:
        tables = _with_profiles(grids, existing)
    else:
        tables = _without_profiles(grids, path, city) or _without_profiles(grids, path, city, _NEAREST_SOURCE)
    if not tables:
        sheets = ", ".join(f"'{grid.sheet}'" for grid in grids if grid.sheet) or "the table"
        msg = (
            f"{name}: nothing in {sheets} resembles a known source. A table needs a row of headings above its rows; "
            f"the sources and their headings are in asn_research/rules/codebooks. Known sources: {', '.join(SOURCES)}."
        )
        raise RawDataError(msg)
    tried = tuple(_tried(table, tables, grids, path, city, today or this_day()) for table in tables)
    used = {table.sheet for table in tried}
    return Inspection(path, tried, tuple(grid.sheet for grid in grids if grid.sheet not in used))


def _with_profiles(grids: Sequence[Grid], profiles: Sequence[Profile]) -> list[TableGuess]:
    tables = []
    for grid in grids:
        for profile in profiles:
            if profile.sheet and profile.sheet != grid.sheet:
                continue
            for headings in find_headings(grid, profile):
                known = _known_columns(headings)
                origin = "profile" if profile.period else ""
                guess = _guess(grid, headings, known, 100, origin or _period_in(grid, headings)[1])
                tables.append(replace(guess, profile=profile, is_written=True,
                                      period=profile.period or _period_in(grid, headings)[0],
                                      missing=tuple(headings.lacks(profile))))  # fmt: skip
    return tables


def _without_profiles(
    grids: Sequence[Grid], path: Path, city: City, least: float = _LEAST_SOURCE
) -> list[TableGuess]:
    found: list[tuple[Grid, Headings, tuple[ColumnGuess, ...], int]] = []
    for grid in grids:
        exact = [h for h in find_headings(grid) if not h.lacks(None)]
        found += [(grid, h, _known_columns(h), 100) for h in exact]
        found += [(grid, *guessed) for guessed in _guess_tables(grid, exact, least)]
    found = _best_of_a_source(found)
    tables = []
    for grid, headings, columns, confidence in found:
        guess = _guess(grid, headings, columns, confidence, "")
        guess = _placed(guess, grid, headings, grids, path, city)
        tables.append(guess)
    needs = any(_needs_profile(table) for table in tables) or len({t.sheet for t in tables}) < sum(
        1 for grid in grids if find_headings(grid)
    )
    return [replace(table, profile=_profile_of(table, path, grids)) for table in tables] if needs else tables


_Found = tuple[Grid, Headings, tuple[ColumnGuess, ...], int]


def _best_of_a_source(found: list[_Found]) -> list[_Found]:
    """Leave out what is only alike a source that another sheet fits better: summaries beside the data."""
    best: dict[str, int] = {}
    for _, headings, _, confidence in found:
        best[headings.source] = max(confidence, best.get(headings.source, 0))
    return [entry for entry in found if entry[3] >= best[entry[1].source] - _NEAR]


def _known_columns(headings: Headings) -> tuple[ColumnGuess, ...]:
    of = {place: column for column, place in headings.columns.items()}
    return tuple(
        ColumnGuess(" ".join(label.split()), place, of.get(place, ""), 100 if place in of else 0)
        for place, label in headings.labels.items()
    )


def _guess(
    grid: Grid, headings: Headings, columns: tuple[ColumnGuess, ...], confidence: int, period_from: str
) -> TableGuess:
    filled = np.zeros(grid.n_rows, bool)
    for place in headings.span:
        filled |= grid.columns[place].filled
    return TableGuess(
        sheet=grid.sheet,
        is_hidden=grid.is_hidden,
        header_row=headings.last_row + 1,
        depth=headings.last_row - headings.first_row + 1,
        source=headings.source,
        confidence=confidence,
        columns=columns,
        missing=tuple(headings.lacks(None)),
        period="",
        period_from=period_from,
        unit_id="",
        n_rows=int(filled[headings.last_row + 1 :].sum()),
        profile=None,
        is_written=False,
    )


def _guess_tables(
    grid: Grid, known: Sequence[Headings], least: float
) -> list[tuple[Headings, tuple[ColumnGuess, ...], int]]:
    """Find the tables of a sheet that no codebook fits exactly, below and above those that one does."""
    found: list[tuple[Headings, tuple[ColumnGuess, ...], int]] = []
    rows = _rows_like_headings(grid)
    taken = {row for h in known for row in range(h.first_row, h.last_row + 1)}
    while True:
        best = _best_guess(grid, [row for row in rows if row not in taken], taken, least)
        if best is None:
            return found
        found.append(best)
        # The row below headings may still look like some, and so may the one above.
        taken |= set(range(best[0].first_row - 1, best[0].last_row + 2))


def _rows_like_headings(grid: Grid) -> list[int]:
    """Return the rows of words below a blank or almost blank row, and those right below such a row."""
    n_filled = np.zeros(grid.n_rows, int)
    for column in grid.columns:
        n_filled += column.filled
    rows: list[int] = []
    for row in range(min(grid.n_rows - 1, _LOOK_IN_ALL)):
        if n_filled[row] < 2:
            continue
        if row == 0 or n_filled[row - 1] <= 2 or (rows and rows[-1] == row - 1 and _depth(rows) < _DEEPEST):
            cells = [str(cell) for cell in grid.block(row, row + 1)[0] if cell]
            if sum(not _is_number(cell) for cell in cells) >= 2:
                rows.append(row)
    return rows


def _depth(rows: Sequence[int]) -> int:
    """How many rows in one run end a list of rows."""
    n = 1
    while n < len(rows) and rows[-n - 1] == rows[-n] - 1:
        n += 1
    return n


def _best_guess(
    grid: Grid, rows: Sequence[int], taken: set[int], least: float
) -> tuple[Headings, tuple[ColumnGuess, ...], int] | None:
    """Find the row, depth and source whose headings are most alike what stands in a sheet."""
    best: tuple[float, Headings, tuple[ColumnGuess, ...], int] | None = None
    for row in rows:
        for depth in range(1, min(_DEEPEST, row + 1) + 1):
            block = grid.block(row - depth + 1, row + 1)
            if row - depth + 1 in taken or not (block != "").any(axis=1).all():
                break
            paths = heading_paths(block, group_rows(grid, row))
            for source in SOURCES:
                columns = _alike(grid, paths, source, row)
                book = load_codebook(source)
                of = {guess.column: guess for guess in columns if guess.column}
                # A unit may stand in the letterhead instead.
                required = [
                    of[c].confidence if c in of else 0 for c in book.required if c != "unit_id" or c in of
                ]
                share = sum(required) / (100 * max(1, len(required)))
                # Deeper headings must earn their rows; titles read as a group do not.
                total = share * 100 + sum(g.confidence for g in of.values()) / 10 - depth
                if share < least or len(of) < 3 or (best and total <= best[0]):
                    continue
                places = {guess.column: guess.place for guess in columns if guess.column}
                labels = {guess.place: guess.heading for guess in columns}
                headings = Headings(source, row - depth + 1, row, places, labels, tuple(range(len(paths))))
                best = (total, headings, columns, round(share * 100))
    return best[1:] if best else None


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.,%()\s-]+", text))


def _alike(grid: Grid, paths: Sequence[tuple[str, ...]], source: str, row: int) -> tuple[ColumnGuess, ...]:
    """Pair headings with columns, the most alike first; content may speak against a name."""
    book = load_codebook(source)
    pairs: list[tuple[float, int, str]] = []
    for place, path in enumerate(paths):
        if not path:
            continue
        readings = {fold_heading(part) for part in (" ".join(path), " ".join(path[-2:]), path[-1])} - {""}
        for column in (c for c in book.columns if c.column not in _OWN):
            score = max((_likeness(reading, column) for reading in readings), default=0.0)
            # People's names and numbers are dropped anyway; only a known heading is taken for one.
            if column.personal and column.type != "nip":
                score = score if score == 100 else 0.0
            if score >= _ALIKE:
                score *= _fit(grid.columns[place].take(slice(row + 1, row + 1 + _SAMPLE)), column)
                if score >= _ALIKE:
                    pairs.append((score, place, column.column))
    taken: dict[int, tuple[str, int]] = {}
    for score, place, name in sorted(pairs, key=lambda p: (-p[0], p[1])):
        if place not in taken and name not in {column for column, _ in taken.values()}:
            taken[place] = (name, round(score))
    return tuple(
        ColumnGuess(" ".join(" ".join(path).split()), place, *taken.get(place, ("", 0)))
        for place, path in enumerate(paths)
        if path
    )


def _likeness(reading: str, column: Column) -> float:
    best = 0.0
    for spelling in column.spellings:
        known = fold_heading(spelling)
        if reading == known:
            return 100.0
        # Words in another order are alike; one telling word among others is alike in part.
        score = max(fuzz.ratio(reading, known), fuzz.token_sort_ratio(reading, known))
        if _shares_words(reading, known):
            score = max(score, 93 * (0.75 + 0.25 * len(known.split()) / len(reading.split())))
        best = max(best, score)
    return min(best, 99.0)


def _shares_words(reading: str, known: str) -> bool:
    """Whether all telling words of a known heading stand in a reading."""
    words = {word for word in known.split() if len(word) >= 4}
    return bool(words - _COMMON) and words <= set(reading.split())


def _fit(cells: Cells, column: Column) -> float:
    """Return 1 if what stands below can be read as the column's values, less if some cannot, 0 if most cannot."""
    if column.type == "text":
        return 1.0
    readable, n = 0.0, 0
    used = cells.used()
    counts = np.bincount(used.codes, minlength=len(used.texts))
    for at, (text, kind) in enumerate(zip(used.texts, used.kinds, strict=True)):
        if not text:
            continue
        n += counts[at]
        readable += counts[at] * _is_readable(text, kind, column)
    if not n:
        return 0.95
    share = readable / n
    return 1.0 if share >= 0.9 else (0.9 if share >= _READABLE else 0.0)


def _is_readable(text: str, kind: str, column: Column) -> bool:
    if column.type == "nip":
        return bool(read_nip(text, kind, NipRegister()).digits) or bool(
            re.fullmatch(r"\D*\d[\d\s.']{13,}\D*", text)
        )
    if column.type in {"unit", "service"}:
        # Any name may be one; a number or a grade is none.
        return len(re.sub(r"[^A-Za-z]", "", text)) > _LONGEST_GRADE
    try:
        parse_cell(text, kind, column)
    except BadCellError:
        return False
    return True


def _period_in(grid: Grid, headings: Headings) -> tuple[str, str]:
    """Return the period that cells, letterhead or dates of a table give, and which of them."""
    book = load_codebook(headings.source)
    if "period" in headings.columns:
        return "", "cells"
    lines = grid.block(0, headings.first_row)
    found = parse_period(" ".join(str(cell) for cell in lines.ravel() if cell))
    if found:
        return found.code, "letterhead"
    dates = [c.column for c in book.columns if c.type == "date" and c.column in headings.columns]
    return ("", "dates") if dates else ("", "")


def _placed(
    guess: TableGuess, grid: Grid, headings: Headings, grids: Sequence[Grid], path: Path, city: City
) -> TableGuess:
    """Add period and unit, from wherever the file speaks of them."""
    period, origin = _period_in(grid, headings)
    if not origin and guess.source != "employees":
        period, origin = _period_elsewhere(guess, grids, path)
    unit = ""
    if "unit_id" in guess.missing:
        unit = _unit_elsewhere(grid, headings, path, city)
    missing = tuple(c for c in guess.missing if not (c == "unit_id" and unit))
    return replace(guess, period=period, period_from=origin, unit_id=unit, missing=missing)


def _period_elsewhere(guess: TableGuess, grids: Sequence[Grid], path: Path) -> tuple[str, str]:
    titles = [" ".join(str(c) for c in grid.block(0, min(8, grid.n_rows)).ravel() if c) for grid in grids]
    stem = re.sub(r"[_\-]+", " ", path.stem)
    for text, origin in ((guess.sheet, "sheet"), (stem, "file"), *((title, "workbook") for title in titles)):
        found = parse_period(text)
        if found:
            return found.code, origin
    for text, origin in ((guess.sheet, "sheet"), (path.stem, "file"), *((t, "workbook") for t in titles)):
        year = _YEAR.search(text)
        if year:
            return Period(int(year[1]), 1, "Y").code, origin
    return "", ""


def _unit_elsewhere(grid: Grid, headings: Headings, path: Path, city: City) -> str:
    names = unit_names(city)
    lines = grid.block(0, headings.first_row).ravel()
    stem = re.sub(r"[_\-]+", " ", path.stem)
    words = [*(str(cell) for cell in lines if cell), grid.sheet, stem, path.parent.name]
    for text in words:
        plain = re.sub(
            r"^.*?(?:unit kerja|unit|opd|perangkat daerah|instansi)\s*:\s*", "", text, flags=re.IGNORECASE
        )
        found = names.find(plain, "")
        if found.unit_id:
            return found.unit_id
    for text in words:
        inside = [
            u
            for u in city.units.values()
            for s in (u.name, u.short_name)
            if len(s) >= 5 and f" {fold(s)} " in f" {fold(text)} "
        ]
        if inside:
            return max(inside, key=lambda unit: len(unit.name)).unit_id
    return ""


def _needs_profile(table: TableGuess) -> bool:
    fuzzy = any(guess.column and guess.confidence < 100 for guess in table.columns)
    lost_period = table.period_from in {"sheet", "file", "workbook"}
    return fuzzy or lost_period or bool(table.unit_id) or bool(table.missing) or table.is_hidden


def _profile_of(table: TableGuess, path: Path, grids: Sequence[Grid]) -> Profile:
    content: dict[str, Any] = {"file": path.name, "source": table.source}
    if len(grids) > 1:
        content["sheet"] = table.sheet
    content["header_row"] = table.header_row
    if table.unit_id:
        content["unit"] = {"unit_id": table.unit_id}
    if table.period and table.period_from not in {"cells", "letterhead", "dates"}:
        content["period"] = table.period
    columns = {g.heading: g.column for g in table.columns if g.column and g.confidence < 100}
    if columns:
        content["columns"] = columns
    if table.source == "citizen_feedback":
        answers = {c.column for c in load_codebook(table.source).columns if c.type == "choice_number"}
        unasked = [c for c in table.missing if c in answers]
        if unasked:
            content["not_asked"] = tuple(unasked)
    return Profile.model_validate(content)


def _tried(
    table: TableGuess,
    tables: Sequence[TableGuess],
    grids: Sequence[Grid],
    path: Path,
    city: City,
    today: date,
) -> TableGuess:
    """Clean a table on trial, in memory and with a key that is thrown away."""
    profiles = [t.profile for t in tables if t.profile is not None]
    grid = next(g for g in grids if g.sheet == table.sheet)
    try:
        raw = [
            found
            for found in find_tables(grid, file=path.name, file_hash="0" * 12, profiles=profiles)
            if found.header_row == table.header_row and found.source == table.source
        ]
        if not raw:
            return table
        context = _context(city, raw, table, today)
        rows = RECIPES[table.source].read(start(raw, context))
        outcome = RECIPES[table.source].part([rows])
    except AsnError as error:
        return replace(table, trouble=str(error))
    faults: dict[tuple[str, str], list[int]] = {}
    for fault in outcome.quarantine[["reason", "column", "row"]].to_dict("records"):
        faults.setdefault((fault["reason"], fault["column"]), []).append(fault["row"])
    listed = sorted(faults.items(), key=lambda item: -len(item[1]))
    return replace(
        table,
        faults=tuple((reason, column, len(at), tuple(sorted(at)[:5])) for (reason, column), at in listed),
        exits={
            "raw": outcome.n_raw,
            "kept": len(outcome.kept),
            "quarantined": int(outcome.quarantine["row_id"].nunique()),
            "excluded": len(outcome.excluded),
        },
    )


def _context(city: City, raw: Sequence[Any], table: TableGuess, today: date) -> Context:
    if table.profile and table.profile.unit and table.profile.unit.unit_id not in city.units:
        unit = table.profile.unit.as_unit()
        city = replace(city, units={**city.units, unit.unit_id: unit})
    numbers = [
        digits
        for found in raw
        if found.source == "employees"
        for digits in found.columns["person_id"].each(lambda t, k: read_nip(t, k, NipRegister()).digits)
        if digits
    ]
    period = Period.parse(table.period).last_day if table.period else today
    return Context(
        city, unit_names(city), service_names(city), Pseudonyms(secrets.token_bytes(32)),
        NipRegister.of(numbers), period,
    )  # fmt: skip


def write_profiles(inspection: Inspection) -> list[Path]:
    """Write the proposed profiles beside the file; existing ones stay.

    Returns
    -------
    list of Path
        The profiles written.

    Raises
    ------
    RawDataError
        If one is already there.
    """
    written = []
    proposals = inspection.proposals
    for number, profile in enumerate(proposals, start=1):
        suffix = f"-{number}" if len(proposals) > 1 else ""
        place = inspection.path.parent / f"{inspection.path.stem}{suffix}{SUFFIX}"
        if place.exists():
            msg = f"There is a profile {place.name} already. Edit it, or delete it and inspect again."
            raise RawDataError(msg)
        place.write_text(_profile_text(profile, inspection), encoding="utf-8")
        written.append(place)
    return written


def _profile_text(profile: Profile, inspection: Inspection) -> str:
    content = profile.model_dump(mode="json", exclude_defaults=True)
    if profile.unit:
        content["unit"] = {k: v for k, v in content["unit"].items() if v}
    columns = content.pop("columns", {})
    head = f"# Profil sumber untuk {inspection.path.name}, diusulkan oleh: asn-research inspect --write\n"
    text = head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
    if columns:
        sure = {g.heading: g.confidence for t in inspection.tables for g in t.columns}
        text += "# judul di berkas: kolom menurut buku kode. Periksa yang keyakinannya rendah.\ncolumns:\n"
        for heading, column in columns.items():
            entry = yaml.safe_dump({heading: column}, allow_unicode=True, width=10_000).strip()
            text += f"  {entry}  # {sure.get(heading, 0)} %\n"
    table = next((t for t in inspection.tables if t.profile == profile), None)
    asks = table is not None and table.unknown and (table.missing or table.optional)
    return text + (_questions(table, has_columns=bool(columns)) if table and asks else "")


def _questions(table: TableGuess, *, has_columns: bool) -> str:
    """Write the headings that are not known, for a person to say what they mean."""
    book = load_codebook(table.source)
    named = [f"{name} = {book[name].label_id}" for name in (*table.missing, *table.optional)]
    lines = [
        "# Judul berikut belum dipakai. Bila artinya salah satu kolom ini, hapus tanda # dan ganti ??? dengan namanya:",
        *(f"#   {name}" for name in named),
        "# Judul:",
        *([] if has_columns else ["#columns:"]),
    ]
    lines += [
        "#  " + yaml.safe_dump({heading: "???"}, allow_unicode=True, width=10_000).strip()
        for heading in table.unknown
    ]
    return "\n".join(lines) + "\n"
