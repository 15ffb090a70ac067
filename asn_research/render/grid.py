"""A grid: a CSV file that lists the reports of a batch, one per row. It is checked before a report is rendered."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from asn_research.errors import RequestError
from asn_research.render.formats import FORMATS, FULL
from asn_research.render.inputs import ReportInputs
from asn_research.render.jobs import DATA, TEMPLATES, Job, plan_jobs
from asn_research.render.template import Value, parameters_of, typed
from asn_research.rules.words import worded

#: The columns of the grid itself; every other column is a parameter of the template.
COLUMNS = ("unit", "period", "language", "editions", "template", "audience")
_SHOWN = 60
# File systems allow 255 bytes in a name; the ending of the format and a temporary prefix need some of them.
_LONGEST_NAME = 200
# Matches values that point to another folder, drive, machine or page: "/srv", "C:x", "~", "../x", "http://x". It
# does not match "2025/2026".
_ELSEWHERE = re.compile(r"^[/\\~]|^[A-Za-z]:(?![^/\\]*\s)|(^|[/\\])\.\.([/\\]|$)|^[A-Za-z][\w+.-]*://")
_USUAL = {"unit": "all", "period": "latest", "language": "id", "editions": " ".join(FORMATS),
          "audience": "all"}  # fmt: skip


def read_grid(path: Path, inputs: ReportInputs, usual: Mapping[str, str] | None = None) -> tuple[Job, ...]:
    """Return the jobs of a grid; one wrong row makes the whole grid invalid.

    Parameters
    ----------
    path : Path
        A CSV file with a heading. An empty cell, or a missing column, has the default value.
    inputs : ReportInputs
        The measures, which define the units and periods with data.
    usual : mapping of str to str, optional
        Default values by column; if not given: all units, the latest period, Indonesian, all formats, and
        the template of the unit.

    Raises
    ------
    RequestError
        If a row is wrong; the message names the row and the fault.
    """
    jobs: dict[str, Job] = {}
    for number, row in enumerate(_rows(path), start=2):
        try:
            found = _jobs(row, inputs, {**_USUAL, **(usual or {})})
        except RequestError as error:
            raise _in_row(path.name, number, error) from None
        for job in found:
            if job.name in jobs:
                twice = worded(RequestError, "error_grid_twice", report=job.name)
                raise _in_row(path.name, number, twice)
            jobs[job.name] = job
    if not jobs:
        raise worded(RequestError, "error_grid_empty", grid=path.name)
    return tuple(jobs.values())


def _in_row(grid: str, number: int, error: RequestError) -> RequestError:
    """Return an error that also names the grid and the row."""
    return worded(RequestError, "error_grid_row", grid=grid, row=number, error=error)


def _rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a grid as texts by heading; refuse a file or a row that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        raise worded(RequestError, "error_grid_unread", grid=path.name) from None
    lines = text.splitlines()
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.reader(lines, delimiter=separator)
    head = [name.strip() for name in next(reader, [])]
    if not head or len(set(head)) < len(head) or "" in head:
        raise worded(RequestError, "error_grid_head", grid=path.name, columns=", ".join(COLUMNS))
    rows = []
    for number, cells in enumerate(reader, start=2):
        if len(cells) > len(head):
            many = worded(
                RequestError, "error_grid_cells", n=len(cells), n_headings=len(head), separator=separator
            )
            raise _in_row(path.name, number, many)
        row = {name: cell.strip() for name, cell in zip(head, cells, strict=False)}
        if any(row.values()):
            rows.append(row)
    return rows


def _jobs(row: Mapping[str, str], inputs: ReportInputs, usual: Mapping[str, str]) -> list[Job]:
    """Return the jobs of one row of a grid; its empty cells have the usual values."""
    settings = {name: row.get(name) or value for name, value in usual.items()}
    planned = plan_jobs(
        inputs,
        unit=settings["unit"],
        period=settings["period"],
        language=settings["language"],
        formats=settings["editions"].replace(",", " ").split(),
        audience=settings["audience"],
    )
    given = {name: text for name, text in row.items() if name not in COLUMNS and text}
    return [_with_template(job, row.get("template", ""), given) for job in planned]


def _with_template(job: Job, notebook: str, given: Mapping[str, str]) -> Job:
    """Return a job with the template and the parameters that a row of a grid names, after checking them."""
    known = sorted(path.name for path in TEMPLATES.glob("*.ipynb"))
    if notebook and notebook not in known:
        raise worded(RequestError, "error_grid_template", name=_shortened(notebook), known=", ".join(known))
    if DATA in given:
        raise worded(RequestError, "error_grid_data", name=DATA)
    if notebook and notebook != job.template.name:
        # Another template need not show what the other editions are made of.
        whole = tuple(name for name in job.formats if name in FULL)
        if not whole:
            raise worded(
                RequestError, "error_grid_no_edition", template=notebook, names=", ".join(job.formats)
            )
        job = replace(job, notebook=notebook, formats=whole)
    unknown = [name for name in given if name not in parameters_of(job.template)]
    if unknown:
        own = [name for name in parameters_of(job.template) if name not in (DATA, *COLUMNS)]
        raise worded(
            RequestError,
            "error_grid_unknown",
            name=_shortened(", ".join(unknown)),
            columns=", ".join(COLUMNS),
            template=job.template.name,
            own=", ".join(own) or "–",
        )
    extra: list[tuple[str, Value]] = [
        (name, _stays_here(name, typed(job.template, name, text))) for name, text in given.items()
    ]
    job = replace(job, extra=tuple(extra)).checked()
    if len(job.name.encode()) > _LONGEST_NAME:
        raise worded(
            RequestError,
            "error_grid_long",
            n=len(job.name.encode()),
            most=_LONGEST_NAME,
            parameters=", ".join(given),
        )
    return job


def _stays_here(name: str, value: Value) -> Value:
    if isinstance(value, str) and _ELSEWHERE.search(value):
        raise worded(RequestError, "error_grid_elsewhere", name=name, value=_shortened(value))
    return value


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
