"""Decide how each column is read (order of dates, decimal style, codes, scale), from all its cells together.

Other columns and the letterhead are evidence too. If the evidence does not decide, a question is asked, and
the ambiguous cells wait for the answer. A cell is never interpreted on its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from asn_research.clean.parse.answer_codes import (
    key_in,
    number_answered,
)
from asn_research.clean.parse.column_decisions import Answer, Decision, distinct_cells, question_about
from asn_research.clean.parse.number_texts import (
    CLOCKS,
    INDONESIAN,
    UNREADABLE,
    BadCellError,
    clock_parts,
    parse_number,
    styles_of,
    units_of,
)
from asn_research.clean.parse.values import OUT_OF_RANGE, Cell, Form, code_of
from asn_research.read.cells import NUMBER, Cells
from asn_research.read.headings import clock_stated
from asn_research.rules.codebooks import Column, fold

#: A fraction below the first limit is surely a spreadsheet's fraction of a day; between the limits it may be
#: days or minutes.
_SURELY_DAYS, _MAYBE_DAYS = 0.05, 1.0
#: A number up to this limit may be a fraction (0.85 for 85 %); a larger number is a percentage.
_FRACTION = 1.5
_MINUTES_PER_DAY = 1440.0
_MINUTES_PER_HOUR = 60.0
#: Hours in a column of lesson hours, and their units.
_HOURS, _HOUR_UNITS = re.compile(r"\d+(?:[.,]\d+)?\s*jam\.?", re.IGNORECASE), frozenset({"jam"})
#: If a column of scores has at least this many different fractions, they are fractions of a hundred. With
#: fewer, a question is asked.
_MANY_FRACTIONS = 5
#: If at least this share of the distinct cells are numbers, the numbers are codes.
_SURELY_CODES = 0.5
#: The share of rows with a predikat that a coding of the ratings must reproduce.
_AGREE = 0.9


# Dates.


# Numbers.


def decide_numbers(
    columns: Mapping[str, tuple[Cells, Column]],
    answer: Answer,
    *,
    headings: Mapping[str, str] | None = None,
    lesson_minutes: int = 0,
) -> dict[str, Decision]:
    """Decide the decimal style (Indonesian or English) and the meaning of fractions in columns of numbers.

    A column whose texts prove no style has the style that the other columns of the file prove.

    Parameters
    ----------
    columns : mapping of str to (Cells, Column)
        The columns.
    answer : callable
        Returns the answer to a question.
    headings : mapping of str to str, optional
        The heading of each column in the file, which may state a unit.
    lesson_minutes : int
        The minutes of one lesson hour (JP); 0 if the regulation at the time is not known.
    """
    found = {name: distinct_cells(cells) for name, (cells, _) in columns.items()}
    styles = {
        name: styles_of((text for text, kind in found[name] if kind != NUMBER), column)
        for name, (_, column) in columns.items()
    }
    elsewhere = frozenset(style for proven, _ in styles.values() for style in proven)
    decided = {}
    for name, (_, column) in columns.items():
        proven, doubtful = styles[name]
        decision = _number_decision(found[name], column, proven or elsewhere, doubtful, answer)
        decision = (
            decision
            if decision.kind
            else _clocks(found[name], column, decision, (headings or {}).get(name, ""), answer)
        )
        decision = (
            decision if decision.kind else _lessons(found[name], column, decision, lesson_minutes, answer)
        )
        beyond = _beyond_limits(found[name], doubtful, column) if proven == {INDONESIAN} else {}
        refused = {**decision.form.refused, **beyond}
        decided[name] = replace(decision, form=replace(decision.form, refused=refused))
    return decided


def _beyond_limits(found: Sequence[Cell], doubtful: frozenset[str], column: Column) -> dict[Cell, str]:
    """Return the cells such as 1.000 that are beyond the limits of a column with decimal commas.

    Without decimal commas in the column, such a cell is read as a fraction (3.868).
    """
    if not column.limits:
        return {}
    values = {
        cell: parse_number(*cell, INDONESIAN, units_of(column))
        for cell in found
        if cell[0] in doubtful and cell[1] != NUMBER
    }
    return {cell: OUT_OF_RANGE for cell, value in values.items() if value > column.limits[1]}


def _number_decision(
    found: Sequence[Cell], column: Column, proven: frozenset[str], doubtful: frozenset[str], answer: Answer
) -> Decision:
    style = next(iter(proven)) if len(proven) == 1 else INDONESIAN
    form = Form(number=style)
    if doubtful and len(proven) != 1 and (len(proven) > 1 or any("," in text for text in doubtful)):
        form = Form(number=answer("number_form", column.column) or INDONESIAN)
        return question_about(
            form, "number_form", column.column, [c for c in found if c[0] in doubtful], answer
        )
    if column.type == "percent" or _is_all_fractions(found, column, form):
        return _percent(found, column, form, answer)
    if column.column.endswith("_minutes"):
        return _minutes(found, column, form, answer)
    return Decision(form)


def _valued(found: Sequence[Cell], column: Column, form: Form) -> dict[Cell, float]:
    """Return the values of cells with a number only. A cell with a unit is left out: it is not ambiguous."""
    values = {}
    for text, kind in found:
        if kind == NUMBER or text[-1:].isdigit():
            try:
                values[text, kind] = parse_number(text, kind, form.number, units_of(column) - {"%", "persen"})
            except BadCellError:
                continue
    return values


def _is_all_fractions(found: Sequence[Cell], column: Column, form: Form) -> bool:
    """Return whether a score column with a limit of 100 or 120 has only small fractions."""
    if (
        column.type != "number"
        or not column.limits
        or column.limits[0] != 0
        or column.limits[1] not in (100, 120)
    ):
        return False
    values = list(_valued(found, column, form).values())
    return any(value != int(value) for value in values) and max(values) <= _FRACTION


def _percent(found: Sequence[Cell], column: Column, form: Form, answer: Answer) -> Decision:
    """Decide whether numbers are percentages or fractions of a hundred; number cells and texts separately."""
    factors: dict[Cell, float] = {}
    doubtful: list[Cell] = []
    # A few scores may be fractions of a point; many different fractions mean fractions of a hundred.
    is_sure = column.type == "percent" or len(found) >= _MANY_FRACTIONS
    for is_text in (False, True):
        values = {c: v for c, v in _valued(found, column, form).items() if (c[1] != NUMBER) == is_text}
        small = [cell for cell, value in values.items() if 0 < value <= _FRACTION]
        if not small:
            continue
        if any(value > _FRACTION for value in values.values()):
            doubtful += small
        elif any(values[cell] != int(values[cell]) for cell in small) and is_sure:
            factors |= dict.fromkeys(small, 100.0)
        else:
            doubtful += small
    if not doubtful:
        return Decision(replace(form, factors=factors), repair="fraction_made_percent")
    meant = answer("percent_form", column.column)
    if meant == "fraction":
        factors |= dict.fromkeys(doubtful, 100.0)
    form = replace(form, factors=factors)
    return replace(
        question_about(form, "percent_form", column.column, doubtful, answer), repair="fraction_made_percent"
    )


def _minutes(found: Sequence[Cell], column: Column, form: Form, answer: Answer) -> Decision:
    """Decide whether a column of minutes has fractions of a day, as a spreadsheet stores for time cells."""
    values = {cell: value for cell, value in _valued(found, column, form).items() if value > 0}
    fractions = [cell for cell, value in values.items() if value < _MAYBE_DAYS and value != int(value)]
    if not fractions:
        return Decision(form)
    if any(value >= _MAYBE_DAYS for value in values.values()):
        # If other cells are minutes, such a small fraction cannot be a waiting time.
        tiny = {cell: OUT_OF_RANGE for cell in fractions if values[cell] < _SURELY_DAYS}
        return Decision(replace(form, refused=tiny))
    if all(values[cell] < _SURELY_DAYS for cell in fractions):
        factors = dict.fromkeys(fractions, _MINUTES_PER_DAY)
        return Decision(replace(form, factors=factors), repair="day_fraction_made_minutes")
    if answer("minutes_form", column.column) == "day_fraction":
        form = replace(form, factors=dict.fromkeys(fractions, _MINUTES_PER_DAY))
    return replace(
        question_about(form, "minutes_form", column.column, fractions, answer),
        repair="day_fraction_made_minutes",
    )


def _clocks(
    found: Sequence[Cell], column: Column, decision: Decision, heading: str, answer: Answer
) -> Decision:
    """Decide whether 00:12 in a column of minutes is 12 minutes or 12 seconds, by its heading; else ask.

    It may also be a time of day, which is no length: then the cells are unreadable.
    """
    if not column.column.endswith("_minutes"):
        return decision
    if stated := clock_stated(heading):
        # A bare number does not say which of the two it is.
        bare = {
            cell: UNREADABLE
            for cell, value in _valued(found, column, decision.form).items()
            if value
            and cell not in decision.form.factors
            and (cell[1] == NUMBER or not clock_parts(cell[0], dotted=True))
        }
        refused = {**decision.form.refused, **bare}
        return replace(decision, form=replace(decision.form, clock=stated, dotted=True, refused=refused))
    clocks = [cell for cell in found if cell[1] != NUMBER and clock_parts(cell[0])]
    if not clocks:
        return decision
    meant = answer("clock_form", column.column)
    form = replace(decision.form, clock=meant if meant in CLOCKS else "")
    asked = question_about(form, "clock_form", column.column, clocks, answer)
    facts = {"example": clocks[0][0].strip()}
    return replace(asked, facts=facts, repair=decision.repair, changed=decision.changed)


def _lessons(
    found: Sequence[Cell], column: Column, decision: Decision, lesson_minutes: int, answer: Answer
) -> Decision:
    """Ask whether *24 jam* in a column of lesson hours is 24 lessons, or 24 hours of 60 minutes."""
    hours = [cell for cell in found if _HOURS.fullmatch(cell[0].strip())]
    if column.column != "hours_jp" or not hours or not lesson_minutes:
        return decision
    meant = answer("lesson_form", column.column)
    form = replace(decision.form, units=_HOUR_UNITS)
    if meant == "clock_hours":
        form = replace(
            form, factors={**form.factors, **dict.fromkeys(hours, _MINUTES_PER_HOUR / lesson_minutes)}
        )
    asked = question_about(form, "lesson_form", column.column, hours, answer)
    facts = {"example": " ".join(hours[0][0].split()), "minutes": str(lesson_minutes)}
    return replace(asked, facts=facts, repair="hours_made_lessons")


# Codes.


def decide_sex(cells: Cells, column: Column, heading: str, answer: Answer) -> Decision:
    """Decide the meaning of P: with L (laki-laki) it is *perempuan*, with W (wanita) it is *pria*."""
    found = distinct_cells(cells)
    letters = {fold(text) for text, _ in found if len(fold(text)) == 1}
    if "p" not in letters:
        return Decision(Form(codes={"w": "f"}))
    listed = fold(heading).split()
    letters |= {word for word in listed if word in {"l", "w"} and "p" in listed}
    male = {"p": "m", "w": "f"}
    if "w" in letters and "l" not in letters:
        return Decision(Form(codes=male))
    if "l" in letters and "w" not in letters:
        return Decision(Form())
    words = {code_of(text, column) for text, _ in found if len(fold(text)) > 1} - {None}
    if words == {"m"} and not letters & {"l", "w"}:
        return Decision(Form())
    if words == {"f"} and not letters & {"l", "w"}:
        return Decision(Form(codes=male))
    meant = answer("sex_code", column.column)
    form = Form(codes=male if meant == "male" else {"w": "f"})
    return question_about(form, "sex_code", column.column, [c for c in found if fold(c[0]) == "p"], answer)


def decide_numbered_sex(
    cells: Cells, column: Column, lines: Iterable[str], answer: Answer
) -> Decision | None:
    """Decide which sex 1 and 2 mean, by a key in the heading or above the table; without a key, ask.

    Returns
    -------
    Decision or None
        None if the column does not use these numbers.
    """
    found = distinct_cells(cells)
    numbers = [cell for cell in found if number_answered(*cell) in (1, 2)]
    if not numbers or len(numbers) < _SURELY_CODES * len(found):
        return None
    keyed = {n: code for n, word in key_in(lines) if (code := code_of(word, column))}
    if {keyed.get("1"), keyed.get("2")} == {"f", "m"}:
        return Decision(Form(codes=keyed))
    meant = answer("sex_number", column.column)
    form = Form(codes={"1": "f", "2": "m"} if meant == "female_first" else {"1": "m", "2": "f"})
    return question_about(form, "sex_number", column.column, numbers, answer)


def decide_ratings(
    columns: Mapping[str, tuple[Cells, Column]],
    agreement: Callable[[Mapping[str, str]], tuple[int, int]],
    *,
    is_known: bool,
    answer: Answer,
) -> dict[str, Decision]:
    """Decide whether the best rating is 1 or 3, in columns with ratings as numbers.

    The exported predikat decides, if there is one. If not, the known coding of the exporting system decides;
    else a question is asked.

    Parameters
    ----------
    columns : mapping of str to (Cells, Column)
        The two columns of ratings.
    agreement : callable
        A function of a coding. It returns the number of rows in which the matrix gives the exported
        predikat, and the number in which it gives another.
    is_known : bool
        Whether the headings are those of a system in which 1 is the best.
    answer : callable
        Returns the answer to a question.

    Returns
    -------
    dict of str to Decision
        The decision for each column.
    """
    numbers = {
        name: [cell for cell in distinct_cells(cells) if fold(cell[0]) in _BEST_FIRST]
        for name, (cells, _) in columns.items()
    }
    telling = [cell for cells in numbers.values() for cell in cells if fold(cell[0]) != "2"]
    if not telling:
        return {name: Decision(Form()) for name in columns}
    codes = _coding(agreement, is_known=is_known)
    if codes is not None:
        return {name: Decision(Form(codes=codes)) for name in columns}
    first = next(iter(columns))
    meant = answer("rating_code", first)
    form = Form(codes=_BEST_LAST if meant == "best_last" else _BEST_FIRST)
    decided = {}
    for name in columns:
        waiting = frozenset() if meant else frozenset(numbers[name])
        kind = "rating_code" if name == first else ""
        decided[name] = Decision(replace(form, waiting=waiting), kind, frozenset(numbers[name]))
    return decided


_BEST_FIRST = {"1": "above", "2": "meets", "3": "below"}
_BEST_LAST = {"3": "above", "2": "meets", "1": "below"}


def _coding(
    agreement: Callable[[Mapping[str, str]], tuple[int, int]], *, is_known: bool
) -> Mapping[str, str] | None:
    n_first, n_not_first = agreement(_BEST_FIRST)
    n_last, n_not_last = agreement(_BEST_LAST)
    if n_first + n_not_first == 0:
        return _BEST_FIRST if is_known else None
    fits_first = n_first >= _AGREE * (n_first + n_not_first)
    fits_last = n_last >= _AGREE * (n_last + n_not_last)
    if fits_first != fits_last:
        return _BEST_FIRST if fits_first else _BEST_LAST
    return _BEST_FIRST if fits_first and is_known else None


# Scales.
