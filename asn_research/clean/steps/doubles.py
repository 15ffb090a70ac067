"""Count rows that occur in several files or sheets once; of two versions of a row, keep the later one.

Offices send cumulative exports, corrected copies, and a sheet for each month in addition to one for all
months. Different people may give equal answers, so equal rows within one sheet are all kept. Equal rows in
two sheets are treated as the same row only if they form a block that is too long for chance.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import PurePath

import numpy as np
import pandas as pd

from asn_research.clean.questions.open_questions import WAITS
from asn_research.clean.working import Prepared
from asn_research.rules.codebooks import fold
from asn_research.rules.month_names import MONTHS
from asn_research.rules.questions import Answers, Question

REPEATED, EARLIER = "repeated_in_other_file", "earlier_version"
#: The smallest length of a block of consecutive distinct rows that two sheets share; for rows without a date,
#: the second.
_RUN, _RUN_UNDATED = 3, 6
#: If the order differs, the other sheet must contain this share of the distinct rows of the smaller sheet.
_MOST = 0.8
#: A row that occurs in more sheets than this is no evidence that two of them share rows.
_COMMON = 60
#: The share of columns in which two versions of a row must agree.
_ALIKE = 0.5
#: A smaller difference in seconds between two saving times is no evidence: the files may have been copied
#: together.
_APART = 3600.0
#: The values of `status` that a later export may replace.
_OPEN = {"open", "pending"}
_LATER = re.compile(
    r"\b(?:final|fix|revisi|rev|koreksi|perbaikan|terbaru|baru|updated?|v)\s*\d*\b|\((\d+)\)", re.IGNORECASE
)
_DAY_IN_NAME = re.compile(
    rf"(?:\b(\d{{1,2}})\s+)?\b({'|'.join(sorted(MONTHS, key=len, reverse=True))})\s+(20\d\d)\b"
)
#: Sources whose files describe the state on a day, so that the file with the later day is valid.
_STATES = {"employees"}
_EARLIER = re.compile(r"\b(?:lama|draft|draf|konsep|old|awal|sementara)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Versions:
    """Information about the files that rows come from, and counts of replaced rows.

    Parameters
    ----------
    answers : mapping of str to str
        The answers given by a person, by the key of the question.
    saved : mapping of str to float
        The time at which each file was last saved, in seconds.
    replaced : counter of (str, str, str)
        An output: the number of rows that rows of another file replaced, by reason, file and other file.
    twice : counter of (str, str)
        An output: by unit and period, the number of rows that wait together with another version of the same
        row.
    """

    answers: Answers = field(default_factory=dict)
    saved: Mapping[str, float] = field(default_factory=dict)
    replaced: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    twice: Counter[tuple[str, str]] = field(default_factory=Counter)

    def later(self, one: str, other: str, *, is_state: bool = False) -> str:
        """Return the later of two files, by their names or saving times; empty if neither shows it.

        For files that describe a state (``is_state``), a date in the name is used too.
        """
        if one == other:
            return ""
        later = _later_by_name(one, other) or (_later_by_day(one, other) if is_state else "")
        if later:
            return later
        apart = self.saved.get(one, 0.0) - self.saved.get(other, 0.0)
        if abs(apart) < _APART:
            return ""
        return one if apart > 0 else other


def _later_by_name(one: str, other: str) -> str:
    stems = [re.sub(r"[_\-]+", " ", PurePath(name).stem) for name in (one, other)]
    plain = [fold(_EARLIER.sub(" ", _LATER.sub(" ", stem))) for stem in stems]
    if plain[0] != plain[1]:
        return ""
    ranks = [(len(_LATER.findall(stem)) - len(_EARLIER.findall(stem)), _number(stem)) for stem in stems]
    if ranks[0] == ranks[1]:
        return ""
    return one if ranks[0] > ranks[1] else other


def _later_by_day(one: str, other: str) -> str:
    """Return the file with the later date in its name, if the names are otherwise equal; else empty."""
    stems = [re.sub(r"[_\-]+", " ", PurePath(name).stem).casefold() for name in (one, other)]
    found = [_DAY_IN_NAME.findall(stem) for stem in stems]
    if (
        any(len(days) != 1 for days in found)
        or len({fold(_DAY_IN_NAME.sub(" ", stem)) for stem in stems}) > 1
    ):
        return ""
    days = [(int(year), MONTHS[month], int(day or 0)) for ((day, month, year),) in found]
    return "" if days[0] == days[1] else one if days[0] > days[1] else other


def _number(stem: str) -> int:
    return max((int(n) for n in re.findall(r"(?:rev\w*|v|\()\s*(\d{1,3})\b", stem, re.IGNORECASE)), default=0)


def resolve_versions(rows: Prepared, keys: Sequence[str], versions: Versions) -> Prepared:
    """Mark rows that also occur in another file or sheet, and earlier versions of rows.

    Parameters
    ----------
    rows : Prepared
        The rows of all files of a source.
    keys : sequence of str
        The columns that identify a case; empty if none do.
    versions : Versions
        Information about the files. Its counters are filled in.

    Returns
    -------
    Prepared
    """
    free = ~rows.marked("foreign", "exclude")
    at = np.flatnonzero(free)
    if not len(at):
        return rows
    place = rows.place.iloc[at]
    names = place["file"].astype("str") + "\x1f" + place["sheet"].astype("str")
    group, known = pd.factorize(names)
    if len(known) < 2:
        return rows
    files = [str(name).split("\x1f")[0] for name in known]
    columns = [str(name) for name in rows.values]
    whole = _hashed(rows, at, columns)
    if keys and all(key in rows.values for key in keys):
        own = _hashed(rows, at, keys)
        chosen = _conflicting(rows, at, keys, own, whole)
        if not len(chosen):
            return rows
        table = _Table(rows, at[chosen], group[chosen], files, versions, columns, whole[chosen])
        return table.resolve_by_key(own[chosen], _counted(own, group))
    pairs = _sharing(whole, group)
    if not pairs:
        return rows
    chosen = np.flatnonzero(np.isin(group, sorted({g for pair in pairs for g in pair})))
    table = _Table(rows, at[chosen], group[chosen], files, versions, columns, whole[chosen])
    return table.resolve_by_blocks(pairs)


def _conflicting(
    rows: Prepared, at: np.ndarray, keys: Sequence[str], own: np.ndarray, whole: np.ndarray
) -> np.ndarray:
    """Return the positions of rows that share their key with a row of different content."""
    known = ~rows.marked("quarantine")[at]
    for key in keys:
        column = rows.values[key].iloc[at]
        known &= (column.notna() & (column.astype("str") != "")).to_numpy()
    frame = pd.DataFrame({"key": own, "whole": whole}).loc[known]
    distinct = frame.drop_duplicates()
    several = distinct.loc[distinct["key"].duplicated(keep=False), "key"]
    return np.asarray(frame.index[frame["key"].isin(several)])


def _sharing(whole: np.ndarray, group: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of sheets that share more than one row."""
    return [pair for pair, n in _counted(whole, group).items() if n >= 2]


def _counted(code: np.ndarray, group: np.ndarray) -> dict[tuple[int, int], int]:
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


class _Table:
    """The possible duplicates of a source, as integer codes, with the decisions made so far."""

    def __init__(
        self, rows: Prepared, at: np.ndarray, group: np.ndarray, files: list[str], versions: Versions,
        names: list[str], whole: np.ndarray,
    ) -> None:  # fmt: skip
        self.rows, self.at, self.group, self.files, self.versions = rows, at, group, files, versions
        self.names, self.hash = names, whole
        self.codes = np.stack([_codes(rows.values[name].iloc[at]) for name in names], axis=1)
        self.alive = np.ones(len(at), bool)
        self.out: dict[str, list[int]] = {REPEATED: [], EARLIER: []}
        self.asked: list[tuple[Question, list[int]]] = []

    def resolve_by_blocks(self, sharing: Sequence[tuple[int, int]]) -> Prepared:
        """Decide about duplicates in a source without columns that identify a case."""
        order = np.argsort(self.rows.place["row"].to_numpy()[self.at], kind="stable")
        members = {g: order[self.group[order] == g] for g in {g for pair in sharing for g in pair}}
        # Smallest sheets first: rows shared by a month and a quarter are decided before those shared with a
        # year.
        for one, other in sorted(sharing, key=lambda pair: (min(len(members[g]) for g in pair), pair)):
            self._resolve_pair(*self._in_order(members, one, other))
        return self._marked()

    def _in_order(
        self, members: Mapping[int, np.ndarray], one: int, other: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of two sheets; the rows of the first one are replaced by those of the second."""
        a, b = (members[g][self.alive[members[g]]] for g in (one, other))
        later = self.versions.later(self.files[one], self.files[other])
        if len(a) > len(b) or (len(a) == len(b) and later == self.files[one]):
            a, b = b, a
        return a, b

    def _resolve_pair(self, a: np.ndarray, b: np.ndarray) -> None:
        matches = _matched(self.hash[a], self.hash[b])
        if not matches or not self._is_block(a, b, matches):
            return
        for i, j in matches:
            self._drop(int(a[i]), REPEATED, int(b[j]))
        replaced = [
            (int(a[i]), int(b[j]))
            for i, j in _beside(matches, len(a), len(b))
            if self._are_versions(int(a[i]), int(b[j]))
        ]
        self._resolve_conflicts(replaced)

    def _is_block(self, a: np.ndarray, b: np.ndarray, matches: list[tuple[int, int]]) -> bool:
        """Return whether the shared rows of two sheets form a long block, or a share too large for chance."""
        least = _RUN if self._have_days(a) else _RUN_UNDATED
        longest = max(len({int(self.hash[a[i]]) for i, _ in run}) for run in _runs(matches))
        distinct = len({int(self.hash[a[i]]) for i, _ in matches})
        smaller = min(len(set(self.hash[a].tolist())), len(set(self.hash[b].tolist())))
        if longest >= least:
            return True
        return distinct >= max(2, _MOST * smaller) and (distinct >= least or self._have_days(a))

    def _have_days(self, a: np.ndarray) -> bool:
        return any(
            self.rows.values[name].dtype.kind == "M"
            and self.rows.values[name].iloc[self.at[a]].notna().mean() > _MOST
            for name in self.names
        )

    def _are_versions(self, i: int, j: int) -> bool:
        known = (self.codes[i] >= 0) | (self.codes[j] >= 0)
        return bool(known.any()) and (self.codes[i] == self.codes[j])[known].mean() >= _ALIKE

    def resolve_by_key(self, key: np.ndarray, n_shared: Mapping[tuple[int, int], int]) -> Prepared:
        """Decide about duplicates in a source with columns that identify a case."""
        frame = pd.DataFrame({"row": np.arange(len(key)), "key": key, "hash": self.hash})
        conflicts = [
            (i, j)
            for _, here in frame.drop_duplicates(["key", "hash"]).groupby("key", sort=False)
            for i, j in combinations(here["row"].tolist(), 2)
            if self.group[i] != self.group[j]
        ]
        self._resolve_conflicts(conflicts, {pair for pair, n in n_shared.items() if n >= _RUN})
        # Rows of the same sheet that are equal to a replaced row are replaced too.
        gone = {(int(self.group[i]), int(self.hash[i])) for i in self.out[EARLIER]}
        for i in np.flatnonzero(self.alive) if gone else ():
            if (int(self.group[i]), int(self.hash[i])) in gone:
                self._drop(int(i), EARLIER)
        return self._marked()

    def _resolve_conflicts(
        self, pairs: Sequence[tuple[int, int]], may_ask: set[tuple[int, int]] | None = None
    ) -> None:
        """Decide which of two versions of a row is valid.

        If one version has all values of the other and some more, it is kept. For the other pairs the choice is made
        once for both sheets: the sheet whose rows were fuller elsewhere holds; if that is not clear, the user is
        asked. For pairs of sheets that are not in ``may_ask`` (they share few cases) no question is asked; their
        rows are quarantined.
        """
        rest: dict[tuple[int, int], list[tuple[int, int]]] = {}
        votes: dict[tuple[int, int], set[int]] = {}
        for i, j in pairs:
            one, other = sorted((int(self.group[i]), int(self.group[j])))
            fuller = self._fuller(i, j)
            if fuller is None:
                rest.setdefault((one, other), []).append((i, j))
                continue
            votes.setdefault((one, other), set()).add(int(self.group[fuller]))
            self._drop(j if fuller == i else i, EARLIER, fuller)
        for groups, conflicts in rest.items():
            is_asked = may_ask is None or groups in may_ask
            self._resolve_files(groups, conflicts, votes.get(groups, set()), is_asked=is_asked)

    def _resolve_files(
        self, groups: tuple[int, int], conflicts: list[tuple[int, int]], votes: set[int], *, is_asked: bool
    ) -> None:
        files = [self.files[g] for g in groups]
        is_state = self.rows.source in _STATES
        newer = self.versions.later(*files, is_state=is_state) if is_asked else ""
        later = groups[files.index(newer)] if newer else -1
        if len(votes) == 1:
            # The rows that were decided by their content all point to the same file as the later one.
            later = next(iter(votes))
        if later < 0 and is_asked and files[0] != files[1]:
            later = self._ask(files, groups, conflicts)
        if later < 0:
            return
        for i, j in conflicts:
            if self.alive[i] and self.alive[j]:
                gone, holds = (i, j) if self.group[j] == later else (j, i)
                self._drop(gone, EARLIER, holds)

    def _ask(self, files: list[str], groups: tuple[int, int], conflicts: list[tuple[int, int]]) -> int:
        """Ask a person which of two files is the newer one, and return its group (file and sheet).

        The question concerns the rows of which both files have a version. Without an answer the result is -1, and
        these rows wait.
        """
        first, second = sorted(files)
        question = Question(
            "newer_version", self.rows.source, "", f"{first}|{second}", "", {"first": first, "second": second},
            (("1", first), ("2", second)),
        )  # fmt: skip
        self.asked.append((question, [k for pair in conflicts for k in pair]))
        chosen = {"1": first, "2": second}.get(self.versions.answers.get(question.key, ""), "")
        if not chosen:
            self._count_twice({i for i, _ in conflicts})
        return groups[files.index(chosen)] if chosen else -1

    def _count_twice(self, waiting: set[int]) -> None:
        values = self.rows.values
        if {"unit_id", "period"} <= set(values):
            pairs = values[["unit_id", "period"]].iloc[self.at[sorted(waiting)]].astype("str")
            self.versions.twice.update(pairs.itertuples(index=False, name=None))

    def _fuller(self, i: int, j: int) -> int | None:
        """Return the row that contains all values of the other; None if the two contradict each other."""
        a, b = self._codes_of_row(i), self._codes_of_row(j)
        if ((a < 0) | (a == b)).all():
            return j
        return i if ((b < 0) | (a == b)).all() else None

    def _codes_of_row(self, i: int) -> np.ndarray:
        """Return the codes of a row. An open status counts as missing: a later version may have another one."""
        codes: np.ndarray = self.codes[i].copy()
        for place, name in enumerate(self.names):
            if name == "status" and str(self.rows.values[name].iloc[self.at[i]]) in _OPEN:
                codes[place] = -1
        return codes

    def _drop(self, i: int, reason: str, holds: int | None = None) -> None:
        if not self.alive[i]:
            return
        self.alive[i] = False
        self.out[reason].append(i)
        if holds is not None:
            file, other = (self.files[int(self.group[at])] for at in (i, holds))
            self.versions.replaced[reason, file, other] += file != other

    def _marked(self) -> Prepared:
        rows = self.rows
        for reason, found in self.out.items():
            rows = rows.mark(self._mask(found), "foreign", reason)
        for question, found in self.asked:
            rows = rows.mark(self._mask(found), "question", question.dumped())
            if not self.versions.answers.get(question.key):
                rows = rows.mark(self._mask([i for i in found if self.alive[i]]), "quarantine", WAITS)
        return rows

    def _mask(self, found: Sequence[int]) -> np.ndarray:
        mask = np.zeros(len(self.rows), bool)
        mask[self.at[list(found)]] = True
        return mask


def _matched(a: np.ndarray, b: np.ndarray) -> list[tuple[int, int]]:
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


def _runs(matches: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield the runs of matches that are consecutive in both sheets."""
    run: list[tuple[int, int]] = []
    for i, j in matches:
        if run and (i, j) != (run[-1][0] + 1, run[-1][1] + 1):
            yield run
            run = []
        run.append((i, j))
    yield run


def _beside(matches: list[tuple[int, int]], n_a: int, n_b: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of different rows at the same position between rows that two sheets share.

    Such a pair may be two versions of one row.
    """
    ends = [(-1, -1), *matches, (n_a, n_b)]
    for (i, j), (k, m) in pairwise(ends):
        if 1 < k - i == m - j:
            yield from ((i + step, j + step) for step in range(1, k - i))


def _hashed(rows: Prepared, at: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return a 64-bit hash of some columns for each row; column by column, to save memory.

    Among a million rows, the probability that two different rows get the same hash is below one in ten
    million.
    """
    key = np.zeros(len(at), np.uint64)
    for name in names:
        part = _codes(rows.values[name].iloc[at]).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ part) * np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(29)
    return key


def _codes(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        empty = column.cat.categories.get_indexer(pd.Index([""]))[0]
        return np.where(codes == empty, -1, codes) if empty >= 0 else codes
    return np.asarray(pd.factorize(column, use_na_sentinel=True)[0], np.int64)
