"""Agreement of raters: intraclass correlations, kappas, Krippendorff's alpha, Kendall's W.

Ratings are tables with one row per rated person or case and one column per rater.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.column_values import levels_of, number_table, ordered_answers
from asn_research.methods.estimator import options_checked
from asn_research.rules.words import worded

Array = np.ndarray


@dataclass(frozen=True)
class Agreement:
    """A coefficient of agreement.

    Parameters
    ----------
    value : float
        The coefficient.
    statistic, p : float
        Test of the hypothesis that raters agree only by chance (z, or chi-squared for Kendall's W);
        nan where there is no test.
    n, n_raters : int
        Numbers of cases and of raters.
    """

    value: float
    statistic: float
    p: float
    n: int
    n_raters: int


@dataclass(frozen=True)
class IccSet:
    """The six intraclass correlations of Shrout and Fleiss with 95 % intervals.

    Parameters
    ----------
    table : pd.DataFrame
        One row each of ICC1, ICC2, ICC3, ICC1k, ICC2k, ICC3k: icc, f, df1, df2, p, low, high.
    mean_squares : dict of str to float
        between (BMS), within (WMS), judges (JMS), error (EMS).
    n, n_raters : int
        Numbers of cases and of raters.
    """

    table: pd.DataFrame
    mean_squares: dict[str, float]
    n: int
    n_raters: int


def intraclass_correlations(ratings: pd.DataFrame) -> IccSet:
    """Compute all six intraclass correlations of complete ratings.

    ICC1: each case has different raters. ICC2: all cases have the same raters, a random sample of
    raters; absolute agreement. ICC3: all cases have the same raters, and only these raters are of
    interest; consistency. The suffix k means: of the mean of all raters.

    Raises
    ------
    ModelError
        If there are fewer than two cases or raters, or all ratings are equal.

    Notes
    -----
    Equal to ``pingouin.intraclass_corr``, which needs one row a rating.

    References
    ----------
    Shrout, P. E. and Fleiss, J. L. (1979). Psychological Bulletin 86, 420-428. McGraw, K. O. and
    Wong, S. P. (1996). Psychological Methods 1, 30-46, for the interval of ICC2.
    """
    x = _complete(ratings)
    n, k = x.shape
    mean = x.mean()
    bms = k * float(((x.mean(axis=1) - mean) ** 2).sum()) / (n - 1)
    jms = n * float(((x.mean(axis=0) - mean) ** 2).sum()) / (k - 1)
    within = float(((x - x.mean(axis=1, keepdims=True)) ** 2).sum())
    wms = within / (n * (k - 1))
    ems = (within - jms * (k - 1)) / ((n - 1) * (k - 1))
    if wms == 0 or bms == 0:
        raise worded(ModelError, "error_agreement_flat")
    rows = {
        "ICC1": _one_way(bms, wms, n, k),
        "ICC2": _two_way_random(bms, jms, ems, n, k),
        "ICC3": _two_way_fixed(bms, ems, n, k),
    }
    rows |= {f"{name}k": _of_means(row, k) for name, row in rows.items()}
    table = pd.DataFrame(rows).T.rename_axis("kind")
    return IccSet(table, {"between": bms, "within": wms, "judges": jms, "error": ems}, n, k)


def _complete(ratings: pd.DataFrame) -> Array:
    x = number_table(ratings).dropna().to_numpy()
    if x.shape[0] < 2 or x.shape[1] < 2:
        raise worded(ModelError, "error_agreement_cases", cases=x.shape[0], raters=x.shape[1])
    return x


def _row(icc: float, f: float, df1: float, df2: float, low: float, high: float) -> dict[str, float]:
    p = float(stats.f.sf(f, df1, df2))
    return {"icc": icc, "f": f, "df1": df1, "df2": df2, "p": p, "low": low, "high": high}


def _one_way(bms: float, wms: float, n: int, k: int) -> dict[str, float]:
    f, df1, df2 = bms / wms, n - 1, n * (k - 1)
    low, high = f / stats.f.ppf(0.975, df1, df2), f * stats.f.ppf(0.975, df2, df1)
    return _row((f - 1) / (f + k - 1), f, df1, df2, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1))


def _two_way_fixed(bms: float, ems: float, n: int, k: int) -> dict[str, float]:
    f, df1, df2 = bms / ems if ems > 0 else np.inf, n - 1, (n - 1) * (k - 1)
    if not np.isfinite(f):
        return _row(1.0, f, df1, df2, 1.0, 1.0)
    low, high = f / stats.f.ppf(0.975, df1, df2), f * stats.f.ppf(0.975, df2, df1)
    return _row((f - 1) / (f + k - 1), f, df1, df2, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1))


def _two_way_random(bms: float, jms: float, ems: float, n: int, k: int) -> dict[str, float]:
    icc = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n)
    f, df1, df2 = bms / ems if ems > 0 else np.inf, n - 1, (n - 1) * (k - 1)
    if not np.isfinite(f):
        return _row(icc, f, df1, df2, np.nan, np.nan)
    fj = jms / ems
    vn = (k - 1) * (n - 1) * (k * icc * fj + n * (1 + (k - 1) * icc) - k * icc) ** 2
    vd = (n - 1) * k**2 * icc**2 * fj**2 + (n * (1 + (k - 1) * icc) - k * icc) ** 2
    v = vn / vd
    upper, lower = stats.f.ppf(0.975, n - 1, v), stats.f.ppf(0.975, v, n - 1)
    spread = k * jms + (k * n - k - n) * ems
    low = n * (bms - upper * ems) / (upper * spread + n * bms)
    high = n * (lower * bms - ems) / (spread + n * lower * bms)
    return _row(icc, f, df1, df2, float(low), float(high))


def _of_means(row: dict[str, float], k: int) -> dict[str, float]:
    """Convert a single rater's coefficient to that of the mean of k raters (Spearman-Brown)."""
    stepped = {name: k * row[name] / (1 + (k - 1) * row[name]) for name in ("icc", "low", "high")}
    return {**row, **stepped}


@options_checked
def cohen_kappa(
    first: pd.Series,
    second: pd.Series,
    weights: Literal["none", "linear", "quadratic"] = "none",
    order: Sequence[object] | None = None,
) -> Agreement:
    """Compute Cohen's kappa of two raters, weighted for ordered grades.

    Parameters
    ----------
    first, second : pd.Series
        Each rater's grades of the same cases.
    weights : {"none", "linear", "quadratic"}
        How much two different grades count as agreement; neighbouring grades are one step apart.
    order : sequence, optional
        The grades from lowest to highest, needed if they are text. By default the order of an ordered
        category, or the order of the values. Without weights the order does not matter.

    Raises
    ------
    ModelError
        If fewer than two grades or two complete cases are left.
    RequestError
        If weighted grades are text and their order is not given.

    References
    ----------
    Cohen, J. (1968). Psychological Bulletin 70, 213-220. Fleiss, J. L., Cohen, J. and Everitt, B. S.
    (1969). Psychological Bulletin 72, 323-327, for the standard error under chance.
    """
    pairs = pd.DataFrame({"a": first, "b": second}).dropna()
    both = pd.concat([pairs["a"], pairs["b"]], ignore_index=True)
    unordered = weights == "none" and order is None
    levels = levels_of(both) if unordered else ordered_answers(both, str(first.name or "first"), order)
    if len(pairs) < 2 or len(levels) < 2:
        raise worded(ModelError, "error_kappa_cases")
    table = pd.crosstab(pairs["a"], pairs["b"]).reindex(index=levels, columns=levels, fill_value=0)
    p = table.to_numpy() / len(pairs)
    w = _weights(len(levels), weights)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    expected = float((w * np.outer(rows, columns)).sum())
    value = (float((w * p).sum()) - expected) / (1 - expected) if expected < 1 else np.nan
    pull = (w @ columns)[:, None] + (rows @ w)[None, :]
    variance = float((np.outer(rows, columns) * (w - pull) ** 2).sum()) - expected**2
    return _tested(value, np.sqrt(variance / len(pairs)) / (1 - expected), len(pairs), 2)


def _weights(k: int, kind: str) -> Array:
    steps = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
    return {"none": np.eye(k), "linear": 1 - steps, "quadratic": 1 - steps**2}[kind]


def _tested(value: float, error: float, n: int, n_raters: int) -> Agreement:
    z = value / error if error > 0 else np.nan
    return Agreement(float(value), float(z), float(2 * stats.norm.sf(abs(z))), n, n_raters)


def fleiss_kappa(ratings: pd.DataFrame, *, exact: bool = False) -> Agreement:
    """Compute Fleiss' kappa of several raters; ``exact`` uses each rater's own distribution (Conger).

    References
    ----------
    Fleiss, J. L. (1971). Psychological Bulletin 76, 378-382. Conger, A. J. (1980). Psychological
    Bulletin 88, 322-328.
    """
    codes, n_levels = _codes(ratings)
    n, k = codes.shape
    counts = np.stack([(codes == level).sum(axis=1) for level in range(n_levels)], axis=1)
    observed = float(((counts**2).sum() - n * k) / (n * k * (k - 1)))
    share = counts.sum(axis=0) / (n * k)
    expected = float((share**2).sum())
    if exact:
        by_rater = np.stack([(codes == level).mean(axis=0) for level in range(n_levels)])
        expected -= float((by_rater.var(axis=1, ddof=1) / k).sum())
        return Agreement((observed - expected) / (1 - expected), np.nan, np.nan, n, k)
    against = share * (1 - share)
    total = against.sum()
    variance = 2 / (total**2 * n * k * (k - 1)) * (total**2 - (against * (1 - 2 * share)).sum())
    return _tested((observed - expected) / (1 - expected), float(np.sqrt(variance)), n, k)


def light_kappa(ratings: pd.DataFrame) -> float:
    """Return Light's kappa: the mean of Cohen's kappa over all pairs of raters."""
    complete = ratings.dropna()
    pairs = combinations(complete.columns, 2)
    return float(np.mean([cohen_kappa(complete[a], complete[b]).value for a, b in pairs]))


def _codes(ratings: pd.DataFrame) -> tuple[Array, int]:
    """Return the grades of the cases that all raters rated as numbers from 0, and how many grades there are."""
    complete = ratings.dropna()
    levels = sorted(set(complete.to_numpy().ravel()))
    if min(complete.shape) < 2 or len(levels) < 2:
        raise worded(ModelError, "error_agreement_grades")
    place = {level: number for number, level in enumerate(levels)}
    return np.array([[place[value] for value in row] for row in complete.to_numpy()]), len(levels)


def kendall_w(ratings: pd.DataFrame, *, ties: bool = True) -> Agreement:
    """Compute Kendall's W: how similarly raters order the cases.

    ``ties`` corrects for raters who give the same grade to several cases. The statistic is chi-squared
    with n - 1 degrees of freedom.
    """
    x = _complete(ratings)
    n, k = x.shape
    ranks = stats.rankdata(x, axis=0)
    spread = float(((ranks.sum(axis=1) - k * (n + 1) / 2) ** 2).sum())
    correction = 0.0
    if ties:
        correction = float(
            sum((c**3 - c).sum() for c in (np.unique(r, return_counts=True)[1] for r in ranks.T))
        )
    largest = k**2 * (n**3 - n) - k * correction
    if largest == 0:
        raise worded(ModelError, "error_agreement_no_order")
    w = 12 * spread / largest
    chi2 = k * (n - 1) * w
    return Agreement(w, chi2, float(stats.chi2.sf(chi2, n - 1)), n, k)


def mean_spearman(ratings: pd.DataFrame) -> float:
    """Return the mean rank correlation over all pairs of raters, averaged as Fisher's z."""
    x = _complete(ratings)
    r = np.corrcoef(stats.rankdata(x, axis=0), rowvar=False)
    pairs = np.clip(r[np.triu_indices_from(r, 1)], -1 + 1e-12, 1 - 1e-12)
    return float(np.tanh(np.arctanh(pairs).mean()))


def finn(ratings: pd.DataFrame, n_grades: int, *, same_raters: bool = True) -> Agreement:
    """Compute Finn's coefficient: one minus the variance within cases, relative to that of random ratings.

    It is useful where all cases have nearly equal ratings: an ICC is then low because cases do not vary.
    With ``same_raters`` for all cases, differences in the raters' severity are not counted.

    References
    ----------
    Finn, R. H. (1970). Educational and Psychological Measurement 30, 71-76.
    """
    x = _complete(ratings)
    n, k = x.shape
    apart, df = x - x.mean(axis=1, keepdims=True), n * (k - 1)
    if same_raters:
        apart, df = apart - apart.mean(axis=0), (n - 1) * (k - 1)
    within, chance = float((apart**2).sum()) / df, (n_grades**2 - 1) / 12
    # The variance of random ratings is known, so its degrees of freedom are infinite: F becomes chi-squared.
    p = float(stats.chi2.cdf(df * within / chance, df))
    return Agreement(1 - within / chance, chance / within if within > 0 else np.inf, p, n, k)


@options_checked
def krippendorff_alpha(
    ratings: pd.DataFrame, level: Literal["nominal", "ordinal", "interval", "ratio"] = "nominal"
) -> float:
    """Compute Krippendorff's alpha; ratings may be missing.

    Parameters
    ----------
    ratings : pd.DataFrame
        Numbers; a case with fewer than two ratings is ignored.
    level : str
        The level of measurement, which defines the distance between two grades.

    References
    ----------
    Krippendorff, K. (2004). Content analysis, 2nd ed., chapter 11.
    """
    x = number_table(ratings).to_numpy()
    values = np.unique(x[~np.isnan(x)])
    counts = np.stack([(x == value).sum(axis=1) for value in values], axis=1).astype(float)
    counts = counts[counts.sum(axis=1) > 1]
    if not len(counts) or (counts.sum(axis=0) > 0).sum() < 2:
        raise worded(ModelError, "error_alpha_cases")
    pairs = counts.sum(axis=1, keepdims=True) - 1
    coincidences = (counts / pairs).T @ counts - np.diag((counts / pairs).sum(axis=0))
    totals = coincidences.sum(axis=0)
    distance = _distances(values, totals, level)
    expected = np.outer(totals, totals) - np.diag(totals)
    return float(1 - (totals.sum() - 1) * (coincidences * distance).sum() / (expected * distance).sum())


def _distances(values: Array, totals: Array, level: str) -> Array:
    apart: Array = np.subtract.outer(values, values)
    if level == "nominal":
        return np.asarray(apart != 0, dtype=float)
    if level == "interval":
        return np.asarray(apart**2)
    if level == "ratio":
        whole = np.add.outer(values, values)
        return np.asarray((apart / np.where(whole == 0, 1, whole)) ** 2)
    upto = np.cumsum(totals) - totals / 2
    return np.asarray(np.subtract.outer(upto, upto) ** 2)
