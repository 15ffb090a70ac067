"""A figure's passport: what it says, how it is made, from which rows, and whether it still follows from the raw files.

A figure's address is ``PERIOD/UNIT/NAME``. The name is one that pages use (``ikm``), or a measure and a column, then
further keys of the row where there are several: ``2026-Q3/DISHUB/elements.index/facilities``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from asn_research.errors import DisclosureError, RequestError
from asn_research.protect import ProtectedCity, ProtectedTable
from asn_research.render.figure_address import Address, find_address, row_at
from asn_research.render.inputs import ReportInputs
from asn_research.render.rebuilt import Rebuilt, rebuilding
from asn_research.rules.codebooks import load_sources
from asn_research.rules.periods import Period
from asn_research.rules.words import HIDDEN, load_words, worded
from asn_research.schema import declared
from asn_research.schema.made import Making, function_of, makings
from asn_research.show.data import ReportData
from asn_research.show.figure_source import rules_behind
from asn_research.show.numbers import NOTHING, is_missing


@dataclass(frozen=True)
class SourceRows:
    """The rows of a source by exit: in files with rows of the period, and those of the unit.

    Parameters
    ----------
    source : str
        The source.
    n_files, n_raw, n_kept, n_repaired, n_quarantined, n_excluded : int
        Files, rows in them, and rows by exit.
    unit_rows : tuple of (str, str)
        The rows in and the rows used of the unit and period, as printed; empty where they are not counted.
    """

    source: str
    n_files: int
    n_raw: int
    n_kept: int
    n_repaired: int
    n_quarantined: int
    n_excluded: int
    unit_rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passport:
    """Everything behind a printed figure: the rows, rules and steps from which it was made.

    Parameters
    ----------
    address : Address
        Where it stands.
    label, unit_name, period_name : str
        What it is, of whom, and of when, in the reader's language.
    value, interval : str
        As printed; the interval is empty if there is none.
    function : str
        The module and the name of the function, as ``asn_research.measure.ikm, index``.
    rules : tuple of (str, str)
        The title and the article of each rule.
    sources : tuple of SourceRows
        The rows behind it.
    rebuilt : str
        The value as printed when it is made again from the raw files.
    """

    address: Address
    label: str
    unit_name: str
    period_name: str
    value: str
    interval: str
    function: str
    rules: tuple[tuple[str, str], ...]
    sources: tuple[SourceRows, ...]
    rebuilt: str

    @property
    def is_equal(self) -> bool:
        """Whether the raw files give the same printed value."""
        return self.value == self.rebuilt


def passport(
    inputs: ReportInputs, raw: Path, text: str, *, language: str = "id", key_file: Path | None = None,
    again: Rebuilt | None = None,
) -> Passport:  # fmt: skip
    """Return the passport of a printed figure.

    Parameters
    ----------
    inputs : ReportInputs
        What the reports were made from.
    raw : Path
        The folder of exports.
    text : str
        The figure's address.
    language : str
        ``"id"`` or ``"en"``.
    key_file : Path, optional
        Where the pseudonym key is kept.
    again : Rebuilt, optional
        The raw files, already cleaned again; by default those behind this figure are cleaned now.

    Raises
    ------
    RequestError
        If there is no such figure; the message names those that are near.
    DisclosureError
        If the figure is hidden.
    """
    data, wanted = find_address(inputs, raw, text, language, key_file)
    own = row_at(data.protected, wanted)
    value, interval = _printed(data, own, wanted)
    _refuse_hidden(own, wanted, value)
    made = makings()[wanted.measure]
    when = data.period
    if again is None:
        with rebuilding(inputs, raw, {wanted.measure}, key_file) as rebuilt:
            city = rebuilt.protected({wanted.measure}, when)
    else:
        city = again.protected({wanted.measure}, when)
    return Passport(
        wanted, _label(data, wanted), data.name, when.label(language), value, interval,
        function_of(wanted.measure), rules_behind(data, wanted.measure), tuple(_rows(inputs, data, made)), _again(data, city, wanted),
    )  # fmt: skip


def _again(data: ReportData, city: ProtectedCity, wanted: Address) -> str:
    seen = city.for_audience("internal")
    try:
        return _printed(data, row_at(seen, wanted), wanted)[0]
    except RequestError:
        return NOTHING


# ---------------------------------------------------------------- the address


# ---------------------------------------------------------------- what it says


def _printed(data: ReportData, own: ProtectedTable, wanted: Address) -> tuple[str, str]:
    """Return a value and its interval as the reports print them."""
    row, column = own.frame.index[0], declared("measure", wanted.measure).columns[wanted.column]
    value = own.frame.at[row, wanted.column] if wanted.column in own.frame else None
    suffix = "%" if column.unit == "percent" else ""
    decimals = wanted.decimals if wanted.decimals is not None else (column.decimals or 0)
    if isinstance(value, str | bool) or column.type in {"text", "boolean"}:
        hidden = HIDDEN if own.is_suppressed(row, wanted.column) else NOTHING
        text = hidden if is_missing(value) or value == "" else str(value)
    else:
        text = data.cell(own, row, wanted.column, decimals, suffix)
    ends = column.bounds
    digits = column.interval_decimals if column.interval_decimals is not None else decimals
    interval = data.interval_cell(own, row, *ends, digits) if len(ends) == 2 else ""
    return text, "" if interval in {HIDDEN, NOTHING} else interval


def _refuse_hidden(own: ProtectedTable, wanted: Address, value: str) -> None:
    """Raise an error if the printed value is the mark of a hidden or of a missing number."""
    if value == HIDDEN:
        groups = own.rule.smallest_group
        raise worded(
            DisclosureError, "error_why_hidden", address=str(wanted), citizens=groups.citizens,
            employees=groups.employees,
        )  # fmt: skip
    if value == NOTHING:
        raise worded(RequestError, "error_why_nothing", address=str(wanted))


def _label(data: ReportData, wanted: Address) -> str:
    column = declared("measure", wanted.measure).columns[wanted.column]
    table = declared("measure", wanted.measure).labels[data.language]
    keys = ", ".join(_word(data, key, value) for key, value in wanted.keys.items() if value)
    return f"{column.label(data.language)} ({table}{': ' + keys if keys else ''})"


def _word(data: ReportData, key: str, value: str) -> str:
    if key == "service_id" and value in data.city.services:
        return data.city.services[value].name(data.language)
    for name in (f"{key}_{value}", value):
        if data.words.has(name):
            return data.words(name)
    return value


# ---------------------------------------------------------------- how it is made


def _rows(inputs: ReportInputs, data: ReportData, made: Making) -> Iterator[SourceRows]:
    """Yield, for each source behind a figure, its rows by exit in files of the period."""
    exits = inputs.processed.exits()
    counted = ["n_raw", "n_kept", "n_repaired", "n_quarantined", "n_excluded"]
    sources = {each.source for each in data.sources}
    for source in made.read:
        own = exits.loc[(exits["source"] == source) & _holds(exits["period"], data)]
        if source not in sources or own.empty:
            continue
        n_raw, n_kept, n_repaired, n_quarantined, n_excluded = (int(own[name].sum()) for name in counted)
        n_files, of_unit = own["file"].nunique(), _unit_rows(data, source)
        yield SourceRows(source, n_files, n_raw, n_kept, n_repaired, n_quarantined, n_excluded, of_unit)


def _holds(spans: pd.Series, data: ReportData) -> pd.Series:
    """Return which files may have rows of a report's period, by the first and last period of each file."""

    def may(span: str) -> bool:
        ends = [end.strip() for end in span.split("–") if end.strip()]
        if not ends:
            return True
        first, last = Period.parse(ends[0]).first_day, Period.parse(ends[-1]).last_day
        return first <= data.period.last_day and data.period.first_day <= last

    return spans.astype("str").map(may).astype(bool)


def _unit_rows(data: ReportData, source: str) -> tuple[str, ...]:
    """Return how many rows of the unit came in and were used, as printed; empty if that may not be shown."""
    if load_sources()[source].sensitive:
        return ()
    found = data.rows("unit_rows", source=source)
    if found is None or len(found) != 1:
        return ()
    row = found.frame.index[0]
    texts = tuple(data.cell(found, row, name) for name in ("n_rows", "n_kept"))
    return () if HIDDEN in texts or NOTHING in texts else texts


# ---------------------------------------------------------------- in words


def passport_lines(found: Passport, language: str) -> list[str]:
    """Return a passport as lines of text."""
    words = load_words(language)
    key = "why_value_interval" if found.interval else "why_value"
    lines = [
        words(
            key, label=found.label, unit=found.unit_name, period=found.period_name, value=found.value,
            **({"interval": found.interval} if found.interval else {}),
        ),
        words("why_address", address=str(found.address)),
        words("why_function", function=found.function),
    ]  # fmt: skip
    lines += [words("why_rule", title=title, article=article) for title, article in found.rules]
    lines += [words("why_no_rule")] if not found.rules else []
    for each in found.sources:
        lines.append(
            words(
                "why_source", source=load_sources()[each.source].text_of("label", language), files=each.n_files,
                raw=each.n_raw, kept=each.n_kept, repaired=each.n_repaired, quarantined=each.n_quarantined,
                excluded=each.n_excluded,
            )
        )  # fmt: skip
        if each.unit_rows:
            lines.append(words("why_unit_rows", rows=each.unit_rows[0], kept=each.unit_rows[1]))
    outcome = "why_equal" if found.is_equal else "why_differs"
    lines.append(words(outcome, value=found.value, rebuilt=found.rebuilt))
    return lines
