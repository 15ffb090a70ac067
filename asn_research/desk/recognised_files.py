"""What each file of a project was recognised as, kept as JSON so that a page shows it at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from asn_research.clean.inspect.inspection import TableGuess, inspect_file, write_profiles
from asn_research.clean.questions.question_workbook import load_answers
from asn_research.desk.mapping import remembered_by_hand, write_mapping
from asn_research.desk.peek import peek
from asn_research.desk.place import Place
from asn_research.desk.state_files import LAYOUTS, RECOGNISED
from asn_research.errors import AsnError, UnknownTableError
from asn_research.read.city_form import city_of
from asn_research.read.profiles import SUFFIX, load_profiles, profiles_for
from asn_research.read.raw_folder import find_raw_files
from asn_research.rules.cities import City
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.questions import answers_digest, layout_of
from asn_research.rules.words import in_language, load_words
from asn_research.storage import digest_of

_FIRST_VALUES = 3
#: What is told of each file: its tables, sheets that are none, why it cannot be read and what to do, the file with the same
#: headings that was mapped before, and whether somebody may say what its columns mean.
_NOTHING: dict[str, Any] = {
    "tables": [],
    "others": [],
    "error": "",
    "remedy": "",
    "like": "",
    "by_hand": False,
}


def stamp_of(path: Path, folder: Path, answers: str = "") -> str:
    """Return a digest that changes when a file, its profiles or the answers change."""
    beside = sorted(each for each in path.parent.glob(f"*{SUFFIX}"))
    facts = [(each.name, each.stat().st_size, each.stat().st_mtime_ns) for each in (path, *beside)]
    return digest_of(path.relative_to(folder).as_posix(), str(facts), answers)


def recognise_files(
    place: Place, language: str, today: date, on_progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Recognise each file that is new or changed, and return what all are.

    Parameters
    ----------
    place : Place
        The project.
    language : str
        The language of errors.
    today : date
        The day that is used for a table without a period.
    on_progress : callable
        A progress callback.
    """
    before = place.load(RECOGNISED)
    answers = answers_digest(load_answers(place.raw))
    found: dict[str, Any] = {}
    files = find_raw_files(place.raw)
    for number, path in enumerate(files):
        on_progress(number, len(files))
        name = path.relative_to(place.raw).as_posix()
        stamp = stamp_of(path, place.raw, answers + language)
        if before.get(name, {}).get("stamp") == stamp:
            found[name] = before[name]
            continue
        found[name] = _recognised(place, path, language, today)
        found[name]["stamp"] = stamp_of(path, place.raw, answers + language)
        place.keep(RECOGNISED, {**before, **found})
    on_progress(len(files), len(files))
    place.keep(RECOGNISED, found)
    return found


def _recognised(place: Place, path: Path, language: str, today: date) -> dict[str, Any]:
    """Recognise one file, with the mapping that was chosen before for the same headings, and return what it holds."""
    try:
        inspection = inspect_file(path, today=today)
        remembered = place.load(LAYOUTS)
        # What somebody decided for these headings holds for the next file with the same ones.
        known = [remembered[fingerprint(t)] for t in inspection.tables if fingerprint(t) in remembered]
        like = ""
        if known and inspection.proposals:
            like = str(known[0]["file"])
            write_mapping(path, known[0])
            inspection = inspect_file(path, today=today)
        elif inspection.proposals and all(not t.missing and not t.asks_unit for t in inspection.tables):
            # Nothing is left to decide: every needed column was found, and how sure that is will be shown.
            write_profiles(inspection)
            inspection = inspect_file(path, today=today)
        tables = [_table_facts(table, city_of(place.raw), language) for table in inspection.tables]
        return {**_NOTHING, "tables": tables, "others": list(inspection.others), "like": like}
    except UnknownTableError as error:
        return _recognised_by_hand(place, path, language, today, error)
    except AsnError as error:
        return {**_NOTHING, "error": in_language(error, language)}


def _recognised_by_hand(
    place: Place, path: Path, language: str, today: date, error: UnknownTableError
) -> dict[str, Any]:
    """Return the source and columns of an unrecognised file, if a user chose them before for the same headings."""
    told = {**_NOTHING, "error": in_language(error, language), "by_hand": True}
    word = load_words(language)
    told["remedy"] = word("desk_file_unknown")
    if profiles_for(path, load_profiles(path.parent)):
        # A mapping was chosen for this very file and does not fit it any more.
        return told
    try:
        sheets = peek(path, language)
        if not any(cell.strip() for sheet in sheets for row in sheet["rows"] for cell in row):
            return {**told, "error": word("desk_file_blank"), "remedy": "", "by_hand": False}
        known = remembered_by_hand(sheets, place.load(LAYOUTS))
        if known is None:
            return told
        write_mapping(path, known)
        inspection = inspect_file(path, today=today)
    except AsnError:
        return told
    tables = [_table_facts(table, city_of(place.raw), language) for table in inspection.tables]
    return {**_NOTHING, "tables": tables, "others": list(inspection.others), "like": str(known["file"])}


def fingerprint(table: TableGuess) -> str:
    """Return the fingerprint of a table's layout: its source and headings, whatever the file's name."""
    return layout_of(table.source, [guess.heading for guess in table.columns])


def _unit_of(table: TableGuess, city: City) -> str:
    """Return the unit of a table, or those that its group headings name; empty if a column names them, or nothing."""
    if table.unit_groups:
        return "; ".join(table.group_names)
    return city.units[table.unit_id].name if table.unit_id in city.units else table.unit_name


def _table_facts(table: TableGuess, city: City, language: str) -> dict[str, Any]:
    """Return what the desk shows of a recognised table: its place, source, unit, period and columns."""
    word, book = load_words(language), load_codebook(table.source)
    columns = []
    for guess in table.columns:
        known = book.by_name.get(guess.column)
        columns.append(
            {
                "heading": guess.heading,
                "place": guess.place,
                "column": guess.column,
                "sure": guess.confidence,
                "label": known.text_of("label", language) if known else guess.column,
            }
        )
    return {
        "sheet": table.sheet, "header_row": table.header_row, "source": table.source,
        "what": word(f"source_{table.source}"), "sure": table.confidence,
        "unit": _unit_of(table, city),
        "period": Period.parse(table.period).label(language) if table.period else "", "period_from": table.period_from, "n": table.n_rows, "columns": columns,
        "missing": [book[name].text_of("label", language) for name in table.missing],
        "exits": table.exits, "trouble": table.trouble, "note": table.note,
        "fingerprint": fingerprint(table), "asks_unit": table.asks_unit,
        "is_hidden": table.is_hidden, "n_hidden_rows": table.n_hidden_rows,
    }  # fmt: skip
