"""A real Dask scheduler and workers, on this machine."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

# Generous: a wait ends the test when something is broken, and judges no speed.
SECONDS = 600


@pytest.fixture
def dask(tmp_path_factory):
    """Start and stop a real scheduler and workers.

    Each writes what it says into a file. A pipe that nobody reads fills, and then its writer stands still.
    """
    folder, processes = tmp_path_factory.mktemp("dask"), []

    def launch(*command):
        place = folder / f"{len(processes)}.txt"
        with place.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli." + command[0], *command[1:]],
                stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        processes.append(process)
        process.said = place
        return process

    yield launch
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until_said(process, pattern):
    """Wait until a process has said what a pattern matches, and return the match."""
    end = time.monotonic() + SECONDS
    while True:
        has_ended, text = (
            process.poll() is not None,
            process.said.read_text(encoding="utf-8", errors="replace"),
        )
        if found := re.search(pattern, text):
            return found
        assert not has_ended, text
        assert time.monotonic() < end, text
        time.sleep(0.1)


def scheduler(dask, protocol="tcp", *options):
    address = ("--port", "0", "--host", "127.0.0.1", "--protocol", protocol)
    process = dask("dask_scheduler", *address, "--no-dashboard", *options)
    return until_said(process, rf"Scheduler at:\s+({protocol}://\S+)\n")[1]


def worker(dask, address, *options):
    process = dask("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", *options)
    until_said(process, "Registered to")
    return process
