"""A dictionary-encoded column of cells: each distinct cell is stored and parsed once, not once per row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asn_research.read.workbook_child import DATE, EMPTY, NUMBER, TEXT, TRUTH, Column, cell_text

__all__ = ["DATE", "EMPTY", "NUMBER", "TEXT", "TRUTH", "Cells"]


class Cells:
    """A column of cells.

    Parameters
    ----------
    codes : np.ndarray or None
        For each row, the index of its cell in `texts`; 0 is an empty cell.
    texts : np.ndarray or pa.StringArray
        The distinct cells as text, without leading and trailing blanks; the first is ``""``. Arrow text is
        converted to Python strings only on first use, because most of it (such as millions of names) is
        never used.
    kinds : np.ndarray, optional
        The kind of each distinct cell, with the shape of `texts`; without it, all cells are text.
    plain : pa.ChunkedArray, optional
        The text of every row, instead of `codes` and `texts`. It is encoded only on first use, because
        encoding does not pay for a column with a different text in every row (such as a running number).
    """

    __slots__ = ("_codes", "_kinds", "_plain", "_texts")

    def __init__(
        self,
        codes: np.ndarray | None,
        texts: np.ndarray | pa.Array | None,
        kinds: np.ndarray | None = None,
        *,
        plain: pa.ChunkedArray | None = None,
    ) -> None:
        self._codes = codes
        self._texts: Any = texts
        self._kinds = kinds
        self._plain = plain

    def __len__(self) -> int:
        return len(self._plain) if self._plain is not None else len(self.codes)

    def _coded(self) -> Cells:
        """Encode the column, if it still holds plain text, and return it."""
        if self._plain is not None:
            coded = Cells.of_arrow(self._plain)
            self._codes, self._texts, self._plain = coded._codes, coded._texts, None
            self._kinds = coded._kinds
        return self

    @property
    def codes(self) -> np.ndarray:
        """For each row, the index of its distinct cell."""
        codes = self._coded()._codes
        return codes if codes is not None else np.empty(0, np.int8)

    @property
    def n_texts(self) -> int:
        """The number of distinct cells; the number of rows if the column is not encoded."""
        return len(self._plain if self._plain is not None else self._texts)

    @property
    def texts(self) -> np.ndarray:
        """The distinct cells as text."""
        self._coded()
        if not isinstance(self._texts, np.ndarray):
            flat = np.empty(len(self._texts), object)
            flat[:] = self._texts.to_pylist()
            self._texts = flat
        return self._texts

    @property
    def kinds(self) -> np.ndarray:
        """The kind of each distinct cell."""
        self._coded()
        if self._kinds is None:
            self._kinds = np.full(self.n_texts, TEXT, object)
            self._kinds[0] = EMPTY
        return self._kinds

    @classmethod
    def blank(cls, n: int) -> Cells:
        """Return ``n`` empty cells."""
        return cls(np.zeros(n, np.int8), *_distinct([("", EMPTY)]))

    @classmethod
    def of(cls, values: Iterable[Any]) -> Cells:
        """Return a column of spreadsheet values: text, numbers, booleans and dates."""
        column = Column()
        column.add(values)
        return cls.of_pairs(np.frombuffer(column.codes, np.int32), column.pairs())

    @classmethod
    def of_pairs(cls, codes: np.ndarray, pairs: Sequence[tuple[str, str]]) -> Cells:
        """Return a column from codes and distinct cells as pairs (text, kind); the first pair is empty."""
        return _merged(codes, pairs)

    @classmethod
    def of_arrow(cls, column: pa.ChunkedArray) -> Cells:
        """Return a column of Arrow text."""
        coded = column.dictionary_encode().unify_dictionaries()
        if coded.num_chunks == 0:
            return cls.blank(0)
        return cls.of_coded(
            [chunk.indices.to_numpy(zero_copy_only=False) for chunk in coded.chunks],
            coded.chunk(0).dictionary,
        )

    @classmethod
    def of_coded(cls, pieces: Sequence[np.ndarray], raw: pa.Array) -> Cells:
        """Return a column from pieces of codes: for each row, the index of its text in ``raw``."""
        codes = np.empty(sum(map(len, pieces)), _smallest(len(raw) + 1))
        np.concatenate(pieces, out=codes, casting="same_kind")
        codes += 1
        words = _stripped(raw)
        if not words.equals(raw):
            return _merged(codes, [("", EMPTY), *((w, TEXT if w else EMPTY) for w in words.to_pylist())])
        blank = pc.index(raw, "").as_py()
        if blank >= 0:
            codes[codes == blank + 1] = 0
        return cls(codes, pa.concat_arrays([pa.array([""], raw.type), raw]))

    @classmethod
    def joined(cls, parts: Sequence[Cells]) -> Cells:
        """Concatenate columns, one below the other."""
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
        """Mask of the rows whose cell is not empty."""
        if self._plain is not None:
            return _mask(pc.greater(pc.binary_length(_stripped(self._plain)), 0))
        return np.asarray(self.codes != 0)

    @property
    def text(self) -> np.ndarray:
        """The text of each row's cell."""
        self._coded()
        if not isinstance(self._texts, np.ndarray) and self.n_texts > len(self) + 1:
            return self.used().text
        text: np.ndarray = self.texts[self.codes]
        return text

    def take(self, rows: np.ndarray | slice) -> Cells:
        """Return the cells of some rows."""
        if self._plain is not None:
            if isinstance(rows, slice):
                first, last, _ = rows.indices(len(self))
                return Cells(None, None, plain=self._plain.slice(first, max(0, last - first)))
            return Cells(None, None, plain=self._plain.take(pa.array(rows)))
        return Cells(self.codes[rows], self._texts, self._kinds)

    def with_text(self, at: np.ndarray, text: str, kind: str = "") -> Cells:
        """Return the column with the cells of some rows replaced by a text; its kind is given or detected."""
        codes = self.codes.astype(np.int32)
        codes[at] = self.n_texts
        return _merged(
            codes, [*zip(self.texts, self.kinds, strict=True), (text, kind) if kind else cell_text(text)]
        )

    def each(self, function: Callable[[str, str], Any]) -> list[Any]:
        """Return the result of a function of text and kind, for each distinct cell."""
        return [function(text, kind) for text, kind in zip(self.texts, self.kinds, strict=True)]

    def spread(self, values: Sequence[Any] | np.ndarray, dtype: Any = object) -> np.ndarray:
        """Expand values of the distinct cells to rows: each row gets the value of its cell."""
        flat = np.empty(len(values), dtype=dtype)
        flat[:] = values
        return np.asarray(flat[self.codes])

    def at(self, places: Sequence[int]) -> np.ndarray:
        """Return the mask of rows whose cell is one of the distinct cells with these indices."""
        if len(places) == 1:
            return np.asarray(self.codes == places[0])
        chosen = np.zeros(self.n_texts, bool)
        chosen[list(places)] = True
        return np.asarray(chosen[self.codes])

    def mask(self, test: Callable[[str], bool]) -> np.ndarray:
        """Return the mask of rows whose text passes a test."""
        return self.spread([test(str(text)) for text in self.texts], dtype=bool)

    @property
    def is_text(self) -> bool:
        """Whether all cells are text, as in a text table."""
        return self._kinds is None

    def like(self, pattern: str) -> np.ndarray:
        """Return the mask of rows whose text matches a regular expression from its start, ignoring case."""
        if isinstance(self._texts, np.ndarray):
            compiled = re.compile(pattern, re.IGNORECASE)
            return self.mask(lambda text: bool(compiled.match(text)))
        return self._found(lambda texts: pc.match_substring_regex(texts, f"^(?:{pattern})", ignore_case=True))

    def says(self, text: str) -> np.ndarray:
        """Return the mask of rows whose text equals a text, ignoring case."""
        folded = text.casefold()
        if isinstance(self._texts, np.ndarray):
            return self.mask(lambda word: word.casefold() == folded)
        return self._found(lambda texts: pc.equal(pc.utf8_lower(texts), folded))

    def _found(self, test: Callable[[Any], Any]) -> np.ndarray:
        """Return the mask of rows whose text passes a test on Arrow arrays."""
        if self._plain is not None:
            return _mask(test(_stripped(self._plain)))
        return np.asarray(_mask(test(self._texts))[self.codes])

    def used(self) -> Cells:
        """Return the column without the distinct cells that no row uses."""
        self._coded()
        counts = np.bincount(self.codes, minlength=self.n_texts)
        counts[0] += 1
        occurring = np.flatnonzero(counts)
        new = np.zeros(self.n_texts, _smallest(len(occurring)))
        new[occurring] = np.arange(len(occurring))
        known = self._texts
        texts = known[occurring] if isinstance(known, np.ndarray) else known.take(occurring)
        kinds = self._kinds[occurring] if self._kinds is not None else None
        return Cells(new[self.codes], texts, kinds)


def _smallest(n: int) -> type[np.signedinteger[Any]]:
    """Return the smallest integer type that can hold the codes of n distinct cells."""
    return np.int8 if n < 1 << 7 else np.int16 if n < 1 << 15 else np.int32


def _stripped(texts: Any) -> Any:
    """Strip leading and trailing blanks of Arrow text, after turning no-break spaces into plain ones."""
    return pc.utf8_trim_whitespace(pc.replace_substring(texts, "\u00a0", " "))


def _mask(found: Any) -> np.ndarray:
    return np.asarray(
        found.to_numpy(zero_copy_only=False) if isinstance(found, pa.Array) else found.to_numpy()
    )


def _distinct(pairs: Sequence[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
    texts, kinds = np.empty(len(pairs), object), np.empty(len(pairs), object)
    texts[:], kinds[:] = [p[0] for p in pairs], [p[1] for p in pairs]
    return texts, kinds


def _merged(codes: np.ndarray, pairs: Sequence[tuple[str, str]]) -> Cells:
    """Return a column in which equal pairs share one code (stripping can make pairs equal); 0 is empty."""
    known: dict[tuple[str, str], int] = {("", EMPTY): 0}
    place = [known.setdefault(pair, len(known)) for pair in pairs]
    if len(known) == len(pairs) and place == list(range(len(pairs))):
        return Cells(codes.astype(_smallest(len(pairs))), *_distinct(pairs))
    return Cells(np.asarray(place, _smallest(len(known)))[codes], *_distinct(list(known)))
