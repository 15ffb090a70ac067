import os
import threading

import pytest

from asn_research import publish
from asn_research.errors import RenderError
from asn_research.publish import private_folder, publish_folder, recover_reports
from asn_research.render.execute import keep_files


def test_a_folder_takes_the_place_of_an_older_one_whole(tmp_path):
    place = tmp_path / "2026-Q3" / "DISHUB"
    for text in ("old", "new"):
        finished = tmp_path / "finished"
        finished.mkdir()
        (finished / f"{text}.html").write_text(text)
        publish_folder(finished, place)
    assert [path.name for path in place.iterdir()] == ["new.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["2026-Q3"]


def test_a_private_folder_goes_whatever_happens(tmp_path):
    try:
        with private_folder(tmp_path) as folder:
            (folder / "half").write_text("x")
            raise RuntimeError
    except RuntimeError:
        pass
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_a_killed_run_are_removed(tmp_path):
    (tmp_path / ".work-abc" / "runtime").mkdir(parents=True)
    (tmp_path / "2026-Q3").mkdir()
    (tmp_path / "2026-Q3" / ".work-old-DISHUB").mkdir()
    (tmp_path / "2026-Q3" / "DISHUB").mkdir()
    recover_reports(tmp_path)
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == [
        "2026-Q3",
        "2026-Q3/DISHUB",
    ]


def test_a_report_that_a_killed_run_had_moved_away_comes_back(tmp_path):
    (tmp_path / "2026-Q3" / ".work-old-DISHUB").mkdir(parents=True)
    (tmp_path / "2026-Q3" / ".work-old-DISHUB" / "old.html").write_text("old")
    recover_reports(tmp_path)
    assert (tmp_path / "2026-Q3" / "DISHUB" / "old.html").read_text() == "old"


def test_only_what_still_holds_stays_beside_a_new_edition(tmp_path):
    place, out = tmp_path / "place", tmp_path / "out"
    for folder in (place, out):
        folder.mkdir()
    (place / "outdated.pdf").write_text("x")
    (place / "current-en.html").write_text("x")
    keep_files(place, out, ("current-en.html", "gone.html"))
    assert [path.name for path in out.iterdir()] == ["current-en.html"]


def test_a_folder_is_never_missing_while_it_is_replaced(tmp_path):
    place = tmp_path / "2026-Q3" / "DISHUB"
    stop, missing = threading.Event(), []

    def look():
        while not stop.is_set():
            if not os.path.isdir(place):
                missing.append("gone")

    for number in range(200):
        finished = tmp_path / "finished"
        finished.mkdir()
        (finished / f"{number}.html").write_text("x")
        publish_folder(finished, place)
        if number == 0:
            reader = threading.Thread(target=look)
            reader.start()
    stop.set()
    reader.join()
    assert missing == []


@pytest.fixture
def held_open(monkeypatch):
    """A system on which a folder cannot be moved, nor some files replaced, while a program reads them."""
    held = set()

    def rename(self, target):
        if held and any(path.name in held for path in self.glob("*")):
            raise PermissionError(13, "in use")
        return os.rename(self, target)

    def replace_file(finished, place):
        if place.name in held:
            raise PermissionError(13, "in use")
        os.replace(finished, place)

    monkeypatch.setattr(publish, "_exchange", lambda *_: False)
    monkeypatch.setattr(publish.Path, "rename", rename)
    monkeypatch.setattr(publish, "replace_file", replace_file)
    return held


def finished_with(folder, *names):
    folder.mkdir()
    for name in names:
        (folder / name).write_text("new")
    return folder


def test_an_edition_that_is_open_elsewhere_stays_and_the_new_one_stands_beside_it(tmp_path, held_open):
    place = tmp_path / "2026-Q3" / "DISHUB"
    place.mkdir(parents=True)
    for name in ("r.html", "r.xlsx", "gone.pdf"):
        (place / name).write_text("old")
    held_open.add("r.xlsx")
    beside = publish_folder(finished_with(tmp_path / "f", "r.html", "r.xlsx"), place)
    assert [path.name for path in beside] == ["r (baru).xlsx"]
    assert {path.name: path.read_text() for path in place.iterdir()} == {
        "r.html": "new", "r.xlsx": "old", "r (baru).xlsx": "new"}  # fmt: skip
    held_open.clear()
    assert publish_folder(finished_with(tmp_path / "g", "r.html", "r.xlsx"), place) == ()
    assert {path.name: path.read_text() for path in place.iterdir()} == {"r.html": "new", "r.xlsx": "new"}


def test_two_editions_that_are_open_are_refused_in_words(tmp_path, held_open):
    place = tmp_path / "2026-Q3" / "DISHUB"
    place.mkdir(parents=True)
    (place / "r.xlsx").write_text("old")
    held_open.update({"r.xlsx", "r (baru).xlsx"})
    with pytest.raises(RenderError, match="Close them and run again"):
        publish_folder(finished_with(tmp_path / "f", "r.xlsx"), place)
