"""Read small text files that people write, in any usual encoding and with any usual separator."""

from __future__ import annotations

import codecs
import csv
import io
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from asn_research.errors import RuleError

#: A register of a city has some tens of kilobytes. The limit protects memory if a large file is put there by
#: mistake.
MAX_BYTES = 8 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_EXCEL_DAY = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*")
_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def read_settings_text(path: Path) -> str:
    """Return the text of a small file in UTF-8, UTF-16 or Windows-1252.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    RuleError
        If it cannot be opened, is not a regular file, is too large, or is not text.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            msg = f"{path.name}: this is not a file. Take it out of the folder, or put the file itself in its place."
            raise RuleError(msg)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        msg = f"{path.name}: this file cannot be opened ({error.strerror}). Check its permissions, or copy it anew."
        raise RuleError(msg) from None
    if len(content) > MAX_BYTES:
        msg = f"{path.name}: this file is larger than {MAX_BYTES >> 20} MiB, which no file of settings is. Check what it holds."
        raise RuleError(msg)
    return decode(content, path.name)


def decode(content: bytes, name: str) -> str:
    """Decode the bytes of a file as UTF-16 (with a byte order mark), UTF-8 or Windows-1252.

    Raises
    ------
    RuleError
        If they are not text.
    """
    if content.startswith(_UTF16):
        return content.decode("utf-16", "replace")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        msg = f"{name}: this is not a text file. Open it in the program that made it, and save it as csv or text (UTF-8)."
        raise RuleError(msg)
    return text


def table_rows(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row of a table as a pair (row number, cells by heading); empty rows are skipped.

    The separator is the one of comma, semicolon and tab that is most frequent in the first line, unless that
    line is ``sep=`` and a separator. Missing cells at the end of a row are empty texts. Columns without a
    heading and without content are ignored.

    Raises
    ------
    RuleError
        If the text cannot be split into cells, a heading occurs twice, or a row has content outside the
        columns with a heading.
    """
    first = text.split("\n", 1)[0]
    is_separated = _SEP_LINE.fullmatch(first)
    separator = is_separated[1] if is_separated else max(",;\t", key=first.count)
    records = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1)
    headings: list[str] | None = None
    while True:
        try:
            number, cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            msg = f"{name}: this file cannot be read as a table ({error}). Check for an open quotation mark."
            raise RuleError(msg) from None
        if not any(cell.strip() for cell in cells) or (is_separated and number == 1):
            continue
        if headings is None:
            headings = _headings(cells, name)
            continue
        if any(cell.strip() for cell in cells[len(headings) :]):
            msg = (
                f"{name}, row {number}: there are more cells than headings. A name that holds "
                f"'{separator}' must stand in quotation marks."
            )
            raise RuleError(msg)
        cells += [""] * (len(headings) - len(cells))
        row = dict(zip(headings, cells, strict=False))
        if row.pop("", "").strip():
            msg = f"{name}, row {number}: a cell stands under no heading. Give its column a heading, or clear it."
            raise RuleError(msg)
        yield number, row


def _headings(cells: list[str], name: str) -> list[str]:
    headings = [cell.strip() for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    twice = sorted({heading for heading in headings if headings.count(heading) > 1})
    if twice:
        msg = f"{name}: the heading '{twice[0]}' stands twice. Delete one of the two columns."
        raise RuleError(msg)
    return headings


def with_iso_days(
    rows: Sequence[tuple[int, dict[str, str]]], columns: Sequence[str], name: str
) -> list[tuple[int, dict[str, str]]]:
    """Return a table with dates as year-month-day, where Excel wrote them as day/month or month/day.

    All dates of a file have the same order. A number above 12 must be a day, so it shows the order.

    Raises
    ------
    RuleError
        If no date shows the order, or the dates have two orders.
    """
    found = {
        (number, column): tuple(int(part) for part in match.groups())
        for number, row in rows
        for column in columns
        if (match := _EXCEL_DAY.fullmatch(row.get(column, "")))
    }
    telling = [(one > 12, two > 12) for one, two, _ in found.values() if one != two]
    is_day_first, is_month_first = (
        (any(flags) for flags in zip(*telling, strict=True)) if telling else (True, False)
    )
    if is_day_first == is_month_first:
        number = min(number for (number, _), (one, two, _) in found.items() if one != two)
        msg = f"{name}, row {number}: its days may be day/month or month/day. Write them as year-month-day, such as 2026-02-28."
        raise RuleError(msg)
    fresh = [(number, dict(row)) for number, row in rows]
    for number, row in fresh:
        for column in columns:
            if (number, column) in found:
                one, two, year = found[number, column]
                day, month = (one, two) if is_day_first else (two, one)
                row[column] = f"{year}-{month:02d}-{day:02d}"
    return fresh
