"""All documents of all units: every edition for both audiences, and the public report's four editions beside another checkout.

``python -m benchmarks.documents --units 36 --before OTHER`` simulates and cleans one city, makes its reports from
nothing in a process of its own each, and prints a table. OTHER, a checkout of before, cleans the same raw files for
itself. Processor's seconds tell more than seconds where other programs run.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).parents[1]
FOUR = "html,pdf,docx,xlsx"
PERIOD = "2026-Q3"
SIMULATE = """
import sys
from pathlib import Path
from asn_research.simulate import simulate_city
simulate_city(Path(sys.argv[1]), seed=1, employees=int(sys.argv[2]), quarters=int(sys.argv[3]))
"""
#: Cleans, measures and protects, so that the reports alone are timed; prints the units.
PREPARE = """
import sys
from pathlib import Path
from asn_research.clean import clean_folder
from asn_research.render.inputs import keep_shared_report, prepare_inputs
clean_folder(Path(sys.argv[1]), Path(sys.argv[2]))
inputs = prepare_inputs(Path(sys.argv[2]))
keep_shared_report(inputs, sys.argv[3], "id")
with_data = inputs.units_with_data(sys.argv[3])
print(*[unit.unit_id for unit in inputs.city.reporting_units if unit.unit_id in with_data])
"""
REPORT = "from asn_research.cli import main; main()"


def by(checkout, program, *arguments):
    """Run a program by a checkout's code and return what it printed, its seconds and its processor's seconds."""
    used = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(checkout), "OPENBLAS_NUM_THREADS": "1"},
        cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return (
        done.stdout,
        time.perf_counter() - start,
        sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - used,
    )


def reports(checkout, processed, home, name, units, *options):
    """Make reports of some units from nothing; return their number, seconds and processor's seconds."""
    grid = home / f"{name}.csv"
    grid.write_text("unit\n" + "\n".join(units) + "\n")
    out = home / name
    # A checkout of before reads no forms beside the raw files, and knows no audiences.
    raw = ("--raw", home / "raw") if checkout == HERE else ()
    _, seconds, used = by(
        checkout, REPORT, "report", *raw, "--processed", processed, "--reports", out,
        "--period", PERIOD, "--grid", grid, *options,
    )  # fmt: skip
    made = (out / "status.csv").read_text().count(",published,")
    return made, seconds, used


def table(n_units=36, employees=2600, quarters=8, before=None):
    """Return the table as lines of Markdown."""
    os.environ.setdefault("ASN_RESEARCH_KEY", "a key for benchmarks only")
    rows, load = [], []
    with tempfile.TemporaryDirectory(prefix="d") as place:
        home = Path(place)
        by(HERE, SIMULATE, home / "raw", employees, quarters)
        told, *_ = by(HERE, PREPARE, home / "raw", home / "now", PERIOD)
        units = told.split("\n")[-2].split()[:n_units]
        public = ("--audience", "public")
        asked = [
            ("four", "public, four editions", (*public, "--format", FOUR)),
            ("public", "public, all editions", public),
            ("internal", "internal, all editions", ("--audience", "internal")),
        ]
        if before is not None:
            by(before, PREPARE, home / "raw", home / "then", PERIOD)
            found = reports(before, home / "then", home, "before", units, "--format", FOUR)
            rows.append(("before the issue: public, four editions", *found))
        for name, title, options in asked:
            load.append(os.getloadavg()[0])
            rows.append((title, *reports(HERE, home / "now", home, name, units, *options)))
        whole = reports(HERE, home / "now", home, "whole", ["CITY", "QUALITY"])
        rows.append(("the city and the quality of its data, both audiences, all editions", *whole))
    lines = [
        f"| {len(units)} units, {employees} staff, {date.today()} | reports | seconds | processor's seconds | of these a report |",
        "|---|---|---|---|---|",
        *(
            f"| {title} | {made} | {seconds:.1f} | {used:.1f} | {used / max(made, 1):.2f} |"
            for title, made, seconds, used in rows
        ),
        "",
        f"Load of the machine meanwhile {min(load):.0f} to {max(load):.0f}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--units", type=int, default=36)
    asked.add_argument("--employees", type=int, default=2600)
    asked.add_argument("--quarters", type=int, default=8)
    asked.add_argument("--before", type=Path)
    told = asked.parse_args()
    sys.stdout.write(table(told.units, told.employees, told.quarters, told.before) + "\n")
