"""Small groups cannot be had from all tables of a city together, by any sum or difference."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import RuleError
from asn_research.protect.counted import counted
from asn_research.protect.declared import guards_of
from asn_research.protect.joint import hidden_jointly
from asn_research.protect.protected_table import protect_table
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared
from asn_research.schema.links import Link, links
from asn_research.schema.tables import SCHEMA

RULE = rules.at("2026-Q3").one(DisclosureRule)
PERIOD = "2026-Q3"


def respondents(groups):
    """Respondents by unit and sex, the city's own row last, and the index table beside them."""
    rows, totals = [], []
    city = np.sum(list(groups.values()), axis=0)
    for unit, numbers in [*groups.items(), ("CITY", city)]:
        totals.append({"unit_id": unit, "period": PERIOD, "n_respondents": int(sum(numbers)), "index": 80.0})
        rows += [
            {
                "unit_id": unit,
                "period": PERIOD,
                "dimension": "sex",
                "category": category,
                "n": int(n),
                "index": 80.0,
            }
            for category, n in zip("fm", numbers, strict=True)
        ]
    return {"satisfaction": totals, "respondent_groups": rows}


def framed(measures):
    """Give each frame all the columns that its declaration names; what is not given is missing."""
    frames = {}
    for name, rows in measures.items():
        frame = pd.DataFrame(rows)
        for column in declared("measure", name).columns_at("measure"):
            if column not in frame:
                frame[column] = np.nan
        frames[name] = frame
    return frames


def alone(frames):
    return {
        name: protect_table(frame, guards_of(declared("measure", name)), RULE)
        for name, frame in frames.items()
    }


def jointly(frames):
    return hidden_jointly(
        {name: counted(name, frames[name], table) for name, table in alone(frames).items()}, RULE
    )


def test_a_hidden_group_is_not_its_unit_less_the_shown_one():
    """Within its own table one group is hidden alone: the unit's respondents stand in another table."""
    frames = framed(respondents({"A": (9, 40), "B": (30, 50), "C": (25, 30)}))
    # The table by itself would hide one of A's groups only.
    masks = jointly(frames)
    groups = frames["respondent_groups"]
    assert masks
    shown = pd.Series(data=True, index=groups.index)
    shown &= ~masks["respondent_groups"]["n"]
    shown &= groups["n"].ge(10)
    of_a = groups["unit_id"].eq("A")
    of_women = groups["category"].eq("f")
    assert not shown[of_a].any()
    # City less the other units: of the women one more is hidden, or the city's.
    assert (~shown[of_women]).sum() >= 2


def test_nothing_more_is_hidden_where_nothing_can_be_had():
    frames = framed(respondents({"A": (20, 40), "B": (30, 50)}))
    assert jointly(frames) == {}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=2, max_size=6))
def test_no_small_group_is_the_only_number_that_fits(numbers):
    """Reckoned by elimination, apart from the protection: no hidden small group follows from the rest."""
    frames = framed(respondents({chr(65 + k): pair for k, pair in enumerate(numbers)}))
    tables = alone(frames)
    masks = jointly(frames)
    groups = frames["respondent_groups"].reset_index(drop=True)
    totals = frames["satisfaction"].reset_index(drop=True)
    hidden = tables["respondent_groups"].suppressed["n"].to_numpy() | masks.get("respondent_groups", {}).get(
        "n", False
    )
    hidden = pd.Series(hidden) & groups["n"].gt(0)
    hidden_total = tables["satisfaction"].suppressed["n_respondents"].to_numpy() | masks.get(
        "satisfaction", {}
    ).get("n_respondents", False)
    known, n = [], len(groups)
    for row in range(n):
        if not hidden[row]:
            known.append(np.eye(n)[row])
    for row, unit in enumerate(totals["unit_id"]):
        if not hidden_total[row]:
            known.append(groups["unit_id"].eq(unit).to_numpy(float))
    for category in "fm":
        of = groups["category"].eq(category)
        known.append(
            (of & groups["unit_id"].ne("CITY")).to_numpy(float)
            - (of & groups["unit_id"].eq("CITY")).to_numpy(float)
        )
    rank = np.linalg.matrix_rank(np.array(known))
    for row in np.flatnonzero(hidden & groups["n"].between(1, 9)):
        assert np.linalg.matrix_rank(np.vstack([known, np.eye(n)[row]])) == rank + 1


def test_a_part_larger_than_its_whole_is_an_error_of_the_data_and_stops_nothing():
    row = {"unit_id": "A", "period": PERIOD, "n_staff": 30, "n_trained": 20, "n_pns": 12, "n_pns_met": 13}
    other = row | {"unit_id": "B", "n_pns": 15, "n_pns_met": 4}
    assert isinstance(jointly(framed({"training": [row, other]})), dict)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            "training,n_staff,,training_gaps,hours_mean,,,,,yes,,Hours are no count",
            "training_gaps has no count hours_mean",
        ),
        (
            "satisfaction,n_respondents,,elements,n,,,,,,service_id,An index of services",
            "elements has no key service_id",
        ),
    ],
)
def test_a_link_names_what_is_declared(tmp_path, row, fault):
    assert links()
    for file in ("columns.csv", "tables.csv", "units.csv"):
        (tmp_path / file).write_bytes((SCHEMA / file).read_bytes())
    head = ",".join(Link.model_fields)
    (tmp_path / "links.csv").write_text(f"{head}\n{row}\n")
    with pytest.raises(RuleError, match=fault):
        links(tmp_path)
