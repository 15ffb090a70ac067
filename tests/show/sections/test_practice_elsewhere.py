"""The section on good practice: careful words, protected rows, and nothing where nothing holds."""

import dataclasses
import re
from datetime import date

import pandas as pd
import pytest

from asn_research import rules
from asn_research.protect import protect_city
from asn_research.render.inputs import load_report, prepare_inputs
from asn_research.rules.claims import load_sentences
from asn_research.rules.loading import RULES
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.words import load_words
from asn_research.show import sections

CAUSAL = re.compile(
    r"\b(menyebabkan|mengakibatkan|membuat waktu|berkat|karena program|meningkatkan|menurunkan"
    r"|causes|caused|because of|thanks to|led to|leads to|reduces?|raises?|improves?)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def report(small_processed):
    prepare_inputs(small_processed)
    return lambda unit, language: load_report(small_processed, unit, "2026-Q3", language)


def row(unit="DISHUB", n=300, **change):
    base = {
        "unit_id": unit, "period": "2026-Q3", "indicator": "log_days", "n": n, "raw": -31.0, "effect": -27.4,
        "low": -35.2, "high": -16.8, "rank_low": 1, "rank_high": 4, "n_units": 36, "p_better": 0.998,
        "is_reliable": True, "programmes": "Antrean daring perizinan angkutan",
    }  # fmt: skip
    return {**base, **change}


def shown(report, *rows, unit="CITY", language="id"):
    data = report(unit, language)
    rule = rules.at(date(2026, 9, 30)).one(DisclosureRule)
    city = protect_city({"good_practice": pd.DataFrame(rows)}, rule)
    return sections.good_practice(dataclasses.replace(data, protected=city))


def drive(unit="DINKES", verdict="works", **change):
    base = {
        "unit_id": unit, "period": "2026-Q3", "programme": "Vaksinasi anak sekolah", "drive_period": "2025-Q4",
        "n_before": 4, "n_after": 4, "before_pct": 73.2, "after_pct": 101.4, "change": 28.2, "others_change": 8.1,
        "n_others": 9, "gain": 20.1, "gain_low": 15.4, "gain_high": 24.8, "verdict": verdict, "output_unit": "anak",
        "may_copy": "DLH|KEC-SEL",
    }  # fmt: skip
    return {**base, **change}


def with_drives(report, *drives, unit="CITY", language="id"):
    data = report(unit, language)
    rule = rules.at(date(2026, 9, 30)).one(DisclosureRule)
    frames = {"good_practice": pd.DataFrame([row(is_reliable=False)]), "drives": pd.DataFrame(drives)}
    return text(sections.good_practice(dataclasses.replace(data, protected=protect_city(frames, rule))))


def text(blocks):
    return " ".join(block.to_html() for block in blocks.items)


@pytest.mark.parametrize(("language", "word"), [("id", "nyata lebih cepat"), ("en", "reliably faster")])
def test_the_city_lists_reliable_units_with_interval_rank_and_programme(report, language, word):
    page = text(shown(report, row(), row("BKAD", is_reliable=False), language=language))
    assert word in page
    assert "Antrean daring perizinan angkutan" in page
    assert "1 – 4" in page
    assert "BKAD" not in page


def test_where_no_unit_is_reliably_better_the_city_says_so(report):
    assert "dapat terjadi secara kebetulan" in text(shown(report, row(is_reliable=False)))


def test_a_unit_reads_of_itself_only_and_only_what_holds(report):
    page = text(shown(report, row(), row("BKAD", programmes="Rahasia"), unit="DISHUB"))
    assert "27% lebih singkat" in page
    assert "17 – 35%" in page
    assert "layak dicoba" in page
    assert "Rahasia" not in page
    assert not shown(report, row(is_reliable=False), unit="DISHUB").items


def test_a_small_group_is_never_called_better(report):
    page = text(shown(report, row(n=4), row("BKAD", programmes="Lain")))
    assert "Antrean daring" not in page
    assert "Lain" in page


def test_no_word_is_causal_in_either_language():
    for language in ("id", "en"):
        words = load_words(language)
        own = [
            words("good_practice_intro", time="10", index="1"),
            words("good_practice_copy"),
            words("good_practice_none"),
        ]
        for sentence in [*load_sentences(language, RULES / "practice.csv").values(), *own]:
            assert not CAUSAL.search(sentence), sentence


def test_measured_from_the_real_road_or_absent_in_words(report):
    for unit in ("CITY", "DISHUB"):
        for language in ("id", "en"):
            assert isinstance(text(sections.good_practice(report(unit, language))), str)
    assert report("CITY", "id").protected.get("good_practice") is not None


def test_the_city_names_a_drive_that_works_who_could_try_it_and_what_is_not_known(report):
    idle = drive("KEC-SEL", "unclear", programme="Loket cepat", gain=0.4, gain_low=-3.0, gain_high=3.8)
    page = with_drives(report, drive(), idle)
    assert "Vaksinasi anak sekolah" in page
    assert "101% dari target; sebelumnya 73%" in page
    assert "20 poin (kisaran 15 – 25)" in page
    assert "Targetnya tercapai" in page
    assert report("CITY", "id").city.units["DLH"].short_name in page
    assert "Yang belum diketahui" in page
    assert "Loket cepat" not in page
    english = with_drives(report, drive(after_pct=97.0), language="en")
    assert "Its target is not met yet" in english
    assert "Not known" in english


def test_without_a_drive_that_works_the_city_names_none(report):
    page = with_drives(report, drive(verdict="unclear"), drive("KEC-SEL", "behind"))
    assert "Vaksinasi" not in page
    assert "Terobosan" not in page


def test_a_unit_reads_of_its_own_drive_whatever_came_of_it(report):
    idle = drive("DISHUB", "unclear", programme="Antrean daring", gain=0.4, gain_low=-3.0, gain_high=3.8)
    page = with_drives(report, drive(), idle, unit="DISHUB")
    assert "belum jelas apakah terobosan itu disertai hasil yang lebih" in page
    assert "Vaksinasi" not in page


def first_page(report, language="id", drives=(), better=()):
    data = report("CITY", language)
    rule = rules.at(date(2026, 9, 30)).one(DisclosureRule)
    protected = protect_city({"good_practice": pd.DataFrame(better), "drives": pd.DataFrame(drives)}, rule)
    # What the page shows beside it stays as the city has it.
    tables = {
        **data.protected.tables,
        **{name: protected.tables[name] for name in ("good_practice", "drives")},
    }
    return text(
        sections.city_first_page(dataclasses.replace(data, protected=replaced(data.protected, tables)))
    )


def replaced(protected, tables):
    return dataclasses.replace(protected, tables=tables)


def test_the_first_page_of_the_city_names_the_drive_that_works_and_the_units_that_are_better(report):
    idle = drive("KEC-SEL", "unclear", programme="Loket cepat", gain=0.4, gain_low=-3.0, gain_high=3.8)
    page = first_page(report, drives=[drive(), idle], better=[row(), row("BKAD", is_reliable=False)])
    assert "capaian Vaksinasi anak sekolah" in page
    assert "naik 20 poin lebih banyak daripada program lain (kisaran 15 – 25)" in page
    assert (
        f"lebih cepat dalam empat triwulan terakhir: {report('CITY', 'id').city.units['DISHUB'].short_name}."
        in page
    )
    assert "Loket cepat" not in page
    assert "rose 20 points more than other programmes" in first_page(report, "en", [drive()], [row()])


def test_the_first_page_counts_the_units_that_it_does_not_name(report):
    units = ("DISHUB", "BKAD", "DINKES", "DLH")
    page = first_page(report, drives=[drive()], better=[row(unit) for unit in units])
    assert "; dan 2 perangkat daerah lain." in page
    both = first_page(report, drives=[drive()], better=[row(unit) for unit in units[:2]])
    assert "perangkat daerah lain." not in both


def test_the_first_page_tells_the_largest_gains_and_nothing_where_nothing_stands_out(report):
    three = [
        drive(unit, programme=f"Program {n}", gain=10.0 * n)
        for n, unit in enumerate(("DLH", "DINKES", "BKAD"), 1)
    ]
    page = first_page(report, drives=three, better=[row(is_reliable=False)])
    assert page.index("Program 3") < page.index("Program 2")
    assert "Program 1" not in page
    idle = first_page(report, drives=[drive(verdict="unclear")], better=[row(is_reliable=False)])
    assert "Layak ditiru" not in idle
