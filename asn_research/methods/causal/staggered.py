"""Staggered difference-in-differences that stays right when effects differ by wave and grow with time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from asn_research.errors import ModelError, RequestError
from asn_research.methods.causal.group_time import Averager, GroupTimeFit, covariance_of, joint_p, mean_of
from asn_research.methods.causal.propensity_weights import att_influence
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import few_clusters_note
from asn_research.methods.option_choices import choose
from asn_research.methods.panel.within import changing, need_constant, need_unique
from asn_research.methods.result import tidy
from asn_research.rules.words import said, worded

if TYPE_CHECKING:
    pass

Controls = Literal["not_yet", "never"]
Base = Literal["universal", "varying"]
NEVER = np.inf


@dataclass(frozen=True)
class _Wide:
    """Outcomes as entities × periods, with each entity's wave and cluster."""

    y: np.ndarray
    wave: np.ndarray
    cluster: np.ndarray
    x: np.ndarray | None
    n_always: int
    n_moved: int
    begins: int

    @property
    def waves(self) -> list[int]:
        return sorted({int(w) for w in self.wave if np.isfinite(w)})


@estimator(
    outcome=Role.MEASURE, entity=Role.LABEL, period=Role.PERIOD, start=Role.PERIOD, cluster=Role.LABEL,
    covariates=Role.TERM,
)  # fmt: skip
def fit_group_time(
    frame: pd.DataFrame,
    outcome: str,
    *,
    entity: str,
    period: str,
    start: str,
    cluster: str | None = None,
    controls: Controls = "not_yet",
    base: Base = "universal",
    covariates: Sequence[str] = (),
    sizes_estimated: bool = False,
    never: float | Literal["ask"] | None = "ask",
) -> GroupTimeFit:
    """Estimate the effect of each wave in each period, and its averages.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per entity and period.
    outcome, entity, period : str
        Columns; periods are whole numbers, one a quarter.
    start : str
        Column with the period in which the entity's programme started; missing is never.
    cluster : str, optional
        Column whose levels may share errors; by default the entity. For an entity that moves to another
        cluster the one of its first period counts, and a note says how many moved.
    controls : str
        Whom waves are compared with: those who have not started yet, or those who never do.
    base : str
        Against which period those before the start are held. ``universal``: the one before the start, as all
        others, so that a drift adds up. ``varying``: each the one before it (R's ``did`` by default), so that
        each step of a drift stands alone. Effects from the start on are the same.
    covariates : sequence of str
        Columns as they were in the entity's first period. With them each comparison is doubly
        robust: propensity weights and an outcome regression.
    sizes_estimated : bool
        False: averages are over those who really started. True: the waves' sizes are themselves
        a draw, whose error is added (R's ``did``); for a sample of many units, not for a whole city.
    never : float, optional
        Which value of ``start``, beside a missing one, says that an entity never started: R's ``did`` and
        Stata's ``csdid`` write 0. None: no value does. Unless it is said, a zero before the first period
        is asked about.

    Returns
    -------
    GroupTimeFit

    Raises
    ------
    ModelError
        In plain words, where nobody or everybody is treated, nothing can be compared, an entity stands
        twice in a period, or its start or cluster changes.
    RequestError
        If it is not known whether 0 means never.

    Notes
    -----
    Points are those of R's ``did::att_gt`` and ``aggte`` (``est_method = "dr"``). Influence functions count the
    error of the propensities and of the outcome regression (Sant'Anna and Zhao 2020). statsmodels has no such
    model.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"unit": np.repeat(np.arange(40), 4), "tahun": np.tile(np.arange(4), 40)})
    >>> data["mulai"] = np.where(data["unit"] < 20, 2.0, np.nan)
    >>> data["y"] = 0.8 * (data["tahun"] >= data["mulai"]) + rng.normal(size=40)[data["unit"]] + rng.normal(0, 0.2, 160)
    >>> fit = fit_group_time(data, "y", entity="unit", period="tahun", start="mulai")
    >>> bool(abs(fit.row("att")["estimate"] - 0.8) < 3 * fit.row("att")["std_error"])
    True
    """
    marked = with_never(frame, entity=entity, period=period, start=start, never=never)
    wide = _widen(marked, outcome, entity, period, start, cluster or entity, covariates)
    cells, influence = _cells(wide, controls, base)
    n_clusters = len(np.unique(wide.cluster))
    share = np.array([np.mean(wide.wave == w) for w in cells["wave"]])
    member = np.stack([wide.wave == w for w in cells["wave"]], axis=1).astype(float)
    averager = Averager(cells["estimate"].to_numpy(), influence, share, member, wide.cluster, sizes_estimated)
    event = cells["event"].to_numpy()
    after = event >= 0
    if not after.any():
        raise worded(ModelError, "error_no_wave_after")
    errors = np.sqrt(np.diag(covariance_of(influence, wide.cluster)))
    own = tidy([""] * len(cells), cells["estimate"].to_numpy(), errors, n_clusters - 1)
    cells = cells.assign(**{c: own[c] for c in ("std_error", "low", "high", "p_value")})
    cells = cells.assign(wave=cells["wave"] + wide.begins, period=cells["period"] + wide.begins)
    waves = [w for w in (w + wide.begins for w in wide.waves) if (after & (cells["wave"] == w)).any()]
    of_waves = [np.flatnonzero(after & (cells["wave"] == w)) for w in waves]
    steps = sorted(set(event.tolist()))
    by_event = [averager.mean(np.flatnonzero(event == e)) for e in steps]
    periods = sorted(set(cells.loc[after, "period"].tolist()))
    by_period = [averager.mean(np.flatnonzero(after & (cells["period"] == t))) for t in periods]
    groups, _ = averager.table([str(w) for w in waves], [averager.mean(rows) for rows in of_waves])
    events, covariance = averager.table([str(e) for e in steps], by_event)
    overall = [
        _by_size(of_waves, averager), mean_of([m for e, m in zip(steps, by_event, strict=True) if e >= 0]), mean_of(by_period)
    ]  # fmt: skip
    leads = [place for place, e in enumerate(steps) if e < (-1 if base == "universal" else 0)]
    return GroupTimeFit(
        cells=cells,
        simple=averager.table(["att"], [averager.mean(np.flatnonzero(after))])[0],
        groups=groups.assign(wave=waves),
        events=events.assign(event=steps),
        calendar=averager.table([str(t) for t in periods], by_period)[0].assign(period=periods),
        overall=averager.table(["groups", "events", "calendar"], overall)[0],
        leads_p_value=joint_p(
            events["estimate"].to_numpy()[leads], covariance[np.ix_(leads, leads)], n_clusters
        ),
        n_entities=len(wide.wave),
        n_clusters=n_clusters,
        n_always=wide.n_always,
        controls=controls,
        base=base,
        notes=tuple(_notes(wide, waves, n_clusters, entity, period, cluster)),
        formula=f"{outcome} ~ {start} | {entity} + {period}",
        convention=said("convention_group_time_varying" if base == "varying" else "convention_group_time"),
        n=int(np.isfinite(wide.y).sum()),
    )


def _by_size(of_waves: list[np.ndarray], averager: Averager) -> tuple[float, np.ndarray]:
    """Return the mean of the waves' means by their sizes, and each entity's influence on it."""
    means = [averager.mean(rows) for rows in of_waves]
    first = np.array([rows[0] for rows in of_waves])
    summed = Averager(
        np.array([m for m, _ in means]), np.stack([psi for _, psi in means], axis=1), averager.share[first],
        averager.member[:, first], averager.cluster, averager.sizes_estimated,
    )  # fmt: skip
    return summed.mean(np.arange(len(of_waves)))


def _notes(
    wide: _Wide, compared: Sequence[float], n_clusters: int, entity: str, period: str, cluster: str | None
) -> list[str]:
    notes: list[str] = [*few_clusters_note(n_clusters, "note_few_clusters_wild")]
    left_out = [wave for wave in wide.waves if wave + wide.begins not in compared]
    if left_out:
        starts = ", ".join(f"{wave + wide.begins:g}" for wave in left_out)
        n = int(np.isin(wide.wave, left_out).sum())
        notes.append(said("note_waves_left_out", starts=starts, n=n, entity=entity, period=period))
    if wide.n_always:
        notes.append(said("note_always", n=wide.n_always))
    if wide.n_moved:
        notes.append(said("note_moved", n=wide.n_moved, entity=entity, cluster=cluster, period=period))
    return notes


def with_never(
    frame: pd.DataFrame, *, entity: str, period: str, start: str, never: float | Literal["ask"] | None
) -> pd.DataFrame:
    """Return the table with a missing start for those who never started.

    Raises
    ------
    RequestError
        If some start at 0, before the first period, and nobody said what 0 means.
    """
    if never is None:
        return frame
    if isinstance(never, str):
        choose(never, ("ask",), option="never", function="fit_group_time")
    code = 0.0 if never == "ask" else float(never)
    coded = frame[start] == code
    if never == "ask":
        begins = frame[period].min()
        if not coded.any() or begins <= code:
            return frame
        n = int(frame.loc[coded, entity].nunique())
        raise worded(
            RequestError, "error_never_code", start=start, code=f"{code:g}", n=n, entity=entity, period=period,
            first=f"{begins:g}",
        )  # fmt: skip
    return frame.assign(**{start: frame[start].mask(coded).astype(float)})


def _need_base(starts: pd.Series, periods: pd.Series, *, period: str, start: str) -> None:
    """Raise an error if the data have no period right before any start, as a comparison needs it as its base.

    This happens when periods lie further apart than one, such as surveys every second year.
    """
    seen = set(periods.unique())
    begun = sorted(s for s in starts.dropna().unique() if min(seen) < s <= max(seen))
    if begun and not any(s - 1 in seen for s in begun):
        shown = ", ".join(f"{s:g}" for s in begun[:4])
        raise worded(
            ModelError,
            "error_base_period",
            period=period,
            start=start,
            base=f"{begun[0] - 1:g}",
            starts=shown,
        )


def _widen(
    frame: pd.DataFrame,
    outcome: str,
    entity: str,
    period: str,
    start: str,
    cluster: str,
    covariates: Sequence[str],
) -> _Wide:
    used = frame.dropna(subset=[entity, period, cluster, *covariates]).sort_values(period, kind="stable")
    need_unique(used, entity=entity, period=period)
    need_constant(used, start, entity=entity)
    first = used.groupby(entity, observed=True)[list(dict.fromkeys([start, cluster, *covariates]))].first()
    y = used.pivot(index=entity, columns=period, values=outcome).reindex(first.index)  # noqa: PD010
    y = y.reindex(columns=range(int(y.columns.min()), int(y.columns.max()) + 1)) if len(y.columns) else y
    if y.shape[1] < 2:
        raise worded(ModelError, "error_one_period", period=period)
    begins = y.columns.min()
    _need_base(first[start], used[period], period=period, start=start)
    wave = np.asarray(first[start].astype(float).fillna(NEVER)) - float(begins)
    wave[wave >= y.shape[1]] = NEVER
    always = wave <= 0
    if not np.isfinite(wave[~always]).any():
        raise worded(ModelError, "error_nobody_started", period=period)
    values = y.to_numpy(dtype=float)
    spread = np.nanstd(values)
    if not spread > 0:
        raise worded(ModelError, "error_no_variation", outcome=outcome)
    x = first[list(covariates)].to_numpy(dtype=float)[~always] if covariates else None
    codes = pd.factorize(first[cluster] if cluster != entity else pd.Series(first.index))[0]
    return _Wide(
        values[~always],
        wave[~always],
        codes[~always],
        x,
        int(always.sum()),
        changing(used, cluster, entity),
        int(begins),
    )


def _cells(wide: _Wide, controls: Controls, base_is: Base) -> tuple[pd.DataFrame, np.ndarray]:
    """Every wave in every period, and each entity's influence on it (entities × cells)."""
    rows, influence = [], []
    for wave in wide.waves:
        for t in range(wide.y.shape[1]):
            base = t - 1 if base_is == "varying" and t < wave else wave - 1
            if base < 0 or t == base:
                continue
            change = wide.y[:, t] - wide.y[:, base]
            seen = np.isfinite(change)
            treated = seen & (wide.wave == wave)
            later = wide.wave > max(t, base) if controls == "not_yet" else ~np.isfinite(wide.wave)
            untreated = seen & later & (wide.wave != wave)
            if treated.sum() < 2 or untreated.sum() < 2:
                continue
            estimate, psi = _difference(change, treated, untreated, wide.x)
            rows.append((wave, t, t - wave, estimate, int(treated.sum()), int(untreated.sum())))
            influence.append(psi)
    if not rows:
        raise _nothing_compared(wide, controls)
    columns = ["wave", "period", "event", "estimate", "n_treated", "n_controls"]
    return pd.DataFrame(rows, columns=columns), np.stack(influence, axis=1)


def _nothing_compared(wide: _Wide, controls: Controls) -> ModelError:
    """Return the error that tells why no wave can be compared, as far as the data show it."""
    n_never = int((~np.isfinite(wide.wave)).sum())
    if not n_never and len(wide.waves) == 1:
        return worded(ModelError, "error_waves_one_start")
    if controls == "never" and n_never < 2:
        return worded(ModelError, "error_waves_few_never", n=n_never)
    largest = max(int((wide.wave == wave).sum()) for wave in wide.waves)
    if largest < 2:
        return worded(ModelError, "error_waves_single")
    return worded(ModelError, "error_waves_nowhere")


def _difference(
    change: np.ndarray, treated: np.ndarray, untreated: np.ndarray, x: np.ndarray | None
) -> tuple[float, np.ndarray]:
    n, psi = len(change), np.zeros(len(change))
    if x is not None:
        pair = treated | untreated
        estimate, own = att_influence(change[pair], treated[pair].astype(float), x[pair])
        psi[pair] = own * n / pair.sum()
        return estimate, psi
    up, down = change[treated].mean(), change[untreated].mean()
    psi[treated] = (change[treated] - up) * n / treated.sum()
    psi[untreated] = -(change[untreated] - down) * n / untreated.sum()
    return float(up - down), psi
