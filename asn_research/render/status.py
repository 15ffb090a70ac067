"""The status table: what became of each report of the last batch, for people (html) and machines (csv)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from asn_research.render.pages import page
from asn_research.rules.periods import Period
from asn_research.rules.words import LANGUAGES, Words, load_words
from asn_research.show.data import QUALITY
from asn_research.show.numbers import Numbers
from asn_research.storage import PUBLIC_FILE, write_whole

if TYPE_CHECKING:
    # Its libraries take a second to load, which whoever only asks for the columns need not wait for.
    from asn_research.protect import ReportAudience
    from asn_research.render.execute import JobResult

#: The table's columns.
COLUMNS = ("unit", "audience", "period", "language", "template", "editions", "status", "seconds", "peak_mb",
           "attempts", "cell", "message", "notebook")  # fmt: skip
_STATUS = COLUMNS.index("status")
#: The columns of the table that a planner reads, before the technical one.
_PLAIN = ("unit", "audience", "period", "status", "what_to_do")


def publish_status(
    results: Sequence[JobResult],
    reports: Path,
    names: Mapping[str, str] | None = None,
    pages: Mapping[ReportAudience, Path] | None = None,
) -> None:
    """Write ``status.csv`` and ``status.html`` into the folder of reports.

    Parameters
    ----------
    results : sequence of JobResult
        What became of each job.
    reports : Path
        The folder.
    names : mapping of str to str, optional
        The names of units by their ids; a unit without one is shown by its id.
    pages : mapping of audience to Path, optional
        The list of reports of each audience, once there is one.
    """
    rows = [_row(result) for result in results]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_whole(reports / "status.csv", text.getvalue(), mode=PUBLIC_FILE)
    language = results[0].job.language if results else LANGUAGES[0]
    links = {str(who): place.relative_to(reports).as_posix() for who, place in (pages or {}).items()}
    content = _page(results, rows, load_words(language), names or {}, links)
    write_whole(reports / "status.html", content, mode=PUBLIC_FILE)


def _row(result: JobResult) -> list[str]:
    job = result.job
    status = "not outdated" if result.is_skipped else "published" if result.is_published else "failed"
    # It lies among the processed data, where nobody else may look; its place is named and not linked.
    notebook = "/".join(result.notebook.parts[-3:]) if result.notebook else ""
    return [
        job.unit_id, job.audience, job.period, job.language, job.template.name, " ".join(job.formats), status,
        f"{result.seconds:.2f}", "" if result.peak_mb is None else f"{result.peak_mb:.0f}",
        str(result.attempts), str(result.failed_cell or ""),
        "" if result.is_published else result.message, notebook,
    ]  # fmt: skip


def _page(
    results: Sequence[JobResult],
    rows: Sequence[Sequence[str]],
    words: Words,
    names: Mapping[str, str],
    links: Mapping[str, str],
) -> str:
    """Return the page: first each report's state in plain words for planners, then the full table for the administrator."""
    failed = sum(row[_STATUS] == "failed" for row in rows)
    title = words("status_title", n=len(rows) - failed, total=len(rows))
    summary = words("status_all_well") if not failed else words("status_some_failed", n=failed)
    opened = "".join(
        f'<li><a href="{escape(href)}">{escape(words(f"index_title_{who}"))}</a></li>'
        for who, href in links.items()
    )
    plain_rows = list(_plain_rows(results, rows, words, names))
    # Where nothing is to be done, the column that says what would be empty.
    n_columns = len(_PLAIN) if any(cells[-1] for cells, _ in plain_rows) else len(_PLAIN) - 1
    plain = _table(
        [words(f"status_{name}") for name in _PLAIN[:n_columns]],
        [(cells[:n_columns], status) for cells, status in plain_rows],
    )
    technical = _table(
        [words(f"status_{name}") for name in COLUMNS],
        [
            ([_said(name, text, words) for name, text in zip(COLUMNS, row, strict=True)], row[_STATUS])
            for row in rows
        ],
    )
    body = (
        f'<main><h1>{escape(title)}</h1><p class="{"warning" if failed else "claim"}">{escape(summary)}</p>'
        + (f"<ul>{opened}</ul>" if opened else "")
        + plain
        + f"<details><summary>{escape(words('status_technical'))}</summary>{technical}</details></main>"
    )
    return page(title, body, words.language)


def _plain_rows(
    results: Sequence[JobResult], rows: Sequence[Sequence[str]], words: Words, names: Mapping[str, str]
) -> Iterator[tuple[list[str], str]]:
    """Yield the unit, the state and the next step of each report; failed reports come first."""
    for result, row in sorted(zip(results, rows, strict=True), key=lambda both: both[0].is_published):
        job, status = result.job, row[_STATUS]
        name = words("quality_title") if job.unit_id == QUALITY else names.get(job.unit_id, job.unit_id)
        to_do = words("status_do_failed") if status == "failed" else ""
        if result.by_hand:
            to_do = words("status_do_by_hand", files=", ".join(path.name for path in result.by_hand))
        period = Period.parse(job.period).label(words.language)
        yield [name, words(f"status_for_{job.audience}"), period, _state(status, words), to_do], status


def _table(head: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> str:
    """Return a table that can be scrolled on a narrow screen, also by keyboard."""
    heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(
        f"<tr{' class=warning' if status == 'failed' else ''}>"
        + "".join(f"<td>{escape(text)}</td>" for text in cells)
        + "</tr>"
        for cells, status in rows
    )
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _state(status: str, words: Words) -> str:
    return words(f"status_is_{status.replace(' ', '_')}")


def _said(name: str, text: str, words: Words) -> str:
    if name == "status":
        return _state(text, words)
    if name == "audience":
        return words(f"status_for_{text}")
    return Numbers(words.language).number(float(text), 1) if name == "seconds" else text
