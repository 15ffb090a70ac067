"""What protection adds to a run: every unit × four editions, from nothing, and after one citizen's changed answer.

The processor's seconds of a whole `run` (all its processes), and those of them that go into protecting the city's tables. Both
are counted in one run, so the share hardly depends on what else the machine does. The city is the first argument's number
of staff.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from asn_research.clean import clean_folder
from asn_research.simulate import simulate_city
from benchmarks.batch import change_one_row, timed

EMPLOYEES, QUARTERS, SEED = 700, 4, 7
FORMATS = "html,docx,xlsx,pdf"
UNIT = "DINKES"

#: Runs the command line with `protect_city` timed in whatever process calls it.
RUNNER = """
import json, os, sys, time
import asn_research.render.inputs as inputs
from asn_research.cli import main
place, sys.argv = sys.argv[1], ["asn-research", *sys.argv[2:]]
spent = 0.0
protect = inputs.protect_city
def timed(*given, **named):
    global spent
    start = time.process_time()
    found = protect(*given, **named)
    spent += time.process_time() - start
    with open(f"{place}.{os.getpid()}", "w") as out:
        json.dump(spent, out)
    return found
inputs.protect_city = timed
main()
"""


def report(processed, reports, told):
    """Make all reports; return the wall clock's seconds, the processor's, those of protection, and the load before."""
    load = os.getloadavg()[0]

    def work():
        done = subprocess.run(
            [sys.executable, "-c", RUNNER, str(told), "report", "--processed", str(processed),
             "--reports", str(reports), "--format", FORMATS],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])

    seconds, processor = timed(work)
    parts = [json.loads(path.read_text()) for path in told.parent.glob(f"{told.name}.*")]
    return seconds, processor, sum(parts), load


def table(employees=EMPLOYEES):
    """Return the table as lines of Markdown."""
    os.environ.setdefault("ASN_RESEARCH_KEY", "a key for benchmarks only")
    rows = []
    with tempfile.TemporaryDirectory(prefix="p") as home:
        work = Path(home)
        processed, reports = work / "processed", work / "reports"
        simulate_city(work / "raw", employees=employees, quarters=QUARTERS, seed=SEED)
        clean_folder(work / "raw", processed)
        rows.append(("from cleaned rows, nothing remembered", report(processed, reports, work / "cold")))
        n = (reports / "status.csv").read_text().count(",published,")
        change_one_row(processed, UNIT)
        rows.append(("after one changed answer", report(processed, reports, work / "warm")))
    lines = [
        f"| {employees} staff, {QUARTERS} quarters, {n} reports × {FORMATS}, {date.today()} | seconds | processor's seconds "
        "| of these, protection | share | load before |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {title} | {seconds:.0f} | {processor:.1f} | {protection:.1f} | {100 * protection / processor:.0f}% | {load:.0f} |"
        for title, (seconds, processor, protection, load) in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(*map(int, sys.argv[1:2])) + "\n")
