"""Units beside each other: pooled values with intervals, coloured by what can be told."""

from __future__ import annotations

import numpy as np

from asn_research.protect import ProtectedTable
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import ACCENT, GREY, INK, SOFT, WARM, canvas, figure_block, number_axis

#: Line and dot of each tier; what cannot be told apart stays grey.
_COLOURS = {"above": (SOFT, ACCENT), "below": ("#e3bf98", WARM), "not_distinguishable": ("#d3d9dc", GREY)}


def standing_figure(data: ReportData, table: ProtectedTable, *, key: str, title: str, axis: str) -> Figure:
    """Draw pooled values with intervals, the units' own values, and what was expected of each.

    Parameters
    ----------
    data : ReportData
        Of the city.
    table : ProtectedTable
        Rows of `standings` of one period and indicator.
    key, title, axis : str
        The figure's key, title and axis label.
    """
    words = data.words
    frame = table.frame.dropna(subset=["pooled"]).sort_values("pooled", kind="stable")
    tiers = frame["tier"].value_counts()
    with canvas(1.15 + 0.185 * len(frame)) as (drawing, axes):
        places = np.arange(len(frame), dtype=float)
        for name in ("not_distinguishable", "below", "above"):
            chosen = (frame["tier"] == name).to_numpy()
            if not chosen.any():
                continue
            line, dot = _COLOURS[name]
            own = frame.loc[chosen]
            axes.hlines(
                places[chosen], own["low"].astype(float), own["high"].astype(float), color=line, linewidth=2.8
            )
            axes.plot(
                own["pooled"].astype(float), places[chosen], "o", color=dot, markersize=4.8,
                label=words(f"tier_{name}"),
            )  # fmt: skip
        axes.plot(
            frame["value"].astype(float), places, "o", markerfacecolor="none", markeredgecolor=INK,
            markeredgewidth=0.7, markersize=4.2, alpha=0.75, label=words("legend_own"),
        )  # fmt: skip
        axes.plot(
            frame["expected"].astype(float), places, "|", color=INK, markersize=8, markeredgewidth=1.1,
            label=words("legend_expected"),
        )  # fmt: skip
        axes.set_yticks(places, [data.city.units[unit].short_name for unit in frame["unit_id"]], fontsize=8)
        axes.set_ylim(-0.8, len(frame) - 0.2)
        axes.set_xlabel(axis)
        axes.grid(visible=False, axis="y")
        number_axis(axes, data)
        drawing.legend(loc="outside upper center", ncols=5, fontsize=8, handlelength=1.0, columnspacing=1.2)
        return figure_block(
            drawing, data, key=key, title=title,
            alt=words(
                "figure_standings_alt", what=axis, n=len(frame), above=int(tiers.get("above", 0)),
                below=int(tiers.get("below", 0)),
            ),
            notes=(words("figure_standings_note"),),
        )  # fmt: skip
