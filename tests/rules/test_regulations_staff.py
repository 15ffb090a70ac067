"""Rules about staff and complaints: what they say, and what they refuse."""

from copy import deepcopy
from datetime import date
from fractions import Fraction

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import RuleError
from asn_research.rules.cities import DayOverride, load_city
from asn_research.rules.codebooks import fold, load_codebook
from asn_research.rules.loading import load_model
from asn_research.rules.regulations import REGULATIONS, PredikatRule
from asn_research.rules.regulations_staff import (
    ORGANISATION_PREDIKATS,
    PREDIKATS,
    STAFF_RULES,
    ComplaintRule,
    DisciplineRule,
    DistributionRule,
    IpAsnRule,
)

TODAY = date(2026, 9, 30)
IP_ASN = rules.at(TODAY).one(IpAsnRule)
GUIDE = rules.at(TODAY).one(DistributionRule)
FILES = {
    "distribution": "distribution_2023",
    "ip": "ip_asn",
    "discipline": "discipline_2021",
    "complaint": "complaint_deadlines",
    "information": "information_audit",
}

# BKN's codes: results h and behaviour p, 1 above, 2 meets, 3 below (written ESPEKTASI there).
BKN = {
    (1, 1): 1, (1, 2): 2, (2, 1): 2, (2, 2): 2, (1, 3): 4, (2, 3): 4, (3, 1): 3, (3, 2): 3, (3, 3): 5,
}  # fmt: skip
SPELLED = {1: "DIATAS ESPEKTASI", 2: "SESUAI ESPEKTASI", 3: "DIBAWAH ESPEKTASI"}


@pytest.mark.parametrize(("codes", "quadrant"), BKN.items())
def test_all_nine_cells_in_bkns_codes_and_spelling(codes, quadrant):
    rule = rules.at(TODAY).one(PredikatRule)
    book = load_codebook("appraisals")
    results = book["results_rating"].codes[fold(SPELLED[codes[0]])]
    behaviour = book["behaviour_rating"].codes[fold(SPELLED[codes[1]])]
    key = rule.predikat(results, behaviour)
    assert {p.key: p.bkn_code for p in rule.predikats}[key] == quadrant


def damaged(kind, path, value):
    """Return a rule file's content with one place of it changed or, with ``...``, taken out."""
    content = yaml.safe_load((REGULATIONS / f"{FILES[kind]}.yaml").read_text(encoding="utf-8"))
    place = content = deepcopy(content)
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("kind", "path", "value", "named"),
    [
        ("distribution", ("guides", "poor"), ..., "guides.*poor missing"),
        ("distribution", ("guides", "splendid"), [], "guides.*splendid unknown"),
        ("distribution", ("guides", "good", 0, "at_least_pct"), 20, "at_most_pct.*at_least_pct"),
        ("distribution", ("guides", "good", 0, "predikats"), ["superb"], "predikats"),
        ("distribution", ("guides", "good", 0, "at_most_pct"), 120, "at_most_pct"),
        ("distribution", ("guides", "poor", 1, "at_least_pct"), 50, "poor asks for 110 percent"),
        ("ip", ("dimensions", "performance"), 25, "add up to 95, not 100"),
        ("ip", ("performance", "very_good"), 25, "highest step gives 25, its dimension 30"),
        ("ip", ("performance", "poor"), ..., "performance.*poor missing"),
        ("ip", ("competence", "functional", 2, "points"), 5, "functional add up to 35"),
        ("ip", ("competence", "operational"), ..., "competence.*operational missing"),
        ("ip", ("qualification", "diploma", "lowest"), 20, "lowest.*above.*highest"),
        ("ip", ("discipline", "none"), 4, "discipline.*highest step"),
        ("ip", ("bands", 4, "at_least"), "10", "start the last one at 0"),
        ("ip", ("bands", 1, "at_least"), "95", "fall strictly"),
        ("ip", ("decimals",), -1, "decimals"),
        ("discipline", ("sanctions", 1, "bkn_code"), 1, "bkn_code stands twice"),
        ("discipline", ("sanctions", 1, "level"), "mild", "known level"),
        ("discipline", ("levels",), ["light", "severe"], "levels.*moderate missing"),
        ("complaint", ("resolve_within_days", "complaint"), ..., "resolve_within_days.*complaint missing"),
        ("complaint", ("class_if_unknown",), "gossip", "class_if_unknown.*gossip has no deadline"),
        ("complaint", ("days",), "weeks", "days"),
        ("complaint", ("first_response_days",), 0, "first_response_days"),
        ("information", ("effective_grades_at_least",), 0.5, "effective_grades_at_least"),
        ("information", ("reliability_at_least",), 1.2, "reliability_at_least"),
        ("information", ("quarters",), 0, "quarters"),
        ("information", ("checked",), "surely", "checked"),
    ],
)
def test_a_damaged_rule_is_refused_by_name(kind, path, value, named):
    with pytest.raises(RuleError, match=named):
        load_model(STAFF_RULES[kind], damaged(kind, path, value), f"{FILES[kind]}.yaml")


def _places(content, path=()):
    for key, value in content.items() if isinstance(content, dict) else enumerate(content):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*path, key))


@pytest.mark.parametrize("kind", FILES)
def test_an_unknown_key_or_any_single_missing_one_is_refused(kind):
    content = yaml.safe_load((REGULATIONS / f"{FILES[kind]}.yaml").read_text(encoding="utf-8"))
    with pytest.raises(RuleError, match="validfrom"):
        load_model(STAFF_RULES[kind], {**content, "validfrom": "2020-01-01"}, "x.yaml")
    for path in _places(content):
        # A city may know fewer classes of reports or steps of schooling; items of lists are tried elsewhere.
        optional = path[0] in {"resolve_within_days", "qualification"} and len(path) == 2
        # The mark of what holds them stands for single values.
        optional = optional or path == ("checked", "full_text")
        if optional or path[-1] == "most" or not isinstance(path[-1], str):
            continue
        with pytest.raises(RuleError):
            load_model(STAFF_RULES[kind], damaged(kind, path, ...), "x.yaml")


@pytest.mark.parametrize(
    ("organisation", "counts", "kept"),
    [
        # SE MenPANRB 3/2023, as restated; counts of very good, good, needs improvement, poor, very poor.
        pytest.param("excellent", (70, 30, 0, 0, 0), [True], id="excellent_seventy_is_kept"),
        pytest.param("excellent", (71, 29, 0, 0, 0), [False], id="excellent_seventy_one_is_not"),
        pytest.param("good", (20, 70, 10, 0, 0), [True, True], id="good_within"),
        pytest.param("good", (6, 94, 0, 0, 0), [False, False], id="good_nearly_all_baik"),
        pytest.param("good", (30, 69, 0, 1, 0), [True, True], id="good_one_misconduct_is_some"),
        pytest.param("needs_improvement", (10, 30, 60, 0, 0), [True, True], id="needs_within"),
        pytest.param("needs_improvement", (11, 30, 59, 0, 0), [False, False], id="needs_not"),
        pytest.param("poor", (10, 20, 10, 60, 0), [True, True, True], id="poor_within"),
        pytest.param("poor", (0, 31, 9, 60, 0), [True, False, True], id="poor_too_few_to_improve"),
        pytest.param("very_poor", (0, 30, 4, 6, 60), [True, True, True], id="very_poor_within"),
        pytest.param("very_poor", (1, 29, 4, 6, 60), [True, True, False], id="very_poor_no_very_good"),
    ],
)
def test_the_guides_limits(organisation, counts, kept):
    by_name = dict(zip(PREDIKATS, counts, strict=True))
    found = [
        limit.is_kept(sum(by_name[p] for p in limit.predikats), sum(counts))
        for limit in GUIDE.guides[organisation]
    ]
    assert found == kept


@given(st.integers(0, 400), st.integers(1, 400), st.sampled_from(ORGANISATION_PREDIKATS))
def test_more_staff_never_break_a_floor_nor_mend_a_ceiling(n, total, organisation):
    n = min(n, total)
    for limit in GUIDE.guides[organisation]:
        now, one_more = limit.is_kept(n, total), limit.is_kept(min(n + 1, total), total)
        assert (now or not one_more) if limit.at_most_pct is not None else (one_more or not now)


@pytest.mark.parametrize(
    ("index", "band"),
    [
        ("91", "very_high"), ("90.995", "very_high"), ("90.994", "high"), ("90.5", "high"), ("81", "high"),
        ("80.99", "moderate"), ("71", "moderate"), ("70.99", "low"), ("61", "low"), ("60.99", "very_low"), ("0", "very_low"),
    ],
)  # fmt: skip
def test_bands_of_the_professionalism_index(index, band):
    assert IP_ASN.band(Fraction(index)) == band


def test_whole_numbers_are_another_policy():
    # 90.5 lies in the gap between the printed bands 81-90 and 91-100.
    whole = IP_ASN.model_copy(update={"decimals": 0})
    assert (whole.band(Fraction("90.5")), whole.band(Fraction("90.49"))) == ("very_high", "high")


@given(st.fractions(0, 100))
def test_every_index_has_exactly_one_band(index):
    found = IP_ASN.band(index)
    assert [b.band for b in IP_ASN.bands].count(found) == 1
    assert IP_ASN.band(min(Fraction(100), index + 10)) in [
        b.band for b in IP_ASN.bands[: [b.band for b in IP_ASN.bands].index(found) + 1]
    ]


def test_sanctions_carry_bkns_codes_and_levels():
    rule = rules.at(TODAY).one(DisciplineRule)
    by_level = {level: {s.bkn_code for s in rule.sanctions if s.level == level} for level in rule.levels}
    assert by_level == {"light": {1, 2, 3}, "moderate": {23, 24, 25}, "severe": {10, 27, 28}}
    assert set(load_codebook("sanctions")["sanction"].codes.values()) == set(rule.level_of)


def test_deadlines_are_those_announced():
    rule = rules.at(TODAY).one(ComplaintRule)
    assert (rule.verify_within_days, rule.first_response_days, rule.close_after_reply_days) == (3, 5, 10)
    assert rule.resolve_within_days == {
        "information": 5, "aspiration": 5, "complaint": 14, "supervised_complaint": 60,
    }  # fmt: skip
    assert (rule.days, rule.class_if_unknown) == ("working", "complaint")


def test_there_is_no_guide_before_its_circular():
    with pytest.raises(RuleError, match="none of these rules was in force"):
        rules.at(date(2022, 12, 31)).one(DistributionRule)


def test_a_citys_own_days_are_read_and_a_day_twice_is_refused(tmp_path):
    source = load_city()
    for name in ("city.yaml", "units.csv", "services.csv"):
        text = (REGULATIONS.parent / "cities" / source.facts.city_id / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    days = tmp_path / "working_days.csv"
    days.write_text("date,is_working,reason,source\n2026-10-23,no,Hari jadi kota,Perwali\n", encoding="utf-8")
    day = DayOverride(date=date(2026, 10, 23), is_working="no", reason="Hari jadi kota", source="Perwali")
    assert load_city(folder=tmp_path).facts.day_overrides == (day,)
    again = tmp_path / "again"
    again.mkdir()
    for path in list(tmp_path.iterdir()):
        if path.is_file():
            (again / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    with (again / "working_days.csv").open("a", encoding="utf-8") as lines:
        lines.write("2026-10-23,yes,Dibatalkan,Perwali\n")
    with pytest.raises(RuleError, match="2026-10-23 stands twice"):
        load_city(folder=again)
