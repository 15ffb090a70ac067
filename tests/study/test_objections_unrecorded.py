"""Objections whose decisions a city does not record: groups of staff and grounds do not show that none was upheld."""

import numpy as np
import pandas as pd
import pytest

from asn_research.study.objections import objection_grounds, objection_rates

PEOPLE = [f"p{k}" for k in range(40)]
STAFF = pd.DataFrame({"person_id": PEOPLE, "gender": ["m", "f"] * 20})
RATED = pd.DataFrame({"person_id": PEOPLE, "period": "2026-Q2"})
FILED = pd.DataFrame(
    {
        "person_id": PEOPLE[:12],
        "period": "2026-Q2",
        "ground": ["subjective", "evidence"] * 6,
        "outcome": ["upheld", "rejected", "rejected", "upheld"] * 3,
        "decided_date": pd.Timestamp("2026-07-20"),
    }
)


@pytest.mark.parametrize(
    ("without", "n_decided"), [([], 12), (["outcome"], 12), (["outcome", "decided_date"], np.nan)]
)
def test_what_is_not_recorded_of_decisions_is_not_nought(without, n_decided):
    filed = FILED.drop(columns=without)
    of_all = objection_rates(filed, RATED, STAFF, groups=["gender"]).set_index("attribute").loc["all"]
    assert (of_all["n_objections"], of_all["n_appraisals"]) == (12, 40)
    upheld = np.nan if without else 6
    np.testing.assert_equal(
        [float(of_all[name]) for name in ("n_decided", "n_upheld", "upheld_pct")],
        [n_decided, upheld, np.nan if without else 50],
    )
    grounds = objection_grounds(filed)
    np.testing.assert_equal(grounds["n_decided"].astype(float).sum(skipna=False), n_decided)
    np.testing.assert_equal(grounds["n_upheld"].astype(float).sum(skipna=False), upheld)


def test_one_decision_without_an_outcome_leaves_its_group_alone_unknown():
    filed = FILED.assign(outcome=FILED["outcome"].where(FILED["person_id"] != "p0"))
    rates = objection_rates(filed, RATED, STAFF, groups=["gender"]).set_index(["attribute", "level"])
    assert np.isnan(rates.loc[("gender", "m"), "n_upheld"])
    assert rates.loc[("gender", "f"), "n_upheld"] == 3
