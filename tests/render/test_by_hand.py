"""What a person wrote into an edition is never overwritten; the new edition stands beside it and is named."""

import shutil
from dataclasses import replace
from functools import cache

import docx
import pytest
from render.batches import LIGHT, leftovers

from asn_research.given import Given, Signatory
from asn_research.render import execute
from asn_research.render.batch import _line
from asn_research.render.by_hand import changed_by_hand, give_way
from asn_research.render.execute import render_report
from asn_research.render.index_page import publish_indexes
from asn_research.render.inputs import keep_shared_report, prepare_inputs
from asn_research.render.jobs import Job
from asn_research.render.outdated import plan_batch
from asn_research.render.records import neighbours
from asn_research.render.slices import Slicer
from asn_research.rules.words import load_words


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture
def job(inputs):
    return Job("DISHUB", inputs.periods[-1], "id", ("docx",), str(LIGHT))


@pytest.fixture(scope="module")
def slicer_of(inputs):
    """Give a job's slicer, each made once: what it cuts stays, and what was stated changes."""

    @cache
    def of(period, language, audience):
        return Slicer(keep_shared_report(inputs, period, language), audience)

    return lambda job: of(job.period, job.language, job.audience)


@pytest.fixture
def planned(slicer_of, job, tmp_path):
    """Plan the job with who signs; another name makes it outdated."""

    def plan(name="", of=job):
        for each in (slicer_of(job), slicer_of(of)):
            each.given = lambda _: Given(signatory=Signatory("Kepala", rank=name))
        (one,) = plan_batch([of], slicer_of, tmp_path / "slices", tmp_path / "reports")
        return one

    return plan


@pytest.fixture(autouse=True)
def without_kernels(monkeypatch):
    """The blocks of the light template, run once: these tests are of files."""
    blocks = []
    run = execute.run_template

    def once(*args, **kwargs):
        blocks.extend([] if blocks else run(*args, **kwargs))
        return list(blocks)

    monkeypatch.setattr(execute, "run_template", once)


def typed(path, text="Diisi tangan"):
    document = docx.Document(path)
    document.add_paragraph(text)
    document.save(path)


def says(path, text="Diisi tangan"):
    return any(p.text == text for p in docx.Document(path).paragraphs)


@pytest.mark.slow
def test_what_was_typed_stays_through_every_rerun(planned, job, inputs, tmp_path):
    made = render_report(planned().task)
    (path,) = made.files
    new, newer = (path.with_name(f"{path.stem} ({word}){path.suffix}") for word in ("baru", "baru 2"))
    typed(path)
    # Nothing that decides it has changed: there is nothing to make.
    assert planned().reason == ""
    assert planned().standing.by_hand == (path,)
    again = render_report(planned("x").task)
    assert (again.by_hand, again.beside) == ((path,), (new,))
    assert says(path)
    assert not says(new)
    line = _line(again, load_words("id"))
    assert path.name in line
    assert new.name in line
    assert "berisi perubahan Anda" in line
    # The one beside is known as ours: it is not made again, and gives way to the next.
    assert planned("x").reason == ""
    assert planned("x").standing.beside == (new,)
    pages = publish_indexes(inputs, [planned("x").standing], tmp_path / "reports")
    page = pages["public"].read_text(encoding="utf-8")
    assert "Word (light) (berisi perubahan Anda)" in page
    assert "(baru).docx" in page
    render_report(planned("y").task)
    assert says(path)
    assert sorted(p.name for p in path.parent.iterdir()) == sorted([path.name, new.name])
    # Whoever goes on in the new one finds both kept.
    typed(new, "Lanjutan")
    third = render_report(planned("z").task)
    assert third.beside == (newer,)
    assert says(path)
    assert says(new, "Lanjutan")
    # Once the person's files are taken away, all is as before.
    for mine in (path, new):
        mine.unlink()
    last = render_report(planned("w").task)
    assert (last.files, last.by_hand, last.beside) == ((path,), (), ())
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert leftovers(tmp_path / "reports") == []


def test_a_file_that_was_only_copied_is_nobodys_change(planned, tmp_path):
    (path,) = render_report(planned().task).files
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    again = render_report(planned("x").task)
    assert again.by_hand == ()
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_what_a_person_puts_beside_a_report_stays(planned):
    (path,) = render_report(planned().task).files
    scan = path.with_name("laporan bertanda tangan.pdf")
    scan.write_bytes(b"%PDF signed")
    passing = path.with_name("catatan.html")
    passing.write_text("x")
    render_report(planned("x").task)
    assert scan.read_bytes() == b"%PDF signed"
    assert not passing.exists()


def test_a_signed_pdf_stays_with_the_place_where_it_was_signed(planned, job):
    both = replace(job, formats=("pdf", "docx"))
    made = render_report(planned(of=both).task)
    pdf = made.files[0]
    pdf.write_bytes(pdf.read_bytes() + b"\n% signed")
    again = render_report(planned("x", both).task)
    new = pdf.with_name(f"{pdf.stem} (baru).pdf")
    assert again.by_hand == (pdf,)
    assert again.beside == (new,)
    assert pdf.read_bytes().endswith(b"% signed")
    # The word edition took its place as ever.
    assert {p.name for p in pdf.parent.iterdir()} == {pdf.name, new.name, f"{pdf.stem}.docx"}


def test_an_edition_in_another_language_that_was_written_into_stays_too(planned, job):
    (mine,) = render_report(planned().task).files
    english = replace(job, language="en")
    (other,) = render_report(planned(of=english).task).files
    typed(other)
    assert mine.is_file()
    render_report(planned("x").task)
    assert says(other)


def test_a_run_that_was_killed_before_its_folder_took_its_place_is_no_persons_change(planned, job, tmp_path):
    (path,) = render_report(planned().task).files
    before = path.read_bytes()
    render_report(planned("x").task)
    # As if the second folder had never arrived: its record is there, the first edition stands.
    path.write_bytes(before)
    records = neighbours(tmp_path / "reports", job)
    assert changed_by_hand(path.parent, records.values()) == ()


def test_without_a_record_a_file_is_taken_for_a_persons(planned, tmp_path):
    (path,) = render_report(planned().task).files
    shutil.rmtree(tmp_path / "reports" / ".records")
    again = render_report(planned("x").task)
    assert again.by_hand == (path,)


def test_editions_give_way_with_what_belongs_to_them(tmp_path):
    for name in ("r.pdf", "r.tte.json", "r.html"):
        (tmp_path / name).write_text('{"file": "r.pdf", "page": 3}')
    moved = give_way(tmp_path, ["r.pdf", "r (baru).pdf", "elsewhere.docx"])
    assert moved == {"r.pdf": "r (baru 2).pdf", "r.tte.json": "r (baru 2).tte.json"}
    assert '"r (baru 2).pdf"' in (tmp_path / "r (baru 2).tte.json").read_text()
    assert {p.name for p in tmp_path.iterdir()} == {"r (baru 2).pdf", "r (baru 2).tte.json", "r.html"}
