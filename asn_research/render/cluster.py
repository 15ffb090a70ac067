"""More than one machine: the same orders on a Dask cluster.

Workers see the data and the reports by path, on a disk that all share. Each worker process has a
warm parent of its own. What a killed worker had not finished, the scheduler gives to another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn_research.errors import BatchError
from asn_research.memory import package_digest
from asn_research.render.execute import JobResult, Order
from asn_research.render.spawned import render_all

_SECONDS_TO_ANSWER = 20
# Papermill changes a process's working folder, so one report at a time per process.
_turn = threading.Lock()


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
        """Render orders and give their results as they come; reports of one folder go together.

        Raises
        ------
        BatchError
            If the scheduler does not answer, its workers have other versions, or they do not see
            the data.
        """
        # Heavy, and of no use to a batch on one machine.
        from distributed import Client, as_completed  # noqa: PLC0415

        together: dict[str, list[Order]] = {}
        for order in orders:
            together.setdefault(order.job.place, []).append(order)
        try:
            client = Client(self.address, timeout=_SECONDS_TO_ANSWER, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            msg = f"No Dask scheduler answers at {self.address}; start one with `dask scheduler` and workers with `dask worker`."
            raise BatchError(msg) from error
        with client:
            self._check(client, orders[0])
            futures = {client.submit(_render_all, each, pure=False): each for each in together.values()}
            for future in as_completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
                if future.status == "finished":
                    yield from future.result()
                else:
                    reason = "The workers that rendered it died, one after the other."
                    yield from (JobResult(order.job, message=reason) for order in futures[future])

    def _check(self, client: Any, order: Order) -> None:
        """Refuse workers with other versions, or without the data."""
        client.wait_for_workers(1, timeout=_SECONDS_TO_ANSWER)
        try:
            client.get_versions(check=True)
        except ValueError as error:
            msg = f"The cluster at {self.address} has other versions than this machine; install from the same lock. {error}"
            raise BatchError(" ".join(msg.split())) from None
        codes = client.run(package_digest)
        if set(codes.values()) != {package_digest()}:
            msg = f"{sum(code != package_digest() for code in codes.values())} of {len(codes)} workers at {self.address} run other code of this toolkit; install the same version and start them again."
            raise BatchError(msg)
        seen = client.run(_sees, order.processed, order.reports)
        if not all(seen.values()):
            msg = f"{sum(not each for each in seen.values())} of {len(seen)} workers at {self.address} do not see {order.processed.name} and {order.reports.name}; use a disk that all share."
            raise BatchError(msg)


def _sees(processed: Path, reports: Path) -> bool:
    return (processed / "manifest.json").is_file() and reports.is_dir()


def _render_all(orders: Sequence[Order]) -> list[JobResult]:
    with _turn:
        return render_all(orders)
