"""Measure speed and write the tables into README.md: `python -m benchmarks [name …]`."""

import sys
from pathlib import Path

from benchmarks import batch, cleaning, desk, panel, protecting, ranks, raters, satisfaction, suppressed
from benchmarks.recovery import write_section

PAGE = Path(__file__).parent / "README.md"
TABLES = {
    "batch": batch.table,
    "cleaning": cleaning.table,
    "satisfaction": satisfaction.table,
    "ranks": ranks.table,
    "raters": raters.table,
    "panel": panel.table,
    "desk": desk.table,
    "suppressed": suppressed.table,
    "protecting": protecting.table,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or TABLES:
        write_section(name, TABLES[name](), PAGE)
