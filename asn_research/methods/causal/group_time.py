"""What group-time effects hand back, and how effects are averaged with their influence functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.result import Result, tidy
from asn_research.rules.words import Language, said, worded

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class GroupTimeFit(Result):
    """Effects of a staggered programme.

    Parameters
    ----------
    cells : pd.DataFrame
        One row per wave and period: wave, period, event (periods since the start), estimate,
        std_error, low, high, p_value, n_treated, n_controls.
    simple, groups, events, calendar : pd.DataFrame
        The mean effect on the treated; the mean of each wave; by periods since the start (negative
        ones are placebo leads and should be nil); the mean over the waves that have started, by period.
    overall : pd.DataFrame
        Means of those means: ``groups`` (by the waves' sizes), ``events`` (from the start on) and
        ``calendar``, as R's ``aggte`` tells them.
    leads_p_value : float
        Joint Wald test of the placebo leads; NaN without any.
    n_entities, n_clusters, n_always : int
        Entities used, clusters, and entities left out because they started before the first change
        could be seen.
    controls, base : str
        ``not_yet`` or ``never``; ``universal`` or ``varying``.
    notes : tuple of str
        What limits the reading.
    formula, convention : str
        What was estimated, and how errors were.
    n : int
        Rows with an outcome.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = ("att", "wave", "event", "period")

    cells: pd.DataFrame
    simple: pd.DataFrame
    groups: pd.DataFrame
    events: pd.DataFrame
    calendar: pd.DataFrame
    overall: pd.DataFrame
    leads_p_value: float
    n_entities: int
    n_clusters: int
    n_always: int
    controls: str
    base: str
    notes: tuple[str, ...] = ()
    formula: str = ""
    convention: str = ""
    n: int = 0

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """The mean effect (``att``), waves (``wave 3``), periods since the start (``event 0``), periods (``period 5``)."""
        parts = {"wave ": self.groups, "event ": self.events, "period ": self.calendar}
        named = [part.assign(term=label + part["term"]) for label, part in parts.items()]
        return pd.concat([self.simple, *named], ignore_index=True)[list(self.simple.columns)]

    def facts(self) -> dict[str, object]:
        """Return rows, entities, clusters and the test of the leads."""
        return {
            **super().facts(), said("fact_entities"): self.n_entities, said("fact_always"): self.n_always,
            said("fact_leads_p"): self.leads_p_value,
        }  # fmt: skip

    def plot(
        self,
        ax: Axes | None = None,
        *,
        terms: Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
        language: Language | None = None,
    ) -> Axes:
        """Draw the effects by periods since the start; see `Result.plot`."""
        shown = terms if terms is not None else ["event " + term for term in self.events["term"]]
        return super().plot(ax, terms=shown, labels=labels, language=language)


@dataclass(frozen=True)
class Averager:
    """Cells, and how they are averaged.

    Parameters
    ----------
    estimates : np.ndarray
        One a cell.
    influence : np.ndarray
        Entities × cells.
    share : np.ndarray
        By cell: its wave's share of all entities.
    member : np.ndarray
        Entities × cells: whether the entity is of the cell's wave.
    cluster : np.ndarray
        By entity.
    sizes_estimated : bool
        Whether the waves' sizes are draws too.
    """

    estimates: np.ndarray
    influence: np.ndarray
    share: np.ndarray
    member: np.ndarray
    cluster: np.ndarray
    sizes_estimated: bool

    def mean(self, rows: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean over cells by their waves' sizes, and each entity's influence on it."""
        return _average(
            self.estimates[rows],
            self.influence[:, rows],
            self.share[rows],
            self.member[:, rows],
            self.sizes_estimated,
        )

    def table(
        self, terms: Sequence[str], pairs: Sequence[tuple[float, np.ndarray]]
    ) -> tuple[pd.DataFrame, np.ndarray]:
        """Return means with their errors, and their covariance."""
        psi = np.stack([pair[1] for pair in pairs], axis=1)
        spread = covariance_of(psi, self.cluster)
        df = len(np.unique(self.cluster)) - 1
        return tidy(terms, np.array([pair[0] for pair in pairs]), np.sqrt(np.diag(spread)), df), spread


def mean_of(pairs: Sequence[tuple[float, np.ndarray]]) -> tuple[float, np.ndarray]:
    """Return the plain mean of means, and each entity's influence on it."""
    return float(np.mean([pair[0] for pair in pairs])), np.mean([pair[1] for pair in pairs], axis=0)


def _average(
    estimates: np.ndarray, influence: np.ndarray, share: np.ndarray, member: np.ndarray, sizes_estimated: bool
) -> tuple[float, np.ndarray]:
    """Mean over cells by the waves' sizes, and each entity's influence on it."""
    total = share.sum()
    weight = share / total
    if not sizes_estimated:
        return float(weight @ estimates), influence @ weight
    centred = member - share
    weights_own = (centred - np.outer(centred.sum(axis=1), weight)) / total
    return float(weight @ estimates), influence @ weight + weights_own @ estimates


def covariance_of(psi: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return the covariance of means from influence functions, summed by cluster."""
    n, n_clusters = len(psi), int(cluster.max()) + 1
    present = len(np.unique(cluster))
    if present < 2:
        raise worded(ModelError, "error_all_one_cluster")
    sums = np.stack([np.bincount(cluster, column, minlength=n_clusters) for column in psi.T], axis=1)
    covariance: np.ndarray = sums.T @ sums / n**2 * present / (present - 1)
    return covariance


def joint_p(estimates: np.ndarray, covariance: np.ndarray, n_clusters: int) -> float:
    """Return the p-value of all estimates being nil; NaN where it cannot be told."""
    if not len(estimates):
        return float("nan")
    wald = float(estimates @ np.linalg.pinv(covariance, hermitian=True) @ estimates)
    rank = int(np.linalg.matrix_rank(covariance, hermitian=True))
    if not 0 < rank < n_clusters:
        return float("nan")
    # Hotelling: the covariance is estimated from few clusters, and plain Wald refuses too often.
    ratio = wald * (n_clusters - rank) / (rank * (n_clusters - 1))
    return float(stats.f.sf(ratio, rank, n_clusters - rank))
