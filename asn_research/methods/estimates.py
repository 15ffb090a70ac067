"""The change of an indicator between two periods, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, isfinite, nan

#: Half the width of a 95 % interval in standard errors.
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float = nan
    high: float = nan

    @property
    def std_error(self) -> float:
        """Standard error implied by the interval, taken as symmetric; nan without an interval."""
        return (self.high - self.low) / (2 * Z_95)


def change(now: Estimate, before: Estimate) -> Estimate:
    """Return the change between two independent estimates.

    Different people answer in different periods, so the variances add. Intervals that are not
    symmetric (medians, shares) enter by their width, which is an approximation.

    Parameters
    ----------
    now, before : Estimate
        The same indicator in two periods.

    Returns
    -------
    Estimate
        ``now - before``; its interval is nan where either has none.

    Examples
    --------
    >>> round(change(Estimate(80, 78, 82), Estimate(76, 74, 78)).low, 2)
    1.17
    """
    difference = now.value - before.value
    margin = Z_95 * hypot(now.std_error, before.std_error)
    if not isfinite(margin):
        return Estimate(difference)
    return Estimate(difference, difference - margin, difference + margin)
