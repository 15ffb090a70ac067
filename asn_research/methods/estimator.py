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
import numbers
import types
import typing
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, Literal, ParamSpec, TypeVar, Union

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from asn_research.errors import ModelError, RequestError
from asn_research.methods.column_values import (
    as_numbers,
    copied_rows_note,
    is_number,
    level_columns,
    missing_code_note,
    need_columns,
    refuse_numbers_as_text,
)
from asn_research.methods.option_choices import choose
from asn_research.methods.spellings import capitals_differ, refuse_nothing_as_label, refuse_spellings
from asn_research.rules.words import Said, in_words, language_here, worded

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
#: Parameters that are shares of one, such as a level of significance.
_SHARES = {"alpha", "level", "quantiles"}
#: By the name of a result's class, the estimator that returns it.
_MAKERS: dict[str, str] = {}
_LABELLED = {Role.LABEL, Role.TERM, Role.FACTOR}
#: Roles of numbers in which a code for a missing value may hide; answers are looked at by `ordered_answers`.
_CODED = {Role.MEASURE, Role.AMOUNT, Role.NUMBER, Role.TERM, Role.FACTOR}
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
        _MAKERS.setdefault(str(function.__annotations__.get("return")), function.__name__)

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            call = signature.bind(*args, **kwargs)
            call.apply_defaults()
            _check_options(function, call.arguments)
            notes = _enter(declaration, _hints(function), call.arguments)
            with one_thread():
                fit = function(*call.args, **call.kwargs)
            _refuse_term_twice(fit, declaration)
            return with_notes(fit, notes)

        checked.declaration = declaration  # type: ignore[attr-defined]
        return checked

    return declare


def with_notes(fit: R, notes: Sequence[Said]) -> R:
    """Return a result with further notes; what holds no notes says them as a warning."""
    if not notes:
        return fit
    if (
        is_dataclass(fit)
        and not isinstance(fit, type)
        and any(field.name == "notes" for field in fields(fit))
    ):
        return replace(fit, notes=(*fit.notes, *notes))  # type: ignore[attr-defined]
    for note in notes:
        warnings.warn(in_words(note, language_here()), stacklevel=3)
    return fit


def _refuse_term_twice(fit: object, declaration: Declaration) -> None:
    """Refuse a result with two rows of one name: a column is called as the model calls a row of its own."""
    table = getattr(fit, "table", None)
    if not isinstance(table, pd.DataFrame) or "term" not in table:
        return
    parts = [name for name in ("quantile", "outcome", "stage") if name in table]
    twice = table.loc[table.duplicated([*parts, "term"]), "term"]
    if len(twice):
        raise worded(RequestError, "error_term_twice", function=declaration.function, name=twice.iloc[0])


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
    for name in _SHARES & set(arguments):
        given = arguments[name]
        for each in given if isinstance(given, Iterable) and not isinstance(given, str) else [given]:
            if isinstance(each, numbers.Real) and not 0 < float(each) < 1:
                raise worded(RequestError, "error_share", function=function.__name__, option=name, given=each)
    for name, kind in _fits(function).items():
        if not isinstance(arguments[name], kind):
            raise worded(
                RequestError,
                "error_wrong_fit",
                function=function.__name__,
                maker=_MAKERS.get(kind.__name__, kind.__name__),
                given=type(arguments[name]).__name__,
            )


@functools.cache
def _fits(function: Callable[..., Any]) -> dict[str, type]:
    """Return the parameters of a function that take the result of a fit, with its class."""
    hints = {name: hint for name, hint in _hints(function).items() if name != "return"}
    return {name: hint for name, hint in hints.items() if isinstance(hint, type) and hint.__name__ in _MAKERS}


def _enter(declaration: Declaration, hints: Mapping[str, Any], arguments: dict[str, Any]) -> list[Said]:
    """Check the columns that a call names, replace the arguments by normalised ones, and return what is to be noted."""
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
    labels = dict.fromkeys(n for p, role in declaration.roles.items() if role in _LABELLED for n in named[p])
    notes = [note for name in labels if (note := capitals_differ(frame[name], name))]
    frame = _numbers_checked(frame, named, declaration)
    numbers = dict.fromkeys(
        n for p, role in declaration.roles.items() if role in _CODED for n in named[p] if is_number(frame[n])
    )
    notes += [note for name in numbers if (note := missing_code_note(frame[name], name))]
    if copies := copied_rows_note(frame, needed):
        notes.append(copies)
    _refuse_outcome_as_cause(declaration, named)
    frame, terms = _coded_terms(frame, named, needed, declaration)
    arguments.update(terms)
    arguments[table] = frame
    return notes


def _refuse_outcome_as_cause(declaration: Declaration, named: Mapping[str, list[str]]) -> None:
    """Refuse an outcome that also explains: it would explain itself without remainder."""
    for parameter, names in named.items():
        both = set(named.get("outcome", ())) & set(names)
        if parameter != "outcome" and both:
            raise worded(
                RequestError,
                "error_outcome_as_cause",
                function=declaration.function,
                option=parameter,
                name=min(both),
            )


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
            if role in _LABELLED:
                refuse_spellings(values, name)
                refuse_nothing_as_label(values, name)
            if role in (Role.TERM, Role.FACTOR) and not is_number(values):
                refuse_numbers_as_text(values, name)
                _refuse_taken(name, frame, named)
            if role.is_number or (role in (Role.TERM, Role.FACTOR) and is_number(values)):
                changed[name] = as_numbers(values, name)
    same = all(values is frame[name] or values.dtype == frame[name].dtype for name, values in changed.items())
    return frame if same else frame.assign(**changed)


def _refuse_taken(name: str, frame: pd.DataFrame, named: Mapping[str, list[str]]) -> None:
    """Refuse a text column whose levels would get the name of another column of the call."""
    taken = {f"{name}={level}" for level in frame[name].dropna().unique()} & {
        n for names in named.values() for n in names
    }
    if taken:
        raise worded(ModelError, "error_name_taken", name=name, taken=min(taken))


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
    return pd.concat([frame, pd.DataFrame(columns)], axis=1), replaced


def _with_levels(names: Sequence[str], levels: Mapping[str, Sequence[str]]) -> list[str]:
    return [new for name in names for new in levels.get(name, [name])]
