"""The ledger of releases: kept whole, for its owner alone, and out of reach of what tidies up."""

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

from asn_research.errors import LedgerError, RequestError
from asn_research.ledger import (
    Release,
    add_release,
    copy_in,
    copy_ledger,
    digest_of_ledger,
    ledger_of,
    releases_in,
)
from asn_research.protect import CountedTable
from asn_research.read import find_raw_files
from asn_research.render.approval import approve, release_line
from asn_research.rules.words import LANGUAGES, in_language


def counts(n=12):
    keys = pd.DataFrame({"unit_id": ["A", "CITY"], "period": ["2026-Q3"] * 2})
    numbers, hidden = pd.DataFrame({"n": [4.0, float(n)]}), pd.DataFrame({"n": [True, False]})
    return {"complaints": CountedTable(keys, numbers, hidden, hidden, numbers.map(lambda _: ""))}


def release(number=1, edition=1, n=12):
    return Release(
        number, "2026-Q3", edition, "2026-10-12T09:30+07:00", "Bagian Organisasi", ("public", "internal"), False,
        {"A-2026-Q3-id.html": "0" * 64}, counts(n),
    )  # fmt: skip


@pytest.fixture
def ledger(tmp_path):
    """A ledger of a release and its corrected edition."""
    folder = ledger_of(tmp_path / "raw")
    add_release(folder, release())
    add_release(folder, release(2, 2, 40))
    return folder


def test_a_release_is_read_as_it_was_written(ledger):
    first, second = releases_in(ledger)
    assert (first.number, first.edition, second.number, second.edition) == (1, 1, 2, 2)
    for found, n in ((first, 12), (second, 40)):
        table, wanted = found.counts["complaints"], counts(n)["complaints"]
        for part in ("keys", "numbers", "hidden", "by_itself"):
            pd.testing.assert_frame_equal(getattr(table, part), getattr(wanted, part), check_dtype=False)


def test_nothing_is_overwritten(ledger):
    before = {path.name: path.read_bytes() for path in ledger.iterdir()}
    with pytest.raises(LedgerError):
        add_release(ledger, release(2, 2, 99))
    assert {path.name: path.read_bytes() for path in ledger.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such permissions")
def test_it_is_for_its_owner_alone(ledger, tmp_path):
    copy_ledger(tmp_path / "raw", tmp_path / "processed")
    for folder in (ledger, copy_in(tmp_path / "processed")):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_it_is_no_export(ledger):
    assert not find_raw_files(ledger.parent)


def test_a_changed_byte_is_refused_in_words(ledger):
    place = ledger / "0001-2026-Q3-1.terbitan"
    content = place.read_bytes()
    for damaged in (content[:-1], content[:200] + bytes([content[200] ^ 1]) + content[201:], b""):
        place.write_bytes(damaged)
        with pytest.raises(LedgerError) as raised:
            releases_in(ledger)
        assert "cadangan" in in_language(raised.value, "id")
        assert "backup" in in_language(raised.value, "en")
        with pytest.raises(LedgerError):
            copy_ledger(ledger.parent, ledger.parent / "processed")


def test_a_missing_release_is_noticed(ledger):
    (ledger / "0001-2026-Q3-1.terbitan").unlink()
    with pytest.raises(LedgerError, match="release number 1"):
        releases_in(ledger)


def test_a_release_under_anothers_name_is_refused(ledger):
    (ledger / "0002-2026-Q3-2.terbitan").write_bytes((ledger / "0001-2026-Q3-1.terbitan").read_bytes())
    with pytest.raises(LedgerError, match="damaged"):
        releases_in(ledger)


def test_the_copy_follows_the_ledger(ledger, tmp_path):
    raw, processed = tmp_path / "raw", tmp_path / "processed"
    copy_ledger(raw, processed)
    assert digest_of_ledger(copy_in(processed)) == digest_of_ledger(ledger)
    shutil.rmtree(ledger)
    copy_ledger(raw, processed)
    assert digest_of_ledger(copy_in(processed)) == ""


def test_without_a_ledger_nothing_is_made(tmp_path):
    copy_ledger(tmp_path, tmp_path / "processed")
    assert not (tmp_path / "processed").exists()
    assert releases_in(ledger_of(tmp_path)) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no make")
def test_make_clean_does_not_reach_it(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    ledger = ledger_of(tmp_path / "data" / "raw")
    add_release(ledger, release())
    for name in ("data/processed", "reports"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "made").write_text("made")
    before = digest_of_ledger(ledger)
    done = subprocess.run(["make", "clean"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "reports" / "made").exists()
    assert digest_of_ledger(ledger) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_release_is_told_in_a_line(language):
    line = release_line(release(2, 2), language)
    assert "2026" in line
    assert "publik" in line
    assert ("perbaikan" in line) == (language == "id")
    assert release_line(replace(release(), by=""), language) != release_line(release(), language)


@pytest.mark.parametrize("name", ["Kantor " * 20, "a.n. Budi Santoso", "NIP 19771012 200910 2 001"])
def test_an_office_approves_and_no_person(tmp_path, name):
    with pytest.raises(RequestError, match="office"):
        approve(tmp_path, tmp_path, tmp_path, "2026-Q3", at="2026-10-05T08:00+07:00", by=name)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A tiny city with the reports of one unit, by the command line."""
    from asn_research.simulate import simulate_city

    home = tmp_path_factory.mktemp("approved")
    simulate_city(home / "raw", seed=5, employees=150, quarters=2, mess=0.0)
    done = ask(home, "run", "--unit", "DISHUB", "--format", "html", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    return home


def ask(home: Path, *words):
    folders = ["--raw", "raw", "--processed", "processed", "--reports", "reports"]
    return subprocess.run(
        [sys.executable, "-m", "asn_research", *words, *folders],
        cwd=home, capture_output=True, text=True, check=False,
        env={**os.environ, "ASN_RESEARCH_KEY": "a key for tests only, of nobody's data"},
    )  # fmt: skip


def test_reports_are_approved_corrected_and_kept(city):
    """One journey: approve, approve again, run again, and changed reports and a damaged ledger refused."""
    first = ask(city, "approve", "2026-Q3", "--by", "Bagian Organisasi")
    assert first.returncode == 0, first.stderr
    assert "Terbitan 1" in first.stdout
    second = ask(city, "approve", "2026-Q3", "--lang", "en")
    assert "edition 2" in second.stdout, second.stderr
    ledger = ledger_of(city / "raw")
    releases = releases_in(ledger)
    assert [each.edition for each in releases] == [1, 2]
    assert releases[0].by == "Bagian Organisasi"
    assert releases[0].audiences == ("public", "internal")
    # Of the same data nothing is hidden and no report is made anew.
    again = ask(city, "run", "--unit", "DISHUB", "--format", "html", "--jobs", "1", "--explain")
    assert again.returncode == 0, again.stderr
    assert "made," not in again.stdout
    assert len(ask(city, "approve", "--list").stdout.splitlines()) == 2
    report = next((city / "reports" / "publik").rglob("DISHUB*.html"))
    report.write_text(report.read_text(encoding="utf-8") + " ", encoding="utf-8")
    refused = ask(city, "approve", "2026-Q3", "--lang", "en")
    assert refused.returncode == LedgerError.exit_code
    assert "DISHUB" in refused.stderr
    assert "--except" in refused.stderr
    # A changed report stands with a reason, of its own unit alone.
    reasons = ("--except", "DISHUB: dicap basah lalu dipindai")
    idle = ask(city, "approve", "2026-Q3", *reasons, "--except", "CITY: dicap basah lalu dipindai")
    assert idle.returncode == RequestError.exit_code
    assert "CITY" in idle.stderr
    assert len(releases_in(ledger)) == 2
    let = ask(city, "approve", "2026-Q3", *reasons)
    assert let.returncode == 0, let.stderr
    (exception,) = releases_in(ledger)[2].exceptions
    assert (exception.unit, exception.files, exception.matters) == ("DISHUB", (report.name,), ())
    assert "dicap basah" in ask(city, "approve", "--list").stdout
    place = sorted(ledger.glob("*.terbitan"))[0]
    place.write_bytes(place.read_bytes()[:-5])
    stopped = ask(city, "run", "--unit", "DISHUB", "--format", "html")
    assert stopped.returncode == LedgerError.exit_code
    assert "cadangan" in stopped.stderr
    # Beside each release stands what it was made from.
    assert len(list(ledger.glob("*.terbitan"))) == len(list(ledger.glob("*.dasar"))) == 3
