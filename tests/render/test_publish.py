import os
import time

from asn_research.render.execute import _keep_other_editions
from asn_research.render.publish import private_folder, publish_file, publish_folder, remove_leftovers


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
    (tmp_path / "2026-Q3" / ".work-old-DISHUB-1").mkdir()
    (tmp_path / "2026-Q3" / "DISHUB").mkdir()
    remove_leftovers(tmp_path)
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == [
        "2026-Q3",
        "2026-Q3/DISHUB",
    ]


def test_a_file_is_replaced_whole(tmp_path):
    publish_file("old", tmp_path / "index.html")
    publish_file("new", tmp_path / "index.html")
    assert (tmp_path / "index.html").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 1


def test_editions_of_older_data_do_not_stay_beside_new_ones(tmp_path):
    place, out, measures = tmp_path / "place", tmp_path / "out", tmp_path / "processed" / "measures"
    for folder in (place, out, measures):
        folder.mkdir(parents=True)
    (measures / "made_from.txt").write_text("key")
    (place / "outdated.pdf").write_text("x")
    (place / "current-en.html").write_text("x")
    then = time.time() - 1000
    os.utime(place / "outdated.pdf", (then, then))
    os.utime(measures / "made_from.txt", (then + 500, then + 500))
    _keep_other_editions(place, out, tmp_path / "processed")
    assert [path.name for path in out.iterdir()] == ["current-en.html"]
