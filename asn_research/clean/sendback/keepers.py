"""The keeper of each source: who gets faulty rows back, and how they are found (`rules/send_back.csv`)."""

from __future__ import annotations

from functools import cache
from typing import Literal

from asn_research.rules.cities import Names, YesNo
from asn_research.rules.loading import RULES, FrozenModel, read_rows


class Keeper(FrozenModel):
    """The keeper (data owner) of the rows of a source.

    Parameters
    ----------
    source : str
        The source.
    keeper : str
        ``office``: the office of the row. ``sender``: the sender of the file, never the office that the row
        is about. ``survey``: the organiser of the survey, independent of the sender.
    found_by : tuple of str
        The columns by which the keeper finds a row in its own records.
    are_answers : bool
        Whether the cells are answers of people, which are never sent.
    why : str
        The reason for this choice.
    """

    source: str
    keeper: Literal["office", "sender", "survey"]
    found_by: Names = ()
    are_answers: YesNo
    why: str


@cache
def keepers() -> dict[str, Keeper]:
    """Load the keepers of all sources."""
    return {row.source: row for _, row in read_rows(Keeper, RULES / "send_back.csv")}
