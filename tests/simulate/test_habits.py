"""Rows with the habits of offices leave cleaning by the right exit, and with the right value."""

from collections import Counter
from datetime import date

import pytest
from origins import origins

from asn_research.clean import clean_folder, open_processed
from asn_research.simulate.habits import write_habits

HABITS = {
    "month_first", "cumulative_export", "corrected_copy", "nrr_footer", "merged_cells", "formula_without_value",
    "age_bands", "minutes_in_words", "wrong_year",
}  # fmt: skip


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Return each planted row with where it went and what stands in its column."""
    home = tmp_path_factory.mktemp("habits")
    (home / "raw").mkdir()
    planted = write_habits(home / "raw", seed=7)
    clean_folder(home / "raw", home / "out", today=date(2026, 11, 26))
    processed = open_processed(home / "out")
    found = {}
    for table, exit_ in (("citizen_feedback", "kept"), ("service_log", "kept"), ("quarantine", "quarantine"), ("excluded", "excluded")):  # fmt: skip
        rows = processed.table(table).to_dict("records")
        places = origins(home / "raw", [row["row_id"] for row in rows])
        for row in rows:
            place = places[row["row_id"]]
            found[place.file, place.row] = (exit_, row)
    return [(habit, *found.get((habit.file, habit.row), ("lost", {}))) for habit in planted]


def told(habit, row):
    value = row.get(habit.column)
    if habit.column == "survey_date":
        return f"{value:%Y-%m-%d}"
    return f"{value:g}" if habit.column == "queue_minutes" else str(value)


def wrong(outcome):
    return [
        (habit, exit_)
        for habit, exit_, row in outcome
        if exit_ != habit.expected_exit or (habit.column and told(habit, row) != habit.value)
    ]


def test_every_habit_is_planted(outcome):
    assert {habit.habit for habit, *_ in outcome} == HABITS


def test_no_row_is_lost(outcome):
    assert [habit for habit, exit_, _ in outcome if exit_ == "lost"] == []


def test_at_least_98_of_100_rows_leave_by_the_right_exit(outcome):
    faulty = wrong(outcome)
    assert len(faulty) <= 0.02 * len(outcome), Counter((h.habit, h.expected_exit, e) for h, e in faulty)


def test_every_planted_fault_leaves_by_the_right_exit_whatever_its_kind(outcome):
    """A rare fault must not hide behind the many rows of the others."""
    all_of = Counter(habit.habit for habit, *_ in outcome)
    faulty = Counter(habit.habit for habit, _ in wrong(outcome))
    assert {kind: n for kind, n in faulty.items() if n > 0.02 * all_of[kind]} == {}


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_habits(tmp_path / name, seed=3)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert files
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)
