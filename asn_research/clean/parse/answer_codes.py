"""How answers on a scale are coded: letters, percent, a key in the headings, the lowest or the highest first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from asn_research.clean.parse.column_decisions import distinct_cells
from asn_research.clean.parse.number_texts import (
    INDONESIAN,
    BadCellError,
    parse_number,
)
from asn_research.clean.parse.values import answer_number, code_of, word_and_number
from asn_research.read.cells import TEXT, Cells
from asn_research.rules.answer_degrees import LEAST, LITTLE, NOT, PLAIN, VERY, degree_of
from asn_research.rules.codebooks import Column, fold

#: If this many rows, and this share of all answers, are above the scale, the form has another scale (they are
#: not typing errors). Two rows are enough if they are the larger share.
_SCALE_ROWS, _SCALE_SHARE, _FEW_SHARE = 3, 0.02, 0.1
#: The number of rows from which a scale starting at 0 is detected: 0 is answered, the highest number is not.
_NOUGHT_ROWS = 10
#: The number of steps of the usual scale, and the words that only a scale of five steps has.
_STEPS = 4
_FIVE_STEPS = re.compile(
    r"sangat (?:tidak|kurang) .+|cukup(?: .+)?|netral|biasa(?: saja)?|ragu ragu|sedang|lumayan|sangat buruk"
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
    columns: Mapping[str, Cells],
    steps: Collection[int],
    books: Mapping[str, Column] | None = None,
    known: Collection[str] = (),
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
    known : collection of str
        Folded answers whose place on the scale is known or asked about already.
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
    if _has_middle_words(columns, steps, books or {}, known):
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
    columns: Mapping[str, Cells], steps: Collection[int], books: Mapping[str, Column], known: Collection[str]
) -> bool:
    """Return whether several rows have words of a scale with five steps, where the codebook has four."""
    if len(steps) != _STEPS:
        return False
    n = len(next(iter(columns.values())))
    found = np.zeros(n, bool)
    for name, book in books.items():
        cells = columns[name]
        words = [(fold(str(t)), word_and_number(str(t))[0]) for t in cells.texts]
        keyed = [
            bool(_FIVE_STEPS.fullmatch(fold(word))) and code_of(word, book) is None and whole not in known
            for whole, word in words
        ]
        found |= cells.spread(keyed, dtype=bool)
    return int(found.sum()) >= _SCALE_ROWS - 1


@dataclass(frozen=True)
class Degrees:
    """How the answers of a form in degrees of praise are coded.

    Parameters
    ----------
    is_doubtful : bool
        Whether *tidak …* may be the second of four answers, above *sangat tidak …*, and not the lowest.
    codes : mapping of str to str
        The folded cells with their codes, on the scale that the form is known to have, or that the regulation
        has (*tidak*, *kurang*, the word alone, *sangat*).
    from_least : mapping of str to str
        The same on the scale that starts with *sangat tidak*.
    """

    is_doubtful: bool
    codes: Mapping[str, str]
    from_least: Mapping[str, str]


_BY_REGULATION = {NOT: "1", LITTLE: "2", PLAIN: "3", VERY: "4"}
_FROM_LEAST = {LEAST: "1", NOT: "2", PLAIN: "3", VERY: "4"}


def decide_degrees(
    columns: Mapping[str, Cells], books: Mapping[str, Column], lines: Iterable[str] = ()
) -> Degrees:
    """Decide how answers such as *tidak jelas* and *sangat jelas* are coded, for all columns of a form together.

    *Tidak* is the lowest answer of the regulation's form, and the second of a form with *sangat tidak*. Numbers
    beside the words, in the answers or around the table, decide. Without them the form is in doubt if it has
    *sangat tidak* and no *kurang*, or if several rows have *tidak* and no answer is the regulation's second.
    """
    degrees: dict[str, str] = {}
    counts: dict[str, int] = {}
    numbered = {(n, degree) for n, word in key_in(lines) if (degree := degree_of(word)) is not None}
    has_second = False
    for name, cells in columns.items():
        used = cells.used()
        for text, count in zip(used.texts, np.bincount(used.codes, minlength=len(used.texts)), strict=True):
            word, number = word_and_number(str(text))
            has_second |= code_of(word, books[name]) == "2" and not fold(word).isdigit()
            degree = degree_of(word)
            if degree is None:
                continue
            degrees[fold(str(text))] = degree
            counts[degree] = counts.get(degree, 0) + int(count)
            numbered |= {(number, degree)} if number else set()
    by_regulation, from_least = (
        {text: scale[degree] for text, degree in degrees.items() if degree in scale}
        for scale in (_BY_REGULATION, _FROM_LEAST)
    )
    fits = [all(scale.get(d) == n for n, d in numbered) for scale in (_BY_REGULATION, _FROM_LEAST)]
    is_known = len(numbered) >= _LEAST_STATED and fits[0] != fits[1]
    is_low = bool(counts.get(LEAST)) or counts.get(NOT, 0) >= _SCALE_ROWS
    return Degrees(
        is_doubtful=is_low and not (is_known or counts.get(LITTLE) or has_second),
        codes=from_least if is_known and fits[1] else by_regulation,
        from_least=from_least,
    )


def _digit(text: str, kind: str) -> int | None:
    """Return the value of a cell if it is a whole number from 0 to 10; else None."""
    value = number_answered(text, kind)
    return int(value) if value is not None and value == int(value) and 0 <= value <= 10 else None


def number_answered(text: str, kind: str) -> float | None:
    """Return the value of an answer if it is a number; None if it is a word or a sign."""
    try:
        return answer_number(text, kind)
    except BadCellError:
        return None


def _numbers_answered(columns: Mapping[str, Cells]) -> set[str]:
    return {
        f"{value:g}"
        for cells in columns.values()
        for text, kind in distinct_cells(cells)
        if (value := number_answered(text, kind)) is not None
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
    texts = {
        text for cells in columns.values() for text, _ in distinct_cells(cells) if _PERCENT.fullmatch(text)
    }
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
        for text, _ in distinct_cells(cells)
    )


def order_of_letters(columns: Mapping[str, Cells], books: Mapping[str, Column], lines: Iterable[str]) -> str:
    """Return the order of option letters (a key of `LETTERS`).

    The evidence is a key above the table, or words next to letters in the answers. The result is empty if
    there is no evidence, or if it is contradictory.
    """
    stated: set[tuple[str, str]] = set()
    for name, book in books.items():
        texts = [*lines, *(text for text, _ in distinct_cells(columns[name]))]
        pairs = [pair for text in texts for pair in _LETTER_KEY.findall(text)]
        stated |= {
            (letter.casefold(), code) for letter, word in pairs if (code := code_of(word.strip(), book))
        }
    fits = [
        order for order, codes in LETTERS.items() if all(codes[letter] == code for letter, code in stated)
    ]
    return fits[0] if len(stated) >= _LEAST_STATED and len(fits) == 1 else ""


def key_in(lines: Iterable[str]) -> list[tuple[str, str]]:
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
    keyed = [(int(n), word) for n, word in key_in(lines)]
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
