"""Every key of words that code makes up is of a declared family, and every member of a family has its words."""

import ast
import csv
import string
from pathlib import Path
from typing import get_args

import pytest

from asn_research.errors import RuleError
from asn_research.render.word_families import (
    WordFamily,
    check_all_words,
    check_words,
    load_word_families,
)
from asn_research.rules.cities import Margin
from asn_research.rules.words import Words, load_words
from asn_research.show.staff_figures import PREDIKAT_COLOURS

PACKAGE = Path(__file__).parents[2] / "asn_research"
FAMILIES = load_word_families()
DECLARED = {family.pattern for family in FAMILIES}
EDITIONS = PACKAGE / "render" / "editions"
OWN_WORDS = load_words("en", EDITIONS / "words.csv")


def gives_words(function):
    """Tell whether what is called is a list of words, or asks one for a row."""
    if isinstance(function, ast.Call):
        return getattr(function.func, "id", "") == "load_words"
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name in {"words", "word", "said"} or (name == "has" and "words" in ast.unparse(function.value))


def asked(tree):
    """Yield each expression that is given to words: written there, or assigned to a name in that function."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        assigned = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and gives_words(node.func) and node.args:
                key = node.args[0]
                for value in assigned.get(key.id, []) if isinstance(key, ast.Name) else [key]:
                    yield node, value


def leaves(value):
    if isinstance(value, ast.IfExp):
        yield from leaves(value.body)
        yield from leaves(value.orelse)
    elif isinstance(value, ast.Constant | ast.JoinedStr):
        yield value


def pattern_of(text):
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in text.values)


KEYS = [
    (f"{path.relative_to(PACKAGE)}:{call.lineno}", path, leaf, call)
    for path in sorted(PACKAGE.rglob("*.py"))
    for call, value in asked(ast.parse(path.read_text(encoding="utf-8")))
    for leaf in leaves(value)
]


def test_every_key_that_code_makes_up_is_of_a_declared_family():
    made = {(where, pattern_of(leaf)) for where, _, leaf, _ in KEYS if isinstance(leaf, ast.JoinedStr)}
    assert len(made) > 70
    assert not {(where, pattern) for where, pattern in made if pattern not in DECLARED}
    # These are values of a table or a mapping first.
    assert (
        not DECLARED - {pattern for _, pattern in made} - {"fit_refused_{}", "element_short_{}", "member_{}"}
    )


def test_every_key_that_code_writes_out_has_its_words():
    written = [(where, path, leaf.value) for where, path, leaf, _ in KEYS if isinstance(leaf, ast.Constant)]
    assert len(written) > 500
    words = load_words("en")
    for where, path, key in written:
        assert words.has(key) or (EDITIONS in path.parents and OWN_WORDS.has(key)), f"{where}: {key}"


def test_every_name_that_a_written_row_asks_for_is_given():
    words, n = load_words("en"), 0
    for where, path, leaf, call in KEYS:
        given = {keyword.arg for keyword in call.keywords}
        if isinstance(leaf, ast.Constant) and None not in given and EDITIONS not in path.parents:
            asked_for = {name for _, name, _, _ in string.Formatter().parse(words.texts[leaf.value]) if name}
            assert asked_for <= given, f"{where}: {leaf.value}"
            n += 1
    assert n > 500


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.pattern)
def test_what_a_family_ranges_over_is_there(family):
    assert [key for key, _ in family.rows()]


def test_the_shipped_words_are_complete():
    check_all_words()


@pytest.mark.parametrize("family", [f for f in FAMILIES if f.needed], ids=lambda family: family.pattern)
def test_any_missing_member_is_refused_with_its_row_and_its_list(family):
    for missing, part in family.rows():
        words = load_words("id")
        fewer = Words("id", {key: text for key, text in words.texts.items() if key != missing})
        with pytest.raises(RuleError, match=rf"no row '{missing}'.*Add it") as raised:
            check_words(fewer, [family])
        assert part in str(raised.value)


@pytest.mark.parametrize("name", ["sources.csv", "formats.csv"])
def test_a_list_that_names_its_members_gives_their_words(name):
    for row in csv.DictReader((PACKAGE / "rules" / name).read_text(encoding="utf-8").splitlines()):
        pattern = {
            "sources.csv": "source_{}", "formats.csv": "index_format_{}", "suggestion_topics.csv": "topic_{}",
        }[name]  # fmt: skip
        key = pattern.format(next(iter(row.values())))
        assert [load_words(each)(key) for each in ("id", "en")] == [
            row["label_indonesian"],
            row["label_english"],
        ]


def test_a_family_over_a_list_that_is_gone_is_refused():
    gone = WordFamily(pattern="source_{}", over="rules.codebooks:NOWHERE", needed="yes")
    with pytest.raises(RuleError, match=r"no list rules\.codebooks:NOWHERE.*Mend the row"):
        list(gone.rows())


def test_every_predikat_has_its_colour():
    predikats = next(family for family in FAMILIES if family.pattern == "predikat_{}")
    assert {key for key, _ in predikats.rows()} == {f"predikat_{name}" for name in PREDIKAT_COLOURS}


def test_every_variable_of_the_people_served_has_its_name():
    words = load_words("en")
    assert all(
        words.has(f"dimension_{name}") for name in get_args(Margin.model_fields["variable"].annotation)
    )
