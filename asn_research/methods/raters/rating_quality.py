"""How good ratings are: fit, separation, use of the scale, halo, and raters' leanings by criterion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.estimator import options_checked
from asn_research.methods.parts import Parts
from asn_research.methods.raters.facets import probabilities
from asn_research.methods.raters.rasch import RaschFit, person_measures
from asn_research.rules.words import worded

_FACETS = ("rater", "criterion", "occasion", "person")

Array = np.ndarray


@dataclass(frozen=True, repr=False)
class Separation(Parts):
    """Whether the members of a facet can be told apart.

    Parameters
    ----------
    facet : str
        ``rater``, ``criterion``, ``occasion`` or ``person``.
    true_sd, error : float
        Spread beyond error, and root mean square error (logits).
    separation, strata, reliability : float
        Spread over error; how many levels can be told; share of the variance that is not error. For
        raters, high reliability means that they differ: it is not agreement.
    statistic, df, p_value : float
        Chi-square test that all members are the same.
    """

    facet: str
    true_sd: float
    error: float
    separation: float
    strata: float
    reliability: float
    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True)
class _Residuals:
    person: Array
    rater: Array
    criterion: Array
    occasion: Array
    observed: Array
    expected: Array
    variance: Array
    fourth: Array


def _residuals(fit: RaschFit) -> _Residuals:
    data, m = fit.ratings, fit.ratings.n_categories
    k = np.arange(m)
    measure = fit.persons["measure"].to_numpy()[data.person]
    chance = probabilities(fit.fixed[data.item], measure, m)
    expected = chance @ k
    away = k - expected[:, None]
    return _Residuals(
        data.person, data.item_rater[data.item], data.item_criterion[data.item],
        data.item_occasion[data.item], data.category.astype(float),
        expected, (away**2 * chance).sum(axis=1), (away**4 * chance).sum(axis=1),
    )  # fmt: skip


@options_checked
def fit_statistics(fit: RaschFit, facet: str = "rater") -> pd.DataFrame:
    """Return infit and outfit of the members of a facet.

    Around 1 the ratings vary as the model says; above about 1.5 they are erratic, below about 0.5 too
    alike (a rater who gives nearly everyone the same). With L ratings a person the middle is near
    (L - 1) / L, as measures follow the ratings. Standardised by Wilson and Hilferty's cube root.

    Parameters
    ----------
    fit : RaschFit
        A fitted model.
    facet : str
        ``rater``, ``criterion``, ``occasion`` or ``person``.

    Returns
    -------
    pd.DataFrame
        One row per member: level, n, infit, infit_z, outfit, outfit_z, slope and slope_error (how
        fully the scale is used: 1 as the model says, less is centrality or noise; a one-step estimate).

    Examples
    --------
    >>> from asn_research.methods import fit_facets
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(60), 6), "penilai": np.tile([0, 0, 1, 1, 2, 2], 60)})
    >>> data["unsur"] = np.tile(["sikap", "hasil"], 180)
    >>> suka = rng.normal(0, 1.5, 60)[data["pegawai"]] + np.array([-0.6, 0.0, 0.6])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=360), [-1.5, 0, 1.5])
    >>> fit = fit_facets(data, "nilai", person="pegawai", rater="penilai", criterion="unsur")
    >>> fit_statistics(fit).columns.tolist()
    ['level', 'n', 'infit', 'infit_z', 'outfit', 'outfit_z', 'slope', 'slope_error']
    """
    r = _residuals(fit)
    codes, labels = _members(fit, r, facet)
    n = len(labels)

    def total(values: Array) -> Array:
        return np.bincount(codes, values, n)

    squared = (r.observed - r.expected) ** 2
    count, information = total(np.ones(len(codes))), total(r.variance)
    infit, outfit = total(squared) / information, total(squared / r.variance) / count
    infit_var = total(r.fourth - r.variance**2) / information**2
    outfit_var = (total(r.fourth / r.variance**2) - count) / count**2
    place = fit.persons["measure"].to_numpy()[r.person]
    centred = place - (total(place * r.variance) / information)[codes]
    weight = total(r.variance * centred**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = 1 + total((r.observed - r.expected) * centred) / weight
        slope_error = 1 / np.sqrt(weight)
    return pd.DataFrame(
        {
            "level": [str(label) for label in labels], "n": count.astype(int), "infit": infit,
            "infit_z": _standardised(infit, infit_var), "outfit": outfit,
            "outfit_z": _standardised(outfit, outfit_var), "slope": slope, "slope_error": slope_error,
        }
    )  # fmt: skip


def _members(fit: RaschFit, r: _Residuals, facet: str) -> tuple[Array, pd.Index]:
    if facet not in _FACETS:
        raise worded(ModelError, "error_no_facet", facet=facet, known=", ".join(_FACETS))
    return {
        "rater": (r.rater, fit.ratings.raters),
        "criterion": (r.criterion, fit.ratings.criteria),
        "occasion": (r.occasion, fit.ratings.occasions),
        "person": (r.person, fit.ratings.persons),
    }[facet]


def _standardised(mean_square: Array, variance: Array) -> Array:
    q = np.sqrt(np.clip(variance, 1e-12, 2.0))
    return np.asarray((np.cbrt(mean_square) - 1) * (3 / q) + q / 3)


@options_checked
def separation(fit: RaschFit, facet: str = "rater") -> Separation:
    """Return how well the members of a facet can be told apart.

    Examples
    --------
    >>> from asn_research.methods import fit_facets
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(60), 6), "penilai": np.tile([0, 0, 1, 1, 2, 2], 60)})
    >>> data["unsur"] = np.tile(["sikap", "hasil"], 180)
    >>> suka = rng.normal(0, 1.5, 60)[data["pegawai"]] + np.array([-0.6, 0.0, 0.6])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=360), [-1.5, 0, 1.5])
    >>> fit = fit_facets(data, "nilai", person="pegawai", rater="penilai", criterion="unsur")
    >>> round(separation(fit).true_sd, 2)
    0.41
    """
    if facet == "person":
        rows = fit.persons.loc[~fit.persons["is_extreme"]]
        estimate, error = rows["measure"].to_numpy(), rows["std_error"].to_numpy()
    else:
        if facet not in _FACETS:
            raise worded(ModelError, "error_no_facet", facet=facet, known=", ".join(_FACETS))
        rows = fit.facet(facet)
        estimate, error = rows["estimate"].to_numpy(), rows["std_error"].to_numpy()
    if len(estimate) < 2:
        raise worded(ModelError, "error_facet_one_member", facet=facet)
    noise = float(np.mean(error**2))
    true = max(float(np.var(estimate, ddof=1)) - noise, 0.0)
    ratio = float(np.sqrt(true / noise))
    weight = 1 / error**2
    statistic = float(weight @ estimate**2 - (weight @ estimate) ** 2 / weight.sum())
    df = len(estimate) - 1
    return Separation(
        facet, float(np.sqrt(true)), float(np.sqrt(noise)), ratio, (4 * ratio + 1) / 3,
        true / (true + noise), statistic, df, float(stats.chi2.sf(statistic, df)),
    )  # fmt: skip


@options_checked
def leanings(fit: RaschFit) -> pd.DataFrame:
    """Return rater × criterion bias terms: who is stricter on one criterion than on the others.

    Returns
    -------
    pd.DataFrame
        One row per rater and criterion: rater, criterion, n, bias (logits, positive is strict),
        std_error, z, p_value. One-step estimates, all else as fitted.

    Examples
    --------
    >>> from asn_research.methods import fit_facets
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(60), 6), "penilai": np.tile([0, 0, 1, 1, 2, 2], 60)})
    >>> data["unsur"] = np.tile(["sikap", "hasil"], 180)
    >>> suka = rng.normal(0, 1.5, 60)[data["pegawai"]] + np.array([-0.6, 0.0, 0.6])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=360), [-1.5, 0, 1.5])
    >>> fit = fit_facets(data, "nilai", person="pegawai", rater="penilai", criterion="unsur")
    >>> leanings(fit).columns.tolist()
    ['rater', 'criterion', 'n', 'bias', 'std_error', 'z', 'p_value']
    """
    r = _residuals(fit)
    width = len(fit.ratings.criteria)
    pair = r.rater * width + r.criterion
    size = len(fit.ratings.raters) * width
    info = np.bincount(pair, r.variance, size)
    count = np.bincount(pair, minlength=size)
    seen = count > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = -np.bincount(pair, r.observed - r.expected, size) / info
        error = 1 / np.sqrt(info)
    z = bias / error
    return pd.DataFrame(
        {
            "rater": np.repeat([str(x) for x in fit.ratings.raters], width),
            "criterion": np.tile([str(x) for x in fit.ratings.criteria], len(fit.ratings.raters)),
            "n": count, "bias": bias, "std_error": error, "z": z, "p_value": 2 * stats.norm.sf(np.abs(z)),
        }
    ).loc[seen].reset_index(drop=True)  # fmt: skip


@options_checked
def halo(fit: RaschFit, *, draws: int = 100, seed: int = 2026) -> pd.DataFrame:
    """Return each rater's halo: whether a general impression makes the criteria of one person too much alike.

    Halo is the mean product of the standardised residuals of two criteria of the same person on one occasion. With many raters
    a person it is about zero without halo. With few raters it lies below zero, the more so the better a rater
    uses the scale, because the person's own measure takes up what the criteria have in common. So ratings are
    drawn anew from the fitted model, which knows no halo, and each rater is compared with the halo of the drawn
    ratings. With one rater a person, a halo that all raters share equally stays hidden in the persons' measures.

    Parameters
    ----------
    fit : RaschFit
        A fitted model.
    draws, seed : int
        Of the drawn ratings. Severities, difficulties and steps are taken as known.

    Returns
    -------
    pd.DataFrame
        One row per rater with at least two criteria a person: rater, n_pairs, halo, std_error, expected
        (without halo), z and p_value (of the difference from what is expected). With joint likelihood, which
        stretches the scale, the last three are missing.

    Raises
    ------
    ModelError
        If no rater rated a person on two criteria.

    Examples
    --------
    >>> from asn_research.methods import fit_facets
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(60), 6), "penilai": np.tile([0, 0, 1, 1, 2, 2], 60)})
    >>> data["unsur"] = np.tile(["sikap", "hasil"], 180)
    >>> suka = rng.normal(0, 1.5, 60)[data["pegawai"]] + np.array([-0.6, 0.0, 0.6])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=360), [-1.5, 0, 1.5])
    >>> fit = fit_facets(data, "nilai", person="pegawai", rater="penilai", criterion="unsur")
    >>> halo(fit).columns.tolist()
    ['rater', 'n_pairs', 'halo', 'std_error', 'expected', 'z', 'p_value']
    """
    data = fit.ratings
    shape = len(data.raters), len(data.occasions), len(data.persons)
    place = data.item_rater[data.item], data.item_occasion[data.item], data.person
    met, group, size = np.unique(np.ravel_multi_index(place, shape), return_inverse=True, return_counts=True)
    several = size > 1
    if not several.any():
        raise worded(ModelError, "error_no_halo")
    rater = np.unravel_index(met, shape)[0][several]

    def products(of: RaschFit) -> pd.Series:
        """Return the mean product of two residuals, by person whom a rater rated on two criteria or more."""
        r = _residuals(of)
        z = (r.observed - r.expected) / np.sqrt(r.variance)
        total, squares = np.bincount(group, z), np.bincount(group, z**2)
        return pd.Series(((total**2 - squares)[several]) / (size * (size - 1))[several])

    given = products(fit).groupby(rater)
    rng = np.random.default_rng(seed)
    # The draws of ratings need measures on the scale of the model, which joint likelihood stretches.
    fits = _without_halo(fit, draws, rng) if fit.method == "marginal" else ()
    drawn = pd.DataFrame(
        [products(each).groupby(rater).mean() for each in fits], columns=np.unique(rater), dtype=float
    )
    found = pd.DataFrame(
        {
            "n_pairs": pd.Series((size * (size - 1) / 2)[several]).groupby(rater).sum(),
            "halo": given.mean(), "std_error": given.sem(), "expected": drawn.mean(),
        }
    )  # fmt: skip
    z = (found["halo"] - found["expected"]) / drawn.std()
    found = found.assign(z=z, p_value=2 * stats.norm.sf(z.abs()))
    found.insert(0, "rater", [str(data.raters[code]) for code in found.index])
    return found.reset_index(drop=True)


def _without_halo(fit: RaschFit, draws: int, rng: np.random.Generator) -> Iterator[RaschFit]:
    """Yield the fit with ratings drawn from its model, and with persons measured by the drawn ratings."""
    data, m = fit.ratings, fit.ratings.n_categories
    for _ in range(draws):
        measure = rng.normal(0, np.sqrt(fit.person_variance), len(data.persons))
        reached = probabilities(fit.fixed[data.item], measure[data.person], m).cumsum(axis=1)[:, :-1]
        category = (rng.random(len(data.item))[:, None] > reached).sum(axis=1)
        drawn = replace(data, category=category)
        yield replace(fit, ratings=drawn, persons=person_measures(drawn, fit.fixed))


@options_checked
def fair_scores(fit: RaschFit, level: float = 0.95) -> pd.DataFrame:
    """Return every person's score as if a rater of average severity had rated all criteria.

    Parameters
    ----------
    fit : RaschFit
        A fitted model.
    level : float
        Coverage of the intervals, which reflect the measure's error.

    Returns
    -------
    pd.DataFrame
        One row per person: person, n, observed (raw mean), fair, low, high, on the scale of the scores.

    Examples
    --------
    >>> from asn_research.methods import fit_facets
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(60), 6), "penilai": np.tile([0, 0, 1, 1, 2, 2], 60)})
    >>> data["unsur"] = np.tile(["sikap", "hasil"], 180)
    >>> suka = rng.normal(0, 1.5, 60)[data["pegawai"]] + np.array([-0.6, 0.0, 0.6])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=360), [-1.5, 0, 1.5])
    >>> fit = fit_facets(data, "nilai", person="pegawai", rater="penilai", criterion="unsur")
    >>> fair_scores(fit).columns.tolist()
    ['person', 'n', 'observed', 'fair', 'low', 'high']
    """
    data, m = fit.ratings, fit.ratings.n_categories
    criteria = fit.facet("criterion")["estimate"].to_numpy()
    centre = fit.facet("rater")["estimate"].mean()
    steps = fit.facet("step")["estimate"].to_numpy().reshape(-1, m - 1)
    reached = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
    fixed = -np.arange(m) * (criteria[:, None] + centre) - np.broadcast_to(reached, (len(criteria), m))
    width = stats.norm.ppf((1 + level) / 2) * fit.persons["std_error"].to_numpy()
    measure = fit.persons["measure"].to_numpy()

    def expected(place: Array) -> Array:
        chance = probabilities(fixed, place, m)
        return np.asarray(np.einsum("ikq,k->q", chance, data.scores) / len(criteria))

    raw = np.bincount(data.person, data.scores[data.category]) / np.bincount(data.person)
    return pd.DataFrame(
        {
            "person": data.persons, "n": fit.persons["n"], "observed": raw, "fair": expected(measure),
            "low": expected(measure - width), "high": expected(measure + width),
        }
    )  # fmt: skip
