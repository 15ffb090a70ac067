"""Lines of the lists of reports, kept beside the records of the reports, so that earlier periods stay listed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asn_research.render.records import RECORDS
from asn_research.sealed import read_sealed, seal
from asn_research.show.cockpit import CockpitLine
from asn_research.storage import within, write_whole


@dataclass(frozen=True)
class IndexLines:
    """The lines of the list of reports of an audience, period and language.

    Parameters
    ----------
    lines : mapping of str to CockpitLine
        The line of each unit.
    silent : tuple of str
        The names of units without any data in the period.
    """

    lines: Mapping[str, CockpitLine] = field(default_factory=dict)
    silent: tuple[str, ...] = ()


def read_lines(reports: Path, folder: str, period: str, language: str) -> IndexLines:
    """Return the stored lines of a list; no lines if none are stored, or another version stored them.

    Parameters
    ----------
    reports : Path
        The folder of reports.
    folder : str
        The folder of the audience.
    period, language : str
        Of the list.
    """
    sealed = read_sealed(_place(reports, folder, period, language))
    try:
        content = json.loads(sealed or b"{}")
        lines = {unit: CockpitLine.from_json(line) for unit, line in content.get("lines", {}).items()}
        return IndexLines(lines, tuple(content.get("silent", ())))
    except (ValueError, TypeError, AttributeError):
        return IndexLines()


def keep_lines(reports: Path, folder: str, period: str, language: str, found: IndexLines) -> None:
    """Keep the lines of a list.

    Parameters
    ----------
    reports : Path
        The folder of reports.
    folder : str
        The folder of the audience.
    period, language : str
        Of the list.
    found : IndexLines
        All lines of the list, earlier ones too.
    """
    content = {
        "lines": {unit: line.to_json() for unit, line in sorted(found.lines.items())},
        "silent": list(found.silent),
    }
    write_whole(_place(reports, folder, period, language), seal(json.dumps(content).encode()), durable=False)


def _place(reports: Path, folder: str, period: str, language: str) -> Path:
    return within(reports, RECORDS, folder, period, f"index-{language}.json")
