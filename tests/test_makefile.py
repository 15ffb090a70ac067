"""`make` takes the newest Python that works, whatever lies on the PATH, and says what to install if none does."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows starts with mulai.cmd")
NO_VENV = "raise ModuleNotFoundError('none', name='ensurepip')"


@pytest.fixture
def programs(tmp_path):
    """A folder of programs that is the whole PATH; it starts with what make itself needs."""
    folder = tmp_path / "my bin"
    folder.mkdir()
    for name in ("make", "sh", "head", "printf", "env"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def add(programs, name, script):
    (programs / name).write_text(f"#!/bin/sh\n{script}\n")
    (programs / name).chmod(0o755)


def real(version=""):
    """Return a script that is this Python, and says that it is another version if one is given."""
    told = f"import sys; sys.version_info = {version}; " if version else ""
    return f"shift; exec \"{sys.executable}\" -c \"{told}exec(__import__('os').environ['TRY_PYTHON'])\""


def chosen(programs, *options):
    return subprocess.run(
        ["make", "-s", "-f", ROOT / "Makefile", "python", *options],
        env={"PATH": str(programs)}, cwd=programs, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_newest_is_taken(programs):
    add(programs, "python3.11", "echo wrong; exit 0")
    add(programs, "python3.13", "echo /found/3.13; exit 0")
    done = chosen(programs)
    assert (done.returncode, done.stdout.strip()) == (0, "/found/3.13")


def test_a_shim_that_fails_is_passed_over(programs):
    add(programs, "python3.14", "echo 'pyenv: python3.14: command not found' >&2; exit 127")
    add(programs, "python3.12", real())
    done = chosen(programs)
    assert done.returncode == 0, done.stderr
    assert os.path.realpath(done.stdout.strip()) == os.path.realpath(sys.executable)


@pytest.mark.parametrize(
    "version", ["(3, 10, 14, 'final', 0)", "(3, 15, 0, 'final', 0)", "(2, 7, 18, 'final', 0)"]
)
def test_another_version_is_refused_and_named(programs, version):
    add(programs, "python3", real(version))
    done = chosen(programs)
    assert done.returncode != 0
    major, minor = version.strip("(").split(", ")[:2]
    assert f"python3 is cpython {major}.{minor}." in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


@pytest.mark.parametrize("version", ["(3, 11, 0, 'final', 0)", "(3, 14, 99, 'final', 0)"])
def test_every_patch_of_311_to_314_is_taken(programs, version):
    add(programs, "python3", real(version))
    assert chosen(programs).returncode == 0


def test_a_python_that_cannot_make_environments_is_named(programs):
    blocked = "import sys; sys.modules['ensurepip'] = None; exec(__import__('os').environ['TRY_PYTHON'])"
    add(programs, "python3", f'exec "{sys.executable}" -c "{blocked}"')
    done = chosen(programs)
    assert done.returncode != 0
    assert "has no module ensurepip" in done.stderr


def test_a_named_python_is_the_only_one_tried(programs):
    add(programs, "python3.13", "echo /found/3.13; exit 0")
    add(programs, "mine", "echo /found/mine; exit 0")
    assert chosen(programs, "PYTHON=mine").stdout.strip() == "/found/mine"
    done = chosen(programs, "PYTHON=missing")
    assert done.returncode != 0
    assert "found among: missing" in done.stderr


def test_none_at_all_says_what_to_install(programs):
    done = chosen(programs)
    assert done.returncode != 0
    assert "make PYTHON=/path/to/python3" in done.stderr


def test_figures_go_to_files_in_batches_only(programs):
    for target, seen in {
        "report": True,
        "test": True,
        "test-slow": True,
        "bench": True,
        "lab": False,
    }.items():
        done = subprocess.run(
            ["make", "-f", ROOT / "Makefile", "-p", "-n", target, "PYTHON=true"],
            env={"PATH": os.environ["PATH"]}, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        block = done.stdout.split(f"\n{target}: ", 1)[1].split("\n\n", 1)[0]
        assert ("MPLBACKEND" in block) == seen, target
    assert not any(
        line.startswith("export MPLBACKEND") for line in (ROOT / "Makefile").read_text().splitlines()
    )
