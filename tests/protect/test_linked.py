"""What an attacker can work out is found, and hidden; checked against every table that fits, one by one."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from asn_research.errors import DisclosureError
from asn_research.protect.linked import also_hidden, bounds, too_narrow
from asn_research.protect.linked_cells import Bounds, Cells, Relations

LIMIT = 10


@dataclass(frozen=True)
class Figure:
    """A figure of a table: the inner cells that it adds up, and its true value."""

    key: str
    form: dict
    value: float
    is_hidden: bool = False
    up_to: float = np.nan
    cost: float = 1.0
    must_show: bool = False


class Published:
    """Figures as cells: inner cells that no figure shows are hidden, and nobody may show them."""

    def __init__(self, figures):
        self.figures = figures
        own = {next(iter(f.form)): f for f in figures if len(f.form) == 1}
        inner = sorted({atom for f in figures for atom in f.form}, key=str)
        sums = [f for f in figures if len(f.form) > 1]
        self.keys = [own[atom].key if atom in own else None for atom in inner] + [f.key for f in sums]
        of = {f.key: f for f in figures}
        found = [of.get(key) for key in self.keys]
        self.cells = Cells(
            np.array([f.value if f else 0.0 for f in found], dtype=float),
            np.array([f.is_hidden if f else True for f in found]),
            np.array([0.0 if f and f.up_to == f.up_to else np.nan for f in found]),
            np.array([f.up_to if f else np.nan for f in found]),
            np.array([f.cost if f and not f.must_show else np.inf for f in found], dtype=float),
        )
        matrix = sparse.lil_matrix((len(sums), len(self.keys)))
        for row, figure in enumerate(sums):
            matrix[row, len(inner) + row] = 1
            for atom, weight in figure.form.items():
                matrix[row, inner.index(atom)] = -weight
        zero = np.zeros(len(sums))
        self.relations = Relations(matrix.tocsr(), zero, zero)

    def hidden(self):
        """The figures that are hidden for another's sake."""
        mask = also_hidden(self.cells, self.relations)
        return {key for key, away in zip(self.keys, mask, strict=True) if away}

    def bounds(self):
        return {
            self.keys[place]: each
            for place, each in bounds(self.cells, self.relations).items()
            if self.keys[place]
        }

    def too_narrow(self):
        return {self.keys[place]: each for place, each in too_narrow(self.cells, self.relations).items()}

    def after(self, secondary):
        """The same figures with some more hidden."""
        return Published([replace(f, is_hidden=f.is_hidden or f.key in secondary) for f in self.figures])


def two_way(table, limit=LIMIT):
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
        figures.append(
            Figure(
                name, dict.fromkeys(atoms, 1), value, is_small, limit - 1 if is_small else np.nan, value or 99
            )
        )
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


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=2, max_size=2))
def test_bounds_are_those_of_all_tables_that_fit(table):
    figures = two_way(table, limit=3)
    found = Published(figures).bounds()
    fitting = values_that_fit(figures, 12)
    for figure in figures:
        values = fitting[figure.key]
        if figure.is_hidden and max(values) < 12:
            assert found[figure.key] == Bounds(min(values), max(values))


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=2, max_size=2))
def test_after_protection_every_small_size_fits_what_is_published(table):
    """Enumerated: for each hidden small cell there is a table for each size from 0 to 2."""
    figures = two_way(table, limit=3)
    published = Published(figures)
    seen = published.after(published.hidden()).figures
    possible = values_that_fit(seen, 12)
    assert all({0, 1, 2} <= set(possible[f.key].tolist()) for f in figures if f.is_hidden)


def test_a_group_is_not_the_city_less_its_units():
    """Nine women hidden in one office, the other offices and the city published: 9 = 2747 - 2738."""
    units = {"A": 1200, "B": 900, "C": 638, "D": 9}
    figures = [Figure("city", dict.fromkeys(units, 1), 2747, cost=2747)] + [
        Figure(name, {name: 1}, n, n < 10, 9 if n < 10 else np.nan, n) for name, n in units.items()
    ]
    published = Published(figures)
    assert published.too_narrow() == {"D": Bounds(9, 9)}
    assert published.hidden() == {"C"}
    assert published.after({"C"}).bounds()["D"] == Bounds(0, 647)


def test_the_cheapest_figure_goes():
    figures = [
        Figure("city", {"a": 1, "b": 1, "c": 1}, 125, cost=500),
        Figure("a", {"a": 1}, 100, cost=100),
        Figure("b", {"b": 1}, 20, cost=20),
        Figure("c", {"c": 1}, 5, is_hidden=True, up_to=9),
    ]
    assert Published(figures).hidden() == {"b"}
    shown = [replace(f, must_show=f.key == "b") for f in figures]
    assert Published(shown).hidden() == {"a"}


def test_one_figure_that_serves_many_goes_before_many_that_are_cheap():
    """Two hidden cells in two columns of one row: the row's total serves both, though it is dearer than each other cell."""
    values = {"r1": (5, 5), "r2": (30, 30), "r3": (40, 40)}
    figures = [
        Figure(f"{r}/{c}", {(r, c): 1}, v[c], r == "r1", 9 if r == "r1" else np.nan, v[c])
        for r, v in values.items()
        for c in (0, 1)
    ]
    figures += [Figure(f"all/{c}", {(r, c): 1 for r in values}, 75, cost=40) for c in (0, 1)]
    assert len(Published(figures).hidden()) == 2


def test_what_is_hidden_and_not_needed_is_shown_again():
    """No hidden figure can be shown without giving a small one away."""
    published = Published(three_way(2))
    secondary = published.hidden()
    assert secondary
    for key in secondary:
        assert published.after(secondary - {key}).too_narrow()


def test_figures_that_contradict_each_other_are_refused():
    figures = [
        Figure("all", {"a": 1, "b": 1}, 10),
        Figure("a", {"a": 1}, 12),
        Figure("b", {"b": 1}, 1, is_hidden=True, up_to=9),
    ]
    with pytest.raises(DisclosureError, match=r"schema/links\.csv"):
        Published(figures).hidden()


def test_what_must_show_is_never_hidden():
    figures = [
        Figure("all", {"a": 1, "b": 1}, 30, must_show=True),
        Figure("a", {"a": 1}, 25, must_show=True),
        Figure("b", {"b": 1}, 5, is_hidden=True, up_to=9),
    ]
    with pytest.raises(DisclosureError, match="Publish fewer tables"):
        Published(figures).hidden()


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
                    LIMIT - 1 if is_small else np.nan,
                    value or 1e6,
                )
            )
    return figures


@pytest.mark.parametrize("seed", range(4))
def test_overlapping_breakdowns_are_protected_together(seed):
    published = Published(three_way(seed))
    assert published.too_narrow()
    # A fresh attacker, who knows the published figures only.
    assert not published.after(published.hidden()).too_narrow()


def test_equal_figures_in_another_order_give_an_equal_choice():
    figures = three_way(1)
    assert Published(figures).hidden() == Published(figures[::-1]).hidden()


def test_where_nothing_is_published_nothing_is_asked():
    """That a unit's hidden part is nobody follows from how numbers add up: no printed number tells it."""
    cells = Cells(
        np.array([5.0, 5.0, 0.0]), np.full(3, True), np.zeros(3), np.full(3, 9.0), np.array([5.0, 5.0, 1e6])
    )
    # The whole is the first part, and the first part and the second.
    matrix = sparse.csr_matrix([[1.0, -1.0, 0.0], [1.0, -1.0, -1.0]])
    relations = Relations(matrix, np.zeros(2), np.zeros(2))
    assert set(too_narrow(cells, relations)) == {2}
    assert not also_hidden(cells, relations).any()
