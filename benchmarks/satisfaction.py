"""The satisfaction index: how fast its bootstrap is, and how often its interval holds the truth.

Run it alone with ``python -m benchmarks satisfaction``.
"""

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.measure.respondents import SIMPLE, respondents_of
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.methods.survey.cluster_bootstrap import percentile_interval
from asn_research.methods.survey.survey_design import Design, mean
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule, load_rules
from asn_research.simulate import simulate_tables
from asn_research.simulate.service_story import citizens
from benchmarks.timing import seconds

RULE = rules.at(Period.parse("2026-Q3").last_day).one(SatisfactionRule)
DESIGN = next(rule for rule in load_rules().values() if isinstance(rule, SurveyDesignRule))
ELEMENTS = list(RULE.elements)
CUTS = np.array([-1.9, -1.0, 0.45])
SEEDS = 1000


def answers(rng, clusters):
    """Answers of people who share a counter and a day: some days are better than others."""
    day, person = rng.normal(0, 0.35, clusters.max() + 1), rng.normal(0.2, 0.5, len(clusters))
    latent = (day[clusters] + person)[:, None] + rng.normal(0, 0.65, (len(clusters), len(ELEMENTS)))
    return 1 + (latent[..., None] > CUTS).sum(axis=-1)


def survey(rng, units=36, quarters=8, respondents=40_000):
    """A city's answers: about 140 a unit and quarter, at two counters on sixty days."""
    size = respondents // (units * quarters)
    frames = []
    for quarter in range(quarters):
        period = Period.parse("2026-Q3").shift(quarter - quarters + 1)
        for unit in range(units):
            spot = rng.integers(0, 120, size)
            frame = pd.DataFrame(answers(rng, spot), columns=ELEMENTS)
            days = pd.Timestamp(period.first_day) + pd.to_timedelta(spot // 2, unit="D")
            frames.append(
                frame.assign(
                    reporting_unit_id=f"U{unit:02}", unit_id=f"U{unit:02}", period=period.code,
                    service_id=np.where(spot % 2, "a", "b"), survey_date=days,
                )
            )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def people(feedback):
    """Every unit's and quarter's answers, ready to be resampled."""
    return [rows[ELEMENTS].astype(float) for _, rows in feedback.groupby(["reporting_unit_id", "period"])]


def people_resampled(groups, replicates):
    """The index of every unit and quarter as commonly resampled: people, one replicate at a time."""
    return [
        [own.sample(frac=1, replace=True).mean().mean() * 25 for _ in range(replicates)] for own in groups
    ]


def days(feedback):
    """The same, parted by counter and day."""
    keys = ["reporting_unit_id", "period"]
    return [
        [own[ELEMENTS].astype(float) for _, own in rows.groupby(["service_id", "survey_date"])]
        for _, rows in feedback.groupby(keys)
    ]


def days_resampled(groups, replicates):
    """The same with counters and days drawn, as the interval asks for."""
    rng = np.random.default_rng(1)
    return [
        [
            pd.concat([parts[i] for i in rng.integers(0, len(parts), len(parts))]).mean().mean() * 25
            for _ in range(replicates)
        ]
        for parts in groups
    ]


PEERS = [("people", people, people_resampled, 10), ("counters and days", days, days_resampled, 2)]


def speed_table():
    feedback = survey(np.random.default_rng(1))
    ours = seconds(lambda: satisfaction_by_unit(feedback, RULE, design=DESIGN))
    rows = []
    for name, prepare, peer, replicates in PEERS:
        # What is done once for all replicates is left out of the peer's time.
        groups = prepare(feedback)
        spent = seconds(lambda peer=peer, groups=groups, n=replicates: peer(groups, n), 1)
        theirs = DESIGN.replicates / replicates * spent
        rows.append(
            f"| pandas, one replicate at a time, drawing {name} ({replicates} replicates, scaled) | {ours:.2f} | "
            f"{theirs:,.0f} | {theirs / ours:,.0f} |"
        )
    head = (
        f"IKM of 36 units in 8 quarters ({len(feedback):,} respondents, 9 elements), {DESIGN.replicates} replicates. Ours also\n"
        f"gives elements, order, grades' chances, changes and the city. The peers ran a few replicates of every unit and\n"
        f"quarter; their time is scaled to {DESIGN.replicates}.\n\n"
        "| peer | ours (s) | peer (s) | times as fast |\n|---|---|---|---|\n"
    )
    return head + "\n".join(rows)


def drawn(rng, n_days, per_day, of_days=None):
    """A unit's sample of counter-days with its truth; a finite quarter where ``of_days`` is given."""
    spot = np.repeat(np.arange(of_days or n_days), per_day)
    codes = answers(rng, spot)
    truth = 25 * codes.mean() if of_days else None
    chosen = np.isin(spot, rng.choice(of_days or n_days, n_days, replace=False))
    frame = pd.DataFrame(codes[chosen], columns=ELEMENTS)
    dates = pd.Timestamp("2026-07-01") + pd.to_timedelta(spot[chosen], unit="D")
    return (
        frame.assign(unit_id="U", service_id="a", survey_date=dates),
        truth,
        len(spot) if of_days else np.nan,
    )


def coverage(n_days, per_day, of_days=None, seeds=SEEDS):
    """Share of surveys whose 95 % interval holds the truth: by counters and days, and as simple samples."""
    rng = np.random.default_rng(n_days + per_day)
    everywhere = 25 * answers(rng, np.arange(400_000)).mean()
    hits = np.zeros(2)
    design = DESIGN.model_copy(update={"replicates": 1000})
    for seed in range(seeds):
        rows, truth, population = drawn(rng, n_days, per_day, of_days)
        truth = everywhere if truth is None else truth
        asked = respondents_of(rows, ELEMENTS, design, population)
        totals = asked.replicates(design, str(seed))
        index = 25 * (totals[:, : len(ELEMENTS)] / totals[:, len(ELEMENTS) :]).mean(axis=1)
        low, high = percentile_interval(index, asked.degrees_of_freedom)
        own = 25 * asked.answers.mean(axis=1)
        reach = 1.96 * own.std(ddof=1) / np.sqrt(len(own)) * np.sqrt(1 - asked.sampled_share)
        hits += [low <= truth <= high, abs(own.mean() - truth) <= reach]
    return 100 * hits / seeds


def coverage_table(seeds=SEEDS):
    cases = [
        ("60 counter-days, 2 asked on each", (60, 2), {}),
        ("40 counter-days, 4 asked on each", (40, 4), {}),
        ("12 counter-days, 10 asked on each", (12, 10), {}),
        ("30 of 60 counter-days, all 4 served on each asked", (30, 4), {"of_days": 60}),
    ]
    lines = ["| survey | counters and days drawn | as though people were drawn |", "|---|---|---|"]
    for name, sizes, more in cases:
        ours, simple = coverage(*sizes, **more, seeds=seeds)
        lines.append(f"| {name} | {ours:.1f} % | {simple:.1f} % |")
    error = 100 * np.sqrt(0.95 * 0.05 / seeds)
    head = f"Coverage of the 95 % interval of the IKM in {seeds} simulated surveys (Monte Carlo error {error:.1f} points):\n\n"
    return head + "\n".join(lines)


def asked_of_a_city(seed, employees=300, quarters=2, served=12_000, share=0.2):
    """Whether the intervals of a simulated city's units hold what all who were served would have said."""
    rng = np.random.default_rng(seed)
    made = simulate_tables(seed=seed, employees=employees, quarters=quarters)
    everyone = citizens(made.world, made.latent, made.tables["service_log"], served, rng)
    everyone["reporting_unit_id"] = everyone["unit_id"]
    keys = ["unit_id", "period"]
    units = everyone.groupby(keys)
    truth = (25 * units[ELEMENTS].mean().mean(axis=1)).rename("truth")
    sizes = units.size().rename("population_n").reset_index()
    asked = everyone.sample(frac=share, random_state=seed)
    found, _ = satisfaction_by_unit(asked, RULE, design=DESIGN, served=sizes)
    found = found[found["unit_id"] != "CITY"].join(truth, on=keys).dropna(subset=["truth", "index_low"])
    inside = (found["index_low"] <= found["truth"]) & (found["truth"] <= found["index_high"])
    return pd.DataFrame({"n": found["n_respondents"], "inside": inside})


def city_table(seeds=200):
    lines = [
        "| asked | units and quarters | respondents a unit | coverage of the 95 % interval |",
        "|---|---|---|---|",
    ]
    for share in (0.05, 0.1, 0.3):
        found = [asked_of_a_city(seed, share=share) for seed in range(seeds)]
        rows = pd.concat(found)
        by_seed = [each["inside"].mean() for each in found]
        error = 100 * np.std(by_seed, ddof=1) / np.sqrt(seeds)
        lines.append(
            f"| {100 * share:.0f} % | {len(rows):,} | {rows['n'].median():.0f} "
            f"| {100 * rows['inside'].mean():.1f} % ± {error:.1f} |"
        )
    head = (
        f"The same in {seeds} simulated cities of 300 employees and two quarters, 6,000 people served in each;\n"
        "the truth is what all who were served would have said (± Monte Carlo error):\n\n"
    )
    return head + "\n".join(lines)


def widths_of_a_city(seed, employees=300, quarters=2, served=12_000, share=0.15, draws=150):
    """By unit and quarter: the index's standard error under one assumption after another, over that of a simple sample.

    Everybody who was served is known, so the standard deviation over repeated samples is too.
    """
    rng = np.random.default_rng(seed)
    made = simulate_tables(seed=seed, employees=employees, quarters=quarters)
    everyone = citizens(made.world, made.latent, made.tables["service_log"], served, rng)
    everyone = everyone.assign(own=25 * everyone[ELEMENTS].mean(axis=1))
    rows = []
    for _, own in everyone.groupby(["unit_id", "period"]):
        n = round(share * len(own))
        asked = respondents_of(own.sample(n, random_state=seed), ELEMENTS, DESIGN, len(own))
        if asked.drawn_as == SIMPLE or len(own) < 40:
            continue
        index, ones = 25 * asked.answers.mean(axis=1), np.ones(n)
        parts = asked.strata.max() + 1

        def error(clusters, strata, finite, index=index, ones=ones):
            part = Design(ones, clusters, strata, np.full(strata.max() + 1, finite))
            return float(mean(index, part).std_errors[0])

        singly, alike = np.arange(n), np.zeros(n, int)
        simple, fraction = error(singly, alike, 0.0), asked.sampled_share
        values = own["own"].to_numpy()
        repeated = np.std([values[rng.permutation(len(values))[:n]].mean() for _ in range(draws)], ddof=1)
        rows.append(
            {
                "finite": error(singly, alike, fraction) / simple,
                "strata": error(singly, asked.strata, 0.0) / simple if parts < n / 2 else np.nan,
                "clusters": error(asked.clusters, alike, 0.0) / simple,
                "all": error(asked.clusters, asked.strata, fraction) / simple,
                "truth": repeated / simple,
            }
        )
    return pd.DataFrame(rows)


def width_table(seeds=12):
    found = pd.concat([widths_of_a_city(seed) for seed in range(seeds)])
    names = {
        "finite": "a finite number of people was served, of whom 15 % were asked",
        "strata": "each service is a stratum",
        "clusters": "counters and days are drawn, not people",
        "all": "all three: the interval of the report",
        "truth": "what it is over repeated samples of the same people",
    }
    lines = ["| what is taken into account | mean ratio | below one |", "|---|---|---|"]
    lines += [
        f"| {text} | {found[name].mean():.3f} | {100 * (found[name] < 1).mean():.0f} % |"
        for name, text in names.items()
    ]
    head = (
        f"The standard error of the IKM over that of a simple sample from an endless population, {len(found):,} units and\n"
        f"quarters of {seeds} simulated cities (in which days and counters do not differ):\n\n"
    )
    return head + "\n".join(lines)


def table():
    return "\n\n".join([speed_table(), coverage_table(), city_table(), width_table()])
