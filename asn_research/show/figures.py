"""The figures of the reports. Each takes protected tables and returns a block."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from asn_research.protect import ProtectedTable
from asn_research.rules.cities import CITY
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import ACCENT, GREY, LIGHT, SOFT, WARM, canvas, figure_block, number_axis
from asn_research.show.numbers import is_missing

PREDICATE_COLOURS = {
    "very_good": "#1f4e5f", "good": "#6f9aa8", "needs_improvement": "#e0b36a",
    "poor": "#c27d45", "very_poor": "#8c3b2e", "merged": "#c9d0d3",
}  # fmt: skip

#: A bar of fewer percent has no room for its label.
_LABELLED_FROM = 6


def predicate_figure(data: ReportData, shares: dict[str, ProtectedTable]) -> Figure:
    """Draw the distribution of predicates, one bar a group (the unit, the city)."""
    words = data.words
    with canvas(0.95 + 0.5 * len(shares)) as (drawing, axes):
        shown: dict[str, None] = {}
        for place, table in enumerate(reversed(list(shares.values()))):
            left = 0.0
            for row, cell in table.frame.iterrows():
                name, share, text = str(cell["predicate"]), *_share(data, table, row)
                label = words(f"predicate_{name}")
                axes.barh(
                    place, share, left=left, height=0.55, color=PREDICATE_COLOURS[name],
                    label=None if name in shown else label, edgecolor="white", linewidth=0.8,
                )  # fmt: skip
                if share >= _LABELLED_FROM:
                    dark = name in ("very_good", "very_poor", "poor")
                    axes.text(left + share / 2, place, text, ha="center",
                              va="center", fontsize=8.5, color="white" if dark else "#22303a")  # fmt: skip
                shown[name] = None
                left += share
        axes.set_yticks(range(len(shares)), ["\n".join(wrap(name, 24)) for name in reversed(list(shares))])
        axes.set_xlim(0, 100)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(words("axis_share_staff"))
        number_axis(axes, data)
        # In the order of the grades, whatever order the bars were drawn in.
        handles, labels = axes.get_legend_handles_labels()
        named = dict(zip(labels, handles, strict=True))
        order = [words(f"predicate_{name}") for name in PREDICATE_COLOURS if name in shown]
        drawing.legend(
            [named[label] for label in order],
            order,
            loc="outside upper center",
            ncols=6,
            fontsize=8,
            handlelength=1.0,
            columnspacing=1.2,
        )
        return figure_block(
            drawing, data, key="predicates", title=words("figure_predicates"),
            alt=words("figure_predicates_alt"),
        )  # fmt: skip


def _share(data: ReportData, table: ProtectedTable, row: Any) -> tuple[float, str]:
    """Return how long a share's bar is, and its label; one that is told as its end reaches there."""
    value = table.frame.at[row, "share_pct"]
    if not is_missing(value):
        return float(value), data.numbers.percent(value, 0)  # type: ignore[arg-type]
    end = table.frame.at[row, "share_pct_coded"]
    pct = table.rule.coded_pct
    return {"bottom": pct, "top": 100 - pct}.get(str(end), 0.0), data.end(table, row, "share_pct")


def scale_figure(data: ReportData, unit: ProtectedTable, city: ProtectedTable | None) -> Figure:
    """Draw the scales' means with intervals, the unit beside the city."""
    words = data.words
    frame = unit.frame.dropna(subset=["mean"]).set_index("scale")
    with canvas(0.85 + 0.31 * len(frame)) as (drawing, axes):
        places = np.arange(len(frame))[::-1].astype(float)
        if city is not None:
            held = city.frame.set_index("scale").reindex(frame.index)
            axes.hlines(
                places - 0.16,
                held["low"].astype(float),
                held["high"].astype(float),
                color=GREY,
                linewidth=2.5,
            )
            axes.plot(
                held["mean"].astype(float),
                places - 0.16,
                "D",
                color=GREY,
                markersize=5,
                label=data.city.facts.name,
            )
        axes.hlines(
            places + 0.16, frame["low"].astype(float), frame["high"].astype(float), color=SOFT, linewidth=3
        )
        axes.plot(
            frame["mean"].astype(float),
            places + 0.16,
            "o",
            color=ACCENT,
            markersize=6,
            label=data.unit.short_name if not data.is_city else data.name,
        )
        axes.set_yticks(places, [words(f"scale_{key}") for key in frame.index])
        axes.set_xlim(1, 5)
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.set_xlabel(words("axis_scale"))
        axes.grid(visible=False, axis="y")
        number_axis(axes, data)
        if city is not None:
            drawing.legend(loc="outside upper center", ncols=2, fontsize=8.5)
        return figure_block(
            drawing, data, key="scales", title=words("figure_scales"),
            alt=words("figure_scales_alt"), notes=(words("figure_interval_note"),),
        )  # fmt: skip


def unit_figure(
    data: ReportData, table: ProtectedTable, *, key: str, column: str, low: str, high: str,
    title: str, axis: str, decimals: int = 0, standard: str | None = None, higher_is_better: bool = True,
) -> Figure:  # fmt: skip
    """Draw the units beside each other with intervals. The order is by value; it is no ranking."""
    frame = table.frame.loc[table.frame["unit_id"] != CITY].dropna(subset=[column])
    frame = frame.sort_values(column, ascending=higher_is_better)
    whole = table.frame.loc[table.frame["unit_id"] == CITY, column]
    with canvas(1.0 + 0.185 * len(frame)) as (drawing, axes):
        places = np.arange(len(frame))
        axes.hlines(places, frame[low].astype(float), frame[high].astype(float), color=SOFT, linewidth=2.6)
        axes.plot(frame[column].astype(float), places, "o", color=ACCENT, markersize=4.5)
        if standard is not None:
            axes.plot(
                frame[standard].astype(float),
                places,
                "|",
                color=WARM,
                markersize=9,
                markeredgewidth=1.6,
                label=data.words("legend_standard"),
            )
            drawing.legend(loc="outside upper right", fontsize=8.5)
        if len(whole) and pd.notna(whole.iloc[0]):
            axes.axvline(float(whole.iloc[0]), color=GREY, linewidth=1, linestyle=(0, (4, 3)))
            axes.annotate(
                data.words("legend_city"), (float(whole.iloc[0]), 1.0), xycoords=("data", "axes fraction"),
                xytext=(3, 2), textcoords="offset points", fontsize=8, color="#66727a",
            )  # fmt: skip
        axes.set_yticks(places, [data.city.units[unit].short_name for unit in frame["unit_id"]], fontsize=8)
        axes.set_ylim(-0.8, len(frame) - 0.2)
        axes.set_xlabel(axis)
        axes.grid(visible=False, axis="y")
        number_axis(axes, data, decimals=decimals)
        return figure_block(
            drawing, data, key=key, title=title,
            alt=data.words("figure_units_alt", what=axis, n=len(frame)),
            notes=(data.words("figure_units_note"),),
        )  # fmt: skip


def estimate_figure(data: ReportData, estimates: pd.DataFrame) -> Figure:
    """Draw the study's estimates with intervals in standard errors, and the truth where it is known."""
    words = data.words
    frame = estimates.dropna(subset=["estimate", "std_error"])
    with canvas(1.0 + 0.42 * len(frame)) as (drawing, axes):
        places = np.arange(len(frame))[::-1].astype(float)
        # Every question has its own unit, so each is drawn against the size of its own interval.
        scale = frame["std_error"].to_numpy()
        axes.axvline(0, color=GREY, linewidth=1)
        axes.hlines(places, frame["low"] / scale, frame["high"] / scale, color=SOFT, linewidth=3)
        axes.plot(
            frame["estimate"] / scale, places, "o", color=ACCENT, markersize=6, label=words("legend_estimate")
        )
        if "truth_observed" in frame and frame["truth_observed"].notna().any():
            axes.plot(
                frame["truth_observed"] / scale,
                places,
                "d",
                color=WARM,
                markersize=6,
                label=words("legend_truth"),
                fillstyle="none",
                markeredgewidth=1.5,
            )
        axes.set_yticks(places, ["\n".join(wrap(words(f"question_{key}"), 40)) for key in frame["key"]])
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.set_xlabel(words("axis_standard_errors"))
        axes.grid(visible=False, axis="y")
        number_axis(axes, data)
        drawing.legend(loc="outside upper center", ncols=2, fontsize=8.5)
        return figure_block(
            drawing, data, key="estimates", title=words("figure_estimates"),
            alt=words("figure_estimates_alt", n=len(frame)), notes=(words("figure_estimates_note"),),
        )  # fmt: skip


__all__ = [
    "LIGHT",
    "estimate_figure",
    "predicate_figure",
    "scale_figure",
    "unit_figure",
]
