"""From an empty form to the next quarter: who signs, what is planned, what became of it, and a Word file that somebody wrote into."""

import docx
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from read.stating import NIP
from typer.testing import CliRunner

from asn_research.cli import app
from asn_research.read.given_forms import FILES, FOLDER, given_of
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period

UNIT, NOW = "DISHUB", Period(2026, 3)
BEFORE = NOW.previous
NAME = "Wulanti Gumelarsa, S.T."


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ASN_RESEARCH_KEY", "a key for tests only, of nobody's data")
    monkeypatch.chdir(tmp_path)
    assert run("simulate", "--employees", 80, "--quarters", 3, "--seed", 5).exit_code == 0
    assert run("clean").exit_code == 0
    return tmp_path


def run(*args):
    return CliRunner().invoke(app, [str(each) for each in args])


def report(period):
    return run(
        "report",
        "--unit",
        UNIT,
        "--audience",
        "publik",
        "--period",
        period.code,
        "--format",
        "docx,pdf",
        "--explain",
    )


def fill(place, wanted, **values):
    """Write into the rows of a form that fit, by heading, and return how many there were."""
    book = load_workbook(place)
    page = book.worksheets[0]
    at = {cell.value: cell.column for cell in page[3]}
    rows = [
        n
        for n in range(5, page.max_row + 1)
        if all(page.cell(n, at[h]).value == v for h, v in wanted.items())
    ]
    for number in rows:
        for heading, value in values.items():
            page.cell(number, at[heading.replace("_", " ")], value)
    book.save(place)
    return len(rows)


def quarter_before(home):
    """Fill in the forms of a quarter, make its report, write into it and make it again; return the plan's form."""
    folder = home / "data" / "raw" / FOLDER
    officials, plan = folder / FILES["officials_form"], folder / FILES["plan_form"]
    done = run("forms", "--period", BEFORE.code)
    assert done.exit_code == 0, done.output
    assert "rencana_tindak_lanjut.xlsx: ditulis" in done.output
    assert fill(plan, {"Kode unit": UNIT}, Kegiatan="Menambah kursi", Target=84, Waktu=NOW.label("id")) == 3
    assert fill(officials, {"Kode unit": UNIT}, Nama_dan_gelar=NAME, NIP=NIP) == 1
    # A form that is there is never written again.
    filled = plan.read_bytes()
    assert "sudah ada dan tidak diubah" in run("forms", "--period", BEFORE.code).output
    assert plan.read_bytes() == filled

    done = report(BEFORE)
    assert done.exit_code == 0, done.output
    place = home / "reports" / "publik" / BEFORE.code / UNIT
    pdf, typed = (place / f"{UNIT}-{BEFORE.code}-id.{end}" for end in ("pdf", "docx"))
    pages = [page.extract_text() for page in PdfReader(pdf).pages]
    assert [f"NIP {NIP}" in page for page in pages].count(True) == 1
    assert pdf.with_name(f"{pdf.stem}.tte.json").is_file()
    assert NIP.encode() not in b"".join(
        p.read_bytes() for p in (home / "data" / "processed").rglob("*") if p.is_file()
    )
    logs = b"".join(p.read_bytes() for p in (home / "reports").rglob(".log/*") if p.is_file())
    assert NIP.encode() not in logs
    assert b"Wulanti" not in logs

    # The head writes into the Word edition; then another head signs, and the report is made again.
    document = docx.Document(typed)
    document.add_paragraph("Kalimat dari kepala dinas")
    document.save(typed)
    assert "kept, nothing that it rests on has changed" in report(BEFORE).output
    assert fill(officials, {"Kode unit": UNIT}, Kedudukan="Plt.") == 1
    done = report(BEFORE)
    assert "isian" in done.output
    assert "berisi perubahan Anda" in done.output
    assert any(p.text == "Kalimat dari kepala dinas" for p in docx.Document(typed).paragraphs)
    new = docx.Document(place / f"{typed.stem} (baru).docx")
    # The signature stands in a row of its own, which no page break divides.
    assert "Plt. Kepala Dinas Perhubungan," in [
        p.text for table in new.tables for cell in table.rows[-1].cells for p in cell.paragraphs
    ]
    return plan


@pytest.mark.slow
def test_forms_are_filled_in_taken_back_and_carried_into_the_next_quarter(home):
    plan = quarter_before(home)
    filled = plan.read_bytes()
    # Next quarter: rows are added to a copy, which a person takes over; what became of the plan is filled in.
    lacking = run("forms", "--period", NOW.code)
    assert f"belum memuat {NOW.label('id')}" in lacking.output
    assert run("forms", "--period", NOW.code, "--add").exit_code == 0
    copy = plan.with_name(f"{plan.stem} (baru).xlsx")
    assert plan.read_bytes() == filled
    copy.replace(plan)
    assert (
        fill(plan, {"Kode unit": UNIT, "Periode": BEFORE.label("id")}, Status="selesai", Bukti="Berita acara")
        == 3
    )
    assert fill(plan, {"Kode unit": UNIT, "Periode": NOW.label("id")}, Kegiatan="Mengecat ruang tunggu") == 3
    carried = given_of(home / "data" / "raw", UNIT, NOW, load_city())
    assert carried.plan_before_period == BEFORE.code
    assert [(a.action, a.target, a.status) for a in carried.plan_before] == [
        ("Menambah kursi", 84, "done")
    ] * 3
    assert {a.action for a in carried.plan} == {"Mengecat ruang tunggu"}
    done = report(NOW)
    assert done.exit_code == 0, done.output

    # One entry that cannot be used is named; the report is made all the same, and the run ends with its code.
    assert fill(plan, {"Kode unit": UNIT, "Periode": NOW.label("id")}, Target=840) == 3
    done = report(NOW)
    assert done.exit_code == 21
    assert done.output.count("kolom Target: tulis nilai dari 25 sampai 100") == 3
    assert "1 dari 1 laporan" in done.output
    assert run("forms", "--period", NOW.code).exit_code == 11
