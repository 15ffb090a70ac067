"""Decide how each column is read (order of dates, decimal style, codes, scale), from all its cells together.

Other columns and the letterhead are evidence too. If the evidence does not decide, a question is asked, and
the ambiguous cells wait for the answer. A cell is never interpreted on its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from asn_research.clean.parse.dates import (
    DAY_FIRST,
    MONTH_FIRST,
    UNDECIDED,
    YEAR_FIRST,
    Written,
    is_stamp,
    order_by_custom,
    order_by_density,
    order_by_numbers,
    order_by_periods,
    order_by_sequence,
    read_written,
)
from asn_research.clean.parse.number_texts import (
    ENGLISH,
    INDONESIAN,
    BadCellError,
    parse_number,
    styles_of,
    units_of,
)
from asn_research.clean.parse.values import OUT_OF_RANGE, Cell, Form, answer_number, code_of
from asn_research.read.cells import DATE, NUMBER, TEXT, Cells
from asn_research.rules.codebooks import Column, fold
from asn_research.rules.periods import Period

#: A fraction below the first limit is surely a spreadsheet's fraction of a day; between the limits it may be
#: days or minutes.
_SURELY_DAYS, _MAYBE_DAYS = 0.05, 1.0
#: A number up to this limit may be a fraction (0.85 for 85 %); a larger number is a percentage.
_FRACTION = 1.5
_MINUTES_PER_DAY = 1440.0
#: If a column of scores has at least this many different fractions, they are fractions of a hundred. With
#: fewer, a question is asked.
_MANY_FRACTIONS = 5
#: If this many rows, and this share of all answers, are above the scale, the form has another scale (they are
#: not typing errors). Two rows are enough if they are the larger share.
_SCALE_ROWS, _SCALE_SHARE, _FEW_SHARE = 3, 0.02, 0.1
#: The number of rows from which a scale starting at 0 is detected: 0 is answered, the highest number is not.
_NOUGHT_ROWS = 10
#: The number of steps of the usual scale, and the words that only a scale of five steps has.
_STEPS = 4
_FIVE_STEPS = re.compile(
    r"sangat tidak \w+( dan \w+)?|cukup( \w+( dan \w+)?)?|netral|biasa( saja)?|ragu ragu|sedang|lumayan|sangat buruk"
)
#: A key above a table that explains the numbers in words (1 = Tidak baik), and the number of its pairs that
#: must agree.
_KEY, _LEAST_STATED = re.compile(r"(?<![\d,.])([1-9])\s*[=:).–-]\s*([^\W\d][^\d,;=:()]*)"), 2
#: The same kind of key with the word first: Sangat Baik = 1.
_KEY_TURNED = re.compile(r"([^\W\d][^\d,;=:()]*?)\s*[=:(]\s*([1-9])(?![\d.,]\d)")
#: A key that explains letters in words: a. Tidak baik, b = Kurang baik.
_LETTER_KEY = re.compile(r"(?<!\w)([a-d])\s*[=:.)]\s*([^\W\d][^\d,;=:().]*)", re.IGNORECASE)
#: The converted values of the four answers in the regulation, with the answers.
_HUNDRED = {"25": "1", "50": "2", "75": "3", "100": "4"}
_PERCENT = re.compile(r"\d{1,3}(?:[.,]\d+)?\s*(?:%|persen)")
_DATES_MIXED = 3
#: If at least this share of the distinct cells are numbers, the numbers are codes.
_SURELY_CODES = 0.5
#: The share of rows with a predikat that a coding of the ratings must reproduce.
_AGREE = 0.9


@dataclass(frozen=True)
class Decision:
    """The decision how one column of one layout is read, and the question about it if there is one.

    Parameters
    ----------
    form : Form
        The way to read its cells.
    kind : str
        The kind of question; empty if there is none.
    concerned : frozenset of Cell
        The ambiguous cells, whose meaning the answer decides.
    facts : mapping of str to str
        The values to fill into the text of the question.
    repair : str
        The reason for changing cells; empty if none are changed.
    changed : frozenset of Cell
        The cells that are changed.
    """

    form: Form
    kind: str = ""
    concerned: frozenset[Cell] = frozenset()
    facts: Mapping[str, str] = field(default_factory=dict)
    repair: str = ""
    changed: frozenset[Cell] = frozenset()


#: A function of kind of question and column that returns the answer; empty if there is none yet.
Answer = Callable[[str, str], str]


def distinct(cells: Cells) -> list[Cell]:
    """Return the distinct cells of a column that are not empty."""
    used = cells.used()
    return [cell for cell in zip(used.texts.tolist(), used.kinds.tolist(), strict=True) if cell[0]]


def _asked(form: Form, kind: str, column: str, concerned: Collection[Cell], answer: Answer) -> Decision:
    """Return a decision with a question; the concerned cells wait until it is answered."""
    places = frozenset(concerned)
    waiting = frozenset() if answer(kind, column) else places
    return Decision(replace(form, waiting=waiting), kind, places)


# Dates.


def decide_dates(
    columns: Mapping[str, Cells], periods: Collection[Period], local: int, answer: Answer
) -> dict[str, Decision]:
    """Decide the order of day and month in the date columns of one layout.

    If the numbers of a column do not prove an order, further evidence is tried in turn: the order with most
    dates in the stated periods, the order of the other date columns, the order in which timestamps rise, the
    order in which dates fill one month, and the Indonesian custom (day first).

    Parameters
    ----------
    columns : mapping of str to Cells
        The date columns.
    periods : collection of Period
        The periods that the files state.
    local : int
        Minutes that the local time is ahead of UTC.
    answer : callable
        Returns the answer to a question.

    Returns
    -------
    dict of str to Decision
        The decision for each column.
    """
    written = {name: _written(cells) for name, cells in columns.items()}
    by_numbers = {name: order_by_numbers(list(found.values())) for name, found in written.items()}
    hints = {
        order
        for name, (order, allowed) in by_numbers.items()
        if order and len(allowed) == 1 and any(not one.is_certain for one in written[name].values())
    }
    decided = {}
    for name, (proven, allowed) in by_numbers.items():
        dates = list(written[name].values())
        order = proven
        if not proven and allowed:
            order = _by_evidence(dates, allowed, periods, hints, columns[name])
        if order == UNDECIDED:
            written[name] = _all_written(columns[name])
        decided[name] = _date_decision(name, written[name], order, local, answer)
    return decided


def _written(cells: Cells) -> dict[Cell, Written]:
    """Return the distinct dates of a column; of the timestamps of one day, only the first is kept."""
    found: dict[Cell, Written] = {}
    seen: set[str] = set()
    for text, kind in distinct(cells):
        if is_stamp(text):
            day = text[:-9]
            if day in seen:
                continue
            seen.add(day)
        if one := read_written(text):
            found[text, kind] = one
    return found


def _all_written(cells: Cells) -> dict[Cell, Written]:
    return {cell: one for cell in distinct(cells) if (one := read_written(cell[0]))}


def _by_evidence(
    dates: Sequence[Written],
    allowed: frozenset[str],
    periods: Collection[Period],
    hints: set[str],
    cells: Cells,
) -> str:
    if order := order_by_periods(dates, allowed, periods):
        return order
    if len(hints) == 1 and hints <= allowed:
        return next(iter(hints))
    if all(one.has_clock for one in dates):
        rows = [one for text in cells.text if (one := read_written(str(text)))]
        if order := order_by_sequence(rows, allowed):
            return order
    dense, usual = order_by_density(dates, allowed), order_by_custom(dates, allowed)
    # Custom and density can contradict each other: 5/1, 5/2, 5/3 may be the fifth of each month, or days in
    # May.
    return (dense or usual) if not (dense and usual) or dense == usual else UNDECIDED


def _date_decision(
    name: str, written: Mapping[Cell, Written], order: str, local: int, answer: Answer
) -> Decision:
    uncertain = [cell for cell, one in written.items() if not one.is_certain]
    if uncertain and order == UNDECIDED:
        form = Form(order=answer("date_order", name) or DAY_FIRST, local=local)
        doubtful = [
            c for c in uncertain if any(written[c].moment(o) for o in (DAY_FIRST, MONTH_FIRST, YEAR_FIRST))
        ]
        return _asked(form, "date_order", name, doubtful, answer)
    form = Form(order=order or DAY_FIRST, local=local)
    turned = _turned_dates(written, uncertain)
    if not turned:
        return Decision(form)
    decision = _asked(form, "date_turned", name, turned, answer)
    if answer("date_turned", name) == "turned":
        return replace(decision, form=replace(decision.form, swapped=frozenset(turned)))
    return decision


def _turned_dates(written: Mapping[Cell, Written], uncertain: Sequence[Cell]) -> list[Cell]:
    """Return the date cells in which a spreadsheet may have exchanged day and month.

    A spreadsheet with American settings turns 05/07/2026 into a date (May 7) and leaves 15/07/2026 as text.
    This has happened if all texts have a day above 12 and no date cell has one. The same happens with
    American dates in a spreadsheet with Indonesian settings.
    """
    cells = [cell for cell, one in written.items() if cell[1] == DATE and one.is_certain]
    if len(cells) < _DATES_MIXED or len(uncertain) < _DATES_MIXED:
        return []
    if any(written[cell].numbers[2] > 12 for cell in cells):
        return []
    for order, other in ((DAY_FIRST, MONTH_FIRST), (MONTH_FIRST, DAY_FIRST)):
        if all(written[cell].moment(order) and not written[cell].moment(other) for cell in uncertain):
            return cells
    return []


# Numbers.


def decide_numbers(columns: Mapping[str, tuple[Cells, Column]], answer: Answer) -> dict[str, Decision]:
    """Decide the decimal style (Indonesian or English) and the meaning of fractions in columns of numbers.

    A column whose texts prove no style has the style that the other columns of the file prove.
    """
    found = {name: distinct(cells) for name, (cells, _) in columns.items()}
    styles = {
        name: styles_of((text for text, kind in found[name] if kind != NUMBER), column)
        for name, (_, column) in columns.items()
    }
    elsewhere = frozenset(style for proven, _ in styles.values() for style in proven)
    return {
        name: _number_decision(found[name], column, styles[name][0] or elsewhere, styles[name][1], answer)
        for name, (_, column) in columns.items()
    }


def _number_decision(
    found: Sequence[Cell], column: Column, proven: frozenset[str], doubtful: frozenset[str], answer: Answer
) -> Decision:
    style = next(iter(proven)) if len(proven) == 1 else INDONESIAN
    form = Form(number=style)
    if doubtful and len(proven) != 1 and (len(proven) > 1 or any("," in text for text in doubtful)):
        form = Form(number=answer("number_form", column.column) or INDONESIAN)
        return _asked(form, "number_form", column.column, [c for c in found if c[0] in doubtful], answer)
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
        _asked(form, "percent_form", column.column, doubtful, answer), repair="fraction_made_percent"
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
        _asked(form, "minutes_form", column.column, fractions, answer), repair="day_fraction_made_minutes"
    )


# Codes.


def decide_sex(cells: Cells, column: Column, heading: str, answer: Answer) -> Decision:
    """Decide the meaning of P: with L (laki-laki) it is *perempuan*, with W (wanita) it is *pria*."""
    found = distinct(cells)
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
    return _asked(form, "sex_code", column.column, [c for c in found if fold(c[0]) == "p"], answer)


def decide_numbered_sex(
    cells: Cells, column: Column, lines: Iterable[str], answer: Answer
) -> Decision | None:
    """Decide which sex 1 and 2 mean, by a key in the heading or above the table; without a key, ask.

    Returns
    -------
    Decision or None
        None if the column does not use these numbers.
    """
    found = distinct(cells)
    numbers = [cell for cell in found if _answered(*cell) in (1, 2)]
    if not numbers or len(numbers) < _SURELY_CODES * len(found):
        return None
    keyed = {n: code for n, word in _key_in(lines) if (code := code_of(word, column))}
    if {keyed.get("1"), keyed.get("2")} == {"f", "m"}:
        return Decision(Form(codes=keyed))
    meant = answer("sex_number", column.column)
    form = Form(codes={"1": "f", "2": "m"} if meant == "female_first" else {"1": "m", "2": "f"})
    return _asked(form, "sex_number", column.column, numbers, answer)


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
        name: [cell for cell in distinct(cells) if fold(cell[0]) in _BEST_FIRST]
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


@dataclass(frozen=True)
class Scale:
    """The scale of the answers of one layout.

    Parameters
    ----------
    kind : str
        The kind of question; empty if the answers have the scale of the codebook.
    facts : mapping of str to str
        The lowest and the highest number: of the answers (``low``, ``high``) and of the codebook (``first``,
        ``last``).
    """

    kind: str
    facts: Mapping[str, str] = field(default_factory=dict)


def decide_scale(
    columns: Mapping[str, Cells], steps: Collection[int], books: Mapping[str, Column] | None = None
) -> Scale:
    """Decide whether the answers of a form have another scale than the codebook.

    A number outside the scale in a few rows is a typing error, and only that cell is faulty. In many rows it
    shows another scale: then no row can be read, even if its own numbers are within the codebook's scale. The
    same holds for words of a scale with a middle (*cukup puas*) or an end (*sangat tidak puas*) that the
    codebook's scale does not have.

    Parameters
    ----------
    columns : mapping of str to Cells
        The columns of answers.
    steps : collection of int
        The numbers of the codebook's scale.
    books : mapping of str to Column, optional
        The columns in the codebook, for answers in words.
    """
    n = len(next(iter(columns.values())))
    low, high = min(steps), max(steps)
    off, answered = np.zeros(n, bool), np.zeros(n, bool)
    seen: dict[int, int] = {}
    for cells in columns.values():
        numbers = [_digit(text, kind) for text, kind in zip(cells.texts, cells.kinds, strict=True)]
        counts = np.bincount(cells.codes, minlength=len(numbers))
        for number, count in zip(numbers, counts, strict=True):
            if number is not None and count:
                seen[number] = seen.get(number, 0) + int(count)
        answered |= cells.spread([x is not None for x in numbers], dtype=bool)
        off |= cells.spread([x is not None and not low <= x <= high for x in numbers], dtype=bool)
    if _has_middle_words(columns, steps, books or {}):
        return Scale("scale", {"low": "1", "high": "5", "first": str(low), "last": str(high)})
    n_off, n_answered, n_cells = int(off.sum()), int(answered.sum()), sum(seen.values())
    facts = {"low": str(min(seen, default=low)), "high": str(max(seen, default=high)),
             "first": str(low), "last": str(high)}  # fmt: skip
    n_above = sum(count for number, count in seen.items() if number > high)
    noughts = seen.get(0, 0)
    from_nought = noughts >= _SCALE_ROWS - 1 and not seen.get(high, 0) and n_answered >= _NOUGHT_ROWS
    many = n_off >= _SCALE_ROWS and n_above >= max(_SCALE_ROWS, _SCALE_SHARE * n_cells)
    few = n_off >= _SCALE_ROWS - 1 and n_above >= _FEW_SHARE * n_cells
    return Scale("scale" if from_nought or many or few else "", facts)


def _has_middle_words(
    columns: Mapping[str, Cells], steps: Collection[int], books: Mapping[str, Column]
) -> bool:
    """Return whether several rows have words of a scale with five steps, where the codebook has four."""
    if len(steps) != _STEPS:
        return False
    n = len(next(iter(columns.values())))
    found = np.zeros(n, bool)
    for name, book in books.items():
        cells = columns[name]
        keyed = [
            bool(_FIVE_STEPS.fullmatch(fold(str(t)))) and code_of(str(t), book) is None for t in cells.texts
        ]
        found |= cells.spread(keyed, dtype=bool)
    return int(found.sum()) >= _SCALE_ROWS - 1


def _digit(text: str, kind: str) -> int | None:
    """Return the value of a cell if it is a whole number from 0 to 10; else None."""
    value = _answered(text, kind)
    return int(value) if value is not None and value == int(value) and 0 <= value <= 10 else None


def _answered(text: str, kind: str) -> float | None:
    """Return the value of an answer if it is a number; None if it is a word or a sign."""
    try:
        return answer_number(text, kind)
    except BadCellError:
        return None


def _numbers_answered(columns: Mapping[str, Cells]) -> set[str]:
    return {
        f"{value:g}"
        for cells in columns.values()
        for text, kind in distinct(cells)
        if (value := _answered(text, kind)) is not None
    }


def codes_of_hundred(columns: Mapping[str, Cells]) -> Mapping[str, str]:
    """Return the answers that 25, 50, 75 and 100 stand for; empty if the form has other numbers too.

    The regulation converts the four answers to these numbers, and some programs export the converted ones.
    """
    numbers = _numbers_answered(columns)
    return _HUNDRED if numbers and numbers <= set(_HUNDRED) else {}


def codes_of_percent(columns: Mapping[str, Cells]) -> Mapping[str, str]:
    """Return the answers that percentages would stand for; empty if the form has none, or has 2, 3 or 4.

    A spreadsheet stores a percentage as a fraction, so 100 % is stored as 1, which looks like the lowest
    answer.
    """
    numbers = _numbers_answered(columns)
    texts = {text for cells in columns.values() for text, _ in distinct(cells) if _PERCENT.fullmatch(text)}
    if numbers & {"2", "3", "4"} or not (texts or numbers & {"0.25", "0.5", "0.75"}):
        return {}
    percents = {text: f"{parse_number(text, TEXT, INDONESIAN, ('%', 'persen')):g}" for text in texts}
    written = {text: _HUNDRED[percent] for text, percent in percents.items() if percent in _HUNDRED}
    return {fold(f"{int(n) / 100:g}"): step for n, step in _HUNDRED.items()} | _HUNDRED | written


def option_letters(columns: Mapping[str, Cells]) -> bool:
    """Return whether answers are option letters: A, C or D, which are not abbreviations of any answer."""
    return any(
        text.strip(" .)(").casefold() in {"a", "c", "d"}
        for cells in columns.values()
        for text, _ in distinct(cells)
    )


def order_of_letters(columns: Mapping[str, Cells], books: Mapping[str, Column], lines: Iterable[str]) -> str:
    """Return the order of option letters (a key of `LETTERS`).

    The evidence is a key above the table, or words next to letters in the answers. The result is empty if
    there is no evidence, or if it is contradictory.
    """
    stated: set[tuple[str, str]] = set()
    for name, book in books.items():
        texts = [*lines, *(text for text, _ in distinct(columns[name]))]
        pairs = [pair for text in texts for pair in _LETTER_KEY.findall(text)]
        stated |= {
            (letter.casefold(), code) for letter, word in pairs if (code := code_of(word.strip(), book))
        }
    fits = [
        order for order, codes in LETTERS.items() if all(codes[letter] == code for letter, code in stated)
    ]
    return fits[0] if len(stated) >= _LEAST_STATED and len(fits) == 1 else ""


def _key_in(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs (number, word) of the keys in some lines, with either of the two written first."""
    found = []
    for line in lines:
        pairs = _KEY.findall(line) or [(n, word) for word, n in _KEY_TURNED.findall(line)]
        found += [(n, word.strip(" .-–")) for n, word in pairs]
    return found


def counts_from_best(lines: Iterable[str], columns: Iterable[Column]) -> bool:
    """Return whether a key in the letterhead numbers the scale from the best answer (1 = Sangat Baik).

    Examples
    --------
    >>> from asn_research.rules.codebooks import load_codebook
    >>> column = load_codebook("citizen_feedback")["conduct"]
    >>> counts_from_best(["1 = Sangat Baik, 2 = Baik, 3 = Kurang Baik, 4 = Tidak Baik"], [column])
    True
    >>> counts_from_best(["4 = Sangat Baik, 3 = Baik, 2 = Kurang Baik, 1 = Tidak Baik"], [column])
    False
    >>> counts_from_best(["Sangat Baik (1)", "Baik (2)", "Kurang Baik (3)", "Tidak Baik (4)"], [column])
    True
    """
    keyed = [(int(n), word) for n, word in _key_in(lines)]
    for column in columns:
        codes = [(n, int(code)) for n, word in keyed if (code := code_of(word, column))]
        low, high = min(map(int, column.codes.values())), max(map(int, column.codes.values()))
        turned = sum(n != code and n + code == low + high for n, code in codes)
        if turned >= _LEAST_STATED and turned > sum(n == code for n, code in codes):
            return True
    return False


#: The codes of option letters, for each of the two possible orders.
LETTERS = {
    "lowest_first": {"a": "1", "b": "2", "c": "3", "d": "4"},
    "highest_first": {"a": "4", "b": "3", "c": "2", "d": "1"},
}
__all__ = [
    "ENGLISH", "LETTERS", "Decision", "Scale", "codes_of_hundred", "codes_of_percent", "counts_from_best", "decide_dates", "decide_numbered_sex", "decide_numbers", "decide_ratings", "decide_scale",
    "decide_sex", "distinct", "option_letters", "order_of_letters",
]  # fmt: skip
