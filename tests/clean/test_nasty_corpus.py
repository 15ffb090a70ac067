"""Every row of every nasty file leaves by the exit it must."""

import importlib.util
import json
import random
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from origins import origins

from asn_research.clean import clean_folder, open_processed
from asn_research.errors import RawDataError

_spec = importlib.util.spec_from_file_location("nasty", Path(__file__).with_name("nasty.py"))
nasty = sys.modules["nasty"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nasty)
GOOD = [case for case in nasty.CASES if not case.refused]
BAD = [case for case in nasty.CASES if case.refused]


def exits_of(processed):
    """Return each row's exit, by file and row, of rows that were not simply kept."""
    ways = {}
    for name, way in (("repairs", nasty.MENDED), ("excluded", nasty.OUT), ("quarantine", nasty.HELD)):
        ways |= dict.fromkeys(processed.table(name)["row_id"], way)
    places = origins(processed.folder.parent / "raw", ways)
    found = {(places[key].file, places[key].sheet, places[key].row): way for key, way in ways.items()}
    return found


def test_the_corpus_is_large_and_its_names_are_distinct():
    assert len(nasty.CASES) >= 60
    assert len({case.name for case in nasty.CASES}) == len(nasty.CASES)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_every_row_leaves_by_its_exit(tmp_path, case):
    (tmp_path / "raw").mkdir()
    case.write(tmp_path / "raw")
    clean_folder(tmp_path / "raw", tmp_path / "out")
    processed = open_processed(tmp_path / "out")
    exits = processed.exits()
    assert (exits["n_raw"] == exits["n_kept"] + exits["n_quarantined"] + exits["n_excluded"]).all()
    assert exits["n_kept"].sum() == case.n_kept
    found = exits_of(processed)
    if "*" in case.exits:
        # Which of two equal rows stays is not the point; how many do is.
        assert sorted(found.values()) == sorted(w for w, n in case.exits["*"].items() for _ in range(n))
        return
    expected = {(file, row): way for file, rows in case.exits.items() for row, way in rows.items()}
    assert {(file, row): way for (file, _, row), way in found.items()} == expected


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, case):
    (tmp_path / "raw").mkdir()
    case.write(tmp_path / "raw")
    with pytest.raises(RawDataError, match=f"(?s){case.refused}") as caught:
        clean_folder(tmp_path / "raw", tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out" / "manifest.json").exists()


MIXED = [
    c
    for c in GOOD
    if c.n_kept and not any(n in c.name for n in ("register", "renamed", "correction", "decided", "nip_cut"))
]


def _write(folder, cases):
    """Write several cases beside each other, each in a folder of its own."""
    for number, case in enumerate(cases):
        place = folder / f"{number:02d}"
        place.mkdir(parents=True)
        case.write(place)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.sampled_from(MIXED), min_size=1, max_size=6))
def test_any_mixture_of_nasty_files_reconciles(tmp_path_factory, cases):
    folder = tmp_path_factory.mktemp("mixed")
    _write(folder / "raw", cases)
    clean_folder(folder / "raw", folder / "out")
    exits = open_processed(folder / "out").exits()
    assert (exits["n_raw"] == exits["n_kept"] + exits["n_quarantined"] + exits["n_excluded"]).all()


def _content(out):
    """Return what was kept, without the places that it came from."""
    processed = open_processed(out)
    tables = {}
    for source in sorted(set(processed.exits()["source"])):
        table = processed.table(source).drop(columns="row_id")
        tables[source] = table.sort_values(list(table.columns), ignore_index=True)
    return tables, processed.exits()[
        ["n_raw", "n_kept", "n_repaired", "n_quarantined", "n_excluded"]
    ].sum().to_dict()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.sampled_from(MIXED), min_size=2, max_size=6), seed=st.integers(0, 99))
def test_the_order_of_files_does_not_matter(tmp_path_factory, cases, seed):
    folder = tmp_path_factory.mktemp("order")
    _write(folder / "a", cases)
    random.Random(seed).shuffle(cases)
    _write(folder / "b", cases)
    for name in "ab":
        clean_folder(folder / name, folder / f"out_{name}")
    (one, counts), (other, counts_too) = _content(folder / "out_a"), _content(folder / "out_b")
    assert counts == counts_too
    for source, table in one.items():
        pd.testing.assert_frame_equal(table, other[source])


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.sampled_from(MIXED), min_size=1, max_size=4))
def test_cleaning_twice_changes_nothing(tmp_path_factory, cases):
    folder = tmp_path_factory.mktemp("twice")
    _write(folder / "raw", cases)
    clean_folder(folder / "raw", folder / "out")
    before = json.loads((folder / "out" / "manifest.json").read_text())
    again = clean_folder(folder / "raw", folder / "out")
    assert again.n_unchanged == again.n_files
    assert json.loads((folder / "out" / "manifest.json").read_text()) == before
    # And with nothing remembered.
    clean_folder(folder / "raw", folder / "fresh")
    assert json.loads((folder / "fresh" / "manifest.json").read_text()) == before


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 999))
def test_the_order_of_rows_does_not_matter(tmp_path_factory, seed):
    rows = [nasty.rated(1), nasty.rated(1), nasty.rated(2), [*nasty.rated(2)[:-1], "60"], nasty.rated(3, NIP="x"),
            nasty.rated(4, **{"Unit Kerja": "Dinas Perhubugan"}), nasty.rated(5, NIP="19860926 201505 1 005")]  # fmt: skip
    folder = tmp_path_factory.mktemp("rows")
    shuffled = rows.copy()
    random.Random(seed).shuffle(shuffled)
    for name, chosen in (("a", rows), ("b", shuffled)):
        (folder / name).mkdir()
        nasty.text(folder / name, "a.csv", nasty.csv_of(nasty.APPRAISAL, *chosen))
        clean_folder(folder / name, folder / f"out_{name}")
    (one, counts), (other, counts_too) = _content(folder / "out_a"), _content(folder / "out_b")
    assert counts == counts_too
    pd.testing.assert_frame_equal(one["appraisals"], other["appraisals"])
