"""Recognise a file: its sources, headings, unit, period and open questions. All commands use this module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from asn_research.clean.inspect.table_guesses import Recognised, TableGuess
from asn_research.clean.inspect.table_places import file_pattern, with_unit_and_period
from asn_research.clean.inspect.table_sources import (
    LEAST_SOURCE,
    NEAREST_SOURCE,
    Found,
    best_of_a_source,
    exact_tables,
    guess_table,
    guess_tables,
    known_columns,
)
from asn_research.errors import RawDataError
from asn_research.read.grids import Grid, read_grids
from asn_research.read.headings import (
    Headings,
    find_headings,
)
from asn_research.read.profiles import Profile
from asn_research.read.raw_folder import FileTables, RawFile, Strange
from asn_research.read.returned import mends_in
from asn_research.read.sheet_tables import Chosen, RawTable, build_tables, without_repeats
from asn_research.read.survey_forms import read_survey_form
from asn_research.rules.cities import City
from asn_research.rules.codebooks import fold_heading, load_codebook
from asn_research.rules.questions import Answers, Question

_LOOK_FOR_RECAP = 40
#: The first sheet of a report's edition as a workbook, in either language.
_OWN_CONTENTS = {"Isi", "Contents"}


def recognise(
    grids: Sequence[Grid], path: Path, city: City, profiles: Sequence[Profile] = (),
    answers: Answers | None = None,
) -> Recognised:  # fmt: skip
    """Recognise the tables of a file.

    Parameters
    ----------
    grids : sequence of Grid
        Its sheets.
    path : Path
        Its path; the name may state a unit or a period.
    city : City
        The register of units.
    profiles : sequence of Profile
        The profiles that apply to it. If there are any, only the tables that they describe are read.
    answers : mapping of str to str, optional
        The answers given by a person, by the key of the question.

    Returns
    -------
    Recognised
    """
    known_answers = dict(answers or {})
    if profiles:
        return Recognised(tuple(grids), tuple(_with_profiles(grids, path, city, profiles, known_answers)))
    tables = _without_profiles(grids, path, city, known_answers)
    if not tables:
        tables = _without_profiles(grids, path, city, known_answers, NEAREST_SOURCE)
    used = {table.sheet for table in tables}
    notes = {grid.sheet: "recap" for grid in grids if grid.sheet not in used and _is_recap(grid)}
    return Recognised(tuple(grids), tuple(tables), notes)


def raw_tables(
    recognised: Recognised, name: str, file_hash: str, *, only: TableGuess | None = None
) -> list[RawTable]:
    """Return the raw tables of a file: those that are ready, or only one, whether it is ready or not.

    `inspect` asks for one, to clean it on trial. `build_tables` receives all tables, because the rows of a table end where
    the next table begins.
    """
    tables: list[RawTable] = []
    for grid in recognised.grids:
        here = [table for table in recognised.tables if table.sheet == grid.sheet and table.headings]
        here.sort(key=lambda t: (t.headings.first_row, t.headings.span[:1]) if t.headings else (0, ()))
        chosen = [
            Chosen(
                t.headings,
                t.profile if t.is_written or t is only else None,
                t.unit_name,
                t.stated_period,
                t.asks,
                t.unit_groups,
            )
            for t in here
            if t.headings
        ]
        found = build_tables(grid, chosen, file=name, file_hash=file_hash)
        tables += [
            table
            for table, guess in zip(found, here, strict=True)
            if (guess is only if only is not None else guess.is_ready)
        ]
    return tables


def read_tables(file: RawFile, city: City, answers: Answers | None = None) -> FileTables:
    """Read the tables of a file; sheets and files that cannot be read are listed with the reason.

    Parameters
    ----------
    file : RawFile
        The file.
    city : City
        The register of units.
    answers : mapping of str to str, optional
        The answers given by a person, by the key of the question.

    Returns
    -------
    FileTables
    """
    try:
        grids = list(read_grids(file.path, file.name, file.hash))
        mends = mends_in(grids)
        if mends is not None:
            return FileTables((), mends=mends)
        recognised = recognise(grids, file.path, city, file.profiles, answers)
    except RawDataError as error:
        return FileTables((), (), (Strange.refused(file.name, error),))
    tables = raw_tables(recognised, file.name, file.key)
    if file.copy_no:
        tables = [replace(table, is_copy=True) for table in tables]
    strange = list(_strange(recognised, file.name))
    named = {one.sheet for one in strange}
    passed_over = tuple(f"{file.name}, sheet {sheet}" for sheet in recognised.others if sheet not in named)
    if not tables and not strange:
        strange.append(
            Strange(file.name, "", "own_report" if _is_own_report(recognised.grids) else "unknown")
        )
        passed_over = ()
    return FileTables(tuple(tables), passed_over, tuple(strange))


def _strange(recognised: Recognised, name: str) -> Iterator[Strange]:
    for table in recognised.tables:
        if table.is_ready or (table.is_hidden and not table.is_written):
            continue
        book = load_codebook(table.source)
        lacking = "; ".join(
            f"{book[column].label_indonesian} ({', '.join(book[column].aliases[:4])})"
            for column in table.missing
        )
        if table.note:
            yield Strange(name, table.sheet, table.note)
        elif table.missing:
            yield Strange(name, table.sheet, f"lacks_{table.source}", lacking)
        else:
            unsure = [g.heading for g in table.columns if g.column and g.confidence < 100]
            yield Strange(name, table.sheet, f"unsure_{table.source}", "; ".join(unsure[:4]))
    for sheet, note in recognised.notes.items():
        if not recognised.ready:
            yield Strange(name, sheet, note)


def _is_own_report(grids: Sequence[Grid]) -> bool:
    """Return whether a workbook is a report made by this toolkit."""
    sheets = {grid.sheet for grid in grids}
    return bool(sheets & _OWN_CONTENTS) and any(
        re.fullmatch(r"(?:Tabel|Table) \d+", sheet) for sheet in sheets
    )


def _with_profiles(
    grids: Sequence[Grid], path: Path, city: City, profiles: Sequence[Profile], answers: dict[str, str]
) -> list[TableGuess]:
    tables = []
    for grid in grids:
        for profile in profiles:
            if profile.sheet and profile.sheet != grid.sheet:
                continue
            for found in without_repeats(grid, find_headings(grid, profile)):
                headings, asks = _completed(grid, found, profile, answers)
                known = known_columns(headings)
                guess = guess_table(grid, headings, known, 100)
                missing = tuple(headings.lacks(profile))
                guess = replace(guess, profile=profile, is_written=True, missing=missing, asks=asks)
                guess = with_unit_and_period(guess, grid, headings, grids, path, city, answers)
                if profile.period:
                    guess = replace(guess, period=profile.period, period_from="profile")
                tables.append(guess)
    return tables


def _completed(
    grid: Grid, headings: Headings, profile: Profile, answers: dict[str, str]
) -> tuple[Headings, tuple[Question, ...]]:
    """Add the survey elements that a profile does not map, if the headings show them."""
    lacking = set(headings.lacks(profile))
    named = {fold_heading(h) for h in (*profile.columns, *profile.extra, *profile.ignore)}
    if headings.source != "citizen_feedback" or not lacking - {"unit_id"}:
        return headings, ()
    form = read_survey_form(grid, headings, answers)
    taken = set(headings.columns.values())
    more = {
        column: place
        for column, place in form.headings.columns.items()
        if column in lacking
        and place not in taken
        and fold_heading(headings.labels.get(place, "")) not in named
    }
    return replace(headings, columns={**headings.columns, **more}), form.questions if more else ()


def _without_profiles(
    grids: Sequence[Grid], path: Path, city: City, answers: dict[str, str], least: float = LEAST_SOURCE
) -> list[TableGuess]:
    found: list[Found] = []
    for grid in grids:
        exact, partial, repeats = exact_tables(grid, answers)
        found += [(grid, form, known_columns(form.headings), 100) for form in exact]
        found += guess_tables(grid, [form.headings for form in exact], partial, repeats, least, answers)
    found = best_of_a_source(found)
    tables = []
    for grid, form, columns, confidence in found:
        guess = guess_table(grid, form.headings, columns, confidence)
        guess = replace(guess, asks=form.questions, note=form.note)
        tables.append(with_unit_and_period(guess, grid, form.headings, grids, path, city, answers))
    needs = any(_needs_profile(table) for table in tables)
    return (
        [replace(table, profile=_profile_of(table, tables, path, grids)) for table in tables]
        if needs
        else tables
    )


#: Headings of a table that summarises a survey by element.
_RECAP = {"nrr", "nrr tertimbang", "nilai rata rata", "nrr skala 100", "total nilai", "nilai rata rata unsur"}
_RECAP_BY = {"unsur pelayanan", "unsur", "nama unsur", "nama unsur pelayanan", "unsur layanan"}


def _is_recap(grid: Grid) -> bool:
    """Return whether a sheet is a survey summarised by element, which has no single answers."""
    for row in range(min(grid.n_rows, _LOOK_FOR_RECAP)):
        cells = {fold_heading(str(cell)) for cell in grid.block(row, row + 1)[0] if cell}
        if cells & _RECAP and cells & _RECAP_BY:
            return True
    return False


def _needs_profile(table: TableGuess) -> bool:
    fuzzy = any(guess.column and guess.confidence < 100 for guess in table.columns)
    lacks = bool(table.missing) or table.asks_unit
    return fuzzy or not table.is_period_sure or lacks or bool(table.note) or table.is_hidden


def _profile_of(
    table: TableGuess, tables: Sequence[TableGuess], path: Path, grids: Sequence[Grid]
) -> Profile:
    """Return a profile for a recognised table, such that `clean` reads the table in the same way."""
    content: dict[str, Any] = {"file": file_pattern(path.name), "source": table.source}
    if len(grids) > 1:
        content["sheet"] = table.sheet
    if table.unit_id:
        content["unit"] = {"unit_id": table.unit_id}
    if (
        table.period
        and table.period_from not in {"cells", "letterhead", "dates"}
        and not table.is_period_sure
    ):
        content["period"] = table.period
    if table.source == "citizen_feedback" and not table.may_be_asked and not table.note:
        answers = {c.column for c in load_codebook(table.source).columns if c.type == "choice_number"}
        unasked = [c for c in table.missing if c in answers]
        if unasked:
            content["not_asked"] = tuple(unasked)
    grid = next(g for g in grids if g.sheet == table.sheet)
    alone = sum(other.sheet == table.sheet for other in tables) == 1
    unsure = {g.heading: g.column for g in table.columns if g.column and g.confidence < 100}
    every = {g.heading: g.column for g in table.columns if g.column}
    ignore = tuple(g.heading for g in table.columns if not g.column)
    row = {"header_row": table.header_row}
    # The shortest profile with the same result is used.
    tries: list[dict[str, Any]] = [{"columns": unsure}] if alone else []
    tries += [
        {"columns": unsure, **row},
        {"columns": every, **row},
        {"columns": every, "ignore": ignore, **row},
    ]
    for more in tries:
        profile = Profile.model_validate({**content, **more})
        if _reads_the_same(grid, profile, table):
            break
    return profile


def _reads_the_same(grid: Grid, profile: Profile, table: TableGuess) -> bool:
    found = without_repeats(grid, find_headings(grid, profile))
    wanted = {g.column: g.place for g in table.columns if g.column}
    if len(found) != 1 or found[0].last_row + 1 != table.header_row:
        return False
    return _completed(grid, found[0], profile, {})[0].columns == wanted
