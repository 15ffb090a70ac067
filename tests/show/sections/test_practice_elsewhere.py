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
