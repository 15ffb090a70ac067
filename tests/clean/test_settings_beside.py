"""Settings beside the exports count as they were saved, and a run is remembered under those it read."""

import pytest

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.corrections_file import load_corrections
from asn_research.errors import RawDataError
from asn_research.read import city_form
from asn_research.rules.cities import load_city

HEAD = "Tanggal;Unit Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana\n"


@pytest.fixture
def raw(tmp_path):
    place = tmp_path / "raw"
    place.mkdir()
    (place / "a.csv").write_text(HEAD + "5/7/2026;Kantor Café;3;3;3;3;3;3;3;3;3\n", encoding="utf-8")
    return place


def units_of(raw, out):
    clean_folder(raw, out)
    return open_processed(out).table("citizen_feedback")["unit_id"].astype("str").tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_unit_decisions_count_however_they_were_saved(raw, tmp_path, encoding, separator):
    lines = ["spelling,n_rows,proposal,decision", "Kantor Café,1,DISHUB,ya", ",,,"]
    text = "\r\n".join(lines).replace(",", separator)
    (raw / "unit_names.csv").write_bytes(text.encode(encoding))
    assert units_of(raw, tmp_path / "out") == ["DISHUB"]


def test_two_decisions_on_one_spelling_are_refused(raw, tmp_path):
    (raw / "unit_names.csv").write_text("spelling,proposal,decision\nX,,DISHUB\nX,,DINKES\n")
    with pytest.raises(RawDataError, match="row 3: an earlier row decides the same spelling otherwise"):
        clean_folder(raw, tmp_path / "out")


def test_a_correction_says_what_is_written(raw):
    (raw / "corrections.yaml").write_text(
        "corrections:\n"
        "  - source: citizen_feedback\n"
        "    where: {survey_date: 2026-02-30, row: 007, unit_id: No}\n"
        "    set: {age: 0x_, sex: }\n"
        "    reason: Surat 12:30\n"
    )
    (correction,) = load_corrections(raw)
    assert correction.where == {"survey_date": "2026-02-30", "row": "007", "unit_id": "No"}
    assert correction.set == {"age": "0x_", "sex": ""}
    assert not correction.exclude


def test_a_correction_of_a_column_that_the_exports_lack_is_refused_in_words(raw, tmp_path):
    (raw / "corrections.yaml").write_text(
        "corrections:\n  - source: citizen_feedback\n    where: {age: 30}\n    set: {cost: 4}\n    reason: Surat\n"
    )
    with pytest.raises(RawDataError, match=r"entry 1: found 0 rows, expected at least one\."):
        clean_folder(raw, tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("where: {unit_id: [A, B]}", "`unit_id` must be one text or number"),
        ("where: &w {unit_id: A}\n    expect: *w", "line 4: aliases"),
        ("where: {unit_id: A, unit_id: B}", "line 3: `unit_id` stands twice"),
    ],
)
def test_a_correction_that_means_more_than_one_thing_is_refused(raw, text, said):
    (raw / "corrections.yaml").write_text(
        f"corrections:\n  - source: citizen_feedback\n    {text}\n    exclude: true\n    reason: Surat 1\n"
    )
    with pytest.raises(RawDataError, match=said):
        load_corrections(raw)


def test_settings_that_change_during_a_run_are_not_remembered_as_read(raw, tmp_path, monkeypatch):
    (raw / "unit_names.csv").write_text("spelling,proposal,decision\nKantor Café,,DISHUB\n", encoding="utf-8")
    open_city = city_form.city_of_folder

    def edited(place):
        (raw / "unit_names.csv").write_text(
            "spelling,proposal,decision\nKantor Café,,DINKES\n", encoding="utf-8"
        )
        return open_city(place)

    with monkeypatch.context() as during:
        during.setattr(city_form, "city_of_folder", edited)
        with pytest.raises(RawDataError, match=r"^unit_names\.csv: this file was changed while it was read"):
            clean_folder(raw, tmp_path / "out")
    assert units_of(raw, tmp_path / "out") == ["DINKES"]


def test_a_run_in_the_same_process_sees_an_edited_register(raw, tmp_path):
    (raw / "unit_names.csv").write_text("spelling,proposal,decision\nKantor Café,,DISHUB\n", encoding="utf-8")
    for unit in load_city().units.values():
        if unit.unit_id == "DISHUB":
            row = ",".join(str(getattr(unit, name)) for name in ("unit_id", "name", "short_name", "kind"))
    (raw / "services.csv").write_text(
        "service_id,offered_by,name_indonesian,name_english,standard_days,standard_queue_minutes,request_share,is_free\n"
    )
    (raw / "city.yaml").write_text(
        "city_id: x\nname: Contoh\ngovernment: Pemerintah Contoh\nprovince: X\nkemendagri_code: 61.71\n"
        "timezone: Asia/Jakarta\nsigned_at: X\norganisation_bureau: X\n"
    )
    for name in ("Dinas Satu", "Dinas Dua"):
        (raw / "units.csv").write_text(
            "unit_id,name,short_name,kind\n" + row.replace(load_city().units["DISHUB"].name, name) + "\n"
        )
        clean_folder(raw, tmp_path / "out")
        assert open_processed(tmp_path / "out").table("units")["name"].tolist() == [name]


def test_days_off_beside_profile_data_count(raw, tmp_path):
    (raw / "a.profile.yaml").write_text(
        "file: a.csv\nsource: citizen_feedback\nunit: {unit_id: MPP, name: Mal Pelayanan, short_name: MPP}\n"
        "ignore: [No, Unit Layanan]\n"
    )
    (raw / "working_days.csv").write_text("date,is_working,reason,source\n2026-10-23,no,Hari jadi,Perwali\n")
    (raw / "margins.csv").write_text(
        "unit_id,variable,category,population_n,source\nMPP,sex,f,10,x\nMPP,sex,m,9,x\n"
    )
    assert units_of(raw, tmp_path / "out") == ["MPP"]
    city = open_processed(tmp_path / "out").city()
    assert [day.reason for day in city.facts.day_overrides] == ["Hari jadi"]
    assert [margin.unit_id for margin in city.margins] == ["MPP", "MPP"]


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("{unit_id: MPP}", "names the unit MPP, which the register does not have"),
        ("{unit_id: CITY, name: Kota, short_name: Kota}", "CITY has a meaning of its own"),
        ("{unit_id: ../X, name: Kota, short_name: Kota}", "unit.unit_id"),
    ],
)
def test_a_profiles_unit_is_held_to_what_a_registers_is(raw, tmp_path, unit, said):
    (raw / "a.profile.yaml").write_text(
        f"file: a.csv\nsource: citizen_feedback\nunit: {unit}\nignore: [Unit Layanan]\n"
    )
    with pytest.raises(RawDataError, match=said):
        clean_folder(raw, tmp_path / "out")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"Surat 1\\nlembar 2\\r\\n\\n- butir"', "Surat 1 lembar 2 - butir"),
        ('"Dibalik \\u202Esini\\u202C"', "Dibalik sini"),
        ('"1996\\u200B1126"', "19961126"),
        ("=1+1", "=1+1"),
        ('"إدخال 重复"', "إدخال 重复"),
    ],
)
def test_a_reason_is_on_one_line_without_signs_that_nobody_sees(raw, written, read):
    (raw / "corrections.yaml").write_text(
        f"corrections:\n  - source: citizen_feedback\n    where: {{age: 30}}\n    exclude: true\n    reason: {written}\n",
        encoding="utf-8",
    )
    assert [each.reason for each in load_corrections(raw)] == [read]


def test_a_reason_of_nothing_that_is_seen_is_none(raw):
    (raw / "corrections.yaml").write_text(
        "corrections:\n  - source: citizen_feedback\n    where: {age: 30}\n    exclude: true\n"
        '    reason: "\\u200B\\u200B\\u200B\\u200B"\n',
        encoding="utf-8",
    )
    with pytest.raises(RawDataError, match=r"corrections\.yaml"):
        load_corrections(raw)
