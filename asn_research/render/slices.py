"""A slice: the rows of the protected measures that one report may show. The report's kernel gets nothing else.

A slice is identified by digests of its parts. If its slice, template, package and installed versions are
unchanged, a report is not rendered again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from asn_research.codec import decode, encode
from asn_research.errors import RequestError
from asn_research.given import Given
from asn_research.protect import ProtectedCity, ProtectedTable, ReportAudience
from asn_research.protect.release import owner_column
from asn_research.rules.cities import CITY
from asn_research.rules.codebooks import load_sources
from asn_research.rules.periods import Period
from asn_research.rules.words import worded
from asn_research.sealed import read_sealed, seal
from asn_research.show.data import QUALITY, Finding, ReportData, Source
from asn_research.storage import digest_of, within, write_whole
from asn_research.study.study_claims import load_answers, load_field_answers

#: Reports about all units.
_OF_ALL = {CITY, QUALITY}
#: The measures of which a unit's report also shows the rows of the city, or that have no unit.
_BESIDE = frozenset(
    {
        "appraisal", "predikats", "information", "motivation", "scale_reliability", "objections",
        "objection_grounds", "sanctions", "larger_periods",
    }
)  # fmt: skip
#: The measures that compare units. Only the report of the city shows them; they change with the data of any unit.
_COMPARED = frozenset({"standings"})
#: The measures of which a report shows its own period alone.
_OF_PERIOD = frozenset({"answers"})
#: The names of the parts of a slice that are not measures.
FACTS, FINDINGS, ESTIMATES, GIVEN = "facts", "findings", "estimates", "given"
#: The prefix of a measure's name among the parts of a slice.
MEASURE = "measure "


class Slicer:
    """Makes the slices of all reports of a period, language and audience.

    Parameters
    ----------
    report : ReportData
        The data that all reports of a period and language share, for the internal audience.
    audience : {"public", "internal"}
        The audience of the reports.
    given : callable, optional
        Returns the content of the forms for a unit. It is added to each slice and is not part of the shared data.
    """

    def __init__(
        self, report: ReportData, audience: ReportAudience, given: Callable[[str], Given] | None = None
    ) -> None:
        self.given = given or (lambda _: Given())
        self._report = _for_audience(report, audience)
        # The measures from which the reports of units are sliced.
        self._parted = _without(self._report.protected, _COMPARED)

    @cached_property
    def _digests(self) -> dict[str, _Digests]:
        return {name: _Digests(table) for name, table in self._report.protected.tables.items()}

    @cached_property
    def _facts(self) -> str:
        return _facts(self._report)

    def cut(self, unit: str) -> ReportData:
        """Return the slice of a unit: the data that its report may show."""
        mine = replace(self._report, unit_id=unit, given=self.given(unit))
        if unit in _OF_ALL:
            return mine
        findings, estimates = _study(mine, unit)
        protected = self._parted.of_units(_units_of(mine, unit), _BESIDE)
        decisions = tuple(each for each in mine.decisions if unit in each.units)
        return replace(mine, protected=protected, findings=findings, estimates=estimates, decisions=decisions)

    def parts(self, unit: str) -> dict[str, str]:
        """Return a digest of each part of a unit's slice, by name."""
        mine = self._report
        of_all = unit in _OF_ALL
        # An empty city that only knows which rows the slice would contain.
        cut = ProtectedCity({}, mine.protected.rule).of_units(
            () if of_all else _units_of(mine, unit), _BESIDE
        )
        findings, estimates = _study(mine, unit)
        return {
            **{
                f"{MEASURE}{name}": each.of(None if of_all else cut.owners(name))
                for name, each in self._digests.items()
                if of_all or (name not in _COMPARED and (each.names_units or name in _BESIDE))
            },
            FACTS: digest_of(self._facts, unit),
            FINDINGS: digest_of(repr(sorted(findings.items()))),
            ESTIMATES: digest_of(rows_digest(estimates).tobytes()),
            GIVEN: _given_digest(self.given(unit)),
        }


def _without(protected: ProtectedCity, measures: Iterable[str]) -> ProtectedCity:
    gone = set(measures)
    return replace(protected, tables={n: table for n, table in protected.tables.items() if n not in gone})


def _study(report: ReportData, unit: str) -> tuple[Mapping[str, Finding], pd.DataFrame]:
    """Return the findings and estimates that a report may show; a unit's report shows only some findings."""
    if unit in _OF_ALL:
        return report.findings, report.estimates
    answers = {**load_answers(), **load_field_answers()}
    meant = {key for key, answer in answers.items() if answer.in_unit_report}
    findings = {key: finding for key, finding in report.findings.items() if key in meant}
    return findings, report.estimates.iloc[:0]


def _for_audience(report: ReportData, audience: ReportAudience) -> ReportData:
    last_day = report.period.last_day
    protected = _until(report.protected.for_audience(audience), last_day)
    protected = _of_period(protected, report.period.code)
    sources = tuple(source for source in report.sources if _may_be_named(source, audience))
    protected = _of_sources(protected, {source.source for source in sources})
    declared_sources = load_sources()
    # The office writes a reason freely, so no rule knows whom it describes.
    decisions = (
        report.decisions
        if audience == "internal"
        else tuple(
            each.model_copy(update={"reason": ""})
            for each in report.decisions
            if declared_sources[each.source].audience == "public"
        )
    )
    mine = replace(report, audience=audience, protected=protected, sources=sources, decisions=decisions)
    if audience == "internal":
        return mine
    # The study concerns ratings and motivation, which are internal.
    return replace(mine, findings={}, estimates=mine.estimates.iloc[:0])


def _may_be_named(source: Source, audience: ReportAudience) -> bool:
    """Whether a report states the number of raw rows of a source.

    The rows of sensitive sources are of all periods: their number less that of the quarter before would tell how
    few there were in a quarter.
    """
    declared = load_sources()[source.source]
    return not declared.sensitive and (declared.audience == "public" or audience == "internal")


def _of_sources(protected: ProtectedCity, sources: set[str]) -> ProtectedCity:
    """Return the tables without rows of sources that may not be named, and tables of units without sensitive ones."""
    known = load_sources()

    def kept(table: ProtectedTable) -> ProtectedTable:
        if "source" not in table.frame:
            return table
        of_units = owner_column(table) is not None
        gone = {name for name in known if name not in sources or (of_units and known[name].sensitive)}
        return table.rows(~table.frame["source"].isin(gone))

    return replace(protected, tables={name: kept(table) for name, table in protected.tables.items()})


def _until(protected: ProtectedCity, last_day: Any) -> ProtectedCity:
    """Return the rows of periods that ended by a day, because a report does not show later periods."""

    def early(table: ProtectedTable) -> ProtectedTable:
        if "period" not in table.frame:
            return table
        codes = {str(code) for code in table.frame["period"].dropna().unique()}
        kept = {code for code in codes if not code or Period.parse(code).last_day <= last_day}
        return table if kept == codes else table.rows(table.frame["period"].astype("str").isin(kept))

    return replace(protected, tables={name: early(table) for name, table in protected.tables.items()})


def _of_period(protected: ProtectedCity, period: str) -> ProtectedCity:
    """Return the tables without other periods' rows where a report shows its own alone."""
    own = {name: table.where(period=period) for name, table in protected.tables.items() if name in _OF_PERIOD}
    return replace(protected, tables={**protected.tables, **own})


def _units_of(report: ReportData, unit: str) -> frozenset[str]:
    return frozenset({unit, *(each.unit_id for each in report.city.sub_units(unit))})


def _facts(report: ReportData) -> str:
    """Return a digest of the data in every report of the city: register, numbers of rows, rules, labels."""
    apart = {"protected", "findings", "estimates", "unit_id", "given"}
    shared = {f.name: getattr(report, f.name) for f in fields(ReportData) if f.name not in apart}
    return digest_of(repr(shared))


def _given_digest(given: Given) -> str:
    # The text form of the picture would be four times as long as its bytes.
    style = replace(given.style, emblem=b"")
    return digest_of(repr(replace(given, style=style)), given.style.emblem)


class _Digests:
    """Digests of the rows of a measure, by the unit of each row."""

    def __init__(self, table: ProtectedTable) -> None:
        frame = table.frame
        self._head = repr([(str(name), str(kind)) for name, kind in frame.dtypes.items()])
        self._rows = np.column_stack([rows_digest(frame), rows_digest(table.suppressed)])
        owner = owner_column(table)
        self._owners = None if owner is None else frame[owner].astype("str").to_numpy()

    @property
    def names_units(self) -> bool:
        """Whether the measure has a column that names the unit of each row."""
        return self._owners is not None

    def of(self, units: Iterable[str] | None) -> str:
        """Return a digest of the rows of some units, in row order; with None, of all rows."""
        rows = self._rows
        if units is not None and self._owners is not None:
            rows = rows[np.isin(self._owners, list(units))]
        return digest_of(self._head, rows.tobytes())


def rows_digest(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return a hash of each row, which changes if any value of the row does."""
    plain = frame.assign(
        **{
            str(c): frame[c].map(repr)
            for c, dtype in frame.dtypes.items()
            # In columns of objects, None and NaN, or 1.0 and 1, would otherwise have the same hash.
            if isinstance(dtype, np.dtype) and dtype.kind == "O"
        }
    )
    return np.asarray(pd.util.hash_pandas_object(plain, index=False), dtype=np.uint64)


def write_slice(report: ReportData, parts: Mapping[str, str], folder: Path) -> Path:
    """Write a slice to a file named by its digest, unless it exists, and return its path."""
    place = within(folder, digest_of(repr(sorted(parts.items()))))
    if not place.is_file():
        write_whole(place, seal(encode(report)), durable=False)
    return place


def read_slice(place: Path, unit: str, period: str, language: str, audience: str) -> ReportData:
    """Return the content of a slice, after checking that it belongs to the given report.

    Raises
    ------
    RequestError
        If the file is damaged, or belongs to another report.
    """
    content = read_sealed(place)
    if content is None:
        raise worded(RequestError, "error_slice_damaged")
    report: ReportData = decode(content)
    asked = (unit, Period.parse(period).code, language, audience)
    actual = (report.unit_id, report.period.code, report.language, report.audience)
    if asked != actual:
        raise worded(RequestError, "error_slice_other", asked=_named(asked), actual=_named(actual))
    return report


def _named(parts: Sequence[str]) -> str:
    return " ".join(parts)
