"""Monthly appraisals: if a person has several in one quarter, a user decides which one is valid.

Appraisals are monthly or quarterly. No regulation says how to combine the months of a quarter.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from asn_research.clean.parse.dates import read_written
from asn_research.clean.parse.period_texts import find_month, find_period, parse_month, parse_period
from asn_research.clean.questions.open_questions import WAITS
from asn_research.clean.steps.file_periods import MONTH_COLUMNS, period_unit
from asn_research.clean.working import Prepared, Working
from asn_research.read import Cells, RawTable
from asn_research.rules.questions import Answers, Question

MONTH = "_month"
WITHIN, _EARLIER, UNDECIDED = "month_within_quarter", "other_month_holds", "months_of_one_quarter"


def note_months(rows: Working, *, date_column: str) -> Working:
    """Add the column `MONTH`: the month of a row about one month, by cells, letterhead or date; else 0."""
    number = rows.place["table"].to_numpy()
    own, is_stated = _own_months(rows, number)
    head = np.array([_month_of_table(table) for table in rows.tables])[number]
    dated = np.zeros(len(rows), np.int64)
    if date_column in rows.values:
        days = rows.values[date_column].to_numpy().astype("datetime64[M]")
        dated = np.where(np.isnat(days), 0, days.astype(np.int64) % 12 + 1)
    month = np.where(is_stated, own, np.where(head >= 0, head, dated))
    return rows.with_values(**{MONTH: month.astype(np.int8)})


def _own_months(rows: Working, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the month in the cells of each row (0: none), and the mask of rows whose cells have a period."""
    first, last = (rows.cells.get(name) or Cells.blank(len(rows)) for name in MONTH_COLUMNS)
    text = rows.cells.get("period") or Cells.blank(len(rows))
    below_month = np.array([period_unit(table) == "bulan" for table in rows.tables])[number]
    named = _months_in(text)
    starts, ends = _months_in(first, bare=True), _months_in(last, bare=True)
    span = np.where(~first.filled | ~last.filled | (starts == ends), np.maximum(starts, ends), 0)
    month = np.where(
        first.filled | last.filled, span, np.where(below_month, _months_in(text, bare=True), named)
    )
    return month, text.filled | first.filled | last.filled


def _months_in(cells: Cells, *, bare: bool = False) -> np.ndarray:
    return np.asarray(
        cells.spread([parse_month(str(text), bare=bare) for text in cells.texts], dtype=np.int64)
    )


def _month_of_table(table: RawTable) -> int:
    """Return the month that letterhead, sheet or file name states; 0 for another period, -1 for none."""
    stem = table.file.rpartition("/")[2].rpartition(".")[0].replace("-", " ").replace("_", " ")
    if table.profile and table.profile.period:
        return 0
    for lines in (table.letterhead, [table.sheet], [stem]):
        if month := find_month(lines) or max((parse_month(line) for line in lines), default=0):
            return month
        if find_period(lines):
            return 0
    return -1


def take_months_for_days(rows: Working, column: str) -> Working:
    """Use a month in a date column as the period of the row; the day itself is coded as missing."""
    if column not in rows.cells:
        return rows
    cells = rows.cells[column]
    is_month = np.array(
        [not read_written(str(text)) and _is_quarter(str(text)) for text in cells.texts], bool
    )
    where = cells.spread(is_month, dtype=bool) & rows.data
    if not where.any():
        return rows
    texts = cells.text
    given = rows.cells["period"].text if "period" in rows.cells else np.full(len(rows), "", object)
    period = np.where(where & (given == ""), texts, given)
    days = Cells(np.where(is_month, 0, np.arange(len(cells.texts)))[cells.codes], cells.texts, cells.kinds)
    rows = rows.mark(where, "missing", "no_day", column)
    return replace(
        rows, cells={**rows.cells, column: days, "period": Cells.of([str(text) for text in period])}
    )


def _is_quarter(text: str) -> bool:
    """Return whether a text is a quarter or month of a year; Jul-26 among dates may be a day of July."""
    period = parse_period(text) if text else None
    return period is not None and period.kind == "Q" and f"{period.year}" in text


def resolve_months(rows: Prepared, answers: Answers) -> Prepared:
    """Keep one row per person and quarter: the quarterly row, or the month that a person's answer chooses.

    Parameters
    ----------
    rows : Prepared
        The rows of all files, with the column `MONTH`.
    answers : mapping of str to str
        The answers to questions.

    Returns
    -------
    Prepared
        The rows without `MONTH`; the other rows of a quarter are excluded or quarantined.
    """
    if MONTH not in rows.values:
        return rows
    cases = _cases(rows)
    by = cases.groupby(["person", "period"])
    has_quarter = by["month"].transform("min") == 0
    within = cases.index[has_quarter & (cases["month"] > 0) & cases["free"]]
    rows = rows.mark(_mask(rows, within), "exclude", WITHIN)
    months = cases.loc[~has_quarter]
    several = months.groupby(["person", "period"])["month"].transform("nunique") > 1
    if several.any():
        rows = _ask(rows, months, several, answers)
    return rows.without(MONTH)


def _cases(rows: Prepared) -> pd.DataFrame:
    """Return person, period, month and predikat of the rows that are usable, now or after a correction."""
    cases = pd.DataFrame(
        {
            "person": rows.values["person_id"].astype("str"),
            "period": rows.values["period"].astype("str"),
            "month": rows.values[MONTH].fillna(0).astype("int64"),
            "predikat": rows.values["predikat_by_matrix"].astype("str"),
            "free": ~rows.marked("quarantine"),
        }
    )
    known = rows.values["person_id"].notna() & rows.values["period"].notna()
    return pd.DataFrame(cases.loc[known.to_numpy() & ~rows.marked("foreign", "exclude")])


def _ask(rows: Prepared, months: pd.DataFrame, several: pd.Series, answers: Answers) -> Prepared:
    """Ask which month of a quarter is valid; without an answer, all its monthly rows are quarantined."""
    people = months.loc[several]
    question = Question(
        "months_of_quarter", rows.source, "", "period", facts={"n": str(people["person"].nunique())}
    )
    answer = answers.get(question.key, "")
    concerned = months.loc[months["period"].isin(people["period"]) & months["free"]]
    rows = rows.mark(_mask(rows, concerned.index), "question", question.dumped(), "period")
    if not answer:
        return rows.mark(_mask(rows, concerned.index), "quarantine", WAITS, "period")
    if answer == "none":
        return rows.mark(_mask(rows, concerned.index), "quarantine", UNDECIDED, "period")
    if answer == "commonest":
        # The commonest predikat is known only if all months of the quarter can be read.
        is_whole = people.groupby(["person", "period"])["free"].transform("all")
        rows = rows.mark(
            _mask(rows, people.index[~is_whole & people["free"]]), "quarantine", UNDECIDED, "period"
        )
        people = people.loc[is_whole]
        counted = people.groupby(["person", "period", "predikat"])["month"].transform("nunique")
        people = people.assign(place=counted * 100 + people["month"])
    else:
        people = people.assign(place=people["month"])
    best = people.groupby(["person", "period"])["place"].transform("max")
    return rows.mark(
        _mask(rows, people.index[(people["place"] < best) & people["free"]]), "exclude", _EARLIER
    )


def _mask(rows: Prepared, at: pd.Index) -> np.ndarray:
    mask = np.zeros(len(rows), bool)
    mask[at.to_numpy()] = True
    return mask
