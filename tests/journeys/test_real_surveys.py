"""Two real surveys of other cities: one run and one answer each, and their indices to the digit.

Their sources state no licence, so they are read where the shared folder is, and never copied.
"""

from datetime import date
from fractions import Fraction

import pandas as pd
import pytest
from openpyxl import load_workbook

from asn_research import rules
from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer
from asn_research.measure.ikm import satisfaction_index
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.read.city_form import write_city_form
from asn_research.read.survey_forms import CHARTER, ELEMENTS
from asn_research.rules.regulations import SatisfactionRule

TODAY = date(2026, 11, 26)


def raw_with(folder, shared, survey, city="", units=()):
    """Lay out a raw folder with a survey and, if it is not the default city's, the form of its own."""
    raw = folder / "raw"
    raw.mkdir()
    (raw / survey).write_bytes((shared / "real" / survey).read_bytes())
    if not units:
        return raw
    place = write_city_form(raw, "id")
    book = load_workbook(place)
    for column, value in enumerate(
        [city, f"Pemerintah {city}", "", "", "WITA", city, "Bagian Organisasi"], start=1
    ):
        book["Kota"].cell(4, column, value or None)
    for number, (code, name) in enumerate(units, start=4):
        for column, value in enumerate([code, name, name, "unit"], start=1):
            book["Unit"].cell(number, column, value)
    book.save(place)
    return raw


def answered(folder, **answers):
    """Clean a folder, answer its open questions, each of the kinds named once, and clean it again."""
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    assert sorted(one.question.kind for one in report.questions) == sorted(answers)
    for entry in read_entries(folder / "raw"):
        set_answer(folder / "raw", entry.key, answers[entry.kind])
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    assert all(one.answer for one in report.questions)
    return open_processed(folder / "out")


def test_the_survey_of_a_kelurahan_gives_its_index_after_one_answer(shared, tmp_path):
    raw_with(tmp_path, shared, "kelurahan_skm_2021.csv", "Kota Contoh", [("KEL", "Kelurahan Contoh")])
    table = answered(tmp_path, element_8_9="facilities_first").table("citizen_feedback")
    assert len(table) == 41
    assert set(table["unit_id"]) == {"KEL"}
    index = satisfaction_index(table, rules.at("2021-S1").one(SatisfactionRule))
    assert f"{float(index.exact):.4f}" == "85.9079"
    sent = pd.read_csv(shared / "real" / "kelurahan_skm_2021.csv")
    halves = sent["tgl_entri"].str[:4] + "-S" + sent["semester"].astype(str)
    assert table["period"].value_counts().to_dict() == halves.value_counts().to_dict()


OFFICES = [
    "DPMPTSP", "DISDUKCAPIL", "DINSOS", "BAPENDA", "Polres Pangkep", "SAMSAT", "ATR/BPN", "BPJS Kesehatan",
    "BPJS Ketenagakerjaan", "PTSP Kemenag", "PDAM", "PT. TASPEN", "UKPBJ",
]  # fmt: skip


def as_asked(table):
    satisfaction, _ = satisfaction_by_unit(table)
    city = satisfaction.set_index("unit_id").loc["CITY"]
    columns = [c for c in (*ELEMENTS, CHARTER) if c in table and table[c].notna().any()]
    assert len(columns) == 9
    exact = (
        sum(Fraction(int(table[c].sum()), int(table[c].notna().sum())) for c in columns) / len(columns) * 25
    )
    return float(exact), city


@pytest.mark.parametrize("own_city", [True, False])
def test_the_survey_of_a_service_mall_gives_its_index_as_it_was_asked(shared, tmp_path, own_city):
    survey = "mpp_pangkep_skm_2024.csv"
    if own_city:
        units = [(f"U{number:02d}", name) for number, name in enumerate(OFFICES, start=1)]
        raw_with(tmp_path, shared, survey, "Kabupaten Contoh", units)
        processed = answered(tmp_path, element_8_9="charter_first")
    else:
        # In a city that has few of these offices, a person says that all of them are one unit.
        raw_with(tmp_path, shared, survey)
        processed = answered(tmp_path, element_8_9="charter_first", units_unknown="DPMTKPTSP")
    table = processed.table("citizen_feedback")
    assert len(table) == 55
    assert table["unit_id"].nunique() == (13 if own_city else 1)
    assert set(table["period"]) == {"2024-Q4"}
    exact, city = as_asked(table)
    assert f"{exact:.4f}" == "93.7374"
    assert city["index_as_asked"] == 93.74
    # Facilities were not asked: no full index by the regulation of 2017 is stated.
    assert not city["is_full"]
    assert processed.manifest.extra_labels["service_charter"]["id"] == "Maklumat pelayanan"
