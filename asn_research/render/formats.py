"""The formats that reports are written in, as `rules/formats.csv` lists them with what their links say."""

from __future__ import annotations

from typing import Literal

from asn_research.rules.loading import RULES, FrozenModel, read_rows


class Format(FrozenModel):
    """A format.

    Parameters
    ----------
    format : str
        Its name on the command line.
    ending : str
        The end of the file's name, after the name of the report.
    extent : {"full", "digest"}
        ``full``: the file contains the whole report. ``digest``: it is made from one block of the report.
    audience : {"", "public", "internal"}
        The only audience that gets it; empty for all.
    needs : str
        The measure that the format needs; empty if it needs none.
    label_indonesian, label_english : str
        What its links say.
    """

    format: str
    ending: str
    extent: Literal["full", "digest"]
    audience: Literal["", "public", "internal"]
    needs: str
    label_indonesian: str
    label_english: str

    def label(self, language: str) -> str:
        """Return the text of a link to this format, in a language."""
        return self.text_of("label", language)


_ROWS = {row.format: row for _, row in read_rows(Format, RULES / "formats.csv")}
#: Each has its writer in `EDITIONS`.
FORMATS = tuple(_ROWS)
#: The formats that contain a whole report.
FULL = tuple(name for name, row in _ROWS.items() if row.extent == "full")


def format_named(name: str) -> Format:
    """Return a format by its name."""
    return _ROWS[name]


def format_of(file: str) -> str:
    """Return the format of an edition's file.

    Examples
    --------
    >>> format_of("DISHUB-2026-Q3-id.publikasi.pdf"), format_of("DISHUB-2026-Q3-id.pdf")
    ('publikasi', 'pdf')

    Raises
    ------
    KeyError
        If it is none's.
    """
    found = [name for name, row in _ROWS.items() if file.endswith(row.ending)]
    if not found:
        raise KeyError(file)
    return max(found, key=lambda name: len(_ROWS[name].ending))
