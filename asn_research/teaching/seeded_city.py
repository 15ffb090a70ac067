"""Make a simulated city whose processed tables depend on its seed alone, not on an office's pseudonym key."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from asn_research.clean.cleaning import clean_in_memory
from asn_research.clean.new_tables import new_data
from asn_research.clean.privacy.identity import Pseudonyms
from asn_research.clean.store import Processed, open_processed, write_processed
from asn_research.read.raw_folder import list_raw_files
from asn_research.simulate import simulate_city

#: The day on which the simulated offices' files are cleaned.
_DAY = date(2026, 10, 31)


def make_city(
    raw: Path, processed: Path, *, seed: int, employees: int, quarters: int, mess: float = 0.3
) -> Processed:
    """Simulate a city and clean it.

    Nobody in the city is real, so the key of its pseudonyms may be known: it is derived from the seed, and the
    same seed gives the same tables on every machine. An office's own key is neither read nor made.

    Parameters
    ----------
    raw, processed : Path
        Where the offices' files and the tables go.
    seed, employees, quarters, mess : int or float
        As in `simulate_city`.
    """
    simulate_city(raw, seed=seed, employees=employees, quarters=quarters, mess=mess)
    pseudonym = Pseudonyms(hashlib.sha256(f"simulated city {seed}".encode()).hexdigest().encode())
    found = clean_in_memory(raw, list_raw_files(raw), pseudonym, today=_DAY)
    write_processed(processed, new_data(raw, found, pseudonym, _DAY))
    return open_processed(processed)
