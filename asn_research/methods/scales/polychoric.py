"""Polychoric correlations of ordered answers, with their joint sampling covariance.

An answer is taken as a normal variable that is cut at thresholds. Estimation has two steps (Olsson 1979):
the thresholds come from the shares of each item's answers, then the correlation of each pair is estimated
by maximum likelihood. All pairs are computed at once, padded to the same number of options.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from asn_research.errors import ModelError
from asn_research.rules.words import worded

Array = np.ndarray
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
#: Replaces an infinite threshold: less than 1e-22 of a normal distribution lies beyond it.
_FAR = 10.0
_TINY = 1e-12


@dataclass(frozen=True)
class Polychoric:
    """Polychoric correlations and their sampling covariance.

    Parameters
    ----------
    correlations : pd.DataFrame
        One row and column per item.
    gamma : np.ndarray
        n times the sampling covariance of the correlations below the diagonal, in the order of
        ``pairs``. It includes the sampling error of the thresholds.
    pairs : tuple of (int, int)
        The two items of each correlation.
    n : int
        Number of complete respondents.
    thresholds, threshold_errors : np.ndarray
        The thresholds of the first item, then those of the second, and so on, with standard errors.
    """

    correlations: pd.DataFrame
    gamma: Array
    pairs: tuple[tuple[int, int], ...]
    n: int
    thresholds: Array
    threshold_errors: Array


def polychoric(items: pd.DataFrame) -> Polychoric:
    """Compute the polychoric correlations of complete respondents.

    Options that nobody chose are left out.

    Raises
    ------
    ModelError
        If there are fewer than two items or ten complete respondents, or an item has only one answer.

    References
    ----------
    Olsson, U. (1979). Psychometrika 44, 443-460. Muthén, B. (1984). Psychometrika 49, 115-132.
    """
    complete = items.astype("float64").dropna()
    n, k = complete.shape
    if k < 2 or n < 10 or (complete.nunique() < 2).any():
        raise worded(ModelError, "error_polychoric_few", n=n)
    codes = np.stack([pd.factorize(complete[c], sort=True)[0] for c in complete], axis=1)
    cuts = _thresholds(codes)
    pairs = tuple((i, j) for j in range(k) for i in range(j + 1, k))
    first, second = (np.array([p[side] for p in pairs]) for side in (0, 1))
    tables = np.stack([_crossed(codes[:, i], codes[:, j], cuts.shape[1] - 1) for i, j in pairs])
    rho = _maximise(tables, cuts[first], cuts[second])
    gamma = _gamma(codes, cuts, pairs, rho)
    matrix = np.eye(k)
    matrix[first, second] = matrix[second, first] = rho
    names = [str(c) for c in complete]
    inner = [cuts[item, 1 : 1 + int(codes[:, item].max())] for item in range(k)]
    thresholds = np.concatenate(inner)
    shares = ndtr(thresholds)
    # As lavaan, which divides by n - 1.
    errors = np.sqrt(shares * (1 - shares) / (n - 1)) / _bell(thresholds)
    correlations = pd.DataFrame(matrix, index=names, columns=names)
    return Polychoric(correlations, gamma, pairs, n, thresholds, errors)


def _thresholds(codes: Array) -> Array:
    """Return the thresholds of each item, including both ends; unused places repeat the upper end."""
    options = int(codes.max()) + 1
    cuts = np.full((codes.shape[1], options + 1), _FAR)
    cuts[:, 0] = -_FAR
    for item in range(codes.shape[1]):
        used = int(codes[:, item].max())
        below = np.cumsum(np.bincount(codes[:, item], minlength=used + 1))[:used] / len(codes)
        cuts[item, 1 : used + 1] = ndtri(below)
    return cuts


def _crossed(a: Array, b: Array, options: int) -> Array:
    return np.bincount(a * options + b, minlength=options * options).reshape(options, options)


def below_both(x: Array, y: Array, rho: Array) -> Array:
    """Return the probability that two standard normals with correlation ``rho`` lie below x and y.

    It is computed by Gauss-Legendre quadrature of Plackett's integral over the angle, and is accurate to
    1e-9 up to correlations of 0.99.
    """
    half = np.arcsin(rho) / 2
    angle = half[..., None] * (1 + _NODES)
    sin, cos2 = np.sin(angle), np.cos(angle) ** 2
    power = (x[..., None] ** 2 + y[..., None] ** 2 - 2 * x[..., None] * y[..., None] * sin) / (2 * cos2)
    integral = half * (np.exp(-power) @ _WEIGHTS)
    return np.asarray(ndtr(x) * ndtr(y) + integral / (2 * np.pi))


def _bell(x: Array) -> Array:
    """Return the density of a standard normal variable."""
    return np.asarray(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def _density(x: Array, y: Array, rho: Array) -> Array:
    rest = 1 - rho**2
    power = (x**2 - 2 * rho * x * y + y**2) / (2 * rest)
    return np.asarray(np.exp(-power) / (2 * np.pi * np.sqrt(rest)))


def _cells(corners: Array) -> Array:
    return np.diff(np.diff(corners, axis=1), axis=2)


def _corners(a: Array, b: Array, rho: Array) -> tuple[Array, Array, Array]:
    shape = np.broadcast_shapes(a[:, :, None].shape, b[:, None, :].shape, rho[:, None, None].shape)
    x, y = np.broadcast_to(a[:, :, None], shape), np.broadcast_to(b[:, None, :], shape)
    return x, y, np.broadcast_to(rho[:, None, None], shape)


def _maximise(tables: Array, a: Array, b: Array) -> Array:
    """Estimate the correlations of all pairs at once, by Fisher scoring on Fisher's z with bounded steps."""
    n = tables.sum(axis=(1, 2))
    z = np.zeros(len(tables))
    for _ in range(60):
        rho = np.tanh(z)
        corners = _corners(a, b, rho)
        chance = np.maximum(_cells(below_both(*corners)), _TINY)
        slope = _cells(_density(*corners)) * (1 - rho**2)[:, None, None]
        score = (tables / chance * slope).sum(axis=(1, 2))
        information = n * (slope**2 / chance).sum(axis=(1, 2))
        step = np.clip(score / np.maximum(information, _TINY), -0.7, 0.7)
        z = np.clip(z + step, -2.8, 2.8)
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(np.tanh(z))


def _gamma(codes: Array, cuts: Array, pairs: tuple[tuple[int, int], ...], rho: Array) -> Array:
    """Return n times the covariance of the correlations, from the influence of each respondent."""
    n, k = codes.shape
    options = cuts.shape[1] - 1
    influence = [_threshold_influence(codes[:, item], cuts[item]) for item in range(k)]
    columns = np.empty((n, len(pairs)))
    for number, (i, j) in enumerate(pairs):
        a, b, r = cuts[[i]], cuts[[j]], rho[[number]]
        corners = _corners(a, b, r)
        chance = np.maximum(_cells(below_both(*corners))[0], _TINY)
        slope = _cells(_density(*corners))[0] / chance
        by_row = _threshold_slopes(a[0], b[0], float(r[0])) / chance
        by_column = np.swapaxes(_threshold_slopes(b[0], a[0], float(r[0])), 1, 2) / chance
        table = _crossed(codes[:, i], codes[:, j], options) / n
        information = float((table * slope**2).sum())
        moved = influence[i] @ (table * slope * by_row).sum(axis=(1, 2))
        moved += influence[j] @ (table * slope * by_column).sum(axis=(1, 2))
        columns[:, number] = (slope[codes[:, i], codes[:, j]] - moved) / information
    return np.asarray(columns.T @ columns / n)


def _threshold_influence(code: Array, cuts: Array) -> Array:
    """Return the influence of each respondent on an item's thresholds: (below - share below) / density."""
    inner = cuts[1:-1]
    used = np.abs(inner) < _FAR
    below = code[:, None] <= np.arange(len(inner))
    pull = (below - below.mean(axis=0)) / np.where(used, _bell(inner), 1.0)
    return np.where(used, pull, 0.0)


def _threshold_slopes(a: Array, b: Array, rho: float) -> Array:
    """Return the derivative of each cell's probability by each inner threshold of the row item."""
    inner = a[1:-1]
    density = _bell(inner)[:, None]
    along = density * np.diff(ndtr((b[None, :] - rho * inner[:, None]) / np.sqrt(1 - rho**2)), axis=1)
    slopes = np.zeros((len(inner), len(a) - 1, len(b) - 1))
    for t in range(len(inner)):
        if abs(inner[t]) < _FAR:
            slopes[t, t], slopes[t, t + 1] = along[t], -along[t]
    return slopes
