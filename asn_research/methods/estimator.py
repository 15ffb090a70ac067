"""Validation of the arguments of every estimator, from a declaration beside the function.

An estimator declares the role of each parameter that names columns::

    @estimator(outcome=Role.MEASURE, regressors=Role.TERM, effects=Role.LABEL, cluster=Role.LABEL)
    def fit_panel(frame, outcome, regressors, *, effects=(), cluster=None): ...

A role says which transformations of a column must not change the result, such as another unit; tests check
this for every estimator. The same declaration serves to check each call: missing or duplicate columns,
numbers that are text or infinite, unknown options.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, ParamSpec, TypeVar, Union

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from asn_research.errors import ModelError, RequestError
from asn_research.methods.column_values import (
    as_numbers,
    is_number,
    level_columns,
    need_columns,
    refuse_numbers_as_text,
    refuse_stray_blanks,
)
from asn_research.methods.option_choices import choose
from asn_research.rules.words import worded

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])


class Role(Enum):
    """The role of a column in an estimator."""

    #: A number with an arbitrary unit and origin: it may be scaled and shifted.
    MEASURE = "measure"
    #: A number with a true zero: it may be scaled.
    AMOUNT = "amount"
    #: A number with an absolute meaning (0 or 1, a count): it may be neither scaled nor shifted.
    NUMBER = "number"
    #: A measure, or text and categories, which become one dummy column for each level but the first.
    TERM = "term"
    #: Like a term, but the estimator itself makes the dummy columns.
    FACTOR = "factor"
    #: An identifier of rows or groups: its values may be renamed.
    LABEL = "label"
    #: Ordered answers: they may be renamed if their order stays the same.
    ANSWER = "answer"
    #: A whole number that counts periods: all such columns may be shifted by the same number.
    PERIOD = "period"
    #: Any column; the estimator checks it itself.
    OTHER = "other"

    @property
    def may_be_scaled(self) -> bool:
        """Whether the column may be multiplied by a positive number."""
        return self in _SCALED

    @property
    def may_be_shifted(self) -> bool:
        """Whether a constant may be added to the column."""
        return self in _SHIFTED

    @property
    def may_be_recoded(self) -> bool:
        """Whether the column's values may be renamed."""
        return self is Role.LABEL

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers only."""
        return self in _NUMBERS


_SCALED = {Role.MEASURE, Role.AMOUNT, Role.TERM, Role.FACTOR}
_SHIFTED = {Role.MEASURE, Role.TERM, Role.FACTOR, Role.PERIOD}
_NUMBERS = {Role.MEASURE, Role.AMOUNT, Role.NUMBER, Role.PERIOD}


@dataclass(frozen=True)
class Declaration:
    """The declared roles of an estimator's columns.

    Parameters
    ----------
    function : str
        The name of the estimator.
    roles : mapping of str to Role
        The role of each parameter that names columns.
    """

    function: str
    roles: Mapping[str, Role]


def estimator(**roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare an estimator whose first parameter is a table; see the docstring of the module.

    Parameters
    ----------
    **roles : Role
        The role of each parameter that names one or more columns.
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        strangers = set(roles) - set(signature.parameters)
        assert not strangers, f"{function.__name__} has no parameter {strangers}"  # noqa: S101
        declaration = Declaration(function.__name__, types.MappingProxyType(dict(roles)))

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            call = signature.bind(*args, **kwargs)
            call.apply_defaults()
            _check_options(function, call.arguments)
            _enter(declaration, _hints(function), call.arguments)
            with one_thread():
                return function(*call.args, **call.kwargs)

        checked.declaration = declaration  # type: ignore[attr-defined]
        return checked

    return declare


def options_checked(function: F) -> F:
    """Decorate a statistic without column names: check options of type `Literal`, and use one thread."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        call = signature.bind(*args, **kwargs)
        call.apply_defaults()
        _check_options(function, call.arguments)
        with one_thread():
            return function(*call.args, **call.kwargs)

    return typing.cast("F", checked)


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit linear algebra to one thread.

    The matrices of these models are small or sparse, so several threads save no time. If other processes
    run at the same time, the threads wait for each other: a fit of 70,000 ratings took several minutes
    instead of one.
    """
    with _threads().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


@functools.cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return typing.get_type_hints(function)


@functools.cache
def _choices(function: Callable[..., Any]) -> dict[str, tuple[Hashable, ...]]:
    """Return the options of a function that have a closed list of values, with the values."""
    found = {name: _allowed(hint) for name, hint in _hints(function).items() if name != "return"}
    return {name: allowed for name, allowed in found.items() if allowed}


def _allowed(hint: Any) -> tuple[Hashable, ...]:
    """Return the values that a type hint allows; an empty tuple if it allows any value."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return inner
    if origin in (Union, types.UnionType):
        known = [_allowed(each) for each in inner if each is not type(None)]
        return tuple(value for each in known for value in each) if all(known) else ()
    if origin is not None and isinstance(origin, type) and issubclass(origin, Sequence) and inner:
        return _allowed(inner[0])
    return ()


def _check_options(function: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    for name, allowed in _choices(function).items():
        given = arguments.get(name)
        if given is None:
            continue
        for each in [given] if isinstance(given, str) or not isinstance(given, Iterable) else given:
            choose(each, allowed, option=name, function=function.__name__)
    draws = arguments.get("draws")
    if isinstance(draws, int) and draws < 2:
        raise worded(RequestError, "error_draws", function=function.__name__, draws=draws)
    level = arguments.get("level")
    if isinstance(level, float) and not 0 < level < 1:
        raise worded(RequestError, "error_level", function=function.__name__, level=level)


def _enter(declaration: Declaration, hints: Mapping[str, Any], arguments: dict[str, Any]) -> None:
    """Check the columns that a call names, and replace the arguments by normalised ones."""
    table = next(iter(arguments))
    frame = arguments[table]
    if not isinstance(frame, pd.DataFrame):
        raise worded(
            RequestError, "error_no_frame", function=declaration.function, given=type(frame).__name__
        )
    named: dict[str, list[str]] = {}
    for parameter in declaration.roles:
        arguments[parameter] = _as_text(
            arguments[parameter], parameter, hints.get(parameter), declaration.function
        )
        named[parameter] = _columns_of(arguments[parameter])
    if not all(isinstance(name, str) for name in frame.columns):
        frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    needed = list(dict.fromkeys(name for names in named.values() for name in names))
    need_columns(frame, needed)
    if not frame.index.is_unique:
        # A duplicate row label would select two rows at once, so rows are numbered anew, and with them
        # every column that a call gives beside its table.
        for name, value in arguments.items():
            if isinstance(value, pd.Series) and value.index.equals(frame.index):
                arguments[name] = value.reset_index(drop=True)
        frame = frame.reset_index(drop=True)
    frame = _numbers_checked(frame, named, declaration)
    frame, terms = _coded_terms(frame, named, needed, declaration)
    arguments.update(terms)
    arguments[table] = frame


def _as_text(value: Any, parameter: str, hint: Any, function: str) -> Any:
    """Return column names as text: one name or a list, according to the type hint of the parameter."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {str(key): _list_of_text(names) for key, names in value.items()}
    optional = typing.get_origin(hint) in (Union, types.UnionType) and str in typing.get_args(hint)
    if hint is not str and not optional:
        return _list_of_text(value)
    if _is_list(value):
        given = ", ".join(map(str, value))
        raise worded(RequestError, "error_one_column", function=function, option=parameter, given=given)
    return str(value)


def _list_of_text(value: Any) -> list[Any]:
    """Return names as a list of texts; a single name becomes a list, and nested lists stay nested."""
    if not _is_list(value):
        return [str(value)]
    return [_list_of_text(each) if _is_list(each) else str(each) for each in value]


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)


def _columns_of(value: Any) -> list[str]:
    """Return every column that an argument names."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [name for inner in value.values() for name in _columns_of(inner)]
    return [name for inner in value for name in _columns_of(inner)]


def _numbers_checked(
    frame: pd.DataFrame, named: Mapping[str, list[str]], declaration: Declaration
) -> pd.DataFrame:
    """Return the table with its numeric columns as numbers; refuse text and infinity in them."""
    changed: dict[str, pd.Series] = {}
    for parameter, role in declaration.roles.items():
        for name in named[parameter]:
            values = changed.get(name, frame[name])
            if role is Role.PERIOD:
                _refuse_no_period(values, name, parameter)
            if role in (Role.LABEL, Role.TERM, Role.FACTOR):
                refuse_stray_blanks(values, name)
            if role.is_number or (role in (Role.TERM, Role.FACTOR) and is_number(values)):
                changed[name] = as_numbers(values, name)
    same = all(values is frame[name] or values.dtype == frame[name].dtype for name, values in changed.items())
    return frame if same else frame.assign(**changed)


def _refuse_no_period(values: pd.Series, name: str, parameter: str) -> None:
    known = values.dropna()
    fine = is_number(values) and not pd.api.types.is_bool_dtype(values)
    if fine and len(known):
        numbers = known.to_numpy(dtype=float)
        finite = numbers[np.isfinite(numbers)]
        fine = bool((finite == np.round(finite)).all())
    if not fine and len(known):
        if parameter == "start" and all(_tells_no_time(value) for value in known.unique()):
            raise worded(ModelError, "error_start_no_period", name=name)
        raise worded(ModelError, "error_no_whole_period", name=name)


def _tells_no_time(value: object) -> bool:
    """Whether a value is yes or no, or a word without any number."""
    return isinstance(value, (bool, np.bool_)) or (
        isinstance(value, str) and not any(sign.isdigit() for sign in value)
    )


def _coded_terms(
    frame: pd.DataFrame, named: Mapping[str, list[str]], needed: Sequence[str], declaration: Declaration
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Add dummy columns for terms that are text; return the table, and the arguments with the new names."""
    text = [
        (parameter, name)
        for parameter, role in declaration.roles.items()
        if role is Role.TERM
        for name in named[parameter]
        if not is_number(frame[name])
    ]
    if not text:
        return frame, {}
    whole = frame[list(needed)].notna().all(axis=1)
    columns: dict[str, pd.Series] = {}
    levels: dict[str, list[str]] = {}
    for _, name in text:
        refuse_numbers_as_text(frame[name], name)
        made = level_columns(frame.loc[whole, name], name)
        # Rows with a missing value in another column get 0 here; they are left out later.
        columns |= {
            new: values.reindex(frame.index, fill_value=0.0).where(frame[name].notna())
            for new, values in made.items()
        }
        levels[name] = list(made)
    replaced = {
        parameter: _with_levels(named[parameter], levels) for parameter in dict.fromkeys(p for p, _ in text)
    }
    return frame.assign(**columns), replaced


def _with_levels(names: Sequence[str], levels: Mapping[str, Sequence[str]]) -> list[str]:
    return [new for name in names for new in levels.get(name, [name])]
