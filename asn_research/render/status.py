"""The status table: what became of each report of the last batch, for people (html) and machines (csv)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from asn_research.render.pages import page
from asn_research.rules.words import LANGUAGES, Words, load_words
from asn_research.show.numbers import Numbers
from asn_research.storage import PUBLIC_FILE, write_whole

if TYPE_CHECKING:
    # Its libraries take a second to load, which whoever only asks for the columns need not wait for.
    from asn_research.render.execute import JobResult

#: The table's columns.
COLUMNS = ("unit", "audience", "period", "language", "template", "editions", "status", "seconds", "peak_mb",
           "attempts", "cell", "message", "notebook")  # fmt: skip
_STATUS = COLUMNS.index("status")


def publish_status(results: Sequence[JobResult], reports: Path) -> None:
    """Write ``status.csv`` and ``status.html`` into the folder of reports."""
    rows = [_row(result) for result in results]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_whole(reports / "status.csv", text.getvalue(), mode=PUBLIC_FILE)
    language = results[0].job.language if results else LANGUAGES[0]
    write_whole(reports / "status.html", _page(rows, load_words(language)), mode=PUBLIC_FILE)


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


def _page(rows: Sequence[Sequence[str]], words: Words) -> str:
    head = "".join(f'<th scope="col">{escape(words(f"status_{name}"))}</th>' for name in COLUMNS)
    body = "".join(
        f"<tr{' class=warning' if row[_STATUS] == 'failed' else ''}>"
        + "".join(
            f"<td>{escape(_said(name, text, words))}</td>" for name, text in zip(COLUMNS, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    failed = sum(row[_STATUS] == "failed" for row in rows)
    title = words("status_title", n=len(rows) - failed, total=len(rows))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return page(title, f"<main><h1>{escape(title)}</h1>{table}</main>", words.language)


def _said(name: str, text: str, words: Words) -> str:
    if name == "status":
        return words(f"status_is_{text.replace(' ', '_')}")
    if name == "audience":
        return words(f"status_for_{text}")
    return Numbers(words.language).number(float(text), 1) if name == "seconds" else text
