"""How much is hidden: each table by itself beside the joint step, for each audience.

A cell is one number that a table would print without protection, of the columns that its audience may see; keys and notes
are none. It is suppressed if the release does not hold it. Predikat are merged, not hidden: of a unit's
five, those are counted as suppressed that are not told by themselves with their number.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.clean import clean_folder
from asn_research.protect import AUDIENCES, protect_city
from asn_research.protect import release as protection
from asn_research.render.inputs import prepare_inputs
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import PREDIKATS
from asn_research.schema import declared
from asn_research.simulate import simulate_city

EMPLOYEES, QUARTERS, SEED = 700, 4, 7


#: What is hidden: by each table alone; with what its counts give away in all tables; with what sums leave too narrow.
POLICIES = ("alone", "counts", "joint")


def protected(inputs, policy):
    """Return the release under a policy."""
    steps = {name: getattr(protection, name) for name in ("hidden_jointly", "hidden_for_sums")}
    if policy == "alone":
        protection.hidden_jointly = lambda *_: {}
    if policy != "joint":
        protection.hidden_for_sums = lambda _, __, masks, *___: masks
    try:
        return protect_city(inputs.frames, rules.at("2026-Q3").one(DisclosureRule), inputs.city)
    finally:
        for name, step in steps.items():
            setattr(protection, name, step)


def cells_of(frame, release, name):
    """Return how many cells a table has for those who may see the release, and how many of them are suppressed."""
    if name == "predikats":
        n = len(PREDIKATS) * len(frame[["unit_id", "period"]].drop_duplicates())
        return n, n - int((release["predikat"].isin(PREDIKATS) & release["n"].notna()).sum())
    table = declared("measure", name)
    if table.audience == "internal_city" and "unit_id" in frame:
        # Units' rows are for nobody, whatever they hold.
        frame = frame[frame["unit_id"] == CITY]
    speaking = [c for c in release if c in frame and not table.owner_of[str(c)].says_nothing_of_people]
    frame, release = frame.reset_index(drop=True), release.reset_index(drop=True)
    total = hidden = 0
    for column in speaking:
        rows = frame[column].notna().to_numpy().copy()
        if table.audience_of(str(column)) == "internal_city" and "unit_id" in frame:
            rows &= (frame["unit_id"] == CITY).to_numpy()
        total += int(rows.sum())
        if len(release) == len(frame):
            hidden += int((rows & release[column].isna().to_numpy()).sum())
        else:
            # Worksheets of small units are left out as a whole.
            hidden += int(rows.sum()) - int(release[column].notna().sum())
    return total, hidden


def shares(inputs):
    """Return by audience and table how many cells there are, and how many are suppressed under each policy."""
    releases = {policy: protected(inputs, policy) for policy in POLICIES}
    found = []
    for audience in AUDIENCES:
        seen = {key: release.for_audience(audience).tables for key, release in releases.items()}
        for name in seen["joint"]:
            counted = {
                key: cells_of(inputs.frames[name], tables[name].frame, name) for key, tables in seen.items()
            }
            total = counted["joint"][0]
            if total:
                found.append((audience, name, total, *(counted[policy][1] for policy in POLICIES)))
    return pd.DataFrame(found, columns=["audience", "table", "cells", *POLICIES])


def table(processed=None):
    """Return the table as lines of Markdown; of a city that is measured already, or of a simulated one."""
    with tempfile.TemporaryDirectory() as home:
        work = Path(home)
        if processed is None:
            processed = work / "processed"
            simulate_city(work / "raw", employees=EMPLOYEES, quarters=QUARTERS, seed=SEED)
            clean_folder(work / "raw", processed)
        found = shares(prepare_inputs(Path(processed)))
    heads = [f"{audience}: {what}" for audience in AUDIENCES for what in ("cells", *POLICIES)]
    lines = [f"| table | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    by_table = {name: rows.set_index("audience") for name, rows in found.groupby("table", sort=False)}
    everything = found.groupby("audience")[["cells", *POLICIES]].sum()
    for name, rows in [*by_table.items(), ("all", everything)]:
        parts = []
        for audience in AUDIENCES:
            if audience not in rows.index:
                parts += [""] * (1 + len(POLICIES))
                continue
            cells, *hidden = (int(rows.at[audience, what]) for what in ("cells", *POLICIES))
            parts += [f"{cells:,}", *(f"{100 * n / cells:.1f}%" for n in hidden)]
        lines.append(f"| {name} | {' | '.join(parts)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    import sys

    np.seterr(all="ignore")
    print(table(*sys.argv[1:2]))
