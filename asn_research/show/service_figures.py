"""Figures of service times and good practice for notebooks, in the reader's language and the reports' style."""

from __future__ import annotations

import io
from dataclasses import dataclass
from textwrap import wrap

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Canvas

from asn_research.export.drawn_numbers import write_decimals
from asn_research.methods.causal.synthetic_control import SyntheticFit
from asn_research.methods.survey.league import Pooled
from asn_research.methods.time.interrupted import InterruptedFit
from asn_research.rules.words import Language, load_words
from asn_research.show.drawing import ACCENT, GREY, SOFT, WARM, canvas


@dataclass(frozen=True)
class Plot:
    """A drawn figure and the data under it.

    Parameters
    ----------
    png : bytes
        The drawing.
    data : pd.DataFrame
        What was drawn.
    """

    png: bytes
    data: pd.DataFrame

    def __repr__(self) -> str:
        """Return one line; the drawing would fill pages."""
        return f"<Plot of {len(self.data)} rows>"

    def _repr_png_(self) -> bytes:
        return self.png


def _plot(drawing: Canvas, data: pd.DataFrame, language: Language) -> Plot:
    write_decimals(drawing.axes, language)
    png = io.BytesIO()
    with mpl.rc_context({"savefig.facecolor": "white"}):
        drawing.savefig(png, format="png", dpi=130, metadata={"Software": None})
    return Plot(png.getvalue(), data)


def series_plot(fit: InterruptedFit, *, axis: str, time: str = "", language: Language = "en") -> Plot:
    """Draw a series, its fit, and the line that it would have followed without the change."""
    words, frame = load_words(language), fit.fitted
    after = frame["time"] >= frame["time"].iloc[fit.n_before]
    with canvas(2.8) as (drawing, axes):
        axes.plot(
            frame["time"], frame["observed"], "o", color=ACCENT, markersize=4.5, label=words("plot_observed")
        )
        axes.plot(
            frame["time"], frame["fitted"], "-", color=ACCENT, linewidth=1.6, label=words("plot_fitted")
        )
        axes.plot(frame.loc[after, "time"], frame.loc[after, "counterfactual"], "--", color=WARM, linewidth=1.6,
                  label=words("plot_carried_on"))  # fmt: skip
        axes.axvline(frame["time"].iloc[fit.n_before] - 0.5, color=GREY, linewidth=1)
        axes.set_xlabel(time or words("plot_month"))
        axes.set_ylabel("\n".join(wrap(axis, 30)))
        drawing.legend(loc="outside upper center", ncols=3, fontsize=8.5)
        return _plot(drawing, frame, language)


def synthetic_plot(fit: SyntheticFit, *, axis: str, time: str = "", language: Language = "en") -> Plot:
    """Draw the unit that changed and its synthetic control."""
    words, frame = load_words(language), fit.path
    with canvas(2.8) as (drawing, axes):
        axes.plot(frame["period"], frame["observed"], "-o", color=ACCENT, markersize=4.5, label=fit.unit)
        axes.plot(frame["period"], frame["synthetic"], "--", color=WARM, linewidth=1.6, label=words("plot_blend"))  # fmt: skip
        axes.axvline(frame["period"].iloc[fit.n_before] - 0.5, color=GREY, linewidth=1)
        axes.set_xlabel(time or words("plot_month"))
        axes.set_ylabel("\n".join(wrap(axis, 30)))
        drawing.legend(loc="outside upper center", ncols=2, fontsize=8.5)
        return _plot(drawing, frame, language)


def placebo_plot(fit: SyntheticFit, *, axis: str, language: Language = "en") -> Plot:
    """Draw the unit's change among the changes that the same comparison finds elsewhere."""
    words, frame = load_words(language), fit.placebos
    with canvas(2.3) as (drawing, axes):
        axes.hist(
            frame["effect"].iloc[1:],
            bins=20,
            color=SOFT,
            edgecolor="white",
            label=words("plot_units_unchanged"),
        )
        axes.axvline(frame["effect"].iloc[0], color=WARM, linewidth=2.2, label=fit.unit)
        axes.set_xlabel(axis)
        axes.set_ylabel(words("plot_n_units"))
        drawing.legend(loc="outside upper center", ncols=2, fontsize=8.5)
        return _plot(drawing, frame, language)


def estimates_plot(
    table: pd.DataFrame, *, label: str, axis: str, truth: str | None = None, language: Language = "en"
) -> Plot:
    """Draw estimates with intervals, one per row, and the true value if it is known.

    Parameters
    ----------
    table : pd.DataFrame
        With ``estimate``, ``low`` and ``high``.
    label : str
        Column that names the rows.
    axis : str
        The axis' label.
    truth : str, optional
        Column with the truth; rows without one get no mark.
    language : {"en", "id"}
        Of the legend.
    """
    words, frame = load_words(language), table.iloc[::-1].reset_index(drop=True)
    with canvas(0.9 + 0.36 * len(frame)) as (drawing, axes):
        axes.axvline(0, color=GREY, linewidth=1)
        axes.hlines(frame.index, frame["low"], frame["high"], color=SOFT, linewidth=3)
        axes.plot(
            frame["estimate"],
            frame.index,
            "o",
            color=ACCENT,
            markersize=6,
            label=words("plot_estimate_interval"),
        )
        if truth is not None and frame[truth].notna().any():
            axes.plot(frame[truth], frame.index, "d", color=WARM, markersize=6.5, fillstyle="none",
                      markeredgewidth=1.5, label=words("plot_truth"))  # fmt: skip
            drawing.legend(loc="outside upper center", ncols=2, fontsize=8.5)
        axes.set_yticks(frame.index, ["\n".join(wrap(str(name), 42)) for name in frame[label]])
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.set_xlabel(axis)
        axes.grid(visible=False, axis="y")
        return _plot(drawing, frame, language)


def league_plot(pooled: Pooled, *, label: str, axis: str, language: Language = "en") -> Plot:
    """Draw pooled values with intervals above the raw ones, ordered by value; the order is no ranking."""
    words, frame = load_words(language), pooled.table.iloc[::-1].reset_index(drop=True)
    with canvas(1.0 + 0.23 * len(frame)) as (drawing, axes):
        axes.axvline(pooled.mean, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        axes.hlines(frame.index, frame["low"], frame["high"], color=SOFT, linewidth=3)
        axes.plot(
            frame["raw"],
            frame.index,
            "|",
            color=WARM,
            markersize=9,
            markeredgewidth=1.6,
            label=words("plot_as_measured"),
        )
        axes.plot(
            frame["pooled"],
            frame.index,
            "o",
            color=ACCENT,
            markersize=5,
            label=words("plot_drawn_together"),
        )
        names = [words("plot_rank", name=name, low=low, high=high) for name, low, high in
                 zip(frame[label], frame["rank_low"], frame["rank_high"], strict=True)]  # fmt: skip
        axes.set_yticks(frame.index, names, fontsize=8)
        axes.set_ylim(-0.8, len(frame) - 0.2)
        axes.set_xlabel(axis)
        axes.grid(visible=False, axis="y")
        drawing.legend(loc="outside upper center", ncols=2, fontsize=8.5)
        return _plot(drawing, frame, language)
