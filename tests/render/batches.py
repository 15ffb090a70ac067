"""What the tests of batches share: a light template, jobs of it, and a look for what is left behind."""

import re
from contextlib import suppress
from pathlib import Path

import psutil

from asn_research.render.jobs import Job

LIGHT = Path(__file__).with_name("light.ipynb")


def light_jobs(inputs, *, formats=("html",), poisons=None, periods=None):
    """Return a job of the light template for each unit and period with data."""
    poisons = poisons or {}
    jobs = []
    for period in periods or inputs.periods:
        for unit in inputs.city.reporting_units:
            if unit.unit_id in inputs.units_with_data(period, "public"):
                extra = poisons.get(len(jobs), ())
                jobs.append(Job(unit.unit_id, period, "id", formats, str(LIGHT), extra))
    return jobs


def kin():
    """Return the processes that this one has started and that still run, by number and command."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        # One that ends while it is looked at does not run any more; nor does one that waits to be collected.
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = " ".join(process.cmdline())[:80]
    return found


#: Names in a process's environment the reports that it makes. Its warm parents and their forks inherit the variable.
REPORTS = "REPORTS_OF_A_TEST"


def warm_processes(reports):
    """Return the warm parents, and their forks, of the batch that makes some reports; other tests have their own."""
    found = set()
    for process in psutil.process_iter(["pid", "cmdline", "environ"]):
        is_warm = "asn_research.render.warm.parent" in (process.info["cmdline"] or [])
        if is_warm and (process.info["environ"] or {}).get(REPORTS) == str(reports):
            found.add(process.info["pid"])
    return found


def leftovers(reports):
    """Return what should not lie in a folder of reports when a batch has ended."""
    return list(reports.rglob(".work-*"))


def owners(reports):
    """Return for each html edition whether it tells of its own folder's unit and period, and no other."""
    found = {}
    for path in reports.glob("*/*/*/*.html"):
        told = set(re.findall(r"isi ([A-Z0-9-]+) (20\d\d-Q\d)", path.read_text(encoding="utf-8")))
        found[path] = told == {(path.parent.name, path.parent.parent.name)}
    return found
