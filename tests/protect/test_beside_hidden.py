"""What is shown beside a hidden number does not tell it, and what does not tell it is shown."""

from math import ceil

import pandas as pd
import pytest
from protect.frames import framed

from asn_research import rules
from asn_research.measure.apportion import apportion
from asn_research.measure.sample import needed_respondents
from asn_research.protect import protect_city
from asn_research.protect.beside_hidden import required_of_shown
from asn_research.protect.release import protect_measure
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared

PERIOD = "2026-Q3"
RULE = rules.at(PERIOD).one(DisclosureRule)
LEAST, CELL = RULE.smallest_group.citizens, RULE.smallest_cell
KEY = {"unit_id": "A", "period": PERIOD}


def sampled(served, *, respondents=12, unknown=0):
    """The sample of a unit whose services served so many people, and of whom some had no known service."""
    people = sum(served) + unknown
    of_unit = min(needed_respondents(people, PERIOD), people)
    needed = apportion(of_unit, [*served, unknown])[:-1]
    rows = [("", people, of_unit), *((f"s{k}", n, need) for k, (n, need) in enumerate(zip(served, needed, strict=True)))]  # fmt: skip
    return framed("sample", [
        {**KEY, "service_id": name, "population_n": n, "needed_n": need, "n_respondents": respondents,
         "short_n": max(need - respondents, 0), "is_short": need > respondents}
        for name, n, need in rows
    ])  # fmt: skip


def required(served, **asked):
    """Return what is shown of the people served and of the respondents required, by service."""
    frame = protect_city({"sample": sampled(served, **asked)}, RULE).get("sample").frame
    return frame.set_index("service_id")[["population_n", "needed_n", "short_n", "is_short"]]


@pytest.mark.parametrize(
    "shown",
    [
        [197, 59],
        [43, 16, 250, 142, 292, 129],
        [203, 63, 23],
        [147, 123, 132, 177, 105],
        [50],
        [],
        [1000, 1000],
    ],
)
@pytest.mark.parametrize(
    ("few", "others"), [((1, 3), (2, 2)), ((4, 8), (9, 3)), ((7, 2), (1, 8)), ((5, 5), (4, 6))]
)
def test_what_services_need_does_not_tell_how_many_people_a_hidden_one_served(shown, few, others):
    one, other = (required([*shown, *each]) for each in (few, others))
    at = [f"s{k}" for k in range(len(shown))]
    pd.testing.assert_frame_equal(one.loc[["", *at]], other.loc[["", *at]])
    assert one["population_n"].drop(["", *at]).isna().all()
    # Nor does it show of the hidden ones themselves.
    assert one.drop(index=["", *at])[["needed_n", "short_n", "is_short"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("served", "unknown"), [([36, 76, 53], 0), ([10], 0), ([30, 30, 30, 30], 7), ([12, 300], 40)]
)
def test_where_all_is_shown_the_parts_are_those_measured(served, unknown):
    frame, shown = sampled(served, unknown=unknown), required(served, unknown=unknown)
    assert shown["needed_n"].tolist() == frame["needed_n"].tolist()
    assert shown["short_n"].tolist() == frame["short_n"].tolist()
    assert [bool(each) for each in shown["is_short"]] == frame["is_short"].tolist()


def test_a_service_does_not_tell_how_many_people_its_hidden_unit_served():
    """33 of 61 need 29 of 53: whoever reads 33 and 29 has the 61 that are hidden."""
    table = protect_measure(sampled([33, 28]), declared("measure", "sample"), RULE)
    hidden = table.without({"population_n": (table.frame["service_id"] == "").to_numpy()})
    assert hidden.frame.set_index("service_id").loc["s0", ["population_n", "needed_n"]].tolist() == [33, 29]
    shown = required_of_shown(hidden)
    assert shown.frame[["needed_n", "short_n", "is_short"]].isna().all(axis=None)
    assert shown.suppressed["needed_n"].all()


# ---------------------------------------------------------------- requests


def times(unit, n, n_open, *, service=""):
    """The service times of a unit with so many requests, some of them open."""
    days = {"days_mean": 4.0, "days_median": 3.0, "days_median_low": 2.0, "days_median_high": 4.0, "days_median_finished": 3.0,
            "days_p90": 9.0, "days_p90_low": 8.0, "days_p90_high": 12.0, "queue_mean": 10.0, "queue_median": 8.0}  # fmt: skip
    return {"unit_id": unit, "period": PERIOD, "service_id": service, "n_requests": n, "n_open": n_open, "n_undated": 0,
            "n_finished": n - n_open, "n_judged": n, "n_queued": n, "within_standard_pct": 60.0, "queue_within_pct": 60.0,
            **days}  # fmt: skip


def city_of(*units, **frames):
    """Protect a city of units, each with its requests and open requests."""
    whole = times(CITY, sum(n for _, n, _ in units), sum(n_open for *_, n_open in units))
    rows = [whole, *(times(*unit) for unit in units)]
    return protect_city({"service_time": framed("service_time", rows), **frames}, RULE)


def surveyed(*units):
    """Surveys that say of how many people served the respondents are."""
    return framed("satisfaction", [
        {"unit_id": unit, "period": PERIOD, "n_respondents": 40, "population_n": float(n), "answered_pct": 100 * 40 / n if n >= 40 else float("nan"),
         "tipping_points": 2.0, "index": 80.0, "ikm": 80.0, "n_screened_out": 0}
        for unit, n in units
    ])  # fmt: skip


@pytest.mark.parametrize("few", range(1, LEAST))
def test_a_survey_does_not_tell_how_few_requests_a_unit_had(few):
    units = [("A", few, 0), ("B", 60, 0), ("C", 300, 0)]
    frame = surveyed(*((unit, n) for unit, n, _ in units))
    city = city_of(*units, satisfaction=frame)
    hidden = {unit for unit, n in zip(*(city.get("service_time").frame[c] for c in ("unit_id", "n_requests")), strict=True) if pd.isna(n)}  # fmt: skip
    assert hidden == {"A", "B"}
    told = city.get("satisfaction").frame.set_index("unit_id")
    assert told.loc[["A", "B"], ["population_n", "answered_pct", "tipping_points"]].isna().all(axis=None)
    assert told.loc["C", ["population_n", "answered_pct", "tipping_points"]].notna().all()
    # What nobody computes from requests stays.
    assert told["index"].notna().all()


@pytest.mark.parametrize("n_open", range(1, CELL))
@pytest.mark.parametrize("n", [40, 149, 600])
def test_a_few_open_requests_hide_no_median(n, n_open):
    shown = city_of(("A", n, n_open), ("B", 300, 40), ("C", 200, 30)).get("service_time")
    row = shown.frame.set_index("unit_id").loc["A"]
    assert row[["n_requests", "days_median", "days_median_finished", "queue_median"]].notna().all()
    assert pd.isna(row["n_open"])
    # What gives the number of open requests by a difference is in no release.
    assert not {"n_finished", "days_mean", "queue_mean"} & set(shown.frame)


@pytest.mark.parametrize("n", [30, 40, 49])
def test_whether_nine_of_ten_were_reached_does_not_tell_how_many_are_open(n):
    """Of 40 requests four open ones are a tenth, fewer are not."""
    found = {
        n_open: city_of(("A", n, n_open), ("B", 300, 40), ("C", 200, 30))
        .get("service_time")
        .frame.set_index("unit_id")
        .loc["A", "days_p90"]
        for n_open in range(1, CELL)
    }
    assert pd.Series(found).isna().all()
    enough = city_of(("A", 10 * CELL, CELL - 1), ("B", 300, 40), ("C", 200, 30)).get("service_time").frame
    assert enough.set_index("unit_id").loc["A", "days_p90"] == 9.0
    assert ceil((CELL - 1) / 0.1) <= 10 * CELL


def test_units_where_nothing_is_open_keep_their_number_of_requests():
    """That nobody of 16 waits is hidden; for its sake no unit loses its number of requests and all that rests on it."""
    shown = city_of(("A", 16, 0), ("B", 61, 0), ("C", 111, 0), ("D", 240, 0)).get("service_time").frame
    of = shown.set_index("unit_id")
    assert of["n_requests"].notna().all()
    assert pd.isna(of.loc["A", "n_open"])
    assert of.loc[["B", "C", "D"], "days_median"].notna().all()


# ---------------------------------------------------------------- a half year less the other quarter

QUARTERS = ("2026-Q3", "2026-Q4", "2026-S2")


@pytest.mark.parametrize(
    "numbers",
    [{"A1": (6, 30), "A2": (40, 45)}, {"A1": (6, 30), "A2": (7, 45), "A3": (50, 60)}, {"A1": (4, 30)}],
)
def test_a_sub_unit_does_not_follow_from_the_half_year_less_the_other_quarter(numbers):
    parts, wholes, requests = [], [], []
    for k, period in enumerate(QUARTERS):
        of = {unit: (*pair, sum(pair))[k] for unit, pair in numbers.items()}
        parts += [{"unit_id": unit, "reporting_unit_id": "A", "period": period, "n_respondents": n, "index": 80 + n / 10,
                   "n_requests": n, "n_finished": n, "days_median": 3.0, "n_staff": 20 if k < 2 else float("nan")}
                  for unit, n in of.items()]  # fmt: skip
        n = sum(of.values())
        for unit in ("A", CITY):
            wholes.append(
                {"unit_id": unit, "period": period, "n_respondents": n, "index": 80.0, "n_screened_out": 0}
            )
            requests.append({**times(unit, n, 0), "period": period})
    city = protect_city(
        {
            "satisfaction": framed("satisfaction", wholes),
            "service_time": framed("service_time", requests),
            "sub_units": framed("sub_units", parts),
        },
        RULE,
    )
    for column in ("index", "n_requests"):
        values = city.get("sub_units").frame.set_index(["unit_id", "period"])[column].notna()
        for unit, (first, _) in numbers.items():
            if first < LEAST:
                assert not values[unit, "2026-Q3"]
                assert not (values[unit, "2026-Q4"] and values[unit, "2026-S2"])
