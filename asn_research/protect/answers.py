"""Which surveys may be published row by row: the evaluator's worksheet, answers alone.

The sums of a worksheet follow from the counts and means of the elements, which are printed, so a worksheet does not
help anyone who subtracts published figures. A worksheet is published if all these means are published, if it has enough
respondents, and if no small set of rows is left when other published worksheets are subtracted from it: those of the
quarters from that of their year, and that of an earlier edition from that of a later one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from asn_research.protect.counted import CountedCity, CountedTable
from asn_research.protect.protected_table import ProtectedTable
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule

#: The measure, and the count of those who answered.
ANSWERS, OF_ANSWERS = "answers", "n"
#: In the ledger: what tells two worksheets of a unit and period apart, and how many rows each has.
DIGEST, N_ROWS = "digest", "n_rows"
_Key = tuple[str, str]
#: Kinds of periods that hold others, the smaller first.
_LARGER = ("S", "Y")


def worksheets_that_may_be_told(
    tables: Mapping[str, ProtectedTable], rule: DisclosureRule, past: Sequence[CountedCity] = ()
) -> ProtectedTable:
    """Return the rows of the surveys that may be published row by row, and no other row.

    Parameters
    ----------
    tables : mapping of str to ProtectedTable
        All measures, with everything hidden that is; `answers` among them. Without `satisfaction` and `elements`
        nothing is shown.
    rule : DisclosureRule
        The smallest sizes.
    past : sequence of mapping of str to CountedTable
        The editions that have been released, oldest first.
    """
    table = tables[ANSWERS]
    sizes = _sizes(table)
    whole = {key: n for key, n in sizes.items() if n >= rule.smallest_worksheet}
    with_means = _with_all_means(tables, sizes)
    released = {key: n for key, n in whole.items() if key in with_means}
    digests, earlier = _digests(table), _released_before(past)
    changed = {key for key in earlier if key in digests and _few_changed(key, digests, sizes, earlier, rule)}
    released = {key: n for key, n in released.items() if key not in changed}
    for kind in _LARGER:
        for key in sorted(key for key in released if Period.parse(key[1]).kind == kind):
            inside = {part for part in sizes if part[0] == key[0] and _is_inside(part[1], key[1])}
            if inside & changed or not _leaves_enough(key, released, sizes, earlier, rule):
                del released[key]
    keys = pd.Series(list(_keys(table.frame)), index=table.frame.index, dtype=object)
    return table.rows(keys.isin(released) if len(keys) else keys.astype(bool))


def counted_worksheets(whole: ProtectedTable, released: ProtectedTable) -> CountedTable:
    """Return what the ledger keeps of each worksheet: the number of rows, a digest, and whether it was published.

    Parameters
    ----------
    whole, released : ProtectedTable
        The answers of all surveys, and of those that are shown.
    """
    digests, sizes, shown = _digests(whole), _sizes(whole), set(_keys(released.frame))
    keys = pd.DataFrame(
        [(*key, digest) for key, digest in digests.items()], columns=["unit_id", "period", DIGEST]
    )
    numbers = pd.DataFrame({N_ROWS: [float(sizes[key]) for key in digests]}, dtype="float64")
    hidden = pd.DataFrame({N_ROWS: [key not in shown for key in digests]}, dtype=bool)
    ends = pd.DataFrame({N_ROWS: [""] * len(keys)}, dtype=object)
    return CountedTable(keys, numbers, hidden, hidden, ends)


def _keys(frame: pd.DataFrame) -> Iterator[_Key]:
    yield from zip(frame["unit_id"].astype("str"), frame["period"].astype("str"), strict=True)


def _sizes(table: ProtectedTable) -> dict[_Key, int]:
    """Return how many respondents each unit and period has."""
    by = table.frame[["unit_id", "period", OF_ANSWERS]].drop_duplicates()
    return dict(zip(_keys(by), (int(n) for n in by[OF_ANSWERS]), strict=True))


def _with_all_means(tables: Mapping[str, ProtectedTable], sizes: Mapping[_Key, int]) -> set[_Key]:
    """Return the units and periods whose index and every element's mean are shown, of the same respondents."""
    index, elements = tables.get("satisfaction"), tables.get("elements")
    if index is None or elements is None:
        return set()
    frame = index.frame.dropna(subset=["index", "n_respondents"])
    found = {key for key, n in zip(_keys(frame), frame["n_respondents"], strict=True) if sizes.get(key) == n}
    lacking = elements.frame[elements.frame[["n", "mean"]].isna().any(axis=1)]
    return found - set(_keys(lacking))


def _is_inside(part: str, whole: str) -> bool:
    one, other = Period.parse(part), Period.parse(whole)
    return part != whole and other.first_day <= one.first_day and one.last_day <= other.last_day


def _leaves_enough(
    key: _Key,
    released: Mapping[_Key, int],
    sizes: Mapping[_Key, int],
    earlier: Mapping[_Key, Any],
    rule: DisclosureRule,
) -> bool:
    """Whether a larger period minus the published worksheets of its parts has no row left, or enough rows."""
    unit, period = key
    known = {**{k: sizes[k] for k in earlier if k in sizes}, **released}
    parts = sorted(
        (p for u, p in known if u == unit and _is_inside(p, period)),
        key=lambda p: Period.parse(p).first_day.toordinal() - Period.parse(p).last_day.toordinal(),
    )
    covered: list[str] = []
    for part in parts:
        # The longest periods first. A part of a period that is subtracted already is not subtracted twice.
        if not any(_is_inside(part, each) for each in covered):
            covered.append(part)
    left = sizes[key] - sum(known[unit, part] for part in covered)
    return left == 0 or left >= rule.smallest_worksheet


# ---------------------------------------------------------------- editions


def _digests(table: ProtectedTable) -> dict[_Key, str]:
    """Return a digest of each unit's and period's rows."""
    frame = table.frame
    cells = frame[[name for name in frame if str(name).startswith("u") and str(name) != "unit_id"]]
    values = np.ascontiguousarray(np.nan_to_num(cells.to_numpy(dtype="float64", na_value=np.nan), nan=-1.0))
    found: dict[_Key, Any] = {}
    for key, row in zip(_keys(frame), values, strict=True):
        found.setdefault(key, hashlib.blake2b(digest_size=16)).update(row.tobytes())
    return {key: digest.hexdigest() for key, digest in found.items()}


def _released_before(past: Sequence[CountedCity]) -> dict[_Key, list[tuple[str, float]]]:
    """Return the worksheets that earlier editions have shown: of each the digest and the number of rows."""
    found: dict[_Key, list[tuple[str, float]]] = {}
    for table in (edition[ANSWERS] for edition in past if ANSWERS in edition):
        shown = ~table.hidden[N_ROWS].to_numpy(dtype=bool)
        for key, digest, n, is_shown in zip(
            _keys(table.keys), table.keys[DIGEST], table.numbers[N_ROWS], shown, strict=True
        ):
            if is_shown:
                found.setdefault(key, []).append((str(digest), float(n)))
    return found


def _few_changed(
    key: _Key,
    digests: Mapping[_Key, str],
    sizes: Mapping[_Key, int],
    earlier: Mapping[_Key, list[tuple[str, float]]],
    rule: DisclosureRule,
) -> bool:
    """Whether an earlier edition published other rows, and the numbers of rows differ by too few."""
    return any(
        digest != digests[key] and abs(n - sizes[key]) < rule.smallest_worksheet for digest, n in earlier[key]
    )
