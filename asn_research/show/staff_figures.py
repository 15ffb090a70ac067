"""The figures of the internal reports: predikat, and values of a unit beside the city's. Each tells its finding as its title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import pandas as pd
import seaborn.objects as so

from asn_research.methods.estimates import Estimate
from asn_research.protect import ProtectedTable
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import (
    ACCENT,
    GREY,
    INK,
    SOFT,
    canvas,
    figure_block,
    number_axis,
    plot_on,
    put,
)
from asn_research.show.numbers import is_missing

PREDIKAT_COLOURS = {
    "very_good": "#1f4e5f", "good": "#6f9aa8", "needs_improvement": "#e0b36a",
    "poor": "#c27d45", "very_poor": "#8c3b2e", "merged": "#c9d0d3",
}  # fmt: skip
#: A bar of fewer percent has no room for its label.
_LABELLED_FROM = 6
#: On these the label is white.
_DARK = ("very_good", "very_poor", "poor")


@dataclass(frozen=True)
class Beside:
    """One line of a figure: a value, and the city's where it stands beside it.

    Parameters
    ----------
    label : str
        What it is.
    own : Estimate
        The report's own value with its interval.
    city : Estimate or None
        The city's.
    """

    label: str
    own: Estimate
    city: Estimate | None = None


def beside_figure(
    data: ReportData,
    lines: Sequence[Beside],
    *,
    key: str,
    title: str,
    axis: str,
    ends: tuple[float, float],
    decimals: int,
) -> Figure:
    """Draw values with their intervals, and the city's value as a mark, on the whole scale from end to end.

    Parameters
    ----------
    lines : sequence of Beside
        From top to bottom.
    ends : (float, float)
        The lowest and the highest value of the scale.
    decimals : int
        Of the numbers at the points.
    """
    words, numbers = data.words, data.numbers
    frame = pd.DataFrame(
        {
            "at": [float(len(lines) - 1 - n) for n in range(len(lines))],
            "value": [line.own.value for line in lines],
            "low": [_end(line.own, line.own.low) for line in lines],
            "high": [_end(line.own, line.own.high) for line in lines],
            "city": [line.city.value if line.city else float("nan") for line in lines],
        }
    )
    has_city = bool(frame["city"].notna().any())
    with canvas(0.8 + 0.25 * len(lines)) as (drawing, axes):
        ranges = plot_on(axes, frame, y="at").add(
            so.Range(color=SOFT, linewidth=3.2), xmin="low", xmax="high", orient="y"
        )
        put(ranges.add(so.Dot(color=ACCENT, pointsize=6.5), x="value", orient="y"), axes)
        if has_city:
            # A short upright line, which seaborn's dots lack.
            axes.plot(
                frame["city"], frame["at"], "|", color=INK, markersize=11, markeredgewidth=1.5,
                label=data.city.facts.name, zorder=4,
            )  # fmt: skip
            drawing.legend(loc="outside upper right", fontsize=8.5)
        for at, value in zip(frame["at"], frame["value"], strict=True):
            axes.annotate(
                numbers.number(value, decimals), (1.0, at), xycoords=("axes fraction", "data"), xytext=(6, 0),
                textcoords="offset points", va="center", fontweight="bold", color=ACCENT, annotation_clip=False,
            )  # fmt: skip
        axes.set_yticks(frame["at"], ["\n".join(wrap(line.label, 28)) for line in lines])
        axes.set_xlim(*ends)
        axes.set_ylim(-0.6, len(lines) - 0.4)
        axes.set(xlabel=axis, ylabel="")
        axes.grid(visible=False, axis="y")
        number_axis(axes, data)
        listed = "; ".join(f"{line.label} {numbers.number(line.own.value, decimals)}" for line in lines)
        note = words("figure_beside_note" if has_city else "figure_interval_note")
        return figure_block(
            drawing, data, key=key, title=title, alt=words("figure_beside_alt", list=listed), notes=(note,)
        )


def _end(own: Estimate, end: float) -> float:
    return own.value if is_missing(end) else end


def predikat_figure(data: ReportData, shares: Mapping[str, ProtectedTable], title: str) -> Figure:
    """Draw the distribution of predikat, one bar a group (the unit, the city)."""
    words = data.words
    places = {name: float(at) for at, name in enumerate(reversed(list(shares)))}
    rows = [
        {"at": places[name], "predikat": str(cell["predikat"]), "share": share, "text": text}
        for name, table in shares.items()
        for row, cell in table.frame.iterrows()
        for share, text in [_share(data, table, row)]
    ]
    frame = pd.DataFrame(rows)
    with canvas(0.9 + 0.5 * len(shares)) as (drawing, axes):
        order = [key for key in PREDIKAT_COLOURS if key in set(frame["predikat"])]
        bars = plot_on(axes, frame, y="at", x="share", color="predikat").add(
            so.Bar(alpha=1, width=0.55, edgecolor="white", edgewidth=0.8),
            so.Stack(),
            orient="y",
            legend=False,
        )
        put(bars.scale(color=so.Nominal({k: PREDIKAT_COLOURS[k] for k in order}, order=order)), axes)
        left: dict[float, float] = {}
        for name in order:
            for row in frame.loc[frame["predikat"] == name].to_dict("records"):
                at, share = float(row["at"]), float(row["share"])
                start = left.get(at, 0.0)
                if share >= _LABELLED_FROM:
                    axes.text(
                        start + share / 2, at, str(row["text"]), ha="center", va="center", fontsize=8.5,
                        color="white" if name in _DARK else INK,
                    )  # fmt: skip
                left[at] = start + share
        for name in order:
            axes.plot([], [], "s", color=PREDIKAT_COLOURS[name], label=words(f"predikat_{name}"))
        axes.set_yticks(list(places.values()), ["\n".join(wrap(name, 24)) for name in places])
        axes.set_xlim(0, 100)
        axes.set_ylim(-0.5, len(shares) - 0.5)
        axes.grid(visible=False, axis="y")
        axes.set(xlabel=words("axis_share_staff"), ylabel="")
        number_axis(axes, data)
        drawing.legend(loc="outside upper center", ncols=4, fontsize=8, handlelength=1.0, columnspacing=1.2)
        return figure_block(
            drawing, data, key="predikats", title=title, alt=words("figure_predikats_alt"),
        )  # fmt: skip


def _share(data: ReportData, table: ProtectedTable, row: Any) -> tuple[float, str]:
    """Return the length and the label of a share's bar; a share that is stated as a bound has a bar up to the bound."""
    value = table.frame.at[row, "share_pct"]
    if not is_missing(value):
        return float(value), data.numbers.percent(value, 0)  # type: ignore[arg-type]
    end = table.frame.at[row, "share_pct_coded"]
    pct = table.rule.coded_pct
    return {"bottom": pct, "top": 100 - pct}.get(str(end), 0.0), data.end(table, row, "share_pct")


def estimate_figure(data: ReportData, estimates: pd.DataFrame) -> Figure:
    """Draw the study's estimates with intervals in standard errors, and the truth where it is known."""
    words = data.words
    frame = estimates.dropna(subset=["estimate", "std_error"])
    # Every question has its own unit, so each is drawn against the size of its own interval.
    scale = frame["std_error"].to_numpy(dtype=float)
    drawn = pd.DataFrame(
        {
            "at": [float(len(frame) - 1 - n) for n in range(len(frame))],
            "value": frame["estimate"].to_numpy(dtype=float) / scale,
            "low": frame["low"].to_numpy(dtype=float) / scale,
            "high": frame["high"].to_numpy(dtype=float) / scale,
        }
    )
    has_truth = "truth_observed" in frame and bool(frame["truth_observed"].notna().any())
    with canvas(0.9 + 0.36 * len(frame)) as (drawing, axes):
        axes.axvline(0, color=GREY, linewidth=1)
        ranges = plot_on(axes, drawn, y="at").add(
            so.Range(color=SOFT, linewidth=3), xmin="low", xmax="high", orient="y"
        )
        put(ranges.add(so.Dot(color=ACCENT, pointsize=6), x="value", orient="y"), axes)
        if has_truth:
            truth = frame["truth_observed"].to_numpy(dtype=float) / scale
            axes.plot(
                truth, drawn["at"], "d", color=INK, markersize=6, fillstyle="none", markeredgewidth=1.2,
                label=words("legend_truth"), zorder=4,
            )  # fmt: skip
            drawing.legend(loc="outside upper right", fontsize=8.5)
        axes.set_yticks(drawn["at"], ["\n".join(wrap(words(f"question_{key}"), 40)) for key in frame["key"]])
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.set(xlabel=words("axis_standard_errors"), ylabel="")
        axes.grid(visible=False, axis="y")
        number_axis(axes, data)
        return figure_block(
            drawing, data, key="estimates", title=words("figure_estimates"),
            alt=words("figure_estimates_alt", n=len(frame)),
            notes=(words("figure_estimates_note"), *([words("figure_truth_note")] if has_truth else [])),
        )  # fmt: skip
