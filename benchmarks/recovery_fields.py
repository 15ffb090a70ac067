"""Are the planted effects of courses by field found, and the idle fields found idle? Over many simulated cities.

``python -m benchmarks.recovery_fields`` writes its section of ``recovery.md``.
"""

import sys

import numpy as np
import pandas as pd

from asn_research.measure.scale_scores import scale_scores
from asn_research.simulate import simulate_tables
from asn_research.simulate.parameters import FIELDS
from asn_research.study import load_specs, run_study
from asn_research.study.study_claims import adjusted_p
from benchmarks.recovery import summarise, write_section

SEEDS = range(500, 600)
EMPLOYEES = 1200


def panels(simulation):
    """Panels straight from the simulated tables: what perfect cleaning would leave."""
    tables, world, latent = simulation.tables, simulation.world, simulation.latent
    codes = [period.code for period in world.periods]
    n, n_quarters = latent.hours.shape
    home = world.staff.table["reporting_unit_id"].to_numpy()
    survey = tables["motivation"]
    taught = pd.DataFrame(latent.hours > 0).T.rolling(4, min_periods=4).sum().T.to_numpy()
    employees = pd.DataFrame(
        {
            "person": np.repeat(np.arange(n), n_quarters),
            "period": np.tile(codes, n),
            "quarter_no": np.tile(np.arange(n_quarters), n),
            "training_jp10": latent.training_jp10.ravel(),
            "regular_training": np.where(np.isnan(taught), np.nan, taught >= 3).ravel(),
        }
    )
    scores = pd.concat([survey[["person", "period"]], scale_scores(survey).add_suffix("_score")], axis=1)
    employees = employees.merge(scores, on=["person", "period"], how="left")
    employees["unit_id"] = home[employees["person"]]
    employees["person_id"] = employees["person"]
    log, forms, complaints = tables["service_log"], tables["citizen_feedback"], tables["complaints"]
    by_unit = employees.groupby(["unit_id", "period"])
    finished = log.loc[log["status"] != "open"].groupby(["unit_id", "period"])["days"]
    told = complaints.loc[complaints["topic"] == "Informasi"]
    quarter = pd.PeriodIndex(told["received_date"], freq="Q").strftime("%Y-Q%q")
    answers = forms.groupby(["unit_id", "period"])[["time", "competence"]].mean() * 25
    units = pd.DataFrame(
        {
            "motivation_mean": by_unit["motivation_score"].mean(),
            "regular_share": by_unit["regular_training"].mean(),
            "log_completion_days": np.log(finished.mean()),
            "n_requests": log.groupby(["unit_id", "period"]).size(),
            "time_index": answers["time"],
            "competence_index": answers["competence"],
            "information_complaints_n": told.groupby([told["unit_id"], quarter.rename("period")]).size(),
        }
    )
    units["information_complaints_n"] = units["information_complaints_n"].fillna(0.0)
    units = units.rename_axis(["unit_id", "period"]).reset_index()
    hours = pd.DataFrame(
        {
            "unit_id": np.repeat(world.units, n_quarters),
            "period": np.tile(codes, len(world.units)),
            **{f"{f}_jp10": latent.unit_field_jp10[:, :, place].ravel() for place, f in enumerate(FIELDS)},
        }
    )
    return employees, units.merge(hours, on=["unit_id", "period"], how="left")


def table(seeds=SEEDS, employees=EMPLOYEES):
    """Return the section's text."""
    found = []
    for seed in seeds:
        simulation = simulate_tables(seed=seed, employees=employees)
        table = run_study(*panels(simulation), truth=simulation.truth, specs=load_specs("fields")).table
        found.append(table.assign(seed=seed, told=adjusted_p(table["p_value"]) < 0.05))
        print(seed, flush=True)
    table = pd.concat(found, ignore_index=True)
    fitted = table.dropna(subset=["estimate"])
    rows = [
        (r.key, "study", r.estimate, r.std_error, r.low, r.high, r.truth_observed)
        for r in fitted.itertuples()
    ]
    rows += [
        (r.key, "naive", r.naive, np.nan, np.nan, np.nan, r.truth_observed)
        for r in fitted.itertuples()
        if r.key.endswith("_technology")
    ]
    clear = fitted.assign(clear=(fitted["low"] > 0) | (fitted["high"] < 0))
    shares = clear.groupby("key", sort=False)[["clear", "told"]].mean()
    told = "\n".join(
        f"| {row.Index} | {100 * row.clear:.0f} % | {100 * row.told:.0f} % |" for row in shares.itertuples()
    )
    idle = clear.loc[~clear["key"].str.endswith("_technology")].groupby("seed")["told"].any().mean()
    error = 100 * np.sqrt(0.95 * 0.05 / len(seeds))
    return (
        f"{len(seeds)} simulated cities of {employees} employees and 8 quarters; all fields in one model, at equal\n"
        "motivation. Planted: hours in information technology shorten times, raise the element competence and lessen\n"
        "complaints about information; the other fields do none of it, nor does regularity at equal hours. Truth: what\n"
        "the question should show on the recorded scales. Naive: without effects of unit and quarter.\n"
        f"Monte Carlo error of a coverage of 95 %: {error:.1f} points.\n\n{summarise(rows)}\n\n"
        "Share of cities in which the interval leaves out zero, and in which the report names the link (after Holm's\n"
        "correction for all answers of the study):\n\n| answer | interval leaves out zero | named in the report |\n"
        f"|---|---|---|\n{told}\n\n"
        f"Cities in which the report names anything that is not there: {100 * idle:.0f} %."
    )


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else len(SEEDS)
    made = table(range(SEEDS.start, SEEDS.start + size))
    write_section("fields", f"## Training by field\n\n{made}")
