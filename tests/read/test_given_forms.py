"""What people state on forms is taken back as they meant it; what cannot be used is named with its place, and the rest is used."""

import os
import stat
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from read.stating import NIP, OFFICIAL, PLAN, SURVEY, state

from asn_research.errors import RawDataError
from asn_research.given import Given, HouseStyle, PlannedAction, Signatory, SurveyFacts
from asn_research.read import find_raw_files
from asn_research.read.form_values import READERS, labels_of, read_choice, read_period
from asn_research.read.form_writing import with_rows
from asn_research.read.given_forms import FILES, FOLDER, FORMS, given_of, read_stated
from asn_research.read.office_forms import load_form, read_form
from asn_research.rules.cities import CITY, load_city
from asn_research.rules.periods import Period
from asn_research.rules.words import LANGUAGES, in_language

CITY_OF = load_city()
Q3 = Period(2026, 3)


def stated(raw, **more):
    return read_stated(raw, CITY_OF, **more)


def told(raw, language="id", **more):
    return [in_language(fault, language) for fault in stated(raw, **more).faults]


def test_without_forms_nothing_is_stated(tmp_path):
    assert given_of(tmp_path / "missing", "DISHUB", Q3, CITY_OF) == Given()


@pytest.mark.parametrize("language", LANGUAGES)
def test_empty_forms_state_nothing_and_their_example_is_never_read(tmp_path, language):
    for form in FORMS:
        state(tmp_path, form, language)
        sheets = read_form(tmp_path / FOLDER / FILES[form], form)
        assert not any(sheets.values())
    assert told(tmp_path) == []
    assert given_of(tmp_path, "DISHUB", Q3, CITY_OF) == Given()


def test_what_is_filled_in_is_given_to_its_unit_alone(tmp_path):
    state(
        tmp_path,
        "officials_form",
        official=[OFFICIAL, {"unit_id": "Kota Pontianak", "name": "Purwana Setiadharma"}],
    )
    state(tmp_path, "survey_form", survey=[SURVEY])
    state(
        tmp_path,
        "plan_form",
        plan=[PLAN, PLAN | {"period": "2026-Q3", "target": "86,5", "status": "berjalan"}],
    )
    state(tmp_path, "style_form",
          style=[{"letterhead_1": "PEMERINTAH KOTA PONTIANAK", "accent": "#7A1F3D", "reported_index": "bobot cetak (0,11)"}],
          address=[{"unit_id": "DISHUB", "address": "Jalan Alianyang 7"}, {"unit_id": "DINKES", "address": "Jalan Lain 1"}],
          target=[{"year": 2026, "index": 88}, {"unit_id": "DINKES", "year": 2026, "index": 90}, {"year": 2025, "index": 80}])  # fmt: skip
    assert told(tmp_path) == []
    mine = given_of(tmp_path, "DISHUB", Q3, CITY_OF)
    assert mine.signatory == Signatory(
        "Kepala Dinas Perhubungan", "Wulanti Gumelarsa, S.T.", "Pembina (IV/a)", NIP
    )
    assert mine.survey.first_day.isoformat() == "2026-07-06"
    assert (mine.survey.recipients, mine.survey.place) == (1240, "Loket pelayanan")
    assert mine.plan == (
        PlannedAction("facilities", "Menambah kursi", "Triwulan III 2026", "Sekretaris Dinas", 86.5),
    )
    assert (mine.plan_before_period, mine.plan_before[0].target) == ("2026-Q2", 84)
    assert mine.style == HouseStyle(
        b"", ("PEMERINTAH KOTA PONTIANAK",), {"DISHUB": "Jalan Alianyang 7"}, "#7a1f3d", "printed", {"": 88.0}
    )
    assert stated(tmp_path).of(CITY, Q3).signatory.title.startswith("Kepala Bagian Organisasi")
    other = given_of(tmp_path, "DINKES", Q3, CITY_OF)
    assert (other.signatory, other.survey, other.plan, other.plan_before) == (None, SurveyFacts(), (), ())
    assert other.style.targets == {"": 88.0, "DINKES": 90.0}
    assert "DISHUB" not in repr(other)


def test_a_plan_is_carried_to_the_next_report_with_what_became_of_it(tmp_path):
    done = PLAN | {"status": "selesai", "evidence": "Berita acara"}
    state(
        tmp_path,
        "plan_form",
        plan=[PLAN | {"period": "2025-Q4"}, done, PLAN | {"period": "Semester I 2026", "target": 85}],
    )
    later = given_of(tmp_path, "DISHUB", Q3, CITY_OF)
    # Of two plans that ended on one day, that of the report's own kind.
    assert later.plan_before_period == "2026-Q2"
    assert (later.plan_before[0].status, later.plan_before[0].evidence) == ("done", "Berita acara")
    # What became of it does not change the report that made the plan.
    assert given_of(tmp_path, "DISHUB", Period(2026, 2), CITY_OF).plan[0].status == ""
    assert given_of(tmp_path, "DISHUB", Period(2026, 2, "S"), CITY_OF).plan_before_period == "2026-S1"
    assert given_of(tmp_path, "DISHUB", Period(2025, 4), CITY_OF).plan_before == ()


@pytest.mark.parametrize(
    ("period", "name"),
    [(Period(2025, 4), "Sumirat Kencana"), (Period(2026, 2), "Wulanti Gumelarsa"), (Period(2027, 1), "Wulanti Gumelarsa")],
)  # fmt: skip
def test_a_report_is_signed_by_who_is_in_office_the_day_after_its_period(tmp_path, period, name):
    state(tmp_path, "officials_form", official=[
        {"unit_id": "DISHUB", "name": "Sumirat Kencana", "valid_to": "14/02/2026"},
        {"unit_id": "DISHUB", "name": "Wulanti Gumelarsa", "valid_from": "15/02/2026"},
    ])  # fmt: skip
    assert told(tmp_path) == []
    assert given_of(tmp_path, "DISHUB", period, CITY_OF).signatory.name == name


def test_a_title_that_is_only_prefilled_names_nobody_and_one_that_was_changed_holds(tmp_path):
    state(tmp_path, "officials_form", official=[
        {"unit_id": "DISHUB", "title": "Kepala Dinas Perhubungan"},
        {"unit_id": "DINKES", "title": "Kepala Dinas Kesehatan Kota Pontianak"},
        {"unit_id": "KEC-SEL", "standing": "Plt.", "name": "Purwana Setiadharma"},
        {"unit_id": "SETDA", "standing": "a.n.", "title": "Asisten Administrasi Umum", "name": "Sumirat Kencana"},
    ])  # fmt: skip
    signs = {
        unit: given_of(tmp_path, unit, Q3, CITY_OF).signatory
        for unit in ("DISHUB", "DINKES", "KEC-SEL", "SETDA")
    }
    assert told(tmp_path) == []
    assert signs["DISHUB"] is None
    assert signs["DINKES"] == Signatory("Kepala Dinas Kesehatan Kota Pontianak")
    assert (signs["KEC-SEL"].title, signs["KEC-SEL"].standing) == ("Camat Pontianak Selatan", "Plt.")
    assert signs["SETDA"].standing == "a.n."


FAULTY = [
    ("officials_form", "official", {"unit_id": "DISHUBB"}, "column Unit's code: There is no unit 'DISHUBB'"),
    ("officials_form", "official", {"unit_id": "KEL-SEL-02", "name": "X Y"}, "has no report of its own"),
    ("officials_form", "official", OFFICIAL | {"nip": "198013012005011999"}, "column NIP: this cell cannot be read. 18 digits"),
    ("officials_form", "official", OFFICIAL | {"nip": int(NIP)}, "column NIP: this cell cannot be read"),
    ("officials_form", "official", OFFICIAL | {"nip": NIP[:-1]}, "column NIP: this cell cannot be read"),
    ("officials_form", "official", {"unit_id": "DISHUB", "nip": NIP}, "there is no name, but the column NIP is filled in"),
    ("officials_form", "official", OFFICIAL | {"title": "Plt. Kepala Dinas"}, "write the title without Plt."),
    ("officials_form", "official", OFFICIAL | {"standing": "a.n."}, "write the office of the one who signs"),
    ("officials_form", "official", OFFICIAL | {"standing": "Pj."}, "column Standing: this cell cannot be read"),
    ("officials_form", "official", OFFICIAL | {"valid_from": "31/02/2026"}, "column In office from: this cell cannot be read"),
    ("officials_form", "official", OFFICIAL | {"valid_from": "02/01/2026", "valid_to": "01/01/2026"}, "this day is before the first one"),
    ("officials_form", "official", {"name": "X Y"}, "column Unit's code: this cell must be filled in"),
    ("survey_form", "survey", SURVEY | {"period": "Triwulan V 2026"}, "column Period: this cell cannot be read"),
    ("survey_form", "survey", SURVEY | {"first_day": "kemarin"}, "column First day: this cell cannot be read"),
    ("survey_form", "survey", SURVEY | {"last_day": "01/07/2026"}, "this day is before the first one"),
    ("survey_form", "survey", SURVEY | {"first_day": "06/07/2025", "last_day": "25/09/2025"}, "these days are outside 2026-Q3"),
    ("survey_form", "survey", SURVEY | {"recipients": 0}, "write a number above zero"),
    ("survey_form", "survey", SURVEY | {"recipients": "banyak"}, "column People served: this cell cannot be read"),
    ("survey_form", "survey", SURVEY | {"place": "Telepon 0812-3456-7890"}, "column Place: this cell holds a telephone number"),
    ("plan_form", "plan", PLAN | {"element": "Parkir"}, "column Element: this cell cannot be read"),
    ("plan_form", "plan", PLAN | {"target": 101}, "column Target: write a value from 25 to 100"),
    ("plan_form", "plan", PLAN | {"target": 24.9}, "column Target: write a value from 25 to 100"),
    ("plan_form", "plan", PLAN | {"status": "hampir"}, "column Status: this cell cannot be read"),
    ("plan_form", "plan", PLAN | {"responsible": f"NIP {NIP}"}, "column Responsible: this cell holds"),
    ("style_form", "style", {"letterhead_1": "x", "accent": "#ffff00"}, "column Colour: this colour is too pale"),
    ("style_form", "style", {"letterhead_1": "x", "accent": "#777777"}, "column Colour: this colour is too pale"),
    ("style_form", "style", {"letterhead_1": "x", "accent": "biru"}, "column Colour: this cell cannot be read"),
    ("style_form", "target", {"year": 26, "index": 80}, "column Year: write the year with four digits"),
    ("style_form", "target", {"year": 2026, "index": 120}, "column Target: write a value from 25 to 100"),
    ("style_form", "address", {"unit_id": "DISHUB", "address": "Jalan A, Telp. (0561) 730001"}, "column Address: this cell holds a telephone"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "model", "row", "said"), FAULTY)
def test_what_cannot_be_used_is_named_with_its_place_and_the_rest_is_used(tmp_path, form, model, row, said):
    sound = {"official": {"unit_id": "DINKES", "name": "Sumirat Kencana"}, "survey": SURVEY | {"unit_id": "DINKES"},
             "plan": PLAN | {"unit_id": "DINKES"}, "address": {"unit_id": "DINKES", "address": "Jalan Lain 1"},
             "target": {"unit_id": "DINKES", "year": 2026, "index": 90}}.get(model)  # fmt: skip
    state(tmp_path, form, "en", **{model: [row, *([sound] if sound else [])]})
    (line,) = told(tmp_path, "en")
    assert line.startswith(f"{FILES[form]}, sheet ")
    assert "row 5, column " in line
    assert said in line
    assert not {NIP, "198013012005011999", "0812-3456-7890"} & {word.strip("',.") for word in line.split()}
    (indonesian,) = told(tmp_path, "id")
    assert f"{FILES[form]}, lembar " in indonesian
    assert "baris 5, kolom " in indonesian
    found = stated(tmp_path)
    if sound:
        assert "DINKES" in repr(
            (found.offices, found.surveys, found.plans, found.style.address, found.targets)
        )
    assert "DISHUB" not in repr((found.offices, found.surveys, found.plans, found.style.address))


def test_a_survey_of_one_day_and_the_palest_colour_that_can_be_read_are_taken(tmp_path):
    state(tmp_path, "survey_form", survey=[SURVEY | {"first_day": "30/09/2026", "last_day": "30/09/2026"}])
    # Published examples of contrast with white: 4.54 and 4.48; text needs 4.5.
    state(tmp_path, "style_form", style=[{"letterhead_1": "x", "accent": "#767676"}])
    assert told(tmp_path) == []
    assert given_of(tmp_path, "DISHUB", Q3, CITY_OF).survey.last_day == Q3.last_day


def test_rows_that_are_carried_into_a_form_stand_below_what_was_filled_in(tmp_path):
    place = state(tmp_path, "plan_form", plan=[PLAN])
    carried = {**PLAN, "unit_id": "DINKES", "when": ""}
    place.write_bytes(with_rows(place, "plan_form", {"plan": [carried]}))
    assert told(tmp_path) == []
    assert {unit for unit, *_ in stated(tmp_path).plans} == {"DISHUB", "DINKES"}


@pytest.mark.parametrize(
    ("form", "model", "rows"),
    [
        ("officials_form", "official", [OFFICIAL, OFFICIAL | {"name": "Sumirat Kencana", "nip": ""}]),
        ("officials_form", "official", [OFFICIAL | {"valid_to": "30/06/2026"}, OFFICIAL | {"valid_from": "30/06/2026"}]),
        ("survey_form", "survey", [SURVEY, SURVEY | {"period": "Triwulan III 2026", "place": "Lain"}]),
        ("style_form", "target", [{"unit_id": "DISHUB", "year": 2026, "index": 80}] * 2),
    ],
)  # fmt: skip
def test_of_two_rows_that_speak_of_one_thing_neither_is_used(tmp_path, form, model, rows):
    state(tmp_path, form, "en", **{model: rows})
    (line,) = told(tmp_path, "en")
    assert "row 6" in line
    assert "stands in row 5 too" in line
    found = stated(tmp_path)
    assert (found.offices, found.surveys, found.targets) == ((), {}, {})


def test_a_name_of_the_register_of_names_is_told_before_a_report_is_refused_for_it(tmp_path):
    state(tmp_path, "plan_form", plan=[PLAN | {"responsible": "Sumirat Kencana"}])
    state(tmp_path, "officials_form", official=[OFFICIAL])
    (line,) = told(tmp_path, is_person=lambda text: "Sumirat" in text or "Wulanti" in text)
    assert "Penanggung jawab" in line
    assert "Sumirat" not in line
    # Who signs has a place of its own.
    assert given_of(tmp_path, "DISHUB", Q3, CITY_OF).signatory.name.startswith("Wulanti")


def test_an_example_that_somebody_wrote_into_is_not_passed_over(tmp_path):
    place = state(tmp_path, "plan_form")
    book = load_workbook(place)
    page = book.worksheets[0]
    assert page.cell(4, 1).value == "contoh: DISHUB"
    page.cell(4, 6, "Mengecat ruang tunggu")
    book.save(place)
    (line,) = told(tmp_path)
    assert "baris 4: ini baris contoh" in line


@pytest.mark.parametrize("harm", ["empty", "cut", "no_sheet", "no_headings", "web_page"])
def test_a_damaged_form_stops_nothing_else(tmp_path, harm):
    state(tmp_path, "officials_form", official=[OFFICIAL])
    place = state(tmp_path, "plan_form", plan=[PLAN])
    book = load_workbook(place)
    if harm == "no_sheet":
        book.worksheets[0].title = "Lembar1"
        book.save(place)
    elif harm == "no_headings":
        book.worksheets[0].delete_rows(3)
        book.save(place)
    else:
        content = place.read_bytes()
        place.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "web_page": b"<html>"}[harm])
    (line,) = told(tmp_path)
    assert line.startswith(FILES["plan_form"]) or FILES["plan_form"] in line
    assert given_of(tmp_path, "DISHUB", Q3, CITY_OF).signatory.name.startswith("Wulanti")
    assert given_of(tmp_path, "DISHUB", Q3, CITY_OF).plan_before == ()


def test_asked_for_alone_a_form_says_its_first_fault(tmp_path):
    place = state(tmp_path, "plan_form", plan=[PLAN | {"target": "tinggi"}])
    with pytest.raises(RawDataError, match="column Target: this cell cannot be read"):
        read_form(place, "plan_form")


def test_forms_are_no_exports(tmp_path):
    state(tmp_path, "plan_form", plan=[PLAN])
    (tmp_path / "skm.csv").write_text("a;b\n1;2\n")
    assert [path.name for path in find_raw_files(tmp_path)] == ["skm.csv"]


@pytest.mark.parametrize("code", ["2026-Q1", "2026-Q4", "2026-S1", "2026-S2", "2026"])
def test_a_period_is_read_as_people_write_it(code):
    period = Period.parse(code)
    spellings = {
        code,
        code.lower(),
        *(label for each in LANGUAGES for label in (period.label(each), period.short_label(each))),
    }
    assert {read_period(text) for text in spellings} == {code}


@pytest.mark.parametrize("choices", ["status", "standing", "reported_index", "element"])
def test_each_choice_is_read_from_either_language(choices):
    for value, labels in labels_of(choices).items():
        assert {read_choice(choices, labels[each]) for each in LANGUAGES} == {value}


@settings(max_examples=300)
@given(st.text(max_size=40), st.sampled_from(["text", "number"]))
def test_no_text_in_a_cell_ends_in_anything_but_a_value_or_none(text, kind):
    for read in READERS.values():
        read(text, kind)
    for choices in ("status", "element"):
        assert read_choice(choices, text) in {None, *labels_of(choices)}


def test_every_column_of_every_form_has_a_heading_of_its_own_in_both_languages():
    for form in FORMS:
        for sheet in {column.model for column in load_form(form)}:
            columns = [column for column in load_form(form) if column.model == sheet]
            for language in LANGUAGES:
                assert len({column.heading(language).casefold() for column in columns}) == len(columns)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_forms_are_for_their_owner_only(tmp_path):
    from datetime import date

    from asn_research.render.forms import write_forms

    before = os.umask(0o022)
    try:
        list(write_forms(tmp_path, tmp_path / "none", today=date(2026, 11, 1)))
    finally:
        os.umask(before)
    folder = tmp_path / FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
