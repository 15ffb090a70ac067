"""What `inspect` says of a file is what `clean` reads; what it writes, `clean` reads in the same way."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
import xlsxwriter
from clean.surveys import ELEMENTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.inspect.inspection import inspect_file, write_profiles
from asn_research.clean.inspect.inspection_text import inspection_lines
from asn_research.clean.inspect.table_places import file_pattern
from asn_research.errors import AsnError, RawDataError
from asn_research.read import find_raw_files
from asn_research.read.walk import name_in
from asn_research.simulate import simulate_city

_spec = importlib.util.spec_from_file_location("nasty", Path(__file__).with_name("nasty.py"))
nasty = sys.modules.setdefault("nasty", importlib.util.module_from_spec(_spec))
if not hasattr(nasty, "CASES"):
    _spec.loader.exec_module(nasty)
CASES = sorted(path for path in (Path(__file__).parents[1] / "cases").iterdir() if path.is_dir())


def told_by_inspect(raw):
    """Return the tables that `inspect` says are read, of every file; and the questions it asks."""
    tables, asked = set(), set()
    for path in find_raw_files(raw):
        name = name_in(path, raw)
        try:
            inspection = inspect_file(path)
        except RawDataError:
            continue
        tables |= {(name, t.sheet, t.source) for t in inspection.tables if t.is_ready and t.n_rows}
        asked |= {a.question.key for t in inspection.tables if t.is_ready for a in t.questions}
    return tables, asked


def told_by_clean(raw, out):
    """Return the tables that `clean` reads, and the questions it asks."""
    try:
        report = clean_folder(raw, out)
    except AsnError:
        return set(), set()
    exits = report.exits.loc[report.exits["n_raw"] > 0]
    tables = set(zip(exits["file"], exits["sheet"], exits["source"], strict=True))
    # Which of two files holds cannot be seen in one of them.
    return tables, {a.question.key for a in report.questions if a.question.kind != "newer_version"}


@pytest.mark.parametrize(
    "case", [c for c in nasty.CASES if "correction" not in c.name], ids=lambda case: case.name
)
def test_inspect_and_clean_agree_on_the_nasty_corpus(tmp_path, case):
    (tmp_path / "raw").mkdir()
    case.write(tmp_path / "raw")
    tables, asked = told_by_clean(tmp_path / "raw", tmp_path / "out")
    if tables:
        assert told_by_inspect(tmp_path / "raw")[0] == tables
        assert told_by_inspect(tmp_path / "raw")[1] == asked


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_inspect_and_clean_agree_on_the_cases(tmp_path, case):
    shutil.copytree(case / "raw", tmp_path / "raw")
    assert told_by_clean(tmp_path / "raw", tmp_path / "out") == told_by_inspect(tmp_path / "raw")


def test_inspect_and_clean_agree_on_the_simulated_city_and_ask_nothing(tmp_path):
    raw = tmp_path / "raw"
    simulate_city(raw, employees=60, quarters=2, seed=5)
    report = clean_folder(raw, tmp_path / "out")
    assert report.questions == ()
    assert report.strange == ()
    exits = report.exits.loc[report.exits["n_raw"] > 0]
    tables = set(zip(exits["file"], exits["sheet"], exits["source"], strict=True))
    assert told_by_inspect(raw) == (tables, set())
    assert all(inspect_file(path).proposals == () for path in find_raw_files(raw))


# Long, odd, with line breaks, signs of yaml, and words of other headings.
SIGNS = [*"abcdeghiknoprstu ABÄé:#-?[]{}'\"\\|>&*!%@`,\n\t~", "\u200b", "\u2028", "\U0001f600"]
HEADINGS = st.one_of(
    st.text(st.sampled_from(SIGNS), min_size=1, max_size=60),
    st.sampled_from(["yes", "null", "- a: b", "? x"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(odd=st.lists(HEADINGS, min_size=1, max_size=4), long=st.integers(0, 1500), lost=st.integers(0, 8))
def test_what_inspect_writes_clean_reads(tmp_path_factory, odd, long, lost):
    folder = tmp_path_factory.mktemp("odd")
    # One element under a heading that is alike; others that nobody knows, one of them very long.
    elements = [f"{e} Loket" if n == lost else e for n, e in enumerate(ELEMENTS)]
    heads = ["Tanggal", "Unit Layanan", *elements, *odd, "kata " * (long // 5)]
    rows = [heads] + [[f"{n + 1}/07/2026", "Dishub", *[3] * 9, *["x"] * len(odd), "y"] for n in range(15)]
    book = xlsxwriter.Workbook(
        str(folder / "rekap TW III 2026.xlsx"), {"strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet("Data")
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            page.write(number, place, value) if not isinstance(value, str) else page.write_string(
                number, place, value
            )
    book.close()
    inspection = inspect_file(folder / "rekap TW III 2026.xlsx")
    written = write_profiles(inspection)
    again = inspect_file(folder / "rekap TW III 2026.xlsx")
    before = {(g.column, g.place) for t in inspection.tables for g in t.columns if g.column}
    after = {(g.column, g.place) for t in again.tables for g in t.columns if g.column}
    assert before == after
    if all(not t.missing for t in inspection.tables):
        report = clean_folder(folder, folder / "_out")
        assert report.exits["n_kept"].sum() == 15
    assert all(path.read_text(encoding="utf-8").startswith("# Profil sumber") for path in written)


def test_a_profile_fits_the_next_quarters_file_too(tmp_path):
    heads = [
        "Tanggal",
        "Unit Layanan",
        *[f"{e} Loket" if e == "Biaya" else e for e in ELEMENTS[:-1]],
        "Bilik duduk",
    ]
    rows = ["\n".join([";".join(heads), *[f"{n + 1:02d}/{month}/2026;Dishub;" + ";".join("3" * 9) for n in range(15)]])
            for month in ("06", "07")]  # fmt: skip
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "SKM Dishub TW II 2026.csv").write_text(rows[0])
    (place,) = write_profiles(inspect_file(tmp_path / "raw" / "SKM Dishub TW II 2026.csv"))
    text = place.read_text(encoding="utf-8")
    assert 'file: "SKM Dishub*.csv"' in text
    # An element may hide behind a heading that nobody knows: it is not said that it was not asked.
    assert "not_asked" not in text
    place.write_text(
        text.replace("#  Bilik duduk: ???", "  Bilik duduk: facilities").replace("#columns", "columns")
    )
    (tmp_path / "raw" / "SKM Dishub TW III 2026.csv").write_text(rows[1])
    report = clean_folder(tmp_path / "raw", tmp_path / "out")
    assert report.exits["n_kept"].tolist() == [15, 15]


def test_a_profile_offers_the_unit_where_no_column_names_it(tmp_path):
    rows = ["Tanggal;" + ";".join(ELEMENTS)] + [f"{n + 1:02d}/07/2026;" + ";".join("3" * 9) for n in range(5)]
    (tmp_path / "hasil.csv").write_text("\n".join(rows))
    (place,) = write_profiles(inspect_file(tmp_path / "hasil.csv"))
    text = place.read_text(encoding="utf-8")
    assert "#unit: {unit_id: KODE-UNIT}" in text
    place.write_text(text.replace("#unit: {unit_id: KODE-UNIT}", "unit: {unit_id: DISHUB}"))
    clean_folder(tmp_path, tmp_path / "_out")
    assert set(open_processed(tmp_path / "_out").table("citizen_feedback")["unit_id"]) == {"DISHUB"}


def test_a_file_that_names_no_unit_is_asked_about(tmp_path):
    rows = ["Tanggal;" + ";".join(ELEMENTS)] + [f"{n + 1:02d}/07/2026;" + ";".join("3" * 9) for n in range(5)]
    (tmp_path / "hasil.csv").write_text("\n".join(rows))
    asked = {each.question.kind for t in inspect_file(tmp_path / "hasil.csv").tables for each in t.questions}
    assert any("unit" in kind for kind in asked)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("SKM Dishub TW III 2026 (final)(1).xlsx", "SKM Dishub*.xlsx"),
        ("rekap_juli_2026.csv", "rekap*.csv"),
        ("2026.csv", "2026.csv"),
        ("data [lama].csv", "data [[]lama]*.csv"),
    ],
)
def test_a_pattern_leaves_period_and_version_open(name, pattern):
    assert file_pattern(name) == pattern


def skm(rows=15, first=1):
    head = ["Tanggal", "Unit Layanan", "Jenis Kelamin", *ELEMENTS]
    return [head] + [
        [f"{n + first:02d}/07/2026", "Dishub", "LP"[n % 2], *[(n + k) % 3 + 2 for k in range(9)]]
        for n in range(rows)
    ]


def test_strange_files_are_each_named_once_and_the_rest_is_made(tmp_path):
    raw = tmp_path / "raw"
    nasty.book(raw, "skm.xlsx", skm())
    nasty.book(raw, "daftar hadir rapat.xlsx", [["No", "Nama", "Keterangan"], ["1", "A", "hadir"]])
    nasty.book(
        raw,
        "laporan DISHUB.xlsx",
        {"Isi": [["Laporan"]], "Tabel 1": [["Tabel 1"], ["Unsur", "Nilai"], ["x", 3]]},
    )
    nasty.text(raw, "kosong.csv", b"")
    nasty.text(raw, "terpotong.xlsx", b"PK\x03\x04 and no more")
    nasty.text(raw, "catatan.txt", "ingat: kirim sebelum Jumat")
    nasty.text(raw, "tanpa_sarana.csv", nasty.csv_of(*[row[:-1] for row in skm()]))
    report = clean_folder(raw, tmp_path / "out")
    kinds = {one.file: one.kind for one in report.strange}
    assert kinds == {
        "daftar hadir rapat.xlsx": "unknown", "laporan DISHUB.xlsx": "own_report", "kosong.csv": "unreadable",
        "terpotong.xlsx": "unreadable", "catatan.txt": "unknown", "tanpa_sarana.csv": "lacks_citizen_feedback",
    }  # fmt: skip
    assert report.exits["n_kept"].tolist() == [15]
    lines = "\n".join(report.lines("id"))
    assert all(lines.count(name) == 1 for name in kinds)
    assert list(clean_folder(raw, tmp_path / "out").strange) == list(report.strange)
    (raw / "abaikan.txt").write_text(
        "\n".join(["# bukan data", "daftar hadir*", *(n for n in kinds if "hadir" not in n)])
    )
    assert clean_folder(raw, tmp_path / "out").strange == ()


def test_rows_that_are_hidden_are_read_and_said(tmp_path):
    (tmp_path / "raw").mkdir()
    book = xlsxwriter.Workbook(str(tmp_path / "raw" / "skm.xlsx"))
    page = book.add_worksheet("Data")
    for number, row in enumerate(skm()):
        page.write_row(number, 0, row)
    for number in (3, 4):
        page.set_row(number, None, None, {"hidden": True})
    book.close()
    report = clean_folder(tmp_path / "raw", tmp_path / "out")
    assert report.exits["n_kept"].tolist() == [15]
    assert "2 baris tersembunyi" in "\n".join(report.lines("id"))
    assert "2 baris tersembunyi" in "\n".join(inspection_lines(inspect_file(tmp_path / "raw" / "skm.xlsx")))
