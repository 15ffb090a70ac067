"""Workers where there is no fork: processes that import everything themselves, and ordinary kernels."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from asn_research.render.execute import JobResult, Order, render_report


@dataclass(frozen=True)
class Spawned:
    """A pool of started processes; no budget of memory, and of time only per cell.

    Parameters
    ----------
    n_workers : int
        How many reports side by side.
    """

    n_workers: int

    def run(self, orders: Sequence[Order]) -> Iterator[JobResult]:
        """Render orders and give their results as they come; reports of one folder go together."""
        together: dict[str, list[Order]] = {}
        for order in orders:
            together.setdefault(order.job.place, []).append(order)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.n_workers, mp_context=context) as workers:
            futures = {workers.submit(render_all, each): each for each in together.values()}
            for future in as_completed(futures):
                try:
                    yield from future.result()
                except BrokenProcessPool:
                    message = "The process that rendered it was killed; run again."
                    yield from (JobResult(order.job, message=message) for order in futures[future])


def render_all(orders: Sequence[Order]) -> list[JobResult]:
    """Render orders one after the other."""
    return [render_report(order) for order in orders]
