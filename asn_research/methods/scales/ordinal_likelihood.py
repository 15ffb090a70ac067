"""The likelihood of cumulative-link models of the service: scores, Newton's steps, average probabilities."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from asn_research.errors import ModelError
from asn_research.methods.raters.cumulative import Link
from asn_research.rules.words import worded

#: A latent shift of this many units per standard deviation means that the answers are separated.
SEPARATED = 12.0


def _density(z: np.ndarray, link: Link) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distribution function, density, and its slope; infinite ends are 0 or 1."""
    if link == "logit":
        F = special.expit(z)  # noqa: N806
        f = F * (1 - F)
        return F, f, f * (1 - 2 * F)
    f = stats.norm.pdf(z)
    slope = np.where(np.isfinite(z), -z, 0.0) * f
    return special.ndtr(z), f, slope


def _ends(theta: np.ndarray, x: np.ndarray, y: np.ndarray, n_answers: int) -> tuple[np.ndarray, np.ndarray]:
    k = x.shape[1]
    cuts = np.concatenate([[-np.inf], theta[k:], [np.inf]])
    index = x @ theta[:k]
    return cuts[y + 1] - index, cuts[y] - index


def _pieces(
    theta: np.ndarray, x: np.ndarray, y: np.ndarray, n_answers: int, link: Link
) -> tuple[np.ndarray, ...]:
    upper, lower = _ends(theta, x, y, n_answers)
    F1, f1, s1 = _density(upper, link)  # noqa: N806
    F0, f0, s0 = _density(lower, link)  # noqa: N806
    # Far out on the right, 1 - F0 loses its digits; the mirrored difference keeps them.
    mirrored = _density(-lower, link)[0] - _density(-upper, link)[0]
    chance = np.maximum(np.where(lower > 0, mirrored, F1 - F0), 1e-300)
    return chance, f1, f0, s1, s0


def _jacobians(x: np.ndarray, y: np.ndarray, n_answers: int) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of a row's upper and lower end by all parameters."""
    n, k = x.shape
    upper, lower = np.zeros((n, k + n_answers - 1)), np.zeros((n, k + n_answers - 1))
    upper[:, :k], lower[:, :k] = -x, -x
    rows = np.arange(n)
    has_upper, has_lower = y < n_answers - 1, y > 0
    upper[rows[has_upper], k + y[has_upper]] = 1
    lower[rows[has_lower], k + y[has_lower] - 1] = 1
    return upper, lower


def row_scores(
    theta: np.ndarray, x: np.ndarray, y: np.ndarray, w: np.ndarray, n_answers: int, link: Link
) -> np.ndarray:
    """Return each row's score, rows × parameters."""
    chance, f1, f0, _, _ = _pieces(theta, x, y, n_answers, link)
    upper, lower = _jacobians(x, y, n_answers)
    scores: np.ndarray = (w / chance)[:, None] * (f1[:, None] * upper - f0[:, None] * lower)
    return scores


def newton(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, n_answers: int, link: Link
) -> tuple[np.ndarray, np.ndarray, float]:
    """Maximise the likelihood; return the parameters, the curvature there, and the likelihood."""
    k = x.shape[1]
    share = np.cumsum(np.bincount(y, w, minlength=n_answers))[:-1] / w.sum()
    start = special.logit(share) if link == "logit" else stats.norm.ppf(share)
    theta = np.concatenate([np.zeros(k), start])
    upper, lower = _jacobians(x, y, n_answers)
    value = _value(theta, x, y, w, n_answers, link)
    for _ in range(100):
        chance, f1, f0, s1, s0 = _pieces(theta, x, y, n_answers, link)
        first = (f1[:, None] * upper - f0[:, None] * lower) / chance[:, None]
        gradient = w @ first
        curvature = (w[:, None] * first).T @ first
        curvature -= (upper * (w * s1 / chance)[:, None]).T @ upper - (
            lower * (w * s0 / chance)[:, None]
        ).T @ lower
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        if float(gradient @ step) < 1e-12 * max(1.0, abs(value)):
            return theta, curvature, value
        size = 1.0
        while size > 1e-6:
            trial = theta + size * step
            found = _value(trial, x, y, w, n_answers, link)
            if found >= value:
                break
            size /= 2
        theta, value = trial, found
        if k and (np.abs(theta[:k]) * x.std(axis=0)).max() > 2 * SEPARATED:
            return theta, curvature, value
    raise worded(ModelError, "error_ordinal_unconverged")


def _value(
    theta: np.ndarray, x: np.ndarray, y: np.ndarray, w: np.ndarray, n_answers: int, link: Link
) -> float:
    if (np.diff(theta[x.shape[1] :]) <= 0).any():
        return -np.inf
    return float(w @ np.log(_pieces(theta, x, y, n_answers, link)[0]))


def unscaled(theta: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parameters on the columns' own scale, and the matrix that takes them there."""
    k, size = len(centre), len(theta)
    turn = np.eye(size)
    turn[:k, :k] = np.diag(1 / scale)
    turn[k:, :k] = centre / scale
    return turn @ theta, turn


def average_probabilities(
    theta: np.ndarray, x: np.ndarray, w: np.ndarray, link: Link
) -> tuple[np.ndarray, np.ndarray]:
    """Mean chance of each answer over the rows, and its slopes by all parameters."""
    k = x.shape[1]
    index, share = x @ theta[:k], w / w.sum()
    cuts = theta[k:]
    below, slopes = [0.0], [np.zeros(len(theta))]
    for place, cut in enumerate(cuts):
        F, f, _ = _density(cut - index, link)  # noqa: N806
        slope = np.zeros(len(theta))
        slope[:k], slope[k + place] = -(share * f) @ x, share @ f
        below.append(float(share @ F))
        slopes.append(slope)
    below.append(1.0)
    slopes.append(np.zeros(len(theta)))
    return np.diff(below), np.diff(np.array(slopes), axis=0)
