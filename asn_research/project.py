"""Create a project folder: a user's data, reports and notebooks, apart from the package's code."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from asn_research.errors import RequestError
from asn_research.render.notebooks import notebooks_folder
from asn_research.rules.words import worded
from asn_research.simulate import simulate_city
from asn_research.storage import PUBLIC_FILE, make_private, within, write_whole

#: The folder of the small simulated city, which is a project of its own.
SAMPLE = "contoh"
#: The folder of the reader's own copies of the lessons, which no repository holds.
WORKING_COPIES = "work"
#: The terms that lessons link to.
_TERMS = ("istilah.md", "en/terms.md")
#: The file that is written last: if it exists, the project is complete.
_LAST = "BACA-SAYA.txt"
_FOLDERS = ("data/raw", "data/processed", "reports", "notebooks")
_NOT_COPIED = {"templates", ".ipynb_checkpoints", "__pycache__"}


@dataclass(frozen=True)
class Project:
    """A project folder.

    Parameters
    ----------
    folder : Path
        The path of the project.
    is_new : bool
        Whether this call has created the project; if not, nothing was changed.
    """

    folder: Path
    is_new: bool


def init_project(folder: Path) -> Project:
    """Create a project: data, reports, notebooks and a small simulated city to try.

    Parameters
    ----------
    folder : Path
        A folder to create, or a folder that holds no other file under a name that the project needs.

    Returns
    -------
    Project
        The path of the project, and whether it is new. An existing project is not changed.

    Raises
    ------
    RequestError
        If the folder cannot be written to, or holds a file with other content under a name that the
        project needs.
    """
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file; name a folder to lay out the project in."
        raise RequestError(msg).worded_as("error_project_file", folder=folder)
    if (folder / _LAST).is_file() and all((folder / name).is_dir() for name in _FOLDERS):
        return Project(folder, is_new=False)
    wanted = _wanted()
    _refuse_others(folder, wanted)
    try:
        _write(folder, wanted)
    except OSError as error:
        msg = f"The project cannot be laid out in {folder}: {error.strerror}. Name another folder."
        raise RequestError(msg).worded_as(
            "error_project_unwritten", folder=folder, reason=error.strerror
        ) from None
    return Project(folder, is_new=True)


def lessons_to_work(root: Path) -> tuple[Path, list[str]]:
    """Copy the lessons into the project's folder `work`, where a reader works on them; what is there stays.

    The copies hold no outputs, so an exercise that was not touched says so. A file that exists is never
    replaced: it is the reader's.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    tuple of Path and list of str
        The folder `work`, and the paths of the new copies in it.

    Raises
    ------
    RequestError
        If the folder cannot be written to.
    """
    source, work = root / "notebooks", root / WORKING_COPIES
    source = source if source.is_dir() else notebooks_folder()
    copied = []
    try:
        for path in sorted([*source.rglob("*.ipynb"), *(source / each for each in _TERMS)]):
            name = path.relative_to(source)
            if _NOT_COPIED & set(name.parts) or (work / name).exists() or not path.is_file():
                continue
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            write_whole(work / name, _without_outputs(text) if path.suffix == ".ipynb" else text.encode())
            copied.append(name.as_posix())
    except OSError as error:
        raise worded(RequestError, "error_work_unwritten", reason=error.strerror) from None
    return work, copied


def _without_outputs(text: str) -> bytes:
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()


def _wanted() -> dict[str, bytes]:
    """Return the content of each file of a project, by path."""
    texts = dict(_tree(files("asn_research.rules") / "project"))
    texts[".gitignore"] = texts.pop("gitignore")
    notebooks = {
        f"notebooks/{path.relative_to(notebooks_folder()).as_posix()}": path.read_bytes()
        for path in sorted(notebooks_folder().rglob("*"))
        if path.is_file() and not _NOT_COPIED & set(path.relative_to(notebooks_folder()).parts)
    }
    last = texts.pop(_LAST)
    return {**_sample(texts), **notebooks, **texts, _LAST: last}


def _tree(place: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    found = []
    for child in place.iterdir():
        name = f"{prefix}{child.name}"
        found += _tree(child, f"{name}/") if child.is_dir() else [(name, child.read_bytes())]
    return found


def sample_files() -> dict[str, bytes]:
    """Return the files of the sample project by path, relative to its folder."""
    return {name.removeprefix(f"{SAMPLE}/"): data for name, data in _sample({}).items()}


def _sample(texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a small simulated city, arranged like a project."""
    with tempfile.TemporaryDirectory() as work:
        simulate_city(work, employees=60, quarters=2, seed=5)
        raw = {
            path.relative_to(work).as_posix(): path.read_bytes()
            for path in Path(work).rglob("*")
            if path.is_file()
        }
    pages = {f"{SAMPLE}/{name}": text for name, text in texts.items() if name.endswith("README.md")}
    return pages | {f"{SAMPLE}/data/raw/{name}": data for name, data in raw.items()}


def _refuse_others(folder: Path, wanted: Mapping[str, bytes]) -> None:
    """Raise an error that names the files that would be overwritten; nothing is written before this check."""
    others = [name for name, data in wanted.items() if not _is_free(folder, name, data)]
    if others:
        named = ", ".join(sorted(others)[:5])
        msg = f"{folder} already holds {named}, which the project needs for itself. Nothing was written. Name another folder, or move what is there."
        raise RequestError(msg).worded_as("error_project_taken", folder=folder, named=named)


def _is_free(folder: Path, name: str, data: bytes) -> bool:
    """Whether a file can be written: its path is free, or holds the same content from an interrupted call."""
    place = folder / name
    if any(
        parent.is_file() or parent.is_symlink()
        for parent in place.parents
        if parent.is_relative_to(folder) and parent != folder
    ):
        return False
    if place.is_symlink() or place.is_dir():
        return False
    return not place.exists() or place.read_bytes() == data


def _write(folder: Path, wanted: Mapping[str, bytes]) -> None:
    """Write the missing files; folders with data of persons are readable by their owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in wanted.items():
        *above, _ = parts = PurePosixPath(name).parts
        place = within(folder, *parts)
        if "raw" in above:
            before = above.index("raw")
            folder.joinpath(*above[: before - 1]).mkdir(parents=True, exist_ok=True)
            make_private(folder.joinpath(*above[:before]))
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            write_whole(place, data, mode=PUBLIC_FILE, durable=False)
