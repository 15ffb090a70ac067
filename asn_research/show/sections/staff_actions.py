"""What those who lead can do: each step follows from a figure that the report shows."""

from __future__ import annotations

from dataclasses import dataclass

from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Cell, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.staff_values import (
    SCALES,
    duty_hours,
    duty_met,
    has_training_record,
    indicators,
    scales,
    staff_movements,
)

#: More steps than these are not taken in a quarter.
_MOST = 4
#: From this share of PNS on, the duty needs no step.
_ALL_PCT = 100.0
#: On the scale of 1 to 5, below this a scale asks for a step.
_CONTENT = 4.0
_MONTHS = 12


@dataclass(frozen=True)
class Step:
    """A step that can be taken.

    Parameters
    ----------
    basis : str
        The figure that it follows from.
    action : str
        What can be done.
    """

    basis: str
    action: str


def steps(data: ReportData) -> list[Step]:
    """Return the steps that follow from the figures, the most pressing first."""
    found = [
        *_worse(data),
        *_duty(data),
        *_contradicting(data),
        *_scale(data),
        *_indicator(data),
    ]
    return found[:_MOST]


def steps_block(data: ReportData) -> list[Block]:
    """Return the steps as a table; none where no figure asks for one."""
    words, found = data.words, steps(data)
    if not found:
        return []
    columns = (
        TableColumn(words("col_number"), "center", 0.4),
        TableColumn(words("col_finding"), "left", 2.4),
        TableColumn(words("col_can_do"), "left", 3.6),
    )
    rows = tuple(
        (Cell(str(at)), Cell(each.basis), Cell(each.action)) for at, each in enumerate(found, start=1)
    )
    return [Table("steps", words("table_steps"), columns, rows)]


def _worse(data: ReportData) -> list[Step]:
    """Return the step to discuss the figure that fell most, among those that fell beyond chance."""
    words, numbers = data.words, data.numbers
    fell = [each for each in staff_movements(data) if each.verdict == "worse"]
    if not fell:
        return []
    most = max(fell, key=lambda each: each.weight)
    decimals = most.headline.decimals
    basis = words(
        "basis_fell", what=data.label(most.headline.key), since=most.since.label(data.language),
        before=numbers.number(most.before.value, decimals), now=numbers.number(most.now.value, decimals),
    )  # fmt: skip
    return [Step(basis, words("do_fell"))]


def _duty(data: ReportData) -> list[Step]:
    """Return the step on the duty to learn, unless nearly all PNS have met it."""
    words, least = data.words, duty_hours(data)
    if least is None or not has_training_record(data):
        return []
    is_last = data.period.last_day.month == _MONTHS
    step = words("do_duty_year_end" if is_last else "do_duty", least=least)
    met = duty_met(data)
    if met is None:
        return [Step(words("basis_duty_hidden", least=least), step)]
    share = data.estimate("training", "pns_met_pct")
    if share is not None and share.value >= _ALL_PCT:
        return []
    return [Step(words("basis_duty", met=met[0], n_pns=met[1], least=least, year=data.period.year), step)]


def _contradicting(data: ReportData) -> list[Step]:
    found = data.rows("appraisal")
    if found is None or is_missing(found.frame["n_contradicting"].iloc[0]):
        return []
    n = data.cell(found, found.frame.index[0], "n_contradicting")
    if n in {HIDDEN, data.numbers.number(0)}:
        return []
    return [Step(data.words("basis_contradicting", n=n), data.words("do_contradicting"))]


def _scale(data: ReportData) -> list[Step]:
    """Return the step on the lowest scale of the staff survey, if it is not high."""
    words, values = data.words, scales(data)
    if not values:
        return []
    low = min(values, key=lambda each: each.own.value)
    if low.own.value >= _CONTENT:
        return []
    value = data.numbers.number(low.own.value, 1)
    return [Step(words("basis_scale", what=low.label, value=value, n=len(SCALES)), words(f"do_{low.key}"))]


def _indicator(data: ReportData) -> list[Step]:
    """Return the step on the lowest indicator of the appraisal."""
    words, values = data.words, indicators(data)
    if len(values) < 2:
        return []
    low = min(values, key=lambda each: each.own.value)
    value = data.numbers.number(low.own.value, 1)
    return [Step(words("basis_indicator", what=low.label, value=value), words(f"do_{low.key}"))]
