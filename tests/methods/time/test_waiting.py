"""Waiting times with open requests, against published survival times."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods import fit_pace, waited, waiting_quantiles
from asn_research.study import month_of, monthly_times

# Weeks in remission of 42 patients (Freireich et al. 1963; Gehan 1965); a minus marks those still in it.
TREATED = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
CONTROL = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def remission():
    weeks = np.array([*TREATED, *CONTROL])
    return pd.DataFrame(
        {"days": np.abs(weeks), "is_finished": weeks > 0, "group": ["6-MP"] * 21 + ["placebo"] * 21, "is_control": [0] * 21 + [1] * 21}
    )  # fmt: skip


def test_medians_of_remission_as_published():
    table = waiting_quantiles(remission(), ["group"], quantiles=[0.5]).set_index("group")
    assert table.loc["6-MP", "days"] == 23
    assert table.loc["placebo", "days"] == 8
    # Leaving out those still in remission halves the median.
    assert table.loc["6-MP", "days_finished_only"] == 10
    assert table.loc["6-MP", "n_open"] == 12
    # Published interval of the placebo group's median (log-log): 4 to 11 weeks (R survival gives 4 to 12 plain).
    assert table.loc["placebo", "low"] == 4
    assert table.loc["placebo", "high"] in (11, 12)


def test_relative_hazard_as_published():
    # Efron's ties: 1.5721 (standard error 0.4124), as in R's survival and textbooks.
    row = fit_pace(remission(), ["is_control"]).row("is_control")
    assert row["estimate"] == pytest.approx(1.5721, abs=5e-5)
    assert row["std_error"] == pytest.approx(0.4124, abs=5e-5)


def log(n=900, seed=0):
    rng = np.random.default_rng(seed)
    submitted = pd.Timestamp("2025-01-06") + pd.to_timedelta(rng.integers(0, 270, n), unit="D")
    finished = submitted + pd.to_timedelta(rng.integers(1, 30, n), unit="D")
    taken = pd.Timestamp("2025-10-03")
    return pd.DataFrame(
        {
            "reporting_unit_id": "DISHUB", "service_id": "hub_izin", "submitted_date": submitted,
            "finished_date": pd.Series(finished).where(finished <= taken), "queue_minutes": 20.0,
        }
    )  # fmt: skip


def test_open_requests_count_as_waiting():
    waits = waited(log())
    assert 0 < (~waits["is_finished"]).sum() < 100
    assert waits["days"].notna().all()
    late = waits.loc[waits["submitted_date"] >= "2025-09-15"]
    table = waiting_quantiles(late.assign(all_="all"), ["all_"], quantiles=[0.5]).iloc[0]
    assert table["days_finished_only"] < table["days"]


def test_months_with_many_open_requests_have_no_mean():
    months = monthly_times(log(), {"hub_izin": 8.0})
    assert months["days_mean"].isna().iloc[-1]
    assert months["days_mean"].notna().iloc[0]
    assert months["log_days"].iloc[0] == pytest.approx(np.log(months["days_mean"].iloc[0] / 8))
    assert month_of(months, "2025-07-01") == 6
    assert month_of(months, "2025-07-15") == 7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"is_finished": False}, "too few to tell", id="all_open"),
        pytest.param({"is_control": 1}, "never changes", id="constant"),
    ],
)
def test_what_waits_cannot_tell_is_said_in_words(change, words):
    with pytest.raises(ModelError, match=words):
        fit_pace(remission().assign(**change), ["is_control"])


KIDNEY = Path(__file__).parents[2] / "golden" / "cox_kidney"


@pytest.mark.parametrize(
    ("name", "time", "strata"),
    [("days", "time", None), ("weeks", "weeks", None), ("weeks_by_disease", "weeks", "disease")],
)
def test_tied_times_in_clusters_as_in_r(name, time, strata):
    theirs = json.loads((KIDNEY / "reference.json").read_text())["reference"][name]
    data = pd.read_csv(KIDNEY / "data.csv").rename(columns={time: "days", "status": "is_finished"})
    data = data.sample(frac=1, random_state=3)
    found = fit_pace(data, ["age", "sex"], strata=strata, cluster="id", errors="sandwich").table
    assert found["estimate"].tolist() == pytest.approx(theirs["estimate"], rel=1e-8)
    assert found["std_error"].tolist() == pytest.approx(theirs["robust"], rel=1e-8)
    alone = fit_pace(data, ["age", "sex"], strata=strata).table
    assert alone["std_error"].tolist() == pytest.approx(theirs["naive"], rel=1e-8)
    scaled = fit_pace(
        data.assign(age=1e6 * data["age"] + 1e7),
        ["age", "sex"],
        strata=strata,
        cluster="id",
        errors="sandwich",
    ).table
    assert scaled["std_error"].tolist() == pytest.approx(
        [theirs["robust"][0] / 1e6, theirs["robust"][1]], rel=1e-7
    )


LUNG = Path(__file__).parents[2] / "golden" / "cox_lung"


def lung():
    data = pd.read_csv(LUNG / "data.csv").rename(columns={"time": "days", "status": "is_finished"})
    return data, json.loads((LUNG / "reference.json").read_text())["reference"]


@pytest.mark.parametrize(
    ("name", "regressors", "strata"),
    [("by_institution", ["age", "sex", "ecog"], None), ("by_sex", ["age", "ecog"], "sex")],
)
def test_patients_of_institutions_as_in_r(name, regressors, strata):
    data, reference = lung()
    theirs = reference[name]
    found = fit_pace(data, regressors, strata=strata, cluster="institution", errors="sandwich").table
    assert found["estimate"].tolist() == pytest.approx(theirs["estimate"], rel=1e-8)
    assert found["std_error"].tolist() == pytest.approx(theirs["std_error"], rel=1e-8)
    alone = fit_pace(data, regressors, strata=strata).table
    assert alone["std_error"].tolist() == pytest.approx(theirs["naive"], rel=1e-8)


@pytest.mark.parametrize(
    ("name", "regressors", "strata"),
    [
        ("left_out_by_institution", ["age", "sex", "ecog"], None),
        ("left_out_by_sex", ["age", "ecog"], "sex"),
    ],
)
def test_few_institutions_left_out_in_turn_as_in_r(name, regressors, strata):
    data, reference = lung()
    found = fit_pace(data, regressors, strata=strata, cluster="institution")
    assert found.n_clusters == reference[name]["n"]
    assert found.table["std_error"].tolist() == pytest.approx(reference[name]["std_error"], rel=1e-8)
    half = stats.t.ppf(0.975, reference[name]["n"] - 1) * found.table["std_error"]
    assert (found.table["high"] - found.table["estimate"]).tolist() == pytest.approx(half.tolist(), rel=1e-9)
    scaled = data.assign(age=1e6 * data["age"] + 1e7)
    row = fit_pace(scaled, regressors, strata=strata, cluster="institution").row("age")
    assert row["std_error"] == pytest.approx(reference[name]["std_error"][0] / 1e6, rel=1e-7)


def few_counters(seed, n_counters, n=20):
    """Requests at counters, of which the first half is new; counters differ, the hazard ratio is exp(0.5)."""
    rng = np.random.default_rng(seed)
    counter = np.repeat(np.arange(n_counters), n)
    luck = np.sqrt(0.15) * rng.normal(size=n_counters)[counter] + np.sqrt(0.85) * rng.normal(
        size=len(counter)
    )
    new = (counter < n_counters // 2).astype(float)
    time = -np.log(stats.norm.cdf(luck)) / np.exp(0.5 * new) / 0.1
    taken = rng.uniform(5, 40, len(counter))
    data = pd.DataFrame({"counter": counter, "new": new, "days": np.minimum(time, taken)})
    return data.assign(is_finished=time <= taken)


def test_intervals_of_five_counters_hold_the_truth():
    """In 1,000 such samples the sandwich with the normal law held it in 76 %, the jackknife with t in 95 %."""
    rows = [fit_pace(few_counters(seed, 5), ["new"], cluster="counter").row("new") for seed in range(60)]
    assert sum(row["low"] <= 0.5 <= row["high"] for row in rows) >= 53


def test_a_slope_that_rests_on_one_counter_is_refused():
    data = few_counters(1, 5)
    data["only"] = (data["counter"] == 0).astype(float)
    with pytest.raises(ModelError, match="only: without one of the clusters of counter"):
        fit_pace(data, ["only", "new"], cluster="counter")


def test_quantiles_of_waiting_and_their_intervals_as_in_r():
    data, reference = lung()
    theirs = reference["quantiles"]
    table = waiting_quantiles(data, ["sex"], quantiles=[0.25, 0.5]).sort_values(["sex", "quantile"])
    for ours, name in (("days", "days"), ("low", "low"), ("high", "high")):
        assert table[ours].tolist() == [value for row in theirs[name] for value in row], name


def test_finished_requests_alone_have_the_usual_median():
    waits = pd.DataFrame({"office": "A", "days": [1.0, 2, 3, 5, 8, 13], "is_finished": True})
    row = waiting_quantiles(waits, ["office"], quantiles=[0.5]).iloc[0]
    assert (row["days"], row["days_finished_only"], row["n_open"]) == (4, 4, 0)
