"""The way back: quarantine, workbook, filled in, clean again: all rows kept, none twice."""

import shutil
from collections import Counter

import pytest
from openpyxl import load_workbook

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.send_back import send_back
from asn_research.rules.reasons import load_reasons
from asn_research.rules.words import load_words

WORD = load_words("id")
HELD = WORD("sendback_held")


def rows_of(page):
    """Return a sheet's headings with their columns, and its rows of cells."""
    top = next(row for row in page.iter_rows() if row[0].value == "Kunci Baris")
    heads = {cell.value: cell.column - 1 for cell in top if cell.value}
    return heads, [row for row in page.iter_rows(min_row=top[0].row + 1) if row[0].value]


MENDED = {"Unit": "Dinas Perhubungan", "Tanggal": "30 September 2026", "Tgl": "30 September 2026", "Rating": "Sesuai Ekspektasi",
          "Jenis Layanan": "KTP-el", "Kelamin": "L"}  # fmt: skip


def mended(label):
    """Return what an office would write under a heading; on every scale there is a 3."""
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
                    key = (page.title, row[heads["NIP"]].value, row[heads["Periode"]].value)
                    seen[key] += 1
                    if seen[key] > 1:
                        row[heads["Tindakan"]].value = "hapus"
                    continue
                label = heading.removeprefix("Alasan: ")
                row[heads[label]].value = next(people) if "NIP" in label else mended(label)
    book.save(path)


def people():
    for number in range(1, 10_000):
        yield f"19700101199503{1 + number % 2}{number % 999 + 1:03d}"


@pytest.fixture
def returned(small_raw, tmp_path):
    """A city, cleaned; its workbooks, filled in and put back."""
    raw = tmp_path / "raw"
    shutil.copytree(small_raw, raw)
    clean_folder(raw, tmp_path / "out")
    before = open_processed(tmp_path / "out").exits()
    sent = send_back(raw, processed=tmp_path / "out")
    workers = people()
    (raw / "kembali").mkdir()
    for place in sent.files:
        fill_in(place, workers)
        shutil.copy(place, raw / "kembali" / place.name)
    return raw, tmp_path / "out", before


def test_a_round_trip_keeps_every_row_and_none_twice(returned):
    raw, out, before = returned
    n_held, n_kept = int(before["n_quarantined"].sum()), int(before["n_kept"].sum())
    assert n_held > 50
    clean_folder(raw, out)
    processed = open_processed(out)
    exits, excluded = processed.exits(), processed.table("excluded")
    n_withdrawn = int((excluded["reason"] == "withdrawn_by_office").sum())
    n_back = int(exits.loc[exits["file"].str.startswith("kembali/"), "n_raw"].sum())
    # What went back came back once: as many rows were replaced as were sent.
    assert int((excluded["reason"] == "superseded_by_send_back").sum()) == n_back
    left = processed.table("quarantine")
    assert left[["source", "column", "reason"]].value_counts().to_dict() == {}
    assert int(exits["n_kept"].sum()) == n_kept + n_held - n_withdrawn
    assert 0 < n_withdrawn < n_held / 2
    assert (exits["n_raw"] == exits["n_kept"] + exits["n_quarantined"] + exits["n_excluded"]).all()
    appraisals = processed.table("appraisals")
    assert not appraisals.duplicated(["person_id", "period"]).any()
    # And there is nothing left to send.
    assert not [
        row for row in send_back(raw, out.parent / "again", processed=out).files if "BELUM" in row.name
    ]


def test_rows_that_are_sent_back_untouched_change_nothing(small_raw, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(small_raw, raw)
    clean_folder(raw, tmp_path / "out")
    before = open_processed(tmp_path / "out").exits()[["n_kept", "n_quarantined"]].sum()
    sent = send_back(raw, processed=tmp_path / "out")
    for place in sent.files:
        shutil.copy(place, raw / place.name)
    clean_folder(raw, tmp_path / "out")
    after = open_processed(tmp_path / "out").exits()[["n_kept", "n_quarantined"]].sum()
    assert after.to_dict() == before.to_dict()


def test_a_row_whose_origin_was_replaced_is_held_back(returned):
    raw, out, _ = returned
    victim = next(p for p in sorted(raw.glob("ekinerja/*")) if p.suffix in {".xlsx", ".csv"})
    book = load_workbook(victim)
    book.worksheets[0].cell(1, 30).value = "versi baru"
    book.save(victim)
    clean_folder(raw, out)
    assert "row_to_replace_not_found" in set(open_processed(out).table("quarantine")["reason"])


def test_the_workbook_says_why_in_indonesian_and_offers_choices(small_raw, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(small_raw, raw)
    sent = send_back(raw)
    texts, n_lists = [], 0
    for place in sent.files:
        book = load_workbook(place)
        assert book["Pilihan"].sheet_state == "hidden"
        for page in book.worksheets:
            n_lists += len(page.data_validations.dataValidation)
            texts += [str(cell.value) for row in page.iter_rows() for cell in row if cell.value]
    assert n_lists > 5
    assert any("NIP terpotong oleh Excel. Tulis ulang 18 angka" in text for text in texts)
    # No cell is a formula, whatever an office wrote.
    assert not [text for text in texts if text.startswith("=")]


def test_a_workbook_in_work_is_not_overwritten(small_raw, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(small_raw, raw)
    place = next(iter(send_back(raw).files))
    place.write_bytes(b"half filled in")
    send_back(raw)
    assert place.read_bytes() == b"half filled in"
