"""Sentences of the lessons follow their numbers, in both languages; tables show whole texts and small p-values as such."""

import csv
import json
import math
import re
import string

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from asn_research.errors import RequestError
from asn_research.rules.codebooks import load_sources
from asn_research.rules.words import ABSENT, load_words
from asn_research.show.lesson_findings import FINDINGS, Findings, lesson_rows
from asn_research.show.lesson_tables import shown
from asn_research.study import load_specs
from asn_research.study.registry import estimator_of
from asn_research.study.study_run import Study

SIGNS = [name for name, kind in FINDINGS.items() if kind == "sign"]
numbers = st.floats(-1e4, 1e4)


def asked(row):
    text = load_words("en").texts[f"lesson_{row}"]
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@given(st.sampled_from(SIGNS), st.tuples(numbers, numbers, numbers).map(sorted))
def test_the_sentence_of_a_sign_is_that_of_its_interval(name, values):
    low, estimate, high = values
    further = {each: 0.5 for row in ("up", "down", "unclear") for each in asked(f"{name}_{row}")}
    further = {each: value for each, value in further.items() if each not in {"estimate", "low", "high"}}
    row = Findings("en").sign(name, estimate, low, high, **further).row
    assert row.removeprefix(f"{name}_") == ("up" if low > 0 else "down" if high < 0 else "unclear")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", SIGNS)
def test_the_three_sentences_of_a_sign_differ_and_hold_the_estimate(name, language):
    say, told = Findings(language), set()
    for low, estimate, high in ((1.5, 2.5, 3.5), (-3.5, -2.5, -1.5), (-3.5, 2.5, 3.5)):
        further = dict.fromkeys(asked(f"{name}_up") - {"estimate", "low", "high"}, 0.5)
        finding = say.sign(name, estimate, low, high, **further)
        assert ("2,50" if language == "id" else "2.50") in finding.text
        assert ("3,50" if language == "id" else "3.50") in finding.text
        told.add(finding.text.translate(str.maketrans("", "", "−")))
    assert len(told) == 3


@pytest.mark.parametrize("name", [name for name, kind in FINDINGS.items() if kind == "whether"])
def test_a_yes_and_a_no_read_differently(name):
    further = dict.fromkeys(asked(f"{name}_yes") | asked(f"{name}_no"), 0.5)
    say = Findings("id")
    assert say.whether(name, True, **further).text != say.whether(name, False, **further).text
    assert say.whether(name, float("nan"), **further).row == "nothing"


def test_without_a_number_nothing_is_said():
    found = Findings("id").sign("00_training", math.nan, 0.1, 0.2, truth=1.0)
    assert found.row == "nothing"
    assert "tidak ada" in found.text


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", SIGNS)
def test_an_estimate_without_an_interval_is_told_and_not_called_clear(name, language):
    further = dict.fromkeys(asked(f"{name}_unclear") - {"estimate", "low", "high"}, 0.5)
    found = Findings(language).sign(name, 2.5, math.nan, math.nan, **further)
    assert found.row == f"{name}_unclear"
    assert ("2,50" if language == "id" else "2.50") in found.text
    assert (
        "selang 95% tidak dapat diberikan" if language == "id" else "no 95% interval can be given"
    ) in found.text
    assert ABSENT not in found.text


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_sentence_looks_like_a_missing_number(language):
    """The test on other cities looks for these words in what lessons say."""
    words = load_words(language).texts
    assert not [row for row in lesson_rows() if re.search(r"\b(nan|None|inf)\b", words[f"lesson_{row}"])]


def test_without_a_truth_none_is_told():
    with_truth = Findings("en").sign("00_training", 0.08, 0.04, 0.12, truth=0.079)
    without = Findings("en").sign("00_training", 0.08, 0.04, 0.12, truth=math.nan)
    assert "0.079" in with_truth.text
    assert "truth" in with_truth.text
    assert "truth" not in without.text


def test_figures_are_as_the_language_writes_them():
    assert "1.630 baris" in Findings("id").told("07_rows", n=1630, n_names=2, first="2009", last="2024").text
    assert "1,630 rows" in Findings("en").told("07_rows", n=1630, n_names=2, first="2009", last="2024").text
    power = Findings("en").told("04_power", few=4, staff=38.5, quarters=round(33.2), n_small=14, n=16).text
    assert "4%," in power
    assert "38.5%," in power
    assert "33%." in power
    said = Findings("id").whether("04_leads", True, p=1e-7, n_out=1, n=6).text
    assert "p < 0,001" in said
    assert "p = 0,080" in Findings("id").whether("04_leads", True, p=0.08, n_out=1, n=6).text


def test_an_unknown_sentence_or_language_is_refused():
    with pytest.raises(RequestError, match="No lesson has the sentence"):
        Findings("en").told("99_nothing")
    with pytest.raises(RequestError, match="No lesson has the sentence"):
        Findings("en").told("00_training")
    with pytest.raises(RequestError, match="fr"):
        Findings("fr")


def test_a_finding_shows_itself_and_escapes():
    found = Findings("en").told("06_better", n=1, n_units=3, units="<b>DINAS</b>")
    assert "&lt;b&gt;" in found._repr_html_()
    assert found._repr_html_().startswith("<p><strong>Finding.</strong>")


def test_no_row_stands_twice():
    assert len(set(lesson_rows())) == len(lesson_rows())


def test_a_table_cuts_no_text_and_shows_small_p_values_as_such():
    text = "service_quality_score ~ training_jp10 + motivation_score + recognition_score | person_id + period"
    frame = pd.DataFrame(
        {"formula": [text], "p_value": [2e-9], "change_p": [0.0312], "quantile": [0.95], "n": [12345]}
    )
    page = shown(frame, language="id", decimals=1).to_html()
    assert text in page
    assert "&lt; 0,001" in page
    assert "0,031" in page
    assert "12.345" in page
    assert "0,95" not in shown(frame, language="id", decimals=1).to_markdown()
    assert "0,95" in shown(frame, language="id", decimals=2).to_markdown()


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_table_calls_every_source_by_its_word(language):
    names = list(load_sources())
    cells = [row[0] for row in shown(pd.DataFrame({"source": names}), language=language).rows]
    assert not set(names) & set(cells)


def test_a_table_tells_what_it_leaves_out_and_keeps_named_rows():
    long = pd.DataFrame({"a": range(5)})
    assert shown(long, language="en", rows=3).notes == ("2 more rows are not shown.",)
    named = pd.DataFrame({"a": [1.5, None]}, index=pd.Index(["x", "y"], name="row"))
    grid = shown(named, language="id", decimals=2)
    assert grid.head == ("row", "a")
    assert grid.rows == (("x", "1,50"), ("y", ""))
    assert shown(pd.Series({"r": 0.5}, name="value"), language="en").rows == (("r", "0.500"),)
    yes = pd.DataFrame(
        {"is": [True, False], "year": [2024, 2023], "day": pd.to_datetime(["2026-01-05", "2026-01-06"])}
    )
    assert shown(yes, language="id").rows == (("ya", "2024", "2026-01-05"), ("tidak", "2023", "2026-01-06"))


@pytest.mark.parametrize("wrong", [{"decimals": -1}, {"decimals": 11}, {"rows": 0}, {"language": "fr"}])
def test_options_of_a_table_are_checked(wrong):
    with pytest.raises(RequestError):
        shown(pd.DataFrame({"a": [1]}), **wrong)


def test_counts_with_a_gap_are_whole_numbers_in_a_table_and_small_estimates_are_not():
    table = pd.DataFrame({"employees": [1600.0, np.nan, 200.0], "estimate": [1.0, 2.0, 3.0]})
    told = shown(table, language="id").to_markdown()
    assert "1.600" in told
    assert "1600" not in told
    assert "1,000" in told


def test_tables_of_lessons_have_headings_and_names_of_their_language():
    frame = pd.DataFrame(
        {"term": ["indirect", "own_column"], "source": ["rater_id", "employees"], "truth_observed": [0.1, 0.2], "mine": [1, 2]}
    )  # fmt: skip
    grid = shown(frame, language="id")
    assert grid.head == ("Variabel", "Sumber", "Nilai sebenarnya, teramati", "mine")
    assert grid.rows[0][:2] == ("tidak langsung", "Penilai")
    assert grid.rows[1][0] == "own_column", "a column of the caller keeps its name"


def test_members_of_a_list_are_called_by_their_words():
    frame = pd.DataFrame(
        {
            "status": ["fitted", "Only 3 cases."], "verdict": ["good", "inseparable"], "reached": ["strict", "none"],
            "scale": ["psm", "motivation"], "item": ["psm_2", "own_1"], "decision": ["kept_apart", "rename"],
            "level": ["m", "pppk"], "attribute": ["sex", "employment_type"], "value": ["strict", "good"],
        }
    )  # fmt: skip
    first, second = shown(frame, language="id").rows
    assert first[:6] == (
        "tertaksir", "kecocokan baik", "Ketat (ragam sisa sama)", "Motivasi pelayanan publik",
        "Motivasi pelayanan publik 2", "dipisah",
    )  # fmt: skip
    assert first[6:] == ("laki-laki", "Jenis kelamin", "strict")
    # What has no word stays as it is.
    assert (second[0], second[2], second[4]) == ("Only 3 cases.", "none", "own_1")


def test_an_interval_stands_beside_its_number():
    frame = pd.DataFrame(
        {"n": [3, 4], "alpha": [0.8, np.nan], "alpha_low": [0.7, np.nan], "alpha_high": [0.9, np.nan],
         "change": [0.1, -0.2], "change_low": [-0.1, -0.3], "change_high": [0.3, -0.1]}
    )  # fmt: skip
    grid = shown(frame, language="id", decimals=1, ranges=["alpha", "change"])
    assert grid.head == ("Amatan", "Alpha (95%)", "Perubahan (95%)")
    told = [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in grid.rows]
    assert told == [["3", "0,8 (0,7 – 0,9)", "0,1 (−0,1 s.d. 0,3)"], ["4", "", "−0,2 (−0,3 s.d. −0,1)"]]
    assert " " not in grid.rows[0][2]
    with pytest.raises(RequestError, match="omega cannot be written: the table lacks"):
        shown(frame, language="en", ranges=["omega"])


def test_whole_numbers_below_zero_have_a_minus_and_statsmodels_p_is_a_p_value():
    grid = shown(pd.DataFrame({"event": [-7, -6], "P>|t|": [3e-267, 0.02]}), language="en")
    assert grid.rows == (("−7", "< 0.001"), ("−6", "0.020"))


def test_a_wide_table_scrolls_in_its_own_box():
    page = shown(pd.DataFrame({"a": [1]})).to_html()
    assert page.startswith('<div style="overflow-x:auto" tabindex="0"><table')
    assert page.count("<div") == page.count("</div>") == 1


def test_no_two_columns_of_a_stored_table_have_one_heading():
    for path in sorted((ROOT / "notebooks").glob("**/0*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if "shown(" not in "".join(cell["source"]):
                continue
            for output in cell.get("outputs", []):
                page = "".join(output.get("data", {}).get("text/html", []))
                heads = re.findall(r"<th[^>]*>([^<]+)</th>", page)
                assert len(heads) == len(set(heads)), f"{path.name}, {cell['id']}: {heads}"


def test_every_table_of_an_indonesian_lesson_has_indonesian_headings():
    """Headings as stored: no name of a column of the toolkit stands where a word should."""
    with (ROOT / "asn_research" / "rules" / "words.csv").open(encoding="utf-8", newline="") as file:
        headings = {
            row["key"].removeprefix("heading_")
            for row in csv.DictReader(file)
            if row["key"].startswith("heading_")
        }
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                page = "".join(output.get("data", {}).get("text/html", []))
                if re.search(r">\s*(coef|Coef\.)\s*<", page):
                    # statsmodels' own summary.
                    continue
                shown_heads = set(re.findall(r"<th[^>]*>([^<]+)</th>", page))
                raw = {head for head in shown_heads if "_" in head or head in headings}
                assert not raw - {"r_wg"}, f"{path.name}, {cell['id']}: {sorted(raw)}"


def test_an_answer_of_a_study_is_called_by_what_it_relates():
    keys = ["fields_competence_element_technology", "mediation_indirect", "training_started_quality"]
    specs = {spec.key: spec for spec in load_specs(None)}
    asked = ["fields_competence_element", "mediation", "training_started_quality"]
    behind = dict(zip(keys, [specs[key] for key in asked], strict=True))
    study = Study(pd.DataFrame({"key": keys}), {}, behind)
    assert list(Findings("en").answers(study).values()) == [
        "courses in information technology and the element competence",
        "training and rated service through motivation: indirect",
        "beginning of training and rated service",
    ]
    assert Findings("id").answers(study)["fields_competence_element_technology"] == (
        "pelatihan di bidang teknologi informasi dan unsur kompetensi"
    )


KEYS = {key for spec in load_specs(None) for key in (spec.key, *estimator_of(spec).keys(spec.key))}


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "notebooks").rglob("[0-9][0-9]_*.ipynb")),
    ids=lambda path: path.parent.name + "_" + path.stem[:2],
)
def test_no_stored_finding_calls_an_answer_by_its_key(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ()) if "data" in output]
    told = ["".join(output["data"].get("text/markdown", "")) for output in outputs]
    found = [text for text in told if set(re.findall(r"\w+", text)) & KEYS]
    assert not found
