"""Raters compared with each other: severity, use of the scale, rating levels of units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.parts import Parts
from asn_research.methods.raters.crossed_linear import CrossedFit, fit_crossed
from asn_research.methods.raters.mixed_intervals import spread_intervals
from asn_research.methods.raters.rating_design import RatingDesign, rating_design
from asn_research.methods.raters.terms import varies
from asn_research.remembered import remembered

Array = np.ndarray
CRITERIA = ("discipline_score", "service_quality_score", "innovation_score")
#: The spreads of the city's model, in the order they are told.
SOURCES = ("rater_id", "person_id", "occasion", "residual")


def long_ratings(appraisals: pd.DataFrame, criteria: Sequence[str] = CRITERIA) -> pd.DataFrame:
    """Return appraisals with one row per person, quarter and criterion.

    Parameters
    ----------
    appraisals : pd.DataFrame
        The processed table `appraisals`.
    criteria : sequence of str
        Its score columns; those that are absent are left out.

    Returns
    -------
    pd.DataFrame
        person_id, rater_id, unit_id (reporting unit), period, occasion (person and quarter),
        criterion, score, and output_pct where there is one.

    Raises
    ------
    ModelError
        If there is no score, or the offices did not name the raters.
    """
    present = [c for c in criteria if c in appraisals]
    if not present or "rater_id" not in appraisals:
        msg = "The appraisals name no rater or hold no scores, so raters cannot be compared; ask the offices for both."
        raise ModelError(msg)
    keys = ["person_id", "rater_id", "reporting_unit_id", "period"]
    keys += ["output_pct"] if "output_pct" in appraisals else []
    rows = appraisals[[*keys, *present]].drop_duplicates(["person_id", "period"])
    long = rows.melt(keys, present, "criterion", "score").dropna(subset=["score", "rater_id"])
    return long.rename(columns={"reporting_unit_id": "unit_id"}).assign(
        occasion=lambda d: d["person_id"].astype(str) + d["period"].astype(str)
    )


@dataclass(frozen=True, repr=False)
class RaterFit(Parts):
    """What a city's ratings say of its raters.

    Parameters
    ----------
    components : pd.DataFrame
        One row per source of variation (rater_id, person_id, occasion, residual): source, sd, low, high,
        share_pct, n_levels.
    severities : pd.DataFrame
        One row per rater: rater_id, leniency (points above the average rater), sd, low, high, n,
        n_persons. For models only, never to be shown.
    fair : pd.DataFrame
        One row per person: person_id, observed, fair, low, high. For models only.
    design : RatingDesign
        How the ratings hang together.
    """

    components: pd.DataFrame
    severities: pd.DataFrame
    fair: pd.DataFrame
    design: RatingDesign = field(repr=False)

    def sd(self, source: str) -> float:
        """Return the spread of a source, in points."""
        return float(self.components.loc[self.components["source"] == source, "sd"].iloc[0])


@remembered
def fit_raters(ratings: pd.DataFrame, *, fixed: Sequence[str] = ("criterion", "period")) -> RaterFit:
    """Fit the city's model of ratings: score by criterion and quarter, rater, person, occasion.

    An occasion (a person in a quarter) carries what moves all of a person's criteria together: halo,
    and true changes of performance. Ratings alone cannot tell one from the other.

    Parameters
    ----------
    ratings : pd.DataFrame
        From `long_ratings`.
    fixed : sequence of str
        Columns held fixed; those with one value are left out.

    Returns
    -------
    RaterFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.
    """
    design = rating_design(ratings)
    if design.n_raters < 2:
        raise design.refusal()
    fixed_columns = [c for c in fixed if varies(ratings[c])]
    random = ["rater_id", "person_id"]
    # Without repeated quarters or criteria an occasion is the person or the rating itself.
    per_occasion = len(ratings) / ratings["occasion"].nunique()
    if varies(ratings["period"]) and per_occasion > 1:
        random.append("occasion")
    fit = fit_crossed(ratings, "score", fixed=fixed_columns, random=random)
    return RaterFit(_components(fit), _severities(fit, ratings), _fair(fit, ratings), design)


def _components(fit: CrossedFit) -> pd.DataFrame:
    found = spread_intervals(fit, method="wald").merge(
        fit.variances[["group", "share", "n_levels"]], on="group"
    )
    place = {name: number for number, name in enumerate(SOURCES)}
    table = found.rename(columns={"group": "source"}).assign(share_pct=lambda d: 100 * d["share"])
    table = table.sort_values("source", key=lambda s: s.map(place), ignore_index=True)
    return table[["source", "sd", "low", "high", "share_pct", "n_levels"]]


def _severities(fit: CrossedFit, ratings: pd.DataFrame) -> pd.DataFrame:
    found = fit.effects("rater_id").drop(columns="effect").rename(columns={"estimate": "leniency"})
    persons = ratings.groupby("rater_id")["person_id"].nunique().rename("n_persons").reset_index()
    return found.merge(persons, on="rater_id")


def _fair(fit: CrossedFit, ratings: pd.DataFrame) -> pd.DataFrame:
    """Scores as an average rater would give them: the mean of all, and the person's own effect."""
    found = fit.effects("person_id")
    level = float(ratings["score"].mean())
    observed = ratings.groupby("person_id")["score"].mean().rename("observed")
    table = found[["person_id"]].assign(
        fair=level + found["estimate"], low=level + found["low"], high=level + found["high"]
    )
    return table.merge(observed, on="person_id")[["person_id", "observed", "fair", "low", "high"]]


def scale_use(ratings: pd.DataFrame, criterion: str = "service_quality_score") -> pd.DataFrame:
    """Return how fully each rater uses the scale, by what their scores do when output moves.

    A random slope of the score on recorded output, rater by rater: a central rater gives nearly the same
    score whatever the output. Relative to the average rater, since output is an imperfect record.

    Parameters
    ----------
    ratings : pd.DataFrame
        From `long_ratings`, with output_pct.
    criterion : str
        The score to look at.

    Returns
    -------
    pd.DataFrame
        One row per rater: rater_id, relative_use (1 is average), low, high. For models only.
    """
    if "output_pct" not in ratings:
        msg = (
            "The appraisals hold no output (output_pct), so use of the scale cannot be held against anything."
        )
        raise ModelError(msg)
    rows = ratings.loc[ratings["criterion"] == criterion].dropna(subset=["output_pct"])
    rows = rows.assign(output=rows["output_pct"] - rows["output_pct"].mean())
    fit = fit_crossed(
        rows, "score", fixed=["output"], random=["person_id", "rater_id"], slopes={"rater_id": ["output"]}, correlated=False
    )  # fmt: skip
    mean = float(fit.row("output")["estimate"])
    found = fit.effects("rater_id")
    slopes = found.loc[found["effect"] == "output"]
    return pd.DataFrame(
        {
            "rater_id": slopes["rater_id"], "relative_use": 1 + slopes["estimate"] / mean,
            "low": 1 + slopes["low"] / mean, "high": 1 + slopes["high"] / mean,
        }
    ).reset_index(drop=True)  # fmt: skip


@remembered
def unit_levels(ratings: pd.DataFrame, *, adjust: Sequence[str] = ("output_pct",)) -> pd.DataFrame:
    """Return how generously units rate, beyond what their recorded output explains.

    Units are held fixed, so levels are not drawn to the middle; raters and persons are random, so a unit
    with few raters has a wide interval.

    Parameters
    ----------
    ratings : pd.DataFrame
        From `long_ratings`.
    adjust : sequence of str
        Columns held fixed, where present.

    Returns
    -------
    pd.DataFrame
        One row per unit: unit_id, n_employees, n_raters, level (points above the mean of units),
        std_error, low, high (raters as a sample: would other raters rate alike?), and own_level and
        own_error (these very raters, whose staff are the sample).
    """
    if ratings["unit_id"].nunique() < 2:
        msg = "There is only one unit, so its rating level cannot be held against others."
        raise ModelError(msg)
    fixed_columns = [c for c in (*adjust, "criterion", "period") if c in ratings and varies(ratings[c])]
    random = ["rater_id", "person_id"]
    fit = fit_crossed(ratings, "score", fixed=["unit_id", *fixed_columns], random=random)
    names = fit.table["term"].str.startswith("unit_id=").to_numpy()
    units = sorted(ratings["unit_id"].unique())
    effect = np.concatenate([[0.0], fit.table.loc[names, "estimate"].to_numpy()])
    covariance = np.zeros((len(units), len(units)))
    covariance[1:, 1:] = fit.covariance[np.ix_(names, names)]
    centre = np.eye(len(units)) - 1 / len(units)
    error = np.sqrt(np.diag(centre @ covariance @ centre.T))
    level = centre @ effect
    width = stats.norm.ppf(0.975) * error
    held_part = fit.model.frame.fixed[:, ~names] @ fit.table.loc[~names, "estimate"].to_numpy()
    rest = pd.Series(fit.model.frame.outcome - held_part, index=fit.model.frame.rows)
    plain = rest.groupby(ratings["unit_id"]).mean().reindex(units).to_numpy()
    counts = ratings.groupby("unit_id").agg(
        n_employees=("person_id", "nunique"), n_raters=("rater_id", "nunique"), _n=("score", "size")
    )  # fmt: skip
    noise = fit.sd("person_id") ** 2 / counts["n_employees"] + fit.sigma**2 / counts["_n"]
    return counts.drop(columns="_n").reindex(units).reset_index().assign(
        level=level, std_error=error, low=level - width, high=level + width,
        own_level=plain - plain.mean(), own_error=np.sqrt(noise.reindex(units).to_numpy()),
    )  # fmt: skip
