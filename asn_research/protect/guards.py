"""`Guard`: which columns speak of how many people, and when that is too few to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from asn_research.errors import DisclosureError
from asn_research.rules.regulations import DisclosureRule

GroupKind = Literal["employees", "raters", "citizens", "cells"]
#: Whether nobody may be told from a few: always; only in a group that is large; never.
Zero = Literal["shown", "large", "hidden"]
#: What needs more people than a group has: a quantile of theirs, what a model makes of them, and their single answers.
NumberKind = Literal["", "quantile", "estimate", "row"]
#: At which end a share is told: at most, at least; neither.
End = Literal["", "bottom", "top"]
Array = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Guard:
    """Which columns speak of how many people.

    Parameters
    ----------
    kind : {"employees", "raters", "citizens", "cells"}
        Whose smallest group applies; ``cells`` are parts of a group that is large enough itself.
    count : str
        Column with the number of people behind the row, or with their share if `per` is given. It is
        masked with the values.
    columns : tuple of str
        The columns that those people's data made.
    of : str
        Column with the number of which `count` is a part. The rest of it must be as large.
    per : float
        What a share of everybody is written as: 100 in percent, 1000 per thousand; 0 for a number.
    zero : {"shown", "large", "hidden"}
        Whether a part of nobody, or of everybody, is shown: always, in a large group, or never.
    is_additive : bool
        Whether the numbers of parts add up to that of their whole.
    of_number : {"", "quantile", "estimate", "row"}
        Of which numbers the columns are, where these need more people than the count itself.
    is_told : bool
        Whether the number of people is told whatever it is, and only what they answered needs a group.
    coded : str
        The column that says at which end a share is told in the exact one's place; none if it is told exactly.

    Examples
    --------
    >>> Guard("cells", "n_met", ("met_pct",), of="n").masked
    ('n_met', 'met_pct')
    """

    kind: GroupKind
    count: str
    columns: tuple[str, ...] = ()
    of: str = ""
    per: float = 0.0
    zero: Zero = "shown"
    is_additive: bool = True
    of_number: NumberKind = ""
    is_told: bool = False
    coded: str = ""

    @property
    def masked(self) -> tuple[str, ...]:
        """The columns that are of too few when the group is too small."""
        return self.columns if self.of_number else tuple(dict.fromkeys((self.count, *self.columns)))

    @property
    def blanked(self) -> tuple[str, ...]:
        """The columns of which no number is left then."""
        return tuple(name for name in self.masked if not (self.is_told and name == self.count))

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which the sizes are not known."""
        return tuple(name for name in (self.count, self.of) if name)

    def smallest(self, rule: DisclosureRule) -> int:
        """Return the smallest number of people that may be shown."""
        if self.of_number:
            needed = {
                "quantile": rule.smallest_quantile, "estimate": rule.smallest_estimate, "row": rule.smallest_worksheet,
            }  # fmt: skip
            return needed[self.of_number]
        if self.kind == "cells":
            return rule.smallest_cell
        return int(getattr(rule.smallest_group, self.kind))

    def amounts(self, frame: pd.DataFrame) -> tuple[Array, ...]:
        """Return the numbers that must not be small: of the part, and of the rest of its whole."""
        number = _numbers(frame[self.count])
        if not self.of:
            return (number,)
        whole = _numbers(frame[self.of])
        if self.per:
            number = np.round(number * whole / self.per, 6)
        return number, whole - number

    def too_small(self, frame: pd.DataFrame, rule: DisclosureRule) -> Mask:
        """Return the rows whose values stand for too few people, or for nobody knows how many."""
        least = self.smallest(rule)
        number, *rest = amounts = self.amounts(frame)
        hidden = np.isnan(number) | ((number > 0) & (number < least))
        for amount in rest:
            # A rest below zero: the part is not of that whole, and its size is not known.
            hidden |= (amount < 0) | ((amount > 0) & (amount < least))
            hidden |= np.isnan(amount) & self._says_something(frame)
        hidden |= self._tells_of_all(amounts, rule)
        return np.asarray(hidden | (self.ends(frame, rule) != ""), dtype=bool)

    def untold(self, frame: pd.DataFrame, rule: DisclosureRule) -> Array:
        """Return by row the number of people from which on the number may be told."""
        least = np.full(len(frame), float(self.smallest(rule)))
        if not self.coded:
            return least
        whole = _numbers(frame[self.of])
        return np.where(rule.is_coded(whole), np.fmax(least, rule.most_at_end(whole) + 1), least)

    def ends(self, frame: pd.DataFrame, rule: DisclosureRule) -> np.ndarray[Any, Any]:
        """Return at which end each row's share is told, where it is not told exactly.

        An end is told where it holds all numbers that may not be told apart from nobody.
        """
        found = np.full(len(frame), "", dtype=object)
        if not self.coded:
            return found
        number, rest = self.amounts(frame)
        most = np.where(rule.is_coded(number + rest), rule.most_at_end(number + rest), -1.0)
        found[(rest >= 0) & (rest <= most)] = "top"
        found[(number >= 0) & (number <= most)] = "bottom"
        return found

    def _says_something(self, frame: pd.DataFrame) -> Mask:
        """Return the rows with a value of the people behind them, beside their number."""
        columns = [column for column in self.columns if column in frame]
        return frame[columns].notna().any(axis=1).to_numpy(dtype=bool)

    def _tells_of_all(self, amounts: tuple[Array, ...], rule: DisclosureRule) -> Mask:
        """Return the rows in which nobody, or everybody, is the part, where that may not be told."""
        nobody = np.any([amount == 0 for amount in amounts], axis=0)
        whole = np.sum(amounts, axis=0)
        if self.zero == "large":
            nobody &= (whole > 0) & (whole < rule.homogeneous_from)
        return nobody if self.zero != "shown" else np.zeros(len(nobody), dtype=bool)


def _numbers(column: pd.Series[Any]) -> Array:
    return pd.to_numeric(column).to_numpy(dtype="float64", na_value=np.nan)


def require_sizes(frame: pd.DataFrame, guards: Sequence[Guard]) -> None:
    """Refuse a table without the counts that say how many people stand behind it.

    Raises
    ------
    DisclosureError
        If a guard's count is not a column.
    """
    missing = sorted({name for guard in guards for name in guard.needed if name not in frame})
    if missing:
        msg = f"The table has no column {', '.join(missing)}, so its groups' sizes are not known; keep the counts."
        raise DisclosureError(msg)
