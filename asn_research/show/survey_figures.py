"""The figures of a satisfaction survey: elements, services, and an indicator's course. Each tells its finding as its title.

One rule for all scales: an index or a share runs from a multiple of ten below the lowest value drawn to 100, a
time from zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import floor
from textwrap import wrap

import numpy as np
import pandas as pd
import seaborn as sns
import seaborn.objects as so
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from asn_research.protect import ProtectedTable
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import (
    ACCENT,
    GREY,
    INK,
    MUTED,
    SOFT,
    WARM,
    WARM_SOFT,
    canvas,
    figure_block,
    number_axis,
    plot_on,
    put,
)

#: Behind a grade's part of the scale, from the best; light enough to print under text, in grey too.
_BANDS = ("#e3eef0", "#f4f0e6", "#f6e4d3", "#eed2cb")
_TOP = 100.0
#: A grade's part of the axis that is narrower than this share has no room for its word.
_ROOM = 0.13
_LEAST_SPAN = 20.0


def scale_start(lowest: float) -> float:
    """Return where the scale of an index or a share begins.

    Examples
    --------
    >>> scale_start(83.2), scale_start(97.0), scale_start(41.0)
    (80.0, 80.0, 40.0)
    """
    return max(0.0, min(10.0 * floor(lowest / 10), _TOP - _LEAST_SPAN))


def element_figure(
    data: ReportData, elements: ProtectedTable, rule: SatisfactionRule, title: str = ""
) -> Figure:
    """Draw each element's value with its interval on a scale shaded by grade, the best element on top."""
    words, numbers = data.words, data.numbers
    frame = elements.frame.dropna(subset=["index"]).sort_values("index", ignore_index=True)
    value = frame["index"].astype("float64")
    frame = frame.assign(
        at=np.arange(len(frame), dtype=float), index=value,
        low=frame["low"].astype("float64").fillna(value), high=frame["high"].astype("float64").fillna(value),
    )  # fmt: skip
    labels = [words(f"element_{key}") for key in frame["element"]]
    start = scale_start(float(frame["low"].min()))
    with canvas(0.75 + 0.25 * len(frame), room=(0.0, 0.0, 0.93, 0.93)) as (drawing, axes):
        shade_grades(axes, data, rule, start, upright=True)
        weak = frame["grade"].astype("str") != str(frame["grade"].iloc[-1])
        tones = frame.assign(soft=np.where(weak, WARM_SOFT, SOFT), strong=np.where(weak, WARM, ACCENT))
        plot = plot_on(axes, tones, y="at").scale(color=None)
        plot = plot.add(so.Range(linewidth=3.2), xmin="low", xmax="high", color="soft", orient="y")
        put(plot.add(so.Dot(pointsize=6.5), x="index", color="strong", orient="y"), axes)
        for at, (each, is_weak) in enumerate(zip(frame["index"], weak, strict=True)):
            axes.annotate(
                numbers.number(each, 1), (1.0, at), xycoords=("axes fraction", "data"), xytext=(6, 0),
                textcoords="offset points", va="center", fontweight="bold", annotation_clip=False,
                color=WARM if is_weak else ACCENT, in_layout=False,
            )  # fmt: skip
        axes.set_yticks(frame["at"], labels)
        axes.set_xlim(start, _TOP)
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.set(xlabel="", ylabel="")
        axes.grid(visible=False)
        _ticks(axes, data, "x")
        return figure_block(
            drawing, data, key="elements", title=title or words("figure_elements"),
            alt=words("figure_elements_alt", best=labels[-1], worst=labels[0]),
            notes=(words("figure_interval_note"),),
        )  # fmt: skip


def shade_grades(
    axes: Axes, data: ReportData, rule: SatisfactionRule, start: float, *, upright: bool
) -> None:
    """Shade the grades' parts of the scale and name those with room for it."""
    upper = _TOP
    for band, colour in zip(rule.grades, _BANDS, strict=False):
        lower = max(float(band.at_least), start)
        if lower >= upper:
            continue
        span = axes.axvspan if upright else axes.axhspan
        span(lower, upper, color=colour, linewidth=0, zorder=0)
        name = band.grade
        if (upper - lower) / (_TOP - start) > _ROOM:
            name = data.words("grade_band", grade=band.grade, word=band.label(data.language).lower())
        middle = (lower + upper) / 2
        place = (middle, 1.0) if upright else (1.0, middle)
        axes.annotate(
            name if upright else band.grade, place,
            xycoords=("data", "axes fraction") if upright else ("axes fraction", "data"),
            xytext=(0, 3) if upright else (5, 0), textcoords="offset points", annotation_clip=False,
            ha="center" if upright else "left", va="bottom" if upright else "center", fontsize=8, color=MUTED,
            in_layout=False,
        )  # fmt: skip
        upper = lower


def trend_figure(
    data: ReportData,
    history: ProtectedTable,
    *,
    key: str,
    column: str,
    title: str,
    axis: str,
    low: str = "",
    high: str = "",
    decimals: int = 0,
    rule: SatisfactionRule | None = None,
    from_zero: bool = False,
    breaks: Sequence[str] = (),
    events: Mapping[str, str] | None = None,
) -> Figure | None:
    """Draw an indicator by period; None with fewer than two values.

    Parameters
    ----------
    low, high : str
        The columns of its interval; none is drawn of medians of whole days.
    rule : SatisfactionRule, optional
        With it the grades' parts of the scale are shaded.
    from_zero : bool
        Whether the scale begins at zero, as times do.
    breaks : sequence of str
        The first periods of a new regulation.
    events : mapping of str to str, optional
        What began in a period.
    """
    frame = history.frame.dropna(subset=[column])
    if len(frame) < 2:
        return None
    words, numbers = data.words, data.numbers
    periods = periods_without_gaps(history.frame["period"])
    codes = [period.code for period in periods]
    value = frame[column].astype("float64")
    drawn = pd.DataFrame(
        {"at": [float(codes.index(str(code))) for code in frame["period"]], "value": value.to_numpy()}
    )
    # A line joins periods that follow each other; over a period without a value it would invent one.
    drawn = drawn.assign(run=(drawn["at"].diff() > 1).cumsum())
    has_band = bool(low) and low in frame and bool(frame[low].notna().all())
    if has_band:
        drawn = drawn.assign(low=frame[low].to_numpy("float64"), high=frame[high].to_numpy("float64"))
    with canvas(2.05, room=(0.0, 0.0, 0.975, 1.0)) as (drawing, axes):
        plot = plot_on(axes, drawn, x="at", y="value")
        if has_band:
            plot = plot.add(so.Band(color=SOFT, alpha=0.35), ymin="low", ymax="high", group="run")
        put(plot.add(so.Line(color=ACCENT, linewidth=1.8, marker="o", pointsize=5), group="run"), axes)
        lowest = float(drawn["low"].min() if has_band else drawn["value"].min())
        if from_zero:
            axes.set_ylim(0, 1.25 * float(drawn["value"].max()) or 1)
        else:
            axes.set_ylim(scale_start(lowest), _TOP)
        if rule is not None:
            shade_grades(axes, data, rule, axes.get_ylim()[0], upright=False)
        axes.set_xticks(
            range(len(codes)), [p.short_label(data.language).replace(" 20", "\n20") for p in periods]
        )
        axes.set_xlim(-0.35, len(codes) - 0.65)
        axes.set(xlabel="", ylabel="\n".join(wrap(axis, 30)))
        axes.grid(visible=rule is None, axis="y")
        axes.grid(visible=False, axis="x")
        for code in breaks:
            # Between the last period of one rule and the first of the next.
            axes.axvline(codes.index(code) - 0.5, color=WARM, linewidth=1.1)
        _mark(axes, {codes.index(c) - 0.5: name for c, name in (events or {}).items() if c in codes})
        if from_zero:
            number_axis(axes, data, which="y")
        else:
            _ticks(axes, data, "y")
        ends = drawn.iloc[[0, -1]]
        for at, each in zip(ends["at"], ends["value"], strict=True):
            axes.annotate(
                numbers.number(each, decimals), (at, each), xytext=(0, -7), textcoords="offset points", ha="center",
                va="top", fontweight="bold", fontsize=8.5, color=INK,
            )  # fmt: skip
        first, last = frame.iloc[0], frame.iloc[-1]
        return figure_block(
            drawing, data, key=key, title=title,
            alt=words(
                "figure_trend_alt", what=axis,
                first=numbers.number(float(first[column]), max(decimals, 1)),
                first_period=Period.parse(str(first["period"])).label(data.language),
                last=numbers.number(float(last[column]), max(decimals, 1)),
                last_period=Period.parse(str(last["period"])).label(data.language),
            ),
            notes=(
                *((words("figure_band_note"),) if has_band else ()),
                *((words("figure_rule_note"),) if breaks else ()),
                *((words("figure_gap_note"),) if drawn["run"].any() else ()),
            ),
        )  # fmt: skip


def periods_without_gaps(codes: Iterable[object]) -> list[Period]:
    """Return all periods from the first to the last one, those without a row as well."""
    known = sorted((Period.parse(str(code)) for code in codes), key=lambda period: period.first_day)
    periods = [known[0]]
    while periods[-1].code != known[-1].code:
        periods.append(periods[-1].next)
    return periods


def _ticks(axes: Axes, data: ReportData, which: str) -> None:
    """Write the scale of an index or a share at multiples of five or ten."""
    axis, (low, high) = (axes.xaxis, axes.get_xlim()) if which == "x" else (axes.yaxis, axes.get_ylim())
    axis.set_major_locator(MultipleLocator(5 if high - low <= 2 * _LEAST_SPAN else 10))
    axis.set_major_formatter(lambda value, _: data.numbers.number(value))


def _mark(axes: Axes, events: Mapping[float, str]) -> None:
    """Mark in a chart when a programme or rule began, with its name."""
    for number, (at, name) in enumerate(sorted(events.items())):
        axes.axvline(at, color=GREY, linewidth=1, linestyle=(0, (2, 2)))
        axes.annotate(
            "\n".join(wrap(name, 26)), (at, 0.03 + 0.16 * (number % 3)), xycoords=("data", "axes fraction"),
            xytext=(4, 0), textcoords="offset points", fontsize=8, color=MUTED, va="bottom",
        )  # fmt: skip


def service_figure(data: ReportData, table: pd.DataFrame, title: str) -> Figure:
    """Draw services against elements as a heat map of the values that may be shown.

    Parameters
    ----------
    table : pd.DataFrame
        Services by name, elements by code; missing where a value may not be shown.
    """
    words, numbers = data.words, data.numbers
    start = scale_start(float(table.min().min()))
    shown = table.map(lambda value: "" if pd.isna(value) else numbers.number(value, 1))
    with canvas(0.95 + 0.36 * len(table)) as (drawing, axes):
        colours = sns.blend_palette(["#ffffff", SOFT], as_cmap=True)
        sns.heatmap(
            table.astype("float64"), vmin=start - 10, vmax=_TOP, cmap=colours, annot=shown.to_numpy(), fmt="", cbar=False,
            linewidths=1.2, linecolor="white", ax=axes, annot_kws={"fontsize": 8.5, "color": INK},
        )  # fmt: skip
        axes.set_xticklabels([_short(data, str(key)) for key in table.columns], rotation=0, fontsize=7)
        axes.set_yticklabels(
            ["\n".join(wrap(str(name), 22)) for name in table.index], rotation=0, fontsize=8.5
        )
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.set(xlabel="", ylabel="")
        return figure_block(
            drawing, data, key="services_elements", title=title,
            alt=words("figure_services_elements_alt", n=len(table)),
        )  # fmt: skip


def _short(data: ReportData, element: str) -> str:
    name = f"element_short_{element}"
    return data.words(name if data.words.has(name) else f"element_{element}")
