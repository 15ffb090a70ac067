"""Describe the columns of a table, and write the data dictionary of all tables."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from asn_research.errors import RequestError
from asn_research.rules.words import load_words, worded
from asn_research.schema.tables import KINDS, Table, declared_tables, unit_label


def describe(name: str | None = None, language: str = "en") -> pd.DataFrame:
    """Return a description of each column of a table; without a name, a list of all tables.

    Parameters
    ----------
    name : str, optional
        A processed table, a measure, a panel or ``estimates``. Where a processed table and a measure
        share a name, both are listed.
    language : {"en", "id"}
        The language of the column ``meaning``.

    Returns
    -------
    pd.DataFrame
        One row per column of the table: kind, column, meaning, unit, type, role, decimals, direction, behind
        (the counts of the people whose data made the value), of, sensitivity, audience, kind_of_number,
        stage, source, since. Without a name, one row per table: kind, table, meaning, audience, source.

    Raises
    ------
    RequestError
        If no table has this name.

    Examples
    --------
    >>> describe("sanctions").query("kind == 'measure'")["column"].tolist()
    ['unit_id', 'period', 'level', 'n_people']
    """
    tables = declared_tables().values()
    if name is None:
        rows = [
            {
                "kind": t.kind,
                "table": t.name,
                "meaning": t.labels[language],
                "audience": t.audience,
                "source": t.source,
            }
            for t in tables
        ]
        return pd.DataFrame(rows)
    found = [table for kind in KINDS for table in tables if (table.kind, table.name) == (kind, name)]
    if not found:
        known = ", ".join(sorted({table.name for table in tables}))
        raise worded(RequestError, "error_no_table", name=name, known=known)
    return pd.DataFrame([row for table in found for row in _rows(table, language)])


def _rows(table: Table, language: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, column in table.owner_of.items():
        is_own = name == column.column
        speaks = not column.says_nothing_of_people
        behind = tuple(dict.fromkeys((*(table.main if speaks else ()), *column.behind)))
        rows.append(
            {
                "kind": table.kind, "column": name, "meaning": table.meaning(name, language),
                "unit": unit_label(column.unit, language) if column.unit else "",
                "type": column.type if is_own else "text" if name == column.coded else "number",
                "role": column.role if is_own else "low" if name == column.low else "high" if name == column.high else "value",
                "decimals": column.decimals, "direction": column.direction if is_own else "",
                "behind": " ".join(each for each in behind if each != name), "of": column.of if is_own else column.column,
                "sensitivity": column.sensitivity, "audience": table.audience_of(name),
                "kind_of_number": column.kind_of_number, "stage": column.stage,
                "source": column.source or table.source, "since": column.since,
            }
        )  # fmt: skip
    return rows


def described_lines(name: str | None, language: str) -> list[str]:
    """Return the description of a table, or the list of all tables, as lines for a terminal."""
    found = describe(name, language)
    if name is None:
        return [f"{row['table']} ({row['kind']}): {row['meaning']}" for row in found.to_dict("records")]
    lines = []
    for row in found.to_dict("records"):
        unit = f" [{row['unit']}]" if row["unit"] else ""
        lines.append(f"{row['kind']}  {row['column']}: {row['meaning']}{unit}")
    return lines


#: The columns of the data dictionary; `other` is the meaning in the other language.
DICTIONARY_COLUMNS = (
    "column",
    "meaning",
    "other",
    "unit",
    "type",
    "role",
    "of",
    "behind",
    "audience",
    "kind_of_number",
)


def data_dictionary(language: str = "en") -> str:
    """Return the data dictionary of all tables in one language, as markdown."""
    words, other = load_words(language), "en" if language == "id" else "id"
    lines = [f"# {words('dictionary_title')}", "", words("dictionary_made"), ""]
    for kind in KINDS:
        lines += [f"## {words(f'dictionary_head_{kind}')}", "", words(f"dictionary_text_{kind}"), ""]
        for table in (t for t in declared_tables().values() if t.kind == kind):
            readers = words(f"dictionary_audience_{table.audience}")
            named = words(
                "dictionary_table", name=table.labels[language], other=table.labels[other], audience=readers
            )
            lines += [f"### {table.name}", "", named, ""]
            lines += [
                _line(words(f"dictionary_column_{name}") for name in DICTIONARY_COLUMNS),
                _line("---" for _ in DICTIONARY_COLUMNS),
            ]
            for row, twin in zip(_rows(table, language), _rows(table, other), strict=True):
                number = row["kind_of_number"]
                shown = {
                    **row,
                    "other": twin["meaning"],
                    "type": words(f"dictionary_type_{row['type']}"),
                    "role": words(f"dictionary_role_{row['role']}"),
                    "audience": words(f"dictionary_audience_{row['audience']}"),
                    "kind_of_number": words(f"dictionary_kind_of_number_{number}") if number else "",
                }
                lines.append(_line(str(shown[name]) for name in DICTIONARY_COLUMNS))
            lines.append("")
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
