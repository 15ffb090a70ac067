"""Steps that several commands share: the day, lines on the terminal, cleaning a folder, files that were left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from asn_research import interrupts
from asn_research.clock import this_day
from asn_research.errors import LeftOutError, RequestError


def say(line: str) -> None:
    """Print a line on the terminal."""
    interrupts.write(line)


def day_of(text: str) -> date:
    """Return the date of the option --today; the system's date if it is empty."""
    from asn_research.rules.words import worded

    if not text:
        return this_day()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise worded(RequestError, "error_day", text=text) from None


def clean_folder(
    raw: Path, out: Path, language: str, key_file: Path | None, old_key_file: Path | None, today: date
) -> int:
    """Clean a folder, print the outcome, and return how many files were left out."""
    from asn_research.runs import cleaned

    outcome = cleaned(
        raw, out, key_file=key_file, old_key_file=old_key_file, language=language, today=today, say=say
    )
    return len({one.file for one in outcome.strange})


def say_left_out(n_files: int, n_faults: int, language: str) -> None:
    """Raise an error that counts the files left out and the entries of forms that could not be used; nothing if none.

    Raises
    ------
    LeftOutError
        If a file or an entry was left out.
    """
    from asn_research.rules.words import load_words

    words = load_words(language)
    parts = [words("left_out", n=n_files)] if n_files else []
    parts += [words("forms_left_out", n=n_faults)] if n_faults else []
    if parts:
        raise LeftOutError(" ".join(parts))
