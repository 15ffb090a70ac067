"""How much estimates depend on assumptions: hidden causes of mediation, noisy scales, other choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import drawn_convention, drawn_intervals, few_clusters_note
from asn_research.methods.mediation.indirect import but_outcome, cluster_products, draw_totals
from asn_research.methods.option_choices import choose
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.methods.parts import Parts
from asn_research.methods.result import Result
from asn_research.rules.words import said, worded


@dataclass(frozen=True, repr=False)
class MediationSensitivity(Parts):
    """How the indirect part moves with a hidden cause of mediator and outcome (Imai et al. 2010).

    Parameters
    ----------
    table : pd.DataFrame
        By rho, the correlation of the two stages' errors: indirect, low, high (95 %), and
        ``r2_product``: the product of the shares of residual variance that the hidden cause takes up.
    rho_at_zero : float
        Where the indirect part is nil.
    r2_product_at_zero : float
        Its square: shares of residual variance.
    r2_total_at_zero : float
        The same in shares of total variance.
    """

    table: pd.DataFrame
    rho_at_zero: float
    r2_product_at_zero: float
    r2_total_at_zero: float


@estimator(
    exposure=Role.MEASURE, mediator=Role.MEASURE, outcome=Role.MEASURE, controls=Role.TERM, effects=Role.LABEL,
    cluster=Role.LABEL,
)  # fmt: skip
def mediation_sensitivity(
    frame: pd.DataFrame,
    exposure: str,
    mediator: str,
    outcome: str,
    *,
    controls: Sequence[str] = (),
    effects: Sequence[str] = (),
    cluster: str | None = None,
    rho: Sequence[float] = tuple(np.round(np.arange(-0.9, 0.91, 0.1), 1)),
    draws: int = 500,
    seed: int = 2026,
) -> MediationSensitivity:
    """Trace the indirect part over the correlation of the stages' errors.

    Parameters are those of `fit_mediation`; ``rho`` are the correlations to try.

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> found = mediation_sensitivity(data, "jp", "motivasi", "mutu", cluster="unit", draws=20)
    >>> round(float(found.rho_at_zero), 2)
    0.69
    """
    if not all(-1 < each < 1 for each in rho):
        raise worded(RequestError, "error_rho")
    columns = [exposure, mediator, outcome, *controls]
    needed = list(dict.fromkeys([*columns, *effects, *([cluster] if cluster else [])]))
    used = frame.dropna(subset=needed)
    found = cluster_products(used, columns, effects, cluster)
    products, unit = found.matrices, float(found.units[2] / found.units[0])
    grid = np.asarray(rho, dtype=float)
    whole, at_zero = _indirect_by_rho(products.sum(axis=0)[None], grid)
    totals = draw_totals(products, draws, np.random.default_rng(seed), but_outcome(columns))
    drawn, _ = _indirect_by_rho(totals, grid)
    ends = drawn_intervals(whole[0], drawn, len(products) if cluster else 0)
    total = products.sum(axis=0)
    share = 1.0
    for place in (1, 2):
        rest = [0, *range(3, len(total))]
        share *= (
            _residual_moment(total[None], rest, place, place)[0]
            / _residual_moment(total[None], [len(total) - 1], place, place)[0]
        )
    table = pd.DataFrame(
        {
            "rho": grid,
            "indirect": unit * whole[0],
            "low": unit * ends.low,
            "high": unit * ends.high,
            "r2_product": grid**2,
        }
    )
    zero = float(at_zero[0])
    return MediationSensitivity(table, zero, zero**2, zero**2 * float(share))


def _residual_moment(total: np.ndarray, rest: list[int], i: int, j: int) -> np.ndarray:
    """Cross-product of the residuals of two columns on others, one a draw."""
    inner = np.linalg.pinv(total[:, rest][:, :, rest], rcond=1e-10, hermitian=True)
    moment: np.ndarray = total[:, i, j] - np.einsum(
        "da,dab,db->d", total[:, i, rest], inner, total[:, j, rest]
    )
    return moment


def _indirect_by_rho(total: np.ndarray, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    width = total.shape[1]
    rest = [0, *range(3, width)]
    s11, s22 = _residual_moment(total, rest, 2, 2), _residual_moment(total, rest, 1, 1)
    corr = _residual_moment(total, rest, 1, 2) / np.sqrt(s11 * s22)
    inner = np.linalg.pinv(total[:, rest][:, :, rest], rcond=1e-10, hermitian=True)
    a = np.einsum("dab,db->da", inner, total[:, 1, rest])[:, 0]
    tilt = corr[:, None] - rho * np.sqrt((1 - corr[:, None] ** 2) / (1 - rho**2))
    return a[:, None] * np.sqrt(s11 / s22)[:, None] * tilt, corr


@dataclass(frozen=True, repr=False)
class CorrectedFit(Result):
    """A slope corrected for the error of a scale.

    Parameters
    ----------
    table : pd.DataFrame
        By regressor: term, plain (uncorrected), estimate, std_error, low, high (cluster bootstrap).
    reliability : mapping of str to float
        Of each noisy regressor after effects are taken out; lower than the scale's own alpha.
    n, n_clusters : int
        Rows and clusters.
    formula, convention : str
        What was fitted, and how intervals were made.
    notes : tuple of str
        What limits the reading.
    """

    table: pd.DataFrame
    reliability: Mapping[str, float]
    n: int
    n_clusters: int
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return rows, clusters and each noisy regressor's reliability."""
        return {
            **super().facts(),
            **{said("fact_reliability", name=n): v for n, v in self.reliability.items()},
        }


@estimator(outcome=Role.MEASURE, regressors=Role.MEASURE, effects=Role.LABEL, cluster=Role.LABEL)
def fit_corrected(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    error_variance: Mapping[str, float],
    *,
    effects: Sequence[str] = (),
    cluster: str,
    draws: int = 500,
    seed: int = 2026,
) -> CorrectedFit:
    """Fit a panel regression whose noisy regressors have known error variances.

    The error's share is taken out of the regressors' moments (errors in variables, method of
    moments), after fixed effects, which leave ``(n - effects) / n`` of it. Errors are taken as
    independent of everything and of each other over time: where a person's error lasts, effects have
    removed it already and this corrects too much.

    Parameters
    ----------
    frame, outcome, regressors, effects, cluster
        As in `fit_panel`.
    error_variance : mapping of str to float
        Variance of a score's error, by column: variance × (1 - alpha).
    draws, seed : int
        Of the cluster bootstrap.

    Raises
    ------
    ModelError
        If more error is claimed than there is variance left.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> fit = fit_corrected(data, "mutu", ["motivasi", "jp"], {"motivasi": 0.1}, cluster="unit", draws=50)
    >>> {name: round(float(value), 2) for name, value in fit.reliability.items()}
    {'motivasi': 0.94}
    """
    regressors = list(regressors)
    error_variance = {str(name): value for name, value in error_variance.items()}
    for name in error_variance:
        choose(name, regressors, option="error_variance", function="fit_corrected")
        if not error_variance[name] >= 0:
            raise worded(RequestError, "error_variance_negative", name=name)
    needed = list(dict.fromkeys([outcome, *regressors, *effects, cluster]))
    used = frame.dropna(subset=needed)
    plain = fit_panel(used, outcome, regressors, effects=effects, cluster=cluster)
    # Rows alone in an effect teach nothing; the products below leave them out too.
    found = cluster_products(used, [*regressors, outcome], effects, cluster)
    products, units = found.matrices, found.units[-1] / found.units[:-1]
    sizes = products[:, -1, -1]
    lost = sum(used[e].nunique() - 1 for e in effects) + 1 if effects else 1
    keep = 1 - lost / plain.n
    k = len(regressors)
    noise = np.array([error_variance.get(name, 0.0) * keep for name in regressors])
    error = np.diag(noise / found.units[:-1] ** 2)

    def solve(total: np.ndarray) -> np.ndarray:
        n = total[:, -1, -1]
        centred = (
            total[:, :k, :k] - np.einsum("di,dj->dij", total[:, :k, -1], total[:, :k, -1]) / n[:, None, None]
        )
        right = total[:, :k, k] - total[:, :k, -1] * total[:, k, -1][:, None] / n[:, None]
        return np.asarray(np.linalg.solve(centred - n[:, None, None] * error, right[..., None])[..., 0])

    whole = products.sum(axis=0)
    within = np.diag(whole)[:k] / sizes.sum() - (whole[:k, -1] / sizes.sum()) ** 2
    reliability = {
        name: 1 - error[i, i] / within[i] for i, name in enumerate(regressors) if name in error_variance
    }
    poor = [name for name, value in reliability.items() if value < 0.1]
    if poor:
        raise worded(ModelError, "error_correction_all_noise", name=poor[0])
    estimate = units * solve(whole[None])[0]
    names = dict(enumerate(regressors))
    drawn = units * solve(draw_totals(products, draws, np.random.default_rng(seed), names))
    ends = drawn_intervals(estimate, drawn, plain.n_clusters)
    table = pd.DataFrame(
        {
            "term": regressors, "plain": plain.table["estimate"].head(k), "estimate": estimate,
            "std_error": ends.std_error, "low": ends.low, "high": ends.high,
        }
    )  # fmt: skip
    return CorrectedFit(
        table,
        reliability,
        plain.n,
        plain.n_clusters,
        plain.formula,
        drawn_convention(draws, plain.n_clusters),
        few_clusters_note(plain.n_clusters, "note_few_draws"),
    )


@estimator(
    exposure=Role.MEASURE,
    outcomes=Role.MEASURE,
    controls=Role.MEASURE,
    effects=Role.LABEL,
    cluster=Role.LABEL,
)
def specification_curve(
    frame: pd.DataFrame,
    exposure: str,
    outcomes: Sequence[str],
    controls: Sequence[str],
    *,
    effects: Sequence[Sequence[str]],
    cluster: str,
) -> pd.DataFrame:
    """Fit every defensible version of a question and return all, smallest estimate first.

    A version that the data cannot answer is left out.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per entity and period.
    exposure : str
        What is judged.
    outcomes : sequence of str
        Each is put in standard deviations, so that they can stand on one axis.
    controls : sequence of str
        Every subset is tried.
    effects : sequence of sequences of str
        Sets of fixed effects.
    cluster : str
        Clusters.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> curve = specification_curve(data, "jp", ["mutu"], ["motivasi"], effects=[["pegawai"]], cluster="unit")
    >>> len(curve)
    2
    """
    rows = []
    subsets = [list(s) for size in range(len(controls) + 1) for s in combinations(controls, size)]
    for outcome in outcomes:
        spread = float(frame[outcome].std())
        scaled = frame.assign(outcome_=frame[outcome] / spread) if spread > 0 else frame.assign(outcome_=0.0)
        for chosen in subsets:
            for levels in effects:
                try:
                    row = fit_panel(
                        scaled, "outcome_", [exposure, *chosen], effects=levels, cluster=cluster
                    ).row(exposure)
                except ModelError:
                    continue
                rows.append(
                    {
                        "outcome": outcome, "controls": " + ".join(chosen) or "none",
                        "effects": " + ".join(levels) or "none",
                        **{c: float(row[c]) for c in ("estimate", "std_error", "low", "high", "p_value")},
                    }
                )  # fmt: skip
    if not rows:
        raise worded(ModelError, "error_no_version", exposure=exposure)
    return pd.DataFrame(rows).sort_values("estimate", ignore_index=True)
