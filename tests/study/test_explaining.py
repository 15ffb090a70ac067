"""What explaining does: planted effects are recovered, absent ones are not found, and what is counted is counted right."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from asn_research.clean import clean_folder, open_processed
from asn_research.measure.explaining import explained, explaining_by_unit
from asn_research.measure.panels import employee_panel
from asn_research.measure.training import hours_by_person
from asn_research.rules.cities import CITY, load_city
from asn_research.rules.periods import Period
from asn_research.simulate import staff_story, story
from asn_research.simulate.parameters import Parameters
from asn_research.simulate.people import make_staff
from asn_research.simulate.story import World
from asn_research.simulate.truth import explaining_truth
from asn_research.study.specs import load_specs
from asn_research.study.study_run import run_study

PERIODS = tuple(Period.parse("2026-Q3").shift(-back) for back in reversed(range(5)))
PLANTED = Parameters(talked_objection=-0.9, fairness_motivation=0.4)
ABSENT = Parameters(told_fairness=0.0, talked_fairness=0.0)
PONTIANAK = load_city("pontianak")
SEEDS = 200


def study_of(seed, params, *, employees=200):
    """Draw a city's staff, ratings, survey and objections, and fit the questions on explaining."""
    rng = np.random.default_rng(seed)
    world = World(PONTIANAK, make_staff(PONTIANAK, employees, rng), PERIODS, params)
    explaining = story.explaining(world, rng)
    latent = story.unfold(world, rng, np.random.default_rng([seed, 23]), explaining.fairness)
    rated = staff_story.appraisals(world, latent, rng)
    survey = staff_story.surveys(world, latent, rng, explaining)
    filed = staff_story.calmed(world, explaining, staff_story.objections(world, latent, rated, rng), rng)
    staff = world.staff.table
    ids = np.array([f"p{k}" for k in range(len(staff))])
    units = staff["reporting_unit_id"].to_numpy()

    def dressed(table):
        who = table["person"].to_numpy()
        rater = ids[staff["rater"].to_numpy()[who]]
        return table.assign(person_id=ids[who], reporting_unit_id=units[who], rater_id=rater)

    everybody = pd.DataFrame({"person_id": ids, "reporting_unit_id": units, "employment_type": "pns"})
    courses = dressed(staff_story.trainings(world, latent, rng))
    panel = employee_panel(
        hours_by_person(courses, everybody, [period.code for period in PERIODS]),
        dressed(staff_story.with_explained(world, explaining, rated)),
        dressed(survey),
        objections=dressed(filed),
    )
    truth = {"estimands": explaining_truth(world, latent, explaining, rated)}
    return run_study(panel, None, truth=truth, specs=load_specs("explaining")).table.set_index("key")


@pytest.mark.longest
@pytest.mark.parametrize("params", [PLANTED, ABSENT], ids=["planted", "absent"])
def test_planted_effects_are_recovered_and_absent_ones_are_not_found(params):
    tables = [study_of(seed, params) for seed in range(SEEDS)]
    for key in ("told_fairness", "talked_fairness", "talked_objection", "fairness_motivation"):
        rows = pd.DataFrame([table.loc[key] for table in tables])
        assert (rows["status"] == "fitted").all()
        error = (rows["estimate"] - rows["truth_observed"]).astype(float)
        standard = error.std(ddof=1) / np.sqrt(len(error))
        # The bias is within three standard errors of the simulation, or within a tenth of what is planted.
        planted = float(rows["truth_observed"].abs().mean())
        assert abs(error.mean()) < 3 * standard + 0.1 * planted, (key, error.mean(), standard, planted)
        covered = rows["covered"].astype(bool).mean()
        assert covered > 0.90, (key, covered)
        found = ((rows["low"] > 0) | (rows["high"] < 0)).mean()
        if planted == 0:
            assert found < 0.11, (key, found)
        elif key != "talked_objection":
            assert found > 0.8, (key, found)


def test_one_city_is_studied_from_end_to_end():
    table = study_of(1, Parameters(), employees=400)
    assert (table["status"] == "fitted").all()
    assert table.loc["told_fairness", "estimate"] > 0.05
    assert table.loc["talked_fairness", "estimate"] > 0.1
    assert table.loc["talked_objection", "truth_value"] == 0


def appraisals(told, talked, periods=("2026-Q2", "2026-Q3"), unit="DISHUB"):
    rows = [
        (f"p{k}", unit, period, pd.Timestamp("2026-07-01") if k < told else pd.NaT,
         pd.Timestamp("2026-10-01") if k < talked else pd.NaT)
        for period in periods for k in range(20)
    ]  # fmt: skip
    columns = ["person_id", "reporting_unit_id", "period", "criteria_told_date", "result_talk_date"]
    return pd.DataFrame(rows, columns=columns)


def test_shares_are_counted_by_unit_and_for_the_city():
    rows = pd.concat(
        [
            appraisals(15, 5),
            appraisals(10, 20, unit="DINKES").assign(person_id=lambda t: "q" + t["person_id"]),
        ]
    )
    table = explaining_by_unit(rows).set_index(["unit_id", "period"])
    assert table.loc[("DISHUB", "2026-Q3"), ["n_employees", "n_told", "n_talked"]].tolist() == [20, 15, 5]
    assert table.loc[("DINKES", "2026-Q2"), "told_pct"] == 50
    assert table.loc[(CITY, "2026-Q3"), ["n_employees", "n_told", "n_talked"]].tolist() == [40, 25, 25]
    low, high = table.loc[("DISHUB", "2026-Q3"), ["told_low", "told_high"]]
    assert low < 75 < high


def test_a_quarter_in_which_nobody_recorded_it_is_missing_and_not_nought():
    rows = appraisals(15, 5)
    rows.loc[rows["period"] == "2026-Q2", ["criteria_told_date", "result_talk_date"]] = pd.NaT
    table = explaining_by_unit(rows).set_index(["unit_id", "period"])
    assert table.loc[(CITY, "2026-Q2"), ["n_told", "told_pct", "talked_pct"]].isna().all()
    assert explained(rows)["told"].isna().sum() == 20


def test_without_the_columns_nothing_is_measured():
    rows = appraisals(15, 5)
    assert explaining_by_unit(rows.drop(columns=["criteria_told_date", "result_talk_date"])) is None
    assert set(explained(rows.drop(columns="result_talk_date"))) == {"told"}
    empty = rows.assign(criteria_told_date=pd.NaT, result_talk_date=pd.NaT)
    assert explaining_by_unit(empty) is None


@pytest.mark.parametrize(
    ("told", "talked"),
    [
        ("Tanggal Penyampaian Kriteria", "Tanggal Dialog Kinerja"),
        ("Tgl Penyampaian Ekspektasi", "Tgl Umpan Balik"),
    ],
)
def test_the_days_are_read_under_the_headings_that_offices_use(tmp_path, told, talked):
    heads = [
        "NIP",
        "Unit Kerja",
        "Rating Hasil Kerja",
        "Rating Perilaku",
        "Periode",
        "Tanggal Penilaian",
        told,
        talked,
    ]
    rows = [
        ["198609262015051001", "Dinas Perhubungan", "Sesuai Ekspektasi", "Sesuai Ekspektasi", "Triwulan III 2026",
         "05/10/2026", "08/07/2026", "14/10/2026"],
        ["199001012015052002", "Dinas Perhubungan", "Sesuai Ekspektasi", "Sesuai Ekspektasi", "Triwulan III 2026",
         "05/10/2026", "", ""],
    ]  # fmt: skip
    (tmp_path / "raw").mkdir()
    text = "\n".join(";".join(row) for row in [heads, *rows])
    (tmp_path / "raw" / "ekinerja.csv").write_text(text + "\n", encoding="utf-8")
    clean_folder(tmp_path / "raw", tmp_path / "processed", today=date(2026, 11, 2))
    kept = open_processed(tmp_path / "processed").table("appraisals")
    # Months are enough: only whether it was told, or talked about, counts.
    assert sorted(kept["criteria_told_date"].dropna().dt.date) == [date(2026, 7, 1)]
    assert sorted(kept["result_talk_date"].dropna().dt.date) == [date(2026, 10, 1)]
    assert explaining_by_unit(kept).set_index("unit_id").loc[CITY, ["n_told", "n_talked"]].tolist() == [1, 1]
