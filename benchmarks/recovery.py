"""Does the study find what was planted? Bias, error and coverage over many simulated worlds.

``python -m benchmarks.recovery`` writes its sections of ``recovery.md``; other scripts write theirs.
"""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from asn_research.measure.scale_scores import scale_scores
from asn_research.methods import (
    fit_corrected,
    fit_event_study,
    fit_group_time,
    fit_multilevel_mediation,
    fit_natural_effects,
    fit_panel,
    fit_weighting,
    wild_bootstrap,
)
from asn_research.simulate import simulate_programme, simulate_tables
from asn_research.simulate.parameters import ELEMENTS
from asn_research.study import load_specs, run_study

PAGE = Path(__file__).parent / "recovery.md"
SEEDS = range(100, 300)
EMPLOYEES = 500


def write_section(name, text, page=PAGE):
    """Put a section between its marks, leaving the others as they are."""
    old = page.read_text() if page.is_file() else "# Recovery: does the study find what was planted?\n"
    block = f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->"
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    new = pattern.sub(lambda _: block, old) if pattern.search(old) else f"{old.rstrip()}\n\n{block}\n"
    page.write_text(new)


def summarise(rows):
    """Rows of (estimand, estimator, estimate, std_error, low, high, truth) as a Markdown table."""
    frame = pd.DataFrame(rows, columns=["what", "how", "estimate", "error", "low", "high", "truth"])
    lines = [
        "| estimand | estimator | truth | bias | root mean square error | mean standard error | coverage of 95 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for (what, how), part in frame.groupby(["what", "how"], sort=False):
        miss = part["estimate"] - part["truth"]
        inside = ((part["low"] <= part["truth"]) & (part["truth"] <= part["high"])).mean()
        lines.append(
            f"| {what} | {how} | {part['truth'].mean():.3f} | {miss.mean():+.4f} | {np.sqrt((miss**2).mean()):.4f} "
            f"| {'' if part['error'].isna().all() else format(part['error'].mean(), '.4f')} | {'' if part['low'].isna().all() else f'{100 * inside:.1f} %'} |"
        )
    return "\n".join(lines)


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
    employees["quarter_no"] = quarter
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


def results(seeds=SEEDS, employees=EMPLOYEES):
    specs = [*load_specs(), *[s for s in load_specs("training") if s.estimator == "group_time"]]
    found = []
    for seed in seeds:
        simulation = simulate_tables(seed=seed, employees=employees)
        found.append(run_study(*panels(simulation), truth=simulation.truth, specs=specs).table)
    return pd.concat(found, ignore_index=True)


def table(seeds=SEEDS, employees=EMPLOYEES):
    rows = []
    for row in results(seeds, employees).itertuples():
        truth = row.truth_observed
        rows.append((row.key, "study", row.estimate, row.std_error, row.low, row.high, truth))
        if not np.isnan(row.naive):
            rows.append((row.key, "naive", row.naive, np.nan, np.nan, np.nan, truth))
    error = 100 * np.sqrt(0.95 * 0.05 / len(seeds))
    return (
        f"{len(seeds)} simulated cities of {employees} employees and 8 quarters. Truth: what the question should show on\n"
        "the recorded scales. Naive: the same regression without effects of person, unit and quarter; for\n"
        f"`training_started_*` the two-way slope. Monte Carlo error of a coverage of 95 %: {error:.1f} points.\n\n"
        + summarise(rows)
    )


def _row(what, how, table_row, truth):
    return (what, how, *(float(table_row[c]) for c in ("estimate", "std_error", "low", "high")), truth)


def staggered(seeds=SEEDS):
    rows = []
    names = {"entity": "person_id", "period": "quarter_no", "start": "start", "cluster": "unit_id"}
    refused = []
    for seed in seeds:
        world = simulate_programme(seed=seed)
        for how, controls in (("group-time, not yet", "not_yet"), ("group-time, never", "never")):
            fit = fit_group_time(world.panel, "score", controls=controls, **names)
            refused.append(fit.leads_p_value < 0.05)
            rows.append(_row("mean effect", how, fit.simple.iloc[0], world.att))
            for event in (0, 3):
                truth = world.events.set_index("event")["effect"][event]
                rows.append(
                    _row(f"{event} quarters on", how, fit.events.set_index("event").loc[event], truth)
                )
        for how, by_wave in (("Sun-Abraham", True), ("two-way event study (biased)", False)):
            fit = fit_event_study(world.panel, "score", by_wave=by_wave, **names)
            rows.append(_row("mean effect", how, fit.att.iloc[0], world.att))
            for event in (0, 3):
                truth = world.events.set_index("event")["effect"][event]
                rows.append(
                    _row(f"{event} quarters on", how, fit.events.set_index("event").loc[event], truth)
                )
        effects = ["person_id", "quarter_no"]
        plain = fit_panel(world.panel, "score", ["is_trained"], effects=effects, cluster="unit_id")
        rows.append(_row("mean effect", "two-way slope (biased)", plain.row("is_trained"), world.att))
        pooled = fit_panel(world.panel, "score", ["is_trained"], cluster="unit_id")
        rows.append(_row("mean effect", "pooled slope (biased)", pooled.row("is_trained"), world.att))
    rows = sorted(rows, key=lambda row: row[0] != "mean effect")
    leads = f"Placebo leads, all nil in truth, are refused at 5 % in {100 * np.mean(refused):.1f} % of the worlds."
    return f"{len(seeds)} seeds.\n\n{summarise(rows)}\n\n{leads}"


def few_clusters(seeds=SEEDS, n_clusters=8):
    rows = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(5, 40, n_clusters)
        home = np.repeat(np.arange(n_clusters), sizes)
        pull = rng.normal(0, 1, n_clusters)
        x = pull[home] + rng.normal(0, 1, len(home))
        y = 0.5 * x + rng.normal(0, 1, n_clusters)[home] + rng.normal(0, 1, len(home))
        frame = pd.DataFrame({"unit": home, "x": x, "y": y})
        rows.append(
            _row(
                "slope, 8 clusters", "independent errors (wrong)", fit_panel(frame, "y", ["x"]).row("x"), 0.5
            )
        )
        rows.append(
            _row(
                "slope, 8 clusters",
                "clustered, t(7)",
                fit_panel(frame, "y", ["x"], cluster="unit").row("x"),
                0.5,
            )
        )
        wild = wild_bootstrap(frame, "y", ["x"], cluster="unit", draws=999, seed=seed)
        rows.append(
            (
                "slope, 8 clusters",
                "wild bootstrap, Webb",
                wild.estimate,
                abs(wild.estimate / wild.t),
                wild.low,
                wild.high,
                0.5,
            )
        )
    return rows


def weighted(seeds=SEEDS, n=600):
    rows = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        x = rng.normal(0, 1, (n, 2))
        d = (rng.random(n) < 1 / (1 + np.exp(-(-0.3 + 0.8 * x[:, 0] - 0.4 * x[:, 1])))).astype(float)
        y = 1.0 * d + x @ [1.0, -0.5] + 0.5 * d * x[:, 0] + rng.normal(0, 1, n)
        frame = pd.DataFrame({"y": y, "d": d, "x1": x[:, 0], "x2": x[:, 1]})
        fit = fit_weighting(frame, "y", "d", ["x1", "x2"]).table.set_index("term")
        rows += [
            _row("mean effect", f"{how} (biased)" if how == "naive" else how, fit.loc[how], 1.0)
            for how in fit.index
        ]
    return rows


def mediated(seeds=SEEDS, units=40, staff=25):
    """Within: 0.5 × 0.4 = 0.2. Between: 0.8 × 0.7 = 0.56."""
    rows = []
    home = np.repeat(np.arange(units), staff)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        xb, xw = rng.normal(0, 1, units), rng.normal(0, 1, len(home))
        mb, mw = 0.8 * xb + rng.normal(0, 0.7, units), 0.5 * xw + rng.normal(0, 1, len(home))
        yb = 0.7 * mb + 0.2 * xb + rng.normal(0, 0.7, units)
        yw = 0.4 * mw + 0.1 * xw + rng.normal(0, 1, len(home))
        # Within parts sum to nil in each unit, so that units' means are what was drawn.
        xw, mw, yw = (v - (np.bincount(home, v) / staff)[home] for v in (xw, mw, yw))
        frame = pd.DataFrame(
            {
                "unit": home,
                "x": xb[home] + xw,
                "m": mb[home] + mw,
                "y": yb[home] + yw,
                "x_unit": xb[home],
                "y_unit": yb[home],
            }
        )
        one = fit_multilevel_mediation(frame, "x", "m", "y", unit="unit", draws=500)
        rows.append(_row("1-1-1 within", "parted", one.row("within_indirect"), 0.2))
        rows.append(_row("1-1-1 within", "levels mixed (biased)", one.row("mixed_indirect"), 0.2))
        rows.append(_row("1-1-1 between", "parted", one.row("between_indirect"), 0.56))
        rows.append(_row("1-1-1 between", "levels mixed (biased)", one.row("mixed_indirect"), 0.56))
        for design, x, y in (("2-1-1", "x_unit", "y"), ("1-1-2", "x", "y_unit")):
            fit = fit_multilevel_mediation(frame, x, "m", y, unit="unit", design=design, draws=500)
            rows.append(_row(f"{design} between", "parted", fit.row("between_indirect"), 0.56))
            rows.append(_row(f"{design} between", "levels mixed (biased)", fit.row("mixed_indirect"), 0.56))
    return sorted(rows, key=lambda row: row[0])


def natural(seeds=SEEDS, n=500):
    rng = np.random.default_rng(0)
    z, e = rng.normal(0, 1, 2_000_000), rng.normal(0, 1, 2_000_000)

    def chance(t, other):
        return float(
            np.mean(1 / (1 + np.exp(-(-0.5 + 0.4 * t + 0.8 * (0.6 * other + 0.3 * z + e) + 0.3 * z))))
        )

    truth = chance(0, 1) - chance(0, 0)
    rows = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        c, t = rng.normal(0, 1, n), (rng.random(n) < 0.5).astype(float)
        m = 0.6 * t + 0.3 * c + rng.normal(0, 1, n)
        y = (rng.random(n) < 1 / (1 + np.exp(-(-0.5 + 0.4 * t + 0.8 * m + 0.3 * c)))).astype(float)
        frame = pd.DataFrame({"t": t, "m": m, "y": y, "c": c})
        fit = fit_natural_effects(
            frame, "t", "m", "y", controls=["c"], outcome_stage="logit", draws=1000, seed=seed
        )
        rows.append(
            _row("natural indirect, logit outcome", "quasi-Bayesian", fit.row("indirect_control"), truth)
        )
        a, b = fit.mediator_model["estimate"][1], fit.outcome_model["estimate"][2]
        rows.append(
            (
                "natural indirect, logit outcome",
                "product of coefficients (wrong scale)",
                a * b,
                np.nan,
                np.nan,
                np.nan,
                truth,
            )
        )
    return rows


def noisy_scales(seeds=SEEDS, n=200, quarters=6):
    rows = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        person, t = np.repeat(np.arange(n), quarters), np.tile(np.arange(quarters), n)
        trait = rng.normal(0, 1, n)[person]
        true = trait + rng.normal(0, 0.6, len(person))
        y = 2.0 * true + 3 * trait + rng.normal(0, 1, len(person))
        frame = pd.DataFrame(
            {
                "person": person,
                "t": t,
                "unit": person % 40,
                "x": true + rng.normal(0, 0.4, len(person)),
                "y": y,
            }
        )
        fit = fit_corrected(
            frame, "y", ["x"], {"x": 0.16}, effects=["person", "t"], cluster="unit", draws=300
        )
        rows.append(_row("slope on a noisy scale", "corrected", fit.table.iloc[0], 2.0))
        plain = fit_panel(frame, "y", ["x"], effects=["person", "t"], cluster="unit").row("x")
        rows.append(_row("slope on a noisy scale", "uncorrected (biased)", plain, 2.0))
    return rows


SECTIONS = {
    "city": ("The simulated city", table),
    "staggered": ("A programme in waves: 40 units of 12 staff, 8 quarters", staggered),
    "few_clusters": ("Few clusters: 8 units of 5 to 39 staff", few_clusters),
    "weighting": ("Selection on what was observed: 600 staff", weighted),
    "mediation": ("Mediation with staff in units: 40 units of 25", mediated),
    "natural": ("Natural effects with a yes-or-no outcome: 500 staff", natural),
    "noise": ("A scale with known error: 200 staff, 6 quarters", noisy_scales),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or SECTIONS:
        title, make = SECTIONS[name]
        made = make()
        text = made if isinstance(made, str) else f"{len(SEEDS)} seeds.\n\n{summarise(made)}"
        write_section(name, f"## {title}\n\n{text}")
