"""The chart of priorities: how elements stand, against how much they matter."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from asn_research.protect import ProtectedTable
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import ACCENT, GREY, SOFT, WARM, canvas, figure_block, number_axis

# Labels closer than this share of the axis would run into each other.
_LINE_HEIGHT = 0.062
# Words stand on white, so that no line runs through them.
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}


def importance_figure(data: ReportData, importance: ProtectedTable) -> Figure | None:
    """Draw each element's index against its importance, both with intervals; none without values."""
    words = data.words
    frame = importance.frame.dropna(subset=["share_pct", "index"])
    if len(frame) < 2:
        return None
    short = {key: f"element_short_{key}" for key in frame["element"]}
    labels = [words(name if words.has(name) else f"element_{key}") for key, name in short.items()]
    first = (frame["field"] == "priority").to_numpy()
    x, y = frame["share_pct"].to_numpy(float), frame["index"].to_numpy(float)
    with canvas(3.9) as (drawing, axes):
        colours = np.where(first, WARM, ACCENT)
        axes.hlines(
            y, frame["share_low"].astype(float), frame["share_high"].astype(float), color=SOFT, linewidth=1.3
        )
        axes.vlines(x, frame["low"].astype(float), frame["high"].astype(float), color=SOFT, linewidth=1.3)
        axes.scatter(x, y, c=colours, s=34, zorder=3)
        axes.axvline(float(frame["cut_share_pct"].iloc[0]), color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.axhline(float(frame["cut_index"].iloc[0]), color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        right_end = 1.04 * max(float(frame["share_high"].max()), 1.3 * float(frame["cut_share_pct"].iloc[0]))
        axes.set_xlim(0, right_end)
        axes.margins(y=0.14)
        _name_fields(axes, data)
        _name_elements(axes, x, y, right_end, labels, list(colours))
        rest = str(frame["outcome"].iloc[0]) == "rest"
        axes.set_xlabel(words("axis_importance_rest" if rest else "axis_importance"))
        axes.set_ylabel(words("axis_index"))
        number_axis(axes, data)
        number_axis(axes, data, which="y")
        named = [label for label, is_first in zip(labels, first, strict=True) if is_first]
        return figure_block(
            drawing, data, key="importance", title=words("figure_importance"),
            alt=words("figure_importance_alt", priority=", ".join(named) or words("nothing_named")),
            notes=(words("figure_importance_note"),),
        )  # fmt: skip


def _name_fields(axes: Axes, data: ReportData) -> None:
    """Write the four fields' names into the corners."""
    corners = {"ample": (0, 1), "keep": (1, 1), "lesser": (0, 0), "priority": (1, 0)}
    for field, (right, top) in corners.items():
        axes.text(
            0.01 + 0.98 * right, 0.02 + 0.965 * top, data.words(f"field_{field}"), transform=axes.transAxes,
            ha="right" if right else "left", va="top" if top else "bottom",
            color=WARM if field == "priority" else "#66727a", fontsize=8.5, style="italic", bbox=_ON_WHITE,
        )  # fmt: skip


def _name_elements(
    axes: Axes, x: np.ndarray, y: np.ndarray, right_end: float, labels: list[str], colours: list[str]
) -> None:  # fmt: skip
    """Write the elements' names beside the chart, apart from each other, each tied to its point."""
    low, high = axes.get_ylim()
    gap = _LINE_HEIGHT * (high - low)
    order = np.argsort(y, kind="stable")
    spots = y[order].copy()
    # Pushed up from below, then back down where the top was passed.
    for at in range(1, len(spots)):
        spots[at] = max(spots[at], spots[at - 1] + gap)
    spots[-1] = min(spots[-1], high - 0.5 * gap)
    for at in range(len(spots) - 2, -1, -1):
        spots[at] = min(spots[at], spots[at + 1] - gap)
    for place, spot in zip(order, spots, strict=True):
        axes.plot([x[place], right_end], [y[place], spot], color="#c9d0d3", linewidth=0.7, zorder=1)
        axes.annotate(
            labels[place], (1.0, spot), xycoords=("axes fraction", "data"), xytext=(4, 0), fontsize=8.5,
            textcoords="offset points", va="center", color=colours[place], annotation_clip=False,
        )  # fmt: skip
