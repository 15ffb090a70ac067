"""Good practice: which units are reliably better once their work is allowed for, and what they do.

A unit at the top of a table may be there by luck, by easy work or by few cases. Here its times are
held against its services' standards, its case load is taken out, it is drawn toward the others as
far as its noise asks for, and only what is still better with 95 % certainty is called better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.survey.league import Pooled, pool
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY
from asn_research.rules.working_days import working_days_between

#: How much better than the typical unit counts: a tenth less time (-log 0.9), one index point.
MARGINS = {"log_days": 0.10536051565782628, "index": 1.0}
#: Decimals of the released differences, in percent and in index points. The model's estimates of all units move with
#: each answer in the city; more decimals than a report prints would outdate reports in which no digit changes.
DECIMALS = {"log_days": 0, "index": 1}
_CERTAIN = 0.95
_LEAST_UNITS, _LEAST_QUARTERS = 5, 2
_COLUMNS = [
    "unit_id", "period", "indicator", "n", "raw", "effect", "low", "high", "rank_low", "rank_high", "n_units",
    "p_better", "is_reliable", "programmes",
]  # fmt: skip


@dataclass(frozen=True)
class GoodPractice:
    """Units beside each other after adjustment.

    Parameters
    ----------
    table : pd.DataFrame
        One row per unit, best first: unit_id, raw (mean distance from the typical unit, unadjusted),
        effect (adjusted and pooled), low, high (95 %), rank_low, rank_high, p_better (chance to be better
        than the typical unit by the margin), is_reliable.
    pooled : Pooled
        The partial pooling behind it.
    load_slope : float
        What a doubling of the case load goes with, between units; nan where it was not adjusted for.
    margin : float
        How much better counts.
    higher_is_better : bool
        The outcome's direction.
    n_units, n_quarters : int
        What was compared.
    """

    table: pd.DataFrame
    pooled: Pooled
    load_slope: float
    margin: float
    higher_is_better: bool
    n_units: int
    n_quarters: int


def reliably_better(
    panel: pd.DataFrame, outcome: str, *, higher_is_better: bool, margin: float, load: str | None = None
) -> GoodPractice:
    """Find the units that are better than the typical one beyond chance.

    Parameters
    ----------
    panel : pd.DataFrame
        One row per unit (``unit_id``) and quarter (``period``), of the quarters to be judged.
    outcome : str
        Column to be compared.
    higher_is_better : bool
        Its direction; a longer time is worse.
    margin : float
        How much better than the typical unit counts as better.
    load : str, optional
        Column with the logarithm of the case load, to be allowed for.

    Returns
    -------
    GoodPractice

    Raises
    ------
    ModelError
        With fewer than five units or two quarters, or where all units are the same.

    Notes
    -----
    A unit's error comes from how much units move from quarter to quarter, pooled over all, so quarters
    are what is counted, not requests. Case load is taken out by a line between units, which can be
    told from the units' own merit only as far as load is not their merit.
    """
    used = panel[["unit_id", "period", outcome, *([load] if load else [])]].dropna()
    n_quarters = used["period"].nunique()
    if used["unit_id"].nunique() < _LEAST_UNITS or n_quarters < _LEAST_QUARTERS:
        msg = (
            f"{used['unit_id'].nunique()} units in {n_quarters} quarters are too few to tell a good practice from "
            f"luck; at least {_LEAST_UNITS} units and {_LEAST_QUARTERS} quarters are needed."
        )
        raise ModelError(msg)
    if float(used[outcome].std()) < 1e-12:
        msg = f"{outcome} is the same in every unit, so no unit is better than another."
        raise ModelError(msg)
    centred = used[outcome] - used.groupby("period")[outcome].transform("mean")
    by_unit = centred.groupby(used["unit_id"])
    size, mean = by_unit.size(), by_unit.mean()
    residual = centred - by_unit.transform("mean")
    free = len(used) - len(size) - n_quarters + 1
    if free < 1:
        msg = "Each unit was seen once, so its luck cannot be told from its merit; wait for another quarter."
        raise ModelError(msg)
    spread = float(np.sqrt((residual**2).sum() / free))
    adjusted, slope = mean, float("nan")
    if load:
        heavy = used.groupby("unit_id")[load].mean()
        slope = float(np.polyfit(heavy - heavy.mean(), mean, 1)[0])
        adjusted = mean - slope * (heavy - heavy.mean())
    sign = 1.0 if higher_is_better else -1.0
    frame = pd.DataFrame(
        {
            "unit_id": size.index,
            "better": sign * adjusted.to_numpy(),
            "error": spread / np.sqrt(size.to_numpy()),
        }
    )
    found = pool(frame, unit="unit_id", estimate="better", error="error")
    own = found.table
    noise = np.maximum(np.sqrt(found.tau2 / (found.tau2 + own["std_error"] ** 2)) * own["std_error"], 1e-12)
    certain = stats.norm.cdf((own["pooled"] - found.mean - margin) / noise) if found.tau2 > 0 else 0.0
    width = stats.norm.ppf(0.975) * noise
    effect = own["pooled"] - found.mean
    table = pd.DataFrame(
        {
            "unit_id": own["unit_id"], "raw": own["unit_id"].map(mean), "effect": sign * effect,
            "low": np.minimum(sign * (effect - width), sign * (effect + width)),
            "high": np.maximum(sign * (effect - width), sign * (effect + width)),
            "rank_low": own["rank_low"], "rank_high": own["rank_high"], "p_better": certain,
        }
    )  # fmt: skip
    table["is_reliable"] = table["p_better"] >= _CERTAIN
    return GoodPractice(
        table, found, slope * float(np.log(2)), margin, higher_is_better, len(size), int(n_quarters)
    )


def times_against_standard(log: pd.DataFrame, standards: Mapping[str, float]) -> pd.DataFrame:
    """Return each unit's mean time against the standards of what it was asked for, by quarter.

    Parameters
    ----------
    log : pd.DataFrame
        The processed table `service_log`.
    standards : mapping of str to float
        Days by service.

    Returns
    -------
    pd.DataFrame
        One row per unit and quarter: unit_id, period, n, log_days.
    """
    rows = pd.DataFrame(
        {
            "unit_id": log["reporting_unit_id"], "period": log["period"],
            "days": working_days_between(log["submitted_date"], log["finished_date"]),
            "standard": log["service_id"].map(standards) if "service_id" in log else np.nan,
        }
    ).dropna()  # fmt: skip
    sums = rows.groupby(["unit_id", "period"]).agg(
        n=("days", "size"), days=("days", "sum"), standard=("standard", "sum")
    )
    sums["log_days"] = np.log((sums["days"] / sums["standard"]).where(sums["days"] > 0))
    return sums[["n", "log_days"]].reset_index()


@remembered
def good_practice_table(
    *,
    log: pd.DataFrame | None,
    satisfaction: pd.DataFrame | None,
    staff: pd.DataFrame | None,
    programmes: pd.DataFrame | None,
    standards: Mapping[str, float],
    last: int = 4,
) -> pd.DataFrame:
    """Judge the units' times and indices for every quarter, from that quarter and the three before it.

    Parameters
    ----------
    log : pd.DataFrame or None
        The processed table `service_log`.
    satisfaction, staff : pd.DataFrame or None
        Measures with ``index`` and ``n_respondents``, and with ``n_staff``, by unit and period.
    programmes : pd.DataFrame or None
        The measure of programmes.
    standards : mapping of str to float
        Days by service.
    last : int
        Quarters that are judged together.

    Returns
    -------
    pd.DataFrame
        One row per unit, quarter and indicator (``log_days`` or ``index``), with what `reliably_better`
        found (times in percent, indices in points, with the `DECIMALS` that reports print), ``n`` (requests or
        respondents) and the unit's ``programmes``. Empty where nothing can be judged.
    """
    sources: list[tuple[str, pd.DataFrame, bool]] = []
    if log is not None and len(log):
        sources.append(("log_days", times_against_standard(log, standards), False))
    if satisfaction is not None and len(satisfaction):
        sources.append(
            (
                "index",
                satisfaction.rename(columns={"n_respondents": "n"})[["unit_id", "period", "n", "index"]],
                True,
            )
        )
    pieces = []
    for indicator, frame, higher in sources:
        units = frame.loc[(frame["unit_id"] != CITY) & frame["period"].str.contains("-Q")]
        units, load = _with_load(units, staff) if indicator == "log_days" else (units, None)
        codes = sorted(units["period"].unique())
        for place in range(len(codes)):
            window = units.loc[units["period"].isin(codes[max(0, place - last + 1) : place + 1])]
            try:
                found = reliably_better(
                    window, indicator, higher_is_better=higher, margin=MARGINS[indicator], load=load
                )
            except ModelError:
                # The section says that this quarter cannot be judged.
                continue
            counts = window.groupby("unit_id")["n"].sum()
            pieces.append(
                found.table.assign(
                    indicator=indicator, period=codes[place], n=found.table["unit_id"].map(counts),
                    n_units=found.n_units,
                )
            )  # fmt: skip
    if not pieces:
        return pd.DataFrame(columns=_COLUMNS)
    table = pd.concat(pieces, ignore_index=True)
    is_time = table["indicator"] == "log_days"
    for column in ("raw", "effect", "low", "high"):
        table[column] = table[column].mask(is_time, 100 * np.expm1(table[column]))
    for column in ("effect", "low", "high"):
        table[column] = (
            table[column].round(DECIMALS["log_days"]).where(is_time, table[column].round(DECIMALS["index"]))
        )
    return table.assign(programmes=_programmes(table, programmes))[_COLUMNS]


def _with_load(units: pd.DataFrame, staff: pd.DataFrame | None) -> tuple[pd.DataFrame, str | None]:
    if staff is None or "n_staff" not in staff:
        return units, None
    joined = units.merge(staff[["unit_id", "period", "n_staff"]], on=["unit_id", "period"], how="left")
    known = joined["n_staff"] > 0
    joined["log_load"] = np.log((joined["n"] / joined["n_staff"]).where(known))
    # A unit without a count of staff is left unadjusted rather than left out.
    joined["log_load"] = joined["log_load"].fillna(joined.groupby("period")["log_load"].transform("mean"))
    return joined, "log_load" if joined["log_load"].notna().any() else None


def _programmes(table: pd.DataFrame, programmes: pd.DataFrame | None) -> pd.Series:
    if programmes is None or programmes.empty:
        return pd.Series("", index=table.index)
    names = programmes.groupby(["unit_id", "period"])["programme"].agg(lambda p: "; ".join(sorted(set(p))))
    keys = pd.MultiIndex.from_frame(table[["unit_id", "period"]])
    return pd.Series(names.reindex(keys).fillna("").to_numpy(), index=table.index)
