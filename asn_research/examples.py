"""A small simulated city, ready to study: what notebooks and lessons start from."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import platformdirs

from asn_research.clean import clean_folder
from asn_research.errors import PathError
from asn_research.memory import WORK, digest_of, is_own, make_private, package_digest
from asn_research.render.inputs import prepare_inputs
from asn_research.simulate import simulate_city

_N_KEPT = 4


def example_city(*, employees: int = 1200, quarters: int = 8, seed: int = 7, mess: float = 0.3) -> Path:
    """Simulate, clean and measure a small city, once for each choice of numbers.

    Parameters
    ----------
    employees, quarters : int
        Size of the city.
    seed : int
        The same seed gives the same city.
    mess : float
        Share of the usual faults in its files.

    Returns
    -------
    Path
        Its processed folder, kept in the user's own cache folder.
    """
    choice = digest_of(package_digest(), employees, quarters, seed, mess)
    place = _examples() / choice[:12]
    if not place.is_dir():
        work = Path(tempfile.mkdtemp(prefix=WORK, dir=_examples()))
        simulate_city(work / "raw", seed=seed, employees=employees, quarters=quarters, mess=mess)
        clean_folder(work / "raw", work / "processed")
        prepare_inputs(work / "processed")
        try:
            work.rename(place)
        except OSError:
            # Another notebook was faster; its city is the same.
            shutil.rmtree(work)
    place.touch()
    _forget_old(place)
    return place / "processed"


def _examples() -> Path:
    """Return the folder of examples; it must be the user's own, since notebooks trust what lies there.

    Raises
    ------
    PathError
        If the folder belongs to somebody else, or others may write to it.
    """
    folder = platformdirs.user_cache_path("asn-research", appauthor=False) / "examples"
    # Looked at before it is closed to others: what they have put there is no longer to be trusted.
    if folder.is_symlink() or (folder.exists() and not is_own(folder)):
        msg = f"The folder of examples {folder} belongs to another user, or others may write to it. Remove it and run again."
        raise PathError(msg)
    return make_private(folder)


def _forget_old(newest: Path) -> None:
    """Remove the examples that were not used for longest; one is some tens of megabytes."""
    others = [
        p for p in newest.parent.iterdir() if p.is_dir() and p != newest and not p.name.startswith(WORK)
    ]
    for old in sorted(others, key=lambda p: p.stat().st_mtime, reverse=True)[_N_KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
