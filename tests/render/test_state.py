"""A report is published only if the data that it was planned with are still there when it is done."""

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from render.batches import LIGHT, leftovers
from render.corrections import changed, turned

from asn_research.errors import FolderBusyError, PathError
from asn_research.render import execute
from asn_research.render.batch import render_batch
from asn_research.render.inputs import prepare_inputs, shared_report
from asn_research.render.jobs import Job
from asn_research.render.outdated import plan_batch
from asn_research.render.slices import Slicer
from asn_research.storage import locked


@pytest.fixture(scope="module")
def measured(small_processed, tmp_path_factory):
    """A measured city, computed once; tests change copies of it."""
    folder = tmp_path_factory.mktemp("measured") / "processed"
    shutil.copytree(small_processed, folder)
    prepare_inputs(folder)
    return folder


@pytest.fixture
def processed(measured, tmp_path):
    folder = tmp_path / "processed"
    shutil.copytree(measured, folder)
    return folder


@pytest.fixture
def job(processed):
    return Job("DISHUB", prepare_inputs(processed).periods[-1], "id", ("html",), str(LIGHT))


def planned(job, processed, reports):
    slicer = Slicer(shared_report(processed, job.period, job.language), job.audience)
    (one,) = plan_batch([job], lambda _: slicer, processed.parent / "slices", reports)
    return one


def test_data_that_change_while_a_report_is_made_do_not_reach_it(processed, job, tmp_path, monkeypatch):
    reports = tmp_path / "reports"
    task = planned(job, processed, reports).task
    expected = execute.render_report(replace(task, reports=tmp_path / "quiet")).files[0].read_bytes()
    check = execute.check_blocks

    def another_run_comes_between(*args):
        changed(processed, "citizen_feedback", turned("conduct", job.unit_id))
        prepare_inputs(processed)
        return check(*args)

    monkeypatch.setattr(execute, "check_blocks", another_run_comes_between)
    result = execute.render_report(task)
    assert result.files[0].read_bytes() == expected
    assert leftovers(reports) == []
    monkeypatch.undo()
    # It is recorded as made from the rows that it was given, so the next run makes it again.
    again = planned(job, processed, reports)
    assert again.reason.startswith("what it may show of")
    assert execute.render_report(again.task).is_published
    assert planned(job, processed, reports).reason == ""


def test_nobody_cleans_or_measures_beside_a_batch(processed, job, tmp_path):
    code = "import sys; from pathlib import Path; from asn_research.storage import locked\n" \
           "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", code, str(processed)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:  # fmt: skip
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(FolderBusyError, match="processed"):
            render_batch(prepare_inputs(processed), [job], tmp_path / "reports")
        other.kill()
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("unit", ["../../EVIL", "/tmp/ABS", "a/b", "..", "x" * 200])
def test_a_report_cannot_be_placed_outside_its_folder(processed, job, tmp_path, unit):
    evil = replace(job, unit_id=unit)
    with pytest.raises(PathError):
        planned(evil, processed, tmp_path / "reports")
    with locked(tmp_path / "reports"):
        assert not list(tmp_path.rglob("*EVIL*"))
