"""A cell held from many sides gets room by the cheapest way, and every way is a table that an outsider cannot exclude."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from asn_research.protect.linked import also_hidden, too_narrow
from asn_research.protect.linked_cells import Cells, Relations
from asn_research.protect.linked_paths import CheapestPaths

UNITS = 30


def all_finished():
    """All requests of all units are finished, and printed by unit and for the city: nobody is open, and all see it.

    Hiding the finished ones of a second unit gives the first no room: they are its requests at most, and the city's
    are all requests. Only the city's own number, or requests too, make room.
    """
    asked = 20.0 + np.arange(UNITS)
    asked, finished = np.append(asked, asked.sum()), np.append(asked, asked.sum())
    n = len(asked)
    one = np.eye(n)
    nothing = np.zeros((1, n))
    sums = np.append(-np.ones(UNITS), 1.0)[None, :]
    matrix = np.block([[sums, nothing], [nothing, sums], [one, -one]])
    relations = Relations(
        sparse.csr_matrix(matrix), np.zeros(n + 2), np.concatenate([np.zeros(2), np.full(n, np.inf)])
    )
    values = np.concatenate([asked, finished])
    hidden = np.zeros(2 * n, dtype=bool)
    hidden[n : n + 3] = True
    down = np.where(hidden, values - 9, np.nan)
    return Cells(values, hidden, down, np.where(hidden, values, np.nan), values.copy()), relations


def test_cells_held_from_all_sides_get_room_in_few_rounds():
    cells, relations = all_finished()
    assert len(too_narrow(cells, relations)) == 3
    found = also_hidden(cells, relations)
    after = Cells(cells.values, cells.hidden | found, cells.down_to, cells.up_to, cells.price)
    assert not too_narrow(after, relations)
    # Not one unit after the other: at most the city, or a pair of numbers.
    assert 1 <= found.sum() <= 3


def test_only_cells_that_are_returned_or_hidden_move_and_the_relations_hold():
    cells, relations = all_finished()
    ways = CheapestPaths(cells, relations, cells.hidden)
    place = int(np.flatnonzero(cells.hidden)[0])
    moved, values = ways.move(place, float(cells.down_to[place]))
    assert values[place] <= cells.down_to[place] + 1e-6
    said = relations.matrix @ values
    assert (said >= relations.low - 1e-6).all()
    assert (said <= relations.high + 1e-6).all()
    still = ~cells.hidden
    still[moved] = False
    assert np.allclose(values[still], cells.values[still])
    assert len(moved)
    # What moved once costs nothing more.
    assert not len(ways.move(place, float(cells.down_to[place]))[0])


def test_a_cell_that_cannot_move_has_no_way():
    cells, relations = all_finished()
    ways = CheapestPaths(cells, relations, cells.hidden)
    assert ways.move(0, -1.0) is None
    must_show = Cells(
        cells.values, cells.hidden, cells.down_to, cells.up_to, np.full(len(cells.values), np.inf)
    )
    place = int(np.flatnonzero(cells.hidden)[0])
    assert CheapestPaths(must_show, relations, np.arange(len(cells.values)) == place).move(place, 1.0) is None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=4), st.integers(0, 5)
)
def test_every_way_is_a_table_that_fits(table, which):
    table = np.array(table, dtype=float)
    size = np.indices(table.shape)
    lines = [size[0] == row for row in range(table.shape[0])] + [size[1] == column for column in range(3)]
    inner = -np.array([line.ravel() for line in lines], dtype=float)
    relations = Relations(
        sparse.csr_matrix(np.hstack([inner, np.eye(len(lines))])), np.zeros(len(lines)), np.zeros(len(lines))
    )
    values = np.concatenate([table.ravel(), [table[line].sum() for line in lines]])
    hidden = np.arange(len(values)) == which
    nothing = np.full(len(values), np.nan)
    ways = CheapestPaths(Cells(values, hidden, nothing, nothing, values + 1), relations, hidden)
    moved, found = ways.move(which, values[which] + 4)
    assert found[which] >= values[which] + 4 - 1e-6
    assert (found >= -1e-6).all()
    assert np.allclose(relations.matrix @ found, 0, atol=1e-6)
    changed = np.abs(found - values) > 1e-6
    assert set(np.flatnonzero(changed & ~hidden)) == set(moved.tolist())
