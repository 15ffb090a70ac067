"""Sections on staff, times and voice: what they must say, in both languages."""

import re
from copy import copy
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from asn_research.protect import AUDIENCES, protect_city
from asn_research.render.inputs import load_report, prepare_inputs
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.words import HIDDEN, LANGUAGES, load_words
from asn_research.show import sections
from asn_research.show.blocks import Paragraph, Table
from asn_research.show.sections.staff_appraisal import ratings_warning

NAMES = (
    "staff_first_page", "appraisal", "training", "motivation", "professionalism", "sanctions_and_objections",
    "not_to_conclude", "ratings_annex", "staff_method",
)  # fmt: skip
PUBLIC_NAMES = ("city_service", "units_that_need_help", "city_changes", "units_beside_each_other")


@pytest.fixture(scope="module")
def folder(small_processed):
    prepare_inputs(small_processed)
    return small_processed


@cache
def report(folder, language="id", unit="CITY"):
    return load_report(folder, unit, "2026-Q3", language)


@cache
def frames_of(folder):
    return prepare_inputs(folder).frames


def changed(folder, data, name, **columns):
    """The same report over measures of which one has other values; the others stay as they are protected."""
    frame = frames_of(folder)[name]
    if "unit_id" in frame:
        # The report's own rows alone: nothing else is looked at, and each table takes seconds to protect.
        frame = frame[frame["unit_id"] == data.unit_id]
    frame = frame.assign(**columns)
    tables = protect_city({name: frame}, data.protected.rule).tables
    return replace(data, protected=replace(data.protected, tables={**data.protected.tables, **tables}))


def with_verdict(data, **columns):
    """The same report with another verdict on the ratings, as if it followed from what is told of them."""
    table = data.protected.tables["information"]
    told = copy(table)
    object.__setattr__(told, "frame", table.frame.assign(**columns))
    return replace(
        data, protected=replace(data.protected, tables={**data.protected.tables, "information": told})
    )


def texts(blocks):
    for block in blocks.items:
        if isinstance(block, Table):
            yield from (block.title, *(c.label for c in block.columns), *block.notes)
            yield from (cell.text for row in block.rows for cell in row)
        else:
            yield getattr(block, "text", "") or getattr(block, "title", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_gap_and_no_key_is_left_in_a_sentence(folder, name, language):
    for unit in ("CITY", "DISHUB"):
        for text in texts(getattr(sections, name)(report(folder, language, unit))):
            assert not re.search(r"\bnan\b|\bNone\b|[{}]|[a-z]_[a-z]", text), text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_sentence_says_a_hidden_number_in_words(folder, language, audience):
    hidden = []
    names = NAMES if audience == "internal" else PUBLIC_NAMES
    units = [each.unit_id for each in report(folder).city.reporting_units] if audience == "internal" else []
    for unit in ("CITY", *units):
        data = load_report(folder, unit, "2026-Q3", language, audience)
        for name in names:
            for block in getattr(sections, name)(data).items:
                if isinstance(block, Paragraph):
                    assert HIDDEN not in block.text, (unit, block.text)
                    hidden.append({"id": "kelompok kecil", "en": "small groups"}[language] in block.text)
    # The public pages of a city this size have nothing to hide in a sentence.
    assert any(hidden) == (audience == "internal"), (
        "nothing was hidden in any sentence: the test says nothing"
    )


def test_an_indonesian_report_has_no_english(folder):
    english = set(re.findall(r"[a-z]{4,}", " ".join(load_words("en").texts.values()).lower()))
    indonesian = set(re.findall(r"[a-z]{4,}", " ".join(load_words("id").texts.values()).lower()))
    for name in NAMES:
        for text in texts(getattr(sections, name)(report(folder))):
            words = set(re.findall(r"[a-z]{4,}", text.lower()))
            assert not words & (english - indonesian), text


@pytest.mark.parametrize("verdict", ["can", "cannot", "all_alike", "unknown"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_stands_before_any_rating(folder, language, verdict):
    data = with_verdict(report(folder, language), verdict=verdict, reasons="commonest")
    blocks = sections.appraisal(data).items
    place = next(n for n, b in enumerate(blocks) if isinstance(b, Paragraph))
    assert place < next(n for n, b in enumerate(blocks) if isinstance(b, Table))
    assert data.words(f"use_{verdict}") in blocks[place].text
    annex = " ".join(texts(sections.ratings_annex(data)))
    assert data.words(f"finding_{verdict}", reasons=data.words("reason_commonest")) in annex


def test_chance_is_spoken_of_in_the_closed_annex_alone(folder):
    data = with_verdict(report(folder, unit="DISHUB"), verdict="cannot", reasons="unreliable")
    before = [n for n in NAMES if n not in {"ratings_annex", "staff_method"}]
    said = " ".join(t for name in before for t in texts(getattr(sections, name)(data)))
    assert "kebetulan" not in said
    assert data.words("reason_unreliable") not in said
    assert data.words("reason_unreliable") in " ".join(texts(sections.ratings_annex(data)))


def test_a_single_quarter_of_ratings_cannot_be_judged_yet(folder):
    data = with_verdict(report(folder), verdict="unknown", reasons="", reliability=float("nan"))
    said = " ".join(texts(sections.appraisal(data)))
    assert "belum dapat dinilai" in said
    annex = " ".join(texts(sections.ratings_annex(data)))
    assert annex.count("Belum dapat dinilai") == 5
    open_question = "Sejauh mana predikat dapat membedakan pegawai belum dapat dinilai"
    assert open_question in said
    assert "dapat membedakan" not in said.replace(open_question, "") + annex.replace(
        "belum dapat membedakan", ""
    )


@pytest.mark.parametrize("verdict", ["can", "cannot", "all_alike"])
def test_findings_that_rest_on_ratings_carry_the_verdict(folder, verdict):
    data = with_verdict(report(folder, "en"), verdict=verdict, reasons="unreliable")
    warnings = [b for b in sections.study(data).items if isinstance(b, Paragraph) and b.role == "warning"]
    assert len(warnings) == (verdict != "can")
    assert len(ratings_warning(data)) == (verdict != "can")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_estimate_of_two_units_is_named_and_not_printed(folder, language):
    data = report(folder, language)
    known = data.estimates.loc[data.estimates["estimate"].notna()]
    assert len(known) > 1
    enough = known.assign(n=400, n_clusters=30, low=-0.01, high=0.01, outcome_sd=1.0)

    def annex(estimates):
        blocks = list(sections.study_results(replace(data, estimates=estimates)).items)
        tables = [row for b in blocks if isinstance(b, Table) for row in b.rows]
        return tables, " ".join(b.text for b in blocks if isinstance(b, Paragraph))

    rows, told = annex(enough)
    assert len(rows) == len(known)
    assert not told
    first = known["key"].iloc[0]
    name = load_words(language)(f"question_{first}")
    rows, told = annex(enough.assign(n_clusters=enough["n_clusters"].where(enough["key"] != first, 2)))
    assert name not in {row[0].text for row in rows}
    assert len(rows) == len(known) - 1
    assert name in told
    assert "10" in told
    rows, told = annex(enough.assign(n_clusters=2))
    assert not rows
    assert all(load_words(language)(f"question_{key}") in told for key in known["key"])


def test_open_requests_change_what_is_said(folder):
    data = report(folder, "en")
    slow = changed(folder, data, "service_time", days_median=9.0, days_median_finished=2.0)
    assert "would give a median of 2" in " ".join(texts(sections.city_service(slow)))


def test_a_provisional_calendar_is_said(folder):
    data = report(folder, "en")
    assert "has not been announced" not in " ".join(texts(sections.city_service(data)))
    unsure = changed(folder, data, "service_time", calendar_provisional=True)
    assert "has not been announced" in " ".join(texts(sections.city_service(unsure)))


def test_an_office_without_lists_of_sanctions_says_nothing_of_them(folder):
    data = report(folder, "en")
    tables = {
        k: v for k, v in data.protected.tables.items() if k not in {"sanctions", "ip_asn", "distribution"}
    }
    bare = replace(data, protected=replace(data.protected, tables=tables))
    assert sections.discipline(bare).items == ()
    assert "sanctioned" not in " ".join(texts(sections.sanctions_and_objections(bare)))


def test_a_period_without_data_has_no_empty_chapters_and_says_so_once(folder):
    empty = replace(report(folder, "en"), period=Period.parse("2019-Q1"), findings={})
    for name in ("appraisal", "training", "motivation", "professionalism", "study", "not_to_conclude"):
        assert getattr(sections, name)(empty).items == ()
    assert "no data" in " ".join(texts(sections.staff_first_page(empty)))
    missing = " ".join(texts(sections.staff_method(empty)))
    for what in ("what_appraisal", "what_training", "what_motivation"):
        assert empty.words(what) in missing


def test_group_labels_come_youngest_first(folder):
    table = next(
        b
        for b in sections.training(report(folder, "en")).items
        if isinstance(b, Table) and b.key == "training_gaps"
    )
    ages = [row[0].text for row in table.rows if row[0].text.startswith("Age")]
    # The bands of the survey hold for the staff too; nobody of this city's staff is in the first one.
    assert ages[0] == "Age: 26–35"


def with_rows(folder, data, name, rows):
    """The same report over a measure of which the city has other rows."""
    frame = frames_of(folder)[name]
    others = frame.loc[~((frame["unit_id"] == CITY) & (frame["period"] == data.period.code))]
    keys = {"unit_id": CITY, "period": data.period.code}
    changed_frame = pd.concat([others, pd.DataFrame([keys | row for row in rows], columns=frame.columns)])
    city = protect_city({name: changed_frame.reset_index(drop=True)}, data.protected.rule)
    return replace(data, protected=replace(data.protected, tables={**data.protected.tables, **city.tables}))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", ["DISHUB", CITY])
def test_nobody_sanctioned_reads_like_a_few(folder, language, unit):
    data = report(folder, language, unit)
    levels = ("light", "moderate", "severe", "all")
    few = [
        [{"level": k, "n_people": n} for k, n in zip(levels, c, strict=True)]
        for c in ((0, 0, 0, 0), (0, 1, 0, 1), (4, 5, 0, 9))
    ]
    said = {
        " ".join(texts(sections.discipline(with_rows(folder, data, "sanctions", rows))))
        for rows in ([], *few)
    }
    assert len(said) == 1
    assert data.words("sanctions_few", least=9) in said.pop()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", ["DISHUB", CITY])
def test_nobody_objecting_reads_like_a_few(folder, language, unit):
    data = report(folder, language, unit)
    few = [
        {"n": n, "n_employees": n, "n_decided": n, "n_upheld": n - 1, "n_late": 0.0, "n_rated": 80}
        for n in (1, 9)
    ]
    said = {
        " ".join(texts(sections.objections(with_rows(folder, data, "objections", rows))))
        for rows in ([], *([row] for row in few))
    }
    assert len(said) == 1
    assert data.words("few_objections", n=10) in said.pop()


def test_few_contradicting_read_like_none(folder):
    data = report(folder, "en", "DISHUB")
    said = {
        " ".join(texts(sections.appraisal(changed(folder, data, "appraisal", n_contradicting=n))))
        for n in (0, 1, 4)
    }
    assert len(said) == 1
    assert "contradicts the matrix" in " ".join(
        texts(sections.appraisal(changed(folder, data, "appraisal", n_contradicting=6)))
    )


def test_a_units_report_tells_of_sanctions_and_objections_in_the_city_alone(folder):
    data = report(folder, "id", "DISHUB")
    said = " ".join(texts(sections.sanctions_and_objections(data)))
    assert data.words("city_alone") in said
    for name in ("objections", "discipline"):
        own, whole = (list(texts(getattr(sections, name)(each))) for each in (data, report(folder, "id")))
        assert own == whole
    index = next(b for b in sections.professionalism(data).items if isinstance(b, Table))
    assert [row[0].text for row in index.rows] == ["Kualifikasi", "Kompetensi", "Kinerja"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_public_is_not_told_who_met_the_duty(folder, language):
    public = load_report(folder, CITY, "2026-Q3", language, "public")
    said = " ".join(texts(sections.city_service(public)))
    whole = " ".join(texts(sections.training(report(folder, language))))
    hours = {"id": "20 jam pelajaran", "en": "20 lesson hours"}[language]
    assert hours in whole
    assert hours not in said
    assert "PPPK" not in said
