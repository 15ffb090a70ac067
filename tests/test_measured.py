"""Measures made with a memory are those made without, after any change."""

import json
import shutil

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from render.corrections import changed, turned

from asn_research.clean.store import MEASURES, MEMORY, open_processed
from asn_research.errors import ProcessedDataError
from asn_research.pipeline import measure_all
from asn_research.render.inputs import prepare_inputs
from asn_research.sealed import Store


@pytest.fixture
def folder(small_processed, tmp_path):
    """A copy of the city, measured."""
    prepare_inputs(small_processed)
    place = tmp_path / "processed"
    shutil.copytree(small_processed, place)
    return place


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("citizen_feedback", turned("conduct")),
        ("service_log", lambda rows: rows.iloc[:-3]),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in [
                ("citizen_feedback", lambda rows: rows.iloc[1:]),
                ("motivation", turned("engagement_1")),
                ("appraisals", lambda rows: rows.iloc[2:]),
            ]
        ),
    ],
)
def test_one_change_gives_what_a_fresh_start_gives(folder, table, change):
    prepare_inputs(folder)
    changed(folder, table, change)
    remembered = prepare_inputs(folder)
    fresh = measure_all(open_processed(folder), n_workers=1).frames
    assert remembered.frames.keys() == fresh.keys()
    home = folder.parent / "fresh"
    home.mkdir()
    for name, frame in fresh.items():
        frame.to_parquet(home / f"{name}.parquet", index=False)
        assert_frame_equal(
            remembered.frames[name], pd.read_parquet(home / f"{name}.parquet"), check_exact=True
        )


def test_a_change_is_not_computed_from_the_start(folder, monkeypatch):
    # In turn, so that what is kept can be counted in this process.
    monkeypatch.setenv("WARM_KERNELS", "0")
    prepare_inputs(folder)
    kept = []
    put = Store.put
    monkeypatch.setattr(Store, "put", lambda self, key, held: (kept.append(key), put(self, key, held)))
    changed(folder, "citizen_feedback", turned("conduct"))
    prepare_inputs(folder)
    n_results = len(list((folder / MEMORY / "results").glob("*/*")))
    assert 0 < len(kept) < n_results / 2


@pytest.mark.parametrize("damage", ["missing", "cut", "one bit", "manifest missing", "manifest cut"])
def test_damaged_measures_are_made_again(folder, damage):
    before = prepare_inputs(folder)
    place = folder / MEASURES / ("manifest.json" if "manifest" in damage else "satisfaction.parquet")
    content = place.read_bytes()
    if "missing" in damage:
        place.unlink()
    elif "cut" in damage:
        place.write_bytes(content[: len(content) // 2])
    else:
        place.write_bytes(content[:-5] + bytes([content[-5] ^ 1]) + content[-4:])
    after = prepare_inputs(folder)
    assert place.read_bytes() == content
    assert after.state == before.state
    assert_frame_equal(after.frames["satisfaction"], before.frames["satisfaction"], check_exact=True)


def test_a_truth_that_changed_alone_is_noticed(folder):
    """The estimates stand beside the truth, so they are made again with it."""
    before = prepare_inputs(folder).state
    place = folder / "manifest.json"
    place.write_text(place.read_text().replace('"truth":"', '"truth":"0') if '"truth":"' in place.read_text()
                     else place.read_text().replace('"truth": "', '"truth": "0'))  # fmt: skip
    assert prepare_inputs(folder).state != before


def test_an_equal_outcome_of_another_day_is_the_same_data(folder):
    before = prepare_inputs(folder).state
    place = folder / "manifest.json"
    content = json.loads(place.read_text())
    place.write_text(json.dumps({**content, "today": "2031-01-01"}))
    assert prepare_inputs(folder).state == before
    place.write_text(json.dumps({**content, "is_simulated": False}))
    assert prepare_inputs(folder).state != before


def test_what_a_killed_run_left_is_removed_before_measures_are_made(folder):
    prepare_inputs(folder)
    (folder / ".work-abc" / MEASURES).mkdir(parents=True)
    (folder / ".work-abc" / MEASURES / "motivation.parquet").write_bytes(b"unmasked")
    changed(folder, "citizen_feedback", turned("conduct"))
    prepare_inputs(folder)
    assert not (folder / ".work-abc").exists()


def test_a_disk_that_refuses_is_told_in_words(folder, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    # The copied folder may already hold measures: after a change there is something to write.
    changed(folder, "citizen_feedback", turned("conduct"))
    monkeypatch.setattr("asn_research.measured.publish_folder", refuse)
    with pytest.raises(ProcessedDataError, match=r"could not be written.*make room"):
        prepare_inputs(folder)
    monkeypatch.undo()
    assert prepare_inputs(folder).frames
