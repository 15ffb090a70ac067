"""The pages that open the reports: for each audience, period and language, one table of units with what matters."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from asn_research import rules
from asn_research.errors import RenderError
from asn_research.protect import ReportAudience
from asn_research.read.given_forms import Stated
from asn_research.render.editions import REPORT_CSS
from asn_research.render.editions.layout import TEMPLATES, emblem_of
from asn_research.render.execute import JobResult
from asn_research.render.index_lines import IndexLines, keep_lines, read_lines
from asn_research.render.index_rows import (
    IndexRow,
    ListLook,
    ReportList,
    drawn_rows,
    links_of,
    rows_of,
    unit_names,
)
from asn_research.render.inputs import ReportInputs
from asn_research.render.jobs import FOLDER_OF
from asn_research.render.records import kept_periods, records_of
from asn_research.render.status import publish_status
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule
from asn_research.rules.words import LANGUAGES, Words, load_words
from asn_research.show.data import QUALITY
from asn_research.show.numbers import Numbers
from asn_research.storage import PUBLIC_FILE, within, write_whole

#: Reports of the city as a whole.
_WHOLE = (CITY, QUALITY)
_INDEX_CSS = (TEMPLATES / "index.css").read_text(encoding="utf-8")
_SCRIPT = (TEMPLATES / "index.js").read_text(encoding="utf-8")


def publish_indexes(
    inputs: ReportInputs, results: Sequence[JobResult], reports: Path, stated: Stated | None = None
) -> dict[ReportAudience, Path]:
    """Write the lists of all reports that there are, and return the page to open for each audience of a batch.

    Lists of other periods keep what they stated when their reports were made.

    Parameters
    ----------
    inputs : ReportInputs
        The measures, which know the units and those without data.
    results : sequence of JobResult
        What became of each job of the batch, with its line in the list.
    reports : Path
        The folder of reports.
    stated : Stated, optional
        The content of the forms, for the house style.

    Returns
    -------
    dict of str to Path
        For each audience ``index.html`` if it is that of the batch's period, else the period's own page.

    Raises
    ------
    RenderError
        If a file of the batch is not there.
    """
    batch: dict[ReportList, list[JobResult]] = {}
    for result in results:
        job = result.job
        batch.setdefault(ReportList(job.audience, job.period, job.language), []).append(result)
        for path in result.files:
            if not path.is_file():
                msg = f"{path.name} is not there, though its report is listed; run the report again."
                raise RenderError(msg)
    for each, found in batch.items():
        lines = {r.job.unit_id: r.line for r in found if r.is_published and r.line is not None}
        kept = read_lines(reports, each.folder, each.period, each.language)
        keep_lines(
            reports, each.folder, each.period, each.language,
            IndexLines({**kept.lines, **lines}, _silent(inputs, each)),
        )  # fmt: skip
    pages: dict[ReportAudience, Path] = {}
    style = (stated or Stated()).style
    look = ListLook(inputs, style.accent, emblem_of(style))
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
    publish_status(results, reports, unit_names(inputs), pages)
    return pages


def _lists(reports: Path, audience: ReportAudience, batch: Sequence[ReportList]) -> list[ReportList]:
    """Return all lists of an audience, newest period first, with those of a batch in which every report failed."""
    folder = FOLDER_OF[audience]
    found = dict.fromkeys(batch)
    for period in kept_periods(reports, folder):
        languages = {str(record.made["language"]) for _, record in records_of(reports, folder, period)}
        found |= dict.fromkeys(ReportList(audience, period, language) for language in sorted(languages))

    def order(each: ReportList) -> tuple[int, int, int]:
        period = Period.parse(each.period)
        days = (period.last_day - period.first_day).days
        return -period.last_day.toordinal(), days, LANGUAGES.index(each.language)

    return sorted(found, key=order)


def _opened(lists: Sequence[ReportList], batch: Mapping[ReportList, object]) -> ReportList:
    """Return the list that `index.html` shows: the newest period's, in the batch's language if it has one."""
    newest = [each for each in lists if each.period == lists[0].period]
    return next((each for each in batch if each in newest), newest[0])


def _silent(inputs: ReportInputs, each: ReportList) -> tuple[str, ...]:
    """Return the names of units without any data in a period."""
    with_data = inputs.units_with_data(each.period)
    return tuple(unit.name for unit in inputs.city.reporting_units if unit.unit_id not in with_data)


def _page(
    look: ListLook, each: ReportList, lists: Sequence[ReportList], reports: Path, results: Sequence[JobResult]
) -> str:
    """Return the list of an audience, period and language as a web page."""
    inputs, words, period = look.inputs, load_words(each.language), Period.parse(each.period)
    kept = read_lines(reports, each.folder, each.period, each.language)
    rows = {row.anchor: row for row in rows_of(look, each, kept, reports, results)}
    whole = [rows.pop(unit) for unit in _WHOLE if unit in rows]
    is_internal = each.audience == "internal"
    grades = rules.at(period, inputs.city).one(SatisfactionRule).grades
    drawn = drawn_rows([*rows.values()], [float(band.at_least) for band in grades], each.language)
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
        links=links_of,
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


def _further(
    each: ReportList, lists: Sequence[ReportList], reports: Path, words: Words
) -> Iterator[dict[str, str]]:
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
    whole: Sequence[IndexRow], rows: Sequence[IndexRow], words: Words, *, is_internal: bool
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
