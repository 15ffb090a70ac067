"""The script that compares editions between Pythons names what differs, and tells it from mere bytes."""

import pytest
import xlsxwriter
from docx import Document

from benchmarks.editions_compared import compare


def write(folder, *, number=82.06, word="Baik", comment=""):
    folder.mkdir()
    (folder / "A-2026-Q3-id.html").write_text(
        f"<!-- {comment} --><p>IKM {number}: <b>{word}</b></p><img alt='{word}'>"
    )
    document = Document()
    document.add_paragraph(word)
    document.add_table(1, 1).cell(0, 0).text = str(number)
    document.save(folder / "A-2026-Q3-id.docx")
    with xlsxwriter.Workbook(folder / "A-2026-Q3-id.xlsx") as book:
        book.add_worksheet("IKM").write_row(0, 0, [word, number])
    return folder


@pytest.fixture
def first(tmp_path):
    return write(tmp_path / "first")


def test_a_changed_number_is_found_in_every_edition(first, tmp_path):
    differing, _ = compare(first, write(tmp_path / "other", number=82.07))
    assert {line.split()[0].rpartition(".")[2] for line in differing} == {"html", "docx", "xlsx"}
    assert any("IKM!R1C2: 82.06 and 82.07" in line for line in differing)


def test_a_changed_word_is_found_in_every_edition(first, tmp_path):
    differing, _ = compare(first, write(tmp_path / "other", word="Sangat Baik"))
    assert {line.split()[0].rpartition(".")[2] for line in differing} == {"html", "docx", "xlsx"}


def test_other_bytes_alone_are_named_apart(first, tmp_path):
    differing, other_bytes = compare(first, write(tmp_path / "other", comment="made by another Python"))
    assert differing == []
    assert "A-2026-Q3-id.html" in other_bytes


def test_a_missing_edition_is_a_difference(first, tmp_path):
    other = write(tmp_path / "other")
    (other / "A-2026-Q3-id.xlsx").unlink()
    differing, _ = compare(first, other)
    assert differing == ["A-2026-Q3-id.xlsx: made by one of the two only"]
