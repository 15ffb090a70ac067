"""An outsider with the published editions of several quarters gets nothing of few people out of them."""

import os
import subprocess
import sys

import pytest
from journeys.attacker import attack, read_reports

KEY = "a key for tests only, of nobody's data"


def published(folder, employees, quarters):
    """Simulate a city and publish every quarter of it, for both audiences; return the folder of reports."""
    environment = {
        **os.environ,
        "ASN_RESEARCH_KEY": KEY,
        "HOME": str(folder),
        "MPLBACKEND": "Agg",
        "OPENBLAS_NUM_THREADS": "1",
    }

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", "asn_research", *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    run("simulate", "--employees", str(employees), "--quarters", str(len(quarters)), "--seed", "5")
    run("clean")
    for period in quarters:
        run("report", "--period", period, "--format", "xlsx,html")
    return folder / "reports"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return attack(read_reports(published(tmp_path_factory.mktemp("small"), 300, ("2026-Q2", "2026-Q3"))))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    quarters = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
    return attack(read_reports(published(tmp_path_factory.mktemp("whole"), 900, quarters)))


#: The attacks by name: single sanctions, bad predicates, few people's hours, city less units, small counts printed,
#: what nobody or everybody did, rows by file, two editions, two languages, digits.
ATTACKS = (
    "D1",
    "D1/rows",
    "D2",
    "D3",
    "D4/D5",
    "D5",
    "D6",
    "D7",
    "rows",
    "editions",
    "languages",
    "decimals",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_two_quarters_of_a_small_city_give_nobody_away(small, name):
    assert [str(finding) for finding in small if finding.attack == name] == []


@pytest.mark.slow
def test_what_is_published_agrees(small):
    """Without this, an outsider who cannot solve would be taken for one who finds nothing."""
    assert [str(finding) for finding in small if finding.attack == "contradiction"] == []


@pytest.mark.longest
@pytest.mark.parametrize("name", [*ATTACKS, "contradiction"])
def test_four_quarters_of_a_city_give_nobody_away(whole, name):
    assert [str(finding) for finding in whole if finding.attack == name] == []
