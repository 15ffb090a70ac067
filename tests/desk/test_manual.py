"""The page of the manual is the text in docs, and its pictures are there."""

import re
import sys

from conftest import ROOT

sys.path.append(str(ROOT / "docs"))
import desk_manual


def test_the_page_is_in_step_with_the_text():
    text = desk_manual.SOURCE.read_text(encoding="utf-8")
    assert desk_manual.PAGE.read_text(encoding="utf-8") == desk_manual.page(text), (
        "run python docs/desk_manual.py"
    )


def test_every_picture_is_there_and_has_words():
    text = desk_manual.SOURCE.read_text(encoding="utf-8")
    pictures = re.findall(r"!\[(.+?)\]\((.+?)\)", text)
    assert len(pictures) == 5
    for words, place in pictures:
        assert len(words) > 20
        assert (desk_manual.SOURCE.parent / place).resolve().read_bytes().startswith(b"\x89PNG")


def test_what_the_manual_quotes_stands_on_the_pages():
    from asn_research.rules.words import load_words

    text = desk_manual.SOURCE.read_text(encoding="utf-8")
    said = "\n".join(load_words("id").texts.values())
    for quoted in re.findall(r"(?<!\*)\*([A-Z][^*\n]+)\*(?!\*)", text):
        assert quoted in said, quoted
