"""Examples are taken from a folder of the user's own, and from no other."""

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
