import csv
import hashlib
import json

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from asn_research.errors import RequestError
from asn_research.rules.codebooks import SOURCES
from asn_research.simulate import simulate_city, simulate_tables


def digest(folder):
    """The city's own files: what cleaning puts beside them for their keepers is not of the city."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != "_perbaikan"
    }


def test_the_same_seed_gives_the_same_bytes(small_raw, tmp_path):
    simulate_city(tmp_path / "again", seed=11, employees=400, quarters=2, mess=1.0)
    assert digest(tmp_path / "again") == digest(small_raw)


def test_another_seed_gives_another_city(small_raw, tmp_path):
    simulate_city(tmp_path / "other", seed=12, employees=400, quarters=2, mess=1.0)
    assert digest(tmp_path / "other") != digest(small_raw)


def test_every_source_has_files_and_counted_rows(small_raw):
    with (small_raw / "_simulasi" / "row_counts.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    # Published scores of other governments are no source of a city.
    assert {row["source"] for row in rows} == set(SOURCES) - {"organisation_scores"}
    assert all(int(row["n_good"]) <= int(row["n_rows"]) for row in rows)


def test_workbooks_look_as_offices_send_them(small_raw):
    path = next((small_raw / "ekinerja").glob("*.xlsx"))
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    rows = sheet.to_python(skip_empty_area=False)
    texts = [" ".join(str(cell) for cell in row if cell != "") for row in rows]
    assert texts[0] == "PEMERINTAH KOTA PONTIANAK"
    assert any("DATA SIMULASI" in text for text in texts[:6])
    assert sheet.merged_cell_ranges
    assert any(text.startswith("Jumlah") for text in texts)
    assert any(text.startswith("JUMLAH") for text in texts)
    assert texts[-1].startswith("NIP.")


def test_full_size_is_the_size_of_pontianak():
    tables = simulate_tables(seed=3).tables
    city = simulate_tables(seed=3)
    staff = city.world.staff.table
    assert 5100 <= len(staff) <= 5300
    assert len(city.world.units) == 36
    kelurahan = staff.groupby("unit_id").size().filter(like="KEL-")
    assert len(kelurahan) == 29
    assert set(kelurahan) == {6, 7}
    assert len(tables["service_log"]) == 200_000
    assert len(tables["citizen_feedback"]) == 40_000
    assert staff["nip"].is_unique


def test_most_ratings_are_baik():
    rated = simulate_tables(seed=3, employees=1500, quarters=4).tables["appraisals"]
    above = (rated["results_rating"] == "above") & (rated["behaviour_rating"] == "above")
    below = (rated["results_rating"] == "below") | (rated["behaviour_rating"] == "below")
    assert 0.85 < 1 - (above | below).mean() < 0.95


def test_the_two_services_got_faster_when_the_truth_says():
    city = simulate_tables(seed=3)
    log = city.tables["service_log"]
    truth = {event["service_id"]: event for event in city.truth["events"] if event["service_id"]}
    for service, unit in (("kec_adminduk", "KEC-SEL"), ("hub_izin", "DISHUB")):
        rows = log.loc[(log["service_id"] == service) & (log["unit_id"] == unit)]
        after = rows["submitted_date"] >= truth[service]["date"]
        change = np.log(rows.loc[after, "days"].mean() / rows.loc[~after, "days"].mean())
        assert change == pytest.approx(truth[service]["effect"], abs=0.12)


def test_the_truth_is_written_down(small_raw):
    truth = json.loads((small_raw / "_simulasi" / "truth.json").read_text())
    assert truth["parameters"]["training_motivation"] > 0
    assert truth["estimands"]["motivation_time"]["value"] < 0
    # Measurement error shrinks what a regression can see.
    quality = truth["estimands"]["motivation_quality"]
    assert 0 < quality["observed"] < quality["value"]


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "rekap.xlsx").write_bytes(b"x")
    with pytest.raises(RequestError, match="--out"):
        simulate_city(tmp_path, employees=100, quarters=1)
    assert [path.name for path in tmp_path.iterdir()] == ["rekap.xlsx"]


@pytest.mark.parametrize(("employees", "quarters", "seed"), [(60, 2, 1), (100, 3, 3), (250, 2, 5)])
def test_a_city_may_be_small(tmp_path, employees, quarters, seed):
    summary = simulate_city(tmp_path, seed=seed, employees=employees, quarters=quarters)
    assert summary.n_rows > 10 * employees


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ({"employees": 5}, "at least 60 employees"),
        ({"quarters": 1}, "2 to 40 quarters"),
        ({"mess": 1.5}, "share from 0 to 1"),
    ],
)
def test_a_city_that_cannot_be_is_refused_in_plain_words(tmp_path, size, said):
    with pytest.raises(RequestError, match=said):
        simulate_city(tmp_path / "city", **size)
    assert not (tmp_path / "city").exists()


def test_a_relative_folder_is_replaced_too(tmp_path, monkeypatch):
    # From Python 3.12 on a temporary folder's name is absolute, whatever folder was named.
    monkeypatch.chdir(tmp_path)
    for seed in (1, 2):
        simulate_city("raw", seed=seed, employees=60, quarters=2)
        assert json.loads((tmp_path / "raw" / "_simulasi" / "truth.json").read_text())["seed"] == seed
    assert not list((tmp_path / "raw").glob(".simulasi-*"))
