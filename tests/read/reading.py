"""Read one raw file as cleaning does, but stop at the first that cannot be read."""

from asn_research.clean.clean_report import strange_line
from asn_research.clean.inspect.recognition import read_tables as _read_tables
from asn_research.errors import RawDataError
from asn_research.rules.cities import load_city


def read_tables(file):
    """Return what a file holds; what would be left out is raised."""
    found = _read_tables(file, load_city())
    for one in found.strange:
        raise RawDataError(strange_line(one, "en"))
    return found
