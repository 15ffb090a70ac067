"""Link the names of one organisation over the years: code proposes similar names, and a person decides.

Similarity cannot distinguish a misprint from a merger. So names are linked only by a person's decision, with
a reason that others can check.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pandas as pd
from rapidfuzz import fuzz, utils

from asn_research.errors import RawDataError, RequestError
from asn_research.rules.words import worded

#: The possible decisions: another spelling of the same name; the same organisation under a new name; a
#: similar name of another organisation or with another scope.
DECISIONS = ("spelling", "rename", "kept_apart")


def propose_same(frame: pd.DataFrame, *, name: str, period: str, likeness: float = 88) -> pd.DataFrame:
    """Propose pairs of names that may be one organisation: similar names that never occur in the same period.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per name and period.
    name, period : str
        The columns of the names and periods.
    likeness : float
        The smallest similarity of a proposed pair, from 0 to 100.

    Returns
    -------
    pd.DataFrame
        One row per pair, most similar first: published, other, likeness, seen, other_seen (periods).

    Raises
    ------
    RequestError
        If a column is absent, or the similarity is not on the scale up to 100.
    """
    _need(frame, [name, period])
    if not 1 < likeness <= 100:
        raise worded(RequestError, "error_likeness", likeness=likeness)
    seen = frame.groupby(name)[period].agg(set)
    rows = []
    for first, second in combinations(sorted(seen.index), 2):
        if seen[first] & seen[second]:
            continue
        score = fuzz.token_sort_ratio(first, second, processor=utils.default_process)
        if score >= likeness:
            rows.append((first, second, round(score), _span(seen[first]), _span(seen[second])))
    table = pd.DataFrame(rows, columns=["published", "other", "likeness", "seen", "other_seen"])
    return table.sort_values("likeness", ascending=False, kind="stable", ignore_index=True)


def _span(periods: set[object]) -> str:
    ordered = sorted(periods, key=str)
    return str(ordered[0]) if len(ordered) == 1 else f"{ordered[0]}–{ordered[-1]}"


def take_decisions(frame: pd.DataFrame, decisions: pd.DataFrame, *, name: str, period: str) -> pd.DataFrame:
    """Replace each name by the name that a person decided on.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per name and period.
    decisions : pd.DataFrame
        Columns published, taken_as, decision (one of `DECISIONS`) and reason.
    name, period : str
        The columns of names and periods in ``frame``.

    Returns
    -------
    pd.DataFrame
        The rows, with the decided name in ``name`` and the published one in ``published_name``.

    Raises
    ------
    RawDataError
        If a decision has no reason, has a name that is not in the data, contradicts another decision, or
        gives two rows of one period the same name.
    RequestError
        If a column is absent.
    """
    _need(frame, [name, period])
    _refuse_poor(decisions, set(frame[name]))
    joined = decisions.loc[decisions["decision"] != "kept_apart"]
    taken = dict(zip(joined["published"], joined["taken_as"], strict=True))
    out = frame.assign(published_name=frame[name], **{name: frame[name].map(lambda n: taken.get(n, n))})
    twice = out.loc[out.duplicated([name, period], keep=False)]
    if len(twice):
        row = twice.iloc[0]
        raise worded(RawDataError, "error_decision_same_period", period=row[period], name=row[name])
    return out


def _refuse_poor(decisions: pd.DataFrame, names: set[str]) -> None:
    _need(decisions, ["published", "taken_as", "decision", "reason"])
    joined = decisions.loc[decisions["decision"] != "kept_apart"]
    wrong = decisions.loc[~decisions["decision"].isin(DECISIONS), "published"]
    silent = decisions.loc[decisions["reason"].fillna("").str.strip() == "", "published"]
    unknown = joined.loc[~joined["published"].isin(list(names)), "published"]
    twice = joined.loc[joined["published"].duplicated(), "published"]
    chained = joined.loc[joined["taken_as"].isin(list(joined["published"])), "published"]
    if len(wrong):
        known = ", ".join(DECISIONS)
        raise worded(RawDataError, "error_decision_kind", name=wrong.iloc[0], known=known)
    if len(silent):
        raise worded(RawDataError, "error_decision_reason", name=silent.iloc[0])
    if len(unknown):
        raise worded(RawDataError, "error_decision_unknown", name=unknown.iloc[0])
    if len(twice):
        raise worded(RawDataError, "error_decision_twice", name=twice.iloc[0])
    if len(chained):
        raise worded(RawDataError, "error_decision_chained", name=chained.iloc[0])


def _need(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    absent = [name for name in columns if name not in frame]
    if absent:
        raise worded(RequestError, "error_columns_absent", names=", ".join(absent))
