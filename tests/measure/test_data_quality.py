"""Counts of quality add up to the manifest's, and no value that may name a person gets through."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from asn_research import rules
from asn_research.clean import open_processed
from asn_research.measure.data_quality import (
    ALL_SOURCES,
    ANY_MARK,
    BLANK,
    PSEUDONYM,
    changed_forms,
    index_with_and_without,
    measure_quality,
    missing_by_reason,
)
from asn_research.measure.drift import drift_by_period
from asn_research.measure.ikm import satisfaction_index
from asn_research.protect import protect_city
from asn_research.rules.regulations import DisclosureRule, SatisfactionRule, load_rules

DAY = date(2026, 9, 30)
SKM = rules.at(DAY).one(SatisfactionRule)
RULE = load_rules()["quality"]


@pytest.fixture(scope="module")
def processed(small_processed):
    return open_processed(small_processed)


@pytest.fixture(scope="module")
def measured(processed):
    return measure_quality(processed.tables(), processed.city(), processed.exits())


def test_files_and_offices_add_up_to_the_manifest(processed, measured):
    exits = processed.exits()
    numbers = [c for c in exits if c.startswith("n_")]
    assert measured["quality_files"][numbers].sum().to_dict() == exits[numbers].sum().to_dict()
    offices = measured["quality_offices"]
    is_all = offices["source"] == ALL_SOURCES
    every, single = offices[is_all], offices[~is_all]
    by_source = exits.groupby("source")[numbers].sum()
    for source, rows in single.groupby("source"):
        assert rows["n_quarantined"].sum() == by_source.at[source, "n_quarantined"], source
        assert rows["n_rows"].sum() == by_source.at[source, "n_kept"] + by_source.at[source, "n_quarantined"]
        assert rows["n_repaired"].sum() == by_source.at[source, "n_repaired"], source
    assert every["n_rows"].sum() == single["n_rows"].sum()


def test_every_fault_is_counted(processed, measured):
    faults = measured["quality_faults"]
    assert set(faults["exit"]) == {"quarantine", "repair", "exclude"}
    excluded = processed.table("excluded")
    assert faults.query("exit == 'exclude'")["n_rows"].sum() == excluded["row_id"].nunique()
    held = processed.table("quarantine").drop_duplicates(["row_id", "column", "reason"])
    assert faults.query("exit == 'quarantine'")["n_rows"].sum() == len(held)


def test_no_pseudonym_and_no_personal_value_is_among_the_repairs(processed, measured):
    repairs = measured["quality_repairs"]
    text = " ".join(repairs[["old", "new"]].to_numpy().ravel())
    assert "pseudonym:" not in text
    people = set(processed.table("employees")["person_id"])
    assert not people & set(text.split())
    of_numbers = repairs[repairs["column"].isin(["person_id", "rater_id"])]
    assert set(of_numbers["old"]) | set(of_numbers["new"]) == {PSEUDONYM}
    assert repairs["n_rows"].sum() >= processed.table("repairs")["row_id"].nunique()


def forms(n, marked, *, unit="DINKES"):
    answers = {e: np.where(np.arange(n) < marked, 4, 3) for e in SKM.elements}
    screen = np.where(np.arange(n) < marked, "straight_line", "")
    return pd.DataFrame({"reporting_unit_id": unit, "period": "2026-Q3", "screen": screen, **answers})


def test_the_index_without_is_that_of_the_other_forms():
    table = forms(60, 20)
    found = index_with_and_without(table).set_index(["unit_id", "mark"]).loc["DINKES", ANY_MARK]
    assert found["index"] == pytest.approx(float(satisfaction_index(table, SKM).exact))
    assert found["index_without"] == 75
    assert (found["n_forms"], found["n_marked"]) == (60, 20)
    assert found["difference"] == pytest.approx(75 - found["index"])


def test_few_marked_forms_do_not_show_by_difference():
    frames = {"quality_screens": index_with_and_without(forms(60, 3))}
    shown = protect_city(frames, rules.at(DAY).one(DisclosureRule)).tables["quality_screens"].frame
    assert shown[["n_marked", "index_without", "difference", "marked_pct", "without_low"]].isna().all().all()
    assert shown["index"].notna().all()


def test_reasons_given_and_blanks_are_told_apart():
    answers = {e: [3] * 40 for e in SKM.elements}
    table = pd.DataFrame({"row_id": [str(n) for n in range(40)], "period": "2026-Q3", **answers}).astype(
        {"cost": "Int64"}
    )
    table.loc[:19, "cost"] = pd.NA
    coded = pd.DataFrame({"row_id": [str(n) for n in range(12)], "source": "citizen_feedback", "unit_id": "DINKES",
                          "period": "2026-Q3", "column": "cost", "reason": "not_asked", "old_value": "x"})  # fmt: skip
    found = missing_by_reason({"citizen_feedback": table, "missing": coded}).set_index("reason")
    assert found["n"].to_dict() == {BLANK: 8, "not_asked": 12}
    assert found.at["not_asked", "share_pct"] == 30


def test_an_office_that_ceases_to_ask_is_a_change_of_form():
    parts = [
        forms(20, 0, unit=u).assign(period=p) for u in ("DINKES", "DISHUB") for p in ("2026-Q2", "2026-Q3")
    ]
    parts[3]["cost"] = np.nan
    found = changed_forms({"citizen_feedback": pd.concat(parts, ignore_index=True)})
    assert found[["column", "in_period", "n_offices", "n_compared"]].to_numpy().tolist() == [
        ["cost", "2026-Q3", 1, 2]
    ]


def test_a_small_office_and_a_small_file_are_masked(measured):
    protected = protect_city(measured, rules.at(DAY).one(DisclosureRule)).tables
    for name, count in (("quality_offices", "n_rows"), ("quality_files", "n_raw"), ("quality_missing", "n")):
        assert protected[name].frame[count].dropna().ge(10).all(), name


def test_a_share_planted_in_one_of_two_simulated_quarters_is_found(processed):
    table = processed.table("citizen_feedback")
    plain = drift_by_period({"citizen_feedback": table}, RULE.drift)
    assert not plain.query("column == 'sex'")["is_drift"].any()
    rng = np.random.default_rng(1)
    turned = (
        (table["period"] == table["period"].max()) & (table["sex"] == "m") & (rng.random(len(table)) < 0.4)
    )
    changed = drift_by_period(
        {"citizen_feedback": table.assign(sex=table["sex"].mask(turned, "f"))}, RULE.drift
    )
    assert changed.query("column == 'sex' and test_kind == 'shares'")["is_drift"].all()
    others = changed["column"] != "sex"
    assert changed.loc[others, "is_drift"].tolist() == plain.loc[others, "is_drift"].tolist()


def test_input_is_not_changed(processed):
    tables = {name: processed.table(name) for name in processed.tables()}
    before = {name: frame.copy(deep=True) for name, frame in tables.items()}
    measure_quality(tables, processed.city(), processed.exits())
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_a_city_without_faults_and_without_surveys_is_measured(processed):
    tables = {"employees": processed.table("employees")}
    found = measure_quality(tables, processed.city(), processed.exits())
    assert set(found) <= {"quality_files", "quality_offices", "quality_missing"}
