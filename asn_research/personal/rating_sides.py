"""What the ratings of a city can tell of one person: how sure a mean score is, and which sides differ.

All that is not the person's own is a published figure of the whole city. Nothing describes the person's rater.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, sqrt

import pandas as pd
from scipy import stats

from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule

#: The score columns of an appraisal; together they are the mean score that a sheet speaks of.
SCORES = ("discipline_score", "service_quality_score", "innovation_score")
#: The columns whose strong and weak sides are compared.
SIDES = SCORES
#: By side, the mean in the measure `appraisal`.
_MEANS = {side: f"{side.removesuffix('_score')}_mean" for side in SIDES}
#: The share of the unexplained variance that is taken to stay from quarter to quarter.
_LASTING = 0.5
#: A side is named only if chance alone would name one of all sides in at most this share of people.
_LEVEL = 0.05
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
    """The published figures of the whole city that are needed to compare the sides of one person.

    Parameters
    ----------
    level : mapping of (str, str) to float
        By period and side, the mean score of the city.
    residual_sd : float
        The standard deviation of what neither raters, people, criteria nor quarters explain of a score.
    """

    level: Mapping[tuple[str, str], float] = field(repr=False)
    residual_sd: float


def telling_from(found: pd.DataFrame | None, spreads: Spreads | None, rule: DisclosureRule) -> Telling | None:
    """Return what the city's published figures can tell of the sides of a person.

    Only published figures are used. A sheet then shows nothing of a colleague that the reports do not show.

    Parameters
    ----------
    found : pd.DataFrame or None
        The measure `appraisal`.
    spreads : Spreads or None
        From `spreads_from`.
    rule : DisclosureRule
        The smallest groups.

    Returns
    -------
    Telling or None
        None without spreads, or if fewer than two sides are rated.
    """
    if found is None or spreads is None:
        return None
    rows = found.loc[(found["unit_id"] == CITY) & (found["n_employees"] >= rule.smallest_group.employees)]
    level = {
        (str(row["period"]), side): float(row[mean])
        for row in rows.to_dict("records")
        for side, mean in _MEANS.items()
        if mean in row and pd.notna(row[mean])
    }
    return Telling(level, spreads.residual_sd) if len({side for _, side in level}) > 1 else None


@dataclass(frozen=True)
class Sides:
    """The sides of a person that stand out, strongest and weakest first; both empty if none does."""

    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


def sides_of(own: pd.DataFrame, telling: Telling) -> Sides:
    """Return a person's strong and weak sides, as far as they differ by more than chance.

    Each side is compared with the mean of the person's own sides, after the city's mean of that side and quarter is
    subtracted: scores for innovation are lower than scores for discipline for nearly everybody. A difference
    counts if it is larger than chance alone would make it; the limit allows for the number of sides (Bonferroni). Half of
    the unexplained variance is taken to stay from quarter to quarter, since a rater may see one side of everybody more
    strictly.

    Parameters
    ----------
    own : pd.DataFrame
        The person's rows of `appraisals`.
    telling : Telling
        From `telling_from`.

    Returns
    -------
    Sides
        At most two of each kind.
    """
    sides = [side for side in SIDES if side in own and any(side == known for _, known in telling.level)]
    rows = own.dropna(subset=sides)
    rows = rows.loc[[all((str(p), side) in telling.level for side in sides) for p in rows["period"]]]
    if rows.empty or len(sides) < 2:
        return Sides()
    apart = pd.DataFrame(
        {
            side: rows[side].astype(float) - [telling.level[str(p), side] for p in rows["period"]]
            for side in sides
        }
    )
    mean = apart.sub(apart.mean(axis=1), axis=0).mean()
    share = _LASTING + (1 - _LASTING) / len(rows)
    error = telling.residual_sd * sqrt((1 - 1 / len(sides)) * share)
    limit = float(stats.norm.ppf(1 - _LEVEL / (2 * len(sides)))) * error
    strong = sorted((s for s in sides if mean[s] > limit), key=lambda s: -mean[s])
    weak = sorted((s for s in sides if mean[s] < -limit), key=lambda s: mean[s])
    return Sides(tuple(strong[:_NAMED]), tuple(weak[:_NAMED]))
