"""What an outsider can work out from all tables together, and what is hidden for it.

The release of all tables will be built with it; `protect_city` does not use it yet, since a city with hundreds of
small groups takes half a minute. Each table hides its own small groups first. Then every count of every table is one unknown; the sums within a table
and the links between tables are what everybody knows of them. `linked` finds the hidden groups that
can be worked out all the same, and the cheapest counts to hide.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from asn_research.protect.guards import Guard, Mask
from asn_research.protect.linked import Figure, Inequality, LinkedFigures, Need
from asn_research.protect.sums import lines_of
from asn_research.protect.tables import ProtectedTable
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared
from asn_research.schema.links import Link, links


@dataclass
class _Counts:
    """One count of a table: its true values, and where it is hidden."""

    table: str
    guard: Guard
    values: np.ndarray
    hidden: Mask
    labels: list[str]

    def __post_init__(self) -> None:
        self.known = ~np.isnan(self.values)

    def place(self, row: int) -> str:
        """Return the name of one count: its table, column and row's keys."""
        return f"{self.table}/{self.guard.count}/{self.labels[row]}"


@dataclass
class _Known:
    """What the outsider knows: figures, and how they add up."""

    figures: list[Figure] = field(default_factory=list)
    relations: list[Inequality] = field(default_factory=list)


def hidden_jointly(
    frames: Mapping[str, pd.DataFrame], tables: Mapping[str, ProtectedTable], rule: DisclosureRule
) -> dict[str, dict[str, Mask]]:
    """Return which further counts must be hidden, so that no small group can be had from all tables together.

    Parameters
    ----------
    frames : mapping of str to pd.DataFrame
        The measures with all their counts.
    tables : mapping of str to ProtectedTable
        The same, each with its own small groups masked; rows in the same order.
    rule : DisclosureRule
        The smallest sizes.

    Returns
    -------
    dict
        By table and count, the rows to hide beside those that the table hides itself. A table in which
        nothing is to be hidden is absent.

    Raises
    ------
    DisclosureError
        If a small group can be had whatever is hidden.
    """
    counts = {
        (name, each.guard.count): each
        for name, frame in frames.items()
        if name in tables
        for each in _counts(name, frame, tables[name])
    }
    known = _Known()
    for each in counts.values():
        known.figures += _figures(each, rule)
    for name, frame in frames.items():
        if name in tables:
            known.relations += _sums(name, frame, counts)
    for link in links():
        known.relations += _linked(link, frames, counts)
    known.relations += _parts_of_wholes(counts)
    secondary = {key for figures, relations in _apart(known) for key in _secondary(figures, relations)}
    masks: dict[str, dict[str, Mask]] = {}
    for (name, column), each in counts.items():
        mask = np.array([each.place(row) in secondary for row in range(len(each.values))])
        if mask.any():
            masks.setdefault(name, {})[column] = mask
    return masks


def _secondary(figures: tuple[Figure, ...], relations: tuple[Inequality, ...]) -> tuple[str, ...]:
    """Return the figures to hide for another's sake."""
    return LinkedFigures(figures, relations).protect().secondary


def _apart(known: _Known) -> Iterator[tuple[tuple[Figure, ...], tuple[Inequality, ...]]]:
    """Yield the figures that hang together, with their relations, where a small one among them is hidden."""
    parent = {figure.key: figure.key for figure in known.figures}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for relation in known.relations:
        first, *others = relation.form
        for other in others:
            parent[root(str(other))] = root(str(first))
    figures: dict[str, list[Figure]] = {}
    for figure in known.figures:
        figures.setdefault(root(figure.key), []).append(figure)
    relations: dict[str, list[Inequality]] = {head: [] for head in figures}
    for relation in known.relations:
        relations[root(str(next(iter(relation.form))))].append(relation)
    for head, members in figures.items():
        if relations[head] and any(figure.need is not None for figure in members):
            yield tuple(members), tuple(relations[head])


def _counts(name: str, frame: pd.DataFrame, table: ProtectedTable) -> Iterator[_Counts]:
    """Yield the counts that add up, each once, under the strictest of its guards."""
    found: dict[str, Guard] = {}
    columns = declared("measure", name).columns
    for guard in table.guards:
        # Rows of a file are nobody's group; their own table's sums protect them.
        is_of_people = guard.count in columns and columns[guard.count].people != "rows"
        if guard.is_additive and not guard.per and guard.count in frame and is_of_people:
            strictest = found.get(guard.count)
            if strictest is None or guard.smallest(table.rule) > strictest.smallest(table.rule):
                found[guard.count] = guard
    labels = _names_of(frame, _keys(name))
    for guard in found.values():
        values = pd.to_numeric(frame[guard.count]).to_numpy(dtype="float64", na_value=np.nan)
        hidden = table.suppressed[guard.count].to_numpy(dtype=bool)
        yield _Counts(name, guard, values, hidden, labels)


def _figures(counts: _Counts, rule: DisclosureRule) -> Iterator[Figure]:
    """Yield each count as a figure; a hidden one that is small itself must stay open from zero upwards."""
    least = counts.guard.smallest(rule)
    for row in np.flatnonzero(counts.known):
        value = float(counts.values[row])
        is_small = value < least and (value > 0 or bool(counts.hidden[row]))
        yield Figure(
            counts.place(int(row)),
            {counts.place(int(row)): 1.0},
            value,
            is_hidden=bool(counts.hidden[row]),
            need=Need(0, least - 1) if is_small and counts.hidden[row] else None,
            cost=value,
        )


def _sums(name: str, frame: pd.DataFrame, counts: Mapping[tuple[str, str], _Counts]) -> Iterator[Inequality]:
    """Yield what adds up within one table."""
    table = declared("measure", name)
    lines = lines_of(frame, table.sums)
    own = [each for (of, _), each in counts.items() if of == name]
    for line in lines:
        for whole in range(line.n_wholes):
            rows = np.flatnonzero(line.whole_of == whole)
            totals, parts = rows[line.is_total[rows]], rows[~line.is_total[rows]]
            for each in own:
                yield from _adds_up(each, totals, [(each, row) for row in parts])


def _adds_up(whole: _Counts, totals: np.ndarray, parts: list[tuple[_Counts, int]]) -> Iterator[Inequality]:
    parts = [(each, int(row)) for each, row in parts if each.known[row]]
    for total in totals:
        if whole.known[total] and parts:
            gap = whole.values[total] - sum(each.values[row] for each, row in parts)
            form: dict[Hashable, float] = {whole.place(int(total)): 1.0}
            for each, row in parts:
                form[each.place(row)] = form.get(each.place(row), 0.0) - 1.0
            # Parts that do not fill their whole, or overlap, bound each other all the same.
            yield Inequality(form, 0.0 if gap >= 0 else -np.inf, 0.0 if gap <= 0 else np.inf)


def _linked(
    link: Link, frames: Mapping[str, pd.DataFrame], counts: Mapping[tuple[str, str], _Counts]
) -> Iterator[Inequality]:
    """Yield what adds up over two tables, or over columns of one row."""
    whole = counts.get((link.whole_table, link.whole_column))
    columns = [
        counts[link.part_table, name] for name in link.part_columns if (link.part_table, name) in counts
    ]
    if whole is None or len(columns) < len(link.part_columns):
        return
    wholes, parts = frames[link.whole_table], frames[link.part_table]
    keys = [name for name in _keys(link.whole_table) if name in _keys(link.part_table)]
    key, value = link.condition
    chosen = np.flatnonzero((parts[key] == value).to_numpy(dtype=bool)) if key else np.arange(len(parts))
    others = [k for k in _keys(link.part_table) if k not in keys and k != link.across]
    place_of = {labels: row for row, labels in enumerate(_labels(wholes, keys))}
    groups: dict[tuple[object, ...], list[int]] = {}
    apart = _labels(parts, [*keys, *others])
    for row in chosen:
        groups.setdefault(apart[row], []).append(int(row))
    for labels, rows in groups.items():
        total = place_of.get(labels[: len(keys)])
        if total is not None:
            yield from _adds_up(whole, np.array([total]), [(each, row) for row in rows for each in columns])


def _parts_of_wholes(counts: Mapping[tuple[str, str], _Counts]) -> Iterator[Inequality]:
    """Yield that no part is larger than its whole in the same row."""
    for (name, _), each in counts.items():
        whole = counts.get((name, each.guard.of))
        if whole is None:
            continue
        for row in np.flatnonzero(each.known & whole.known & (each.values <= whole.values)):
            yield Inequality({whole.place(int(row)): 1.0, each.place(int(row)): -1.0}, low=0.0)


def _keys(table: str) -> list[str]:
    return [name for name, column in declared("measure", table).columns.items() if column.role == "key"]


def _labels(frame: pd.DataFrame, keys: list[str]) -> list[tuple[object, ...]]:
    return list(frame[keys].astype("object").itertuples(index=False, name=None))


def _names_of(frame: pd.DataFrame, keys: list[str]) -> list[str]:
    """Return each row's name, of its keys; of rows with equal keys the place among them tells which."""
    names = pd.Series(["/".join(map(str, row)) for row in _labels(frame, keys)], dtype="object")
    again = names.groupby(names).cumcount()
    return [name if not number else f"{name}#{number}" for name, number in zip(names, again, strict=True)]
