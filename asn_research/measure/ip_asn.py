"""The professionalism index (IP ASN) of staff. Unknown parts are bounded and never counted as zero.

Files of offices seldom hold everything that the index needs. Each dimension of a person gets the lowest
and the highest value that the records allow; if the records are complete, the two are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from asn_research import rules
from asn_research.measure.discipline import UNKNOWN, sanction_levels
from asn_research.measure.grouping import with_city
from asn_research.rules.cities import City
from asn_research.rules.periods import Period
from asn_research.rules.regulations_staff import CompetencePart, IpAsnRule

DIMENSIONS = ("qualification", "competence", "performance", "discipline")
Bounds = tuple[pd.Series, pd.Series]


def ip_asn_by_person(
    staff: pd.DataFrame,
    periods: Sequence[str],
    city: City | None = None,
    *,
    courses: pd.DataFrame | None = None,
    appraisals: pd.DataFrame | None = None,
    sanctions: pd.DataFrame | None = None,
) -> pd.DataFrame | None:
    """Return the lowest and highest index of each person that the records up to the end of a quarter allow.

    Parameters
    ----------
    staff : pd.DataFrame
        The processed table `employees`.
    periods : sequence of str
        The quarters; each uses the rule in force at its time.
    city : City, optional
        A city's own values replace those of the rule.
    courses, appraisals, sanctions : pd.DataFrame, optional
        Processed tables. Without a table, its dimension may have any value. A person who is not in the
        table of sanctions has none.

    Returns
    -------
    pd.DataFrame or None
        One row per person and quarter: reporting_unit_id, ``_low`` and ``_high`` of each dimension,
        index_low, index_high and sanctioned (a sanction is known). None if no rule was in force.

    Notes
    -----
    The predikat of a year is unknown, and its last quarter does not decide it. So performance lies
    between the points of the worst and of the best quarterly predikat of the year. The rule says which
    year counts: the one before.
    """
    people = staff.drop_duplicates("person_id").set_index("person_id")
    pieces = []
    for period in periods:
        rule = rules.at(period, city).get(IpAsnRule)
        if rule is None:
            continue
        year = Period.parse(period).year
        judged = year - rule.performance_years_back
        parts: dict[str, Bounds] = {
            "qualification": _qualification(people, rule),
            "competence": _competence(people, _within(courses, period), rule, year),
            "performance": _performance(people, _within(appraisals, period, judged, judged), rule),
            "discipline": _discipline(people, _imposed(sanctions, period, rule), rule, city),
        }
        columns = {f"{d}_{end}": parts[d][k] for d in DIMENSIONS for k, end in enumerate(("low", "high"))}
        frame = pd.DataFrame(columns, index=people.index)
        frame["index_low"] = sum(frame[f"{d}_low"] for d in DIMENSIONS)
        frame["index_high"] = sum(frame[f"{d}_high"] for d in DIMENSIONS)
        none = rule.discipline["none"]
        pieces.append(
            frame.assign(
                reporting_unit_id=people["reporting_unit_id"],
                period=period,
                sanctioned=frame["discipline_high"] < none,
            )
        )
    return pd.concat(pieces).reset_index() if pieces else None


def ip_asn_by_unit(people: pd.DataFrame, city: City | None = None) -> pd.DataFrame:
    """Average the bounds of the index over the staff of each unit, and of the city.

    Parameters
    ----------
    people : pd.DataFrame
        From `ip_asn_by_person`.
    city : City, optional
        A city's own values replace those of the rule. Each quarter uses the bands and rounding of its rule.

    Returns
    -------
    pd.DataFrame
        One row per unit and quarter: n_staff, n_complete (staff whose index is known exactly),
        n_sanctioned, index_low, index_high, band_low, band_high, the mean bounds of each dimension, and
        performance_points (``low:high:staff`` joined by ``|``: used by disclosure control, never shown).
    """
    rows = with_city(people)
    columns = [f"{d}_{end}" for d in (*DIMENSIONS, "index") for end in ("low", "high")]
    rows = rows.assign(complete=rows["index_low"] == rows["index_high"])
    grouped = rows.groupby(["unit_id", "period"], sort=True)
    table = grouped.agg(
        n_staff=("person_id", "nunique"), n_complete=("complete", "sum"), n_sanctioned=("sanctioned", "sum")
    )
    # Points are whole or half numbers, so their sums are exact, and the band follows from an exact mean.
    sums = grouped[columns].sum()
    table = table.join(sums.div(table["n_staff"], axis=0))
    table["performance_points"] = _points_held(rows)
    for end in ("low", "high"):
        table[f"band_{end}"] = [
            rules.at(str(period), city).one(IpAsnRule).band(Fraction(total) / int(n))
            for (_, period), total, n in zip(table.index, sums[f"index_{end}"], table["n_staff"], strict=True)
        ]
    return table.reset_index()


def _points_held(rows: pd.DataFrame) -> pd.Series:
    """Return, by unit and quarter, the number of staff with each pair of lowest and highest performance points."""
    keys = ["unit_id", "period"]
    counts = (
        rows.groupby([*keys, "performance_low", "performance_high"], sort=True).size().reset_index(name="n")
    )
    bounds = zip(counts["performance_low"], counts["performance_high"], counts["n"], strict=True)
    return (
        counts.assign(cell=[f"{low:g}:{high:g}:{n}" for low, high, n in bounds])
        .groupby(keys)["cell"]
        .agg("|".join)
    )


def _within(table: pd.DataFrame | None, period: str, first: int = 0, last: int = 9999) -> pd.DataFrame | None:
    """Return the rows from the first to the last year whose period has ended by the end of a period."""
    if table is None:
        return None
    codes = table["period"].astype("str")
    known = {code: Period.parse(code) for code in codes.unique()}
    end = Period.parse(period).last_day
    chosen = [code for code, p in known.items() if first <= p.year <= last and p.last_day <= end]
    return table.loc[codes.isin(chosen)]


def _imposed(sanctions: pd.DataFrame | None, period: str, rule: IpAsnRule) -> pd.DataFrame | None:
    """Return the sanctions of the years that the rule counts, up to the last day of a period."""
    if sanctions is None:
        return None
    end = pd.Timestamp(Period.parse(period).last_day)
    day = sanctions["sanction_date"]
    return sanctions.loc[(day > end - pd.DateOffset(years=rule.sanction_years)) & (day <= end)]


def _open(people: pd.DataFrame, highest: float, lowest: float = 0.0) -> Bounds:
    return pd.Series(lowest, people.index), pd.Series(highest, people.index)


def _qualification(people: pd.DataFrame, rule: IpAsnRule) -> Bounds:
    lowest = min(points.lowest for points in rule.qualification.values())
    low, high = _open(people, rule.dimensions["qualification"], lowest)
    if "education" not in people:
        return low, high
    known = people["education"].astype("object")
    return (
        known.map({k: p.lowest for k, p in rule.qualification.items()}).astype("float64").fillna(low),
        known.map({k: p.highest for k, p in rule.qualification.items()}).astype("float64").fillna(high),
    )


def _competence(people: pd.DataFrame, ever: pd.DataFrame | None, rule: IpAsnRule, year: int) -> Bounds:
    if ever is None or "training_kind" not in ever:
        return _open(people, rule.dimensions["competence"])
    by_kind: dict[str, Bounds] = {}
    for position, parts in rule.competence.items():
        bounds = [_part(part, ever, people, year) for part in parts]
        lows, highs = (pd.concat([ends[k] for ends in bounds], axis=1).sum(axis=1) for k in (0, 1))
        by_kind[position] = lows, highs
    # A person whose kind of position is unknown may hold a position of any kind.
    low = pd.concat([bounds[0] for bounds in by_kind.values()], axis=1).min(axis=1)
    high = pd.concat([bounds[1] for bounds in by_kind.values()], axis=1).max(axis=1)
    if "position_kind" not in people:
        return low, high
    position_kind = people["position_kind"].astype("object")
    for kind, (lowest, highest) in by_kind.items():
        low, high = low.mask(position_kind == kind, lowest), high.mask(position_kind == kind, highest)
    return low, high


def _part(part: CompetencePart, ever: pd.DataFrame, people: pd.DataFrame, year: int) -> Bounds:
    """Return the lowest and highest points that each person can have for a part, given the recorded courses."""
    years = ever["period"].astype("str").str[:4].astype(int)
    counts = ever["training_kind"].astype("object").isin(part.kinds)
    if part.years is not None:
        counts &= years > year - part.years
    hours = ever.loc[counts].groupby("person_id")["hours_jp"]
    # If courses count without a limit of years, one course must reach the hours by itself. Otherwise small
    # courses would add up over the years.
    taken = (hours.max() if part.years is None else hours.sum()).reindex(people.index).fillna(0.0)
    earned = part.points * (taken >= part.at_least_jp)
    most = pd.Series(part.points, people.index)
    # Courses from years before the first recorded one may exist, so the upper bound stays open.
    reaches_back = part.years is not None and len(ever) > 0 and years.min() <= year - part.years + 1
    high = earned if reaches_back else most
    low = earned if part.needs is None else 0.0 * earned
    return low, high if part.needs is None else most


def _performance(people: pd.DataFrame, year: pd.DataFrame | None, rule: IpAsnRule) -> Bounds:
    low, high = _open(people, rule.dimensions["performance"], min(rule.performance.values()))
    if year is None:
        return low, high
    points = year["predikat_by_matrix"].astype("object").map(rule.performance).astype("float64")
    seen = points.groupby(year["person_id"])
    return seen.min().reindex(people.index).fillna(low), seen.max().reindex(people.index).fillna(high)


def _discipline(
    people: pd.DataFrame, imposed: pd.DataFrame | None, rule: IpAsnRule, city: City | None
) -> Bounds:
    if imposed is None:
        return _open(people, rule.dimensions["discipline"], min(rule.discipline.values()))
    sanctioned = {level: points for level, points in rule.discipline.items() if level != "none"}
    levels = sanction_levels(imposed, city)
    ends = []
    for unknown in (min(sanctioned.values()), max(sanctioned.values())):
        points = levels.map({**sanctioned, UNKNOWN: unknown}).astype("float64")
        worst = points.groupby(imposed["person_id"]).min().reindex(people.index)
        ends.append(worst.fillna(rule.discipline["none"]))
    return ends[0], ends[1]
