"""Texts about the consequences of cleaning: answers missing from an index, and why rows were not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asn_research.clean.cleaned import Cleaned
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.reasons import reason_of
from asn_research.rules.words import load_words

#: A unit and period are reported if at least this share of their answers is quarantined.
_SHARE = 0.05
_LINES = 8
#: The marks that are reported with their reasons, in this order.
EXIT_KINDS = ("quarantine", "exclude", "repair")
#: The largest number of columns that are named with a reason.
_COLUMNS = 3
#: Reasons for quarantine because of an impossible date or period. Such rows are not answers of that period.
_OF_PERIOD = {"in_future", "far_from_others", "stray_period"}
#: Reasons that are not reported here: of rows that are not cases, and of rows that have another line in the
#: report.
_NO_CASES = {
    "subtotal", "note_or_signature", "group_heading", "repeated_heading", "average_row", "earlier_version",
    "repeated_in_other_file", "same_file_again", "waits_for_answer", "counted_in_quarter",
}  # fmt: skip


@dataclass(frozen=True)
class QuarantinedAnswers:
    """The number of quarantined answers of one unit and period.

    Parameters
    ----------
    unit_id, period : str
        The unit and period of the index that lacks them.
    n_quarantined, n_kept : int
        The number of quarantined answers, and of kept answers, from which the index is computed.
    """

    unit_id: str
    period: str
    n_quarantined: int
    n_kept: int

    def line(self, language: str) -> str:
        """Return the sentence about it in a language."""
        when = Period.parse(self.period).label(language)
        if not self.n_kept:
            return load_words(language)(
                "clean_quarantined_all", n=self.n_quarantined, unit=self.unit_id, period=when
            )
        return load_words(language)(
            "clean_quarantined", n=self.n_quarantined, unit=self.unit_id, period=when, kept=self.n_kept,
            total=self.n_kept + self.n_quarantined,
        )  # fmt: skip


def quarantined_answers(
    feedback: Cleaned | None, twice: Mapping[tuple[str, str], int] | None = None
) -> tuple[QuarantinedAnswers, ...]:
    """Return the units and periods with many quarantined answers, largest number first.

    ``twice`` is the number of rows of each unit and period that are quarantined together with another version
    of the same row: two versions count as one answer. Rows with an impossible period are not counted.
    """
    if feedback is None:
        return ()
    faults = feedback.quarantine
    elsewhen = faults.loc[faults["reason"].isin(_OF_PERIOD), "row_id"]
    rows = faults.loc[~faults["row_id"].isin(elsewhen)].drop_duplicates("row_id")
    quarantined = (
        rows.loc[(rows["unit_id"] != "") & (rows["period"] != "")].groupby(["unit_id", "period"]).size()
    )
    kept = feedback.kept.groupby(["unit_id", "period"], observed=True).size()
    found = []
    for at, n in quarantined.items():
        unit, period = str(at[0]), str(at[1])  # type: ignore[index]
        n_once = int(n) - (twice or {}).get((unit, period), 0)
        found.append(QuarantinedAnswers(unit, period, n_once, int(kept.get((unit, period), 0))))
    large = [one for one in found if one.n_quarantined >= _SHARE * (one.n_quarantined + one.n_kept)]
    return tuple(sorted(large, key=lambda one: (-one.n_quarantined, one.unit_id, one.period))[:_LINES])


@dataclass(frozen=True)
class ExitReason:
    """The number of rows of one sheet with one kind of mark and one reason.

    Parameters
    ----------
    file, sheet, source : str
        The file, the sheet and the source of the rows.
    kind : str
        `quarantine`, `exclude`, or `repair` (of kept rows).
    reason : str
        The reason; a row of `reasons.csv`.
    columns : tuple of str
        The columns with the fault.
    n : int
        The number of rows.
    """

    file: str
    sheet: str
    source: str
    kind: str
    reason: str
    columns: tuple[str, ...]
    n: int

    def why(self, language: str) -> str:
        """Return the reason and the columns as text in a language."""
        book = load_codebook(self.source).by_name
        named = [book[name].text_of("label", language) for name in self.columns if name in book]
        beside = f" ({', '.join(named[:_COLUMNS])}{', …' if len(named) > _COLUMNS else ''})" if named else ""
        return f"{reason_of(self.reason).text_of('label', language)}{beside}"


def lines_of_reasons(reasons: Collection[ExitReason], language: str) -> Iterator[str]:
    """Yield a line on rows that were quarantined, one on excluded and one on repaired rows, with numbers and reasons.

    Each correction of a person is a reason of its own; those that read alike are counted together.

    Parameters
    ----------
    reasons : collection of ExitReason
        The reasons of one sheet.
    language : str
        The language of the lines.
    """
    word = load_words(language)
    for kind in EXIT_KINDS:
        rows: Counter[str] = Counter()
        for each in reasons:
            if each.kind == kind:
                rows[each.why(language)] += each.n
        if rows:
            yield word(f"clean_why_{kind}", reasons="; ".join(f"{n} × {why}" for why, n in rows.items()))


def why_rows_left(cleaned: Mapping[str, Cleaned]) -> tuple[ExitReason, ...]:
    """Return the reasons for quarantined, excluded and repaired rows; per sheet, the most frequent first."""
    found = []
    for source, result in cleaned.items():
        for kind, frame in zip(EXIT_KINDS, (result.quarantine, result.excluded, result.repairs), strict=True):
            chosen = frame.loc[~frame["reason"].isin(_NO_CASES)]
            for at, rows in chosen.groupby(["file", "sheet", "reason"], sort=True):
                columns = tuple(rows["column"].value_counts(sort=True).index.astype(str))
                file, sheet, reason = (str(part) for part in at)
                n = int(rows["row_id"].nunique())
                found.append(ExitReason(file, sheet, source, kind, reason, tuple(c for c in columns if c), n))
    return tuple(
        sorted(found, key=lambda one: (one.file, one.sheet, one.source, EXIT_KINDS.index(one.kind), -one.n))
    )


def read_exit_reasons(stored: Iterable[Sequence[Any]]) -> tuple[ExitReason, ...]:
    """Return the `ExitReason` values that an earlier run stored as JSON."""
    return tuple(
        ExitReason(file, sheet, source, kind, reason, tuple(columns), n)
        for file, sheet, source, kind, reason, columns, n in stored
    )


def read_quarantined(stored: Iterable[Sequence[Any]]) -> tuple[QuarantinedAnswers, ...]:
    """Return the `QuarantinedAnswers` values that an earlier run stored as JSON."""
    return tuple(QuarantinedAnswers(*one) for one in stored)
