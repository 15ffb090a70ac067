"""The day and time of a command, where nobody has said which: the only place that asks the machine's clock."""

from __future__ import annotations

from datetime import date, datetime


def this_day() -> date:
    """Return the machine's day."""
    return date.today()


def this_minute() -> str:
    """Return the machine's day and time with their offset, to the minute."""
    return datetime.now().astimezone().isoformat(timespec="minutes")
