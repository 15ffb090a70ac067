import zipfile

import pytest
import xlsxwriter
from read.reading import read_tables

from asn_research.errors import RawDataError
from asn_research.read import find_raw_files, list_raw_files, load_profiles, refuse_mixture
from asn_research.read.sheet_tables import _letters

HEADINGS = ["No.", "Tanggal", "Unit Layanan", "Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi",
            "Perilaku", "Pengaduan", "Sarana"]  # fmt: skip
ROW = ["1", "05/07/2026", "Dinas Perhubungan", *"344343434"]


def tables_of(folder):
    return [table for file in list_raw_files(folder) for table in read_tables(file).tables]


def write_csv(path, rows, *, sep=";", encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\r\n".join(sep.join(row) for row in rows).encode(encoding))


def write_xlsx(path, rows, merges=()):
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("Data")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            page.write(number, column, value)
    for place, text in merges:
        page.merge_range(place, text)
    book.close()


@pytest.mark.parametrize("sep", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiters_and_encodings_are_found(tmp_path, sep, encoding):
    rows = [HEADINGS, [*ROW[:2], "Café Perhubungan", *ROW[3:]]]
    write_csv(tmp_path / "skm.csv", rows, sep=sep, encoding=encoding)
    (table,) = tables_of(tmp_path)
    assert table.source == "citizen_feedback"
    assert table.columns["unit_id"].text.tolist() == ["Café Perhubungan"]


def test_headings_are_found_under_a_letterhead(tmp_path):
    write_csv(tmp_path / "skm.csv", [["PEMERINTAH KOTA"], ["Periode : Triwulan III 2026"], [], HEADINGS, ROW])
    (table,) = tables_of(tmp_path)
    assert table.header_row == 4
    assert table.letterhead[1] == "Periode : Triwulan III 2026"
    assert table.rows.tolist() == [5]


def test_merged_two_row_headings_are_joined(tmp_path):
    rows = [
        [
            "No.",
            "Pegawai yang Dinilai",
            "",
            "Unit Kerja",
            "Pejabat Penilai",
            "",
            "Rating Hasil Kerja",
            "Rating Perilaku",
        ],
        ["", "NIP", "Nama", "", "NIP", "Nama", "", ""],
        ["1", "a", "b", "Dishub", "c", "d", "Sesuai Ekspektasi", "Sesuai Ekspektasi"],
    ]
    write_xlsx(tmp_path / "x.xlsx", rows)
    (table,) = tables_of(tmp_path)
    assert table.source == "appraisals"
    assert (table.columns["person_id"].text[0], table.columns["rater_id"].text[0]) == ("a", "c")


def test_a_number_cell_is_known_as_such(tmp_path):
    rows = [["NIP", "Unit Kerja", "Nama"], [198609262015051000.0, "Dishub", "x"]]
    write_xlsx(tmp_path / "x.xlsx", rows)
    (table,) = tables_of(tmp_path)
    people = table.columns["person_id"]
    assert people.kinds[people.codes].tolist() == ["n"]
    # Fifteen digits are what the sheet held; nothing is made up behind them.
    assert table.columns["person_id"].text.tolist() == ["198609262015051" + "000"]


def test_physical_rows_are_kept(tmp_path):
    write_csv(tmp_path / "skm.csv", [HEADINGS, ROW, [""] * 12, ROW])
    (table,) = tables_of(tmp_path)
    assert table.rows.tolist() == [2, 4]


def test_settings_and_hidden_files_are_passed_over(tmp_path):
    write_csv(tmp_path / "skm.csv", [HEADINGS, ROW])
    for name in ("units.csv", "~$skm.xlsx", ".hidden.csv", "_simulasi/planted.csv"):
        write_csv(tmp_path / name, [["x"]])
    assert [path.name for path in find_raw_files(tmp_path)] == ["skm.csv"]


BAD = [
    pytest.param("a.xlsx", b"this is no workbook", "not a spreadsheet.*Export it again", id="no_spreadsheet"),
    pytest.param(
        "a.xlsx", b"<html><table></table></html>", "web page.*save it as .xlsx", id="html_in_disguise"
    ),
    pytest.param(
        "a.xlsx", b"PK\x03\x04 and then nothing", "damaged or cut off.*Export it again", id="cut_off"
    ),
    pytest.param("a.xlsm", b"PK\x03\x04", "macros.*Save it as .xlsx", id="macros"),
    pytest.param("a.csv", b"", "empty.*take it out", id="empty"),
    pytest.param("a.csv", b"\x00\x01\x02\x03" * 50, "not a text table.*Export it again", id="binary"),
    pytest.param(
        "a.csv",
        b"warna;rasa\nmerah;manis",
        "fit none of the known sources.*asn-research inspect",
        id="unknown",
    ),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD)
def test_bad_files_are_refused_with_a_remedy(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RawDataError, match=rf"(?s)^{name}: .*{message}"):
        tables_of(tmp_path)


def test_an_empty_line_is_a_row_that_counts(tmp_path):
    text = "\n".join([";".join(HEADINGS), ";".join(ROW), "", ";".join(ROW)])
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    (table,) = tables_of(tmp_path)
    assert table.rows.tolist() == [2, 4]


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_the_letters_of_a_spreadsheet(place, letters):
    assert _letters(place) == letters


def test_a_sheet_of_one_column_fits_no_source(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", [["Warna"], ["merah"], ["biru"]])
    with pytest.raises(RawDataError, match=r"a\.xlsx: .*fit none of the known sources"):
        tables_of(tmp_path)


def test_a_truncated_workbook_is_refused(tmp_path):
    write_xlsx(tmp_path / "whole.xlsx", [HEADINGS, ROW])
    content = (tmp_path / "whole.xlsx").read_bytes()
    (tmp_path / "whole.xlsx").unlink()
    (tmp_path / "half.xlsx").write_bytes(content[: len(content) // 2])
    with pytest.raises(RawDataError, match=r"half\.xlsx.*damaged or cut off"):
        tables_of(tmp_path)


def test_a_stray_quotation_mark_is_refused_with_the_lines_that_it_joins(tmp_path):
    whole = ";".join(ROW)
    lines = [";".join(HEADINGS), whole, whole, f'"{whole}', whole, 'a line;of another length"', whole]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RawDataError, match=r"a\.csv, lines 4 to 6: a quotation mark that is not closed"):
        tables_of(tmp_path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("hello.txt", "x")
    with pytest.raises(RawDataError, match="Export it again"):
        tables_of(tmp_path)


def test_no_files_names_both_ways_out(tmp_path):
    with pytest.raises(RawDataError, match=r"Copy the offices' exports.*asn-research simulate"):
        tables_of(tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(RawDataError, match="--raw"):
        tables_of(tmp_path / "nowhere")


def test_a_missing_required_column_is_named_with_its_headings(tmp_path):
    keep = [i for i, h in enumerate(HEADINGS) if h != "Sarana"]
    write_csv(tmp_path / "skm.csv", [[HEADINGS[i] for i in keep], [ROW[i] for i in keep]])
    with pytest.raises(
        RawDataError, match=r"skm\.csv.*Sarana dan prasarana.*Sarana & Prasarana.*source profile"
    ):
        tables_of(tmp_path)


def test_simulated_and_real_files_do_not_mix(tmp_path):
    write_csv(tmp_path / "a.csv", [["DATA SIMULASI"], HEADINGS, ROW])
    write_csv(tmp_path / "b.csv", [HEADINGS, ROW])
    simulated = {table.file for table in tables_of(tmp_path) if table.is_simulated}
    assert simulated == {"a.csv"}
    with pytest.raises(RawDataError, match=r"a\.csv and b\.csv.*Delete the simulated files"):
        refuse_mixture(simulated, {"b.csv"})


PROFILE = """
file: {file}
source: citizen_feedback
unit: {{unit_id: X-1, name: Unit Contoh, short_name: Contoh}}
columns: {{U1: requirements, U2: procedure, U3: time, U4: cost, U5: product, U6: competence, U7: conduct, U9: complaints}}
not_asked: [facilities]
extra:
  U8: {{key: service_charter, label_indonesian: Maklumat pelayanan, label_english: Service charter}}
"""


@pytest.mark.parametrize(
    "names", [("label_indonesian", "label_english"), ("label_id", "label_en")], ids=["now", "before"]
)
def test_a_profile_maps_a_layout_of_its_own(tmp_path, names):
    write_csv(
        tmp_path / "own.csv",
        [["Tanggal", *[f"U{k}" for k in range(1, 10)]], ["1/2/2026", *"123412341"]],
        sep=",",
    )
    text = PROFILE.format(file="own*.csv")
    for now, name in zip(("label_indonesian", "label_english"), names, strict=True):
        text = text.replace(now, name)
    (tmp_path / "own.profile.yaml").write_text(text)
    (table,) = tables_of(tmp_path)
    assert (table.columns["complaints"].text[0], table.columns["extra_service_charter"].text[0]) == ("1", "4")
    assert "facilities" not in table.columns


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("source: citizen_feedback", "`file`: Field required", id="no_file"),
        pytest.param("file: a\nsource: weather", "'weather' is no source", id="no_source"),
        pytest.param(
            "file: a\nsource: training\ncolumns: {x: y}", "training has no column y", id="no_column"
        ),
        pytest.param("file: a\nsource: training\nperiod: soon", "2026-Q3", id="no_period"),
        pytest.param("file: a\nsource: training\ncolour: red", "colour", id="unknown_key"),
        pytest.param("file: [", "not readable yaml", id="no_yaml"),
    ],
)
def test_a_bad_profile_is_named(tmp_path, text, message):
    (tmp_path / "x.profile.yaml").write_text(text)
    with pytest.raises(RawDataError, match=rf"x\.profile\.yaml.*{message}"):
        load_profiles(tmp_path)
