"""Workbooks that would end the process that reads them: the run goes on, with one line that names the file."""

import os
import re
import signal
import zipfile
from pathlib import Path

import pytest
from read.made_workbooks import FORM, HEAD, SHEET, ods_row, workbook_parts, write_ods, write_zip
from read.reading import read_tables

from asn_research.errors import RawDataError
from asn_research.read import grids, list_raw_files, workbook_reader
from asn_research.read.workbook_reader import _READER

TEXT = b't="inlineStr"><is><t>x</t></is></c></row></sheetData>'
FAR = {
    "other_order": b'<row r="3"><c s="0" r="XFD1048576" ' + TEXT,
    "single_quotes": b"<row r='3'><c r='XFD1048576' " + TEXT,
    "two_blanks": b'<row r="3"><c  r="XFD1048576" ' + TEXT,
    "line_end": b'<row r="3"><c\nr="XFD1048576" ' + TEXT,
    "sign_in_attribute": b'<row r="3"><c x=">" r="XFD1048576" ' + TEXT,
    "row_of_32_bits": b'<row r="4294967295"><c ' + TEXT,
    "row_far_down": b'<row r="99999999"><c ' + TEXT,
}


def read_first(folder):
    return read_tables(list_raw_files(folder)[0])


def with_sheet(change):
    parts = workbook_parts()
    return parts | {SHEET: change(parts[SHEET])}


@pytest.mark.parametrize("cell", FAR.values(), ids=FAR)
def test_an_address_far_away_is_refused_however_it_is_written(tmp_path, cell):
    write_zip(tmp_path / "a.xlsx", with_sheet(lambda sheet: sheet.replace(b"</sheetData>", cell)))
    with pytest.raises(RawDataError, match=r"^a\.xlsx: .*(2,000 columns|reach to row|GiB of memory)"):
        read_first(tmp_path)


@pytest.mark.parametrize("count", ["4294967295", "99999999999", "18446744073709551615"])
def test_a_made_up_count_of_texts_is_an_error_that_names_the_file(tmp_path, count):
    parts = workbook_parts()
    name = "xl/sharedStrings.xml"
    text = re.sub(rb'uniqueCount="\d+"', f'uniqueCount="{count}"'.encode(), parts[name])
    assert text != parts[name]
    write_zip(tmp_path / "a.xlsx", parts | {name: text})
    with pytest.raises(RawDataError, match=r"^a\.xlsx: .*this workbook is damaged"):
        read_first(tmp_path)


def test_after_a_death_the_next_workbook_is_read(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "good").mkdir()
    write_zip(
        tmp_path / "bad" / "a.xlsx",
        with_sheet(lambda sheet: sheet.replace(b"</sheetData>", FAR["sign_in_attribute"])),
    )
    write_zip(tmp_path / "good" / "a.xlsx", workbook_parts())
    with pytest.raises(RawDataError, match="GiB of memory"):
        read_first(tmp_path / "bad")
    (table,) = read_first(tmp_path / "good").tables
    assert table.columns["unit_id"].text.tolist() == ["Dishub"]


def test_a_process_that_was_ended_from_outside_is_started_again(tmp_path):
    write_zip(tmp_path / "a.xlsx", workbook_parts())
    read_first(tmp_path)
    process = _READER._process
    process.kill()
    process.wait()
    assert len(read_first(tmp_path).tables) == 1
    assert _READER._process.pid != process.pid


def test_a_workbook_that_takes_too_long_is_refused_with_its_seconds(tmp_path, monkeypatch):
    write_zip(tmp_path / "a.xlsx", workbook_parts())
    read_first(tmp_path)
    # The process stands still, as over a workbook without end.
    os.kill(_READER._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(workbook_reader, "_LEAST_SECONDS", 0.05)
    with pytest.raises(RawDataError, match=r"^a\.xlsx: .*seconds of computing did not suffice"):
        read_first(tmp_path)


def test_the_key_is_not_told_to_the_second_process(tmp_path, monkeypatch):
    monkeypatch.setenv("ASN_RESEARCH_KEY", "a secret of this test")
    _READER.close()
    write_zip(tmp_path / "a.xlsx", workbook_parts())
    read_first(tmp_path)
    environment = Path(f"/proc/{_READER._process.pid}/environ")
    if not environment.exists():
        pytest.skip("this system does not show a process's environment")
    assert b"a secret of this test" not in environment.read_bytes()


MERGED = b'</sheetData><mergeCells count="2"><mergeCell ref="L1:XFD1"/><mergeCell ref="XFA1:XFD1048576"/></mergeCells>'


def test_merged_cells_beyond_the_sheet_do_not_count(tmp_path):
    write_zip(tmp_path / "a.xlsx", with_sheet(lambda sheet: sheet.replace(b"</sheetData>", MERGED)))
    (table,) = read_first(tmp_path).tables
    assert table.columns["unit_id"].text.tolist() == ["Dishub"]


def test_a_part_whose_name_is_no_text_is_a_damaged_workbook(tmp_path):
    place = tmp_path / "a.xlsx"
    write_zip(place, workbook_parts(**{"xl/märe.xml": b"x"}))
    place.write_bytes(place.read_bytes().replace("märe".encode(), b"m\xff\xfere"))
    with pytest.raises(UnicodeDecodeError), zipfile.ZipFile(place):
        pass
    with pytest.raises(RawDataError, match=r"^a\.xlsx: .*this workbook is damaged"):
        read_first(tmp_path)


def repeated(n, end="</table:table-row>"):
    return ods_row(FORM.split(";"), f' table:number-rows-repeated="{n}"', end)


@pytest.mark.parametrize(
    "rows",
    [
        repeated(1_000_000),
        repeated(10**18),
        repeated(9_000) * 200,
        repeated(1_000_000, "</table:table-row\n>"),
    ],
    ids=["million", "beyond_64_bits", "many_of_thousands", "blank_in_tag"],
)
def test_rows_of_ods_that_are_said_to_repeat_without_end_are_refused(tmp_path, rows):
    write_ods(tmp_path / "a.ods", ods_row(HEAD.split(";")) + rows)
    with pytest.raises(RawDataError, match=r"^a\.ods: .*one and the same row .* thousands of times"):
        read_first(tmp_path)


@pytest.mark.parametrize("n", [250, 10_000])
def test_rows_of_ods_that_are_alike_are_all_read(tmp_path, n):
    write_ods(tmp_path / "a.ods", ods_row(HEAD.split(";")) + repeated(n))
    (table,) = read_first(tmp_path).tables
    assert len(table) == n


def test_a_narrow_table_may_be_long(tmp_path):
    def long(sheet):
        rows = b"".join(
            b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>6/7/2026</t></is></c></row>' % (row, row)
            for row in range(400_000, 400_003)
        )
        return sheet.replace(b"</sheetData>", rows + b"</sheetData>")

    write_zip(tmp_path / "a.xlsx", with_sheet(long))
    (table,) = read_first(tmp_path).tables
    assert table.rows.tolist() == [2, 400_000, 400_001, 400_002]


def test_values_keep_their_kinds_and_places(tmp_path):
    import datetime as dt

    import xlsxwriter

    from asn_research.read.grids import read_grids

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet("Empty")
        page = book.add_worksheet("Data")
        for number, value in enumerate([" x ", 1, 1.0, True, 0.1 + 0.2, 1e17, "1"]):
            page.write(3 + number, 2, value)
        page.write_datetime(10, 3, dt.datetime(2026, 7, 5), book.add_format({"num_format": "dd/mm/yyyy"}))
        page.hide()
    (grid,) = read_grids(tmp_path / "a.xlsx", "a.xlsx")
    assert (grid.sheet, grid.sheet_no, grid.n_rows, len(grid.columns), grid.is_hidden) == (
        "Data",
        2,
        11,
        4,
        True,
    )
    cells = grid.columns[2]
    found = list(zip(cells.text, cells.kinds[cells.codes], strict=True))[3:10]
    assert found == [
        ("x", "s"), ("1", "n"), ("1", "n"), ("True", "b"), ("0.3", "n"), ("100000000000000000", "n"), ("1", "s"),
    ]  # fmt: skip
    assert (grid.columns[3].text[10], grid.columns[3].kinds[grid.columns[3].codes[10]]) == (
        "2026-07-05",
        "d",
    )


def test_a_workbook_that_is_too_large_to_be_held_is_not_opened(tmp_path, monkeypatch):
    write_zip(tmp_path / "a.xlsx", workbook_parts())
    file = list_raw_files(tmp_path)[0]
    monkeypatch.setattr(grids, "MAX_UNPACKED_BYTES", 1000)
    monkeypatch.setattr(grids, "read_whole", None)
    with pytest.raises(RawDataError, match=r"^a\.xlsx: .*this workbook unpacks to more"):
        read_tables(file)
