"""Write sheets to the private folder beside the raw files, and record every sheet in a register."""

from __future__ import annotations

import csv
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from io import StringIO
from pathlib import Path

from asn_research.errors import PathError
from asn_research.given import HouseStyle
from asn_research.personal.objection_form import form_name, form_of
from asn_research.personal.sheet_text import Sheet, sheet_blocks
from asn_research.render.editions.docx import write_docx
from asn_research.render.editions.layout import Report, open_report
from asn_research.render.editions.pdf import write_pdf
from asn_research.rules.words import worded
from asn_research.storage import WORK, is_own, make_private, remove_leftovers, within, write_whole

#: The folder of sheets beside the raw files. Names that begin with an underscore are not read as exports.
FOLDER = "_penjelasan"
#: The register of sheets, in that folder.
REGISTER = "daftar_lembar.csv"
_WRITERS: Mapping[str, Callable[[Report, Path, date], None]] = {"pdf": write_pdf, "docx": write_docx}
FORMATS = tuple(_WRITERS)


@dataclass(frozen=True)
class Entry:
    """One line of the register of sheets.

    Parameters
    ----------
    made_at : str
        Day and time.
    made_by : str
        The pseudonym of the account that made the sheet.
    person_id : str
        The pseudonym of the person whom the sheet is about.
    period, language : str
        The latest quarter of the sheet, and its language.
    files : str
        The names of its files.
    """

    made_at: str
    made_by: str
    person_id: str
    period: str
    language: str
    files: str


def sheet_folder(raw: Path, *forbidden: Path) -> Path:
    """Return the private folder of sheets, created if it does not exist.

    Parameters
    ----------
    raw : Path
        The folder of exports.
    *forbidden : Path
        Folders that sheets may never be in: the reports and the processed data.

    Raises
    ------
    PathError
        If the folder is inside a forbidden one, is a link, belongs to somebody else, or can be written to by others.
    """
    home = raw.resolve()
    for other in forbidden:
        if home.is_relative_to(other.resolve()):
            raise worded(PathError, "error_sheet_folder_inside", folder=raw.name, other=other.name)
    place = within(raw, FOLDER)
    try:
        if place.is_symlink() or (place.exists() and not is_own(place)):
            raise worded(PathError, "error_sheet_folder_foreign", folder=FOLDER)
        make_private(place)
        remove_leftovers(place)
    except OSError as error:
        raise worded(
            PathError, "error_sheet_unwritten", folder=FOLDER, reason=error.strerror or ""
        ) from error
    return place


def write_sheet(
    sheet: Sheet, folder: Path, style: HouseStyle, formats: Sequence[str] = FORMATS
) -> tuple[Path, ...]:
    """Write one person's sheet and objection form, readable by their owner alone.

    Parameters
    ----------
    sheet : Sheet
        What the sheet is made of.
    folder : Path
        From `sheet_folder`.
    style : HouseStyle
        How the city's papers look.
    formats : sequence of str
        ``pdf`` and ``docx``.

    Returns
    -------
    tuple of Path
        The files. Their names hold the pseudonym, not the name.

    Raises
    ------
    PathError
        If the disk refuses.
    """
    report = open_report(sheet_blocks(sheet), style)
    stem = f"{sheet.record.person_id}-{sheet.record.latest.period.code}-{sheet.language}"
    written = []
    try:
        # The writers of editions do not set permissions, so they write into a folder that only the owner can enter.
        with tempfile.TemporaryDirectory(prefix=WORK, dir=folder) as work:
            for name in formats:
                draft = Path(work) / f"sheet.{name}"
                _WRITERS[name](report, draft, sheet.today)
                written.append(within(folder, f"{stem}.{name}"))
                write_whole(written[-1], draft.read_bytes())
        form = form_of(sheet)
        if form is not None:
            written.append(within(folder, form_name(sheet.record)))
            write_whole(written[-1], form)
    except OSError as error:
        raise worded(
            PathError, "error_sheet_unwritten", folder=FOLDER, reason=error.strerror or ""
        ) from error
    return tuple(written)


def add_entries(folder: Path, entries: Sequence[Entry]) -> None:
    """Add lines to the register of sheets. Lines that are there stay as they are.

    Raises
    ------
    PathError
        If the register cannot be read or written, or others can read it.
    """
    place = within(folder, REGISTER)
    columns = [each.name for each in fields(Entry)]
    try:
        old = place.read_text(encoding="utf-8") if place.exists() else ""
        if old and sys.platform != "win32" and place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise worded(PathError, "error_sheet_register_open", file=REGISTER)
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not old:
            writer.writerow(columns)
        writer.writerows(astuple(entry) for entry in entries)
        write_whole(place, old + text.getvalue())
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or ""
        raise worded(PathError, "error_sheet_unwritten", folder=FOLDER, reason=reason) from error


def read_register(folder: Path) -> list[Entry]:
    """Return the lines of the register of sheets, oldest first; empty if no sheet was made."""
    place = within(folder, REGISTER)
    if not place.exists():
        return []
    with place.open(encoding="utf-8", newline="") as lines:
        return [Entry(**row) for row in csv.DictReader(lines)]
