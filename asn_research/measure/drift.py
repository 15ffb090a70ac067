"""Drift: test whether a column differs from the period before by more than chance.

Rows of one office are correlated, and staff are the same people in both periods. So an office is one
cluster over both periods, and its constant level cancels out. P-values are corrected for the number of
tests. A drift must also be large enough to matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.remembered import remembered
from asn_research.rules.codebooks import SOURCES, Column, load_codebook
from asn_research.rules.regulations import DriftRule

Kind = Literal["shares", "mean", "missing"]
_NUMBERS = {"whole", "number", "percent", "choice_number"}
_WORKING_DAYS = "working_days_n"
#: Columns that a recipe derives, tested as shares.
_DERIVED = ("age_band", "predikat_by_matrix")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One column in two periods.

    Parameters
    ----------
    before, now : float
        Mean of the column, or percentage of the category that changed most.
    effect : float
        Difference in standard deviations (means), or percentage points of rows that moved to another
        category (shares).
    statistic, df, p_value : float
        Result of the test; for an F test, df are the degrees of freedom of the denominator.
    n_clusters : int
        Number of offices; 0 if rows were taken as independent.
    category : str
        The category that changed most.
    """

    before: float
    now: float
    effect: float
    statistic: float
    df: float
    p_value: float
    n_clusters: int = 0
    category: str = ""


def compare_means(before: np.ndarray, now: np.ndarray) -> Comparison:
    """Compare two means of independent rows by Welch's t test.

    Parameters
    ----------
    before, now : np.ndarray
        The values of each period, none missing.

    References
    ----------
    Welch, B. L. (1947). Biometrika 34, 28-35.

    Examples
    --------
    >>> round(compare_means(np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 4, 5])).p_value, 4)
    0.3153
    """
    parts = [float(np.var(side, ddof=1)) / len(side) for side in (before, now)]
    squared = sum(parts)
    difference = float(now.mean() - before.mean())
    if squared == 0:
        return _without_spread(before, now)
    df = squared**2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, (before, now), strict=True))
    t = difference / sqrt(squared)
    p = 2 * float(stats.t.sf(abs(t), df))
    return Comparison(float(before.mean()), float(now.mean()), _in_sd(before, now), t, df, p)


def compare_clustered_means(values: np.ndarray, is_now: np.ndarray, cluster: np.ndarray) -> Comparison:
    """Compare two means of rows that are correlated within clusters; a cluster spans both periods.

    The difference of means has a cluster-robust variance (the sandwich estimator of a regression on a
    period dummy, with Stata's small-sample factor). Clusters of unequal size give fewer degrees of freedom.

    Parameters
    ----------
    values, is_now, cluster : np.ndarray
        One entry per row: the value, whether it belongs to the later period, and the number of its
        cluster from 0.
    """
    before, now = values[~is_now], values[is_now]
    moves = np.where(is_now, (values - now.mean()) / len(now), -(values - before.mean()) / len(before))
    variance = float(_cluster_covariance(moves[:, None], cluster)[0, 0])
    if variance <= 0:
        return _without_spread(before, now)
    df = _effective_clusters(cluster) - 1
    t = float(now.mean() - before.mean()) / sqrt(variance)
    p = 2 * float(stats.t.sf(abs(t), df))
    n_clusters = len(np.unique(cluster))
    return Comparison(float(before.mean()), float(now.mean()), _in_sd(before, now), t, df, p, n_clusters)


def compare_shares(
    codes: np.ndarray, is_now: np.ndarray, cluster: np.ndarray | None = None
) -> Comparison | None:
    """Compare the shares of categories in two periods; None if all rows have one category.

    Without clusters the test is Pearson's chi-square test of homogeneity. With clusters the same
    statistic gets the second-order correction of Rao and Scott, by its generalised design effects.

    Parameters
    ----------
    codes : np.ndarray
        The category of each row, numbered from 0, none missing.
    is_now : np.ndarray
        Whether the row belongs to the later period.
    cluster : np.ndarray, optional
        The cluster of each row, numbered from 0.

    Returns
    -------
    Comparison or None
        ``category`` holds the number of the category that changed most.

    References
    ----------
    Rao, J. N. K., Scott, A. J. (1984). Annals of Statistics 12, 46-60.
    """
    counts = np.stack([np.bincount(codes[side], minlength=codes.max() + 1) for side in (~is_now, is_now)])
    used = counts.sum(axis=0) > 0
    names, counts = np.flatnonzero(used), counts[:, used].astype(float)
    if len(names) < 2:
        return None
    sizes = counts.sum(axis=1)
    shares, pooled = counts / sizes[:, None], counts.sum(axis=0) / sizes.sum()
    moved = shares[1] - shares[0]
    weight = sizes[0] * sizes[1] / sizes.sum()
    chi2 = float(weight * (moved**2 / pooled).sum())
    most = int(np.abs(moved).argmax())
    seen: dict[str, Any] = {
        "before": 100 * float(shares[0, most]), "now": 100 * float(shares[1, most]),
        "effect": 50 * float(np.abs(moved).sum()), "category": str(names[most]),
    }  # fmt: skip
    if cluster is None:
        p = float(stats.chi2.sf(chi2, len(names) - 1))
        return Comparison(statistic=chi2, df=len(names) - 1, p_value=p, **seen)
    indicators = codes[:, None] == names[None, :]
    # Deviations are taken from each period's own shares. Deviations from the pooled shares would let a
    # true shift inflate its own standard error.
    own = shares[is_now.astype(int)]
    moves = np.where(is_now[:, None], 1 / sizes[1], -1 / sizes[0]) * (indicators - own)
    effects = weight * _cluster_covariance(moves, cluster) / np.sqrt(np.outer(pooled, pooled))
    total, squares = float(np.trace(effects)), float((effects**2).sum())
    if total <= 0:
        return None
    df_now = total**2 / squares
    df = df_now * (_effective_clusters(cluster) - 1)
    statistic = chi2 / total
    p = float(stats.f.sf(statistic, df_now, df))
    return Comparison(statistic=statistic, df=df, p_value=p, n_clusters=len(np.unique(cluster)), **seen)


def _cluster_covariance(moves: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return the cluster-robust covariance of an estimate from the influence of each row on it.

    It has the usual small-sample factor.
    """
    n_clusters = int(cluster.max()) + 1
    sums = np.stack(
        [np.bincount(cluster, weights=moves[:, k], minlength=n_clusters) for k in range(moves.shape[1])],
        axis=1,
    )
    g, n = len(np.unique(cluster)), len(cluster)
    factor = g / (g - 1) * (n - 1) / (n - 2)
    return np.asarray(factor * sums.T @ sums)


def _effective_clusters(cluster: np.ndarray) -> float:
    """Return the effective number of clusters: of equal size, with the same information (Kish)."""
    sizes = np.bincount(cluster).astype(float)
    return max(2.0, float(sizes.sum() ** 2 / (sizes**2).sum()))


def _in_sd(before: np.ndarray, now: np.ndarray) -> float:
    """Return the difference of means in pooled standard deviations."""
    n0, n1 = len(before), len(now)
    pooled = ((n0 - 1) * before.var(ddof=1) + (n1 - 1) * now.var(ddof=1)) / (n0 + n1 - 2)
    return float((now.mean() - before.mean()) / sqrt(pooled)) if pooled > 0 else 0.0


def _without_spread(before: np.ndarray, now: np.ndarray) -> Comparison:
    """Return a comparison without a test, for a difference that has no sampling variance."""
    return Comparison(float(before.mean()), float(now.mean()), 0.0, nan, nan, nan)


def corrected_p_values(p_values: pd.Series, correction: str) -> pd.Series:
    """Correct p-values for multiple testing; missing ones stay missing and do not count.

    Parameters
    ----------
    p_values : pd.Series
        One p-value for each test; nan without a test.
    correction : {"fdr_bh", "holm"}
        Benjamini and Hochberg's false discovery rate, or Holm's family-wise error.
    """
    known = p_values.dropna().sort_values()
    result = pd.Series(np.nan, p_values.index)
    n = len(known)
    if not n:
        return result
    ranks = np.arange(1, n + 1)
    if correction == "fdr_bh":
        raised = np.minimum.accumulate((known.to_numpy() * n / ranks)[::-1])[::-1]
    else:
        raised = np.maximum.accumulate(known.to_numpy() * (n + 1 - ranks))
    result[known.index] = np.minimum(raised, 1)
    return result


def drift_by_period(tables: Mapping[str, pd.DataFrame], rule: DriftRule) -> pd.DataFrame:
    """Compare every period of every source with the one before it that has data.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Processed tables.
    rule : DriftRule
        Significance level, correction and minimum sizes.

    Returns
    -------
    pd.DataFrame
        One row per test: source, column, test_kind (shares, mean, missing), in_period, before_period,
        n_before, n_now, before, now, category, effect, p_value, p_adjusted (over all tests of the
        period), n_clusters, is_drift.
    """
    rows = [row for source in SOURCES if source in tables for row in _of_source(source, tables[source], rule)]
    columns = ["source", "column", "test_kind", "in_period", "before_period", "n_before", "n_now", "before", "now",
               "category", "effect", "p_value", "n_clusters"]  # fmt: skip
    drift = pd.DataFrame(rows, columns=columns)
    drift["p_adjusted"] = drift.groupby("in_period")["p_value"].transform(corrected_p_values, rule.correction)
    least = drift["test_kind"].map(rule.least_effect).astype(float)
    drift["is_drift"] = (drift["p_adjusted"] <= rule.level) & (drift["effect"].abs() >= least)
    return drift


@remembered
def _of_source(source: str, table: pd.DataFrame, rule: DriftRule) -> list[dict[str, object]]:
    return list(_tests_of(source, table, rule))


def _tests_of(source: str, table: pd.DataFrame, rule: DriftRule) -> Iterator[dict[str, object]]:
    if not {"period", "reporting_unit_id"} <= set(table.columns):
        return
    periods = sorted(table["period"].dropna().astype(str).unique())
    number = pd.Series(pd.Categorical(table["period"].astype(str), categories=periods).codes)
    office = pd.Series(pd.factorize(table["reporting_unit_id"])[0])
    book = load_codebook(source).by_name
    columns = [c for c in book if c in table and not book[c].personal and book[c].is_published]
    columns += [c for c in _DERIVED if c in table]
    working = [_WORKING_DAYS] if _WORKING_DAYS in table else []
    columns = [c for c in columns if c not in working]
    for place in range(1, len(periods)):
        chosen = number.isin([place - 1, place]).to_numpy()
        is_now = (number[chosen] == place).to_numpy()
        if min(is_now.sum(), (~is_now).sum()) < rule.least_rows:
            continue
        rows = table.loc[chosen, [*columns, *working]]
        for name in columns:
            values = _comparable(rows, name)
            for found in _of_column(values, book.get(name), is_now, office[chosen], rule):
                yield {
                    "source": source, "column": name, "in_period": periods[place],
                    "before_period": periods[place - 1], **found,
                }  # fmt: skip


def is_filled(values: pd.Series) -> pd.Series:
    """Return which rows of a column have a value; an empty text is no value."""
    known = values.notna()
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return known
    return known & (values.astype("str") != "")


def _comparable(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the values of a column; numbers of days are divided by the period's number of working days.

    The calendar sets the number of working days, so a change of it is no drift.
    """
    if not name.endswith("_days_n") or _WORKING_DAYS not in rows:
        return rows[name]
    working = rows[_WORKING_DAYS].astype("Float64")
    return rows[name].astype("Float64") / working.mask(working == 0)


def _of_column(
    values: pd.Series, column: Column | None, is_now: np.ndarray, office: pd.Series, rule: DriftRule
) -> Iterator[dict[str, object]]:
    kind = column.type if column else "choice"
    if kind not in {*_NUMBERS, "choice"}:
        return
    known = is_filled(values).to_numpy()
    cluster = _clusters(office.to_numpy(), rule)
    if column is not None:
        missing = _share_test((~known).astype(int), is_now, cluster, rule)
        if missing is not None:
            shown = missing if missing.category == "1" else _other_side(missing)
            yield _row("missing", shown, is_now, "")
    now = is_now[known]
    if min(now.sum(), (~now).sum()) < rule.least_rows:
        return
    cluster = _clusters(office.to_numpy()[known], rule)
    if kind in _NUMBERS:
        numbers = values[known].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        by = (
            compare_means(numbers[~now], numbers[now])
            if cluster is None
            else compare_clustered_means(numbers, now, cluster)
        )
        yield _row("mean", by, now, "")
        return
    codes, names = pd.factorize(values[known].astype("str"), sort=True)
    by_share = _share_test(codes, now, cluster, rule)
    if by_share is not None:
        at = int(by_share.category)
        yield _row("shares", by_share, now, str(names[at]) if at < len(names) else "merged")


def _clusters(office: np.ndarray, rule: DriftRule) -> np.ndarray | None:
    codes, known = pd.factorize(office)
    return codes if len(known) >= rule.least_offices else None


def _share_test(
    codes: np.ndarray, is_now: np.ndarray, cluster: np.ndarray | None, rule: DriftRule
) -> Comparison | None:
    """Compare shares after merging the categories whose expected counts are too small for the test."""
    sizes = np.array([(~is_now).sum(), is_now.sum()])
    expected = np.bincount(codes) * sizes.min() / sizes.sum()
    rare = expected < rule.least_expected
    merged = np.where(rare[codes], len(expected), codes)
    rest = expected[rare].sum()
    if 0 < rest < rule.least_expected:
        if rare.all() or (~rare).sum() < 2:
            return None
        smallest = int(np.where(rare, np.inf, expected).argmin())
        merged = np.where(merged == smallest, len(expected), merged)
    return compare_shares(merged, is_now, cluster)


def _other_side(two: Comparison) -> Comparison:
    """Return the comparison of two categories as seen from the other category."""
    return Comparison(
        100 - two.before, 100 - two.now, two.effect, two.statistic, two.df, two.p_value, two.n_clusters, "1"
    )


def _row(kind: Kind, found: Comparison, is_now: np.ndarray, category: str) -> dict[str, object]:
    return {
        "test_kind": kind, "n_before": int((~is_now).sum()), "n_now": int(is_now.sum()), "before": found.before,
        "now": found.now, "category": category, "effect": found.effect, "p_value": found.p_value,
        "n_clusters": found.n_clusters,
    }  # fmt: skip
