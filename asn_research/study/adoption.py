"""Whether a good practice spread: who took it up, when, and how it went there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.causal.synthetic_control import SyntheticFit, fit_synthetic
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.parts import Parts
from asn_research.methods.survey.league import Pooled, pool


@dataclass(frozen=True, repr=False)
class Spread(Parts):
    """How a practice spread.

    Parameters
    ----------
    adoption : pd.DataFrame
        One row per unit that took the practice up: unit, start; earliest first.
    effects : pd.DataFrame
        One row per adopter that can be judged: unit, start, effect, low, high, p_value, std_error, status.
        The status of others says why not.
    fits : dict of str to SyntheticFit
        By adopter.
    pooled : Pooled or None
        The adopters' effects drawn together; None with fewer than three.
    first_effect, later_effect : float
        Where it began, and the mean elsewhere (missing if it did not spread).
    n_could_adopt : int
        Units that could have taken it up and did not.
    """

    adoption: pd.DataFrame
    effects: pd.DataFrame
    fits: dict[str, SyntheticFit]
    pooled: Pooled | None
    first_effect: float
    later_effect: float
    n_could_adopt: int

    @property
    def placebos(self) -> pd.DataFrame:
        """Every comparison's placebos: adopter, unit, effect, rmse_before, ratio; no rows without a comparison."""
        columns = ["adopter", "unit", "effect", "rmse_before", "ratio"]
        pieces = [fit.placebos.assign(adopter=name) for name, fit in self.fits.items()]
        return pd.concat(pieces, ignore_index=True)[columns] if pieces else pd.DataFrame(columns=columns)

    @property
    def has_spread(self) -> bool:
        """Whether any other unit took the practice up."""
        return len(self.adoption) > 1


def adoption_of(programmes: pd.DataFrame, programme: str) -> pd.DataFrame:
    """Return which units ran a programme, and since when.

    Parameters
    ----------
    programmes : pd.DataFrame
        The processed table `programmes`.
    programme : str
        Its name; capitals and outer blanks do not matter.

    Returns
    -------
    pd.DataFrame
        One row per unit: unit, start (its first date), period; earliest first.
    """
    same = programmes["programme"].str.strip().str.casefold() == programme.strip().casefold()
    rows = programmes.loc[same]
    if rows.empty:
        msg = (
            f"No unit reports a programme '{programme}'; see the column `programme` for the names there are."
        )
        raise ModelError(msg)
    first = (
        rows.sort_values("start_date")
        .groupby("reporting_unit_id", sort=False)[["start_date", "period"]]
        .first()
    )
    return first.reset_index().rename(columns={"reporting_unit_id": "unit", "start_date": "start"})


@estimator(outcome=Role.MEASURE, unit=Role.LABEL, period=Role.OTHER)
def spread(panel: pd.DataFrame, outcome: str, adoption: pd.DataFrame, *, unit: str, period: str) -> Spread:
    """Judge a practice in every unit that took it up, against units that did not.

    Parameters
    ----------
    panel : pd.DataFrame
        One row per unit and period, of the units that could take it up.
    outcome : str
        Column to be compared.
    adoption : pd.DataFrame
        One row per adopter: unit, start (in the terms of ``period``).
    unit, period : str
        Columns of the panel.

    Returns
    -------
    Spread

    Notes
    -----
    No adopter is another's comparison, before or after: that is careful where adopters also prepared.
    Adopters chose to adopt, so an effect there says little of those that would have to be told to.
    """
    if adoption.empty:
        msg = "No unit took the practice up, so its spread cannot be judged."
        raise ModelError(msg)
    ordered = adoption.sort_values("start", kind="stable", ignore_index=True)
    adopters = list(ordered["unit"])
    others = [name for name in panel[unit].unique() if name not in adopters]
    rows, fits = [], {}
    for _, row in ordered.iterrows():
        name = row["unit"]
        try:
            fit = fit_synthetic(
                panel, outcome, unit=unit, period=period, treated=name, start=row["start"], donors=others
            )
        except ModelError as error:
            rows.append({"unit": name, "start": row["start"], "status": str(error)})
            continue
        fits[name] = fit
        # The placebos' effects, scaled to this unit's own noise, say how far chance alone would go.
        placebo = fit.placebos.iloc[1:]
        noise = float(np.sqrt(((placebo["effect"] / placebo["rmse_before"]) ** 2).mean()))
        error_of = noise * float(fit.placebos["rmse_before"].iloc[0])
        rows.append(
            {"unit": name, "start": row["start"], "effect": fit.effect, "low": fit.low, "high": fit.high,
             "p_value": fit.p_value, "std_error": error_of, "status": "fitted"}
        )  # fmt: skip
    effects = pd.DataFrame(
        rows, columns=["unit", "start", "effect", "low", "high", "p_value", "std_error", "status"]
    )
    judged = effects.loc[effects["status"] == "fitted"]
    later = judged.loc[judged["unit"] != adopters[0], "effect"]
    begun = judged.loc[judged["unit"] == adopters[0], "effect"]
    return Spread(
        adoption=ordered,
        effects=effects,
        fits=fits,
        pooled=pool(judged, unit="unit", estimate="effect", error="std_error") if len(judged) >= 3 else None,
        first_effect=float(begun.iloc[0]) if len(begun) else float("nan"),
        later_effect=float(later.mean()) if len(later) else float("nan"),
        n_could_adopt=len(others),
    )
