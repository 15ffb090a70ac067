"""An attacker with the published editions of a city gets nothing of few people out of them.

The attacker reads files alone (`published`), writes down what they say and how it hangs together (`attacker`), and solves it
(`attacks`). What is true is known to these tests (`truth`), to judge what was found.
"""

import shutil
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pytest
from journeys.attacker import overheard, unheard
from journeys.attacks import between_editions, disagreements, findings, totals, wrong
from journeys.published import CITY, Edition, read_editions
from journeys.publishing import simulated
from journeys.truth import true_cells
from protect.attacker import Attacker

from asn_research.ledger import copy_ledger, ledger_of
from asn_research.protect import declared as declarations
from asn_research.protect import linked_sums
from asn_research.protect import release as protection
from asn_research.render.approval import approve

#: D1 sanctions, D2 merged predikat, D3 hours of two or three, D4 the city less its units, D5 hidden groups together and
#: answers of few, D6 small numbers that are printed, D7 what nobody did, or everybody.
ATTACKS = ("D1", "D2", "D3", "D4", "D5", "D6", "D7")
NOW, BEFORE = "2026-Q3", "2026-Q2"


@dataclass
class Attacked:
    """What an attacker made of a folder of reports."""

    editions: list[Edition]
    true: dict[tuple[str, ...], float] = field(repr=False)

    @cached_property
    def attacker(self) -> Attacker:
        return overheard(self.editions)

    @cached_property
    def found(self):
        return findings(self.editions, self.attacker, self.true)

    def by(self, attack):
        return [str(finding) for finding in self.found if finding.attack == attack]


def attacked(city, reports):
    return Attacked(read_editions(reports), true_cells(city.processed))


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("attacked"), employees=150, quarters=2, seed=5)


@pytest.fixture(scope="module")
def small(city):
    return attacked(city, city.publish(NOW, BEFORE, formats=("html", "xlsx", "lembar-kerja")))


def test_the_attacker_hears_enough(small):
    assert len({edition.unit for edition in small.editions}) >= 6
    kinds = {name[0] for name in small.true if small.attacker.is_heard_of(name)}
    assert {"staff", "group", "predikat", "category", "service", "hours of kind", "category sum"} <= kinds
    hidden = [
        name
        for name in small.true
        if small.attacker.is_heard_of(name) and not small.attacker.is_published(name)
    ]
    assert len(hidden) > 1000
    # Of each of these it is told how many there are, of some unit at least.
    told = {name[0] for name in small.true if small.attacker.known(name)}
    assert {
        *(
            "staff",
            "trained",
            "pns",
            "met",
            "group",
            "rated",
            "item",
            "ever",
            "respondents",
            "category",
            "element",
        ),
        *("element sum", "requests", "service", "rows"),
    } <= told


def test_no_table_that_tells_of_people_goes_unheard(small):
    assert {edition.name: titles for edition in small.editions if (titles := unheard(edition))} == {}


def test_what_the_attacker_believes_is_true(small):
    """Without this, an attacker who reasons falsely would be taken for one who finds nothing."""
    assert wrong(small.attacker, small.true) == []


@pytest.mark.parametrize("name", ATTACKS)
def test_two_quarters_of_six_units_give_nobody_away(small, name):
    assert small.by(name) == []
    # The solver met nothing that cannot be.
    assert small.attacker.contradictions == []


def test_totals_of_several_quarters_give_nobody_away(small):
    assert [str(each) for each in totals(small.editions, small.true)] == []


def test_no_edition_says_otherwise_than_another(small):
    assert list(disagreements(small.editions)) == []


def two_pppk(unit):
    """Leave a unit two PPPK, beside many PNS of golongan II and III; all others of the city are PNS of golongan III."""

    def change(rows):
        own = (rows["reporting_unit_id"].astype(str) == unit).to_numpy()
        is_pppk, is_second = own & (own.cumsum() <= 2), own & (own.cumsum() > 2) & (own.cumsum() <= 20)
        made = {
            "employment_type": np.where(is_pppk, "pppk", "pns"),
            "rank_group": np.select([is_pppk, is_second], ["", "II"], "III"),
        }
        return rows.assign(**{name: pd.Categorical(values) for name, values in made.items()})

    return change


@pytest.mark.slow
@pytest.mark.parametrize("is_joint", [True, False])
def test_without_the_joint_step_two_pppk_are_the_staff_less_two_golongan(city, monkeypatch, is_joint):
    other = city.with_other(f"joint_{is_joint}", "employees", two_pppk("DINKES"))
    if not is_joint:
        monkeypatch.setattr(protection, "hidden_jointly", lambda *_, **__: {})
        # What is left open of sums would hide a golongan too.
        monkeypatch.setattr(protection, "hidden_for_sums", lambda _, __, masks, *___, **____: masks)
    reports = other.publish(NOW, reports=f"joint_{is_joint}_r", formats=("html",), audience="internal")
    found = attacked(other, reports)
    assert bool(found.by("D3")) is not is_joint, [str(each) for each in found.found]
    if not is_joint:
        (two,) = [each for each in found.found if each.cell == ("pppk", "DINKES", NOW)]
        # No more than the two: that is who they are.
        assert two.low <= two.true == two.high == 2


def only(n, unit):
    """Leave a unit the first forms alone."""

    def change(rows):
        own = rows.index[rows["reporting_unit_id"].astype(str) == unit]
        return rows.drop(own[n:]).reset_index(drop=True)

    return change


@pytest.mark.slow
@pytest.mark.parametrize("is_related", [True, False])
def test_an_element_hidden_for_another_unit_follows_from_the_index_where_it_is_hidden_alone(
    city, monkeypatch, is_related
):
    """Of six, beside a hidden unit, all found the costs the best: the element of a large unit is hidden for them."""
    other = city.with_other(f"index_{is_related}", "citizen_feedback", only(6, "INSPEKTORAT"))
    if not is_related:
        monkeypatch.setattr(linked_sums, "_links_of_means", lambda _: [])
    reports = other.publish(
        NOW, reports=f"index_{is_related}_r", formats=("html", "lembar-kerja"), audience="public"
    )
    found = attacked(other, reports)
    assert wrong(found.attacker, found.true) == []
    assert {each.cell for each in found.found} == (
        set() if is_related else {("element sum", "INSPEKTORAT", NOW, "cost")}
    )
    assert found.attacker.contradictions == []


def test_without_the_zero_rule_the_text_says_what_nobody_did(city, monkeypatch, request):
    monkeypatch.setitem(declarations._ZERO, "sensitive", "shown")
    for made in vars(declarations).values():
        if hasattr(made, "cache_clear"):
            made.cache_clear()
            # What is remembered of this test is no guard of the next.
            request.addfinalizer(made.cache_clear)
    other = city.again("without_zero")
    found = attacked(
        other, other.publish(NOW, reports="without_zero_r", formats=("html",), unit=CITY, audience="internal")
    )
    assert found.by("D7")


def without_the_last_of(unit):
    """Leave out the last form of a unit, as if it came late."""

    def change(rows):
        own = rows.index[rows["reporting_unit_id"].astype(str) == unit]
        return rows.drop(own[-1]).reset_index(drop=True)

    return change


@pytest.mark.slow
@pytest.mark.parametrize("is_approved", [True, False])
def test_a_late_answer_is_told_by_two_editions_without_the_ledger_alone(city, is_approved):
    """One form comes late: the later edition less the earlier is what that citizen answered."""
    name = f"approved_{is_approved}"
    earlier = city.with_other(f"{name}_1", "citizen_feedback", without_the_last_of("DINKES"))
    asked = {"formats": ("html",), "audience": "public"}
    before = attacked(earlier, earlier.publish(NOW, reports=f"{name}_earlier", **asked))
    if is_approved:
        approve(
            city.raw, earlier.processed, earlier.folder / f"{name}_earlier", NOW, at="2026-10-12T09:30+07:00"
        )
    later = city.with_other(f"{name}_2", "citizen_feedback", lambda rows: rows)
    copy_ledger(city.raw, later.processed)
    after = attacked(later, later.publish(NOW, reports=f"{name}_later", **asked))
    found = list(between_editions(before.attacker, after.attacker, after.true))
    shutil.rmtree(ledger_of(city.raw), ignore_errors=True)
    assert bool(found) is not is_approved, [str(each) for each in found]
    assert after.found == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Four quarters and a half year, both audiences and languages; the latest quarter in all formats."""
    city = simulated(tmp_path_factory.mktemp("whole"), employees=150, quarters=4, seed=8)
    languages = ("id", "en")
    city.publish("2025-Q4", "2026-Q1", BEFORE, "2026-S1", languages=languages, formats=("html", "xlsx"))
    return attacked(city, city.publish(NOW, languages=languages))


@pytest.mark.longest
@pytest.mark.parametrize("name", ATTACKS)
def test_a_year_of_all_editions_gives_nobody_away(whole, name):
    assert whole.by(name) == []
    assert whole.attacker.contradictions == []


@pytest.mark.longest
def test_what_the_attacker_believes_of_a_year_is_true_and_no_edition_says_otherwise(whole):
    assert {edition.format for edition in whole.editions} == {"html", "docx", "pdf", "xlsx", "lembar-kerja"}
    assert wrong(whole.attacker, whole.true) == []
    assert list(disagreements(whole.editions)) == []
