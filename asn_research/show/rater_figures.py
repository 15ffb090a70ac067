"""Figures of raters and fairness. Each takes a protected table and returns a block."""

from __future__ import annotations

from textwrap import wrap

import numpy as np

from asn_research.protect import ProtectedTable
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import ACCENT, GREY, SOFT, canvas, figure_block, number_axis


def spread_figure(data: ReportData, spreads: ProtectedTable) -> Figure:
    """Draw where the differences between ratings come from, in points, with intervals."""
    words, frame = data.words, spreads.frame.dropna(subset=["sd"])
    with canvas(1.0 + 0.42 * len(frame)) as (drawing, axes):
        places = np.arange(len(frame))[::-1].astype(float)
        axes.barh(places, frame["sd"].astype(float), height=0.55, color=SOFT)
        axes.hlines(
            places, frame["low"].astype(float), frame["high"].astype(float), color=ACCENT, linewidth=2.2
        )
        axes.set_yticks(places, ["\n".join(wrap(words(f"spread_{key}"), 34)) for key in frame["source"]])
        axes.set_xlim(left=0)
        axes.set_xlabel(words("axis_spread"))
        axes.grid(visible=False, axis="y")
        number_axis(axes, data, decimals=1)
        widest = frame["source"].to_numpy()[int(np.argmax(frame["sd"].to_numpy(dtype=float)))]
        return figure_block(
            drawing, data, key="rater_spreads", title=words("figure_spreads", widest=words(f"spread_{widest}").lower()),
            alt=words("figure_spreads_alt", widest=words(f"spread_{widest}")), notes=(words("figure_bars_note"),),
        )  # fmt: skip


def gap_figure(data: ReportData, gaps: ProtectedTable) -> Figure:
    """Draw the adjusted gap of each group to its base group with its interval, and the raw gap beside it."""
    words, frame = data.words, gaps.frame.dropna(subset=["gap"])
    with canvas(1.0 + 0.27 * len(frame)) as (drawing, axes):
        places = np.arange(len(frame))[::-1].astype(float)
        axes.axvline(0, color=GREY, linewidth=1)
        axes.hlines(places, frame["low"].astype(float), frame["high"].astype(float), color=SOFT, linewidth=3)
        axes.plot(
            frame["gap"].astype(float),
            places,
            "o",
            color=ACCENT,
            markersize=6,
            label=words("legend_adjusted"),
        )
        axes.plot(
            frame["raw"].astype(float), places, "o", color=GREY, markersize=6, fillstyle="none",
            markeredgewidth=1.4, label=words("legend_raw"),
        )  # fmt: skip
        axes.set_yticks(places, [gap_label(data, *row) for row in frame[["level", "base"]].to_numpy()])
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.set_xlabel(words("axis_gap"))
        axes.grid(visible=False, axis="y")
        number_axis(axes, data, decimals=1)
        drawing.legend(loc="outside upper center", ncols=2, fontsize=8.5)
        n = int(((frame["low"] > 0) | (frame["high"] < 0)).sum())
        title = words("figure_gaps", n=n, of=len(frame)) if n else words("figure_gaps_none")
        return figure_block(
            drawing, data, key="group_gaps", title=title,
            alt=words("figure_gaps_alt", n=len(frame)), notes=(words("figure_gaps_note"),),
        )  # fmt: skip


def group_label(data: ReportData, level: str) -> str:
    """Return a group's name: *perempuan*, *PPPK*, *golongan III*, *usia 46–55*."""
    key = f"group_{level}"
    return data.words(key) if data.words.has(key) else data.words("group_age", band=level.replace("-", "–"))


def gap_label(data: ReportData, level: str, base: str) -> str:
    """Return which groups a gap is between."""
    return data.words("gap_between", group=group_label(data, level), base=group_label(data, base))
