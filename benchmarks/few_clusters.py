"""How often intervals of 95 % hold the truth with few clusters: ``python -m benchmarks.few_clusters [SAMPLES]``.

Every sample has 20 rows a cluster and shocks that clusters share. *Before* are percentiles of drawn clusters, CR1
errors (natural effects), and the sandwich with the normal distribution (pace); *now* is what the package does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from unittest import mock

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.methods import (
    decompose_gap,
    fit_corrected,
    fit_mediation,
    fit_natural_effects,
    fit_pace,
    mediation_sensitivity,
)

CLUSTERS = (3, 5, 8, 12, 20)
#: Half of three units is one unit, on which no slope may rest.
_LEAST_OF_PACE = 5
#: Where the package asks how many clusters are many.
_PLACES = ("methods.few_clusters", "methods.mediation.natural")
#: A row's interval, by the sample.
Row = Callable[[pd.DataFrame], pd.Series]


def path(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw a mediation: indirect part 0.2, direct 0.2; the errors of both stages have no common cause."""
    unit = np.repeat(np.arange(n), 20)
    x = rng.normal(size=len(unit)) + 0.7 * rng.normal(size=n)[unit]
    m = 0.5 * x + rng.normal(size=n)[unit] + rng.normal(size=len(unit))
    y = 0.4 * m + 0.2 * x + rng.normal(size=n)[unit] + rng.normal(size=len(unit))
    return pd.DataFrame({"unit": unit, "x": x, "m": m, "y": y})


def noisy(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw a regressor with a slope of 0.4 that is measured with an error of variance 0.25."""
    data = path(rng, n)
    return data.assign(m=data["m"] + rng.normal(0, 0.5, len(data)))


def groups(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw two groups of which 0.4 of the gap is explained; their shares differ between units."""
    unit = np.repeat(np.arange(n), 20)
    second = rng.uniform(size=len(unit)) < rng.uniform(0.2, 0.8, n)[unit]
    x = 0.8 * second + rng.normal(size=len(unit))
    y = 0.5 * x + 0.3 * second + rng.normal(size=n)[unit] + rng.normal(size=len(unit))
    return pd.DataFrame({"unit": unit, "x": x, "y": y, "group": np.where(second, "P", "L")})


def requests(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw waiting times with a log hazard ratio of 0.5 between the halves of the units (Gaussian copula, 0.15)."""
    unit = np.repeat(np.arange(n), 20)
    luck = np.sqrt(0.15) * rng.normal(size=n)[unit] + np.sqrt(0.85) * rng.normal(size=len(unit))
    new = (unit < (n + 1) // 2).astype(float)
    time = -np.log(stats.norm.cdf(luck)) / np.exp(0.5 * new) / 0.1
    taken = rng.uniform(5, 40, len(unit))
    data = pd.DataFrame({"unit": unit, "new": new, "days": np.minimum(time, taken)})
    return data.assign(is_finished=time <= taken)


def _sensitivity(data: pd.DataFrame) -> pd.Series:
    return mediation_sensitivity(data, "x", "m", "y", cluster="unit", rho=(0.0,), draws=200).table.iloc[0]


def _gap(data: pd.DataFrame) -> pd.Series:
    fit = decompose_gap(data, "y", "group", ["x"], first="P", second="L", cluster="unit", draws=200)
    return fit.row("explained")


def _corrected(data: pd.DataFrame) -> pd.Series:
    return fit_corrected(data, "y", ["m", "x"], {"m": 0.25}, cluster="unit", draws=200).row("m")


def _natural(data: pd.DataFrame) -> pd.Series:
    return fit_natural_effects(data, "x", "m", "y", cluster="unit", draws=200).row("direct_control")


def _pace(data: pd.DataFrame) -> pd.Series:
    return fit_pace(data, ["new"], cluster="unit").row("new")


def _sandwich(data: pd.DataFrame) -> pd.Series:
    row = fit_pace(data, ["new"], cluster="unit", errors="sandwich").row("new")
    half = 1.96 * row["std_error"]
    return pd.Series({"low": row["estimate"] - half, "high": row["estimate"] + half})


def _indirect(data: pd.DataFrame) -> pd.Series:
    return fit_mediation(data, "x", "m", "y", cluster="unit", draws=200).row("indirect")


#: By estimand: how a sample is drawn, the truth, the interval now, and the interval before (None: percentiles).
CASES: dict[str, tuple[Callable[[np.random.Generator, int], pd.DataFrame], float, Row, Row | None]] = {
    "fit_mediation: indirect": (path, 0.2, _indirect, None),
    "mediation_sensitivity: rho 0": (path, 0.2, _sensitivity, None),
    "fit_corrected: noisy slope": (noisy, 0.4, _corrected, None),
    "decompose_gap: explained": (groups, 0.4, _gap, None),
    "fit_natural_effects: direct": (path, 0.2, _natural, None),
    "fit_pace: half of the units": (requests, 0.5, _pace, _sandwich),
}


def coverage(draw: Callable[..., pd.DataFrame], truth: float, row: Row, n: int, samples: int) -> float:
    """Return in how many percent of the samples the interval holds the truth; sample k has seed k."""
    rows = [row(draw(np.random.default_rng(seed), n)) for seed in range(samples)]
    return 100 * float(np.mean([each["low"] <= truth <= each["high"] for each in rows]))


def main(samples: int) -> None:
    """Print a table."""
    print(f"| estimand ({samples} samples) | " + " | ".join(f"{n} clusters" for n in CLUSTERS) + " |")
    print("|---|" + "---|" * len(CLUSTERS))
    for name, (draw, truth, row, before) in CASES.items():
        cells = []
        for n in CLUSTERS:
            if draw is requests and n < _LEAST_OF_PACE:
                cells.append("refused")
                continue
            now = coverage(draw, truth, row, n, samples)
            with (
                mock.patch(f"asn_research.{_PLACES[0]}.MANY_CLUSTERS", 0),
                mock.patch(f"asn_research.{_PLACES[1]}.MANY_CLUSTERS", 0),
            ):
                earlier = coverage(draw, truth, before or row, n, samples)
            cells.append(f"{earlier:.0f} → {now:.0f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
