"""Exceptions of a release: what an approver lets stand with a reason, though `approve` refuses it.

Two things can be let stand: a report whose files somebody has changed after it was made, for example to sign it; and a number
that published figures give away, which earlier releases may have shown already. A report of other data than those at hand
cannot be: the ledger would record numbers that it does not print.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from pypdf.errors import PyPdfError

from asn_research.clean.privacy.denied_names import DeniedNames, leads_to_a_person
from asn_research.errors import GivenAwayError, LedgerError, RequestError
from asn_research.given import Given
from asn_research.ledger import Release, ReleaseException
from asn_research.protect.given_away import GivenAway
from asn_research.render.scan import scan_changed
from asn_research.rules.cities import CITY, City
from asn_research.rules.words import LANGUAGES, load_words, worded

_SHORTEST_REASON, _LONGEST_REASON = 10, 300
_NAMED = 5


def asked_exceptions(texts: Sequence[str], city: City, names: DeniedNames | None) -> dict[str, str]:
    """Return the reason by unit of what is written as ``UNIT: reason``.

    Parameters
    ----------
    texts : sequence of str
        What was written after ``--except``, once a unit.
    city : City
        The register.
    names : DeniedNames or None
        The names of the register's people; None without the key.

    Raises
    ------
    RequestError
        If a text names no unit of the register, has no reason of ten to 300 letters, repeats a unit, or leads to a person.
    """
    asked: dict[str, str] = {}
    for text in texts:
        unit, _, reason = (part.strip() for part in text.partition(":"))
        if unit not in {*city.units, CITY}:
            raise worded(RequestError, "error_except_unit")
        if unit in asked:
            raise worded(RequestError, "error_except_twice", unit=unit)
        if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON or not any(map(str.isalpha, reason)):
            raise worded(
                RequestError, "error_except_reason", unit=unit, least=_SHORTEST_REASON, most=_LONGEST_REASON
            )
        if leads_to_a_person(reason, names or DeniedNames(b"")):
            raise worded(RequestError, "error_except_person", unit=unit)
        asked[unit] = reason
    return asked


def refuse_changed(
    changed: Mapping[str, Mapping[str, Sequence[Path]]], asked: Collection[str], code: str
) -> None:
    """Refuse the reports whose files somebody has changed, except of units with a reason.

    Parameters
    ----------
    changed : mapping of str to mapping of str to sequence of Path
        By unit and report, the changed files.
    asked : collection of str
        The units with a reason.
    code : str
        The period.

    Raises
    ------
    LedgerError
        Naming the reports.
    """
    refused = sorted(name for unit, reports in changed.items() if unit not in asked for name in reports)
    if refused:
        raise worded(
            LedgerError, "error_approve_changed", n=len(refused), named=", ".join(refused[:_NAMED]), code=code
        )


def look_through(paths: Iterable[Path], names: DeniedNames | None, given: Given) -> None:
    """Refuse changed files that name a person; only the signatory in the forms may be named, because files are signed.

    Raises
    ------
    DisclosureError
        If a file leads to another person.
    LedgerError
        If a file is gone or cannot be read, so that nobody knows whom it names.
    """
    signed = given.signatory
    stated = [line for line in (signed.name, signed.nip, signed.rank) if line] if signed else []
    for path in paths:
        try:
            scan_changed(path, names, stated)
        except (OSError, ValueError, LookupError, PyPdfError, zipfile.BadZipFile) as error:
            raise worded(LedgerError, "error_approve_unread", file=path.name) from error


def refuse_given_away(
    found: Sequence[GivenAway], asked: Collection[str], releases: Sequence[Release], code: str
) -> dict[str, list[str]]:
    """Refuse numbers that the release would reveal, unless their unit has a reason; return these exceptions by unit.

    What an earlier release let stand is out already, and is not asked again.

    Raises
    ------
    GivenAwayError
        With everything that is given away and has no reason.
    """
    known = {matter for each in releases for one in each.exceptions for matter in one.matters}
    new = [each for each in found if each.matter not in known]
    refused = [each for each in new if each.figure.unit not in asked]
    if refused:
        units = sorted({each.figure.unit for each in refused})
        error = worded(
            GivenAwayError,
            "error_approve_given_away",
            n=len(refused),
            code=code,
            units=", ".join(units[:_NAMED]),
        )
        error.lines = {language: given_away_lines(refused, language) for language in LANGUAGES}
        raise error
    let: dict[str, list[str]] = {}
    for each in new:
        let.setdefault(each.figure.unit, []).append(each.matter)
    return let


def granted(
    asked: Mapping[str, str],
    changed: Mapping[str, Mapping[str, Sequence[Path]]],
    let: Mapping[str, Sequence[str]],
) -> tuple[ReleaseException, ...]:
    """Return the exceptions of a release, by unit.

    Raises
    ------
    RequestError
        If a reason was given for a unit of which nothing is refused.
    """
    idle = sorted(unit for unit in asked if unit not in changed and unit not in let)
    if idle:
        raise worded(RequestError, "error_except_nothing", units=", ".join(idle))
    return tuple(
        ReleaseException(
            unit,
            reason,
            matters=tuple(let.get(unit, ())),
            files=tuple(path.name for paths in changed.get(unit, {}).values() for path in paths),
        )
        for unit, reason in sorted(asked.items())
    )


def given_away_lines(found: Sequence[GivenAway], language: str) -> list[str]:
    """Return lines about each number that would be revealed: its place, its sum, and the places of the figures in the sum.

    The lines hold hidden numbers. They are for the approver alone, on the terminal, and stand in no log.
    """
    words = load_words(language)
    lines = []
    for each in found:
        figures = "; ".join(
            words(
                "approve_figure_earlier" if figure.is_earlier else "approve_figure",
                number=f"{figure.number:g}",
                place=figure.place(language),
            )
            for figure in each.because
        )
        lines.append(
            words(
                "approve_given_away",
                place=each.figure.place(language),
                sums=", ".join(each.sums),
                figures=figures,
            )
        )
    return lines
