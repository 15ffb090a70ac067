"""The study's figures for notebooks, in the language of the data. Titles say the finding, so they are the caller's."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from asn_research.export.drawn_numbers import drawn_number, write_decimals
from asn_research.rules.words import load_words
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import ACCENT, GREY, LIGHT, SOFT, WARM, canvas, figure_block

_MARKS = (("o", ACCENT), ("s", WARM), ("^", GREY))


def _block(drawing: Canvas, data: ReportData, *, key: str, title: str, alt: str) -> Figure:
    write_decimals(drawing.axes, data.language)
    return figure_block(drawing, data, key=key, title=title, alt=alt)


def _digits(value: float, language: str) -> str:
    """Return a number with three digits."""
    return drawn_number(f"{value:.3g}", language)


def event_figure(
    data: ReportData,
    studies: Mapping[str, pd.DataFrame],
    *,
    title: str,
    outcome: str,
    truth: pd.DataFrame | None = None,
) -> Figure:
    """Draw effects by quarters since the start, with one colour per method and the truth as a line."""
    words = load_words(data.language)
    with canvas(3.1) as (drawing, axes):
        axes.axhline(0, color=GREY, linewidth=1)
        axes.axvline(-0.5, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        if truth is not None:
            axes.step(
                truth["event"],
                truth["effect"],
                where="mid",
                color="black",
                linewidth=1.2,
                label=words("plot_truth"),
            )
        for place, (name, events) in enumerate(studies.items()):
            mark, colour = _MARKS[place % len(_MARKS)]
            spot = events["event"] + 0.16 * (place - (len(studies) - 1) / 2)
            axes.vlines(spot, events["low"], events["high"], color=colour, linewidth=2, alpha=0.55)
            axes.plot(spot, events["estimate"], mark, color=colour, markersize=5, label=name)
        axes.set_xlabel(words("plot_since_start"))
        axes.set_ylabel("\n".join(wrap(outcome, 34)))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        drawing.legend(loc="outside upper center", ncols=4, fontsize=8.5)
        alt = words("plot_events_alt", title=title, list=", ".join(studies))
        return _block(drawing, data, key="events", title=title, alt=alt)


def curve_figure(data: ReportData, curve: pd.DataFrame, *, title: str, chosen: str = "") -> Figure:
    """Draw a specification curve: every version's estimate above the choices that made it."""
    words = load_words(data.language)
    choices = [
        (kind, value) for kind in ("outcome", "effects", "controls") for value in sorted(curve[kind].unique())
    ]
    with canvas(2.2 + 0.2 * len(choices)) as (drawing, axes):
        axes.remove()
        upper, lower = drawing.subplots(2, 1, sharex=True, height_ratios=[2, 0.2 * len(choices)])
        places = np.arange(len(curve))
        clear = (curve["low"] > 0) | (curve["high"] < 0)
        upper.axhline(0, color=GREY, linewidth=1)
        upper.vlines(places, curve["low"], curve["high"], color=SOFT, linewidth=2)
        for is_clear, face in ((True, ACCENT), (False, "white")):
            rows = np.flatnonzero(clear == is_clear)
            label = words("plot_interval_out") if is_clear else words("plot_interval_in")
            if len(rows):
                upper.plot(
                    rows,
                    curve["estimate"].iloc[rows],
                    "o",
                    color=ACCENT,
                    markerfacecolor=face,
                    markersize=4.5,
                    label=label,
                )
        if chosen:
            rows = np.flatnonzero(np.asarray(curve.eval(chosen)))
            upper.plot(
                rows,
                curve["estimate"].iloc[rows],
                "D",
                color=WARM,
                markersize=6,
                label=words("plot_the_study"),
            )
        upper.set_ylabel(words("plot_sd_outcome"))
        for row, (kind, value) in enumerate(choices):
            spots = np.flatnonzero(curve[kind] == value)
            lower.plot(spots, np.full(len(spots), -row), "s", color=ACCENT, markersize=4)
        lower.set_yticks(
            [-r for r in range(len(choices))],
            [f"{words(f'plot_choice_{kind}')}: {value}" for kind, value in choices],
            fontsize=7.5,
        )
        lower.set_ylim(-len(choices) + 0.4, 0.6)
        lower.set_xticks([])
        drawing.legend(loc="outside upper center", ncols=3, fontsize=8.5)
        return _block(
            drawing, data, key="curve", title=title, alt=words("plot_curve_alt", title=title, n=len(curve))
        )


def sensitivity_figure(
    data: ReportData, table: pd.DataFrame, *, title: str, at_zero: float, unit: str
) -> Figure:
    """Draw an indirect effect as a function of the error correlation that a hidden cause would produce."""
    words = load_words(data.language)
    with canvas(2.7) as (drawing, axes):
        axes.axhline(0, color=GREY, linewidth=1)
        axes.fill_between(table["rho"], table["low"], table["high"], color=SOFT, alpha=0.35, linewidth=0)
        axes.plot(table["rho"], table["indirect"], "-", color=ACCENT, linewidth=1.8)
        here = float(np.interp(0, table["rho"], table["indirect"]))
        axes.plot([0], [here], "o", color=ACCENT, markersize=6)
        axes.annotate(
            words("plot_estimate"), (0, here), xytext=(6, 6), textcoords="offset points", fontsize=8.5
        )
        axes.plot([at_zero], [0], "D", color=WARM, markersize=6)
        axes.annotate(
            words("plot_nil_at", rho=drawn_number(f"{at_zero:.2f}", data.language)),
            (at_zero, 0),
            xytext=(8, 8),
            textcoords="offset points",
            color=WARM,
            fontsize=8.5,
        )
        axes.set_xlabel(words("plot_rho"))
        axes.set_ylabel("\n".join(wrap(unit, 30)))
        alt = words("plot_rho_alt", title=title, rho=drawn_number(f"{at_zero:.2f}", data.language))
        return _block(drawing, data, key="sensitivity", title=title, alt=alt)


def contour_figure(data: ReportData, adjusted: pd.DataFrame, *, title: str, estimate: float) -> Figure:
    """Draw the estimate that remains after hidden causes of given strengths."""
    words = load_words(data.language)
    wide = adjusted.pivot_table(index="r2_outcome", columns="r2_exposure", values="adjusted")
    with canvas(3.0) as (drawing, axes):
        levels = [
            level
            for level in MaxNLocator(8).tick_values(wide.to_numpy().min(), estimate)
            if abs(level) > 1e-12
        ]
        lines = axes.contour(
            100 * wide.columns,
            100 * wide.index,
            wide.to_numpy(),
            levels=levels,
            colors=[SOFT],
            linewidths=1.1,
        )
        axes.clabel(lines, fontsize=7.5, fmt=lambda level: _digits(level, data.language), colors=[ACCENT])
        if wide.to_numpy().min() < 0 < wide.to_numpy().max():
            nil = axes.contour(
                100 * wide.columns, 100 * wide.index, wide.to_numpy(), levels=[0], colors=[WARM], linewidths=2
            )
            axes.clabel(nil, fontsize=8, fmt=words("plot_nil"), colors=[WARM])
        axes.plot([0], [0], "o", color=ACCENT, markersize=7, clip_on=False)
        axes.annotate(
            _digits(estimate, data.language), (0, 0), xytext=(7, 6), textcoords="offset points", fontsize=8.5
        )
        axes.set_xlabel(words("plot_share_exposure"))
        axes.set_ylabel(words("plot_share_outcome"))
        axes.grid(color=LIGHT)
        return _block(drawing, data, key="contour", title=title, alt=title)


def power_figure(data: ReportData, table: pd.DataFrame, *, title: str) -> Figure:
    """Draw power by number of employees, with one line per effect and one panel per number of quarters."""
    words = load_words(data.language)
    lengths = sorted(table["quarters"].unique())
    with canvas(2.9) as (drawing, axes):
        axes.remove()
        panels = np.atleast_1d(drawing.subplots(1, len(lengths), sharey=True))
        for axis, length in zip(panels, lengths, strict=True):
            part = table.loc[table["quarters"] == length]
            axis.axhline(0.8, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
            for place, (effect, rows) in enumerate(part.groupby("effect")):
                mark, colour = _MARKS[place % len(_MARKS)]
                axis.fill_between(
                    rows["employees"], rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0
                )
                label = (
                    words("plot_effect", effect=drawn_number(f"{effect:g}", data.language))
                    if length == lengths[0]
                    else None
                )
                axis.plot(
                    rows["employees"], rows["power"], mark + "-", color=colour, markersize=5, label=label
                )
            axis.set_title(words("plot_quarters", n=length), fontsize=9)
            axis.set_xscale("log")
            sizes = sorted(part["employees"].unique())
            axis.set_xticks(sizes, [data.numbers.number(size) for size in sizes])
            axis.minorticks_off()
            axis.set_xlabel(words("plot_employees"))
            axis.set_ylim(0, 1.03)
        panels[0].set_ylabel(words("plot_power"))
        drawing.legend(loc="outside upper center", ncols=4, fontsize=8.5)
        return _block(drawing, data, key="power", title=title, alt=title)
