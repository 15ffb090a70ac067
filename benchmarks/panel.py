"""Two-way effects of a panel, beside statsmodels with a dummy for every person and quarter."""

import numpy as np
import pandas as pd
import statsmodels.api as sm

from asn_research.methods import fit_panel
from benchmarks.timing import seconds

SIZES = ((500, 8), (2000, 8))


def panel(n_entities, n_periods):
    rng = np.random.default_rng(1)
    rows = pd.MultiIndex.from_product([range(n_entities), range(n_periods)], names=["i", "t"]).to_frame(
        index=False
    )
    rows["x"] = rng.normal(size=len(rows))
    rows["y"] = 0.3 * rows["x"] + rng.normal(size=n_entities)[rows["i"]] + rng.normal(size=len(rows))
    return rows.assign(cluster=rows["i"] % 36)


def with_dummies(data):
    x = pd.get_dummies(data[["i", "t"]].astype(str), drop_first=True, dtype=float)
    x = sm.add_constant(pd.concat([data[["x"]], x], axis=1))
    return sm.OLS(data["y"], x).fit(cov_type="cluster", cov_kwds={"groups": data["cluster"]})


def table():
    lines = ["| rows | ours (s) | statsmodels OLS with dummies (s) | times as fast |", "|---|---|---|---|"]
    for size in SIZES:
        data = panel(*size)
        ours = seconds(lambda d=data: fit_panel(d, "y", ["x"], effects=["i", "t"], cluster="cluster"))
        dummies = seconds(lambda d=data: with_dummies(d))
        lines.append(f"| {len(data):,} | {ours:.4f} | {dummies:.2f} | {dummies / ours:.0f} |")
    return "\n".join(lines)
