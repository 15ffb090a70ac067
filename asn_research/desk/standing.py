"""What has changed since the last check and the last reports, found from the sizes and times of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from asn_research.desk.place import Place
from asn_research.desk.unless_changed import UnlessChanged
from asn_research.read.given_forms import FOLDER as FORMS
from asn_research.rules.questions import WORKBOOK
from asn_research.storage import digest_of


def digest_of_inputs(place: Place) -> str:
    """Return a digest of the exports, settings and answers of a project."""
    return digest_of(*_stamps(place.raw, without=WORKBOOK), _answers(place.raw))


def digest_of_forms(place: Place) -> str:
    """Return a digest of the filled-in forms of a project."""
    return digest_of(*_stamps(place.raw / FORMS))


def _stamps(folder: Path, without: str = "") -> Iterator[str]:
    """Yield the name, size and time of each raw file in a folder and below it."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".", "~$")) or path.name == without or path.is_symlink():
            continue
        if path.is_dir():
            yield from _stamps(path)
        else:
            status = path.stat()
            yield f"{path.name} {status.st_size} {status.st_mtime_ns}"


def _answers(raw: Path) -> str:
    """Return a digest of the answers; the workbook is read only if it has changed."""
    # A workbook without answers and none at all are the same.
    return _QUESTIONS.of(raw / WORKBOOK) or digest_of()


def _digest_of_answers(workbook: Path) -> str:
    from asn_research.clean.questions.question_workbook import load_answers  # noqa: PLC0415 (its libraries load slowly)
    from asn_research.rules.questions import answers_digest  # noqa: PLC0415

    return answers_digest(load_answers(workbook.parent))


_QUESTIONS = UnlessChanged(_digest_of_answers)
