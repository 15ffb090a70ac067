"""The data of one report: whose it is, in which language, and what may be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, TypeVar

import pandas as pd

from asn_research.errors import DisclosureError, RequestError
from asn_research.given import Given
from asn_research.methods.estimates import Estimate, change
from asn_research.protect import ProtectedCity, ProtectedTable, ReportAudience, may_see
from asn_research.rules.cities import CITY, City, Unit
from asn_research.rules.decisions import Decision
from asn_research.rules.indicators import Indicator, load_indicators
from asn_research.rules.periods import Period
from asn_research.rules.regulations import Rule
from asn_research.rules.words import HIDDEN, Words, load_words, worded
from asn_research.schema import declared
from asn_research.show.numbers import NOTHING, Numbers, is_missing

_Found = TypeVar("_Found")

#: In a unit's place for the report on data quality, which speaks of the whole city's files.
QUALITY = "QUALITY"


@dataclass(frozen=True)
class Finding:
    """A sentence that a model's result allows, and the figures behind it."""

    key: str
    text: str
    strength: str


@dataclass(frozen=True)
class Source:
    """The numbers of rows of a source: read, and by exit from cleaning."""

    source: str
    n_raw: int
    n_kept: int
    n_repaired: int
    n_quarantined: int
    n_excluded: int

    @property
    def n_data(self) -> int:
        """The rows of data: all but those that a rule excludes, such as sums, signatures, blank forms and copies."""
        return self.n_kept + self.n_quarantined


@dataclass(frozen=True)
class ReportData:
    """All data of the report of one unit and period.

    Parameters
    ----------
    city : City
        The register as the data were cleaned with.
    unit_id : str
        The unit, ``CITY`` or ``QUALITY``.
    period : Period
        The period reported.
    language : str
        ``"id"`` or ``"en"``.
    audience : {"public", "internal"}
        For whom the report is: whoever reads what the unit publishes, or those who lead and appraise.
    protected : ProtectedCity
        Every measure, small groups masked.
    findings : mapping of str to Finding
        What the models allow to be said of the city, in the report's language.
    estimates : pd.DataFrame
        The study's table of estimates (one row per question); they stand for the whole city.
    sources : sequence of Source
        Rows in and out, by source.
    rules : sequence of Rule
        The regulations that applied.
    is_simulated : bool
        Whether the data come from the simulator.
    version : str
        The toolkit's version.
    given : Given
        What the unit or the city has stated: who signs, how the survey was made, what is planned.
    decisions : sequence of Decision
        The answers and corrections by which rows of the period were read.
    """

    city: City
    unit_id: str
    period: Period
    language: str
    audience: ReportAudience
    protected: ProtectedCity
    findings: Mapping[str, Finding]
    estimates: pd.DataFrame
    sources: Sequence[Source]
    rules: Sequence[Rule]
    is_simulated: bool
    version: str
    extra_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    given: Given = field(default_factory=Given)
    decisions: Sequence[Decision] = ()

    def __repr__(self) -> str:
        """Return one line; a report's data would fill hundreds of pages."""
        return f"<ReportData {self.unit_id} {self.period.code} {self.language} {self.audience}>"

    def __post_init__(self) -> None:
        if self.unit_id not in {CITY, QUALITY} and self.unit_id not in self.city.units:
            msg = f"There is no unit '{self.unit_id}' in the register of {self.city.facts.name}."
            raise RequestError(msg)

    @cached_property
    def words(self) -> Words:
        """The words of the report's language."""
        return load_words(self.language)

    @cached_property
    def numbers(self) -> Numbers:
        """The number formats of the report's language."""
        return Numbers(self.language)

    @property
    def is_public(self) -> bool:
        """Whether this report is public."""
        return self.audience == "public"

    @property
    def is_city(self) -> bool:
        """Whether this is the city's own report."""
        return self.unit_id == CITY

    @property
    def unit(self) -> Unit:
        """The unit reported on."""
        return self.city.units[self.unit_id]

    @property
    def name(self) -> str:
        """The unit's name, or the city's."""
        return self.city.facts.name if self.unit_id in {CITY, QUALITY} else self.unit.name

    def may_show(self, measure: str) -> bool:
        """Return whether the readers of this report may see a measure."""
        return may_see(self.audience, measure)

    def rows(self, measure: str, **values: object) -> ProtectedTable | None:
        """Return a measure's rows of this unit and period (override either by name).

        Raises
        ------
        DisclosureError
            If the measure is not for the readers of this report.
        """
        if not self.may_show(measure):
            raise worded(DisclosureError, "error_other_audience", measure=measure, audience=self.audience)
        return self.protected.get(measure, **{"unit_id": self.unit_id, "period": self.period.code, **values})

    def history(self, measure: str, n_periods: int = 8, **values: object) -> ProtectedTable | None:
        """Return a measure's rows of this unit over the last periods, oldest first."""
        codes = [self.period.shift(-back).code for back in range(n_periods)]
        found = self.rows(measure, **{"period": codes, **values})
        return found.sorted_by("period") if found is not None else None

    @cached_property
    def is_pooled(self) -> bool:
        """Whether the report's period is a half year or year made of smaller periods."""
        parts = self.protected.get("larger_periods", period=self.period.code)
        return parts is not None and not parts.frame["is_own"].astype(bool).any()

    def parts(self, source: str) -> tuple[tuple[str, ...], tuple[str, ...], str] | None:
        """Return the periods that make up a half year or year for a source, the missing ones, and why it is not pooled."""
        found = self.protected.get("larger_periods", period=self.period.code, source=source)
        if found is None:
            return None
        row = found.frame.iloc[0]
        parts, missing = (tuple(filter(None, str(row[name]).split("|"))) for name in ("parts", "missing"))
        return parts, missing, str(row["reason"])

    def indicator(self, key: str) -> Indicator:
        """Return an indicator's label, unit and direction."""
        return load_indicators()[key]

    def label(self, key: str) -> str:
        """Return an indicator's label in the report's language."""
        found = self.indicator(key)
        return found.label(self.language)

    def cell(self, table: ProtectedTable, row: Any, column: str, decimals: int = 0, suffix: str = "") -> str:
        """Return a protected number as text; a bound if only that may be shown, a mark if it is hidden, a dash if there is none."""
        value = table.frame.at[row, column] if column in table.frame else None
        if is_missing(value):
            if end := self.end(table, row, column):
                return end
            return HIDDEN if table.is_suppressed(row, column) else NOTHING
        return self.numbers.number(float(value), decimals) + suffix  # type: ignore[arg-type]

    def end(self, table: ProtectedTable, row: Any, column: str) -> str:
        """Return the text of a share that is stated as "at most" or "at least" only; an empty text for other shares."""
        declaration = table.column(column)
        name = declaration.coded if declaration else ""
        end = table.frame.at[row, name] if name and name in table.frame else None
        return "" if is_missing(end) else self.numbers.end(str(end), table.rule.coded_pct)

    def interval_cell(self, table: ProtectedTable, row: Any, low: str, high: str, decimals: int = 1) -> str:
        """Return a protected interval as text: its ends, a mark if it is hidden, or a dash if there is none."""
        ends = [table.frame.at[row, column] if column in table.frame else None for column in (low, high)]
        if any(is_missing(end) for end in ends):
            return HIDDEN if table.is_suppressed(row, low) else NOTHING
        return self.numbers.interval(ends[0], ends[1], decimals)  # type: ignore[arg-type]

    def estimate(self, measure: str, column: str, **values: object) -> Estimate | None:
        """Return a value with its interval from the only matching row; None if it is hidden or absent."""
        return _estimate_in(self._only_row(measure, **values), measure, column)

    def change_since_last(self, measure: str, column: str, **values: object) -> Estimate | None:
        """Return the change since the period before, with its interval; none across two regulations."""
        row = self._only_row(measure, **values)
        if row.get("rule_changed", False):
            return None
        now = _estimate_in(row, measure, column)
        before = self.estimate(measure, column, **{**values, "period": self.period.previous.code})
        if now is None or before is None:
            return None
        return change(now, before)

    def _only_row(self, measure: str, **values: object) -> Mapping[str, Any]:
        found = self.rows(measure, **values)
        if found is None or len(found) != 1:
            return {}
        return found.frame.iloc[0].to_dict()  # type: ignore[return-value]


def once_per_report(find: Callable[[ReportData], _Found]) -> Callable[[ReportData], _Found]:
    """Let a function of a report's data be computed once for each report, because several sections ask for it.

    What it returns is shared, so nobody may change it.
    """
    name = f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(data: ReportData) -> _Found:
        # As a cached property would, which a section cannot add to the report's data.
        if name not in data.__dict__:
            data.__dict__[name] = find(data)
        result: _Found = data.__dict__[name]
        return result

    return found


def _estimate_in(row: Mapping[str, Any], measure: str, column: str) -> Estimate | None:
    """Return a row's value with the interval that is declared for it; none if it is absent or hidden."""
    if column not in row or is_missing(row[column]):
        return None
    ends = [row[name] for name in declared("measure", measure).interval_of(column) if name in row]
    if len(ends) == 2 and not any(is_missing(end) for end in ends):
        return Estimate(float(row[column]), float(ends[0]), float(ends[1]))
    return Estimate(float(row[column]))
