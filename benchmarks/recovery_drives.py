"""Is the drive that works found as good practice, and the one whose number rose with all others not?

``python -m benchmarks.recovery_drives`` writes its section of ``recovery.md``.
"""

import numpy as np

from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.simulate.parameters import Parameters
from asn_research.simulate.people import make_staff
from asn_research.simulate.service_story import programmes
from asn_research.simulate.story import World
from asn_research.study.drives import drives_table
from benchmarks.recovery import summarise, write_section

SEEDS = range(600, 700)
QUARTERS = 8


def judged(seed, staff, params=None):
    """Return the verdicts on both drives at the end of the last quarter, from the programmes alone."""
    last = Period.parse("2026-Q3")
    periods = tuple(last.shift(-back) for back in reversed(range(QUARTERS)))
    world = World(load_city("pontianak"), staff, periods, params or Parameters())
    table = programmes(world, np.random.default_rng([seed, 1]), np.random.default_rng([seed, 26]))
    found = drives_table(table.assign(reporting_unit_id=table["unit_id"]))
    return found.loc[found["period"] == last.code].set_index("unit_id")


def table(seeds=SEEDS):
    """Return the section's text."""
    staff = make_staff(load_city("pontianak"), 5200, np.random.default_rng(1))
    rows, works = [], {}
    for seed in seeds:
        for unit, what, truth in (
            ("DINKES", "vaccination drive", 20.0),
            ("KEC-SEL", "drive that rose with all others", 0.0),
        ):
            row = judged(seed, staff).loc[unit]
            rows.append(
                (what, "beside other programmes", row.gain, np.nan, row.gain_low, row.gain_high, truth)
            )
            rows.append((what, "naive: after less before", row.change, np.nan, np.nan, np.nan, truth))
            works.setdefault(what, []).append(row.verdict == "works")
    told = "; ".join(f"{what}: {100 * np.mean(is_found):.0f} %" for what, is_found in works.items())
    return (
        f"{len(seeds)} seeds, {QUARTERS} quarters, 11 programmes of which two have a drive halfway. All rise by 2 points of\n"
        "their target a quarter. In points of coverage.\n\n"
        f"{summarise(rows)}\n\nNamed as good practice in the city's report: {told}."
    )


if __name__ == "__main__":
    write_section("drives", f"## Drives in programmes\n\n{table()}")
