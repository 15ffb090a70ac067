"""Measures made with a memory are those made without, after any change."""

import shutil

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from render.corrections import changed, turned

from asn_research.clean.store import open_processed
from asn_research.render import inputs as stage
from asn_research.render.inputs import prepare_inputs
from asn_research.render.memory import FolderMemory


@pytest.fixture
def folder(small_processed, tmp_path):
    place = tmp_path / "processed"
    shutil.copytree(small_processed, place)
    return place


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("citizen_feedback", turned("conduct")),
        ("citizen_feedback", lambda rows: rows.iloc[1:]),
        ("motivation", turned("engagement_1")),
        ("service_log", lambda rows: rows.iloc[:-3]),
        ("appraisals", lambda rows: rows.iloc[2:]),
    ],
)
def test_one_change_gives_what_a_fresh_start_gives(folder, table, change):
    prepare_inputs(folder)
    changed(folder, table, change)
    remembered = prepare_inputs(folder)
    fresh, _ = stage._reckon(open_processed(folder))
    assert remembered.frames.keys() == fresh.keys()
    home = folder.parent / "fresh"
    home.mkdir()
    for name, frame in fresh.items():
        frame.to_parquet(home / f"{name}.parquet", index=False)
        assert_frame_equal(
            remembered.frames[name], pd.read_parquet(home / f"{name}.parquet"), check_exact=True
        )


def test_a_change_is_not_reckoned_from_the_start(folder, monkeypatch):
    prepare_inputs(folder)
    kept = []
    keep = FolderMemory.keep
    monkeypatch.setattr(
        FolderMemory, "keep", lambda self, key, result: (kept.append(key), keep(self, key, result))
    )
    changed(folder, "citizen_feedback", turned("conduct"))
    prepare_inputs(folder)
    n_results = len(list((folder / ".remembered").glob("*/*.result")))
    assert 0 < len(kept) < n_results / 2


def test_a_damaged_result_is_made_again_and_an_old_one_forgotten(tmp_path):
    memory = FolderMemory(tmp_path, "a" * 64)
    memory.keep("one", 1)
    memory.keep("two", 2)
    (tmp_path / ("b" * 32)).mkdir()
    next(tmp_path.glob("a*/one.result")).write_bytes(b"\x80")
    again = FolderMemory(tmp_path, "a" * 64)
    assert again.take("one") == (False, None)
    assert again.take("two") == (True, 2)
    assert FolderMemory(tmp_path, "c" * 64).take("two") == (False, None)
    again.keep("one", 3)
    third = FolderMemory(tmp_path, "a" * 64)
    assert third.take("one") == (True, 3)
    third.forget_unused()
    assert [path.name for path in sorted(tmp_path.glob("*/*"))] == ["one.result"]
    assert len(list(tmp_path.iterdir())) == 1
