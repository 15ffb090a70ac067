"""What is looked at before an approval: a number that published figures give away is named, with its sum."""

from dataclasses import replace

from protect.test_editions import FIRST, PERIOD, RULE, staff

from asn_research.protect import count_city
from asn_research.protect.given_away import given_away

SMALL = {**FIRST, "A": {"f": 5, "m": 20}}


def counts(units=SMALL):
    return count_city(staff(units), RULE)


def showing_again(city, unit, group):
    """Return a release in which what protects one group is shown, by whatever fault: the other group and the whole."""
    made = dict(city)
    for name in ("training", "training_gaps"):
        table = city[name]
        shown = (table.keys["unit_id"] == unit).to_numpy()
        if name == "training_gaps":
            shown = shown & (table.keys["group"] == group).to_numpy()
        made[name] = replace(table, hidden=table.hidden.assign(n_staff=table.hidden["n_staff"] & ~shown))
    return made


def test_a_release_as_it_is_made_gives_nothing_away():
    assert given_away(counts(), [], RULE) == []
    assert given_away(counts(), [counts()], RULE) == []


def test_what_a_shown_group_gives_away_is_told_as_a_sum():
    found = given_away(showing_again(counts(), "A", "m"), [], RULE)
    named = {(each.figure.keys.get("group"), each.figure.column): each for each in found}
    women = named["f", "n_staff"]
    assert women.sums == ("5 = 25 − 20",)
    assert [(each.number, each.unit) for each in women.because] == [(25, "A"), (20, "A")]
    assert women.figure.unit == "A"
    assert "n=5" in women.matter
    for language in ("id", "en"):
        assert f"A, {PERIOD}" in women.figure.place(language)


def test_the_figures_may_stand_in_an_earlier_release():
    """The earlier edition printed the men; the later one hides them in vain."""
    found = given_away(counts(), [showing_again(counts(), "A", "m")], RULE)
    assert "5 = 25 − 20" in {sums for each in found for sums in each.sums}
    women = next(each for each in found if each.figure.keys.get("group") == "f")
    assert {each.number for each in women.because} == {25, 20}


def test_a_late_row_is_told_by_two_releases():
    """The later edition prints a number that one person changed."""
    late = {**SMALL, "B": {"f": 41, "m": 25}}
    now = count_city(staff(late), RULE, past=[counts()])
    assert given_away(now, [counts()], RULE) == []
    shown = {name: replace(table, hidden=table.hidden & table.by_itself) for name, table in now.items()}
    found = given_away(shown, [counts()], RULE)
    assert {"1 = 66 − 65", "1 = 141 − 140"} <= {sums for each in found for sums in each.sums}
    assert {each.is_earlier for one in found if one.sums == ("1 = 66 − 65",) for each in one.because} == {
        True,
        False,
    }
