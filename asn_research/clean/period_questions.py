"""Periods that a file states twice, in different words, or nowhere, are asked for."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np

from asn_research.clean.layouts import periods_named
from asn_research.clean.period_texts import find_period, grows_until
from asn_research.clean.questions import note_question
from asn_research.clean.working import Working
from asn_research.read import RawTable
from asn_research.rules.periods import Period
from asn_research.rules.questions import Question

_NONE = "none"
NO_PERIOD = "no_period"
#: Quarters that are offered where a file states none, the latest first.
_OFFERED = 9


def settle_heads(rows: Working, date_column: str) -> tuple[Working, list[Period | None]]:
    """Return the period that letterhead and names state of each table; where they contradict each other, it is asked.

    Of two that fit into each other the shorter one is meant. Rows with a period or date of their own wait for nothing.
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
        # A second table may say that it is of another time than its file.
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
    """Whether one period lies within the other."""
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
    """Ask for the period of tables in which no row has any; return the answer for each table, empty if there is none."""
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
    """Return the last quarters, and what was answered before, however long ago that was."""
    latest = Period.containing(rows.context.reference)
    periods = [latest.shift(-back) for back in range(_OFFERED)]
    given = rows.context.answers.get(Question("period_of_file", table.source, table.layout, about).key, _NONE)
    if given != _NONE and given not in {period.code for period in periods}:
        periods.append(Period.parse(given))
    return tuple((period.code, period.label("id")) for period in periods)


def _name(table: RawTable) -> str:
    return PurePosixPath(table.file).name
