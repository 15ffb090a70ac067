"""What the reports read: measures and the study, computed once for the city and kept with the data."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.metadata import distributions
from pathlib import Path

import pandas as pd

from asn_research.clean.store import Processed, open_processed
from asn_research.measure import measure_city
from asn_research.measure.quality import measure_quality
from asn_research.model import claims_from, run_study
from asn_research.model.good_practice import good_practice_table
from asn_research.model.raters import run_rater_study
from asn_research.protect import ProtectedCity, protect_city
from asn_research.remembered import remembering
from asn_research.render.memory import FolderMemory
from asn_research.render.readings import reported
from asn_research.render.shelf import Shelf
from asn_research.render.shown import as_shown
from asn_research.rules.cities import City
from asn_research.rules.periods import Period
from asn_research.rules.regulations import (
    DisclosureRule,
    QualityRule,
    Rule,
    SatisfactionRule,
    rule_in_force,
    rules_in_force,
)
from asn_research.rules.words import LANGUAGES
from asn_research.show.data import CITY, Finding, ReportData, Source
from asn_research.show.findings import finding_text

_FOLDER = "measures"
_MEMORY = ".remembered"
_KEY = "made_from.txt"
_FINDINGS = "findings.json"
_ESTIMATES = "estimates"
_LOCK = Path(__file__).parents[2] / "requirements.lock"
_MEASURED = {".parquet", ".json", ".txt"}


@dataclass(frozen=True)
class ReportInputs:
    """A city's measures and findings, as they stand beside its processed data."""

    processed: Processed
    frames: Mapping[str, pd.DataFrame]
    findings: Mapping[str, Mapping[str, Mapping[str, str]]]

    @cached_property
    def city(self) -> City:
        """The register the data were cleaned with."""
        return self.processed.city()

    @property
    def is_simulated(self) -> bool:
        """Whether the data come from the simulator."""
        return self.processed.manifest.is_simulated

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """The periods with data, oldest first; those of one kind sort by time."""
        codes = {
            str(code)
            for name, f in self.frames.items()
            if "period" in f and name != _ESTIMATES
            for code in f["period"]
        }
        known = [Period.parse(code) for code in codes]
        return tuple(p.code for p in sorted(known, key=lambda p: (p.last_day, p.first_day)))

    def units_with_data(self, period: str) -> frozenset[str]:
        """Return the units of which any measure speaks in a period."""
        found: set[str] = set()
        for frame in self.frames.values():
            if {"unit_id", "period"} <= set(frame.columns):
                found |= set(frame.loc[frame["period"] == period, "unit_id"])
        return frozenset(found - {CITY})

    def protected(self, period: Period) -> ProtectedCity:
        """Return what reports may show of every measure, with its small groups masked."""
        return protect_city(as_shown(self.frames), rule_in_force(DisclosureRule, period.last_day))


def prepare_inputs(processed_folder: Path) -> ReportInputs:
    """Compute measures and study, or take them as they stand if the data have not changed.

    Parameters
    ----------
    processed_folder : Path
        The processed data; measures are kept in its folder ``measures``.

    Raises
    ------
    ProcessedDataError
        If there are no processed data.
    """
    processed = open_processed(processed_folder)
    place = processed_folder / _FOLDER
    key = _key(processed_folder)
    if not (place / _KEY).is_file() or (place / _KEY).read_text(encoding="utf-8") != key:
        _compute(processed, place, key)
    return read_inputs(processed_folder)


def read_inputs(processed_folder: Path) -> ReportInputs:
    """Read the measures that `prepare_inputs` left, whatever their age."""
    place = processed_folder / _FOLDER
    if not (place / _KEY).is_file():
        return prepare_inputs(processed_folder)
    frames = {path.stem: pd.read_parquet(path) for path in sorted(place.glob("*.parquet"))}
    findings = json.loads((place / _FINDINGS).read_text(encoding="utf-8"))
    return ReportInputs(open_processed(processed_folder), frames, findings)


def data_digest(processed_folder: Path) -> str:
    """Return a digest of all processed data."""
    return hashlib.sha256((processed_folder / "manifest.json").read_bytes()).hexdigest()


def load_report(processed: str | Path, unit: str, period: str, language: str = "id") -> ReportData:
    """Return all that a report of a unit and period may show; the first call of every template.

    Parameters
    ----------
    processed : str or Path
        The processed data.
    unit : str
        A unit's id, or ``CITY``.
    period : str
        A period's code.
    language : str
        ``"id"`` or ``"en"``.

    Returns
    -------
    ReportData
    """
    return reported(shared_report(Path(processed), period, language), unit)


def shared_report(processed: Path, period: str, language: str) -> ReportData:
    """Return what all reports of a period share, as the city's; from the shelf if it lies there.

    Reading and masking every measure takes longer than a section, and is the same for all units.
    """
    shelf = Shelf(processed / _FOLDER, f"{period}-{language}", shelf_key(processed))
    found = shelf.take()
    return found if found is not None else _assemble(read_inputs(processed), CITY, period, language)


def put_on_shelf(inputs: ReportInputs, period: str, language: str) -> ReportData:
    """Lay what all reports of a period share on the shelf, where `load_report` finds it."""
    processed = inputs.processed.folder
    shelf = Shelf(processed / _FOLDER, f"{period}-{language}", shelf_key(processed))
    found = shelf.take()
    return found if found is not None else shelf.lay(_assemble(inputs, CITY, period, language))


def shelf_key(processed: Path) -> str:
    """Return a digest of the measures as they lie there, the data's manifest and the package."""
    digest = hashlib.sha256(_key(processed).encode())
    for path in sorted((processed / _FOLDER).glob("*.*")):
        if path.suffix in _MEASURED:
            status = path.stat()
            digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()


def _assemble(inputs: ReportInputs, unit: str, period: str, language: str) -> ReportData:
    when = Period.parse(period)
    findings = inputs.findings.get(language, {})
    return ReportData(
        city=inputs.city,
        unit_id=unit,
        period=when,
        language=language,
        protected=inputs.protected(when),
        findings={key: Finding(key, found["text"], found["strength"]) for key, found in findings.items()},
        estimates=inputs.frames[_ESTIMATES],
        sources=_sources(inputs.processed),
        rules=_rules(when),
        is_simulated=inputs.is_simulated,
        version=inputs.processed.manifest.version,
        extra_labels=inputs.processed.manifest.extra_labels,
    )


def _rules(period: Period) -> tuple[Rule, ...]:
    return rules_in_force(period.last_day)


def _sources(processed: Processed) -> tuple[Source, ...]:
    exits = processed.exits()
    columns = ["n_raw", "n_kept", "n_repaired", "n_quarantined", "n_excluded"]
    totals = exits.groupby("source", sort=False)[columns].sum()
    return tuple(
        Source(str(source), *(int(n) for n in row))
        for source, row in zip(totals.index, totals.to_numpy(), strict=True)
    )


def _key(processed_folder: Path) -> str:
    """Digest of the data and of all code: either one's change means new measures."""
    manifest = (processed_folder / "manifest.json").read_bytes()
    return hashlib.sha256(manifest + _code_digest().encode()).hexdigest()


def _code_digest() -> str:
    return hashlib.sha256((package_digest() + lock_digest()).encode()).hexdigest()


def lock_digest() -> str:
    """Return a digest of the lock, or of what is installed where there is no lock."""
    if _LOCK.is_file():
        return hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    versions = sorted(f"{each.name} {each.version}" for each in distributions())
    return hashlib.sha256(repr(versions).encode()).hexdigest()


@cache
def package_digest() -> str:
    """Return a digest of the package's own code and rules."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*")):
        if path.suffix in {".py", ".csv", ".yaml"}:
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _compute(processed: Processed, place: Path, key: str) -> None:
    memory = FolderMemory(processed.folder / _MEMORY, _code_digest())
    with remembering(memory):
        frames, findings = _reckon(processed)
    memory.forget_unused()
    folder = Path(tempfile.mkdtemp(prefix=".measures-", dir=place.parent))
    try:
        for name, frame in frames.items():
            frame.to_parquet(folder / f"{name}.parquet", index=False)
        (folder / _FINDINGS).write_text(json.dumps(findings, ensure_ascii=False), encoding="utf-8")
        (folder / _KEY).write_text(key, encoding="utf-8")
        if place.exists():
            shutil.rmtree(place)
        folder.rename(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reckon(processed: Processed) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, dict[str, str]]]]:
    """Return every measure and estimate by name, and the findings by language."""
    tables, city = processed.tables(), processed.city()
    frames = measure_city(tables, city).frames()
    today = date.today()
    frames |= measure_quality(
        tables, city, processed.exits(),
        rule_in_force(QualityRule, today), rule_in_force(SatisfactionRule, today),
    )  # fmt: skip
    study = run_study(frames.get("employee_panel"), frames.get("panel"), truth=processed.truth())
    frames[_ESTIMATES] = study.table
    frames["good_practice"] = good_practice_table(
        log=tables.get("service_log"),
        satisfaction=frames.get("satisfaction"),
        staff=frames.get("attendance", frames.get("training")),
        programmes=frames.get("programmes"),
        standards={key: service.standard_days for key, service in city.services.items()},
    )
    frames |= run_rater_study(tables, frames.get("satisfaction")).frames()
    claims = claims_from(study)
    findings = {
        language: {
            claim.key: {"text": finding_text(claim, language), "strength": claim.strength}
            for claim in claims
            if claim.strength != "not_enough_data"
        }
        for language in LANGUAGES
    }
    return frames, findings
