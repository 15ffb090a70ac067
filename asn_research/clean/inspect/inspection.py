"""Inspect a file without writing anything: its source, headings, period, faults, and a proposed profile."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from asn_research.clean.inspect.recognition import raw_tables, recognise
from asn_research.clean.inspect.table_guesses import ColumnGuess, Recognised, TableGuess
from asn_research.clean.privacy.identity import NipRegister, Pseudonyms, read_nip
from asn_research.clean.questions.open_questions import collect_questions
from asn_research.clean.questions.question_workbook import find_answers
from asn_research.clean.recipes import recipe_of
from asn_research.clean.steps.units import service_names, unit_names
from asn_research.clean.working import Context, start
from asn_research.clock import this_day
from asn_research.errors import AsnError, RawDataError, UnknownTableError
from asn_research.read.city_form import city_of
from asn_research.read.file_guards import printable
from asn_research.read.grids import TEXTS, WORKBOOKS, read_grids
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profiles_for
from asn_research.rules.cities import City
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.questions import Answers
from asn_research.rules.words import LANGUAGES, load_words, worded

__all__ = ["ColumnGuess", "Inspection", "TableGuess", "inspect_file", "write_profiles"]
#: A text that needs no quotation marks in yaml, in any position.
_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_/() .-]*[A-Za-z0-9_)])?")
_NO_TEXT = {"yes", "no", "on", "off", "true", "false", "null", "y", "n", "ya"}
#: The longest key written on one line; yaml allows 1,024 characters.
_LONGEST_KEY = 1000


@dataclass(frozen=True)
class Inspection:
    """The result of inspecting a file.

    Parameters
    ----------
    path : Path
        The file.
    tables : tuple of TableGuess
        The tables that are read from it, or would be read with the proposed profiles.
    others : tuple of str
        The sheets without a table.
    """

    path: Path
    tables: tuple[TableGuess, ...]
    others: tuple[str, ...]

    @property
    def proposals(self) -> tuple[Profile, ...]:
        """The profiles that the file needs and does not have yet."""
        if all(table.profile is None or table.is_written for table in self.tables):
            return ()
        # If a file has profiles, only tables with a profile are read, so all its tables need one.
        return tuple(table.profile for table in self.tables if table.profile is not None)


def inspect_file(path: Path | str, *, today: date | None = None) -> Inspection:
    """Inspect a file and clean it on trial, without writing anything.

    Parameters
    ----------
    path : Path or str
        A spreadsheet or text table. Profiles and files of a city in its folder are used.
    today : date, optional
        The day that is used for a table without a period; by default the present day.

    Returns
    -------
    Inspection

    Raises
    ------
    RawDataError
        If the file cannot be read, or no table in it is similar to a known source.
    """
    path = Path(path)
    if not path.is_file():
        raise worded(RawDataError, "error_inspect_no_file", file=printable(path.name))
    if path.suffix.lower() not in WORKBOOKS | TEXTS:
        raise worded(RawDataError, "error_inspect_kind", file=printable(path.name))
    name = printable(path.name)
    city = city_of(path.parent)
    existing = tuple(profiles_for(path, load_profiles(path.parent)))
    answers = find_answers(path)
    recognised = recognise(list(read_grids(path, name)), path, city, existing, answers)
    if not recognised.tables:
        _refuse(recognised, name)
    tried = tuple(
        _tried(table, recognised, path, city, answers, today or this_day()) for table in recognised.tables
    )
    return Inspection(path, tried, recognised.others)


def _refuse(recognised: Recognised, name: str) -> NoReturn:
    sheets = ", ".join(f"'{grid.sheet}'" for grid in recognised.grids if grid.sheet)
    if "recap" in recognised.notes.values():
        raise worded(RawDataError, "error_inspect_recap", file=name)
    raise worded(UnknownTableError, "error_inspect_unknown", file=name, sheets=sheets, sources=_sources())


def _sources() -> AsnError:
    """Return what the known sources hold, in each language."""
    words = {each: load_words(each) for each in LANGUAGES}
    said = {each: ", ".join(words[each](f"source_{name}") for name in SOURCES) for each in LANGUAGES}
    return AsnError(said["en"]).worded_in(said)


def _tried(
    table: TableGuess, recognised: Recognised, path: Path, city: City, answers: Answers, today: date
) -> TableGuess:
    """Return a table with the result of a trial cleaning, in memory and with a random key."""
    excused = set(table.profile.not_asked) if table.profile else set()
    if set(table.missing) - excused or table.note:
        return table
    try:
        raw = raw_tables(recognised, path.name, "0" * 12, only=table)
        context = replace(_context(city, raw, table, today), answers=answers)
        rows = recipe_of(table.source).read(start(raw, context))
        is_simulated = any(found.is_simulated for found in raw)
        joined = recipe_of(table.source).join([rows], None if is_simulated else today)
        questions = collect_questions([joined], context.answers)
        outcome = recipe_of(table.source).part(joined)
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
    """Write the proposed profiles into the folder of the file; existing ones are not changed.

    Returns
    -------
    list of Path
        The paths of the written profiles.

    Raises
    ------
    RawDataError
        If a profile with this name exists already.
    """
    written = []
    proposals = inspection.proposals
    for number, profile in enumerate(proposals, start=1):
        suffix = f"-{number}" if len(proposals) > 1 else ""
        place = inspection.path.parent / f"{inspection.path.stem}{suffix}{SUFFIX}"
        if place.exists():
            raise worded(RawDataError, "error_inspect_profile", profile=place.name)
        place.write_text(_profile_text(profile, inspection), encoding="utf-8")
        written.append(place)
    return written


def profile_lines(profile: Profile) -> str:
    """Return a profile as the yaml text of its file.

    Parameters
    ----------
    profile : Profile
        The profile.
    """
    content = profile.model_dump(mode="json", exclude_defaults=True)
    columns = content.pop("columns", {})
    lines = [f"{key}: {_in_yaml(value)}" for key, value in content.items()]
    if columns:
        lines.append("columns:")
        for heading, column in columns.items():
            lines += _entry(heading, column)
    return "\n".join(lines) + "\n"


def _profile_text(profile: Profile, inspection: Inspection) -> str:
    content = profile.model_dump(mode="json", exclude_defaults=True)
    columns = content.pop("columns", {})
    name = printable(inspection.path.name)
    lines = [f"# Profil sumber untuk {name}, diusulkan oleh: asn-research inspect --write"]
    lines += [f"{key}: {_in_yaml(value)}" for key, value in content.items()]
    table = next((t for t in inspection.tables if t.profile == profile), None)
    if table and (table.asks_unit or "unit_id" in table.missing):
        lines += [
            "# Tidak ada kolom unit kerja. Bila semua baris milik satu unit, hapus tanda # dan tulis kodenya:",
            "#unit: {unit_id: KODE-UNIT}",
        ]
    if columns:
        sure = {g.heading: g.confidence for t in inspection.tables for g in t.columns}
        lines.append("# judul di berkas: kolom menurut buku kode. Periksa yang keyakinannya rendah.")
        lines.append("columns:")
        for heading, column in columns.items():
            lines += _entry(heading, column, note=f"  # {sure.get(heading, 0)} %")
    asks = table is not None and table.unknown and (table.missing or table.optional)
    return "\n".join(lines) + "\n" + (_questions(table, has_columns=bool(columns)) if table and asks else "")


def _in_yaml(value: Any) -> str:
    """Return the yaml of a value; reading it gives exactly the same value, also with special characters."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_in_yaml(k)}: {_in_yaml(v)}" for k, v in value.items() if v) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_in_yaml(item) for item in value) + "]"
    if isinstance(value, int):
        return str(value)
    return str(value) if _PLAIN.fullmatch(str(value)) else _quoted(str(value))


def _quoted(text: str) -> str:
    def sign(letter: str) -> str:
        if letter in '"\\':
            return f"\\{letter}"
        if letter.isprintable() and ord(letter) < 0xFFFE and letter != "\ufeff":
            return letter
        return f"\\U{ord(letter):08X}"

    return '"' + "".join(map(sign, text)) + '"'


def _entry(heading: str, column: str, *, mark: str = "", note: str = "") -> list[str]:
    """Return the yaml lines that map a heading to a column; a long key is written with a question mark."""
    key = heading if _PLAIN.fullmatch(heading) and heading.casefold() not in _NO_TEXT else _quoted(heading)
    if len(key) > _LONGEST_KEY:
        return [f"{mark}  ? {key}", f"{mark}  : {column}{note}"]
    return [f"{mark}  {key}: {column}{note}"]


def _questions(table: TableGuess, *, has_columns: bool) -> str:
    """Return commented lines with the unknown headings, in which a person can fill in the columns."""
    book = load_codebook(table.source)
    named = [f"{name} = {book[name].label_indonesian}" for name in (*table.missing, *table.optional)]
    lines = [
        "# Judul berikut belum dipakai. Bila artinya salah satu kolom ini, hapus tanda # dan ganti ??? dengan namanya:",
        *(f"#   {name}" for name in named),
        "# Judul:",
        *([] if has_columns else ["#columns:"]),
    ]
    for heading in table.unknown:
        lines += _entry(heading, "???", mark="#")
    return "\n".join(lines) + "\n"
