"""To whom a row goes back, and by what its keeper finds it; the table is `rules/send_back.csv`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from asn_research.rules.cities import Names, YesNo
from asn_research.rules.loading import RULES, FrozenModel, read_rows


class Keeper(FrozenModel):
    """Who keeps a source's rows.

    Parameters
    ----------
    source : str
        The source.
    keeper : str
        ``office``: the office of the row; ``sender``: whoever sent the file, and never the office that the row
        speaks of; ``survey``: the organiser of the survey, whoever sent the file.
    found_by : tuple of str
        Columns by which the keeper finds a row in its own books.
    are_answers : bool
        Whether what cells said are people's answers, which are never sent.
    why : str
        Why so.
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
