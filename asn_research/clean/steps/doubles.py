"""Count rows that occur in several files or sheets once; of two versions of a row, keep the later one.

Offices send cumulative exports, corrected copies, and a sheet for each month in addition to one for all
months. Different people may give equal answers, so equal rows within one sheet are all kept. Equal rows in
two sheets are treated as the same row only if they form a block that is too long for chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from asn_research.clean.questions.open_questions import WAITS
from asn_research.clean.steps.equal_rows import (
    equal_pairs,
    pairs_between,
    row_hashes,
    runs,
    shared_counts,
    value_codes,
)
from asn_research.clean.steps.file_versions import Versions
from asn_research.clean.working import Prepared
from asn_research.rules.questions import Question

REPEATED, EARLIER = "repeated_in_other_file", "earlier_version"
#: The smallest length of a block of consecutive distinct rows that two sheets share; for rows without a date,
#: the second.
_RUN, _RUN_UNDATED = 3, 6
#: If the order differs, the other sheet must contain this share of the distinct rows of the smaller sheet.
_MOST = 0.8
#: The share of columns in which two versions of a row must agree.
_ALIKE = 0.5
#: The values of `status` that a later export may replace.
_OPEN = {"open", "answered", "pending", "unknown"}
#: Columns that a later export of the same cases fills in.
_OUTCOMES = {
    "service_log": {"finished_date", "status"},
    "complaints": {"answered_date", "resolved_date", "status"},
}
#: Sources whose files describe the state on a day, so that the file with the later day is valid.
_STATES = {"employees"}


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
    has_key = _have_key(rows, at, keys)
    whole = row_hashes(rows, at, columns)
    if has_key.any():
        own = row_hashes(rows, at, keys)
        chosen = _conflicting(own, whole, has_key & ~rows.marked("quarantine")[at])
        if len(chosen):
            table = _Table(rows, at[chosen], group[chosen], files, versions, columns, whole[chosen])
            rows = table.resolve_by_key(own[chosen], shared_counts(own, group))
    # Some offices export lists without numbers of cases. If other rows have numbers, a quarantined row without
    # one is a fault of its own, and not compared.
    unkeyed = ~has_key
    if has_key.any():
        unkeyed &= ~rows.marked("quarantine")[at]
    at, group, whole = at[unkeyed], group[unkeyed], whole[unkeyed]
    outcomes = _OUTCOMES.get(rows.source, set())
    lasting = row_hashes(rows, at, [name for name in columns if name not in outcomes]) if outcomes else whole
    pairs = _sharing(lasting, group)
    if not pairs:
        return rows
    chosen = np.flatnonzero(np.isin(group, sorted({g for pair in pairs for g in pair})))
    table = _Table(rows, at[chosen], group[chosen], files, versions, columns, whole[chosen])
    return table.resolve_by_blocks(pairs, lasting[chosen])


def _have_key(rows: Prepared, at: np.ndarray, keys: Sequence[str]) -> np.ndarray:
    """Return the mask of the rows that have all columns that identify a case."""
    if not keys or not all(key in rows.values for key in keys):
        return np.zeros(len(at), bool)
    known = np.ones(len(at), bool)
    for key in keys:
        column = rows.values[key].iloc[at]
        known &= (column.notna() & (column.astype("str") != "")).to_numpy()
    return known


def _conflicting(own: np.ndarray, whole: np.ndarray, is_known: np.ndarray) -> np.ndarray:
    """Return the positions of rows that share their key with a row of different content.

    Parameters
    ----------
    own, whole : np.ndarray
        For each row, a digest of its key and a digest of its whole content.
    is_known : np.ndarray
        Which rows have the whole key; others do not count.
    """
    frame = pd.DataFrame({"key": own, "whole": whole}).loc[is_known]
    distinct = frame.drop_duplicates()
    several = distinct.loc[distinct["key"].duplicated(keep=False), "key"]
    return np.asarray(frame.index[frame["key"].isin(several)])


def _sharing(lasting: np.ndarray, group: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of sheets that share more than one row, apart from the outcomes of cases."""
    return [pair for pair, n in shared_counts(lasting, group).items() if n >= 2]


class _Table:
    """The possible duplicates of a source, as integer codes, with the decisions made so far."""

    def __init__(
        self, rows: Prepared, at: np.ndarray, group: np.ndarray, files: list[str], versions: Versions,
        names: list[str], whole: np.ndarray,
    ) -> None:  # fmt: skip
        self.rows, self.at, self.group, self.files, self.versions = rows, at, group, files, versions
        self.names, self.hash = names, whole
        self.codes = np.stack([value_codes(rows.values[name].iloc[at]) for name in names], axis=1)
        self.alive = np.ones(len(at), bool)
        self.out: dict[str, list[int]] = {REPEATED: [], EARLIER: []}
        self.asked: list[tuple[Question, list[int]]] = []

    def resolve_by_blocks(self, sharing: Sequence[tuple[int, int]], lasting: np.ndarray) -> Prepared:
        """Decide about duplicates among rows without columns that identify a case.

        Parameters
        ----------
        sharing : sequence of (int, int)
            The pairs of sheets that share rows.
        lasting : np.ndarray
            The hash of each row without the outcome of its case.
        """
        order = np.argsort(self.rows.place["row"].to_numpy()[self.at], kind="stable")
        members = {g: order[self.group[order] == g] for g in {g for pair in sharing for g in pair}}
        # Smallest sheets first: rows shared by a month and a quarter are decided before those shared with a
        # year.
        for one, other in sorted(sharing, key=lambda pair: (min(len(members[g]) for g in pair), pair)):
            self._resolve_pair(*self._in_order(members, one, other))
            if self.rows.source in _OUTCOMES:
                self._resolve_growth(*self._in_order(members, one, other), lasting)
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
        matches = equal_pairs(self.hash[a], self.hash[b])
        if not matches or not self._is_block(a, b, matches, self.hash):
            return
        for i, j in matches:
            self._drop(int(a[i]), REPEATED, int(b[j]))
        replaced = [
            (int(a[i]), int(b[j]))
            for i, j in pairs_between(matches, len(a), len(b))
            if self._are_versions(int(a[i]), int(b[j]))
        ]
        self._resolve_conflicts(replaced)

    def _resolve_growth(self, a: np.ndarray, b: np.ndarray, lasting: np.ndarray) -> None:
        """Of the cases that one sheet has open and another one finished, keep the finished ones.

        This holds only if nearly all remaining rows of the smaller sheet are such cases, all of them with the
        further state in the same sheet. Two counters that serve on the same days do not look like this.
        """
        pairs = [
            (i, j, fuller)
            for i, j in equal_pairs(lasting[a], lasting[b])
            if (fuller := self._fuller(int(a[i]), int(b[j]))) is not None
        ]
        matches = [(i, j) for i, j, _ in pairs]
        grown = {int(self.group[fuller]) for i, j, fuller in pairs if self.hash[a[i]] != self.hash[b[j]]}
        is_most = len(matches) >= _MOST * min(len(a), len(b))
        if len(grown) != 1 or not is_most or not self._is_block(a, b, matches, lasting):
            return
        for i, j, fuller in pairs:
            one, other = int(a[i]), int(b[j])
            if self.hash[one] == self.hash[other]:
                self._drop(one, REPEATED, other)
            else:
                self._drop(other if fuller == one else one, EARLIER, fuller)

    def _is_block(
        self, a: np.ndarray, b: np.ndarray, matches: list[tuple[int, int]], code: np.ndarray
    ) -> bool:
        """Return whether the shared rows of two sheets form a long block, or a share too large for chance."""
        least = _RUN if self._have_days(a) else _RUN_UNDATED
        longest = max(len({int(code[a[i]]) for i, _ in run}) for run in runs(matches))
        distinct = len({int(code[a[i]]) for i, _ in matches})
        smaller = min(len(set(code[a].tolist())), len(set(code[b].tolist())))
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
            if fuller is None or self._is_reopened(fuller, j if fuller == i else i):
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

    def _is_reopened(self, ended: int, other: int) -> bool:
        """Return whether a case that has ended in one file is open again in a file that is known to be later."""
        if "status" not in self.names:
            return False
        status = self.rows.values["status"].iloc[self.at[[ended, other]]].astype("object").tolist()
        files = [self.files[int(self.group[at])] for at in (ended, other)]
        is_again = status[0] not in _OPEN and status[1] in _OPEN - {"unknown"}
        return is_again and files[0] != files[1] and self.versions.later(*files) == files[1]

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
