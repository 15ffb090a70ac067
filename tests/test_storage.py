"""What is written is whole, private, below its folder, and known to be undamaged."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.errors import FolderBusyError, PathError
from asn_research.sealed import Store, seal, unseal
from asn_research.storage import (
    digest_of,
    found_from_here,
    is_own,
    locked,
    make_private,
    remove_leftovers,
    within,
    write_whole,
)


def mode(place):
    return stat.S_IMODE(place.stat().st_mode)


# ---------------------------------------------------------------- digests


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_other_parts_have_another_digest(one, other):
    assert (digest_of(*one) == digest_of(*other)) == (one == other)


# ---------------------------------------------------------------- places


@pytest.mark.parametrize(
    "name",
    ["..", ".", "", "  ", "/abs", "a/b", "a\\b", "C:", "C:x", "../../EVIL", "a\x00b", "CON", "nul.txt",
     "com1", "x.", "x ", "a\nb", "a|b", 'a"b', "n" * 300, "é" * 80, "?", "*"],
)  # fmt: skip
def test_a_name_that_is_a_path_or_no_name_is_refused(tmp_path, name):
    with pytest.raises(PathError, match=r"leads out|cannot be the name"):
        within(tmp_path, name)


@pytest.mark.parametrize(
    "name", ["DISHUB", "2026-Q3", "KEC-SEL.v2", "Dinas Perhubungan", "..x", "Kec. Tenggara"]
)
def test_an_honest_name_stays(tmp_path, name):
    assert within(tmp_path, name) == tmp_path / name


@given(st.lists(st.text(max_size=8), min_size=1, max_size=3))
def test_no_name_leads_out(names):
    home = Path("/some/where")
    try:
        place = within(home, *names)
    except PathError:
        return
    assert Path(os.path.normpath(place)).is_relative_to(home)
    assert Path(os.path.normpath(place)) != home


def test_a_link_that_leads_out_is_refused(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "2026-Q3").symlink_to(tmp_path)
    with pytest.raises(PathError, match="leads out of the folder reports"):
        within(tmp_path / "reports", "2026-Q3", "DISHUB")


# ---------------------------------------------------------------- permissions


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_private_files_are_private_whatever_the_mask(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "a" / "b" / "rows", b"x")
        make_private(tmp_path / "c" / "d")
        write_whole(tmp_path / "report", "x", mode=0o644)
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == mode(tmp_path / "c" / "d") == 0o700
    assert mode(tmp_path / "a" / "b" / "rows") == 0o600
    assert mode(tmp_path / "report") == 0o644


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_folder_that_others_may_write_to_is_not_ones_own(tmp_path):
    folder = make_private(tmp_path / "mine")
    assert is_own(folder)
    folder.chmod(0o777)
    assert not is_own(folder)
    (tmp_path / "link").symlink_to(make_private(folder))
    assert not is_own(tmp_path / "link")


# ---------------------------------------------------------------- writing


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    for text in ("old", "new"):
        write_whole(tmp_path / "index.html", text)
    assert (tmp_path / "index.html").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    write_whole(tmp_path / "a", "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        write_whole(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_leftovers_go_and_all_else_stays(tmp_path):
    (tmp_path / "a" / ".work-1" / "b").mkdir(parents=True)
    (tmp_path / "a" / ".work-2").write_text("half")
    (tmp_path / "a" / "whole").write_text("whole")
    remove_leftovers(tmp_path)
    assert [p.name for p in sorted(tmp_path.rglob("*"))] == ["a", "whole"]


# ---------------------------------------------------------------- locking

HOLD = "import sys, time; from pathlib import Path; from asn_research.storage import locked\n" \
       "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"  # fmt: skip


def test_a_folder_is_held_by_one_run_and_free_when_it_dies(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:  # fmt: skip
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(FolderBusyError, match=r"Another run.*Wait"), locked(tmp_path):
            pass
        other.kill()
    with locked(tmp_path), locked(tmp_path):
        assert True


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_told_in_words(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PathError, match="cannot be written to"), locked(tmp_path / "x"):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_a_run_that_writes_nothing_leaves_no_folder(tmp_path):
    with locked(tmp_path / "data" / "processed", private=True), locked(tmp_path / "data" / "processed"):
        assert (tmp_path / "data" / "processed").is_dir()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "reports").mkdir()
    with locked(tmp_path / "reports"), locked(tmp_path / "data"):
        (tmp_path / "data" / "table").write_text("x")
    assert (tmp_path / "reports").is_dir()
    assert (tmp_path / "data" / "table").is_file()


def test_a_file_in_the_place_of_a_folder_is_told_in_words(tmp_path):
    (tmp_path / "processed").write_text("no folder")
    with pytest.raises(PathError, match="cannot be written to"), locked(tmp_path / "processed"):
        pass


# ---------------------------------------------------------------- sealed content


@given(st.binary(max_size=60), st.integers(0), st.integers(0, 7))
def test_one_changed_bit_is_noticed(content, place, bit):
    sealed = bytearray(seal(content))
    assert unseal(bytes(sealed)) == content
    sealed[place % len(sealed)] ^= 1 << bit
    assert unseal(bytes(sealed)) is None


@given(st.binary(max_size=60), st.integers(0))
def test_a_cut_is_noticed(content, place):
    sealed = seal(content)
    assert unseal(sealed[: place % len(sealed)]) is None


def test_a_store_takes_what_the_same_code_made_and_forgets_the_rest(tmp_path):
    store = Store(tmp_path, "a" * 40)
    store.put("one", b"1")
    store.put("two", b"2")
    Store(tmp_path, "b" * 40).put("one", b"other")
    again = Store(tmp_path, "a" * 40)
    assert again.get("one") == b"1"
    assert Store(tmp_path, "c").get("one") is None
    again.forget_unused()
    assert [path.name for path in sorted(tmp_path.glob("*/*"))] == ["one"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_store_keeps_within_its_limit(tmp_path):
    store = Store(tmp_path, limit_mb=1)
    store.put("too large", bytes(1_100_000))
    assert store.get("too large") is None
    for number in range(4):
        store.put(f"{number}", bytes(400_000))
        os.utime(tmp_path / "any" / f"{number}", (number, number))
    store.forget_unused()
    assert sorted(path.name for path in (tmp_path / "any").iterdir()) == ["2", "3"]


def test_a_key_of_a_store_cannot_lead_out(tmp_path):
    with pytest.raises(PathError):
        Store(tmp_path).put("../../evil", b"x")


def test_a_path_of_a_notebook_is_found_from_anywhere_in_its_project_and_never_in_another(
    tmp_path, monkeypatch
):
    city = tmp_path / "proyek" / "data" / "processed"
    city.mkdir(parents=True)
    for place in (".", "notebooks", "notebooks/templates", "work/en"):
        here = tmp_path / "proyek" / place
        here.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(here)
        for named in ("../../data/processed", "data/processed"):
            assert found_from_here(named).samefile(city), place
    (tmp_path / "proyek" / "contoh" / "data" / "raw").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "proyek" / "contoh")
    assert not found_from_here("data/processed").exists()
    assert not found_from_here("../../data/processed").exists()
    assert found_from_here(tmp_path / "none") == tmp_path / "none"
    assert not found_from_here("..//..").samefile(city)
