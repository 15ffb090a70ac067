"""The same models fitted by statsmodels, for whoever wants its object: predictions, diagnostics, tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.regression.quantile_regression import QuantReg

from asn_research.errors import RequestError
from asn_research.rules.words import worded

_MOST_LEVELS = 500


@dataclass(frozen=True)
class Source:
    """The rows that a fit used, and what they were to it."""

    used: pd.DataFrame = field(repr=False)
    outcome: str
    terms: tuple[str, ...]
    effects: tuple[str, ...] = ()
    cluster: str | None = None
    weights: str | None = None
    errors: str = "iid"


def design_of(source: Source) -> pd.DataFrame:
    """Return a constant, the terms, and a dummy for each level of the effects but the first.

    Raises
    ------
    RequestError
        If the effects have more levels than a table of dummies should hold.
    """
    levels = sum(source.used[effect].nunique() for effect in source.effects)
    if levels > _MOST_LEVELS:
        raise worded(RequestError, "error_statsmodels_levels", n=levels, most=_MOST_LEVELS)
    x = source.used[list(source.terms)].astype(float)
    dummies = [
        pd.get_dummies(source.used[effect].astype(str), prefix=effect, drop_first=True, dtype=float)
        for effect in source.effects
    ]
    found: pd.DataFrame = sm.add_constant(pd.concat([x, *dummies], axis=1), has_constant="add")
    return found


def least_squares(source: Source) -> Any:
    """Return statsmodels' OLS or WLS of a fit, with its errors.

    Raises
    ------
    RequestError
        If statsmodels has no such errors, or there are too many effects.
    """
    if source.errors == "CR2":
        raise worded(RequestError, "error_statsmodels_errors", errors=source.errors)
    y, x = source.used[source.outcome].astype(float), design_of(source)
    weights = 1.0 if source.weights is None else source.used[source.weights].astype(float)
    model = sm.WLS(y, x, weights=weights) if source.weights else sm.OLS(y, x)
    if source.errors == "CR1":
        groups = pd.factorize(source.used[source.cluster])[0]
        return model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    if source.errors == "iid":
        return model.fit()
    return model.fit(cov_type=source.errors, use_t=True)


def clusters_of(source: Source) -> np.ndarray | None:
    """Return the clusters of the rows as numbers from 0; none without clusters."""
    return None if source.cluster is None else pd.factorize(source.used[source.cluster])[0]


def ordered_answers_fit(source: Source, answers: Sequence[object], link: str) -> Any:
    """Return statsmodels' `OrderedModel` of a fit.

    Raises
    ------
    RequestError
        If the answers were weighted, which it does not know.
    """
    if source.weights is not None:
        raise worded(RequestError, "error_statsmodels_weights")
    y = pd.Series(
        pd.Categorical(source.used[source.outcome], list(answers), ordered=True), name=source.outcome
    )
    x = source.used[list(source.terms)].astype(float).reset_index(drop=True)
    return OrderedModel(y, x, distr=link).fit(method="bfgs", disp=False, maxiter=2000, gtol=1e-8)


def quantile_fit(source: Source, quantile: float) -> Any:
    """Return statsmodels' `QuantReg` of a fit at one quantile."""
    y = source.used[source.outcome].astype(float)
    return QuantReg(y, design_of(source)).fit(q=quantile, max_iter=10_000, p_tol=1e-10)
