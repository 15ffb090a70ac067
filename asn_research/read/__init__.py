"""Read raw files into text tables; each row keeps its file, sheet and row number."""

from asn_research.read.cells import Cells
from asn_research.read.profiles import Profile, load_profiles
from asn_research.read.raw_folder import (
    IGNORED,
    SETTINGS,
    FileTables,
    RawFile,
    Strange,
    find_raw_files,
    list_raw_files,
    refuse_mixture,
)
from asn_research.read.sheet_tables import RawTable
from asn_research.read.summary_sheets import is_only_total, says_total

__all__ = [
    "IGNORED",
    "SETTINGS",
    "Cells",
    "FileTables",
    "Profile",
    "RawFile",
    "RawTable",
    "Strange",
    "find_raw_files",
    "is_only_total",
    "list_raw_files",
    "load_profiles",
    "refuse_mixture",
    "says_total",
]
