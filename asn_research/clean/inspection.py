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
from asn_research.clean.questions import Asked, collect_questions, find_answers
from asn_research.clean.recipes import RECIPES
from asn_research.clean.units import service_names, unit_names
from asn_research.clean.values import BadCellError, parse_cell
from asn_research.clean.working import Context, start
from asn_research.errors import AsnError, RawDataError
from asn_research.read.cells import Cells
from asn_research.read.grids import TEXTS, WORKBOOKS, Grid, read_grids
from asn_research.read.guards import printable
from asn_research.read.headings import Headings, find_headings, group_rows, heading_paths
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profiles_for
from asn_research.read.tables import find_tables
from asn_research.rules.cities import City, load_city
from asn_research.rules.codebooks import SOURCES, Column, fold, fold_heading, load_codebook
from asn_research.rules.periods import Period


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


def inspect_file(path: Path | str) -> Inspection:
    """Say what a file is taken for, without writing anything.

    Parameters
    ----------
    path : Path or str
        A spreadsheet or text table. Profiles and a city beside it are used.

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
    city = load_city(folder=path.parent) if (path.parent / "units.csv").is_file() else load_city()
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
    tried = tuple(_tried(table, tables, grids, path, city) for table in tables)
    used = {table.sheet for table in tried}
    return Inspection(path, tried, tuple(grid.sheet for grid in grids if grid.sheet not in used))


def _tried(
    table: TableGuess, tables: Sequence[TableGuess], grids: Sequence[Grid], path: Path, city: City
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
        context = replace(_context(city, raw, table), answers=find_answers(path))
        rows = RECIPES[table.source].read(start(raw, context))
        questions = collect_questions([rows], context.answers)
        outcome = RECIPES[table.source].part([rows])
    except AsnError as error:
        return replace(table, trouble=str(error))
    faults: dict[tuple[str, str], list[int]] = {}
    for fault in outcome.quarantine[["reason", "column", "row"]].to_dict("records"):
        faults.setdefault((fault["reason"], fault["column"]), []).append(fault["row"])
    listed = sorted(faults.items(), key=lambda item: -len(item[1]))
    return replace(
        table,
        questions=questions,
        faults=tuple((reason, column, len(at), tuple(sorted(at)[:5])) for (reason, column), at in listed),
        exits={
            "raw": outcome.n_raw,
            "kept": len(outcome.kept),
            "quarantined": int(outcome.quarantine["row_id"].nunique()),
            "excluded": len(outcome.excluded),
        },
    )


def _context(city: City, raw: Sequence[Any], table: TableGuess) -> Context:
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
    period = Period.parse(table.period).last_day if table.period else date.today()
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
