"""Examples are taken from a folder of the user's own, and from no other."""

import shutil
import sys

import pytest

from asn_research import examples
from asn_research.errors import PathError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(examples.platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    return tmp_path / "examples"


def test_a_folder_is_made_and_taken_again(folder):
    assert examples._examples() == examples._examples() == folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_folder_that_others_may_write_to_is_refused_in_words(folder):
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(PathError, match="Remove it and run again"):
        examples._examples()


def test_a_link_to_another_folder_is_refused(folder, tmp_path):
    (tmp_path / "theirs").mkdir()
    folder.symlink_to(tmp_path / "theirs")
    with pytest.raises(PathError, match="Remove it and run again"):
        examples._examples()


def test_the_example_city_is_the_same_for_every_user(folder, monkeypatch):
    """Resampling depends on the order of rows, and rows are sorted by pseudonyms."""
    seen = []
    for key in ("the key of one user, of nobody's data", "another key, of another user's data"):
        monkeypatch.setenv("ASN_RESEARCH_KEY", key)
        processed = examples.example_city(employees=60, quarters=2)
        seen.append({str(p.relative_to(processed)): p.read_bytes() for p in processed.rglob("*.parquet")})
        shutil.rmtree(processed.parent)
    first, second = seen
    assert first.keys() == second.keys()
    tables = [name for name in first if ".memory" not in name]
    assert len(tables) > 10
    assert [name for name in tables if first[name] != second[name]] == []
