"""However a run ends, its user reads a sentence and its log says why."""

import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from asn_research import cli
from asn_research.commands import UNEXPECTED, LoggedCommand
from asn_research.interrupts import STOPPED

RUN = [sys.executable, "-m", "asn_research"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to run in, with reports and a home of its own."""
    (tmp_path / "reports").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def logs(home):
    return "".join(path.read_text(encoding="utf-8") for path in sorted(home.rglob("reports/.log/*.log")))


def test_every_command_is_logged():
    assert cli.app.registered_commands
    for command in cli.app.registered_commands:
        # The desk stays open for hours; each run that it starts is logged.
        if command.name == "desk":
            continue
        assert issubclass(command.cls, LoggedCommand), command.callback


def test_an_expected_trouble_is_one_line_and_stands_in_the_log(home):
    done = subprocess.run([*RUN, "clean", "--raw", "nowhere"], capture_output=True, text=True, check=False)
    assert done.returncode == 11
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.removeprefix("asn-research: ").strip() in logs(home)


def test_a_defect_is_one_line_that_names_the_log_and_no_value(home, monkeypatch):
    name = "Budi Santoso"

    def broken(*_):
        raise KeyError(name)

    monkeypatch.setattr(cli.data_commands, "clean_folder", broken)
    done = CliRunner().invoke(cli.app, ["clean", "--raw", "raw"])
    assert done.exit_code == UNEXPECTED
    (line,) = done.stderr.splitlines()
    assert "kesalahan tak terduga (KeyError)" in line
    (named,) = re.findall(r"reports\S+\.log", line)
    told = (home / named).read_text(encoding="utf-8")
    assert "in broken" in told
    assert "Budi" not in told + done.output


def test_a_wrong_option_is_no_defect(home):
    done = CliRunner().invoke(cli.app, ["simulate", "--employees", "3"])
    assert done.exit_code == 2
    assert "60" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="closing a stream is a shell's")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_end_no_run_and_get_no_data(home, closed):
    command = f"{sys.executable} -m asn_research simulate --out raw --employees 60 --quarters 2 {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    open_ = f"{sys.executable} -m asn_research simulate --out again --employees 60 --quarters 2"
    subprocess.run(["bash", "-c", open_], capture_output=True, check=True)
    files = {p.relative_to(home / "raw"): p.read_bytes() for p in (home / "raw").rglob("*") if p.is_file()}
    again = {
        p.relative_to(home / "again"): p.read_bytes() for p in (home / "again").rglob("*") if p.is_file()
    }
    assert files == again


@pytest.mark.skipif(os.name != "posix", reason="a pipe is a shell's")
def test_a_reader_that_has_gone_ends_no_run(home):
    command = f"{sys.executable} -m asn_research simulate --out raw --employees 60 --quarters 2 | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
@pytest.mark.parametrize("number", range(8))
def test_ctrl_c_during_the_imports_ends_the_run(home, number):
    (home / "raw").mkdir()
    (home / "raw" / "a.csv").write_text("no table\n" * 3)
    # Sent by the run itself, in whichever import comes then: no guess about a machine's speed.
    program = (
        "import builtins, os, signal, sys\n"
        "from asn_research import __main__ as entry\n"
        f"left = {random.Random(number).randrange(5, 400)}\n"
        "real = builtins.__import__\n"
        "def counted(*args, **kwargs):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if left == 0: os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(*args, **kwargs)\n"
        "entry.interrupts.prepare()\n"
        "builtins.__import__ = counted\n"
        "sys.argv = ['asn-research', 'run', '--raw', 'raw']\n"
        "entry.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr == STOPPED


def stopped_after(home, seconds, number):
    """Send a signal to a run some seconds after it has begun its log; return its exit code and what it said."""
    (home / "raw").mkdir()
    command = [*RUN, "run", "--simulate-if-empty", "--raw", "raw"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while not list(home.glob("reports/.log/*.log")):
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(seconds)
        process.send_signal(number)
        _, said = process.communicate(timeout=600)
    return process.returncode, said


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
@pytest.mark.parametrize("seconds", [0.0, 0.3, 0.6, 1, 2, 4, 8, 16])
def test_ctrl_c_at_any_moment_ends_the_run(home, seconds):
    assert stopped_after(home, seconds, signal.SIGINT) == (130, STOPPED)


@pytest.mark.skipif(os.name != "posix", reason="a request to end is a signal")
def test_a_request_to_end_stops_the_run_in_words(home):
    """A system that shuts down, or a scheduler, asks so."""
    assert stopped_after(home, 0.3, signal.SIGTERM) == (143, STOPPED)


@pytest.mark.skipif(os.name != "posix", reason="a request to end is a signal")
def test_a_forked_process_that_is_asked_to_end_ends_at_once():
    """Kernels and branches are forked from a process that has the handler; who ends them does not wait for Python."""
    program = (
        "import os, signal, sys, time\n"
        "from asn_research import interrupts\n"
        "interrupts.prepare()\n"
        "child = os.fork()\n"
        "if not child: time.sleep(60)\n"
        "time.sleep(0.2)\n"
        "os.kill(child, signal.SIGTERM)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGTERM)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
