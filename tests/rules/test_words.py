"""Messages to planners stand in both languages, and what the code fills in is what the rows ask for."""

import ast
import string
from pathlib import Path

import pytest

from asn_research.errors import AsnError, RawDataError, RequestError, RuleError
from asn_research.rules.periods import Period
from asn_research.rules.words import LANGUAGES, Words, in_language, load_words, worded

PACKAGE = Path(__file__).parents[2] / "asn_research"


def told_errors():
    """Yield every place where an error is told by a row of words: file, line, row, filled names, English."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            # An error whose parts are words themselves is put together in each language by `words`.
            place = {"worded": 1, "worded_as": 0, "words": 0}.get(name)
            if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                if name == "words" and not str(node.args[0].value).startswith("error_"):
                    continue
                named = {keyword.arg for keyword in node.keywords}
                yield f"{path.name}:{node.lineno}", node.args[place].value, named


TOLD = list(told_errors())


def test_every_told_error_has_its_row_and_fills_all_of_it():
    assert len(TOLD) > 60
    english = load_words("en")
    for where, word, named in TOLD:
        assert english.has(word), where
        wanted = {name for _, name, _, _ in string.Formatter().parse(english.texts[word]) if name}
        assert wanted == named, where


def test_no_row_of_an_error_is_unused():
    used = {word for _, word, _ in TOLD}
    assert {key for key in load_words("id").texts if key.startswith("error_")} <= used


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_is_told_in_the_language_asked_for(language):
    with pytest.raises(RequestError) as raised:
        Period.parse("2026-Q9x")
    line = in_language(raised.value, language)
    assert ("is not a period" in line) == (language == "en")
    assert ("bukan periode" in line) == (language == "id")
    assert "2026-Q9x" in line


@pytest.mark.parametrize(
    ("language", "said"), [("id", "a.csv, baris 2: 'x' bukan"), ("en", "a.csv, row 2: 'x' is not")]
)
def test_an_error_within_an_error_is_told_in_its_language_too(language, said):
    with pytest.raises(RequestError) as raised:
        Period.parse("x")
    outer = worded(RequestError, "error_grid_row", grid="a.csv", row=2, error=raised.value)
    assert in_language(outer, language).startswith(said)


def test_what_nobody_translated_is_told_as_it_is():
    assert in_language(AsnError("as it is"), "id") == "as it is"


def test_the_english_message_is_that_of_the_error_itself():
    error = worded(RawDataError, "error_file_empty", name="a.csv")
    assert str(error) == in_language(error, "en")
    assert in_language(error, "id").startswith("a.csv: berkas ini kosong")


def test_a_name_that_is_not_given_is_refused_in_words():
    words = Words("en", {"greeting": "Hello {name}"})
    with pytest.raises(RuleError, match=r"row 'greeting'.*asks for \{name\}.*Take it out"):
        words("greeting")
