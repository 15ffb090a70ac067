"""A column is read as a whole: its own cells, its neighbours and the letterhead decide its one form.

Where they do not decide, the cells in doubt wait for the answer to a question; a cell is never read by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from asn_research.clean.dates import (
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
from asn_research.clean.numbers import ENGLISH, INDONESIAN, BadCellError, parse_number, styles_of, units_of
from asn_research.clean.values import OUT_OF_RANGE, Cell, Form, answer_number, code_of
from asn_research.read.cells import DATE, NUMBER, TEXT, Cells
from asn_research.rules.codebooks import Column, fold
from asn_research.rules.periods import Period

#: A spreadsheet's fraction of a day below so much is a wait of minutes; between the two it may be either.
_SURELY_DAYS, _MAYBE_DAYS = 0.05, 1.0
#: The fraction of a hundred that a percentage may be; more is a percentage.
_FRACTION = 1.5
_MINUTES_PER_DAY = 1440.0
#: So many different fractions in a column of scores are fractions of a hundred; fewer are asked about.
_MANY_FRACTIONS = 5
#: So many rows, and this share of all answers, above the scale are another scale and no slips; so are two rows, if
#: they are a larger share.
_SCALE_ROWS, _SCALE_SHARE, _FEW_SHARE = 3, 0.02, 0.1
#: Rows from which a scale that lacks its highest number is noticed, where a nought is answered.
_NOUGHT_ROWS = 10
#: Words of a scale of five steps, where there are four without them.
_STEPS = 4
_FIVE_STEPS = re.compile(
    r"sangat tidak \w+( dan \w+)?|cukup( \w+( dan \w+)?)?|netral|biasa( saja)?|ragu ragu|sedang|lumayan|sangat buruk"
)
#: A key of numbers and their words above a table, and so many of its pairs that must agree.
_KEY, _TOLD = re.compile(r"(?<![\d,.])([1-9])\s*[=:).–-]\s*([^\W\d][^\d,;=:()]*)"), 2
#: The same with the word first: Sangat Baik = 1.
_KEY_TURNED = re.compile(r"([^\W\d][^\d,;=:()]*?)\s*[=:(]\s*([1-9])(?![\d.,]\d)")
#: A key of letters and their words: a. Tidak baik, b = Kurang baik.
_LETTER_KEY = re.compile(r"(?<!\w)([a-d])\s*[=:.)]\s*([^\W\d][^\d,;=:().]*)", re.IGNORECASE)
#: What the regulation turns the four answers into.
_HUNDRED = {"25": "1", "50": "2", "75": "3", "100": "4"}
_PERCENT = re.compile(r"\d{1,3}(?:[.,]\d+)?\s*(?:%|persen)")
_DATES_MIXED = 3
#: Share of a column's different cells from which its numbers are codes.
_SURELY_CODES = 0.5
#: Share of the rows with a predicate that a coding of ratings must agree with.
_AGREE = 0.9


@dataclass(frozen=True)
class Decision:
    """How one column of one layout is read, and what must be asked about it.

    Parameters
    ----------
    form : Form
        How its cells are read.
    kind : str
        The kind of question; empty if nothing is in doubt.
    concerned : frozenset of Cell
        The cells that the answer is about.
    facts : mapping of str to str
        What the question's words fill in.
    repair : str
        Why cells were changed.
    changed : frozenset of Cell
        The cells that were changed.
    """

    form: Form
    kind: str = ""
    concerned: frozenset[Cell] = frozenset()
    facts: Mapping[str, str] = field(default_factory=dict)
    repair: str = ""
    changed: frozenset[Cell] = frozenset()


#: Tells the answer to a kind of question about a column; empty while there is none.
Answer = Callable[[str, str], str]


def distinct(cells: Cells) -> list[Cell]:
    """Return the distinct cells of a column that hold anything."""
    used = cells.used()
    return [cell for cell in zip(used.texts.tolist(), used.kinds.tolist(), strict=True) if cell[0]]


def _asked(form: Form, kind: str, column: str, concerned: Collection[Cell], answer: Answer) -> Decision:
    """Return a decision in which cells wait unless the question is answered."""
    told = frozenset(concerned)
    waiting = frozenset() if answer(kind, column) else told
    return Decision(replace(form, waiting=waiting), kind, told)


# Dates.


def decide_dates(
    columns: Mapping[str, Cells], periods: Collection[Period], local: int, answer: Answer
) -> dict[str, Decision]:
    """Decide the order of day and month of the date columns of one layout.

    A column that its own numbers do not decide takes the order that lies within the stated periods, that of the
    file's other date columns, that in which time stamps rise, that in which days fill a month, and last that of
    Indonesian custom.
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
    """Return the distinct dates of a column, one for all time stamps of a day."""
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
    # A report on the fifth of each month, or the first days of May? Custom and days contradict each other.
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
    """Return the date cells in which a spreadsheet may have taken the day for the month.

    A spreadsheet set to American dates makes a date of 05/07/2026 and leaves 15/07/2026 as text. Where all
    text has a day above 12, and no date cell has, that has happened; so it has with American dates in a
    spreadsheet set to Indonesian ones.
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
    """Decide whose points and commas the columns of numbers of one layout have, and what their fractions mean.

    A column that does not prove its style has that of the file's other columns, if they prove one.
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
    """Return the numbers of the cells that are bare numbers: a unit beside one says what it is."""
    values = {}
    for text, kind in found:
        if kind == NUMBER or text[-1:].isdigit():
            try:
                values[text, kind] = parse_number(text, kind, form.number, units_of(column) - {"%", "persen"})
            except BadCellError:
                continue
    return values


def _is_all_fractions(found: Sequence[Cell], column: Column, form: Form) -> bool:
    """Whether a score of up to a hundred or more holds fractions alone."""
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
    """Decide for number cells and for text apart whether they hold percentages or fractions of a hundred."""
    factors: dict[Cell, float] = {}
    doubtful: list[Cell] = []
    # A score may be a fraction of a point; a column of many different ones is none of points.
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
    """Decide whether a column of minutes holds the fractions of a day that time cells become."""
    values = {cell: value for cell, value in _valued(found, column, form).items() if value > 0}
    fractions = [cell for cell, value in values.items() if value < _MAYBE_DAYS and value != int(value)]
    if not fractions:
        return Decision(form)
    if any(value >= _MAYBE_DAYS for value in values.values()):
        # Beside minutes, such a fraction is no wait that anyone writes.
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
    """Decide what P means: beside L it is *perempuan*, beside W it is *pria*."""
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
    """Decide which of 1 and 2 is which sex by a key in the heading or above the table; without one it is asked.

    Returns
    -------
    Decision or None
        None where the sexes are not numbered.
    """
    found = distinct(cells)
    numbers = [cell for cell in found if _answered(*cell) in (1, 2)]
    if not numbers or len(numbers) < _SURELY_CODES * len(found):
        return None
    told = {n: code for n, word in _key_in(lines) if (code := code_of(word, column))}
    if {told.get("1"), told.get("2")} == {"f", "m"}:
        return Decision(Form(codes=told))
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
    """Decide whether ratings in numbers count from the best (1) or to the best (3).

    The predicate beside them decides; without one, the coding of a source that is known; else it is asked.

    Parameters
    ----------
    columns : mapping of str to (Cells, Column)
        The two columns of ratings.
    agreement : callable
        For a coding of the numbers, in how many rows the matrix gives the predicate beside it, and in how many
        it gives another.
    is_known : bool
        Whether the headings are those of a source that counts from the best.
    answer : callable
        The answer to a question.
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
    """What the answers of one layout say of their scale.

    Parameters
    ----------
    kind : str
        The kind of question; empty if the scale is the codebook's.
    facts : mapping of str to str
        Lowest and highest number, the codebook's and those that are answered.
    """

    kind: str
    facts: Mapping[str, str] = field(default_factory=dict)


def decide_scale(
    columns: Mapping[str, Cells], steps: Collection[int], books: Mapping[str, Column] | None = None
) -> Scale:
    """Say whether a form's numbers have another scale than the codebook's.

    A number off the scale in one row of many is a slip, and held by itself. In many rows it is another scale: then
    no row can be read, not even one whose numbers happen to lie within. So it is with words of a scale that has a
    middle (*cukup puas*) or an end (*sangat tidak puas*) which the codebook's lacks.
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
    """Whether several rows answer in words of five steps where the scale has four."""
    if len(steps) != _STEPS:
        return False
    n = len(next(iter(columns.values())))
    found = np.zeros(n, bool)
    for name, book in books.items():
        cells = columns[name]
        told = [
            bool(_FIVE_STEPS.fullmatch(fold(str(t)))) and code_of(str(t), book) is None for t in cells.texts
        ]
        found |= cells.spread(told, dtype=bool)
    return int(found.sum()) >= _SCALE_ROWS - 1


def _digit(text: str, kind: str) -> int | None:
    """Return the whole number from 0 to 10 that a cell is."""
    value = _answered(text, kind)
    return int(value) if value is not None and value == int(value) and 0 <= value <= 10 else None


def _answered(text: str, kind: str) -> float | None:
    """Return the number that an answer is; none if it is a word or a mark."""
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
    """Return what 25, 50, 75 and 100 mean where a form holds no other numbers; else nothing.

    The regulation turns the four answers into these numbers, and some programs export them.
    """
    numbers = _numbers_answered(columns)
    return _HUNDRED if numbers and numbers <= set(_HUNDRED) else {}


def codes_of_percent(columns: Mapping[str, Cells]) -> Mapping[str, str]:
    """Return what percentages would mean as answers, where a form holds them and no answers in numbers; else nothing.

    A spreadsheet keeps a percentage as a fraction, of which 100 % looks like the lowest answer.
    """
    numbers = _numbers_answered(columns)
    texts = {text for cells in columns.values() for text, _ in distinct(cells) if _PERCENT.fullmatch(text)}
    if numbers & {"2", "3", "4"} or not (texts or numbers & {"0.25", "0.5", "0.75"}):
        return {}
    percents = {text: f"{parse_number(text, TEXT, INDONESIAN, ('%', 'persen')):g}" for text in texts}
    written = {text: _HUNDRED[percent] for text, percent in percents.items() if percent in _HUNDRED}
    return {fold(f"{int(n) / 100:g}"): step for n, step in _HUNDRED.items()} | _HUNDRED | written


def option_letters(columns: Mapping[str, Cells]) -> bool:
    """Whether answers are given by the letters of options: A, C or D, which are short for no word."""
    return any(
        text.strip(" .)(").casefold() in {"a", "c", "d"}
        for cells in columns.values()
        for text, _ in distinct(cells)
    )


def order_of_letters(columns: Mapping[str, Cells], books: Mapping[str, Column], lines: Iterable[str]) -> str:
    """Return whether option letters rise or fall by a key above a table, or by words beside some of them.

    Empty if neither says it, or if they contradict each other.
    """
    told: set[tuple[str, str]] = set()
    for name, book in books.items():
        texts = [*lines, *(text for text, _ in distinct(columns[name]))]
        pairs = [pair for text in texts for pair in _LETTER_KEY.findall(text)]
        told |= {(letter.casefold(), code) for letter, word in pairs if (code := code_of(word.strip(), book))}
    fits = [order for order, codes in LETTERS.items() if all(codes[letter] == code for letter, code in told)]
    return fits[0] if len(told) >= _TOLD and len(fits) == 1 else ""


def _key_in(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Return the numbers of keys with their words, whichever is written first."""
    found = []
    for line in lines:
        pairs = _KEY.findall(line) or [(n, word) for word, n in _KEY_TURNED.findall(line)]
        found += [(n, word.strip(" .-–")) for n, word in pairs]
    return found


def counts_from_best(lines: Iterable[str], columns: Iterable[Column]) -> bool:
    """Whether a letterhead's key gives the numbers of a scale to its words the other way round.

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
    told = [(int(n), word) for n, word in _key_in(lines)]
    for column in columns:
        codes = [(n, int(code)) for n, word in told if (code := code_of(word, column))]
        low, high = min(map(int, column.codes.values())), max(map(int, column.codes.values()))
        turned = sum(n != code and n + code == low + high for n, code in codes)
        if turned >= _TOLD and turned > sum(n == code for n, code in codes):
            return True
    return False


#: The codes of option letters, from the lowest answer or from the highest.
LETTERS = {
    "lowest_first": {"a": "1", "b": "2", "c": "3", "d": "4"},
    "highest_first": {"a": "4", "b": "3", "c": "2", "d": "1"},
}
__all__ = [
    "ENGLISH", "LETTERS", "Decision", "Scale", "codes_of_hundred", "codes_of_percent", "counts_from_best", "decide_dates", "decide_numbered_sex", "decide_numbers", "decide_ratings", "decide_scale",
    "decide_sex", "distinct", "option_letters", "order_of_letters",
]  # fmt: skip
