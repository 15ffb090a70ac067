"""Memoised results: a result is reused while the arguments and the code that made it are unchanged.

One changed answer of one citizen changes one quarter of one table; all other results stay the same.
A function marked `remembered` computes a cache key from the values of its arguments and looks its
result up in the cache that `remembering` has opened. Without an open cache it is an ordinary function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel

from asn_research.codec import decode, encode
from asn_research.sealed import Store
from asn_research.storage import digest_of

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Memory(Protocol):
    """A cache of results."""

    def take(self, key: str) -> tuple[bool, Any]:
        """Return whether the cache holds a result for a key, and the result."""

    def keep(self, key: str, result: Any) -> None:
        """Store a result under a key."""

    @property
    def used(self) -> frozenset[str]:
        """The keys that were looked up or stored."""

    def also_used(self, keys: frozenset[str]) -> None:
        """Mark keys as used that another process has looked up or stored."""


class StoredResults:
    """A cache of results on disk.

    Parameters
    ----------
    store : Store
        The store of the serialised results. Its ``code`` is the digest of the code that computes them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, key: str) -> tuple[bool, Any]:
        """Return whether the cache holds a result for a key, and the result; a damaged one counts as missing."""
        content = self._store.get(key)
        return (False, None) if content is None else (True, decode(content))

    def keep(self, key: str, result: Any) -> None:
        """Store a result; if the disk refuses, the next run computes it again."""
        self._store.put(key, encode(result))

    @property
    def used(self) -> frozenset[str]:
        """The keys that were looked up or stored."""
        return self._store.used

    def also_used(self, keys: frozenset[str]) -> None:
        """Mark keys as used that another process has looked up or stored."""
        self._store.also_used(keys)


_open: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """Open a cache in which every `remembered` function looks up its result first."""
    before = _open.set(memory)
    try:
        yield
    finally:
        _open.reset(before)


def used_results() -> frozenset[str]:
    """Return the used keys of the open cache; none if no cache is open."""
    memory = _open.get()
    return frozenset() if memory is None else memory.used


def also_used(keys: frozenset[str]) -> None:
    """Mark keys of the open cache as used that another process has used."""
    memory = _open.get()
    if memory is not None:
        memory.also_used(keys)


def remembered(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Memoise a function. Its result must depend only on its arguments, the package's code and the rules."""
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def looked_up(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        memory = _open.get()
        if memory is None:
            return function(*args, **kwargs)
        key = digest_of(*_parts((name, args, kwargs)))
        is_kept, kept = memory.take(key)
        if is_kept:
            result: Result = kept
            return result
        result = function(*args, **kwargs)
        memory.keep(key, result)
        return result

    return looked_up


def _parts(value: Any) -> Iterator[bytes]:
    """Yield bytes that identify a value. They are the same in each process."""
    yield type(value).__qualname__.encode()
    if isinstance(value, pd.DataFrame | pd.Series):
        yield str(len(value)).encode()
        yield from _column(value.index.to_series())
        columns = value.items() if isinstance(value, pd.DataFrame) else [(value.name, value)]
        for name, column in columns:
            yield str(name).encode()
            yield from _column(column)
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, BaseModel):
        yield value.model_dump_json().encode()
    elif (members := _members_of(value)) is not None:
        for one in members:
            yield from _parts(one)
        yield b"end"
    elif value is None or isinstance(value, str | bytes | int | float | date | np.generic):
        yield repr(value).encode()
    else:
        # A guess could give two different values the same key, and so return a wrong result.
        msg = f"A remembered function was given a {type(value).__qualname__}, which has no stable digest."
        raise TypeError(msg)


def _members_of(value: Any) -> Iterable[Any] | None:
    """Return the elements of a container; None if the value is not a container."""
    if isinstance(value, Mapping):
        return (one for pair in value.items() for one in pair)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return (getattr(value, field.name) for field in fields(value))
    return None


def _column(column: pd.Series) -> Iterator[bytes]:
    yield str(column.dtype).encode()
    if isinstance(column.dtype, pd.CategoricalDtype):
        yield from _column(column.cat.categories.to_series())
    if column.dtype == object:
        # The hash of pandas is the same for 1 and "1", so the types of the values are part of the key.
        yield ",".join(sorted({type(cell).__name__ for cell in column})).encode()
    yield pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes()
