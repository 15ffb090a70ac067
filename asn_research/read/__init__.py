"""Where raw data enters: files become text tables whose rows keep file, sheet and row."""

from asn_research.read.folder import RawFolder, find_raw_files, read_raw_folder
from asn_research.read.profiles import Profile, load_profiles
from asn_research.read.tables import RawTable

__all__ = ["Profile", "RawFolder", "RawTable", "find_raw_files", "load_profiles", "read_raw_folder"]
