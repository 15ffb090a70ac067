"""What all tests share: a key of their own, the shared folder if it is there, and one small city."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Each run draws the same examples: a change fails for what it changes, not for an example that nobody had drawn before.
# A slow machine is no fault of the code under test. `make test-longest` looks for new examples.
settings.register_profile(
    "any_machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "new_examples",
    settings.get_profile("any_machine"),
    derandomize=False,
    database=settings.get_profile("default").database,
)
settings.load_profile("any_machine")

# A shell that starts the tests in the background has them ignore Ctrl-C, and with them whatever they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Rows are sorted by pseudonyms, and resampling depends on the order of rows: with another key there are other figures.
os.environ["ASN_RESEARCH_KEY"] = "a key for tests only, of nobody's data"
os.environ.pop("ASN_RESEARCH_OLD_KEY", None)

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
ALLOWED_SKIPS = "ASN_RESEARCH_ALLOWED_SKIPS"
_skips = {}


def _note_skip(report):
    # A failure that is expected is reported as skipped too.
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _skips[report.nodeid] = reason.removeprefix("Skipped: ")


def pytest_runtest_logreport(report):
    _note_skip(report)


def pytest_collectreport(report):
    _note_skip(report)


def refused_skips(skips, allowed):
    """Return the skips whose reason is not among the lines of a text."""
    reasons = {line.strip() for line in allowed.splitlines() if line.strip() and not line.startswith("#")}
    return {test: reason for test, reason in skips.items() if reason not in reasons}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """Fail a run with a skip that no list allows, where the environment names such a list."""
    place = os.environ.get(ALLOWED_SKIPS)
    if not place or hasattr(session.config, "workerinput"):
        return
    refused = refused_skips(_skips, Path(place).read_text(encoding="utf-8"))
    if refused:
        print(f"\n{len(refused)} skipped for a reason that {Path(place).name} does not allow:")
        for test, reason in sorted(refused.items()):
            print(f"  {test}: {reason}")
        session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED


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
