"""A batch of reports: 36 units × html, the same template and data, beside papermill and nbconvert.

(a) papermill and nbconvert, unit after unit; (b) the same by two processes; (c) ours, cold; (d) ours
after one changed row, measuring included; (e) the bare cells in one warm process. All in one run, in
one environment: bytecode compiled, no jupyterlab.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import nbformat
import pandas as pd

from asn_research.clean import clean_folder
from asn_research.clean.store import MANIFEST, parquet_bytes
from asn_research.render.editions import write_edition
from asn_research.render.execute import collect_blocks
from asn_research.render.inputs import ReportInputs, keep_shared_report, prepare_inputs
from asn_research.render.jobs import plan_jobs
from asn_research.rules.periods import Period
from asn_research.simulate import simulate_city

BIN = Path(sys.executable).parent
PERIOD = "2026-Q3"
N_UNITS = 36

BARE = """
import json, sys, time
import asn_research.render.ready
from asn_research.render.template import code_of
template, processed, units = json.loads(sys.argv[1])
from pathlib import Path
lines = code_of(Path(template))
import ast
start, used = time.perf_counter(), time.process_time()
for unit in units:
    scope = {}
    for node in ast.parse(lines).body:
        if isinstance(node, ast.Expr):
            shown = eval(compile(ast.Expression(node.value), "cell", "eval"), scope)
            if hasattr(shown, "_repr_mimebundle_"):
                shown._repr_mimebundle_()
        else:
            exec(compile(ast.Module([node], []), "cell", "exec"), scope)
        if scope.get("unit") and "report" not in scope:
            scope |= dict(processed=processed, unit=unit, period="2026-Q3", language="id")
print(time.perf_counter() - start, time.process_time() - used)
"""


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


def plain(job, processed, out):
    """Render a report as commonly done: one papermill, one nbconvert."""
    notebook = out / f"{job.name}.ipynb"
    told = [x for name, value in job.parameters(processed).items() for x in ("-p", name, value)]
    run(BIN / "papermill", "--no-progress-bar", "-k", "python3", job.template, notebook, *told)
    run(BIN / "jupyter-nbconvert", "--to", "html", "--no-input", notebook)


def ours(grid, processed, reports):
    run(BIN / "asn-research", "report", "--processed", processed, "--reports", reports, "--format", "html",
        "--audience", "public", "--grid", grid)  # fmt: skip


def timed(work):
    """Return the seconds that work takes, and the processor's seconds of all processes it starts."""
    used = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    start = time.perf_counter()
    work()
    return time.perf_counter() - start, sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - used


def change_one_row(processed, unit):
    """Change one answer of one citizen of one unit, as a corrected file would."""
    manifest = json.loads((processed / MANIFEST).read_text())
    part = next(p for p in manifest["tables"]["citizen_feedback"] if p["period"] == PERIOD)
    rows = pd.read_parquet(processed / part["path"])
    answers = rows["conduct"].astype("Int64")
    row = rows.index[(rows["reporting_unit_id"].astype(str) == unit) & answers.notna()][0]
    answers.loc[row] = 5 - int(answers.loc[row])
    rows["conduct"] = answers
    content = parquet_bytes(rows)
    (processed / part["path"]).write_bytes(content)
    part["sha256"] = hashlib.sha256(content).hexdigest()
    (processed / MANIFEST).write_text(json.dumps(manifest))


def same_numbers(jobs, notebooks, reports, home):
    """Count the reports whose published page is what the plain notebook's blocks give, byte for byte."""
    same = 0
    for job in jobs:
        blocks = collect_blocks(nbformat.read(notebooks / f"{job.name}.ipynb", as_version=4))
        page = home / "page.html"
        write_edition("html", blocks, page, created=Period.parse(PERIOD).last_day, ways=job.ways)
        published = reports / job.place / f"{job.name}.html"
        same += page.read_bytes() == published.read_bytes()
    return same


def table(n_units=N_UNITS):
    os.environ.setdefault("ASN_RESEARCH_KEY", "a key for benchmarks only")
    with tempfile.TemporaryDirectory(prefix="b") as place:
        home = Path(place)
        raw, processed = home / "raw", home / "processed"
        simulate_city(raw, seed=1, employees=2600, quarters=8)
        clean_folder(raw, processed)
        measuring, _ = timed(lambda: prepare_inputs(processed))
        inputs: ReportInputs = prepare_inputs(processed)
        keep_shared_report(inputs, PERIOD, "id")
        planned = [
            job for job in plan_jobs(inputs, period=PERIOD, formats=("html",)) if job.audience == "public"
        ]
        jobs = [job for job in planned if job.template.name.startswith("dinas_")][:n_units]
        names = [job.unit_id for job in jobs]
        grid, whole = home / "grid.csv", home / "whole.csv"
        grid.write_text("unit\n" + "\n".join(names) + "\n")
        extra = [job.unit_id for job in planned if job.template.name == "city.ipynb"]
        whole.write_text("unit\n" + "\n".join([*names, *extra]) + "\n")
        for name in ("a", "b"):
            (home / name).mkdir()
        times = {}
        times["c"] = timed(lambda: ours(grid, processed, home / "c"))
        told = json.dumps([str(jobs[0].template), str(processed), names])
        times["e"] = tuple(map(float, run(sys.executable, "-c", BARE, told).split()))
        times["a"] = timed(lambda: [plain(job, processed, home / "a") for job in jobs])
        with ThreadPoolExecutor(2) as two:
            times["b"] = timed(lambda: list(two.map(lambda job: plain(job, processed, home / "b"), jobs)))
        same = same_numbers(jobs, home / "a", home / "c", home)
        ours(whole, processed, home / "c")
        change_one_row(processed, names[len(names) // 2])
        times["d"] = timed(lambda: ours(whole, processed, home / "c"))
        again = (home / "c" / "status.csv").read_text().count(",published,")
    rows = [
        ("(a) papermill + nbconvert, one after the other", "a"),
        ("(b) the same by two processes", "b"),
        ("(c) ours, cold", "c"),
        ("(d) ours after one changed row", "d"),
        ("(e) the bare cells in one warm process", "e"),
    ]
    lines = [
        f"| {n_units} units × html, {date.today()} | seconds | (a) / it | (b) / it | processor's seconds | (a) / it |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {title} | {times[k][0]:.2f} | {times['a'][0] / times[k][0]:.1f} | {times['b'][0] / times[k][0]:.1f} "
        f"| {times[k][1]:.2f} | {times['a'][1] / times[k][1]:.1f} |"
        for title, k in rows
    ]
    lines += [
        "",
        f"(c) over half of (e): {times['c'][0] / (times['e'][0] / 2):.2f}. {same} of {len(jobs)} pages equal those made from "
        f"(a)'s notebooks, byte for byte. After the changed row {again} of {len(jobs) + len(extra)} reports were made again. "
        f"Measuring the city for the first time took {measuring:.2f} s; (d) measures what the row changed.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(int(sys.argv[1]) if len(sys.argv) > 1 else N_UNITS) + "\n")
