import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.clean.recipes import RECIPES, recipe_of
from asn_research.errors import RequestError, RuleError
from asn_research.rules import codebooks
from asn_research.rules.cities import City, load_city
from asn_research.rules.codebooks import SOURCES, fold, load_codebook, load_sources
from asn_research.rules.loading import load_model
from asn_research.rules.periods import Period
from asn_research.rules.regulations import (
    REGULATIONS,
    PredikatRule,
    SatisfactionRule,
    load_rules,
    round_half_up,
)
from asn_research.rules.words import LANGUAGES, load_words

TODAY = date(2026, 9, 30)
SKM = rules.at(TODAY).one(SatisfactionRule)
PREDIKAT = rules.at(TODAY).one(PredikatRule)


def test_the_matrix_is_the_regulations():
    # PermenPANRB 6/2022, as nine public applications restate it (rows: results).
    expected = {
        ("above", "above"): "very_good", ("above", "meets"): "good", ("above", "below"): "poor",
        ("meets", "above"): "good", ("meets", "meets"): "good", ("meets", "below"): "poor",
        ("below", "above"): "needs_improvement", ("below", "meets"): "needs_improvement",
        ("below", "below"): "very_poor",
    }  # fmt: skip
    assert {pair: PREDIKAT.predikat(*pair) for pair in expected} == expected


@pytest.mark.parametrize(
    ("index", "grade"),
    [
        pytest.param("25", "D", id="lowest_possible"),
        pytest.param("64.99", "D", id="just_below_C"),
        pytest.param("64.994", "D", id="rounds_down_to_D"),
        pytest.param("64.995", "C", id="half_rounds_up_to_C"),
        pytest.param("65", "C", id="lower_bound_C"),
        pytest.param("76.60", "C", id="just_below_B"),
        pytest.param("76.605", "B", id="half_rounds_up_to_B"),
        pytest.param("76.61", "B", id="lower_bound_B"),
        pytest.param("88.30", "B", id="just_below_A"),
        pytest.param("88.305", "A", id="half_rounds_up_to_A"),
        pytest.param("100", "A", id="highest_possible"),
    ],
)
def test_grade_boundaries(index, grade):
    assert SKM.grade(Fraction(index)).grade == grade


@given(st.fractions(min_value=25, max_value=100))
def test_every_index_has_exactly_one_grade(index):
    rounded = round_half_up(index, 2)
    earned = [band.grade for band in SKM.grades if rounded >= band.at_least]
    assert SKM.grade(index).grade == earned[0]


@given(st.fractions(min_value=-200, max_value=200, max_denominator=10**6), st.integers(0, 4))
def test_rounding_is_exact_and_sends_halves_up(value, decimals):
    rounded = Fraction(round_half_up(value, decimals))
    unit = Fraction(1, 10**decimals)
    assert -unit / 2 < rounded - value <= unit / 2


def test_floats_are_refused():
    with pytest.raises(TypeError, match="exact"):
        round_half_up(76.605, 2)


@pytest.mark.parametrize("name", sorted(load_rules()))
def test_a_rule_with_any_field_missing_cannot_be_loaded(name):
    content = yaml.safe_load((REGULATIONS / f"{name}.yaml").read_text())
    kind = type(load_rules()[name])
    for key in content:
        damaged = {k: v for k, v in content.items() if k != key}
        with pytest.raises(RuleError, match=key):
            load_model(kind, damaged, f"{name}.yaml")


def test_an_unknown_key_is_named():
    content = yaml.safe_load((REGULATIONS / "skm_2017.yaml").read_text())
    with pytest.raises(RuleError, match="multiplyer"):
        load_model(SatisfactionRule, {**content, "multiplyer": 25}, "skm_2017.yaml")


def test_a_rule_with_a_gap_cannot_be_loaded():
    content = yaml.safe_load((REGULATIONS / "skm_2017.yaml").read_text())
    content["grades"][-1]["at_least"] = "30"
    with pytest.raises(RuleError, match="an index of 25 would have no grade"):
        load_model(SatisfactionRule, content, "skm_2017.yaml")


def test_no_rule_before_its_time():
    with pytest.raises(RuleError, match="none of these rules was in force"):
        rules.at(date(2015, 1, 1)).one(PredikatRule)


@pytest.mark.parametrize("source", SOURCES)
def test_codebooks_hold_together(source):
    book = load_codebook(source)
    assert set(book.required) <= set(book.by_name)
    assert all(not column.is_published for column in book.columns if column.personal and column.type != "nip")


def test_every_source_has_its_recipe():
    assert set(RECIPES) == set(SOURCES)
    with pytest.raises(
        RuleError, match=r"overtime stands in rules/sources\.csv .* RECIPES in clean/recipes\.py"
    ):
        recipe_of("overtime")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("training,finish_date,public,no,0.1.0,Pelatihan,Training", "row 3: 'training' stands twice"),
        ("overtime,,internal,no,0.1.0,Lembur,", "label_english"),
    ],
)
def test_a_source_that_is_not_told_whole_is_refused(tmp_path, row, told):
    head = "source,latest_day,audience,sensitive,since,label_indonesian,label_english"
    path = tmp_path / "sources.csv"
    path.write_text(
        f"{head}\ntraining,finish_date,public,no,0.1.0,Pelatihan,Training\n{row}\n", encoding="utf-8"
    )
    with pytest.raises(RuleError, match=told):
        load_sources(path)


def test_a_latest_day_that_is_no_date_of_the_codebook_is_refused(monkeypatch):
    changed = {"training": load_sources()["training"].model_copy(update={"latest_day": "hours_jp"})}
    monkeypatch.setattr(codebooks, "load_sources", lambda: {**load_sources(), **changed})
    with pytest.raises(RuleError, match="training has no date hours_jp in its codebook"):
        load_codebook.__wrapped__("training")


def test_headings_u8_and_u9_mean_nothing_by_themselves():
    # The list of elements and the model questionnaire number them the other way round.
    headings = load_codebook("citizen_feedback").headings
    assert "u8" not in headings
    assert headings[fold("Sarana & Prasarana")] == "facilities"


def test_the_city_is_whole():
    city = load_city()
    assert len(city.reporting_units) == 36
    kinds = [unit.kind for unit in city.units.values()]
    assert (kinds.count("kecamatan"), kinds.count("kelurahan")) == (6, 29)
    assert all(city.services_of(unit.unit_id) for unit in city.reporting_units)


def test_a_kelurahan_is_shown_with_its_kecamatan():
    city = load_city()
    assert city.reporting_unit_id("KEL-SEL-02") == "KEC-SEL"
    with pytest.raises(RequestError, match="--unit KEC-SEL"):
        city.find_unit("Kelurahan Benua Melayu Laut")


def test_an_unknown_unit_is_answered_with_the_known_ones():
    with pytest.raises(RequestError, match=r"Known are:.*DISHUB"):
        load_city().find_unit("Dinas Antariksa")


def test_a_parent_outside_the_register_is_refused():
    city = load_city()
    orphan = city.units["KEL-SEL-02"].model_copy(update={"parent_id": "KEC-XXX"})
    with pytest.raises(RuleError, match="KEC-XXX"):
        City(city.facts, {orphan.unit_id: orphan})


@pytest.mark.parametrize(
    ("code", "id_label", "en_label", "first", "last"),
    [
        ("2026-Q3", "Triwulan III 2026", "Q3 2026", date(2026, 7, 1), date(2026, 9, 30)),
        ("2021-S1", "Semester I 2021", "first half of 2021", date(2021, 1, 1), date(2021, 6, 30)),
        ("2024", "Tahun 2024", "2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_periods(code, id_label, en_label, first, last):
    period = Period.parse(code)
    assert (period.code, period.label("id"), period.label("en")) == (code, id_label, en_label)
    assert (period.first_day, period.last_day) == (first, last)
    # An edition writes a period in one way: only the Indonesian quarter has a shorter one.
    assert period.short_label("en") == en_label


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.sampled_from("QSY"))
def test_every_day_lies_in_its_period(day, kind):
    period = Period.containing(day, kind)
    assert period.first_day <= day <= period.last_day
    assert Period.parse(period.code) == period
    assert period.next.previous == period


@pytest.mark.parametrize("text", ["2026-Q5", "TW III", "2026-13", ""])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(RequestError, match="2026-Q3"):
        Period.parse(text)


def test_citations_are_in_the_editions_language_and_regulations_keep_their_names():
    found = {rule.rule: rule.cited("en") for rule in load_rules().values()}
    assert not [
        text for text in found.values() if re.search(r"lampiran|Pasal|Peraturan|referensi|minimisasi", text)
    ]
    assert found["skm_2017"] == "PermenPANRB 14/2017, annex"
    assert load_rules()["skm_2017"].cited("id") == "PermenPANRB 14/2017, lampiran"


def test_every_word_stands_in_both_languages():
    texts = [load_words(language).texts for language in LANGUAGES]
    assert texts[0].keys() == texts[1].keys()
    with pytest.raises(RequestError, match="--lang id"):
        load_words("nl")
    with pytest.raises(RuleError, match=r"words\.csv has no row"):
        load_words("id")("no_such_word")


def test_exact_weight_beside_the_printed_one():
    assert SKM.weight == Fraction(1, 9)
    assert SKM.printed_weights == (Decimal("0.111"), Decimal("0.11"))
    assert SKM.coarsest_weight == Decimal("0.11")
