"""Clean raw data: one recipe per source, three exits for each row, and a store that is written atomically."""

from asn_research.clean.clean_report import CleanReport
from asn_research.clean.cleaned import Cleaned
from asn_research.clean.cleaning import clean_folder
from asn_research.clean.store import Processed, open_processed

__all__ = ["CleanReport", "Cleaned", "Processed", "clean_folder", "open_processed"]
