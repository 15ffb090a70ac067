"""What the reports read: measures and the study, computed once for the city and kept with the data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distributions
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from asn_research import rules
from asn_research.clean.store import (
    MANIFEST,
    MEASURES,
    MEMORY,
    Processed,
    digest_of_data,
    open_processed,
)
from asn_research.codec import decode, encode
from asn_research.errors import ProcessedDataError
from asn_research.measure import larger_measures, measure_city, with_larger
from asn_research.measure.larger import PARTS
from asn_research.measure.quality import measure_quality
from asn_research.memory import (
    Store,
    checksum,
    digest_of,
    locked,
    make_private,
    package_digest,
    read_sealed,
    remove_leftovers,
    seal,
    within,
    write_whole,
)
from asn_research.model import claims_from, run_study
from asn_research.model.good_practice import good_practice_table
from asn_research.model.raters import run_rater_study
from asn_research.protect import ProtectedCity, protect_city
from asn_research.remembered import StoredResults, remembering
from asn_research.render.publish import private_folder, publish_folder
from asn_research.render.readings import reported
from asn_research.render.word_families import check_all_words
from asn_research.rules.cities import CITY, City
from asn_research.rules.periods import Period
from asn_research.rules.regulations import (
    DisclosureRule,
)
from asn_research.rules.words import LANGUAGES, worded
from asn_research.schema import require_declared
from asn_research.show.data import Finding, ReportData, Source
from asn_research.show.findings import finding_text

_RESULTS, _SHARED = "results", "shared"
_FINDINGS = "findings.json"
_ESTIMATES = "estimates"
_LOCK = Path(__file__).parents[2] / "requirements.lock"


@dataclass(frozen=True)
class ReportInputs:
    """A city's measures and findings, as they stand beside its processed data."""

    processed: Processed
    frames: Mapping[str, pd.DataFrame]
    findings: Mapping[str, Mapping[str, Mapping[str, str]]]
    state: str = ""

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
        """The periods with data of their own, oldest first; those of one kind sort by time."""
        codes = {
            str(code)
            for name, f in self.frames.items()
            if "period" in f and name not in {_ESTIMATES, PARTS}
            for code in f["period"]
        }
        return _by_time(codes - set(self.larger_periods))

    @cached_property
    def larger_periods(self) -> tuple[str, ...]:
        """The half years and years that are pooled from smaller periods, and have no data of their own."""
        parts = self.frames.get(PARTS)
        return () if parts is None else _by_time(set(parts.loc[~parts["is_own"].astype(bool), "period"]))

    def units_with_data(self, period: str) -> frozenset[str]:
        """Return the units of which any measure speaks in a period."""
        found: set[str] = set()
        for frame in self.frames.values():
            if {"unit_id", "period"} <= set(frame.columns):
                found |= set(frame.loc[frame["period"] == period, "unit_id"])
        return frozenset(found - {CITY})

    def protected(self, period: Period) -> ProtectedCity:
        """Return what reports may show of every measure, with its small groups masked."""
        return protect_city(self.frames, rules.at(period).one(DisclosureRule), self.city)


def _by_time(codes: Iterable[str]) -> tuple[str, ...]:
    known = [Period.parse(code) for code in codes]
    return tuple(p.code for p in sorted(known, key=lambda p: (p.last_day, p.first_day)))


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
    RuleError
        If a source, element or question has no words, or an answer no sentence.
    """
    check_all_words()
    processed = open_processed(processed_folder)
    content = _read_measures(processed_folder, _key(processed_folder))
    if content is None:
        with locked(processed_folder, private=True):
            processed = open_processed(processed_folder)
            key = _key(processed_folder)
            content = _read_measures(processed_folder, key)
            if content is None:
                _compute(processed, key)
                content = _read_measures(processed_folder, key)
    if content is None:
        msg = f"The measures in {processed_folder.name} are not as they were written. Check the disk, and run again."
        raise ProcessedDataError(msg)
    return _inputs(processed, content)


def read_inputs(processed_folder: Path) -> ReportInputs:
    """Return the measures as they stand; they are computed first where they are not whole and current."""
    content = _read_measures(processed_folder, _key(processed_folder))
    if content is None:
        return prepare_inputs(processed_folder)
    return _inputs(open_processed(processed_folder), content)


def _inputs(processed: Processed, content: Mapping[str, bytes]) -> ReportInputs:
    frames = {
        name.removesuffix(".parquet"): pd.read_parquet(BytesIO(held))
        for name, held in sorted(content.items())
        if name.endswith(".parquet")
    }
    return ReportInputs(processed, frames, json.loads(content[_FINDINGS]), state_of(processed.folder))


def _read_measures(processed_folder: Path, key: str) -> dict[str, bytes] | None:
    """Return the bytes of each measure; nothing if one is missing, damaged, or made from other data."""
    place = processed_folder / MEASURES
    listed = _listed_measures(place)
    if listed is None or listed["made_from"] != key:
        return None
    content = {}
    for name, known in listed["files"].items():
        try:
            held = within(place, name).read_bytes()
        except OSError:
            return None
        if checksum(held) != known:
            return None
        content[name] = held
    return content


def _listed_measures(place: Path) -> dict[str, Any] | None:
    """Return the list of measures: what they were made from, and the checksum of each file."""
    content = read_sealed(place / MANIFEST)
    return None if content is None else json.loads(content)


def data_digest(processed_folder: Path) -> str:
    """Return a digest of all processed data and of all that is said of them."""
    open_processed(processed_folder)
    return checksum((processed_folder / MANIFEST).read_bytes())


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
    """Return what all reports of a period share, as the city's; from the store if it is kept there.

    Reading and masking every measure takes longer than a section, and is the same for all units.
    """
    found = _kept(processed, period, language)
    return found if found is not None else _assemble(read_inputs(processed), CITY, period, language)


def keep_shared_report(inputs: ReportInputs, period: str, language: str) -> ReportData:
    """Keep what all reports of a period share where `load_report` finds it."""
    processed = inputs.processed.folder
    found = _kept(processed, period, language)
    if found is None:
        found = _assemble(inputs, CITY, period, language)
        _shared_store(processed).put(f"{period}-{language}", encode(found))
    return found


def forget_shared_reports(processed: Path) -> None:
    """Remove what reports of older data or of other code have shared."""
    _shared_store(processed).forget_other_code()


def _kept(processed: Path, period: str, language: str) -> ReportData | None:
    content = _shared_store(processed).get(f"{period}-{language}")
    return None if content is None else decode(content)


def _shared_store(processed: Path) -> Store:
    return Store(processed / MEMORY / _SHARED, state_of(processed))


def state_of(processed: Path) -> str:
    """Return a digest of all that a report can show: the data, the measures as they lie there, the code."""
    listed = read_sealed(processed / MEASURES / MANIFEST)
    return digest_of(_key(processed), b"" if listed is None else listed)


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
        rules=rules.at(when, inputs.city).rules,
        is_simulated=inputs.is_simulated,
        version=inputs.processed.manifest.version,
        extra_labels=inputs.processed.manifest.extra_labels,
    )


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
    return digest_of(digest_of_data(processed_folder), _code_digest())


def _code_digest() -> str:
    return digest_of(package_digest(), lock_digest())


def lock_digest() -> str:
    """Return a digest of the lock, or of what is installed where there is no lock."""
    if _LOCK.is_file():
        return checksum(_LOCK.read_bytes())
    return digest_of(*sorted(f"{each.name} {each.version}" for each in distributions()))


def _compute(processed: Processed, key: str) -> None:
    """Compute all measures and put them in their place in one move."""
    remove_leftovers(processed.folder)
    store = Store(processed.folder / MEMORY / _RESULTS, _code_digest())
    with remembering(StoredResults(store)):
        frames, findings = _reckon(processed)
    require_declared(frames)
    store.forget_unused()
    with _told_plainly(), private_folder(processed.folder) as work:
        folder = make_private(work / MEASURES)
        content = {f"{name}.parquet": _parquet(frame) for name, frame in frames.items()}
        content[_FINDINGS] = json.dumps(findings, ensure_ascii=False).encode()
        for name, held in content.items():
            write_whole(within(folder, name), held)
        listed = {"made_from": key, "files": {name: checksum(held) for name, held in content.items()}}
        write_whole(folder / MANIFEST, seal(json.dumps(listed).encode()))
        publish_folder(folder, processed.folder / MEASURES)


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Say in plain words that the disk refuses."""
    try:
        yield
    except OSError as error:
        raise worded(ProcessedDataError, "error_measures_unwritten", reason=error.strerror) from error


def _reckon(processed: Processed) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, dict[str, str]]]]:
    """Return every measure and estimate by name, and the findings by language."""
    tables, city = processed.tables(), processed.city()
    frames = measure_city(tables, city).frames()
    frames |= measure_quality(tables, city, processed.exits())
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
    # Last, since all that is estimated above goes quarter by quarter.
    frames = with_larger(frames, larger_measures(tables, city))
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
