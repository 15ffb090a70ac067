"""What the reports read: the city's measures as reports may show them, and what all reports of a period share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

from asn_research import rules
from asn_research.branches import OnProgress
from asn_research.clean.store import MANIFEST, MEMORY, Processed, open_processed
from asn_research.codec import decode, encode
from asn_research.errors import RequestError
from asn_research.ledger import Release, copy_in, releases_in
from asn_research.measure.larger import PARTS
from asn_research.measured import open_measures, results_of, state_of
from asn_research.pipeline import ESTIMATES
from asn_research.protect import (
    AUDIENCES,
    CountedCity,
    CountedTable,
    ProtectedCity,
    ReportAudience,
    count_city,
    may_see,
    protect_city,
    with_current_names,
)
from asn_research.protect.given_away import GivenAway, given_away
from asn_research.remembered import remembering
from asn_research.render.slices import Slicer, read_slice
from asn_research.render.what_changed import MEASURE, edition_changes
from asn_research.render.word_families import check_all_words
from asn_research.rules.cities import CITY, City
from asn_research.rules.codebooks import load_sources
from asn_research.rules.decisions import Decision
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.words import check_language, worded
from asn_research.schema import declared_tables
from asn_research.sealed import Store
from asn_research.show.data import Finding, ReportData, Source
from asn_research.show.findings import finding_text
from asn_research.storage import found_from_here
from asn_research.study.study_claims import Claim

_SHARED = "shared"

#: The folder of what is remembered of the joint protection.
_HIDDEN = "hidden"


@dataclass(frozen=True)
class ReportInputs:
    """A city's measures and findings, as stored beside its processed data."""

    processed: Processed
    frames: Mapping[str, pd.DataFrame]
    claims: tuple[Claim, ...]
    state: str = ""
    releases: tuple[Release, ...] = ()

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
            if "period" in f and name not in {ESTIMATES, PARTS}
            for code in f["period"]
        }
        return _by_time(codes - set(self.larger_periods))

    @cached_property
    def larger_periods(self) -> tuple[str, ...]:
        """The half years and years that are pooled from smaller periods, and have no data of their own."""
        parts = self.frames.get(PARTS)
        return () if parts is None else _by_time(set(parts.loc[~parts["is_own"].astype(bool), "period"]))

    def units_with_data(self, period: str, audience: ReportAudience | None = None) -> frozenset[str]:
        """Return the units with a row in any measure of a period.

        With an audience, only measures that are declared for that audience count: a unit that has public measures
        alone gets no internal report.
        """
        found = [
            units.get(period, frozenset())
            for name, units in self._units_by_period.items()
            if audience is None or _is_of(name, audience)
        ]
        return frozenset().union(*found) - {CITY}

    @cached_property
    def _units_by_period(self) -> dict[str, dict[str, frozenset[str]]]:
        """By measure and period, the units that the measure has rows of."""
        found: dict[str, dict[str, frozenset[str]]] = {}
        for name, frame in self.frames.items():
            if ("measure", name) in declared_tables() and {"unit_id", "period"} <= set(frame.columns):
                rows = frame[["unit_id", "period"]].drop_duplicates()
                found[name] = {
                    str(period): frozenset(units)
                    for period, units in rows.groupby("period", observed=True)["unit_id"]
                }
        return found

    def has_rows(self, measure: str, unit: str, period: str) -> bool:
        """Return whether a measure has a row for a unit, or for the city, in a period."""
        frame = self.frames.get(measure)
        return frame is not None and bool(((frame["unit_id"] == unit) & (frame["period"] == period)).any())

    def protected(self, period: Period) -> ProtectedCity:
        """Return what reports may show of every measure, with its small groups masked."""
        # What is hidden for another table's sake takes seconds to find, and most of it stays when one answer changes.
        with remembering(results_of(self.processed.folder / MEMORY / _HIDDEN)):
            return protect_city(self.frames, _rule(period), self.city, self._earlier_releases)

    def counted(self, period: Period) -> dict[str, CountedTable]:
        """Return the numbers of people that reports of a period may show or hide, of all periods ended by then."""
        with remembering(results_of(self.processed.folder / MEMORY / _HIDDEN)):
            tables = count_city(self.frames, _rule(period), self.city, self._earlier_releases)
        return {name: _until(table, period) for name, table in tables.items()}

    def given_away(self, counts: CountedCity, period: Period) -> list[GivenAway]:
        """Return the numbers that a release of a period would reveal together with the earlier releases."""
        return given_away(counts, self._earlier_releases, _rule(period))

    @property
    def _earlier_releases(self) -> list[CountedCity]:
        """The earlier releases about the same people; simulated and real people are never mixed."""
        return [
            with_current_names(each.counts)
            for each in self.releases
            if each.is_simulated == self.is_simulated
        ]


def _rule(period: Period) -> DisclosureRule:
    return rules.at(period).one(DisclosureRule)


def _until(table: CountedTable, period: Period) -> CountedTable:
    """Return the rows of periods that ended no later than a period, which are the ones that its reports show."""
    if "period" not in table.keys:
        return table
    codes = table.keys["period"].astype("str")
    known = {code: not code or Period.parse(code).last_day <= period.last_day for code in codes.unique()}
    return table.of_rows(codes.map(known).astype(bool))


def _is_of(measure: str, audience: ReportAudience) -> bool:
    """Return whether an audience's reports state a measure: public measures in public reports, all others in internal ones."""
    is_public = may_see("public", measure)
    return is_public if audience == "public" else not is_public


def _by_time(codes: Iterable[str]) -> tuple[str, ...]:
    known = [Period.parse(code) for code in codes]
    return tuple(p.code for p in sorted(known, key=lambda p: (p.last_day, p.first_day)))


def prepare_inputs(processed_folder: Path, on_progress: OnProgress | None = None) -> ReportInputs:
    """Return what reports read; measures that are missing or outdated are computed first.

    Parameters
    ----------
    processed_folder : Path
        The processed data.
    on_progress : callable, optional
        A callback. It receives the number of finished branches and the number of all branches.

    Raises
    ------
    ProcessedDataError
        If there are no processed data, or the disk refuses.
    LedgerError
        If a release that they hold is missing or damaged.
    RuleError
        If a source, element or question has no words, or an answer no sentence.
    """
    check_all_words()
    measures = open_measures(processed_folder, on_progress=on_progress)
    processed, releases = open_processed(processed_folder), releases_in(copy_in(processed_folder))
    changes = edition_changes(processed, copy_in(processed_folder), releases) if releases else None
    frames = measures.frames if changes is None else {**measures.frames, MEASURE: changes}
    return ReportInputs(processed, frames, measures.claims, state_of(processed_folder), releases)


def load_report(
    processed: str | Path,
    unit: str,
    period: str,
    language: str = "id",
    audience: ReportAudience = "internal",
) -> ReportData:
    """Return all that a report of a unit and period may show; the first call of every template.

    Parameters
    ----------
    processed : str or Path
        The processed data; in a batch, the file with this report's rows. A relative path is also looked for from
        the project's root, so that a template runs from any of its folders.
    unit : str
        A unit's id, or ``CITY``.
    period : str
        A period's code.
    language : str
        ``"id"`` or ``"en"``.
    audience : {"internal", "public"}
        For whom the report is.

    Returns
    -------
    ReportData

    Raises
    ------
    RequestError
        If the audience or the language is unknown, or the file holds another report's rows.
    ProcessedDataError
        If there are no processed data in the folder.
    """
    if audience not in AUDIENCES:
        raise worded(RequestError, "error_audience", name=audience, choices=", ".join(AUDIENCES))
    check_language(language)
    place = found_from_here(processed)
    if not place.exists() or (place.is_dir() and not (place / MANIFEST).is_file()):
        # Says in words that there are none.
        open_processed(place)
    if place.is_file():
        return read_slice(place, unit, period, language, audience)
    return _slicer(place.resolve(), state_of(place), period, language, audience).cut(unit)


@lru_cache(maxsize=4)
def _slicer(place: Path, state: str, period: str, language: str, audience: ReportAudience) -> Slicer:
    """Return the slicer of a folder, made once for each state of it, because a notebook may load many units."""
    return Slicer(shared_report(place, period, language), audience)


def shared_report(processed: Path, period: str, language: str) -> ReportData:
    """Return the city's data that all reports of a period share, from the store if they are stored.

    Reading and masking every measure takes longer than a section, and is the same for all units.
    """
    found = _kept(processed, period, language)
    return found if found is not None else _assemble(prepare_inputs(processed), CITY, period, language)


def keep_shared_report(inputs: ReportInputs, period: str, language: str) -> ReportData:
    """Store what all reports of a period share in the place where `load_report` looks for it."""
    processed = inputs.processed.folder
    found = _kept(processed, period, language)
    if found is None:
        found = _assemble(inputs, CITY, period, language)
        _shared_store(processed).put(f"{period}-{language}", encode(found))
    return found


def forget_shared_reports(processed: Path) -> None:
    """Remove what was stored for reports of older data or of other code."""
    _shared_store(processed).forget_other_code()


def _kept(processed: Path, period: str, language: str) -> ReportData | None:
    content = _shared_store(processed).get(f"{period}-{language}")
    return None if content is None else decode(content)


def _shared_store(processed: Path) -> Store:
    return Store(processed / MEMORY / _SHARED, state_of(processed))


def _assemble(inputs: ReportInputs, unit: str, period: str, language: str) -> ReportData:
    """Return the data of a report of a unit and period, with the measures protected."""
    when = Period.parse(period)
    return ReportData(
        city=inputs.city,
        unit_id=unit,
        period=when,
        language=language,
        audience="internal",
        protected=inputs.protected(when),
        findings=_findings(inputs.claims, language),
        estimates=inputs.frames[ESTIMATES],
        sources=_sources(inputs.processed),
        rules=rules.at(when, inputs.city).rules,
        is_simulated=inputs.is_simulated,
        version=inputs.processed.manifest.version,
        extra_labels=inputs.processed.manifest.extra_labels,
        decisions=_decisions(inputs.processed, when),
    )


def _decisions(processed: Processed, when: Period) -> tuple[Decision, ...]:
    """Return the decisions about rows of a period.

    Of a sensitive source all are returned, without units and periods: that one concerns this period would tell that
    there was a complaint, an objection or a sanction in it.
    """
    sources, found = load_sources(), []
    for each in processed.manifest.decisions:
        if sources[each.source].sensitive:
            found.append(each.model_copy(update={"units": (), "periods": ()}))
        elif not each.periods or any(
            when.first_day <= Period.parse(code).first_day <= when.last_day for code in each.periods
        ):
            found.append(each)
    return tuple(found)


def _findings(claims: Iterable[Claim], language: str) -> dict[str, Finding]:
    """Return the findings that may be stated, as sentences."""
    return {
        claim.key: Finding(claim.key, finding_text(claim, language), claim.strength)
        for claim in claims
        if claim.strength != "not_enough_data"
    }


def _sources(processed: Processed) -> tuple[Source, ...]:
    exits = processed.exits()
    columns = ["n_raw", "n_kept", "n_repaired", "n_quarantined", "n_excluded"]
    totals = exits.groupby("source", sort=False)[columns].sum()
    return tuple(
        Source(str(source), *(int(n) for n in row))
        for source, row in zip(totals.index, totals.to_numpy(), strict=True)
    )
