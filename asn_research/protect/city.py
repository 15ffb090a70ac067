"""Everything a report may show: a city's measures with every small group masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from asn_research.protect.tables import Guard, ProtectedTable, merge_small_cells, protect_table
from asn_research.rules.regulations import DisclosureRule

_TIMES = (
    "days_mean", "days_median", "days_median_low", "days_median_high", "days_p90", "days_p90_low",
    "days_p90_high", "days_median_finished",
    "within_standard_pct", "within_standard_low", "within_standard_high",
)  # fmt: skip
_QUEUES = ("queue_mean", "queue_median", "queue_median_low", "queue_median_high",
           "queue_within_pct", "queue_within_low", "queue_within_high")  # fmt: skip

_GRADES = ("n_grades", "entropy_bits", "effective_grades", "effective_grades_low", "effective_grades_high",
           "commonest_pct", "commonest_low", "commonest_high", "ceiling_pct")  # fmt: skip
_SANCTIONED = ("discipline_low", "discipline_high", "performance_low", "performance_high")
#: Who was upheld is a cell too: one of six would be a person's case.
_UPHELD = Guard("cells", "n_upheld", ("upheld_pct", "upheld_low", "upheld_high"))
_GAPS = ("gap", "gap_low", "gap_high")

#: For each measure, who stands behind which columns. ``*`` guards every column but the keys.
GUARDS: dict[str, tuple[Guard, ...]] = {
    "satisfaction": (
        Guard("citizens", "n_respondents", ("*",)),
        # With and without a few forms, the difference would tell what those few said.
        Guard("citizens", "n_screened_out", ("index_screened", "n_straight_line")),
    ),
    "elements": (
        Guard("citizens", "n", ("*",)),
        # A change is told from the quarter before, which must be large enough as well.
        Guard(
            "citizens",
            "n_before",
            (
                "change",
                "change_low",
                "change_high",
                "change_p",
                "change_p_holm",
                "change_p_fdr",
                "change_verdict",
            ),
        ),
    ),
    "importance": (Guard("citizens", "n", ("*",)),),
    "respondent_groups": (Guard("citizens", "n", ("*",)),),
    "sample": (
        Guard("citizens", "n_respondents", ("short_n",)),
        Guard("citizens", "population_n", ("needed_n",)),
    ),
    "extra_questions": (Guard("citizens", "n", ("*",)),),
    "service_time": (
        Guard("citizens", "n_requests", ("*",)),
        Guard("citizens", "n_finished", (*_TIMES, *_QUEUES)),
    ),
    "appraisal": (
        Guard("employees", "n_employees", ("*",)),
        Guard("raters", "n_raters"),
        Guard("cells", "n_others", ("effective_predicates",)),
    ),
    "predicates": (Guard("employees", "n_employees", ("*",)),),
    "information": (
        Guard("employees", "n_employees", ("*",)),
        Guard("cells", "n_others", _GRADES),
        Guard("cells", "n_ceiling", ("ceiling_pct",)),
        Guard("cells", "n_rest", ("ceiling_pct", "effective_grades", "entropy_bits")),
    ),
    "distribution": (
        Guard("employees", "n_employees", ("*",)),
        Guard("cells", "n", ("n_others", "share_pct", "n_over")),
        Guard("cells", "n_others", ("n", "share_pct", "n_over")),
        Guard("cells", "n_cut", ("n", "n_others", "share_pct", "n_over")),
    ),
    "training": (
        Guard("employees", "n_staff", ("*",)),
        Guard("employees", "n_trained", ("trained_pct", "trained_low", "trained_high")),
        Guard("employees", "n_pns", ("n_pns_met", "pns_met_pct", "pns_met_low", "pns_met_high")),
        Guard("employees", "n_pppk", ("n_pppk_over",)),
    ),
    "training_kinds": (Guard("employees", "n_people", ("*",)),),
    "training_gaps": (Guard("employees", "n_staff", ("*",)), Guard("employees", "n_others", _GAPS)),
    "ip_asn": (
        Guard("employees", "n_staff", ("*",)),
        Guard("employees", "n_complete"),
        # Two dimensions, or the one could be had from the index and the others.
        Guard("employees", "n_sanctioned", _SANCTIONED),
    ),
    "sanctions": (Guard("employees", "n_people"),),
    "motivation": (Guard("employees", "n", ("*",)),),
    "scale_reliability": (Guard("employees", "n", ("*",)),),
    "scale_items": (Guard("employees", "n", ("*",)),),
    "scale_model": (Guard("employees", "n", ("*",)),),
    "scale_invariance": (Guard("employees", "n", ("*",)),),
    "standings": (Guard("citizens", "n", ("*",)),),
    "complaints": (Guard("citizens", "n", ("*",)),),
    "objections": (Guard("employees", "n_employees", ("*",)), _UPHELD),
    "objection_grounds": (
        Guard("employees", "n_objectors", ("*",)),
        Guard("cells", "n_employees", ("n_upheld", "share_pct")),
        _UPHELD,
    ),
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
        _UPHELD,
    ),
    "rating_grounds": (Guard("employees", "n_employees", ("*",)), _UPHELD),
    "attendance": (Guard("employees", "n_staff", ("*",)),),
    "programmes": (),
    "good_practice": (Guard("citizens", "n", ("*",)),),
    # Which quarters a half year or year is made of; it speaks of nobody.
    "larger_periods": (),
    "sub_units": (
        Guard("citizens", "n_respondents", ("index", "index_low", "index_high")),
        Guard("citizens", "n_requests", ("days_median", "n_finished")),
        Guard("employees", "n_staff"),
        Guard("employees", "n_motivation", ("motivation_mean",)),
    ),
    # Faults and repairs speak of cells, city-wide; their values are let through by `shown_value` only.
    "quality_faults": (),
    "quality_repairs": (),
    # A file of one small office, or its rows, would tell how many people it has.
    "quality_files": (Guard("employees", "n_raw", ("n_kept", "n_repaired", "n_quarantined", "n_excluded")),),
    "quality_offices": (Guard("employees", "n_rows", ("*",)),),
    "quality_missing": (Guard("employees", "n_rows", ("*",)), Guard("employees", "n")),
    # Index with and without a few forms would give those forms' answers away.
    "quality_screens": (
        Guard("citizens", "n_forms", ("*",)),
        Guard(
            "citizens",
            "n_marked",
            ("marked_pct", "index_without", "without_low", "without_high", "difference"),
        ),
    ),
    "quality_drift": (Guard("employees", "n_before", ("*",)), Guard("employees", "n_now", ("*",))),
    "quality_forms": (Guard("employees", "n_rows", ("*",)),),
}

#: Measures whose rows are parts of a published whole: one part alone must not be had by subtraction.
PARTS_OF: dict[str, list[str]] = {
    "sub_units": ["reporting_unit_id", "period"],
    "respondent_groups": ["unit_id", "period", "dimension"],
    "sample": ["unit_id", "period"],
    "training_kinds": ["unit_id", "period"],
    "training_gaps": ["unit_id", "period", "grouping"],
    "sanctions": ["unit_id", "period"],
    "objection_grounds": ["unit_id", "period"],
    "objection_rates": ["attribute"],
    "rating_grounds": ["unit_id"],
    "quality_files": ["source"],
    "quality_offices": ["in_period", "source"],
    "quality_screens": ["unit_id", "in_period"],
}

#: What names a row rather than speaks of people.
KEYS = frozenset(
    [
        "unit_id",
        "reporting_unit_id",
        "period",
        "element",
        "predicate",
        "rule",
        "rule_changed",
        "drawn_as",
        "weighted_by",
        "outcome",
        "n_periods",
        "cut_share_pct",
        "dimension",
        "category",
        "is_short",
        "scale",
        "item",
        "estimator",
        "n_factors",
        "step",
        "period_before",
        "indicator",
        "n_units",
        "adjusted",
        "units_differ",
        "slope",
        "slope_low",
        "slope_high",
        "service_id",
        "standard_days",
        "standard_queue_minutes",
        "n_elements_asked",
        "n_elements_of_rule",
        "is_full",
        "extra_asked",
        "programme",
        "programmes",
        "indicator",
        "output_unit",
        "quarter_no",
        "source",
        "attribute",
        "level",
        "base",
        "ground",
        "key",
        "ratings_verdict",
        "subject",
        "verdict",
        "organisation_predicate",
        "limit_no",
        "predicates",
        "bound",
        "bound_value",
        "grouping",
        "group",
        "training_kind",
        "calendar_provisional",
        "in_period",
        "before_period",
        "column",
        "reason",
        "mark",
        "test_kind",
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
    tables: dict[str, ProtectedTable] = {}
    for name, guards in GUARDS.items():
        frame = measures.get(name)
        if frame is None or frame.empty:
            continue
        if name == "predicates":
            frame = _merged_predicates(frame, rule)
        if name == "distribution":
            frame = _marked_cuts(frame, tables.get("predicates"))
        parts_of = PARTS_OF.get(name)
        present = [_with_columns(guard, frame) for guard in guards if guard.count in frame]
        tables[name] = protect_table(frame, present, rule, parts_of=parts_of)
    return ProtectedCity(tables, rule)


def _with_columns(guard: Guard, frame: pd.DataFrame) -> Guard:
    if guard.columns != ("*",):
        return guard
    speaking = tuple(str(c) for c in frame.columns if c not in KEYS and c != guard.count)
    return Guard(guard.kind, guard.count, speaking)


def _marked_cuts(frame: pd.DataFrame, predicates: ProtectedTable | None) -> pd.DataFrame:
    """Mark with one (of nobody in particular) the limits that would part what the distribution merges.

    Eight staff who hold two predicates, beside ten who hold those or a third, would tell of two.
    """
    if predicates is None:
        return frame.assign(n_cut=1)
    cells = predicates.frame.dropna(subset=["merged_categories"])
    keys = zip(cells["unit_id"], cells["period"], cells["merged_categories"], strict=True)
    joined = {(unit, period): set(names.split("|")) for unit, period, names in keys if names}
    cuts = []
    for unit, period, names in zip(frame["unit_id"], frame["period"], frame["predicates"], strict=True):
        whole = joined.get((unit, period), set())
        part = whole & set(names.split("|"))
        cuts.append(int(0 < len(part) < len(whole)))
    return frame.assign(n_cut=cuts)


def _merged_predicates(frame: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    merged = merge_small_cells(
        frame,
        group=["unit_id", "period"],
        category="predicate",
        count="n",
        smallest_cell=rule.smallest_cell,
    )
    totals = merged.groupby(["unit_id", "period"], observed=True)["n"].transform("sum")
    merged = merged.assign(n_employees=totals)
    if "ratings_verdict" not in frame:
        return merged
    # What the ratings can tell stays beside them.
    verdicts = frame[["unit_id", "period", "ratings_verdict"]].drop_duplicates(["unit_id", "period"])
    return merged.merge(verdicts, on=["unit_id", "period"], how="left")
