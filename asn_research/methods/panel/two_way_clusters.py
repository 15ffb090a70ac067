"""Errors that are shared in two ways at once, by unit and by quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import few_clusters_note
from asn_research.methods.formula import by_formula
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.methods.result import Result, tidy
from asn_research.rules.words import said, worded


@dataclass(frozen=True, repr=False)
class TwoWayFit(Result):
    """A panel regression with errors clustered in two ways.

    Parameters
    ----------
    table : pd.DataFrame
        One row per regressor: term, estimate, std_error, t, df, p_value, low, high.
    n, n_clusters : int
        Rows, and the smaller number of clusters.
    formula, convention : str
        What was fitted, and how errors are scaled.
    notes : tuple of str
        What limits the reading.
    """

    table: pd.DataFrame
    n: int
    n_clusters: int
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()


@by_formula("regressors", "effects")
@estimator(outcome=Role.MEASURE, regressors=Role.TERM, clusters=Role.LABEL, effects=Role.LABEL)
def fit_two_way_clustered(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    clusters: tuple[str, str],
    *,
    effects: Sequence[str] = (),
) -> TwoWayFit:
    """Fit a panel regression with errors clustered in two ways (Cameron, Gelbach and Miller 2011).

    Each of the three covariances carries its own small-sample factor, as in R's ``sandwich``; R's
    ``fixest`` takes the smaller number of clusters for all. t has the smaller number less one.

    Parameters
    ----------
    frame, outcome, regressors, effects
        As in `fit_panel`.
    clusters : tuple of str
        The two columns.

    Returns
    -------
    TwoWayFit

    Raises
    ------
    ModelError
        If there is too little data, or the three do not add up to a covariance (too few clusters).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> fit = fit_two_way_clustered(data, "mutu", ["motivasi"], ("unit", "triwulan"))
    >>> fit.row("motivasi")[["estimate", "std_error"]].astype(float).round(3).to_dict()
    {'estimate': 0.43, 'std_error': 0.048}
    """
    both = frame.assign(both_=frame.groupby(list(clusters)).ngroup())
    fits = [fit_panel(both, outcome, regressors, effects=effects, cluster=c) for c in (*clusters, "both_")]
    variance = np.diag(fits[0].covariance + fits[1].covariance - fits[2].covariance)
    if (variance <= 0).any():
        raise worded(ModelError, "error_two_ways", one=clusters[0], other=clusters[1])
    first = fits[0].table
    df = min(fits[0].n_clusters, fits[1].n_clusters) - 1
    return TwoWayFit(
        table=tidy(first["term"].tolist(), first["estimate"].to_numpy(), np.sqrt(variance), df),
        n=fits[0].n,
        n_clusters=df + 1,
        formula=fits[0].formula,
        convention=said("convention_two_way", first=clusters[0], second=clusters[1]),
        notes=few_clusters_note(df + 1),
    )
