"""Drives in programmes: whether a programme's own output rose more than that of other programmes.

A programme whose output rises from quarter to quarter may rise because all programmes do: the budget year, the
season, a better register. The rise of a programme with a drive is held against the rise of comparable programmes
over the same quarters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.rules.periods import Period

#: A rise counts as good practice if it is surely above that of the others, and larger by so many points of coverage.
MARGIN = 5.0
#: So many quarters before and after are compared at most, and so many are needed before.
_WINDOW, _LEAST_BEFORE = 4, 2
#: With fewer programmes beside it, nobody can say what would have been usual.
_LEAST_OTHERS = 4
_KEYS = ["unit_id", "programme"]
COLUMNS = (
    "unit_id", "period", "programme", "drive_period", "n_before", "n_after", "before_pct", "after_pct", "change",
    "others_change", "n_others", "gain", "gain_low", "gain_high", "verdict", "output_unit", "may_copy",
)  # fmt: skip


@dataclass(frozen=True)
class Drive:
    """The results of a programme since its drive began.

    Parameters
    ----------
    before, after : float
        Mean coverage (output in percent of the target) in the quarters before the drive, and since.
    others_change : float
        Mean change of the other programmes' coverage over the same quarters, in points.
    gain, low, high : float
        The change beyond that of the others, in points, with the interval of 95 %.
    n_before, n_after, n_others : int
        Quarters and other programmes compared.
    """

    before: float
    after: float
    others_change: float
    gain: float
    low: float
    high: float
    n_before: int
    n_after: int
    n_others: int

    @property
    def verdict(self) -> str:
        """``works`` (surely above the others, by five points or more), ``unclear``, or ``behind``."""
        if self.low > 0 and self.gain >= MARGIN:
            return "works"
        return "behind" if self.high < 0 else "unclear"


def judge_drive(coverage: pd.DataFrame, name: Any, begins: int, *, until: int | None = None) -> Drive:
    """Compare a programme before and after its drive with other programmes in the same quarters.

    Parameters
    ----------
    coverage : pd.DataFrame
        One row per programme (index) and one column per quarter (whole numbers in order): output in percent of
        the target. Quarters that the programme lacks are not compared; others with a gap in those that it has
        are left out. Programmes that had a drive of their own in these quarters are not to be in it.
    name : hashable
        The programme with the drive, in the index.
    begins : int
        The first quarter of the drive; it counts as after.
    until : int, optional
        The last quarter to be looked at; by default the last one.

    Returns
    -------
    Drive

    Raises
    ------
    ModelError
        With fewer than two quarters before, none after, or fewer than four other programmes.

    Notes
    -----
    One programme is compared with many, so the error comes from how much the others' changes differ among
    themselves: the half width is t(n-1) times their standard deviation times the root of 1 + 1/n (Conley and
    Taber 2011 with normal errors). It holds if the programme would have changed like one of the others. A trend
    that the programme alone had before its drive is not taken out.

    Examples
    --------
    >>> others = {f"p{k}": [70 + k, 71 + k, 73 + k, 74 + k + k % 2] for k in range(6)}
    >>> coverage = pd.DataFrame({"drive": [70, 71, 92, 94], **others}).T
    >>> found = judge_drive(coverage, "drive", 2)
    >>> round(found.gain, 1), found.verdict
    (19.2, 'works')
    """
    quarters = [int(quarter) for quarter in coverage.columns]
    last = max(quarters) if until is None else until
    own = coverage.loc[name]
    known = [q for q in quarters if pd.notna(own[q])]
    before = [q for q in known if begins - _WINDOW <= q < begins]
    after = [q for q in known if begins <= q <= last][:_WINDOW]
    if len(before) < _LEAST_BEFORE or not after:
        msg = f"A drive needs {_LEAST_BEFORE} quarters with output and target before it, and one after."
        raise ModelError(msg)
    change = (coverage[after].mean(axis=1) - coverage[before].mean(axis=1)).where(
        coverage[before + after].notna().all(axis=1)
    )
    others = change.drop(index=name).dropna()
    if len(others) < _LEAST_OTHERS:
        msg = f"{len(others)} other programmes are too few to say what was usual; at least {_LEAST_OTHERS} are needed."
        raise ModelError(msg)
    usual, n = float(others.mean()), len(others)
    gain = float(change[name]) - usual
    half = float(stats.t.ppf(0.975, n - 1) * others.std(ddof=1) * np.sqrt(1 + 1 / n))
    return Drive(
        before=float(own[before].mean()), after=float(own[after].mean()), others_change=usual, gain=gain,
        low=gain - half, high=gain + half, n_before=len(before), n_after=len(after), n_others=n,
    )  # fmt: skip


def drives_table(programmes: pd.DataFrame | None) -> pd.DataFrame:
    """Judge every programme that states when its drive began, as it looked at the end of each quarter since.

    Parameters
    ----------
    programmes : pd.DataFrame or None
        The processed table `programmes`. Programmes of the same name are compared with one another where
        there are enough of them, else with all programmes that state a target.

    Returns
    -------
    pd.DataFrame
        One row per unit, programme and quarter since the drive began: what `Drive` holds, ``verdict`` and
        ``may_copy`` (units with a programme below its target in that quarter, joined by "|"; those with a
        programme of the same name first). Empty where nothing can be judged.
    """
    empty = pd.DataFrame(columns=list(COLUMNS))
    if programmes is None or not {"drive_date", "target_n"} <= set(programmes.columns):
        return empty
    rows = programmes.loc[
        programmes["period"].astype("str").str.contains("-Q") & (programmes["target_n"] > 0)
    ]
    if rows.empty or rows["drive_date"].isna().all():
        return empty
    rows = rows.assign(
        unit_id=rows["reporting_unit_id"].astype("str"), programme=rows["programme"].astype("str"),
        quarter=rows["period"].astype("str").map(_number),
    )  # fmt: skip
    sums = rows.groupby([*_KEYS, "quarter"])[["output_n", "target_n"]].sum()
    percent = (100 * sums["output_n"].astype("float64") / sums["target_n"].astype("float64")).unstack()  # noqa: PD010
    percent = percent.reindex(columns=range(int(percent.columns.min()), int(percent.columns.max()) + 1))
    begun = rows.dropna(subset=["drive_date"]).groupby(_KEYS)["drive_date"].min()
    starts: dict[tuple[str, str], int] = {
        (str(unit), str(name)): _number(Period.containing(day.date()).code)
        for unit, name, day in begun.reset_index().itertuples(index=False)
    }
    found = [
        row
        for key, start in starts.items()
        for quarter in (int(column) for column in percent.columns)
        if quarter >= start and (row := _judged(percent, starts, key, quarter)) is not None
    ]
    if not found:
        return empty
    table = pd.DataFrame(found)
    units = rows.drop_duplicates(_KEYS).set_index(_KEYS)
    named = units["output_unit"] if "output_unit" in units else pd.Series("", index=units.index)
    keys = pd.MultiIndex.from_frame(table[_KEYS])
    table["output_unit"] = named.reindex(keys).astype("object").fillna("").to_numpy()
    return table[list(COLUMNS)].sort_values(["unit_id", "period", "programme"], ignore_index=True)


def _judged(
    percent: pd.DataFrame, starts: dict[tuple[str, str], int], key: tuple[str, str], quarter: int
) -> dict[str, object] | None:
    start = starts[key]
    # A programme with a drive of its own in these quarters is no comparison.
    busy = [
        other
        for other, at in starts.items()
        if other != key and start - _WINDOW < at <= quarter
    ]  # fmt: skip
    free = percent.drop(index=pd.MultiIndex.from_tuples(busy)) if busy else percent
    same = free.loc[free.index.get_level_values("programme") == key[1]]
    for candidates in (same, free):
        try:
            drive = judge_drive(candidates, key, start, until=quarter)
        except ModelError:
            continue
        break
    else:
        return None
    below = percent.index[(percent[quarter] < 100).to_numpy()]
    copiers = sorted(
        {unit for unit, _ in below if unit != key[0]}, key=lambda u: ((u, key[1]) not in below, u)
    )
    return {
        "unit_id": key[0], "period": _code(quarter), "programme": key[1], "drive_period": _code(start),
        "n_before": drive.n_before, "n_after": drive.n_after, "before_pct": drive.before, "after_pct": drive.after,
        "change": drive.after - drive.before, "others_change": drive.others_change, "n_others": drive.n_others,
        "gain": drive.gain, "gain_low": drive.low, "gain_high": drive.high, "verdict": drive.verdict,
        "may_copy": "|".join(copiers),
    }  # fmt: skip


def _number(code: str) -> int:
    """Return the number of a quarter; consecutive quarters differ by one."""
    return int(code[:4]) * 4 + int(code[-1]) - 1


def _code(number: int) -> str:
    return f"{number // 4}-Q{number % 4 + 1}"
