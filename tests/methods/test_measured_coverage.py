"""What fits say of their intervals is what the simulations found, and stands beside the interval."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from methods.estimator_cases import answers, panel

from asn_research.methods import (
    fit_crossed,
    fit_crossed_ordinal,
    fit_natural_effects,
    fit_quantiles,
    spread_intervals,
)
from asn_research.methods.measured_coverage import MEASURED, coverage_note
from asn_research.rules.words import in_words

PAGE = (Path(__file__).parents[2] / "benchmarks" / "recovery.md").read_text()


@pytest.mark.parametrize(
    ("what", "row"),
    [("threshold", "ordinal: first threshold"), ("spread", "linear: sd of person_id")],
)
def test_numbers_are_those_of_the_recovery_table(what, row):
    (cells,) = re.findall(rf"^\| {re.escape(row)} \|(.*)$", PAGE, re.MULTILINE)
    assert f" {MEASURED[what].pct} % " in cells
    assert cells.rstrip(" |").endswith(str(MEASURED[what].n))


def test_numbers_of_two_runs_are_their_mean():
    for what, runs in (("natural", [(91.0, 200), (94.0, 300)]), ("quantile", [(88.0, 200), (95.0, 80)])):
        rate, n = np.average([r for r, _ in runs], weights=[n for _, n in runs]), sum(n for _, n in runs)
        assert (round(rate, 1), n) == (float(MEASURED[what].pct), MEASURED[what].n)
        assert f"Of all {n}, {MEASURED[what].pct} %" in PAGE or f"of all {n}, {MEASURED[what].pct} %" in PAGE


def test_fits_say_it_where_it_applies_and_nowhere_else():
    data = panel()
    path = {"controls": ["z"], "cluster": "unit", "draws": 20}
    yes_no = fit_natural_effects(data, "x", "m", "d", outcome_stage="logit", **path)
    assert coverage_note("natural") in yes_no.notes
    assert not fit_natural_effects(data, "x", "m", "y", **path).notes
    outer, middle = (fit_quantiles(data, "y", ["m"], quantiles=(q,)) for q in (0.9, 0.5))
    assert coverage_note("quantile") in outer.notes
    assert not middle.notes
    graded = answers()
    crossed = fit_crossed_ordinal(graded, "grade", fixed=["x"], random=["person", "rater"])
    assert coverage_note("threshold") in crossed.notes
    assert not fit_crossed_ordinal(graded, "grade", fixed=["x"], random=[]).notes
    spreads = fit_crossed(graded, "score", random=["person", "rater"])
    assert spread_intervals(spreads, method="wald").attrs["notes"] == (coverage_note("spread"),)


def test_it_is_said_in_both_languages():
    for what in MEASURED:
        assert in_words(coverage_note(what), "id").startswith("Dalam ")
        assert isinstance(pd.Series([coverage_note(what)]).iloc[0], str)
