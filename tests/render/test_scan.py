import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import nbformat
import pytest
import xlsxwriter
from docx import Document
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from render.editions.sample_report import sample_report

from asn_research.clean.privacy.denied_names import DeniedNames
from asn_research.clean.privacy.identity import Pseudonyms
from asn_research.errors import DisclosureError
from asn_research.render.editions import write_edition
from asn_research.render.scan import finds_in, scan_folder
from asn_research.rules.words import in_language

CREATED = date(2026, 9, 30)
# Invented: 29 February 1980 and a sequence of 9s belong to nobody.
NIP = "198002292005011" + "999"
NIK = "6171016902800" + "999"
NAMES = DeniedNames.none(Pseudonyms(b"a key for tests only"))
NAMES = DeniedNames(NAMES.key, frozenset(NAMES.tokens_of(["dr. Wulanti Gumelarsa, S.Kep."])))


def docx_of(path, runs):
    document = Document()
    paragraph = document.add_paragraph()
    for run in runs:
        paragraph.add_run(run).bold = run == runs[-1]
    document.save(path)


def docx_table(path, cells):
    document = Document()
    for cell, text in zip(document.add_table(1, len(cells)).rows[0].cells, cells, strict=True):
        cell.text = text
    document.save(path)


def xlsx_of(path, cells):
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet()
    # What stands side by side is not stored side by side.
    page.write_row(5, 0, cells[::-1])
    page.write_row(0, 0, cells)
    book.close()


def xlsx_rich(path, runs):
    book = xlsxwriter.Workbook(path)
    bold = book.add_format({"bold": True})
    book.add_worksheet().write_rich_string(0, 0, bold, runs[0], *runs[1:])
    book.close()


def html_of(path, cells):
    path.write_text("<table><tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr></table>", "utf-8")


PLANTED = [
    pytest.param(html_of, [f"&#49;{NIP[1:]}"], "NIP", id="html_entity"),
    pytest.param(html_of, [f"<b>{NIP[:9]}</b><i>{NIP[9:]}</i>"], "NIP", id="html_two_runs"),
    pytest.param(html_of, [NIP[:8], NIP[8:]], "NIP", id="html_two_cells"),
    pytest.param(html_of, [f'<img alt="{NIK}">'], "NIK", id="html_alternative_text"),
    pytest.param(html_of, [f"<!-- {NIK} -->"], "NIK", id="html_comment"),
    pytest.param(html_of, ["Gumelarsa", "Wulanti"], "name", id="html_name_in_two_cells"),
    pytest.param(html_of, ["WulantiGumelarsa"], "name", id="html_name_without_blank"),
    pytest.param(docx_of, [NIP[:5], NIP[5:11], NIP[11:]], "NIP", id="docx_three_runs"),
    pytest.param(docx_table, [NIK[:6], NIK[6:12], NIK[12:]], "NIK", id="docx_three_cells"),
    pytest.param(docx_of, ["Wulanti ", "Gumelarsa"], "name", id="docx_name_in_two_runs"),
    pytest.param(xlsx_of, [NIP[:8], NIP[8:14], NIP[14:]], "NIP", id="xlsx_three_cells"),
    pytest.param(xlsx_rich, [NIP[:8], NIP[8:], " x"], "NIP", id="xlsx_rich_text"),
    pytest.param(xlsx_of, ["Wulanti", "Gumelarsa"], "name", id="xlsx_name_in_two_cells"),
]  # fmt: skip


@pytest.mark.parametrize(("write", "parts", "kind"), PLANTED)
def test_what_is_planted_is_found_however_it_is_stored(write, parts, kind, tmp_path):
    path = tmp_path / f"a.{write.__name__.partition('_')[0]}"
    write(path, parts)
    assert kind in finds_in(path, NAMES)


def test_a_planted_number_stops_publishing_and_is_told_in_both_languages(tmp_path):
    (tmp_path / "a.html").write_text("clean")
    scan_folder(tmp_path)
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", f"<w:t>{NIP}</w:t>")
    with pytest.raises(DisclosureError, match=r"a\.docx.*NIP.*units of output") as caught:
        scan_folder(tmp_path)
    told = in_language(caught.value, "id")
    assert "tidak diterbitkan" in told
    assert NIP not in str(caught.value) + told


@pytest.mark.parametrize("fmt", ["html", "docx", "xlsx", "pdf"])
def test_a_report_without_persons_passes(fmt, tmp_path):
    write_edition(fmt, sample_report(), tmp_path / f"a.{fmt}", created=CREATED)
    assert finds_in(tmp_path / f"a.{fmt}", NAMES) == []


def test_numbers_of_a_workbook_are_no_telephones(tmp_path):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet().write_row(0, 0, [85.0812345678912, 0.6171016902800999, 62.81234567890123])
    book.close()
    path = Path(tmp_path / "a.xlsx")
    path.write_bytes(buffer.getvalue())
    assert finds_in(path) == []


def test_sums_of_answers_are_no_number_of_a_person_in_four_parts(tmp_path):
    sums = [1283, 1247, 1222, 1470, 1281, 1323]
    path = tmp_path / "a.xlsx"
    xlsx_of(path, sums)
    assert finds_in(path) == []
    # The digits behind a point.
    xlsx_of(path, [2353.7111111111112, 12353.5244444444443])
    assert finds_in(path) == []
    # As text, an office may have written it; and a whole number of a person stays one.
    xlsx_of(path, [int(NIK)])
    assert "NIK" in finds_in(path)
    xlsx_of(path, [str(each) for each in sums])
    assert "NIK" in finds_in(path)


def test_a_row_of_answers_is_no_number_of_a_person(tmp_path):
    answers = [3, 2, 1, 2, 3, 4, 1, 2, 1, 2, 2, 1, 1, 2, 3, 4]
    path = tmp_path / "a.xlsx"
    xlsx_of(path, answers)
    assert finds_in(path) == []
    # Written as text, digit by digit, it may be one.
    page = tmp_path / "a.html"
    html_of(page, [" ".join(str(each) for each in answers)])
    assert finds_in(page) == ["NIK"]


def notebook(path, begun, printed=""):
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", text=printed)])
    cell.metadata["papermill"] = {"start_time": begun.isoformat(), "end_time": begun.isoformat()}
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])), encoding="utf-8")
    return path


@example(datetime(2026, 11, 28, 7, 25, 46, 83252, UTC))
@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_time_of_a_cell_is_no_telephone_number(tmp_path, begun):
    assert finds_in(notebook(tmp_path / "failed.ipynb", begun)) == []


@example(622770, 4103939679)
@given(st.integers(1, 2**22), st.integers(0, 2**32 - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_file_of_a_cell_that_a_warning_names_is_no_number_of_a_person(tmp_path, process, cell):
    warning = f"/tmp/ipykernel_{process}/{cell}.py:1: UserWarning: the format is old"
    begun = datetime(2026, 11, 28, tzinfo=UTC)
    assert finds_in(notebook(tmp_path / "failed.ipynb", begun, warning)) == []


@pytest.mark.parametrize("printed", ["0812 3456 7890", "if 3 < 198609262015051001 > 2"])
def test_what_a_notebook_prints_is_read(tmp_path, printed):
    assert finds_in(notebook(tmp_path / "failed.ipynb", datetime(2026, 11, 28, tzinfo=UTC), printed))
