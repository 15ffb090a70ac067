"""The register's names are known in the forms in which offices write them."""

from datetime import date

import pytest

from asn_research.clean.steps.units import FORMER_NAME, LATER_NAME, NOT_IN_FORCE, Names, UnitMatch, unit_names
from asn_research.rules.cities import City, Unit, load_city

SHORT = {"Kecamatan": "Kec.", "Kelurahan": "Kel.", "Bagian": "Bag.", "Puskesmas": "PKM"}
CITY = load_city()
KINDS = [unit for unit in CITY.units.values() if unit.name.partition(" ")[0] in SHORT]


@pytest.mark.parametrize("unit", KINDS, ids=lambda unit: unit.unit_id)
def test_the_kind_of_a_unit_may_be_abbreviated(unit):
    names = unit_names(CITY)
    kind, _, rest = unit.name.partition(" ")
    assert names.find(f"{SHORT[kind]} {rest}", "2026-Q3") == names.find(unit.name, "2026-Q3")


def test_an_abbreviated_unit_of_elsewhere_is_not_taken_for_one_of_the_register():
    assert unit_names(CITY).find("Kec. Singkawang Barat", "2026-Q3").unit_id is None


@pytest.mark.parametrize(
    ("rival", "unit"),
    [("dnas kesehatan masyarakat kata", "A"), ("dinas kesehatan masyarakat kotaxx", None)],
    ids=["leads by 3.3", "leads by 1.5"],
)
def test_a_misspelt_name_is_taken_only_if_it_is_clearly_nearer_than_the_next(rival, unit):
    names = Names({"dinas kesehatan masyarakat kotaa": "A", rival: "B"})
    assert names.find("dinas kesehatan masyarakat kota") == (unit, unit is not None)


def merged(n_before):
    """A city in which so many units became one in 2020, and another has stayed."""
    day = date(2020, 1, 1)
    units = [
        Unit(unit_id=f"LAMA{k}", name=f"Dinas Lama {('Satu', 'Dua')[k]}", short_name=f"DL{k}", kind="dinas",
             valid_to=date(2019, 12, 31), successor_id="BARU")
        for k in range(n_before)
    ]  # fmt: skip
    units += [
        Unit(unit_id="BARU", name="Dinas Baru", short_name="DB", kind="dinas", valid_from=day),
        Unit(unit_id="TETAP", name="Badan Tetap", short_name="BT", kind="badan"),
    ]
    return unit_names(City(CITY.facts, {unit.unit_id: unit for unit in units}, {}))


def test_a_name_of_another_year_leads_to_the_unit_of_its_year():
    names = merged(1)
    assert names.find("Dinas Lama Satu", "2018-Q1") == UnitMatch("LAMA0")
    assert names.find("Dinas Lama Satu", "2021-Q1") == UnitMatch("BARU", FORMER_NAME)
    assert names.find("Dinas Baru", "2018-Q1") == UnitMatch("LAMA0", LATER_NAME)
    assert names.find("Badan Tetap", "2018-Q1") == UnitMatch("TETAP")


def test_which_of_two_that_became_one_is_not_guessed():
    assert merged(2).find("Dinas Baru", "2018-Q1") == UnitMatch(fault=NOT_IN_FORCE)
