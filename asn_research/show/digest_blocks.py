"""Blocks for one edition each: the worksheet, the one-page publication, the slides.

The editions that contain a whole report leave these blocks out. Like all blocks they contain only words and numbers
that may be shown; an edition adds none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar, Literal, Self

from asn_research.show.blocks import Block, Cell, KeyFigure, Number, TableColumn


@dataclass(frozen=True)
class Digest(Block):
    """A block that is used by one edition only."""

    kind: ClassVar[str] = "digest"


# ---------------------------------------------------------------- worksheet


@dataclass(frozen=True)
class WorksheetElement:
    """An element of the survey: its short code, its name, the number of its answers, and their sum."""

    code: str
    label: str
    n: int
    total: float


@dataclass(frozen=True)
class WorksheetWeight:
    """A weight of one element, and the index that it gives.

    Parameters
    ----------
    label : str
        As it is printed: ``1/9``, ``0,11``.
    formula : str
        As a workbook computes it: ``1/9``, ``0.11``.
    weighted : float
        The sum of the weighted means.
    index : float
        The index, as it is printed.
    grade : str
        Its grade; empty where not all elements were asked.
    note : str
        What kind of weight it is.
    is_reported : bool
        Whether its index is the one that the report gives.
    """

    label: str
    formula: str
    weighted: float
    index: float
    grade: str
    note: str
    is_reported: bool = False


@dataclass(frozen=True)
class WorksheetGrade:
    """A grade, the least index for it, and its words."""

    grade: str
    at_least: float
    label: str


@dataclass(frozen=True)
class WorksheetUnit:
    """A unit in the city's worksheet: its respondents, and the number and sum of answers of each element."""

    label: str
    n: int
    counts: Sequence[int]
    totals: Sequence[float]
    index: float


@dataclass(frozen=True)
class Worksheet(Digest):
    """The evaluator's worksheet: from answers to the index.

    Parameters
    ----------
    title, sheet : str
        What it is, and what its sheet is called.
    elements : sequence of WorksheetElement
        Those asked, in the order of the rule; none where no index may be shown.
    rows : sequence of sequence of float or None
        One respondent a row, one answer an element; none where the rows may not be shown, or for a city.
    units : sequence of WorksheetUnit
        For a city: its units.
    weights : sequence of WorksheetWeight
        The exact one first.
    grades : sequence of WorksheetGrade
        From the lowest up; none where the index is not graded.
    multiplier, decimals : int
        What turns the sum of weighted means into an index, and how it is rounded.
    n : int
        All respondents.
    low, high : float or None
        The interval of the exact index.
    notes : sequence of str
        What the reader must know.
    """

    kind: ClassVar[str] = "worksheet"

    title: str
    sheet: str
    elements: Sequence[WorksheetElement] = ()
    rows: Sequence[Sequence[Number]] = ()
    units: Sequence[WorksheetUnit] = ()
    weights: Sequence[WorksheetWeight] = ()
    grades: Sequence[WorksheetGrade] = ()
    multiplier: int = 25
    decimals: int = 2
    n: int = 0
    low: Number = None
    high: Number = None
    notes: Sequence[str] = ()

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Rebuild the worksheet from its plain data."""
        return cls(
            **{
                **fields,
                "elements": tuple(WorksheetElement(**each) for each in fields["elements"]),
                "rows": tuple(tuple(row) for row in fields["rows"]),
                "units": tuple(
                    WorksheetUnit(
                        **{**each, "counts": tuple(each["counts"]), "totals": tuple(each["totals"])}
                    )
                    for each in fields["units"]
                ),
                "weights": tuple(WorksheetWeight(**each) for each in fields["weights"]),
                "grades": tuple(WorksheetGrade(**each) for each in fields["grades"]),
            }
        )

    def to_html(self) -> str:
        """Return the results of the worksheet as html, without its rows."""
        lines = "".join(
            f"<li>{escape(each.label)}: {each.index:.{self.decimals}f} {escape(each.grade)}</li>"
            for each in self.weights
        )
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        return f'<figure class="table"><figcaption>{escape(self.title)}</figcaption><ul>{lines}</ul>{notes}</figure>'


# ---------------------------------------------------------------- publication


@dataclass(frozen=True)
class Publication(Digest):
    """The one-page publication of results that the regulation asks for.

    Parameters
    ----------
    heading, unit, government, period : str
        What it is, whose, and for when.
    index_label, index, grade, grade_line : str
        The figure with its label, its letter, and the letter in words; an empty index where none may be shown.
    sentence : str
        What stands in the place of an index that may not be shown, or limits it; empty otherwise.
    respondents : sequence of (str, str, sequence of (str, str))
        For each attribute: its name, an empty text or a note, and each group with its number.
    facts : sequence of (str, str)
        Label and value of further lines: respondents, services, days of the survey.
    weakest, promise, thanks : str
        What is weakest, what is promised for it, and the closing words.
    letterhead : sequence of str
        Lines above the unit's name.
    emblem : str
        The emblem as base64; empty for none.
    accent : str
        The colour of headings as ``#rrggbb``; empty for the toolkit's own.
    alt : str
        The page in one sentence, for who cannot see it.
    """

    kind: ClassVar[str] = "publication"

    heading: str
    unit: str
    government: str
    period: str
    index_label: str
    index: str
    grade: str
    grade_line: str
    sentence: str
    respondents: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    facts: Sequence[tuple[str, str]]
    weakest: str
    promise: str
    thanks: str
    letterhead: Sequence[str] = ()
    emblem: str = ""
    accent: str = ""
    alt: str = ""

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Rebuild the publication from its plain data."""
        groups = tuple(
            (name, tuple((label, n) for label, n in parts)) for name, parts in fields["respondents"]
        )
        facts = tuple((label, value) for label, value in fields["facts"])
        return cls(
            **{**fields, "respondents": groups, "facts": facts, "letterhead": tuple(fields["letterhead"])}
        )

    def to_html(self) -> str:
        """Return the main result of the publication in one sentence."""
        return f'<p class="note">{escape(self.alt)}</p>'


# ---------------------------------------------------------------- covering letter


@dataclass(frozen=True)
class CoveringLetter(Digest):
    """The letter with which a unit sends its report. The signatory is taken from the signature of the report.

    Parameters
    ----------
    title : str
        What it is called.
    unit : str
        Who sends it.
    letterhead, address : sequence of str, str
        The lines above the unit's name, and the address below it.
    place_date, number : str
        Place and date, and the letter's number, with lines to be filled in by hand.
    to : sequence of str
        Whom it is sent to, one line each.
    headings : sequence of str
        Of the table: number, what is sent, how many, remarks.
    rows : sequence of (str, str, str)
        What is sent, how many, and remarks.
    receipt : sequence of str
        The lines that the receiver fills in.
    sender : str
        Above the signature.
    """

    kind: ClassVar[str] = "covering_letter"

    title: str
    unit: str
    letterhead: Sequence[str]
    address: str
    place_date: str
    number: str
    to: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[tuple[str, str, str]]
    receipt: Sequence[str]
    sender: str

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Rebuild the letter from its plain data."""
        lists = {name: tuple(fields[name]) for name in ("letterhead", "to", "headings", "receipt")}
        rows = tuple((what, n, remark) for what, n, remark in fields["rows"])
        return cls(**{**fields, **lists, "rows": rows})

    def to_html(self) -> str:
        """Return in one sentence what is sent with the letter."""
        sent = "; ".join(what for what, *_ in self.rows)
        return f'<p class="note">{escape(f"{self.title}: {sent}")}</p>'


# ---------------------------------------------------------------- slides


@dataclass(frozen=True)
class Series:
    """A series of a chart: its name, and a value or none for each category."""

    name: str
    values: Sequence[Number]


@dataclass(frozen=True)
class SlideChart:
    """A chart of a slide, which the program that shows the slides draws.

    Parameters
    ----------
    shape : {"bars", "columns", "lines"}
        Bars lie, columns stand.
    categories : sequence of str
        What the values are of.
    series : sequence of Series
        The values.
    number_format : str
        As a workbook writes it: ``0.0``.
    axis : str
        What is measured.
    least, most : float or None
        The ends of the axis of values.
    alt : str
        What it shows, in words.
    """

    shape: Literal["bars", "columns", "lines"]
    categories: Sequence[str]
    series: Sequence[Series]
    number_format: str = "0.0"
    axis: str = ""
    least: Number = None
    most: Number = None
    alt: str = ""


@dataclass(frozen=True)
class SlideTable:
    """A table on a slide."""

    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Slide:
    """One slide: its finding as title, and below it figures, sentences, a chart or a table.

    Parameters
    ----------
    title : str
        What the slide says.
    subtitle : str
        Under it, smaller: what is shown.
    figures : sequence of KeyFigure
        Headline numbers.
    points : sequence of str
        Sentences.
    chart, table
        At most one of them.
    note : str
        Small print: source and what limits the reading.
    """

    title: str
    subtitle: str = ""
    figures: Sequence[KeyFigure] = ()
    points: Sequence[str] = ()
    chart: SlideChart | None = None
    table: SlideTable | None = None
    note: str = ""


@dataclass(frozen=True)
class Slides(Digest):
    """The slides of a meeting, the first with the report's title."""

    kind: ClassVar[str] = "slides"

    title: str
    subtitle: str
    items: Sequence[Slide]
    accent: str = ""

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Rebuild the slides from their plain data."""
        return cls(**{**fields, "items": tuple(_slide(each) for each in fields["items"])})

    def to_html(self) -> str:
        """Return the slides' titles."""
        return "<ol>" + "".join(f"<li>{escape(each.title)}</li>" for each in self.items) + "</ol>"


def _slide(data: Mapping[str, Any]) -> Slide:
    """Rebuild a slide from its plain data."""
    chart, table = data["chart"], data["table"]
    return Slide(
        **{
            **data,
            "figures": tuple(KeyFigure(**figure) for figure in data["figures"]),
            "points": tuple(data["points"]),
            "chart": chart
            and SlideChart(
                **{
                    **chart,
                    "categories": tuple(chart["categories"]),
                    "series": tuple(Series(each["name"], tuple(each["values"])) for each in chart["series"]),
                }
            ),
            "table": table
            and SlideTable(
                tuple(TableColumn(**column) for column in table["columns"]),
                tuple(tuple(Cell(**cell) for cell in row) for row in table["rows"]),
            ),
        }
    )
