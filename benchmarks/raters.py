"""Crossed rater models at a city's size: seconds, memory and growth, beside another library's fit.

`python -m benchmarks.raters` prints the tables and draws `benchmarks/raters.png`. Every fit runs in a process
of its own on one core, so that memory is its own; seconds are of the processor, not of the clock. The peer gpboost is used where it is installed
(`--peer PYTHON` names another environment's interpreter).
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from matplotlib.figure import Figure

SIZES = (2_000, 7_000, 20_000, 70_000)
ORDINAL_SIZES = (1_000, 3_000, 7_000, 20_000)
PICTURE = Path(__file__).parent / "raters.png"

_DATA = """
import json, resource, sys, time
import numpy as np, pandas as pd
n, kind = int(sys.argv[1]), sys.argv[2]
rng = np.random.default_rng(7)
n_rated, n_raters = max(20, round(n * 1100 / 70000)), max(30, round(n * 3000 / 70000))
if kind == "ordinal":
    n_rated, n_raters = max(50, n // 20), max(25, n // 40)
rated, rater = rng.integers(0, n_rated, n), rng.integers(0, n_raters, n)
criterion = rng.integers(0, 3, n)
latent = np.array([0, 0.5, -0.6])[criterion] + rng.normal(0, 1, n_rated)[rated] + rng.normal(0, 0.8, n_raters)[rater]
frame = pd.DataFrame({"score": 70 + 4 * latent + rng.normal(0, 5, n), "rated": rated, "rater": rater,
                      "b": (criterion == 1) * 1.0, "c": (criterion == 2) * 1.0})
frame["grade"] = np.searchsorted([-2, -0.5, 1, 2.5], latent + rng.logistic(size=n))
start = time.process_time()
"""

_REPORT = """
seconds = time.process_time() - start
print(json.dumps({"seconds": seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "found": found}))
"""

_FITS = {
    "ours": """
from asn_research.methods import fit_crossed
start = time.process_time()
fit = fit_crossed(frame, "score", fixed=["b", "c"], random=["rated", "rater"])
found = [fit.sd("rated"), fit.sd("rater"), fit.sigma]
""",
    "ours, ordinal": """
from asn_research.methods import fit_crossed_ordinal
start = time.process_time()
fit = fit_crossed_ordinal(frame, "grade", fixed=["b", "c"], random=["rated", "rater"])
sds = fit.variances.set_index("group")["sd"]
found = [sds["rated"], sds["rater"]]
""",
    "statsmodels": """
import statsmodels.formula.api as smf
start = time.process_time()
# The only way to crossed effects there: one group, a variance component for each factor.
vc = {"rated": "0 + C(rated)", "rater": "0 + C(rater)"}
fit = smf.mixedlm("score ~ b + c", frame.assign(one=1), groups="one", vc_formula=vc, re_formula="0").fit(reml=True)
found = [*np.sqrt(fit.vcomp).tolist(), float(np.sqrt(fit.scale))]
""",
    "gpboost": """
import gpboost as gpb
start = time.process_time()
x = np.column_stack([np.ones(len(frame)), frame["b"], frame["c"]])
model = gpb.GPModel(group_data=frame[["rated", "rater"]].to_numpy(), likelihood="gaussian", num_parallel_threads=1)
model.fit(y=frame["score"].to_numpy(), X=x)
v = np.asarray(model.get_cov_pars(format_pandas=False)).ravel()
found = [float(np.sqrt(v[1])), float(np.sqrt(v[2])), float(np.sqrt(v[0]))]
""",
}


def run(what, n, python=sys.executable, limit=600):
    """Fit once in a fresh process; None where the library is absent or takes too long."""
    code = _DATA + _FITS[what] + _REPORT
    kind = "ordinal" if "ordinal" in what else "linear"
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    try:
        done = subprocess.run(
            [python, "-c", code, str(n), kind], capture_output=True, text=True, timeout=limit, env=one, check=True
        )  # fmt: skip
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    return json.loads(done.stdout.splitlines()[-1])


def _line(task, library, n, result):
    if result is None:
        return f"| {task} | {library} | {n:,} | not installed, or more than ten minutes | | |"
    found = ", ".join(f"{x:.4f}" for x in result["found"])
    return f"| {task} | {library} | {n:,} | {result['seconds']:.2f} | {result['mib']:.0f} | {found} |"


def table(peer=sys.executable):
    head = [
        "| model | library | ratings | processor seconds | MiB (process) | standard deviations: rated, rater, rest |",
        "|---|---|---|---|---|---|",
    ]
    ours = {n: run("ours", n) for n in SIZES}
    peers = {n: run("gpboost", n, peer) for n in SIZES}
    ordinal = {n: run("ours, ordinal", n) for n in ORDINAL_SIZES}
    small = {n: run("statsmodels", n) for n in (1_000, 2_000)}
    lines = [_line("crossed linear", "ours", n, r) for n, r in ours.items()]
    lines += [_line("crossed linear", "gpboost 1.8", n, r) for n, r in peers.items()]
    lines += [_line("crossed linear", "statsmodels MixedLM", n, r) for n, r in small.items()]
    lines += [_line("crossed linear", "ours", n, run("ours", n)) for n in small]
    lines += [_line("crossed ordinal (Laplace)", "ours", n, r) for n, r in ordinal.items()]
    draw(
        {
            "ours, linear": ours,
            "gpboost, linear": peers,
            "ours, ordinal": ordinal,
            "statsmodels, linear": small,
        }
    )
    return "\n".join([*head, *lines])


def draw(series):
    """Draw seconds against ratings, both in logarithms."""
    figure = Figure(figsize=(6.7, 3.6), layout="constrained")
    axes = figure.add_subplot()
    colours = ["#1f4e5f", "#9aa3a8", "#b5651d", "#8c3b2e"]
    for (name, results), colour in zip(series.items(), colours, strict=True):
        known = {n: r["seconds"] for n, r in results.items() if r}
        if known:
            axes.loglog(list(known), list(known.values()), "o-", color=colour, label=name, markersize=5)
    axes.set_xlabel("ratings (rated persons and raters grow in proportion)")
    axes.set_ylabel("processor seconds")
    axes.grid(color="#e4e9eb")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    figure.savefig(PICTURE, dpi=150, metadata={"Software": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", default=sys.executable)
    sys.stdout.write(table(parser.parse_args().peer) + "\n")
