"""What a hold means for the figures, in words: how many answers an index misses, and why rows wait or are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asn_research.clean.cleaned import Cleaned
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.reasons import reason_of
from asn_research.rules.words import load_words

#: A hold is worth a line if it takes so large a share of a unit's answers in a period.
_SHARE = 0.05
_LINES = 8
#: What is told with its reasons, in this order.
WAYS = ("quarantine", "exclude", "repair")
#: Columns that a reason names.
_COLUMNS = 3
#: Rows that are held because their date or period cannot be: no answers of that period.
_OF_PERIOD = {"in_future", "far_from_others", "stray_period"}
#: Reasons of rows that were never cases, and of those that a line of their own tells.
_NO_CASES = {
    "subtotal", "note_or_signature", "group_heading", "repeated_heading", "average_row", "earlier_version",
    "repeated_in_other_file", "same_file_again", "waits_for_answer", "counted_in_quarter",
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """Answers of one unit and period that are held back.

    Parameters
    ----------
    unit_id, period : str
        Whose index misses them.
    n_held, n_kept : int
        Answers that are held back, and those from which the index is made.
    """

    unit_id: str
    period: str
    n_held: int
    n_kept: int

    def line(self, language: str) -> str:
        """Return the sentence that tells it."""
        when = Period.parse(self.period).label(language)
        if not self.n_kept:
            return load_words(language)("clean_held_all", n=self.n_held, unit=self.unit_id, period=when)
        return load_words(language)(
            "clean_held", n=self.n_held, unit=self.unit_id, period=when, kept=self.n_kept,
            total=self.n_kept + self.n_held,
        )  # fmt: skip


def held_answers(
    feedback: Cleaned | None, twice: Mapping[tuple[str, str], int] | None = None
) -> tuple[Held, ...]:
    """Return the units and periods whose index misses many answers, the most first.

    ``twice`` is the number of rows of each unit and period that wait beside another version of themselves: two
    versions are one answer. Rows that are held for their period are no answers of that period.
    """
    if feedback is None:
        return ()
    faults = feedback.quarantine
    elsewhen = faults.loc[faults["reason"].isin(_OF_PERIOD), "row_id"]
    rows = faults.loc[~faults["row_id"].isin(elsewhen)].drop_duplicates("row_id")
    held = rows.loc[(rows["unit_id"] != "") & (rows["period"] != "")].groupby(["unit_id", "period"]).size()
    kept = feedback.kept.groupby(["unit_id", "period"], observed=True).size()
    found = []
    for at, n in held.items():
        unit, period = str(at[0]), str(at[1])  # type: ignore[index]
        n_once = int(n) - (twice or {}).get((unit, period), 0)
        found.append(Held(unit, period, n_once, int(kept.get((unit, period), 0))))
    told = [one for one in found if one.n_held >= _SHARE * (one.n_held + one.n_kept)]
    return tuple(sorted(told, key=lambda one: (-one.n_held, one.unit_id, one.period))[:_LINES])


@dataclass(frozen=True)
class Told:
    """Rows of one sheet that left by one exit for one reason.

    Parameters
    ----------
    file, sheet, source : str
        Where they stand.
    way : str
        `quarantine`, `exclude`, or `repair` of rows that are kept.
    reason : str
        Its row of `reasons.csv`.
    columns : tuple of str
        The columns in which it was found.
    n : int
        How many rows.
    """

    file: str
    sheet: str
    source: str
    way: str
    reason: str
    columns: tuple[str, ...]
    n: int

    def text(self, language: str) -> str:
        """Return number, reason and columns in words."""
        book = load_codebook(self.source).by_name
        named = [book[name].text_of("label", language) for name in self.columns if name in book]
        beside = f" ({', '.join(named[:_COLUMNS])}{', …' if len(named) > _COLUMNS else ''})" if named else ""
        return f"{self.n} × {reason_of(self.reason).text_of('label', language)}{beside}"


def why_rows_left(cleaned: Mapping[str, Cleaned]) -> tuple[Told, ...]:
    """Return why rows are held back, left out by a rule or repaired, the most first for each sheet."""
    found = []
    for source, result in cleaned.items():
        for way, frame in zip(WAYS, (result.quarantine, result.excluded, result.repairs), strict=True):
            chosen = frame.loc[~frame["reason"].isin(_NO_CASES)]
            for at, rows in chosen.groupby(["file", "sheet", "reason"], sort=True):
                columns = tuple(rows["column"].value_counts(sort=True).index.astype(str))
                file, sheet, reason = (str(part) for part in at)
                n = int(rows["row_id"].nunique())
                found.append(Told(file, sheet, source, way, reason, tuple(c for c in columns if c), n))
    return tuple(
        sorted(found, key=lambda one: (one.file, one.sheet, one.source, WAYS.index(one.way), -one.n))
    )


def read_told(told: Iterable[Sequence[Any]]) -> tuple[Told, ...]:
    """Read back what was remembered of an earlier run."""
    return tuple(
        Told(file, sheet, source, way, reason, tuple(columns), n)
        for file, sheet, source, way, reason, columns, n in told
    )


def read_held(told: Iterable[Sequence[Any]]) -> tuple[Held, ...]:
    """Read back what was remembered of an earlier run."""
    return tuple(Held(*one) for one in told)
