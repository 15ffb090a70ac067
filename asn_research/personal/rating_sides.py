"""What the ratings of a city can tell of one person: how sure a mean score is, and which sides differ.

Every value in `Telling` describes the whole city. Nothing in it describes the person's rater.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.rules.regulations import DisclosureRule

#: The score columns of an appraisal; together they are the mean score that a sheet speaks of.
SCORES = ("discipline_score", "service_quality_score", "innovation_score")
#: The columns whose strong and weak sides are compared.
SIDES = (*SCORES, "output_pct")
#: A side is named only if chance alone would name one of all sides in at most this share of people.
_LEVEL = 0.05
#: Fewer people with two quarters or more do not show how much ratings change by chance.
_LEAST_PEOPLE = 30
#: How many sides of each kind a sheet names.
_NAMED = 2
_Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Spreads:
    """How much of the differences between scores comes from raters, people, quarters and chance.

    Parameters
    ----------
    rater_sd, occasion_sd, residual_sd : float
        Standard deviations in points of the 0-100 score.
    rater_pct : float
        The share of the variance that raters add, in percent.
    """

    rater_sd: float
    occasion_sd: float
    residual_sd: float
    rater_pct: float

    def half_width(self, n_quarters: int, n_scores: int) -> int:
        """Return half of the 95 % interval of a fair mean score, in whole points, rounded up.

        A fair score is the score that an average rater would give. The interval is put around the person's own
        mean, so it does not show whether the person's rater is strict.

        Parameters
        ----------
        n_quarters : int
            The number of quarters in the mean, at least 1.
        n_scores : int
            The number of scores in the mean, at least 1.

        Examples
        --------
        >>> Spreads(3.0, 2.0, 3.0, 40.0).half_width(4, 12)
        7
        """
        variance = (
            self.rater_sd**2 + self.occasion_sd**2 / n_quarters + self.residual_sd**2 / max(n_scores, 1)
        )
        return ceil(_Z * sqrt(variance) - 1e-9)


def spreads_from(found: pd.DataFrame | None, rule: DisclosureRule) -> Spreads | None:
    """Return the spreads from the measure `rater_spreads`; None if it is missing or rests on too few people.

    Parameters
    ----------
    found : pd.DataFrame or None
        The measure, with one row per source of variation.
    rule : DisclosureRule
        The smallest groups.
    """
    if found is None or found.empty:
        return None
    first = found.iloc[0]
    if first["n_raters"] < rule.smallest_group.raters or first["n_employees"] < rule.smallest_group.employees:
        return None
    sds = found.set_index("source")["sd"].astype(float)
    if not {"rater_id", "residual"} <= set(sds.index):
        return None
    share = float(found.set_index("source")["share_pct"].astype(float)["rater_id"])
    return Spreads(float(sds["rater_id"]), float(sds.get("occasion", 0.0)), float(sds["residual"]), share)


@dataclass(frozen=True)
class Telling:
    """What is needed to compare the sides of one person: levels, and how much they change by chance.

    Parameters
    ----------
    level : mapping of (str, str) to float
        By period and side, the mean of the city.
    scale : mapping of str to float
        By side, the standard deviation between people within a quarter.
    noise : mapping of str to float
        By side, the standard deviation of one quarter's difference from the person's usual difference.
    by_rater : mapping of str to float
        By side, the standard deviation between raters: a rater may see one side of everybody more strictly.
    """

    level: Mapping[tuple[str, str], float] = field(repr=False)
    scale: Mapping[str, float]
    noise: Mapping[str, float]
    by_rater: Mapping[str, float]


def telling_of(appraisals: pd.DataFrame) -> Telling | None:
    """Estimate, from the ratings of a whole city, how much the sides of a person differ by chance.

    Parameters
    ----------
    appraisals : pd.DataFrame
        The processed table `appraisals`.

    Returns
    -------
    Telling or None
        None if fewer than two sides are rated, or if fewer than 30 people are rated in two quarters or more.
    """
    sides = [side for side in SIDES if side in appraisals and appraisals[side].notna().any()]
    if len(sides) < 2:
        return None
    rows = appraisals.drop_duplicates(["person_id", "period"]).dropna(subset=sides)
    values = rows[sides].astype(float)
    level = values.groupby(rows["period"]).mean()
    apart = values - level.loc[rows["period"]].to_numpy()
    scale = apart.std(ddof=0)
    if not len(rows) or (scale <= 0).any():
        return None
    contrast = _contrasts(apart / scale)
    person = rows["person_id"].to_numpy()
    n_quarters = pd.Series(person).value_counts()
    if int((n_quarters > 1).sum()) < _LEAST_PEOPLE:
        return None
    own = contrast.groupby(person).transform("mean")
    noise = np.sqrt(((contrast - own) ** 2).sum() / (len(rows) - len(n_quarters)))
    by_rater = _between_raters(contrast.groupby(person).mean(), rows, sides)
    levels = {(str(p), side): float(level.at[p, side]) for p in level.index for side in sides}
    return Telling(levels, _rounded(scale), _rounded(noise), by_rater)


def _contrasts(standard: pd.DataFrame) -> pd.DataFrame:
    """Return how far each side lies from the mean of a person's own sides in the same quarter."""
    return standard.sub(standard.mean(axis=1), axis=0)


def _rounded(values: pd.Series) -> dict[str, float]:
    # One decimal: a single colleague's ratings move the second at most.
    return {str(side): round(float(value), 1) for side, value in values.items()}


def _between_raters(means: pd.DataFrame, rows: pd.DataFrame, sides: list[str]) -> dict[str, float]:
    """Return the standard deviation between raters of their people's mean contrasts (one-way analysis of variance)."""
    none = dict.fromkeys(sides, 0.0)
    if "rater_id" not in rows:
        return none
    rater = rows.groupby("person_id")["rater_id"].last().reindex(means.index)
    known = rater.notna().to_numpy()
    values, group = means.loc[known], rater[known].to_numpy()
    sizes = pd.Series(group).value_counts()
    n, k = int(sizes.sum()), len(sizes)
    if k < 2 or n <= k:
        return none
    of_group = values.groupby(group).transform("mean")
    within = ((values - of_group) ** 2).sum() / (n - k)
    between = ((of_group - values.mean()) ** 2).sum() / (k - 1)
    size = (n - float((sizes**2).sum()) / n) / (k - 1)
    return _rounded(np.sqrt(((between - within) / size).clip(lower=0)))


@dataclass(frozen=True)
class Sides:
    """The sides of a person that stand out, strongest and weakest first; both empty if none does."""

    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


def sides_of(own: pd.DataFrame, telling: Telling) -> Sides:
    """Return a person's strong and weak sides, as far as they differ by more than chance.

    Each side is compared with the mean of the person's own sides. The level of the city is subtracted first,
    because scores for innovation are lower than scores for discipline for nearly everybody. A difference counts
    if it is larger than chance alone would make it; the limit allows for the number of sides (Bonferroni).

    Parameters
    ----------
    own : pd.DataFrame
        The person's rows of `appraisals`.
    telling : Telling
        From `telling_of`.

    Returns
    -------
    Sides
        At most two of each kind.
    """
    sides = list(telling.scale)
    rows = own.dropna(subset=[side for side in sides if side in own])
    if rows.empty or not set(sides) <= set(rows):
        return Sides()
    rows = rows.loc[[(str(p), sides[0]) in telling.level for p in rows["period"]]]
    if rows.empty:
        return Sides()
    standard = pd.DataFrame(
        {
            side: (rows[side].astype(float) - [telling.level[str(p), side] for p in rows["period"]])
            / telling.scale[side]
            for side in sides
        }
    )
    mean = _contrasts(standard).mean()
    limit = float(stats.norm.ppf(1 - _LEVEL / (2 * len(sides))))
    error = {side: sqrt(telling.noise[side] ** 2 / len(rows) + telling.by_rater[side] ** 2) for side in sides}
    out = {side: float(mean[side]) / error[side] for side in sides if error[side] > 0}
    strong = sorted((s for s, t in out.items() if t > limit), key=lambda s: -mean[s])
    weak = sorted((s for s, t in out.items() if t < -limit), key=lambda s: mean[s])
    return Sides(tuple(strong[:_NAMED]), tuple(weak[:_NAMED]))
