"""What an approver lets stand: with a reason, of one unit, and never a person's name or number."""

import zlib
from dataclasses import replace

import pytest
from protect.test_editions import RULE
from protect.test_given_away import SMALL, counts, showing_again

from asn_research.clean.privacy.denied_names import DeniedNames
from asn_research.codec import encode
from asn_research.errors import DisclosureError, GivenAwayError, LedgerError, RequestError
from asn_research.given import Given, Signatory
from asn_research.ledger import Release, ReleaseException, add_release, releases_in
from asn_research.protect.given_away import given_away
from asn_research.render.approval import release_line
from asn_research.render.release_exceptions import (
    asked_exceptions,
    given_away_lines,
    granted,
    look_through,
    refuse_changed,
    refuse_given_away,
)
from asn_research.rules.cities import load_city
from asn_research.rules.words import LANGUAGES, in_language
from asn_research.sealed import seal, unseal

REASON = "ditandatangani secara elektronik"
NIP = "19771012 200910 2 001"
EMPTY = DeniedNames(b"k")


@pytest.fixture(scope="module")
def city():
    return load_city()


def release(number=1, exceptions=()):
    return Release(
        number,
        "2026-Q3",
        number,
        "2026-10-12T09:30+07:00",
        "",
        ("public",),
        False,
        {},
        counts(),
        tuple(exceptions),
    )


def test_an_exception_is_a_unit_and_a_reason(city):
    assert asked_exceptions([f"DINKES: {REASON}", f" CITY :{REASON} "], city, None) == {
        "DINKES": REASON, "CITY": REASON,
    }  # fmt: skip
    assert asked_exceptions([f"DINKES: pukul 09:30, {REASON}"], city, None)["DINKES"].startswith(
        "pukul 09:30"
    )


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["NOBODY: " + REASON], "UNIT|unit of the register"),
        ([REASON], "unit of the register"),
        (["DINKES"], "10 to 300"),
        (["DINKES: ya"], "10 to 300"),
        (["DINKES: ............"], "10 to 300"),
        (["DINKES: " + "a" * 301], "10 to 300"),
        ([f"DINKES: {REASON}"] * 2, "twice"),
        (["DINKES: diminta a.n. Budi Santoso"], "the office instead"),
        ([f"DINKES: untuk NIP {NIP}"], "the office instead"),
    ],
)
def test_what_is_no_exception_is_refused_in_words(city, texts, told):
    with pytest.raises(RequestError, match=told) as raised:
        asked_exceptions(texts, city, EMPTY)
    for language in LANGUAGES:
        assert "Budi" not in in_language(raised.value, language)
        assert "1977" not in in_language(raised.value, language)
        assert "--except" in in_language(raised.value, language)


def test_a_changed_report_needs_a_reason_of_its_unit(tmp_path):
    changed = {"DINKES": {"DINKES-2026-Q3-id": [tmp_path / "DINKES-2026-Q3-id.docx"]}}
    refuse_changed(changed, {"DINKES"}, "2026-Q3")
    with pytest.raises(LedgerError, match="DINKES-2026-Q3-id"):
        refuse_changed(changed, {"CITY"}, "2026-Q3")
    (one,) = granted({"DINKES": REASON}, changed, {})
    assert one == ReleaseException("DINKES", REASON, files=("DINKES-2026-Q3-id.docx",))


def test_a_reason_for_nothing_is_refused():
    with pytest.raises(RequestError, match="CITY"):
        granted({"CITY": REASON}, {}, {})


def test_a_changed_file_names_whoever_signs_and_nobody_else(tmp_path):
    file = tmp_path / "report.html"
    given = Given(
        signatory=Signatory("Kepala Dinas", "Citra Lestari", "Pembina (IV/a)", NIP.replace(" ", ""))
    )
    file.write_text(f"<p>Citra Lestari</p><p>NIP {NIP.replace(' ', '')}</p>", encoding="utf-8")
    look_through([file], EMPTY, given)
    with pytest.raises(DisclosureError) as raised:
        look_through([file], EMPTY, Given())
    assert "1977" not in str(raised.value)
    file.write_text("<p>NIP 19801231 200501 1 007</p>", encoding="utf-8")
    with pytest.raises(DisclosureError):
        look_through([file], EMPTY, given)


@pytest.mark.parametrize("name", ["report.pdf", "gone.html"])
def test_a_changed_file_that_cannot_be_read_is_refused(tmp_path, name):
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4 broken")
    with pytest.raises(LedgerError, match=name):
        look_through([tmp_path / name], EMPTY, Given())


def test_what_is_given_away_is_refused_with_its_sum_and_asked_once():
    found = given_away(showing_again(counts(SMALL), "A", "m"), [], RULE)
    with pytest.raises(GivenAwayError) as raised:
        refuse_given_away(found, (), (), "2026-Q3")
    for language in LANGUAGES:
        # The sum is for the approver; the error itself stands in the log, and names no hidden number.
        assert any("5 = 25 − 20" in line for line in raised.value.lines[language])
        assert "25" not in in_language(raised.value, language)
        assert raised.value.lines[language] == given_away_lines(found, language)
    units = {each.figure.unit for each in found}
    let = refuse_given_away(found, units, (), "2026-Q3")
    exceptions = granted(dict.fromkeys(units, REASON), {}, let)
    assert {matter for each in exceptions for matter in each.matters} == {each.matter for each in found}
    assert refuse_given_away(found, (), (release(exceptions=exceptions),), "2026-Q3") == {}
    with pytest.raises(GivenAwayError):
        refuse_given_away(found, (), (release(exceptions=[replace(exceptions[0], matters=())]),), "2026-Q3")


def test_the_ledger_keeps_exceptions_and_reads_releases_from_before_there_were_any(tmp_path):
    one = ReleaseException("DINKES", REASON, ("training.n_staff n=5",), ("DINKES-2026-Q3-id.docx",))
    place = add_release(tmp_path, release(exceptions=[one]))
    assert releases_in(tmp_path)[0].exceptions == (one,)
    for language in LANGUAGES:
        assert f"DINKES: {REASON}" in release_line(releases_in(tmp_path)[0], language)
        assert "DINKES" not in release_line(release(), language)
    content = zlib.decompress(unseal(place.read_bytes()))
    assert b'"exceptions"' in content
    old = encode(release()).replace(b',"exceptions":["t"]', b"").replace(b'"exceptions":["t"],', b"")
    assert b"exceptions" not in old
    size = len(old) - len(encode(release()))
    head = int.from_bytes(old[:8], "big") + size
    place.write_bytes(seal(zlib.compress(head.to_bytes(8, "big") + old[8:])))
    assert releases_in(tmp_path)[0].exceptions == ()
