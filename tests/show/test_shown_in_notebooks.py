"""What a notebook's cell shows of the big objects is one line, and what is wrong with a call is said at once."""

import pandas as pd
import pytest

from asn_research import load_report
from asn_research.clean.store import Processed
from asn_research.errors import ProcessedDataError, RequestError
from asn_research.pipeline import Measures
from asn_research.show.service_figures import Plot
from asn_research.study.study_run import Study


def test_big_objects_show_one_line(tmp_path):
    class Manifest:
        tables = dict.fromkeys(range(200), ())

    table = pd.DataFrame(
        {"key": ["a"], "estimate": [1.0], "low": [0.5], "high": [1.5], "p_value": [0.03], "n": [10], "n_clusters": [5],
         "status": ["ok"]}
    )  # fmt: skip
    study = Study(pd.concat([table] * 30), {}, {})
    shown = [
        Processed(tmp_path, Manifest()), Measures({}, ()), study, Plot(b"x" * 50_000, pd.DataFrame({"a": range(3)})),
    ]  # fmt: skip
    for each in shown:
        assert len(repr(each)) < 80
        assert repr(each).startswith("<")
    assert "<table" in study._repr_html_()
    assert str(tmp_path) not in repr(shown[0])


def test_a_report_of_an_empty_folder_says_that_there_are_no_data(tmp_path):
    with pytest.raises(ProcessedDataError, match="Clean raw exports first"):
        load_report(tmp_path, "DISHUB", "2026-Q3")


def test_a_wrong_language_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(RequestError, match="fr"):
        load_report(tmp_path, "DISHUB", "2026-Q3", "fr")
