"""Decisions that only a person takes at the desk: what foreign headings mean, and which unit an unknown name is."""

from contextlib import contextmanager
from fractions import Fraction

import pytest
import xlsxwriter
from desk.desks import CHROMIUM, answers, at_rest, browsing, running_desk
from desk.test_roads import place_of, upload

from asn_research.clean import open_processed
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.rules.cities import CITY

ELEMENTS = (
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "conduct",
    "complaints",
    "facilities",
)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")]


def write_sheet(path, heads, rows):
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("Data")
    page.write_row(0, 0, heads)
    for number, row in enumerate(rows, start=1):
        page.write_row(number, 0, row)
    book.close()


def checked_index(folder):
    """Return the index of each unit and period in what the desk has cleaned."""
    index, _ = satisfaction_by_unit(open_processed(place_of(folder).processed).table("citizen_feedback"))
    return {
        (row["unit_id"], row["period"]): round(row["index"], 2)
        for row in index.to_dict("records")
        if row["unit_id"] != CITY
    }


def index_of(rows):
    return round(
        float(sum(Fraction(sum(column), len(rows)) for column in zip(*rows, strict=True)) / 9 * 25), 2
    )


def go(page, address, step):
    page.goto(address.split("?")[0] + step)
    return at_rest(page)


def test_headings_that_nobody_knows_are_given_their_meaning_once(tmp_path):
    folder = tmp_path / "p"
    heads = ["tgl", "kantor", *(f"butir ke {letter}" for letter in "abcdefghi")]
    columns = ["survey_date", "unit_id", *ELEMENTS]
    first, later = answers(60, seed=3), answers(70, seed=4)
    sheets = {"ekspor juli.xlsx": ("2026-08-12", first), "ekspor oktober.xlsx": ("2026-11-12", later)}
    for name, (day, rows) in sheets.items():
        write_sheet(tmp_path / name, heads, [[day, "Dinas Perhubungan", *row] for row in rows])
    with running_desk(folder) as (_, address), browsing(tmp_path / "b") as page:
        page.goto(address)
        upload(page, tmp_path / "ekspor juli.xlsx")
        assert "butir ke" not in page.inner_text("main")
        page.get_by_role("link", name="Perbaiki kolom").click()
        page.locator("#sumber").select_option("citizen_feedback")
        page.wait_for_url("**sumber=citizen_feedback*")
        for place, column in enumerate(columns):
            page.locator(f"select[name=kolom-{place}]").select_option(column)
        page.get_by_role("button", name="Simpan dan periksa").click()
        page.wait_for_url("**/berkas?pesan*")
        at_rest(page)
        answer_all(page, address)
        # The same layout comes again in the next quarter: nobody is asked what it means.
        go(page, address, "berkas")
        upload(page, tmp_path / "ekspor oktober.xlsx")
        answer_all(page, address)
    assert checked_index(folder) == {
        ("DISHUB", "2026-Q3"): index_of(first),
        ("DISHUB", "2026-Q4"): index_of(later),
    }


def test_what_is_chosen_before_the_script_is_there_is_not_lost(tmp_path):
    """A slow machine shows a page before its script has come: a choice counts all the same."""
    folder, sent = tmp_path / "p", tmp_path / "ekspor juli.xlsx"
    heads = ["tgl", "kantor", *(f"butir ke {letter}" for letter in "abcdefghi")]
    write_sheet(sent, heads, [["2026-08-12", "Dinas Perhubungan", *row] for row in answers(60, seed=3)])
    with running_desk(folder) as (_, address), browsing(tmp_path / "b") as page:
        page.goto(address)
        with script_held(page):
            page.goto(address.split("?")[0] + "berkas", wait_until="commit")
            page.locator("input[type=file]").first.set_input_files(sent)
            page.wait_for_timeout(500)
            assert "ekspor juli.xlsx" not in page.inner_text("main")
        page.get_by_text("ekspor juli.xlsx").first.wait_for()
        at_rest(page)
        with script_held(page):
            page.get_by_role("link", name="Perbaiki kolom").click()
            page.locator("#sumber").select_option("citizen_feedback")
            page.wait_for_timeout(500)
            assert "sumber=" not in page.url
        page.wait_for_url("**sumber=citizen_feedback*")
        # The way back shows the page as it was: it does not send anybody forward again.
        page.go_back()
        page.wait_for_timeout(1000)
        assert "sumber=" not in page.url
        assert page.locator("#sumber").input_value() == ""


@contextmanager
def script_held(page):
    """Hold the desk's script back; at the end it comes."""
    held = []

    def hold(route):
        held.append(route)

    page.route("**/meja.js", hold)
    yield
    # Taken off, the browser's driver lets the requests go on that wait.
    page.unroute("**/meja.js")


def answer_all(page, address):
    """Take the first choice of each open question."""
    for _ in range(9):
        go(page, address, "pertanyaan")
        if not page.locator("form.kotak.perlu input[name=pilihan]").count():
            return
        page.locator("form.kotak.perlu").first.locator("input[name=pilihan]").first.check()
        page.get_by_role("button", name="Simpan jawaban").first.click()
        page.wait_for_load_state()
        at_rest(page)


def test_an_unknown_name_is_given_its_unit_and_taken_back(tmp_path):
    folder, sent = tmp_path / "p", tmp_path / "SKM kota 2026.xlsx"
    rows = answers(80, seed=6)
    offices = ["Dinas Perhubungan"] * 45 + ["Kantor Angkutan Lama"] * 35
    heads = ["Tanggal Survei", "Perangkat Daerah", *(f"U{k}" for k in range(1, 10))]
    write_sheet(
        sent, heads, [["2026-08-12", office, *row] for office, row in zip(offices, rows, strict=True)]
    )
    with running_desk(folder) as (_, address), browsing(tmp_path / "b") as page:
        page.goto(address)
        upload(page, sent)
        # Nothing is checked again before the last decision is taken: the answer, then the name.
        answer_all(page, address)
        go(page, address, "pertanyaan")
        waiting = page.locator("form.kotak.perlu", has_text="Kantor Angkutan Lama")
        assert "35" in waiting.inner_text()
        waiting.get_by_label("Unit yang dimaksud").select_option("DISHUB")
        waiting.get_by_role("button", name="Simpan jawaban").click()
        page.wait_for_load_state()
        at_rest(page)
        assert checked_index(folder) == {("DISHUB", "2026-Q3"): index_of(rows)}
        go(page, address, "pertanyaan")
        page.locator("tr", has_text="DISHUB").get_by_role("button", name="Tarik kembali").click()
        page.wait_for_load_state()
        at_rest(page)
        assert checked_index(folder) == {("DISHUB", "2026-Q3"): index_of(rows[:45])}
