"""The information audit: whether ratings can distinguish between people at all.

If nearly all people have the same grade, or a person's rating is mostly random error, ratings show no
difference between people or units. The verdict is a column, so that it stays with the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from asn_research import rules
from asn_research.measure.grouping import with_city
from asn_research.methods.estimates import Z_95
from asn_research.methods.survey.simple_intervals import wilson
from asn_research.remembered import remembered
from asn_research.rules.regulations_staff import PREDIKATS, InformationRule

Array = np.ndarray
Verdict = Literal["can", "cannot", "all_alike", "unknown"]

#: The audited ratings: the predikat in steps, and the scores of the indicators.
SUBJECTS = {
    "predikat": "predikat_by_matrix",
    "discipline": "discipline_score",
    "service_quality": "service_quality_score",
    "innovation": "innovation_score",
    "output": "output_pct",
}
#: The predikat as a number: very good is 5, very poor is 1.
STEPS = {key: float(len(PREDIKATS) - place) for place, key in enumerate(PREDIKATS)}
_Z_POWER_80 = 0.8416212335729143


@dataclass(frozen=True)
class RatingReliability:
    """How well repeated ratings distinguish between people.

    Parameters
    ----------
    reliability, low, high : float
        Share of the variance of people's mean ratings that is not error, with its 95 % interval; nan
        if nobody was rated twice or all ratings are equal.
    strata : float
        Number of levels of people that can be distinguished: (4 G + 1) / 3, where G is the true
        standard deviation of people divided by the standard error.
    smallest_difference : float
        The smallest difference between two people's means that is significant at 95 %.
    n_people, n_ratings : int
        Numbers of people and of ratings used.
    """

    reliability: float
    low: float
    high: float
    strata: float
    smallest_difference: float
    n_people: int
    n_ratings: int


def rating_reliability(
    values: Array, people: Array, cells: Array | None = None, n_raters: int = 1
) -> RatingReliability:
    """Measure how well repeated ratings distinguish between people.

    Parameters
    ----------
    values : np.ndarray
        Ratings; none missing.
    people : np.ndarray
        The rated person of each rating.
    cells : np.ndarray, optional
        The rater and occasion of each rating. The mean of each cell is subtracted first, so that a
        strict rater or a lenient quarter counts neither as merit nor as error. A cell with one rating
        is then empty of information and is dropped.
    n_raters : int
        Number of raters that the cells belong to.

    Returns
    -------
    RatingReliability

    Notes
    -----
    Without cells this is ICC(1,k), with the cells of one rater ICC(3,k), of Shrout and Fleiss. It is
    exact if each person has one rater and all have equally many ratings.

    References
    ----------
    Shrout, P. E. and Fleiss, J. L. (1979). Psychological Bulletin 86, 420-428.
    Wright, B. D. and Masters, G. N. (1982). Rating Scale Analysis. MESA Press.
    """
    y = np.asarray(values, dtype=float)
    _, who = np.unique(people, return_inverse=True)
    lost = 1
    if cells is not None:
        _, cell = np.unique(cells, return_inverse=True)
        size = np.bincount(cell)
        keep = size[cell] > 1
        y = (y - (np.bincount(cell, y) / size)[cell])[keep]
        _, who = np.unique(who[keep], return_inverse=True)
        lost = len(np.unique(cell[keep])) if keep.any() else 1
    often = np.bincount(who)
    n, n_people = len(y), len(often)
    if n_people < 2 or n == n_people:
        return _nothing_known(n_people, n)
    means = np.bincount(who, y) / often
    between = float(np.sum(often * (means - y.mean()) ** 2))
    within = float(np.sum((y - means[who]) ** 2))
    df_between = n_people - (1 if cells is None else min(n_raters, n_people - 1))
    df_within = n - (1 if cells is None else lost) - df_between
    if df_within < 1 or between + within < 1e-12:
        return _nothing_known(n_people, n)
    typical = (n - float(np.sum(often**2)) / n) / (n_people - 1)
    error = within / df_within
    difference = Z_95 * np.sqrt(2 * error / typical)
    if within < 1e-12:
        return RatingReliability(1.0, 1.0, 1.0, np.inf, 0.0, n_people, n)
    ratio = between / df_between / error
    reliability = max(0.0, 1 - 1 / ratio) if ratio > 0 else 0.0
    low, high = (
        max(0.0, 1 - stats.f.ppf(p, df_between, df_within) / ratio) if ratio > 0 else 0.0
        for p in (0.975, 0.025)
    )
    strata = (4 * np.sqrt(reliability / (1 - reliability)) + 1) / 3
    return RatingReliability(
        reliability, float(low), float(high), float(strata), float(difference), n_people, n
    )


def _nothing_known(n_people: int, n_ratings: int) -> RatingReliability:
    return RatingReliability(np.nan, np.nan, np.nan, np.nan, np.nan, n_people, n_ratings)


def effective_grades(counts: Array) -> tuple[float, float, float]:
    """Return the effective number of grades, which is the exponential of the entropy, with its interval.

    Parameters
    ----------
    counts : np.ndarray
        Number of staff with each grade.

    Returns
    -------
    value, low, high : float
        Between 1 and the number of grades. The interval is that of the delta method. It is nan if all
        staff have one grade or all grades are equally frequent, because the method's error is then zero.

    Examples
    --------
    >>> [round(x, 2) for x in effective_grades(np.array([94, 6]))]
    [1.25, 1.1, 1.43]
    """
    counts = np.asarray(counts, dtype=float)
    share = counts[counts > 0] / counts.sum()
    entropy = float(-(share * np.log(share)).sum())
    variance = float((share * np.log(share) ** 2).sum() - entropy**2) / counts.sum()
    if variance < 1e-15:
        return float(np.exp(entropy)), np.nan, np.nan
    width = Z_95 * np.sqrt(variance)
    low, high = np.exp(entropy - width), np.exp(entropy + width)
    return float(np.exp(entropy)), max(1.0, float(low)), min(float(len(counts)), float(high))


@remembered
def information_audit(appraisals: pd.DataFrame, rule: InformationRule | None = None) -> pd.DataFrame:
    """Audit the ratings of every unit, and of the city, in every period.

    Parameters
    ----------
    appraisals : pd.DataFrame
        The processed table `appraisals`.
    rule : InformationRule, optional
        The limits; by default those in force in each period.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and subject (`SUBJECTS`): n_employees, n_others (staff without the
        most common grade), n_ceiling (with the highest possible grade), n_rest (with neither),
        n_grades, grade_counts (number of staff by grade, joined by ``|``: used by disclosure control,
        never shown), entropy_bits, effective_grades with interval, commonest_pct with interval (staff
        with the most common grade), ceiling_pct (staff with the highest possible grade), reliability
        with interval, strata and smallest_difference (over the last quarters, raters' severity
        removed), smallest_unit_difference (between two units of this size, detected with a power of
        80 %), verdict and reasons (few_grades, commonest, unreliable).
    """
    rows = with_city(appraisals)
    pieces = []
    for subject, column in SUBJECTS.items():
        if column not in rows:
            continue
        value = rows[column].map(STEPS) if subject == "predikat" else rows[column]
        known = rows.assign(value=value.astype("float64")).dropna(subset=["value", "person_id"])
        best = {"predikat": STEPS[PREDIKATS[0]], "output": np.inf}.get(subject, 100.0)
        if len(known):
            pieces.append(_audited(known, rule, best).assign(subject=subject))
    if not pieces:
        return pd.DataFrame()
    table = pd.concat(pieces, ignore_index=True)
    keys = ["unit_id", "period", "subject"]
    return table[[*keys, *[c for c in table if c not in keys]]].sort_values(
        keys, ignore_index=True, kind="stable"
    )


def _audited(rows: pd.DataFrame, limits: InformationRule | None, best: float) -> pd.DataFrame:
    periods, quarter = np.unique(rows["period"].astype("str"), return_inverse=True)
    # Ratings of unknown raters form one cell for each unit and quarter.
    raters = rows["rater_id"] if "rater_id" in rows else pd.Series("", index=rows.index)
    rater = pd.factorize(raters, use_na_sentinel=False)[0]
    person, values = pd.factorize(rows["person_id"])[0], rows["value"].to_numpy()
    found = []
    for unit, own in rows.groupby("unit_id", sort=True, observed=True).indices.items():
        for place in np.unique(quarter[own]):
            now = own[quarter[own] == place]
            rule = limits or rules.at(str(periods[place])).one(InformationRule)
            then = own[(quarter[own] > place - rule.quarters) & (quarter[own] <= place)]
            lasting = rating_reliability(
                values[then], person[then], rater[then] * len(periods) + quarter[then],
                len(np.unique(rater[then])),
            )  # fmt: skip
            of_group = _one(values[now], lasting, rule, best)
            found.append({"unit_id": unit, "period": str(periods[place]), **of_group})
    return pd.DataFrame(found)


def _one(values: Array, lasting: RatingReliability, rule: InformationRule, best: float) -> dict[str, object]:
    grades, counts = np.unique(values, return_counts=True)
    n, commonest = len(values), int(counts.max())
    ceiling = int((values >= best).sum())
    # Staff with neither the most common nor the highest grade; the two may be the same grade.
    rest = n - commonest - (0 if grades[counts.argmax()] >= best else ceiling)
    effective, low, high = effective_grades(counts)
    common_low, common_high = wilson(np.array([commonest]), np.array([n]))
    spread = float(np.std(values, ddof=1)) if n > 1 else np.nan
    verdict, reasons = verdict_on(n, effective, 100 * commonest / n, lasting.reliability, rule)
    return {
        "n_employees": n, "n_others": n - commonest, "n_ceiling": ceiling, "n_rest": rest, "n_grades": len(counts),
        "grade_counts": "|".join(str(count) for count in counts),
        "entropy_bits": float(np.log2(effective)), "effective_grades": effective,
        "effective_grades_low": low, "effective_grades_high": high,
        "commonest_pct": 100 * commonest / n, "commonest_low": float(common_low[0]),
        "commonest_high": float(common_high[0]), "ceiling_pct": 100 * ceiling / n,
        "reliability": lasting.reliability, "reliability_low": lasting.low, "reliability_high": lasting.high,
        "strata": lasting.strata, "smallest_difference": lasting.smallest_difference,
        "smallest_unit_difference": (Z_95 + _Z_POWER_80) * spread * float(np.sqrt(2 / n)),
        "verdict": verdict, "reasons": "|".join(reasons),
    }  # fmt: skip


def verdict_on(
    n: int, effective: float, commonest_pct: float, reliability: float, rule: InformationRule
) -> tuple[Verdict, list[str]]:
    """Return the verdict on ratings, and the reasons against them.

    Parameters
    ----------
    n : int
        Number of rated staff.
    effective : float
        The effective number of grades.
    commonest_pct : float
        Percentage of staff with the most common grade.
    reliability : float
        From `rating_reliability`; nan if unknown.
    rule : InformationRule
        The limits.
    """
    if n < rule.least_rated_n:
        return "unknown", []
    if effective <= 1:
        return "all_alike", ["few_grades", "commonest"]
    reasons = []
    if effective < rule.effective_grades_at_least:
        reasons.append("few_grades")
    if commonest_pct > rule.commonest_at_most_pct:
        reasons.append("commonest")
    if reliability < rule.reliability_at_least:  # false for nan
        reasons.append("unreliable")
    if reasons:
        return "cannot", reasons
    # With one appraisal per person, the reliability is unknown.
    return ("unknown" if np.isnan(reliability) else "can"), reasons


def may_rank(verdict: str) -> bool:
    """Whether people or units may be ranked by ratings with this verdict."""
    return verdict == "can"


def with_verdict(table: pd.DataFrame, information: pd.DataFrame, subject: str = "predikat") -> pd.DataFrame:
    """Add the verdict on ratings to a table by unit and period.

    Parameters
    ----------
    table : pd.DataFrame
        A table with unit_id and period; units without an audit are ``unknown``.
    information : pd.DataFrame
        From `information_audit`.
    subject : str
        One of `SUBJECTS`.

    Returns
    -------
    pd.DataFrame
        The table with the column ratings_verdict.
    """
    keys = ["unit_id", "period"]
    chosen = information.loc[information["subject"] == subject, [*keys, "verdict"]]
    named = chosen.rename(columns={"verdict": "ratings_verdict"})
    return table.merge(named, on=keys, how="left").fillna({"ratings_verdict": "unknown"})
