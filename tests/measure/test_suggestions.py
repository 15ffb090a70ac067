"""Citizens' suggestions: topics by key words, counts by unit, and nothing of the texts."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.measure.suggestions import suggestions_by_unit
from asn_research.protect import protect_city
from asn_research.rules import at
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.topics import OTHER, load_topics, plain, topics_of


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Antrean terlalu lama", ["waiting"]),
        ("Antrenye lame, tolong dipercepat", ["waiting"]),
        ("Kerusi di ruang tunggu kurang", ["facilities"]),
        ("Nunggu lamak, petugas sikit", ["waiting", "staff_skill"]),
        ("Makaseh, dah baik pelayanannye", ["praise"]),
        ("Petugas LOKET judes!!", ["staff_conduct"]),
        ("Persyaratan mohon dipermudah, jangan bolak-balik", ["requirements"]),
        ("Semoga makin maju", ["other"]),
        ("-", []),
        ("tidak ada", []),
        ("Tadak ade", []),
        ("", []),
        # A word within another word is not that word.
        ("malam", ["other"]),
    ],
)
def test_a_text_is_known_by_its_words(text, topics):
    assert list(topics_of(text)) == topics


@given(st.text(max_size=80))
def test_any_text_has_known_topics_and_says_nothing_of_itself(text):
    found = topics_of(text)
    assert set(found) <= set(load_topics())
    assert len(set(found)) == len(found)
    assert OTHER not in found or found == (OTHER,)
    assert plain(plain(text)) == plain(text)


@given(st.sampled_from([each for topic in load_topics().values() for each in topic.keywords]))
def test_every_key_word_finds_its_topic(word):
    text = f"mohon {word.removesuffix('*')} ya"
    own = {key for key, topic in load_topics().items() if word in topic.keywords}
    assert own <= set(topics_of(text))


def answers(*texts, unit="A"):
    return pd.DataFrame(
        {
            "reporting_unit_id": unit,
            "period": "2026-Q3",
            "suggestion_topics": ["|".join(topics_of(text)) for text in texts],
        }
    )


def test_counts_are_of_respondents_and_shares_of_those_who_wrote():
    found = suggestions_by_unit(answers("antre lama, antrean lagi", "kursi, antre", "", "-")).set_index(
        "topic"
    )
    assert found.loc["waiting", "n"] == 2
    assert found.loc["facilities", "n"] == 1
    assert found["n_suggestions"].eq(2).all()
    assert found.loc["waiting", "share_pct"] == 100


def test_a_survey_that_asks_for_none_has_none():
    assert suggestions_by_unit(answers("antre").drop(columns="suggestion_topics")).empty
    assert suggestions_by_unit(answers("", "-")).empty


def test_few_respondents_of_a_topic_are_not_shown():
    rule = at("2026-Q3").one(DisclosureRule)
    few = rule.smallest_cell - 1
    frame = suggestions_by_unit(answers(*["antre"] * 40, *["toilet kotor"] * few))
    shown = protect_city({"suggestions": frame}, rule).tables["suggestions"].frame.set_index("topic")
    assert shown.loc["waiting", "n"] == 40 or pd.isna(shown.loc["waiting", "n"])
    assert pd.isna(shown.loc["cleanliness", "n"])
    assert pd.isna(shown.loc["cleanliness", "share_pct"])
    tiny = suggestions_by_unit(answers(*["antre"] * (rule.smallest_group.citizens - 1)))
    hidden = protect_city({"suggestions": tiny}, rule).tables["suggestions"].frame
    assert hidden[["n", "n_suggestions", "share_pct"]].isna().all().all()
