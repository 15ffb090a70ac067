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
from difflib import get_close_matches
from enum import Enum
from typing import Any, Literal, ParamSpec, TypeVar, Union

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from asn_research.errors import ModelError, RequestError
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


#: A column with more different values than this is not a scale of answers.
MOST_ANSWERS = 12

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


# Options


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


def choose(given: object, allowed: Sequence[Hashable], *, option: str, function: str) -> None:
    """Raise an error for an unknown value of an option, and suggest the most similar known value.

    Parameters
    ----------
    given : object
        The given value.
    allowed : sequence
        The known values.
    option, function : str
        The names of the option and of its function, for the message.

    Raises
    ------
    RequestError
        If the value is unknown.
    """
    if given in allowed:
        return
    known = ", ".join(map(repr, allowed))
    near = _nearest(str(given), [str(value) for value in allowed])
    if near:
        raise worded(
            RequestError,
            "error_option_near",
            function=function,
            option=option,
            given=given,
            known=known,
            near=near,
        )
    raise worded(RequestError, "error_option", function=function, option=option, given=given, known=known)


def _nearest(given: str, known: Sequence[str]) -> str:
    """Return the known word that is most similar to a given one; an empty text if none is similar."""
    plain = {_plain(word): word for word in known}
    found = get_close_matches(_plain(given), list(plain), n=1, cutoff=0.55)
    if not found:
        found = [word for word in plain if len(_plain(given)) > 1 and word.startswith(_plain(given)[:3])][:1]
    return plain[found[0]] if found else ""


def _plain(word: str) -> str:
    return "".join(sign for sign in word.casefold() if sign.isalnum())


# Columns


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


def need_columns(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise an error if a table lacks a needed column, or has one of them twice.

    Raises
    ------
    ModelError
        If a column is missing or occurs twice.
    """
    wanted = [name for name in dict.fromkeys(columns) if name]
    absent = [name for name in wanted if name not in frame]
    if absent:
        near = _nearest(absent[0], [str(name) for name in frame.columns])
        names = ", ".join(map(str, absent))
        if near:
            raise worded(ModelError, "error_no_column_near", names=names, near=near)
        raise worded(ModelError, "error_no_column", names=names)
    counts = frame.columns.value_counts()
    twice = [name for name in wanted if counts[name] > 1]
    if twice:
        raise worded(ModelError, "error_column_twice", names=", ".join(twice))


def _numbers_checked(
    frame: pd.DataFrame, named: Mapping[str, list[str]], declaration: Declaration
) -> pd.DataFrame:
    """Return the table with its numeric columns as numbers; refuse text and infinity in them."""
    changed: dict[str, pd.Series] = {}
    for parameter, role in declaration.roles.items():
        for name in named[parameter]:
            values = changed.get(name, frame[name])
            if role is Role.PERIOD:
                _refuse_no_period(values, name)
            if role.is_number or (role in (Role.TERM, Role.FACTOR) and is_number(values)):
                changed[name] = as_numbers(values, name)
    same = all(values is frame[name] or values.dtype == frame[name].dtype for name, values in changed.items())
    return frame if same else frame.assign(**changed)


def number_table(frame: pd.DataFrame, columns: Sequence[object] | None = None) -> pd.DataFrame:
    """Return columns as floats, with their names as text.

    Parameters
    ----------
    frame : pd.DataFrame
        The table.
    columns : sequence, optional
        Names of the columns; by default all.

    Raises
    ------
    ModelError
        If a column is missing, occurs twice, or holds text, dates or infinity.
    """
    named = frame.set_axis([str(name) for name in frame.columns], axis=1)
    wanted = list(named.columns) if columns is None else [str(name) for name in columns]
    need_columns(named, wanted)
    found = {name: as_numbers(named[name], name).astype(float) for name in wanted}
    return pd.DataFrame(found, index=frame.index, columns=wanted)


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers or booleans; a categorical column does not, even if its labels are numbers."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    if pd.api.types.is_numeric_dtype(values):
        return True
    if values.dtype != object:
        return False
    known = values.dropna()
    return len(known) > 0 and all(isinstance(value, (int, float, np.number, np.bool_)) for value in known)


def as_numbers(values: pd.Series, name: str) -> pd.Series:
    """Return a column as numbers.

    Parameters
    ----------
    values : pd.Series
        The column.
    name : str
        The column's name in messages.

    Raises
    ------
    ModelError
        If the column holds text, dates or infinity.
    """
    if not is_number(values):
        if values.notna().any():
            raise worded(ModelError, "error_not_numbers", name=name)
        return pd.Series(np.nan, index=values.index, name=values.name, dtype="float64")
    # A numeric numpy column is returned without a copy, to save memory for the panel of a city.
    plain = isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiu"
    numbers = values if plain else values.astype("Float64").astype(float)
    endless = int(np.isinf(numbers.to_numpy(dtype=float)).sum())
    if endless:
        raise worded(ModelError, "error_infinite", name=name, n=endless)
    return numbers


def _refuse_no_period(values: pd.Series, name: str) -> None:
    known = values.dropna()
    fine = is_number(values) and not pd.api.types.is_bool_dtype(values)
    if fine and len(known):
        numbers = known.to_numpy(dtype=float)
        finite = numbers[np.isfinite(numbers)]
        fine = bool((finite == np.round(finite)).all())
    if not fine and len(known):
        raise worded(ModelError, "error_no_whole_period", name=name)


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
    return frame.assign(**columns), replaced


def _with_levels(names: Sequence[str], levels: Mapping[str, Sequence[str]]) -> list[str]:
    return [new for name in names for new in levels.get(name, [name])]


def level_columns(values: pd.Series, name: str) -> dict[str, pd.Series]:
    """Return dummy columns (0 or 1) for the levels of a text column, except for the first level.

    Levels are in their own order for a categorical column, otherwise in alphabetical order. Levels without
    a row are left out. The first level is the reference level of the others.

    Parameters
    ----------
    values : pd.Series
        The column.
    name : str
        The name of the column; the dummy column of a level is called ``name=level``.

    Raises
    ------
    ModelError
        If all rows have the same level.
    """
    present = levels_of(values)
    if len(present) < 2:
        raise worded(ModelError, "error_one_level", name=name)
    return {f"{name}={level}": (values == level).astype(float) for level in present[1:]}


def levels_of(values: pd.Series) -> list[Any]:
    """Return the levels that occur in a column: in their own order for a categorical column, else sorted."""
    known = values.dropna()
    if isinstance(known.dtype, pd.CategoricalDtype):
        return [level for level in known.cat.categories if (known == level).any()]
    try:
        return sorted(known.unique())
    except TypeError:
        return sorted(known.unique(), key=str)


def yes_or_no(values: pd.Series | np.ndarray) -> np.ndarray:
    """Return values of 1 and 0, or True and False, as booleans.

    Raises
    ------
    ModelError
        If a value is missing, or is anything else than True, False, 1 or 0. R's codes 1 and 2 are refused,
        because in R 1 means no and here it would mean yes.
    """
    if values.dtype == bool:
        return np.asarray(values)
    column = pd.Series(np.asarray(values, dtype=object))
    found = set(column.dropna().unique())
    if column.isna().any() or not all(is_number(pd.Series([value])) and value in (0, 1) for value in found):
        shown = ", ".join(sorted(map(str, found))[:6]) + (", nan" if column.isna().any() else "")
        raise worded(ModelError, "error_not_ended", found=shown)
    return np.asarray(column.astype(float).to_numpy() == 1)


def answer_codes(
    values: pd.Series, name: str, order: Sequence[object] | None = None
) -> tuple[np.ndarray, list[Any]]:
    """Return ordered answers as codes from 0, and the list of answers.

    Parameters
    ----------
    values : pd.Series
        The answers, none missing.
    name : str
        The column, for messages.
    order : sequence, optional
        The answers from lowest to highest.

    Raises
    ------
    ModelError
        If all answers are equal, or there are too many different ones for a scale of answers.
    RequestError
        If the answers are text and their order is not given.
    """
    answers = ordered_answers(values, name, order)
    if len(answers) < 2:
        raise worded(ModelError, "error_one_answer", name=name)
    if len(answers) > MOST_ANSWERS:
        raise worded(ModelError, "error_many_answers", name=name, n=len(answers), most=MOST_ANSWERS)
    place = {answer: number for number, answer in enumerate(answers)}
    return values.map(place).to_numpy(dtype=int), answers


def ordered_answers(values: pd.Series, name: str, order: Sequence[object] | None = None) -> list[Any]:
    """Return the answers of a column from lowest to highest.

    Numbers, and text that holds only numbers, are ordered by value; an ordered category has its own order.
    Other text has no order of its own: the alphabet would put "amat tinggi" (very high) first, "rendah"
    (low) second and "sedang" (medium) last.

    Parameters
    ----------
    values : pd.Series
        The answers.
    name : str
        The column, for messages.
    order : sequence, optional
        The answers from lowest to highest.

    Raises
    ------
    RequestError
        If the answers are text and their order is not given.
    ModelError
        If ``order`` leaves an answer out.
    """
    known = values.dropna()
    given = list(known.unique())
    if order is not None:
        absent = [str(value) for value in given if value not in list(order)]
        if absent:
            raise worded(ModelError, "error_answers_unnamed", name=name, answers=", ".join(sorted(absent)))
        return [value for value in order if value in given]
    if len(given) < 2:
        return given
    if isinstance(known.dtype, pd.CategoricalDtype) and known.cat.ordered:
        return levels_of(known)
    try:
        by_value = {value: float(value) for value in given}
    except (TypeError, ValueError):
        shown = ", ".join(sorted(map(str, given))[:6])
        raise worded(RequestError, "error_no_order", name=name, answers=shown) from None
    if not all(np.isfinite(number) for number in by_value.values()):
        raise worded(
            ModelError, "error_infinite", name=name, n=sum(not np.isfinite(v) for v in known.astype(float))
        )
    return sorted(given, key=by_value.__getitem__)
