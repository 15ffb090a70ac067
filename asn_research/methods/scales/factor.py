"""Confirmatory factor analysis by maximum likelihood, with normal or robust standard errors and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import linalg

from asn_research.errors import ModelError
from asn_research.methods.column_values import levels_of, need_columns, number_table
from asn_research.methods.estimates import Z_95
from asn_research.methods.estimator import Role, estimator, options_checked
from asn_research.methods.result import Result, tidy
from asn_research.methods.scales.factor_fit import FitIndices, fit_indices, robust_indices
from asn_research.methods.scales.factor_likelihood import (
    Moments,
    curvature,
    discrepancy,
    gradient,
    observed_information,
    saturated_traces,
    scores,
)
from asn_research.methods.scales.factor_model import (
    Array,
    Equal,
    FactorModel,
    Implied,
    Scaling,
    implied,
    start_values,
)
from asn_research.methods.scales.factorability import refuse_unfactorable
from asn_research.methods.scaling import column_units
from asn_research.rules.words import said, worded

#: Largest gradient at a minimum, largest number of steps, and the damping above which the fit gives up.
_FLAT, _STEPS, _MOST_DAMPED = 1e-8, 500, 1e8


@dataclass(frozen=True, repr=False)
class FactorFit(Result):
    """A fitted factor model.

    Parameters
    ----------
    model : FactorModel
        The fitted model.
    values, covariance : np.ndarray
        Free parameters in the order of the model's layout, and their covariance (robust if requested).
    indices : FitIndices
        Fit indices of maximum likelihood, without correction for data that are not normal.
    robust : FitIndices or None
        Fit indices with a chi-squared that is scaled for data that are not normal.
    scaling_factor : float
        Divisor of the robust chi-squared; 1 for normal data.
    sizes : tuple of int
        Number of respondents in each group.
    problems : tuple of str
        Reasons why the solution is improper, which means that no population can have it:
        `negative_residual`, `correlation_of_one`. An improper solution must not be interpreted.
    groups : tuple of str
        The labels of the groups, in the order of ``sizes``; empty for one group.
    """

    model: FactorModel
    values: Array
    covariance: Array
    indices: FitIndices
    robust: FitIndices | None
    scaling_factor: float
    sizes: tuple[int, ...]
    problems: tuple[str, ...]
    groups: tuple[str, ...] = ()

    @property
    def n(self) -> int:  # type: ignore[override]
        """Number of respondents."""
        return sum(self.sizes)

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """Loadings and covariances of the factors, named as in lavaan; a fixed loading has no error."""
        lay, terms, estimates, places = self.model.layout, [], [], []
        names = list(self.model.factors)
        for number in range(self.model.n_groups):
            of, found = f"{self.groups[number]}: " if self.groups else "", self.group(number)
            for item, (name, owner) in enumerate(zip(self.model.items, self.model.owner, strict=True)):
                terms.append(f"{of}{names[owner]} =~ {name}")
                estimates.append(found.loadings[item, owner])
                places.append(lay.loading[number][item])
            for (i, j), place in zip(lay.pairs, lay.covariance[number], strict=True):
                if place >= 0:
                    terms.append(f"{of}{names[i]} ~~ {names[j]}")
                    estimates.append(found.factor_covariance[i, j])
                    places.append(place)
        at = np.array(places)
        return tidy(terms, np.array(estimates), np.where(at >= 0, self.std_errors()[at], np.nan))

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The model, as lavaan writes it."""
        return model_formula(self.model)

    @property
    def outcome_name(self) -> str:
        """The factors."""
        return ", ".join(self.model.factors)

    @property
    def convention(self) -> str:  # type: ignore[override]
        """How errors and the test were computed."""
        return said("convention_factors_robust" if self.robust else "convention_factors")

    @property
    def notes(self) -> tuple[str, ...]:  # type: ignore[override]
        """Why an improper solution must not be interpreted."""
        return problem_notes(self.problems)

    def facts(self) -> dict[str, object]:
        """Return the number of respondents and the fit indices, robust ones if they were requested."""
        return {**super().facts(), **index_facts(self.robust or self.indices)}

    def group(self, number: int = 0) -> Implied:
        """Return loadings, residuals and implied moments of a group."""
        return implied(self.model, self.values, number)

    def loadings(self, group: int = 0) -> pd.DataFrame:
        """Return one row per item: factor, estimate, std_error, low, high (95 %), standardized."""
        found, lay = self.group(group), self.model.layout
        names = list(self.model.factors)
        estimate = found.loadings[np.arange(len(self.model.items)), self.model.owner]
        places = lay.loading[group]
        error = np.where(places >= 0, np.sqrt(np.diag(self.covariance))[places], np.nan)
        spread = np.sqrt(np.diag(found.factor_covariance))[self.model.owner]
        return pd.DataFrame(
            {
                "factor": [names[k] for k in self.model.owner],
                "estimate": estimate,
                "std_error": error,
                "low": estimate - Z_95 * error,
                "high": estimate + Z_95 * error,
                "standardized": estimate * spread / np.sqrt(np.diag(found.covariance)),
            },
            index=pd.Index(self.model.items, name="item"),
        )

    def std_errors(self) -> Array:
        """Return the standard error of each free parameter."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def factor_correlations(self, group: int = 0) -> pd.DataFrame:
        """Return the correlations of the factors."""
        spread = self.group(group).factor_covariance
        sd = np.sqrt(np.diag(spread))
        names = list(self.model.factors)
        return pd.DataFrame(spread / np.outer(sd, sd), index=names, columns=names)


def model_formula(model: FactorModel) -> str:
    """Return a factor model as lavaan writes it."""
    return "; ".join(f"{factor} =~ {' + '.join(map(str, names))}" for factor, names in model.factors.items())


def problem_notes(problems: Sequence[str]) -> tuple[str, ...]:
    """Return the reasons why a solution is improper, in words."""
    return tuple(said(f"note_factors_{problem}") for problem in problems)


def index_facts(indices: FitIndices) -> dict[str, object]:
    """Return fit indices under the names that a reader of factor models knows."""
    return {
        "χ²": indices.chi2,
        said("fact_chi2_df"): indices.df,
        said("fact_chi2_p"): indices.p,
        "CFI": indices.cfi,
        "TLI": indices.tli,
        "RMSEA": indices.rmsea,
        said("fact_rmsea_low"): indices.rmsea_low,
        said("fact_rmsea_high"): indices.rmsea_high,
        "SRMR": indices.srmr,
    }


@estimator(factors=Role.MEASURE)
def fit_factors(
    items: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    *,
    groups: str | pd.Series | np.ndarray | Sequence[object] | None = None,
    equal: Sequence[Equal] = (),
    means: bool | None = None,
    scaling: Scaling = "marker",
    robust: bool = False,
) -> FactorFit:
    """Fit a confirmatory factor model to complete respondents by maximum likelihood.

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent.
    factors : mapping of str to sequence of str
        Items of each factor.
    groups : str or pd.Series, optional
        A column of groups; or the group of each respondent, matched by row label if it is a Series with
        other labels; otherwise one value per row. The groups are fitted together.
    equal : sequence of {"loadings", "intercepts", "residuals"}
        Parameters that are constrained to be equal across groups.
    means : bool, optional
        Whether intercepts are fitted; by default only with groups or robust errors.
    scaling : {"marker", "variance"}
        How the unit of the factors is fixed: by the first item of each, or by a variance of one.
    robust : bool
        Whether to use sandwich standard errors and the test of Yuan and Bentler, for answers that are
        not normal (MLR in lavaan).

    Returns
    -------
    FactorFit

    Raises
    ------
    ModelError
        If the items are not correlated, an item is constant or a copy of others, there are too few
        respondents, or the fit does not converge.

    Notes
    -----
    Estimates, errors, tests and indices equal those of R's ``lavaan::cfa``. The SRMR of one group counts
    covariances alone, as lavaan does unless ``meanstructure = TRUE``. statsmodels has no confirmatory factor
    analysis.

    References
    ----------
    Yuan, K.-H. and Bentler, P. M. (2000). Sociological Methodology 30, 165-200.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> semangat = rng.normal(size=200)
    >>> jawaban = pd.DataFrame({f"m{k}": semangat + rng.normal(size=200) for k in range(1, 5)})
    >>> fit = fit_factors(jawaban, {"motivasi": ["m1", "m2", "m3", "m4"]}, scaling="variance")
    >>> fit
    <FactorFit motivasi =~ m1 + m2 + m3 + m4 n=200>
    >>> fit.table[["term", "estimate"]].head(2).round(3)
                 term  estimate
    0  motivasi =~ m1     0.855
    1  motivasi =~ m2     1.014
    """
    return fit_complete(
        complete_answers(items, factors, groups),
        equal=equal,
        means=(groups is not None or robust) if means is None else means,
        scaling=scaling,
        robust=robust,
    )


@dataclass(frozen=True)
class CompleteAnswers:
    """The complete answers of respondents, checked to be suitable for a factor model.

    Parameters
    ----------
    factors : dict of str to list of str
        Items of each factor.
    parts : tuple of np.ndarray
        For each group, respondents × items.
    groups : tuple of str
        The label of each group; empty for one group.
    """

    factors: dict[str, list[str]]
    parts: tuple[Array, ...]
    groups: tuple[str, ...] = ()


def complete_answers(
    items: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    groups: str | pd.Series | np.ndarray | Sequence[object] | None = None,
) -> CompleteAnswers:
    """Return the complete answers of each group, checked once for all models that are fitted to them.

    Parameters
    ----------
    items, factors, groups
        As for `fit_factors`.

    Raises
    ------
    ModelError
        If no factor model is suitable for the items of a group.
    """
    named = {factor: [str(item) for item in names] for factor, names in factors.items()}
    answers = number_table(items, [item for each in named.values() for item in each])
    FactorModel(named)  # Refuses factors that cannot be fitted to any answers.
    own = None if groups is None else _groups_of(items, groups)
    labels = [] if own is None else levels_of(own)
    parts = (
        [answers.dropna()]
        if own is None
        else [answers.loc[(own == label).to_numpy()].dropna() for label in labels]
    )
    for part in parts:
        refuse_unfactorable(part, named)
    return CompleteAnswers(named, tuple(part.to_numpy() for part in parts), tuple(map(str, labels)))


@options_checked
def fit_complete(
    answers: CompleteAnswers,
    *,
    equal: Sequence[Equal] = (),
    means: bool = True,
    scaling: Scaling = "marker",
    robust: bool = False,
) -> FactorFit:
    """Fit a factor model to answers that `complete_answers` has checked; the options are those of `fit_factors`."""
    model = FactorModel(answers.factors, scaling, len(answers.parts), means, equal)
    return replace(_fit(model, list(answers.parts), robust=robust), groups=answers.groups)


def _groups_of(items: pd.DataFrame, groups: str | pd.Series | np.ndarray | Sequence[object]) -> pd.Series:
    """Return the group of each row."""
    if isinstance(groups, str):
        need_columns(items, [groups])
        return items[groups]
    if isinstance(groups, pd.Series) and not groups.index.equals(items.index):
        if not groups.index.is_unique or not items.index.isin(groups.index).all():
            raise worded(ModelError, "error_groups", n=len(items))
        return groups.reindex(items.index)
    if len(groups) != len(items):
        raise worded(ModelError, "error_groups", n=len(items))
    return pd.Series(np.asarray(groups), index=items.index)


def _fit(model: FactorModel, data: list[Array], *, robust: bool) -> FactorFit:
    """Fit centred and scaled items, for numerical stability; return the result in the items' own units."""
    everyone = np.concatenate(data)
    units, centre = column_units(everyone), everyone.mean(axis=0)
    found = _fit_like_sized(model, [(x - centre) / units for x in data], robust=robust)
    by = _parameter_units(model, units)
    values = by * found.values
    # An intercept that groups share is listed once per group, but is shifted only once.
    moved = {
        int(place): item for row in model.layout.intercept for item, place in enumerate(row) if place >= 0
    }
    values[list(moved)] += centre[list(moved.values())]
    return replace(found, values=values, covariance=found.covariance * np.outer(by, by))


def _parameter_units(model: FactorModel, units: Array) -> Array:
    """Return the factor of each free parameter when every item is multiplied by its unit."""
    lay = model.layout
    of_factor = units[model.first] if model.scaling == "marker" else np.ones(len(model.factors))
    of_pair = np.array([of_factor[i] * of_factor[j] for i, j in lay.pairs])
    by = np.ones(lay.n_free)
    for places, factor in (
        (lay.loading, units / of_factor[model.owner]), (lay.residual, units**2), (lay.intercept, units),
        (lay.mean, of_factor), (lay.covariance, of_pair),
    ):  # fmt: skip
        for row in places:
            by[row[row >= 0]] = factor[row >= 0]
    return by


def _fit_like_sized(model: FactorModel, data: list[Array], *, robust: bool) -> FactorFit:
    moments = Moments(
        [np.cov(x, rowvar=False, bias=True) for x in data],
        [x.mean(axis=0) for x in data],
        tuple(len(x) for x in data),
    )
    values = _minimise(model, moments)
    n, p = sum(moments.sizes), len(model.items)
    chi2, df = n * discrepancy(model, values, moments), model.n_moments - model.layout.n_free
    baseline = sum(
        len(x) * float(np.log(np.diag(s)).sum() - np.linalg.slogdet(s)[1])
        for x, s in zip(data, moments.covariances, strict=True)
    )
    baseline_df = model.n_groups * p * (p - 1) // 2
    srmr = _srmr(model, values, moments)
    indices = fit_indices(chi2, df, baseline, baseline_df, n=n, n_groups=model.n_groups, srmr=srmr)
    covariance, scaled, factor = _inverse(curvature(model, values, moments) / 2) / n, None, 1.0
    if robust:
        each = np.concatenate([scores(model, values, g, x) for g, x in enumerate(data)])
        meat, bread = each.T @ each / n, _inverse(observed_information(model, values, moments))
        covariance = bread @ meat @ bread / n
        saturated, alone = saturated_traces(data, moments)
        factor = (saturated - float(np.trace(meat @ bread))) / df if df else 1.0
        scaled = robust_indices(
            chi2, df, factor, baseline, baseline_df, (saturated - alone) / baseline_df,
            n=n, n_groups=model.n_groups, srmr=srmr,
        )  # fmt: skip
    problems = _problems(model, values)
    return FactorFit(model, values, covariance, indices, scaled, factor, moments.sizes, problems)


def _inverse(information: Array) -> Array:
    try:
        return np.linalg.inv(information)
    except np.linalg.LinAlgError:
        raise worded(ModelError, "error_factors_unidentified") from None


def _solved(bend: Array, slope: Array) -> Array:
    """Solve for the step; if the matrix is not positive definite, return the shortest least-squares step."""
    try:
        return np.asarray(linalg.cho_solve(linalg.cho_factor(bend), slope))
    except linalg.LinAlgError:
        return np.asarray(linalg.lstsq(bend, slope)[0])


def _minimise(model: FactorModel, moments: Moments) -> Array:
    """Minimise the discrepancy by Fisher scoring; a step that does not reduce it is damped more."""
    values = start_values(model, moments.covariances, moments.means)
    now, damping = discrepancy(model, values, moments), 0.0
    for _ in range(_STEPS):
        slope = gradient(model, values, moments)
        if np.abs(slope).max() < _FLAT:
            return values
        bend = curvature(model, values, moments)
        bend[np.diag_indices_from(bend)] *= 1 + damping
        step = _solved(bend, slope)
        tried = discrepancy(model, values - step, moments)
        # The tolerance is needed because the last steps change less than the precision of a float.
        if tried < now + 1e-13 * (1 + abs(now)):
            values, now, damping = values - step, tried, damping / 10 if damping > 1e-4 else 0.0
        elif damping > _MOST_DAMPED:
            break
        else:
            damping = max(10 * damping, 1e-3)
    raise worded(ModelError, "error_factors_unconverged")


def _srmr(model: FactorModel, values: Array, moments: Moments) -> float:
    total = 0.0
    for g, (s, m, share) in enumerate(zip(moments.covariances, moments.means, moments.shares, strict=True)):
        says, sd = implied(model, values, g), np.sqrt(np.diag(s))
        apart = ((s - says.covariance) / np.outer(sd, sd))[np.tril_indices(len(s))]
        # Means of one group are fitted exactly; counting them would only make the index smaller.
        if model.means and model.n_groups > 1:
            apart = np.concatenate([apart, (m - says.mean) / sd])
        total += share * np.sqrt((apart**2).mean())
    return float(total)


def _problems(model: FactorModel, values: Array) -> tuple[str, ...]:
    found = []
    groups = [implied(model, values, g) for g in range(model.n_groups)]
    if any((says.residuals < 0).any() for says in groups):
        found.append("negative_residual")
    if any(np.linalg.eigvalsh(says.factor_covariance)[0] <= 1e-8 for says in groups):
        found.append("correlation_of_one")
    return tuple(found)
