"""The desk on the simulated city: how soon it starts, how soon each page answers, and how much memory it keeps.

``python -m benchmarks desk`` simulates the default city, lets the desk check its files and make the public web
pages (this takes minutes and is not measured), then starts the desk anew and asks for each page in turn.
``ASN_BENCH_DESK=FOLDER`` keeps the project there and uses it again. The peer is Starlette alone: an application
of one empty page, started and asked in the same way.
"""

import http.cookiejar
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil

from asn_research.desk.background import DONE, RUNS, WAITS
from asn_research.simulate import simulate_city

PAGES = ("/", "/berkas", "/pertanyaan", "/mutu", "/isian", "/laporan", "/riwayat", "/bantuan")
TIMES = 9
WAIT, WORK_SECONDS = 600, 3600
ALONE = """
import socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
async def page(_):
    return HTMLResponse("<p>peer</p>")
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}/?kunci=0", flush=True)
uvicorn.Server(uvicorn.Config(Starlette(routes=[Route("/", page)]), log_level="error")).run(sockets=[listener])
"""


class Visitor:
    """A browser's part of a visit: it keeps cookies and gives the sign of a form back."""

    def __init__(self, address):
        self.home = address.partition("?")[0].rstrip("/")
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        self._opener.open(address, timeout=WAIT).read()

    def get(self, path):
        return self._opener.open(self.home + path, timeout=WAIT).read().decode()

    def post(self, path, **fields):
        sign = re.search(r'name="csrf" value="([^"]+)"', self.get("/laporan") + self.get("/berkas")).group(1)
        data = urllib.parse.urlencode({"csrf": sign, **fields}, doseq=True).encode()
        request = urllib.request.Request(self.home + path, data, headers={"Origin": self.home})
        self._opener.open(request, timeout=WAIT).read()


@contextmanager
def started(command, folder):
    """Start a server and give its process, a visitor, and the seconds until its first page was read."""
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        try:
            first = None
            while first is None:
                line = process.stdout.readline()
                if not line:
                    sys.exit("The server did not start.")
                first = re.search(r"http://\S+\?kunci=\w+", line)
            visitor = Visitor(first.group())
            yield process, visitor, time.perf_counter() - start
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def desk(folder):
    return started([sys.executable, "-m", "asn_research", "desk", "--no-browser"], folder)


def wait_for_work(visitor):
    """Wait until no work runs."""
    until = time.monotonic() + WORK_SECONDS
    while (told := json.loads(visitor.get("/kemajuan")))["status"] in {WAITS, RUNS}:
        if time.monotonic() > until:
            sys.exit("The desk's work does not end.")
        time.sleep(2)
    if told["status"] != DONE:
        sys.exit(f"The desk's work ended as {told['status']}: {told['text']}")


def prepare(folder):
    """Simulate the city and let the desk check it and make the public web pages."""
    if (folder / "reports" / "publik").is_dir():
        return
    simulate_city(folder / "data" / "raw")
    with desk(folder) as (_, visitor, _seconds):
        visitor.post("/berkas/periksa")
        wait_for_work(visitor)
        visitor.post("/laporan/buat", format="html", untuk="publik")
        wait_for_work(visitor)
    if not (folder / "reports" / "publik").is_dir():
        sys.exit("The desk made no report.")


def start_times(command, folder):
    times = []
    for _ in range(TIMES):
        with started(command, folder) as (_process, _visitor, seconds):
            times.append(seconds)
    return statistics.median(times)


def page_times(visitor, path):
    """Return the first time a page took, and the median and the longest of the later ones, in milliseconds."""
    times = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        visitor.get(path)
        times.append(1000 * (time.perf_counter() - start))
    return times[0], statistics.median(times[1:]), max(times[1:])


def table():
    """Return the tables: starting, memory, and each page."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(os.environ.get("ASN_BENCH_DESK", temporary))
        folder.mkdir(parents=True, exist_ok=True)
        prepare(folder)
        own = start_times([sys.executable, "-m", "asn_research", "desk", "--no-browser"], folder)
        peer = start_times([sys.executable, "-c", ALONE], folder)
        with desk(folder) as (process, visitor, _seconds):
            rows = [(path, *page_times(visitor, path)) for path in PAGES]
            time.sleep(5)
            memory = psutil.Process(process.pid).memory_info().rss / (1 << 20)
    n_files = sum(path.is_file() for path in (folder / "data" / "raw").iterdir()) if folder.exists() else 0
    lines = [
        f"| start to first page | seconds | of Starlette alone |\n|---|---|---|\n| median of {TIMES} | {own:.2f} | {own / peer:.1f} × |\n",
        f"Memory at rest after all pages: {memory:.0f} MiB; files in the folder: {n_files or 'not kept'}.\n",
        "| page | first, ms | median, ms | longest, ms |\n|---|---|---|---|",
    ]
    lines += [
        f"| `{path}` | {first:.0f} | {middle:.0f} | {longest:.0f} |" for path, first, middle, longest in rows
    ]
    return "\n".join(lines)
