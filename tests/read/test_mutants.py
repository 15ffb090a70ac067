"""Thousands of damaged files: each is read, or refused in words that name it.

``ASN_FUZZ_ROUNDS=20 pytest -m slow tests/read/test_mutants.py`` tries twenty times as many.
"""

import os
import random
from collections import Counter

import pytest
from read.mutants import SETTINGS, bases, damaged, mutant
from read.reading import read_tables

from asn_research.clean.corrections_file import load_corrections
from asn_research.clean.questions.unit_review import load_decisions
from asn_research.errors import AsnError
from asn_research.read import list_raw_files, load_profiles
from asn_research.rules.cities import city_of_folder, load_city, load_margins

ROUNDS = int(os.environ.get("ASN_FUZZ_ROUNDS", "1"))


def words_of(function):
    """Return the words in which a function refuses; none if it does not."""
    try:
        function()
    except AsnError as error:
        return str(error)
    return ""


def outcome_of(folder, name, content):
    """Return what became of a file; anything but tables and words is raised, with the file left in place."""
    (folder / name).write_bytes(content)
    said = words_of(lambda: [read_tables(file) for file in list_raw_files(folder)])
    assert "\n" not in said
    assert not said or said.startswith(name)
    return "refused" if said else "read"


def try_all(folder, n, seed):
    counts = Counter()
    for kind, (name, content) in bases().items():
        for number in range(n):
            bad = mutant(kind, content, random.Random(f"{seed}-{kind}-{number}"))
            counts[kind, outcome_of(folder, name, bad)] += 1
        (folder / name).unlink()
    return counts


def test_damaged_files_are_read_or_refused(tmp_path):
    counts = try_all(tmp_path, 40, "few")
    # Both happen, or the damage would be none, or too great to try anything.
    assert {outcome for _, outcome in counts} == {"read", "refused"}


def read_settings(folder):
    load_profiles(folder)
    load_corrections(folder)
    city_of_folder(folder)
    load_decisions(folder, load_city())
    if (folder / "margins.csv").is_file():
        load_margins(folder / "margins.csv")


def settings_outcome(folder):
    said = words_of(lambda: read_settings(folder))
    assert "\n" not in said
    return "refused" if said else "read"


def try_settings(folder, name, n, seed):
    if name == "city.yaml":
        for other in ("units.csv", "services.csv"):
            (folder / other).write_text(SETTINGS[other])
    elif name == "units.csv":
        for other in ("city.yaml", "services.csv"):
            (folder / other).write_text(SETTINGS[other])
    (folder / name).write_text(SETTINGS[name])
    counts = Counter([settings_outcome(folder)])
    assert counts["read"] == 1, "the settings themselves are good"
    for number in range(n):
        bad = damaged(SETTINGS[name].encode(), random.Random(f"{seed}-{name}-{number}"))
        (folder / name).write_bytes(bad)
        counts[settings_outcome(folder)] += 1
    return counts


@pytest.mark.parametrize("name", SETTINGS)
def test_damaged_settings_are_read_or_refused(tmp_path, name):
    counts = try_settings(tmp_path, name, 60, "few")
    assert counts["refused"] > 5


@pytest.mark.slow
def test_many_damaged_files_are_read_or_refused(tmp_path):
    counts = try_all(tmp_path, 300 * ROUNDS, os.environ.get("ASN_FUZZ_SEED", "many"))
    print(dict(counts))  # pytest -s shows it
    assert sum(counts.values()) == 300 * ROUNDS * len(bases())


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_many_damaged_settings_are_read_or_refused(tmp_path, name):
    counts = try_settings(tmp_path, name, 400 * ROUNDS, os.environ.get("ASN_FUZZ_SEED", "many"))
    print(name, dict(counts))
    assert counts["read"]
