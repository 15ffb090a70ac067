"""Serialise values to bytes and back: tables, arrays and records of this package.

A value is written as JSON, followed by numbered blocks of bytes. Reading creates plain values, tables and
frozen records of this package only. Unlike pickle, reading never runs code from a file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import BaseModel

_PACKAGE = __name__.partition(".")[0]
_LENGTH = 8
_TEXT = pa.large_string()
_MASKED = {"Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64",
           "boolean"}  # fmt: skip


class CodecError(TypeError):
    """A value or record type that cannot be serialised and read back."""


def encode(value: Any) -> bytes:
    """Serialise a value to bytes.

    Parameters
    ----------
    value : object
        Plain values, dates, fractions, decimals, lists, tuples, mappings, NumPy arrays, pandas tables and columns,
        and dataclasses, models and classes of text that this package defines.

    Raises
    ------
    CodecError
        If the value holds anything else.

    Examples
    --------
    >>> decode(encode({"n": [1, 2.5, None], "period": ("2026-Q3",)}))
    {'n': [1, 2.5, None], 'period': ('2026-Q3',)}
    """
    writer = _Writer()
    tree = json.dumps(writer.node(value), separators=(",", ":")).encode()
    parts = [tree, *writer.blocks]
    return b"".join(part for block in parts for part in (len(block).to_bytes(_LENGTH, "big"), block))


def decode(content: bytes) -> Any:
    """Return the value that `encode` has serialised.

    Raises
    ------
    ValueError
        If the bytes are incomplete.
    CodecError
        If they name a record that this package does not define.
    """
    blocks, at, view = [], 0, memoryview(content)
    while at < len(content):
        size = int.from_bytes(view[at : at + _LENGTH], "big")
        at += _LENGTH
        if at + size > len(content):
            msg = "The bytes of a kept value are not whole."
            raise ValueError(msg)
        blocks.append(view[at : at + size])
        at += size
    if not blocks:
        msg = "A kept value is empty."
        raise ValueError(msg)
    return _Reader(blocks[1:]).value(json.loads(bytes(blocks[0])))


class _Writer:
    """Turns values into JSON, and large content into blocks of bytes."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self._seen: dict[int, int] = {}
        # Keeps written objects alive: Python may give the `id` of a deleted object to a new one.
        self._objects: list[Any] = []

    def node(self, value: Any) -> Any:
        if value is None or value.__class__ in (bool, int, float):
            return value
        if isinstance(value, str):
            return value.__str__() if value.__class__ is str else self._sentence(value)
        for kind, write in _WRITERS:
            if isinstance(value, kind):
                return write(self, value)
        return self._record(value)

    def block(self, content: bytes) -> int:
        self.blocks.append(content)
        return len(self.blocks) - 1

    def nodes(self, values: Any) -> list[Any]:
        return [self.node(value) for value in values]

    def _record(self, value: Any) -> Any:
        """Write a record of this package; when the same record occurs again, write a reference to it."""
        number = self._seen.get(id(value))
        if number is not None:
            return ["=", number]
        name = f"{type(value).__module__}:{type(value).__qualname__}"
        if isinstance(value, BaseModel):
            contents = {key: getattr(value, key) for key in type(value).model_fields}
        elif is_dataclass(value) and not isinstance(value, type):
            contents = {field.name: getattr(value, field.name) for field in fields(value)}
        else:
            return self._refuse(value)
        _class_of(name)
        node = ["@", name, {key: self.node(one) for key, one in contents.items()}]
        self._seen[id(value)] = len(self._seen)
        self._objects.append(value)
        return node

    def _sentence(self, value: str) -> Any:
        """Write a text of a class of this package, with what its slots hold."""
        name = f"{type(value).__module__}:{type(value).__qualname__}"
        if not name.startswith(f"{_PACKAGE}."):
            return self._refuse(value)
        contents = {slot: getattr(value, slot) for slot in _class_of(name).__dict__.get("__slots__", ())}
        return ["w", name, str.__str__(value), {key: self.node(one) for key, one in contents.items()}]

    def array(self, array: np.ndarray[Any, Any]) -> Any:
        if array.dtype.kind in "biufcmMSU":
            return [
                "a",
                array.dtype.str,
                list(array.shape),
                self.block(np.ascontiguousarray(array).tobytes()),
            ]
        if array.dtype.kind == "O":
            return ["ao", list(array.shape), self.nodes(array.ravel().tolist())]
        return self._refuse(array)

    def column(self, column: Any) -> Any:  # noqa: PLR0911 (one line for each kind of column)
        """Write the values of a column or an index."""
        kind = column.dtype
        name = str(kind)
        if isinstance(column, pd.RangeIndex):
            return ["r", column.start, column.stop, column.step]
        if isinstance(kind, pd.CategoricalDtype):
            codes = column.cat.codes if isinstance(column, pd.Series) else pd.Series(column.codes)
            names = pd.Index(kind.categories)
            return ["c", self.array(codes.to_numpy()), self.column(names), bool(kind.ordered)]
        if isinstance(kind, pd.StringDtype):
            n, buffers = _text_blocks(column.array)
            mark = "na" if kind.na_value is pd.NA else "nan"
            return ["s", mark, n, [None if each is None else self.block(each) for each in buffers]]
        if name in _MASKED:
            missing = np.asarray(column.isna())
            known = column.array.to_numpy(dtype=kind.numpy_dtype, na_value=kind.numpy_dtype.type(0))
            return ["n", name, self.array(known), self.array(missing)]
        if isinstance(kind, np.dtype):
            return self.array(column.to_numpy())
        if isinstance(kind, pd.DatetimeTZDtype):
            return ["z", str(kind.tz), kind.unit, self.array(column.array.asi8)]
        return self._refuse(column)

    def _refuse(self, value: Any) -> Any:
        kind = getattr(value, "dtype", type(value).__qualname__)
        msg = f"A value of the kind {kind} cannot be kept and read back."
        raise CodecError(msg)


def _frame(writer: _Writer, frame: pd.DataFrame) -> Any:
    kinds = set(frame.dtypes)
    labels = [_labels(writer, frame.columns), _labels(writer, frame.index)]
    if len(kinds) == 1 and isinstance(kind := kinds.pop(), np.dtype) and kind.kind in "biuf":
        return ["F2", *labels, writer.array(frame.to_numpy())]
    return ["F", *labels, [writer.column(frame.iloc[:, place]) for place in range(frame.shape[1])]]


def _series(writer: _Writer, series: pd.Series) -> Any:
    return ["S", writer.node(series.name), _labels(writer, series.index), writer.column(series)]


def _labels(writer: _Writer, index: pd.Index) -> Any:
    if isinstance(index, pd.MultiIndex):
        levels = [_labels(writer, level) for level in index.levels]
        codes = [writer.array(np.asarray(code)) for code in index.codes]
        return ["M", levels, codes, writer.nodes(index.names)]
    return ["I", writer.node(index.name), writer.column(index)]


def _text_blocks(texts: Any) -> tuple[int, list[bytes | None]]:
    """Return the number of texts, and Arrow's three buffers: validity, offsets, characters."""
    array = pa.array(texts, type=_TEXT, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if array.offset:
        # A slice shares the buffers of the longer column; a copy holds only its own texts.
        array = array.take(pa.array(np.arange(len(array))))
    return len(array), [None if each is None else each.to_pybytes() for each in array.buffers()]


def _mapping(writer: _Writer, value: Mapping[Any, Any]) -> Any:
    return ["d", [[writer.node(key), writer.node(one)] for key, one in value.items()]]


# The first matching type decides, so a subclass stands before its base class.
_WRITERS: tuple[tuple[type, Callable[[_Writer, Any], Any]], ...] = (
    (pd.DataFrame, _frame),
    (pd.Series, _series),
    (pd.Index, lambda w, v: ["X", _labels(w, v)]),
    (np.ndarray, _Writer.array),
    (np.generic, lambda w, v: ["g", w.array(np.asarray(v))]),
    (type(pd.NA), lambda _, __: ["NA"]),
    (type(pd.NaT), lambda _, __: ["NaT"]),
    (pd.Timestamp, lambda w, v: ["ts", v.isoformat(), v.unit] if v.tz is None else w._refuse(v)),
    (datetime, lambda w, v: ["dt", v.isoformat()] if v.tzinfo is None else w._refuse(v)),
    (date, lambda _, v: ["D", v.isoformat()]),
    (Fraction, lambda _, v: ["q", v.numerator, v.denominator]),
    (Decimal, lambda _, v: ["e", str(v)]),
    (bytes, lambda w, v: ["b", w.block(v)]),
    (list, lambda w, v: ["l", *w.nodes(v)]),
    (tuple, lambda w, v: ["t", *w.nodes(v)] if type(v) is tuple else w._refuse(v)),
    (frozenset, lambda w, v: ["f", *w.nodes(sorted(v))]),
    (Mapping, _mapping),
)  # fmt: skip


class _Reader:
    """Turns JSON and blocks of bytes back into values."""

    def __init__(self, blocks: list[memoryview]) -> None:
        self._blocks = blocks
        self._seen: list[Any] = []

    def value(self, node: Any) -> Any:
        if not isinstance(node, list):
            return node
        return _READERS[node[0]](self, *node[1:])

    def values(self, nodes: Any) -> list[Any]:
        return [self.value(node) for node in nodes]

    def block(self, number: int) -> memoryview:
        return self._blocks[number]

    def array(self, dtype: str, shape: list[int], number: int) -> np.ndarray[Any, Any]:
        # `frombuffer` returns a read-only array; the copy can be changed, as the original could.
        return np.frombuffer(self.block(number), dtype=np.dtype(dtype)).reshape(shape).copy()

    def objects(self, shape: list[int], nodes: list[Any]) -> np.ndarray[Any, Any]:
        array = np.empty(len(nodes), dtype=object)
        array[:] = self.values(nodes) if nodes else []
        return array.reshape(shape)

    def record(self, name: str, contents: Mapping[str, Any]) -> Any:
        kind = _class_of(name)
        given = {key: self.value(node) for key, node in contents.items()}
        # No validation here: the record was valid when it was written, and the checksum shows no change since.
        made: Any
        if issubclass(kind, BaseModel):
            made = kind.model_construct(**given)
        else:
            made = object.__new__(kind)
            for key, one in given.items():
                object.__setattr__(made, key, one)
        self._seen.append(made)
        return made

    def sentence(self, name: str, text: str, contents: Mapping[str, Any]) -> Any:
        made: Any = str.__new__(_class_of(name), text)
        for key, node in contents.items():
            setattr(made, key, self.value(node))
        return made

    def again(self, number: int) -> Any:
        return self._seen[number]

    def texts(self, missing: str, n: int, numbers: list[int | None]) -> Any:
        buffers = [None if each is None else pa.py_buffer(bytes(self.block(each))) for each in numbers]
        column = pa.Array.from_buffers(_TEXT, n, buffers)
        kind: Any = pd.StringDtype(na_value=pd.NA if missing == "na" else np.nan)
        return kind.__from_arrow__(column)

    def masked(self, name: str, known: Any, missing: Any) -> Any:
        kind: Any = pd.api.types.pandas_dtype(name)
        make: Any = kind.construct_array_type()
        return make(self.value(known), self.value(missing))

    def zoned(self, zone: str, unit: str, moments: Any) -> Any:
        moment = pd.DatetimeIndex(self.value(moments).view(f"M8[{unit}]"))
        return moment.tz_localize("UTC").tz_convert(zone).array

    def coded(self, codes: Any, names: Any, ordered: bool) -> Any:
        kind = pd.CategoricalDtype(pd.Index(self.value(names)), ordered=ordered)
        return pd.Categorical.from_codes(self.value(codes), dtype=kind)

    def labels(self, name: Any, values: Any) -> pd.Index:
        """Return an index from its stored name and values, with their dtype."""
        found = self.value(values)
        label = self.value(name)
        if isinstance(found, pd.RangeIndex):
            return found.rename(label)
        # The dtype is given, because pandas would infer another one for an index of objects.
        return pd.Index(found, name=label, dtype=found.dtype)  # type: ignore[no-any-return]

    def multi(self, levels: Any, codes: Any, names: Any) -> pd.MultiIndex:
        return pd.MultiIndex(self.values(levels), self.values(codes), names=self.values(names),
                             verify_integrity=False)  # fmt: skip

    def frame(self, columns: Any, index: Any, values: Any) -> pd.DataFrame:
        columns_read = {place: _as_kept(self.value(node)) for place, node in enumerate(values)}
        made = pd.DataFrame(columns_read, index=pd.RangeIndex(len(next(iter(columns_read.values()), ()))))
        made.index, made.columns = self.value(index), self.value(columns)
        return made

    def block_frame(self, columns: Any, index: Any, values: Any) -> pd.DataFrame:
        return pd.DataFrame(
            self.value(values), index=self.value(index), columns=self.value(columns), copy=False
        )

    def series(self, name: Any, index: Any, values: Any) -> pd.Series:
        found = self.value(values)
        index, name = self.value(index), self.value(name)
        return pd.Series(found, index=index, name=name, dtype=found.dtype)  # type: ignore[no-any-return]


def _as_kept(column: Any) -> Any:
    """Keep the dtype of a column of objects; pandas would turn it into text where it can."""
    return pd.Series(column, dtype=object) if column.dtype == object else column


_READERS: dict[str, Callable[..., Any]] = {
    "F": _Reader.frame,
    "F2": _Reader.block_frame,
    "S": _Reader.series,
    "X": lambda r, labels: r.value(labels),
    "I": _Reader.labels,
    "M": _Reader.multi,
    "a": _Reader.array,
    "ao": _Reader.objects,
    "g": lambda r, node: r.value(node)[()],
    "r": lambda _, start, stop, step: pd.RangeIndex(start, stop, step),
    "c": _Reader.coded,
    "s": _Reader.texts,
    "n": _Reader.masked,
    "z": _Reader.zoned,
    "NA": lambda _: pd.NA,
    "NaT": lambda _: pd.NaT,
    "ts": lambda _, text, unit: pd.Timestamp(text).as_unit(unit),
    "dt": lambda _, text: datetime.fromisoformat(text),
    "D": lambda _, text: date.fromisoformat(text),
    "q": lambda _, above, below: Fraction(above, below),
    "e": lambda _, text: Decimal(text),
    "b": lambda r, number: bytes(r.block(number)),
    "l": lambda r, *nodes: r.values(nodes),
    "t": lambda r, *nodes: tuple(r.values(nodes)),
    "f": lambda r, *nodes: frozenset(r.values(nodes)),
    "d": lambda r, pairs: {r.value(key): r.value(one) for key, one in pairs},
    "@": _Reader.record,
    "w": _Reader.sentence,
    "=": _Reader.again,
}  # fmt: skip


@cache
def _class_of(name: str) -> type:
    """Return the record class with a name; refuse classes outside this package."""
    module, _, qualified = name.partition(":")
    if module.split(".")[0] != _PACKAGE or "." in qualified:
        msg = f"'{module}' is not part of this toolkit; what was kept under it is not read."
        raise CodecError(msg)
    found = getattr(import_module(module), qualified, None)
    if not isinstance(found, type) or not (is_dataclass(found) or issubclass(found, BaseModel | str)):
        msg = f"'{qualified}' is no record of this toolkit."
        raise CodecError(msg)
    return found
