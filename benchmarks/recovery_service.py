"""Do the models of service times, satisfaction and good practice find what was planted? 200 seeds each.

Run with `python -m benchmarks.recovery_service`; it writes its section of recovery.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from asn_research.methods import before_after, fit_interrupted, fit_ordinal, fit_quantiles, fit_synthetic
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.simulate import service_story, story
from asn_research.simulate.parameters import Parameters
from asn_research.simulate.people import make_staff
from asn_research.study import month_of, monthly_times
from asn_research.study.good_practice import reliably_better
from benchmarks.recovery import write_section

TITLE = "Service times, satisfaction, good practice"
READING = (
    "A short series of months cannot tell its own autocorrelation, so the interval of an interrupted series is "
    "too short whatever errors it is given, and least so with AR(1) errors; the placebo interval beside a blend "
    "of other counters holds. That of the 90 % quantile is short as well (88 %). The naive rows show what a "
    "comparison without the right design says."
)
SEEDS = range(300, 500)
EMPLOYEES, QUARTERS, REQUESTS = 800, 8, 30_000
UNIT, SERVICE, STARTS, PLANTED = "KEC-SEL", "kec_adminduk", "2025-07-01", -0.43


def log_of(seed):
    """The service log of a simulated city, and nothing else of it."""
    city, last = load_city("pontianak"), Period.parse("2026-Q3")
    periods = tuple(last.shift(-back) for back in reversed(range(QUARTERS)))
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)]
    world = story.World(city, make_staff(city, EMPLOYEES, streams[0]), periods, Parameters())
    latent = story.unfold(world, streams[1], np.random.default_rng([seed, 23]))
    log = service_story.requests(world, latent, REQUESTS, streams[2], np.random.default_rng([seed, 24]))
    return log.rename(columns={"unit_id": "reporting_unit_id"}), {
        k: s.standard_days for k, s in city.services.items()
    }


def row(question, method, seed, estimate, low, high, truth):
    return {"question": question, "method": method, "seed": seed, "estimate": float(estimate),
            "low": float(low), "high": float(high), "truth": float(truth)}  # fmt: skip


def from_fit(question, method, seed, found, truth):
    return row(question, method, seed, found["estimate"], found["low"], found["high"], truth)


def service_change(seed):
    """A counter that got faster on a known day: three designs and the naive one."""
    log, standards = log_of(seed)
    months = monthly_times(log, standards)
    months["counter"] = months["unit_id"] + "/" + months["service_id"]
    start = month_of(months, STARTS)
    own = months.query("unit_id == @UNIT and service_id == @SERVICE")
    how = {"time": "month_no", "start": start}
    name = "change of log days at a known date"
    yield from_fit(name, "naive: after less before", seed, before_after(own, "log_days", **how), PLANTED)
    for errors in ("independent", "newey_west", "ar1"):
        fit = fit_interrupted(own, "log_days", slope_change=False, errors=errors, **how)
        yield from_fit(name, f"interrupted series, {errors} errors", seed, fit.row("level_change"), PLANTED)
    donors = months.query("(unit_id != @UNIT and counter != 'DISHUB/hub_izin')")
    busy = donors.groupby("counter")["n_requests"].transform("mean") > 8
    beside = pd.concat([own, donors.loc[busy]])
    fit = fit_synthetic(
        beside, "log_days", unit="counter", period="month_no", treated=f"{UNIT}/{SERVICE}", start=start
    )
    yield row(name, "synthetic control, placebo interval", seed, fit.effect, fit.low, fit.high, PLANTED)
    # Nothing was planted in another kecamatan: how often is it called a change?
    other = beside.loc[beside["counter"] != f"{UNIT}/{SERVICE}"]
    placebo = fit_synthetic(
        other, "log_days", unit="counter", period="month_no", treated="KEC-BAR/kec_adminduk", start=start
    )
    yield row(
        "no change (another kecamatan)",
        "synthetic control, placebo interval",
        seed,
        placebo.effect,
        placebo.low,
        placebo.high,
        0,
    )
    same = months.query("unit_id == 'KEC-BAR' and service_id == @SERVICE")
    yield from_fit(
        "no change (another kecamatan)",
        "naive: after less before",
        seed,
        before_after(same, "log_days", **how),
        0,
    )


def turning_series(seed):
    """A series of 36 months with autocorrelated noise that jumps and turns."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.08, 76)
    for t in range(1, 76):
        noise[t] += 0.4 * noise[t - 1]
    time = np.arange(36)
    after = time >= 18
    season = 0.1 * np.sin(2 * np.pi * (time % 12) / 12)
    y = 2 - 0.01 * time - 0.3 * after - 0.02 * after * (time - 18) + season + noise[40:]
    data = pd.DataFrame({"time": time, "month": time % 12 + 1, "y": y})
    for errors in ("independent", "newey_west", "ar1"):
        fit = fit_interrupted(
            data, "y", time="time", start=18, season="month", season_as="harmonic", errors=errors
        )
        for term, truth in (("level_change", -0.3), ("slope_change", -0.02)):
            yield from_fit(
                f"{term} of 36 autocorrelated months",
                f"interrupted series, {errors} errors",
                seed,
                fit.row(term),
                truth,
            )


def long_waits(seed):
    """A change that shortens long waits and leaves the usual one; the mean says neither."""
    rng = np.random.default_rng(seed)
    n = 1200
    unit, after = rng.integers(0, 30, n), rng.integers(0, 2, n)
    y = 1.5 + rng.normal(0, 0.3, 30)[unit] + (1 - 0.4 * after) * rng.normal(0, 0.5, n)
    data = pd.DataFrame({"unit": unit, "after": after, "y": y})
    truths = {0.5: 0.0, 0.9: -0.4 * 0.5 * 1.2815515655}
    mean = fit_panel(data, "y", ["after"], effects=["unit"], cluster="unit").row("after")
    fit = fit_quantiles(data, "y", ["after"], effects=["unit"], quantiles=(0.5, 0.9))
    for q, truth in truths.items():
        yield from_fit(f"effect at the {q:.0%} quantile", "naive: effect on the mean", seed, mean, truth)
        yield from_fit(
            f"effect at the {q:.0%} quantile",
            "quantile regression, nid errors",
            seed,
            fit.row("after", q),
            truth,
        )


def answers(seed):
    """Answers from 1 to 4 in units that are liked more where times are shorter."""
    rng = np.random.default_rng(seed)
    n, n_units, slope, cuts = 1500, 36, -1.2, np.array([-3.0, -1.5, 0.8])
    unit = rng.integers(0, n_units, n)
    liking = rng.normal(0, 0.5, n_units)
    time = rng.normal(0, 0.3, n) - 0.4 * liking[unit]
    latent = slope * time + liking[unit]
    data = pd.DataFrame(
        {"unit": unit, "time": time, "answer": 1 + np.searchsorted(cuts, latent + rng.logistic(size=n))}
    )
    top = 100 * (special.expit(latent + slope * 0.1 - cuts[-1]) - special.expit(latent - cuts[-1])).mean()
    for method, effects in (
        ("naive: no unit effects", []),
        ("cumulative logit, unit effects, clustered", ["unit"]),
    ):
        fit = fit_ordinal(data, "answer", ["time"], effects=effects, cluster="unit")
        yield from_fit("slope of log time on the answer", method, seed, fit.row("time"), slope)
        change = fit.average_change("time", step=0.1).set_index("answer").loc["4"]
        yield from_fit("points of answer 4 for 10 % longer", method, seed, change, top)


def better_units(seed):
    """Units that differ a little, seen four quarters: every unit's interval is one case."""
    rng = np.random.default_rng(seed)
    merit = rng.normal(0, 0.2, 36)
    rows = [
        (f"U{u:02d}", f"2026-Q{t + 1}", merit[u] + rng.normal(0, 0.15)) for u in range(36) for t in range(4)
    ]
    data = pd.DataFrame(rows, columns=["unit_id", "period", "log_days"])
    table = reliably_better(data, "log_days", higher_is_better=False, margin=0.1).table
    true = pd.Series(merit - merit.mean(), index=[f"U{u:02d}" for u in range(36)])
    for _, unit in table.iterrows():
        truth = true[unit["unit_id"]]
        yield row(
            "a unit's distance from the typical one",
            "partial pooling",
            seed,
            unit["effect"],
            unit["low"],
            unit["high"],
            truth,
        )
        yield row("a unit's distance from the typical one", "naive: the unit's own mean", seed, unit["raw"], unit["raw"] - 0.147, unit["raw"] + 0.147, truth)  # fmt: skip


STUDIES = (service_change, turning_series, long_waits, answers, better_units)


def results(seeds=SEEDS):
    return pd.DataFrame([found for seed in seeds for study in STUDIES for found in study(seed)])


def table(seeds=SEEDS):
    rows = results(seeds)
    rows["error"] = rows["estimate"] - rows["truth"]
    rows["inside"] = (rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])
    rows["apart"] = (rows["low"] > 0) | (rows["high"] < 0)
    lines = [
        f"{len(seeds)} seeds ({min(seeds)} to {max(seeds)}). Cities of {EMPLOYEES} employees, {QUARTERS} quarters and {REQUESTS:,}",
        "requests for the change at a known date; the other studies draw their own data (see the module).",
        "",
        "| question | method | truth | bias | root mean square error | coverage of 95 % | interval leaves out zero |",
        "|---|---|---|---|---|---|---|",
    ]
    for (question, method), part in rows.groupby(["question", "method"], sort=False):
        lines.append(
            f"| {question} | {method} | {part['truth'].mean():.3f} | {part['error'].mean():+.4f} "
            f"| {np.sqrt((part['error'] ** 2).mean()):.4f} | {100 * part['inside'].mean():.1f} % | {100 * part['apart'].mean():.0f} % |"
        )
    error = 100 * np.sqrt(0.95 * 0.05 / len(seeds))
    lines += ["", f"Monte Carlo error of a coverage of 95 %: {error:.1f} percentage points.", "", READING]
    return "\n".join(lines)


if __name__ == "__main__":
    write_section("service", f"## {TITLE}\n\n{table()}")
