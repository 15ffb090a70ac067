"""Numbers and names of people, planted in forty disguises and places: none is in any byte of the processed data."""

import os
import re
import shutil
import sys
from dataclasses import replace

import pandas as pd
import pytest
from test_identities import DISGUISES, NIK, NIP

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.privacy.denied_names import FILE, DeniedNames, leads_to_a_person, load_names
from asn_research.clean.privacy.identity import KEY_VARIABLE, Pseudonyms
from asn_research.clean.privacy.outgoing import date_grains
from asn_research.identities import find_identities
from asn_research.rules.cities import load_city

KEY = os.environ[KEY_VARIABLE].encode()
NAME = "Wulanti Gumelarsa"
NAMED = {
    "plain": NAME, "reversed": "Gumelarsa, Wulanti", "titled": "dr. Wulanti Gumelarsa, S.Kep.", "glued": "WulantiGumelarsa",
    "underscores": "wulanti_gumelarsa", "spelt": "W u l a n t i  G u m e l a r s a", "cyrillic": "Wulаnti Gumеlаrsа",
    "capitals": "WULANTI GUMELARSA", "zero_width": "Wu\u200blanti Gume\u200blarsa", "on_behalf": "a.n. Suhartoyo",
    "addressed": "Ibu Kartiningsih", "common": "Rahmat Hidayat",
}  # fmt: skip
PLANTS = {
    **{name: text for name, (text, _) in DISGUISES.items()},
    **{f"name_{n}": t for n, t in NAMED.items()},
}
CLEAN = [
    "Vaksinasi anak sekolah", "Antrean daring perizinan angkutan", "Pelayanan Ibu dan Anak", "Rehabilitasi Jalan Ahmad Yani",
    "RSUD Sultan Syarif Mohamad Alkadrie", "Loket cepat dokumen kependudukan", "Taman Ade Irma Suryani", "Posyandu Melati",
    "Program KB 2026", "Peningkatan 24 JP per pegawai", "SKP triwulan III 2026", "Rekap 2026-09-30 v2", "Ibu Kota Nusantara",
]  # fmt: skip


def write(place, lines):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(lines), encoding="utf-8")


def one_line(text):
    return text.replace("\n", " ").replace(";", ",")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A folder in which every free text of an export holds something of a person, cleaned."""
    folder = tmp_path_factory.mktemp("planted")
    raw = folder / "raw"
    write(raw / f"data {NAME} {NIP}.csv", [
        "NIP;Nama;Unit Kerja;Jenis Kelamin;Golongan",
        *(f"19700101199503{1 + n % 2}{n:03d};{NAME if n == 1 else f'Orang{chr(97 + n)} Lain{chr(97 + n)}'};Dinas Perhubungan;L;III/a" for n in range(1, 20)),
    ])  # fmt: skip
    write(raw / "program.csv", [
        "Unit Kerja;Program/Kegiatan;Periode;Target;Realisasi;Satuan",
        *(f"Dinas Perhubungan;Kegiatan {one_line(text)} {n};TW III 2026;10;9;{one_line(text)}" for n, text in enumerate(PLANTS.values())),
        *(f"Dinas Kesehatan;{text};TW III 2026;10;9;orang" for text in CLEAN),
    ])  # fmt: skip
    write(raw / "aduan 0812-3456-7890 an Rahmat Hidayat.csv", [
        "No. Laporan;Isi Laporan;Unit Kerja;Kategori;Tanggal Terima;Tanggal Jawab",
        *(f"LP-{n};isi;{one_line(text)};pelayanan;01/07/2026;{one_line(text)}" for n, text in enumerate(PLANTS.values())),
        *(f"LP-B{n};isi;Dinas Perhubungan;{one_line(text)};01/07/2026;02/07/2026" for n, text in enumerate(PLANTS.values())),
    ])  # fmt: skip
    report = clean_folder(raw, folder / "out")
    return raw, folder / "out", report


def texts(out):
    """Return every text in the processed tables and the manifest, and all else that is no sealed file.

    Checksums are left out: some digits of one in a few hundred look like a telephone number.
    """
    for place in out.rglob("*"):
        if place.suffix == ".parquet":
            table = pd.read_parquet(place)
            for name in table:
                if not pd.api.types.is_numeric_dtype(table[name]):
                    yield from table[name].dropna().astype("str").unique()
        elif place.is_file() and place.suffix in {".json", ".csv"} and ".memory" not in place.parts:
            yield from re.sub(r"\b[0-9a-f]{32,}\b", "", place.read_text(encoding="utf-8")).splitlines()


def test_no_number_and_no_name_is_in_the_processed_data(planted):
    _, out, _ = planted
    names = load_names(out)
    assert names is not None
    assert names.count(NAME) == 1
    found = [text for text in texts(out) if find_identities(text) or names.count(text)]
    assert found == []
    every = b"".join(place.read_bytes() for place in out.rglob("*") if place.is_file())
    for plain in (NIP, NIK, "Wulanti", "Gumelarsa", "Suhartoyo", "Kartiningsih", "Hidayat"):
        assert plain.encode() not in every, plain


def test_programmes_are_kept_and_only_what_leads_to_a_person_is_replaced(planted):
    programmes = open_processed(planted[1]).table("programmes")
    assert len(programmes) == len(PLANTS) + len(CLEAN)
    assert programmes["programme"].is_unique
    assert set(programmes.query("unit_id == 'DINKES'")["programme"]) == set(CLEAN)
    assert programmes.query("unit_id == 'DISHUB'")["programme"].str.startswith("(tidak ditampilkan").all()


def test_the_terminal_tells_files_by_their_keys_where_their_names_lead_to_a_person(planted):
    raw, _, report = planted
    said = "\n".join(report.lines("id"))
    assert not find_identities(said)
    assert "Hidayat" not in said
    assert "asn-research where" in said
    assert "program.csv" in said
    assert {path.name for path in raw.glob("*.csv")} == set(report.exits["file"])


@pytest.mark.parametrize("text", CLEAN)
def test_ordinary_names_lead_to_nobody(text):
    assert not leads_to_a_person(text, DeniedNames.none(Pseudonyms(KEY)))


@pytest.mark.parametrize(
    "text", ["Rekap Wirasutopo", "rekap_wirasutopo_v2", "KEGIATAN WIRASUTOPO", "Wirasutopo, S.H."]
)
def test_a_single_name_of_the_staff_lists_leads_to_its_bearer(text):
    names = DeniedNames.none(Pseudonyms(KEY))
    names = DeniedNames(names.key, frozenset(names.tokens_of(["Drs. Wirasutopo", "Terpadu", "Ayu"])))
    assert leads_to_a_person(text, names)
    # A street, and a word that is a name too, lead to nobody; nor does it hold a finished report.
    for ordinary in ("Rehabilitasi Jalan Wirasutopo", "Pelayanan Terpadu", "Ayu"):
        assert not leads_to_a_person(ordinary, names)
    assert names.count(text) == 0


def test_a_street_called_like_one_of_the_staff_is_withheld_unless_the_register_holds_it():
    """Nobody can tell a street from an address or a person whose name follows the word; the register can."""
    none = DeniedNames.none(Pseudonyms(KEY))
    staff = none.tokens_of(["Drs. Budi Santoso, M.Si."])
    streets = (
        "Pengaspalan Jalan Budi Santoso",
        "Jl. Dr. Budi Santoso",
        "Gang Budi_Santoso",
        "SD Santoso, Budi",
    )
    denied = DeniedNames(none.key, frozenset(staff))
    for text in streets:
        assert leads_to_a_person(text, denied)
        # Without such a person, the street is a street.
        assert not leads_to_a_person(text, none)
    city = load_city()
    unit = next(iter(city.units.values()))
    named = unit.model_copy(update={"aliases": [*unit.aliases, "Kantor Jalan Budi Santoso"]})
    city = replace(city, units={**city.units, unit.unit_id: named})
    for text in streets:
        assert not leads_to_a_person(text, none.beside(staff, city))


@pytest.mark.parametrize(
    "text", ["Rawat inap RSUD dr. Soedarso", "Jl. Dr. Wahidin", "Drainase Jalan H. Rais"]
)
def test_a_title_within_the_name_of_a_place_is_no_form_of_address(text):
    assert not leads_to_a_person(text, DeniedNames.none(Pseudonyms(KEY)))


@pytest.mark.parametrize(
    "text", ["Kunjungan dr. Soedarso", "Jalan rusak menurut Bapak Soedarso", "Jalan a.n. Wahidin"]
)
def test_elsewhere_it_is_one(text):
    assert leads_to_a_person(text, DeniedNames.none(Pseudonyms(KEY)))


def test_dates_ranks_and_raters_are_no_finer_than_measures_need(small_processed):
    processed = open_processed(small_processed)
    staff, appraisals, training = (processed.table(name) for name in ("employees", "appraisals", "training"))
    assert set(staff["rank_group"].dropna()) <= {"I", "II", "III", "IV", ""}
    assert not {"rank", "age", "birth_date"} & set(staff)
    for grain in date_grains():
        if (
            processed.has(grain.source)
            and grain.grain == "month"
            and grain.column in processed.table(grain.source)
        ):
            days = processed.table(grain.source)[grain.column].dropna()
            contested = _contested(processed) if grain.source == "appraisals" else 0
            assert (days.dt.day != 1).sum() <= contested, grain
    # Who rates and who is rated cannot be put together.
    assert appraisals["rater_id"].notna().any()
    assert not set(appraisals["rater_id"].dropna()) & set(appraisals["person_id"])
    assert (training["start_date"].dropna().dt.day == 1).all()


def _contested(processed):
    return len(processed.table("objections")) if processed.has("objections") else 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_processed_data_open_to_their_owner_alone(planted):
    assert planted[1].stat().st_mode & 0o077 == 0
    assert not [path for path in planted[1].rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def test_a_clean_city_is_stored_as_it_was_sent(small_raw, small_processed):
    programmes = open_processed(small_processed).table("programmes")
    assert (
        not programmes.astype("str")
        .apply(lambda column: column.str.contains("tidak ditampilkan"))
        .any()
        .any()
    )


def test_what_is_kept_between_two_runs_opens_with_the_key_alone(planted, tmp_path, monkeypatch):
    _, out, _ = planted
    shutil.copytree(out, tmp_path / "out")
    monkeypatch.setenv(KEY_VARIABLE, "another key, for tests only, of nobody")
    assert load_names(tmp_path / "out") is None
    assert (out / FILE).is_file()
