"""Where raw data enters: files become text tables whose rows keep file, sheet and row."""

from asn_research.read.cells import Cells
from asn_research.read.folder import (
    SETTINGS,
    FileTables,
    RawFile,
    find_raw_files,
    list_raw_files,
    read_tables,
    refuse_mixture,
)
from asn_research.read.profiles import Profile, load_profiles
from asn_research.read.summaries import says_total
from asn_research.read.tables import RawTable

__all__ = [
    "SETTINGS",
    "Cells",
    "FileTables",
    "Profile",
    "RawFile",
    "RawTable",
    "find_raw_files",
    "list_raw_files",
    "load_profiles",
    "read_tables",
    "refuse_mixture",
    "says_total",
]
