"""How figures look, and how a drawing becomes a block."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
import seaborn.objects as so
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure as Canvas
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator, NullLocator

from asn_research.show.blocks import Figure
from asn_research.show.data import ReportData

FONTS = Path(__file__).parent / "fonts"

#: One accent for the unit reported, grey for what it is held against.
ACCENT = "#1f4e5f"
SOFT = "#8fb0bb"
#: The bright end of the shades of maps, of which the accent is the dark one.
PALE = "#dfeaed"
GREY = "#9aa3a8"
LIGHT = "#e4e9eb"
WARM = "#b5651d"
WARM_SOFT = "#dfb48f"
INK = "#22303a"

MUTED = "#66727a"


# matplotlib types its settings by name, which a plain dict cannot promise.
@cache
def theme() -> Any:
    """Return the house style as a seaborn theme: settings of matplotlib by name."""
    own = {
        "font.family": "Lato",
        "font.size": 9,
        "axes.labelsize": 9,
        "axes.titlesize": 9,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 8.5,
        "text.color": INK,
        "axes.edgecolor": "#b8c2c7",
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.linewidth": 0.8,
        "grid.color": LIGHT,
        "grid.linewidth": 0.8,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.bottom": True,
        "ytick.left": True,
        "xtick.major.width": 0.8,
        "ytick.major.width": 0.8,
        "xtick.major.size": 3.5,
        "ytick.major.size": 3.5,
        "legend.frameon": False,
        # Glyphs as outlines: the figure looks the same in every edition, with any font at hand.
        "svg.fonttype": "path",
        # Ids in the svg must not change from run to run.
        "svg.hashsalt": "asn-research",
    }
    return {**sns.axes_style("whitegrid"), **own}


_WIDTH_INCHES = 6.7


def _use_fonts() -> None:
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in sorted(FONTS.glob("*.ttf")):
        if str(path) not in known:
            font_manager.fontManager.addfont(str(path))


@contextmanager
def canvas(
    height_inches: float = 2.8, room: tuple[float, float, float, float] = (0, 0, 1, 1)
) -> Iterator[tuple[Canvas, Axes]]:
    """Give a figure of the report's width, and one pair of axes, in the report's style.

    ``room`` is the part of the figure (left, bottom, width, height) that the axes with their labels take; what is
    written beside them needs the rest.
    """
    _use_fonts()
    with mpl.rc_context(theme()):
        # Not pyplot: nothing global is opened, so nothing must be closed.
        layout = ConstrainedLayoutEngine(rect=room)
        figure = Canvas(figsize=(_WIDTH_INCHES, height_inches), layout=layout)
        yield figure, figure.add_subplot()


def plot_on(axes: Axes, frame: pd.DataFrame, **variables: str) -> so.Plot:
    """Return a seaborn plot of a table in the house style, to be drawn on given axes."""
    plot = so.Plot(frame, **variables).theme(theme()).on(axes)
    # Ticks are set by each figure; those that seaborn and matplotlib would make before take half of the time.
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(NullLocator())
    return plot.scale(x=so.Continuous().tick(at=[]), y=so.Continuous().tick(at=[]))


def put(plot: so.Plot, axes: Axes) -> None:
    """Draw a seaborn plot on its axes, with dots above the lines of their intervals and whole at the ends of a scale."""
    with warnings.catch_warnings():
        # seaborn's last release asks pandas for copies in a way that pandas has given up.
        warnings.filterwarnings("ignore", message="The copy keyword is deprecated")
        plot.plot()
    for dots in axes.collections:
        if isinstance(dots, PathCollection):
            dots.set_zorder(3)
            dots.set_clip_on(False)


def figure_block(
    drawing: Canvas, data: ReportData, *, key: str, title: str, alt: str, notes: tuple[str, ...] = ()
) -> Figure:
    """Draw a figure once, and return it as a block with the svg, the unit and the period."""
    return Figure(
        key=key,
        title=title,
        alt=alt,
        svg=_drawn(drawing),
        unit_id=data.unit_id,
        period_code=data.period.code,
        notes=notes,
    )


def _drawn(drawing: Canvas) -> str:
    """Return a drawing as svg, with its layout computed once."""
    svg = io.StringIO()
    with mpl.rc_context(theme()):
        page = FigureCanvasSVG(drawing)
        drawing.set_dpi(page.fixed_dpi)
        layout = drawing.get_layout_engine()
        if layout is not None:
            layout.execute(drawing)
            drawing.set_layout_engine("none")
        # Not savefig: it would draw the figure for nothing first, to lay out what is laid out.
        page.print_svg(svg, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    return svg.getvalue()


def warm_up() -> None:
    """Draw a figure that is not used, because the first figure loads fonts and drawing code, which takes time."""
    with canvas() as (drawing, axes):
        axes.plot([0, 1], [0, 1], label="1")
        axes.set_xlabel("1")
        drawing.legend(loc="outside upper center")
        _drawn(drawing)


def number_axis(axes: Axes, data: ReportData, *, which: str = "x", decimals: int = 0) -> None:
    """Write the numbers of an axis as the report's language does."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    if decimals == 0:
        # A tick at 2.5 would be printed as 3.
        axis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axis.set_major_formatter(lambda value, _: data.numbers.number(value, decimals))
