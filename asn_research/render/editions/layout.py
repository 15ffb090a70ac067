"""What the editions share: the cover and the numbered parts of a report, and how wide columns are."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import asn_research.show
from asn_research.errors import RenderError
from asn_research.given import HouseStyle
from asn_research.rules.glossary import load_glossary
from asn_research.rules.words import Words, load_words, worded
from asn_research.show.blocks import Block, Blocks, Cover, Figure, Heading, Table
from asn_research.show.digest_blocks import Digest
from asn_research.show.drawing import ACCENT as DRAWN
from asn_research.show.drawing import PALE, SOFT

#: The typeface of figures and of the pdf edition, shipped with the figures.
FONTS = Path(asn_research.show.__file__).parent / "fonts"
TEMPLATES = Path(__file__).parent / "templates"
#: The colour of headings where a city has stated none.
ACCENT = "#1f4e5f"
_PNG = b"\x89PNG"
#: How much white is in the soft colour of figures.
_SOFTER = 0.54
#: How much white is in the palest colour of maps.
_PALER = 0.87
_WHITE = "#ffffff"
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
#: A blend's parts are whole numbers; nearer to its bright end than this, a colour is that end.
_ROUNDING, _NEARLY_ALL = 1.5, 0.97
#: How the file ends that tells where a pdf is to be signed.
TTE = ".tte.json"
#: The frame for an electronic signature: width and height in points.
TTE_SIZE = (176.0, 60.0)
_WORDS = Path(__file__).parent / "words.csv"
_Kind = TypeVar("_Kind", bound=Digest)


@dataclass(frozen=True)
class Part:
    """A block of a report in its place.

    Parameters
    ----------
    block : Block
        The block.
    number : str
        ``"2.1"`` or ``"BAB II"`` for a heading, ``"3"`` for a table or figure, else empty.
    anchor : str
        A heading's name within its file.
    is_plain_number : bool
        Whether it is a heading numbered *1* or *1.1*, as Word numbers headings itself.
    """

    block: Block
    number: str = ""
    anchor: str = ""
    is_plain_number: bool = False

    @property
    def heading(self) -> str:
        """A heading's text with its number."""
        assert isinstance(self.block, Heading)  # noqa: S101 (the caller chose it)
        return f"{self.number} {self.block.text}" if self.number else self.block.text


@dataclass(frozen=True)
class Report:
    """A report that is ready to be written: cover, numbered parts, words, style of the city, digests, and links."""

    cover: Cover
    parts: tuple[Part, ...]
    words: Words
    style: HouseStyle = field(default_factory=HouseStyle)
    digests: tuple[Digest, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()

    @property
    def accent(self) -> str:
        """The colour of headings, as ``#rrggbb``."""
        return self.style.accent or ACCENT

    @property
    def emblem(self) -> str:
        """The city's emblem as svg, or a shield that keeps its place."""
        return emblem_of(self.style)

    @property
    def emblem_alt(self) -> str:
        """What the emblem is, for readers who cannot see it."""
        return self.words("emblem" if self.style.emblem else "emblem_place")

    def label(self, part: Part) -> str:
        """Return the label and number of a table or figure, such as *Tabel 3*."""
        return f"{self.words(part.block.kind)} {part.number}"

    def digest(self, kind: type[_Kind]) -> _Kind:
        """Return the block from which an edition such as the worksheet or the slides is made.

        Raises
        ------
        RenderError
            If the report has none.
        """
        for block in self.digests:
            if isinstance(block, kind):
                return block
        raise worded(RenderError, "error_no_digest", kind=kind.kind)


def open_report(
    blocks: Sequence[Block], style: HouseStyle | None = None, ways: Sequence[tuple[str, str]] = ()
) -> Report:
    """Divide the blocks of a report into its cover and its numbered parts.

    Parameters
    ----------
    blocks : sequence of Block
        In reading order; the first is the cover. Groups are opened.
    style : HouseStyle, optional
        How the city's papers look.
    ways : sequence of (str, str)
        Where its web page leads: each format with its file; the list of reports has an empty format.

    Returns
    -------
    Report

    Raises
    ------
    RenderError
        If the first block is no cover, or there is a second one.
    """
    flat = _open_groups(blocks)
    if not flat or not isinstance(flat[0], Cover):
        msg = "A report starts with its cover; show `cover(data)` before anything else."
        raise RenderError(msg)
    if any(isinstance(block, Cover) for block in flat[1:]):
        msg = "A report has one cover, but these blocks hold a second; render each report alone."
        raise RenderError(msg)
    words = load_words(flat[0].language, _WORDS)
    digests = tuple(block for block in flat if isinstance(block, Digest))
    accent = style.accent if style is not None else ""
    printed = [_in_colour(block, accent) for block in flat[1:] if not isinstance(block, Digest)]
    printed = _explained(printed, flat[0].language)
    return Report(
        flat[0], tuple(_numbered(printed, words)), words, style or HouseStyle(), digests, tuple(ways)
    )


def _explained(blocks: Sequence[Block], language: str) -> list[Block]:
    """Return blocks with a glossary of the terms that the others use; one of no term goes, with its heading."""
    at = next((n for n, b in enumerate(blocks) if isinstance(b, Table) and b.key == "glossary"), None)
    if at is None:
        return list(blocks)
    table, rest = blocks[at], [*blocks[:at], *blocks[at + 1 :]]
    assert isinstance(table, Table)  # noqa: S101 (it was looked for)
    text = "\n".join(each for block in rest for each in _texts(block.to_json()))
    used = {term.term(language) for term in load_glossary() if term.is_said_in(text, language)}
    rows = tuple(row for row in table.rows if row[0].text in used)
    if rows:
        return [*blocks[:at], replace(table, rows=rows), *blocks[at + 1 :]]
    return [*rest[: at - 1], *rest[at:]] if isinstance(blocks[at - 1], Heading) else rest


def _texts(value: object) -> Iterator[str]:
    """Yield the texts of a block, drawings left out: their titles and alternative texts tell them."""
    match value:
        case str():
            yield value
        case dict():
            for name, each in value.items():
                if name not in {"svg", "kind", "key"}:
                    yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)


def _in_colour(block: Block, accent: str) -> Block:
    """Return a figure with the toolkit's colours, in which all blocks are stored, replaced by the city's.

    Shades of heat maps and maps are blends of two colours; they become the same blends of the city's.
    """
    if not accent or not isinstance(block, Figure):
        return block
    return replace(block, svg=_COLOUR.sub(lambda found: _own_colour(found[0], accent), block.svg))


def _own_colour(colour: str, accent: str) -> str:
    """Return a colour of the toolkit's accent in the city's accent; other colours as they are."""
    soft = tint(accent)
    blends = ((DRAWN, PALE, accent, _mixed(accent, _WHITE, _PALER)), (SOFT, _WHITE, soft, _WHITE))
    for dark, bright, own_dark, own_bright in blends:
        share = _share_of(colour, dark, bright)
        if share is not None:
            return _mixed(own_dark, own_bright, share)
    return colour


def _share_of(colour: str, dark: str, bright: str) -> float | None:
    """Return how much of the bright colour is in a blend of two; None if the colour is no blend of them, or bright itself."""
    found, low, high = (_parts(each) for each in (colour, dark, bright))
    widest = max(range(3), key=lambda at: abs(high[at] - low[at]))
    share = (found[widest] - low[widest]) / (high[widest] - low[widest])
    blend = [one + share * (other - one) for one, other in zip(low, high, strict=True)]
    is_blend = all(abs(each - part) <= _ROUNDING for each, part in zip(blend, found, strict=True))
    return share if is_blend and 0 <= share < _NEARLY_ALL else None


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _mixed(one: str, other: str, share: float) -> str:
    """Return a colour with a share of another mixed in."""
    return "#" + "".join(
        f"{round(a + share * (b - a)):02x}" for a, b in zip(_parts(one), _parts(other), strict=True)
    )


def tint(colour: str) -> str:
    """Return a colour mixed with white, in the proportion of the soft colour of figures.

    Examples
    --------
    >>> tint("#7a1f3d")
    '#c298a6'
    """
    return _mixed(colour, _WHITE, _SOFTER)


def emblem_of(style: HouseStyle) -> str:
    """Return a city's emblem as svg, which every edition can draw; a png is wrapped into one."""
    if not style.emblem:
        return (TEMPLATES / "emblem.svg").read_text(encoding="utf-8")
    if not style.emblem.startswith(_PNG):
        return style.emblem.decode("utf-8-sig")
    # A png begins with its mark and the chunk that tells its size.
    width, height = (int.from_bytes(style.emblem[at : at + 4], "big") for at in (16, 20))
    code = base64.b64encode(style.emblem).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{code}"/></svg>'
    )


def _open_groups(blocks: Sequence[Block]) -> list[Block]:
    return [
        each
        for block in blocks
        for each in (_open_groups(block.items) if isinstance(block, Blocks) else [block])
    ]


def _numbered(blocks: Sequence[Block], words: Words) -> list[Part]:
    """Return the blocks as parts, with numbers of chapters, sections, annexes, tables and figures."""
    counts = dict.fromkeys(("chapter", "annex", "plain", "section", Table.kind, Figure.kind), 0)
    prefix = chapter = form = ""
    parts = []
    for block in blocks:
        number = anchor = ""
        match block:
            case Heading(level=2) if chapter:
                counts["section"] += 1
                number = f"{prefix}.{counts['section']}" if prefix else ""
                anchor = f"{chapter}-{counts['section']}"
            case Heading():
                # A part without a chapter would skip a level, which screen readers stumble over.
                block, form = replace(block, level=1), block.form  # noqa: PLW2901
                kind = form if form in ("annex", "plain") else "chapter"
                counts[kind], counts["section"] = counts[kind] + 1, 0
                at = counts[kind]
                prefix = str(at) if kind == "chapter" else ""
                named = {"chapter": f"{words('chapter')} {roman(at)}", "annex": f"{words('annex')} {at}"}
                number = named.get(form, prefix)
                anchor = chapter = f"{_ANCHORS[kind]}{at}"
            case Table() | Figure():
                counts[block.kind] += 1
                number = str(counts[block.kind])
        parts.append(Part(block, number, anchor, form == "section" and isinstance(block, Heading)))
    return parts


#: What the anchors of headings start with, by how they are numbered.
_ANCHORS = {"chapter": "s", "annex": "a", "plain": "p"}
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def roman(number: int) -> str:
    """Return a small number in Roman numerals.

    Examples
    --------
    >>> roman(4), roman(8)
    ('IV', 'VIII')
    """
    text = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        text += times * letters
    return text


@dataclass(frozen=True)
class Fit:
    """How a table fits a page.

    Parameters
    ----------
    size : float
        Letter size in points.
    padding : float
        Space at the left and at the right of a cell, in points.
    shares : tuple of float
        The columns' shares of the width; they add up to one.
    """

    size: float
    padding: float
    shares: tuple[float, ...]


_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
# Space at each side of a cell, in letter sizes: tables of many columns have less.
_PADDING, _SMALL_PADDING, _MANY_COLUMNS = 0.6, 0.4, 8
# What an estimated width may be short of, in letter sizes.
_TO_SPARE = 0.1
# Up to this length a number or an interval stays on one line.
_ONE_LINE = 24


def fit_table(table: Table, width: float) -> Fit:
    """Choose the largest letters with which no word of a table is broken.

    A column keeps its relative width unless a word, number or interval in it needs more.

    Parameters
    ----------
    table : Table
        The table.
    width : float
        Width of the page's text, in points.

    Returns
    -------
    Fit
        If even the smallest letters do not fit, every column gets its share of what is needed.
    """
    padding = _PADDING if len(table.columns) <= _MANY_COLUMNS else _SMALL_PADDING
    least = [_least_width(table, number) + 2 * padding + _TO_SPARE for number in range(len(table.columns))]
    size = next((size for size in _SIZES if sum(least) * size <= width), _SIZES[-1])
    needed = [each * size / width for each in least]
    if sum(needed) >= 1:
        return Fit(size, padding * size, tuple(each / sum(needed) for each in needed))
    return Fit(size, padding * size, _shares([column.width for column in table.columns], needed))


def _shares(weights: Sequence[float], needed: Sequence[float]) -> tuple[float, ...]:
    """Share the width by weight; columns that need more than their share get what they need."""
    narrow: set[int] = set()
    while True:
        free = 1 - sum(needed[number] for number in narrow)
        total = sum(weight for number, weight in enumerate(weights) if number not in narrow)
        shares = [
            needed[number] if number in narrow else weight / total * free
            for number, weight in enumerate(weights)
        ]
        more = {n for n, share in enumerate(shares) if n not in narrow and share < needed[n]}
        if not more:
            return tuple(shares)
        narrow |= more


def _least_width(table: Table, number: int) -> float:
    """Return the width of a column's longest unbreakable text, in letter sizes."""
    column = table.columns[number]
    widest = max((text_width(word) for word in _words(column.label)), default=0.0)
    for row in table.rows:
        text = row[number].text
        whole = column.align != "left" and len(text) <= _ONE_LINE
        widest = max([widest, *(text_width(word) for word in ([text] if whole else _words(text)))])
    return widest


def _words(text: str) -> list[str]:
    return text.replace("-", "- ").split()


# Advance widths of Lato Bold in letter sizes; Lato Regular and Calibri are a little narrower.
_GROUPS = {
    0.25: "',.ijl:|; !()I", 0.31: "{}[]", 0.37: 'frt"-·', 0.45: "`*Jsz/?_\\",
    0.50: "caxkLgvy", 0.56: "ebdhnpquoFS", 0.59: "#$+0123456789<=>E^~T–−•≥≤±",
    0.66: "PZYRBXKCAV&", 0.76: "GUDHNw", 0.84: "%OQm@", 1.04: "MW→",
}  # fmt: skip
_WIDTHS = {letter: width for width, letters in _GROUPS.items() for letter in letters}


def text_width(text: str) -> float:
    """Estimate how wide a text is, in letter sizes.

    Examples
    --------
    >>> round(text_width("12,5"), 2)
    2.02
    """
    return sum(_WIDTHS.get(letter, 0.7) for letter in text)
