"""Find the headings of tables: below letterheads, in up to four rows, and several tables on one sheet."""

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
#: The separator in the name of a second question about one element: `time__2`.
FURTHER = "__"
N_VARIANTS = 6
#: The index of the variant that is the heading's own text, without the group prefix of a survey server.
_OWN = 4
#: Words that address the respondent; they do not matter for the meaning of a question.
_POLITE = {"anda", "saudara", "saudari", "bapak", "ibu", "responden", "pengunjung", "pengguna"}
_GROUPED = re.compile(r"[A-Za-z][\w-]*(?:/[\w.-]+)+")
_DEEPEST = 4
#: The largest number of filled cells in a title row.
_FEW = 2
#: The number of rows that are examined to classify a column.
_SAMPLE = 300
_NUMBER_FIRST = re.compile(r"\s*(?:rp\.?\s*)?[±~]?\s*\d", re.IGNORECASE)
#: Cells of rows that number the columns or give a total. Below it: an employee number (NIP), in one piece,
#: with spaces, or in the exponent form that a spreadsheet makes of it.
_COUNTED = re.compile(r"\W*(\d{1,2}|jumlah|total|sub ?total)\W*", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\D{0,8}(?:\d[\s.'-]?){14,20}\D{0,3}|\d[.,]\d+E\+1[67]", re.IGNORECASE)
#: Headings of an attendance list that people sign; such a list is not a register of employees.
_SIGNED = {"tanda tangan", "paraf", "ttd", "tandatangan"}
#: By source: a set of columns that may replace a set of required columns. Daily attendance is summed to the
#: quarter, and forms of 2014 ask about the service charter where later forms ask about facilities.
_INSTEAD = {
    "attendance": ({"day", "_came"}, {"working_days_n", "present_days_n"}),
    "citizen_feedback": ({"extra_service_charter"}, {"facilities"}),
}
#: Columns that occur in tables of all kinds, so they are no evidence for a source.
_ANYWHERE = {
    "unit_id", "person_id", "period", "status", "_name", "_nik", "_phone", "_year", "_day", "day", "_first_month", "_last_month",
}  # fmt: skip
#: Columns about the respondent; they identify a survey whose questions have unknown headings.
_RESPONDENT = {"sex", "age", "education", "occupation"}
#: Words for units of measurement at the end of a heading, as in *Lama Antre (jam)*.
_UNITS = {
    word: unit
    for unit, words in {
        "menit": "menit mnt min minutes", "jam": "jam hours hour", "detik": "detik dtk seconds sec",
        "hari": "hari hr days", "%": "% persen persentase percent",
    }.items()
    for word in words.split()
}  # fmt: skip
#: Two units at the end of a heading, with the key of `clean.parse.number_texts.CLOCKS`.
_CLOCKS = {
    "jam:menit": "hours_minutes", "hh:mm": "hours_minutes", "menit:detik": "minutes_seconds",
    "mm:ss": "minutes_seconds",
}  # fmt: skip
#: A text table with more rows is an export of a single table, so only its first rows are searched for
#: headings.
_LONG = 20_000


@dataclass(frozen=True)
class Headings:
    """The headings of one table in a grid.

    Parameters
    ----------
    source : str
        The source whose codebook they match.
    first_row, last_row : int
        Their rows in the grid, from 0.
    columns : dict of str to int
        Codebook column to grid column.
    labels : dict of int to str
        Grid column to its full heading, group headings first.
    span : tuple of int
        The grid columns that belong to this table.
    """

    source: str
    first_row: int
    last_row: int
    columns: dict[str, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    span: tuple[int, ...] = ()

    @property
    def score(self) -> tuple[int, int]:
        """The quality of the match: the number of matched columns, and of matched required columns."""
        required = load_codebook(self.source).required
        return len(self.columns), sum(column in self.columns for column in required)

    def lacks(self, profile: Profile | None) -> list[str]:
        """Return the required columns that are missing and not excused by a profile or a replacement."""
        excused = set(profile.not_asked) if profile else set()
        if profile and profile.unit:
            excused.add("unit_id")
        instead, spared = _INSTEAD.get(self.source, (set(), set()))
        if instead and instead <= set(self.columns):
            excused |= spared
        return [c for c in load_codebook(self.source).lacking(self.columns) if c not in excused]


def find_headings(grid: Grid, profile: Profile | None = None) -> list[Headings]:
    """Find the headings of every table on a sheet, ordered from top to bottom and left to right.

    The candidate with the best match is always kept. Another candidate is kept if it has all required columns
    of its source and does not overlap with a kept one.

    Returns
    -------
    list of Headings
        Empty if no codebook matches.
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
    """Return whether a candidate is in fact a data row of a table above it.

    It is one if fewer than half of its cells match headings, and the row above is neither empty nor a title.
    """
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
            # An empty row in the block would yield the same headings again, with a larger depth.
            if not (lines != "").any(axis=1).all():
                break
            paths = heading_paths(lines, group_rows(grid, row))
            variants = [variants_of(path) for path in paths]
            everything = tuple(range(len(paths)))
            side_by_side = _blocks(grid, row)
            spans = [everything, *side_by_side] if len(side_by_side) > 1 else [everything]
            fits = [_best(grid, paths, variants, span, row, depth, profile) for span in spans]
            whole, parts = fits[0], [fit for fit in fits[1:] if fit]
            complete = [fit for fit in parts if not fit.lacks(profile)]
            if whole and not (profile and profile.header_row) and _go_on(grid, whole):
                continue
            if len(complete) > 1:
                yield from complete
            elif whole:
                yield whole


def _go_on(grid: Grid, headings: Headings) -> bool:
    """Return whether the next row is still part of the headings: it has words in columns of numbers.

    A number with its currency or unit (Rp 1.000, 12 dokumen) is no word.
    """
    book = load_codebook(headings.source)
    numeric = {"number", "percent", "whole"}
    places = [
        p for name, p in headings.columns.items() if name in book.by_name and book[name].type in numeric
    ]
    row = headings.last_row + 1
    if len(places) < 2 or row >= grid.n_rows:
        return False
    cells = [str(grid.columns[place].take(slice(row, row + 1)).text[0]) for place in places]
    n_words = sum(
        any(letter.isalpha() for letter in cell) and not _NUMBER_FIRST.match(cell) for cell in cells
    )
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
    # The headings of a second table come directly after a title or a blank row.
    below = np.flatnonzero((n_filled[:-1] <= 2) & (n_filled[1:] > 2)) + 1
    likely = {int(row) + k for row in below for k in range(_DEEPEST)} | set(range(_LOOK_IN))
    known = _known_headings()
    found = []
    for row in sorted(row for row in likely if row < n_rows and row < grid.n_rows):
        cells = [str(cell) for cell in grid.block(row, row + 1)[0]]
        n_known = sum(0 < len(cell) <= 80 and fold_heading(cell) in known for cell in cells)
        # One match fewer is enough: a heading may be in another row, as a group or merged over two rows.
        if n_known >= _LEAST_MATCHES - 1:
            found.append(row)
    return found


@cache
def _known_headings() -> frozenset[str]:
    return frozenset(heading for source in SOURCES for heading in load_codebook(source).headings)


def group_rows(grid: Grid, row: int) -> list[int]:
    """Return the columns whose cell in a row is merged to the right: it is a group heading, not a heading."""
    return [place for top, left, right in grid.groups if top == row for place in range(left, right + 1)]


def _blocks(grid: Grid, row: int) -> list[tuple[int, ...]]:
    """Return the groups of adjacent columns with a filled cell from a row downwards. An empty column ends a group."""
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
    variants: Sequence[tuple[str, ...]],
    span: tuple[int, ...],
    row: int,
    depth: int,
    profile: Profile | None,
) -> Headings | None:
    sources = (profile.source,) if profile else SOURCES
    best: Headings | None = None
    for source in sources:
        columns = _match(variants, load_codebook(source), profile, within=span, paths=paths)
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
    """Return whether headings are enough evidence that a table belongs to a source.

    A table of employees must have employee numbers, a survey must have questions or data about respondents.
    Headings that occur in any table (date, unit, name) are no evidence.
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
    # A date alone is no evidence, because tables of all kinds have one.
    dated = all(book[column].type == "date" for column in own)
    n_telling = len(set(headings.columns) - _ANYWHERE)
    return n_own * 2 >= len(own) and (n_telling >= 2 or not dated)


def holds_numbers_of_people(column: Cells, first_row: int) -> bool:
    """Return whether a column may hold employee numbers: a cell looks like one, or the column is empty."""
    cells = column.take(slice(first_row, first_row + _SAMPLE)).used()
    # Rows that number the columns or give a total have no employee number; they are not counted.
    texts = [str(text) for text in cells.texts if text and not _COUNTED.fullmatch(str(text))]
    return not texts or any(_LONG_NUMBER.fullmatch(text) for text in texts)


def heading_paths(lines: np.ndarray, groups: Sequence[int] = ()) -> list[tuple[str, ...]]:
    """Return, for each column, its headings from top to bottom; a group heading extends to the right.

    A group ends at the next group, or at a column without any heading. ``groups`` are columns whose lowest
    cell is itself a group heading; they get an empty path.
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
            # A new group in the top row also ends the lower groups of the previous one.
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
    variants: Sequence[tuple[str, ...]],
    book: Codebook,
    profile: Profile | None,
    *,
    within: Sequence[int],
    paths: Sequence[tuple[str, ...]],
) -> dict[str, int]:
    """Return the grid column of each matched codebook column; each grid column is used at most once.

    The longest variant of a heading is tried first: "NIP" in the group "Pejabat Penilai" is the number of the
    appraiser, not of the employee.
    """
    mapped = {fold_heading(k): v for k, v in profile.columns.items()} if profile else {}
    extras = {fold_heading(k): f"extra_{q.key}" for k, q in profile.extra.items()} if profile else {}
    ignored = {fold_heading(k) for k in profile.ignore} if profile else set()
    columns: dict[str, int] = {}
    taken: set[int] = set()
    for part in range(N_VARIANTS):
        offers: list[tuple[int, int, str]] = []
        for place in within:
            key = variants[place][part]
            if not key or place in taken:
                continue
            if key in ignored or (variants[place][0] and variants[place][0] in ignored):
                continue
            column = mapped.get(key) or extras.get(key) or book.headings.get(key)
            if not column and variants[place][_OWN].startswith(_EXTRA):
                # An extra question (not an element of the regulation), as named in a send-back workbook.
                column = "extra_" + variants[place][_OWN].removeprefix(_EXTRA).replace(" ", "_")
            if not column and paths[place][-1].partition(FURTHER)[0] in book.by_name:
                # A second question about an element, as named in a send-back workbook.
                column = paths[place][-1]
            if column and key not in mapped and counts_otherwise(paths[place][-1], book.by_name.get(column)):
                continue
            if column:
                rank = -1 if key in mapped else book.ranks.get(key, 0)
                offers.append((rank, place, column))
        # If two headings match one column, the one that comes first in the codebook is used.
        for _, place, column in sorted(offers):
            if column not in columns:
                columns[column] = place
                taken.add(place)
    if profile:
        columns = {c: p for c, p in columns.items() if c not in profile.left_out}
    return columns


def counts_otherwise(heading: str, column: Column | None) -> bool:
    """Return whether a heading names another unit (jam, menit, hari, %) than that of the codebook column."""
    if column is None or column.type not in {"number", "whole", "percent"}:
        return False
    unit, name = _unit_named(heading), column.column
    if clock_stated(heading):
        return not name.endswith("_minutes")
    own = "menit" if name.endswith("_minutes") else "hari" if name.endswith("_days_n") else ""
    return bool(own and unit and unit != own)


def clock_stated(heading: str) -> str:
    """Return what a heading such as *Lama Antre (jam:menit)* says of its two numbers; empty if it says nothing.

    Examples
    --------
    >>> clock_stated("Lama Antre (jam:menit)"), clock_stated("Tunggu (mm:ss)"), clock_stated("Lama Antre (menit)")
    ('hours_minutes', 'minutes_seconds', '')
    """
    words = re.findall(r"[^\W\d_]+", heading.casefold())[-2:]
    return _CLOCKS.get(":".join(_UNITS.get(word, word) for word in words), "")


def _unit_named(heading: str) -> str:
    """Return the unit of measurement at the end of a heading, as a standard word; empty if there is none."""
    words = re.findall(r"%|[^\W\d_]+", heading.casefold())
    return _UNITS.get(words[-1], "") if words else ""


def variants_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the `N_VARIANTS` folded variants of a heading to look up, longest first.

    They are: the full path, the last two levels, the first and the last level, the last level, its name
    without the group prefix of a survey server, and that name without polite words and brackets. A variant
    that does not exist is empty.
    """
    if not path:
        return ("",) * N_VARIANTS
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
    """Return a heading without words that address the respondent, and without text in brackets."""
    words = fold_heading(re.sub(r"\([^)]*\)", " ", heading)).split()
    return " ".join(word for word in words if word not in _POLITE)


def _own_name(heading: str) -> str:
    """Return the name of a question without the group prefix that a survey server adds (`group/U1`)."""
    return heading.rpartition("/")[2] if _GROUPED.fullmatch(heading) else heading
