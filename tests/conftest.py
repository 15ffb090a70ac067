"""What all tests share: a key of their own, the shared folder if it is there, and one small city."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine is no fault of the code under test.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")

os.environ.setdefault("ASN_RESEARCH_KEY", "a key for tests only, of nobody's data")

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="session")
def shared():
    """The founders' shared folder beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared folder is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def small_raw(tmp_path_factory):
    """A small simulated city with many faults, as raw files."""
    from asn_research.simulate import simulate_city

    folder = tmp_path_factory.mktemp("city") / "raw"
    simulate_city(folder, seed=11, employees=400, quarters=2, mess=1.0)
    return folder


@pytest.fixture(scope="session")
def small_processed(small_raw, tmp_path_factory):
    """The same city, cleaned."""
    from asn_research.clean import clean_folder

    folder = tmp_path_factory.mktemp("processed")
    clean_folder(small_raw, folder)
    return folder
