"""What worksheet, publication and slides say of a report, and what they leave unsaid."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from show.test_satisfaction_section import report, requests, survey

from asn_research.errors import RenderError
from asn_research.given import Given, HouseStyle, PlannedAction, SurveyFacts
from asn_research.protect import ProtectedCity
from asn_research.show.blocks import flatten
from asn_research.show.publication import publication
from asn_research.show.sections import digests
from asn_research.show.sections.reported import reported
from asn_research.show.sections.survey_words import sample_needed
from asn_research.show.slides import slides
from asn_research.show.worksheet import worksheet

PRINTED = Given(style=HouseStyle(reported_index="printed"))


@cache
def surveyed(n=60, **how):
    rng = np.random.default_rng(5)
    schools = rng.choice(["primary", "upper_secondary", "bachelor", ""], n, p=[0.1, 0.5, 0.3, 0.1])
    return report(survey(n, **how).assign(education=schools), requests(), language="id")


def only(blocks):
    (block,) = blocks.items
    return block


def row_of(data):
    return data.rows("satisfaction").frame.iloc[0]


# ---------------------------------------------------------------- worksheet


def test_the_worksheet_gives_the_indices_that_the_report_prints():
    data = surveyed()
    sheet, row = only(worksheet(data)), row_of(data)
    assert [(w.label, w.index) for w in sheet.weights] == [
        ("1/9", row["index_rounded"]), ("0,111", row["index_finer_weight"]), ("0,11", row["index_printed_weight"]),
    ]  # fmt: skip
    assert [w.is_reported for w in sheet.weights] == [True, False, False]
    assert len(sheet.rows) == sheet.n == 60
    assert [sum(answers) for answers in zip(*sheet.rows, strict=True)] == [e.total for e in sheet.elements]
    assert [e.code for e in sheet.elements] == [f"U{k}" for k in range(1, 10)]


def test_the_city_says_which_index_is_the_reported_one():
    data = replace(surveyed(), given=PRINTED)
    sheet, row = only(worksheet(data)), row_of(data)
    (reported,) = [w for w in sheet.weights if w.is_reported]
    assert (reported.label, reported.index) == ("0,11", row["index_printed_weight"])
    assert only(publication(data)).index == data.numbers.number(row["index_printed_weight"], 2)


def test_of_few_the_sums_stand_and_the_sentence_why():
    sheet = only(worksheet(surveyed(25)))
    assert sheet.rows == ()
    assert len(sheet.elements) == 9
    assert "25 orang, kurang dari 30" in sheet.notes[0]


def test_of_fewer_nothing_stands():
    sheet = only(worksheet(surveyed(9)))
    assert (sheet.rows, sheet.elements, sheet.weights) == ((), (), ())
    assert "kurang dari 10" in sheet.notes[0]


def test_without_a_survey_there_is_no_worksheet_and_no_publication():
    data = surveyed()
    other = replace(data, unit_id="DINKES")
    assert [*worksheet(other).items, *publication(other).items] == []


def test_a_worksheet_of_other_answers_is_refused():
    data = surveyed()
    tables = dict(data.protected.tables)
    answers = tables["answers"]
    tables["answers"] = answers._derive(answers.frame.assign(u1=1.0), answers.suppressed)
    wrong = replace(data, protected=ProtectedCity(tables, data.protected.rule))
    with pytest.raises(RenderError, match="does not give the index"):
        worksheet(wrong)


def test_a_weighted_index_is_said_to_be_another_figure():
    told = [note for note in only(worksheet(surveyed())).notes if "ditimbang" in note]
    row = row_of(surveyed())
    assert len(told) == 1
    assert surveyed().numbers.number(row["index_weighted"], 2) in told[0]
    alone = report(survey(60), None, language="id")
    assert not [note for note in only(worksheet(alone)).notes if "ditimbang" in note]


def test_elements_that_were_not_asked_are_named():
    data = report(survey(60).drop(columns=["complaints", "facilities"]), None, language="id")
    sheet = only(worksheet(data))
    assert [w.label for w in sheet.weights] == ["1/7"]
    assert sheet.grades == ()
    assert any("Sarana dan prasarana" in note for note in sheet.notes)
    page = only(publication(data))
    assert page.grade == ""
    assert "7 dari 9" in page.index_label


# ---------------------------------------------------------------- publication


def test_the_publication_tells_what_the_regulation_asks_for():
    data = surveyed()
    page, row = only(publication(data)), row_of(data)
    assert page.index == data.numbers.number(row["ikm"], 2)
    assert (page.grade, page.grade_line) == (row["grade"], "Baik")
    assert [name for name, _ in page.respondents] == ["Jenis kelamin", "Pendidikan"]
    for _, parts in page.respondents:
        assert sum(int(n) for _, n in parts) == 60
    assert dict(page.facts)["Responden"] == "60 orang"
    # Nobody stated the days of the field work; those of the quarter are no answer.
    assert "Periode survei" not in dict(page.facts)
    assert "sarana dan prasarana" in page.weakest


def test_what_a_person_stated_stands_in_it():
    plan = (PlannedAction("facilities", "Menambah kursi tunggu.", when="Triwulan IV 2026"),)
    days = surveyed().period
    facts = SurveyFacts(first_day=days.first_day.replace(day=6), last_day=days.last_day.replace(day=25))
    style = HouseStyle(letterhead=("PEMERINTAH KOTA SINGKAWANG",), accent="#7a1f1f", emblem=b"<svg/>")
    page = only(publication(replace(surveyed(), given=Given(plan=plan, survey=facts, style=style))))
    assert page.promise == "Perbaikan kami: Menambah kursi tunggu (Triwulan IV 2026)."
    assert dict(page.facts)["Periode survei"] == "6 Juli 2026 s.d. 25 September 2026"
    assert (page.letterhead, page.accent, page.emblem) == (
        ("PEMERINTAH KOTA SINGKAWANG",),
        "#7a1f1f",
        "PHN2Zy8+",
    )


def test_few_respondents_are_told_and_too_few_have_no_index():
    assert "kurang dari 30" in only(publication(surveyed(25))).sentence
    page = only(publication(surveyed(9)))
    assert (page.index, page.grade, page.weakest, page.promise) == ("", "", "", "")
    assert "belum dapat diumumkan" in page.sentence
    assert sum(int(n) for _, n in page.respondents[0][1]) == 9


def test_no_element_is_called_lowest_that_may_not_be():
    page = only(publication(surveyed(60, low=())))
    assert "tidak jauh dari beberapa unsur lain" in page.weakest


# ---------------------------------------------------------------- slides


def test_a_meeting_has_its_findings_as_titles():
    deck = only(slides(surveyed()))
    titles = [slide.title for slide in deck.items]
    assert titles[0].startswith("IKM ")
    assert any("sarana dan prasarana" in title for title in titles)
    assert all(titles)
    assert len(deck.items) <= 7  # and the one with the report's title
    bars = next(slide.chart for slide in deck.items if slide.chart and slide.chart.shape == "bars")
    of = surveyed().rows("elements").frame
    rounded = surveyed().numbers.rounded
    assert sorted(bars.series[0].values) == sorted(rounded(v, 1) for v in of["index"])


def test_of_too_few_no_value_stands_on_a_slide():
    deck = only(slides(surveyed(9)))
    assert not [slide for slide in deck.items if "IKM" in slide.title]
    assert not [slide for slide in deck.items if slide.chart and slide.chart.shape in ("bars", "lines")]


def test_what_is_planned_stands_and_without_a_plan_the_lowest_elements():
    plan = (PlannedAction("facilities", "Menambah kursi", when="TW IV", responsible="Sekretaris"),)
    stated = only(slides(replace(surveyed(), given=Given(plan=plan)))).items[-1]
    assert [cell.text for cell in stated.table.rows[0]] == [
        "Sarana dan prasarana", "Menambah kursi", "TW IV", "Sekretaris",
    ]  # fmt: skip
    open_ = only(slides(surveyed())).items[-1]
    assert [column.label for column in open_.table.columns] == ["Prioritas unsur", "Nilai sekarang"]
    values = [row[1].value for row in open_.table.rows]
    assert values == sorted(values)
    assert open_.title == "Yang perlu didahulukan: sarana dan prasarana"


def test_all_come_back_from_a_notebook_as_they_were_shown():
    blocks = digests(replace(surveyed(), audience="public"))
    assert [block.kind for block in blocks.items] == ["worksheet", "publication", "slides", "covering_letter"]
    assert flatten(blocks.to_json()) == list(blocks.items)


def test_slides_give_the_interval_the_course_and_the_sample_of_the_report():
    stated = replace(PRINTED, survey=SurveyFacts(recipients=1240))
    exact, printed = surveyed(), replace(surveyed(), given=stated)
    shown = reported(printed)
    summary, respondents = (_slide(printed, start) for start in ("IKM", "60 "))
    assert printed.numbers.interval(shown.low, shown.high, 1) in summary.figures[0].detail
    assert printed.numbers.interval(shown.low, shown.high, 1) not in _slide(exact, "IKM").figures[0].detail
    _, needed = sample_needed(printed)
    assert summary.figures[1].detail.endswith(str(needed))
    assert respondents.title.endswith(str(needed))


def _slide(data, start):
    return next(slide for slide in only(slides(data)).items if slide.title.startswith(start))


def test_a_chart_has_the_values_as_they_are_printed_and_names_its_language():
    data = surveyed()
    charts = [slide.chart for slide in only(slides(data)).items if slide.chart is not None]
    bars = next(chart for chart in charts if chart.shape == "bars")
    rows = data.rows("elements").frame["index"].dropna()
    assert sorted(data.numbers.number(value, 1) for value in bars.series[0].values) == sorted(
        data.numbers.number(value, 1) for value in rows
    )
    assert {chart.number_format[:6] for chart in charts} == {"[$-421"}
    # A half is rounded up, as everywhere in a report; the binary one is not.
    assert (data.numbers.rounded(81.25, 1), data.numbers.rounded(86.25, 1)) == (81.3, 86.3)
