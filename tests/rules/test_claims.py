"""Sentences of findings: none without its interval, none stronger than its wording."""

import pytest

from asn_research.errors import RuleError
from asn_research.rules.claims import causal_verb, load_sentences, strongest_sentence
from asn_research.rules.loading import RULES

HEAD = "key,wording,strength,sign,id,en\n"
WEAK = (
    '{},association,clear,1,"Berkaitan: {{effect}} ({{interval}}).","Went with {{effect}} ({{interval}})."\n'
)
STRONG = 'a,effect,clear,1,"Meningkatkan {effect} ({interval}).","Raises it by {effect} ({interval})."\n'


def written(folder, *rows):
    path = folder / "claims.csv"
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_strongest_wording_that_a_design_allows_is_taken(tmp_path, language):
    sentences = load_sentences(language, written(tmp_path, WEAK.format("a"), STRONG, WEAK.format("b")))
    assert causal_verb(strongest_sentence(sentences, "a", "effect", "clear", 1), language)
    weaker = strongest_sentence(sentences, "a", "association", "clear", 1)
    assert not causal_verb(weaker, language)
    # A design that allows more than there is a sentence for says the weaker one.
    assert strongest_sentence(sentences, "b", "effect", "clear", 1) == weaker


#: Words that state a direction, of which a clear finding has one.
DIRECTIONS = {
    "id": ("lebih tinggi", "lebih rendah", "lebih lama", "lebih singkat", "lebih banyak", "lebih sedikit", "tertinggal", "selisihnya"),
    "en": ("higher", "lower", "longer", "shorter", "more ", "fewer", "less ", "behind", "difference"),
}  # fmt: skip


@pytest.mark.parametrize("name", ["claims.csv", "field_claims.csv", "practice.csv"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_clear_finding_states_its_direction_in_words(name, language):
    clear = {k: t for k, t in load_sentences(language, RULES / name).items() if k[2] == "clear"}
    assert clear
    for key, text in clear.items():
        about = text.partition("{effect}")[2][:40] + text.partition("{effect}")[0][-30:]
        assert any(word in about for word in DIRECTIONS[language]), key
        assert not {"berubah", "perubahan", "change", "changed", "differ"} & set(text.split()), key


def test_no_sentence_is_taken_from_above_the_ceiling(tmp_path):
    sentences = load_sentences("id", written(tmp_path, STRONG))
    with pytest.raises(RuleError, match=r"no sentence for 'a', clear, sign 1.*no more than association.*Add"):
        strongest_sentence(sentences, "a", "association", "clear", 1)


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        pytest.param(
            'a,association,clear,1,"Meningkatkan {effect} ({interval}).","Went with {effect} ({interval})."\n',
            "'Meningkatkan' says that one thing moves the other.*put `effect` under wording",
            id="causal_verb",
        ),
        pytest.param(
            'a,association,clear,1,"Berkaitan: {effect}.","Went with {effect} ({interval})."\n',
            "Write {interval} into both texts",
            id="no_interval",
        ),
        pytest.param(WEAK.format("a") * 2, "row 3: this sentence stands twice. Delete one", id="twice"),
        pytest.param(WEAK.format("a").replace("association", "proof"), "row 2.*`wording`", id="wording"),
    ],
)
def test_a_sentence_that_does_not_hold_is_refused_with_its_row(tmp_path, row, remedy):
    with pytest.raises(RuleError, match=remedy):
        load_sentences("id", written(tmp_path, row))


@pytest.mark.parametrize(
    ("text", "language", "verb"),
    [
        ("Pelatihan menyebabkan motivasi naik.", "id", "menyebabkan"),
        ("Pegawai yang menambah jam cenderung lebih termotivasi.", "id", ""),
        ("It LEADS TO more trust.", "en", "LEADS TO"),
        ("The case load was taken into account.", "en", ""),
        ("Training clauses and leads.", "en", ""),
    ],
)
def test_causal_verbs_are_whole_words(text, language, verb):
    assert causal_verb(text, language) == verb
