"""Whoever signs is titled as the office is called: no Camat is a head of a kecamatan."""

import re

import pytest

from asn_research.rules.cities import CITY, City, Unit, load_city
from asn_research.rules.signatories import load_signatory_titles, title_of

#: No such office exists.
WRONG = re.compile(r"Kepala (Kecamatan|Kelurahan|Sekretariat|Inspektorat|Rumah Sakit|RSUD)\b")


def test_every_unit_of_pontianak_has_a_title_that_exists():
    city = load_city()
    titles = {unit: title_of(city, unit) for unit in city.units}
    assert not [title for title in titles.values() if WRONG.search(title) or "{" in title or "  " in title]
    assert titles["KEC-SEL"] == "Camat Pontianak Selatan"
    assert titles["SETDA"] == "Sekretaris Daerah"
    assert titles["SETWAN"] == "Sekretaris DPRD"
    assert titles["INSPEKTORAT"] == "Inspektur"
    assert titles["RSUD-SSMA"].startswith("Direktur Rumah Sakit Umum Daerah")
    assert titles["BPBD"] == "Kepala Pelaksana Badan Penanggulangan Bencana Daerah"
    assert titles["DISHUB"] == "Kepala Dinas Perhubungan"
    heads = {unit for unit, title in titles.items() if title.startswith("Kepala ")}
    kinds = {city.units[unit].kind for unit in city.units.keys() - heads}
    assert kinds == {"sekretariat", "inspektorat", "rsud", "kecamatan", "kelurahan"}
    assert title_of(city, CITY) == "Kepala Bagian Organisasi Sekretariat Daerah Kota Pontianak"


@pytest.mark.parametrize(
    ("name", "kind", "title"),
    [
        ("Pontianak Timur", "kecamatan", "Camat Pontianak Timur"),
        ("Kantor Camat Roban", "kantor", "Camat Roban"),
        ("Tengah", "Kelurahan", "Lurah Tengah"),
        ("Inspektorat Daerah", "badan", "Inspektur Daerah"),
        ("Sekretariat DPRD", "sekretariat", "Sekretaris DPRD"),
        ("RSUD dr. Abdul Aziz", "rsud", "Direktur RSUD dr. Abdul Aziz"),
        ("Kecamatanku Bersih", "upt", "Kepala Kecamatanku Bersih"),
        ("UPT Puskesmas Siantan", "upt", "Kepala UPT Puskesmas Siantan"),
        ("Perumda Air Minum", "perusahaan", "Kepala Perumda Air Minum"),
    ],
)
def test_a_unit_of_another_city_is_titled_by_its_name_or_its_kind(name, kind, title):
    unit = Unit(unit_id="X", name=name, short_name=name, kind=kind)
    assert title_of(City(load_city().facts, {"X": unit}), "X") == title


def test_the_last_row_fits_every_unit():
    assert load_signatory_titles()[-1].fits("anything", "anything")
