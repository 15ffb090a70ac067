"""How many people a number needs: a mean ten, a quantile and an estimate thirty; respondents are always counted."""

import numpy as np
import pandas as pd
import pytest

from asn_research import rules
from asn_research.protect import protect_city, protect_measure
from asn_research.protect.declared import guards_of
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared, declared_tables

RULE = rules.at("2026-Q3").one(DisclosureRule)
KEY = {"unit_id": "U", "period": "2026-Q3"}


def shown(name, **values):
    return protect_city({name: pd.DataFrame([KEY | values])}, RULE).get(name).frame.iloc[0]


@pytest.mark.parametrize(("n", "is_told"), [(10, False), (29, False), (30, True)])
def test_quantiles_of_waits_need_thirty_requests(n, is_told):
    row = shown(
        "service_time", service_id="", n_requests=n, n_finished=n, n_undated=0, n_open=0, n_queued=n, n_judged=n, days_mean=2.0,
        days_median=2.0, days_median_low=1.0, days_median_high=3.0, days_p90=5.0, days_median_finished=2.0, queue_mean=8.0,
        queue_median=7.0,
    )  # fmt: skip
    assert row["n_requests"] == n
    for name in ("days_median", "days_median_low", "days_p90", "days_median_finished", "queue_median"):
        assert pd.notna(row[name]) is is_told, name


@pytest.mark.parametrize(("n", "is_told"), [(10, False), (29, False), (30, True)])
def test_estimates_need_thirty_and_the_indexs_own_interval_ten(n, is_told):
    row = shown(
        "satisfaction", n_respondents=n, index=80.0, index_low=78.0, index_high=82.0, index_simple_low=79.0, grade="B",
        grade_a_pct=5.0, tipping_points=1.0, population_n=400, index_weighted=80.5, index_weighted_low=78.0,
    )  # fmt: skip
    assert row[["index", "index_low", "index_high", "index_simple_low", "grade"]].notna().all()
    for name in ("grade_a_pct", "tipping_points", "index_weighted", "index_weighted_low"):
        assert pd.notna(row[name]) is is_told, name


def test_a_change_needs_thirty_in_both_periods():
    rows = [KEY | {"element": f"e{k}", "n": n, "n_before": before, "index": 80.0, "change": 1.0, "change_low": -1.0}
            for k, (n, before) in enumerate([(30, 30), (29, 40), (40, 29)])]  # fmt: skip
    frame = protect_measure(pd.DataFrame(rows), declared("measure", "elements"), RULE).frame
    assert frame["change"].notna().tolist() == frame["change_low"].notna().tolist() == [True, False, False]
    assert frame["index"].notna().all()


def test_every_estimate_and_quantile_of_every_measure_needs_thirty():
    for (kind, name), table in declared_tables().items():
        if kind != "measure":
            continue
        needing = {
            "estimate": {c.column for c in table.columns.values() if c.kind_of_number == "estimated"},
            "quantile": {
                c.column for c in table.columns.values() if c.kind_of_number == "curve" and c.role == "value"
            },
        }
        for of, columns in needing.items():
            guards = [guard for guard in guards_of(table) if guard.of_number == of]
            assert columns <= {column for guard in guards for column in guard.masked}, name
            assert all(guard.smallest(RULE) == 30 for guard in guards)


def groups(*numbers):
    rows = [
        KEY
        | {
            "dimension": "sex",
            "category": str(k),
            "n": n,
            "index": 80.0 + k,
            "low": 70.0,
            "high": 90.0,
        }
        for k, n in enumerate(numbers)
    ]
    whole = KEY | {"n_respondents": sum(numbers), "index": 81.0, "population_n": 400}
    return {"satisfaction": pd.DataFrame([whole]), "respondent_groups": pd.DataFrame(rows)}


def test_respondents_are_counted_whatever_their_number_and_their_answers_protected():
    protected = protect_city(groups(0, 3, 7, 12, 40), RULE)
    table = protected.get("respondent_groups")
    assert table.frame["n"].tolist() == [0, 3, 7, 12, 40]
    answers = table.frame[["index", "low", "high"]].notna().all(axis=1).tolist()
    # Three and seven are ten together: the others' answers and the whole's tell of none of them.
    assert answers[1:] == [False, False, True, True]


def test_a_small_groups_answers_are_not_the_whole_less_the_others():
    table = protect_city(groups(6, 12, 40), RULE).get("respondent_groups")
    assert table.frame["n"].tolist() == [6, 12, 40]
    assert table.frame["index"].isna().tolist() == [True, True, False]


def test_few_respondents_of_a_unit_are_counted_and_nothing_else_is_told():
    protected = protect_city(groups(2, 5), RULE)
    row = protected.get("satisfaction").frame.iloc[0]
    assert row["n_respondents"] == 7
    assert row[["index", "population_n"]].isna().all()
    assert protected.get("respondent_groups").frame["n"].tolist() == [2, 5]
    assert protected.get("respondent_groups").frame["index"].isna().all()


def test_how_many_are_short_does_not_tell_of_a_small_population():
    rows = [KEY | {"service_id": "s", "population_n": 8, "n_respondents": 4, "needed_n": 8, "short_n": 4}]
    row = protect_measure(pd.DataFrame(rows), declared("measure", "sample"), RULE).frame.iloc[0]
    assert row["n_respondents"] == 4
    assert np.isnan(row[["population_n", "needed_n", "short_n"]].astype(float)).all()
