"""Ask for the period of a table if the file states contradictory periods, or none."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np

from asn_research.clean.parse.layouts import periods_named
from asn_research.clean.parse.period_texts import find_period, grows_until
from asn_research.clean.questions.open_questions import note_question
from asn_research.clean.working import Working
from asn_research.read import RawTable
from asn_research.rules.periods import Period
from asn_research.rules.questions import Question

_NONE = "none"
NO_PERIOD = "no_period"
#: The number of quarters offered as choices if a file states no period, latest first.
_OFFERED = 9


def resolve_heads(rows: Working, date_column: str) -> tuple[Working, list[Period | None]]:
    """Return the period that the letterhead and names of each table state; ask if they contradict each other.

    If one stated period contains the other, the shorter one is used. Rows with their own period or date do
    not wait for an answer.

    Returns
    -------
    (Working, list of Period or None)
        The rows with the marks of questions, and the period of each table.
    """
    number = rows.place["table"].to_numpy()
    needs = rows.data & rows.values["period"].isna().to_numpy()
    if date_column in rows.values:
        needs &= rows.values[date_column].isna().to_numpy()
    heads: list[Period | None] = []
    over = [find_period(table.letterhead) for table in rows.tables]
    for at, table in enumerate(rows.tables):
        above = over[at]
        named = periods_named(table)
        stated = Period.parse(table.stated_period) if table.stated_period else None
        is_growing = grows_until(f"{table.sheet} {_name(table)}")
        # A name contradicts only if no letterhead of the file fits it: a second table may have another
        # period.
        others = [
            period
            for period in named
            if not is_growing and not any(each and _fit(each, period) for each in over)
        ]
        here = needs & (number == at)
        if above and others and here.any() and not (table.profile and table.profile.period):
            rows, head = _ask(rows, here, table, above, others[0])
        else:
            within = [
                p for p in named if above and p.first_day >= above.first_day and p.last_day <= above.last_day
            ]
            head = within[0] if within else above or stated
        heads.append(head)
    return rows, heads


def _fit(one: Period, other: Period) -> bool:
    """Return whether one of two periods contains the other."""
    first, last = max(one.first_day, other.first_day), min(one.last_day, other.last_day)
    return (first, last) in {(one.first_day, one.last_day), (other.first_day, other.last_day)}


def _ask(
    rows: Working, here: np.ndarray, table: RawTable, above: Period, named: Period
) -> tuple[Working, Period | None]:
    facts = {"file": _name(table), "above": above.label("id"), "named": named.label("id")}
    choices = tuple((period.code, period.label("id")) for period in (above, named))
    question = Question(
        "period_contradicts",
        table.source,
        table.layout,
        f"period {table.file} {table.sheet}",
        "",
        facts,
        choices,
    )
    rows = note_question(rows, here, question, column="period")
    answer = rows.context.answers.get(question.key, "")
    if answer == _NONE:
        return rows.mark(here, "quarantine", NO_PERIOD, "period"), None
    return rows, Period.parse(answer) if answer else above


def ask_for_periods(rows: Working, without: np.ndarray) -> tuple[Working, list[str]]:
    """Ask for the period of tables in which no row has one; return the rows, and the answer for each table.

    The answer is empty if there is none.
    """
    number = rows.place["table"].to_numpy()
    answered = []
    for at, table in enumerate(rows.tables):
        here = rows.data & (number == at)
        code = ""
        if here.any() and without[here].all():
            about = f"period {table.file} {table.sheet}"
            question = Question(
                "period_of_file",
                table.source,
                table.layout,
                about,
                "",
                {"file": _name(table)},
                _choices(rows, about, table),
            )
            rows = note_question(rows, here, question, column="period")
            answer = rows.context.answers.get(question.key, "")
            code = "" if answer == _NONE else answer
        answered.append(code)
    return rows, answered


def _choices(rows: Working, about: str, table: RawTable) -> tuple[tuple[str, str], ...]:
    """Return the choices: the last quarters, and the earlier answer if it is none of them."""
    latest = Period.containing(rows.context.reference)
    periods = [latest.shift(-back) for back in range(_OFFERED)]
    given = rows.context.answers.get(Question("period_of_file", table.source, table.layout, about).key, _NONE)
    if given != _NONE and given not in {period.code for period in periods}:
        periods.append(Period.parse(given))
    return tuple((period.code, period.label("id")) for period in periods)


def _name(table: RawTable) -> str:
    return PurePosixPath(table.file).name
