"""A folder of exports becomes processed tables: read, clean by recipe, count, store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from asn_research.clean.cleaned import Cleaned
from asn_research.clean.contracts import check_table
from asn_research.clean.dates import parse_date, parse_period
from asn_research.clean.identity import NipRegister, Pseudonyms, load_key, read_nip
from asn_research.clean.recipes import RECIPES
from asn_research.clean.store import NewData, SheetExits, write_processed
from asn_research.clean.units import service_names, unit_names
from asn_research.clean.working import Context, start
from asn_research.errors import ReconciliationError
from asn_research.read import RawFolder, RawTable, read_raw_folder
from asn_research.rules.cities import City, CityFacts, load_city
from asn_research.rules.codebooks import SOURCES
from asn_research.rules.regulations import load_rules

_TRUTH = Path("_simulasi") / "truth.json"


@dataclass(frozen=True)
class CleanReport:
    """What cleaning a folder did.

    Parameters
    ----------
    exits : pd.DataFrame
        One row per sheet: file, sheet, source, n_raw, n_kept, n_repaired (rows), n_quarantined,
        n_excluded.
    is_simulated : bool
        Whether the data come from the simulator.
    passed_over : tuple of str
        Sheets that hold no table.
    key_line : str
        Where the pseudonym key is.
    """

    exits: pd.DataFrame
    is_simulated: bool
    passed_over: tuple[str, ...]
    key_line: str

    def lines(self) -> Iterator[str]:
        """Yield what to tell the user: in = kept + quarantined + excluded, for each file."""
        yield self.key_line
        for row in (SheetExits(**dict(r)) for _, r in self.exits.astype(object).iterrows()):
            where = f"{row.file} [{row.sheet}]" if row.sheet else row.file
            yield (
                f"{where}: {row.n_raw} rows in = {row.n_kept} kept ({row.n_repaired} repaired) + "
                f"{row.n_quarantined} quarantined + {row.n_excluded} excluded"
            )
        yield from (f"{name}: no table found, passed over" for name in self.passed_over)
        total = self.exits[["n_raw", "n_kept", "n_quarantined", "n_excluded"]].sum()
        yield (
            f"In all: {total['n_raw']} rows in = {total['n_kept']} kept + "
            f"{total['n_quarantined']} quarantined + {total['n_excluded']} excluded"
        )


def clean_folder(raw: Path | str, out: Path | str, *, key_file: Path | None = None) -> CleanReport:
    """Clean a folder of raw exports into processed tables.

    Parameters
    ----------
    raw : Path or str
        The exports. ``city.yaml``, ``units.csv`` and ``services.csv`` in it replace the default city.
    out : Path or str
        The processed folder.
    key_file : Path, optional
        Where the pseudonym key is kept; see `load_key`.

    Returns
    -------
    CleanReport

    Raises
    ------
    RawDataError
        If a file cannot be read, recognised, or lacks a required column. Nothing is written then.
    ReconciliationError
        If a row went missing, which is a defect of ours.
    """
    raw, out = Path(raw), Path(out)
    folder = read_raw_folder(raw)
    key, key_line = load_key(key_file)
    context = _context(folder, raw, Pseudonyms(key))
    cleaned = {
        source: RECIPES[source](start(source, tables, context))
        for source in SOURCES
        if (tables := [t for t in folder.tables if t.source == source])
    }
    exits = [exit for source, result in cleaned.items() for exit in _exits(source, result, folder.tables)]
    for source, result in cleaned.items():
        check_table(source, result.kept)
    stored = {source: _sorted(result.kept) for source, result in cleaned.items()}
    for name in ("repairs", "quarantine", "excluded"):
        stored[name] = pd.concat([getattr(result, name) for result in cleaned.values()], ignore_index=True)
    truth = raw / _TRUTH
    write_processed(
        out,
        NewData(
            tables={**stored, **_register(context.city)},
            version=version("asn-research"),
            city=context.city.facts,
            is_simulated=folder.is_simulated,
            inputs={table.file: table.file_hash for table in folder.tables},
            rules=tuple(load_rules()),
            extra_labels=_extra_labels(folder),
            exits=exits,
            truth=truth.read_bytes() if folder.is_simulated and truth.is_file() else None,
        ),
    )
    table = pd.DataFrame([exit.model_dump() for exit in exits])
    return CleanReport(table, folder.is_simulated, folder.passed_over, key_line)


def _context(folder: RawFolder, raw: Path, pseudonym: Pseudonyms) -> Context:
    city = load_city(folder=raw) if (raw / "units.csv").is_file() else load_city()
    city = _with_profiles(city, folder)
    register = NipRegister()
    staff = [table for table in folder.tables if table.source == "employees"]
    for table in staff:
        kinds = table.kinds["person_id"] if table.kinds is not None else ["s"] * len(table)
        readings = [
            read_nip(t, k, NipRegister()) for t, k in zip(table.cells["person_id"], kinds, strict=True)
        ]
        known = [r.digits for r in readings if r.digits]
        register = NipRegister.of([*(n for group in register.by_stem.values() for n in group), *known])
    return Context(
        city, unit_names(city), service_names(city), pseudonym, register, _reference(folder.tables)
    )


def _with_profiles(city: City, folder: RawFolder) -> City:
    """Let the profiles' units join the register; where all data are theirs, they are the register."""
    own = {p.unit.unit_id: p.unit.as_unit() for p in folder.profiles if p.unit}
    if not own:
        return city
    alone = all(table.profile and table.profile.unit for table in folder.tables)
    facts = city.facts
    named = next((p.city for p in folder.profiles if p.city), None)
    if alone:
        name = named.name if named else next(iter(own.values())).name
        facts = CityFacts(
            city_id="profile", name=name, government=named.government if named else name, province="",
            kemendagri_code="", timezone=facts.timezone, signed_at=named.signed_at if named else "",
            organisation_bureau=name,
        )  # fmt: skip
        return City(facts, own, {})
    return replace(city, units={**city.units, **own})


def _reference(tables: Sequence[RawTable]) -> date:
    """Return the last day that any letterhead or date cell speaks of; ages are taken then."""
    days = []
    for table in tables:
        period = parse_period(" ".join(table.letterhead))
        if period:
            days.append(period.last_day)
        for name in ("submitted_date", "survey_date", "appraised_date", "received_date"):
            if name in table.cells and len(table):
                moment = parse_date(str(table.cells[name].iloc[-1]))
                days += [moment.date()] if moment else []
    return max((day for day in days if day.year < 2100), default=date.today())


def _exits(source: str, result: Cleaned, tables: Sequence[RawTable]) -> list[SheetExits]:
    """Count the exits of each sheet; every one must add up."""
    exits = []
    kept_of, held_of, out_of, repaired_of = (
        set(f["row_id"]) for f in (result.kept, result.quarantine, result.excluded, result.repairs)
    )
    for table in (t for t in tables if t.source == source):
        ids = {f"{table.file_hash}:{table.sheet_no}:{row}" for row in table.cells.index}
        counts = SheetExits(
            file=table.file, sheet=table.sheet, source=source, n_raw=len(table), n_kept=len(ids & kept_of),
            n_repaired=len(ids & repaired_of), n_quarantined=len(ids & held_of), n_excluded=len(ids & out_of),
        )  # fmt: skip
        if counts.n_raw != counts.n_kept + counts.n_quarantined + counts.n_excluded:
            msg = f"{table.file}, sheet {table.sheet}: rows in and out do not add up. This is a defect of ours; please report it."
            raise ReconciliationError(msg)
        exits.append(counts)
    return exits


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [column for column in ("period", "unit_id", "row_id") if column in frame]
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def _register(city: City) -> dict[str, pd.DataFrame]:
    def row(item: object) -> dict[str, str]:
        dumped = item.model_dump(mode="json")  # type: ignore[attr-defined]
        return {
            key: "|".join(value)
            if isinstance(value, list)
            else ("yes" if value is True else "no" if value is False else "" if value is None else str(value))
            for key, value in dumped.items()
        }

    tables = {"units": pd.DataFrame([row(unit) for unit in city.units.values()]).astype("str")}
    if city.services:
        tables["services"] = pd.DataFrame([row(service) for service in city.services.values()]).astype("str")
    return tables


def _extra_labels(folder: RawFolder) -> dict[str, dict[str, str]]:
    return {
        question.key: {"id": question.label_id, "en": question.label_en}
        for profile in folder.profiles
        for question in profile.extra.values()
    }
