"""A desk that really runs, a browser that visits it, and survey files as offices send them."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import xlsxwriter

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
# Generous: a wait ends the test when something is broken, and judges no speed.
SECONDS = 600


@contextmanager
def running_desk(folder, *options, env=None):
    """Start the desk of a folder and give its process and its first address."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "asn_research", "desk", "--no-browser", *options]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
    ) as process:  # fmt: skip
        try:
            first = None
            while first is None:
                line = process.stdout.readline()
                assert line, "the desk did not start"
                first = re.search(r"http://\S+\?kunci=\w+", line)
            yield process, first.group()
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            end_work(folder)


def end_work(folder):
    """End the work of a folder that outlives its desk."""
    for each in psutil.process_iter(["cmdline"]):
        told = each.info["cmdline"] or []
        if "asn_research.desk.background_main" in told and any(str(folder) in part for part in told):
            each.kill()


@contextmanager
def browsing(home):
    """Start the system's browser without a window and give a page of it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        context = player.chromium.launch_persistent_context(
            str(home), executable_path=CHROMIUM, headless=True, args=FLAGS,
            viewport={"width": 1200, "height": 900}, accept_downloads=True,
            timeout=1000 * SECONDS,
        )  # fmt: skip
        context.set_default_timeout(1000 * SECONDS)
        try:
            yield context.new_page()
        finally:
            context.close()


def at_rest(page):
    """Wait until no work goes on and the page has come to rest, and return the page."""
    from playwright.sync_api import Error

    until = time.monotonic() + SECONDS
    quiet = 0
    while quiet < 3:
        assert time.monotonic() < until, page.content()
        try:
            page.wait_for_load_state()
            quiet = 0 if page.locator("[data-kemajuan]").count() else quiet + 1
        except Error:
            # The page was just replaced by itself.
            quiet = 0
        page.wait_for_timeout(400)
    return page


def answers(n, seed=5):
    draw = random.Random(seed)
    return [[draw.choice([2, 3, 3, 3, 4, 4]) for _ in range(9)] for _ in range(n)]


def write_regulation_sheet(
    path, n=60, office="DINAS PERHUBUNGAN", when="TRIWULAN III TAHUN 2026", *, with_sums=False
):
    """Write the regulation's own sheet: one row for each respondent, U1 to U9, and perhaps their sums."""
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("Pengolahan")
    page.write(0, 0, "PENGOLAHAN SURVEI KEPUASAN MASYARAKAT PER RESPONDEN DAN PER UNSUR PELAYANAN")
    page.write(1, 0, f"{office} KOTA PONTIANAK")
    page.write(2, 0, when)
    page.write_row(4, 0, ["No", *(f"U{i}" for i in range(1, 10))])
    rows = answers(n)
    for number, row in enumerate(rows, start=1):
        page.write_row(4 + number, 0, [number, *row])
    if with_sums:
        page.write_row(5 + n, 0, ["Jumlah", *map(sum, zip(*rows, strict=True))])
    book.close()
    return rows
