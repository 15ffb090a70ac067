"""Our time over a named peer's, both measured in the same run."""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

from asn_research.clean import clean_folder, open_processed
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.model import fit_panel
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule, rule_in_force
from asn_research.simulate import simulate_city

RUNS = 3


def seconds(work):
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def panel(n_entities=500, n_periods=8):
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


def bare_read(raw):
    """Parse every file of a raw folder and write it as Parquet, with no cleaning at all."""
    for path in sorted(raw.rglob("*.*")):
        if "_simulasi" in path.parts:
            continue
        if path.suffix == ".csv":
            frame = pd.read_csv(path, sep=";", dtype=str, header=None, skiprows=3, encoding_errors="replace")
        else:
            frame = pd.read_excel(path, engine="calamine", header=None, dtype=str)
        frame.columns = [str(c) for c in frame]
        frame.astype(str).to_parquet(raw.parent / "bare.parquet")


def plain_index(feedback, rule):
    """IKM by unit and quarter as commonly written: one group at a time, in floats."""
    found = {}
    for key, rows in feedback.groupby(["reporting_unit_id", "period"]):
        found[key] = round(sum(rows[e].astype(float).mean() * 0.11 for e in rule.elements) * 25, 2)
    return found


def table():
    with tempfile.TemporaryDirectory() as home:
        raw, out = Path(home) / "raw", Path(home) / "processed"
        simulate_city(raw, seed=1, employees=2600, quarters=4)
        clean = seconds(lambda: clean_folder(raw, out))
        bare = seconds(lambda: bare_read(raw))
        feedback = open_processed(out).table("citizen_feedback")
    rule = rule_in_force(SatisfactionRule, Period.parse("2026-Q3").last_day)
    index = seconds(lambda: satisfaction_by_unit(feedback, rule))
    plain = seconds(lambda: plain_index(feedback, rule))
    data = panel()
    ours = seconds(lambda: fit_panel(data, "y", ["x"], effects=["i", "t"], cluster="cluster"))
    dummies = seconds(lambda: with_dummies(data))
    rows = [
        (
            "Clean a city (4 quarters, 94,000 rows)",
            "parse and store the same files, uncleaned (pandas, calamine)",
            clean,
            bare,
        ),
        ("IKM with intervals, exact", "pandas group means in floats, no intervals", index, plain),
        ("Two-way panel, 4,000 rows, clustered", "statsmodels OLS with dummies", ours, dummies),
    ]
    lines = ["| task | peer | ours (s) | peer (s) | ours / peer |", "|---|---|---|---|---|"]
    lines += [f"| {task} | {peer} | {a:.3f} | {b:.3f} | {a / b:.2f} |" for task, peer, a, b in rows]
    return "\n".join(lines)
