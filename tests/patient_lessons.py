"""A plugin for nbval: what a cell shows is waited for; after five seconds without a message nbval gives a cell up."""

#: Generous: a wait ends the check when something is broken, and judges no speed.
SECONDS = 600


def pytest_collection_modifyitems(items):
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = SECONDS
