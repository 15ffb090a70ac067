"""A project folder: laid out whole, never over something, and the sample in it makes reports."""

import json
import os
import shutil

import pytest
from conftest import ROOT

from asn_research.errors import RequestError
from asn_research.project import SAMPLE, init_project, lessons_to_work
from asn_research.read import find_raw_files


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("init") / "kantor saya" / "laporan"
    assert init_project(folder).is_new
    return folder


@pytest.fixture
def project(laid_out, tmp_path):
    shutil.copytree(laid_out, tmp_path / "project")
    return tmp_path / "project"


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_project_has_its_folders_and_no_data_of_its_own(laid_out):
    for name in ("data/raw/README.md", "data/processed/README.md", "reports/README.md", "BACA-SAYA.txt"):
        assert (laid_out / name).is_file()
    assert find_raw_files(laid_out / "data" / "raw") == []


def test_the_sample_is_a_simulated_city_laid_out_like_a_project(laid_out):
    sample = laid_out / SAMPLE
    assert len(find_raw_files(sample / "data" / "raw")) > 10
    assert (sample / "data" / "raw" / "_simulasi" / "truth.json").is_file()
    assert (sample / "data" / "processed").is_dir()
    assert (sample / "reports").is_dir()


def test_all_study_notebooks_and_what_they_read_are_copied(laid_out):
    source = ROOT / "notebooks"
    wanted = {path.name for path in source.glob("*.ipynb")}
    assert {path.name for path in (laid_out / "notebooks").glob("*.ipynb")} == wanted
    for part in ("data", "golden"):
        assert contents(laid_out / "notebooks" / part) == contents(source / part)


def test_templates_stay_with_the_package(laid_out):
    assert not (laid_out / "notebooks" / "templates").exists()


def test_the_checkouts_own_folders_say_the_same_as_a_projects(laid_out):
    for name in ("data/raw/README.md", "data/processed/README.md", "reports/README.md"):
        assert (ROOT / name).read_bytes() == (laid_out / name).read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_the_owner_may_open_the_folders_with_data(laid_out):
    for name in ("data", f"{SAMPLE}/data"):
        assert (laid_out / name).stat().st_mode & 0o077 == 0


def test_a_project_is_not_changed_by_a_second_call(project):
    (project / "notebooks" / "00_start_here.ipynb").write_text("my own")
    shutil.rmtree(project / SAMPLE)
    before = contents(project)
    assert not init_project(project).is_new
    assert contents(project) == before


def test_a_call_that_was_cut_off_is_completed(project, laid_out):
    (project / "BACA-SAYA.txt").unlink()
    shutil.rmtree(project / "notebooks" / "golden")
    assert init_project(project).is_new
    assert contents(project) == contents(laid_out)


def test_files_in_nobodys_way_stay(tmp_path):
    (tmp_path / "catatan.docx").write_text("mine")
    assert init_project(tmp_path).is_new
    assert (tmp_path / "catatan.docx").read_text() == "mine"


@pytest.mark.parametrize(
    "name", ["BACA-SAYA.txt", "notebooks/00_start_here.ipynb", "data/raw/README.md", "reports"]
)
def test_nothing_is_written_where_something_would_be_overwritten(tmp_path, name):
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("mine")
    with pytest.raises(RequestError, match="Nothing was written"):
        init_project(tmp_path)
    assert contents(tmp_path) == {name: b"mine"}


def test_a_link_does_not_lead_out_of_the_folder(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RequestError, match="Nothing was written"):
        init_project(tmp_path / "project")
    assert not contents(tmp_path / "elsewhere")


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(RequestError, match="name a folder"):
        init_project(tmp_path / "a.txt")
    with pytest.raises(RequestError, match="Name another folder"):
        init_project(tmp_path / "a.txt" / "below")


def test_lessons_are_copied_to_work_without_outputs_and_never_over_what_is_there(tmp_path):
    work, copied = lessons_to_work(tmp_path)
    lessons = {path.name for path in (ROOT / "notebooks").glob("0*.ipynb")}
    assert {path.name for path in work.glob("*.ipynb")} == lessons
    assert {path.name for path in (work / "en").glob("*.ipynb")} == lessons
    assert (work / "istilah.md").is_file()
    assert not (work / "templates").exists()
    assert len(copied) == 2 * len(lessons) + 2
    for path in work.rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell["outputs"] for cell in cells if cell["cell_type"] == "code")
    (work / "00_start_here.ipynb").write_text("my own")
    (work / "en" / "02_indices.ipynb").unlink()
    assert lessons_to_work(tmp_path) == (work, ["en/02_indices.ipynb"])
    assert (work / "00_start_here.ipynb").read_text() == "my own"


def test_a_projects_own_lessons_are_copied(project):
    (project / "notebooks" / "my_lesson.ipynb").write_text('{"cells": []}')
    _, copied = lessons_to_work(project)
    assert "my_lesson.ipynb" in copied


def test_copies_that_cannot_be_written_are_refused_in_words(tmp_path):
    (tmp_path / "work").write_text("a file")
    with pytest.raises(RequestError, match="cannot be copied"):
        lessons_to_work(tmp_path)


def test_git_ignores_the_copies():
    assert "work/" in (ROOT / ".gitignore").read_text().splitlines()
    assert "work/" in (ROOT / "asn_research" / "rules" / "project" / "gitignore").read_text().splitlines()
