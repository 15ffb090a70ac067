"""The worksheet's formulas lead from the answers to the printed index."""

import shutil
import subprocess
from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from render.editions.formulas import Reckoner, rounded
from render.editions.sample_digests import ROWS, RULE, index_of, report, unit, worksheet
from render.editions.sample_report import cover

from asn_research.errors import RenderError
from asn_research.given import HouseStyle
from asn_research.identities import find_identities
from asn_research.render.editions import write_edition
from asn_research.render.scan import finds_in, texts_of

CREATED = date(2026, 9, 30)
ANSWERS = st.lists(
    st.lists(st.sampled_from([1, 2, 3, 4, None]), min_size=9, max_size=9), min_size=2, max_size=12
).filter(lambda rows: all(any(row[k] is not None for row in rows) for k in range(9)))


def written(block, path, language="id"):
    write_edition("lembar-kerja", [cover(language), block], path, created=CREATED)
    return Reckoner(path)


def results(book, sheet=None):
    """Return the index and grade of each weight, as the sheet's formulas give them."""
    page = book.sheet(sheet)
    first = next(
        c for c in "BCD" if any(str(v).startswith("Jumlah NRR") for v in book.column(page, c).values())
    )
    heads = book.column(page, first)
    top = next(row for row, text in heads.items() if str(text).startswith("Jumlah NRR"))
    index, grade = chr(ord(first) + 1), chr(ord(first) + 2)
    found = {}
    row = top + 1
    while (label := book.value(page, f"A{row}")) is not None:
        found[label] = (book.value(page, f"{index}{row}"), book.value(page, f"{grade}{row}"))
        row += 1
    return found


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANSWERS)
def test_formulas_give_the_printed_index_and_grade_in_every_weight(tmp_path, rows):
    block = worksheet(rows)
    book = written(block, tmp_path / "a.xlsx")
    found = results(book)
    assert found == {w.label: (w.index, w.grade) for w in block.weights}
    assert found["1/9"][0] == index_of(rows).value
    stored = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True).worksheets[0]
    for row in stored.iter_rows():
        for cell in row:
            reckoned = book.value(book.sheet(), cell.coordinate)
            if isinstance(cell.value, int | float):
                assert rounded(cell.value, 9) == rounded(reckoned, 9), cell.coordinate
            else:
                assert cell.value == reckoned


def test_a_half_is_rounded_up_as_the_rule_has_it(tmp_path):
    # 25 × (8 × 3 + 3,5402) / 9: found by trying; its third decimal is a five and nothing follows.
    for n in range(2, 60):
        rows = [[4] * 9 for _ in range(n)]
        rows[0] = [3] * 9
        index = index_of(rows)
        if (index.exact * 1000) % 10 == 5:
            assert results(written(worksheet(rows), tmp_path / "a.xlsx"))["1/9"][0] == index.value
            return
    pytest.fail("none of these surveys has an index that ends in a five")


def test_one_row_a_respondent_with_answers_alone(tmp_path):
    book = written(worksheet(), tmp_path / "a.xlsx")
    page = book.sheet()
    rows = [row for row in page.iter_rows(min_row=8, values_only=True) if isinstance(row[0], int)]
    assert [list(row[1:10]) for row in rows] == ROWS
    assert [row[0] for row in rows] == list(range(1, 32))
    assert all(cell is None for row in rows for cell in row[10:])


def test_a_sheet_can_be_filtered_and_printed(tmp_path):
    written(worksheet(), tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert page.title == "Pengolahan SKM"
    assert page.auto_filter.ref == f"A7:J{7 + len(ROWS)}"
    assert page.freeze_panes == "B8"
    setup = page.page_setup
    assert (setup.orientation, int(setup.paperSize), setup.fitToWidth or 1) == ("landscape", 9, 1)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.print_title_rows == "$6:$7"


def test_without_rows_the_sums_lead_to_the_same_index(tmp_path):
    block = worksheet(with_rows=False)
    found = results(written(block, tmp_path / "a.xlsx"))
    assert found == {w.label: (w.index, w.grade) for w in block.weights}
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert page.auto_filter.ref is None
    # What a column adds up to stands, and no single answer.
    assert [page.cell(8, k).value for k in range(2, 11)] == [sum(row[k] for row in ROWS) for k in range(9)]


def test_elements_that_were_not_asked_have_no_column_and_no_printed_weight(tmp_path):
    rows = [[None, *row[1:]] for row in ROWS]
    block = worksheet(rows)
    book = written(block, tmp_path / "a.xlsx")
    page = book.sheet()
    assert [page.cell(7, k).value.split("\n")[0] for k in range(2, 10)] == [f"U{k}" for k in range(2, 10)]
    assert [(label, index) for label, (index, _) in results(book).items()] == [("1/8", index_of(rows).value)]


def test_the_citys_sheets_lead_from_sums_to_each_units_index_and_to_the_citys(tmp_path):
    units = (unit("Dinas A", ROWS[:12]), unit("Dinas B", ROWS[12:]))
    block = worksheet(with_rows=False, units=units)
    book = written(block, tmp_path / "a.xlsx")
    page = book.sheet()
    assert book.names == ["Pengolahan SKM", "Jumlah nilai", "Kuesioner terisi"]
    assert [book.value(page, f"M{row}") for row in (8, 9)] == [each.index for each in units]
    assert results(book) == {w.label: (w.index, w.grade) for w in block.weights}


@pytest.mark.parametrize("fraction", [10 / 3, 2.5])
def test_answers_to_several_questions_are_counted_exactly(tmp_path, fraction):
    rows = [[fraction, *row[1:]] for row in ROWS]
    block = worksheet(rows)
    assert results(written(block, tmp_path / "a.xlsx"))["1/9"][0] == index_of(rows).value


def test_an_index_that_may_not_be_told_leaves_its_sentence_alone(tmp_path):
    block = type(worksheet())("Pengolahan", "Pengolahan SKM", notes=("Responden kurang dari 10 orang.",))
    book = written(block, tmp_path / "a.xlsx")
    cells = [cell for row in book.sheet().iter_rows(values_only=True) for cell in row if cell is not None]
    assert any("kurang dari 10" in str(cell) for cell in cells)
    assert not any(isinstance(cell, int | float) for cell in cells)


def test_a_report_without_a_worksheet_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(RenderError, match=r"sections\.digests"):
        write_edition("lembar-kerja", [cover("id")], tmp_path / "a.xlsx", created=CREATED)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(1, 4), min_size=9, max_size=9), min_size=40, max_size=40))
def test_answers_side_by_side_are_taken_for_nobodys_number(tmp_path, rows):
    written(worksheet(rows), tmp_path / "a.xlsx")
    assert not [find for text in texts_of(tmp_path / "a.xlsx") for find in find_identities(text)]


def test_a_number_among_the_notes_is_found(tmp_path):
    block = worksheet()
    nip = "198002292005011" + "999"
    written(type(block)(**{**vars(block), "notes": (f"Disusun oleh {nip}.",)}), tmp_path / "a.xlsx")
    assert "NIP" in finds_in(tmp_path / "a.xlsx")


def test_both_languages(tmp_path):
    write_edition("lembar-kerja", report("en"), tmp_path / "a.xlsx", created=CREATED)
    cells = [c for row in Reckoner(tmp_path / "a.xlsx").sheet().iter_rows(values_only=True) for c in row]
    assert "Sum of the answers" in cells
    assert not any("Jumlah" in str(cell) for cell in cells)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["rows", "sums", "city"])
def test_libreoffice_reckons_the_printed_index(tmp_path, kind):
    units = (unit("Dinas A", ROWS[:12]), unit("Dinas B", ROWS[12:])) if kind == "city" else ()
    block = worksheet(with_rows=kind == "rows", units=units)
    written(block, tmp_path / "a.xlsx")
    # Without the stored values: what is read back is what was reckoned there.
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "a.xlsx")
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "xlsx",
         "--outdir", str(tmp_path / "out"), str(tmp_path / "in" / "a.xlsx")],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    page = openpyxl.load_workbook(tmp_path / "out" / "a.xlsx", data_only=True).worksheets[0]
    heads = {c.value: c for row in page.iter_rows() for c in row if isinstance(c.value, str)}
    head = next(cell for text, cell in heads.items() if text.startswith("Jumlah NRR"))
    for number, weight in enumerate(block.weights, start=1):
        assert page.cell(head.row + number, head.column + 1).value == pytest.approx(weight.index, abs=1e-9)
        assert page.cell(head.row + number, head.column + 2).value == weight.grade


def test_every_weight_of_the_rule_stands():
    assert [w.formula for w in worksheet().weights] == ["1/9", *map(str, RULE.printed_weights)]


@pytest.mark.parametrize("accent", ["#7a1f3d", ""])
def test_headings_have_the_citys_colour(tmp_path, accent):
    path = tmp_path / "sheet.xlsx"
    write_edition(
        "lembar-kerja", [cover("id"), worksheet()], path, created=CREATED, style=HouseStyle(accent=accent)
    )
    page = openpyxl.load_workbook(path).worksheets[0]
    colours = {
        cell.font.color.rgb[2:].lower()
        for row in page.iter_rows()
        for cell in row
        if cell.font.b and cell.font.color
    }
    assert ("7a1f3d" in colours) == bool(accent)
    assert ("1f4e5f" in colours) == (not accent)
