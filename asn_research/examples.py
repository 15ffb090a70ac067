"""A small simulated city for notebooks and lessons, already cleaned and measured."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from asn_research.clean import clean_folder
from asn_research.errors import PathError, RequestError
from asn_research.render.inputs import prepare_inputs
from asn_research.render.notebooks import notebooks_folder
from asn_research.rules.words import check_language, load_words, worded
from asn_research.simulate import simulate_city
from asn_research.simulate.parameters import Parameters
from asn_research.storage import WORK, digest_of, found_from_here, is_own, make_private, package_digest

_N_KEPT = 4
#: Not secret: the persons are simulated. Rows are sorted by pseudonyms, and resampling depends on the order of rows, so with
#: each user's own key two users would not read the same figures.
_KEY = b"the persons of the example city are simulated"


def example_city(
    *,
    employees: int = 1200,
    quarters: int = 8,
    seed: int = 7,
    mess: float = 0.3,
    params: Parameters | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Simulate, clean and measure a small city, or reuse the one made earlier with the same arguments.

    Parameters
    ----------
    employees, quarters : int
        Number of employees and of quarters in the city.
    seed : int
        The same seed gives the same city, and the same rows in the same order for every user.
    mess : float
        0 for clean values in offices' layouts, 1 for many faults.
    params : Parameters, optional
        The effects to plant; by default those of `Parameters`.
    on_progress : callable, optional
        Progress callback: takes the numbers of finished and of all steps.

    Returns
    -------
    Path
        The city's processed folder, inside the user's cache folder.
    """
    place = _place(employees, quarters, seed, mess, params)
    if not place.is_dir():
        work = Path(tempfile.mkdtemp(prefix=WORK, dir=_examples()))
        on_progress = on_progress or (lambda done, total: None)
        simulate_city(
            work / "raw", seed=seed, employees=employees, quarters=quarters, mess=mess, params=params
        )
        on_progress(1, 3)
        clean_folder(work / "raw", work / "processed", key=_KEY)
        on_progress(2, 3)
        prepare_inputs(work / "processed")
        try:
            work.rename(place)
        except OSError:
            # Another notebook has made the same city in the meantime.
            shutil.rmtree(work)
    place.touch()
    _forget_old(place)
    return place / "processed"


def city_of(
    processed: Path | str = "", language: str = "id", *, on_progress: Callable[[int, int], None] | None = None
) -> Path:
    """Return the folder of processed data that a lesson reads: one's own, or the simulated city of the lessons.

    Parameters
    ----------
    processed : Path or str
        Your own folder, from where the notebook lies or from the project's root; empty for the simulated city.
    language : {"id", "en"}
        Of what is said while the city is made.
    on_progress : callable, optional
        Progress callback: takes the numbers of finished and of all steps while the city is made.

    Raises
    ------
    RequestError
        If there is no such folder or language.
    """
    check_language(language)
    if not str(processed).strip():
        if not _place(1200, 8, 7, 0.3, None).is_dir():
            print(load_words(language)("lesson_building"), flush=True)
        return example_city(on_progress=on_progress)
    place = found_from_here(processed)
    if place.is_dir():
        return place
    raise worded(RequestError, "error_no_city", folder=Path(processed).name)


def lesson_data(name: str, folder: Path | str = "") -> Path:
    """Return a file of the lessons' data, wherever the notebook lies.

    Parameters
    ----------
    name : str
        The file, such as ``"uk_csps/organisations.csv"``.
    folder : Path or str
        A folder of one's own instead of the data that come with the package.

    Raises
    ------
    RequestError
        If there is no such file.
    """
    path = (Path(folder) if str(folder).strip() else notebooks_folder() / "data") / name
    if not path.is_file():
        raise worded(RequestError, "error_no_lesson_data", name=name)
    return path


def _place(employees: int, quarters: int, seed: int, mess: float, params: Parameters | None) -> Path:
    """Return where the city of these arguments lies, made or not."""
    choice = digest_of(package_digest(), employees, quarters, seed, mess, *([repr(params)] if params else []))
    return _examples() / choice[:12]


def _examples() -> Path:
    """Return the folder of examples. It must belong to the user, because notebooks trust its files.

    Raises
    ------
    PathError
        If the folder belongs to another user, or others may write to it.
    """
    folder = platformdirs.user_cache_path("asn-research", appauthor=False) / "examples"
    # Checked before `make_private` closes the folder: others may already have put files there.
    if folder.is_symlink() or (folder.exists() and not is_own(folder)):
        msg = f"The folder of examples {folder} belongs to another user, or others may write to it. Remove it and run again."
        raise PathError(msg)
    return make_private(folder)


def _forget_old(newest: Path) -> None:
    """Remove the least recently used examples, because each takes some tens of megabytes."""
    others = [
        p for p in newest.parent.iterdir() if p.is_dir() and p != newest and not p.name.startswith(WORK)
    ]
    for old in sorted(others, key=lambda p: p.stat().st_mtime, reverse=True)[_N_KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
