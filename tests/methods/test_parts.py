"""What a notebook shows of results that are no single table."""

import inspect
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from methods.estimator_cases import panel

from asn_research import methods, study
from asn_research.methods import fit_random_effects, hausman
from asn_research.methods.parts import Parts

#: A question, an answer to it, and the words of a questionnaire: one line each, or read by a table of their own.
ONE_LINE = {"Claim", "ModelSpec", "Questionnaire", "Sheet"}


def test_every_public_result_has_a_page_of_its_own():
    for room in (methods, study):
        for name in room.__all__:
            found = getattr(room, name)
            if inspect.isclass(found) and name not in ONE_LINE:
                assert hasattr(found, "_repr_html_"), name


@dataclass(frozen=True, repr=False)
class Found(Parts):
    statistic: float
    n_units: int
    table: pd.DataFrame
    inner: Parts | None = None


def found(rows=3):
    table = pd.DataFrame({"unit_id": [f"U{i}" for i in range(rows)], "mean": 1.5, "p_value": 1e-9})
    return Found(-2.25, 1200, table.assign(gap=np.nan))


def test_figures_stand_in_a_line_and_tables_below():
    page = found().to_html(language="id")
    assert "statistic: −2,250; n units: 1.200." in page
    assert page.count("<tr>") == 4
    for part in ("unit id", "1,500", "&lt; 0,001"):
        assert part in page
    assert "nan" not in page
    assert repr(found()) == "<Found statistic=−2.250 n_units=1,200 table=3×4>"


@pytest.mark.parametrize(
    ("language", "said"),
    [("id", "5 baris lagi tidak ditampilkan; semuanya ada di .table."), ("en", "5 more rows are not shown")],
)
def test_long_tables_are_cut_and_say_so(language, said):
    page = found(15).to_html(language=language)
    assert said in page
    assert page.count("<tr>") == 11


def test_parts_of_parts_and_fits_are_shown_within():
    fit = fit_random_effects("y ~ m | person", panel())
    outer = Found(1.0, 1, pd.DataFrame(), found())
    assert "statistic: −2.250" in outer.to_html()
    assert hausman(fit).to_html().count("<table") == 1
