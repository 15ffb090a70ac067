"""The way back: quarantine, workbook, filled in, clean again: all rows kept, none twice, and nothing else sent."""

import shutil
from collections import Counter
from datetime import date, timedelta

import pytest
from docx import Document
from openpyxl import load_workbook

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.clean_report import strange_line
from asn_research.clean.sendback.send_back import DUE_DAYS, _due, send_back
from asn_research.rules.reasons import load_reasons
from asn_research.rules.words import load_words

TODAY = date(2026, 11, 26)
WORD = load_words("id")
HELD = WORD("sendback_quarantined")


def rows_of(page):
    """Return a sheet's headings with their columns, and its rows of cells."""
    top = next(row for row in page.iter_rows() if row[0].value == "Kunci Baris")
    heads = {cell.value: cell.column - 1 for cell in top if cell.value}
    return heads, [row for row in page.iter_rows(min_row=top[0].row + 1) if row[0].value]


MENDED = {
    "Unit": "Dinas Perhubungan",
    "Rating": "Sesuai Ekspektasi",
    "Jenis Layanan": "KTP-el",
    "Kelamin": "L",
}


def mended(label, origin):
    """Return what an office would write under a heading: a day of the file's own quarter; on every scale there is a 3."""
    if "Tanggal" in label or "Tgl" in label:
        return "30 Juni 2026" if "TW II " in origin or "2026-Q2" in origin else "30 September 2026"
    return next((value for part, value in MENDED.items() if part in label), 3)


def fill_in(path, people):
    """Do what an office would: mend each cell by the reason beside it."""
    book = load_workbook(path)
    reasons = {reason.label_indonesian: code for code, reason in load_reasons().items()}
    seen = Counter()
    for page in book.worksheets:
        if page.sheet_state != "visible":
            continue
        heads, rows = rows_of(page)
        for row in rows:
            if row[heads["Keadaan"]].value != HELD:
                continue
            for heading, place in heads.items():
                if not heading.startswith("Alasan") or not row[place].value:
                    continue
                code = next(
                    code for label, code in reasons.items() if row[place].value.startswith(label + ".")
                )
                if code == "differing_duplicate":
                    key = (
                        page.title,
                        *(row[heads[name]].value for name in ("NIP", "Periode") if name in heads),
                    )
                    seen[key] += 1
                    if seen[key] > 1:
                        row[heads["Tindakan"]].value = "hapus"
                    continue
                label = heading.removeprefix("Alasan: ")
                row[heads[label]].value = (
                    next(people) if "NIP" in label else mended(label, row[heads["Asal"]].value)
                )
    book.save(path)


def texts_in(place):
    pages = [page for page in load_workbook(place).worksheets if page.sheet_state == "visible"]
    return [str(cell.value) for page in pages for row in page.iter_rows() for cell in row if cell.value]


def people():
    for number in range(1, 10_000):
        yield f"19700101199503{1 + number % 2}{number % 999 + 1:03d}"


@pytest.fixture(scope="module")
def sent_once(small_raw, small_processed, tmp_path_factory):
    """Return the home of a city, its data and the workbooks for its offices, and what was sent."""
    home = tmp_path_factory.mktemp("sent")
    shutil.copytree(small_raw, home / "raw")
    shutil.copytree(small_processed, home / "out")
    return home, send_back(home / "raw", home / "sent", processed=home / "out", today=TODAY)


@pytest.fixture
def sent(sent_once, tmp_path):
    """Return a copy of the raw files, of the processed data and of the workbooks, each in a folder."""
    home = tmp_path / "city"
    shutil.copytree(sent_once[0], home)
    return home / "raw", home / "out", home / "sent"


@pytest.fixture
def returned(sent):
    """A city, cleaned; its workbooks, filled in and put back."""
    raw, out, workbooks = sent
    before = open_processed(out).exits()
    workers = people()
    (raw / "kembali").mkdir()
    for place in sorted(workbooks.glob("*.xlsx")):
        fill_in(place, workers)
        shutil.copy(place, raw / "kembali" / place.name)
    return raw, out, before


def test_a_round_trip_keeps_every_row_and_none_twice(returned):
    raw, out, before = returned
    n_held, n_kept = int(before["n_quarantined"].sum()), int(before["n_kept"].sum())
    assert n_held > 50
    clean_folder(raw, out)
    processed = open_processed(out)
    exits, excluded = processed.exits(), processed.table("excluded")
    n_withdrawn = int((excluded["reason"] == "withdrawn_by_office").sum())
    # A workbook that came back is no export: its cells are written into the rows that they belong to.
    assert int(exits["n_raw"].sum()) == int(before["n_raw"].sum())
    assert (processed.table("repairs")["reason"] == "mended_by_office").sum() > 20
    assert not processed.has("quarantine") or processed.table("quarantine").empty
    assert int(exits["n_kept"].sum()) == n_kept + n_held - n_withdrawn
    assert 0 < n_withdrawn < n_held / 2
    assert (exits["n_raw"] == exits["n_kept"] + exits["n_quarantined"] + exits["n_excluded"]).all()
    appraisals = processed.table("appraisals")
    assert not appraisals.duplicated(["person_id", "period"]).any()
    # And there is nothing left to mend.
    for place in send_back(raw, out.parent / "again", processed=out).files:
        assert HELD not in texts_in(place)


def test_rows_that_are_sent_back_untouched_change_nothing(sent):
    raw, out, workbooks = sent
    before = open_processed(out).exits()[["n_kept", "n_quarantined"]].sum()
    for place in sorted(workbooks.glob("*.xlsx")):
        shutil.copy(place, raw / place.name)
    clean_folder(raw, out)
    after = open_processed(out).exits()[["n_kept", "n_quarantined"]].sum()
    assert after.to_dict() == before.to_dict()


def test_a_row_whose_origin_was_replaced_is_told(returned):
    raw, out, _ = returned
    victim = next(p for p in sorted(raw.glob("ekinerja/*")) if p.suffix in {".xlsx", ".csv"})
    book = load_workbook(victim)
    book.worksheets[0].cell(1, 30).value = "versi baru"
    book.save(victim)
    strange = clean_folder(raw, out).strange
    assert {one.kind for one in strange} == {"mends_lost"}
    assert "asn-research send-back" in " ".join(strange_line(one, "id") for one in strange)


def test_the_workbook_says_why_in_indonesian_and_offers_choices(sent_once):
    texts, n_lists = [], 0
    for place in sent_once[1].files:
        book = load_workbook(place)
        assert book["Pilihan"].sheet_state == "hidden"
        for page in book.worksheets:
            n_lists += len(page.data_validations.dataValidation)
            texts += [str(cell.value) for row in page.iter_rows() for cell in row if cell.value]
    assert n_lists > 5
    assert "Triwulan III 2026" in texts
    assert not {"period", "2026-Q3"} & set(texts)
    assert any("NIP terpotong oleh Excel. Tulis ulang 18 angka" in text for text in texts)
    # No cell is a formula, whatever an office wrote.
    assert not [text for text in texts if text.startswith("=")]


def test_a_workbook_in_work_is_not_overwritten(sent):
    raw, _, workbooks = sent
    place = next(workbooks.glob("*.xlsx"))
    place.write_bytes(b"half filled in")
    send_back(raw, workbooks)
    assert place.read_bytes() == b"half filled in"


STAFF_HEAD = "NIP;Nama;Unit Kerja;Tanggal Isi;" + ";".join(f"Item {n}" for n in range(3))


def nip(number):
    return "19700101" + f"1995031{number:03d}"


def write(place, lines):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(lines), encoding="utf-8")


def city_with_faults(raw):
    """Write three sources with one fault each, beside what must not go back."""
    write(raw / "aduan.csv", [
        "No. Laporan;Isi Laporan;Unit Kerja;Kategori;Tanggal Terima;Tanggal Jawab",
        *(f"LP-{n};Petugas Wulanti Gumelarsa kasar;Dinas Perhubungan;pelayanan;0{n}/07/2026;1{n}/07/2026" for n in range(1, 9)),
        "LP-9;Petugas Wulanti Gumelarsa kasar;Dinas Perhubungan;pelayanan;20/07/2026;10/07/2026",
    ])  # fmt: skip
    write(raw / "skm.csv", [
        "Tanggal;Unit Layanan;Jenis Kelamin;Umur;Saran;U1;U2;U3;U4;U5;U6;U7;Penanganan Pengaduan;Sarana dan Prasarana",
        *(f"{n:02d}/07/2026;Dinas Perhubungan;L;41;bagus sekali;{'3;' * 8}3" for n in range(1, 20)),
        f"20/07/2026;Dinas Perhubungan;P;63;petugas marah;9;{'2;' * 7}2",
    ])  # fmt: skip
    write(raw / "skp.csv", [
        "NIP;Nama;Unit Kerja;Periode;Rating Hasil Kerja;Rating Perilaku;Predikat;Kualitas Pelayanan;Nama Pejabat Penilai",
        *(f"{nip(n)};Orang Ke{n};Dinas Perhubungan;TW III 2026;Sesuai Ekspektasi;Sesuai Ekspektasi;Baik;8{n % 10};Wulanti Gumelarsa" for n in range(1, 12)),
        f"{nip(20)};Orang Lain;Dinas Perhubungan;TW III 2026;Luar Biasa;Sesuai Ekspektasi;Baik;77;Wulanti Gumelarsa",
        f"{nip(21)[:8]}-{nip(21)[8:]};Orang Rapi;Dinas Perhubungan;TW III 2026;Sesuai Ekspektasi;Sesuai Ekspektasi;Baik;78;Wulanti Gumelarsa",
    ])  # fmt: skip


def test_a_workbook_holds_the_cell_to_mend_and_what_its_keeper_needs(tmp_path):
    city_with_faults(tmp_path / "raw")
    sent = send_back(tmp_path / "raw", today=TODAY)
    told = {place.name: texts_in(place) for place in sent.files}
    every = " ".join(text for texts in told.values() for text in texts)
    for secret in ("Wulanti", "marah", "bagus", "Orang Lain", "77", "63"):
        assert secret not in every, secret
    # A complaint does not go to the office that it accuses, nor with its text; its number is enough to find it.
    (accused,) = [name for name in told if "LP-9" in told[name]]
    assert "DISHUB" not in accused
    own = [texts for name, texts in told.items() if "DISHUB" in name]
    assert any("Luar Biasa" in text for texts in own for text in texts)
    assert any(nip(20) in texts for texts in own)
    # A row that was repaired for good is of nobody's concern: its number does not travel.
    clean_folder(tmp_path / "raw", tmp_path / "out")
    assert "nip_punctuation" in set(open_processed(tmp_path / "out").table("repairs")["reason"])
    assert not {nip(21), f"{nip(21)[:8]}-{nip(21)[8:]}"} & {text for texts in told.values() for text in texts}
    # What a citizen answered is not sent back, wrong as it is.
    survey = next(texts for texts in told.values() if any("SURVEI KEPUASAN" in t.upper() for t in texts))
    assert "9" not in survey


def test_held_rows_come_first_and_a_letter_says_until_when(sent_once):
    sent = sent_once[1]
    for place in sent.files:
        for page in load_workbook(place).worksheets:
            if page.sheet_state == "visible":
                heads, rows = rows_of(page)
                states = [row[heads["Keadaan"]].value == HELD for row in rows]
                assert states == sorted(states, reverse=True)
    assert len(sent.letters) == len(sent.files)
    text = "\n".join(p.text for p in Document(sent.letters[0]).paragraphs)
    assert "paling lambat 10 Desember 2026" in text
    assert "UU 27/2022" in text


def test_a_due_day_is_no_sunday():
    for start in range(14):
        assert _due(TODAY + timedelta(days=start)).weekday() < 5
    # Two weeks from a Friday is a Friday, which stays.
    friday = TODAY + timedelta(days=(4 - TODAY.weekday()) % 7)
    assert _due(friday) == friday + timedelta(days=DUE_DAYS)


def test_two_workbooks_that_contradict_each_other_mend_nothing(tmp_path):
    raw = tmp_path / "raw"
    city_with_faults(raw)
    place = next(p for p in send_back(raw, today=TODAY).files if "DISHUB" in p.name)
    for name, word in (("a.xlsx", "Sesuai Ekspektasi"), ("b.xlsx", "Di Atas Ekspektasi")):
        book = load_workbook(place)
        page = next(
            p for p in book.worksheets if any(c.value == "Luar Biasa" for r in p.iter_rows() for c in r)
        )
        for row in page.iter_rows():
            for cell in row:
                cell.value = word if cell.value == "Luar Biasa" else cell.value
        book.save(raw / name)
    report = clean_folder(raw, tmp_path / "out", today=TODAY)
    assert [one.kind for one in report.strange] == ["mends_differ"]
    assert "appraisals" in set(open_processed(tmp_path / "out").table("quarantine")["source"])
    (raw / "b.xlsx").unlink()
    assert clean_folder(raw, tmp_path / "out", today=TODAY).strange == ()
    assert "appraisals" not in set(open_processed(tmp_path / "out").table("quarantine")["source"])
