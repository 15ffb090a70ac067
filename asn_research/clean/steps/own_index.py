"""Compare the index that an office states below its answers with the index computed from the answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from asn_research.clean.questions.open_questions import note_question
from asn_research.clean.working import Working
from asn_research.read import RawTable
from asn_research.read.notes import Note, Stated, stated_indices
from asn_research.read.survey_forms import CHARTER, ELEMENTS
from asn_research.rules.questions import Question

#: The largest difference due to rounding: an office rounds the mean of each element before it sums them up.
_ROUNDING = 0.13
#: The factor by which an index is too small if the nine elements are weighted by 0.11 instead of 1/9.
_SHORT_WEIGHT = 0.99
#: If a larger share of the answers is unreadable, the stated index is not compared.
_MOST_UNREAD = 0.1
_LOWEST, _HIGHEST, _POINTS = 1, 4, 25.0
#: The highest number that an office may have counted for an unreadable answer: one above the scale.
_SLIP = 5
#: The smallest rounding error that is assumed for a mean: a cell may show more decimals than it was rounded
#: to.
_MEAN_SLACK = 0.0006


def compare_with_own_index(rows: Working) -> Working:
    """Ask a question if the stated index of a table differs from the computed one by more than rounding.

    If the reversed answers give the stated index, the question is about the direction of the scale. If not,
    it is about the rows or the stated index.
    """
    names = [name for name in (*ELEMENTS, CHARTER) if name in rows.values]
    number = rows.place["table"].to_numpy()
    for at, table in enumerate(rows.tables):
        if not table.notes or not names:
            continue
        here = np.flatnonzero(rows.data & (number == at))
        stated = [
            indices for indices in (stated_indices(table.notes), list(_of_means(table, names))) if indices
        ]
        if not stated or not len(here):
            continue
        sheet = _Answers.of(rows, names, here)
        if sheet.unread_share > _MOST_UNREAD:
            continue
        parts = [sheet, *sheet.below(table, rows.place["row"].to_numpy()[here])]
        # The stated index and the stated means are each compared with the answers.
        other = [t for t in stated if not any(part.makes(one) for part in parts for one in t)]
        if other:
            rows = _ask(rows, table, number == at, names, sheet, other[0][-1])
    return rows


def _of_means(table: RawTable, names: list[str]) -> Iterator[Stated]:
    """Yield the index of each line below the cases that states the means of all elements."""
    for note in table.notes:
        if note.is_means and (means := _means(table, note, names)):
            slack = max(0.5 * 10.0 ** -max(map(_decimals, means)), _MEAN_SLACK)
            yield Stated(_POINTS * sum(map(_number, means)) / len(means), _POINTS * slack)


def _means(table: RawTable, note: Note, names: list[str]) -> list[str]:
    at = np.flatnonzero(table.rows == note.row)
    asked = [name for name in names if name in table.columns]
    if len(at) != 1 or not asked:
        return []
    texts = [str(table.columns[name].take(at).text[0]).replace(",", ".") for name in asked]
    return texts if all(_LOWEST <= _number(text) <= _HIGHEST for text in texts) else []


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


class _Answers:
    """The answers of one table: arrays respondents × elements of the values and of the unreadable cells."""

    def __init__(self, read: np.ndarray, unread: np.ndarray) -> None:
        self.read, self.unread = read, unread

    @classmethod
    def of(cls, rows: Working, names: list[str], here: np.ndarray) -> _Answers:
        read = np.stack(
            [
                rows.values[n].iloc[here].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
                for n in names
            ],
            1,
        )
        unread = np.zeros(read.shape, bool)
        quarantined = {name: rows.quarantined_for(name)[here] for name in names}
        for at, name in enumerate(names):
            unread[:, at] = np.isnan(read[:, at]) & quarantined[name]
        return cls(read, unread)

    @property
    def unread_share(self) -> float:
        return float(self.unread.mean())

    def below(self, table: RawTable, row: np.ndarray) -> list[_Answers]:
        """Return the answers below the last summary row between cases; empty if there is no such row."""
        sums = table.rows[table.is_total & (table.rows < row.max())]
        last = row > sums.max(initial=0)
        return [_Answers(self.read[last], self.unread[last])] if len(sums) and last.any() else []

    def index(self, *, is_turned: bool = False) -> float:
        """Return the index of the answers, as the middle of its possible range."""
        low, high = self._range(is_turned=is_turned, blank_is_nought=False)
        return (low + high) / 2

    def _range(self, *, is_turned: bool, blank_is_nought: bool) -> tuple[float, float]:
        """Return the lowest and the highest possible index, over all values of the unreadable answers."""
        asked = ~np.isnan(self.read).all(axis=0) | self.unread.any(axis=0)
        read = _LOWEST + _HIGHEST - self.read if is_turned else self.read
        n_read, n_unread = (~np.isnan(read)).sum(axis=0)[asked], self.unread.sum(axis=0)[asked]
        total = np.nansum(read, axis=0)[asked]
        n = np.maximum(len(read) if blank_is_nought else n_read + n_unread, 1)
        low, high = (total + n_unread * each for each in (_LOWEST, _SLIP))
        return _POINTS * float((low / n).mean()), _POINTS * float((high / n).mean())

    def makes(self, stated: Stated, *, is_turned: bool = False) -> bool:
        """Return whether a stated index is possible for the answers, allowing for rounding."""
        for blank_is_nought in (False, True):
            low, high = self._range(is_turned=is_turned, blank_is_nought=blank_is_nought)
            slack = stated.slack + _ROUNDING
            if _SHORT_WEIGHT * low - slack <= stated.value <= high + slack:
                return True
        return False


def _ask(
    rows: Working, table: RawTable, here: np.ndarray, names: list[str], sheet: _Answers, stated: Stated
) -> Working:
    shown = {"stated": stated.value, "computed": sheet.index(), "turned": sheet.index(is_turned=True)}
    facts = {name: f"{value:.2f}".replace(".", ",") for name, value in shown.items()}
    facts["file"] = PurePosixPath(table.file).name
    if not sheet.makes(stated, is_turned=True):
        # The numbers are part of the question's key, so that another quarter gets its own question.
        about = f"{facts['stated']} {facts['computed']}"
        question = Question("own_index", table.source, table.layout, about, facts=facts)
        rows = note_question(rows, here, question, column="index")
        if rows.context.answers.get(question.key) == "stated":
            rows = rows.mark(here & rows.data, "quarantine", "index_contradicts", names[0])
        return rows
    if rows.asks("scale_direction", here):
        return rows
    question = Question("scale_by_index", table.source, table.layout, "answers", facts=facts)
    rows = note_question(rows, here, question, column="index")
    if rows.context.answers.get(question.key) == "best_first":
        turned = {
            name: rows.values[name].where(~here, _LOWEST + _HIGHEST - rows.values[name]) for name in names
        }
        rows = rows.with_values(**turned)
    return rows
