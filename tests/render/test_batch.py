"""A batch of reports: whatever one report does, the others are published, and nothing is left behind."""

import csv
import io

import pytest
from render.batches import kin, leftovers, light_jobs, owners
from rich.console import Console

from asn_research.render.batch import render_batch
from asn_research.render.execute import JobResult, Limits
from asn_research.render.inputs import prepare_inputs
from asn_research.render.jobs import Job
from asn_research.render.status import publish_status


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


def quiet():
    return Console(file=io.StringIO(), width=200)


def status(reports):
    with (reports / "status.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


POISONS = ["raise", "hang", "memory", "kernel", "parent", "whose"]


def test_poisoned_reports_are_named_and_the_others_published(inputs, tmp_path):
    jobs = light_jobs(inputs)
    assert len(jobs) > len(POISONS)
    poisons = {n: (("poison", name),) for n, name in enumerate(POISONS[:-1])}
    poisons[len(POISONS) - 1] = (("whose", "ELSE"),)
    jobs = light_jobs(inputs, poisons=poisons)
    before = kin()
    results = render_batch(
        inputs, jobs, tmp_path, n_workers=3, limits=Limits(seconds=6, memory_mb=1500), console=quiet()
    )
    failed = dict(zip(POISONS, results, strict=False))
    assert not [name for name, result in failed.items() if result.is_published]
    assert [r.message for r in results[len(POISONS) :] if not r.is_published] == []
    # The poisoned cell is the fourth; papermill puts one with the parameters before it.
    assert failed["raise"].failed_cell == 5
    assert failed["raise"].message == "The message held a personal number and is withheld."
    assert failed["hang"].message == "It took more than 6 seconds (--time)."
    assert failed["hang"].failed_cell == 5
    assert "MemoryError" in failed["memory"].message
    assert "died" in failed["kernel"].message
    assert "died" in failed["parent"].message
    assert (failed["raise"].attempts, failed["kernel"].attempts, failed["parent"].attempts) == (1, 2, 2)
    assert "holds a part of ELSE" in failed["whose"].message
    # Executed notebooks of the failed are kept, but not one with a personal number.
    kept = {path.name for path in (tmp_path / "failed").iterdir()}
    assert kept == {f"{failed[n].job.name}.ipynb" for n in ("hang", "memory", "kernel", "parent", "whose")}
    rows = status(tmp_path)
    assert [row["status"] for row in rows] == ["failed"] * len(POISONS) + ["published"] * (
        len(jobs) - len(POISONS)
    )
    assert all(float(row["peak_mb"]) > 100 for row in rows[len(POISONS) :])
    assert "198609262015051001" not in (tmp_path / "status.html").read_text()
    assert all(owners(tmp_path).values())
    assert leftovers(tmp_path) == []
    assert kin() == before


def test_both_languages_of_a_unit_stand_beside_each_other(inputs, tmp_path):
    jobs = light_jobs(inputs, periods=inputs.periods[-1:])[:2]
    english = [type(job)(job.unit_id, job.period, "en", job.formats, job.notebook) for job in jobs]
    render_batch(inputs, [*jobs, *english], tmp_path, n_workers=4, console=quiet())
    for job in jobs:
        assert len(list((tmp_path / job.place).iterdir())) == 2
    again = render_batch(inputs, [*jobs, *english], tmp_path, n_workers=4, console=quiet())
    assert all(result.is_skipped for result in again)


def test_the_bar_is_quiet_and_a_line_comes_with_verbose(inputs, tmp_path):
    jobs = light_jobs(inputs)[:1]
    silent, loud = quiet(), quiet()
    render_batch(inputs, jobs, tmp_path, console=silent)
    render_batch(inputs, jobs, tmp_path, console=loud, verbose=True, force=True)
    assert silent.file.getvalue() == ""
    assert loud.file.getvalue().startswith(f"{jobs[0].name}: ")
    assert len(loud.file.getvalue().splitlines()) == 1


def test_without_fork_the_batch_runs_all_the_same(inputs, tmp_path, monkeypatch):
    monkeypatch.setenv("WARM_KERNELS", "0")
    (result,) = render_batch(inputs, light_jobs(inputs)[:1], tmp_path, n_workers=1, console=quiet())
    assert result.is_published


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("id", ("1 dari 2 laporan tersedia", "Keadaan", "terbit", "gagal", "1,0")),
        ("en", ("1 of 2 reports stand", "State", "failed", "1.0")),
    ],
)
def test_the_status_page_speaks_the_reports_language(tmp_path, language, shown):
    job = Job("DISHUB", "2026-Q3", language, ("html",))
    results = [JobResult(job, (tmp_path / "a.html",), 1.0), JobResult(job, (), 2.0, message="<stopped>")]
    publish_status(results, tmp_path)
    page = (tmp_path / "status.html").read_text()
    assert all(word in page for word in shown)
    assert "&lt;stopped&gt;" in page
    # The table for machines says the same in every language.
    assert (tmp_path / "status.csv").read_text().count(",published,") == 1
