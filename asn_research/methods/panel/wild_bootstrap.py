"""Inference with few clusters: the restricted wild cluster bootstrap, vectorised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.panel.within import demean
from asn_research.methods.result import Result
from asn_research.methods.scaling import centred, column_units
from asn_research.rules.words import said, worded

Weights = Literal["rademacher", "webb"]
_WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])


@dataclass(frozen=True, repr=False)
class WildFit(Result):
    """A slope judged by the wild cluster bootstrap.

    Parameters
    ----------
    estimate, t : float
        The slope and its t by cluster-robust errors.
    p_value, low, high : float
        Two-sided bootstrap p-value, at least one over the draws and one more; and the slopes that the
        bootstrap test does not refuse (95 %).
    weights : str
        ``rademacher`` or ``webb``; Webb's six points serve where there are fewer than twelve clusters.
    draws : int
        Draws, or every sign pattern where there are fewer of them.
    n, n_clusters : int
        Rows and clusters.
    term, formula, convention : str
        The judged regressor, the regression, and how it was judged.
    notes : tuple of str
        What limits the reading.
    """

    estimate: float
    t: float
    p_value: float
    low: float
    high: float
    weights: str
    draws: int
    n: int
    n_clusters: int
    term: str = ""
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row: the judged slope, its cluster-robust error, the bootstrap's p-value and interval."""
        error = abs(self.estimate / self.t) if self.t else np.nan
        row = {
            "term": self.term, "estimate": self.estimate, "std_error": error, "t": self.t, "p_value": self.p_value,
            "low": self.low, "high": self.high,
        }  # fmt: skip
        return pd.DataFrame([row])

    def facts(self) -> dict[str, object]:
        """Return rows, clusters and draws."""
        return {**super().facts(), said("fact_draws"): self.draws}


@dataclass(frozen=True)
class _Parts:
    """Cluster sums from which every draw follows without touching rows again."""

    gram: np.ndarray
    xy: np.ndarray
    inverse: np.ndarray


@by_formula("regressors", "effects")
@estimator(outcome=Role.MEASURE, regressors=Role.TERM, effects=Role.LABEL, cluster=Role.LABEL)
def wild_bootstrap(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    effects: Sequence[str] = (),
    cluster: str,
    weights: Weights | None = None,
    draws: int = 9_999,
    level: float = 0.05,
    seed: int = 2026,
) -> WildFit:
    """Judge the first regressor's slope by the restricted wild cluster bootstrap.

    Residuals are taken under the null (Cameron, Gelbach and Miller 2008; Roodman et al. 2019), each
    cluster's are kept together and change sign at random, and t is compared with t.

    Parameters
    ----------
    frame, outcome, regressors, effects, cluster
        As in `fit_panel`; the first regressor is judged.
    weights : str, optional
        By default Webb's with fewer than twelve clusters, else Rademacher's.
    draws : int
        Draws; with Rademacher's weights all sign patterns where there are no more of them.
    level : float
        1 minus the confidence.
    seed : int
        Makes it repeatable.

    Raises
    ------
    ModelError
        In plain words: fewer than four clusters, no variation.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> fit = wild_bootstrap(data, "mutu", ["motivasi"], cluster="unit")
    >>> round(fit.estimate, 2), bool(fit.low < fit.estimate < fit.high)
    (0.43, True)
    """
    used = frame.dropna(subset=list(dict.fromkeys([outcome, *regressors, *effects, cluster])))
    codes = pd.factorize(used[cluster])[0]
    n_clusters = int(codes.max()) + 1 if len(codes) else 0
    if n_clusters < 4:
        raise worded(ModelError, "error_few_clusters", n=n_clusters, cluster=cluster)
    y, x, unit = _design(used, outcome, list(regressors), effects, codes)
    parts = _parts(y, x, codes, n_clusters)
    weights = weights or ("webb" if n_clusters < 12 else "rademacher")
    w = _draw(weights, n_clusters, draws, np.random.default_rng(seed))
    slope = float((parts.inverse @ parts.xy.sum(axis=0))[0])

    def test(null: float) -> tuple[float, float]:
        return _test(parts, null, w)

    t, p_value = test(0.0)
    error = abs(slope / t) if t else float("nan")
    low, high = (_bound(test, slope, side * error, level) for side in (-1, 1))
    return WildFit(
        unit * slope, t, p_value, unit * low, unit * high, weights, len(w), len(y), n_clusters, regressors[0],
        formula_of(outcome, regressors, effects), said("convention_wild", weights=weights.capitalize(), n=len(w)),
    )  # fmt: skip


def _design(
    used: pd.DataFrame, outcome: str, regressors: list[str], effects: Sequence[str], codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return outcome and regressors of like size, and what the first slope is to be multiplied by.

    Effects inside clusters are taken out; others become dummies, since a draw would bring them back.
    """
    values = centred(used[[outcome, *regressors]].to_numpy(dtype=float))
    levels = [pd.factorize(used[effect])[0] for effect in effects]
    nested = [lv for lv in levels if all(len(set(codes[lv == one])) == 1 for one in range(int(lv.max()) + 1))]
    free = [lv for lv in levels if not any(lv is n for n in nested)]
    dummies = [np.ones((len(used), 1))] if not nested else []
    for lv in free:
        dummies.append((lv[:, None] == np.arange(1, int(lv.max()) + 1)).astype(float))
    everything = demean(np.column_stack([values, *dummies]), nested)
    units = column_units(everything)
    everything, spread = everything / units, values.std(axis=0) / units[: values.shape[1]]
    y, x = everything[:, 0], everything[:, 1:]
    # The judged regressor needs something left of its own.
    rest = (
        x[:, 0] - x[:, 1:] @ np.linalg.lstsq(x[:, 1:], x[:, 0], rcond=None)[0] if x.shape[1] > 1 else x[:, 0]
    )
    others = [*regressors[1:], *effects]
    if rest.std() <= 1e-9 * spread[1]:
        raise worded(
            ModelError,
            "error_nothing_beyond",
            name=regressors[0],
            others=", ".join(others) or said("word_constant"),
        )
    if y.std() <= 1e-9 * spread[0]:
        raise worded(
            ModelError,
            "error_nothing_beyond",
            name=outcome,
            others=", ".join(effects) or said("word_constant"),
        )
    return y, x, float(units[0] / units[1])


def _parts(y: np.ndarray, x: np.ndarray, codes: np.ndarray, n_clusters: int) -> _Parts:
    order = np.argsort(codes, kind="stable")
    cuts = np.searchsorted(codes[order], np.arange(1, n_clusters))
    blocks = [(a, b) for a, b in zip(np.split(x[order], cuts), np.split(y[order], cuts), strict=True)]
    gram = np.stack([a.T @ a for a, _ in blocks])
    return _Parts(
        gram, np.stack([a.T @ b for a, b in blocks]), np.linalg.pinv(gram.sum(axis=0), hermitian=True)
    )


def _draw(weights: Weights, n_clusters: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    if weights == "webb":
        return rng.choice(_WEBB, (draws, n_clusters))
    if 2**n_clusters <= draws:
        return np.array(list(product([-1.0, 1.0], repeat=n_clusters)))
    return rng.choice([-1.0, 1.0], (draws, n_clusters))


def _test(parts: _Parts, null: float, w: np.ndarray) -> tuple[float, float]:
    """T of the data and the share of draws whose t is at least as large; factors of t cancel."""
    gram, inverse = parts.gram, parts.inverse
    q, total = inverse[0], gram.sum(axis=0)
    beta = inverse @ parts.xy.sum(axis=0)
    own = (parts.xy - gram @ beta) @ q
    t = (beta[0] - null) / np.sqrt(own @ own)
    # Least squares under the null, then scores of its residuals by cluster.
    moved = parts.xy - null * gram[:, :, 0]
    rest = np.linalg.pinv(total[1:, 1:], hermitian=True) @ moved.sum(axis=0)[1:]
    scores = moved - gram[:, :, 1:] @ rest
    a = scores @ q
    back = np.einsum("i,gij,jk,hk->gh", q, gram, inverse, scores, optimize=True)
    drawn = w * a - w @ back.T
    spread = np.sqrt((drawn**2).sum(axis=1))
    star = np.divide(w @ a, spread, out=np.full(len(w), np.inf), where=spread > 1e-300)
    factor = len(gram) / (len(gram) - 1)
    share = float(np.mean(np.abs(star) >= abs(t) * (1 - 1e-10)))
    # The data are one of the draws that chance could have made: no p is smaller than that allows.
    return float(t / np.sqrt(factor)), max(share, 1 / (len(w) + 1))


def _bound(test: object, slope: float, step: float, level: float) -> float:
    """Walk out until the test refuses, then halve."""
    near, far = 0.0, 2.0
    while test(slope + far * step)[1] > level:  # type: ignore[operator]
        near, far = far, far * 1.6
        if far > 200:
            return float(np.inf * np.sign(step))
    for _ in range(22):
        middle = (near + far) / 2
        if test(slope + middle * step)[1] > level:  # type: ignore[operator]
            near = middle
        else:
            far = middle
    return float(slope + (near + far) / 2 * step)
