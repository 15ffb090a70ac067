"""`Guard`: the count of people on whose data some columns rest, and when these are too few to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from asn_research.errors import DisclosureError
from asn_research.rules.regulations import DisclosureRule

GroupKind = Literal["employees", "raters", "citizens", "cells"]
#: Whether a number of zero may be shown as such: always; only in a large group; never.
Zero = Literal["shown", "large", "hidden"]
#: Kinds of numbers that need more people than the smallest group: quantiles, model estimates, and single answers.
NumberKind = Literal["", "quantile", "estimate", "row"]
#: How a share is coded: bottom ("at most"), top ("at least"), or not at all.
End = Literal["", "bottom", "top"]
Array = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Guard:
    """The rule that suppresses some columns if the count of people on whose data they rest is too small.

    Parameters
    ----------
    kind : {"employees", "raters", "citizens", "cells"}
        The kind of group whose smallest size applies; ``cells`` are parts of a group that is large enough.
    count : str
        Column with the number of people, or with their share if `per` is given. It is suppressed together
        with the values.
    columns : tuple of str
        The columns that are computed from the data of these people.
    of : str
        Column with the whole of which `count` is a part. The remainder must be as large as the part.
    per : float
        The value of a share of 100 percent: 100 in percent, 1000 per thousand; 0 if `count` is a number.
    zero : {"shown", "large", "hidden"}
        Whether a part of nobody, or of everybody, is shown: always, in a large group, or never.
    is_additive : bool
        Whether the numbers of parts add up to that of their whole.
    of_number : {"", "quantile", "estimate", "row"}
        The kind of the columns, if they need more people than the count itself.
    is_public : bool
        Whether the number of people is always shown, and only the values computed from it are suppressed.
    coded : str
        The column that says whether a share is top-coded or bottom-coded; empty if it is never coded.

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
    is_public: bool = False
    coded: str = ""

    @property
    def masked(self) -> tuple[str, ...]:
        """The columns that are marked as suppressed if the group is too small."""
        return self.columns if self.of_number else tuple(dict.fromkeys((self.count, *self.columns)))

    @property
    def blanked(self) -> tuple[str, ...]:
        """The columns whose values are then removed: all marked ones, except a count that is always shown."""
        return tuple(name for name in self.masked if not (self.is_public and name == self.count))

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that are needed to know the sizes."""
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
        """Return the numbers that must not be small: of the part, and of the remainder of its whole."""
        number = _numbers(frame[self.count])
        if not self.of:
            return (number,)
        whole = _numbers(frame[self.of])
        if self.per:
            number = np.round(number * whole / self.per, 6)
        return number, whole - number

    def too_small(self, frame: pd.DataFrame, rule: DisclosureRule) -> Mask:
        """Return the rows whose values rest on too few people, or on an unknown number of people."""
        least = self.smallest(rule)
        number, *rest = amounts = self.amounts(frame)
        hidden = np.isnan(number) | ((number > 0) & (number < least))
        for amount in rest:
            # A negative remainder means that the count is not a part of that whole, so its size is unknown.
            hidden |= (amount < 0) | ((amount > 0) & (amount < least))
            hidden |= np.isnan(amount) & self._says_something(frame)
        hidden |= self._tells_of_all(amounts, rule)
        return np.asarray(hidden | (self.ends(frame, rule) != ""), dtype=bool)

    def untold(self, frame: pd.DataFrame, rule: DisclosureRule) -> Array:
        """Return, by row, the smallest number of people that may be shown exactly."""
        least = np.full(len(frame), float(self.smallest(rule)))
        if not self.coded:
            return least
        whole = _numbers(frame[self.of])
        return np.where(rule.is_coded(whole), np.fmax(least, rule.most_at_end(whole) + 1), least)

    def ends(self, frame: pd.DataFrame, rule: DisclosureRule) -> np.ndarray[Any, Any]:
        """Return, by row, whether the share is top-coded or bottom-coded; empty if it is shown exactly.

        A share is coded if it lies so near to 0 or 100 percent that it must not be distinguishable from it.
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
        """Return the rows with at least one value besides the count of people."""
        columns = [column for column in self.columns if column in frame]
        return frame[columns].notna().any(axis=1).to_numpy(dtype=bool)

    def _tells_of_all(self, amounts: tuple[Array, ...], rule: DisclosureRule) -> Mask:
        """Return the rows whose part is nobody or everybody, if this may not be shown."""
        nobody = np.any([amount == 0 for amount in amounts], axis=0)
        whole = np.sum(amounts, axis=0)
        if self.zero == "large":
            nobody &= (whole > 0) & (whole < rule.homogeneous_from)
        return nobody if self.zero != "shown" else np.zeros(len(nobody), dtype=bool)


def _numbers(column: pd.Series[Any]) -> Array:
    return pd.to_numeric(column).to_numpy(dtype="float64", na_value=np.nan)


def require_sizes(frame: pd.DataFrame, guards: Sequence[Guard]) -> None:
    """Raise an error if a table lacks a count of people that a guard needs.

    Raises
    ------
    DisclosureError
        If the count of a guard is not a column.
    """
    missing = sorted({name for guard in guards for name in guard.needed if name not in frame})
    if missing:
        msg = f"The table has no column {', '.join(missing)}, so its groups' sizes are not known; keep the counts."
        raise DisclosureError(msg)
