"""What a published report was made from, and whether that still holds.

A record lies apart from the reports, and names its files by size and time. It is written before the
folder takes its place: until then it describes files that are not there, and does not hold. So the
one move that publishes a report also finishes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from asn_research.measured import state_of
from asn_research.memory import checksum, digest_of, lock_digest, read_sealed, seal, within, write_whole
from asn_research.render.closure import code_digests, reads_only_reports, rules_digest
from asn_research.render.inputs import data_digest, shared_report
from asn_research.render.jobs import DATA, Job
from asn_research.render.readings import Answers

#: Below the folder of reports.
RECORDS = ".records"


@dataclass(frozen=True)
class Key:
    """What decides a report besides the rows that it reads, each as a digest.

    Parameters
    ----------
    template : str
        The template's file.
    code : mapping of str to str
        The package's code that it can reach, by stage.
    rules : str
        Regulations, registers, codebooks and words.
    parameters : str
        What the template is told, but for where the data lie.
    lock : str
        The versions of all that is installed.
    data : str
        All data, for a template whose readings are not written down; else empty.
    """

    template: str = ""
    code: Mapping[str, str] = field(default_factory=dict)
    rules: str = ""
    parameters: str = ""
    lock: str = ""
    data: str = ""

    def changes(self, new: Key) -> list[str]:
        """Return what is different in another key, in words."""
        names = {"template": "its template", "rules": "the rules", "parameters": "its parameters",
                 "lock": "the installed versions", "data": "the data"}  # fmt: skip
        found = [words for name, words in names.items() if getattr(self, name) != getattr(new, name)]
        stages = sorted(s for s in {*self.code, *new.code} if self.code.get(s) != new.code.get(s))
        if stages:
            found.append(f"the code of {', '.join(stages)}")
        return found


@dataclass(frozen=True)
class Record:
    """What a published report was made from.

    Parameters
    ----------
    key : Key
        What decided it besides rows.
    facts : str
        Digest of what every report may show.
    readings : mapping of str to str
        What it read, and the digest of the answer.
    seconds : float
        What it took.
    peak_mb : float or None
        The kernel's memory.
    batch : str
        The batch that made it.
    made : mapping of str to Any
        Language, template and further parameters.
    files : mapping of str to (int, int)
        Its editions' sizes and times.
    """

    key: Key
    facts: str
    readings: Mapping[str, str]
    seconds: float
    peak_mb: float | None = None
    batch: str = ""
    made: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def standing(self, place: Path) -> tuple[str, ...]:
        """Return the editions that stand in their place as they were published."""
        return tuple(name for name, stamp in self.files.items() if _stamp(place / name) == tuple(stamp))

    def why_outdated(self, key: Key, answers: Answers) -> str:
        """Return in words why the report must be made again; empty if it need not."""
        changes = self.key.changes(key)
        if changes:
            return f"{', '.join(changes)} changed"
        if self.facts != answers.facts:
            return "the register, the rows in and out, or what else every report states changed"
        for reading, digest in self.readings.items():
            if answers.digest(reading) != digest:
                return f"what it shows changed: {reading.replace('|', ' ')}"
        return ""


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _path(reports: Path, period: str, unit_id: str, name: str) -> Path:
    return within(reports, RECORDS, period, unit_id, f"{name}.json")


def job_of(record: Record, beside: Job) -> Job:
    """Return the job of a record that lies beside another job's."""
    extra = tuple((str(name), value) for name, value in record.made.get("extra", ()))
    formats = tuple(name.rpartition(".")[2] for name in record.files)
    return replace(
        beside,
        language=record.made["language"],
        formats=formats,
        notebook=record.made["notebook"],
        extra=extra,
    )


def _read(path: Path) -> Record | None:
    sealed = read_sealed(path)
    if sealed is None:
        return None
    try:
        content = json.loads(sealed)
        files = {name: (int(size), int(time)) for name, (size, time) in content.pop("files").items()}
        return Record(**{**content, "key": Key(**content["key"]), "files": files})
    except (ValueError, KeyError, TypeError):
        # Another version of this toolkit has written it.
        return None


def neighbours(reports: Path, job: Job) -> dict[str, Record]:
    """Return the records of all reports in a job's folder, by name."""
    folder = _path(reports, job.period, job.unit_id, job.name).parent
    records = {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}
    return {name: record for name, record in records.items() if record is not None}


def write_record(reports: Path, job: Job, record: Record, out: Path) -> None:
    """Write what a report is made from, with the files that are about to take their place."""
    files = {path.name: _stamp(path) for path in sorted(out.glob(f"{job.name}.*"))}
    made = {"language": job.language, "notebook": job.notebook, "extra": job.extra}
    place = _path(reports, job.period, job.unit_id, job.name)
    content = json.dumps({**asdict(record), "made": made, "files": files})
    write_whole(place, seal(content.encode()), durable=False)


def key_of(job: Job, processed: Path) -> Key:
    """Return what decides a job's report now, besides the rows that it reads."""
    template = job.template
    return Key(
        template=checksum(template.read_bytes()),
        code=code_digests(template),
        rules=rules_digest(),
        parameters=parameters_digest(job),
        lock=lock_digest(),
        data="" if reads_only_reports(template) else data_digest(processed),
    )


def parameters_digest(job: Job) -> str:
    """Return a digest of what a template is told, but for where the data lie."""
    told = {name: value for name, value in job.told(Path()).items() if name != DATA}
    return digest_of(repr(sorted(told.items())))


def answers_for(processed: Path, job: Job, state: str = "") -> Answers:
    """Return what the readings of a job's report are answered in a state of the data; by default now's."""
    return _answers(processed, job.period, job.language, state or state_of(processed))


@lru_cache(maxsize=8)
def _answers(processed: Path, period: str, language: str, _state: str) -> Answers:
    return Answers(shared_report(processed, period, language))
