"""Decide how columns are read, for all tables with the same layout (set of headings) together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from asn_research import rules
from asn_research.clean.parse.answer_codes import (
    LETTERS,
    Degrees,
    codes_of_hundred,
    codes_of_percent,
    counts_from_best,
    decide_degrees,
    decide_scale,
    option_letters,
    order_of_letters,
)
from asn_research.clean.parse.column_decisions import Decision, distinct_cells
from asn_research.clean.parse.columns import decide_numbered_sex, decide_numbers, decide_ratings, decide_sex
from asn_research.clean.parse.date_decisions import decide_dates
from asn_research.clean.parse.dates import zone_minutes
from asn_research.clean.parse.period_texts import find_period
from asn_research.clean.parse.values import Form, code_of
from asn_research.clean.questions.open_questions import ask, note_question
from asn_research.clean.working import Working
from asn_research.read import Cells, RawTable
from asn_research.read.headings import FURTHER
from asn_research.read.notes import key_lines
from asn_research.rules.codebooks import Column, fold, load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.questions import Question
from asn_research.rules.regulations import PredikatRule, TrainingRule

_NUMBERS = ("number", "percent", "whole")
#: Headings of SIASN, in whose ratings 1 is the best.
_SIASN = {"hasilkerja", "hasilkinerja", "perilakukerja", "hasilkinerjanilai", "perilakukerjanilai"}
#: The number of rows from which a question about an optional column is asked.
_WORTH_ASKING = 5
_RATINGS = ("results_rating", "behaviour_rating")
#: Kinds of questions with one answer for all columns of a layout, because one program or person wrote them
#: all.
_OF_ALL = {"date_order": "dates", "date_turned": "dates", "number_form": "numbers", "percent_form": "numbers"}


def asked_about(kind: str, column: str) -> str:
    """Return the subject of a question, for its key: a column, or a name for all columns that it concerns."""
    return _OF_ALL.get(kind, column)


@dataclass(frozen=True)
class Layout:
    """The tables of a source in one file that have the same headings.

    Parameters
    ----------
    tables : tuple of int
        The indices of the tables.
    rows : np.ndarray
        Mask of their rows.
    """

    tables: tuple[int, ...]
    rows: np.ndarray


def layouts_of(rows: Working) -> list[Layout]:
    """Return the layouts of the tables, in the order of the first table of each."""
    groups: dict[str, list[int]] = {}
    for number, table in enumerate(rows.tables):
        groups.setdefault(table.layout, []).append(number)
    if len(groups) == 1:
        return [Layout(tuple(range(len(rows.tables))), np.ones(len(rows), bool))]
    of_row = rows.place["table"].to_numpy()
    return [Layout(tuple(tables), np.isin(of_row, tables)) for tables in groups.values()]


def column_of(rows: Working, name: str) -> Column | None:
    """Return the codebook entry of a column; None if there is none.

    An extra question has the scale of the elements. A second question about an element has the entry of the
    first.
    """
    if name.startswith("extra_"):
        first = rows.book["requirements"]
        return first.model_copy(
            update={"column": name, "values": "1=1|Tidak Baik;2=2|Kurang Baik;3=3|Baik;4=4|Sangat Baik",
                    "required": False}
        )  # fmt: skip
    element, _, number = name.partition(FURTHER)
    known = rows.book.by_name.get(element)
    return known.model_copy(update={"column": name, "required": False}) if known and number else known


def periods_named(table: RawTable) -> list[Period]:
    """Return the periods in the names of the sheet and the file of a table."""
    stem = table.file.rpartition("/")[2].rpartition(".")[0].replace("-", " ")
    return [found for text in (table.sheet, stem) if (found := find_period([text]))]


def stated_periods(table: RawTable) -> list[Period]:
    """Return the periods that the letterhead, sheet name, file name and profile of a table state."""
    found = [find_period(table.letterhead), *periods_named(table)]
    if table.profile and table.profile.period:
        found.append(Period.parse(table.profile.period))
    return [period for period in found if period]


class _Decider:
    """Decides the columns of one layout."""

    def __init__(self, rows: Working, layout: Layout) -> None:
        self.rows, self.layout = rows, layout
        self.table = rows.tables[layout.tables[0]]
        self.here = layout.rows & rows.data
        self.decided: dict[str, Decision] = {}

    def cells(self, name: str) -> Cells:
        """Return the cells of a column in the data rows of the layout."""
        cells = self.rows.cells[name]
        return cells if self.here.all() else cells.take(np.flatnonzero(self.here))

    @property
    def lines(self) -> list[str]:
        """The lines around the tables of the layout, which may contain the key of a scale."""
        tables = [self.rows.tables[at] for at in self.layout.tables]
        return [line for table in tables for line in (*table.letterhead, *key_lines(table.notes))]

    def answer(self, kind: str, column: str) -> str:
        """Return the answer to a question about a column of the layout."""
        question = Question(kind, self.table.source, self.table.layout, asked_about(kind, column))
        return self.rows.context.answers.get(question.key, "")

    def columns(self, *types: str, apart: Sequence[str] = ()) -> dict[str, Column]:
        """Return the published columns of some types in the layout."""
        found = {}
        for name in self.rows.cells:
            column = column_of(self.rows, name)
            known = any(name in self.rows.tables[at].columns for at in self.layout.tables)
            if column and known and column.type in types and column.is_published and name not in apart:
                found[name] = column
        return found

    def dates(self) -> None:
        """Decide for each column of dates how they are read: with the day first or the month first."""
        cells = {name: self.cells(name) for name in self.columns("date")}
        periods = [p for at in self.layout.tables for p in stated_periods(self.rows.tables[at])]
        local = zone_minutes(self.rows.context.city.facts.timezone)
        self.decided |= decide_dates(cells, periods, local, self.answer)

    def numbers(self, apart: Sequence[str]) -> None:
        """Decide the columns of numbers."""
        columns = self.columns(*_NUMBERS, apart=apart)
        cells = {name: (self.cells(name), column) for name, column in columns.items()}
        duty = rules.at(self.rows.context.reference).get(TrainingRule)
        self.decided |= decide_numbers(
            cells,
            self.answer,
            headings=self.table.headings,
            lesson_minutes=duty.lesson_minutes if duty else 0,
        )

    def sex(self) -> None:
        """Decide the codes of the sexes. No question is asked if the employee number shows the sex."""
        for name, column in self.columns("choice").items():
            if name == "sex":
                heading = self.table.headings.get(name, "")
                lines = (heading, *self.lines)
                decision = decide_numbered_sex(self.cells(name), column, lines, self.answer)
                decision = decision or decide_sex(self.cells(name), column, heading, self.answer)
                # No question is asked about a code in only a few rows.
                n = int(self.cells(name).mask(lambda text: fold(text) in {"p", "1", "2"}).sum())
                is_minor = n < _WORTH_ASKING
                if "person_id" in self.rows.book.by_name or is_minor:
                    decision = replace(decision, kind="")
                self.decided[name] = decision

    def ratings(self) -> None:
        """Decide the meaning of numbers in the columns of ratings."""
        columns = {n: (self.cells(n), c) for n, c in self.columns("choice").items() if n in _RATINGS}
        if columns:
            heads = {fold(self.table.headings.get(name, "")).replace(" ", "") for name in columns}
            self.decided |= decide_ratings(
                columns, self._agreement, is_known=heads <= _SIASN, answer=self.answer
            )

    def _agreement(self, codes: Mapping[str, str]) -> tuple[int, int]:
        """Return how many rows have the predikat that the matrix gives for a coding, and how many another.

        Only rows with a rating 1 or 3 as a number are counted.
        """
        names = (*_RATINGS, "predikat")
        if any(name not in self.rows.cells for name in names):
            return 0, 0
        rule = rules.at(self.rows.context.reference).get(PredikatRule)
        if rule is None:
            return 0, 0
        book, form = self.rows.book, Form(codes=codes)
        read = [
            np.array([code_of(str(t), book[n], form) or "" for t in self.cells(n).texts], object)[self.cells(n).codes]
            for n in names
        ]  # fmt: skip
        in_numbers = np.zeros(int(self.here.sum()), bool)
        for name in _RATINGS:
            in_numbers |= self.cells(name).mask(lambda text: fold(text) in {"1", "3"})
        agreed = differed = 0
        triples = zip(*(column[in_numbers] for column in read), strict=True)
        for results, behaviour, predikat in triples:
            if results in rule.ratings and behaviour in rule.ratings and predikat:
                same = rule.predikat(results, behaviour) == predikat
                agreed, differed = agreed + same, differed + (not same)
        return agreed, differed

    def scales(self) -> None:
        """Decide the scale of answers: another scale, percentages, option letters, or a reversed scale."""
        sets: dict[tuple[int, ...], dict[str, Column]] = {}
        for name, column in self.columns("choice_number").items():
            steps = tuple(sorted({int(code) for code in column.codes.values()}))
            sets.setdefault(steps, {})[name] = column
        for steps, columns in sets.items():
            cells = {name: self.cells(name) for name in columns}
            if not len(next(iter(cells.values()))):
                continue
            holds = any(column.required for column in columns.values())
            of_survey = holds and steps == (1, 2, 3, 4)
            if of_survey and (codes := codes_of_percent(cells)):
                self._percentages(codes, cells)
                continue
            if of_survey and (codes := codes_of_hundred(cells)):
                self._converted(codes, cells)
                continue
            degrees = decide_degrees(cells, columns, self.lines) if of_survey else None
            if not self._scale(steps, columns, cells, degrees) and degrees:
                self._degrees(degrees, cells)
            if steps == (1, 2, 3, 4) and option_letters(cells):
                self._letters(columns, cells)
            elif holds:
                self._direction(steps, columns)

    def _scale(
        self, steps: tuple[int, ...], columns: Mapping[str, Column], cells: Mapping[str, Cells],
        degrees: Degrees | None,
    ) -> bool:  # fmt: skip
        """Ask about answers of another scale than the codebook's; return whether there are any."""
        known: Mapping[str, str] = {}
        if degrees:
            known = degrees.from_least if degrees.is_doubtful else degrees.codes
        scale = decide_scale(cells, steps, columns, known)
        if not scale.kind:
            return False
        name = f"answers_{steps[0]}_{steps[-1]}"
        holds = any(column.required for column in columns.values())
        self.rows, answer = ask(
            self.rows, self.here, scale.kind, name, tables=self.layout.tables, holds=holds, facts=scale.facts
        )
        if answer == "other" and holds:
            self.rows = self.rows.mark(self.here, "quarantine", "other_scale", next(iter(columns)))
        if answer != "slips" and not holds:
            for each, column in cells.items():
                self.decided[each] = Decision(Form(waiting=frozenset(distinct_cells(column))))
        return True

    def _degrees(self, degrees: Degrees, cells: Mapping[str, Cells]) -> None:
        """Read answers in degrees of praise; ask which four the form has, if *tidak* may be the second."""
        codes, answer = degrees.codes, "regulation"
        if degrees.is_doubtful:
            self.rows, answer = ask(
                self.rows, self.here, "answer_degrees", "answers", tables=self.layout.tables
            )
            codes = degrees.from_least if answer == "from_least" else codes
        if answer == "other":
            self.rows = self.rows.mark(self.here, "quarantine", "other_scale", next(iter(cells)))
        for name, column in cells.items():
            waits = answer not in ("regulation", "from_least")
            waiting = frozenset(distinct_cells(column)) if waits else frozenset()
            self.decided[name] = Decision(Form(codes=codes, waiting=waiting))

    def _converted(self, codes: Mapping[str, str], cells: Mapping[str, Cells]) -> None:
        """Read answers that are already converted to 25, 50, 75 and 100."""
        for name, column in cells.items():
            changed = frozenset(cell for cell in distinct_cells(column) if cell[0][:1].isdigit())
            self.decided[name] = Decision(Form(codes=codes), repair="from_hundred", changed=changed)

    def _percentages(self, codes: Mapping[str, str], cells: Mapping[str, Cells]) -> None:
        """Ask what percentages mean as answers; without an answer, no row of the form can be read."""
        self.rows, answer = ask(self.rows, self.here, "answer_percent", "answers", tables=self.layout.tables)
        if answer == "other":
            self.rows = self.rows.mark(self.here, "quarantine", "other_scale", next(iter(cells)))
        for name, column in cells.items():
            waiting = frozenset() if answer == "quarters" else frozenset(distinct_cells(column))
            self.decided[name] = Decision(Form(codes=codes, waiting=waiting))

    def _direction(self, steps: tuple[int, ...], columns: Mapping[str, Column]) -> None:
        """Ask whether 1 is the best answer, if a key near the table says so."""
        if not counts_from_best(self.lines, columns.values()):
            return
        self.rows, answer = ask(self.rows, self.here, "scale_direction", "answers", tables=self.layout.tables)
        if answer == "best_first":
            turned = {str(step): str(steps[0] + steps[-1] - step) for step in steps}
            self.decided |= {name: Decision(Form(codes=turned)) for name in columns}

    def _letters(self, columns: Mapping[str, Column], cells: Mapping[str, Cells]) -> None:
        """Decide the numbers that option letters stand for, by a key near the table or by asking."""
        lettered = {
            name: frozenset(
                cell for cell in distinct_cells(column) if fold(cell[0]) in LETTERS["lowest_first"]
            )
            for name, column in cells.items()
        }
        where = np.zeros(len(self.rows), bool)
        for name, chosen in lettered.items():
            column = self.rows.cells[name]
            pairs = zip(column.texts, column.kinds, strict=True)
            where |= column.spread([pair in chosen for pair in pairs], dtype=bool)
        answer = order_of_letters(cells, columns, self.lines)
        if not answer:
            question = Question("option_letters", self.table.source, self.table.layout, "answers")
            self.rows = note_question(self.rows, where & self.here, question)
            answer = self.rows.context.answers.get(question.key, "")
        for name in columns:
            form = Form(codes=LETTERS[answer]) if answer else Form(waiting=lettered[name])
            self.decided[name] = Decision(form)


def decide_columns(
    rows: Working, layout: Layout, *, apart: Sequence[str] = ()
) -> tuple[Working, dict[str, Decision]]:
    """Decide how the columns of a layout are read.

    Returns
    -------
    (Working, dict of str to Decision)
        The rows, with the marks of questions about the form as a whole, and the decisions by column.
    """
    decider = _Decider(rows, layout)
    if not decider.here.any():
        return rows, {}
    decider.dates()
    decider.numbers(apart)
    decider.sex()
    decider.ratings()
    decider.scales()
    return decider.rows, decider.decided


def joint_heading(table: RawTable, decisions: Mapping[str, Decision], kind: str) -> str:
    """Return the headings of all columns that a question concerns, in the order of the codebook."""
    known = [column.column for column in load_codebook(table.source).columns]
    names = [name for name, decision in decisions.items() if decision.kind == kind]
    names.sort(key=lambda name: known.index(name) if name in known else len(known))
    return '", "'.join(" ".join(table.headings.get(name, name).split()) for name in names)
