"""Every error this toolkit raises on purpose: one base class, one exit code per kind of trouble.

A message says *what* is wrong, *where* (file, sheet, row, column; never a person's value) and
*what to do*. Anything that is not an `AsnError` is a defect of ours.
"""


class AsnError(Exception):
    """Base of every error this toolkit raises on purpose."""

    exit_code = 1


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
