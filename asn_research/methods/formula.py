"""Formulas: a model said in one line, as R's users and statsmodels' write it.

``motivasi ~ jp + C(golongan) + jp:kelamin | pegawai + triwulan`` names what is explained, what explains it
(numbers as they are, text as one term a level but the first, ``C(...)`` for numbers that are codes, ``a:b`` and
``a*b`` for interactions, ``log(...)``, ``I(x**2)``), and behind the bar whose levels get an effect of their own.
Mixed models take ``(1 | pegawai)``, ``(1 | unit/pegawai)``, ``(1 + jp | unit)`` and ``(1 + jp || unit)`` besides. The parts between are read by `formulaic`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

import numpy as np
import pandas as pd

from asn_research.errors import ModelError, RequestError
from asn_research.methods.column_values import (
    as_numbers,
    is_number,
    need_columns,
    refuse_numbers_as_text,
)
from asn_research.methods.estimator import with_notes
from asn_research.methods.spellings import capitals_differ, refuse_nothing_as_label, refuse_spellings
from asn_research.rules.words import Said, worded

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

#: What a formula may call; nothing else of Python.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "log": np.log, "log1p": np.log1p, "log2": np.log2, "log10": np.log10, "sqrt": np.sqrt, "exp": np.exp, "abs": np.abs,
}  # fmt: skip
_RANDOM = re.compile(r"\(\s*([^()|]+?)\s*(\|\|?)\s*([^()|]+?)\s*\)")
#: A variable by itself to a power, which R and formulaic read as the variable: its levels crossed with themselves.
_POWER = re.compile(r"(?<![)\w.`])(`[^`]+`|[^\W\d][\w.]*)\s*(?:\*\*|\^)\s*\d")
_LEVEL = re.compile(r"(?:C\(`?([^(),`]+?)`?(?:,[^)]*)?\)|([^:\[\]()]+))\[(?:T\.)?(.*?)\]")
_CALLED = re.compile(r"([A-Za-z_][\w.]*)\s*\(")
_CODES = re.compile(r"\bC\(\s*`?([^`(),]+)`?\s*[,)]")
_OWN_CALLS = {"C", "I", "Q", "poly", "bs", "cc", "cr", "cs", "center", "scale", "lag", "hashed"}
_EXAMPLE = "motivasi ~ jp + C(golongan) | pegawai + triwulan"


class ByFormula(Protocol[P, R_co]):
    """An estimator that is called by its arguments, or by a formula and a table."""

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    @overload
    def __call__(self, formula: str, data: pd.DataFrame, /, **options: Any) -> R_co: ...


@dataclass(frozen=True)
class Parsed:
    """A formula in its parts.

    Parameters
    ----------
    text : str
        As it was written, blanks put right.
    outcome, terms : str
        Left and right of the tilde.
    groups : tuple of str
        Behind the bar.
    random : tuple of tuple
        Of a mixed model: each factor and the terms whose slopes vary between its levels.
    correlated : bool
        Whether intercepts and slopes may go together: not behind two bars, ``(1 + jp || penilai)``.
    """

    text: str
    outcome: str
    terms: str
    groups: tuple[str, ...]
    random: tuple[tuple[str, tuple[str, ...]], ...] = ()
    correlated: bool = True


def read_formula(text: str) -> Parsed:
    """Return the parts of a formula.

    Raises
    ------
    RequestError
        If it is no formula.

    Examples
    --------
    >>> found = read_formula("nilai ~ jp*kelamin | pegawai + triwulan")
    >>> found.outcome, found.terms, found.groups
    ('nilai', 'jp*kelamin', ('pegawai', 'triwulan'))
    >>> read_formula("nilai ~ jp + (1 + jp | penilai)").random
    (('penilai', ('jp',)),)
    >>> read_formula("nilai ~ jp + (1 | unit/pegawai)").random
    (('unit', ()), ('unit:pegawai', ()))
    """
    whole = " ".join(text.split())
    left, tilde, right = whole.partition("~")
    found = _RANDOM.findall(right)
    right = re.sub(r"^(\s*\+)+|(\+\s*)+$", "", re.sub(r"\+\s*(?=\+)", "", _RANDOM.sub("", right))).strip()
    terms, bar, behind = right.partition("|")
    groups = tuple(_name(part) for part in behind.split("+")) if bar else ()
    if not tilde or not left.strip() or "~" in right or "|" in behind or (bar and not all(groups)):
        raise worded(RequestError, "error_formula", formula=whole, example=_EXAMPLE)
    random = tuple(
        (factor, _slopes(slopes, whole)) for slopes, _, nested in found for factor in _factors(nested)
    )
    bars = {bar for slopes, bar, _ in found if _slopes(slopes, whole)}
    if len(bars) > 1:
        raise worded(RequestError, "error_formula_bars", formula=whole)
    _refuse_powers(right, whole)
    return Parsed(whole, left.strip(), terms.strip() or "1", groups, random, correlated=bars != {"||"})


def _factors(text: str) -> list[str]:
    """Return the factors of a random part: ``unit/pegawai`` are units, and persons within each of them."""
    if text.startswith("`"):
        return [_name(text)]
    parts = [_name(part) for part in text.split("/")]
    return [":".join(parts[: place + 1]) for place in range(len(parts))]


def _refuse_powers(right: str, whole: str) -> None:
    """Refuse ``x**2`` and ``x^2`` outside of ``I(...)``, which would be read as ``x``."""
    outside = re.sub(r"I\([^()]*(?:\([^()]*\)[^()]*)*\)", "", right)
    power = _POWER.search(outside)
    if power:
        raise worded(RequestError, "error_formula_power", formula=whole, name=power[1])


def _name(text: str) -> str:
    return text.strip().strip("`").strip()


def _slopes(text: str, whole: str) -> tuple[str, ...]:
    parts = [_name(part) for part in text.split("+")]
    if "0" in parts:
        raise worded(RequestError, "error_formula_no_intercepts", formula=whole)
    if not all(parts):
        raise worded(RequestError, "error_formula", formula=whole, example="nilai ~ jp + (1 + jp | penilai)")
    return tuple(part for part in parts if part != "1")


@dataclass(frozen=True)
class Expanded:
    """A table with a column for each term of a formula.

    Parameters
    ----------
    frame : pd.DataFrame
        The table and the terms' columns; these are missing where a variable of the formula is.
    outcome : str
        The column that is explained.
    terms, groups : list of str
        The columns that explain it, and those of the effects.
    notes : tuple of str
        What is to be noted of the labels of text among the variables.
    """

    frame: pd.DataFrame
    outcome: str
    terms: list[str]
    groups: list[str]
    notes: tuple[Said, ...] = ()


def expand(parsed: Parsed, frame: pd.DataFrame, also: Sequence[str] = ()) -> Expanded:
    """Make the columns of a formula.

    Parameters
    ----------
    parsed : Parsed
        The formula.
    frame : pd.DataFrame
        One row per case.
    also : sequence of str
        Columns that a case must have besides, such as its cluster: levels are those of complete cases.

    Raises
    ------
    RequestError
        If it cannot be read, or leaves the constant out.
    ModelError
        If a column is absent, or holds infinity.
    """
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1).reset_index(drop=True)
    right = _formula(parsed.terms, parsed)
    if "1" not in {str(term) for term in right}:
        raise worded(RequestError, "error_formula_constant", formula=parsed.text)
    # A column is taken as it is, so that answers in words stay answers; log(y) and the like are worked out.
    outcome = _name(parsed.outcome)
    left = None if outcome in frame or outcome.isidentifier() else _formula(parsed.outcome, parsed)
    grouped = [*parsed.groups, *(factor for factor, _ in parsed.random)]
    factors = [part for group in grouped for part in _parts_of(group, frame)]
    slopes = [name for _, names in parsed.random for name in names]
    of_left = [outcome] if left is None else [str(v) for v in left.required_variables]
    used = sorted({str(v) for v in right.required_variables})
    if outcome in used:
        raise worded(RequestError, "error_formula_both_sides", formula=parsed.text, name=outcome)
    if not all([*of_left, *used]):
        raise worded(RequestError, "error_formula", formula=parsed.text, example=_EXAMPLE)
    needed = list(dict.fromkeys([*of_left, *used, *factors, *slopes, *also]))
    need_columns(frame, needed)
    counted = [*used, *(of_left if left is not None else [])]
    as_codes = {name.strip() for name in _CODES.findall(parsed.terms)}
    for name in counted:
        if name not in as_codes:
            refuse_numbers_as_text(frame[name], name)
        refuse_spellings(frame[name], name)
        refuse_nothing_as_label(frame[name], name)
    notes = [note for name in counted if (note := capitals_differ(frame[name], name))]
    ready = frame.assign(
        **{name: as_numbers(frame[name], name) for name in counted if is_number(frame[name])}
    )
    whole = ready.loc[ready[needed].notna().all(axis=1)]
    whole = whole.assign(**{name: _levels(whole[name]) for name in counted if not is_number(whole[name])})
    made = _columns(right, whole, parsed)
    terms = list(made)
    if left is not None:
        worked_out = _columns(left, whole, parsed)
        if len(worked_out) != 1:
            raise worded(RequestError, "error_formula", formula=parsed.text, example=_EXAMPLE)
        made |= worked_out
        outcome = next(iter(worked_out))
    for group in grouped:
        parts = _parts_of(group, frame)
        if len(parts) > 1:
            made[group] = whole.groupby(parts, observed=True, sort=False).ngroup()
    found = {name: values.reindex(ready.index) for name, values in made.items()}
    # Added at once: columns added one by one leave the table in pieces.
    kept = ready.drop(columns=[name for name in found if name in ready])
    whole_frame = pd.concat([kept, pd.DataFrame(found)], axis=1)
    return Expanded(whole_frame, outcome, terms, list(parsed.groups), tuple(notes))


def _parts_of(group: str, frame: pd.DataFrame) -> list[str]:
    """Return the columns whose combinations are the levels of a group: ``unit:triwulan``, or a column of that name."""
    return [group] if group in frame else [_name(part) for part in group.split(":")]


def _levels(values: pd.Series) -> pd.Series:
    """Return text or a category with the levels that rows have; a category keeps its order."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.remove_unused_categories()
    return values.astype(str)


def _formula(text: str, parsed: Parsed) -> Any:
    called = set(_CALLED.findall(re.sub(r"`[^`]*`", "", text))) - _OWN_CALLS - set(FUNCTIONS)
    if called:
        known = ", ".join(sorted([*FUNCTIONS, "C", "I", "poly", "center", "scale", "bs"]))
        raise worded(RequestError, "error_formula_call", formula=parsed.text, name=min(called), known=known)
    from formulaic import Formula  # noqa: PLC0415 (slow, and most fits are called by their arguments)
    from formulaic.errors import FormulaicError  # noqa: PLC0415

    try:
        return Formula(text)
    except (FormulaicError, SyntaxError):
        raise worded(RequestError, "error_formula", formula=parsed.text, example=_EXAMPLE) from None


def _columns(side: Any, whole: pd.DataFrame, parsed: Parsed) -> dict[str, pd.Series]:
    """Return the columns of one side, the constant left out, under names as the list of regressors gives them."""
    from formulaic.errors import FormulaicError  # noqa: PLC0415 (see `_formula`)

    if whole.empty:
        return {str(v): pd.Series(dtype=float) for v in side.required_variables}
    try:
        # What cannot be computed is named below, by its column.
        with np.errstate(all="ignore"):
            matrix = side.get_model_matrix(
                whole, context=dict(FUNCTIONS), na_action="ignore", ensure_full_rank=True
            )
    except (FormulaicError, SyntaxError, TypeError, ValueError, ZeroDivisionError):
        raise worded(RequestError, "error_formula", formula=parsed.text, example=_EXAMPLE) from None
    # A side with parts of its own, such as "0|~", gives several matrices.
    if not hasattr(matrix, "columns"):
        raise worded(RequestError, "error_formula", formula=parsed.text, example=_EXAMPLE)
    found: dict[str, pd.Series] = {}
    for column in matrix.columns:
        if column == "Intercept":
            continue
        name = _LEVEL.sub(lambda m: f"{(m[1] or m[2]).strip()}={m[3]}", column)
        gone = int(matrix[column].isna().sum())
        if gone:
            # Rows with a missing variable are out already: what is missing here has no logarithm or root.
            raise worded(ModelError, "error_formula_undefined", formula=parsed.text, name=name, n=gone)
        found[name] = as_numbers(pd.Series(np.asarray(matrix[column], dtype=float), index=whole.index), name)
    return found


def by_formula(
    terms: str,
    groups: str | tuple[str, ...] = (),
    *,
    outcome: str = "outcome",
    random: str = "",
    slopes: str = "",
) -> Callable[[Callable[P, R]], ByFormula[P, R]]:
    """Let an estimator be called by a formula: ``fit_panel("y ~ x | person", data, cluster="unit")``.

    Parameters
    ----------
    terms : str
        The parameter that takes what explains; one name, or a list of them.
    groups : str or tuple of str
        The parameter that takes what stands behind the bar; or one parameter for each.
    outcome : str
        The parameter that takes what is explained.
    random, slopes : str
        The parameters of a mixed model that take the factors, and the slopes that vary between their levels; both
        or neither.
    """

    def declare(function: Callable[P, R]) -> ByFormula[P, R]:
        roles = function.declaration.roles  # type: ignore[attr-defined]
        of_formula = {outcome, terms, *([groups] if isinstance(groups, str) else groups), random, slopes} - {
            ""
        }

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            if not args or not isinstance(args[0], str):
                if len(args) > 1 and isinstance(args[1], str) and "~" in args[1]:
                    raise worded(
                        RequestError, "error_formula_first", function=function.__name__, formula=args[1]
                    )
                return function(*args, **kwargs)
            text, *rest = args
            table = rest[0] if rest else kwargs.pop("data", None)
            if not isinstance(table, pd.DataFrame) or len(rest) > 1:
                given = type(table).__name__
                raise worded(RequestError, "error_no_frame_after", function=function.__name__, given=given)
            twice = sorted(of_formula & set(kwargs))
            if twice:
                raise worded(RequestError, "error_formula_twice", function=function.__name__, option=twice[0])
            parsed = read_formula(text)
            also = [name for role in roles if role in kwargs for name in _names(kwargs[role])]
            found = expand(parsed, table, also)
            call: dict[str, Any] = {
                outcome: found.outcome,
                **_terms_of(found, terms, function),
                **_groups_of(found, groups, function),
            }
            if random:
                call |= {random: [factor for factor, _ in parsed.random]}
                varying = {factor: list(names) for factor, names in parsed.random if names}
                if varying:
                    call[slopes] = varying
                if not parsed.correlated:
                    if kwargs.pop("correlated", False):
                        raise worded(
                            RequestError,
                            "error_formula_twice",
                            function=function.__name__,
                            option="correlated",
                        )
                    call["correlated"] = False
            elif parsed.random:
                raise worded(
                    RequestError, "error_formula_random", function=function.__name__, formula=parsed.text
                )
            fit = function(found.frame, **call, **kwargs)  # type: ignore[arg-type]
            return with_notes(_with_formula(fit, parsed.text), found.notes)

        return cast("ByFormula[P, R]", called)

    return declare


def _names(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, Mapping):
        return [name for inner in value.values() for name in _names(inner)]
    return [value] if isinstance(value, str) else [name for each in value for name in _names(each)]


def _terms_of(found: Expanded, parameter: str, function: Callable[..., Any]) -> dict[str, Any]:
    hint = function.__annotations__.get(parameter, "")
    if hint != "str":
        return {parameter: found.terms}
    if len(found.terms) != 1:
        raise worded(
            RequestError, "error_formula_one_term", function=function.__name__, terms=", ".join(found.terms)
        )
    return {parameter: found.terms[0]}


def _groups_of(
    found: Expanded, groups: str | tuple[str, ...], function: Callable[..., Any]
) -> dict[str, Any]:
    if isinstance(groups, str):
        return {groups: found.groups} if found.groups else {}
    if len(found.groups) > len(groups):
        raise worded(
            RequestError, "error_formula_groups", function=function.__name__, n=len(groups), groups=", ".join(found.groups)
        )  # fmt: skip
    return dict(zip(groups, found.groups, strict=False))


def _with_formula(fit: Any, text: str) -> Any:
    if is_dataclass(fit) and not isinstance(fit, type) and any(f.name == "formula" for f in fields(fit)):
        return replace(fit, formula=text)
    return fit


def formula_of(outcome: str, terms: Sequence[str], groups: Sequence[str] = ()) -> str:
    """Return the formula of a model that was given by its arguments.

    Examples
    --------
    >>> formula_of("nilai", ["jp", "usia"], ["pegawai"])
    'nilai ~ jp + usia | pegawai'
    """
    # Columns of levels, golongan=b and golongan=c, are one term of the formula.
    named = dict.fromkeys(term if ":" in term else term.partition("=")[0] for term in terms)
    right = " + ".join(named) or "1"
    return f"{outcome} ~ {right}" + (f" | {' + '.join(groups)}" if groups else "")
