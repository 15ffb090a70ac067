"""The terminal's own words are in the language that is asked for: help, options, and what it cannot understand."""

import re

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from asn_research.cli import app
from asn_research.commands import language_in
from asn_research.rules.words import LANGUAGES, load_words

COMMANDS = ["init", "simulate", "clean", "ask", "send-back", "inspect", "report", "run", "lab"]
#: Words that only one of the languages has.
ENGLISH = re.compile(r"\b(Usage|Options|Show this message|default:|Folder of|Where|The)\b")
INDONESIAN = re.compile(r"\b(Pemakaian|Opsi|bawaan|Tampilkan|Berkas|Tempat|Banyaknya)\b")


def told(*arguments):
    done = CliRunner().invoke(app, list(arguments), prog_name="asn-research")
    return done.exit_code, done.output


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_told_in_the_language_that_is_asked_for(command):
    for language, foreign in (("id", ENGLISH), ("en", INDONESIAN), ("id", ENGLISH)):
        code, text = told(*([command] if command else []), "--help", "--lang", language)
        assert code == 0
        assert not foreign.search(text), text
        assert "help_" not in text


def test_help_is_indonesian_where_no_language_is_named():
    assert told("run", "--help")[1].startswith("Pemakaian: asn-research run [OPSI]")


def test_every_command_and_option_has_words():
    for language in LANGUAGES:
        words = load_words(language)
        for name, command in get_command(app).commands.items():
            assert words.has(f"help_command_{name.replace('-', '_')}")
            for param in command.params:
                key = param.__dict__.get("help_key", param.help)
                assert words.has(key), (name, param.name)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bersihkan"], "tidak ada perintah bersihkan. Lihat perintah yang ada: asn-research --help"),
        (
            ["clean", "--mentah", "x"],
            "tidak ada pilihan --mentah. Lihat pilihan yang ada: asn-research clean --help",
        ),
        (["inspect"], "FILE... belum disebut. Lihat: asn-research inspect --help"),
        (
            ["report", "--jobs", "0"],
            "nilai untuk --jobs harus 1 atau lebih. Lihat: asn-research report --help",
        ),
        (
            ["clean", "a", "b"],
            "perintah ini tidak dapat dipahami. Lihat cara pakainya: asn-research clean --help",
        ),
        (
            ["report", "--jobs", "0", "--lang", "en"],
            "the value of --jobs must be 1 or more. See: asn-research report --help",
        ),
    ],
)
def test_what_cannot_be_understood_is_told_in_words(arguments, said):
    code, text = told(*arguments)
    assert code == 2
    assert text == f"asn-research: {said}\n"


def test_the_language_is_read_from_the_arguments():
    assert [language_in(a) for a in ([], ["x", "--lang"], ["--lang", "fr"], ["--lang=en"], ["a", "--lang", "en"])] == [
        "id", "id", "id", "en", "en",
    ]  # fmt: skip
