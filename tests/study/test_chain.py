"""The chain from time to satisfaction to trust finds what was planted, and adds up."""

import numpy as np
import pandas as pd
import pytest

from asn_research.errors import ModelError
from asn_research.study import fit_chain


def forms(seed=0, n=4000, n_units=25, n_quarters=6):
    rng = np.random.default_rng(seed)
    unit, quarter = rng.integers(0, n_units, n), rng.integers(0, n_quarters, n)
    times = rng.normal(0, 0.3, (n_units, n_quarters))
    liking = rng.normal(0, 0.2, n_units) - 0.3 * times.mean(axis=1)
    own = 3.3 - 0.4 * times[unit, quarter] + liking[unit] + rng.normal(0, 0.3, n)
    latent = 3.3 + 1.2 * (own - 3.3) + rng.logistic(0, 0.45, n)
    return pd.DataFrame(
        {"unit_id": unit, "period": quarter, "log_days": times[unit, quarter], "own": own,
         "trust": np.clip(np.rint(latent), 1, 5).astype(int)}
    )  # fmt: skip


def test_both_links_and_their_product_hold_the_truth():
    chain = fit_chain(forms(), time="log_days", satisfaction="own", trust="trust", step=0.1)
    table = chain.table.set_index("term")
    assert table.loc["time to satisfaction", "low"] < -0.04 < table.loc["time to satisfaction", "high"]
    slope = chain.second.row("own")
    assert slope["low"] < 1.2 / 0.45 < slope["high"]
    # All of time's effect runs through satisfaction here, so the product and the whole agree.
    through, whole = table.loc["through satisfaction"], table.loc["in all"]
    assert through["high"] < 0
    assert whole["low"] < through["estimate"] < whole["high"]


def test_trust_that_is_the_same_everywhere_is_refused():
    with pytest.raises(ModelError, match="the same"):
        fit_chain(forms().assign(trust=4), time="log_days", satisfaction="own", trust="trust")
