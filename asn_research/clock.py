"""The system's date and time, for commands that were given none. Results depend on the clock only through here."""

from __future__ import annotations

from datetime import date, datetime


def this_day() -> date:
    """Return the system's date."""
    return date.today()


def this_minute() -> str:
    """Return the system's date and time with the UTC offset, to the minute, in ISO format."""
    return datetime.now().astimezone().isoformat(timespec="minutes")
