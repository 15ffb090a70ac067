"""The pages that open the reports: for each audience, period and language, one table of units with what matters."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from asn_research import rules
from asn_research.errors import RenderError
from asn_research.protect import ReportAudience
from asn_research.read.given_forms import Stated
from asn_research.render.bundles import write_bundle
from asn_research.render.by_hand import EDITABLE
from asn_research.render.editions import REPORT_CSS
from asn_research.render.editions.layout import TEMPLATES, TTE, emblem_of
from asn_research.render.execute import JobResult
from asn_research.render.formats import FORMATS, format_named, format_of
from asn_research.render.index_lines import IndexLines, keep_lines, read_lines
from asn_research.render.inputs import ReportInputs
from asn_research.render.jobs import FOLDER_OF, Job, list_name
from asn_research.render.records import Record, kept_periods, records_of
from asn_research.render.stated import slicers
from asn_research.render.status import publish_status
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule
from asn_research.rules.words import LANGUAGES, Words, load_words
from asn_research.show.cockpit import CockpitLine, cockpit_line
from asn_research.show.data import QUALITY
from asn_research.show.numbers import Numbers
from asn_research.storage import PUBLIC_FILE, checksum, within, write_whole

#: Reports of the city as a whole.
_WHOLE = (CITY, QUALITY)
_INDEX_CSS = (TEMPLATES / "index.css").read_text(encoding="utf-8")
_SCRIPT = (TEMPLATES / "index.js").read_text(encoding="utf-8")
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
class _List:
    """A list of reports: its audience, period and language."""

    audience: ReportAudience
    period: str
    language: str

    @property
    def folder(self) -> str:
        return FOLDER_OF[self.audience]

    @property
    def name(self) -> str:
        return list_name(self.period, self.language)


@dataclass(frozen=True)
class _Row:
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


def publish_indexes(
    inputs: ReportInputs, results: Sequence[JobResult], reports: Path, stated: Stated | None = None
) -> dict[ReportAudience, Path]:
    """Write the lists of all reports that there are, and return the page to open for each audience of a batch.

    Lists of other periods keep what they stated when their reports were made.

    Parameters
    ----------
    inputs : ReportInputs
        The measures, of which the lines of the batch's units are made.
    results : sequence of JobResult
        What became of each job of the batch.
    reports : Path
        The folder of reports.
    stated : Stated, optional
        The content of the forms, for plans and signatories.

    Returns
    -------
    dict of str to Path
        For each audience ``index.html`` if it is that of the batch's period, else the period's own page.

    Raises
    ------
    RenderError
        If a file of the batch is not there.
    """
    slicer_of = slicers(inputs, stated or Stated())
    batch: dict[_List, list[JobResult]] = {}
    for result in results:
        job = result.job
        batch.setdefault(_List(job.audience, job.period, job.language), []).append(result)
        for path in result.files:
            if not path.is_file():
                msg = f"{path.name} is not there, though its report is listed; run the report again."
                raise RenderError(msg)
    for each, found in batch.items():
        lines = {
            r.job.unit_id: cockpit_line(slicer_of(r.job).cut(r.job.unit_id))
            for r in found
            if r.is_published and r.job.unit_id != QUALITY
        }
        kept = read_lines(reports, each.folder, each.period, each.language)
        keep_lines(
            reports, each.folder, each.period, each.language,
            IndexLines({**kept.lines, **lines}, _silent(inputs, each)),
        )  # fmt: skip
    pages: dict[ReportAudience, Path] = {}
    style = (stated or Stated()).style
    look = _Look(inputs, style.accent, emblem_of(style))
    for audience in dict.fromkeys(each.audience for each in batch):
        lists = _lists(reports, audience, [each for each in batch if each.audience == audience])
        opened = _opened(lists, batch)
        for each in lists:
            page = _page(look, each, lists, reports, batch.get(each, []))
            place = within(reports, each.folder, each.name)
            write_whole(place, page, mode=PUBLIC_FILE)
            if each == opened:
                write_whole(within(reports, each.folder, "index.html"), page, mode=PUBLIC_FILE)
        first = next(each for each in batch if each.audience == audience)
        name = "index.html" if first == opened else first.name
        pages[audience] = within(reports, FOLDER_OF[audience], name)
    publish_status(results, reports, _names(inputs), pages)
    return pages


@dataclass(frozen=True)
class _Look:
    """What all lists share: the city, its colour and its emblem."""

    inputs: ReportInputs
    accent: str
    emblem: str


def _lists(reports: Path, audience: ReportAudience, batch: Sequence[_List]) -> list[_List]:
    """Return all lists of an audience, newest period first, with those of a batch in which every report failed."""
    folder = FOLDER_OF[audience]
    found = dict.fromkeys(batch)
    for period in kept_periods(reports, folder):
        languages = {str(record.made["language"]) for _, record in records_of(reports, folder, period)}
        found |= dict.fromkeys(_List(audience, period, language) for language in sorted(languages))

    def order(each: _List) -> tuple[int, int, int]:
        period = Period.parse(each.period)
        days = (period.last_day - period.first_day).days
        return -period.last_day.toordinal(), days, LANGUAGES.index(each.language)

    return sorted(found, key=order)


def _opened(lists: Sequence[_List], batch: Mapping[_List, object]) -> _List:
    """Return the list that `index.html` shows: the newest period's, in the batch's language if it has one."""
    newest = [each for each in lists if each.period == lists[0].period]
    return next((each for each in batch if each in newest), newest[0])


def _silent(inputs: ReportInputs, each: _List) -> tuple[str, ...]:
    """Return the names of units without any data in a period."""
    with_data = inputs.units_with_data(each.period)
    return tuple(unit.name for unit in inputs.city.reporting_units if unit.unit_id not in with_data)


def _names(inputs: ReportInputs) -> dict[str, str]:
    names = {unit: each.name for unit, each in inputs.city.units.items()}
    return {**names, CITY: inputs.city.facts.name}


def _page(
    look: _Look, each: _List, lists: Sequence[_List], reports: Path, results: Sequence[JobResult]
) -> str:
    """Return the list of an audience, period and language as a web page."""
    inputs, words, period = look.inputs, load_words(each.language), Period.parse(each.period)
    kept = read_lines(reports, each.folder, each.period, each.language)
    rows = {row.anchor: row for row in _rows(look, each, kept, reports, results)}
    whole = [rows.pop(unit) for unit in _WHOLE if unit in rows]
    is_internal = each.audience == "internal"
    grades = rules.at(period, inputs.city).one(SatisfactionRule).grades
    drawn = _drawn([*rows.values()], [float(band.at_least) for band in grades], each.language)
    columns = ["index_unit", "index_ikm", "index_respondents", "index_change"]
    columns += ["index_files", "index_quarantined", "index_plan", "index_ready"] if is_internal else []
    silent = kept.silent if is_internal else ()
    emblem = base64.b64encode(look.emblem.encode()).decode("ascii")
    return _template().render(
        language=each.language,
        audience=each.audience,
        is_internal=is_internal,
        css=Markup(REPORT_CSS + _INDEX_CSS),  # noqa: S704
        script=Markup(_SCRIPT),  # noqa: S704
        accent=look.accent,
        emblem=Markup(f'<img class="emblem" alt="" src="data:image/svg+xml;base64,{emblem}">'),  # noqa: S704
        title=words(f"index_title_{each.audience}"),
        period=period.label(each.language),
        banner=words("banner_simulated") if inputs.is_simulated else "",
        issuer=inputs.city.facts.government,
        words=words,
        links=_links,
        periods=[
            {"href": other.name, "text": Period.parse(other.period).short_label(each.language), "is_current": other == each}
            for other in lists
            if other.language == each.language
        ],
        further=list(_further(each, lists, reports, words)),
        cards=list(_cards(whole, drawn, words, is_internal=is_internal)),
        silent=silent,
        whole=whole,
        rows=drawn,
        sentence=words("index_sentence", period=period.label(each.language), n=len(drawn)),
        columns=[
            *({"text": words(key), "is_sortable": key != "index_plan"} for key in columns),
            {"text": words("index_reports"), "is_sortable": False},
        ],
    )  # fmt: skip


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("index.html.j2")


def _rows(
    look: _Look, each: _List, kept: IndexLines, reports: Path, results: Sequence[JobResult]
) -> Iterator[_Row]:
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
    names = _names(look.inputs)
    for unit in order:
        name = words("quality_title") if unit == QUALITY else names.get(unit, unit)
        line = replace(kept.lines.get(unit, CockpitLine(name)), name=name)
        links = tuple(_editions(each, unit, records.get(unit, []), reports, words))
        reason = f"{words('index_failed')}: {failed[unit]}" if unit in failed else ""
        if links or reason:
            yield _Row(unit, line, links, reason)


def _editions(
    each: _List, unit: str, records: Sequence[Record], reports: Path, words: Words
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


def _links(row: _Row) -> Markup:
    """Return the links to a unit's editions, each named with the unit for those who hear it."""
    failure = f'<p class="failed">{escape(row.failed)}</p>' if row.failed else ""
    items = "".join(
        f"<li{' class=main' if kind in _FIRST else ''}>"
        f'<a href="{escape(href)}" aria-label="{escape(f"{said}, {row.line.name}")}">{escape(said)}</a></li>'
        for kind, href, said in row.links
    )
    return Markup(failure + (f'<ul class="links">{items}</ul>' if items else ""))  # noqa: S704


def _drawn(rows: Sequence[_Row], bounds: Sequence[float], language: str) -> list[_Row]:
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


def _further(each: _List, lists: Sequence[_List], reports: Path, words: Words) -> Iterator[dict[str, str]]:
    """Yield links to the same list in another language and, from the internal list, to the public one and the state."""
    for other in lists:
        if other.period == each.period and other.language != each.language:
            yield {
                "href": other.name,
                "text": words(f"language_{other.language}"),
                "language": other.language,
            }
    if each.audience == "internal":
        public = replace(each, audience="public")
        if within(reports, public.folder, public.name).is_file():
            yield {
                "href": f"../{public.folder}/{public.name}",
                "text": words("index_title_public"),
                "language": "",
            }
        yield {"href": "../status.html", "text": words("index_to_status"), "language": ""}


def _cards(
    whole: Sequence[_Row], rows: Sequence[_Row], words: Words, *, is_internal: bool
) -> Iterator[dict[str, str]]:
    """Yield the figures at the head of a list."""
    numbers = Numbers(words.language)

    def of(n: int, total: int) -> str:
        return words("n_of_needed", n=numbers.number(n), needed=numbers.number(total))

    city = next((row.line for row in whole if row.anchor == CITY and row.line.index), None)
    if city is not None:
        graded = f"{city.grade} · {city.word}" if city.grade else city.word
        yield {
            "label": words("index_card_city"),
            "value": city.index,
            "detail": graded,
            "change": city.change,
        }
    lines = [row.line for row in rows]
    if not lines:
        return
    with_index = [line for line in lines if line.index]
    yield {
        "label": words("index_card_units"),
        "value": of(len(with_index), len(lines)),
        "detail": "",
        "change": "",
    }
    judged = [line for line in lines if line.is_short is not None]
    if judged:
        enough = sum(not line.is_short for line in judged)
        detail = words("index_card_enough_of") if len(judged) < len(lines) else ""
        yield {
            "label": words("index_card_enough"),
            "value": of(enough, len(judged)),
            "detail": detail,
            "change": "",
        }
    if is_internal:
        ready = sum(row.is_ready for row in rows)
        lacking = Counter(what for line in lines for what in line.lacking or ())
        most, n = next(iter(lacking.most_common(1)), ("", 0))
        detail = words("index_card_lacks", what=most, n=numbers.number(n)) if most else ""
        yield {
            "label": words("index_card_ready"),
            "value": of(ready, len(lines)),
            "detail": detail,
            "change": "",
        }
