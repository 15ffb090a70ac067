"""The wheel is whole: what a checkout has, an installation without the checkout has too."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

from asn_research.render.formats import FULL, format_of

NOT_THERE = "this is no clone of a repository"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", folder], cwd=ROOT, check=True
    )
    (place,) = folder.glob("*.whl")
    return place


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel unpacked into a folder of its own, apart from the checkout."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed, *arguments, cwd):
    env = {**os.environ, "PYTHONPATH": str(installed), "MPLBACKEND": "Agg"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def tracked(*folders):
    if not (ROOT / ".git").exists():
        pytest.skip(NOT_THERE)
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *folders]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


def test_it_holds_every_file_of_the_package_and_its_notebooks_and_no_other(wheel):
    names = {
        name
        for name in zipfile.ZipFile(wheel).namelist()
        if not name.split("/")[0].endswith((".dist-info", ".data"))
    }
    notebooks = {f"asn_research/{name}" for name in tracked("notebooks")}
    assert notebooks
    assert names == tracked("asn_research") | notebooks


def test_jupyter_finds_its_kernel_and_provisioner(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith(".data/data/share/jupyter/kernels/warm-python/kernel.json") for name in names)
    (entry_points,) = [name for name in names if name.endswith(".dist-info/entry_points.txt")]
    assert "warm-fork" in zipfile.ZipFile(wheel).read(entry_points).decode()


def test_its_templates_and_rules_are_its_own(installed, tmp_path):
    code = (
        "import asn_research.render.jobs as j, asn_research.rules.regulations as r, asn_research.show as s; "
        "from asn_research import rules; "
        "print(j.TEMPLATES); print(sorted(p.name for p in j.TEMPLATES.glob('*.ipynb'))); "
        "print(sum(1 for _ in (j.TEMPLATES.parents[1] / 'show' / 'fonts').glob('*.ttf')))"
    )
    done = run(installed, "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    place, names, fonts = done.stdout.splitlines()
    assert Path(place) == installed / "asn_research" / "notebooks" / "templates"
    assert names == str(sorted(path.name for path in (ROOT / "notebooks" / "templates").glob("*.ipynb")))
    assert int(fonts) == len(list((ROOT / "asn_research" / "show" / "fonts").glob("*.ttf"))) > 0


@pytest.mark.slow
def test_a_project_laid_out_by_it_makes_reports_in_all_editions(installed, tmp_path):
    done = run(installed, "-m", "asn_research", "init", "laporan saya", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    sample = tmp_path / "laporan saya" / "contoh"
    done = run(installed, "-m", "asn_research", "run", cwd=sample)
    assert done.returncode == 0, done.stderr
    (unit, *others) = sorted((sample / "reports" / "publik" / "2026-Q3").iterdir())
    assert others
    assert {format_of(path.name) for path in unit.iterdir()} >= set(FULL)
    assert "DATA SIMULASI" in next(unit.glob("*.html")).read_text(encoding="utf-8").upper()
