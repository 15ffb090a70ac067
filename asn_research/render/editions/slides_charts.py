"""Native charts: PowerPoint draws them from numbers that a user can edit."""

from __future__ import annotations

from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Pt

from asn_research.show.digest_blocks import SlideChart

INK, MUTED, LINE, WARM = "22303A", "53616A", "D3DBDF", "B5651D"
_SHAPES = {
    "bars": XL_CHART_TYPE.BAR_CLUSTERED,
    "columns": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "lines": XL_CHART_TYPE.LINE_MARKERS,
}
#: The first series is drawn through; the next ones in dashes.
_DASHES = (MSO_LINE.SOLID, MSO_LINE.DASH, MSO_LINE.ROUND_DOT)
#: From so many categories on, letters are small.
_MANY = 16
#: Bars up to this many leave room for names of two lines in large letters.
_FEW = 6
#: An axis of more than this has few lines.
_WIDE = 50


def colour_of(digits: str) -> Any:
    """Return a colour from six hexadecimal digits."""
    return RGBColor.from_string(digits)  # type: ignore[no-untyped-call]


def add_chart(shapes: Any, chart: SlideChart, box: tuple[int, int, int, int], accent: str) -> Any:
    """Add a chart to a slide, and return its frame.

    Parameters
    ----------
    shapes : SlideShapes
        The slide's.
    chart : SlideChart
        What it shows.
    box : tuple of int
        Left, top, width and height.
    accent : str
        The first series' colour, as six hexadecimal digits.
    """
    data: Any = CategoryChartData(number_format=chart.number_format)  # type: ignore[no-untyped-call]
    data.categories = list(chart.categories)
    for series in chart.series:
        data.add_series(series.name, list(series.values))
    frame = shapes.add_chart(_SHAPES[chart.shape], *box, data)
    drawn = frame.chart
    size = Pt(10) if len(chart.categories) > _MANY else Pt(14)
    drawn.font.size, drawn.font.color.rgb = size, colour_of(INK)
    drawn.has_title = False
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    _axes(drawn, chart)
    for place, series in enumerate(drawn.plots[0].series):
        _look(series, chart, accent, place)
    if chart.shape != "lines":
        drawn.plots[0].gap_width = 40
    return frame


def _axes(drawn: Any, chart: SlideChart) -> None:
    """Format the axes of a chart: the scale of its values, colours and the title."""
    values, names = drawn.value_axis, drawn.category_axis
    values.minimum_scale, values.maximum_scale = chart.least, chart.most
    if chart.least is not None and chart.most is not None:
        values.major_unit = 25 if chart.most - chart.least > _WIDE else 5
    values.major_gridlines.format.line.color.rgb = colour_of(LINE)
    values.format.line.fill.background()
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = "0", False
    values.tick_labels.font.color.rgb = colour_of(MUTED)
    values.has_title = bool(chart.axis)
    if chart.axis:
        frame = values.axis_title.text_frame
        frame.text = chart.axis
        frame.paragraphs[0].runs[0].font.size = Pt(12)
        frame.paragraphs[0].runs[0].font.bold = False
    names.format.line.color.rgb = colour_of(LINE)
    names.has_major_gridlines = False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if chart.shape == "bars" and _FEW < len(chart.categories) <= _MANY:
        names.tick_labels.font.size = Pt(11)
    # Every category is named: programs leave out each second label where they find little room.
    skip = names._element.makeelement(qn("c:tickLblSkip"), {"val": "1"})
    after = names._element.find(qn("c:noMultiLvlLbl"))
    names._element.insert(len(names._element) if after is None else names._element.index(after), skip)


def _look(series: Any, chart: SlideChart, accent: str, place: int) -> None:
    """Format a series: the first one has the accent colour and labels, the others are lines to compare it with."""
    is_first = place == 0
    colour = colour_of(accent if is_first else WARM)
    if chart.shape == "lines":
        series.smooth = False
        series.format.line.color.rgb = colour
        series.format.line.width = Pt(3) if is_first else Pt(1.25)
        # Lines to compare with are told apart without colour.
        series.format.line.dash_style = _DASHES[min(place, len(_DASHES) - 1)]
        series.marker.style = XL_MARKER_STYLE.CIRCLE if is_first else XL_MARKER_STYLE.NONE
        if is_first:
            series.marker.size = 9
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = colour
    else:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = colour
    if is_first:
        labels = series.data_labels
        labels.show_value = True
        labels.number_format, labels.number_format_is_linked = chart.number_format, False
        labels.position = XL_LABEL_POSITION.ABOVE if chart.shape == "lines" else XL_LABEL_POSITION.OUTSIDE_END
        labels.font.size = Pt(9) if len(chart.categories) > _MANY else Pt(13)
        labels.font.bold = True
