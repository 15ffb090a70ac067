"""More than one machine: the same orders on a Dask cluster.

Workers see the data and the reports by path, on a disk that all share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asn_research.render.execute import JobResult, Order


@dataclass(frozen=True)
class Cluster:
    """A Dask cluster.

    Parameters
    ----------
    address : str
        The scheduler's, ``tcp://host:port``.
    """

    address: str

    def run(self, orders: Sequence[Order]) -> Iterator[JobResult]:
        """Render orders and give their results as they come."""
        raise NotImplementedError
