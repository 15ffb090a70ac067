"""How many clusters an interval needs: one tells nothing of how clusters differ, and few tell too little."""

from __future__ import annotations

import numpy as np

from asn_research.errors import ModelError
from asn_research.rules.words import Said, said, worded

#: With fewer clusters, cluster-robust intervals cover the truth too seldom, even those of Student's t.
LEAST_CLUSTERS = 10


def count_clusters(codes: np.ndarray, cluster: str | None) -> int:
    """Return the number of clusters.

    Parameters
    ----------
    codes : np.ndarray
        The cluster of each row, as codes from 0.
    cluster : str or None
        The column of the clusters, for the message; None if each row is a cluster of its own.

    Raises
    ------
    ModelError
        If all rows lie in one cluster: an interval from the differences between clusters would have no width.
    """
    n_clusters = int(codes.max()) + 1
    if cluster is not None and n_clusters < 2:
        raise worded(ModelError, "error_one_cluster", cluster=cluster)
    return n_clusters


def few_clusters_note(n_clusters: int, key: str = "note_few_clusters") -> tuple[Said, ...]:
    """Return the note of a fit whose errors are clustered on too few clusters; nothing if they are enough.

    Parameters
    ----------
    n_clusters : int
        Number of clusters; 0 where errors are not clustered.
    key : str
        The sentence in `words.csv`, with ``{n}``.

    Examples
    --------
    >>> few_clusters_note(10), few_clusters_note(0)
    ((), ())
    >>> len(few_clusters_note(2))
    1
    """
    return (said(key, n=n_clusters),) if 0 < n_clusters < LEAST_CLUSTERS else ()
