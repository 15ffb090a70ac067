"""How many respondents a survey needs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from asn_research.rules.regulations import round_half_up

_CHI_SQUARE, _SHARE, _PRECISION = Fraction("3.841"), Fraction(1, 2), Fraction("0.05")


def needed_respondents(population: int) -> int:
    """Return the sample size of Krejcie and Morgan for a population.

    The published table rounds to the nearest whole number. At 100,000 it prints 384 where its own
    formula gives 383; the formula is followed here.

    Parameters
    ----------
    population : int
        Number of people served.

    Returns
    -------
    int
        Respondents needed at 5 % precision, 95 % confidence and a share of one half.

    References
    ----------
    Krejcie, R. V. and Morgan, D. W. (1970). Educational and Psychological Measurement 30, 607-610.

    Examples
    --------
    >>> needed_respondents(50), needed_respondents(1000)
    (44, 278)
    """
    spread = _CHI_SQUARE * _SHARE * (1 - _SHARE)
    exact = spread * population / (_PRECISION**2 * (population - 1) + spread)
    size: Decimal = round_half_up(exact, 0)
    return int(size)
