"""What an outsider can work out is found, and hidden; checked against every table that fits, one by one."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research.errors import DisclosureError
from asn_research.protect.linked import Bounds, Figure, Inequality, LinkedFigures, Need

SMALL = Need(0, 9)
LIMIT = 10


def two_way(table, limit=LIMIT, need=SMALL, *, total_shows=True):
    """Figures of a table of units by groups with its margins; small cells are hidden."""
    table = np.asarray(table)
    figures = []
    for places in itertools.product([*range(table.shape[0]), None], [*range(table.shape[1]), None]):
        row, column = places
        atoms = [
            (i, j)
            for i in range(table.shape[0])
            for j in range(table.shape[1])
            if row in (i, None) and column in (j, None)
        ]
        value = int(sum(table[place] for place in atoms))
        name = f"{'all' if row is None else row}/{'all' if column is None else column}"
        is_small = 0 < value < limit
        is_total = row is None and column is None
        figures.append(
            Figure(name, dict.fromkeys(atoms, 1), value, is_hidden=is_small or (is_total and not total_shows),
                   need=need if is_small else None, cost=value)
        )  # fmt: skip
    return figures


def values_that_fit(figures, most):
    """Return each figure's value in every table of whole numbers that fits; found by trying all."""
    atoms = sorted({atom for figure in figures for atom in figure.form})
    sizes = np.indices([most + 1] * len(atoms)).reshape(len(atoms), -1)
    forms = np.array([[figure.form.get(atom, 0) for atom in atoms] for figure in figures])
    values = forms @ sizes
    fits = np.ones(values.shape[1], dtype=bool)
    for number, figure in enumerate(figures):
        if not figure.is_hidden:
            fits &= values[number] == figure.value
    return {figure.key: values[number, fits] for number, figure in enumerate(figures)}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=2, max_size=2))
def test_bounds_are_those_of_all_tables_that_fit(table):
    figures = two_way(table, limit=3)
    linked = LinkedFigures(figures)
    fitting = values_that_fit(figures, 12)
    for figure in figures:
        values = fitting[figure.key]
        if max(values) < 12:
            assert linked.bounds(figure.key) == Bounds(min(values), max(values))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=2, max_size=2))
def test_after_protection_every_small_size_fits_what_is_published(table):
    """Enumerated: for each hidden small cell there is a table for each size from 0 to 2."""
    figures = two_way(table, limit=3, need=Need(0, 2))
    if not any(figure.need for figure in figures):
        return
    try:
        protection = LinkedFigures(figures).protect()
    except DisclosureError:
        # All together are fewer than the limit: even an empty page says so much.
        assert sum(map(sum, table)) < 3
        return
    seen = [Figure(f.key, f.form, f.value, is_hidden=f.key in protection.hidden) for f in figures]
    possible = values_that_fit(seen, 12)
    assert all({0, 1, 2} <= set(possible[f.key].tolist()) for f in figures if f.need)


def test_a_group_is_not_the_city_less_its_units():
    """Nine women hidden in one office, the other offices and the city published: 9 = 2747 - 2738."""
    units = {"A": 1200, "B": 900, "C": 638, "D": 9}
    figures = [Figure("city", dict.fromkeys(units, 1), 2747, cost=2747)] + [
        Figure(name, {name: 1}, n, is_hidden=n < 10, need=SMALL if n < 10 else None, cost=n)
        for name, n in units.items()
    ]
    linked = LinkedFigures(figures)
    assert linked.disclosed() == {"D": Bounds(9, 9)}
    assert linked.reason("D") == {"A": -1, "B": -1, "C": -1, "city": 1}
    protection = linked.protect()
    assert protection.secondary == ("C",)
    assert not linked.disclosed()
    assert linked.reason("D") == {}
    assert linked.bounds("D") == Bounds(0, 647)


def test_the_cheapest_figure_goes():
    figures = [
        Figure("city", {"a": 1, "b": 1, "c": 1}, 125, cost=500),
        Figure("a", {"a": 1}, 100, cost=100),
        Figure("b", {"b": 1}, 20, cost=20),
        Figure("c", {"c": 1}, 5, is_hidden=True, need=SMALL),
    ]
    assert LinkedFigures(figures).protect().secondary == ("b",)
    shown = [f if f.key != "b" else Figure("b", {"b": 1}, 20, cost=20, must_show=True) for f in figures]
    assert LinkedFigures(shown).protect().secondary == ("a",)


def test_two_names_for_the_same_people_are_hidden_together():
    figures = [
        Figure("staff: all", {"pns": 1, "pppk": 1}, 33, cost=33),
        Figure("duty: pns", {"pns": 1}, 31, cost=1),
        Figure("groups: pns", {"pns": 1}, 31, cost=1),
        Figure("groups: pppk", {"pppk": 1}, 2, is_hidden=True, need=SMALL),
    ]
    linked = LinkedFigures(figures)
    assert linked.reason("groups: pppk") == {"staff: all": 1, "duty: pns": -1}
    assert set(linked.protect().secondary) == {"duty: pns", "groups: pns"}


def test_hidden_parts_together_are_a_group_too():
    """Four and five are hidden beside a whole: that the two are nine would be known."""
    figures = [
        Figure("all", {"a": 1, "b": 1, "c": 1, "d": 1}, 89),
        Figure("a", {"a": 1}, 4, is_hidden=True, need=Need(0, 4)),
        Figure("b", {"b": 1}, 5, is_hidden=True, need=Need(0, 4)),
        Figure("c", {"c": 1}, 30, cost=30),
        Figure("d", {"d": 1}, 50, cost=50),
    ]
    assert LinkedFigures(figures).protect().secondary == ()
    wholes = [["a", "b", "c", "d"]]
    assert LinkedFigures(figures, parts=wholes, smallest_sum=10).protect().secondary == ("c",)


def test_means_give_sums_away():
    """Hours of the two contract staff are all less the civil servants'; printed in whole hours they are not."""
    inequalities = [Inequality({("s", who): -1, ("n", who): 100}, low=0) for who in ("pns", "pppk")]
    figures = [
        Figure("n: all", {("n", "pns"): 1, ("n", "pppk"): 1}, 33),
        Figure("n: pppk", {("n", "pppk"): 1}, 2, is_hidden=True, need=SMALL),
        Figure("n: pns", {("n", "pns"): 1}, 31, is_hidden=True),
        Figure("s: all", {("s", "pns"): 1, ("s", "pppk"): 1}, 730, half_unit=0.5, cost=9),
        Figure("s: pns", {("s", "pns"): 1}, 634, half_unit=0.5, cost=2),
        Figure("s: pppk", {("s", "pppk"): 1}, 96, is_hidden=True, need=Need(width=2)),
    ]
    linked = LinkedFigures(figures, inequalities)
    assert linked.bounds("s: pppk") == Bounds(95, 97)
    # Nobody takes more than 100 hours, so 95 hours say that somebody is there.
    assert set(linked.disclosed()) == {"n: pppk"}
    exact = [Figure(f.key, f.form, f.value, f.is_hidden, f.need, f.cost) for f in figures]
    linked = LinkedFigures(exact, inequalities)
    assert linked.disclosed()["s: pppk"] == Bounds(96, 96)
    assert "s: pns" in linked.protect().secondary


def test_figures_that_contradict_each_other_are_refused():
    figures = [
        Figure("all", {"a": 1, "b": 1}, 10),
        Figure("a", {"a": 1}, 12),
        Figure("b", {"b": 1}, 1, is_hidden=True, need=SMALL),
    ]
    with pytest.raises(DisclosureError, match="contradict each other"):
        LinkedFigures(figures).protect()
    with pytest.raises(DisclosureError, match="speak of the same people"):
        LinkedFigures([Figure("x", {"a": 1}, 3), Figure("y", {"a": 1}, 4)])


def test_what_must_show_is_never_hidden():
    figures = [
        Figure("all", {"a": 1, "b": 1}, 30, must_show=True),
        Figure("a", {"a": 1}, 25, must_show=True),
        Figure("b", {"b": 1}, 5, is_hidden=True, need=SMALL),
    ]
    with pytest.raises(DisclosureError, match="nothing more may be hidden"):
        LinkedFigures(figures).protect()


def three_way(seed, units=6, sexes=2, ages=4):
    """Staff by unit, sex and age: each pair published, the cross not."""
    generator = np.random.default_rng(seed)
    sizes = generator.poisson(generator.gamma(1.2, 12, size=(units, sexes, ages)))
    figures = []
    for which in ((0, 1), (0, 2), (1, 2), (0,), (1,), (2,), ()):
        for place in itertools.product(*(range(sizes.shape[axis]) for axis in which)):
            atoms = [
                cell
                for cell in np.ndindex(*sizes.shape)
                if all(cell[axis] == where for axis, where in zip(which, place, strict=True))
            ]
            value = int(sum(sizes[cell] for cell in atoms))
            is_small = 0 < value < LIMIT
            figures.append(
                Figure(
                    f"{which}{place}",
                    dict.fromkeys(atoms, 1),
                    value,
                    is_small,
                    SMALL if is_small else None,
                    value,
                )
            )
    return figures


@pytest.mark.parametrize("seed", range(4))
def test_overlapping_breakdowns_are_protected_together(seed):
    figures = three_way(seed)
    linked = LinkedFigures(figures)
    alone = linked.disclosed()
    protection = linked.protect()
    assert alone
    assert protection.secondary
    # A fresh outsider, who knows the published figures only.
    seen = [
        Figure(
            f.key, f.form, f.value, f.key in protection.hidden, f.need if f.key in protection.hidden else None
        )
        for f in figures
    ]
    assert not LinkedFigures(seen).disclosed()
    for figure in seen:
        if figure.need:
            assert LinkedFigures(seen).reason(figure.key) == {}


def test_equal_figures_in_another_order_give_an_equal_choice():
    figures = three_way(1)
    assert LinkedFigures(figures).protect() == LinkedFigures(figures[::-1]).protect()
