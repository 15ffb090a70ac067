"""A run's log says what was done and where it failed, and never a value of a person."""

import logging
import os
import stat
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research import log
from asn_research.errors import RawDataError
from asn_research.identities import may_hold_identity
from asn_research.log import FOLDER, KEPT, TOLD, log_of_run, step

# Invented: 29 February 1980 and a sequence of 9s belong to nobody.
NIP = "198002292005019" + "999"
NIK = "6171016902800" + "999"
GROUPED = [NIP, NIK, f"SKP_{NIP}.xlsx", f"x{NIK}y", "19800229 200501 9 999", "19800229.200501.9.999",
           "19800229 200501 1 999", "617101-690280-0999", "6171 0169 0280 0999", f"0{NIP}0", f"NIP:{NIP},", f"'{NIK}'"]  # fmt: skip
PLAIN = ["5200 rows in 3 files", "2026-11-26 00:34:24,123", "2024 2025 2026 2027", "DISHUB-2026-Q3-id: 1.2 s",
         "20261126-003424-run-12345.log", "tcp://127.0.0.1:8786", "1283 rows in = 1225 kept + 3 quarantined"]  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Run something under a log and return what was logged."""

    def logged(action, **options):
        with log_of_run("clean", options, version="1", reports=tmp_path) as place:
            action()
        return place.read_text(encoding="utf-8")

    return logged


@pytest.mark.parametrize("text", GROUPED)
def test_a_line_with_a_personal_number_is_withheld(run, text):
    told = run(lambda: logging.getLogger("asn_research.read").info("read %s", text))
    assert "withheld" in told
    assert not any(part in told for part in (NIP, NIK, text))


@pytest.mark.parametrize("text", PLAIN)
def test_other_numbers_are_not_taken_for_a_persons(text):
    assert not may_hold_identity(text)


@given(st.sampled_from([NIP, NIK]), st.text(max_size=20), st.text(max_size=20))
def test_a_personal_number_is_seen_in_any_text(number, before, after):
    assert may_hold_identity(before + number + after)


def test_an_option_with_a_personal_number_is_withheld(run):
    told = run(lambda: None, raw=f"data/{NIP}")
    assert NIP not in told
    assert "withheld" in told


def fail_with(error):
    try:
        raise error
    except Exception:
        logging.getLogger("asn_research.cli").critical("unexpected", exc_info=True)


def test_an_error_that_is_not_ours_leaves_its_place_and_not_its_words(run):
    told = run(lambda: fail_with(KeyError("Budi Santoso")))
    assert "builtins.KeyError" in told
    assert "in fail_with" in told
    assert "Budi" not in told


def test_an_error_behind_an_error_is_silent_too(run):
    name = "Siti Aminah"

    def both():
        try:
            try:
                raise ValueError(name)
            except ValueError as first:
                raise RawDataError("row 3 cannot be read") from first
        except RawDataError:
            logging.getLogger("asn_research.cli").critical("unexpected", exc_info=True)

    told = run(both)
    assert "row 3 cannot be read" in told
    assert "builtins.ValueError" in told
    assert "Siti" not in told


def test_local_variables_are_not_logged(run):
    def holding():
        name = "Budi " + "Santoso"
        return name, 1 / 0

    def caught():
        try:
            holding()
        except ZeroDivisionError:
            logging.getLogger("asn_research.cli").critical("unexpected", exc_info=True)

    assert "Budi Santoso" not in run(caught)


@pytest.mark.skipif(os.name != "posix", reason="permissions are Unix's")
def test_a_log_is_its_owners_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        with log_of_run("run", {}, version="1", reports=tmp_path) as place:
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_so_many_logs_are_kept_and_nothing_else_is_removed(tmp_path):
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(KEPT + 5):
        (folder / f"20200101-0000{number:02d}-run-1.log").touch()
    (folder / "notes.txt").touch()
    with log_of_run("run", {}, version="1", reports=tmp_path) as place:
        pass
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == KEPT + 1
    assert {"notes.txt", place.name} <= set(left)
    assert "20200101-000000-run-1.log" not in left


def test_steps_tell_their_seconds_also_when_they_fail(run, monkeypatch):
    moments = iter([0.0, 10.0, 12.5, 20.0, 20.3, 30.0])
    monkeypatch.setattr(log, "time", SimpleNamespace(monotonic=lambda: next(moments)))

    def steps():
        with step("measure"):
            pass
        with pytest.raises(RawDataError), step("clean"):
            raise RawDataError("no")

    told = run(steps)
    assert "measure: begun" in told
    assert "measure: 2.5 s" in told
    assert "clean: stopped after 0.3 s" in told
    assert "ended after 30.0 s" in told


def test_what_the_terminal_has_shown_is_not_shown_again(tmp_path, capsys):
    with log_of_run("run", {}, version="1", reports=tmp_path, is_verbose=True) as place:
        logging.getLogger("asn_research.cli").info("shown", extra=TOLD)
        logging.getLogger("asn_research.cli").info("new")
    told = place.read_text(encoding="utf-8")
    assert "shown" in told
    shown = capsys.readouterr().err
    assert "new" in shown
    assert "INFO asn_research.cli: shown" not in shown
    assert [line for line in told.splitlines() if "shown" not in line] == shown.splitlines()


def test_a_warning_of_a_library_is_logged(run, recwarn):
    import warnings

    told = run(lambda: warnings.warn("the format is old", UserWarning, stacklevel=1))
    assert "the format is old" in told
    assert "py.warnings" in told


def test_where_no_log_can_be_written_the_run_goes_on(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(log, "user_log_path", lambda *_, **__: tmp_path / "file" / "own")
    with log_of_run("run", {}, version="1", reports=tmp_path / "file") as place:
        logging.getLogger("asn_research.cli").info("unheard")
    assert place is None


def test_a_log_is_not_written_through_a_link(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / FOLDER).symlink_to(elsewhere)
    monkeypatch.setattr(log, "user_log_path", lambda *_, **__: tmp_path / "own")
    with log_of_run("run", {}, version="1", reports=tmp_path) as place:
        pass
    assert place.parent == tmp_path / "own"
    assert list(elsewhere.iterdir()) == []


def test_a_command_without_reports_leaves_nothing_in_a_folder_that_is_no_project(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "user_log_path", lambda *_, **__: tmp_path / "own")
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    with log_of_run("inspect", {}, version="1") as place:
        pass
    assert place.parent == tmp_path / "own"
    assert list((tmp_path / "desk").iterdir()) == []
    (tmp_path / "desk" / "reports").mkdir()
    with log_of_run("inspect", {}, version="1") as place:
        pass
    assert place.resolve().parent == tmp_path / "desk" / "reports" / FOLDER


def test_logging_is_as_before_when_a_run_has_ended(tmp_path):
    before = (logging.getLogger("asn_research").handlers[:], logging.getLogger("py.warnings").handlers[:])
    with log_of_run("run", {}, version="1", reports=tmp_path):
        pass
    assert before == (logging.getLogger("asn_research").handlers, logging.getLogger("py.warnings").handlers)
