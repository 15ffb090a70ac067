"""A step that takes long shows a bar on a terminal, a short one none, and no terminal sees any."""

import io
import time

import pytest
from rich.console import Console

from asn_research.progress import shown


@pytest.fixture(autouse=True)
def _ordinary_terminal(monkeypatch):
    """Neither a machine of checks, nor a terminal that can draw nothing, nor one to which a setting has given a name."""
    monkeypatch.setenv("TERM", "xterm")
    for name in ("CI", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def screen(*, is_terminal):
    return Console(file=io.StringIO(), force_terminal=is_terminal, width=80)


def test_a_long_step_shows_how_far_it_is():
    console = screen(is_terminal=True)
    with shown("Membaca berkas", console, after=0) as told:
        told(3, 4)
        until = time.monotonic() + 60
        while "75%" not in console.file.getvalue() and time.monotonic() < until:
            time.sleep(0.02)
    assert "Membaca berkas" in console.file.getvalue()
    assert "75%" in console.file.getvalue()


def test_a_short_step_shows_nothing():
    console = screen(is_terminal=True)
    with shown("Membaca berkas", console, after=3600) as told:
        told(1, 2)
    assert "Membaca" not in console.file.getvalue()


def test_where_there_is_no_terminal_nothing_is_shown():
    console = screen(is_terminal=False)
    with shown("Membaca berkas", console, after=0) as told:
        told(1, 2)
    assert console.file.getvalue() == ""
