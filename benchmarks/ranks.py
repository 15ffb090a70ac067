"""Do rank intervals hold the true rank as often as they say? Coverage over many simulated sets of units."""

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm

from asn_research import rules
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.methods.estimates import Z_95
from asn_research.methods.survey.rank_intervals import unit_ranks
from asn_research.rules.regulations import SatisfactionRule
from asn_research.simulate.parameters import CUTS, ELEMENTS, Parameters

SEEDS = range(200)
UNITS = 36
DAY = date(2026, 9, 30)


def normal(reliability, rng):
    """Units whose estimates scatter normally, with errors that differ tenfold in variance."""
    variance = rng.choice([0.3, 0.6, 1.0, 1.8, 3.5], UNITS) * (1 - reliability) / reliability
    truth = rng.normal(size=UNITS)
    return truth, pd.Series(truth + rng.normal(size=UNITS) * np.sqrt(variance)), pd.Series(variance)


def survey(respondents, rng):
    """Units whose citizens answer nine elements from 1 to 4; the variance is estimated from them."""
    params = Parameters()
    liking = rng.normal(0, params.unit_satisfaction_sd, UNITS)
    spread = np.hypot(params.respondent_sd, params.answer_sd)
    places = np.array([place for _, _, place in ELEMENTS.values()])
    above = norm.sf((np.array(CUTS)[:, None, None] - liking[:, None] - places) / spread)
    truth = 25 * (1 + above.sum(axis=0)).mean(axis=1)
    unit = np.repeat(np.arange(UNITS), rng.integers(respondents // 2, 2 * respondents, UNITS))
    own = liking[unit] + rng.normal(0, params.respondent_sd, len(unit))
    latent = own[:, None] + places + rng.normal(0, params.answer_sd, (len(unit), len(places)))
    answers = pd.DataFrame(np.digitize(latent, CUTS) + 1, columns=list(ELEMENTS))
    answers["reporting_unit_id"], answers["period"] = [f"U{u:02d}" for u in unit], "2026-Q3"
    found, _ = satisfaction_by_unit(answers, rules.at(DAY).one(SatisfactionRule))
    found = found.loc[found["unit_id"] != "CITY"].sort_values("unit_id", ignore_index=True)
    half = np.maximum(found["index"] - found["index_low"], found["index_high"] - found["index"])
    return truth, found["index"], (half / Z_95) ** 2


def covered(draw):
    """Return by seed: share of ranks covered, mean width, share of tiers on the wrong side."""
    rows = []
    for seed in SEEDS:
        truth, estimate, variance = draw(np.random.default_rng(seed))
        found = unit_ranks(estimate, variance).table
        rank = np.argsort(np.argsort(-truth)) + 1
        hit = (found["rank_low"] <= rank) & (rank <= found["rank_high"])
        side = found["tier"].map({"above": 1, "below": -1, "not_distinguishable": 0})
        rows.append(
            (
                hit.mean(),
                (found["rank_high"] - found["rank_low"] + 1).mean(),
                (side * (truth - truth.mean()) < 0).mean(),
                (side != 0).mean(),
            )
        )
    return np.array(rows)


def table():
    lines = [
        f"{UNITS} units, {len(SEEDS)} seeds, nominal 95 %. Coverage is over units, with its Monte Carlo error.",
        "",
        "| units | coverage of the true rank | mean width in ranks | units in a clear tier | tiers on the wrong side |",
        "|---|---|---|---|---|",
    ]
    cases = [(f"normal, reliability {r}", lambda rng, r=r: normal(r, rng)) for r in (0.3, 0.7, 0.9)]
    cases += [(f"survey, about {n} respondents", lambda rng, n=n: survey(n, rng)) for n in (20, 60)]
    for name, draw in cases:
        rows = covered(draw)
        hit, width, wrong, clear = 100 * rows.mean(axis=0)
        error = 100 * rows[:, 0].std(ddof=1) / np.sqrt(len(rows))
        lines.append(
            f"| {name} | {hit:.1f} % ± {error:.1f} | {width / 100:.1f} | {clear:.0f} % | {wrong:.2f} % |"
        )
    return "\n".join(lines)
