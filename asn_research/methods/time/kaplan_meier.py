"""Censored times: the Kaplan-Meier curve, its quantiles and their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asn_research.errors import ModelError
from asn_research.methods.column_values import yes_or_no
from asn_research.methods.estimates import Z_95, Estimate
from asn_research.rules.words import worded

Array = np.ndarray


@dataclass(frozen=True)
class Survival:
    """A Kaplan-Meier curve: the share still waiting after each time at which a case ended.

    Parameters
    ----------
    times : np.ndarray
        Times at which a case ended, in rising order.
    share : np.ndarray
        Share still waiting right after each time.
    std_error : np.ndarray
        Greenwood's standard error of the share.
    n_at_risk : np.ndarray
        Number of cases still waiting right before each time.
    n : int
        Number of all cases, ended or censored.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Journal of the American Statistical Association 53, 457-481.
    Greenwood, M. (1926). Reports on Public Health and Medical Subjects 33, 1-26.
    """

    times: Array
    share: Array
    std_error: Array
    n_at_risk: Array
    n: int

    def band(self) -> tuple[Array, Array]:
        """Return the 95 % interval of the share at each time, computed on the scale log(-log).

        It stays within 0 and 1. Both ends are nan if the share is 1 or 0, where the scale is not defined.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            inner = np.log(self.share)
            width = Z_95 * self.std_error / (self.share * np.abs(inner))
            low, high = self.share ** np.exp(width), self.share ** np.exp(-width)
        inside = (self.share > 0) & (self.share < 1)
        return np.where(inside, low, np.nan), np.where(inside, high, np.nan)

    def quantile(self, p: float) -> Estimate:
        """Return the time by which a share ``p`` has ended, with its interval (Brookmeyer and Crowley).

        If the curve is horizontal at exactly ``1 - p``, the middle of the horizontal part is taken, as for
        the median of an even number of values. A time or an end of the interval is nan if the curve or its
        band does not fall that low: the last case to end says how low the curve falls, but not the band.
        """
        if len(self.times) == 0:
            return Estimate(np.nan)
        low_band, high_band = self.band()
        # A share of 0 has no standard error. Its lower end is 0; the upper end is not known, as in R's survfit.
        low_band = np.where(self.share == 0, 0.0, low_band)
        level = 1 - p
        return Estimate(
            _reached(self.times, self.share, level, middle=True),
            _reached(self.times, low_band, level),
            _reached(self.times, high_band, level),
        )

    def ended_by(self, time: float) -> Estimate:
        """Return the percentage that has ended by a time, with its interval."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        if place < 0:
            return Estimate(0.0 if self.n else np.nan)
        low, high = self.band()
        return Estimate(
            100 * (1 - float(self.share[place])),
            100 * (1 - float(high[place])),
            100 * (1 - float(low[place])),
        )


def _reached(times: Array, curve: Array, level: float, *, middle: bool = False) -> float:
    """Return the first time at which a falling curve is at or below a level; nan if it never is."""
    # The tolerance is for rounding errors: a product of fractions may miss a level such as one half.
    under = np.flatnonzero(curve <= level + 1e-12)
    if not len(under):
        return np.nan
    first = int(under[0])
    if middle and abs(curve[first] - level) < 1e-12 and first + 1 < len(times):
        return float(times[first] + times[first + 1]) / 2
    return float(times[first])


def kaplan_meier(times: Array, ended: Array) -> Survival:
    """Estimate the Kaplan-Meier curve of times, from cases that ended and cases that are still open.

    An open case is censored: it counts as waiting until its time. Leaving open cases out would make times
    look shorter. The method assumes that censoring is not informative: open cases do not differ from
    others that have waited as long.

    Parameters
    ----------
    times : np.ndarray
        How long each case took, or has waited so far; no missing values.
    ended : np.ndarray of bool
        Whether each case ended; 1 and 0 are accepted. R's codes 1 and 2 are refused.

    Returns
    -------
    Survival

    Raises
    ------
    ModelError
        If a time is missing or negative, or ``ended`` holds other values than true and false.

    Examples
    --------
    >>> curve = kaplan_meier(np.array([1.0, 2, 2, 5]), np.array([True, True, False, False]))
    >>> curve.share.tolist(), curve.quantile(0.5).value
    ([0.75, 0.5], 2.0)
    """
    times, ended = np.asarray(times, dtype=float), yes_or_no(np.asarray(ended))
    odd = int((~np.isfinite(times) | (times < 0)).sum())
    if odd:
        raise worded(ModelError, "error_times", n=odd)
    points, place = np.unique(times, return_inverse=True)
    events = np.bincount(place, weights=ended, minlength=len(points))
    left = np.bincount(place, minlength=len(points))
    at_risk = len(times) - np.concatenate([[0], np.cumsum(left)[:-1]]) if len(points) else left
    keep = events > 0
    points, events, at_risk = points[keep], events[keep], at_risk[keep].astype(float)
    share = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(events / (at_risk * (at_risk - events)))
        std_error = np.where(share > 0, share * np.sqrt(spread), np.nan)
    return Survival(points, share, std_error, at_risk, len(times))
