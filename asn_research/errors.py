"""The expected errors of this toolkit: one base class, one exit code per kind of error.

A message says *what* is wrong, *where* (file, sheet, row, column; never a person's value) and
*what to do*. Any exception that is not an `AsnError` is a bug in this toolkit.
"""

import sys
from collections.abc import Mapping
from traceback import extract_tb
from types import MappingProxyType
from typing import Self


def notebook_language() -> str:
    """Return the language of the notebook in which code runs: what its variable ``language`` says, else English.

    Lessons and templates have it as a parameter; in a notebook of one's own, ``language = "id"`` in a cell sets it.
    """
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    return str(getattr(shell, "user_ns", {}).get("language", "en"))


class AsnError(Exception):
    """Base class of all expected errors."""

    exit_code = 1
    #: Key of the row of `words.csv` with the message in each language; empty if the message is in English only.
    word: str = ""
    #: Values for the placeholders of that row.
    named: Mapping[str, object] = MappingProxyType({})

    #: The whole message by language, where it is built from several rows.
    texts: Mapping[str, str] = MappingProxyType({})

    def worded_as(self, word: str, /, **named: object) -> Self:
        """Set the row of `words.csv` that holds the message in each language, and return the error."""
        self.word, self.named = word, named
        return self

    def worded_in(self, texts: Mapping[str, str]) -> Self:
        """Set the whole message in each language, and return the error."""
        self.texts = texts
        return self

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows of the error: the reader's own line, and last the sentence.

        IPython calls this. The frames inside the package tell a reader nothing; `traceback.print_exc` has them.
        """
        words = sys.modules.get("asn_research.rules.words")
        sentence = words.in_language(self, notebook_language()) if words else str(self)
        frames = extract_tb(self.__traceback__)
        own = [frame for frame in frames if "ipykernel" in frame.filename or "<ipython" in frame.filename]
        lines = [f"  {frame.lineno}  {frame.line or ''}".rstrip() for frame in own[-1:]]
        return [*lines, f"{type(self).__name__}: {sentence}"]


class RuleError(AsnError):
    """A file of a regulation, codebook or register does not state a complete rule."""

    exit_code = 10


class RawDataError(AsnError):
    """A raw file cannot be read, or lacks a column or content that its source requires."""

    exit_code = 11


class UnknownTableError(RawDataError):
    """A file can be read, but no table in it resembles a known source."""


class ReconciliationError(AsnError):
    """Rows were lost: the raw rows are not the sum of the kept, quarantined and excluded rows."""

    exit_code = 12


class ProcessedDataError(AsnError):
    """The processed folder is missing, incomplete or written by another version."""

    exit_code = 13


class KeyFileError(AsnError):
    """The pseudonym key cannot be found, read or created."""

    exit_code = 14


class RequestError(AsnError):
    """The user asked for a unit, period, format or language that does not exist."""

    exit_code = 15


class ModelError(AsnError):
    """The data do not allow an estimate: too few units, no variation, no convergence."""

    exit_code = 16


class DisclosureError(AsnError):
    """A table, figure or file would reveal a group that is too small, or a person."""

    exit_code = 17


class RenderError(AsnError):
    """A report could not be written in one of its formats."""

    exit_code = 18


class BatchError(AsnError):
    """Some reports of a batch failed; the others were published."""

    exit_code = 19


class PathError(AsnError):
    """A file name points outside its folder, or a folder cannot be written to."""

    exit_code = 20


class LeftOutError(AsnError):
    """Some raw files could not be used; the results come from the other files."""

    exit_code = 21


class LedgerError(AsnError):
    """The ledger of releases is damaged or cannot be written, or a release cannot be approved."""

    exit_code = 23


class GivenAwayError(LedgerError):
    """A release cannot be approved, because published figures give a hidden number away."""

    #: By language, what is given away and by which figures. It holds hidden numbers, so no log takes it in.
    lines: Mapping[str, list[str]] = MappingProxyType({})


class SchemaError(AsnError):
    """A table has an undeclared column, or a column that breaks its declaration."""

    exit_code = 22


class FolderBusyError(AsnError):
    """Another run has locked a folder."""

    exit_code = 24
