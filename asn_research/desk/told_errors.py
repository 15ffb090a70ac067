"""Errors as the desk tells them: where the usual message names a command, the desk's own says which button or step."""

from __future__ import annotations

from asn_research.errors import AsnError
from asn_research.rules.words import in_language, load_words


def at_desk(error: AsnError, language: str) -> str:
    """Return the message of an error in a language, in the desk's own words if there are some.

    Parameters
    ----------
    error : AsnError
        The error.
    language : str
        One of `LANGUAGES`.

    Examples
    --------
    >>> from asn_research.errors import RequestError
    >>> from asn_research.rules.words import worded
    >>> at_desk(worded(RequestError, "error_approve_no_reports", code="2026-Q3"), "id")
    'Belum ada laporan 2026-Q3 untuk disetujui. Tekan dahulu Buat laporan di langkah Laporan.'
    """
    words = load_words(language)
    if error.word and words.has(f"desk_{error.word}"):
        error = AsnError(str(error)).worded_as(f"desk_{error.word}", **error.named)
    return in_language(error, language)
