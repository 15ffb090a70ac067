"""Errors that are shared in two ways at once, by unit and by quarter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.measure.estimator import Role, estimator
from asn_research.model.panel import fit_panel
from asn_research.model.result import tidy


@estimator(outcome=Role.MEASURE, regressors=Role.TERM, clusters=Role.LABEL, effects=Role.LABEL)
def fit_two_way_clustered(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    clusters: tuple[str, str],
    *,
    effects: Sequence[str] = (),
) -> pd.DataFrame:
    """Return a panel regression's table with errors clustered in two ways (Cameron, Gelbach and Miller 2011).

    Each of the three covariances carries its own small-sample factor, as in R's ``sandwich``; R's
    ``fixest`` takes the smaller number of clusters for all. t has the smaller number less one.

    Parameters
    ----------
    frame, outcome, regressors, effects
        As in `fit_panel`.
    clusters : tuple of str
        The two columns.

    Raises
    ------
    ModelError
        If there is too little data, or the three do not add up to a covariance (too few clusters).
    """
    both = frame.assign(both_=frame.groupby(list(clusters)).ngroup())
    fits = [fit_panel(both, outcome, regressors, effects=effects, cluster=c) for c in (*clusters, "both_")]
    variance = np.diag(fits[0].covariance + fits[1].covariance - fits[2].covariance)
    if (variance <= 0).any():
        msg = f"The errors by {clusters[0]} and {clusters[1]} do not add up: too few clusters. Cluster by the larger unit."
        raise ModelError(msg)
    first = fits[0].table
    df = min(fits[0].n_clusters, fits[1].n_clusters) - 1
    return tidy(first["term"].tolist(), first["estimate"].to_numpy(), np.sqrt(variance), df)
