"""Natural direct and indirect effects for linear, logit and probit stages, quasi-Bayesian intervals."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from asn_research.errors import ModelError
from asn_research.model.result import need_columns

Stage = Literal["linear", "logit", "probit"]
_BATCH = 200


@dataclass(frozen=True)
class NaturalEffects:
    """Natural effects of one exposure through one mediator.

    Parameters
    ----------
    table : pd.DataFrame
        Rows indirect_control, indirect_treated, direct_control, direct_treated, total: estimate,
        std_error, low, high (95 % quantiles of the draws), p_value. On the outcome's scale, so
        probabilities for logit and probit.
    mediator_model, outcome_model : pd.DataFrame
        The stages: term, estimate, std_error.
    n, n_clusters, draws : int
        Rows, clusters and draws.
    assumptions : str
        What the figures rest on.
    """

    table: pd.DataFrame
    mediator_model: pd.DataFrame
    outcome_model: pd.DataFrame
    n: int
    n_clusters: int
    draws: int
    assumptions: str

    def row(self, part: str) -> pd.Series:
        """Return the row of a part."""
        return self.table.loc[self.table["term"] == part].iloc[0]


@dataclass(frozen=True)
class _Fitted:
    beta: np.ndarray
    covariance: np.ndarray
    spread: float
    names: list[str]

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(
            {"term": self.names, "estimate": self.beta, "std_error": np.sqrt(np.diag(self.covariance))}
        )


def fit_natural_effects(
    frame: pd.DataFrame,
    exposure: str,
    mediator: str,
    outcome: str,
    *,
    controls: Sequence[str] = (),
    mediator_stage: Stage = "linear",
    outcome_stage: Stage = "linear",
    interaction: bool = False,
    low: float = 0.0,
    high: float = 1.0,
    cluster: str | None = None,
    draws: int = 1000,
    seed: int = 2026,
) -> NaturalEffects:
    """Estimate natural effects by drawing coefficients from their sampling distribution.

    Follows Imai, Keele and Tingley (2010), as R's ``mediation::mediate`` does by default.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per person.
    exposure, mediator, outcome : str
        Columns; mediator and outcome are 0 or 1 for logit and probit stages.
    controls : sequence of str
        Columns in both stages.
    mediator_stage, outcome_stage : str
        ``linear``, ``logit`` or ``probit``.
    interaction : bool
        Whether the mediator may matter more under exposure.
    low, high : float
        The two values of the exposure that are compared.
    cluster : str, optional
        Column whose levels may share errors.
    draws, seed : int
        Draws of coefficients, and what makes them repeatable.

    Raises
    ------
    ModelError
        In plain words: constant columns, separation, no convergence.
    """
    columns = [exposure, mediator, outcome, *controls]
    need_columns(frame, [*columns, *([cluster] if cluster else [])])
    used = frame.dropna(subset=[*columns, *([cluster] if cluster else [])])
    codes = pd.factorize(used[cluster])[0] if cluster else None
    t, m, y = (used[c].to_numpy(dtype=float) for c in (exposure, mediator, outcome))
    c = used[list(controls)].to_numpy(dtype=float)
    first = _fit(m, _stack(t, None, c, interaction), mediator_stage, codes, mediator, [exposure, *controls])
    names = [exposure, mediator, *([f"{exposure}:{mediator}"] if interaction else []), *controls]
    second = _fit(y, _stack(t, m, c, interaction), outcome_stage, codes, outcome, names)
    rng = np.random.default_rng(seed)
    found = []
    for begin in range(0, draws, _BATCH):
        size = min(_BATCH, draws - begin)
        a = rng.multivariate_normal(first.beta, first.covariance, size, method="eigh")
        b = rng.multivariate_normal(second.beta, second.covariance, size, method="eigh")
        found.append(
            _effects(a, b, first.spread, c, mediator_stage, outcome_stage, interaction, (low, high), rng)
        )
    return NaturalEffects(
        table=_table(np.concatenate(found, axis=1)),
        mediator_model=first.table(),
        outcome_model=second.table(),
        n=len(used),
        n_clusters=int(codes.max()) + 1 if codes is not None else len(used),
        draws=draws,
        assumptions=(
            "given the controls, nothing unmeasured moves exposure and mediator, exposure and outcome, or "
            "mediator and outcome together; the stages have the right form"
        ),
    )


def _stack(t: np.ndarray, m: np.ndarray | None, c: np.ndarray, interaction: bool) -> np.ndarray:
    parts = [np.ones_like(t), t]
    if m is not None:
        parts += [m, t * m] if interaction else [m]
    return np.column_stack([*parts, c])


def _fit(
    y: np.ndarray, x: np.ndarray, stage: Stage, codes: np.ndarray | None, name: str, regressors: list[str]
) -> _Fitted:
    import statsmodels.api as sm  # noqa: PLC0415 - a second of import that linear reports need not pay
    from statsmodels.tools.sm_exceptions import PerfectSeparationError  # noqa: PLC0415

    if len(y) <= x.shape[1] or y.std() == 0:
        msg = f"{name} does not vary, or there are too few rows ({len(y)}), so nothing can be learnt from it."
        raise ModelError(msg)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        msg = f"{', '.join(regressors)}: one does not vary, or they move together exactly; leave one out."
        raise ModelError(msg)
    how: dict[str, Any] = {"cov_type": "cluster", "cov_kwds": {"groups": codes}} if codes is not None else {}
    if stage == "linear":
        fit = sm.OLS(y, x).fit(**how)
        return _Fitted(fit.params, fit.cov_params(), float(np.sqrt(fit.scale)), ["intercept_", *regressors])
    if not set(np.unique(y)) <= {0.0, 1.0}:
        msg = f"{name} must be 0 or 1 for a {stage} stage."
        raise ModelError(msg)
    link = sm.families.links.Logit() if stage == "logit" else sm.families.links.Probit()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Scoring, whose errors rest on the expected information, as R's glm.
            fit = sm.GLM(y, x, family=sm.families.Binomial(link)).fit(maxiter=100, **how)
            fine = bool(fit.converged) and np.isfinite(fit.bse).all() and np.abs(x @ fit.params).max() < 25
            fine = fine and fit.deviance > 1e-6
        except (np.linalg.LinAlgError, ValueError, PerfectSeparationError):
            fine = False
    if not fine:
        msg = f"The {stage} stage of {name} does not converge: a column separates its zeros and ones. Leave it out or join groups."
        raise ModelError(msg)
    return _Fitted(fit.params, fit.cov_params(), 0.0, ["intercept_", *regressors])


def _link(index: np.ndarray, stage: Stage) -> np.ndarray:
    if stage == "linear":
        return index
    return np.asarray(expit(index) if stage == "logit" else ndtr(index))


def _effects(
    a: np.ndarray, b: np.ndarray, spread: float, c: np.ndarray, first: Stage, second: Stage, interaction: bool,
    values: tuple[float, float], rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Five effects × draws; the same noise serves both values of the exposure."""
    size, n, k = len(a), len(c), c.shape[1]
    base_m = a[:, :1] + a[:, 2:] @ c.T if k else np.broadcast_to(a[:, :1], (size, n))
    place = 4 if interaction else 3
    base_y = b[:, :1] + b[:, place:] @ c.T if k else np.broadcast_to(b[:, :1], (size, n))
    noise = rng.standard_normal((size, n)) if first == "linear" and second != "linear" else 0.0

    def mean_outcome(t: float, other: float) -> np.ndarray:
        index = _link(base_m + a[:, 1:2] * other, first)
        slope = b[:, 2:3] + (b[:, 3:4] * t if interaction else 0.0)
        rest = base_y + b[:, 1:2] * t
        if first == "linear" or second == "linear":
            return np.asarray(_link(rest + slope * (index + spread * noise), second).mean(axis=1))
        # A mediator of 0 or 1: weigh both answers by their chance.
        both = index * _link(rest + slope, second) + (1 - index) * _link(rest, second)
        return np.asarray(both.mean(axis=1))

    nil, one = values
    y00, y01, y10, y11 = (mean_outcome(t, o) for t in (nil, one) for o in (nil, one))
    return np.stack([y01 - y00, y11 - y10, y10 - y00, y11 - y01, y11 - y00])


def _table(drawn: np.ndarray) -> pd.DataFrame:
    low, high = np.quantile(drawn, [0.025, 0.975], axis=1)
    below = (drawn <= 0).mean(axis=1)
    return pd.DataFrame(
        {
            "term": ["indirect_control", "indirect_treated", "direct_control", "direct_treated", "total"],
            "estimate": drawn.mean(axis=1), "std_error": drawn.std(axis=1, ddof=1), "low": low, "high": high,
            "p_value": np.minimum(1, 2 * np.minimum(below, 1 - below)),
        }
    )  # fmt: skip
