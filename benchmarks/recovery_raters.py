"""Do the rater models find what was planted? Bias, error and coverage over many seeds, a naive look beside."""

import argparse
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from asn_research.methods import fit_crossed, fit_crossed_ordinal, fit_facets, group_gaps, spread_intervals
from asn_research.simulate import simulate_tables
from asn_research.study import Spreads, fit_objections, fit_raters, long_ratings, rater_power
from benchmarks.recovery import write_section

TITLE = "Raters: severity, ordered ratings, many-facet Rasch, objections"
READING = (
    "Where coverage is short of 95 % by more than chance: "
    "the interval of persons' spread does not know that able persons met mild raters. With joint "
    "likelihood (Facets' way) steps and severities are stretched, as its note says: use the marginal fit. The "
    "strictness of objections is measured by severities that are estimates themselves.\n\n"
    "Two rates of 91.5 % were chance. Over 1,000 further seeds the interval of persons' spread held the truth in 95.2 %, "
    "of all 1,200 in 94.6 %; over 600 further seeds that of the first threshold in 95.5 %, of all 800 in 94.5 % "
    "(`python -m benchmarks.recovery_raters --further`)."
)
SEEDS = range(1000, 1200)
CITY_SEEDS = range(300, 500)
#: By which two rates that were short over 200 seeds were looked at again.
FURTHER = {"linear: sd of person_id": range(5000, 6000), "ordinal: first threshold": range(5000, 5600)}
EMPLOYEES, QUARTERS = 300, 3
N_PERSONS, N_RATERS, PER_PERSON = 60, 15, 3
RATER_SD, PERSON_SD, RESIDUAL_SD = 3.0, 4.0, 3.0
EFFECT, ORDINAL_SD, CUTS = 0.8, 1.0, (-1.5, 0.0, 1.5)
FACET_SD = 0.7


def linked(rng, n_persons=N_PERSONS, n_raters=N_RATERS, per_person=PER_PERSON, n_criteria=3, selection=0.0):
    """Persons, each rated on three criteria by raters drawn for them; with selection, able ones by mild ones."""
    ability, severity = rng.normal(0, 1, n_persons), np.sort(rng.normal(0, 1, n_raters))
    person, rater = [], []
    for i, place in enumerate(ability):
        weight = np.exp(selection * place * (severity - severity.mean()) / severity.std())
        person.append(np.full(per_person, i))
        rater.append(rng.choice(n_raters, per_person, replace=False, p=weight / weight.sum()))
    person, rater = (
        np.repeat(np.concatenate(person), n_criteria),
        np.repeat(np.concatenate(rater), n_criteria),
    )
    frame = pd.DataFrame({"person_id": person, "rater_id": rater})
    return (
        frame.assign(criterion=np.array(list("abcdef"))[np.arange(len(frame)) % n_criteria]),
        ability,
        severity,
    )


def _row(key, truth, estimate, error=np.nan, low=np.nan, high=np.nan, naive=np.nan):
    return {"key": key, "truth": truth, "estimate": estimate, "std_error": error, "low": low, "high": high, "naive": naive}  # fmt: skip


def linear(seed, selection=0.0):
    rng = np.random.default_rng(seed)
    frame, ability, severity = linked(rng, selection=selection)
    person, mild = PERSON_SD * ability, RATER_SD * severity
    frame["score"] = (
        70 + person[frame["person_id"]] + mild[frame["rater_id"]] + rng.normal(0, RESIDUAL_SD, len(frame))
    )
    fit = fit_crossed(frame, "score", fixed=["criterion"], random=["person_id", "rater_id"])
    spreads = spread_intervals(fit, method="wald").set_index("group")
    raw = frame.groupby("rater_id")["score"].mean()
    truths = {"rater_id": RATER_SD, "person_id": PERSON_SD, "residual": RESIDUAL_SD}
    rows = [
        _row(f"linear: sd of {g}", t, *spreads.loc[g, ["sd"]], np.nan, *spreads.loc[g, ["low", "high"]],
             raw.std() if g == "rater_id" else np.nan)
        for g, t in truths.items()
    ]  # fmt: skip
    for group, truth, name in (
        ("rater_id", mild, "severity of a rater"),
        ("person_id", person, "fair score of a person"),
    ):
        found = fit.effects(group)
        naive = frame.groupby(group)["score"].mean() - frame["score"].mean()
        rows += [
            _row(
                f"linear: {name}",
                truth[r[group]],
                r["estimate"],
                r["sd"],
                r["low"],
                r["high"],
                naive[r[group]],
            )
            for r in found.to_dict("records")
        ]
    return rows


def selected(seed):
    """Break the assumption of random assignment: what is left of the linear model's promises."""
    return [
        {**row, "key": f"able persons meet mild raters, {row['key']}"} for row in linear(seed, selection=0.8)
    ]


def ordinal(seed):
    rng = np.random.default_rng(seed)
    frame, ability, severity = linked(rng, n_persons=100)
    frame["trained"] = rng.integers(0, 2, 100)[frame["person_id"]].astype(float)
    latent = EFFECT * frame["trained"] + ORDINAL_SD * (
        ability[frame["person_id"]] + severity[frame["rater_id"]]
    )
    frame["grade"] = np.searchsorted(CUTS, latent + rng.logistic(size=len(frame)))
    fit = fit_crossed_ordinal(frame, "grade", fixed=["trained"], random=["person_id", "rater_id"])
    plain = fit_crossed_ordinal(frame, "grade", fixed=["trained"])
    row, naive = fit.row("trained"), plain.row("trained")
    spreads = fit.variances.set_index("group")
    return [
        _row("ordinal: effect of training (log odds)", EFFECT, *row[["estimate", "std_error", "low", "high"]], naive["estimate"]),
        *[
            _row(f"ordinal: sd of {g}", ORDINAL_SD, spreads.loc[g, "sd"], np.nan, spreads.loc[g, "sd_low"], spreads.loc[g, "sd_high"])
            for g in ("person_id", "rater_id")
        ],
        _row("ordinal: first threshold", CUTS[0], *fit.table.loc[0, ["estimate", "std_error", "low", "high"]], plain.table.loc[0, "estimate"]),
    ]  # fmt: skip


def facets(seed):
    rng = np.random.default_rng(seed)
    frame, ability, severity = linked(rng, n_persons=120, n_raters=8)
    severity = -FACET_SD * (severity - severity.mean())
    k = np.arange(4)
    difficulty = np.array([-0.5, 0.0, 0.5])
    place = (
        1.5 * ability[frame["person_id"]] - severity[frame["rater_id"]] - np.tile(difficulty, len(frame) // 3)
    )
    logit = k * place[:, None] - np.array([0, -1.5, -1.5, 0.0])
    chance = np.exp(logit - logit.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    frame["score"] = (rng.random(len(frame))[:, None] > chance.cumsum(axis=1)).sum(axis=1)
    raw = frame.groupby("rater_id")["score"].mean()
    # The raw mean on the same scale: turned round and given the spread of the truth.
    naive = -(raw - raw.mean()) / raw.std() * severity.std(ddof=1)
    rows = []
    for method in ("marginal", "joint"):
        fit = fit_facets(frame, method=method)
        rows += [
            _row(f"facets, {method}: severity (logits)", severity[int(r["level"])], r["estimate"], r["std_error"], r["low"], r["high"],
                 naive[int(r["level"])])
            for r in fit.facet("rater").to_dict("records")
        ]  # fmt: skip
        rows += [
            _row(f"facets, {method}: step (logits)", [-1.5, 0.0, 1.5][n], r["estimate"], r["std_error"], r["low"], r["high"])
            for n, r in enumerate(fit.facet("step").to_dict("records"))
        ]  # fmt: skip
        if method == "marginal":
            rows.append(_row("facets, marginal: sd of persons", 1.5, np.sqrt(fit.person_variance)))
    return rows


def city(seed):
    """The simulated city's own questions, straight from its tables: what perfect cleaning would leave."""
    simulation = simulate_tables(seed=seed, employees=EMPLOYEES, quarters=QUARTERS)
    staff, truth = simulation.world.staff.table, simulation.truth["raters"]
    rated = simulation.tables["appraisals"].rename(columns={"person": "person_id"})
    rater = staff["rater"].to_numpy()[rated["person_id"]]
    rated = rated.assign(
        rater_id=rater, reporting_unit_id=staff["reporting_unit_id"].to_numpy()[rated["person_id"]]
    )
    ratings = long_ratings(rated)
    fit = fit_raters(ratings)
    spreads = fit.components.set_index("source")
    raw = ratings.groupby("rater_id")["score"].mean().std()
    rows = [_row("city: sd of raters' severity", truth["severity_sd"], spreads.loc["rater_id", "sd"], np.nan,
                 *spreads.loc["rater_id", ["low", "high"]], raw)]  # fmt: skip
    severity = simulation.latent.severity
    mean = ratings.groupby("rater_id")["score"].mean() - ratings["score"].mean()
    rows += [
        _row(
            "city: severity of a rater",
            severity[r["rater_id"]],
            r["leniency"],
            r["sd"],
            r["low"],
            r["high"],
            mean[r["rater_id"]],
        )
        for r in fit.severities.to_dict("records")
    ]
    employees = staff.assign(person_id=np.arange(len(staff)))[["person_id", "sex", "employment_type"]]
    gaps = group_gaps(ratings, employees, groups=("sex", "employment_type"))
    rows += [
        _row(f"city: gap by {r['attribute']}", 0.0, r["gap"], r["std_error"], r["low"], r["high"], r["raw"])
        for r in gaps.to_dict("records")
    ]
    return rows


def objecting(seed):
    """Eighty raters of five staff over two quarters; strict ones draw objections."""
    rng = np.random.default_rng(seed)
    mild = rng.normal(0, 3.5, 80)
    wide = pd.DataFrame(
        {"person_id": np.repeat(np.arange(400), 2), "period": np.tile(["2026-Q1", "2026-Q2"], 400)}
    )
    wide["rater_id"], wide["reporting_unit_id"] = wide["person_id"] // 5, "A"
    common = rng.normal(0, 4, 400)[wide["person_id"]] + mild[wide["rater_id"]] + rng.normal(0, 2, 800)
    for name, level in (("discipline_score", 82), ("service_quality_score", 74), ("innovation_score", 64)):
        wide[name] = level + common + rng.normal(0, 4, 800)
    chance = 1 / (1 + np.exp(3.0 + 0.8 * mild[wide["rater_id"]] / 3.5))
    filed = wide.loc[rng.random(800) < chance, ["person_id", "period"]]
    fit = fit_raters(long_ratings(wide))
    found = fit_objections(wide, filed, fit.severities, severity_sd=fit.sd("rater_id")).row("strictness")
    # The raw mean of the rater as the regressor: persons and chance draw its slope down.
    means = long_ratings(wide).groupby("rater_id")["score"].mean()
    plain = pd.DataFrame({"rater_id": means.index, "leniency": (means - means.mean()).to_numpy()})
    naive = fit_objections(wide, filed, plain, severity_sd=float(means.std())).row("strictness")["estimate"]
    return [
        _row(
            "objections: strictness (log odds)", 0.8, *found[["estimate", "std_error", "low", "high"]], naive
        )
    ]


def _trial(seed):
    """Whether one trial of the promised design, analysed with the full model, finds its effect."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(200), 4 * 3)
    quarter = np.tile(np.repeat(np.arange(4), 3), 200)
    trained = (np.arange(200) % 2)[person] * (quarter >= 2)
    score = (
        rng.normal(0, 2.2, 200)[person] + rng.normal(0, 3.5, 20)[person // 10]
        + rng.normal(0, 2.0, 800)[person * 4 + quarter] + rng.normal(0, 3.8, len(person)) + 1.0 * trained
    )  # fmt: skip
    frame = pd.DataFrame(
        {"score": score, "person": person, "rater": person // 10, "occasion": person * 4 + quarter}
    )
    frame = frame.assign(late=(quarter >= 2) * 1.0, trained=trained * 1.0)
    fit = fit_crossed(frame, "score", fixed=["trained", "late"], random=["occasion", "person", "rater"])
    return bool(fit.row("trained")["p_value"] < 0.05)


def power_check(each):
    """Check promised power against trials analysed with the full model."""
    spreads = Spreads(3.5, 2.2, 2.0, 3.8)
    promised = rater_power(spreads, 1.0, employees=[200], raters=[1], quarters=[4], draws=4000).iloc[0]
    return promised["power"], float(np.mean(list(each(_trial, SEEDS))))


def table(jobs=1):
    with ProcessPoolExecutor(jobs) as pool:
        return _table(lambda work, seeds: pool.map(work, seeds, chunksize=5))


def _table(each):
    studies = [
        (linear, SEEDS),
        (selected, SEEDS),
        (ordinal, SEEDS),
        (facets, SEEDS),
        (objecting, SEEDS),
        (city, CITY_SEEDS),
    ]
    rows = pd.DataFrame([row for study, seeds in studies for rows in each(study, seeds) for row in rows])
    rows["error"], rows["naive_error"] = rows["estimate"] - rows["truth"], rows["naive"] - rows["truth"]
    rows["covered"] = ((rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])).where(
        rows["low"].notna()
    )
    lines = [
        f"{len(SEEDS)} seeds each. Linear: {N_PERSONS} persons, {N_RATERS} raters, {PER_PERSON} raters a person, 3 criteria; "
        "ordinal: 100 persons, 4 grades; facets: 120 persons, 8 raters, 0 to 3.",
        f"City: {len(CITY_SEEDS)} simulated cities of {EMPLOYEES} employees and {QUARTERS} quarters, one rater an employee.",
        "Naive: raw means, no random effects, or no adjustment.",
        "",
        "| what | truth | bias | root mean square error | coverage of 95 % | naive bias | naive root mean square error | n |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for key, part in rows.dropna(subset=["truth"]).groupby("key", sort=False):
        truth = f"{part['truth'].iloc[0]:.2f}" if np.ptp(part["truth"]) == 0 else "varies"
        covered = part["covered"].dropna().astype(float)
        naive = part["naive_error"].dropna()
        lines.append(
            f"| {key} | {truth} | {part['error'].mean():+.3f} | {np.sqrt((part['error'] ** 2).mean()):.3f} "
            f"| {f'{100 * covered.mean():.1f} %' if len(covered) else ''} "
            f"| {f'{naive.mean():+.3f}' if len(naive) else ''} | {f'{np.sqrt((naive**2).mean()):.3f}' if len(naive) else ''} | {len(part)} |"
        )
    promised, found = power_check(each)
    lines += [
        "",
        f"Monte Carlo error of a coverage of 95 % over {len(SEEDS)} seeds: {100 * np.sqrt(0.95 * 0.05 / len(SEEDS)):.1f} percentage points.",
        f"Power promised for a design: {100 * promised:.0f} %; found by fitting the full model to {len(SEEDS)} trials: {100 * found:.0f} %.",
    ]  # fmt: skip
    return "\n".join([*lines, "", READING])


def further(jobs=1):
    """Return the rates of `FURTHER` as lines."""
    lines = []
    with ProcessPoolExecutor(jobs) as pool:
        for (key, seeds), work in zip(FURTHER.items(), (linear, ordinal), strict=True):
            rows = [row for rows in pool.map(work, seeds, chunksize=5) for row in rows if row["key"] == key]
            held = np.mean([row["low"] <= row["truth"] <= row["high"] for row in rows])
            lines.append(f"{key}: {100 * held:.1f} % of {len(rows)}")
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--further", action="store_true", help="more seeds for two rates; nothing is written")
    options = parser.parse_args()
    if options.further:
        print("\n".join(further(options.jobs)))
    else:
        write_section("raters", f"## {TITLE}\n\n{table(options.jobs)}")
