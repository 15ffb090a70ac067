"""Another package beside ours: the same numbers, other numbers, or not installed."""

import pandas as pd
import pytest

from asn_research.show.lesson_findings import Findings


@pytest.mark.parametrize(("ours", "said"), [(2.0, "the same estimate"), (2.1, "the numbers differ")])
@pytest.mark.parametrize("form", [dict, pd.Series])
def test_numbers_are_compared_by_name(ours, said, form):
    found = Findings("en").peer(
        "peer",
        "math",
        lambda math: pd.Series({"error": 0.5, "estimate": math.sqrt(4)}),
        form({"estimate": ours, "error": 0.5}),
    )
    assert said in str(found)


def test_a_package_that_is_not_there_is_named():
    found = Findings("id").peer("peer", "no_such_package", lambda package: package.fit(), {"estimate": 1.0})
    assert str(found).startswith("no_such_package tidak terpasang")
