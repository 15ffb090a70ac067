"""What changed since an edition: each cause is planted and recovered, and the parts add up to the change."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research.measure.edition_split import CAUSES, Basis, basis_of, headlines, split_changes
from asn_research.rules.cities import load_city
from asn_research.rules.regulations import load_rules

PERIOD = "2026-Q3"
ELEMENTS = (
    "requirements", "procedure", "time", "cost", "product", "competence", "conduct", "complaints", "facilities",
)  # fmt: skip
CITY = load_city()
#: A unit without a report of its own, the unit that reports it, and another.
SUB = next(unit for unit in CITY.units.values() if not unit.has_report and unit.parent_id)
OWNER = CITY.reporting_unit_id(SUB.unit_id)
OTHER = next(unit.unit_id for unit in CITY.reporting_units if unit.unit_id != OWNER)
SERVICE = next(iter(CITY.services.values()))


def survey(n, unit, seed, first=0):
    rng = np.random.default_rng(seed)
    answers = {name: rng.integers(2, 5, n) for name in ELEMENTS}
    return pd.DataFrame(
        {
            "row_id": [f"{unit}-{at}" for at in range(first, first + n)],
            "period": PERIOD,
            "unit_id": unit,
            "reporting_unit_id": CITY.reporting_unit_id(unit),
            "survey_date": pd.Timestamp("2026-08-03"),
            **answers,
        }
    )


def log(n, unit, seed):
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2026-07-06")
    return pd.DataFrame(
        {
            "row_id": [f"log-{unit}-{at}" for at in range(n)],
            "period": PERIOD,
            "unit_id": unit,
            "reporting_unit_id": CITY.reporting_unit_id(unit),
            "service_id": SERVICE.service_id,
            "submitted_date": start,
            "finished_date": start + pd.to_timedelta(rng.integers(1, 20, n), unit="D"),
            "queue_minutes": rng.integers(5, 60, n).astype(float),
            "status": "finished",
        }
    )


TABLES = {
    "citizen_feedback": pd.concat(
        [survey(60, OWNER, 1), survey(40, SUB.unit_id, 2), survey(50, OTHER, 3)], ignore_index=True
    ),
    "service_log": log(80, OWNER, 4),
}


def shown(basis):
    """Return a basis with the values that its edition showed."""
    return replace(basis, values=headlines(basis.tables, basis.city, basis.taken, basis.rules))


def basis(tables=TABLES, city=CITY, rules=None) -> Basis:
    made = basis_of(PERIOD, tables, city)
    return made if rules is None else replace(made, rules=rules)


def split(then, now):
    return split_changes(shown(then), now).set_index(["unit_id", "figure"])


def only(row, cause):
    """Whether a cause, and no other, explains the whole change."""
    others = [row[each] for each in (*CAUSES, "rest") if each != cause]
    return row[cause] == pytest.approx(row["change"]) and row["change"] != 0 and np.allclose(others, 0)


def test_without_a_change_there_is_nothing_to_tell():
    assert split_changes(shown(basis()), basis()).empty


@pytest.mark.parametrize("code", ["", "the same code"])
def test_data_that_came_late_are_new(code):
    more = {**TABLES, "citizen_feedback": pd.concat([TABLES["citizen_feedback"], survey(30, OWNER, 9, 60)])}
    found = split(replace(basis(), code=code), replace(basis(more), code=code))
    assert only(found.loc[(OWNER, "ikm")], "new_data")
    assert found.loc[(OWNER, "ikm"), ["n_new", "n_restated", "n_moved"]].tolist() == [30, 0, 0]
    assert (OTHER, "ikm") not in found.index
    assert only(found.loc[("CITY", "ikm")], "new_data")


@pytest.mark.parametrize("is_another_file", [False, True])
def test_corrected_answers_are_restated_also_in_another_file(is_another_file):
    mended = TABLES["citizen_feedback"].copy()
    mended.loc[:14, "time"] = 1
    if is_another_file:
        mended["row_id"] = [f"new-{at}" for at in range(len(mended))]
    found = split(basis(), basis({**TABLES, "citizen_feedback": mended}))
    assert only(found.loc[(OWNER, "ikm")], "restated")
    assert found.loc[(OWNER, "ikm"), "n_restated"] == 15
    assert found.loc[(OWNER, "ikm"), "n_new"] == 0


def test_removed_rows_are_restated():
    found = split(basis(), basis({**TABLES, "citizen_feedback": TABLES["citizen_feedback"].iloc[20:]}))
    assert only(found.loc[(OWNER, "ikm")], "restated")
    assert found.loc[(OWNER, "ikm"), "n_restated"] == 20


def moved_city():
    units = {**CITY.units, SUB.unit_id: SUB.model_copy(update={"parent_id": OTHER})}
    return replace(CITY, units=units)


def moved(tables, city):
    return {
        name: table.assign(reporting_unit_id=[city.reporting_unit_id(unit) for unit in table["unit_id"]])
        for name, table in tables.items()
    }


def test_a_unit_that_was_moved_is_the_organisation():
    city = moved_city()
    found = split(basis(), basis(moved(TABLES, city), city))
    for unit in (OWNER, OTHER):
        assert only(found.loc[(unit, "ikm")], "organisation")
        assert found.loc[(unit, "ikm"), "n_moved"] == 40
    assert ("CITY", "ikm") not in found.index


def test_another_standard_is_a_rule():
    services = {**CITY.services, SERVICE.service_id: SERVICE.model_copy(update={"standard_days": 3.0})}
    assert SERVICE.standard_days != 3.0
    found = split(basis(), basis(city=replace(CITY, services=services)))
    assert only(found.loc[(OWNER, "within_standard_pct")], "rule")
    assert (OWNER, "days_median") not in found.index


def test_another_regulation_is_a_rule():
    name, old = "skm_2017", load_rules()["skm_2017"]
    fewer = old.model_copy(update={"elements": old.elements[:8]})
    rules = tuple(fewer if rule.rule == name else rule for rule in load_rules().values())
    found = split(basis(rules=rules), basis())
    assert only(found.loc[(OWNER, "ikm")], "rule")


def test_what_none_of_them_explains_is_the_code():
    then = shown(basis())
    then = replace(then, values=then.values.assign(value=then.values["value"] - 0.25))
    found = split_changes(then, basis()).set_index(["unit_id", "figure"])
    assert only(found.loc[(OWNER, "ikm")], "rest")
    assert found.loc[(OWNER, "ikm"), "rest"] == pytest.approx(0.25)


@settings(max_examples=6)
@given(st.integers(0, 25), st.integers(0, 25), st.booleans(), st.booleans(), st.floats(-1, 1))
def test_the_parts_of_all_causes_together_add_up(n_new, n_mended, is_moved, has_rule, of_code):
    feedback = TABLES["citizen_feedback"].copy()
    feedback.loc[feedback.index < n_mended, "conduct"] = 1
    tables = {**TABLES, "citizen_feedback": pd.concat([feedback, survey(n_new, SUB.unit_id, 7, 500)])}
    city = moved_city() if is_moved else CITY
    if has_rule:
        services = {**CITY.services, SERVICE.service_id: SERVICE.model_copy(update={"standard_days": 2.0})}
        city = replace(city, services=services)
    then = shown(basis())
    then = replace(then, values=then.values.assign(value=then.values["value"] - of_code))
    now = basis(moved(tables, city), city)
    found = split_changes(then, now)
    parts = found[[*CAUSES, "rest"]].sum(axis=1)
    assert np.allclose(parts.astype("float64"), found["change"].astype("float64"))
    last = headlines(now.tables, now.city, now.taken, now.rules).set_index(["unit_id", "figure"])["value"]
    for row in found.itertuples():
        assert row.now == pytest.approx(last[(row.unit_id, row.figure)])


def test_an_export_of_a_later_day_is_no_new_data():
    mended = TABLES["service_log"].copy()
    mended.loc[:19, "finished_date"] = pd.NaT
    mended["status"] = np.where(mended["finished_date"].isna(), "open", "finished")
    then = basis({"service_log": mended})
    assert then.taken["service_log"] <= date(2026, 8, 1)
    found = split(then, basis({"service_log": TABLES["service_log"]}))
    changed = found.loc[found["change"] != 0]
    assert len(changed)
    assert all(only(row, "restated") for _, row in changed.iterrows())
