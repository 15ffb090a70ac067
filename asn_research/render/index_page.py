"""The page that opens the reports of a period."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from asn_research.errors import RenderError
from asn_research.protect import ReportAudience
from asn_research.render.execute import JobResult
from asn_research.render.formats import FORMATS, format_of
from asn_research.render.inputs import ReportInputs
from asn_research.render.jobs import FOLDER_OF
from asn_research.render.pages import page
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.words import Words, load_words
from asn_research.show.data import QUALITY
from asn_research.storage import PUBLIC_FILE, within, write_whole

#: Reports of the city as a whole.
_WHOLE = {CITY, QUALITY}


def publish_indexes(
    inputs: ReportInputs, results: Sequence[JobResult], reports: Path
) -> dict[ReportAudience, Path]:
    """Write a page for each audience, period and language of a batch, and return each audience's first."""
    groups: dict[tuple[ReportAudience, str, str], list[JobResult]] = {}
    for result in results:
        job = result.job
        groups.setdefault((job.audience, job.period, job.language), []).append(result)
    first: dict[ReportAudience, Path] = {}
    for (audience, period, language), found in groups.items():
        name = f"index-{period}-{language}.html" if audience in first else "index.html"
        page = publish_index(inputs, found, within(reports, FOLDER_OF[audience]), name)
        first.setdefault(audience, page)
    return first


def publish_index(
    inputs: ReportInputs, results: Sequence[JobResult], reports: Path, name: str = "index.html"
) -> Path:
    """Write `index.html`, with a link to every edition of the batch's period.

    Parameters
    ----------
    inputs : ReportInputs
        For the units' names and whether the data are simulated.
    results : sequence of JobResult
        What became of each job; failed ones are named with their message.
    reports : Path
        The folder of the audience's reports.
    name : str
        The page's name, for a batch of several periods or languages.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    RenderError
        If a link would lead nowhere.
    """
    language, period = results[0].job.language, Period.parse(results[0].job.period)
    audience = results[0].job.audience
    words = load_words(language)
    rows = [_row(result, inputs, words, reports) for result in results]
    city = [row for row, result in zip(rows, results, strict=True) if result.job.unit_id in _WHOLE]
    units = [row for row, result in zip(rows, results, strict=True) if result.job.unit_id not in _WHOLE]
    sentence = words("index_sentence", period=period.label(language), n=len(units))
    banner = f'<p class="banner">{escape(words("banner_simulated"))}</p>' if inputs.is_simulated else ""
    body = (
        f'<header class="cover">{banner}<p class="issuer">{escape(inputs.city.facts.government)}</p>'
        f"<h1>{escape(words(f'index_title_{audience}'))}</h1>"
        f'<p class="subtitle">{escape(period.label(language))}</p></header>'
        f"<main><p>{escape(sentence)}</p>"
        + _table(words("index_city"), city, words)
        + _table(words("index_units"), units, words)
        + "</main>"
    )
    title = f"{words(f'index_title_{audience}')} – {period.label(language)}"
    place = reports / name
    write_whole(place, page(title, body, language), mode=PUBLIC_FILE)
    return place


def _table(title: str, rows: Sequence[str], words: Words) -> str:
    if not rows:
        return ""
    head = f'<th scope="col">{escape(words("index_unit"))}</th><th scope="col" colspan="{len(FORMATS)}">{escape(words("index_status"))}</th>'
    return (
        f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _is_beside(path: Path, other: Path) -> bool:
    return path.suffix == other.suffix and path.stem.startswith(f"{other.stem} (") and path.is_file()


def _link(path: Path, text: str, reports: Path) -> str:
    href = path.resolve().relative_to(reports.resolve()).as_posix()
    return f'<a href="{escape(href)}">{escape(text)}</a>'


def _row(result: JobResult, inputs: ReportInputs, words: Words, reports: Path) -> str:
    job = result.job
    if job.unit_id == QUALITY:
        name = words("quality_title")
    else:
        name = inputs.city.facts.name if job.unit_id == CITY else inputs.city.units[job.unit_id].name
    if not result.is_published:
        text = f"{words('index_failed')}: {result.message}"
        return f'<tr><td>{escape(name)}</td><td colspan="{len(FORMATS)}" class="warning">{escape(text)}</td></tr>'
    links = dict.fromkeys(FORMATS, "<td></td>")
    for path in result.files:
        if not path.is_file():
            msg = f"{path.name} is not there, though its report is listed; run the report again."
            raise RenderError(msg)
        name_of = format_of(path.name)
        said = words(f"index_format_{name_of}")
        shown = {path: words("index_by_hand", edition=said) if path in result.by_hand else said}
        shown |= {
            each: words("index_beside", edition=said) for each in result.beside if _is_beside(each, path)
        }
        links[name_of] = f"<td>{'<br>'.join(_link(each, text, reports) for each, text in shown.items())}</td>"
    return f"<tr><td>{escape(name)}</td>{''.join(links.values())}</tr>"
