"""Fit indices of a factor model: chi-squared, CFI, TLI, RMSEA with interval, SRMR."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, stats


@dataclass(frozen=True)
class FitIndices:
    """The usual fit indices, by the conventions of lavaan (chi-squared is n times the discrepancy).

    Parameters
    ----------
    chi2, df, p : float
        The test of exact fit.
    baseline_chi2, baseline_df : float
        Chi-squared of the baseline model, in which items are uncorrelated.
    cfi, tli : float
        Share of the misfit of the baseline model that the model removes.
    rmsea, rmsea_low, rmsea_high : float
        Misfit per degree of freedom, with its 90 % interval.
    srmr : float
        Root mean square of the differences between observed and implied correlations.
    """

    chi2: float
    df: int
    p: float
    baseline_chi2: float
    baseline_df: int
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    srmr: float


def fit_indices(
    chi2: float, df: int, baseline_chi2: float, baseline_df: int, *, n: int, n_groups: int, srmr: float
) -> FitIndices:
    """Return all indices from the chi-squared of the model and of the baseline; p is nan for a saturated model."""
    p = float(stats.chi2.sf(chi2, df)) if df else np.nan
    if df == 0:
        return FitIndices(chi2, df, p, baseline_chi2, baseline_df, 1.0, 1.0, 0.0, 0.0, 0.0, srmr)
    misfit, baseline = max(chi2 - df, 0.0), max(baseline_chi2 - baseline_df, chi2 - df, 0.0)
    cfi = 1 - misfit / baseline if baseline > 0 else 1.0
    ratio = baseline_chi2 / baseline_df
    tli = (ratio - chi2 / df) / (ratio - 1) if ratio > 1 else np.nan
    low, high = (_noncentrality(chi2, df, share) for share in (0.95, 0.05))
    rmsea, rmsea_low, rmsea_high = (np.sqrt(n_groups * x / (df * n)) for x in (misfit, low, high))
    return FitIndices(
        chi2, df, p, baseline_chi2, baseline_df, cfi, tli,
        float(rmsea), float(rmsea_low), float(rmsea_high), srmr,
    )  # fmt: skip


def robust_indices(
    chi2: float, df: int, factor: float, baseline_chi2: float, baseline_df: int, baseline_factor: float,
    *, n: int, n_groups: int, srmr: float,
) -> FitIndices:  # fmt: skip
    """Return the indices for data that are not normal.

    The test is divided by its scaling factor. CFI, TLI and RMSEA estimate the values for normal data; the
    same indices computed from the scaled chi-squared would not.

    References
    ----------
    Brosseau-Liard, P. E. and Savalei, V. (2014). Multivariate Behavioral Research 49, 460-470.
    """
    scaled = fit_indices(
        chi2 / factor, df, baseline_chi2 / baseline_factor, baseline_df, n=n, n_groups=n_groups, srmr=srmr
    )
    if df == 0:
        return scaled
    misfit = chi2 - factor * df
    baseline = baseline_chi2 - baseline_factor * baseline_df
    cfi = 1 - max(misfit, 0.0) / max(misfit, baseline, 0.0) if max(misfit, baseline) > 0 else 1.0
    stretch = float(np.sqrt(factor))
    return replace(
        scaled,
        cfi=cfi,
        tli=1 - (misfit / df) / (baseline / baseline_df) if baseline > 0 else np.nan,
        rmsea=stretch * scaled.rmsea,
        rmsea_low=stretch * scaled.rmsea_low,
        rmsea_high=stretch * scaled.rmsea_high,
    )


def _noncentrality(chi2: float, df: int, share: float) -> float:
    """Return the noncentrality for which ``chi2`` is the quantile ``share`` of its distribution."""
    if stats.chi2.cdf(chi2, df) < share:
        return 0.0
    top = max(chi2, df) + 10 * np.sqrt(max(chi2, df)) + 20
    return float(optimize.brentq(lambda x: stats.ncx2.cdf(chi2, df, x) - share, 0, top, xtol=1e-10))
