"""How often intervals held the truth in simulations, where that is not surely 95 %: fits say it beside them.

The simulations are those of ``benchmarks/recovery.md``; a test compares the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from asn_research.rules.words import Said, said


@dataclass(frozen=True)
class Measured:
    """The coverage of an interval of 95 %.

    Parameters
    ----------
    pct : Decimal
        In so many percent of the simulations the interval held the truth.
    n : int
        Number of simulations.
    """

    pct: Decimal
    n: int


#: Natural effects with a logit stage (500 rows), and the 90 % quantile (1,200 rows in 30 groups).
MEASURED = {
    "natural": Measured(Decimal("92.8"), 500),
    "quantile": Measured(Decimal("90.0"), 280),
}


def coverage_note(what: str) -> Said:
    """Return the sentence that tells how often an interval held the truth in simulations.

    Parameters
    ----------
    what : str
        A key of `MEASURED`.

    Examples
    --------
    >>> "92.8%" in coverage_note("natural")
    True
    """
    found = MEASURED[what]
    return said(f"note_coverage_{what}", pct=found.pct, n=found.n)
