"""A grid: the reports of a batch as rows of a CSV file, checked before anything runs."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from asn_research.errors import RequestError
from asn_research.render.formats import FORMATS
from asn_research.render.inputs import ReportInputs
from asn_research.render.jobs import DATA, TEMPLATES, Job, plan_jobs
from asn_research.render.template import Value, parameters_of, typed

#: The grid's own columns; every other one is a parameter of the template.
COLUMNS = ("unit", "period", "language", "editions", "template", "audience")
_SHOWN = 60
# File systems allow 255 bytes; an edition's ending and a mark of unfinished work need some.
_LONGEST_NAME = 200
# Where another folder, drive, machine or page would be: not "2025/2026", but "/srv", "C:x", "~", "../x", "http://x".
_ELSEWHERE = re.compile(r"^[/\\~]|^[A-Za-z]:(?![^/\\]*\s)|(^|[/\\])\.\.([/\\]|$)|^[A-Za-z][\w+.-]*://")
_USUAL = {"unit": "all", "period": "latest", "language": "id", "editions": " ".join(FORMATS),
          "audience": "all"}  # fmt: skip


def read_grid(path: Path, inputs: ReportInputs, usual: Mapping[str, str] | None = None) -> tuple[Job, ...]:
    """Return the jobs of a grid; a grid with one wrong row is refused whole.

    Parameters
    ----------
    path : Path
        A CSV file with a heading. An empty cell, or a column that is not there, means the usual.
    inputs : ReportInputs
        The measures, which know the units and periods that there are data for.
    usual : mapping of str to str, optional
        By column; without it all units, the latest period, Indonesian, all editions, and the
        unit's own template.

    Raises
    ------
    RequestError
        Naming the row and what is wrong with it.
    """
    jobs: dict[str, Job] = {}
    for number, row in enumerate(_rows(path), start=2):
        try:
            found = _jobs(row, inputs, {**_USUAL, **(usual or {})})
        except RequestError as error:
            msg = f"{path.name}, row {number}: {error}"
            raise RequestError(msg) from None
        for job in found:
            if job.name in jobs:
                msg = f"{path.name}, row {number}: {job.name} is asked for a second time; remove one of the rows."
                raise RequestError(msg)
            jobs[job.name] = job
    if not jobs:
        msg = f"{path.name} asks for no report; give it a row for each."
        raise RequestError(msg)
    return tuple(jobs.values())


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        msg = f"The grid {path.name} is not there or is no text in UTF-8; save it as CSV UTF-8."
        raise RequestError(msg) from None
    lines = text.splitlines()
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.reader(lines, delimiter=separator)
    head = [name.strip() for name in next(reader, [])]
    if not head or len(set(head)) < len(head) or "" in head:
        msg = f"{path.name}: the first row must name the columns, each once: {', '.join(COLUMNS)}."
        raise RequestError(msg)
    rows = []
    for number, cells in enumerate(reader, start=2):
        if len(cells) > len(head):
            msg = f"{path.name}, row {number}: {len(cells)} cells under {len(head)} headings; quote cells that hold '{separator}'."
            raise RequestError(msg)
        row = {name: cell.strip() for name, cell in zip(head, cells, strict=False)}
        if any(row.values()):
            rows.append(row)
    return rows


def _jobs(row: Mapping[str, str], inputs: ReportInputs, usual: Mapping[str, str]) -> list[Job]:
    told = {name: row.get(name) or value for name, value in usual.items()}
    planned = plan_jobs(
        inputs,
        unit=told["unit"],
        period=told["period"],
        language=told["language"],
        formats=told["editions"].replace(",", " ").split(),
        audience=told["audience"],
    )
    given = {name: text for name, text in row.items() if name not in COLUMNS and text}
    return [_with_template(job, row.get("template", ""), given) for job in planned]


def _with_template(job: Job, notebook: str, given: Mapping[str, str]) -> Job:
    known = sorted(path.name for path in TEMPLATES.glob("*.ipynb"))
    if notebook and notebook not in known:
        msg = f"There is no template '{_shortened(notebook)}'; there are {', '.join(known)}."
        raise RequestError(msg)
    if DATA in given:
        msg = f"'{DATA}' is not for a grid: a report must not show another folder's data under this city's name. Give the folder once for all rows: --processed."
        raise RequestError(msg)
    job = replace(job, notebook="" if notebook == job.template.name else notebook)
    unknown = [name for name in given if name not in parameters_of(job.template)]
    if unknown:
        own = [name for name in parameters_of(job.template) if name not in (DATA, *COLUMNS)]
        msg = (
            f"'{_shortened(', '.join(unknown))}' is neither a column of a grid ({', '.join(COLUMNS)}) nor a parameter of "
            f"{job.template.name}{': ' + ', '.join(own) if own else ', which has none of its own'}."
        )
        raise RequestError(msg)
    extra: list[tuple[str, Value]] = [
        (name, _stays_here(name, typed(job.template, name, text))) for name, text in given.items()
    ]
    job = replace(job, extra=tuple(extra)).checked()
    if len(job.name.encode()) > _LONGEST_NAME:
        msg = f"The report's name would have {len(job.name.encode())} bytes, and may have {_LONGEST_NAME}; give shorter parameters ({', '.join(given)})."
        raise RequestError(msg)
    return job


def _stays_here(name: str, value: Value) -> Value:
    if isinstance(value, str) and _ELSEWHERE.search(value):
        msg = f"'{name}' names a place ('{_shortened(value)}'); a report reads the processed folder and nothing else."
        raise RequestError(msg)
    return value


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
