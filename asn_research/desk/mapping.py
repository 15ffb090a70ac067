"""The mapping of a file's headings to columns that the user chose: written as a source profile, and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asn_research.clean.inspect.inspection import profile_lines
from asn_research.clean.inspect.table_places import file_pattern
from asn_research.errors import RawDataError, RequestError
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profiles_for
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.words import worded
from asn_research.storage import within, write_whole


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
