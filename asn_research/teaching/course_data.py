"""Write data of a simulated city for courses: tables as csv, their dictionary, a licence, and the truth behind them."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

import pandas as pd
import xlsxwriter

from asn_research.errors import RequestError
from asn_research.export.figures import Figures
from asn_research.pipeline import measure_some
from asn_research.rules.words import load_words, worded
from asn_research.schema import describe
from asn_research.storage import PUBLIC_FILE, write_whole
from asn_research.teaching.seeded_city import make_city

Size = Literal["kecil", "sedang", "besar"]
#: By size: employees and quarters.
SIZES: Mapping[Size, tuple[int, int]] = MappingProxyType(
    {"kecil": (120, 4), "sedang": (800, 8), "besar": (5200, 8)}
)
#: Tables of records, and panels made of them.
TABLES = (
    "employees", "appraisals", "training", "motivation", "attendance", "objections", "citizen_feedback",
    "service_log", "complaints", "programmes", "units", "services",
)  # fmt: skip
PANELS = ("employee_panel", "panel")
#: Says where in an office's file a row stood, which nobody can look up in a course.
_LEFT_OUT = ("row_id",)
#: What a column of pseudonyms is called in the sources is the number that they were made of.
_CODES = {"person_id": "person", "rater_id": "rater"}
_MOST_IN_WORKBOOK = 200_000
_MADE = datetime(2026, 10, 31)


@dataclass(frozen=True)
class CourseData:
    """What was written.

    Parameters
    ----------
    files : tuple of str
        The names of the files.
    rows : mapping of str to int
        By table, how many rows it has.
    """

    files: tuple[str, ...]
    rows: Mapping[str, int]


def write_course_data(folder: Path, *, size: Size = "sedang", seed: int = 2026) -> CourseData:
    """Write a simulated city for a course into a new folder.

    Tables are csv files (UTF-8, decimal point); where they are not too long they are also in one workbook. The
    same size and seed give the same bytes.

    Parameters
    ----------
    folder : Path
        A folder that does not exist, or is empty.
    size : {"kecil", "sedang", "besar"}
        120 employees and 4 quarters; 800 and 8; 5,200 and 8.
    seed : int
        Another seed makes another city.

    Returns
    -------
    CourseData

    Raises
    ------
    RequestError
        If there is no such size, or the folder is in use.
    """
    if size not in get_args(Size):
        raise worded(RequestError, "error_course_size", size=str(size)[:20], known=", ".join(get_args(Size)))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise worded(RequestError, "error_class_folder", folder=folder.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".data-", dir=folder.parent))
    try:
        tables, truth = _tables(work / "work", size, seed)
        shutil.rmtree(work / "work")
        _write(work, tables, truth, size, seed)
        if folder.exists():
            folder.rmdir()
        work.chmod(0o755)
        work.rename(folder)
    except OSError as error:
        raise worded(RequestError, "error_class_unwritten", reason=error.strerror) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    names = tuple(sorted(path.name for path in folder.iterdir()))
    return CourseData(names, {name: len(table) for name, table in tables.items()})


def _tables(work: Path, size: Size, seed: int) -> tuple[dict[str, pd.DataFrame], object]:
    employees, quarters = SIZES[size]
    city = make_city(
        work / "raw", work / "processed", seed=seed, employees=employees, quarters=quarters, mess=0
    )
    tables = {name: city.table(name) for name in TABLES if city.has(name)}
    tables |= measure_some(city, PANELS, with_larger_periods=False)
    return {name: _plain(tables[name]) for name in (*TABLES, *PANELS) if name in tables}, city.truth()


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as programs of statistics read it: no columns without a value, whole numbers without a point."""
    kept = table.drop(columns=[name for name in _LEFT_OUT if name in table])
    # An empty text is a missing value for every program that reads a csv.
    texts = [name for name in kept if not pd.api.types.is_numeric_dtype(kept[name])]
    kept = kept.assign(**{str(name): kept[name].where(kept[name] != "") for name in texts}).dropna(
        axis=1, how="all"
    )
    return kept.assign(**{str(name): _whole(kept[name]) for name in kept.select_dtypes("float")})


def _whole(column: pd.Series) -> pd.Series:
    known = column.dropna()
    return column.astype("Int64") if len(known) and (known == known.round()).all() else column


def _write(work: Path, tables: Mapping[str, pd.DataFrame], truth: object, size: Size, seed: int) -> None:
    for name, table in tables.items():
        _text(work / f"{name}.csv", table.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d"))
    for language in ("id", "en"):
        name = load_words(language)("course_dictionary_file")
        _text(work / name, dictionary(tables, language).to_csv(index=False, lineterminator="\n"))
    _text(work / "kebenaran.json", json.dumps(truth, indent=1, ensure_ascii=False) + "\n")
    texts = files("asn_research.rules") / "course"
    _text(work / "LICENSE.txt", (texts / "CC0-1.0.txt").read_text(encoding="utf-8"))
    has_book = sum(map(len, tables.values())) <= _MOST_IN_WORKBOOK
    if has_book:
        write_whole(work / "data.xlsx", _workbook(tables), mode=PUBLIC_FILE, durable=False)
    _text(
        work / "BACA-SAYA.md",
        _readme((texts / "BACA-SAYA.md").read_text(encoding="utf-8"), tables, size, seed, has_book),
    )


def _text(place: Path, text: str) -> None:
    write_whole(place, text, mode=PUBLIC_FILE, durable=False)


def _kind(name: str) -> str:
    """Return how the schema calls this kind of table."""
    return "panel" if name in PANELS else "processed"


def dictionary(tables: Mapping[str, pd.DataFrame], language: str) -> pd.DataFrame:
    """Return what each column of these tables holds, from the schema.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        The tables, by the name that the schema gives them.
    language : {"id", "en"}
        Of the meanings and headings.

    Raises
    ------
    RequestError
        If a column is not declared.
    """
    words = load_words(language)
    rows = []
    for name, table in tables.items():
        described = describe(name, language)
        described = described[described["kind"] == _kind(name)].set_index("column")
        for column in map(str, table.columns):
            if column not in described.index:
                raise worded(RequestError, "error_course_column", table=name, column=column)
            meaning = (
                words(f"course_{_CODES[column]}") if column in _CODES else described.loc[column, "meaning"]
            )
            known = table[column].dropna()
            choices = (
                sorted(map(str, known.unique()))
                if known.dtype == object
                or str(known.dtype) in {"str", "string", "category", "boolean", "bool"}
                else []
            )
            values = ", ".join(choices) if 0 < len(choices) <= 12 else ""
            rows.append(
                [
                    name,
                    column,
                    meaning,
                    described.loc[column, "unit"],
                    described.loc[column, "type"],
                    values,
                    int(table[column].isna().sum()),
                ]
            )
    heads = ("table", "column", "meaning", "unit", "type", "values", "missing")
    return pd.DataFrame(rows, columns=[words(f"course_col_{head}") for head in heads])


def _readme(text: str, tables: Mapping[str, pd.DataFrame], size: Size, seed: int, has_book: bool) -> str:
    figures, meanings = Figures(","), describe(language="id")
    lines = ["| berkas | isi | baris |", "| --- | --- | ---: |"]
    for name, table in tables.items():
        own = (meanings["table"] == name) & (meanings["kind"] == _kind(name))
        meaning = meanings.loc[own, "meaning"].iloc[0]
        lines.append(f"| `{name}.csv` | {meaning} | {figures.whole(len(table))} |")
    employees, quarters = SIZES[size]
    book = load_words("id")("course_book" if has_book else "course_no_book")
    return text.format(
        size=size,
        seed=seed,
        employees=figures.whole(employees),
        quarters=quarters,
        tables="\n".join(lines),
        book=book,
    )


def _workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": _MADE, "author": ""})
    head = book.add_format({"bold": True, "bg_color": "#eef3f5"})
    for name, table in tables.items():
        page = book.add_worksheet(name[:31])
        for column, heading in enumerate(table):
            page.write_string(0, column, str(heading), head)
            page.set_column(column, column, max(10, len(str(heading)) + 2))
            for row, value in enumerate(table[heading], start=1):
                if not pd.isna(value):
                    page.write(row, column, _cell(value))
        page.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value
