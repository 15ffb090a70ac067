"""Lesson hours (JP) of staff: the yearly duty, the share of staff trained, and gaps between groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.clean.steps.course_fields import FIELDS
from asn_research.measure.grouping import with_city
from asn_research.methods.survey.simple_intervals import mean_margin, welch_margin, wilson
from asn_research.rules.cities import City
from asn_research.rules.regulations import TrainingRule


def hours_by_person(courses: pd.DataFrame, staff: pd.DataFrame, periods: Sequence[str]) -> pd.DataFrame:
    """Return the lesson hours of each person in every quarter; a quarter without lessons has 0.

    Parameters
    ----------
    courses : pd.DataFrame
        The processed table `training`.
    staff : pd.DataFrame
        person_id, reporting_unit_id and employment_type of all staff.
    periods : sequence of str
        The quarters, oldest first.

    Returns
    -------
    pd.DataFrame
        One row per person and quarter: hours_jp (in the quarter), hours_year (since the start of the
        year), training_jp10 (JP since the first quarter, divided by 10).
    """
    grid = staff.merge(
        pd.DataFrame({"period": list(periods), "quarter_no": range(len(periods))}), how="cross"
    )
    taken = courses.groupby(["person_id", "period"])["hours_jp"].sum().rename("hours_jp").reset_index()
    grid = grid.merge(taken, on=["person_id", "period"], how="left").fillna({"hours_jp": 0.0})
    grid = grid.sort_values(["person_id", "quarter_no"], ignore_index=True)
    grid["training_jp10"] = grid.groupby("person_id")["hours_jp"].cumsum() / 10
    grid["hours_year"] = grid.groupby(["person_id", grid["period"].str[:4]])["hours_jp"].cumsum()
    return grid


def training_by_unit(hours: pd.DataFrame, city: City | None = None) -> pd.DataFrame:
    """Compute lesson hours and fulfilment of the duty by unit and quarter, and for the city.

    Only PNS have a duty. For PPPK the regulation sets a maximum, so few hours are no failure.

    Parameters
    ----------
    hours : pd.DataFrame
        From `hours_by_person`.
    city : City, optional
        A city's own values replace those of the rule. Each quarter uses the rule in force at its time.

    Returns
    -------
    pd.DataFrame
        One row per unit and quarter: n_staff, n_trained, trained_pct with interval (coverage),
        hours_total, hours_mean (in the quarter); n_pns, n_pns_met (PNS who have fulfilled the duty),
        pns_met_pct with interval, n_pppk, n_pppk_over (PPPK above the maximum), all since the start of
        the year; n_pns_met and n_pppk_over are nan in a quarter without a duty in force.
    """
    rows = with_city(hours)
    kind = rows["employment_type"]
    duty = {code: rules.at(code, city).get(TrainingRule) for code in hours["period"].unique()}
    owed = rows["period"].map({code: rule.pns_at_least_jp for code, rule in duty.items() if rule})
    allowed = rows["period"].map({code: rule.pppk_at_most_jp for code, rule in duty.items() if rule})
    rows = rows.assign(
        trained=rows["hours_jp"] > 0,
        pns=kind == "pns",
        pns_met=(kind == "pns") & (rows["hours_year"] >= owed),
        pppk=kind == "pppk",
        pppk_over=(kind == "pppk") & (rows["hours_year"] > allowed),
    )
    table = rows.groupby(["unit_id", "period"], sort=True).agg(
        n_staff=("person_id", "nunique"), n_trained=("trained", "sum"), hours_total=("hours_jp", "sum"),
        hours_mean=("hours_jp", "mean"), n_pns=("pns", "sum"), n_pns_met=("pns_met", "sum"),
        n_pppk=("pppk", "sum"), n_pppk_over=("pppk_over", "sum"),
    )  # fmt: skip
    without = table.index.get_level_values("period").map({code: not rule for code, rule in duty.items()})
    for column in ("n_pns_met", "n_pppk_over"):
        table[column] = table[column].mask(np.asarray(without, dtype=bool))
    table["pns_met_pct"] = 100 * table["n_pns_met"] / table["n_pns"].where(table["n_pns"] > 0)
    table["trained_pct"] = 100 * table["n_trained"] / table["n_staff"]
    table["trained_low"], table["trained_high"] = wilson(
        table["n_trained"].to_numpy(), table["n_staff"].to_numpy()
    )
    low, high = wilson(table["n_pns_met"].to_numpy(dtype=float), table["n_pns"].to_numpy())
    return table.assign(pns_met_low=low, pns_met_high=high).reset_index()


#: Courses come regularly in a person's last four quarters if there was one in so many of them.
WINDOW, REGULAR = 4, 3


def hours_by_field(courses: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame | None:
    """Return each person's cumulated hours by field of courses, and whether courses came regularly.

    Parameters
    ----------
    courses : pd.DataFrame
        The processed table `training`.
    hours : pd.DataFrame
        From `hours_by_person`.

    Returns
    -------
    pd.DataFrame or None
        One row per person and quarter: person_id, period, reporting_unit_id; ``<field>_jp10`` for each of
        `FIELDS` (JP since the first quarter, divided by 10); ``regular_training`` (1 with courses in three of
        the last four quarters or more, else 0; nan in the first three quarters, of which too little is
        known). None if the lists of courses state no titles.
    """
    if "training_field" not in courses or courses["training_field"].isna().all():
        return None
    known = courses.assign(training_field=courses["training_field"].astype("object"))
    taken = known.pivot_table(
        index=["person_id", "period"], columns="training_field", values="hours_jp", aggfunc="sum", fill_value=0.0,
        observed=True,
    ).reindex(columns=list(FIELDS), fill_value=0.0)  # fmt: skip
    columns = {field: f"{field}_jp10" for field in FIELDS}
    grid = hours[["person_id", "period", "quarter_no", "reporting_unit_id", "hours_jp"]].merge(
        taken.rename(columns=columns).reset_index(), on=["person_id", "period"], how="left"
    )
    grid = grid.sort_values(["person_id", "quarter_no"], ignore_index=True)
    by_person = grid["person_id"]
    names = list(columns.values())
    grid[names] = grid[names].astype("float64").fillna(0.0).groupby(by_person).cumsum() / 10
    taught = (grid["hours_jp"] > 0).astype("float64").groupby(by_person)
    seen = taught.rolling(WINDOW, min_periods=WINDOW).sum().droplevel(0).sort_index()
    grid["regular_training"] = (seen >= REGULAR).astype("float64").where(seen.notna())
    return grid[["person_id", "period", "reporting_unit_id", *names, "regular_training"]]


def fields_by_unit(by_person: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over a unit's staff of what `hours_by_field` returns; ``regular_share`` is a share."""
    names = [f"{field}_jp10" for field in FIELDS]
    grouped = by_person.groupby(["reporting_unit_id", "period"], sort=True)
    table = grouped[[*names, "regular_training"]].mean()
    return table.rename(columns={"regular_training": "regular_share"}).rename_axis(
        index={"reporting_unit_id": "unit_id"}
    ).reset_index()  # fmt: skip


def training_by_field(courses: pd.DataFrame) -> pd.DataFrame | None:
    """Count courses and lesson hours by field, for units and the city.

    Parameters
    ----------
    courses : pd.DataFrame
        The processed table `training`.

    Returns
    -------
    pd.DataFrame or None
        One row per unit, quarter and training_field (``unknown`` for a course without a title), with the
        columns of `training_by_kind`. None if the lists of courses state no titles.
    """
    if "training_field" not in courses or courses["training_field"].isna().all():
        return None
    return _counted(courses, "training_field")


#: The columns that group staff, one at a time; combinations of them would identify single people.
GROUPINGS = ("sex", "age_band", "rank_group", "employment_type")


def training_by_kind(courses: pd.DataFrame) -> pd.DataFrame:
    """Count courses and lesson hours by kind, for units and the city.

    Parameters
    ----------
    courses : pd.DataFrame
        The processed table `training`.

    Returns
    -------
    pd.DataFrame
        One row per unit, quarter and training_kind (``unknown`` if the list states none): n_people,
        n_courses, hours_total, hours_share_pct (of all hours of the unit and quarter).
    """
    return _counted(courses, "training_kind")


def _counted(courses: pd.DataFrame, column: str) -> pd.DataFrame:
    named = courses[column].astype("object").fillna("unknown") if column in courses else "unknown"
    rows = with_city(courses.assign(**{column: named}))
    keys = ["unit_id", "period", column]
    table = rows.groupby(keys, sort=True).agg(
        n_people=("person_id", "nunique"), n_courses=("person_id", "size"), hours_total=("hours_jp", "sum")
    )
    total = table.groupby(keys[:2])["hours_total"].transform("sum")
    return table.assign(hours_share_pct=100 * table["hours_total"] / total).reset_index()


def training_gaps(hours: pd.DataFrame, staff: pd.DataFrame) -> pd.DataFrame:
    """Compare the lesson hours of groups of staff with those of all others.

    Parameters
    ----------
    hours : pd.DataFrame
        From `hours_by_person`.
    staff : pd.DataFrame
        The processed table `employees`.

    Returns
    -------
    pd.DataFrame
        One row per unit, quarter, grouping (`GROUPINGS`) and group: n_staff, hours_mean (since the start
        of the year) with interval, n_others, gap (difference from the mean of all other staff of the unit)
        with Welch's interval, trained_pct (with at least one lesson hour since the start of the year) with
        interval.
    """
    known = [g for g in GROUPINGS if g in staff]
    traits = staff[["person_id", *known]].drop_duplicates("person_id")
    rows = hours.drop(columns=[c for c in known if c in hours]).merge(traits, on="person_id", how="left")
    rows = with_city(rows)
    pieces = [_gaps(rows, grouping) for grouping in known]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()


def _gaps(rows: pd.DataFrame, grouping: str) -> pd.DataFrame:
    named = rows[grouping].astype("object")
    rows = rows.assign(
        group=named.where(named != ""), squared=rows["hours_year"] ** 2, reached=rows["hours_year"] > 0
    ).dropna(subset=["group"])
    keys = ["unit_id", "period"]
    sums = rows.groupby([*keys, "group"], sort=True).agg(
        n_staff=("hours_year", "size"), total=("hours_year", "sum"), squares=("squared", "sum"),
        n_reached=("reached", "sum"),
    )  # fmt: skip
    others = (
        sums.groupby(keys)[["n_staff", "total", "squares"]].transform("sum")
        - sums[["n_staff", "total", "squares"]]
    )
    n, mean, sd = _moments(sums)
    n_others, mean_others, sd_others = _moments(others)
    margin = mean_margin(sd, n)
    gap, between = mean - mean_others, welch_margin(sd, n, sd_others, n_others)
    low, high = wilson(sums["n_reached"].to_numpy(), n)
    return sums.assign(
        grouping=grouping, hours_mean=mean, hours_low=np.maximum(mean - margin, 0), hours_high=mean + margin,
        n_others=n_others.astype("int64"), gap=gap, gap_low=gap - between, gap_high=gap + between,
        trained_pct=100 * sums["n_reached"] / n, trained_low=low, trained_high=high,
    ).drop(columns=["total", "squares", "n_reached"]).reset_index()  # fmt: skip


def _moments(sums: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, total, squares = (sums[c].to_numpy(dtype=float) for c in ("n_staff", "total", "squares"))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        variance = np.maximum(squares - n * mean**2, 0) / (n - 1)
    return n, mean, np.sqrt(np.where(n > 1, variance, np.nan))
