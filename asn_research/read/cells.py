"""A column of cells, each distinct cell held once: what costs is paid per spelling, not per row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Kinds of cells: text, number, date, truth, empty.
TEXT, NUMBER, DATE, TRUTH, EMPTY = "s", "n", "d", "b", ""


@dataclass(frozen=True)
class Cells:
    """A column of cells.

    Parameters
    ----------
    codes : np.ndarray
        For each row the place of its cell in `texts`; 0 is an empty cell.
    texts : np.ndarray
        Distinct cells as text, outer blanks stripped; the first is ``""``.
    kinds : np.ndarray
        Same shape, the kind of each.
    """

    codes: np.ndarray
    texts: np.ndarray
    kinds: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def blank(cls, n: int) -> Cells:
        """Return ``n`` empty cells."""
        return cls(np.zeros(n, np.int32), *_distinct([("", EMPTY)]))

    @classmethod
    def of(cls, values: Iterable[Any]) -> Cells:
        """Return cells of a spreadsheet's values: text, numbers, truths, dates."""
        # 1, 1.0 and True are one key to Python, but three cells to us.
        known: dict[Any, int] = {"": 0}
        codes = [
            known.setdefault(value if type(value) is str else (type(value), value), len(known))
            for value in values
        ]
        pairs = [_cell(key if type(key) is str else key[1]) for key in known]
        return _merged(np.asarray(codes, np.int32), pairs)

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Cells:
        """Return cells of plain text."""
        return cls.of(texts)

    @classmethod
    def of_arrow(cls, column: pa.ChunkedArray) -> Cells:
        """Return cells of a column of text."""
        coded = column.dictionary_encode().combine_chunks()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.chunk(0) if coded.num_chunks else pa.array([], pa.string()).dictionary_encode()
        words = pc.utf8_trim_whitespace(pc.replace_substring(coded.dictionary, "\u00a0", " "))
        codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int32) + 1
        return _merged(codes, [("", EMPTY), *((word, TEXT if word else EMPTY) for word in words.to_pylist())])

    @classmethod
    def joined(cls, parts: Sequence[Cells]) -> Cells:
        """Put columns one under the other."""
        if len(parts) == 1:
            return parts[0]
        pairs: dict[tuple[str, str], int] = {("", EMPTY): 0}
        codes = []
        for part in parts:
            place = [pairs.setdefault(pair, len(pairs)) for pair in zip(part.texts, part.kinds, strict=True)]
            codes.append(np.asarray(place, np.int32)[part.codes])
        return cls(np.concatenate(codes), *_distinct(list(pairs)))

    @property
    def filled(self) -> np.ndarray:
        """Mask of the cells that hold anything."""
        return np.asarray(self.codes != 0)

    @property
    def text(self) -> np.ndarray:
        """The text of each row's cell."""
        text: np.ndarray = self.texts[self.codes]
        return text

    def take(self, rows: np.ndarray | slice) -> Cells:
        """Return the cells of some rows."""
        return Cells(self.codes[rows], self.texts, self.kinds)

    def with_text(self, at: np.ndarray, text: str) -> Cells:
        """Return the column with some cells replaced by a text."""
        codes = self.codes.copy()
        codes[at] = len(self.texts)
        return _merged(codes, [*zip(self.texts, self.kinds, strict=True), _cell(text)])

    def each(self, function: Callable[[str, str], Any]) -> list[Any]:
        """Return a function's result for each distinct cell, given its text and kind."""
        return [function(text, kind) for text, kind in zip(self.texts, self.kinds, strict=True)]

    def spread(self, values: Sequence[Any] | np.ndarray, dtype: Any = object) -> np.ndarray:
        """Return for each row what stands for its distinct cell."""
        flat = np.empty(len(values), dtype=dtype)
        flat[:] = values
        return np.asarray(flat[self.codes])

    def mask(self, test: Callable[[str], bool]) -> np.ndarray:
        """Return the mask of rows whose text passes a test."""
        return self.spread([test(str(text)) for text in self.texts], dtype=bool)

    def used(self) -> Cells:
        """Return the column with only those distinct cells that occur."""
        occurring, codes = np.unique(np.append(self.codes, 0), return_inverse=True)
        return Cells(codes[:-1].astype(np.int32), self.texts[occurring], self.kinds[occurring])


def _distinct(pairs: Sequence[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
    texts, kinds = np.empty(len(pairs), object), np.empty(len(pairs), object)
    texts[:], kinds[:] = [p[0] for p in pairs], [p[1] for p in pairs]
    return texts, kinds


def _merged(codes: np.ndarray, pairs: Sequence[tuple[str, str]]) -> Cells:
    """Let pairs that became equal (by stripping) share one code; the empty cell has the first."""
    known: dict[tuple[str, str], int] = {("", EMPTY): 0}
    place = [known.setdefault(pair, len(known)) for pair in pairs]
    if len(known) == len(pairs) and place == list(range(len(pairs))):
        return Cells(codes, *_distinct(pairs))
    return Cells(np.asarray(place, np.int32)[codes], *_distinct(list(known)))


def _cell(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        clean = value.replace("\xa0", " ").strip()
        return clean, TEXT if clean else EMPTY
    if isinstance(value, bool):
        return str(value), TRUTH
    if isinstance(value, int | float):
        # Fifteen digits are all that a spreadsheet keeps; what floating point adds would be made up.
        digits = f"{value:.15g}"
        return digits if "e+" not in digits else f"{Decimal(digits):f}", NUMBER
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(), DATE
    return (str(value), TEXT) if value is not None else ("", EMPTY)
