"""The register's names are known in the forms in which offices write them."""

import pytest

from asn_research.clean.units import unit_names
from asn_research.rules.cities import load_city

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
