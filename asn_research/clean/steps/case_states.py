"""How far each complaint and each request has come, and what its file does not record of it."""

from __future__ import annotations

import numpy as np

from asn_research.clean.parse.values import coded
from asn_research.clean.working import Working

#: What a file can tell of a complaint. ``pending`` is not resolved, and whether it was answered is not recorded; of
#: ``unknown`` the file records no end.
_STATES = ("unknown", "pending", "answered", "open", "resolved")
_UNKNOWN, _PENDING, _ANSWERED, _OPEN, _RESOLVED = range(len(_STATES))


def state_of_complaints(rows: Working) -> Working:
    """Write the state of each complaint, from its dates, its stated status, and from what its file records.

    A blank date means that the complaint still waits only where the file records such dates. A complaint that is said to
    be resolved and has no date is quarantined where its file has the dates of others.
    """
    said = _stated(rows)
    answered, resolved = (_is_dated(rows, name) for name in ("answered_date", "resolved_date"))
    answers_recorded = _records(rows, answered, np.isin(said, ("answered", "resolved")), "answered_date")
    ends_recorded = _records(rows, resolved, said == "resolved", "resolved_date")
    rows = rows.mark(
        ends_recorded & (said == "resolved") & ~resolved & rows.data,
        "quarantine",
        "finished_without_date",
        "resolved_date",
    )
    state = np.full(len(rows), _UNKNOWN)
    state[ends_recorded | np.isin(said, ("open", "answered", "pending"))] = _PENDING
    is_waiting = state == _PENDING
    state[is_waiting & (answered | (said == "answered"))] = _ANSWERED
    # An end without an answer is not recorded, so a complaint without an answer still waits for both.
    state[~answered & (said != "answered") & (answers_recorded | (said == "open"))] = _OPEN
    state[resolved | (said == "resolved")] = _RESOLVED
    return rows.with_values(status=coded(_STATES, state))


def state_of_requests(rows: Working) -> Working:
    """Mark requests of which nothing tells whether they are finished, because their file records no such dates.

    A list of queue times is such a file: its requests are not open.
    """
    said, finished = _stated(rows), _is_dated(rows, "finished_date")
    records = _records(rows, finished, np.isin(said, ("finished", "rejected")), "finished_date")
    is_unknown = ~finished & ~records & (said == "")
    if not is_unknown.any():
        return rows
    states = ["", *sorted({*said, "unknown"} - {""})]
    place = {state: at for at, state in enumerate(states)}
    codes = np.array([place[each] for each in np.where(is_unknown, "unknown", said)])
    return rows.with_values(status=coded([state or None for state in states], codes))


def _stated(rows: Working) -> np.ndarray:
    """Return the status in the cells of each row; empty where there is none."""
    if "status" not in rows.values:
        return np.full(len(rows), "", dtype=object)
    return np.asarray(rows.values["status"].astype("object").fillna(""), dtype=object)


def _is_dated(rows: Working, column: str) -> np.ndarray:
    if column not in rows.values:
        return np.zeros(len(rows), bool)
    return np.asarray(rows.values[column].notna())


def _records(rows: Working, dated: np.ndarray, said: np.ndarray, column: str) -> np.ndarray:
    """Return the mask of rows whose file records a date: it has the column, and uses it where its status wants a date."""
    has_column = rows.by_table(lambda table: column in table.columns)
    number = rows.place["table"].to_numpy()
    n = len(rows.tables)
    dates, wanted = (np.bincount(number, mask & rows.data, minlength=n) > 0 for mask in (dated, said))
    return np.asarray(has_column & (dates | ~wanted)[number])
