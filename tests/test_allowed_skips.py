"""A skipped test fails a run of continuous integration, unless a list allows its reason."""

import os
import subprocess
import sys

import pytest
from conftest import ALLOWED_SKIPS, ROOT, refused_skips


@pytest.fixture
def pytest_run(tmp_path):
    """Run pytest on a source, with the list of allowed reasons if there is one; give its exit code and output."""
    (tmp_path / "allowed.txt").write_text("# why\nno such program here\n", encoding="utf-8")

    def run(source, *options, listed=True):
        (tmp_path / "test_one.py").write_text(f"import pytest\n\n{source}\n", encoding="utf-8")
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
        env |= {
            "PYTHONPATH": str(ROOT / "tests"),
            ALLOWED_SKIPS: str(tmp_path / "allowed.txt") if listed else "",
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "conftest",
            "--rootdir",
            tmp_path,
            "-c",
            os.devnull,
        ]
        done = subprocess.run(
            [*command, *options, tmp_path / "test_one.py"],
            env=env, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    return run


SKIPPED = "def test_a(): pytest.skip({!r})\ndef test_b(): pass"


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_an_unknown_reason_fails_the_run_and_is_named(pytest_run, options):
    code, output = pytest_run(SKIPPED.format("the moon was full"), *options)
    assert code == 1
    assert "test_one.py::test_a: the moon was full" in output


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_a_whole_file_that_is_skipped_counts_too(pytest_run, options):
    code, output = pytest_run("pytest.importorskip('no_such_module_at_all')\ndef test_a(): pass", *options)
    assert code != 0
    assert "no_such_module_at_all" in output


def test_an_allowed_reason_passes(pytest_run):
    assert pytest_run(SKIPPED.format("no such program here"))[0] == 0


def test_an_expected_failure_is_no_skip(pytest_run):
    assert pytest_run("@pytest.mark.xfail\ndef test_a(): assert False")[0] == 0


def test_without_a_list_every_skip_passes(pytest_run):
    assert pytest_run(SKIPPED.format("the moon was full"), listed=False)[0] == 0


def test_a_comment_allows_nothing():
    assert refused_skips({"a": "# why"}, "# why\n") == {"a": "# why"}


def test_the_projects_list_names_only_reasons_that_tests_state():
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    for line in (ROOT / "tests" / "allowed_skips.txt").read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or f'"{line}"' in sources, line
