"""A real Dask scheduler and workers, on this machine."""

import os
import re
import signal
import subprocess
import sys

import pytest


@pytest.fixture
def dask():
    """Start and stop a real scheduler and workers."""
    processes = []

    def launch(*command):
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + command[0], *command[1:]],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield launch
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def scheduler(dask, protocol="tcp", *options):
    address = ("--port", "0", "--host", "127.0.0.1", "--protocol", protocol)
    process = dask("dask_scheduler", *address, "--no-dashboard", *options)
    for line in process.stdout:
        if found := re.search(rf"Scheduler at:\s+({protocol}://\S+)", line):
            return found.group(1)
    raise AssertionError("the scheduler did not start")


def worker(dask, address, *options):
    process = dask("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", *options)
    for line in process.stdout:
        if "Registered to" in line:
            break
    return process
