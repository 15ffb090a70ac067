"""The mapping of a file's headings to columns that the user chose: written as a source profile, and remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asn_research.clean.inspect.inspection import profile_lines
from asn_research.clean.inspect.table_places import file_pattern
from asn_research.errors import RawDataError, RequestError
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profiles_for
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.questions import layout_of
from asn_research.rules.words import worded
from asn_research.storage import within, write_whole

#: A row is taken for the headings if it has this share of the filled cells of the fullest row.
_FILLED = 0.6


def heading_row(rows: Sequence[Sequence[str]]) -> int:
    """Return the number, from 1, of the row that most likely holds the headings; 0 if there is none.

    That is the first row with at least two filled cells and at least 60 percent as many as the fullest row.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows of a sheet.

    Examples
    --------
    >>> heading_row([["Rekap"], [], ["tgl", "butir a", "butir b"], ["1", "2", "3"]])
    3
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    least = max(2.0, _FILLED * max(filled, default=0))
    return next((number for number, n in enumerate(filled, start=1) if n >= least), 0)


def table_by_hand(
    sheets: Sequence[Mapping[str, Any]], sheet: str = "", header_row: int = 0, source: str = ""
) -> dict[str, Any] | None:
    """Return a table whose source was not recognised, so that the user can choose its source and columns.

    Parameters
    ----------
    sheets : sequence of mapping
        What `peek` tells of the file.
    sheet : str
        The sheet that the user chose; by default the first with headings.
    header_row : int
        The row of the headings that the user chose, from 1; by default the likely one.
    source : str
        The source that the user chose; empty if none is chosen yet.

    Returns
    -------
    dict or None
        None if no sheet has headings.
    """
    for each in sheets:
        rows = each["rows"]
        row = header_row if sheet == each["sheet"] and 0 < header_row <= len(rows) else heading_row(rows)
        if (sheet and each["sheet"] != sheet) or not row:
            continue
        columns = [
            {"heading": " ".join(cell.split()), "place": place, "column": "", "sure": 0, "label": ""}
            for place, cell in enumerate(rows[row - 1])
            if cell.strip()
        ]
        return {"sheet": each["sheet"], "header_row": row, "source": source, "columns": columns, "fingerprint": by_headings(columns)}  # fmt: skip
    return None


def by_headings(columns: Sequence[Mapping[str, Any]]) -> str:
    """Return the fingerprint of headings that belong to no known source."""
    return layout_of("", [str(column["heading"]) for column in columns])


def remembered_by_hand(
    sheets: Sequence[Mapping[str, Any]], layouts: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the mapping that a user chose before for a file with the same headings, fitted to this file.

    Parameters
    ----------
    sheets : sequence of mapping
        What `peek` tells of the file.
    layouts : mapping of str to mapping
        The mappings that were chosen, by fingerprint.
    """
    for each in sheets:
        table = table_by_hand(sheets, str(each["sheet"]))
        if table is not None and table["fingerprint"] in layouts:
            return {
                **layouts[table["fingerprint"]],
                "sheet": table["sheet"],
                "header_row": table["header_row"],
            }
    return None


def check_mapping(chosen: Mapping[str, Any]) -> None:
    """Refuse a mapping that names an unknown source or column, or a column twice.

    Raises
    ------
    RequestError
        If it does.
    """
    columns = chosen["columns"]
    source = str(chosen["source"])
    if source not in SOURCES:
        raise worded(RequestError, "error_desk_mapping", named=source)
    known = load_codebook(source).by_name
    unknown = sorted(set(columns.values()) - set(known))
    twice = sorted({each for each in columns.values() if list(columns.values()).count(each) > 1})
    if unknown or twice:
        raise worded(RequestError, "error_desk_mapping", named=", ".join(unknown or twice))


def write_mapping(path: Path, chosen: Mapping[str, Any]) -> Path:
    """Write the mapping of a file as a source profile, instead of the one that the file has.

    Parameters
    ----------
    path : Path
        The file.
    chosen : mapping
        ``source``, ``columns`` (heading to column), ``ignore`` (headings), and, if stated, ``unit``,
        ``period``, ``sheet`` and ``header_row``.

    Returns
    -------
    Path
        The profile.

    Raises
    ------
    RequestError
        If the mapping names a column that does not exist, or one twice.
    RawDataError
        If the file has a profile that also holds for other sheets; it must be edited by hand.
    """
    check_mapping(chosen)
    existing = load_profiles(path.parent)
    own = [place for place in existing if existing[place] in profiles_for(path, existing)]
    if len(own) > 1:
        raise worded(RawDataError, "error_desk_profiles", file=path.name)
    content: dict[str, Any] = {
        "file": file_pattern(path.name), "source": chosen["source"], "columns": dict(chosen["columns"]),
        "ignore": tuple(chosen.get("ignore", ())), "sheet": chosen.get("sheet", ""),
    }  # fmt: skip
    if chosen.get("header_row"):
        content["header_row"] = int(chosen["header_row"])
    if chosen.get("unit"):
        content["unit"] = {"unit_id": chosen["unit"]}
    if chosen.get("period"):
        content["period"] = chosen["period"]
    if chosen.get("not_asked"):
        content["not_asked"] = tuple(chosen["not_asked"])
    profile = Profile.model_validate(content)
    place = own[0] if own else within(path.parent, f"{path.stem}{SUFFIX}")
    write_whole(place, profile_lines(profile))
    return place
