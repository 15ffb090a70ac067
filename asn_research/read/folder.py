"""A folder of exports becomes raw tables; what cannot be read stops the run with one clear line."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from asn_research.errors import RawDataError
from asn_research.read.grids import TEXTS, WORKBOOKS, read_grids
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profile_for
from asn_research.read.tables import RawTable, find_table

_SETTINGS = {"units.csv", "services.csv", "city.yaml", "corrections.yaml"}


@dataclass(frozen=True)
class RawFolder:
    """Everything readable in a raw folder.

    Parameters
    ----------
    folder : Path
        The folder.
    tables : tuple of RawTable
        In order of file and sheet.
    passed_over : tuple of str
        Sheets that hold no table of any source.
    profiles : tuple of Profile
        The source profiles that applied.
    """

    folder: Path
    tables: tuple[RawTable, ...]
    passed_over: tuple[str, ...]
    profiles: tuple[Profile, ...]

    @property
    def is_simulated(self) -> bool:
        """Whether the data come from the simulator."""
        return any(table.is_simulated for table in self.tables)


def find_raw_files(folder: Path) -> list[Path]:
    """Return the spreadsheets and text tables in a folder and below, sorted.

    Names that start with ``_``, ``.`` or ``~$`` and settings are passed over.

    Raises
    ------
    RawDataError
        If the folder is not there or may not be opened.
    """
    if not folder.is_dir():
        msg = f"There is no folder {folder.name}. Name the folder of raw exports with --raw."
        raise RawDataError(msg)
    if not os.access(folder, os.R_OK | os.X_OK):
        msg = f"The folder {folder.name} may not be opened. Ask for permission to read it, or copy it."
        raise RawDataError(msg)
    found = []
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(("_", ".")))
        for name in sorted(files):
            if name.startswith(("_", ".", "~$")) or name in _SETTINGS or name.endswith(SUFFIX):
                continue
            if Path(name).suffix.lower() in WORKBOOKS | TEXTS:
                found.append(Path(place) / name)
    return found


def _refuse(error: OSError) -> None:
    name = Path(error.filename or "").name
    msg = f"The folder {name} may not be opened. Ask for permission to read it, or take it out."
    raise RawDataError(msg)


def read_raw_folder(folder: Path) -> RawFolder:
    """Read every file of a raw folder.

    Parameters
    ----------
    folder : Path
        Exports in any sub-folders, with source profiles where needed.

    Returns
    -------
    RawFolder

    Raises
    ------
    RawDataError
        If there is no file, one cannot be read or recognised, or simulated and real files are mixed.
    """
    files = find_raw_files(folder)
    if not files:
        msg = (
            f"There is no spreadsheet in {folder.name}. Copy the offices' exports there, or make a "
            f"simulated city: asn-research simulate --out {folder.name}"
        )
        raise RawDataError(msg)
    profiles = load_profiles(folder)
    tables: list[RawTable] = []
    passed_over: list[str] = []
    used: list[Profile] = []
    for path in files:
        name = path.relative_to(folder).as_posix()
        profile = profile_for(path, profiles)
        found, others = _read_file(path, name, profile)
        if not found:
            msg = (
                f"{name}: its headings fit none of the known sources. Put a source profile beside it "
                "(see asn_research/read/profiles.py), or take it out of the folder."
            )
            raise RawDataError(msg)
        tables += found
        passed_over += others
        if profile and profile not in used:
            used.append(profile)
    _refuse_mixture(tables)
    return RawFolder(folder, tuple(tables), tuple(passed_over), tuple(used))


def _read_file(path: Path, name: str, profile: Profile | None) -> tuple[list[RawTable], list[str]]:
    tables, passed_over = [], []
    digest = ""
    for grid in read_grids(path, name):
        digest = digest or hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        table = find_table(grid, file=name, file_hash=digest, profile=profile)
        if table is None:
            passed_over.append(f"{name}, sheet {grid.sheet}")
        else:
            tables.append(table)
    return tables, passed_over


def _refuse_mixture(tables: list[RawTable]) -> None:
    simulated = {table.file for table in tables if table.is_simulated}
    real = {table.file for table in tables} - simulated
    if simulated and real:
        msg = (
            f"Simulated and other files stand side by side ({min(simulated)} and {min(real)}). "
            "Delete the simulated files, or move yours to a folder of their own and name it with --raw."
        )
        raise RawDataError(msg)
