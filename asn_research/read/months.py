"""A period that stands in several columns (quarter and year, or first and last month) becomes one column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from asn_research.read.cells import Cells
from asn_research.rules.codebooks import load_codebook

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WHOLE = re.compile(r"(\d{1,4})(?:[.,]0+)?")
_PARTS = ("_first_month", "_last_month", "_month", "_year")
_SPANS = {3: "Q", 6: "S", 12: "Y"}


def with_one_period(columns: Mapping[str, Cells], source: str) -> dict[str, Cells]:
    """Return the columns with the period in one of them.

    Where each row has a day of its own, that says the period better than a year beside it.
    """
    book = load_codebook(source).by_name
    rest = {name: cells for name, cells in columns.items() if name not in _PARTS}
    parts = {name: columns[name] for name in _PARTS if name in columns}
    if not parts or "period" not in book:
        return rest
    if "period" in columns:
        if "_year" in parts:
            rest["period"] = _joined(columns["period"], parts["_year"], with_year)
        return rest
    has_days = any(book[name].type == "date" for name in rest if name in book)
    if "_first_month" in parts and "_last_month" in parts and "_year" in parts:
        months = _joined(parts["_first_month"], parts["_last_month"], lambda first, last: f"{first}|{last}")
        rest["period"] = _joined(months, parts["_year"], months_of_year)
    elif "_month" in parts and "_year" in parts and not has_days:
        rest["period"] = _joined(parts["_month"], parts["_year"], with_year)
    elif "_year" in parts and not has_days and "_month" not in parts:
        rest["period"] = parts["_year"]
    return rest


def with_year(text: str, year: str) -> str:
    """Return a quarter's or month's text with the year that stands in another column.

    Examples
    --------
    >>> with_year("Triwulan III", "2026"), with_year("TW III 2026", "2026"), with_year("", "2026")
    ('Triwulan III 2026', 'TW III 2026', '2026')
    """
    number = _WHOLE.fullmatch(year.strip())
    plain = number[1] if number else year.strip()
    if not text or not plain or _YEAR.search(text):
        return text or plain
    return f"{text} {plain}"


def months_of_year(months: str, year: str) -> str:
    """Return the period from a first to a last month: a quarter, half year or year, or the words as they stand.

    Examples
    --------
    >>> months_of_year("7|9", "2026"), months_of_year("1|12", "2025"), months_of_year("2|4", "2026")
    ('2026-Q3', '2025', '2 s.d. 4 2026')
    """
    found = [_WHOLE.fullmatch(text.strip()) for text in (*months.split("|"), year)]
    if all(found):
        first, last, of = (int(match[1]) for match in found if match)
        kind = _SPANS.get(last - first + 1)
        if kind and 1 <= first <= last <= 12 and (first - 1) % (last - first + 1) == 0:
            number = (first - 1) // (last - first + 1) + 1
            return str(of) if kind == "Y" else f"{of}-{kind}{number}"
    return with_year(months.replace("|", " s.d. ").strip(), year)


def _joined(one: Cells, other: Cells, text: Callable[[str, str], str]) -> Cells:
    """Return a column of the texts that a function makes of two columns, each distinct pair once."""
    width = other.n_texts
    pairs = one.codes.astype(np.int64) * width + other.codes
    known, codes = np.unique(pairs, return_inverse=True)
    made = [text(str(one.texts[pair // width]), str(other.texts[pair % width])) for pair in known]
    return Cells.of([made[code] for code in codes])
