"""Equal rows in two sheets: hashes of rows, pairs of equal rows in their order, runs of them, and rows between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from asn_research.clean.working import Prepared

#: A row that occurs in more sheets than this is no evidence that two of them share rows.
_COMMON = 60


def shared_counts(code: np.ndarray, group: np.ndarray) -> dict[tuple[int, int], int]:
    """Return, for each pair of groups, the number of codes that both have."""
    pairs = pd.DataFrame({"code": code, "group": group}).drop_duplicates()
    shared = pairs.loc[pairs["code"].duplicated(keep=False)].sort_values(["code", "group"])
    counts: dict[tuple[int, int], int] = {}
    if shared.empty:
        return counts
    groups = shared["group"].to_numpy()
    starts = np.flatnonzero(np.r_[True, shared["code"].to_numpy()[1:] != shared["code"].to_numpy()[:-1]])
    for first, last in zip(starts, [*starts[1:], len(groups)], strict=True):
        here = groups[first:last]
        if len(here) <= _COMMON:
            for pair in combinations(here.tolist(), 2):
                counts[pair] = counts.get(pair, 0) + 1
    return counts


def equal_pairs(a: np.ndarray, b: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs (i, j) of equal rows of two sheets; no row is used twice, and the order is followed.

    If a row has several equal rows, the one directly after the last match is taken, so that blocks stay
    together.
    """
    waiting: dict[int, list[int]] = {}
    for j in range(len(b) - 1, -1, -1):
        waiting.setdefault(int(b[j]), []).append(j)
    pairs: list[tuple[int, int]] = []
    used: set[int] = set()
    after = -1
    for i, code in enumerate(a.tolist()):
        places = waiting.get(int(code))
        if not places:
            continue
        # Take the row directly after the last match if it is equal; else the first unused equal row.
        j = after + 1 if after + 1 < len(b) and int(b[after + 1]) == code and after + 1 not in used else -1
        while j < 0 and places:
            place = places.pop()
            j = place if place not in used else -1
        if j < 0:
            continue
        used.add(j)
        pairs.append((i, j))
        after = j
    return pairs


def runs(matches: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield the runs of matches that are consecutive in both sheets."""
    run: list[tuple[int, int]] = []
    for i, j in matches:
        if run and (i, j) != (run[-1][0] + 1, run[-1][1] + 1):
            yield run
            run = []
        run.append((i, j))
    yield run


def pairs_between(matches: list[tuple[int, int]], n_a: int, n_b: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of different rows at the same position between rows that two sheets share.

    Such a pair may be two versions of one row.
    """
    ends = [(-1, -1), *matches, (n_a, n_b)]
    for (i, j), (k, m) in pairwise(ends):
        if 1 < k - i == m - j:
            yield from ((i + step, j + step) for step in range(1, k - i))


def row_hashes(rows: Prepared, at: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return a 64-bit hash of some columns for each row; column by column, to save memory.

    Among a million rows, the probability that two different rows get the same hash is below one in ten
    million.
    """
    key = np.zeros(len(at), np.uint64)
    for name in names:
        part = value_codes(rows.values[name].iloc[at]).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ part) * np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(29)
    return key


def value_codes(column: pd.Series) -> np.ndarray:
    """Return a column as integer codes, equal for equal values; -1 for missing values and empty texts."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        empty = column.cat.categories.get_indexer(pd.Index([""]))[0]
        return np.where(codes == empty, -1, codes) if empty >= 0 else codes
    return np.asarray(pd.factorize(column, use_na_sentinel=True)[0], np.int64)
