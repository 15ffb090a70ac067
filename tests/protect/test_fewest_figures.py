"""Why a hidden cell is given away: the fewest published figures, checked against every choice of figures."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.test_linked import Figure, Published
from scipy.optimize import linprog

from asn_research.protect.fewest_figures import fewest_figures


def published(*figures):
    return Published([Figure(*each[:3], **each[3]) if len(each) > 3 else Figure(*each) for each in figures])


def proofs(city, key):
    return fewest_figures(city.cells, city.relations, city.keys.index(key))


def said(city, key):
    return [proof.said(city.cells.values) for proof in proofs(city, key)]


HIDDEN = {"is_hidden": True, "up_to": 9.0}


def test_a_part_is_the_whole_less_the_other_part():
    city = published(("A", {"a": 1}, 5, HIDDEN), ("B", {"b": 1}, 11), ("AB", {"a": 1, "b": 1}, 16))
    assert said(city, "A") == ["5 = 16 − 11"]


def test_of_two_ways_the_one_with_fewer_figures_is_told():
    """A is the whole less three others; and a group less one."""
    parts = [(key, {key.lower(): 1}, n) for key, n in (("B", 11), ("C", 12), ("D", 13))]
    whole = ("ABCD", dict.fromkeys("abcd", 1), 41)
    a = ("A", {"a": 1}, 5, HIDDEN)
    assert said(published(a, *parts, whole), "A") == ["5 = 41 − 13 − 12 − 11"]
    assert said(published(a, *parts, whole, ("AB", {"a": 1, "b": 1}, 16)), "A") == ["5 = 16 − 11"]


def test_a_figure_that_sums_up_others_is_told_in_their_place():
    figures = [("A", {"a": 1}, 5, HIDDEN), ("B", {"b": 1}, 11), ("C", {"c": 1}, 12)]
    figures += [("ABC", dict.fromkeys("abc", 1), 28), ("BC", dict.fromkeys("bc", 1), 23)]
    assert said(published(*figures), "A") == ["5 = 28 − 23"]


def test_two_hidden_cells_are_given_away_by_their_sum_and_difference():
    """Half of two sums: what no single relation tells."""
    figures = [("A", {"a": 1}, 5, HIDDEN), ("B", {"b": 1}, 3, HIDDEN), ("C", {"c": 1}, 4, HIDDEN)]
    sums = [("AB", {"a": 1, "b": 1}, 8), ("AC", {"a": 1, "c": 1}, 9), ("BC", {"b": 1, "c": 1}, 7)]
    assert said(published(*figures, *sums), "A") == ["5 = 0.5 × 9 + 0.5 × 8 − 0.5 × 7"]


def test_a_bound_is_told_as_one():
    """Nobody can be fewer than none: a whole of six bounds both of its hidden parts."""
    city = published(("A", {"a": 1}, 4, HIDDEN), ("B", {"b": 1}, 2, HIDDEN), ("AB", {"a": 1, "b": 1}, 6))
    (proof,) = proofs(city, "A")
    assert (proof.sign, proof.number, len(proof.figures)) == ("≤", 6, 1)
    assert proof.said(city.cells.values) == "6 ≥ 6"


def test_nothing_is_said_of_a_cell_that_stays_open():
    city = published(("A", {"a": 1}, 5, HIDDEN), ("B", {"b": 1}, 11, HIDDEN), ("AB", {"a": 1, "b": 1}, 16))
    assert proofs(city, "A") == ()


def test_nothing_is_said_of_what_no_figure_tells():
    """Without any figure, B is at most A plus B; that is no news."""
    city = published(("A", {"a": 1}, 5, HIDDEN), ("AB", {"a": 1, "b": 1}, 8, HIDDEN))
    assert proofs(city, "A") == ()


def test_nothing_is_said_of_a_cell_that_adds_up_to_nothing():
    city = published(
        ("A", {"a": 1}, 5, HIDDEN), ("B", {"b": 1}, 3), ("C", {"c": 1}, 4), ("BC", {"b": 1, "c": 1}, 7)
    )
    assert proofs(city, "A") == ()


def is_narrow(city, place, chosen):
    """Whether some figures alone bound a cell more closely than required, by another solver and without dual values."""
    cells, relations = city.cells, city.relations
    n = len(cells.values)
    bounds = [(cells.values[k],) * 2 if k in chosen else (0, None) for k in range(n)]
    for direction, end in ((1, cells.down_to[place]), (-1, cells.up_to[place])):
        found = linprog(
            direction * np.eye(n)[place], A_eq=relations.matrix, b_eq=relations.low, bounds=bounds
        )
        if found.status == 0 and direction * (found.x[place] - end) > 1e-3:
            return True
    return False


CELLS = st.lists(st.integers(0, 14), min_size=4, max_size=4)


@settings(max_examples=12, deadline=None)
@given(CELLS, st.sets(st.integers(0, 3), min_size=1, max_size=2), st.sets(st.integers(0, 3), max_size=2))
def test_no_choice_of_fewer_figures_gives_the_cell_away(numbers, hidden, without):
    """A table of two rows and two columns with margins, some of them not published."""
    inner = [(row, column) for row in range(2) for column in range(2)]
    figures = [
        Figure(f"{at}", {at: 1}, n, **(HIDDEN if k in hidden else {}))
        for k, (at, n) in enumerate(zip(inner, numbers, strict=True))
    ]
    margins = [[at for at in inner if at[0] == row] for row in range(2)]
    margins += [[at for at in inner if at[1] == column] for column in range(2)]
    for k, cells in enumerate(margins):
        if k not in without:
            value = sum(numbers[inner.index(at)] for at in cells)
            figures.append(Figure(f"sum {k}", dict.fromkeys(cells, 1), value))
    city = Published(figures)
    shown = np.flatnonzero(~city.cells.hidden)
    for k in hidden:
        place = city.keys.index(f"{inner[k]}")
        found = proofs(city, f"{inner[k]}")
        fewest = next(
            (
                n
                for n in range(len(shown) + 1)
                if any(is_narrow(city, place, set(some)) for some in itertools.combinations(shown, n))
            ),
            None,
        )
        if fewest is None:
            assert found == ()
            continue
        # The sentence of the number itself is preferred to one of a bound, which may take fewer.
        assert found
        assert min(len(proof.figures) for proof in found) >= fewest
        if not any(proof.sign == "=" for proof in found):
            assert min(len(proof.figures) for proof in found) == fewest
        for proof in found:
            value = city.cells.values[place]
            told = proof.rest + sum(weight * city.cells.values[at] for at, weight in proof.figures)
            assert told == pytest.approx(proof.number)
            assert {"=": told == pytest.approx(value), "≤": value <= told + 1e-6, "≥": value >= told - 1e-6}[
                proof.sign
            ]
            assert is_narrow(city, place, {at for at, _ in proof.figures})
