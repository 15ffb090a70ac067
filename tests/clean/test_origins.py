"""A key leads to its file and row where the raw files and the project's key are, and nowhere else."""

import re

import pytest

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.privacy.identity import Pseudonyms, load_key
from asn_research.clean.sendback.origins import find_origin, locate
from asn_research.errors import RequestError


@pytest.fixture
def city(tmp_path):
    lines = ["No. Laporan;Isi Laporan;Unit Kerja;Kategori;Tanggal Terima;Tanggal Jawab"]
    lines += [f"LP-{n};isi;Dinas Perhubungan;pelayanan;0{n}/07/2026;1{n}/07/2026" for n in range(1, 9)]
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "aduan.csv").write_text("\n".join(lines), encoding="utf-8")
    clean_folder(tmp_path / "raw", tmp_path / "out")
    return tmp_path / "raw", open_processed(tmp_path / "out"), Pseudonyms(load_key()[0])


def test_every_row_is_found_again(city):
    raw, processed, pseudonym = city
    ids = list(processed.table("complaints")["row_id"])
    assert sorted(locate(raw, ids, pseudonym)[key].row for key in ids) == list(range(2, 10))
    file = processed.exits()["file"].iloc[0]
    assert find_origin(raw, file, pseudonym).file == "aduan.csv"


def test_a_key_is_no_word_and_no_number(city):
    for key in city[1].table("complaints")["row_id"]:
        assert re.fullmatch(r"[b-df-hj-np-t]{8}-[b-df-hj-np-t]{16}", key)


def test_another_key_finds_nothing(city):
    raw, processed, _ = city
    key = processed.table("complaints")["row_id"].iloc[0]
    with pytest.raises(RequestError, match="another key of pseudonyms"):
        find_origin(raw, key, Pseudonyms(b"another key, for tests only"))
