"""Reports of a city whose units sent different things: no hole, nothing denied that is shown, no sections that disagree.

A third of the units have staff data alone, a third the citizens' data alone, and a third nothing but the survey. Cities
that sent the same of all units are in `journeys/test_survey_cities.py`.
"""

from dataclasses import fields
from pathlib import Path

import pytest
from show.reading import (
    document,
    holes,
    index_texts,
    percentages,
    respondents,
    sentences,
    staff_texts,
    tables,
)

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.store import NewData, write_processed
from asn_research.ledger import Release, add_release, copy_ledger, ledger_of
from asn_research.render.inputs import load_report, prepare_inputs
from asn_research.render.what_changed import archive
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.show.blocks import Heading, Paragraph, Table
from asn_research.simulate import simulate_city

PERIOD = "2026-Q3"
OF_CITIZENS = ("citizen_feedback", "service_log", "complaints")
OF_STAFF = ("appraisals", "training", "motivation", "attendance", "objections", "employees")
TEMPLATES = {"public": "dinas_public", "internal": "dinas_internal"}


def patchy(whole: Path, place: Path) -> Path:
    """Write a city's data again, of each third of the units without staff, without citizens, or with the survey alone."""
    processed = open_processed(whole)
    units = sorted(processed.table("citizen_feedback")["reporting_unit_id"].astype("str").unique())
    gone = {
        **{key: set(units[0::3]) for key in OF_CITIZENS},
        **{key: {*units[1::3], *units[2::3]} for key in OF_STAFF},
    }
    gone["service_log"] = gone["complaints"] = set(units[0::3]) | set(units[2::3])
    tables = dict(processed.tables())
    for name, without in gone.items():
        if name in tables:
            owner = tables[name]["reporting_unit_id"].astype("str")
            tables[name] = tables[name].loc[~owner.isin(without)].reset_index(drop=True)
    same = {
        field.name: getattr(processed.manifest, field.name)
        for field in fields(NewData)
        if field.name not in {"tables", "truth"}
    }
    write_processed(place, NewData(tables=tables, **same))
    return place


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The processed data of the city, and what its reports read."""
    folder = tmp_path_factory.mktemp("patchy")
    simulate_city(folder / "raw", seed=17, employees=140, quarters=2, mess=0.4)
    clean_folder(folder / "raw", folder / "processed")
    released = prepare_inputs(folder / "processed")
    when = Period.parse(PERIOD)
    release = Release(
        1, PERIOD, 1, "2026-10-12T09:30+07:00", "", ("public",), True, {}, released.counted(when)
    )
    ledger = ledger_of(folder / "raw")
    add_release(ledger, release)
    archive(ledger, release, released.processed, released.protected(when))
    place = patchy(folder / "processed", folder / "patchy")
    # What is there no more has changed since the release: the reports say so.
    copy_ledger(folder / "raw", place)
    return place, prepare_inputs(place)


def documents(city, audience):
    """Yield each unit's report of an audience, and the city's, as its data and its blocks."""
    place, inputs = city
    units = inputs.units_with_data(PERIOD, audience)
    for unit in (*sorted(units), CITY):
        data = load_report(place, unit, PERIOD, "id", audience)
        template = "city" if unit == CITY else TEMPLATES[audience]
        yield data, document(data, template)


def denied(data, blocks):
    """Return the parts that a report says are missing although it has a table or chapter of them."""
    parts = {
        "complaints": data.words("what_complaints") if data.words.has("what_complaints") else "",
        "service_time": data.words("what_service_time") if data.words.has("what_service_time") else "",
    }
    prefix = data.words("parts_missing", parts="").split(":")[0]
    said = " ".join(b.text for b in blocks if isinstance(b, Paragraph) and b.text.startswith(prefix[:20]))
    shown = {block.key for block in blocks if isinstance(block, Table)}
    return [name for name, text in parts.items() if text and text in said and name in shown]


@pytest.mark.slow
@pytest.mark.parametrize("audience", ["public", "internal"])
def test_no_report_has_a_hole_denies_its_data_or_disagrees_with_itself(city, audience):
    n, shown = 0, set()
    for data, blocks in documents(city, audience):
        n += 1
        shown |= {block.key for block in blocks if isinstance(block, Table)}
        _newer_pages_agree(data, blocks)
        at = (data.unit_id, audience)
        assert not holes(blocks), (at, holes(blocks))
        told = sentences(blocks)
        assert told, at
        assert not [text for text in told if "tidak ada data apa pun" in text.lower()], at
        assert not denied(data, blocks), (at, denied(data, blocks))
        if audience == "public":
            values = {text.rstrip(".,") for text in index_texts(blocks).values()}
            assert len(values) <= 1, (at, index_texts(blocks))
            assert len(set(respondents(blocks).values())) <= 1, (at, respondents(blocks))
            assert set(percentages(blocks)) <= {100.0}, at
        else:
            assert len(set(staff_texts(data, blocks).values())) <= 1, at
        _no_empty_chapter(at, blocks)
    assert n >= 3
    if audience == "public":
        assert "edition_changes" in shown


def _newer_pages_agree(data, blocks):
    """The parts of a change add up to it, and its end is the index on the first page; topics are counts of respondents."""
    index = set(index_texts(blocks).values())
    for row in (row for table in tables(blocks, "edition_changes") for row in table.rows):
        before, now, *parts = (cell.value for cell in row[1:])
        assert before + sum(part for part in parts if part is not None) == pytest.approx(now, abs=1e-6)
        if row[0].text == data.label("ikm"):
            assert not index or {row[2].text} == index, data.unit_id
    told = {text.split(" ")[0] for text in respondents(blocks).values()}
    for row in (row for table in tables(blocks, "suggestions") for row in table.rows):
        assert row[1].value <= max(float(text.replace(".", "")) for text in told), data.unit_id


def _no_empty_chapter(at, blocks):
    """A heading stands before something, never before another one of its level or at the end."""
    for one, other in zip(blocks, [*blocks[1:], None], strict=True):
        if isinstance(one, Heading):
            is_last = other is None or (isinstance(other, Heading) and other.level <= one.level)
            assert not is_last, (at, one.text)


@pytest.mark.slow
def test_the_city_has_units_of_each_kind(city):
    _, inputs = city
    surveyed, staffed = (
        set(inputs.frames[name].loc[inputs.frames[name]["period"] == PERIOD, "unit_id"]) - {CITY}
        for name in ("satisfaction", "appraisal")
    )
    timed = set(inputs.frames["service_time"]["unit_id"])
    assert staffed - surveyed
    assert surveyed - staffed
    assert (surveyed - staffed) - timed
    assert (surveyed - staffed) & timed
