import os
from datetime import date

import pandas as pd
import pytest

from asn_research.clean.store import NewData, open_processed, write_processed
from asn_research.errors import ProcessedDataError
from asn_research.rules.cities import load_city


def data(value):
    table = pd.DataFrame({"period": ["2026-Q2", "2026-Q3", "2026-Q3"], "x": [value, value + 1, value + 2]})
    return NewData(
        today=date(2026, 11, 26),
        corrections={}, key_fingerprint="",
        tables={"a": table, "units": pd.DataFrame({"unit_id": ["U"], "name": ["U"], "short_name": ["U"], "kind": ["x"]})},
        version="1", city=load_city().facts, is_simulated=False, inputs={}, rules=(), extra_labels={}, exits=(),
    )  # fmt: skip


def test_what_is_written_is_read(tmp_path):
    write_processed(tmp_path, data(1))
    processed = open_processed(tmp_path)
    assert processed.table("a")["x"].to_dict() == {0: 1, 1: 2, 2: 3}
    assert processed.table("a", periods=["2026-Q3"], columns=["x"])["x"].tolist() == [2, 3]
    assert processed.table("a", periods=["1999-Q1"]).empty
    assert list(processed.tables()) == ["a", "units"]
    assert processed.city().units["U"].name == "U"


def test_an_unchanged_part_is_not_written_again(tmp_path):
    write_processed(tmp_path, data(1))
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet")}
    write_processed(tmp_path, data(1))
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet")} == before


def test_old_parts_go_and_other_files_stay(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    write_processed(tmp_path, data(1))
    write_processed(tmp_path, data(10))
    assert len(list(tmp_path.rglob("*.parquet"))) == 3
    assert (tmp_path / "README.md").read_text() == "mine"


@pytest.mark.parametrize("fails_at", range(1, 4))
def test_a_failed_write_leaves_the_old_data_whole(tmp_path, monkeypatch, fails_at):
    write_processed(tmp_path, data(1))
    replace, calls = os.replace, []

    def failing(source, target):
        calls.append(target)
        if len(calls) == fails_at:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    # Two new parts and the manifest: the old data count until the third is in its place.
    with pytest.raises(ProcessedDataError, match="whole; make room"):
        write_processed(tmp_path, data(100))
    written = [2, 3]
    monkeypatch.undo()
    assert open_processed(tmp_path).table("a", periods=["2026-Q3"])["x"].tolist() == written
    write_processed(tmp_path, data(100))
    assert open_processed(tmp_path).table("a")["x"].tolist() == [100, 101, 102]


def test_missing_or_damaged_data_say_what_to_do(tmp_path):
    with pytest.raises(ProcessedDataError, match="asn-research clean"):
        open_processed(tmp_path)
    write_processed(tmp_path, data(1))
    processed = open_processed(tmp_path)
    with pytest.raises(ProcessedDataError, match=r"no table 'b'.*Tables: a"):
        processed.table("b")
    next((tmp_path / "a").rglob("*.parquet")).write_bytes(b"x")
    with pytest.raises(ProcessedDataError, match=r"damaged\. Clean again"):
        processed.table("a")
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ProcessedDataError, match="Clean again"):
        open_processed(tmp_path)
