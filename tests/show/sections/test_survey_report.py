"""The public report of a unit: the ministry's outline, whole sentences, and figures that agree with each other."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from show.reading import (
    document,
    holes,
    index_texts,
    percentages,
    period_codes,
    respondents,
    sentences,
    tables,
)
from show.surveys import ELEMENTS, requests, survey
from statsmodels.stats.multitest import multipletests

from asn_research import rules
from asn_research.given import Given, HouseStyle, PlannedAction, SurveyFacts
from asn_research.measure.all_measures import measure_city
from asn_research.measure.larger import larger_measures
from asn_research.methods.estimates import Estimate
from asn_research.protect import protect_city
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.show import sections
from asn_research.show.blocks import Figure, Heading, Paragraph, Table
from asn_research.show.data import ReportData
from asn_research.show.publication import weakest
from asn_research.show.sections import survey_elements
from asn_research.show.sections.movement import (
    Headline,
    Movement,
    certain,
    chance_of,
    course_of,
    main_movement,
    movements,
)
from asn_research.show.sections.survey_elements import asked_elements
from asn_research.show.sections.survey_front import change_of
from asn_research.show.sections.survey_results import in_order, shares
from asn_research.show.survey_figures import periods_without_gaps, scale_start
from asn_research.show.worksheet import worksheet

PERIOD = "2026-Q3"
#: Template A of the ministry, as `outline` reads it.
OUTLINE = [
    "BAB Pendahuluan", "Latar Belakang", "Dasar Pelaksanaan Survei Kepuasan Masyarakat", "Maksud dan Tujuan",
    "BAB Pengumpulan Data SKM", "Pelaksana SKM", "Metode Pengumpulan Data", "Lokasi Pengumpulan Data",
    "Waktu Pelaksanaan SKM", "Penentuan Jumlah Responden",
    "BAB Hasil Pengolahan Data SKM", "Jumlah Responden SKM",
    "Indeks Kepuasan Masyarakat (Unit Layanan dan Per Unsur Layanan)",
    "BAB Analisis Hasil SKM", "Analisis Permasalahan/Kelemahan dan Kelebihan Unsur Layanan", "Rencana Tindak Lanjut",
    "Tren Nilai SKM", "BAB Kesimpulan",
    "Lampiran Kuesioner", "Lampiran Hasil Olah Data SKM", "Lampiran Tindak Lanjut SKM Periode Sebelumnya",
    "Lampiran Dokumentasi Pelaksanaan SKM",
]  # fmt: skip


def quarters(*codes, **options):
    """Answers of several quarters."""
    return pd.concat([survey(period=code, seed=at, **options) for at, code in enumerate(codes, start=1)])


def report(tables, language="id", given=None, period=PERIOD):
    city, when = load_city(), Period.parse(period)
    measures = {**measure_city(tables, city).frames()}
    larger = larger_measures(tables, city)
    measures |= {
        name: pd.concat([measures[name], frame]) for name, frame in larger.items() if name in measures
    }
    measures |= {name: frame for name, frame in larger.items() if name not in measures}
    protected = protect_city(measures, rules.at(when.last_day).one(DisclosureRule)).for_audience("public")
    return ReportData(
        city, "DISHUB", when, language, "public", protected, {}, pd.DataFrame(), (), rules.at(when).rules, False, "0",
        given=given or Given(),
    )  # fmt: skip


@cache
def usual(language="id"):
    """Three quarters that are alike, with a log of requests."""
    answers = quarters("2025-Q3", "2026-Q2", PERIOD)
    log = pd.concat([requests(period=code) for code in ("2026-Q2", PERIOD)])
    return report({"citizen_feedback": answers, "service_log": log}, language)


CASES = {
    "usual": usual,
    "few": lambda language: report({"citizen_feedback": survey(n=14), "service_log": requests(40)}, language),
    "too_few": lambda language: report({"citizen_feedback": survey(n=7)}, language),
    "survey_alone": lambda language: report({"citizen_feedback": survey(n=60)}, language),
    "log_alone": lambda language: report({"service_log": requests(90)}, language),
    "few_requests": lambda language: report({"citizen_feedback": survey(n=60), "service_log": requests(6)}, language),
    "seven_elements": lambda language: report(
        {"citizen_feedback": survey(n=60).drop(columns=["complaints", "facilities"])}, language
    ),
}  # fmt: skip


@cache
def shown(case, language="id"):
    return document(CASES[case](language))


#: What only a person can fill: the days, the evidence, and the plan of the period before.
STATED = Given(
    survey=SurveyFacts(date(2026, 8, 3), date(2026, 8, 14), documentation="Folder SKM di bagian umum"),
    plan_before=(PlannedAction("time", "Menambah petugas", target=84.0, status="done"),),
    plan_before_period="2026-Q2",
)


def test_the_ministrys_outline_is_the_reports():
    forms = {"chapter": "BAB ", "annex": "Lampiran "}
    blocks = document(replace(usual(), given=STATED))
    found = [forms.get(b.form, "") + b.text for b in blocks if isinstance(b, Heading)]
    at = [found.index(each) for each in OUTLINE]
    assert at == sorted(at)


@pytest.mark.parametrize(
    ("case", "language"), [*((name, "id") for name in CASES), ("usual", "en"), ("few_requests", "en")]
)
def test_no_mark_stands_in_a_sentence_where_a_number_should(case, language):
    blocks = shown(case, language)
    assert not holes(blocks)
    assert not [text for text in sentences(blocks) if "apa pun" in text or "any kind" in text]


@pytest.mark.parametrize("case", [name for name in CASES if name != "log_alone"])
def test_figures_agree_over_all_sections_and_add_up(case):
    blocks = shown(case)
    if case not in {"too_few", "seven_elements"}:
        texts = index_texts(blocks)
        assert len(texts) >= 4
        assert len(set(texts.values())) == 1
    numbers = respondents(blocks)
    assert len(set(numbers.values())) == 1, numbers
    assert set(percentages(blocks)) == {100.0}


def test_without_a_survey_the_report_is_of_service_alone():
    blocks = shown("log_alone")
    headings = [b.text for b in blocks if isinstance(b, Heading)]
    assert "Pendahuluan" not in headings
    assert "Waktu pelayanan" in headings
    assert blocks[0].title == "Laporan Kinerja Pelayanan"
    # Nothing is compared, so no rule of change is told; the page that is signed stands alone.
    assert not [text for text in sentences(blocks) if text.startswith("Naik atau turun disebut")]
    assert [b.text for b in blocks if isinstance(b, Heading) and b.new_page] == ["Kinerja Pelayanan"]
    missing = next(t for t in sentences(blocks) if t.startswith("Belum ada data periode ini"))
    assert "survei kepuasan masyarakat" in missing


def test_the_first_page_says_index_sample_and_that_all_is_steady_once():
    lead = next(b for b in shown("usual") if isinstance(b, Paragraph) and b.role == "lead")
    assert "Indeks Kepuasan Masyarakat (IKM)" in lead.text
    assert "Yang menjawab 120 orang dari 234 yang disyaratkan untuk 600 penerima layanan" in lead.text
    assert lead.text.endswith("Dibandingkan Triwulan II 2026 dan Triwulan III 2025, pelayanan relatif tetap.")


def test_a_large_change_is_what_the_first_page_tells():
    answers = pd.concat([survey(period="2025-Q3", seed=1, shift=-1.2), survey(period=PERIOD, seed=2, low=())])
    data = report({"citizen_feedback": answers})
    told = main_movement(movements(data))
    assert (told.against, told.verdict) == ("year", "better")
    page = sections.first_page(data).items
    lead = next(b.text for b in page if isinstance(b, Paragraph) and b.role == "lead")
    assert "naik dari" in lead
    assert "sejak Triwulan III 2025" in lead
    assert not holes(page)


def moved_by(data, key, against, gain, verdict="better", element=""):
    headline = Headline(key, "satisfaction", "index", {}, 2, 2)
    one, other = Estimate(80.0, 79.0, 81.0), Estimate(80.0 + gain, 79.0 + gain, 81.0 + gain)
    moved = Estimate(gain, gain - 1, gain + 1)
    since = {"last": data.period.previous, "year": data.period.shift(-4)}[against]
    return Movement(headline, element, against, since, "", one, other, moved, 0.0, verdict)


def test_all_parts_of_a_report_tell_a_headlines_change_since_the_same_period():
    data = usual()
    last, year = (
        moved_by(data, "ikm", "last", 4.0),
        moved_by(data, "ikm", "year", 1.0, "steady"),
    )
    assert course_of([last, year], "ikm") is last
    text, verdict = change_of(data, [last, year], "ikm")
    assert (text, verdict) == ("TW II 2026: 80,00 · membaik", "better")
    # Where nothing is beyond chance, it is the year before.
    steady = replace(last, verdict="steady")
    assert course_of([steady, year], "ikm") is year


def test_where_the_index_changed_it_is_named_before_its_elements():
    data = usual()
    index, element = (
        moved_by(data, "ikm", "year", 3.0),
        moved_by(data, "element", "year", 14.0, element="time"),
    )
    assert main_movement([index, element]) is index
    assert main_movement([replace(index, verdict="steady"), element]) is element


@pytest.mark.parametrize("language", ["id", "en"])
def test_of_hidden_elements_nothing_is_claimed(language, monkeypatch):
    # A report of its own: what was found for another test is kept with its data.
    data = replace(usual(language))
    whole = asked_elements(data)
    frame, suppressed = whole.frame.copy(), whole.suppressed.copy()
    for column in ("index", "mean", "grade", "low", "high", "index_low", "index_high"):
        if column in frame:
            frame.loc[frame["element"] == "cost", column] = pd.NA
            suppressed.loc[frame["element"] == "cost", column] = True
    part = whole._derive(frame, suppressed)
    monkeypatch.setattr(survey_elements, "asked_elements", lambda _: part)
    blocks = document(data)
    shown = {"id": "yang ditampilkan", "en": "shown"}[language]
    assert shown in next(b.title for b in blocks if isinstance(b, Figure) and b.key == "elements")
    name = data.words("element_cost").lower()
    for key in ("strong_sentence", "plan_prefilled_shown", "elements_steady_shown"):
        start = data.words(key, elements="|", periods="|").partition("|")[0]
        texts = [b.text for b in blocks if isinstance(b, Paragraph) and start in b.text]
        assert any((name if key == "strong_sentence" else shown) in text for text in texts), key
    assert shown in weakest(data)[0]
    former = [row[-2:] for row in tables(blocks, "elements")[0].rows if row[3].text == "•"]
    assert [[cell.text for cell in cells] for cells in former] == [["•", "•"]]


@pytest.mark.parametrize("case", CASES)
def test_periods_have_their_names_and_not_their_codes(case):
    assert not period_codes(shown(case, "en"))


def test_a_stated_plan_is_printed_and_the_one_before_has_its_result():
    stated = Given(
        survey=SurveyFacts(date(2026, 8, 3), date(2026, 8, 14), "Loket pelayanan", "Tim SKM", "Kuesioner kertas", "", 500),
        plan=(PlannedAction("facilities", "Menambah kursi tunggu", "TW IV 2026", "Sekretaris", 88.0),),
        plan_before=(PlannedAction("time", "Menambah petugas", target=84.0, status="done"),),
        plan_before_period="2026-Q2",
    )  # fmt: skip
    blocks = document(replace(usual(), given=stated))
    text = "\n".join(sentences(blocks))
    assert "Menambah kursi tunggu" in {
        cell.text for row in tables(blocks, "follow_up")[0].rows for cell in row
    }
    effect = tables(blocks, "plan_before")[0].rows[0]
    assert (effect[3].text, effect[4].text.startswith("target 84,0, sekarang ")) == ("selesai", True)
    assert "Dari 1 rencana yang disusun pada Triwulan II 2026, 1 sudah selesai." in text
    assert "3 Agustus 2026 sampai dengan 14 Agustus 2026" in text
    # Two weeks of five days, of which none is a holiday.
    assert tables(blocks, "survey_time")[0].rows[1][3].text == "10"
    # 500 people were stated to be served, whatever the log counts.
    assert "untuk 500 penerima layanan" in text
    assert tables(shown("usual"), "sample")
    assert not tables(blocks, "sample")
    assert "belum diisi" not in text


def test_what_nobody_stated_is_called_not_stated_once_and_not_above_the_signature():
    blocks = shown("usual")
    text = "\n".join(sentences(blocks))
    for what in ("Pelaksana survei", "Lokasi pengumpulan data", "Tanggal pelaksanaan"):
        assert text.count(f"{what} belum diisi oleh unit") == 1
    signed = [cell.text for row in tables(blocks, "approval")[0].rows for cell in row]
    assert "120" in signed
    assert not [text for text in signed if "belum" in text.lower()]
    # A table of the days without a day would be empty.
    assert not tables(blocks, "survey_time")


def test_an_annex_that_nobody_filled_is_named_in_one_line_and_has_no_page():
    left_out = "Tidak dilampirkan karena belum dinyatakan oleh unit"
    empty, filled = shown("usual"), document(replace(usual(), given=STATED))
    named = ["Tindak Lanjut SKM Periode Sebelumnya", "Dokumentasi Pelaksanaan SKM"]
    for blocks, n in ((empty, 0), (filled, 2)):
        found = [b.text for b in blocks if isinstance(b, Heading) and b.text in named]
        assert len(found) == n
        lines = [text for text in sentences(blocks) if text.startswith(left_out)]
        assert len(lines) == (n == 0)
    assert "tindak lanjut SKM periode sebelumnya dan dokumentasi" in "\n".join(sentences(empty))
    assert "tersimpan di Folder SKM di bagian umum." in "\n".join(sentences(filled))


def test_the_plan_is_one_table_and_a_sentence_on_the_first_page():
    stated = Given(plan=(PlannedAction("facilities", "Menambah kursi", "Desember 2026", "Sekretaris", 88.0),))
    cases = (
        (usual(), "Tindak lanjut diutamakan pada "),
        (replace(usual(), given=stated), "Rencana tindak lanjut, "),
    )
    for data, begins in cases:
        blocks = document(data)
        plans = [b for b in blocks if isinstance(b, Table) and b.title == "Rencana tindak lanjut"]
        assert [plan.key for plan in plans] == ["follow_up"]
        page = [b.text for b in sections.first_page(data).items if isinstance(b, Paragraph)]
        assert any(text.startswith(begins) for text in page)
    assert "Bab IV: Menambah kursi untuk sarana dan prasarana (Desember 2026)." in "\n".join(page)


def test_a_file_without_traits_is_not_a_form_that_did_not_ask():
    answers = quarters(PERIOD).drop(columns=["sex", "service_id"]).assign(service_id=None)
    text = "\n".join(sentences(document(report({"citizen_feedback": answers}))))
    assert "tidak memuat jenis kelamin, umur, pendidikan, pekerjaan, atau layanan responden" in text
    assert "ditanyakan." not in text
    note = tables(shown("usual"), "respondents")[0].notes
    assert note == ("Berkas jawaban yang diterima tidak memuat umur, pendidikan, atau pekerjaan responden.",)


def answered_at_random(n=90):
    answers, rng = survey(n=n), np.random.default_rng(3)
    return answers.assign(**{name: pd.array(rng.integers(1, 5, n), dtype="Int64") for name in ELEMENTS})


def test_a_form_whose_elements_do_not_go_together_is_called_so_and_what_to_do():
    data = report({"citizen_feedback": answered_at_random()})
    row = data.rows("survey_reliability").frame.iloc[0]
    assert row["alpha"] < 0.4
    # The usual test passes what is random: an element is part of the total.
    assert row["n_valid"] >= 7
    text = "\n".join(sentences(document(data)))
    for part in ("kuesioner ini tidak reliabel", "Ghozali", "Valid di sini hanya berarti", "Sebelum survei berikutnya",
                 "nilai tiap unsur lebih menjelaskan daripada IKM"):  # fmt: skip
        assert part in text
    assert "dapat dibaca sebagai satu ukuran" not in text


def test_alpha_whose_range_crosses_a_limit_is_called_unsure_of_that_limit():
    def limits(n, shared):
        rng = np.random.default_rng(5)
        common = rng.normal(size=n)
        raw = {name: 3 + shared * common + rng.normal(size=n) for name in ELEMENTS}
        frame = {
            name: pd.array(np.clip(np.round(x), 1, 4).astype(int), dtype="Int64") for name, x in raw.items()
        }
        data = report({"citizen_feedback": survey(n=n).assign(**frame)})
        row = data.rows("survey_reliability").frame.iloc[0]
        crossed = [limit for limit in (0.6, 0.7) if row["alpha_low"] < limit <= row["alpha_high"]]
        told = [s for s in sentences(document(data)) if "Kisaran alpha melewati" in s]
        return crossed, "".join(told)

    crossed, told = limits(40, 0.5)
    assert crossed == [0.6, 0.7]
    assert "melewati batas 0,60 dan 0,70," in told
    crossed, told = limits(300, 1.2)
    assert len(crossed) < 2
    assert ("0,60" in told, "0,70" in told) == (0.6 in crossed, 0.7 in crossed)


def test_an_element_that_all_answer_alike_is_not_called_invalid():
    answers = survey(n=60).assign(cost=pd.array([4] * 60, dtype="Int64"))
    (table,) = tables(document(report({"citizen_feedback": answers})), "survey_items")
    verdicts = {row[0].text: row[3].text for row in table.rows}
    assert verdicts.pop("Biaya/tarif") == "semua jawaban sama"
    assert set(verdicts.values()) == {"valid"}


def test_a_form_whose_elements_go_together_is_one_measure():
    text = "\n".join(sentences(shown("usual")))
    assert "IKM dapat dibaca sebagai satu ukuran kepuasan" in text
    for part in ("tidak reliabel", "Sebelum survei berikutnya", "lebih menjelaskan daripada IKM"):
        assert part not in text


def test_the_weight_that_a_city_reports_is_the_same_everywhere():
    exact = set(index_texts(shown("usual")).values())
    data = replace(usual(), given=Given(style=HouseStyle(reported_index="printed")))
    printed = set(index_texts(document(data)).values())
    assert len(exact) == len(printed) == 1
    of_exact, of_printed = (float(each.pop().replace(",", ".")) for each in (exact, printed))
    assert of_printed == pytest.approx(0.99 * of_exact, abs=0.006)


def test_of_a_part_of_the_elements_there_is_no_other_weight():
    answers = quarters("2026-Q2", PERIOD)
    answers["facilities"] = pd.array([None] * len(answers), dtype="Int64")
    data = report({"citizen_feedback": answers})
    printed = replace(data, given=Given(style=HouseStyle(reported_index="printed")))
    assert not data.rows("satisfaction").frame["is_full"].iloc[0]
    moved, as_printed = (
        [each.now.value for each in movements(one) if each.headline.key == "ikm"] for one in (data, printed)
    )
    assert moved == as_printed
    assert len(moved) == 1
    assert set(index_texts(document(data)).values()) == set(index_texts(document(printed)).values())


def test_the_method_tells_the_weight_of_the_reported_index():
    exact = "\n".join(sentences(shown("usual")))
    data = replace(usual(), given=Given(style=HouseStyle(reported_index="printed")))
    printed = "\n".join(sentences(document(data)))
    assert "bobot yang sama (1/9)" in exact
    assert "bobot yang sama (1/9)" not in printed
    value = data.numbers.number(float(data.rows("satisfaction").frame["ikm"].iloc[0]), 2)
    assert (
        f"dikali bobot 0,11 sebagaimana tercetak pada lembar kerja, lalu dikalikan 25. Dengan bobot tepat 1/9 nilainya {value}."
        in printed
    )


def test_a_group_of_all_respondents_is_no_group():
    answers = quarters(PERIOD).assign(sex="f", service_id="hub_izin")
    assert not tables(document(report({"citizen_feedback": answers})), "respondent_groups")
    named = {row[1].text for row in tables(shown("usual"), "respondent_groups")[0].rows}
    assert len(named) > 2


@pytest.mark.parametrize(
    ("n", "words"), [(60, "Jawaban tiap responden atas U1 sampai U9"), (14, "Jumlah jawaban tiap unsur")]
)
def test_the_annex_leads_to_the_worksheet(n, words):
    text = "\n".join(sentences(document(report({"citizen_feedback": survey(n=n)}))))
    assert words in text


def test_groups_and_periods_have_the_weight_of_the_reported_index():
    data = replace(usual(), given=Given(style=HouseStyle(reported_index="printed")))
    exact = {row[1].text: row[3].value for row in tables(shown("usual"), "respondent_groups")[0].rows}
    printed = {row[1].text: row[3].value for row in tables(document(data), "respondent_groups")[0].rows}
    assert len(exact) > 2
    assert printed == pytest.approx({name: 0.99 * value for name, value in exact.items()}, abs=1e-6)


def test_elements_of_equal_value_have_one_order_in_analysis_plan_and_conclusion():
    answers = quarters(PERIOD)
    for element in ELEMENTS[2:]:
        answers[element] = answers[ELEMENTS[1]]
    blocks = document(report({"citizen_feedback": answers}))
    planned = [row[1].text.lower() for row in tables(blocks, "follow_up")[0].rows]
    weak = next(b.text for b in blocks if isinstance(b, Paragraph) and "Unsur terlemah" in b.text)
    weak = weak.partition("Unsur terlemah")[2]
    assert len(planned) == 3
    places = [weak.index(name) for name in planned]
    assert places == sorted(places)


def test_figures_tell_their_finding_as_their_title():
    titles = {b.key: b.title for b in shown("usual") if isinstance(b, Figure)}
    assert "terendah sarana dan prasarana" in titles["elements"]
    assert titles["satisfaction_trend"].startswith("IKM relatif tetap sejak Triwulan III 2025")
    assert titles["services_elements"].startswith("Nilai terendah: ")


@given(st.lists(st.integers(0, 400), min_size=1, max_size=9).filter(any))
def test_shares_add_up_and_are_near_the_exact_ones(counts):
    found = shares(counts)
    assert sum(found) == pytest.approx(100)
    assert np.allclose(found, 100 * np.array(counts) / sum(counts), atol=0.1)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_what_is_told_is_what_holm_rejects(chances):
    assert certain(chances) == list(multipletests(chances, 0.05, "holm")[0])


def test_a_change_without_an_interval_is_never_told():
    assert chance_of(Estimate(9.0)) == 1
    assert chance_of(Estimate(2.0, 2.0, 2.0)) == 0
    # Medians of whole days have no interval at times, and move by a day all the same.
    assert chance_of(Estimate(-1.0, -1.0, -1.0), least_error=0.5) == pytest.approx(0.0455, abs=1e-3)


def test_categories_stand_in_their_natural_order():
    assert in_order("education", ["bachelor", "primary", "diploma"]) == ["primary", "diploma", "bachelor"]
    assert in_order("occupation", ["other", "farm", "public"])[0] == "public"
    assert in_order("age_band", ["56+", "17-25", "<17"]) == ["<17", "17-25", "56+"]


@given(st.floats(25, 100))
def test_a_scale_begins_at_a_multiple_of_ten_below_what_is_drawn(lowest):
    start = scale_start(lowest)
    assert start % 10 == 0
    assert start <= lowest
    assert 100 - start >= 20


def test_elements_of_services_are_told_only_of_services_with_enough_respondents():
    answers = survey(n=60)
    answers["service_id"] = ["hub_izin"] * 30 + ["hub_parkir"] * 22 + ["hub_andalalin"] * 8
    table = report({"citizen_feedback": answers}).rows("service_elements").frame
    known = set(table.dropna(subset=["index"])["service_id"])
    assert "hub_andalalin" not in known
    # Beside the unit's own values a second hidden service keeps the first from being had.
    assert len(known) == 1
    assert set(table["element"]) == set(ELEMENTS)


def with_hidden_element(data, element):
    """The same report with one element hidden so that others' answers cannot be computed."""
    found = data.protected.tables["elements"]
    own = (found.frame["element"] == element) & (found.frame["period"] == data.period.code)
    tables = {**data.protected.tables, "elements": found.without({"n": own.to_numpy(dtype=bool)})}
    return replace(data, protected=replace(data.protected, tables=tables))


def test_a_hidden_element_was_asked_all_the_same():
    data = with_hidden_element(usual(), "cost")
    blocks = document(data)
    (asked,) = tables(blocks, "questionnaire")
    assert len(asked.rows) == 9
    assert not asked.notes
    (printed,) = tables(blocks, "elements")
    assert [row[0].text for row in printed.rows] == [f"U{at}" for at in range(1, 10)]
    assert printed.rows[3][2].text == "•"
    figure = next(b for b in blocks if isinstance(b, Figure) and b.key == "elements")
    assert "biaya/tarif" in figure.notes[-1]
    assert "biaya/tarif" not in " ".join(next(b for b in document(usual()) if isinstance(b, Figure)).notes)
    # The worksheet holds no sums then, and neither it nor the annex says anything else.
    assert "tidak memuat jawaban" in " ".join(sentences(blocks))
    (sheet,) = worksheet(data).items
    assert not sheet.elements
    assert "Indeks sebagaimana dalam laporan" in sheet.notes[0]
    assert "tidak dapat disebut" not in sheet.notes[0]


def test_a_line_does_not_bridge_periods_without_a_value():
    figure = next(b for b in document(usual()) if isinstance(b, Figure) and b.key == "satisfaction_trend")
    assert any("Periode tanpa titik" in note for note in figure.notes)
    unbroken = report({"citizen_feedback": quarters("2026-Q2", PERIOD)})
    figure = next(b for b in document(unbroken) if isinstance(b, Figure) and b.key == "satisfaction_trend")
    assert not any("Periode tanpa titik" in note for note in figure.notes)


def test_all_periods_between_the_first_and_the_last_stand_on_an_axis():
    found = periods_without_gaps(["2025-Q4", "2026-Q3"])
    assert [period.code for period in found] == ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]


def test_slides_show_periods_without_a_value_as_gaps_and_the_same_change_as_the_report():
    deck = sections.digests(usual()).items
    slide = next(
        s for b in deck if b.kind == "slides" for s in b.items if s.chart and s.chart.shape == "lines"
    )
    assert slide.chart.categories == ("TW III 2025", "TW IV 2025", "TW I 2026", "TW II 2026", "TW III 2026")
    assert [value is None for value in slide.chart.series[0].values] == [False, True, True, False, False]
    assert "Triwulan III 2025" in slide.title
