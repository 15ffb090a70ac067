"""The status table: what became of each report of the last batch, for people (html) and machines (csv)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

from asn_research.render.editions import REPORT_CSS
from asn_research.render.execute import JobResult
from asn_research.render.publish import publish_file

#: The table's columns.
COLUMNS = ("unit", "period", "language", "template", "editions", "status", "seconds", "peak_mb",
           "attempts", "cell", "message", "notebook")  # fmt: skip


def publish_status(results: Sequence[JobResult], reports: Path) -> None:
    """Write ``status.csv`` and ``status.html`` into the folder of reports."""
    rows = [_row(result, reports) for result in results]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    publish_file(text.getvalue(), reports / "status.csv")
    publish_file(_page(rows), reports / "status.html")


def _row(result: JobResult, reports: Path) -> list[str]:
    job = result.job
    status = "not outdated" if result.is_skipped else "published" if result.is_published else "failed"
    notebook = result.notebook.relative_to(reports.resolve()).as_posix() if result.notebook else ""
    return [
        job.unit_id, job.period, job.language, job.template.name, " ".join(job.formats), status,
        f"{result.seconds:.2f}", "" if result.peak_mb is None else f"{result.peak_mb:.0f}",
        str(result.attempts), str(result.failed_cell or ""),
        "" if result.is_published else result.message, notebook,
    ]  # fmt: skip


def _page(rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in COLUMNS)
    body = "".join(
        f"<tr{' class=warning' if row[5] == 'failed' else ''}>" + "".join(map(_cell, row)) + "</tr>"
        for row in rows
    )
    failed = sum(row[5] == "failed" for row in rows)
    title = f"{len(rows) - failed} of {len(rows)} reports stand"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><style>{REPORT_CSS}</style></head><body class="index">'
        f"<main><h1>{title}</h1><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></main>"
        "</body></html>"
    )


def _cell(text: str) -> str:
    if text.endswith(".ipynb") and "/" in text:
        return f'<td><a href="{escape(text)}">{escape(text)}</a></td>'
    return f"<td>{escape(text)}</td>"
