"""An attacker solves what a protected city publishes: nothing of few people is had, and all is had without a rule."""

from itertools import product

import pandas as pd
from protect.attacker import Attacker, gives_away
from protect.frames import framed

from asn_research import rules
from asn_research.protect import declared as declarations
from asn_research.protect import protect_city
from asn_research.protect import release as protection
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule

PERIOD = "2026-Q3"
RULE = rules.at(PERIOD).one(DisclosureRule)
AGES = ("17-25", "26-35", "36-45")
#: Respondents of three units by sex and age: of A three and five of the young, who are eight together.
PEOPLE = {"A": ((20, 20), (3, 5, 32)), "B": ((22, 28), (20, 15, 15)), "C": ((40, 45), (30, 25, 30))}
#: PNS of golongan II and III, and PPPK, of three units: A has two PPPK.
STAFF = {"A": (12, 19, 2), "B": (20, 21, 20), "C": (30, 25, 24)}
#: Sanctions of the city by level: one, of medium weight.
LEVELS = {"light": 0, "medium": 1, "severe": 0, "all": 1}


def respondents():
    """Make the two tables of respondents, with the city's own row in both."""
    people = {unit: [list(part) for part in parts] for unit, parts in PEOPLE.items()}
    people[CITY] = [list(map(sum, zip(*parts, strict=True))) for parts in zip(*PEOPLE.values(), strict=True)]
    totals, groups = [], []
    for unit, (sexes, ages) in people.items():
        key = {"unit_id": unit, "period": PERIOD}
        totals.append({**key, "n_respondents": sum(sexes), "index": 80.0})
        for dimension, names, numbers in (("sex", "fm", sexes), ("age", AGES, ages)):
            groups += [
                {**key, "dimension": dimension, "category": name, "n": n, "index": 80.0}
                for name, n in zip(names, numbers, strict=True)
            ]
    return {
        "satisfaction": framed("satisfaction", totals),
        "respondent_groups": framed("respondent_groups", groups),
    }


def had_of_respondents():
    """Return the groups of few whose answers an attacker can tell, with the least and the most of their sum.

    How many they are is published; an index times that number is the sum of their answers.
    """
    released = protect_city(respondents(), RULE)
    attacker = Attacker()
    for table, column, keys in (
        ("satisfaction", "n_respondents", ("unit_id",)),
        ("respondent_groups", "n", ("unit_id", "dimension", "category")),
    ):
        for row in released.get(table).frame.to_dict("records"):
            assert pd.notna(row[column])
            cell = attacker.cell((table, *(row[key] for key in keys)))
            if pd.notna(row["index"]):
                attacker.reads(cell, row[column] * row["index"])
    categories = [("sex", "f"), ("sex", "m"), *(("age", age) for age in AGES)]
    for unit, dimension in product((*PEOPLE, CITY), ("sex", "age")):
        parts = {("respondent_groups", unit, *name): -1.0 for name in categories if name[0] == dimension}
        attacker.says({("satisfaction", unit): 1.0, **parts}, 0)
    for rest in ((), *categories):
        kind = "respondent_groups" if rest else "satisfaction"
        attacker.says({(kind, CITY, *rest): 1.0, **{(kind, unit, *rest): -1.0 for unit in PEOPLE}}, 0)
    reached = {cell: attacker.reach(cell) for cell in attacker.names("respondent_groups")}
    assert not attacker.contradictions
    few = {
        ("respondent_groups", "A", "age", age): n
        for age, n in zip(AGES, PEOPLE["A"][1], strict=True)
        if n < 10
    }
    # One point of the scale is 25 of the index.
    return {cell: reached[cell] for cell, n in few.items() if reached[cell][1] - reached[cell][0] < 25 * n}


def staff():
    """Make the two tables of lesson hours; golongan exist for PNS alone."""
    people = STAFF | {CITY: tuple(map(sum, zip(*STAFF.values(), strict=True)))}
    totals, groups = [], []
    for unit, (second, third, pppk) in people.items():
        key, pns = {"unit_id": unit, "period": PERIOD}, second + third
        parts = {"n_staff": pns + pppk, "n_pns": pns, "n_pppk": pppk}
        totals.append({**key, **parts, "n_trained": pns + pppk - 10, "n_pns_met": 10, "n_pppk_over": 0})
        for grouping, sizes in (
            ("rank_group", {"II": second, "III": third}),
            ("employment_type", {"pns": pns, "pppk": pppk}),
        ):
            groups += [
                {
                    **key,
                    "grouping": grouping,
                    "group": group,
                    "n_staff": n,
                    "n_others": sum(sizes.values()) - n,
                }
                for group, n in sizes.items()
            ]
    return {"training": framed("training", totals), "training_gaps": framed("training_gaps", groups)}


def had_of_staff():
    """Return what an attacker can tell of the two PPPK of A."""
    released, attacker = protect_city(staff(), RULE), Attacker()
    for row in released.get("training").frame.to_dict("records"):
        for column in ("n_staff", "n_pns", "n_pppk"):
            cell = attacker.cell((column, row["unit_id"]))
            if pd.notna(row[column]):
                attacker.reads(cell, row[column])
    for row in released.get("training_gaps").frame.to_dict("records"):
        cell = attacker.cell((row["group"], row["unit_id"]))
        if pd.notna(row["n_staff"]):
            attacker.reads(cell, row["n_staff"])
    for unit in (*STAFF, CITY):
        attacker.says({("n_staff", unit): 1.0, ("n_pns", unit): -1.0, ("n_pppk", unit): -1.0}, 0)
        attacker.says({("n_pns", unit): 1.0, ("II", unit): -1.0, ("III", unit): -1.0}, 0)
        for same in ("pns", "pppk"):
            attacker.says({(f"n_{same}", unit): 1.0, (same, unit): -1.0}, 0)
    for column in ("n_staff", "n_pns", "n_pppk", "II", "III"):
        attacker.says({(column, CITY): 1.0, **{(column, unit): -1.0 for unit in STAFF}}, 0)
    reached = attacker.reach(("n_pppk", "A"))
    assert not attacker.contradictions
    return reached if gives_away(*reached, RULE.smallest_group.employees) else None


def had_of_sanctions():
    """Return the levels that an attacker knows to have somebody, or nobody, in a city with one sanction."""
    key = {"unit_id": CITY, "period": PERIOD}
    rows = [{**key, "level": level, "n_people": n} for level, n in LEVELS.items()]
    released = protect_city({"sanctions": framed("sanctions", rows)}, RULE).get("sanctions").frame
    shown = released.set_index("level")["n_people"]
    known = {level: 0 for level in LEVELS if shown[level] == 0}
    left = [level for level in LEVELS if level != "all" and level not in known]
    return known | ({left[0]: "somebody"} if known and len(left) == 1 else {})


def test_nothing_of_few_respondents_is_had():
    assert had_of_respondents() == {}


def test_nothing_of_two_pppk_is_had():
    assert had_of_staff() is None


def test_without_the_joint_step_two_pppk_are_had(monkeypatch):
    """Staff less the PNS of golongan II and III, which stand in another table."""
    monkeypatch.setattr(protection, "hidden_jointly", lambda *_, **__: {})
    assert had_of_staff() == (2, 2)


def test_no_level_of_sanctions_is_had():
    assert had_of_sanctions() == {}


def test_without_the_zero_rule_the_level_of_the_one_sanction_is_had(monkeypatch, request):
    monkeypatch.setitem(declarations._ZERO, "sensitive", "shown")
    for made in vars(declarations).values():
        if hasattr(made, "cache_clear"):
            made.cache_clear()
            # What is remembered of this test is no guard of the next.
            request.addfinalizer(made.cache_clear)
    assert had_of_sanctions().get("medium") == "somebody"
