"""What a hold means for the figures, in words: how many answers an index misses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from asn_research.clean.cleaned import Cleaned
from asn_research.rules.periods import Period
from asn_research.rules.words import load_words

#: A hold is worth a line if it takes so large a share of a unit's answers in a period.
_SHARE = 0.05
_LINES = 8


@dataclass(frozen=True)
class Held:
    """Answers of one unit and period that are held back.

    Parameters
    ----------
    unit_id, period : str
        Whose index misses them.
    n_held, n_kept : int
        Answers that are held back, and those from which the index is made.
    """

    unit_id: str
    period: str
    n_held: int
    n_kept: int

    def line(self, language: str) -> str:
        """Return the sentence that tells it."""
        when = Period.parse(self.period).label(language)
        if not self.n_kept:
            return load_words(language)("clean_held_all", n=self.n_held, unit=self.unit_id, period=when)
        return load_words(language)(
            "clean_held", n=self.n_held, unit=self.unit_id, period=when, kept=self.n_kept,
            total=self.n_kept + self.n_held,
        )  # fmt: skip


def held_answers(feedback: Cleaned | None) -> tuple[Held, ...]:
    """Return the units and periods whose index misses many answers, the most first."""
    if feedback is None:
        return ()
    rows = feedback.quarantine.drop_duplicates("row_id")
    held = rows.loc[(rows["unit_id"] != "") & (rows["period"] != "")].groupby(["unit_id", "period"]).size()
    kept = feedback.kept.groupby(["unit_id", "period"], observed=True).size()
    found = []
    for at, n in held.items():
        unit, period = str(at[0]), str(at[1])  # type: ignore[index]
        found.append(Held(unit, period, int(n), int(kept.get((unit, period), 0))))
    told = [one for one in found if one.n_held >= _SHARE * (one.n_held + one.n_kept)]
    return tuple(sorted(told, key=lambda one: (-one.n_held, one.unit_id, one.period))[:_LINES])


def read_held(told: Iterable[Sequence[Any]]) -> tuple[Held, ...]:
    """Read back what was remembered of an earlier run."""
    return tuple(Held(*one) for one in told)
