"""Everything a report may show: a city's measures with every small group masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from asn_research.protect.tables import Guard, ProtectedTable, merge_small_cells, protect_table
from asn_research.rules.regulations import DisclosureRule

_TIMES = (
    "days_mean", "days_median", "days_median_low", "days_median_high", "days_p90",
    "within_standard_pct", "within_standard_low", "within_standard_high",
)  # fmt: skip
_QUEUES = ("queue_mean", "queue_median", "queue_median_low", "queue_median_high",
           "queue_within_pct", "queue_within_low", "queue_within_high")  # fmt: skip

#: For each measure, who stands behind which columns. ``*`` guards every column but the keys.
GUARDS: dict[str, tuple[Guard, ...]] = {
    "satisfaction": (Guard("citizens", "n_respondents", ("*",)),),
    "elements": (Guard("citizens", "n", ("*",)),),
    "extra_questions": (Guard("citizens", "n", ("*",)),),
    "service_time": (
        Guard("citizens", "n_requests", ("*",)),
        Guard("citizens", "n_finished", (*_TIMES, *_QUEUES)),
    ),
    "appraisal": (Guard("employees", "n_employees", ("*",)), Guard("raters", "n_raters")),
    "predicates": (Guard("employees", "n_employees", ("*",)),),
    "training": (
        Guard("employees", "n_staff", ("*",)),
        Guard("employees", "n_trained"),
        Guard("employees", "n_pns", ("n_pns_met", "pns_met_pct", "pns_met_low", "pns_met_high")),
        Guard("employees", "n_pppk", ("n_pppk_over",)),
    ),
    "motivation": (Guard("employees", "n", ("*",)),),
    "scale_reliability": (Guard("employees", "n", ("*",)),),
    "complaints": (Guard("citizens", "n", ("*",)),),
    "objections": (Guard("employees", "n_employees", ("*",)),),
    "rater_spreads": (Guard("employees", "n_employees", ("*",)), Guard("raters", "n_raters", ("*",))),
    "rater_units": (Guard("employees", "n_employees", ("*",)), Guard("raters", "n_raters", ("*",))),
    "rater_audit": (Guard("raters", "n_raters", ("*",)),),
    "rater_objections": (Guard("employees", "n_objecting", ("*",)), Guard("raters", "n_raters", ("*",))),
    "group_gaps": (Guard("employees", "n_employees", ("*",)), Guard("raters", "n_raters", ("*",))),
    "objection_rates": (
        Guard("employees", "n_employees", ("*",)),
        Guard(
            "employees", "n_objecting", ("n_objections", "per_1000", "low", "high", "n_decided", "upheld_pct")
        ),
    ),
    "objection_grounds": (Guard("employees", "n_employees", ("*",)),),
    "attendance": (Guard("employees", "n_staff", ("*",)),),
    "programmes": (),
    "sub_units": (
        Guard("citizens", "n_respondents", ("index", "index_low", "index_high")),
        Guard("citizens", "n_requests", ("days_median", "n_finished")),
        Guard("employees", "n_staff"),
        Guard("employees", "n_motivation", ("motivation_mean",)),
    ),
}

#: Measures whose rows are parts of a published whole, and the columns that name the whole.
_PARTS = {
    "sub_units": ["reporting_unit_id", "period"],
    "objection_rates": ["attribute"],
    "objection_grounds": ["unit_id"],
}

#: What names a row rather than speaks of people.
KEYS = frozenset(
    [
        "unit_id",
        "reporting_unit_id",
        "period",
        "element",
        "predicate",
        "scale",
        "service_id",
        "standard_days",
        "standard_queue_minutes",
        "n_elements_asked",
        "n_elements_of_rule",
        "is_full",
        "extra_asked",
        "programme",
        "output_unit",
        "quarter_no",
        "source",
        "attribute",
        "level",
        "base",
        "ground",
        "key",
    ]
)


@dataclass(frozen=True)
class ProtectedCity:
    """A city's measures, every one protected; a measure without data is absent.

    Parameters
    ----------
    tables : mapping of str to ProtectedTable
        By the measure's name (`satisfaction`, `service_time`, ...).
    rule : DisclosureRule
        The sizes that applied.
    """

    tables: Mapping[str, ProtectedTable]
    rule: DisclosureRule

    def get(self, measure: str, **values: object) -> ProtectedTable | None:
        """Return the rows of a measure that hold the values; none if there are no such rows."""
        table = self.tables.get(measure)
        if table is None:
            return None
        chosen = table.where(**values)
        return chosen if len(chosen) else None


def protect_city(measures: Mapping[str, pd.DataFrame | None], rule: DisclosureRule) -> ProtectedCity:
    """Mask the small groups of every measure.

    Parameters
    ----------
    measures : mapping of str to pd.DataFrame or None
        The frames of `CityMeasures` by name; those without a guard here are left behind, so a new
        measure shows nowhere before someone has said who stands behind it.
    rule : DisclosureRule
        The smallest sizes.

    Returns
    -------
    ProtectedCity
    """
    tables = {}
    for name, guards in GUARDS.items():
        frame = measures.get(name)
        if frame is None or frame.empty:
            continue
        if name == "predicates":
            frame = _merged_predicates(frame, rule)
        present = [_with_columns(guard, frame) for guard in guards if guard.count in frame]
        tables[name] = protect_table(frame, present, rule, parts_of=_PARTS.get(name))
    return ProtectedCity(tables, rule)


def _with_columns(guard: Guard, frame: pd.DataFrame) -> Guard:
    if guard.columns != ("*",):
        return guard
    speaking = tuple(str(c) for c in frame.columns if c not in KEYS and c != guard.count)
    return Guard(guard.kind, guard.count, speaking)


def _merged_predicates(frame: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    merged = merge_small_cells(
        frame,
        group=["unit_id", "period"],
        category="predicate",
        count="n",
        smallest_cell=rule.smallest_cell,
    )
    totals = merged.groupby(["unit_id", "period"], observed=True)["n"].transform("sum")
    return merged.assign(n_employees=totals)
