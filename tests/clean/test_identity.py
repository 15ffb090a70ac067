import os
import re
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean import clean_folder
from asn_research.clean.privacy.identity import (
    CUT_OFF,
    CUT_OFF_UNKNOWN,
    IMPOSSIBLE,
    PUNCTUATION,
    Nip,
    NipRegister,
    Pseudonyms,
    load_key,
    read_nip,
)
from asn_research.errors import KeyFileError

# Made up: built from parts, so that no such number stands in this file.
PNS = "19860926" + "201505" + "1" + "001"
PPPK = "19850505" + "202221" + "2" + "007"
TWIN = PNS[:15] + "002"


@st.composite
def numbers(draw):
    year, month, day = draw(st.integers(1950, 2000)), draw(st.integers(1, 12)), draw(st.integers(1, 28))
    start = year + draw(st.integers(18, 40))
    part = draw(st.integers(1, 12) | st.integers(21, 30))
    return f"{year}{month:02d}{day:02d}{start}{part:02d}{draw(st.sampled_from('12'))}{draw(st.integers(1, 999)):03d}"


@given(numbers())
def test_a_possible_number_is_read_as_it_is(digits):
    assert read_nip(digits, "s", NipRegister()).digits == digits


@given(numbers())
def test_blanks_dots_and_apostrophes_are_mended(digits):
    for text in (
        f"{digits[:8]} {digits[8:14]} {digits[14]} {digits[15:]}",
        f"'{digits}",
        f"{digits[:8]}.{digits[8:]}",
    ):
        reading = read_nip(text, "s", NipRegister.of([digits]))
        assert (reading.digits, reading.repair) == (digits, PUNCTUATION)


@given(numbers())
def test_a_number_cut_to_fifteen_digits_is_mended_only_where_one_fits(digits):
    cut = digits[:15] + "000"
    one, none = NipRegister.of([digits]), NipRegister()
    several = NipRegister.of([digits[:15] + "001", digits[:15] + "002"])
    assert read_nip(cut, "n", one).digits == digits
    assert read_nip(cut, "n", one).repair == CUT_OFF
    assert read_nip(cut, "n", none).fault == CUT_OFF_UNKNOWN
    assert read_nip(cut, "n", several).fault == CUT_OFF_UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{PNS[0]},{PNS[1:6]}E+17", id="shown_by_excel"),
        pytest.param(PNS[:15] + "000", id="trailing_zeros_as_text"),
        pytest.param(PNS[:15] + "008", id="through_floating_point"),
    ],
)
def test_damaged_text_is_never_taken_for_a_person(text):
    register = NipRegister.of([PNS, TWIN])
    assert read_nip(text, "s", register).fault == CUT_OFF_UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PNS[:4] + "13" + PNS[6:], id="month_13"),
        pytest.param(PNS[:14] + "3" + PNS[15:], id="sex_3"),
        pytest.param(PNS[:12] + "15" + PNS[14:], id="neither_month_nor_contract"),
        pytest.param(PNS[:-1], id="17_digits"),
        pytest.param("131110" + "468", id="old_nine_digits"),
        pytest.param("abc", id="letters"),
    ],
)
def test_impossible_numbers(text):
    assert read_nip(text, "s", NipRegister()).fault == IMPOSSIBLE


def test_parts_of_a_number():
    assert (Nip(PNS).employment_type, Nip(PNS).sex, Nip(PNS).birth_year, Nip(PNS).start_year) == (
        "pns",
        "m",
        1986,
        2015,
    )
    assert (Nip(PPPK).employment_type, Nip(PPPK).sex) == ("pppk", "f")


def test_a_number_never_prints_itself():
    for thing in (
        Nip(PNS),
        read_nip(PNS, "s", NipRegister.of([PNS])),
        NipRegister.of([PNS]),
        Pseudonyms(b"k" * 20),
    ):
        assert PNS[:8] not in repr(thing)
        assert "kkk" not in repr(thing)


def test_pseudonyms_depend_on_the_key_and_nothing_else():
    one, other = Pseudonyms(b"a" * 32), Pseudonyms(b"b" * 32)
    assert one(PNS) == Pseudonyms(b"a" * 32)(PNS)
    assert one(PNS) != other(PNS)
    assert one(PNS) != one(TWIN)


def test_the_key_is_made_once_outside_the_repository(tmp_path, monkeypatch):
    monkeypatch.delenv("ASN_RESEARCH_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    key, line = load_key()
    again, later = load_key()
    place = tmp_path / "asn-research" / "pseudonym.key"
    assert key == again
    assert "Keep it" in line
    assert str(place) in later
    assert key.decode() not in line + later
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.mark.parametrize("key", [b"", b"short", b"a" * 40, b"1234567890" * 4])
def test_a_weak_key_that_is_given_itself_is_refused_before_anything_is_written(tmp_path, key):
    (tmp_path / "raw").mkdir()
    with pytest.raises(KeyFileError):
        clean_folder(tmp_path / "raw", tmp_path / "processed", key=key)
    assert not (tmp_path / "processed").exists()


def test_a_short_key_is_refused(monkeypatch):
    monkeypatch.setenv("ASN_RESEARCH_KEY", "short")
    with pytest.raises(KeyFileError, match="at least 16"):
        load_key()


@pytest.mark.skipif(not getattr(os, "geteuid", lambda: 1)(), reason="root may write everywhere")
def test_a_key_that_cannot_be_made_is_an_error(tmp_path, monkeypatch):
    monkeypatch.delenv("ASN_RESEARCH_KEY", raising=False)
    tmp_path.chmod(0o500)
    with pytest.raises(KeyFileError, match="ASN_RESEARCH_KEY"):
        load_key(tmp_path / "x" / "key")


@given(st.from_regex(r"[0-9]{18}", fullmatch=True))
def test_a_pseudonym_never_looks_like_a_number_of_a_person(digits):
    assert re.fullmatch(r"p[0-9a-f]{15}", Pseudonyms(b"a key for tests only")(digits))
