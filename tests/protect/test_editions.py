"""Whoever keeps every edition of a city's reports finds no more in all of them than in one."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.frames import framed

from asn_research import rules
from asn_research.protect import CountedTable, count_city, protect_city, with_current_names
from asn_research.rules.former_names import former_names
from asn_research.rules.regulations import DisclosureRule

RULE = rules.at("2026-Q3").one(DisclosureRule)
PERIOD = "2026-Q3"
SEXES = ("f", "m")


def staff(units, period=PERIOD):
    """Staff by unit and sex with their mean hours, the city's row last."""
    total, groups = [], []
    whole = {sex: sum(of[sex] for of in units.values()) for sex in SEXES}
    for unit, of in [*units.items(), ("CITY", whole)]:
        n = sum(of.values())
        total.append(
            {"unit_id": unit, "period": period, "n_staff": n, "n_trained": n, "hours_mean": 20 + n / 100}
        )
        groups += [
            {"unit_id": unit, "period": period, "grouping": "sex", "group": sex, "n_staff": of[sex],
             "n_others": n - of[sex], "hours_mean": 20 + of[sex] / 10}
            for sex in SEXES
        ]  # fmt: skip
    return {"training": framed("training", total), "training_gaps": framed("training_gaps", groups)}


def released(*editions):
    """The numbers of people of editions, each protected against those before it."""
    past = []
    for measures in editions:
        past.append(count_city(measures, RULE, past=past))
    return past


def shown(city, name, column, **at):
    """Return a number that an edition prints; missing where it is hidden."""
    frame = city.tables[name].frame
    for key, value in at.items():
        frame = frame[frame[key] == value]
    (number,) = frame[column]
    return float(number)


FIRST = {"A": {"f": 30, "m": 20}, "B": {"f": 40, "m": 25}, "C": {"f": 15, "m": 35}}
LATE = {**FIRST, "A": {"f": 31, "m": 20}}


def hours_of_late(first, second, **at):
    """Return what two editions tell of the hours of whoever came late; none if they tell nothing."""
    name = "training_gaps" if "group" in at else "training"
    sums = [shown(c, name, "n_staff", **at) * shown(c, name, "hours_mean", **at) for c in (first, second)]
    change = sums[1] - sums[0]
    return None if np.isnan(change) else change


def test_without_the_earlier_edition_one_late_row_is_found_out():
    first, second = (protect_city(staff(units), RULE) for units in (FIRST, LATE))
    assert hours_of_late(first, second, unit_id="A", group="f") is not None
    assert hours_of_late(first, second, unit_id="A") is not None
    assert hours_of_late(first, second, unit_id="CITY") is not None


def test_with_it_the_late_row_cannot_be_found():
    first = protect_city(staff(FIRST), RULE)
    second = protect_city(staff(LATE), RULE, past=released(staff(FIRST)))
    for unit in ("A", "CITY"):
        assert hours_of_late(first, second, unit_id=unit) is None
        assert hours_of_late(first, second, unit_id=unit, group="f") is None
    # Whom nothing happened to is shown as before.
    assert shown(second, "training", "n_staff", unit_id="B") == 65
    assert shown(second, "training_gaps", "n_staff", unit_id="C", group="m") == 35


def test_an_edition_of_the_same_data_is_the_same():
    first = protect_city(staff(FIRST), RULE)
    again = protect_city(staff(FIRST), RULE, past=released(staff(FIRST), staff(FIRST)))
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table.frame, again.tables[name].frame)
        pd.testing.assert_frame_equal(table.suppressed, again.tables[name].suppressed)


def test_what_was_hidden_stays_hidden():
    small = {**FIRST, "A": {"f": 4, "m": 20}}
    first = protect_city(staff(small), RULE)
    hidden = first.tables["training_gaps"].suppressed["n_staff"]
    assert hidden.any()
    # Twenty men more: by itself the edition would hide less.
    more = {**small, "C": {"f": 15, "m": 60}}
    second = protect_city(staff(more), RULE, past=released(staff(small)))
    unchanged = (
        staff(small)["training_gaps"]["n_staff"] == staff(more)["training_gaps"]["n_staff"]
    ).to_numpy()
    assert second.tables["training_gaps"].suppressed["n_staff"][hidden & unchanged].all()


def test_enough_late_rows_are_printed():
    many = {**FIRST, "A": {"f": 45, "m": 20}}
    second = protect_city(staff(many), RULE, past=released(staff(FIRST)))
    assert shown(second, "training", "n_staff", unit_id="A") == 65
    assert shown(second, "training_gaps", "n_staff", unit_id="A", group="f") == 45


def test_three_editions_do_not_tell_what_two_do_not():
    """The second hides who came late; the third shows a number again only where enough have come since the first."""
    past = released(staff(FIRST), staff(LATE))
    two_more = {**FIRST, "A": {"f": 33, "m": 20}}
    third = protect_city(staff(two_more), RULE, past=past)
    assert np.isnan(shown(third, "training", "n_staff", unit_id="A"))
    many_more = {**FIRST, "A": {"f": 52, "m": 20}}
    third = protect_city(staff(many_more), RULE, past=past)
    assert shown(third, "training", "n_staff", unit_id="A") == 72


def test_a_later_period_hides_nothing_of_itself():
    """A quarter is released; the next one's numbers stand beside it as if it were not."""
    later = {
        name: pd.concat([frame, staff(LATE, "2026-Q4")[name]], ignore_index=True)
        for name, frame in staff(FIRST).items()
    }
    alone = protect_city(later, RULE)
    beside = protect_city(later, RULE, past=released(staff(FIRST)))
    for name, table in alone.tables.items():
        pd.testing.assert_frame_equal(table.frame, beside.tables[name].frame)


def test_an_earlier_edition_that_gives_a_group_away_by_itself_stops_nothing():
    """Released before the rule was what it is: what all know is not hidden, and the run goes on."""
    (told,) = released(staff({**FIRST, "A": {"f": 4, "m": 20}}))
    told = {name: replace(table, hidden=table.hidden & False) for name, table in told.items()}
    city = protect_city(staff({**FIRST, "A": {"f": 5, "m": 20}}), RULE, past=[told])
    assert np.isnan(shown(city, "training_gaps", "n_staff", unit_id="A", group="f"))


def grades(counts, period=PERIOD):
    rows = [
        {
            "unit_id": "A",
            "period": period,
            "predikat": grade,
            "n": n,
            "share_pct": 100 * n / sum(counts.values()),
        }
        for grade, n in counts.items()
    ]
    return {"predikats": framed("predikats", rows)}


def test_one_corrected_grade_is_not_told():
    before, after = {"good": 40, "very_good": 12}, {"good": 39, "very_good": 13}
    assert shown(protect_city(grades(after), RULE), "predikats", "n", predikat="merged") == 39
    city = protect_city(grades(after), RULE, past=released(grades(before)))
    assert city.tables["predikats"].frame["n"].isna().all()
    same = protect_city(grades(before), RULE, past=released(grades(before)))
    assert shown(same, "predikats", "n", predikat="merged") == 40


def in_former_names(city):
    """A release as a version with the former names wrote it."""
    former = {current: name for name, current in former_names().items()}
    return {
        former.get(name, name): CountedTable(
            *(
                part.rename(columns=former)
                for part in (table.keys, table.numbers, table.hidden, table.by_itself, table.ends)
            )
        )
        for name, table in city.items()
    }


def test_a_release_in_former_names_protects_as_one_in_todays():
    then, now = grades({"good": 40, "very_good": 12}), grades({"good": 39, "very_good": 13})
    old = in_former_names(count_city(then, RULE))
    assert "predicate" in old["predicates"].keys
    past = [with_current_names(old)]
    found = protect_city(now, RULE, past=past).tables["predikats"].frame["n"]
    assert found.equals(protect_city(now, RULE, past=[count_city(then, RULE)]).tables["predikats"].frame["n"])
    assert not found.equals(protect_city(now, RULE).tables["predikats"].frame["n"])


def test_grades_that_were_merged_are_not_parted():
    before = {"good": 40, "very_good": 12, "poor": 4, "very_poor": 3}
    after = {"good": 40, "very_good": 12, "poor": 4 + 1, "very_poor": 3 + 2}
    city = protect_city(grades(after), RULE, past=released(grades(before)))
    assert city.tables["predikats"].frame["n"].isna().all()


PEOPLE = st.fixed_dictionaries({sex: st.integers(0, 30) for sex in SEXES})
UNITS = st.lists(PEOPLE, min_size=2, max_size=4)


@settings(max_examples=10, deadline=None)
@given(UNITS, st.lists(st.dictionaries(st.sampled_from(SEXES), st.integers(-4, 14)), min_size=2, max_size=4))
def test_no_change_of_few_follows_from_two_editions(people, changes):
    """Reckoned by elimination, apart from the protection: of nobody who came late or left is the number told."""
    before = {chr(65 + k): dict(of) for k, of in enumerate(people)}
    after = {
        unit: {sex: max(0, n + (changes[k].get(sex, 0) if k < len(changes) else 0)) for sex, n in of.items()}
        for k, (unit, of) in enumerate(before.items())
    }
    past = released(staff(before))
    editions = [protect_city(staff(before), RULE), protect_city(staff(after), RULE, past=past)]
    atoms = [(e, unit, sex) for e in range(2) for unit in before for sex in SEXES]
    known, values = [], []

    def form(e, unit, sexes):
        return np.array([float(a[0] == e and unit in (a[1], "CITY") and a[2] in sexes) for a in atoms])

    for e, city in enumerate(editions):
        for row in city.tables["training"].frame.to_dict("records"):
            known.append(form(e, row["unit_id"], SEXES))
            values.append(row["n_staff"])
        for row in city.tables["training_gaps"].frame.to_dict("records"):
            others = set(SEXES) - {row["group"]}
            known += [form(e, row["unit_id"], {row["group"]}), form(e, row["unit_id"], others)]
            values += [row["n_staff"], row["n_others"]]
    known = np.array([each for each, value in zip(known, values, strict=True) if not np.isnan(value)])
    # Who has not changed is known not to have.
    same = [
        form(0, unit, {sex}) - form(1, unit, {sex})
        for unit in before
        for sex in SEXES
        if before[unit][sex] == after[unit][sex]
    ]
    known = np.vstack([np.reshape(known, (-1, len(atoms))), np.reshape(same, (-1, len(atoms)))])
    for unit in before:
        for sex in SEXES:
            change = after[unit][sex] - before[unit][sex]
            if 0 < abs(change) < 10:
                asked = form(1, unit, {sex}) - form(0, unit, {sex})
                assert np.linalg.matrix_rank(np.vstack([known, asked])) > np.linalg.matrix_rank(known)
