"""A training programme that reaches units in waves: panels with known effects, drawn without any files.

It is apart from the city's story, so that the city stays as it is. Early waves gain more, gains grow
with time, and units of lasting merit start sooner: what misleads a two-way regression and a naive look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

#: Gain at the start and growth a quarter, by wave, and each wave's share of the units.
WAVES = {2: (1.5, 0.75), 4: (1.0, 0.5), 6: (0.5, 0.25)}
SHARES = (0.25, 0.25, 0.2)


@dataclass(frozen=True)
class Programme:
    """A drawn programme.

    Parameters
    ----------
    panel : pd.DataFrame
        One row per employee and quarter: person_id, unit_id, quarter_no, start (missing is never),
        is_trained, score.
    att : float
        The mean effect over trained employees' quarters.
    events : pd.DataFrame
        True effect by quarters since the start: event, effect.
    waves : pd.DataFrame
        True mean effect by wave: wave, effect.
    """

    panel: pd.DataFrame
    att: float
    events: pd.DataFrame
    waves: pd.DataFrame


def simulate_programme(
    *, seed: int, units: int = 40, staff: int = 12, quarters: int = 8, scale: float = 1.0, drift: float = 0.0
) -> Programme:
    """Draw a programme.

    Parameters
    ----------
    seed : int
        The same seed gives the same panel.
    units, staff, quarters : int
        Units, employees in each, quarters.
    scale : float
        Size of the effects; 0 for a programme without any.
    drift : float
        How much faster than others the units that will start rise a quarter, programme or not: breaks
        the assumption of parallel trends, so that placebo leads can be seen to notice.
    """
    rng = np.random.default_rng(seed)
    merit = rng.normal(0, 1, units)
    order = np.argsort(-(merit + rng.normal(0, 1, units)), kind="stable")
    start = np.full(units, np.nan)
    begin = 0
    for wave, share in zip(WAVES, SHARES, strict=True):
        size = max(1, round(share * units))
        start[order[begin : begin + size]] = wave
        begin += size
    home = np.repeat(np.arange(units), staff)
    t = np.arange(quarters)
    since = t[None, :] - start[:, None]
    gain = np.array([WAVES.get(int(s), (0.0, 0.0)) if np.isfinite(s) else (0.0, 0.0) for s in start])
    effect = scale * np.where(since >= 0, gain[:, :1] + gain[:, 1:] * np.nan_to_num(since), 0.0)
    level = 2 * merit[:, None] + 0.3 * t + rng.normal(0, 0.5, (units, quarters))
    level = level + drift * t * np.isfinite(start)[:, None]
    score = (
        70
        + (level + effect)[home]
        + rng.normal(0, 2, len(home))[:, None]
        + rng.normal(0, 1.5, (len(home), quarters))
    )
    trained = np.nan_to_num(since, nan=-1)[home] >= 0
    panel = pd.DataFrame(
        {
            "person_id": np.repeat(np.arange(len(home)), quarters),
            "unit_id": np.repeat(home, quarters),
            "quarter_no": np.tile(t, len(home)),
            "start": np.repeat(start[home], quarters),
            "is_trained": trained.ravel().astype(float),
            "score": score.ravel(),
        }
    )
    cells = pd.DataFrame(
        {"event": since.ravel(), "wave": np.repeat(start, quarters), "effect": effect.ravel()}
    ).dropna()
    after = cells.loc[cells["event"] >= 0].astype({"event": int, "wave": int})
    events, waves = (after.groupby(by)["effect"].mean().reset_index() for by in ("event", "wave"))
    return Programme(panel, float(after["effect"].mean()), events, waves)
