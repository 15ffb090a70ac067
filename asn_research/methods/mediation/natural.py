"""Natural direct and indirect effects for linear, logit and probit stages, quasi-Bayesian intervals."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import (
    MANY_CLUSTERS,
    count_clusters,
    drawn_convention,
    drawn_intervals,
    few_clusters_note,
    left_out_covariance,
)
from asn_research.methods.measured_coverage import coverage_note
from asn_research.methods.mediation.indirect import path_of
from asn_research.methods.panel.fixed_effects import INTERCEPT
from asn_research.methods.result import Result
from asn_research.methods.scaling import centred, column_units
from asn_research.rules.words import said, worded

Stage = Literal["linear", "logit", "probit"]
_BATCH = 200


@dataclass(frozen=True, repr=False)
class NaturalEffects(Result):
    """Natural effects of one exposure through one mediator.

    Parameters
    ----------
    table : pd.DataFrame
        Rows indirect_control, indirect_treated, direct_control, direct_treated, total: estimate,
        std_error, low, high (95 % quantiles of the draws; of Student's t with fewer than 40 clusters), p_value. On the outcome's scale, so
        probabilities for logit and probit.
    mediator_model, outcome_model : pd.DataFrame
        The stages: term, estimate, std_error.
    n, n_clusters, draws : int
        Rows, clusters and draws.
    assumptions : str
        What the figures rest on.
    formula, convention : str
        The path, and how intervals were made.
    notes : tuple of str
        What limits the reading.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = (
        "indirect_control",
        "indirect_treated",
        "direct_control",
        "direct_treated",
        "total",
    )

    table: pd.DataFrame
    mediator_model: pd.DataFrame
    outcome_model: pd.DataFrame
    n: int
    n_clusters: int
    draws: int
    assumptions: str
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    def further(self) -> dict[str, pd.DataFrame]:
        """Return the two stages."""
        return {
            said("fact_mediator_stage"): self.mediator_model,
            said("fact_outcome_stage"): self.outcome_model,
        }


@dataclass(frozen=True)
class _Column:
    """A column of like size about zero, or as it came."""

    values: np.ndarray
    centre: float
    unit: float

    @classmethod
    def of(cls, column: pd.Series, *, as_is: bool = False) -> _Column:
        """Return the column; answers of 0 and 1 stay as they are."""
        values = column.to_numpy(dtype=float)
        if as_is:
            return cls(values, 0.0, 1.0)
        unit = float(column_units(values))
        return cls(centred(values) / unit, float(values.mean()), unit)


@dataclass(frozen=True)
class _Design:
    """A constant and columns; with the product of the first two behind them where they interact."""

    columns: list[_Column]
    interaction: bool = False

    @property
    def matrix(self) -> np.ndarray:
        """Rows × terms."""
        parts = [np.ones_like(self.columns[0].values), *(each.values for each in self.columns)]
        if self.interaction:
            parts.insert(3, parts[1] * parts[2])
        return np.column_stack(parts)

    @property
    def back(self) -> np.ndarray:
        """The matrix that turns coefficients into those of the columns as they came."""
        places = (
            [*range(1, 3), *range(4, len(self.columns) + 2)]
            if self.interaction
            else range(1, len(self.columns) + 1)
        )
        back = np.eye(len(self.columns) + 1 + self.interaction)
        for place, each in zip(places, self.columns, strict=True):
            back[place, place], back[0, place] = 1 / each.unit, -each.centre / each.unit
        if self.interaction:
            one, two = self.columns[:2]
            product = np.array([one.centre * two.centre, -two.centre, -one.centre, 1.0])
            back[:4, 3] = product / (one.unit * two.unit)
        return back


@dataclass(frozen=True)
class _Fitted:
    """A stage, solved in columns of like size."""

    beta: np.ndarray
    covariance: np.ndarray
    spread: float
    names: list[str]
    back: np.ndarray
    outcome: _Column

    def draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws of the coefficients from their sampling distribution.

        The root of the correlations is the symmetric one: it moves with the columns' units and with nothing
        else, so that the same seed gives the same draws in any units.
        """
        spread = np.sqrt(np.diag(self.covariance))
        roots, turned = np.linalg.eigh(self.covariance / np.outer(spread, spread))
        root = (turned * np.sqrt(np.maximum(roots, 0))) @ turned.T
        return np.asarray(self.beta + (rng.standard_normal((size, len(spread))) @ root) * spread)

    def table(self) -> pd.DataFrame:
        """Return the coefficients of the columns as they came."""
        estimate = self.outcome.unit * self.back @ self.beta
        estimate[0] += self.outcome.centre
        error = self.outcome.unit * np.sqrt(np.diag(self.back @ self.covariance @ self.back.T))
        return pd.DataFrame({"term": self.names, "estimate": estimate, "std_error": error})


@estimator(
    exposure=Role.MEASURE, mediator=Role.MEASURE, outcome=Role.MEASURE, controls=Role.TERM, cluster=Role.LABEL
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
        Column whose levels may share errors. With fewer than 40, each is left out in turn: with the sandwich,
        intervals of 95 % held the direct effect in 88 to 91 % of 300 simulations each of 3, 5 and 8 clusters.
    draws, seed : int
        Draws of coefficients, and what makes them repeatable.

    Raises
    ------
    ModelError
        In plain words: constant columns, separation, no convergence.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> fit = fit_natural_effects(data, "jp", "motivasi", "mutu", cluster="unit", draws=200)
    >>> fit.table["term"].tolist()
    ['indirect_control', 'indirect_treated', 'direct_control', 'direct_treated', 'total']
    """
    columns = [exposure, mediator, outcome, *controls]
    used = frame.dropna(subset=[*columns, *([cluster] if cluster else [])])
    codes = pd.factorize(used[cluster])[0] if cluster else None
    n_clusters = 0 if codes is None else count_clusters(codes, cluster)
    if len(used) < 3:
        raise worded(ModelError, "error_few_usable", n=len(used), name=outcome)
    t = _Column.of(used[exposure])
    m = _Column.of(used[mediator], as_is=mediator_stage != "linear")
    y = _Column.of(used[outcome], as_is=outcome_stage != "linear")
    fixed = [_Column.of(used[name]) for name in controls]
    groups = _Clusters(codes, cluster, n_clusters)
    first = _fit(m, _Design([t, *fixed]), mediator_stage, groups, mediator, [exposure, *controls])
    names = [exposure, mediator, *([f"{exposure}:{mediator}"] if interaction else []), *controls]
    both = _Design([t, m, *fixed], interaction=interaction)
    second = _fit(y, both, outcome_stage, groups, outcome, names)
    c = np.column_stack([each.values for each in fixed]) if fixed else np.empty((len(used), 0))
    values = ((low - t.centre) / t.unit, (high - t.centre) / t.unit)
    rng = np.random.default_rng(seed)
    found = []
    for begin in range(0, draws, _BATCH):
        size = min(_BATCH, draws - begin)
        a, b = first.draw(size, rng), second.draw(size, rng)
        found.append(_effects(a, b, first.spread, c, mediator_stage, outcome_stage, interaction, values, rng))
    return NaturalEffects(
        table=_table(y.unit * np.concatenate(found, axis=1), n_clusters),
        mediator_model=first.table(),
        outcome_model=second.table(),
        n=len(used),
        n_clusters=n_clusters or len(used),
        draws=draws,
        assumptions=said("assumption_natural"),
        formula=path_of(exposure, mediator, outcome, controls),
        convention=drawn_convention(
            draws, n_clusters, "convention_drawn_coefficients", few="convention_few_drawn_coefficients"
        ),
        notes=(
            *few_clusters_note(n_clusters, "note_few_draws"),
            *([] if {mediator_stage, outcome_stage} == {"linear"} else [coverage_note("natural")]),
        ),
    )


@dataclass(frozen=True)
class _Clusters:
    """The clusters of the rows, as codes; the column that holds them, for messages; and how many there are."""

    codes: np.ndarray | None
    column: str | None
    n: int


def _fit(
    outcome: _Column,
    design: _Design,
    stage: Stage,
    clusters: _Clusters,
    name: str,
    regressors: list[str],
) -> _Fitted:
    y, x = outcome.values, design.matrix
    if len(y) <= x.shape[1]:
        raise worded(ModelError, "error_stage_rows", n=len(y), k=x.shape[1], name=name)
    if np.ptp(y) == 0:
        raise worded(ModelError, "error_no_variation", outcome=name)
    if _moves_together(x):
        raise worded(ModelError, "error_stage_together", names=", ".join(regressors))
    if stage != "linear" and not set(np.unique(y)) <= {0.0, 1.0}:
        raise worded(ModelError, "error_stage_codes", name=name, stage=stage)
    codes, is_few = clusters.codes, 0 < clusters.n < MANY_CLUSTERS
    how: dict[str, Any] = {}
    if codes is not None and not is_few:
        how = {"cov_type": "cluster", "cov_kwds": {"groups": codes}}
    fit = _stage(y, x, stage, how)
    if fit is None:
        raise worded(ModelError, "error_stage_separated", stage=stage, name=name)
    covariance = fit.cov_params()
    if codes is not None and is_few:

        def without(kept: np.ndarray) -> np.ndarray:
            rest = None if _moves_together(x[kept]) else _stage(y[kept], x[kept], stage, {})
            if rest is None:
                names = ", ".join(regressors)
                raise worded(ModelError, "error_one_cluster_bears", cluster=clusters.column, names=names)
            return np.asarray(rest.params)

        covariance = left_out_covariance(fit.params, codes, without)
    spread = float(np.sqrt(fit.scale)) if stage == "linear" else 0.0
    return _Fitted(fit.params, covariance, spread, [INTERCEPT, *regressors], design.back, outcome)


def _moves_together(x: np.ndarray) -> bool:
    """Whether a column follows from others."""
    return bool(len(x) <= x.shape[1] or np.linalg.matrix_rank(x, tol=1e-7 * np.sqrt(len(x))) < x.shape[1])


def _stage(y: np.ndarray, x: np.ndarray, stage: Stage, how: dict[str, Any]) -> Any | None:
    """Return a fitted stage of statsmodels; None if the columns separate the answers."""
    import statsmodels.api as sm  # noqa: PLC0415 - a second of import that linear reports need not pay
    from statsmodels.tools.sm_exceptions import PerfectSeparationError  # noqa: PLC0415

    if stage == "linear":
        return sm.OLS(y, x).fit(**how)
    link = sm.families.links.Logit() if stage == "logit" else sm.families.links.Probit()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Scoring, whose errors rest on the expected information, as R's glm.
            fit = sm.GLM(y, x, family=sm.families.Binomial(link)).fit(maxiter=100, **how)
            fine = bool(fit.converged) and np.isfinite(fit.bse).all() and np.abs(x @ fit.params).max() < 25
            return fit if fine and fit.deviance > 1e-6 else None
        except (np.linalg.LinAlgError, ValueError, PerfectSeparationError):
            return None


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


def _table(drawn: np.ndarray, n_clusters: int) -> pd.DataFrame:
    estimates = drawn.mean(axis=1)
    # The coefficients are drawn by errors that count few clusters already.
    found = drawn_intervals(estimates, drawn.T, n_clusters, corrected=True)
    return pd.DataFrame(
        {
            "term": ["indirect_control", "indirect_treated", "direct_control", "direct_treated", "total"],
            "estimate": estimates, "std_error": found.std_error, "low": found.low, "high": found.high,
            "p_value": found.p_value,
        }
    )  # fmt: skip
