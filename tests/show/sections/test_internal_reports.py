"""The internal report of a unit, the city's and the quality report: whole sentences, figures that agree, one place each."""

from dataclasses import replace

import pandas as pd
import pytest
from show.reading import absurd, document, holes, staff_texts, tables
from show.surveys import survey

from asn_research import rules
from asn_research.measure.all_measures import measure_city
from asn_research.methods.estimates import Estimate
from asn_research.protect import protect_city
from asn_research.render.inputs import prepare_inputs, shared_report
from asn_research.render.slices import Slicer
from asn_research.rules.boundaries import load_boundaries
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.words import load_words
from asn_research.show import sections
from asn_research.show.blocks import Figure, Heading, KeyFigures, Paragraph, Table
from asn_research.show.data import ReportData
from asn_research.show.sections.city_units import motivation_standings
from asn_research.show.sections.motivation import scales_title
from asn_research.show.sections.staff_actions import steps
from asn_research.show.sections.staff_values import Valued

PERIOD = "2026-Q3"


@pytest.fixture(scope="module")
def shared(small_processed):
    prepare_inputs(small_processed)
    return shared_report(small_processed, PERIOD, "id")


@pytest.fixture(scope="module")
def reports(shared):
    """Each internal report of a unit, and the city's and the quality report for both audiences, by name."""
    found = {}
    for language in ("id", "en"):
        of = {name: Slicer(replace(shared, language=language), name) for name in ("internal", "public")}
        units = [unit.unit_id for unit in shared.city.reporting_units]
        for unit in units if language == "id" else ["DISHUB"]:
            found[f"{unit} {language}"] = (of["internal"].cut(unit), "dinas_internal")
        for name, slicer in of.items():
            found[f"city {name} {language}"] = (slicer.cut("CITY"), "city")
            found[f"quality {name} {language}"] = (slicer.cut("QUALITY"), "quality")
    return {name: (data, document(data, template)) for name, (data, template) in found.items()}


def test_no_mark_stands_in_a_sentence_and_no_chapter_is_empty(reports):
    assert len(reports) > 10
    for name, (_, blocks) in reports.items():
        assert not holes(blocks), name
        assert not absurd(blocks), name


def test_service_quality_is_one_number_wherever_it_stands(reports):
    told = {name: staff_texts(*each) for name, each in reports.items()}
    assert max(len(found) for found in told.values()) == 4
    for name, found in told.items():
        assert len(set(found.values())) <= 1, (name, found)


def test_the_first_page_has_a_message_figures_a_chart_and_steps(reports):
    data, blocks = reports["city internal id"]
    kinds = [type(block) for block in blocks]
    end = next(at for at, b in enumerate(blocks) if isinstance(b, Heading) and b.form == "section")
    assert {KeyFigures, Figure, Table} <= set(kinds[:end])
    assert len(next(b for b in blocks if isinstance(b, KeyFigures)).figures) == 3
    assert 2 <= len(steps(data)) <= 4


def test_the_closed_annex_stands_behind_the_signature(reports):
    _, blocks = reports["DISHUB id"]
    kinds = [block.kind for block in blocks]
    annex = next(at for at, b in enumerate(blocks) if isinstance(b, Heading) and "tertutup" in b.text)
    assert kinds.index("signature") < annex


def test_units_stand_beside_each_other_once(reports):
    for name in ("city public id", "city internal id"):
        assert len(tables(reports[name][1], "units")) == 1


def survey_of(units):
    """A city's report on surveys of some units."""
    city, when = load_city(), Period.parse(PERIOD)
    answers = pd.concat([survey(n=80, seed=at, unit=unit, shift=0.15 * at) for at, unit in enumerate(units)])
    measures = measure_city({"citizen_feedback": answers}, city).frames()
    protected = protect_city(measures, rules.at(when.last_day).one(DisclosureRule))
    return ReportData(
        city, "CITY", when, "id", "public", protected.for_audience("public"), {}, pd.DataFrame(), (), rules.at(when).rules,
        False, "0",
    )  # fmt: skip


def test_what_is_worst_is_said_first(shared):
    data = Slicer(shared, "public").cut("CITY")
    frame = data.protected.tables["complaints"].frame
    late = frame.assign(
        n=200, n_answered=190, n_resolved=150, n_due=180, resolved_in_time_pct=5.3, resolved_in_time_low=2.4,
        resolved_in_time_high=9.1,
    )  # fmt: skip
    own = protect_city({"complaints": late[late["unit_id"] == "CITY"]}, data.protected.rule).tables
    changed = replace(data, protected=replace(data.protected, tables={**data.protected.tables, **own}))
    blocks = sections.city_first_page(changed).items
    lead = next(b.text for b in blocks if isinstance(b, Paragraph) and b.role == "lead")
    assert lead.startswith("Hanya 5% pengaduan")
    figures = next(b for b in blocks if isinstance(b, KeyFigures)).figures
    assert "5%" in {figure.value for figure in figures}


def test_the_districts_are_drawn_where_their_outlines_are_known():
    data = survey_of(["KEC-SEL", "KEC-TIM", "KEC-BAR"])
    drawn = [b for b in sections.units_beside_each_other(data).items if isinstance(b, Figure)]
    (shown,) = (figure for figure in drawn if figure.key == "map")
    assert shown.alt.count("Kec.") == 3
    elsewhere = replace(
        data, city=replace(data.city, facts=data.city.facts.model_copy(update={"kemendagri_code": "61.72"}))
    )
    assert not [
        b for b in sections.units_beside_each_other(elsewhere).items if getattr(b, "key", "") == "map"
    ]


def test_every_district_of_the_register_has_an_outline():
    city = load_city()
    outlines = load_boundaries(city.facts.kemendagri_code)
    codes = {unit.kemendagri_code for unit in city.units.values() if unit.kind == "kecamatan"}
    assert codes == set(outlines)
    # Pontianak lies at the equator, at 109 degrees east; an outline is closed.
    for rings in outlines.values():
        for ring in rings:
            assert ring[0] == ring[-1]
            assert all(109 < east < 110 and -0.2 < north < 0.2 for east, north in ring)


def test_units_are_set_apart_only_beyond_chance_with_all_of_them_in_view():
    whole = Estimate(3.5, 3.4, 3.6)
    shown = {"A": Estimate(4.5, 4.2, 4.8), "B": Estimate(2.5, 2.2, 2.8), "C": Estimate(3.7, 3.45, 3.95)}
    assert motivation_standings(None, shown, whole) == {"A": "above", "B": "below"}
    assert motivation_standings(None, {"A": shown["A"]}, whole) == {}


def test_a_title_names_no_extreme_that_its_printed_values_do_not_show(shared):
    data = Slicer(shared, "internal").cut("CITY")
    words = load_words("id")

    def title(*values):
        return scales_title(data, [Valued("x", f"S{at}", Estimate(v), None) for at, v in enumerate(values)])

    assert title(3.21, 3.5, 3.9) == words(
        "title_low_high", low="S0", low_value="3,2", high="s2", high_value="3,9"
    )
    assert title(3.21, 3.88, 3.9) == words("title_low", low="S0", low_value="3,2")
    assert title(3.21, 3.22, 3.9) == words("title_high", high="S2", high_value="3,9")
    assert title(3.21, 3.22) == words("title_between", low="3,2", high="3,2")


def test_of_a_year_that_has_not_ended_no_band_is_told(shared):
    data = Slicer(shared, "internal").cut("CITY")
    said = " ".join(b.text for b in sections.professionalism(data).items if isinstance(b, Paragraph))
    assert "belum setahun penuh" in said
    assert not any(
        f"kategori {data.words(f'band_{name}')}" in said for name in ("very_low", "low", "moderate")
    )


def test_rules_of_staff_alone_are_named_in_the_internal_report(shared):
    data = Slicer(shared, "internal").cut("DISHUB")
    said = " ".join(b.text for b in sections.staff_method(data).items if isinstance(b, Paragraph))
    assert "PP 30/2019" in said or "PermenPANRB 6/2022" in said
    assert "Survei Kepuasan Masyarakat (" not in said


def test_without_any_record_of_training_nobody_is_told_to_have_learnt_nothing(shared):
    data = Slicer(shared, "internal").cut("CITY")
    table = data.protected.tables["training"]
    none = table.with_values(table.frame[["hours_mean", "trained_pct"]].astype("float64") * 0)
    silent = replace(
        data, protected=replace(data.protected, tables={**data.protected.tables, "training": none})
    )

    def said(of):
        blocks = [*sections.staff_first_page(of).items, *sections.training(of).items]
        return " ".join(block.text for block in blocks if isinstance(block, Paragraph))

    assert "jam pelajaran" in said(data)
    assert "tidak ada catatan pelatihan" not in said(data)
    assert "tidak ada catatan pelatihan bagi pegawai unit ini" in said(silent)
    assert "0,0 jam pelajaran" not in said(silent)
