"""Headings are found wherever they stand: under letterheads, in up to four rows, several on a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from asn_research.read.cells import Cells
from asn_research.read.grids import Grid
from asn_research.read.profiles import Profile
from asn_research.rules.codebooks import SOURCES, Codebook, Column, fold_heading, load_codebook

_LOOK_IN = 40
_LEAST_MATCHES = 3
_EXTRA = "extra "
#: The name of a further question about an element: `time__2`.
FURTHER = "__"
N_READINGS = 6
#: The reading that is a heading's own words, nothing taken away but a survey server's groups.
_OWN = 4
#: Words of politeness in questions to a respondent.
_POLITE = {"anda", "saudara", "saudari", "bapak", "ibu", "responden", "pengunjung", "pengguna"}
_GROUPED = re.compile(r"[A-Za-z][\w-]*(?:/[\w.-]+)+")
_DEEPEST = 4
#: A title has at most so many cells.
_FEW = 2
#: Rows by which a column is judged.
_SAMPLE = 300
#: An employee's number, whole, spaced, or as a spreadsheet spoils it.
_COUNTED = re.compile(r"\W*(\d{1,2}|jumlah|total|sub ?total)\W*", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\D{0,8}(?:\d[\s.'-]?){14,20}\D{0,3}|\d[.,]\d+E\+1[67]", re.IGNORECASE)
#: What marks a list that people sign, which is no register of them.
_SIGNED = {"tanda tangan", "paraf", "ttd", "tandatangan"}
#: Columns that may stand instead of others that are required: a day's presence is counted for the quarter, and
#: forms of 2014 ask about the service charter where later ones ask about facilities.
_INSTEAD = {
    "attendance": ({"day", "_came"}, {"working_days_n", "present_days_n"}),
    "citizen_feedback": ({"extra_service_charter"}, {"facilities"}),
}
#: What stands in tables of all kinds, and tells none from another.
_ANYWHERE = {
    "unit_id", "person_id", "period", "status", "_name", "_nik", "_phone", "_year", "_day", "day", "_first_month", "_last_month",
}  # fmt: skip
#: Who answered, in a survey whose questions are not known by name.
_RESPONDENT = {"sex", "age", "education", "occupation"}
#: Units in which a heading may count, at its end: *Lama Antre (jam)*.
_UNITS = {
    word: unit
    for unit, words in {
        "menit": "menit mnt min minutes", "jam": "jam hours hour", "detik": "detik dtk seconds sec",
        "hari": "hari hr days", "%": "% persen persentase percent",
    }.items()
    for word in words.split()
}  # fmt: skip
#: Text tables with more rows are exports of one table; their end is not searched for headings.
_LONG = 20_000


@dataclass(frozen=True)
class Headings:
    """Headings found in a grid.

    Parameters
    ----------
    source : str
        The codebook that they fit.
    first_row, last_row : int
        Their rows in the grid, from 0.
    columns : dict of str to int
        The grid's column of each of the codebook's columns.
    labels : dict of int to str
        What stands above each of the grid's columns, groups first.
    span : tuple of int
        The grid's columns that belong to this table.
    """

    source: str
    first_row: int
    last_row: int
    columns: dict[str, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    span: tuple[int, ...] = ()

    @property
    def score(self) -> tuple[int, int]:
        """How well they fit: matched columns, and required ones among them."""
        required = load_codebook(self.source).required
        return len(self.columns), sum(column in self.columns for column in required)

    def lacks(self, profile: Profile | None) -> list[str]:
        """Return the required columns that are missing and not excused by a profile."""
        excused = set(profile.not_asked) if profile else set()
        if profile and profile.unit:
            excused.add("unit_id")
        instead, spared = _INSTEAD.get(self.source, (set(), set()))
        if instead and instead <= set(self.columns):
            excused |= spared
        return [c for c in load_codebook(self.source).lacking(self.columns) if c not in excused]


def find_headings(grid: Grid, profile: Profile | None = None) -> list[Headings]:
    """Find the headings of every table on a sheet, from top to bottom and left to right.

    The best fit comes first into the list of what is kept; others are kept where they overlap with
    none, and have all that their source must have.

    Returns
    -------
    list of Headings
        Empty if no codebook fits.
    """
    found = sorted(_candidates(grid, profile), key=lambda h: h.score, reverse=True)
    kept: list[Headings] = []
    for headings in found:
        if kept and (headings.lacks(profile) or _is_data(grid, headings, kept)):
            continue
        if not any(_collide(headings, other) for other in kept):
            kept.append(headings)
    return sorted(kept, key=lambda h: (h.first_row, h.span[:1]))


def _is_data(grid: Grid, headings: Headings, others: Sequence[Headings]) -> bool:
    """Whether a row below a table's headings is one of its rows: few of its words are headings, and no gap is above."""
    above = [h for h in others if h.last_row < headings.first_row and set(h.span) & set(headings.span)]
    if not above:
        return False
    row = headings.first_row
    here, before = (grid.block(line, line + 1)[0] for line in (row, row - 1))
    n_filled, n_before = int((here != "").sum()), int((before != "").sum())
    return n_before > _FEW and 2 * len(headings.columns) < n_filled


def _collide(one: Headings, other: Headings) -> bool:
    rows = one.first_row <= other.last_row and other.first_row <= one.last_row
    return rows and bool(set(one.span) & set(other.span))


def _candidates(grid: Grid, profile: Profile | None) -> Iterator[Headings]:
    for row in _likely_rows(grid, profile):
        for depth in range(1, min(_DEEPEST, row + 1) + 1):
            lines = grid.block(row - depth + 1, row + 1)
            # A row of the block that is empty would make the same headings look deeper than they are.
            if not (lines != "").any(axis=1).all():
                break
            paths = heading_paths(lines, group_rows(grid, row))
            readings = [readings_of(path) for path in paths]
            everything = tuple(range(len(paths)))
            side_by_side = _blocks(grid, row)
            spans = [everything, *side_by_side] if len(side_by_side) > 1 else [everything]
            fits = [_best(grid, paths, readings, span, row, depth, profile) for span in spans]
            whole, parts = fits[0], [fit for fit in fits[1:] if fit]
            complete = [fit for fit in parts if not fit.lacks(profile)]
            if whole and not (profile and profile.header_row) and _go_on(grid, whole):
                continue
            if len(complete) > 1:
                yield from complete
            elif whole:
                yield whole


def _go_on(grid: Grid, headings: Headings) -> bool:
    """Whether the next row still holds headings: words, where there must be numbers."""
    book = load_codebook(headings.source)
    numeric = {"number", "percent", "whole"}
    places = [
        p for name, p in headings.columns.items() if name in book.by_name and book[name].type in numeric
    ]
    row = headings.last_row + 1
    if len(places) < 2 or row >= grid.n_rows:
        return False
    cells = [str(grid.columns[place].take(slice(row, row + 1)).text[0]) for place in places]
    n_words = sum(any(letter.isalpha() for letter in cell) for cell in cells)
    return n_words * 2 > len(places)


def _likely_rows(grid: Grid, profile: Profile | None) -> list[int]:
    if profile and profile.header_row:
        return [profile.header_row - 1] if profile.header_row <= grid.n_rows else []
    n_rows = _LOOK_IN if grid.n_rows > _LONG and not grid.sheet else grid.n_rows
    if profile:
        return list(range(min(n_rows, _LOOK_IN)))
    n_filled = np.zeros(grid.n_rows, np.int32)
    for column in grid.columns:
        n_filled += column.filled
    # Headings of a further table stand below a title or a blank row.
    below = np.flatnonzero((n_filled[:-1] <= 2) & (n_filled[1:] > 2)) + 1
    likely = {int(row) + k for row in below for k in range(_DEEPEST)} | set(range(_LOOK_IN))
    known = _known_headings()
    found = []
    for row in sorted(row for row in likely if row < n_rows and row < grid.n_rows):
        cells = [str(cell) for cell in grid.block(row, row + 1)[0]]
        n_known = sum(0 < len(cell) <= 80 and fold_heading(cell) in known for cell in cells)
        # A group above, or a heading merged over two rows, may stand beside.
        if n_known >= _LEAST_MATCHES - 1:
            found.append(row)
    return found


@cache
def _known_headings() -> frozenset[str]:
    return frozenset(heading for source in SOURCES for heading in load_codebook(source).headings)


def group_rows(grid: Grid, row: int) -> list[int]:
    """Return the columns whose cell is merged to the right in a row: a group, not a heading."""
    return [place for top, left, right in grid.groups if top == row for place in range(left, right + 1)]


def _blocks(grid: Grid, row: int) -> list[tuple[int, ...]]:
    """Return the runs of columns that hold anything from a row on; empty columns part them."""
    blocks: list[tuple[int, ...]] = []
    run: list[int] = []
    for place, column in enumerate(grid.columns):
        if column.take(slice(row, None)).filled.any():
            run.append(place)
        elif run:
            blocks.append(tuple(run))
            run = []
    return [*blocks, tuple(run)] if run else blocks


def _best(
    grid: Grid,
    paths: Sequence[tuple[str, ...]],
    readings: Sequence[tuple[str, ...]],
    span: tuple[int, ...],
    row: int,
    depth: int,
    profile: Profile | None,
) -> Headings | None:
    sources = (profile.source,) if profile else SOURCES
    best: Headings | None = None
    for source in sources:
        columns = _match(readings, load_codebook(source), profile, within=span, paths=paths)
        if len(columns) < (1 if profile else _LEAST_MATCHES):
            continue
        labels = {place: " ".join(paths[place]) for place in span if paths[place]}
        fit = Headings(source, row - depth + 1, row, columns, labels, span)
        if not profile and not has_evidence(grid, fit):
            continue
        if best is None or fit.score > best.score:
            best = fit
    return best


def has_evidence(grid: Grid, headings: Headings) -> bool:
    """Whether headings say enough for a source: a register of people holds their numbers, a survey asks.

    A few words that stand in any table (date, unit, name) are no evidence.
    """
    book = load_codebook(headings.source)
    if "person_id" in book.by_name:
        if _SIGNED & {fold_heading(label) for label in headings.labels.values()}:
            return False
        place = headings.columns.get("person_id")
        if place is None:
            return False
        telling = [c for c in book.required if c not in {"unit_id", "person_id"}]
        if telling and not set(headings.lacks(None)) & set(telling):
            return True
        return holds_numbers_of_people(grid.columns[place], headings.last_row + 1)
    own = [c for c in book.required if c != "unit_id"]
    n_own = sum(c in headings.columns for c in own)
    if headings.source == "citizen_feedback":
        return n_own * 3 >= len(own) or len(_RESPONDENT & set(headings.columns)) >= 3
    # A date alone stands in tables of all kinds.
    dated = all(book[column].type == "date" for column in own)
    n_telling = len(set(headings.columns) - _ANYWHERE)
    return n_own * 2 >= len(own) and (n_telling >= 2 or not dated)


def holds_numbers_of_people(column: Cells, first_row: int) -> bool:
    """Whether any cell below a row looks like an employee's number; an empty column may hold them."""
    cells = column.take(slice(first_row, first_row + _SAMPLE)).used()
    # A row that numbers the columns or says a total holds nobody, and neither does an empty table.
    texts = [str(text) for text in cells.texts if text and not _COUNTED.fullmatch(str(text))]
    return not texts or any(_LONG_NUMBER.fullmatch(text) for text in texts)


def heading_paths(lines: np.ndarray, groups: Sequence[int] = ()) -> list[tuple[str, ...]]:
    """Return for each column its headings from the top down; a group reaches to the right.

    A group ends where another begins, or where a column has nothing under it. ``groups`` are columns
    whose lowest cell is itself a group, and so no heading.
    """
    depth, width = lines.shape
    open_groups = [""] * depth
    paths: list[tuple[str, ...]] = []
    for place in range(width):
        own = [str(cell) for cell in lines[:, place]]
        filled = [level for level in range(depth) if own[level]]
        if not filled:
            open_groups = [""] * depth
            paths.append(())
            continue
        lowest = filled[-1]
        if filled[0] == 0 or depth == 1:
            # A new group at the top closes all that stood below the old one.
            open_groups = [own[level] if level < lowest else "" for level in range(depth)]
        else:
            for level in range(filled[0], depth):
                open_groups[level] = own[level] if level < lowest else ""
        inherited = [open_groups[level] or own[level] for level in range(lowest)]
        paths.append(tuple(label for label in (*inherited, own[lowest]) if label))
    for place in groups:
        paths[place] = ()
    return paths


def _match(
    readings: Sequence[tuple[str, ...]],
    book: Codebook,
    profile: Profile | None,
    *,
    within: Sequence[int],
    paths: Sequence[tuple[str, ...]],
) -> dict[str, int]:
    """Return the grid column of each of the codebook's columns; a column is taken once.

    The fullest reading of a heading comes first: under "Pejabat Penilai", a bare "NIP" is not the
    employee's.
    """
    mapped = {fold_heading(k): v for k, v in profile.columns.items()} if profile else {}
    extras = {fold_heading(k): f"extra_{q.key}" for k, q in profile.extra.items()} if profile else {}
    ignored = {fold_heading(k) for k in profile.ignore} if profile else set()
    columns: dict[str, int] = {}
    taken: set[int] = set()
    for part in range(N_READINGS):
        offers: list[tuple[int, int, str]] = []
        for place in within:
            key = readings[place][part]
            if not key or place in taken:
                continue
            if key in ignored or (readings[place][0] and readings[place][0] in ignored):
                continue
            column = mapped.get(key) or extras.get(key) or book.headings.get(key)
            if not column and readings[place][_OWN].startswith(_EXTRA):
                # A question beside the regulation's, as a send-back workbook names it.
                column = "extra_" + readings[place][_OWN].removeprefix(_EXTRA).replace(" ", "_")
            if not column and paths[place][-1].partition(FURTHER)[0] in book.by_name:
                # A further question about an element, as a send-back workbook names it.
                column = paths[place][-1]
            if column and key not in mapped and counts_otherwise(paths[place][-1], book.by_name.get(column)):
                continue
            if column:
                rank = -1 if key in mapped else book.ranks.get(key, 0)
                offers.append((rank, place, column))
        # Where two headings mean one column, the one that the codebook names first is meant.
        for _, place, column in sorted(offers):
            if column not in columns:
                columns[column] = place
                taken.add(place)
    if profile:
        columns = {c: p for c, p in columns.items() if c not in profile.left_out}
    return columns


def counts_otherwise(heading: str, column: Column | None) -> bool:
    """Whether a heading counts in another unit (jam, menit, hari, %) than the column does."""
    if column is None or column.type not in {"number", "whole", "percent"}:
        return False
    unit, name = _unit_named(heading), column.column
    own = "menit" if name.endswith("_minutes") else "hari" if name.endswith("_days_n") else ""
    return bool(own and unit and unit != own)


def _unit_named(heading: str) -> str:
    """Return the unit that a heading ends with, in one word of many; empty if it names none."""
    words = re.findall(r"%|[^\W\d_]+", heading.casefold())
    return _UNITS.get(words[-1], "") if words else ""


def readings_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ways to read a heading, the fullest first; always `N_READINGS`, the last its own words."""
    if not path:
        return ("",) * N_READINGS
    own = _own_name(path[-1])
    if len(path) == 1:
        return ("", "", "", fold_heading(path[0]), fold_heading(own), _plain(own))
    return (
        fold_heading(" ".join(path)),
        fold_heading(" ".join(path[-2:])),
        fold_heading(f"{path[0]} {path[-1]}"),
        fold_heading(path[-1]),
        fold_heading(own),
        _plain(own),
    )


def _plain(heading: str) -> str:
    """Return a heading without the words that address a respondent, and without what stands in brackets."""
    words = fold_heading(re.sub(r"\([^)]*\)", " ", heading)).split()
    return " ".join(word for word in words if word not in _POLITE)


def _own_name(heading: str) -> str:
    """Return a question's own name where a survey server puts its groups before it (`group/U1`)."""
    return heading.rpartition("/")[2] if _GROUPED.fullmatch(heading) else heading
