"""Tables become design matrices: fixed effects with named columns, random terms with their levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import sparse

from asn_research.errors import ModelError, RequestError
from asn_research.methods.column_values import is_number, level_columns, need_columns
from asn_research.methods.scaling import Standardised, centred, column_units, standardise
from asn_research.rules.words import said, worded

Array = np.ndarray


@dataclass(frozen=True)
class RandomTerm:
    """A factor whose levels get effects drawn from a normal distribution.

    Parameters
    ----------
    name : str
        The column.
    codes : np.ndarray
        The level of each row.
    levels : pd.Index
        The levels' labels.
    columns : tuple of str
        ``intercept``, and the columns whose slopes vary between levels.
    values : np.ndarray
        Rows × columns: ones, and the slopes' covariates over their units.
    correlated : bool
        Whether intercept and slopes may go together.
    units : np.ndarray
        What each column was divided by, so that columns are of like size.
    """

    name: str
    codes: Array
    levels: pd.Index
    columns: tuple[str, ...]
    values: Array
    correlated: bool
    units: Array

    @property
    def width(self) -> int:
        """Effects per level."""
        return len(self.columns)

    @property
    def block(self) -> tuple[int, int]:
        """Levels and effects per level."""
        return len(self.levels), self.width

    @property
    def n_theta(self) -> int:
        """How many numbers say its covariance."""
        return self.width * (self.width + 1) // 2 if self.correlated else self.width

    def factor(self, theta: Array) -> Array:
        """Return the lower triangular factor of the relative covariance."""
        found = np.zeros((self.width, self.width))
        if self.correlated:
            rows, columns = self.triangle
            found[rows, columns] = theta
        else:
            found[np.diag_indices(self.width)] = theta
        return found

    @property
    def triangle(self) -> tuple[Array, Array]:
        """Places of the factor's numbers, column by column as lme4 counts them."""
        pairs = [(i, j) for j in range(self.width) for i in range(j, self.width)]
        return np.array([i for i, _ in pairs]), np.array([j for _, j in pairs])

    @property
    def is_diagonal(self) -> Array:
        """Which of the factor's numbers must not be negative."""
        if not self.correlated:
            return np.ones(self.width, dtype=bool)
        rows, columns = self.triangle
        return np.asarray(rows == columns)

    @property
    def places(self) -> tuple[Array, Array]:
        """Rows and columns of the factor's numbers."""
        diagonal = np.arange(self.width)
        return self.triangle if self.correlated else (diagonal, diagonal)

    def about_zero(self) -> Standardised:
        """Return the covariates less their means, where the intercept can take up the shift."""
        if self.correlated:
            return standardise(self.values, constant=0)
        return Standardised(self.values, np.eye(self.width))

    def theta_of(self, root: Array) -> Array:
        """Return the numbers of the lower triangular factor whose square a root's is."""
        if not self.correlated:
            return np.diag(root)
        lower = np.asarray(np.linalg.qr(root.T, mode="r")).T
        lower = lower * np.where(np.diag(lower) < 0, -1.0, 1.0)
        return np.asarray(lower[self.triangle])

    def only(self, kept: Sequence[int]) -> RandomTerm:
        """Return the term with some of its columns."""
        columns = tuple(self.columns[j] for j in kept)
        return replace(self, columns=columns, values=self.values[:, kept], units=self.units[list(kept)])

    @property
    def written(self) -> str:
        """The term as lme4 writes it; independent slopes by two bars."""
        columns = ["1" if name == "intercept" else name for name in self.columns]
        columns = columns if "1" in columns else ["0", *columns]
        bars = "|" if self.correlated or self.width == 1 else "||"
        return f"({' + '.join(columns)} {bars} {self.name})"

    def design(self) -> sparse.csr_array:
        """Return the term's columns of the design, levels outermost."""
        n = len(self.codes)
        columns = (self.codes[:, None] * self.width + np.arange(self.width)).ravel()
        pointers = np.arange(0, n * self.width + 1, self.width)
        return sparse.csr_array(
            (self.values.ravel(), columns, pointers), shape=(n, len(self.levels) * self.width)
        )


def boundary_note(term: RandomTerm) -> str:
    """Say that a spread, or a combination of effects, is best at exactly zero."""
    word = "note_combination_zero" if term.width > 1 else "note_spread_zero"
    return said(word, name=term.name, n=len(term.levels))


@dataclass(frozen=True)
class Frame:
    """What a model with fixed and random effects is fitted to.

    Parameters
    ----------
    outcome : np.ndarray
        One value a row.
    fixed : np.ndarray
        Rows × columns of the fixed part.
    names : tuple of str
        Names of the fixed columns.
    terms : tuple of RandomTerm
        Largest first.
    rows : pd.Index
        Labels of the rows that could be used.
    n_missing : int
        Rows left out because a value is missing.
    """

    outcome: Array
    fixed: Array
    names: tuple[str, ...]
    terms: tuple[RandomTerm, ...]
    rows: pd.Index
    n_missing: int


def build_frame(
    frame: pd.DataFrame,
    outcome: str,
    fixed: Sequence[str],
    random: Sequence[str],
    *,
    slopes: Mapping[str, Sequence[str]] | None = None,
    correlated: bool = True,
    intercept: bool = True,
) -> Frame:
    """Choose the rows that can be used and make their design.

    Text and category columns of the fixed part become one column a level but the first.

    Raises
    ------
    ModelError
        Where columns are missing, the outcome is constant, a factor has one level or as many levels
        as rows, two factors split the rows in the same way, or fixed columns move together.
    """
    slopes = slopes or {}
    strangers = [name for name in slopes if name not in random]
    if strangers:
        raise worded(RequestError, "error_slope_factor", name=strangers[0], known=", ".join(random))
    both = [name for name in fixed if name in random]
    if both:
        raise worded(RequestError, "error_fixed_and_random", name=both[0])
    needed = list(dict.fromkeys([outcome, *fixed, *random, *(c for s in slopes.values() for c in s)]))
    need_columns(frame, needed)
    used = frame[needed].dropna()
    if len(used) < 3:
        raise worded(ModelError, "error_few_usable", n=len(used), name=outcome)
    if used[outcome].nunique() < 2:
        raise worded(ModelError, "error_nothing_to_explain", name=outcome)
    names, matrix = fixed_columns(used, fixed, intercept=intercept)
    terms = tuple(_term(used, name, slopes.get(name, ()), correlated) for name in random)
    _refuse_twins(terms)
    ordered = tuple(sorted(terms, key=lambda t: -len(t.levels)))
    return Frame(used[outcome].to_numpy(), matrix, names, ordered, used.index, len(frame) - len(used))


def _refuse_twins(terms: Sequence[RandomTerm]) -> None:
    """Refuse two factors of which each level of one is a level of the other: one spread, two names."""
    for a, b in combinations(terms, 2):
        if len(a.levels) == len(b.levels) == len(np.unique(np.column_stack([a.codes, b.codes]), axis=0)):
            raise worded(ModelError, "error_factors_same", first=a.name, second=b.name)


def varies(values: pd.Series) -> bool:
    """Whether a column holds more than one value."""
    known = values.dropna()
    return len(known) > 0 and bool((known != known.iloc[0]).any())


def fixed_columns(
    used: pd.DataFrame, fixed: Sequence[str], *, intercept: bool = True
) -> tuple[tuple[str, ...], Array]:
    """Return names and columns of the fixed part; the first level of a text column is its base.

    Raises
    ------
    ModelError
        If columns are constant or move together exactly.
    """
    names: list[str] = ["intercept"] if intercept else []
    columns: list[Array] = [np.ones(len(used))] if intercept else []
    for name in fixed:
        made = {name: used[name]} if is_number(used[name]) else level_columns(used[name], name)
        names += made
        columns += [values.to_numpy(dtype=float) for values in made.values()]
    matrix = np.column_stack(columns) if columns else np.empty((len(used), 0))
    flat = [n for n, c in zip(names, columns, strict=True) if n != "intercept" and not centred(c).any()]
    if flat:
        raise worded(ModelError, "error_explains_nothing", names=", ".join(flat))
    # A constant takes up shifts, be it an intercept or the thresholds.
    scaled = standardise(
        np.column_stack([np.ones(len(used)), *columns[int(intercept) :]]), constant=0
    ).columns
    if matrix.shape[1] > 1 and np.linalg.matrix_rank(scaled, tol=1e-9 * len(used)) < scaled.shape[1]:
        raise worded(ModelError, "error_together_exactly", names=", ".join(fixed))
    if matrix.shape[1] >= len(used):
        raise worded(ModelError, "error_rows_fixed", n=len(used), k=matrix.shape[1])
    return tuple(names), matrix


def _term(used: pd.DataFrame, name: str, slopes: Sequence[str], correlated: bool) -> RandomTerm:
    codes, levels = pd.factorize(used[name], sort=True)
    if len(levels) < 2:
        raise worded(ModelError, "error_factor_one_level", name=name)
    if len(levels) == len(used) and not slopes:
        raise worded(ModelError, "error_factor_each_row", name=name, n=len(levels))
    covariates = used[list(slopes)].to_numpy(dtype=float)
    units = np.append(1.0, column_units(covariates))
    values = np.column_stack([np.ones(len(used)), covariates]) / units
    return RandomTerm(name, codes, pd.Index(levels), ("intercept", *slopes), values, correlated, units)
