"""Tests of properties draw the same examples in each run, so that none fails by chance; the search for new ones draws others."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def drawn_twice(profile):
    """Return what a property is tried on in two runs."""
    runs = []

    @settings(settings.get_profile(profile))
    @given(st.floats(0, 1))
    def noted(value):
        runs[-1].append(value)

    for _ in range(2):
        runs.append([])
        noted()
    return runs


@pytest.mark.parametrize(("profile", "is_same"), [("any_machine", True), ("new_examples", False)])
def test_only_the_search_for_new_examples_draws_others(profile, is_same):
    first, second = drawn_twice(profile)
    assert len(set(first)) > 50
    assert (first == second) is is_same


@pytest.mark.parametrize("profile", ["any_machine", "new_examples"])
def test_no_profile_judges_the_machine(profile):
    found = settings.get_profile(profile)
    assert found.deadline is None
    assert HealthCheck.too_slow in found.suppress_health_check
