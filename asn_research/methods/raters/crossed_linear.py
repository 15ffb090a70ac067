"""Linear mixed models with any number of crossed or nested random factors, by sparse (RE)ML.

A standard deviation of exactly zero is an answer, and is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import linalg, stats

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.raters.cholesky import inverse_blocks
from asn_research.methods.raters.reml import ZERO, Criterion, Solution, minimise
from asn_research.methods.raters.terms import Frame, RandomTerm, boundary_note, build_frame
from asn_research.methods.result import Result, tidy
from asn_research.rules.words import said, worded

Array = np.ndarray


@dataclass(frozen=True, repr=False)
class CrossedFit(Result):
    """A fitted linear mixed model with crossed random effects.

    Parameters
    ----------
    table : pd.DataFrame
        Fixed effects: term, estimate, std_error, z, p_value, low, high (95 %, normal).
    variances : pd.DataFrame
        One row per random effect and the residual: group, effect, variance, sd, share (of the
        intercepts' and residual variance), n_levels, at_boundary.
    covariances : mapping of str to np.ndarray
        Covariance matrix of each term's effects.
    covariance : np.ndarray
        Covariance matrix of the fixed effects' estimates.
    outcome : str
        What is explained.
    reml : bool
        Which likelihood.
    criterion : float
        Minus twice its logarithm.
    sigma : float
        Residual standard deviation.
    theta : np.ndarray
        Relative covariance factors, of slopes in the units of `RandomTerm`.
    n, n_missing : int
        Rows used, and left out.
    converged : bool
        Whether the optimum was reached.
    notes : tuple of str
        What limits the reading.
    model : Criterion
        The criterion, for profiles and bootstraps.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    table: pd.DataFrame
    variances: pd.DataFrame
    covariances: Mapping[str, Array]
    covariance: Array = field(repr=False)
    outcome: str
    reml: bool
    criterion: float
    sigma: float
    theta: Array
    n: int
    n_missing: int
    converged: bool
    notes: tuple[str, ...]
    model: Criterion = field(repr=False)
    formula: str = ""
    convention: str = ""

    @property
    def log_likelihood(self) -> float:
        """The (restricted) log-likelihood."""
        return -self.criterion / 2

    def sd(self, group: str, effect: str = "intercept") -> float:
        """Return a standard deviation; the residual's group is ``residual``."""
        rows = self.variances
        return float(rows.loc[(rows["group"] == group) & (rows["effect"] == effect), "sd"].iloc[0])

    def effects(self, group: str, *, conditional: bool = False) -> pd.DataFrame:
        """Return the predicted effects (BLUP) of a factor's levels.

        Parameters
        ----------
        group : str
            The factor.
        conditional : bool
            Whether standard deviations take the fixed effects as known, as lme4's do. With few levels
            that makes intervals too narrow: the mean from which effects are counted is uncertain too.
            The variances are taken as known either way; intervals make up for it by the t distribution
            with one degree of freedom less than levels, from which the factor's spread is estimated.

        Returns
        -------
        pd.DataFrame
            One row per level: the level, effect, estimate, sd, low, high (95 %), n rows.
        """
        names = [term.name for term in self.model.terms]
        if group not in names:
            raise worded(ModelError, "error_no_random_group", group=group, known=", ".join(names))
        place = names.index(group)
        term = self.model.terms[place]
        solved = self.model.solve(self.theta)
        start = sum(len(t.levels) * t.width for t in self.model.terms[:place])
        u = solved.spherical[start : start + len(term.levels) * term.width].reshape(-1, term.width)
        factor = self.model.factors(self.theta)[place]
        blocks = inverse_blocks(solved.factor, start, term.block, self.model.gram.shape[0])
        factor = factor / term.units[:, None]
        spread = self.sigma**2 * factor @ blocks @ factor.T
        estimate = u @ factor.T
        square = np.diagonal(spread, axis1=1, axis2=2)
        if not conditional and self.model.p:
            through = solved.by_fixed[start : start + u.size].reshape(*u.shape, self.model.p)
            through = np.einsum("kl,nlp->nkp", factor, through)
            inner = self.sigma**2 * linalg.inv(solved.fixed_precision)
            square = square + np.einsum("nkp,pq,nkq->nk", through, inner, through)
        sd = np.sqrt(np.maximum(square, 0))
        n = np.bincount(term.codes, minlength=len(term.levels))
        width = stats.t.ppf(0.975, max(len(term.levels) - 1, 1)) * sd
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        group: term.levels, "effect": name, "estimate": estimate[:, k], "sd": sd[:, k],
                        "low": estimate[:, k] - width[:, k], "high": estimate[:, k] + width[:, k], "n": n,
                    }
                )
                for k, name in enumerate(term.columns)
            ],
            ignore_index=True,
        )  # fmt: skip

    def facts(self) -> dict[str, object]:
        """Return rows, rows left out, and the criterion."""
        left_out: dict[str, object] = {said("fact_missing"): self.n_missing} if self.n_missing else {}
        return {**super().facts(), **left_out, said("fact_criterion"): self.criterion}

    def further(self) -> dict[str, pd.DataFrame]:
        """Return the spreads."""
        return {said("fact_variances"): self.variances}


@by_formula("fixed", random="random", slopes="slopes")
@estimator(outcome=Role.MEASURE, fixed=Role.FACTOR, random=Role.LABEL, slopes=Role.MEASURE)
def fit_crossed(
    frame: pd.DataFrame,
    outcome: str,
    *,
    fixed: Sequence[str] = (),
    random: Sequence[str],
    slopes: Mapping[str, Sequence[str]] | None = None,
    correlated: bool = True,
    reml: bool = True,
) -> CrossedFit:
    """Fit a linear mixed model with crossed random factors.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per rating: of whom, by whom, on which criterion, and when.
    outcome : str
        The score.
    fixed : sequence of str
        Columns held fixed; numbers as they are, text as one effect a level but the first.
    random : sequence of str
        Factors (employee, rater, unit, employee × quarter, ...), crossed or nested.
    slopes : mapping of str to sequence of str, optional
        Columns whose slope varies between the levels of a factor.
    correlated : bool
        Whether a factor's intercepts and slopes may go together.
    reml : bool
        Restricted likelihood (as lme4's default), or the likelihood.

    Returns
    -------
    CrossedFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.

    Notes
    -----
    Called by its arguments, or by a formula: ``fit_crossed("nilai ~ jp + (1 | pegawai) + (1 | penilai)", data)``.

    Estimates, criterion and predicted effects equal those of R's ``lme4::lmer`` (see tests). With one factor
    it is statsmodels' ``smf.mixedlm("nilai ~ jp", data, groups=data["pegawai"]).fit(reml=True)``: the same
    criterion to 1e-9; errors there count the spreads' own error too. It stands here for crossed factors (there
    one group of all rows, in dense matrices), spreads of exactly zero, and predicted effects with intervals.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "penilai": np.tile(np.arange(4), 30)})
    >>> data["nilai"] = rng.normal(size=30)[data["pegawai"]] + rng.normal(size=4)[data["penilai"]] + rng.normal(size=120)
    >>> fit_crossed("nilai ~ 1 + (1 | pegawai) + (1 | penilai)", data).variances["group"].tolist()
    ['pegawai', 'penilai', 'residual']
    """
    if not random:
        raise worded(ModelError, "error_random_needed")
    data = build_frame(frame, outcome, fixed, random, slopes=slopes, correlated=correlated)
    try:
        criterion, theta, found, converged = _minimised(data, reml=reml)
    except np.linalg.LinAlgError:
        slope_names = [column for columns in (slopes or {}).values() for column in columns]
        raise worded(
            ModelError, "error_crossed_simpler", outcome=outcome, names=", ".join([*random, *slope_names])
        ) from None
    _refuse_saturated(criterion, found, outcome, random)
    return describe(criterion, theta, found, outcome, converged=converged)


def _minimised(data: Frame, *, reml: bool) -> tuple[Criterion, Array, Solution, bool]:
    """Return the criterion, the theta that minimises it, the solution, and whether the optimum was reached.

    Where intercept and slope may go together, the model is the same about any origin of the covariate, and is
    solved about its mean.
    """
    criterion = Criterion(data, reml=reml)
    if not any(term.correlated and term.width > 1 for term in data.terms):
        theta, converged = minimise(criterion)
        return criterion, theta, criterion.solve(theta), converged
    bases = [term.about_zero() for term in data.terms]
    terms = tuple(replace(t, values=basis.columns) for t, basis in zip(data.terms, bases, strict=True))
    solved = Criterion(replace(data, terms=terms), reml=reml)
    theta, converged = minimise(solved)
    factors = solved.factors(theta)
    own = [t.theta_of(basis.back @ f) for t, basis, f in zip(data.terms, bases, factors, strict=True)]
    return criterion, np.concatenate(own), solved.solve(theta), converged


def _refuse_saturated(criterion: Criterion, found: Solution, outcome: str, random: Sequence[str]) -> None:
    spread = float(np.std(np.asarray(criterion.frame.outcome, dtype=float)))
    if found.sigma < 3e-4 * spread:
        raise worded(ModelError, "error_crossed_saturated", names=", ".join(random), outcome=outcome)


def describe(
    criterion: Criterion, theta: Array, found: Solution, outcome: str, *, converged: bool
) -> CrossedFit:
    """Return a fit from a criterion's optimum."""
    covariances, rows = {}, []
    notes: list[str] = []
    for term, factor in zip(criterion.terms, criterion.factors(theta), strict=True):
        covariance = found.sigma**2 * factor @ factor.T / np.outer(term.units, term.units)
        covariances[term.name] = covariance
        rows += _variance_rows(term, covariance)
        if (np.diag(factor) < ZERO).any():
            notes.append(boundary_note(term))
    if not converged:
        notes.append(said("note_optimum_flat"))
    variances = pd.DataFrame(
        [*rows, ("residual", "intercept", found.sigma**2, found.sigma, criterion.n, False)],
        columns=["group", "effect", "variance", "sd", "n_levels", "at_boundary"],
    )
    total = variances.loc[variances["effect"] == "intercept", "variance"].sum()
    variances.insert(4, "share", variances["variance"].where(variances["effect"] == "intercept") / total)
    covariance = criterion.fixed_covariance(found)
    return CrossedFit(
        table=tidy(criterion.frame.names, found.beta, np.sqrt(np.diag(covariance))),
        variances=variances,
        formula=_formula_of(outcome, criterion),
        convention=said("convention_reml") if criterion.reml else said("convention_ml"),
        covariances=covariances,
        covariance=covariance,
        outcome=outcome,
        reml=criterion.reml,
        criterion=found.criterion,
        sigma=found.sigma,
        theta=theta,
        n=criterion.n,
        n_missing=criterion.frame.n_missing,
        converged=converged,
        notes=tuple(notes),
        model=criterion,
    )


def _formula_of(outcome: str, criterion: Criterion) -> str:
    """Return the model as lme4 writes it."""
    fixed = [name for name in criterion.frame.names if name != "intercept"]
    return formula_of(outcome, [*fixed, *(term.written for term in criterion.terms)])


def _variance_rows(term: RandomTerm, covariance: Array) -> list[tuple[object, ...]]:
    diagonal = np.diag(covariance)
    return [
        (term.name, name, variance, np.sqrt(variance), len(term.levels), bool(variance <= 0))
        for name, variance in zip(term.columns, diagonal, strict=True)
    ]
