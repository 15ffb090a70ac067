"""Sums have ends: what a small hidden group answered or took must be open by a point a person, by all sums together."""

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from protect.attacker import Attacker
from protect.frames import framed

from asn_research import rules
from asn_research.protect import linked_sums, protect_city
from asn_research.protect import release as protection
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule

PERIOD = "2026-Q3"
RULE = rules.at(PERIOD).one(DisclosureRule)
LEAST, POINT = RULE.smallest_group.citizens, 25


def measured(units, *, by_service=False):
    """Respondents and their indices by age of some units, and of the city, in two tables.

    By service instead, a third table has the sample of each service: it counts the same people, and tells no answers.
    """
    ages = range(len(next(iter(units.values()))))
    of_all = {
        CITY: [
            (
                sum(groups[k][0] for groups in units.values()),
                sum(n * index for n, index in (g[k] for g in units.values())),
            )
            for k in ages
        ]
    }
    of_all = {CITY: [(n, total / n if n else 0.0) for n, total in of_all[CITY]]}
    totals, groups, samples = [], [], []
    for unit, parts in {**units, **of_all}.items():
        key, n = {"unit_id": unit, "period": PERIOD}, sum(n for n, _ in parts)
        index = sum(n * index for n, index in parts) / max(n, 1)
        totals.append({**key, "n_respondents": n, "index": index})
        groups += [
            {
                **key,
                "dimension": "service_id" if by_service else "age",
                "category": f"age {k}",
                "n": n,
                "index": index if n else float("nan"),
            }
            for k, (n, index) in enumerate(parts)
        ]
        samples += [
            {**key, "service_id": f"age {k}", "n_respondents": n, "population_n": 10 * n}
            for k, (n, _) in enumerate(parts)
        ]
    frames = {
        "satisfaction": framed("satisfaction", totals),
        "respondent_groups": framed("respondent_groups", groups),
    }
    return {**frames, "sample": framed("sample", samples)} if by_service else frames


def had(units, *, by_service=False):
    """Return the small groups whose answers an attacker has to less than a point a person, though the whole leaves more."""
    frames = measured(units, by_service=by_service)
    released, attacker = protect_city(frames, RULE), Attacker()
    total, groups = released.get("satisfaction").frame, released.get("respondent_groups").frame
    for row in groups.to_dict("records"):
        name = attacker.cell(
            ("sum", row["unit_id"], row["category"]), low=25 * row["n"], high=100 * row["n"], is_whole=False
        )
        if pd.notna(row["index"]):
            attacker.reads(name, row["n"] * row["index"])
    whole = {}
    for row in total.to_dict("records"):
        if pd.notna(row["index"]):
            whole[row["unit_id"]] = (row["n_respondents"], row["n_respondents"] * row["index"])
            parts = {name: 1.0 for name in attacker.names("sum") if name[1] == row["unit_id"]}
            attacker.says(parts, whole[row["unit_id"]][1])
    for category in groups["category"].unique():
        parts = {("sum", unit, category): -1.0 for unit in units}
        attacker.says({("sum", CITY, category): 1.0, **parts}, 0)
    found = {}
    for row in frames["respondent_groups"].to_dict("records"):
        unit, n = row["unit_id"], row["n"]
        if not 0 < n < LEAST or unit not in whole:
            continue
        people, answers = whole[unit]
        room = min(100 * n, answers - 25 * (people - n)) - max(25 * n, answers - 100 * (people - n))
        low, high = attacker.reach(("sum", unit, row["category"]))
        if room >= POINT * n and high - low < POINT * n - 1e-3:
            found[unit, row["category"]] = (low / n, high / n)
    assert not attacker.contradictions
    return found


#: Of A, six and twelve of the young are hidden; all were well content.
UNITS = {"A": [(6, 95.0), (12, 95.0), (60, 80.0)], "B": [(30, 80.0), (40, 85.0), (50, 80.0)]}


def test_two_groups_nearly_at_the_best_mark_are_not_told_by_their_sum():
    assert had(UNITS) == {}


def test_a_table_that_counts_them_and_tells_no_answers_changes_nothing():
    assert had(UNITS, by_service=True) == {}


def test_without_the_ends_they_are(monkeypatch):
    monkeypatch.setattr(protection, "hidden_for_sums", lambda _, __, masks, *___, **____: masks)
    assert had(UNITS)["A", "age 0"] == pytest.approx((85, 100))


def test_what_the_whole_alone_tells_hides_nothing():
    """Everybody gave the best mark: so did each group, whatever is hidden."""
    units = {unit: [(n, 100.0) for n, _ in parts] for unit, parts in UNITS.items()}
    shown = protect_city(measured(units), RULE).get("respondent_groups").frame
    of_a = shown[shown["unit_id"] == "A"].set_index("category")["index"]
    assert of_a.notna().tolist() == [False, False, True]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 24), st.integers(40, 99).map(float)), min_size=4, max_size=4),
        min_size=2,
        max_size=3,
    )
)
@example(
    [
        [(2, 40.0), (0, 40.0), (0, 40.0), (6, 40.0)],
        [(10, 40.0), (7, 78.0), (10, 40.0), (5, 40.0)],
        [(8, 40.0), (5, 96.0), (0, 40.0), (1, 40.0)],
    ]
)
def test_no_small_group_is_had_in_any_city(parts):
    units = {chr(65 + k): groups for k, groups in enumerate(parts)}
    unmet = had(units)
    # What must be shown (the wholes and the city) may leave less, with everything hidden beside it.
    # So may a group in which the unit alone has people: the city's answers are the unit's.
    groups = protect_city(measured(units), RULE).get("respondent_groups").frame
    shown = groups[
        groups["index"].notna() & groups["n"].gt(0) & groups["unit_id"].isin({u for u, _ in unmet})
    ]
    of_city = groups[groups["unit_id"] == CITY].set_index("category")["n"]
    assert (shown["n"] == shown["category"].map(of_city)).all()


# ---------------------------------------------------------------- an index is the mean of its elements' means

ELEMENTS = ("requirements", "cost", "conduct")
#: By unit, of each element: those who answered it, and their mean. A and B are hidden, and found the costs nearly perfect;
#: one of C left a blank.
ANSWERED = {
    "A": [(6, 3.0), (6, 3.9), (6, 3.1)],
    "B": [(12, 3.2), (12, 3.9), (12, 2.9)],
    "C": [(60, 3.4), (59, 3.2), (60, 3.0)],
    "D": [(80, 3.1), (80, 3.3), (80, 3.2)],
}


def surveyed(units, period=PERIOD):
    """Elements and indices of some units, and of the city."""
    both = [[units[unit][k] for unit in units] for k in range(len(ELEMENTS))]
    city = [(sum(n for n, _ in each), sum(n * mean for n, mean in each)) for each in both]
    totals, elements = [], []
    for unit, means in {**units, CITY: [(n, total / n) for n, total in city]}.items():
        key = {"unit_id": unit, "period": period}
        n = sum(max(n for n, _ in units[each]) for each in (units if unit == CITY else [unit]))
        index = 25 * sum(mean for _, mean in means) / len(means)
        totals.append({**key, "n_respondents": n, "index": index})
        elements += [
            {**key, "element": element, "n": n, "mean": mean, "index": 25 * mean}
            for element, (n, mean) in zip(ELEMENTS, means, strict=True)
        ]
    return {"satisfaction": framed("satisfaction", totals), "elements": framed("elements", elements)}


def had_of_elements(units):
    """Return the elements of small units that an attacker who knows how an index is made has to less than a point a person."""
    frames = surveyed(units)
    released, attacker = protect_city(frames, RULE), Attacker()
    people = {(row["unit_id"], row["element"]): row["n"] for row in frames["elements"].to_dict("records")}
    for row in released.get("elements").frame.to_dict("records"):
        at = (row["unit_id"], row["element"])
        name = attacker.cell(("sum", *at), low=people[at], high=4 * people[at], is_whole=False)
        if pd.notna(row["mean"]):
            attacker.reads(name, people[at] * row["mean"])
    for row in released.get("satisfaction").frame.to_dict("records"):
        if pd.notna(row["index"]):
            parts = {("sum", row["unit_id"], each): 1 / people[row["unit_id"], each] for each in ELEMENTS}
            attacker.says(parts, len(ELEMENTS) * row["index"] / 25)
    for element in ELEMENTS:
        attacker.says({("sum", CITY, element): 1.0, **{("sum", u, element): -1.0 for u in units}}, 0)
    reached = {
        at: attacker.reach(("sum", *at)) for at, n in people.items() if 0 < n < LEAST and at[0] != CITY
    }
    assert not attacker.contradictions
    return {at: ends for at, ends in reached.items() if ends[1] - ends[0] < people[at] - 1e-3}


def hidden_of(units):
    """Return the hidden elements of each unit whose index is printed."""
    released = protect_city(surveyed(units), RULE)
    printed = set(released.get("satisfaction").frame.dropna(subset="index")["unit_id"])
    elements = released.get("elements").frame
    hidden = elements[elements["mean"].isna() & elements["unit_id"].isin(printed)]
    return {unit: set(own["element"]) for unit, own in hidden.groupby("unit_id")}


def test_an_element_that_is_hidden_for_another_unit_does_not_follow_from_its_index():
    assert had_of_elements(ANSWERED) == {}
    assert hidden_of(ANSWERED)
    assert all(len(elements) > 1 for elements in hidden_of(ANSWERED).values())


def test_without_the_index_in_the_program_it_follows(monkeypatch):
    monkeypatch.setattr(linked_sums, "_links_of_means", lambda _: [])
    assert {len(elements) for elements in hidden_of(ANSWERED).values()} == {1}
    assert ("A", "cost") in had_of_elements(ANSWERED)


def test_another_answer_elsewhere_moves_no_suppression_among_equal_elements():
    """Whoever keeps two releases finds the same elements hidden in both."""
    hidden = [
        hidden_of({**ANSWERED, "C": [(60, 3.4), (60, cost), (60, 3.0)], "D": [(80, 3.1), (80, 3.3), (80, conduct)]})
        for cost in (3.0, 3.2, 3.3, 3.5)
        for conduct in (2.6, 3.0)
    ]  # fmt: skip
    assert hidden[0]
    assert all(each == hidden[0] for each in hidden)


def test_a_hidden_element_does_not_follow_from_the_next_period_and_the_change_since():
    now, then = surveyed(ANSWERED, "2026-Q4"), surveyed(ANSWERED)
    elements = now["elements"].assign(
        n_before=now["elements"]["n"], change=0.0, change_low=-1.0, change_high=1.0
    )
    frames = {
        "satisfaction": pd.concat([then["satisfaction"], now["satisfaction"].query("unit_id != 'A'")]),
        # Of the quarter after, A has no survey, so nothing is hidden there.
        "elements": pd.concat([then["elements"], elements.query("unit_id != 'A'")]),
    }
    frames = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    shown = protect_city(frames, RULE).get("elements").frame.set_index(["unit_id", "element", "period"])
    large = [(unit, each) for unit in ("C", "D") for each in ELEMENTS]
    is_hidden = [pd.isna(shown.loc[(*at, PERIOD), "mean"]) for at in large]
    assert 1 < sum(is_hidden) < len(large)
    assert [pd.isna(shown.loc[(*at, "2026-Q4"), "change"]) for at in large] == is_hidden


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 3), st.integers(20, 40)), min_size=3, max_size=3),
        min_size=3,
        max_size=4,
    ),
    st.lists(st.integers(3, 40), min_size=4, max_size=4),
)
@example(
    [[(1, 20), (1, 20), (1, 20)], [(1, 34), (2, 35), (3, 20)], [(1, 20), (1, 20), (1, 20)]], [9, 8, 16, 3]
)
def test_no_element_of_a_small_unit_is_had_in_any_city(answers, sizes):
    units = {
        chr(65 + k): [(n + blanks, tenths / 10) for blanks, tenths in means]
        for k, (means, n) in enumerate(zip(answers, sizes, strict=False))
    }
    unmet = had_of_elements(units)
    released = protect_city(surveyed(units), RULE).get("elements").frame
    # What must be shown (the indices) may leave less, with every element of the unit hidden beside it.
    hidden = released[released["unit_id"].ne(CITY) & released["element"].isin([at[1] for at in unmet])]
    assert hidden["mean"].isna().all()


# ---------------------------------------------------------------- an element of a unit is its services' together

#: By service of one unit: how many answered, and their mean of each element. Parking and permits are hidden.
SERVED = {"parking": (7, [3.9, 4.0, 3.7]), "permits": (8, [3.9, 3.6, 3.9]), "tests": (16, [3.3, 3.4, 3.1])}


def served(services):
    """Return the elements of a unit's services, of the unit and of the city, which has nobody else."""
    elements, totals, groups, parts = [], [], [], []
    n = sum(of for of, _ in services.values())
    means = [sum(of * each[k] for of, each in services.values()) / n for k in range(len(ELEMENTS))]
    for unit in ("A", CITY):
        key = {"unit_id": unit, "period": PERIOD}
        totals.append({**key, "n_respondents": n, "index": 25 * sum(means) / len(means)})
        elements += [
            {**key, "element": element, "n": n, "mean": mean, "index": 25 * mean}
            for element, mean in zip(ELEMENTS, means, strict=True)
        ]
        groups += [
            {**key, "dimension": "service_id", "category": name, "n": of, "index": 25 * sum(each) / len(each)}
            for name, (of, each) in services.items()
        ]
    for name, (of, each) in services.items():
        key = {"unit_id": "A", "period": PERIOD, "service_id": name, "n": of}
        parts += [{**key, "element": e, "index": 25 * mean} for e, mean in zip(ELEMENTS, each, strict=True)]
    return {
        "satisfaction": framed("satisfaction", totals),
        "elements": framed("elements", elements),
        "respondent_groups": framed("respondent_groups", groups),
        "service_elements": framed("service_elements", parts),
    }


def had_of_services(services):
    """Return the elements of small services that an attacker has to less than a point a person, though the unit leaves more."""
    frames = served(services)
    released, attacker = protect_city(frames, RULE), Attacker()
    true = {(row["service_id"], row["element"]): row for row in frames["service_elements"].to_dict("records")}
    for row in released.get("service_elements").frame.to_dict("records"):
        at, n = (row["service_id"], row["element"]), services[row["service_id"]][0]
        name = attacker.cell(("sum", *at), low=25 * n, high=100 * n, is_whole=False)
        if pd.notna(row["index"]):
            attacker.reads(name, n * row["index"])
    unit = released.get("elements").frame.query("unit_id == 'A'").set_index("element")["index"]
    people = sum(n for n, _ in services.values())
    for element, index in unit.dropna().items():
        attacker.says({("sum", name, element): 1.0 for name in services}, people * index)
    groups = released.get("respondent_groups").frame.query("unit_id == 'A'").set_index("category")["index"]
    for name, index in groups.dropna().items():
        n = services[name][0]
        attacker.says({("sum", name, e): 1 / n for e in ELEMENTS}, len(ELEMENTS) * index)
    found = {}
    for at, row in true.items():
        n, total = row["n"], people * unit[at[1]]
        room = min(100 * n, total - 25 * (people - n)) - max(25 * n, total - 100 * (people - n))
        if n < LEAST and pd.notna(total) and room >= POINT * n:
            low, high = attacker.reach(("sum", *at))
            if high - low < POINT * n - 1e-3:
                found[at] = (low / n, high / n)
    assert not attacker.contradictions
    return found


def test_an_element_of_a_small_service_is_not_told_by_those_of_the_unit():
    assert had_of_services(SERVED) == {}
    released = protect_city(served(SERVED), RULE)
    # Elements of the large service are hidden for it, and none of the unit, of which more people are.
    assert released.get("elements").frame["index"].notna().all()
    shown = released.get("service_elements").frame.query("service_id == 'tests'")["index"].notna()
    assert not shown.all()


def test_without_the_sums_it_is(monkeypatch):
    monkeypatch.setattr(protection, "hidden_for_sums", lambda _, __, masks, *___, **____: masks)
    assert had_of_services(SERVED)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(3, 30), st.lists(st.integers(20, 40), min_size=3, max_size=3)),
        min_size=2,
        max_size=4,
    )
)
def test_no_element_of_a_small_service_is_had_in_any_unit(services):
    of = {f"service {k}": (n, [tenths / 10 for tenths in means]) for k, (n, means) in enumerate(services)}
    unmet = had_of_services(of)
    # What must be shown (the indices of services) may leave less, with all elements of all services hidden beside it.
    released = protect_city(served(of), RULE).get("service_elements").frame
    hidden = released[released["element"].isin([element for _, element in unmet])]
    assert hidden["index"].isna().all()


# ---------------------------------------------------------------- a half year of a service is its quarters together

#: By service, in each of two quarters: how many answered, and their mean of each element.
QUARTERLY = (
    {"letters": (30, [3.7, 3.3, 2.2]), "permits": (30, [2.8, 3.9, 2.2])},
    {"letters": (8, [2.5, 2.3, 2.4]), "permits": (3, [2.6, 3.3, 2.1])},
)
HALVES = ("2026-Q3", "2026-Q4", "2026-S2")


def pooled(first, second):
    """Return the services of two quarters together."""
    return {
        name: (n + m, [(n * one + m * other) / (n + m) for one, other in zip(means, more, strict=True)])
        for (name, (n, means)), (m, more) in zip(first.items(), second.values(), strict=True)
    }


def had_of_quarters(*quarters):
    """Return the elements of small services that an attacker who knows the half year has to less than a point a person.

    What the unit's own elements alone tell is left out.
    """
    parts = [*zip(HALVES, (*quarters, pooled(*quarters)), strict=True)]
    tables = [(period, served(services)) for period, services in parts]
    frames = {
        name: pd.concat([each[name].assign(period=period) for period, each in tables], ignore_index=True)
        for name in tables[0][1]
    }
    released = protect_city(frames, RULE)
    people = {(period, name): n for period, services in parts for name, (n, _) in services.items()}
    found = {}
    of_unit, attacker = Attacker(), Attacker()
    for each in (of_unit, attacker):
        for (period, name), n in people.items():
            for element in ELEMENTS:
                each.cell(("sum", period, name, element), low=25 * n, high=100 * n, is_whole=False)
        for name in quarters[0]:
            for element in ELEMENTS:
                halves = {("sum", period, name, element): -1.0 for period in HALVES[:2]}
                each.says({("sum", HALVES[2], name, element): 1.0, **halves}, 0)
        for row in (
            released.get("elements").frame.query("unit_id == 'A'").dropna(subset=["index"]).to_dict("records")
        ):
            sums = {("sum", row["period"], name, row["element"]): 1.0 for name in quarters[0]}
            each.says(sums, sum(people[row["period"], name] for name in quarters[0]) * row["index"])
    for row in released.get("service_elements").frame.dropna(subset=["index"]).to_dict("records"):
        at = (row["period"], row["service_id"])
        attacker.reads(("sum", *at, row["element"]), people[at] * row["index"])
    groups = released.get("respondent_groups").frame.query("unit_id == 'A'").dropna(subset=["index"])
    for row in groups.to_dict("records"):
        at = (row["period"], row["category"])
        attacker.says({("sum", *at, e): 1 / people[at] for e in ELEMENTS}, len(ELEMENTS) * row["index"])
    for at, n in people.items():
        for element in ELEMENTS if n < LEAST else ():
            ends, known = attacker.reach(("sum", *at, element)), of_unit.reach(("sum", *at, element))
            if ends[1] - ends[0] < POINT * n - 1e-3 and known[1] - known[0] >= POINT * n:
                found[(*at, element)] = ends
    assert not attacker.contradictions
    return found


def test_a_small_service_is_not_told_by_the_half_year_and_the_other_quarter():
    assert had_of_quarters(*QUARTERLY) == {}


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.tuples(
            *[st.tuples(st.integers(3, 30), st.lists(st.integers(20, 39), min_size=3, max_size=3))] * 2
        ),
        min_size=2,
        max_size=3,
    )
)
@example([((30, [37, 33, 22]), (8, [25, 23, 24])), ((30, [28, 39, 22]), (3, [26, 33, 21]))])
def test_no_small_service_is_had_by_two_quarters(services):
    quarters = [
        {
            f"service {k}": (pair[at][0], [tenths / 10 for tenths in pair[at][1]])
            for k, pair in enumerate(services)
        }
        for at in (0, 1)
    ]
    unmet = had_of_quarters(*quarters)
    assert unmet == {}
