"""A confirmatory factor model as arrays: its free parameters, the implied moments and their derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from asn_research.errors import ModelError
from asn_research.rules.words import worded

Array = np.ndarray
Equal = Literal["loadings", "intercepts", "residuals"]
Scaling = Literal["marker", "variance"]


@dataclass(frozen=True)
class FactorModel:
    """Items and the factors that they belong to, in one or more groups.

    Parameters
    ----------
    factors : mapping of str to sequence of str
        Items of each factor; factors correlate freely.
    scaling : {"marker", "variance"}
        Whether each factor has the unit of its first item, or a variance of one.
    n_groups : int
        Number of groups fitted together.
    means : bool
        Whether intercepts are fitted. Latent means are zero in the first group; in the other groups
        they are free if intercepts are equal.
    equal : sequence of str
        Parameters that are constrained to be equal across groups.
    """

    factors: Mapping[str, Sequence[str]]
    scaling: Scaling = "marker"
    n_groups: int = 1
    means: bool = False
    equal: Sequence[Equal] = ()

    def __post_init__(self) -> None:
        items = [item for names in self.factors.values() for item in names]
        if len(items) != len(set(items)) or any(len(names) < 2 for names in self.factors.values()):
            raise worded(ModelError, "error_factor_items")
        if len(items) < 3:
            raise worded(ModelError, "error_factor_two_items")

    @cached_property
    def items(self) -> list[str]:
        """Items in the order of the factors."""
        return [item for names in self.factors.values() for item in names]

    @cached_property
    def owner(self) -> Array:
        """The number of each item's factor."""
        return np.repeat(np.arange(len(self.factors)), [len(names) for names in self.factors.values()])

    @cached_property
    def first(self) -> Array:
        """Whether each item is the first of its factor."""
        return np.concatenate([[True, *[False] * (len(names) - 1)] for names in self.factors.values()])

    @cached_property
    def layout(self) -> Layout:
        """The positions of the free parameters."""
        return _lay_out(self)

    @property
    def n_moments(self) -> int:
        """Number of means, variances and covariances that the model is fitted to."""
        p = len(self.items)
        return self.n_groups * (p * (p + 1) // 2 + (p if self.means else 0))


@dataclass(frozen=True)
class Layout:
    """The position of each parameter in the vector of free parameters; -1 marks a fixed parameter.

    Each array has one row per group, and one column per item (loading, residual, intercept), factor
    (mean), or pair of factors (covariance).
    """

    loading: Array
    residual: Array
    intercept: Array
    mean: Array
    covariance: Array
    pairs: tuple[tuple[int, int], ...]
    n_free: int


def _lay_out(model: FactorModel) -> Layout:
    p, m, g = len(model.items), len(model.factors), model.n_groups
    pairs = tuple((i, j) for i in range(m) for j in range(i, m))
    number = 0

    def place(n: int, free: Array, shared: bool) -> Array:
        nonlocal number
        table = np.full((g, n), -1)
        for group in range(g):
            if shared and group:
                table[group] = table[0]
                continue
            table[group, free] = number + np.arange(int(free.sum()))
            number += int(free.sum())
        return table

    every = np.ones(p, dtype=bool)
    loading = place(p, ~model.first if model.scaling == "marker" else every, "loadings" in model.equal)
    residual = place(p, every, "residuals" in model.equal)
    intercept = place(p, every if model.means else ~every, "intercepts" in model.equal)
    spread = np.array([model.scaling == "marker" or i != j for i, j in pairs])
    covariance = place(len(pairs), spread, shared=False)
    if model.scaling == "variance" and "loadings" in model.equal:
        # Equal loadings fix the unit in all groups, so variances are free in all groups but the first.
        variances = np.array([i == j for i, j in pairs])
        for group in range(1, g):
            covariance[group, variances] = number + np.arange(m)
            number += m
    mean = np.full((g, m), -1)
    if "intercepts" in model.equal:
        for group in range(1, g):
            mean[group] = number + np.arange(m)
            number += m
    return Layout(loading, residual, intercept, mean, covariance, pairs, number)


@dataclass(frozen=True)
class Implied:
    """The matrices and moments that parameter values imply for one group.

    Parameters
    ----------
    loadings, factor_covariance, residuals, factor_mean : np.ndarray
        The matrices of the model.
    covariance, mean : np.ndarray
        The implied moments of the items.
    """

    loadings: Array
    factor_covariance: Array
    residuals: Array
    factor_mean: Array
    covariance: Array
    mean: Array


@dataclass(frozen=True)
class Slopes:
    """The derivatives of the implied moments of a group by each free parameter.

    Parameters
    ----------
    left, right : np.ndarray
        Items × parameters. The derivative of the items' covariance is ``left right' + right left'`` of the
        parameter's columns. Its rank is at most two, so no full matrix per parameter is needed.
    mean : np.ndarray
        Items × parameters: the derivative of the items' means.
    """

    left: Array
    right: Array
    mean: Array


def implied(model: FactorModel, values: Array, group: int = 0) -> Implied:
    """Return the matrices and moments that parameter values imply for a group."""
    lay, p, m = model.layout, len(model.items), len(model.factors)
    loadings = np.zeros((p, m))
    loadings[np.arange(p), model.owner] = _fill(values, lay.loading[group], 1.0)
    spread = np.zeros((m, m))
    for (i, j), value in zip(lay.pairs, _fill(values, lay.covariance[group], 1.0), strict=True):
        spread[i, j] = spread[j, i] = value
    residuals = _fill(values, lay.residual[group], 0.0)
    means = _fill(values, lay.mean[group], 0.0)
    covariance = loadings @ (spread @ loadings.T) + np.diag(residuals)
    mean = _fill(values, lay.intercept[group], 0.0) + loadings @ means
    return Implied(loadings, spread, residuals, means, covariance, mean)


def slopes_of(model: FactorModel, says: Implied, group: int = 0) -> Slopes:
    """Return the first derivatives of the implied moments of a group."""
    lay, p = model.layout, len(model.items)
    left, right, mean = (np.zeros((p, lay.n_free)) for _ in range(3))
    # Within a group every parameter has one position, so nothing is overwritten.
    at, item = free_places(lay.loading[group])
    left[item, at] = 1
    right[:, at] = (says.loadings @ says.factor_covariance)[:, model.owner[item]]
    mean[item, at] = says.factor_mean[model.owner[item]]
    at, item = free_places(lay.residual[group])
    left[item, at], right[item, at] = 1, 0.5
    at, item = free_places(lay.intercept[group])
    mean[item, at] = 1
    at, pair = free_places(lay.covariance[group])
    first, second = np.array(lay.pairs)[pair].T
    left[:, at] = says.loadings[:, first]
    right[:, at] = says.loadings[:, second] * np.where(first == second, 0.5, 1.0)
    at, factor = free_places(lay.mean[group])
    mean[:, at] = says.loadings[:, factor]
    return Slopes(left, right, mean)


def free_places(places: Array) -> tuple[Array, Array]:
    """Return the positions of the free parameters in a row of the layout, and the columns they belong to."""
    what = np.flatnonzero(places >= 0)
    return places[what], what


def _fill(values: Array, places: Array, fixed: float) -> Array:
    # The index -1 would select the last value; `where` replaces it by the fixed value.
    return np.where(places >= 0, values[places], fixed)


def start_values(model: FactorModel, covariances: Sequence[Array], means: Sequence[Array]) -> Array:
    """Return start values: half of each item's variance is common, and factors correlate moderately."""
    lay, values = model.layout, np.zeros(model.layout.n_free)
    marker = np.flatnonzero(model.first)[model.owner]
    for group in reversed(range(model.n_groups)):
        s = covariances[group]
        sd = np.sqrt(np.diag(s))
        sign = np.where(s[np.arange(len(s)), marker] < 0, -1.0, 1.0)
        unit = sd[model.first] if model.scaling == "marker" else np.ones(len(model.factors))
        loading = sign * (sd / sd[marker] if model.scaling == "marker" else np.sqrt(0.5) * sd)
        _put(values, lay.loading[group], loading)
        _put(values, lay.residual[group], 0.5 * sd**2)
        _put(values, lay.intercept[group], means[group])
        half = 0.5 if model.scaling == "marker" else 1.0
        pairs = [half * unit[i] * unit[j] * (1.0 if i == j else 0.3) for i, j in lay.pairs]
        _put(values, lay.covariance[group], np.array(pairs))
    return values


def _put(values: Array, places: Array, numbers: Array) -> None:
    values[places[places >= 0]] = numbers[places >= 0]
