"""The html edition: one file with everything in it, for the screen and for the printer."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from asn_research.render.editions.layout import TEMPLATES, Part, Report
from asn_research.render.formats import format_named
from asn_research.show.blocks import Block, Figure, Heading, Table

REPORT_CSS = (TEMPLATES / "report.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class _Entry:
    """A line of the table of contents."""

    anchor: str
    text: str
    level: int


def write_html(report: Report, path: Path, created: date) -> None:
    """Write a report as one html file.

    Parameters
    ----------
    report : Report
        The report.
    path : Path
        The file.
    created : date
        The date in the file's metadata.
    """
    parts = _message_first(report)
    page = _template().render(
        cover=report.cover,
        # The banner stands above the page and not in the head only, so that every page carries it.
        head=Markup(_head(report)),  # noqa: S704 (fragments are escaped)
        contents=[_entry(part) for part in parts if isinstance(part.block, Heading)],
        fragments=[Markup(_fragment(report, part)) for part in parts],  # noqa: S704
        words=report.words,
        css=Markup(REPORT_CSS),  # noqa: S704
        created=created.isoformat(),
        accent=report.style.accent,
        ways=_ways(report),
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def _ways(report: Report) -> list[tuple[str, str]]:
    """Return the text and place of each link: back to the list, then to the report's other editions."""
    language = report.cover.language
    return [
        (format_named(fmt).label(language) if fmt else report.words("to_list"), href)
        for fmt, href in report.ways
        if fmt != "html"
    ]


def _message_first(report: Report) -> list[Part]:
    """Return the parts of a report with the main message first; parts that stand first on paper only come after the chapters."""
    front: list[Part] = []
    rest: list[Part] = []
    at = rest
    for part in report.parts:
        if isinstance(part.block, Heading) and part.block.level == 1:
            at = front if part.block.is_front else rest
        at.append(part)
    annex = next(
        (n for n, p in enumerate(rest) if isinstance(p.block, Heading) and p.block.form == "annex"), len(rest)
    )
    return [*rest[:annex], *front, *rest[annex:]]


def _head(report: Report) -> str:
    """Return the head of the page: the report's cover, with the emblem of the city."""
    code = base64.b64encode(report.emblem.encode()).decode("ascii")
    emblem = f'<img class="emblem" alt="{escape(report.emblem_alt)}" src="data:image/svg+xml;base64,{code}">'
    begins, _, rest = replace(report.cover, banner="").to_html().partition(">")
    return f"{begins}>{emblem}{rest}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["css_text"] = css_text
    return environment.get_template("report.html.j2")


def css_text(text: str) -> Markup:
    r"""Return a text as a css string, everything but letters and digits escaped.

    Examples
    --------
    >>> str(css_text("a</b"))
    '"a\\3c \\2f b"'
    """
    return Markup(  # noqa: S704
        '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'
    )


def _entry(part: Part) -> _Entry:
    assert isinstance(part.block, Heading)  # noqa: S101 (the caller chose it)
    return _Entry(part.anchor, part.heading, part.block.level)


def _fragment(report: Report, part: Part) -> str:
    """Return a block's html with its number; headings can be linked to, wide tables scrolled."""
    block: Block = part.block
    match block:
        case Heading():
            html = replace(block, text=part.heading).to_html()
            return f'<div class="anchor" id="{part.anchor}">{html}</div>'
        case Table() | Figure():
            return replace(block, title=f"{report.label(part)}. {block.title}").to_html()
        case _:
            return block.to_html()
