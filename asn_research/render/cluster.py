"""Render a batch on several machines: the tasks run on a Dask cluster.

Workers read the data and write the reports by path, on a shared disk. Each worker process has its own warm
parent. If a worker is killed, the scheduler gives its unfinished tasks to another worker.

Orders are sent as pickles, so anybody who can connect to a scheduler without TLS can run code on its workers. With
``tls://`` both sides use certificates, which are set in Dask's configuration (``distributed.comm.tls``).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console

from asn_research.errors import BatchError, RequestError
from asn_research.render.execute import JobResult, RenderTask, render_report
from asn_research.render.jobs import Job
from asn_research.rules.words import load_words
from asn_research.storage import package_digest

_SECONDS_TO_ANSWER = 20
# Papermill changes the working folder of the process, so each process renders one report at a time.
_turn = threading.Lock()


def check_address(address: str) -> str:
    """Check the address of a scheduler, and return it.

    Parameters
    ----------
    address : str
        ``tls://host:port`` or ``tcp://host:port``.

    Raises
    ------
    RequestError
        If the address has another form.
    """
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in {"tcp", "tls"} and bool(parts.hostname) and bool(parts.port)
        is_bare = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    except ValueError:
        is_one = is_bare = False
    if not (is_one and is_bare) or address.split() != [address]:
        msg = "The address of a cluster is tls://host:port, or tcp://host:port without encryption, and nothing else; see --cluster."
        raise RequestError(msg)
    return address


def say_what_is_open(address: str, jobs: Sequence[Job], console: Console) -> None:
    """Warn if the connection has no TLS, so that others could read the tasks or run code on the workers.

    Parameters
    ----------
    address : str
        Address of the scheduler.
    jobs : sequence of Job
        The wanted reports; the warning is in the language of the first one.
    console : Console
        The terminal for the warning.
    """
    if urlsplit(address).scheme == "tcp":
        word = load_words(jobs[0].language if jobs else "id")
        console.print(
            word("cluster_without_tls", address=address), highlight=False, soft_wrap=True, markup=False
        )


@dataclass(frozen=True)
class Cluster:
    """A Dask cluster.

    Parameters
    ----------
    address : str
        Address of the scheduler, ``tls://host:port`` or ``tcp://host:port``.
    """

    address: str

    def run(self, tasks: Sequence[RenderTask]) -> Iterator[JobResult]:
        """Render tasks and yield their results as they arrive; one worker gets all reports of a folder.

        Raises
        ------
        BatchError
            If the scheduler does not answer, its workers have other versions, or they cannot read the
            data.
        """
        # A slow import, which a batch on one machine does not need.
        from distributed import Client, as_completed  # noqa: PLC0415

        together: dict[str, list[RenderTask]] = {}
        for task in tasks:
            together.setdefault(task.job.place, []).append(task)
        try:
            client = Client(self.address, timeout=_SECONDS_TO_ANSWER, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            tls = (
                " Its certificates are named by Dask's settings distributed.comm.tls.ca-file, client.cert and client.key; the scheduler and the workers need them too."
                if self.address.startswith("tls:")
                else ""
            )
            msg = f"No Dask scheduler answers at {self.address}; start one with `dask scheduler` and workers with `dask worker`.{tls}"
            raise BatchError(msg) from error
        with client:
            self._check(client, tasks[0])
            futures = {client.submit(_render_all, each, pure=False): each for each in together.values()}
            for future in as_completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
                if future.status == "finished":
                    yield from future.result()
                else:
                    reason = "The workers that rendered it died, one after the other."
                    yield from (JobResult(task.job, message=reason) for task in futures[future])

    def _check(self, client: Any, task: RenderTask) -> None:
        """Raise an error if the workers have other versions, or cannot read the data."""
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
        seen = client.run(_sees, task.data, task.reports)
        if not all(seen.values()):
            msg = f"{sum(not each for each in seen.values())} of {len(seen)} workers at {self.address} do not see the data and {task.reports.name}; use a disk that all share."
            raise BatchError(msg)


def _sees(data: Path, reports: Path) -> bool:
    return data.is_file() and reports.is_dir()


def _render_all(tasks: Sequence[RenderTask]) -> list[JobResult]:
    with _turn:
        return [render_report(task) for task in tasks]
