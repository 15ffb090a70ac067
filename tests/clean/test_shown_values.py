"""What a cell said is kept only if it can name nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean.privacy.shown_values import WITHHELD, names_of, shown_value
from asn_research.rules.cities import load_city


def test_a_name_that_stands_in_a_unit_column_is_withheld():
    names = names_of(load_city(), "unit_id")
    said = ("Dins Kesehatan", "Siti Aminah, S.Kep.", "198609262015051001")
    assert [shown_value(text, names) for text in said] == ["Dins Kesehatan", WITHHELD, WITHHELD]


@given(st.text(alphabet=st.characters(whitelist_categories=("L", "N", "P", "Z")), max_size=40))
def test_what_is_shown_is_a_short_number_a_date_or_like_a_register_name(text):
    shown = shown_value(text, ("Dinas Kesehatan",))
    if shown != WITHHELD and shown and not any(c.isdigit() for c in shown):
        assert shown.casefold().replace(" ", "")[:2] in {"di", "da", "dn", "in"} or "kes" in shown.casefold()
    assert sum(c.isdigit() for c in shown) <= 8


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("9999", "9999", id="number"),
        pytest.param("31 Februari 2026", "31 Februari 2026", id="date"),
        pytest.param("101,5 %", "101,5 %", id="percent"),
        pytest.param("", "", id="blank"),
        pytest.param("081234567890", WITHHELD, id="telephone"),
        pytest.param("19860926 201505 1 001", WITHHELD, id="spaced_nip"),
        pytest.param("Budi", WITHHELD, id="name"),
        pytest.param("pelayanan lambat sekali", WITHHELD, id="free_text"),
        pytest.param("Dinas Kesehatan 0812", WITHHELD, id="name_with_digits"),
    ],
)
def test_shown_values(text, shown):
    assert shown_value(text, ("Dinas Kesehatan",)) == shown
