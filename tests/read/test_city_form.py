"""Another city is a form that an office fills in; what it lacks is said with sheet, row and column."""

import pytest
from openpyxl import load_workbook

from asn_research.clean import clean_folder, open_processed
from asn_research.errors import RawDataError
from asn_research.read import find_raw_files
from asn_research.read.city_form import CITY_FORM, city_of, read_city_form, write_city_form
from asn_research.rules.reserved import reserved_names
from asn_research.simulate import simulate_city

CITY = {"Kota": [["Kota Singkawang", "Pemerintah Kota Singkawang", "Kalimantan Barat", "61.72", "WIB", "Singkawang",
                  "Bagian Organisasi Sekretariat Daerah", "ya"]],
        "Unit": [["DISHUB", "Dinas Perhubungan", "Dishub", "dinas", "", "ya", "Dishub Singkawang; Perhubungan", 60, "01/01/2017"],
                 ["DISDUKCAPIL", "Dinas Kependudukan dan Pencatatan Sipil", "Disdukcapil", "dinas"],
                 ["KEC-BARAT", "Kecamatan Singkawang Barat", "", "kecamatan"]],
        "Layanan": [["hub_uji", "DISHUB", "Uji kendaraan", "", 3, 20, "tidak", "Uji berkala; KIR"],
                    ["kec_surat", "semua kecamatan", "Surat keterangan", "", 2]],
        "Penduduk dilayani": [["DISHUB", "sex", "f", 1200, "Register 2025"]],
        "Hari kerja": [["02/01/2026", "tidak", "Libur daerah", "SE Wali Kota"]]}  # fmt: skip


def filled(folder, *, language="id", **changes):
    """Write the form and fill it in as an office would."""
    place = write_city_form(folder, language)
    book = load_workbook(place)
    sheets = dict(zip(CITY, book.sheetnames, strict=True))
    for sheet, rows in {**CITY, **changes}.items():
        for number, row in enumerate(rows, start=4):
            for column, value in enumerate(row, start=1):
                book[sheets[sheet]].cell(number, column, value if value != "" else None)
    book.save(place)
    return place


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_filled_in_form_is_a_city(tmp_path, language):
    city = read_city_form(filled(tmp_path, language=language))
    assert city.facts.name == "Kota Singkawang"
    assert city.facts.timezone == "Asia/Jakarta"
    assert list(city.units) == ["DISHUB", "DISDUKCAPIL", "KEC-BARAT"]
    assert city.units["DISHUB"].aliases == ("Dishub Singkawang", "Perhubungan")
    assert city.units["DISHUB"].valid_from.isoformat() == "2017-01-01"
    assert city.units["KEC-BARAT"].short_name == "Kecamatan Singkawang Barat"
    assert [s.service_id for s in city.services_of("KEC-BARAT")] == ["kec_surat"]
    assert not city.services["hub_uji"].is_free
    assert city.margins[0].population_n == 1200
    assert not city.facts.day_overrides[0].is_working


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Unit": [["DISHUB", "", "", "dinas"]]}, r"sheet Unit, row 4, column Nama unit: this cell must be filled in"),
        ({"Unit": [["DIS HUB!", "Dinas", "", "dinas"]]}, r"row 4, column Kode: this cell cannot be read\. Capitals"),
        ({"Unit": [["A", "Dinas A", "", "dinas"], ["A", "Dinas B", "", "dinas"]]}, r"row 5, column Kode: the code A stands twice"),
        ({"Unit": [["A", "Dinas A", "", "dinas", "B"]]}, "column Kode unit induk: there is no unit B"),
        ({"Layanan": [["x", "TIDAKADA", "Uji", "", 3]]}, "sheet Layanan, row 4, column Kode unit: there is no unit"),
        ({"Layanan": [["x", "semua puskesmas", "Uji", "", 3]]}, "no unit of the kind puskesmas"),
        ({"Layanan": [["x", "DISHUB", "Uji", "", "tiga"]]}, "column Standar hari kerja: this cell cannot be read"),
        ({"Hari kerja": [["31/02/2026", "ya", "x", "y"]]}, "sheet Hari kerja, row 4, column Tanggal: this cell cannot be read"),
        ({"Penduduk dilayani": [["", "warna", "f", 3, "x"]]}, "sheet Penduduk dilayani, row 4, column Ciri"),
        ({"Kota": [CITY["Kota"][0], CITY["Kota"][0]]}, "one row is needed, and there are 2"),
    ],
)  # fmt: skip
def test_what_the_form_lacks_is_said_with_its_place(tmp_path, changes, said):
    with pytest.raises(RawDataError, match=said):
        read_city_form(filled(tmp_path, **changes))


def test_an_empty_form_says_what_to_fill_in(tmp_path):
    with pytest.raises(RawDataError, match="one row is needed, and there are 0"):
        read_city_form(write_city_form(tmp_path))


def test_a_form_that_is_there_is_not_overwritten(tmp_path):
    place = filled(tmp_path)
    before = place.read_bytes()
    with pytest.raises(RawDataError, match="was not changed"):
        write_city_form(tmp_path)
    assert place.read_bytes() == before


def test_a_form_and_a_register_beside_it_are_not_both_believed(tmp_path):
    filled(tmp_path)
    (tmp_path / "units.csv").write_text("unit_id,name\n")
    with pytest.raises(RawDataError, match=r"both kota\.xlsx and units\.csv"):
        city_of(tmp_path)


def test_reserved_files_are_never_exports(tmp_path):
    for name in reserved_names():
        (tmp_path / name).write_text("x")
    assert CITY_FORM in reserved_names()
    assert find_raw_files(tmp_path) == []


def test_the_forms_city_is_the_one_whose_rows_are_cleaned(tmp_path):
    raw = tmp_path / "raw"
    filled(raw)
    head = "Tanggal;Unit Layanan;Jenis Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
    lines = [
        f"0{n}/07/2026;{u};KIR;3;4;3;4;3;4;3;4;3"
        for n, u in enumerate(["Perhubungan", "Kecamatan Singkawang Barat"], 1)
    ]
    (raw / "skm.csv").write_text("\n".join([head, *lines]))
    clean_folder(raw, tmp_path / "out")
    processed = open_processed(tmp_path / "out")
    assert sorted(processed.table("citizen_feedback")["unit_id"]) == ["DISHUB", "KEC-BARAT"]
    assert set(processed.table("citizen_feedback")["service_id"]) == {"hub_uji"}


def test_files_of_a_city_beside_an_empty_folder_still_simulate_that_city(tmp_path):
    place = filled(tmp_path / "raw")
    simulate_city(tmp_path / "raw", employees=60, quarters=2, city=city_of(tmp_path / "raw"))
    assert place.is_file()
    report = clean_folder(tmp_path / "raw", tmp_path / "out")
    units = open_processed(tmp_path / "out").table("employees")["unit_id"]
    assert report.strange == ()
    assert report.is_simulated
    assert set(units) <= {"DISHUB", "DISDUKCAPIL", "KEC-BARAT"}
