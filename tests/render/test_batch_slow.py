"""What takes minutes: many reports, killed batches, a cluster."""

import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest
from render.batches import LIGHT, REPORTS, kin, leftovers, light_jobs, owners, warm_processes
from render.clusters import dask, scheduler, worker  # noqa: F401 (a fixture)
from rich.console import Console

from asn_research.errors import BatchError
from asn_research.render.batch import render_batch
from asn_research.render.inputs import prepare_inputs
from asn_research.render.report_kernel import Limits

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent
BATCH = """
import sys
from pathlib import Path
from asn_research.render.batch import render_batch
from asn_research.render.inputs import prepare_inputs
from render.batches import light_jobs
inputs = prepare_inputs(Path(sys.argv[1]))
jobs = light_jobs(inputs)[: int(sys.argv[3])]
render_batch(inputs, jobs, Path(sys.argv[2]), n_workers=4)
"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A city of many units and quarters, so that two hundred reports have two hundred places."""
    from asn_research.clean import clean_folder
    from asn_research.simulate import simulate_city

    home = tmp_path_factory.mktemp("wide")
    simulate_city(home / "raw", seed=3, employees=1500, quarters=6, mess=0.1)
    clean_folder(home / "raw", home / "processed")
    return prepare_inputs(home / "processed")


def quiet():
    return Console(file=open(os.devnull, "w"), width=200)


def n_open():
    return psutil.Process().num_fds()


@pytest.mark.longest
def test_two_hundred_reports_by_eight_workers_five_times(inputs, tmp_path):
    jobs = light_jobs(inputs)[:200]
    assert len({job.place for job in jobs}) == 200
    render_batch(inputs, jobs[:8], tmp_path / "first", n_workers=8, console=quiet())
    processes, files = kin(), n_open()
    temporary = set(os.listdir(tempfile.gettempdir()))
    for _ in range(5):
        results = render_batch(inputs, jobs, tmp_path / "reports", n_workers=8, force=True, console=quiet())
        assert [r.message for r in results if not r.is_published] == []
        found = owners(tmp_path / "reports")
        assert len(found) == 200
        assert all(found.values())
        assert leftovers(tmp_path / "reports") == []
        assert kin() == processes
        assert n_open() <= files + 1
    mine = {name for name in os.listdir(tempfile.gettempdir()) if name.startswith(("asn-", "kernel"))}
    assert mine <= temporary


@pytest.mark.parametrize("poison", ["raise", "hang", "memory", "kernel", "parent"])
def test_one_poisoned_report_of_two_hundred(inputs, tmp_path, poison):
    jobs = light_jobs(inputs, poisons={77: (("poison", poison),)})[:200]
    results = render_batch(
        inputs, jobs, tmp_path, n_workers=4, limits=Limits(seconds=60, memory_mb=1500), console=quiet()
    )
    assert [n for n, result in enumerate(results) if not result.is_published] == [77]
    with (tmp_path / "status.csv").open() as file:
        (named,) = [row for row in csv.DictReader(file) if row["status"] == "failed"]
    assert named["unit"] == jobs[77].unit_id
    assert named["message"]
    assert len(owners(tmp_path)) == 199


def start(inputs, reports, n):
    return subprocess.Popen(
        [sys.executable, "-c", BATCH, str(inputs.processed.folder), str(reports), str(n)],
        env={**os.environ, "PYTHONPATH": str(LIGHT.parents[1]), REPORTS: str(reports)},
        stderr=subprocess.DEVNULL,
    )


def wait_until_gone(reports, seconds=300):
    until = time.monotonic() + seconds
    while warm_processes(reports):
        assert time.monotonic() < until, "orphans"
        time.sleep(0.1)


def finished(reports):
    return {path.stem: path.stat().st_mtime_ns for path in reports.glob("[!.]*/*/*/*.html")}


@pytest.mark.longest
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGINT], ids=["kill", "ctrl_c"])
def test_a_batch_killed_at_random_moments_goes_on_where_it_was(inputs, tmp_path, signum):
    n, rng, kills = 60, random.Random(5), 20 if signum == signal.SIGKILL else 3
    for number in range(kills):
        reports = tmp_path / f"reports{number}"
        process = start(inputs, reports, n)
        wait = time.monotonic() + 120
        # A moment between two reports is as likely as one within a move.
        target = rng.randrange(n - 2)
        while len(finished(reports)) < target and time.monotonic() < wait and process.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.4)
        process.send_signal(signum)
        process.wait()
        wait_until_gone(reports)
        done = finished(reports)
        assert all(owners(reports).values())
        recorded = {path.stem for path in reports.glob(".records/*/*/*/*.json")}
        assert start(inputs, reports, n).wait() == 0
        after = finished(reports)
        assert len(after) == n
        assert {name: when for name, when in after.items() if name in done} == done, "a report was repeated"
        assert done.keys() <= recorded
        assert leftovers(reports) == []
        assert all(owners(reports).values())


def rendered(inputs, jobs, reports, address, **options):
    start = time.perf_counter()
    results = render_batch(inputs, jobs, reports, cluster=address, console=quiet(), **options)
    return results, time.perf_counter() - start


def test_a_cluster_loses_nothing_when_a_worker_is_killed(inputs, tmp_path, dask, capsys):  # noqa: F811
    jobs = light_jobs(inputs)[:60]
    address = scheduler(dask)
    first = worker(dask, address)
    _, alone = rendered(inputs, jobs, tmp_path / "one", address)
    worker(dask, address)
    # The second worker's first reports wait for its imports; they are no part of the comparison.
    rendered(inputs, jobs[:4], tmp_path / "warm", address)
    _, together = rendered(inputs, jobs, tmp_path / "two", address)
    killer = threading.Timer(together / 2, first.kill)
    killer.start()
    results, _ = rendered(inputs, jobs, tmp_path / "killed", address)
    killer.join()
    assert first.wait() == -signal.SIGKILL
    assert [r.message for r in results if not r.is_published] == []
    for name in ("one", "two", "killed"):
        assert len(owners(tmp_path / name)) == 60
        assert all(owners(tmp_path / name).values())
    with capsys.disabled():
        sys.stdout.write(f"\n60 reports: one worker {alone:.1f} s, two {together:.1f} s\n")


def test_a_cluster_that_does_not_answer_is_named(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr("asn_research.render.cluster._SECONDS_TO_ANSWER", 2)
    with pytest.raises(BatchError, match=r"No Dask scheduler answers at tcp://127.0.0.1:9.*dask scheduler"):
        render_batch(inputs, light_jobs(inputs)[:1], tmp_path, cluster="tcp://127.0.0.1:9", console=quiet())
