"""Measuring a city: this checkout beside another, and whether their tables are equal.

``python -m benchmarks.measuring OTHER`` simulates a city by the checkout OTHER, cleans and measures it by that one
and by this one, in turn, each in a process of its own and from nothing, and prints the table of the measuring. A
line is added for each column that differs.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from asn_research.clean.store import MEASURES, MEMORY

HERE = Path(__file__).parents[1]
SIMULATE = """
import sys
from pathlib import Path
from asn_research.simulate import simulate_city
simulate_city(Path(sys.argv[1]))
"""
CLEAN = """
import sys
from pathlib import Path
from asn_research.clean import clean_folder
clean_folder(Path(sys.argv[1]), Path(sys.argv[2]))
"""
MEASURE = """
import sys
from pathlib import Path
from asn_research.render.inputs import prepare_inputs
prepare_inputs(Path(sys.argv[1]))
"""


def by(checkout, program, *places, cores=None):
    """Run a program by a checkout's code."""
    subprocess.run(
        [sys.executable, "-c", program, *places],
        env={**os.environ, "PYTHONPATH": str(checkout), "OPENBLAS_NUM_THREADS": "1"},
        check=True, cwd=places[0].parent, preexec_fn=None if cores is None else lambda: os.sched_setaffinity(0, cores),
    )  # fmt: skip


def measured(checkout, processed, folder, cores=None):
    """Measure a copy of a city by a checkout's code; return seconds and processor's seconds."""
    shutil.copytree(processed, folder, ignore=shutil.ignore_patterns(MEASURES, MEMORY, ".cache"))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    by(checkout, MEASURE, folder, cores=cores)
    seconds = time.perf_counter() - start
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def differences(one, other):
    """Yield each column of the measures that differs, with the largest difference relative to its size."""
    names = [{file.name for file in (folder / MEASURES).glob("*.parquet")} for folder in (one, other)]
    for name in sorted(names[0] ^ names[1]):
        yield name, "", "only in one"
    for name in sorted(names[0] & names[1]):
        before, now = (pd.read_parquet(folder / MEASURES / name) for folder in (one, other))
        if len(before) != len(now):
            yield name, "", f"{len(before)} and {len(now)} rows"
            continue
        for column in before.columns.symmetric_difference(now.columns):
            yield name, column, "only in one"
        for column in before.columns.intersection(now.columns):
            found = _difference(before[column], now[column])
            if found:
                yield name, column, found


def _difference(before, now):
    if before.equals(now):
        return ""
    if not pd.api.types.is_float_dtype(before.dtype):
        return "other values"
    before, now = (column.to_numpy(dtype=float, na_value=np.nan) for column in (before, now))
    if (np.isnan(before) != np.isnan(now)).any():
        return "missing elsewhere"
    return f"{np.nanmax(np.abs(before - now) / np.maximum(1, np.abs(before))):.0e}"


def table(other, n_runs=1):
    """Return the table as lines of Markdown."""
    with tempfile.TemporaryDirectory() as home:
        work = Path(home)
        by(other, SIMULATE, work / "raw")
        cleaned = {checkout: work / f"cleaned-{n}" for n, checkout in enumerate((other, HERE))}
        for checkout, folder in cleaned.items():
            by(checkout, CLEAN, work / "raw", folder)
        times = {"before": [], "now": [], "now, one core": []}
        one_core = {min(os.sched_getaffinity(0))}
        for run in range(n_runs):
            times["before"].append(measured(other, cleaned[other], work / f"before-{run}"))
            times["now"].append(measured(HERE, cleaned[HERE], work / f"now-{run}"))
            times["now, one core"].append(measured(HERE, cleaned[HERE], work / f"alone-{run}", one_core))
        best = {name: [min(each) for each in zip(*held, strict=True)] for name, held in times.items()}
        found = list(differences(work / "before-0", work / "now-0"))
        found += [(f"{n} (one core)", c, d) for n, c, d in differences(work / "now-0", work / "alone-0")]
    lines = [
        f"| the simulated city, {date.today()} | seconds | before / it | processor's seconds | before / it |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {wall:.1f} | {best['before'][0] / wall:.2f} | {used:.1f} | {best['before'][1] / used:.2f} |"
            for name, (wall, used) in best.items()
        ),
        "",
        f"{len(found)} columns differ." if found else "All tables are equal, to the last bit.",
        *(f"- {name}, {column}: {difference}" for name, column, difference in found),
    ]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the checkout to compare with")
    parser.add_argument("--runs", type=int, default=1, help="runs of each, of which the fastest counts")
    asked = parser.parse_args()
    print(table(asked.other.resolve(), asked.runs))


if __name__ == "__main__":
    main()
