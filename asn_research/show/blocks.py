"""Blocks: what a report is made of. A notebook cell shows blocks; every edition is built from them.

A block displays itself in Jupyter and carries its data under a MIME type of ours, so that after
papermill has run, html, pdf, docx and xlsx are made from the same executed notebook. No markup is
parsed twice, and language, rounding and suppression are decided once, here and before.

All text in a block is plain text in the reader's language. Editions escape it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any, ClassVar, Literal

MIME = "application/vnd.asn-research.block+json"

Number = float | int | None
#: Every kind of block, by its name.
_KINDS: dict[str, type[Block]] = {}


_ALIGNED = re.compile(r'(<t[hd] [^>]*class="(left|center|right)")')


def _aligned(html: str) -> str:
    """Return a fragment whose table cells say how they are aligned: a notebook has no style sheet of reports."""
    return _ALIGNED.sub(r'\1 style="text-align:\2"', html)


@dataclass(frozen=True)
class Block:
    """One part of a report."""

    kind: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        """Register the class, so that `block_from_json` finds it by its kind."""
        _KINDS[cls.kind] = cls

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Block:
        """Rebuild a block from its plain data, which do not include its kind."""
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        """Return the block as plain data."""
        return {"kind": self.kind, **asdict(self)}

    def to_html(self) -> str:
        """Return the block as an html fragment, for Jupyter and the html edition alike."""
        raise NotImplementedError

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/html": _aligned(self.to_html()), MIME: self.to_json()}


@dataclass(frozen=True)
class Cover(Block):
    """The head of a report: its unit, its period, and whether its data are simulated.

    Parameters
    ----------
    title, subtitle : str
        What the report is, and of which unit.
    issuer : str
        The government that issues it.
    period : str
        The period in words.
    language : str
        ``"id"`` or ``"en"``.
    facts : sequence of (str, str)
        Label and value of the lines under the title (unit, period, date of the data, ...).
    banner : str
        A line that every page carries (DATA SIMULASI); empty for real data.
    unit_id, period_code : str
        Codes, for the checks before publishing.
    form : {"head", "page"}
        Whether it is the head of the first page, or a page of its own.
    """

    kind: ClassVar[str] = "cover"

    title: str
    subtitle: str
    issuer: str
    period: str
    language: str
    facts: Sequence[tuple[str, str]] = ()
    banner: str = ""
    unit_id: str = ""
    period_code: str = ""
    form: Literal["head", "page"] = "head"

    def to_html(self) -> str:
        """Return the head as html."""
        lines = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in self.facts)
        banner = f'<p class="banner">{escape(self.banner)}</p>' if self.banner else ""
        return (
            f'<header class="cover {self.form}">{banner}<p class="issuer">{escape(self.issuer)}</p>'
            f"<h1>{escape(self.title)}</h1>"
            f'<p class="subtitle">{escape(self.subtitle)}</p><dl>{lines}</dl></header>'
        )


@dataclass(frozen=True)
class Heading(Block):
    """A section's heading; level 1 is a chapter, level 2 a part of one.

    Parameters
    ----------
    text : str
        Without its number.
    level : {1, 2}
        Its level.
    form : {"section", "chapter", "annex", "plain"}
        How it is numbered: *1*, *BAB I*, *Lampiran 1*, or not at all. Parts of an annex have no numbers.
    new_page : bool
        Whether it starts a page, where there are pages.
    fills_page : bool
        Whether it goes on below what stands on a page that is mostly empty, where pages are known, instead of starting one.
    is_front : bool
        Whether it stands before the message on paper, and behind the chapters on a screen.
    """

    kind: ClassVar[str] = "heading"

    text: str
    level: Literal[1, 2] = 1
    form: Literal["section", "chapter", "annex", "plain"] = "section"
    new_page: bool = False
    fills_page: bool = False
    is_front: bool = False

    def to_html(self) -> str:
        """Return the heading as html, one level below the report's title."""
        return f"<h{self.level + 1}>{escape(self.text)}</h{self.level + 1}>"


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph of prose.

    ``role`` is ``body`` for what the report says, ``lead`` for its message in short, ``claim`` for a finding
    with its hedge, ``note`` for small print, ``warning`` for what limits the reading, ``absent`` for a section
    without data.
    """

    kind: ClassVar[str] = "paragraph"

    text: str
    role: Literal["body", "lead", "claim", "note", "warning", "absent"] = "body"

    def to_html(self) -> str:
        """Return the paragraph as html."""
        return f'<p class="{self.role}">{escape(self.text)}</p>'


@dataclass(frozen=True)
class KeyFigure:
    """One headline number.

    ``verdict`` is what the change means given the indicator's direction: a longer completion time
    is ``worse``. ``unclear`` when the interval of the change contains zero, ``none`` when nothing
    can be compared. ``source`` says where the number comes from; html alone shows it, on request.
    """

    label: str
    value: str
    detail: str = ""
    change: str = ""
    verdict: Literal["better", "worse", "unclear", "none"] = "none"
    source_label: str = ""
    source: str = ""

    def to_html(self) -> str:
        """Return the number as an item of a list."""
        source = (
            f'<details class="source"><summary>{escape(self.source_label)}</summary>'
            f"<span>{escape(self.source)}</span></details>"
            if self.source
            else ""
        )
        return (
            f'<li class="{self.verdict}"><span class="label">{escape(self.label)}</span> '
            f'<span class="value">{escape(self.value)}</span> '
            f'<span class="detail">{escape(self.detail)}</span> '
            f'<span class="change">{escape(self.change)}</span>{source}</li>'
        )


@dataclass(frozen=True)
class KeyFigures(Block):
    """A row of headline numbers."""

    kind: ClassVar[str] = "key_figures"

    figures: Sequence[KeyFigure]

    def to_html(self) -> str:
        """Return the numbers as html."""
        return f'<ul class="key-figures">{"".join(figure.to_html() for figure in self.figures)}</ul>'


@dataclass(frozen=True)
class TableColumn:
    """A table column: its printed heading, and the alignment of its cells."""

    label: str
    align: Literal["left", "right", "center"] = "left"
    # Share of the table's width relative to the other columns.
    width: float = 1.0


@dataclass(frozen=True)
class Cell:
    """A cell: the text that is printed and the number behind it, if it may be shown."""

    text: str
    value: Number = None


@dataclass(frozen=True)
class Table(Block):
    """A table of texts, after protection, translation and rounding.

    ``key`` names the table in file and sheet names; ``notes`` stand under it.
    ``emphasis`` gives the numbers of rows that are totals.
    """

    kind: ClassVar[str] = "table"

    key: str
    title: str
    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    emphasis: Sequence[int] = ()

    def to_html(self) -> str:
        """Return the table as html."""
        total = sum(c.width for c in self.columns)
        widths = "".join(f'<col style="width:{100 * c.width / total:.1f}%"/>' for c in self.columns)
        head = "".join(f'<th scope="col" class="{c.align}">{escape(c.label)}</th>' for c in self.columns)
        body = "".join(
            f"<tr{' class=total' if number in self.emphasis else ''}>"
            + "".join(
                f'<td class="{c.align}">{escape(cell.text)}</td>'
                for c, cell in zip(self.columns, row, strict=True)
            )
            + "</tr>"
            for number, row in enumerate(self.rows)
        )
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        return (
            f'<figure class="table" tabindex="0"><figcaption>{escape(self.title)}</figcaption>'
            f"<table><colgroup>{widths}</colgroup><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}</figure>"
        )


@dataclass(frozen=True)
class Figure(Block):
    """A figure, drawn once and used by every edition.

    ``svg`` is text with glyphs as outlines; Word gets a picture of the same drawing. ``alt`` says in
    words what a reader who cannot see it should know. ``unit_id`` and ``period_code`` travel with
    it, so that no figure of one unit can end in another's report.
    """

    kind: ClassVar[str] = "figure"

    key: str
    title: str
    alt: str
    svg: str
    unit_id: str = ""
    period_code: str = ""
    notes: Sequence[str] = ()

    def to_html(self) -> str:
        """Return the figure as html with its drawing inside the page."""
        code = base64.b64encode(self.svg.encode()).decode("ascii")
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        return (
            f'<figure class="chart" tabindex="0"><figcaption>{escape(self.title)}</figcaption>'
            f'<img alt="{escape(self.alt, quote=True)}" src="data:image/svg+xml;base64,{code}"/>'
            f"{notes}</figure>"
        )


@dataclass(frozen=True)
class Contents(Block):
    """The position of the table of contents; without this block it follows the head of the report.

    Parameters
    ----------
    is_printed : bool
        Whether there is one on paper at all: a report of a few pages needs none. A screen always has its own.
    """

    kind: ClassVar[str] = "contents"

    is_printed: bool = True

    def to_html(self) -> str:
        """Return no text, because a web page has its own table of contents beside the text."""
        return ""


@dataclass(frozen=True)
class Signature(Block):
    """The place where the report is signed, with the texts around it.

    Parameters
    ----------
    place_date : str
        Place, and a line for the date.
    office : str
        The office of the one who signs.
    name_line, number_line : str
        The name and the NIP, or lines for them; the NIP may be empty.
    behalf_line : str
        Above the office, on whose behalf it signs; usually empty.
    rank_line : str
        The rank, between name and NIP; usually empty.
    has_box : bool
        Whether the place for the signature is framed, for an electronic one; nothing is ever printed in it.
    """

    kind: ClassVar[str] = "signature"

    place_date: str
    office: str
    name_line: str
    number_line: str
    behalf_line: str = ""
    rank_line: str = ""
    has_box: bool = False

    @property
    def above(self) -> tuple[str, ...]:
        """The lines above the place for the signature."""
        return tuple(line for line in (self.place_date, self.behalf_line, self.office) if line)

    @property
    def person(self) -> tuple[str, ...]:
        """The lines below it: who signs."""
        return tuple(line for line in (self.name_line, self.rank_line, self.number_line) if line)

    def to_html(self) -> str:
        """Return the signature block as html."""
        above, person = (
            "".join(f"<p>{escape(line)}</p>" for line in lines) for lines in (self.above, self.person)
        )
        place = '<div class="box"></div>' if self.has_box else '<p class="space"></p>'
        return f'<div class="signature">{above}{place}{person}</div>'


def block_from_json(data: Mapping[str, Any]) -> Block:
    """Rebuild a block from the data that it carries in an executed notebook.

    Raises
    ------
    KeyError
        If the data are of no known kind.
    """
    fields = {name: value for name, value in data.items() if name != "kind"}
    for name in ("facts", "notes", "emphasis"):
        if name in fields:
            fields[name] = tuple(tuple(v) if isinstance(v, list) else v for v in fields[name])
    match data["kind"]:
        case "key_figures":
            fields["figures"] = tuple(KeyFigure(**figure) for figure in fields["figures"])
        case "table":
            fields["columns"] = tuple(TableColumn(**column) for column in fields["columns"])
            fields["rows"] = tuple(tuple(Cell(**cell) for cell in row) for row in fields["rows"])
    return _KINDS[data["kind"]].from_json(fields)


@dataclass(frozen=True)
class Blocks(Block):
    """Several blocks that one call shows together, in reading order."""

    kind: ClassVar[str] = "blocks"

    items: Sequence[Block] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the blocks as plain data."""
        return {"kind": self.kind, "items": [item.to_json() for item in self.items]}

    def to_html(self) -> str:
        """Return the blocks as html, one after the other."""
        return "".join(item.to_html() for item in self.items)


def flatten(data: Mapping[str, Any]) -> list[Block]:
    """Return the blocks in a cell's data; a group of blocks is replaced by its members."""
    if data["kind"] == "blocks":
        return [block for item in data["items"] for block in flatten(item)]
    return [block_from_json(data)]
