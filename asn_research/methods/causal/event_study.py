"""Event studies by regression: by wave (Sun and Abraham), and the usual two-way one beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.causal.staggered import with_never
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.formula import formula_of
from asn_research.methods.panel.fixed_effects import PanelFit, fit_panel
from asn_research.methods.panel.within import need_constant, need_unique

if TYPE_CHECKING:
    from matplotlib.axes import Axes
from asn_research.methods.result import Result, tidy
from asn_research.rules.words import Language, worded


@dataclass(frozen=True, repr=False)
class EventStudyFit(Result):
    """An event study by regression.

    Parameters
    ----------
    events : pd.DataFrame
        By periods since the start: term, event, estimate, std_error, low, high, p_value.
    att : pd.DataFrame
        The mean effect on the treated, one row.
    controls : pd.DataFrame
        Slopes of the other regressors.
    regression : PanelFit
        The regression behind it.
    formula : str
        What was estimated.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = ("att", "event")

    events: pd.DataFrame
    att: pd.DataFrame
    controls: pd.DataFrame
    regression: PanelFit
    formula: str = ""

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """The mean effect (``att``), then periods since the start (``event 0``), then other regressors."""
        events = self.events.assign(term="event " + self.events["term"])
        return pd.concat([self.att, events, self.controls], ignore_index=True)[list(self.att.columns)]

    @property
    def n(self) -> int:  # type: ignore[override]
        """Rows used."""
        return self.regression.n

    @property
    def n_clusters(self) -> int:
        """Clusters."""
        return self.regression.n_clusters

    @property
    def convention(self) -> str:  # type: ignore[override]
        """How errors are scaled."""
        return self.regression.convention

    @property
    def notes(self) -> tuple[str, ...]:  # type: ignore[override]
        """What limits the reading."""
        return self.regression.notes

    def plot(
        self,
        ax: Axes | None = None,
        *,
        terms: Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
        language: Language | None = None,
    ) -> Axes:
        """Draw the effects by periods since the start; see `Result.plot`."""
        shown = terms if terms is not None else ["event " + term for term in self.events["term"]]
        return super().plot(ax, terms=shown, labels=labels, language=language)


@estimator(
    outcome=Role.MEASURE, entity=Role.LABEL, period=Role.PERIOD, start=Role.PERIOD, cluster=Role.LABEL,
    regressors=Role.TERM,
)  # fmt: skip
def fit_event_study(
    frame: pd.DataFrame,
    outcome: str,
    *,
    entity: str,
    period: str,
    start: str,
    cluster: str | None = None,
    regressors: Sequence[str] = (),
    by_wave: bool = True,
    never: float | Literal["ask"] | None = "ask",
) -> EventStudyFit:
    """Fit an event study against the period before the start.

    Parameters
    ----------
    frame, outcome, entity, period, start, cluster, never
        As in `asn_research.methods.causal.staggered.fit_group_time`.
    regressors : sequence of str
        Further columns.
    by_wave : bool
        True: a coefficient for each wave and event time, averaged by the waves' sizes (Sun and
        Abraham 2021; R ``fixest::sunab``). False: one coefficient an event time for all waves, which
        is biased where waves' effects differ; it is there to be shown beside the other.

    Returns
    -------
    EventStudyFit

    Raises
    ------
    ModelError
        In plain words, where nobody is treated or nobody is left untreated.

    Notes
    -----
    Estimates and errors equal those of ``pyfixest.event_study(..., estimator="saturated")`` to 1e-8. Intervals are
    by the t distribution with one degree of freedom less than clusters, there by the normal one.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"unit": np.repeat(np.arange(40), 4), "tahun": np.tile(np.arange(4), 40)})
    >>> data["mulai"] = np.where(data["unit"] < 20, 2.0, np.nan)
    >>> data["y"] = 0.8 * (data["tahun"] >= data["mulai"]) + rng.normal(size=40)[data["unit"]] + rng.normal(0, 0.2, 160)
    >>> fit = fit_event_study(data, "y", entity="unit", period="tahun", start="mulai")
    >>> fit.events[["event", "estimate"]].round(2)
       event  estimate
    0     -2     -0.12
    1      0      0.72
    2      1      0.57
    """
    marked = with_never(frame, entity=entity, period=period, start=start, never=never)
    need_unique(marked.dropna(subset=[entity, period]), entity=entity, period=period)
    need_constant(marked.dropna(subset=[entity, period]), start, entity=entity)
    used = marked.dropna(subset=[outcome, entity, period, *regressors]).copy()
    begins, ends = used[period].min(), used[period].max()
    wave = used[start].astype(float)
    wave = wave.where(wave <= ends)
    used = used.loc[~(wave <= begins)]
    wave = wave.loc[used.index]
    if wave.notna().sum() == 0:
        raise worded(ModelError, "error_nobody_started", period=period)
    if wave.notna().all():
        raise worded(ModelError, "error_everybody_started")
    event = (used[period] - wave).to_numpy()
    cell = (wave - begins).to_numpy() * (ends - begins + 1) * 4 + event if by_wave else event
    keep = np.isfinite(event) & (event != -1)
    levels = np.unique(cell[keep])
    names = [f"cell_{place}_" for place in range(len(levels))]
    dummies = pd.DataFrame((cell[:, None] == levels).astype(float), index=used.index, columns=names)
    fit = fit_panel(
        pd.concat([used, dummies], axis=1), outcome, [*names, *regressors], effects=[entity, period],
        cluster=cluster or entity,
    )  # fmt: skip
    sizes = dummies.to_numpy().sum(axis=0)
    when = np.array([event[cell == level][0] for level in levels]).astype(int)
    steps = sorted(set(when.tolist()))
    by_event = np.stack([np.where(when == e, sizes, 0) for e in steps])
    after = np.where(when >= 0, sizes, 0)[None, :]
    k = len(levels)
    beta, covariance, df = fit.table["estimate"].to_numpy()[:k], fit.covariance[:k, :k], fit.n_clusters - 1

    def averaged(terms: list[str], weights: np.ndarray) -> pd.DataFrame:
        weights = weights / weights.sum(axis=1, keepdims=True)
        return tidy(terms, weights @ beta, np.sqrt(np.diag(weights @ covariance @ weights.T)), df)

    return EventStudyFit(
        events=averaged([str(e) for e in steps], by_event).assign(event=steps),
        att=averaged(["att"], after),
        controls=fit.table.iloc[k:].reset_index(drop=True),
        regression=fit,
        formula=formula_of(outcome, [start, *regressors], [entity, period]),
    )
