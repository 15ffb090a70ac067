"""Whole numbers in given proportions that add up to a given whole."""

from __future__ import annotations

from collections.abc import Sequence


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Divide a whole number in proportion to weights, by the method of largest remainders (Hamilton's).

    Each part is its exact share, rounded up or down; parts with the largest fractions are rounded up, of equal
    fractions the first. Rounding each share by itself gives parts that may miss the total.

    Parameters
    ----------
    total : int
        What is divided.
    weights : sequence of int
        In what proportion, none negative.

    Returns
    -------
    list of int
        One part for each weight; zeros if all weights are zero.

    Examples
    --------
    >>> apportion(116, [36, 76, 53])
    [25, 54, 37]
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in by_rest[: total - sum(parts)]:
        parts[at] += 1
    return parts
