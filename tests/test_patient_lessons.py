"""The check of the lessons waits for what a cell shows, though it comes seconds after the cell's end."""

import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT

LATE = """import sys, time
sys.stdout.flush_timeout = sys.stderr.flush_timeout = 0.1
get_ipython().kernel.iopub_thread.schedule(lambda: time.sleep(9))
print("late")"""


@pytest.fixture
def lesson(tmp_path):
    output = nbformat.v4.new_output("stream", text="late\n")
    cell = nbformat.v4.new_code_cell(LATE, outputs=[output], execution_count=1)
    place = tmp_path / "lesson.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), place)
    return place


def test_a_cell_whose_output_comes_late_is_waited_for(lesson):
    command = [
        sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-n", "1", "-q", "-p", "no:cacheprovider", "-p", "patient_lessons", "--nbval-lax",
        "--nbval-kernel-name", "python3", str(lesson),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
