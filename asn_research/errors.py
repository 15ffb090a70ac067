"""Every error this toolkit raises on purpose: one base class, one exit code per kind of trouble.

A message says *what* is wrong, *where* (file, sheet, row, column; never a person's value) and
*what to do*. Anything that is not an `AsnError` is a defect of ours.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self


class AsnError(Exception):
    """Base of every error this toolkit raises on purpose."""

    exit_code = 1
    #: The row of `words.csv` that says the same in each language; empty if the message stands in English only.
    word: str = ""
    #: What that row fills in.
    named: Mapping[str, object] = MappingProxyType({})

    #: The whole message by language, where it is put together from several rows.
    texts: Mapping[str, str] = MappingProxyType({})

    def told_as(self, word: str, /, **named: object) -> Self:
        """Return the error with the row of `words.csv` that says it in each language."""
        self.word, self.named = word, named
        return self

    def told_in(self, texts: Mapping[str, str]) -> Self:
        """Return the error with its whole message in each language."""
        self.texts = texts
        return self


class RuleError(AsnError):
    """A regulation, codebook or register file does not state a complete rule."""

    exit_code = 10


class RawDataError(AsnError):
    """A raw file cannot be read, or lacks what its source must have."""

    exit_code = 11


class ReconciliationError(AsnError):
    """Rows went missing: in is not kept + quarantined + excluded."""

    exit_code = 12


class ProcessedDataError(AsnError):
    """The processed folder is missing, incomplete or of another version."""

    exit_code = 13


class KeyFileError(AsnError):
    """The pseudonym key cannot be found, read or made."""

    exit_code = 14


class RequestError(AsnError):
    """The user asked for a unit, period, format or language that there is not."""

    exit_code = 15


class ModelError(AsnError):
    """The data cannot answer this question: too few units, no variation, no convergence."""

    exit_code = 16


class DisclosureError(AsnError):
    """A table, figure or file would show a group that is too small, or a person."""

    exit_code = 17


class RenderError(AsnError):
    """An edition could not be made."""

    exit_code = 18


class BatchError(AsnError):
    """Some reports of a batch failed; the others were published."""

    exit_code = 19


class PathError(AsnError):
    """A name leads out of its folder, or a folder cannot be written to."""

    exit_code = 20


class LeftOutError(AsnError):
    """Some raw files could not be used; what the others give was made."""

    exit_code = 21


class LedgerError(AsnError):
    """The ledger of releases is damaged or cannot be written, or a release cannot be approved."""

    exit_code = 23


class SchemaError(AsnError):
    """A table has a column that is not declared, or one that is not what its declaration says."""

    exit_code = 22
