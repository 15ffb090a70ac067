"""A batch of reports: whatever one report does, the others are published, and nothing is left behind."""

import csv
import io
import os
import stat

import pytest
import zmq
from jupyter_client.manager import AsyncKernelManager
from render.batches import kin, leftovers, light_jobs, owners
from rich.console import Console

from asn_research.clean.privacy.identity import KEY_VARIABLE, OLD_KEY_VARIABLE
from asn_research.errors import RequestError
from asn_research.render import batch, execute, pool, report_kernel
from asn_research.render.batch import render_batch
from asn_research.render.cluster import check_address, say_what_is_open
from asn_research.render.environment import forks, without_keys
from asn_research.render.execute import FAILED, JobResult
from asn_research.render.inputs import keep_shared_report, prepare_inputs
from asn_research.render.jobs import Job
from asn_research.render.report_kernel import Limits
from asn_research.render.slices import Slicer, write_slice
from asn_research.render.status import publish_status
from asn_research.rules.words import load_words


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
    latest = inputs.periods[-1:]
    assert len(light_jobs(inputs, periods=latest)) > len(POISONS)
    poisons = {n: (("poison", name),) for n, name in enumerate(POISONS[:-1])}
    poisons[len(POISONS) - 1] = (("whose", "ELSE"),)
    jobs = light_jobs(inputs, poisons=poisons, periods=latest)
    before = kin()
    # An ordinary kernel's first cell imports everything; a good report on a busy machine takes seconds.
    seconds = 60 if forks() else 90
    results = render_batch(
        inputs, jobs, tmp_path, n_workers=3, limits=Limits(seconds=seconds, memory_mb=1500), console=quiet()
    )
    failed = dict(zip(POISONS, results, strict=False))
    assert not [name for name, result in failed.items() if result.is_published]
    assert [r.message for r in results[len(POISONS) :] if not r.is_published] == []
    # The poisoned cell is the fourth; papermill puts one with the parameters before it.
    assert failed["raise"].failed_cell == 5
    assert failed["raise"].message == load_words(failed["raise"].job.language)("render_withheld")
    assert failed["hang"].message == load_words(failed["hang"].job.language)(
        "render_too_long", seconds=seconds
    )
    assert failed["hang"].failed_cell == 5
    assert "MemoryError" in failed["memory"].message
    words = load_words(failed["kernel"].job.language)
    assert failed["kernel"].message == words("render_kernel_died")
    # A spawned worker is its kernel's parent.
    assert failed["parent"].message == words("render_kernel_died" if forks() else "render_killed")
    assert (failed["raise"].attempts, failed["kernel"].attempts, failed["parent"].attempts) == (1, 2, 2)
    assert "ELSE" in failed["whose"].message
    # Executed notebooks of the failed are kept, but not one with a personal number.
    folder = inputs.processed.folder / FAILED
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 or os.name == "nt"
    assert not list(tmp_path.rglob("*.ipynb"))
    kept = {path.name for path in folder.iterdir()}
    named = (
        {"hang", "memory", "kernel", "parent", "whose"} if forks() else {"hang", "memory", "kernel", "whose"}
    )
    assert kept == {f"{failed[n].job.name}.ipynb" for n in named}
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


def pages(reports):
    return {path.name: path.read_bytes() for path in reports.glob("*/*/*/*.html")}


def test_without_fork_the_batch_makes_the_same_reports(inputs, tmp_path, monkeypatch):
    jobs = light_jobs(inputs)[:3]
    for place, switch in (("forked", "1"), ("spawned", "0")):
        monkeypatch.setenv("WARM_KERNELS", switch)
        results = render_batch(inputs, jobs, tmp_path / place, n_workers=2, console=quiet())
        assert [r.message for r in results if not r.is_published] == []
    assert pages(tmp_path / "forked") == pages(tmp_path / "spawned")
    assert len(pages(tmp_path / "spawned")) == 3


@pytest.mark.parametrize("switch", ["0", "1"], ids=["spawned", "forked"])
def test_a_report_that_is_late_as_a_whole_is_stopped_with_all_it_started(
    inputs, tmp_path, monkeypatch, switch
):
    monkeypatch.setenv("WARM_KERNELS", switch)
    # Each cell keeps its time; the report does not.
    monkeypatch.setattr(pool, "_GRACE_SECONDS", 0.0)
    monkeypatch.setattr(pool, "_SECONDS_TO_START_A_KERNEL", 0.0)
    before, jobs = kin(), light_jobs(inputs, poisons={0: (("poison", "slow"),)})[:1]
    (late,) = render_batch(inputs, jobs, tmp_path, n_workers=1, limits=Limits(seconds=15), console=quiet())
    assert late.message == load_words(late.job.language)("render_too_long", seconds=15)
    assert (late.attempts, late.failed_cell) == (1, None)
    assert leftovers(tmp_path) == []
    assert kin() == before


def test_what_a_cell_shows_is_waited_for_on_a_busy_machine(inputs, tmp_path):
    jobs = light_jobs(inputs, poisons={0: (("poison", "lag"),)})[:1]
    (result,) = render_batch(inputs, jobs, tmp_path, n_workers=1, console=quiet())
    assert (result.message, result.is_published) == ("", True)
    assert all(owners(tmp_path).values())


def test_an_unknown_choice_of_the_switch_is_refused(inputs, tmp_path, monkeypatch):
    monkeypatch.setenv("WARM_KERNELS", "perhaps")
    with pytest.raises(RequestError, match="WARM_KERNELS is 'perhaps'; set it to 0"):
        render_batch(inputs, light_jobs(inputs)[:1], tmp_path, console=quiet())


@pytest.mark.parametrize("switch", ["0", "1"], ids=["spawned", "forked"])
def test_no_process_of_a_batch_knows_the_key(inputs, tmp_path, monkeypatch, switch):
    monkeypatch.setenv("WARM_KERNELS", switch)
    keys = (KEY_VARIABLE, OLD_KEY_VARIABLE)
    for name in keys:
        monkeypatch.setenv(name, "the key that no template may print")
    jobs = light_jobs(inputs, poisons={0: (("poison", "tell"),)})[:1]
    (result,) = render_batch(inputs, jobs, tmp_path, n_workers=1, console=quiet())
    assert result.failed_cell == 5
    told = result.notebook.read_text(encoding="utf-8")
    # The cell shows its own environment and that of every process above it but this one.
    assert "PATH" in told
    assert told.count("environment of") >= 2
    assert "the key that no template may print" not in told
    assert not any(name in told for name in keys)
    assert os.environ[KEY_VARIABLE] == "the key that no template may print"


def test_keys_are_kept_back_whatever_they_will_be_called():
    env = {
        KEY_VARIABLE: "a",
        OLD_KEY_VARIABLE: "b",
        "asn_research_key_file": "c",
        "ASN_RESEARCH_LOG": "d",
        "KEY": "e",
    }
    assert without_keys(env) == {"ASN_RESEARCH_LOG": "d", "KEY": "e"}


@pytest.mark.skipif(not zmq.has("curve"), reason="this zmq cannot encrypt")
def test_where_there_are_no_socket_files_ports_are_used_and_encrypted(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(report_kernel, "transport", lambda: "tcp")
    monkeypatch.setenv("WARM_KERNELS", "0")
    seen = []
    start = AsyncKernelManager._async_post_start_kernel

    async def noted(self, **kwargs):
        await start(self, **kwargs)
        seen.append((self.transport, self.ip, bool(self.session.key), bool(self.curve_publickey)))

    monkeypatch.setattr(AsyncKernelManager, "_async_post_start_kernel", noted)
    (job,) = light_jobs(inputs)[:1]
    slicer = Slicer(keep_shared_report(inputs, job.period, job.language), job.audience)
    place = write_slice(slicer.cut(job.unit_id), slicer.parts(job.unit_id), tmp_path / "slices")
    result = execute.render_report(execute.RenderTask(job, place, (tmp_path / "reports").resolve()))
    assert result.message == ""
    assert seen == [("tcp", "127.0.0.1", True, True)]
    assert result.peak_mb is None or result.peak_mb > 50


def test_a_system_that_cannot_limit_memory_says_so_once(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "limits_memory", lambda: False)
    console = quiet()
    render_batch(inputs, light_jobs(inputs)[:2], tmp_path, console=console)
    assert console.file.getvalue().count("memori sebuah laporan tidak dapat dibatasi") == 1


@pytest.mark.parametrize(
    "address",
    ["host:8786", "tcp://host", "http://host:1", "tcp://", "tls://host:99999", "tcp://host:1/x", "tcp://a b:1",
     "inproc://1", "tls://u:p@host:1", "", " tcp://host:1", "tcp://host:1\n", "tcp://host:0"],
)  # fmt: skip
def test_an_address_that_is_no_schedulers_is_refused(address):
    with pytest.raises(RequestError, match="tls://host:port"):
        check_address(address)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "tls://scheduler.kota.go.id:8786", "tls://[::1]:8786"]
)
def test_an_address_of_a_scheduler_is_taken(address):
    assert check_address(address) == address


@pytest.mark.parametrize(("language", "words"), [("id", "tidak dienkripsi"), ("en", "is not encrypted")])
def test_a_scheduler_without_tls_is_named(language, words):
    jobs = [Job("DISHUB", "2026-Q3", language, ("html",))]
    open_, closed = quiet(), quiet()
    say_what_is_open("tcp://10.0.0.1:8786", jobs, open_)
    say_what_is_open("tls://10.0.0.1:8786", jobs, closed)
    assert words in open_.file.getvalue()
    assert "tcp://10.0.0.1:8786" in open_.file.getvalue()
    assert closed.file.getvalue() == ""


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
