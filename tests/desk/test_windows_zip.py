"""The zip for Windows, put together from a stand-in for Python; it cannot be started here."""

import sys
import zipfile

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "docs"))
import windows_zip


def embeddable(place, *names):
    with zipfile.ZipFile(place, "w") as archive:
        for name in names:
            archive.writestr(name, "#import site")
    return place


@pytest.fixture
def packages(tmp_path):
    folder = tmp_path / "packages"
    page = folder / "asn_research" / "desk" / "templates" / "rangka.html"
    page.parent.mkdir(parents=True)
    page.write_text("x")
    (folder / "asn_research" / "__pycache__").mkdir()
    (folder / "asn_research" / "__pycache__" / "a.pyc").write_text("x")
    return folder


def test_the_zip_starts_by_a_double_click_and_finds_its_packages(tmp_path, packages):
    python = embeddable(
        tmp_path / "python-3.13.1-embed-amd64.zip", "python.exe", "python313.zip", "python313._pth"
    )
    windows_zip.assemble(python, packages, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        told = archive.read("asn-laporan/python/python313._pth").decode()
        start = archive.read("asn-laporan/Mulai.cmd")
        assert not [name for name in archive.namelist() if "__pycache__" in name]
    assert told.split("\r\n")[:4] == ["python313.zip", ".", "Lib\\site-packages", "import site"]
    assert start.isascii()
    assert start.count(b"\r\n") == start.count(b"\n") > 10
    assert b"-m asn_research desk" in start
    assert b"python\\python.exe" in start
    assert b"\r\n:incomplete\r\n" in start


@pytest.mark.parametrize(
    "names", [["python.exe"], ["python313._pth"], ["python.exe", "python313._pth", "python312._pth"]]
)
def test_what_is_no_embeddable_python_is_refused(tmp_path, packages, names):
    python = embeddable(tmp_path / "python-3.13.1-embed-amd64.zip", *names)
    with pytest.raises(ValueError, match=r"take python-3"):
        windows_zip.assemble(python, packages, tmp_path / "out.zip")


@pytest.mark.parametrize(
    ("name", "said"), [("a.so", "cannot use"), ("a" * 190, "cannot use"), ("a. /b", "cannot use")]
)
def test_what_windows_cannot_use_is_refused(tmp_path, packages, name, said):
    place = packages / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("x")
    python = embeddable(tmp_path / "python-3.13.1-embed-amd64.zip", "python.exe", "python313._pth")
    with pytest.raises(ValueError, match=said):
        windows_zip.assemble(python, packages, tmp_path / "out.zip")


def test_a_zip_without_the_desk_is_refused(tmp_path):
    (tmp_path / "packages").mkdir()
    python = embeddable(tmp_path / "python-3.13.1-embed-amd64.zip", "python.exe", "python313._pth")
    with pytest.raises(ValueError, match=r"lacks .*rangka\.html"):
        windows_zip.assemble(python, tmp_path / "packages", tmp_path / "out.zip")
