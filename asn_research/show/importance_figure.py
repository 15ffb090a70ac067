"""The chart of priorities: how elements stand, against how much they matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import seaborn.objects as so
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from asn_research.protect import ProtectedTable
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import (
    ACCENT,
    GREY,
    MUTED,
    WARM,
    canvas,
    figure_block,
    number_axis,
    plot_on,
    put,
)

#: The best value of an element.
_TOP = 100.0
# Shares of the axes: how high a line is, how wide a letter, and half a point.
_LINE_HEIGHT, _LETTER, _POINT = 0.064, 0.0125, 0.01
#: A name is looked a place for within so many quarters of a line above and below its point.
_STEPS = 24


class _MarksOfTheScale(MaxNLocator):
    """Tick marks up to the top of the scale: names of fields need room above it, but no value lies there."""

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return the marks between two ends that are on the scale."""
        return [mark for mark in super().tick_values(vmin, vmax) if mark <= _TOP]


def importance_figure(data: ReportData, importance: ProtectedTable) -> Figure | None:
    """Draw each element's index against its importance, with its name beside the point; None without values."""
    words = data.words
    frame = importance.frame.dropna(subset=["share_pct", "index"])
    if len(frame) < 2:
        return None
    short = {key: f"element_short_{key}" for key in frame["element"]}
    labels = [words(name if words.has(name) else f"element_{key}") for key, name in short.items()]
    first = frame["field"].astype("str") == "priority"
    drawn = frame.assign(x=frame["share_pct"].astype("float64"), y=frame["index"].astype("float64"))
    with canvas(2.6) as (drawing, axes):
        for chosen, colour in ((~first, ACCENT), (first, WARM)):
            if chosen.any():
                put(plot_on(axes, drawn[chosen], x="x", y="y").add(so.Dot(color=colour, pointsize=6.5)), axes)
        axes.axvline(float(frame["cut_share_pct"].iloc[0]), color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.axhline(float(frame["cut_index"].iloc[0]), color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.set_xlim(0, 1.22 * max(float(drawn["x"].max()), 1.2 * float(frame["cut_share_pct"].iloc[0])))
        axes.margins(y=0.2)
        axes.grid(visible=False)
        _name_fields(axes, data)
        _name_elements(axes, drawn["x"].to_numpy(), drawn["y"].to_numpy(), labels, first.to_numpy())
        rest = str(frame["outcome"].iloc[0]) == "rest"
        axes.set_xlabel(words("axis_importance_rest" if rest else "axis_importance"))
        axes.set_ylabel(words("axis_index"))
        number_axis(axes, data)
        number_axis(axes, data, which="y")
        axes.yaxis.set_major_locator(_MarksOfTheScale(nbins=7, integer=True))
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
            color=WARM if field == "priority" else MUTED, fontsize=8.5, style="italic",
        )  # fmt: skip


def _name_elements(axes: Axes, x: np.ndarray, y: np.ndarray, labels: list[str], first: np.ndarray) -> None:
    """Write each element's name beside its point, where it touches no other name or point and lies nearest."""
    (low, high), right = axes.get_ylim(), axes.get_xlim()[1]
    points = [(float(a) / right, (float(b) - low) / (high - low)) for a, b in zip(x, y, strict=True)]
    # What a name may not touch: where it begins and ends, and how high it stands.
    taken = [(across - _POINT, across + _POINT, up) for across, up in points]
    for at in np.argsort(y, kind="stable"):
        across, up = points[at]
        width = _LETTER * len(labels[at])
        others = [each for number, each in enumerate(taken) if number != at]
        places = sorted(_places(across, up, width), key=lambda place: place[2])
        start, height, _ = next((p for p in places if _is_free(p, width, others)), places[-1])
        taken.append((start, start + width, height))
        axes.annotate(
            labels[at], (start, height), xycoords="axes fraction", fontsize=8.5, va="center",
            color=WARM if first[at] else ACCENT, annotation_clip=False,
            # A dashed line does not strike a name through.
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip


def _places(across: float, up: float, width: float) -> Iterator[tuple[float, float, float]]:
    """Yield possible positions of a name: its start, its height, and its distance from the point."""
    for step in range(-_STEPS, _STEPS + 1):
        away = abs(step) * _LINE_HEIGHT / 4
        height = min(max(up + step * _LINE_HEIGHT / 4, 0.04), 0.96)
        # To the right before the left, and above before below.
        for start, cost in ((across + 0.014, 0.0), (across - 0.014 - width, 0.02)):
            if start >= 0:
                yield start, height, away + cost + (0.001 if step < 0 else 0.0)


def _is_free(
    place: tuple[float, float, float], width: float, taken: Sequence[tuple[float, float, float]]
) -> bool:
    start, height, _ = place
    end = start + width
    return end <= 1.02 and not any(
        start < stop and end > begin and abs(height - other) < _LINE_HEIGHT for begin, stop, other in taken
    )
