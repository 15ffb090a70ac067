"""The day of a command, where nobody has said which: the only place that asks the machine's clock."""

from __future__ import annotations

from datetime import date


def this_day() -> date:
    """Return the machine's day."""
    return date.today()
