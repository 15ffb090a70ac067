"""One place computes all measures; whoever asks for them gets the same tables."""

import shutil

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

import asn_research as asn
from asn_research.branches import run_branches
from asn_research.clean.store import MEASURES
from asn_research.cli import app
from asn_research.errors import ProcessedDataError
from asn_research.measure import measure_city
from asn_research.measure.all_measures import CityData
from asn_research.pipeline import BRANCHES, measure_all
from asn_research.render.inputs import prepare_inputs
from asn_research.rules.cities import load_city
from asn_research.rules.codebooks import SOURCES


@pytest.fixture(scope="module")
def folder(small_processed, tmp_path_factory):
    place = tmp_path_factory.mktemp("pipeline") / "processed"
    shutil.copytree(small_processed, place, ignore=shutil.ignore_patterns(MEASURES))
    return place


@pytest.fixture(scope="module")
def told(folder):
    """What the command `measure` says, and what it leaves behind."""
    outcome = CliRunner().invoke(app, ["measure", "--processed", str(folder)])
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def test_the_command_says_what_it_made(folder, told):
    files = sorted((folder / MEASURES).glob("*.parquet"))
    n_rows = sum(len(pd.read_parquet(file)) for file in files)
    assert f"{len(files)} tabel ukuran dan dugaan ({n_rows} baris)" in told
    assert "pertanyaan terjawab" in told


def test_readme_recipe_command_and_reports_have_the_same_tables(folder, told):
    recipe = asn.open_measures(folder)
    reports = prepare_inputs(folder)
    assert recipe.frames.keys() == reports.frames.keys()
    for name, frame in recipe.frames.items():
        assert_frame_equal(frame, reports.frames[name], check_exact=True)
        assert_frame_equal(frame, pd.read_parquet(folder / MEASURES / f"{name}.parquet"), check_exact=True)
    # A claim without a number has a nan, which equals nothing: their texts are compared.
    assert list(map(repr, recipe.claims)) == list(map(repr, reports.claims))


def test_the_study_of_the_recipe_is_the_reports_own(folder, told):
    measures = asn.open_measures(folder)
    truth = asn.open_processed(folder).truth()
    study = asn.run_study(measures.employee_panel, measures.panel, truth=truth)
    assert_frame_equal(study.table, measures.estimates, check_dtype=False, rtol=1e-12)


def test_side_by_side_and_in_turn_give_equal_bytes(folder, told):
    processed = asn.open_processed(folder)
    in_turn, beside = (measure_all(processed, n_workers=n) for n in (1, 3))
    assert in_turn.frames.keys() == beside.frames.keys()
    for name, frame in in_turn.frames.items():
        assert_frame_equal(frame, beside.frames[name], check_exact=True)
    assert repr(in_turn.claims) == repr(beside.claims)


def test_a_city_measured_by_hand_has_the_quarters_of_the_whole(folder, told):
    processed, whole = asn.open_processed(folder), asn.open_measures(folder)
    by_hand = measure_city(processed.tables(), processed.city())
    assert not whole.satisfaction["period"].str.contains("-Q").all()
    for name, frame in by_hand.frames().items():
        assert_frame_equal(frame, whole.own(name), check_dtype=False, check_exact=True)
    assert_frame_equal(by_hand.panel, whole.panel, check_exact=True)


def test_each_table_is_made_in_one_place():
    names = [name for branch in BRANCHES for name in branch.makes]
    assert len(names) == len(set(names))


def test_a_measure_that_is_not_there_is_named_with_those_that_are(folder, told):
    measures = asn.open_measures(folder)
    with pytest.raises(AttributeError, match=r"no measure 'happiness'.*satisfaction"):
        _ = measures.happiness
    assert "satisfaction" in dir(measures)


def test_a_folder_without_data_is_told_in_words(tmp_path):
    with pytest.raises(ProcessedDataError):
        asn.open_measures(tmp_path)
    outcome = CliRunner().invoke(app, ["measure", "--processed", str(tmp_path)])
    assert outcome.exit_code == ProcessedDataError.exit_code


def test_sources_of_which_every_row_waits_are_measured_as_absent(folder):
    processed = asn.open_processed(folder)
    tables = dict(processed.tables())
    held = [name for name in SOURCES if name in tables]
    assert len(held) > 8
    quarantine = pd.DataFrame({"row_id": held, "source": held, "file": "a", "sheet": "", "row": 1, "unit_id": "DISHUB",
                               "period": "2026-Q3", "column": "", "reason": "waits_for_answer", "old_value": ""})  # fmt: skip
    every = tables | {name: tables[name].iloc[:0] for name in held} | {"quarantine": quarantine}
    made = run_branches(BRANCHES, CityData(every, processed.city(), processed.exits()).read(), n_workers=1)
    assert "satisfaction" not in made
    left = CityData(every | {"complaints": tables["complaints"]}, processed.city()).read().tables
    assert set(held) & set(left) == {"complaints"}


def test_an_empty_list_says_that_nothing_happened_and_stays():
    empty = {
        "sanctions": pd.DataFrame({"person_id": []}),
        "quarantine": pd.DataFrame({"source": ["complaints"]}),
    }
    assert "sanctions" in CityData(empty, load_city()).read().tables
