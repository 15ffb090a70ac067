"""The figures of the city's reports: units beside each other, and a map of the districts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn as sns
import seaborn.objects as so
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from asn_research.methods.estimates import Estimate
from asn_research.rules.boundaries import Ring, load_boundaries
from asn_research.rules.regulations import SatisfactionRule
from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData
from asn_research.show.drawing import (
    ACCENT,
    GREY,
    INK,
    LIGHT,
    MUTED,
    PALE,
    SOFT,
    WARM,
    canvas,
    figure_block,
    number_axis,
    plot_on,
    put,
)
from asn_research.show.survey_figures import scale_start, shade_grades

#: Line and dot of each standing; what cannot be told apart stays grey.
_COLOURS = {"above": (SOFT, ACCENT), "below": ("#e3bf98", WARM), "": ("#d3d9dc", GREY)}
#: The palest and the darkest shade of the map lie at least so many points apart, about the width of a grade.
_LEAST_SPAN = 12.0
#: Fewer districts make no map.
_FEWEST_DISTRICTS = 2
_TOP = 100.0
#: How high the names of grades stand above their axes, in inches.
_NAMES_HIGH = 0.17


@dataclass(frozen=True)
class UnitValue:
    """A unit's value with its interval.

    Parameters
    ----------
    unit_id : str
        The unit.
    own : Estimate
        Its value.
    standing : {"above", "below", ""}
        What can be told of it; empty where nothing can.
    """

    unit_id: str
    own: Estimate
    standing: str = ""


def units_figure(
    data: ReportData, values: list[UnitValue], *, key: str, title: str, axis: str, whole: Estimate | None,
    ends: tuple[float, float] | None = None, rule: SatisfactionRule | None = None,
) -> Figure:  # fmt: skip
    """Draw the values of all units with intervals, ordered by value. The order is no ranking.

    Parameters
    ----------
    values : list of UnitValue
        In any order.
    whole : Estimate or None
        The city's value, drawn as a line.
    ends : (float, float), optional
        The ends of the scale.
    rule : SatisfactionRule, optional
        With it the grades' parts of the scale are shaded, and the scale is an index's.
    """
    words = data.words
    ordered = sorted(values, key=lambda each: (each.own.value, each.unit_id))
    frame = pd.DataFrame(
        {
            "at": np.arange(len(ordered), dtype=float),
            "value": [each.own.value for each in ordered],
            "low": [each.own.low for each in ordered],
            "high": [each.own.high for each in ordered],
            "standing": [each.standing for each in ordered],
        }
    )
    for end in ("low", "high"):
        frame[end] = frame[end].fillna(frame["value"])
    height = 0.9 + 0.18 * len(frame)
    # The grades' names stand above.
    room = (0.0, 0.0, 1.0, 1.0) if rule is None else (0.0, 0.0, 1.0, 1 - _NAMES_HIGH / height)
    with canvas(height, room) as (drawing, axes):
        if rule is not None:
            ends = (scale_start(float(frame["low"].min())), _TOP)
            shade_grades(axes, data, rule, ends[0], upright=True)
        if whole is not None:
            axes.axvline(whole.value, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
            axes.annotate(
                words("legend_city_value", name=data.city.facts.name, value=data.numbers.number(whole.value, 1)),
                (whole.value, 0.0), xycoords=("data", "axes fraction"), xytext=(4, 3), textcoords="offset points",
                fontsize=8, color=MUTED, ha="left", annotation_clip=False,
            )  # fmt: skip
        for name, (line, dot) in _COLOURS.items():
            chosen = frame[frame["standing"] == name]
            if len(chosen):
                ranges = plot_on(axes, chosen, y="at").add(
                    so.Range(color=line, linewidth=2.8), xmin="low", xmax="high", orient="y"
                )
                put(ranges.add(so.Dot(color=dot, pointsize=5), x="value", orient="y"), axes)
        axes.set_yticks(
            frame["at"], [data.city.units[each.unit_id].short_name for each in ordered], fontsize=8
        )
        # The city's value is named below the lowest unit.
        axes.set_ylim(-0.8 if whole is None else -1.2, len(frame) - 0.2)
        axes.set(xlabel=axis, ylabel="")
        axes.grid(visible=False, axis="y" if rule is None else "both")
        if ends is not None:
            axes.set_xlim(*ends)
        number_axis(axes, data, decimals=0 if ends is not None else 1)
        counts = {name: int((frame["standing"] == name).sum()) for name in ("above", "below")}
        return figure_block(
            drawing, data, key=key, title=title,
            alt=words("figure_units_told_alt", what=axis, n=len(frame), **counts),
            notes=(words("figure_units_told_note"),),
        )  # fmt: skip


def district_map(
    data: ReportData, values: dict[str, float], *, title: str, legend: str, decimals: int = 1
) -> Figure | None:
    """Draw the city's districts shaded by a value; none where the city has no outlines or too few values.

    Parameters
    ----------
    values : dict of str to float
        By the unit's id; districts without one are left pale.
    legend : str
        What the numbers are.
    """
    outlines = load_boundaries(data.city.facts.kemendagri_code)
    districts = {
        u.unit_id: outlines[u.kemendagri_code]
        for u in data.city.units.values()
        if u.kemendagri_code in outlines
    }
    shown = {unit: values[unit] for unit in districts if unit in values}
    if len(shown) < _FEWEST_DISTRICTS:
        return None
    words, numbers = data.words, data.numbers
    names = _apart({unit: data.city.units[unit].short_name for unit in districts})
    colours = sns.blend_palette([PALE, ACCENT], as_cmap=True)
    # Shades never make more of a difference than it is.
    middle_value = (min(shown.values()) + max(shown.values())) / 2
    span = max(max(shown.values()) - min(shown.values()), _LEAST_SPAN)
    with canvas(3.9) as (drawing, axes):
        for unit, rings in districts.items():
            shade = 0.5 + 0.3 * 2 * (shown[unit] - middle_value) / span if unit in shown else 0.0
            for ring in rings:
                axes.add_patch(
                    Polygon(ring, facecolor=colours(shade) if unit in shown else LIGHT, edgecolor="white", linewidth=1.4)
                )  # fmt: skip
            middle = _middle(max(rings, key=len))
            value = numbers.number(shown[unit], decimals) if unit in shown else words("map_no_value")
            axes.annotate(
                f"{names[unit]}\n{value}", middle, ha="center", va="center", fontsize=8.5, color=INK,
                path_effects=[withStroke(linewidth=2.6, foreground="white")],
            )  # fmt: skip
        axes.autoscale_view()
        # At the equator a degree east is as long as a degree north.
        axes.set_aspect("equal")
        axes.set_axis_off()
        listed = "; ".join(
            f"{data.city.units[u].short_name} {numbers.number(v, decimals)}" for u, v in shown.items()
        )
        return figure_block(
            drawing, data, key="map", title=title, alt=words("figure_map_alt", what=legend, list=listed),
            notes=(words("figure_map_note", what=legend),),
        )  # fmt: skip


def _middle(ring: Ring) -> tuple[float, float]:
    """Return an outline's centre of gravity."""
    east, north = np.array(ring[:-1]).T
    cross = east * np.roll(north, -1) - np.roll(east, -1) * north
    area = cross.sum() / 2
    return tuple(float(((each + np.roll(each, -1)) * cross).sum() / (6 * area)) for each in (east, north))  # type: ignore[return-value]


def _apart(names: Mapping[str, str]) -> dict[str, str]:
    """Return names without the words with which all of them begin, such as *Selatan* for *Kec. Pontianak Selatan*.

    Examples
    --------
    >>> _apart({"A": "Kec. Kota Utara", "B": "Kec. Kota Barat"})
    {'A': 'Utara', 'B': 'Barat'}
    """
    words = {key: name.split() for key, name in names.items()}
    shared = 0
    while len({tuple(each[: shared + 1]) for each in words.values()}) == 1 and all(
        len(each) > shared + 1 for each in words.values()
    ):
        shared += 1
    return {key: " ".join(each[shared:]) for key, each in words.items()}
