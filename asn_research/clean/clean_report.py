"""The report of a cleaning run: counts, reasons and files that are not read, without names of people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import pandas as pd

from asn_research.clean.consequences import ExitReason, QuarantinedAnswers, lines_of_reasons
from asn_research.clean.privacy.denied_names import DeniedNames, leads_to_a_person
from asn_research.clean.privacy.identity import (
    Pseudonyms,
)
from asn_research.clean.privacy.row_keys import file_key
from asn_research.clean.questions.open_questions import Asked
from asn_research.clean.store import SheetExits
from asn_research.read import (
    IGNORED,
    RawFile,
    Strange,
)
from asn_research.rules.questions import WORKBOOK
from asn_research.rules.words import load_words


@dataclass(frozen=True)
class CleanReport:
    """The report of cleaning a folder.

    Parameters
    ----------
    exits : pd.DataFrame
        One row per sheet: file, sheet, source, n_raw, n_kept, n_repaired (rows), n_quarantined,
        n_excluded.
    is_simulated : bool
        Whether the data come from the simulator.
    passed_over : tuple of str
        The sheets without a table.
    key_line : str
        A message about the place of the pseudonym key.
    n_files, n_unchanged : int
        The number of files in the folder, and of those that were not read again.
    unit_review : str
        A message about unit names that are not in the register; empty if there are none.
    questions : tuple of Asked
        The questions, answered or open.
    quarantined : tuple of QuarantinedAnswers
        The units and periods whose index lacks many answers, because they are quarantined.
    is_asked : bool
        Whether the workbook of questions could be written.
    strange : tuple of Strange
        The files and sheets that were not read, with the reasons.
    hidden_rows : tuple of (str, int)
        The tables with hidden or filtered-out rows, and the number of these rows. They are read too.
    reasons : tuple of ExitReason
        The reasons why rows were quarantined, excluded or repaired, for each sheet.
    replaced : tuple of (str, str, str, int)
        Replaced rows: reason, file, the other file that is used instead, and number of rows.
    withheld : mapping of str to str
        Names of files and sheets that may identify a person, with their substitutes.
    """

    exits: pd.DataFrame
    is_simulated: bool
    passed_over: tuple[str, ...]
    key_line: str
    n_files: int = 0
    n_unchanged: int = 0
    unit_review: str = ""
    questions: tuple[Asked, ...] = ()
    quarantined: tuple[QuarantinedAnswers, ...] = ()
    is_asked: bool = True
    strange: tuple[Strange, ...] = ()
    hidden_rows: tuple[tuple[str, int], ...] = ()
    reasons: tuple[ExitReason, ...] = ()
    replaced: tuple[tuple[str, str, str, int], ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)

    def lines(self, language: str = "id") -> Iterator[str]:
        """Yield the lines of the report: for each sheet, raw = kept + quarantined + excluded.

        A name of a file or sheet that may identify a person is replaced by its key.
        """
        yield from (without_names(line, self.withheld) for line in self._lines(language))
        if self.withheld:
            yield load_words(language)("clean_names_withheld", n=len(self.withheld))

    def _lines(self, language: str) -> Iterator[str]:
        word = load_words(language)
        if self.key_line:
            yield self.key_line
        for row in (SheetExits(**dict(r)) for _, r in self.exits.astype(object).iterrows()):
            yield word(
                "clean_sheet", where=f"{row.file} [{row.sheet}]" if row.sheet else row.file, raw=row.n_raw,
                kept=row.n_kept, repaired=row.n_repaired, quarantined=row.n_quarantined, excluded=row.n_excluded,
            )  # fmt: skip
            yield from self._reasons((row.file, row.sheet, row.source), language)
        for why, file, other, n in self.replaced:
            yield word(f"clean_{why}", file=file, other=other, n=n)
        yield from (word("clean_passed_over", name=_brief(name)) for name in self.passed_over)
        if self.unit_review:
            yield self.unit_review
        yield from (word("clean_hidden_rows", where=_brief(where), n=n) for where, n in self.hidden_rows)
        yield from self._strange(language)
        yield from (answers.line(language) for answers in self.quarantined)
        yield from self._asked(language)
        if self.n_unchanged:
            yield word("clean_unchanged", n=self.n_unchanged, files=self.n_files)
        total = self.exits[["n_raw", "n_kept", "n_quarantined", "n_excluded"]].sum()
        yield word(
            "clean_total", raw=total["n_raw"], kept=total["n_kept"], quarantined=total["n_quarantined"],
            excluded=total["n_excluded"],
        )  # fmt: skip

    def _reasons(self, place: tuple[str, str, str], language: str) -> Iterator[str]:
        """Yield the lines that say why rows of a sheet were quarantined, excluded or repaired."""
        here = [each for each in self.reasons if (each.file, each.sheet, each.source) == place]
        yield from (f"  {line}" for line in lines_of_reasons(here, language))

    def _strange(self, language: str) -> Iterator[str]:
        word = load_words(language)
        for one in self.strange:
            yield strange_line(one, language)
        if self.strange:
            yield word("strange_remedy", n=len(self.strange), file=IGNORED)

    def _asked(self, language: str) -> Iterator[str]:
        word = load_words(language)
        still_open = [asked for asked in self.questions if not asked.answer]
        for asked in still_open:
            yield word(
                "clean_question", text=asked.question.text(language), n=asked.n_rows, code=asked.question.key
            )
        if still_open:
            name = "clean_questions" if self.is_asked else "clean_questions_unwritten"
            yield word(name, n=len(still_open), file=WORKBOOK)


def _brief(where: str) -> str:
    """Return a place as `file [sheet]`, which is the same in all languages."""
    file, found, sheet = where.partition(", sheet ")
    return f"{file} [{sheet}]" if found else where


def strange_line(one: Strange, language: str, *, is_at_desk: bool = False) -> str:
    """Return a message in a language: why a file or sheet was not read, and what to do.

    At the desk it names the desk's own steps instead of commands.
    """
    if one.kind == "unreadable":
        # The error that refused the file already names it and says what to do.
        key, named = json.loads(one.worded_error)
        line = load_words(language)(key, **named) if key else one.detail
        return line if one.file in line else f"{one.where}: {line}"
    word = load_words(language)
    kind, _, source = (
        one.kind.partition("_") if one.kind.startswith(("lacks_", "unsure_")) else (one.kind, "", "")
    )
    named = {"source": word(f"source_{source}")} if source else {}
    key = f"strange_{kind}"
    if is_at_desk and word.has(f"desk_strange_{kind}"):
        key = f"desk_strange_{kind}"
    return f"{one.where}: " + word(key, detail=one.detail, **named)


def withheld_names(
    files: Sequence[RawFile], facts: Sequence[Mapping[str, Any]], names: DeniedNames, pseudonym: Pseudonyms
) -> dict[str, str]:
    """Return the names of files and sheets that may identify a person, with the substitutes for messages."""
    withheld = {}
    for file, known in zip(files, facts, strict=True):
        if leads_to_a_person(PurePath(file.name).with_suffix("").as_posix(), names):
            withheld[file.name] = file_key(file.key, pseudonym)
        sheets = {str(sheet): str(number) for sheet, number in known["sheets"]}
        # The number of a sheet without a table is not known, so its substitute is a sign made from its name.
        for sheet in (*(one[1] for one in known["strange"]), *known["passed_over"]):
            bare = sheet.removeprefix(f"{file.name}, sheet ")
            sheets.setdefault(bare, pseudonym.sign(bare))
        withheld |= {
            sheet: sign for sheet, sign in sheets.items() if sheet and leads_to_a_person(sheet, names)
        }
    # Longest first, because the name of a sheet may be part of the name of a file.
    return dict(sorted(withheld.items(), key=lambda pair: -len(pair[0])))


def without_names(line: str, withheld: Mapping[str, str]) -> str:
    """Return a line in which names of files and sheets that may identify a person are replaced."""
    for name, sign in withheld.items():
        line = line.replace(name, sign)
    return line
