"""In no table of a real city is one number hidden alone beside its total, whether or not `schema/links.csv` knows the sum.

Which numbers add up is found in the numbers themselves: parts that make up a total in every row are a sum that anybody can
see, in one table or over two. So a new table that nobody has linked fails here.
"""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from asn_research import rules
from asn_research.protect import CountedTable, count_city
from asn_research.render.inputs import prepare_inputs
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule

RULE = rules.at("2026-Q3").one(DisclosureRule)
KEYS = ("owner", "period")
OWNERS = ("unit_id", "reporting_unit_id")
ELEMENT = "element"
#: What stands in a key for all of its values together.
WHOLE = {CITY, ""}
#: So many sums must come out, with at least two parts, before they are taken for no chance.
FEWEST_SUMS = 3


def rows_of(table, column):
    """A count with its keys as texts; the owner's key, of two the first, under one name."""
    owner = next((name for name in OWNERS if name in table.keys), "owner")
    frame = table.keys.astype("str").rename(columns={owner: "owner"})
    return frame.assign(n=table.numbers[column].to_numpy(), hidden=table.hidden[column].to_numpy()).dropna(
        subset="n"
    )


def sums(tables):
    """Yield what adds up: a name, and by total its number, whether it is hidden, and its parts."""
    counts = {(name, column): rows_of(t, column) for name, t in tables.items() for column in t.numbers}
    for (name, column), rows in counts.items():
        keys = [key for key in rows if key not in ("n", "hidden")]
        for key in keys:
            if key == "period":
                continue
            rest, parts = [other for other in keys if other != key], rows[~rows[key].isin(WHOLE)]
            yield from _added(f"{name}.{column} over {key}", parts, rows[rows[key].isin(WHOLE)], rest)
            if key == "owner":
                continue
            # Over two tables: the groups of a trait beside the whole of their unit and period, or beside that of another trait.
            for other, total in counts.items():
                of = {*total} - {"n", "hidden"}
                if other[0] == name or not {*rest} & {*KEYS} <= of <= {*rest}:
                    continue
                trait = [k for k in rest if k not in of]
                if ELEMENT in trait:
                    # Who answered an element is no secret. What they answered adds up to the element of the whole, and not
                    # to what the whole answered of all elements.
                    continue
                by = [k for k in rest if k in of]
                for value, own in parts.groupby(trait) if trait else [("", parts)]:
                    told = f"{name}.{column} {value} over {key} = {'.'.join(other)}"
                    yield from _added(told, own, total, by)


def _added(told, parts, total, by):
    if not by or parts.empty or total.empty:
        return
    both = parts.merge(total.drop_duplicates(by), on=by, suffixes=("", "_whole"))
    if both.empty:
        return
    of = both.groupby(by, sort=False)
    added = of.agg(n=("n", "sum"), whole=("n_whole", "first"), hidden=("hidden", "sum"), parts=("n", "size"),
                   whole_hidden=("hidden_whole", "first"))  # fmt: skip
    real = added[(added["parts"] > 1) & (added["whole"] > 0)]
    if len(real) >= FEWEST_SUMS and np.allclose(real["n"], real["whole"]):
        yield told, added


def alone(tables):
    """The sums with one hidden number: a part beside its shown total and the other parts, or the total of shown parts.

    A total of one part is the same number in two tables. Where it is hidden in one of them with the rest of its row, such as
    an index of too few respondents, the other tells nothing of a small group.
    """
    found = Counter()
    for told, added in sums(tables):
        n_hidden = added["hidden"] + added["whole_hidden"]
        large = added["whole"].ge(RULE.smallest_group.citizens) & added["parts"].eq(1)
        found[told] = int((n_hidden.eq(1) & ~large).sum())
    return found


def test_the_test_itself_sees_a_number_hidden_alone():
    keys = pd.DataFrame(
        {"unit_id": [*"AB", CITY] * 3, "period": np.repeat(["2026-Q1", "2026-Q2", "2026-Q3"], 3)}
    )
    numbers = pd.DataFrame({"n": [12.0, 5, 17, 20, 30, 50, 11, 13, 24]})
    hidden = numbers.eq(5)
    table = CountedTable(keys, numbers, hidden, hidden, numbers.map(lambda _: ""))
    assert alone({"complaints": table}) == {"complaints.n over owner": 1}
    both = CountedTable(keys, numbers, hidden | numbers.eq(12), hidden, numbers.map(lambda _: ""))
    assert alone({"complaints": both}) == {"complaints.n over owner": 0}


@pytest.fixture(scope="module")
def counted(small_processed):
    inputs = prepare_inputs(small_processed)
    return count_city(inputs.frames, RULE, inputs.city)


def test_no_number_is_hidden_alone_beside_its_total(counted):
    found = alone(counted)
    # Sums over units, over groups of a trait, and between two tables are among them.
    assert len(found) > 20
    assert "service_elements.n  over service_id = elements.n" in found
    assert {told: n for told, n in found.items() if n} == {}
