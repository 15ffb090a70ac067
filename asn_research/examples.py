"""A small simulated city, ready to study: what notebooks and lessons start from."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from asn_research.clean import clean_folder
from asn_research.render.inputs import package_digest, prepare_inputs
from asn_research.simulate import simulate_city


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
        Its processed folder, kept among the machine's temporary files.
    """
    choice = f"{package_digest()}-{employees}-{quarters}-{seed}-{mess}"
    name = f"asn-research-{hashlib.sha256(choice.encode()).hexdigest()[:12]}"
    place = Path(tempfile.gettempdir()) / name
    if not place.is_dir():
        work = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        simulate_city(work / "raw", seed=seed, employees=employees, quarters=quarters, mess=mess)
        clean_folder(work / "raw", work / "processed")
        prepare_inputs(work / "processed")
        try:
            work.rename(place)
        except OSError:
            # Another notebook was faster; its city is the same.
            shutil.rmtree(work)
    return place / "processed"
