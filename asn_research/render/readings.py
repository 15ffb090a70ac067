"""What a report has read: written down while its cells run, compared when the data have changed.

A reading names rows of a measure by unit and period, a finding, or the study's estimates. A report
whose readings would all be answered as before need not be made again, whatever else has changed.
Other filters of a question are not written down: more rows than were shown may count, never fewer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from asn_research.memory import digest_of
from asn_research.protect import ProtectedCity, ProtectedTable
from asn_research.show.data import Finding, ReportData

#: Where a report's readings are written, if they are wanted.
READINGS = "ASN_RESEARCH_READINGS"
ALL = "*"
#: The columns that name whose rows they are.
_OWNERS = ("reporting_unit_id", "unit_id")
_ESTIMATES = "estimates"
_FINDING = "finding:"


@dataclass
class Notebook:
    """Where readings are written down, each once, at once: a cell may be the kernel's last."""

    path: Path
    _written: set[str] = field(default_factory=set)

    def note(self, reading: str) -> None:
        """Write a reading down."""
        if reading not in self._written:
            self._written.add(reading)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(reading + "\n")


def reported(report: ReportData, unit: str) -> ReportData:
    """Return a report's data as a unit's, with its readings written down if they are wanted."""
    mine = replace(report, unit_id=unit)
    wanted = os.environ.get(READINGS)
    if not wanted:
        return mine
    notes = Notebook(Path(wanted))
    given = {f.name: getattr(mine, f.name) for f in fields(ReportData)}
    given["protected"] = _ReadCity(_ReadTables(mine.protected.tables, notes), mine.protected.rule)
    given["findings"] = _ReadFindings(mine.findings, notes)
    read = _ReadReport(**given)
    object.__setattr__(read, "_notes", notes)
    return read


class _ReadReport(ReportData):
    """A report's data that write down when the study's estimates are asked for."""

    def __getattribute__(self, name: str) -> Any:
        if name == _ESTIMATES and "_notes" in object.__getattribute__(self, "__dict__"):
            object.__getattribute__(self, "_notes").note(_ESTIMATES)
        return object.__getattribute__(self, name)


class _ReadTables(Mapping[str, ProtectedTable]):
    """Tables that write down when one of them is taken whole."""

    def __init__(self, tables: Mapping[str, ProtectedTable], notes: Notebook) -> None:
        self.unread, self.notes = tables, notes

    def __getitem__(self, name: str) -> ProtectedTable:
        self.notes.note(_reading(name, ALL, ALL))
        return self.unread[name]

    def __contains__(self, name: object) -> bool:
        # That there is such a table at all; its rows are not looked at.
        self.notes.note(_reading(str(name), "", ""))
        return name in self.unread

    def __iter__(self) -> Iterator[str]:
        for name in self.unread:
            self.notes.note(_reading(name, ALL, ALL))
            yield name

    def __len__(self) -> int:
        return len(self.unread)


class _ReadCity(ProtectedCity):
    """Protected measures that write down which rows were asked for."""

    def get(self, measure: str, **values: object) -> ProtectedTable | None:
        """Return the rows of a measure that hold the values, and write down whose they are."""
        tables = self.tables
        assert isinstance(tables, _ReadTables)  # noqa: S101 (made above)
        table = tables.unread.get(measure)
        owner = next((c for c in _OWNERS if table is not None and c in table.frame), _OWNERS[-1])
        tables.notes.note(_reading(measure, values.get(owner, ALL), values.get("period", ALL)))
        return ProtectedCity(tables.unread, self.rule).get(measure, **values)


class _ReadFindings(Mapping[str, Finding]):
    """Findings that write down which were looked at."""

    def __init__(self, findings: Mapping[str, Finding], notes: Notebook) -> None:
        self._findings, self._notes = findings, notes

    def __getitem__(self, key: str) -> Finding:
        self._notes.note(_FINDING + key)
        return self._findings[key]

    def __contains__(self, key: object) -> bool:
        self._notes.note(f"{_FINDING}{key}")
        return key in self._findings

    def __iter__(self) -> Iterator[str]:
        self._notes.note(_FINDING + ALL)
        return iter(self._findings)

    def __len__(self) -> int:
        self._notes.note(_FINDING + ALL)
        return len(self._findings)


def _reading(measure: str, owner: object, period: object) -> str:
    return "|".join((measure, _listed(owner), _listed(period)))


def _listed(values: object) -> str:
    if isinstance(values, list | tuple | set | frozenset):
        return ",".join(sorted(str(value) for value in values))
    return str(values)


class Answers:
    """Digests of what readings would be answered now.

    Parameters
    ----------
    report : ReportData
        What all reports of the period and language share.
    """

    def __init__(self, report: ReportData) -> None:
        self._report = report
        self._known: dict[str, _Rows | None] = {}

    @cached_property
    def facts(self) -> str:
        """Digest of what every report may show: register, rows in and out, rules, labels."""
        apart = {"protected", "findings", _ESTIMATES, "unit_id", "language", "period"}
        given = {f.name: getattr(self._report, f.name) for f in fields(ReportData) if f.name not in apart}
        # A frame's own text leaves rows out.
        return digest_of(
            repr(
                {
                    name: rows_digest(value).tobytes() if isinstance(value, pd.DataFrame) else value
                    for name, value in given.items()
                }
            )
        )

    def digest(self, reading: str) -> str:
        """Return the digest of a reading's answer."""
        if reading == _ESTIMATES:
            return digest_of(rows_digest(self._report.estimates).tobytes())
        if reading.startswith(_FINDING):
            key = reading.removeprefix(_FINDING)
            findings = self._report.findings
            return digest_of(repr(list(findings.values()) if key == ALL else findings.get(key)))
        measure, owners, periods = reading.split("|")
        if measure not in self._known:
            table = self._report.protected.tables.get(measure)
            self._known[measure] = _Rows(table) if table is not None else None
        rows = self._known[measure]
        return rows.digest(owners.split(","), periods.split(",")) if rows is not None else "absent"


class _Rows:
    """A measure's rows as digests, by unit and period."""

    def __init__(self, table: ProtectedTable) -> None:
        frame = table.frame
        owner = next((c for c in _OWNERS if c in frame), None)
        keys = [
            frame[c].astype("str").to_numpy() if c in frame else np.full(len(frame), "")
            for c in (owner or "", "period")
        ]
        digests = np.column_stack([rows_digest(frame), rows_digest(table.suppressed)])
        self._head = repr([*frame.columns])
        self._groups: dict[tuple[str, str], list[int]] = {}
        for place, key in enumerate(zip(*keys, strict=True)):
            self._groups.setdefault(key, []).append(place)
        self._digests = {key: digest_of(digests[places].tobytes()) for key, places in self._groups.items()}

    def digest(self, owners: Sequence[str], periods: Sequence[str]) -> str:
        """Return the digest of the rows of some units in some periods."""
        if ALL in owners or ALL in periods:
            chosen = [
                key
                for key in self._digests
                if (ALL in owners or key[0] in owners) and (ALL in periods or key[1] in periods)
            ]
        else:
            chosen = [(o, p) for o in owners for p in periods if (o, p) in self._digests]
        return digest_of(self._head + repr([(key, self._digests[key]) for key in chosen]))


def rows_digest(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return a number for each row that changes when any of its values does."""
    plain = frame.assign(
        **{
            str(c): frame[c].map(repr)
            for c, dtype in frame.dtypes.items()
            # Mixed objects: None, NaN and 1.0 against 1 must not be taken for each other.
            if isinstance(dtype, np.dtype) and dtype.kind == "O"
        }
    )
    return np.asarray(pd.util.hash_pandas_object(plain, index=False), dtype=np.uint64)
