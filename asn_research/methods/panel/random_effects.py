"""Random effects of entities (Swamy and Arora), and Hausman's test beside fixed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.panel.fixed_effects import INTERCEPT, PanelFit, fit_panel
from asn_research.methods.panel.within import prepare
from asn_research.methods.parts import Parts
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import column_units, standardise
from asn_research.rules.words import said, worded

Array = np.ndarray


@dataclass(frozen=True, repr=False)
class RandomEffectsFit(Result):
    """A panel regression with random effects of entities.

    Parameters
    ----------
    table : pd.DataFrame
        One row per regressor, the constant last: term, estimate, std_error, z, p_value, low, high (95 %).
    entity_sd, residual_sd : float
        Spread of entities' effects, and of the rest.
    n, n_entities, n_missing : int
        Rows used, entities, and rows with a gap.
    formula, convention : str
        What was fitted, and how errors are scaled.
    notes : tuple of str
        What limits the reading.
    covariance : np.ndarray
        Of the estimates, in the order of the table.
    fixed : PanelFit
        The same with fixed effects, which `hausman` holds against it.
    """

    table: pd.DataFrame
    entity_sd: float
    residual_sd: float
    n: int
    n_entities: int
    n_missing: int
    formula: str
    convention: str
    notes: tuple[str, ...]
    covariance: Array = field(repr=False, compare=False)
    fixed: PanelFit | None = field(repr=False, compare=False)

    def facts(self) -> dict[str, object]:
        """Return rows, entities and spreads."""
        return {
            **super().facts(), said("fact_entities"): self.n_entities, said("fact_intercept_sd"): self.entity_sd,
            said("fact_residual_sd"): self.residual_sd,
        }  # fmt: skip


@by_formula("regressors", ("entity",))
@estimator(outcome=Role.MEASURE, regressors=Role.TERM, entity=Role.LABEL)
def fit_random_effects(
    frame: pd.DataFrame, outcome: str, regressors: Sequence[str], *, entity: str
) -> RandomEffectsFit:
    """Fit a panel regression whose entities' effects are draws (feasible generalised least squares).

    Called by its arguments, or by a formula: ``fit_random_effects("y ~ x | person", data)``.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per entity and period; entities may have different numbers of rows.
    outcome : str
        Column to be explained.
    regressors : sequence of str
        Columns that explain it; each must change within entities.
    entity : str
        Column that names the entity.

    Returns
    -------
    RandomEffectsFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.

    Notes
    -----
    Variances are those of Swamy and Arora (1972), for uneven panels as Baltagi and Chang (1994), and equal
    those of R's ``plm(model = "random")``. It is right only if entities' effects have nothing to do with the
    regressors; `hausman` asks that, and `fit_within_between` does without. statsmodels' ``smf.mixedlm("y ~ x",
    data, groups=data["person"])`` fits the same model by restricted likelihood, with other variances.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(40), 4), "jp": rng.normal(size=160)})
    >>> data["nilai"] = 0.5 * data["jp"] + rng.normal(size=40)[data["pegawai"]] + rng.normal(size=160)
    >>> fit = fit_random_effects("nilai ~ jp | pegawai", data)
    >>> bool(fit.row("jp")["low"] < 0.5 < fit.row("jp")["high"])
    True
    """
    regressors = list(regressors)
    data = prepare(frame, outcome, regressors, (), None)
    used = frame.loc[data.used.index].dropna(subset=[entity])
    fixed = fit_panel(used, outcome, regressors, effects=[entity])
    codes = pd.factorize(used[entity])[0]
    n, n_entities, k = len(used), int(codes.max()) + 1, len(regressors)
    if n_entities <= k + 1:
        raise worded(ModelError, "error_few_entities", n=n_entities, entity=entity, k=k + 1)
    unit = float(column_units(used[outcome].to_numpy(dtype=float)))
    centre = float(used[outcome].mean())
    y = (used[outcome].to_numpy(dtype=float) - centre) / unit
    design = standardise(np.column_stack([used[regressors].to_numpy(dtype=float), np.ones(n)]), constant=k)
    x, sizes = design.columns, np.bincount(codes).astype(float)
    between_y, between_x = _means(y[:, None], codes, sizes)[:, 0], _means(x, codes, sizes)
    left = (y - between_y) - (x - between_x)[:, :k] @ np.linalg.lstsq(
        (x - between_x)[:, :k], y - between_y, rcond=None
    )[0]
    rest = float(left @ left) / (n - n_entities - k)
    spread = _entity_variance(y, x, between_y, between_x, codes, sizes, rest)
    theta = 1 - np.sqrt(rest / (sizes * spread + rest))[codes]
    z, u = x - theta[:, None] * between_x, y - theta * between_y
    bread = np.linalg.inv(z.T @ z)
    beta = bread @ z.T @ u
    residual = u - z @ beta
    covariance = bread * float(residual @ residual) / (n - k - 1)
    own, covariance = unit * design.coefficients(beta), unit**2 * design.covariance(covariance)
    own[k] += centre
    return RandomEffectsFit(
        table=tidy([*regressors, INTERCEPT], own, np.sqrt(np.diag(covariance))),
        entity_sd=unit * spread**0.5,
        residual_sd=unit * rest**0.5,
        n=n,
        n_entities=n_entities,
        n_missing=len(frame) - n,
        formula=formula_of(outcome, regressors, [entity]),
        convention=said("convention_random"),
        notes=(said("note_no_spread", name=entity),) if spread == 0 else (),
        covariance=covariance,
        fixed=fixed,
    )


def _means(values: Array, codes: Array, sizes: Array) -> Array:
    """Return each row's entity's mean."""
    sums = np.stack([np.bincount(codes, column) for column in values.T], axis=1)
    return np.asarray((sums / sizes[:, None])[codes])


def _entity_variance(
    y: Array, x: Array, between_y: Array, between_x: Array, codes: Array, sizes: Array, rest: float
) -> float:
    """Return the variance of entities' effects from the regression of their means (each row counts once)."""
    n, n_entities = len(y), len(sizes)
    inverse = np.linalg.inv(between_x.T @ between_x)
    left = between_y - between_x @ (inverse @ (between_x.T @ between_y))
    sums = np.stack([np.bincount(codes, column) for column in x.T], axis=1)
    trace = float(np.trace(inverse @ (sums.T @ sums)))
    found = (float(left @ left) - (n_entities - x.shape[1]) * rest) / (n - trace)
    return max(float(found), 0.0)


@dataclass(frozen=True, repr=False)
class HausmanTest(Parts):
    """Hausman's test.

    Parameters
    ----------
    statistic, df, p_value : float
        Chi-square, its degrees of freedom, and its p-value: small speaks against random effects.
    table : pd.DataFrame
        By term: fixed, random, difference.
    """

    statistic: float
    df: int
    p_value: float
    table: pd.DataFrame


def hausman(random: RandomEffectsFit) -> HausmanTest:
    """Test whether entities' effects go together with the regressors (Hausman 1978).

    Parameters
    ----------
    random : RandomEffectsFit
        A fit with random effects; it carries the one with fixed effects.

    Returns
    -------
    HausmanTest

    Raises
    ------
    RequestError
        If it is given another fit.

    Notes
    -----
    Equals R's ``plm::phtest``. The test takes errors as independent; with clustered data read the slopes of
    `fit_within_between` instead, whose difference is the same question with any errors.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(40), 4), "jp": rng.normal(size=160)})
    >>> data["nilai"] = 0.5 * data["jp"] + rng.normal(size=40)[data["pegawai"]] + rng.normal(size=160)
    >>> hausman(fit_random_effects("nilai ~ jp | pegawai", data)).df
    1
    """
    if not isinstance(random, RandomEffectsFit) or random.fixed is None:
        raise worded(RequestError, "error_hausman", given=type(random).__name__)
    fixed = random.fixed
    k = len(fixed.table)
    difference = fixed.table["estimate"].to_numpy() - random.table["estimate"].to_numpy()[:k]
    spread = fixed.covariance - random.covariance[:k, :k]
    # Columns in any unit: the quadratic form is taken of standardised differences.
    size = np.sqrt(np.diag(fixed.covariance))
    statistic = float((difference / size) @ np.linalg.solve(spread / np.outer(size, size), difference / size))
    table = pd.DataFrame(
        {
            "term": fixed.table["term"], "fixed": fixed.table["estimate"],
            "random": random.table["estimate"].to_numpy()[:k], "difference": difference,
        }
    )  # fmt: skip
    return HausmanTest(abs(statistic), k, float(stats.chi2.sf(abs(statistic), k)), table)
