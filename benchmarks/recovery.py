"""Does the study find what was planted? Bias and coverage over many simulated cities."""

import numpy as np
import pandas as pd

from asn_research.measure.scales import scale_scores
from asn_research.model import run_study
from asn_research.simulate import simulate_tables
from asn_research.simulate.parameters import ELEMENTS

SEEDS = range(100, 140)
EMPLOYEES = 1500


def panels(simulation):
    """Panels straight from the simulated tables: what perfect cleaning would leave."""
    tables, world = simulation.tables, simulation.world
    number = {period.code: place for place, period in enumerate(world.periods)}
    home = world.staff.table["reporting_unit_id"].to_numpy()
    survey = tables["motivation"]
    scores = pd.concat([survey[["person", "period"]], scale_scores(survey).add_suffix("_score")], axis=1)
    rated = tables["appraisals"][["person", "period", "service_quality_score"]]
    employees = rated.merge(scores, on=["person", "period"], how="left")
    quarter = employees["period"].map(number).to_numpy()
    employees["training_jp10"] = simulation.latent.training_jp10[employees["person"], quarter]
    employees["unit_id"] = home[employees["person"]]
    employees["person_id"] = employees["person"]
    log, forms = tables["service_log"], tables["citizen_feedback"]
    keys = [forms["unit_id"], forms["period"]]
    trust = ["trust_competence", "trust_benevolence", "trust_integrity"]
    days = log.loc[log["status"] != "open"].groupby(["unit_id", "period"])["days"].mean()
    units = pd.DataFrame(
        {
            "motivation_mean": employees.groupby(["unit_id", "period"])["motivation_score"].mean(),
            "log_completion_days": np.log(days),
            "ikm": (25 * forms[list(ELEMENTS)].mean(axis=1)).groupby(keys).mean(),
            "trust_mean": forms[trust].mean(axis=1).groupby(keys).mean(),
        }
    )
    return employees, units.reset_index()


def results():
    found = []
    for seed in SEEDS:
        simulation = simulate_tables(seed=seed, employees=EMPLOYEES)
        employees, units = panels(simulation)
        found.append(run_study(employees, units, truth=simulation.truth).table)
    return pd.concat(found, ignore_index=True)


def table():
    rows = results()
    rows["error"] = rows["estimate"] - rows["truth_observed"]
    rows["naive_error"] = rows["naive"] - rows["truth_observed"]
    grouped = rows.groupby("key", sort=False)
    lines = [
        f"{len(SEEDS)} simulated cities of {EMPLOYEES} employees and 8 quarters. Expected: what the regression should",
        "show on the recorded scales. Naive: the same regression without effects of person, unit and quarter.",
        "",
        "| question | planted | expected | bias | root mean square error | mean standard error | coverage of 95 % | naive bias |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for key, part in grouped:
        naive = part["naive_error"].mean()
        lines.append(
            f"| {key} | {part['truth_value'].mean():.3f} | {part['truth_observed'].mean():.3f} | {part['error'].mean():+.4f} "
            f"| {np.sqrt((part['error'] ** 2).mean()):.4f} | {part['std_error'].mean():.4f} "
            f"| {100 * part['covered'].astype(float).mean():.0f} % | {'' if np.isnan(naive) else f'{naive:+.3f}'} |"
        )
    error = 100 * np.sqrt(0.95 * 0.05 / len(SEEDS))
    lines += ["", f"Monte Carlo error of a coverage of 95 %: {error:.1f} percentage points."]
    return "\n".join(lines)
