"""An objection from the form to the decision: read like a list, counted once, its limits counted over holidays."""

import csv
import shutil
import stat
from datetime import date

import openpyxl
import pandas as pd
import pytest
from personal.city import people_in
from typer.testing import CliRunner

from asn_research.clean import clean_folder
from asn_research.clean.store import open_processed
from asn_research.cli import app
from asn_research.measure.complaints import objections_by_unit
from asn_research.personal.objection_form import form_name, form_of
from asn_research.personal.objections_due import FILE, objections_due
from asn_research.personal.person_record import CityRatings, objection_limit, own_objections, record_of
from asn_research.personal.sheet_files import FOLDER
from asn_research.personal.sheet_text import Addressee, Sheet
from asn_research.rules.cities import CITY, load_city
from asn_research.simulate import simulate_city

TODAY = date(2026, 10, 20)
PONTIANAK = load_city("pontianak")


def with_rules(**values):
    facts = PONTIANAK.facts.model_copy(update={"rules": {"objection_2019": values}})
    return type(PONTIANAK)(facts, PONTIANAK.units, PONTIANAK.services, PONTIANAK.margins)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A city that sends its register, its appraisals and its objections alone."""
    place = tmp_path_factory.mktemp("objections")
    simulate_city(place / "all", seed=3, employees=60, quarters=2)
    for name in ("pegawai", "ekinerja", "keberatan"):
        shutil.copytree(place / "all" / name, place / "raw" / name)
    clean_folder(place / "raw", place / "processed", today=TODAY)
    return place


def sheet_of(home, nip, name, person):
    processed = open_processed(home / "processed")
    tables = {each: processed.table(each) for each in ("employees", "appraisals", "objections")}
    record = record_of(
        person, tables, processed.city(), CityRatings(), today=TODAY, received=date(2026, 10, 9)
    )
    return Sheet(record, Addressee(name, nip), processed.city(), "id", TODAY, is_simulated=True)


def fill(place, **values):
    book = openpyxl.load_workbook(place)
    page = book.worksheets[0]
    at = {cell.value: cell.column for cell in page[3]}
    for heading, value in values.items():
        page.cell(4, at[heading.replace("_", " ")], value)
    book.save(place)


def test_a_form_becomes_an_objection_and_then_a_decision(home):
    before = open_processed(home / "processed")
    filed_before = set(before.table("objections")["person_id"])
    person, (nip, name) = next(
        (who, told) for who, told in sorted(people_in(home / "raw").items())
        if who not in filed_before and who in set(before.table("appraisals")["person_id"])
    )  # fmt: skip
    sheet = sheet_of(home, nip, name, person)
    place = home / "raw" / "keberatan" / form_name(sheet.record)
    place.write_bytes(form_of(sheet))

    # Handed in: it waits for a decision.
    fill(place, Tanggal_Keberatan="12-10-2026", Alasan="Bukti kinerja tidak dihitung")
    clean_folder(home / "raw", home / "processed", today=TODAY)
    processed = open_processed(home / "processed")
    own = processed.table("objections").loc[lambda t: t["person_id"] == person]
    assert own["filed_date"].dt.date.tolist() == [date(2026, 10, 12)]
    assert own["ground"].tolist() == ["evidence"]
    tables = {each: processed.table(each) for each in ("objections", "appraisals")}
    due = [
        each
        for each in objections_due(tables, processed.city(), TODAY)
        if each.row_id == own["row_id"].iloc[0]
    ]
    assert [each.objection.waited for each in due] == [6]
    assert due[0].decide_by is None
    waiting = figures(processed)

    # The pending line of the office's own list is the same objection.
    also = home / "raw" / "keberatan" / "Keberatan masuk.xlsx"
    shutil.copy(place, also)
    fill(also, Putusan="Proses")
    # Decided: the next figures of the city count it as decided, once.
    fill(place, Tanggal_Putusan="19-10-2026", Putusan="Diterima")
    clean_folder(home / "raw", home / "processed", today=TODAY)
    processed = open_processed(home / "processed")
    own = processed.table("objections").loc[lambda t: t["person_id"] == person]
    assert own["outcome"].tolist() == ["upheld"]
    decided = figures(processed)
    assert (decided["n"], decided["n_decided"], decided["n_upheld"]) == (
        waiting["n"], waiting["n_decided"] + 1, waiting["n_upheld"] + 1,
    )  # fmt: skip
    tables = {each: processed.table(each) for each in ("objections", "appraisals")}
    assert not [
        e for e in objections_due(tables, processed.city(), TODAY) if e.objection.filed == date(2026, 10, 12)
    ]
    # A sheet that is made now tells the decision, and offers no second form.
    again = sheet_of(home, nip, name, person)
    assert [each.outcome for each in again.record.objections] == ["upheld"]
    assert form_of(again) is None


def figures(processed):
    tables = [processed.table(name) for name in ("objections", "appraisals")]
    found = objections_by_unit(*tables, processed.city())
    return found.loc[(found["unit_id"] == CITY) & (found["period"] == "2026-Q3")].iloc[0]


def test_the_list_of_what_is_due_names_nobody(home):
    options = [f"--{name}={home / name}" for name in ("raw", "processed", "reports")]
    done = CliRunner().invoke(app, ["objections-due", *options, "--today=2026-10-20"])
    assert done.exit_code == 0, done.output
    place = home / "raw" / FOLDER / FILE
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    text = place.read_text(encoding="utf-8-sig")
    assert not any(nip in text or name in text for nip, name in people_in(home / "raw").values())
    assert next(csv.reader(text.splitlines()))[:3] == ["Unit Kerja", "Periode penilaian", "Tanggal keberatan"]


@pytest.mark.parametrize(
    ("received", "rules", "last", "last_open"),
    [
        # Fourteen calendar days after 14 March 2025 end in the week before Lebaran.
        (date(2025, 3, 14), {}, date(2025, 3, 28), date(2025, 3, 27)),
        # 28 March to 7 April 2025 are days off: Nyepi, Lebaran, collective leave, weekends.
        (date(2025, 3, 14), {"days": "working"}, date(2025, 4, 14), date(2025, 4, 14)),
        (date(2025, 12, 12), {}, date(2025, 12, 26), date(2025, 12, 24)),
    ],
)
def test_the_limit_for_objecting_is_counted_over_holidays(received, rules, last, last_open):
    limit = objection_limit(with_rules(**rules) if rules else PONTIANAK, received, received)
    assert (limit.last_day, limit.last_open, limit.is_over) == (last, last_open, False)
    day_after = limit.last_day + pd.Timedelta(days=1).to_pytimedelta()
    assert objection_limit(with_rules(**rules) if rules else PONTIANAK, day_after, received).is_over


def test_a_city_that_states_a_limit_for_deciding_sees_what_is_due():
    rows = pd.DataFrame(
        {"row_id": ["k2", "k1"], "person_id": ["p1", "p2"], "unit_id": "DISHUB", "period": "2025-Q1",
         "filed_date": pd.to_datetime(["2025-04-15", "2025-04-10"]), "outcome": ["pending", None],
         "decided_date": pd.NaT}
    )  # fmt: skip
    city = with_rules(days="working", decide_within_days=5)
    due = objections_due({"objections": rows}, city, date(2025, 4, 22))
    # 18 April 2025 is Good Friday.
    assert [(each.row_id, each.decide_by) for each in due] == [
        ("k1", date(2025, 4, 17)),
        ("k2", date(2025, 4, 23)),
    ]
    assert own_objections(rows, city, date(2025, 4, 22))[0].waited == 7
