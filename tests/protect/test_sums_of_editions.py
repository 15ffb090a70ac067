"""Whoever keeps an earlier edition has the sums that it printed: what the next one hides must be hidden from them too."""

import pandas as pd
import pytest
from protect.attacker import Attacker
from protect.test_linked_sums import ANSWERED, ELEMENTS, LEAST, RULE, surveyed

from asn_research.protect import count_city, protect_city
from asn_research.rules.cities import CITY

#: The lowest and the highest answer.
LOWEST, HIGHEST = 1, 4
#: By how much a printed index may differ from the exact one.
ROUNDED = 0.005
#: What those answered who came between the editions.
CAME = 3.0


def editions_of(*cities):
    """Return the elements and the indices of editions with their true values, each protected against those before it."""
    found, past = [], []
    for units in cities:
        frames = surveyed(units)
        city = protect_city(frames, RULE, past=past)
        past.append(count_city(frames, RULE, past=past))
        found.append((frames, city))
    return found


def had_by_keeping(*cities):
    """Return the elements of small units that a reader of all editions has to less than a point a person.

    The reader knows how many answered each element, that who answered it in both editions answered the same, and how an
    index is made.
    """
    attacker, small = Attacker(), {}
    for frames, city in editions_of(*cities):
        true = {(row["unit_id"], row["element"]): row for row in frames["elements"].to_dict("records")}
        cells = {at: ("sum", *at, f"{row['n']} {row['n'] * row['mean']:.6f}") for at, row in true.items()}
        for row in city.get("elements").frame.to_dict("records"):
            at, n = (row["unit_id"], row["element"]), true[row["unit_id"], row["element"]]["n"]
            attacker.cell(cells[at], low=LOWEST * n, high=HIGHEST * n, is_whole=False)
            if pd.notna(row["mean"]):
                attacker.reads(cells[at], n * row["mean"])
        for row in city.get("satisfaction").frame.to_dict("records"):
            if pd.notna(row["index"]):
                parts = {cells[row["unit_id"], e]: 1 / true[row["unit_id"], e]["n"] for e in ELEMENTS}
                ends = (len(ELEMENTS) * (row["index"] + by) / 25 for by in (-ROUNDED, ROUNDED))
                attacker.says(parts, *ends)
        units = {unit for unit, _ in true} - {CITY}
        for element in ELEMENTS:
            attacker.says({cells[CITY, element]: 1.0, **{cells[u, element]: -1.0 for u in units}}, 0)
        for at, cell in cells.items():
            n = true[at]["n"]
            for other in [name for name in attacker.names("sum") if name[1:3] == at and name != cell]:
                came = n - int(other[3].split()[0])
                if came > 0:
                    attacker.says({cell: 1.0, other: -1.0}, LOWEST * came, HIGHEST * came)
            if n < LEAST and at[0] != CITY:
                small[cell] = n
    reached = {cell: attacker.reach(cell) for cell in small}
    assert not attacker.contradictions
    return {cell: ends for cell, ends in reached.items() if ends[1] - ends[0] < small[cell] - 1e-3}


def hidden_of(city):
    elements = city.get("elements").frame
    gone = elements[elements["mean"].isna()]
    return {*zip(gone["unit_id"], gone["element"], strict=True)}


def with_more(**came):
    """The units with further forms of some of them, all of them content."""
    return {
        unit: [(n + (more := came.get(unit, 0)), (n * mean + more * CAME) / (n + more)) for n, mean in means]
        for unit, means in ANSWERED.items()
    }


def test_what_an_edition_printed_is_not_what_the_next_one_hides_instead():
    """Of C, elements are hidden beside A and B. Many more forms make D the cheaper one to hide, but D is known."""
    then, now = ANSWERED, with_more(C=40)
    (_, first), (_, second) = editions_of(then, now)
    alone = hidden_of(protect_city(surveyed(now), RULE))
    assert {unit for unit, _ in hidden_of(first)} == {"A", "B", "C"}
    assert {unit for unit, _ in alone} == {"A", "B", "D"}
    assert hidden_of(second) >= hidden_of(first)
    assert had_by_keeping(then, now) == {}


@pytest.mark.parametrize("late", [0, 1])
def test_what_was_hidden_for_others_does_not_follow_when_these_are_shown(late):
    """A and B have grown, so nothing of them is hidden; C would follow from the city, and with it A as it was."""
    then, now = ANSWERED, with_more(A=13, B=30, C=late, D=30)
    assert hidden_of(protect_city(surveyed(now), RULE)) == set()
    assert had_by_keeping(then, now) == {}
