"""Times of services of which some requests are open."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from asn_research.measure.service_time import service_times
from asn_research.rules.cities import load_city

CITY = load_city()
SERVICE = CITY.services["hub_izin"]


def log(finished, submitted="2025-06-10", **columns):
    return pd.DataFrame(
        {"reporting_unit_id": "DISHUB", "unit_id": "DISHUB", "period": "2025-Q2", "service_id": "hub_izin",
         "submitted_date": pd.to_datetime([submitted] * len(finished)),
         "finished_date": pd.to_datetime(pd.Series(finished, dtype="object")), **columns}
    )  # fmt: skip


def own(table):
    return table.query("unit_id == 'DISHUB' and service_id == 'hub_izin'").iloc[0]


def test_leaving_out_the_open_ones_favours_the_slow():
    # Six finished the next day; six lie there to this day.
    found = own(service_times(log(["2025-06-11"] * 6 + [None] * 6), CITY, as_of=date(2025, 9, 30)))
    assert found["days_median_finished"] == 1
    assert (found["n_open"], found["within_standard_pct"]) == (6, 50)
    assert found["within_standard_low"] < 50 < found["within_standard_high"]
    assert np.isnan(found["days_p90"])


def test_an_open_request_that_is_not_late_yet_is_no_failure():
    # The open ones have waited one day; they bound nothing beyond it.
    found = own(service_times(log(["2025-06-11"] * 6 + [None] * 6), CITY, as_of=date(2025, 6, 11)))
    assert found["within_standard_pct"] == 50
    late = own(
        service_times(log([None] * 4 + ["2025-06-13"] * 2, "2025-06-10"), CITY, as_of=date(2025, 6, 11))
    )
    assert late["within_standard_pct"] == 100


def test_finished_on_no_known_day_is_in_no_time():
    rows = log(["2025-06-11"] * 6 + [None] * 2, status=["finished"] * 7 + ["open"])
    found = own(service_times(rows, CITY))
    assert (found["n_finished"], found["n_open"], found["n_undated"]) == (6, 1, 1)


def test_each_request_is_held_against_its_own_standard():
    other = next(s for s in CITY.services.values() if s.standard_days > SERVICE.standard_days)
    after = np.busday_offset("2025-06-10", int(other.standard_days))
    rows = pd.concat(
        [log(["2025-06-11"] * 10), log([str(after)] * 10).assign(service_id=other.service_id)],
        ignore_index=True,
    )
    table = service_times(rows, CITY)
    assert table.query("unit_id == 'DISHUB' and service_id == ''")["within_standard_pct"].item() == 100


def test_a_prompt_handful_is_no_proof_of_promptness():
    found = own(service_times(log(["2025-06-11"] * 12), CITY))
    # Wilson's interval of 12 of 12.
    assert found["within_standard_pct"] == 100
    assert found["within_standard_low"] == pytest.approx(75.75, abs=0.01)


def test_a_year_without_announced_leave_is_said():
    table = service_times(log(["2028-06-13"], "2028-06-12"), CITY)
    assert table["calendar_provisional"].all()
    assert not service_times(log(["2025-06-11"]), CITY)["calendar_provisional"].any()


def test_the_citys_calendar_is_used():
    facts = CITY.facts.model_copy(update={"collective_leave_off": False})
    rows = log(["2025-05-14"], "2025-05-09")
    with_leave, without = (
        own(service_times(rows, city))["days_mean"] for city in (CITY, replace(CITY, facts=facts))
    )
    assert (with_leave, without) == (1, 2)
