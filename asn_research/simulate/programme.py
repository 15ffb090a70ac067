"""Simulate a training programme that starts in waves, as a panel with known effects (no files are written).

It is separate from the simulated city. Early waves gain more, gains grow with time, and better units start
earlier. These three properties bias a two-way fixed-effects regression and a naive comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

#: By wave (its first quarter): the gain at the start, and the growth of the gain per quarter. SHARES holds
#: the share of the units in each wave.
WAVES = {2: (1.5, 0.75), 4: (1.0, 0.5), 6: (0.5, 0.25)}
SHARES = (0.25, 0.25, 0.2)


@dataclass(frozen=True)
class Programme:
    """A simulated programme.

    Parameters
    ----------
    panel : pd.DataFrame
        One row per employee and quarter: person_id, unit_id, quarter_no, start (missing for a unit that
        never starts), is_trained, score.
    att : float
        The true average effect on the treated: the mean over employees and quarters since the start.
    events : pd.DataFrame
        The true effect by the number of quarters since the start: event, effect.
    waves : pd.DataFrame
        The true mean effect by wave: wave, effect.
    """

    panel: pd.DataFrame
    att: float
    events: pd.DataFrame
    waves: pd.DataFrame


def simulate_programme(
    *, seed: int, units: int = 40, staff: int = 12, quarters: int = 8, scale: float = 1.0, drift: float = 0.0
) -> Programme:
    """Simulate a programme.

    Parameters
    ----------
    seed : int
        The seed of the random numbers; the same seed gives the same panel.
    units, staff, quarters : int
        The number of units, of employees in each unit, and of quarters.
    scale : float
        A factor on all effects; 0 for a programme without effect.
    drift : float
        The additional rise per quarter of units that start at some time, with or without the programme. It
        violates the assumption of parallel trends, to show that placebo leads detect this.

    Returns
    -------
    Programme
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
