"""A pytest plugin: coverage notes which test runs each line, and whether it runs in the test or in its fixtures."""

import coverage
import pytest


def _switch(item, phase):
    running = coverage.Coverage.current()
    if running is not None:
        running.switch_context(f"{item.nodeid.partition('[')[0]}|{phase}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    _switch(item, "setup")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    _switch(item, "call")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item):
    _switch(item, "setup")
