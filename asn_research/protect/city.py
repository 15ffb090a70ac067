"""Everything a report may show: a city's measures with every small group masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from asn_research.protect.derived import audit_of_shown_grades, index_of_shown_parts
from asn_research.protect.guards import Guard, Zero
from asn_research.protect.sums import Sum
from asn_research.protect.tables import ProtectedTable, merge_small_cells, protect_table
from asn_research.rules.cities import City
from asn_research.rules.regulations import DisclosureRule


def _part(count: str, of: str, *columns: str, per: float = 0, zero: Zero = "large") -> Guard:
    """Guard a part of a group that is large enough itself; neither it nor the rest may be a few people."""
    return Guard("cells", count, columns, of, per, zero)


def _share(stem: str, of: str, per: float = 100, zero: Zero = "large") -> Guard:
    """Guard a share whose numerator is no column: it is had from the share and its whole."""
    return _part(f"{stem}_pct", of, f"{stem}_low", f"{stem}_high", per=per, zero=zero)


_TIMES = (
    "days_mean", "days_median", "days_median_low", "days_median_high", "days_p90", "days_p90_low",
    "days_p90_high", "days_median_finished",
    "within_standard_pct", "within_standard_low", "within_standard_high",
)  # fmt: skip
_QUEUES = ("queue_mean", "queue_median", "queue_median_low", "queue_median_high",
           "queue_within_pct", "queue_within_low", "queue_within_high")  # fmt: skip
_COMMONEST = ("commonest_pct", "commonest_low", "commonest_high", "ceiling_pct")
_CHANGES = ("change", "change_low", "change_high", "change_p", "change_p_holm", "change_p_fdr", "change_verdict")  # fmt: skip
_GAPS = ("gap", "gap_low", "gap_high")
_HOURS = ("hours_total", "hours_mean")
#: Who was upheld is a cell too: one of six would be a person's case.
_UPHELD = _part("n_upheld", "n_decided", "upheld_pct", "upheld_low", "upheld_high", zero="hidden")


def _citizens(count: str = "n", *columns: str, is_additive: bool = True) -> Guard:
    return Guard("citizens", count, columns or ("*",), is_additive=is_additive)


def _employees(count: str = "n_employees", *columns: str, zero: Zero = "shown") -> Guard:
    return Guard("employees", count, columns or ("*",), zero=zero)


def _raters(*columns: str) -> Guard:
    return Guard("raters", "n_raters", columns, is_additive=False)


#: For each measure, who stands behind which columns. ``*`` guards every column but the keys.
GUARDS: dict[str, tuple[Guard, ...]] = {
    "satisfaction": (
        _citizens("n_respondents"),
        # With and without a few forms, the difference would tell what those few said.
        _citizens("n_screened_out", "index_screened", "n_straight_line"),
        _part("n_screened_out", "n_respondents", "index_screened", "n_straight_line", zero="shown"),
    ),
    "elements": (
        _citizens(),
        # A change is told from the quarter before, which must be large enough as well.
        _citizens("n_before", *_CHANGES, is_additive=False),
    ),
    "importance": (_citizens(is_additive=False),),
    "respondent_groups": (_citizens(),),
    "sample": (_citizens("n_respondents", "short_n"), _citizens("population_n", "needed_n")),
    "extra_questions": (_citizens(),),
    "service_time": (
        _citizens("n_requests"),
        _citizens("n_finished", *_TIMES, *_QUEUES),
        _part("n_finished", "n_requests"),
        _part("n_open", "n_requests"),
        _part("n_undated", "n_requests", zero="shown"),
        _share("within_standard", "n_judged"),
        _share("queue_within", "n_queued"),
    ),
    "appraisal": (
        _employees(),
        _raters(),
        Guard("cells", "n_others", ("effective_predicates",), "n_employees"),
        _part("n_exported", "n_employees", "n_contradicting"),
        _part("n_contradicting", "n_exported", zero="hidden"),
        _part("share_above_results", "n_employees", per=1),
    ),
    "predicates": (_employees(),),
    "information": (
        _employees(),
        Guard("cells", "n_others", _COMMONEST, "n_employees"),
        Guard("cells", "n_ceiling", ("ceiling_pct",), "n_employees"),
        Guard("cells", "n_rest", ("ceiling_pct",)),
    ),
    "distribution": (
        _employees(),
        Guard("cells", "n", ("n_others", "share_pct", "n_over"), "n_employees"),
        Guard("cells", "n_cut", ("n", "n_others", "share_pct", "n_over")),
    ),
    "training": (
        _employees("n_staff"),
        _employees("n_trained", "trained_pct", "trained_low", "trained_high", *_HOURS),
        _part("n_trained", "n_staff", "trained_pct", "trained_low", "trained_high", *_HOURS),
        # Whoever is not PNS is PPPK: the one would tell of the other.
        Guard("employees", "n_pns", ("n_pns_met", "pns_met_pct", "pns_met_low", "pns_met_high"), "n_staff"),
        _part("n_pns_met", "n_pns", "pns_met_pct", "pns_met_low", "pns_met_high", zero="hidden"),
        Guard("employees", "n_pppk", ("n_pppk_over",), "n_staff"),
        _part("n_pppk_over", "n_pppk"),
    ),
    "training_kinds": (_employees("n_people"),),
    "training_gaps": (
        _employees("n_staff"),
        _employees("n_others", *_GAPS),
        _share("trained", "n_staff"),
    ),
    "ip_asn": (
        _employees("n_staff"),
        _part("n_complete", "n_staff"),
        _employees("n_sanctioned", "n_sanctioned", zero="hidden"),
    ),
    "sanctions": (_employees("n_people", zero="hidden"),),
    "motivation": (_employees("n"),),
    "scale_reliability": (_employees("n"),),
    "scale_items": (_employees("n"),),
    "scale_model": (_employees("n"),),
    "scale_invariance": (_employees("n"),),
    "standings": (_citizens(),),
    "complaints": (
        _citizens(),
        _part("n_answered", "n"),
        _part("n_resolved", "n"),
        _share("answered_in_time", "n_due"),
        _share("resolved_in_time", "n_due"),
    ),
    "objections": (
        _employees(zero="hidden"),
        _part("n_employees", "n_rated", "per_1000_employees", "per_1000_low", "per_1000_high", zero="shown"),
        _part("n_decided", "n", "upheld_pct", "upheld_low", "upheld_high"),
        _part("n_late", "n", zero="hidden"),
        _UPHELD,
    ),
    "objection_grounds": (
        _employees("n_objectors", zero="hidden"),
        Guard("cells", "n_employees", ("n_upheld", "share_pct"), zero="hidden"),
        _part("n_upheld", "n_employees", zero="hidden"),
    ),
    "rater_spreads": (_employees(), _raters("*")),
    "rater_units": (_employees(), _raters("*")),
    "rater_audit": (_raters("*"),),
    "rater_objections": (_employees("n_objecting", zero="hidden"), _raters("*")),
    "group_gaps": (_employees(), _raters("*")),
    "objection_rates": (
        _employees(),
        _employees(
            "n_objecting", "n_objections", "per_1000", "low", "high", "n_decided", "upheld_pct", zero="hidden"
        ),
        _part("n_objecting", "n_employees", "n_objections", "per_1000", "low", "high", zero="hidden"),
        _UPHELD,
    ),
    "rating_grounds": (_employees(zero="hidden"), _UPHELD),
    "attendance": (_employees("n_staff"),),
    "programmes": (),
    "good_practice": (_citizens(),),
    # Which quarters a half year or year is made of; it speaks of nobody.
    "larger_periods": (),
    "sub_units": (
        _citizens("n_respondents", "index", "index_low", "index_high"),
        _citizens("n_requests", "days_median", "n_finished"),
        _part("n_finished", "n_requests"),
        _employees("n_staff", "n_staff"),
        _employees("n_motivation", "motivation_mean"),
    ),
    # Faults and repairs speak of cells, city-wide; their values are let through by `shown_value` only.
    "quality_faults": (),
    "quality_repairs": (),
    # A file of one small office, or its rows, would tell how many people it has.
    "quality_files": (
        _employees("n_raw", "n_kept", "n_repaired", "n_quarantined", "n_excluded"),
        *(
            _part(f"n_{way}", "n_raw", zero="shown")
            for way in ("kept", "repaired", "quarantined", "excluded")
        ),
    ),
    "quality_offices": (
        _employees("n_rows"),
        _part("n_held", "n_rows", "held_pct", zero="shown"),
        _part("n_repaired", "n_rows", zero="shown"),
    ),
    "quality_missing": (
        _employees("n_rows"),
        _part("n", "n_rows", "share_pct", zero="shown"),
        _employees("n", "n"),
    ),
    # Index with and without a few forms would give those forms' answers away.
    "quality_screens": (
        _citizens("n_forms"),
        _citizens("n_marked", "marked_pct", "index_without", "without_low", "without_high", "difference"),
        _part(
            "n_marked",
            "n_forms",
            "marked_pct",
            "index_without",
            "without_low",
            "without_high",
            "difference",
            zero="shown",
        ),
    ),
    "quality_drift": (_employees("n_before"), _employees("n_now")),
    "quality_forms": (_employees("n_rows"),),
}


def _sums(*found: str) -> tuple[Sum, ...]:
    """Read sums that are written as ``part:total within ...``."""
    return tuple(
        Sum(part, tuple(within), total or None)
        for part, total, within in (
            (*text.split()[0].partition(":")[::2], text.split()[1:]) for text in found
        )
    )


#: Which rows of a measure are the parts of which published whole.
SUMS: dict[str, tuple[Sum, ...]] = {
    "satisfaction": _sums("unit_id:CITY period", "period unit_id"),
    "elements": _sums("unit_id:CITY period element", "period unit_id element"),
    "respondent_groups": _sums(
        "category unit_id period dimension",
        "unit_id:CITY period dimension category",
        "period unit_id dimension category",
    ),
    "sample": (*_sums("period unit_id service_id"), Sum("service_id", ("unit_id", "period"), "")),
    "service_time": (
        *_sums("unit_id:CITY period service_id", "period unit_id service_id"),
        Sum("service_id", ("unit_id", "period"), ""),
    ),
    "appraisal": _sums("unit_id:CITY period"),
    "predicates": _sums("unit_id:CITY period predicate"),
    "information": _sums("unit_id:CITY period subject"),
    "training": _sums("unit_id:CITY period"),
    "training_kinds": _sums("training_kind unit_id period", "unit_id:CITY period training_kind"),
    "training_gaps": _sums("group unit_id period grouping", "unit_id:CITY period grouping group"),
    "ip_asn": _sums("unit_id:CITY period"),
    "sanctions": _sums("level:all unit_id period", "unit_id:CITY period level"),
    "motivation": _sums("unit_id:CITY period scale"),
    "complaints": _sums("unit_id:CITY period", "period unit_id"),
    "objections": _sums("unit_id:CITY period"),
    "objection_grounds": _sums("ground unit_id period", "unit_id:CITY period ground"),
    "objection_rates": _sums("level attribute"),
    "rating_grounds": _sums("ground unit_id"),
    "attendance": _sums("unit_id:CITY period"),
    "sub_units": _sums("unit_id reporting_unit_id period"),
    "quality_files": _sums("file source"),
    "quality_offices": _sums("reporting_unit_id in_period source", "source:all reporting_unit_id in_period"),
    "quality_screens": _sums("unit_id:CITY in_period mark"),
}

#: What names a row of a measure, or says how it was made, rather than speaks of people.
KEYS: dict[str, str] = {
    "satisfaction": "unit_id period rule rule_changed n_elements_asked n_elements_of_rule is_full drawn_as extra_asked weighted_by",
    "elements": "unit_id period element rule",
    "importance": "unit_id period element n_periods outcome cut_share_pct",
    "respondent_groups": "unit_id period dimension category",
    "sample": "unit_id period service_id is_short",
    "service_time": "unit_id period service_id calendar_provisional standard_days standard_queue_minutes",
    "appraisal": "unit_id period ratings_verdict",
    "predicates": "unit_id period predicate ratings_verdict",
    "information": "unit_id period subject verdict",
    "distribution": "unit_id period organisation_predicate limit_no predicates bound bound_value ratings_verdict",
    "training": "unit_id period",
    "training_kinds": "unit_id period training_kind",
    "training_gaps": "unit_id period group grouping",
    "ip_asn": "unit_id period",
    "sanctions": "unit_id period level",
    "motivation": "unit_id period scale",
    "scale_reliability": "unit_id period scale n_units",
    "scale_items": "unit_id period scale item",
    "scale_model": "unit_id period estimator n_factors verdict",
    "scale_invariance": "unit_id period period_before n_factors step",
    "standings": "unit_id period indicator n_units adjusted units_differ slope slope_low slope_high",
    "complaints": "unit_id period",
    "objections": "unit_id period",
    "objection_grounds": "unit_id period ground",
    "rater_spreads": "source unit_id",
    "rater_units": "unit_id",
    "rater_audit": "unit_id n_units",
    "rater_objections": "unit_id",
    "group_gaps": "attribute level base unit_id",
    "objection_rates": "attribute level unit_id",
    "rating_grounds": "ground unit_id",
    "attendance": "unit_id period",
    "programmes": "unit_id period programme output_unit",
    "good_practice": "unit_id period indicator n_units programmes",
    "larger_periods": "period source reason",
    "sub_units": "unit_id period reporting_unit_id",
    "quality_faults": "source column reason",
    "quality_repairs": "source in_period column reason",
    "quality_files": "source",
    "quality_offices": "reporting_unit_id in_period source",
    "quality_missing": "in_period column source reason",
    "quality_screens": "unit_id in_period mark",
    "quality_drift": "source column test_kind in_period before_period category",
    "extra_questions": "unit_id period key",
    "quality_forms": "in_period before_period source column",
}


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


def protect_city(
    measures: Mapping[str, pd.DataFrame | None], rule: DisclosureRule, city: City | None = None
) -> ProtectedCity:
    """Mask the small groups of every measure.

    Parameters
    ----------
    measures : mapping of str to pd.DataFrame or None
        The frames of `CityMeasures` by name; those without a guard here are left behind, so a new
        measure shows nowhere before someone has said who stands behind it.
    rule : DisclosureRule
        The smallest sizes.
    city : City, optional
        Whose own values stand in a rule's place, where an index is made of what may be shown.

    Returns
    -------
    ProtectedCity

    Raises
    ------
    DisclosureError
        If a measure lacks a column that says how many people stand behind its values.
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
        if name == "information":
            frame = audit_of_shown_grades(frame, rule)
        if name == "ip_asn":
            frame = index_of_shown_parts(frame, rule, city)
        written = [_with_columns(guard, frame, KEYS.get(name, "")) for guard in guards]
        present = [guard for guard in written if any(column in frame for column in guard.masked)]
        tables[name] = protect_table(frame, present, rule, sums=SUMS.get(name, ()))
    return ProtectedCity(tables, rule)


def _with_columns(guard: Guard, frame: pd.DataFrame, keys: str) -> Guard:
    """Return the guard with the columns that ``*`` stands for; then its count must be there."""
    if guard.columns != ("*",):
        return guard
    speaking = tuple(str(c) for c in frame.columns if c not in keys.split() and c != guard.count)
    return replace(guard, columns=speaking)


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
