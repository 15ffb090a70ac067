"""A value that two tables print is hidden in both."""

import numpy as np
import pandas as pd

from asn_research.protect.beside_hidden import repeated_hidden
from asn_research.protect.release import protect_measure
from asn_research.rules import at
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared


def protected(name, **columns):
    rule = at("2026-Q3").one(DisclosureRule)
    return protect_measure(pd.DataFrame(columns), declared("measure", name), rule)


def test_the_importance_of_an_element_does_not_print_a_value_that_the_elements_hide():
    key = {"unit_id": ["DISHUB"] * 3, "period": ["2026-Q3"] * 3, "element": ["time", "cost", "conduct"]}
    elements = protected(
        "elements",
        **key,
        n=[25] * 3,
        n_before=[29] * 3,
        unanswered_pct=[0.0] * 3,
        mean=[3.6, 3.5, 3.6],
        index=[91.0, 88.0, 90.0],
    )
    elements = elements.without({"n": np.array([False, True, False])})
    importance = protected(
        "importance", **key, n=[106] * 3, share_pct=[20.0, 4.5, 4.6], index=[91.0, 88.0, 90.0]
    )
    assert importance.frame["index"].notna().all()
    gone = repeated_hidden(importance, elements)
    assert gone.tolist() == [False, True, False]
    shown = importance.without({"n": gone}).frame
    assert shown["index"].notna().tolist() == [True, False, True]
    assert shown["share_pct"].notna().tolist() == [True, False, True]
