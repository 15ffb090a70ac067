"""Records of published reports: digests of their dependencies, which show whether a report is outdated.

A record is stored apart from the reports, and lists the files of a report with size and modification time. It is
written before the folder is published. Until then it describes files that do not exist, so it is not valid.
The move that publishes the folder makes it valid, and no second step can fail.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from asn_research.render.editions.layout import TTE
from asn_research.render.formats import format_of
from asn_research.render.jobs import DATA, Job
from asn_research.render.slices import ESTIMATES, FACTS, FINDINGS, GIVEN, MEASURE
from asn_research.sealed import read_sealed, seal
from asn_research.show.cockpit import CockpitLine
from asn_research.storage import checksum, digest_of, lock_digest, package_digest, within, write_whole

#: The folder of records, inside the folder of reports.
RECORDS = ".records"
#: The number of file digests that a record keeps.
_REMEMBERED = 40
#: The dependencies of a report besides its measures, in words for users.
_IN_WORDS = {
    "template": "its template", "package": "the toolkit", "parameters": "its parameters",
    "lock": "the installed versions", FACTS: "the register, the rows in and out, or the rules",
    FINDINGS: "what the study found", ESTIMATES: "the study's estimates", GIVEN: "what was filled in on the forms (isian)",
}  # fmt: skip


@dataclass(frozen=True)
class Record:
    """The record of a published report.

    Parameters
    ----------
    made_from : mapping of str to str
        A digest of each dependency: the parts of its slice, template, package, ...
    seconds : float
        Wall-clock time of rendering.
    peak_mb : float or None
        The largest memory of the kernel.
    batch : str
        The identifier of the batch.
    made : mapping of str to Any
        Language, template and further parameters.
    files : mapping of str to (int, int)
        Size and modification time of each file.
    beside : mapping of str to str
        The other name of each file whose own name is used by a file that a person has changed.
    written : tuple of str
        Digests of the files of this report and of its earlier versions. A file with another digest was changed by a person.
    line : CockpitLine or None
        The report's line in the list of reports.
    """

    made_from: Mapping[str, str]
    seconds: float
    peak_mb: float | None = None
    batch: str = ""
    made: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    line: CockpitLine | None = None

    def standing(self, place: Path) -> tuple[str, ...]:
        """Return the names of the files that exist unchanged since they were published, under their own or another name."""
        return tuple(
            name for name, stamp in self.files.items() if _stamp(place / self.called(name)) == tuple(stamp)
        )

    def standing_files(self, place: Path) -> tuple[str, ...]:
        """Return the actual names of the files that exist unchanged since they were published."""
        return tuple(self.called(name) for name in self.standing(place))

    def called(self, name: str) -> str:
        """Return the actual name of a file."""
        return self.beside.get(name, name)

    def why_outdated(self, made_from: Mapping[str, str]) -> str:
        """Return in words why the report is outdated; an empty text if it is not."""
        names = sorted({*self.made_from, *made_from})
        changed = [name for name in names if self.made_from.get(name) != made_from.get(name)]
        named = [_IN_WORDS[name] for name in _IN_WORDS if name in changed]
        shown = [name.removeprefix(MEASURE) for name in changed if name.startswith(MEASURE)]
        if shown:
            named.append(f"what it may show of {', '.join(shown)}")
        return f"{', '.join(named)} changed" if named else ""


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _path(reports: Path, job: Job) -> Path:
    return within(reports, RECORDS, *job.place.split("/"), f"{job.name}.json")


def job_of(record: Record, beside: Job) -> Job:
    """Return the job of a record in the folder of another job."""
    extra = tuple((str(name), value) for name, value in record.made.get("extra", ()))
    # The place of an electronic signature lies beside a pdf and is no edition.
    formats = tuple(format_of(name) for name in record.files if not name.endswith(TTE))
    return replace(
        beside,
        language=record.made["language"],
        formats=formats,
        notebook=record.made["notebook"],
        extra=extra,
    )


def _read(path: Path) -> Record | None:
    """Return the record in a file; None if the file is damaged or of another version."""
    sealed = read_sealed(path)
    if sealed is None:
        return None
    try:
        content = json.loads(sealed)
        files = {name: (int(size), int(time)) for name, (size, time) in content.pop("files").items()}
        line = content.get("line")
        known = {
            "files": files,
            "written": tuple(content.get("written", ())),
            "line": None if line is None else CockpitLine.from_json(line),
        }
        return Record(**{**content, **known})
    except (ValueError, KeyError, TypeError):
        # Another version of this toolkit has written the record.
        return None


def neighbours(reports: Path, job: Job) -> dict[str, Record]:
    """Return the records of all reports in a job's folder, by name."""
    folder = _path(reports, job).parent
    records = {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}
    return {name: record for name, record in records.items() if record is not None}


def records_of(reports: Path, folder: str, period: str) -> Iterator[tuple[str, Record]]:
    """Yield the records of all reports of an audience and period, each with its unit."""
    for path in sorted(within(reports, RECORDS, folder, period).glob("*/*.json")):
        record = _read(path)
        if record is not None:
            yield path.parent.name, record


def kept_periods(reports: Path, folder: str) -> tuple[str, ...]:
    """Return the codes of the periods of which an audience has reports."""
    place = within(reports, RECORDS, folder)
    return tuple(path.name for path in sorted(place.iterdir())) if place.is_dir() else ()


def write_record(reports: Path, job: Job, record: Record, out: Path, by_hand: Collection[str] = ()) -> None:
    """Write the record of a report, with the files that will be published next.

    Parameters
    ----------
    reports : Path
        The folder of reports.
    job : Job
        The report.
    record : Record
        The record; this function adds the files and their digests.
    out : Path
        The folder that will be published next.
    by_hand : collection of str
        Files in `out` that a person has changed; they do not belong to the record.
    """
    names = {path.name for path in out.glob(f"{job.name}.*")} - set(by_hand)
    files = {name: _stamp(out / record.called(name)) for name in sorted(names | set(record.beside))}
    made = {"language": job.language, "notebook": job.notebook, "extra": job.extra}
    place = _path(reports, job)
    before = _read(place)
    # A run that is killed before it publishes the folder leaves the earlier files in place.
    digests = [checksum((out / record.called(name)).read_bytes()) for name in files]
    written = dict.fromkeys([*digests, *(before.written if before else ())])
    content = json.dumps(
        {**asdict(record), "made": made, "files": files, "written": [*written][:_REMEMBERED]}
    )
    write_whole(place, seal(content.encode()), durable=False)


def made_from(job: Job, parts: Mapping[str, str]) -> dict[str, str]:
    """Return the current digest of each dependency of a job's report.

    Parameters
    ----------
    job : Job
        The report.
    parts : mapping of str to str
        The digests of the parts of its slice, from `Slicer.parts`.
    """
    parameters = {name: value for name, value in job.parameters(Path()).items() if name != DATA}
    return {
        **parts,
        "template": checksum(job.template.read_bytes()),
        "package": package_digest(),
        "parameters": digest_of(repr(sorted(parameters.items()))),
        "lock": lock_digest(),
    }
