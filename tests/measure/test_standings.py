"""Units beside each other in a city: what is compared, with whom, and adjusted for what."""

import numpy as np
import pandas as pd
import pytest

from asn_research.clean import open_processed
from asn_research.measure import measure_city
from asn_research.measure.mix import service_mix
from asn_research.measure.standings import unit_standings
from asn_research.methods.survey.shrinkage import shrink
from asn_research.rules.cities import CITY, load_city

PONTIANAK = load_city("pontianak")


def satisfaction(n_units):
    names = [f"U{k}" for k in range(n_units)]
    index = 80 + np.arange(n_units) % 7
    table = pd.DataFrame({"unit_id": names, "period": "2026-Q3", "n_respondents": 40, "index": index})
    return table.assign(index_low=index - 2.0, index_high=np.minimum(index + 2.0, 100))


def test_the_mix_is_the_mean_log_of_the_standards():
    log = pd.DataFrame(
        {"reporting_unit_id": "DISHUB", "period": "2026-Q3", "service_id": ["hub_izin", "hub_andalalin", "?"]}
    )
    found = service_mix(log, PONTIANAK)
    assert found["log_standard_days"].tolist() == pytest.approx([(np.log(8) + np.log(10)) / 2])


def test_requests_of_no_known_service_have_no_mix():
    log = pd.DataFrame({"reporting_unit_id": ["X"], "period": ["2026-Q3"], "service_id": ["?"]})
    assert service_mix(log, PONTIANAK) is None
    assert service_mix(log.drop(columns="service_id"), PONTIANAK) is None


def test_few_units_are_not_compared_and_the_city_is_none_of_them():
    assert unit_standings({"satisfaction": satisfaction(4)}, None, PONTIANAK) is None
    table = satisfaction(6)
    table.loc[0, "unit_id"] = CITY
    found = unit_standings({"satisfaction": table}, None, PONTIANAK)
    assert CITY not in set(found["unit_id"])
    assert (found["n_units"] == 5).all()


def test_a_unit_without_variance_is_left_out_of_the_comparison():
    table = satisfaction(8)
    table.loc[0, ["index_low", "index_high"]] = np.nan
    found = unit_standings({"satisfaction": table}, None, PONTIANAK)
    assert len(found) == 7


def test_without_a_log_units_are_compared_as_they_are_and_the_table_says_so():
    found = unit_standings({"satisfaction": satisfaction(12)}, None, PONTIANAK)
    assert not found["adjusted"].any()
    assert found["slope"].isna().all()
    assert np.ptp(found["expected"]) < 1e-9


def test_a_simulated_city_has_standings_with_intervals_inside_the_scales(small_processed):
    processed = open_processed(small_processed)
    found = measure_city(processed.tables(), processed.city()).standings
    assert set(found["indicator"]) == {"ikm", "within_standard_pct"}
    assert ((found["rank_low"] >= 1) & (found["rank_high"] <= found["n_units"])).all()
    assert (found["rank_low"] <= found["rank_high"]).all()
    assert ((found["low"] <= found["pooled"]) & (found["pooled"] <= found["high"])).all()
    assert found["high"].max() <= 100
    assert found["adjusted"].all()


def test_a_share_in_time_varies_as_shares_do_and_never_not_at_all():
    """Two requests in time and two late are added: 90 % of 96 is 88.4 of 100 with 0.884 times 0.116 of a hundredth."""
    rows = pd.DataFrame(
        {
            "unit_id": [f"U{k}" for k in range(6)],
            "period": "2026-Q3",
            "service_id": "",
            "n_finished": 96,
            "n_judged": 96,
            "within_standard_pct": [90.0] * 5 + [100.0],
        }
    )
    found = unit_standings({"service_time": rows}, None, PONTIANAK).set_index("unit_id")
    shares = np.array([0.9 * 96 + 2] * 5 + [98]) / 100
    pooled = shrink(rows["within_standard_pct"], pd.Series(1e4 * shares * (1 - shares) / 100))
    assert found["expected"].iloc[0] == pytest.approx(pooled.coefficients[0])
    assert (found["high"] > found["low"]).all()
