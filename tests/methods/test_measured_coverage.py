"""What fits say of their intervals is what the simulations found, and stands beside the interval."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from methods.estimator_cases import panel

from asn_research.methods import (
    fit_natural_effects,
    fit_quantiles,
)
from asn_research.methods.measured_coverage import MEASURED, coverage_note
from asn_research.rules.words import in_words

PAGE = (Path(__file__).parents[2] / "benchmarks" / "recovery.md").read_text()


@pytest.mark.parametrize(
    ("row", "runs", "told"),
    [
        ("linear: sd of person_id", [(91.5, 200), (95.2, 1000)], "of all 1,200 in 94.6 %"),
        ("ordinal: first threshold", [(91.5, 200), (95.5, 600)], "of all 800 in 94.5 %"),
    ],
)
def test_what_more_seeds_found_within_93_to_97_percent_has_no_note(row, runs, told):
    (cells,) = re.findall(rf"^\| {re.escape(row)} \|(.*)$", PAGE, re.MULTILINE)
    assert f" {runs[0][0]} % " in cells
    rate = np.average([r for r, _ in runs], weights=[n for _, n in runs])
    assert 93 <= rate <= 97
    assert f"{rate:.1f} %" in told
    assert told in PAGE


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


def test_it_is_said_in_both_languages():
    for what in MEASURED:
        assert in_words(coverage_note(what), "id").startswith("Dalam ")
        assert isinstance(pd.Series([coverage_note(what)]).iloc[0], str)
