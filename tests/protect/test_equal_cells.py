"""Numbers that everybody knows to be equal are suppressed together, at once, in whatever order they come."""

import logging
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from asn_research.errors import DisclosureError
from asn_research.protect.equal_cells import distinct
from asn_research.protect.linked import also_hidden, too_narrow
from asn_research.protect.linked_cells import Cells, Relations


def cells(values, *, small=(), price=None):
    """Cells of which some are small and hidden; those must look like anything from 0 to 9."""
    values = np.array(values, dtype=float)
    hidden = np.isin(np.arange(len(values)), small)
    ends = np.where(hidden, 0.0, np.nan), np.where(hidden, 9.0, np.nan)
    return Cells(values, hidden, *ends, values.copy() if price is None else np.array(price, dtype=float))


def relations(*rows):
    """Relations that say that a weighted sum of cells is zero."""
    zero = np.zeros(len(rows))
    return Relations(sparse.csr_matrix(np.array(rows, dtype=float)), zero, zero)


def test_equal_cells_are_one_at_the_price_of_those_shown():
    # A quarter, its half year and its year are one number; the city is the unit and another one.
    found = distinct(
        cells([5, 5, 5, 40, 45], small=[0]),
        relations([1, -1, 0, 0, 0], [0, 1, -1, 0, 0], [-1, 0, 0, -1, 1], [0, 0, -1, -1, 1]),
    )
    of = found.of
    assert of[0] == of[1] == of[2]
    assert len(set(of.tolist())) == 3
    assert found.relations.matrix.shape == (1, 3)
    assert found.cells.hidden[of].tolist() == [True, True, True, False, False]
    assert (found.cells.up_to[of[0]], found.cells.price[of[0]]) == (9, 10)


def test_a_small_number_is_hidden_in_every_table_that_repeats_it():
    known = relations([1, -1, 0, 0, 0], [0, 1, -1, 0, 0], [-1, 0, 0, -1, 1])
    assert also_hidden(cells([5, 5, 5, 40, 45], small=[0]), known).tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_cells_that_differ_by_a_known_number_are_two():
    same = Relations(sparse.csr_matrix([[1.0, -1.0]]), np.array([3.0]), np.array([3.0]))
    assert len(set(distinct(cells([8, 5]), same).of.tolist())) == 2
    at_most = Relations(sparse.csr_matrix([[1.0, -1.0]]), np.zeros(1), np.array([np.inf]))
    assert len(set(distinct(cells([5, 5]), at_most).of.tolist())) == 2


def test_a_number_that_an_earlier_edition_told_is_refused_or_given_up(caplog):
    told = cells([5, 5], small=[0], price=[5, np.inf])
    with pytest.raises(DisclosureError, match="Publish fewer tables"):
        also_hidden(told, relations([1, -1]))
    with caplog.at_level(logging.WARNING):
        assert not also_hidden(told, relations([1, -1]), may_give_up=True).any()
    assert "earlier editions" in caplog.text


@st.composite
def repeated_tables(draw):
    """A table with its margins, of which some numbers are printed again in other tables."""
    table = np.array(
        draw(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=3))
    )
    size = np.indices(table.shape)
    lines = [(size[0] == row) for row in range(table.shape[0])] + [(size[1] == c) for c in range(3)]
    values = [*table.ravel(), *(table[line].sum() for line in lines)]
    n = len(values)
    rows = [
        [*np.where(line.ravel(), -1, 0), *np.eye(len(lines))[number]] for number, line in enumerate(lines)
    ]
    copies = draw(st.lists(st.integers(0, n - 1), max_size=4))
    rows = [[*row, *[0] * len(copies)] for row in rows]
    for number, of in enumerate(copies):
        rows.append([*np.eye(n)[of], *(-np.eye(len(copies))[number])])
    values += [values[of] for of in copies]
    small = [at for at, value in enumerate(values) if 0 < value < 10]
    # A zero is dear, and no two prices are equal, so the choice has no ties.
    price = [1e3 * (value or 1e3) + at for at, value in enumerate(values)]
    order = draw(st.permutations(range(len(values))))
    return cells(values, small=small, price=price), relations(*rows), np.array(order)


@settings(max_examples=30, deadline=None)
@given(repeated_tables())
def test_the_choice_protects_the_original_cells_and_does_not_depend_on_their_order(given_tables):
    table, known, order = given_tables
    found = also_hidden(table, known)
    hidden = table.hidden | found
    after = Cells(table.values, hidden, table.down_to, table.up_to, table.price)
    # Checked on the cells as they are, each by itself.
    assert not too_narrow(after, known)
    other = Cells(*(getattr(table, each.name)[order] for each in fields(Cells)))
    rows = known.matrix[::-1][:, order].tocsr()
    again = also_hidden(other, Relations(rows, known.low, known.high))
    assert (again == found[order]).all()
