"""Work that is killed, stopped for a while, or left alone by desk and browser goes on or is resumed: nothing lost, nothing twice."""

import os
import signal
import time

import psutil
import pytest
from desk.desks import SECONDS, end_work, running_desk, write_regulation_sheet
from desk.visits import Visitor

from asn_research.clean.questions.question_workbook import read_entries, set_answer
from asn_research.desk.background import DONE, RUNS, STOPPED, read_job
from asn_research.desk.place import Place
from asn_research.desk.road import report_folders

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals are a posix matter")]


def place_of(folder):
    return Place(folder / "data" / "raw", folder / "data" / "processed", folder / "reports")


def until(found, what):
    end = time.monotonic() + SECONDS
    while not (result := found()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.1)
    return result


def ended(place):
    return until(
        lambda: (job := read_job(place)) is not None and not job.is_running and job, "the end of the work"
    )


def at_part(place, part):
    def there():
        job = read_job(place)
        assert job is not None
        assert job.is_running or job.part == part, job
        return job.status == RUNS and job.part == part and job

    return until(there, part)


@pytest.fixture
def project(tmp_path):
    """A survey of one office, whose one question is answered."""
    folder = tmp_path / "p"
    place = place_of(folder)
    place.prepare()
    write_regulation_sheet(place.raw / "SKM Dishub TW III 2026.xlsx")
    return folder, place


def test_killed_and_stopped_and_deserted_work_loses_nothing(project):
    folder, place = project
    with running_desk(folder) as (process, address):
        desk = Visitor(address).log_in()
        assert desk.post("/berkas/periksa")[0] == 303
        # Two tabs: while one works, the other is told.
        status, _, text = desk.post("/berkas/periksa")
        assert status == 409
        assert "Masih ada pekerjaan" in text
        assert ended(place).status == DONE
        (entry,) = read_entries(place.raw)
        set_answer(place.raw, entry.key, entry.labels[0])
        # Killed in the middle of a batch.
        desk.post("/laporan/buat", {"format": "html"})
        job = at_part(place, "desk_part_report")
        family = [psutil.Process(job.pid), *psutil.Process(job.pid).children(recursive=True)]
        os.kill(job.pid, signal.SIGKILL)
        assert ended(place).status == STOPPED
        psutil.wait_procs(family, timeout=120)
        assert "terhenti" in desk.ask("GET", "/laporan")[2]
        # Resumed; then the desk itself is killed, and the work goes on without it.
        assert desk.post("/lanjutkan")[0] == 303
        job = at_part(place, "desk_part_report")
        os.kill(job.pid, signal.SIGSTOP)
        time.sleep(5)
        assert read_job(place).is_running
        os.kill(process.pid, signal.SIGKILL)
        os.kill(job.pid, signal.SIGCONT)
        assert ended(place).status == DONE
    made = report_folders(place)
    assert {unit for _, _, unit in made} == {"DISHUB", "QUALITY"}
    pages = sorted(path.name for path in (place.reports / "publik").rglob("DISHUB*.html"))
    assert pages == ["DISHUB-2026-Q3-id.html"]
    assert not [path for path in place.reports.rglob("*") if ".tmp" in path.name]
    # A new desk finds everything as it was left, with a new key.
    with running_desk(folder) as (_, address):
        desk = Visitor(address).log_in()
        status, headers, _ = desk.ask("GET", "/")
        assert (status, headers["location"]) == (303, "/laporan")
        assert "DISHUB-2026-Q3-id.html" in desk.ask("GET", "/laporan")[2]
    end_work(folder)
