"""The rows of the lists of reports: a unit's main figures, links to its editions, and what failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

from markupsafe import Markup

from asn_research.protect import ReportAudience
from asn_research.render.bundles import write_bundle
from asn_research.render.by_hand import EDITABLE
from asn_research.render.editions.layout import TTE
from asn_research.render.execute import JobResult
from asn_research.render.formats import FORMATS, format_named, format_of
from asn_research.render.index_lines import IndexLines
from asn_research.render.inputs import ReportInputs
from asn_research.render.jobs import FOLDER_OF, Job, list_name
from asn_research.render.records import Record, records_of
from asn_research.rules.cities import CITY
from asn_research.rules.words import Words, load_words
from asn_research.show.cockpit import CockpitLine
from asn_research.show.data import QUALITY
from asn_research.show.numbers import Numbers
from asn_research.storage import checksum, within

#: The end of the name of a zip with all editions.
_ALL = "lengkap"
#: The formats whose links stand out.
_FIRST = ("html", "pdf")
#: The small drawing of an index: its width and height, and the end of its scale.
_WIDE, _HIGH, _BEST = 160, 16, 100.0
#: Where the scale begins at the latest.
_LEAST = 65.0
_FILLS = ("#d5e8ec", "#e6eff0", "#fbe9d0", "#f6d5cb")


@dataclass(frozen=True)
class ReportList:
    """A list of reports: its audience, period and language."""

    audience: ReportAudience
    period: str
    language: str

    @property
    def folder(self) -> str:
        """The folder of the list's audience."""
        return FOLDER_OF[self.audience]

    @property
    def name(self) -> str:
        """The file name of the list's page."""
        return list_name(self.period, self.language)


@dataclass(frozen=True)
class IndexRow:
    """A unit in a list: its main figures, links to its editions, and the reason if its report failed."""

    anchor: str
    line: CockpitLine
    links: tuple[tuple[str, str, str], ...] = ()
    failed: str = ""
    range: Markup = field(default_factory=Markup)
    moved: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing and the report was made."""
        return not self.failed and self.line.lacking == ()


@dataclass(frozen=True)
class ListLook:
    """What all lists share: the city, its colour and its emblem."""

    inputs: ReportInputs
    accent: str
    emblem: str


def unit_names(inputs: ReportInputs) -> dict[str, str]:
    """Return the names of all units by id, with the city's own."""
    names = {unit: each.name for unit, each in inputs.city.units.items()}
    return {**names, CITY: inputs.city.facts.name}


def rows_of(
    look: ListLook, each: ReportList, kept: IndexLines, reports: Path, results: Sequence[JobResult]
) -> Iterator[IndexRow]:
    """Yield a row for each unit with a report, or with one that failed in this batch, in the register's order."""
    words = load_words(each.language)
    records: dict[str, list[Record]] = {}
    for unit, record in records_of(reports, each.folder, each.period):
        if record.made["language"] == each.language:
            records.setdefault(unit, []).append(record)
    failed = {r.job.unit_id: r.message for r in results if not r.is_published}
    known = [unit.unit_id for unit in look.inputs.city.reporting_units]
    found = {*records, *failed}
    order = [*(unit for unit in known if unit in found), *sorted(found - set(known))]
    names = unit_names(look.inputs)
    for unit in order:
        name = words("quality_title") if unit == QUALITY else names.get(unit, unit)
        line = replace(kept.lines.get(unit, CockpitLine(name)), name=name)
        links = tuple(_editions(each, unit, records.get(unit, []), reports, words))
        reason = f"{words('index_failed')}: {failed[unit]}" if unit in failed else ""
        if links or reason:
            yield IndexRow(unit, line, links, reason)


def _editions(
    each: ReportList, unit: str, records: Sequence[Record], reports: Path, words: Words
) -> Iterator[tuple[str, str, str]]:
    """Yield kind, place and text of the link to each edition of a unit, and to the zip with all of them."""
    folder = within(reports, each.folder)
    place = within(folder, each.period, unit)
    usual = Job(unit, each.period, each.language, (), audience=each.audience).name
    links = []
    packed = []
    for record in records:
        standing = set(record.standing(place))
        for name in record.files:
            if name.endswith(TTE):
                continue
            kind = format_of(name)
            further = name.removesuffix(format_named(kind).ending).removeprefix(usual).strip("-")
            said = words(f"index_format_{kind}") + (f" ({further})" if further else "")
            called = record.called(name)
            if called != name and (place / name).is_file():
                links.append((kind, name, words("index_by_hand", edition=said)))
            if not (place / called).is_file():
                continue
            is_ours = name in standing or _is_ours(place / called, record)
            if is_ours:
                packed.append(place / called)
            if called != name:
                said = words("index_beside", edition=said)
            is_typed = not is_ours and (place / called).suffix in EDITABLE
            links.append((kind, called, words("index_by_hand", edition=said) if is_typed else said))
    for kind, name, said in sorted(links, key=lambda link: FORMATS.index(link[0])):
        yield kind, f"{each.period}/{unit}/{name}", said
    bundle = write_bundle(folder, f"{usual}-{_ALL}", packed)
    if bundle is not None:
        yield "zip", bundle.relative_to(folder).as_posix(), words("index_zip")


def _is_ours(path: Path, record: Record) -> bool:
    """Return whether a file has the content that this toolkit wrote, even if its time differs, as after copying."""
    return checksum(path.read_bytes()) in record.written


def links_of(row: IndexRow) -> Markup:
    """Return the links to a unit's editions, each named with the unit for those who hear it."""
    failure = f'<p class="failed">{escape(row.failed)}</p>' if row.failed else ""
    items = "".join(
        f"<li{' class=main' if kind in _FIRST else ''}>"
        f'<a href="{escape(href)}" aria-label="{escape(f"{said}, {row.line.name}")}">{escape(said)}</a></li>'
        for kind, href, said in row.links
    )
    return Markup(failure + (f'<ul class="links">{items}</ul>' if items else ""))  # noqa: S704


def drawn_rows(rows: Sequence[IndexRow], bounds: Sequence[float], language: str) -> list[IndexRow]:
    """Return the rows with a small drawing of each index on one common scale, and with its change as text."""
    ends = [each.line.low if each.line.low is not None else each.line.index_value for each in rows]
    lowest = min([end for end in ends if end is not None], default=_BEST)
    least = min(_LEAST, 5.0 * (lowest // 5))
    numbers = Numbers(language)
    return [
        replace(
            each,
            moved="" if each.line.moved is None else numbers.signed(each.line.moved, 2),
            range=_range(each.line, least, bounds),
        )
        for each in rows
    ]


def _range(line: CockpitLine, least: float, bounds: Sequence[float]) -> Markup:
    """Return a small drawing of an index and its interval above the bands of the grades; the text says the same."""
    if line.index_value is None:
        return Markup()

    def x(value: float) -> float:
        return round((max(value, least) - least) / (_BEST - least) * _WIDE, 1)

    tops = [_BEST, *bounds[:-1]]
    bands = "".join(
        f'<rect x="{x(low)}" y="0" width="{round(x(top) - x(low), 1)}" height="{_HIGH}" fill="{fill}"/>'
        for top, low, fill in zip(tops, bounds, _FILLS, strict=False)
        if top > least
    )
    middle = _HIGH / 2
    whisker = (
        f'<line x1="{x(line.low)}" x2="{x(line.high)}" y1="{middle}" y2="{middle}" stroke="currentColor" stroke-width="2.5"/>'
        if line.low is not None and line.high is not None
        else ""
    )
    dot = f'<circle cx="{x(line.index_value)}" cy="{middle}" r="4" fill="currentColor"/>'
    return Markup(  # noqa: S704 (numbers alone)
        f'<svg class="range" viewBox="0 0 {_WIDE} {_HIGH}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{bands}{whisker}{dot}</svg>"
    )
