import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from render.editions.extract import shown
from render.editions.sample_report import AWKWARD, BANNER, cover, sample_report

from asn_research.render.editions import write_edition
from asn_research.render.editions.xlsx_numbers import ExcelNumber, as_number
from asn_research.show.blocks import Cell, Table, TableColumn

FIRST_ROW = 7


@pytest.fixture(params=["id", "en"])
def book(request, tmp_path):
    path = tmp_path / "report.xlsx"
    write_edition("xlsx", sample_report(request.param), path, created=date(2026, 9, 30))
    return openpyxl.load_workbook(path), request.param


def _tables(language):
    return [block for block in sample_report(language) if isinstance(block, Table)]


def test_there_is_a_sheet_of_contents_and_one_for_each_table(book):
    book, language = book
    contents, name = {"id": ("Isi", "Tabel"), "en": ("Contents", "Table")}[language]
    assert book.sheetnames == [contents, f"{name} 1", f"{name} 2", f"{name} 3"]
    links = [cell.hyperlink.location for row in book[contents].iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{name} {n}'!A1" for n in (1, 2, 3)]
    titles = [cell.value for row in book[contents].iter_rows() for cell in row]
    assert {table.title for table in _tables(language)} <= set(titles)


def test_the_first_row_of_each_sheet_is_the_banner(book):
    book, language = book
    assert [sheet["A1"].value for sheet in book] == [BANNER[language]] * 4


def test_numbers_are_numbers_and_show_as_they_are_printed(book):
    book, language = book
    n_numbers = 0
    for sheet, table in zip(book.worksheets[1:], _tables(language), strict=True):
        for y, row in enumerate(table.rows):
            for x, cell in enumerate(row):
                found = sheet.cell(FIRST_ROW + y, x + 1)
                if cell.value is not None:
                    n_numbers += 1
                    # As many digits as the page prints, and no more.
                    decimals = len(cell.text.partition("," if language == "id" else ".")[2].rstrip("%"))
                    assert found.value == round(found.value, decimals)
                    assert abs(found.value - cell.value) <= 0.5000001 * 10**-decimals
                assert (shown(found, language) if found.value is not None else "") == cell.text
    assert n_numbers == (60 * 2 + 1) + (5 * 9 - 1) + 3


def test_no_text_became_a_formula_or_a_link(book):
    book, _ = book
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert AWKWARD in [cell.value for cell in cells]
    outside = [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]
    assert outside == []


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path):
    path = tmp_path / "report.xlsx"
    table = Table("t", "=1+1", (TableColumn("=A1"),), ((Cell("=1+1"),), (Cell("12345"),)))
    write_edition("xlsx", [cover("id"), table], path, created=date(2026, 9, 30))
    sheet = openpyxl.load_workbook(path)["Tabel 1"]
    found = [sheet.cell(row, 1) for row in (FIRST_ROW - 1, FIRST_ROW, FIRST_ROW + 1)]
    assert [(c.value, c.data_type) for c in found] == [("=A1", "s"), ("=1+1", "s"), ("12345", "s")]


def test_headings_are_frozen_and_repeated_in_print(book):
    for sheet in book[0].worksheets[1:]:
        assert sheet.freeze_panes == f"A{FIRST_ROW}"
        assert sheet.print_title_rows == f"$1:${FIRST_ROW - 1}"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0  # as many pages as there are rows for
        assert sheet.page_setup.paperSize == 9


def test_columns_are_wide_enough_for_their_numbers(book):
    book, language = book
    for sheet, table in zip(book.worksheets[1:], _tables(language), strict=True):
        for number in range(len(table.columns)):
            width = sheet.column_dimensions[openpyxl.utils.get_column_letter(number + 1)].width
            longest = max(
                (len(row[number].text) for row in table.rows if row[number].value is not None), default=0
            )
            assert width > min(longest, 50)


def test_the_date_is_the_reports_everywhere(tmp_path):
    path = tmp_path / "report.xlsx"
    write_edition("xlsx", sample_report("id"), path, created=date(2026, 9, 30))
    assert openpyxl.load_workbook(path).properties.created == datetime(2026, 9, 30)
    with zipfile.ZipFile(path) as archive:
        assert len({entry.date_time for entry in archive.infolist()}) == 1
        assert archive.infolist()[0].date_time[0] == 1980


@pytest.mark.parametrize(
    ("text", "value", "language", "expected"),
    [
        pytest.param("1.234,50", 1234.5, "id", ExcelNumber(1234.5, "#,##0.00"), id="indonesian_marks"),
        pytest.param("1,234.50", 1234.5, "en", ExcelNumber(1234.5, "#,##0.00"), id="english_marks"),
        pytest.param("80,3%", 80.25, "id", ExcelNumber(80.3, '#,##0.0"%"'), id="percent_is_a_letter"),
        pytest.param("+1,2", 1.2, "id", ExcelNumber(1.2, "+#,##0.0;-#,##0.0;#,##0.0"), id="signed"),
        pytest.param("−0,5", -0.5, "id", ExcelNumber(-0.5, "#,##0.0"), id="minus"),
        pytest.param("2026", 2026, "id", ExcelNumber(2026.0, "0"), id="year_is_not_grouped"),
        pytest.param("12 hari", 12, "id", ExcelNumber(12.0, '#,##0" hari"'), id="unit"),
        pytest.param("•", 3, "id", None, id="hidden_stays_hidden"),
        pytest.param("80,3 – 84,5", 80.3, "id", None, id="interval"),
        pytest.param("< 5", 3, "id", None, id="less_than"),
        pytest.param("5", 3, "id", None, id="another_number_than_printed"),
        pytest.param("5", None, "id", None, id="text_only"),
        pytest.param("–", float("nan"), "id", None, id="nan"),
    ],
)
def test_a_cell_is_a_number_only_if_its_text_prints_it(text, value, language, expected):
    assert as_number(Cell(text, value), language) == expected


def test_what_limits_the_numbers_travels_with_them(book):
    book, language = book
    heading = {"id": "Temuan dan peringatan", "en": "Findings and warnings"}[language]
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert AWKWARD in cells[cells.index(heading) :]
