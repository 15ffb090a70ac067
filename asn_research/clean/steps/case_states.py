"""How far each complaint, request and objection has come, and what its file does not record of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.clean.parse.values import coded
from asn_research.clean.working import Prepared, Working

#: What a file can tell of a complaint. ``pending`` is not resolved, and whether it was answered is not recorded; of
#: ``unknown`` the file records no end.
_STATES = ("unknown", "pending", "answered", "open", "resolved", "withdrawn")
_UNKNOWN, _PENDING, _ANSWERED, _OPEN, _RESOLVED, _WITHDRAWN = range(len(_STATES))
_UNREAD = "unread"
#: Who has this many cases and no date of any does not write them into the table; fewer may all be waiting.
_ENOUGH = 10
#: The column that holds the state of a case, by source.
_STATE_COLUMNS = ("status", "outcome")


def state_of_complaints(rows: Working) -> Working:
    """Write the state of each complaint, from its dates, its stated status, and from what its file records.

    A blank date means that the complaint still waits only where the file has such dates of others and its status can be
    read. What is said to be answered or resolved and has no date is counted; where the file has the dates of others, its
    office is asked to fill in the date.
    """
    said = _stated(rows, "status")
    answered, resolved = (_is_dated(rows, name) for name in ("answered_date", "resolved_date"))
    answers_recorded, ends_recorded = _records(rows, answered), _records(rows, resolved)
    is_waiting = np.isin(said, ("open", "pending"))
    rows = _contradicting(rows, (is_waiting & resolved) | ((said == "open") & answered), "status")
    rows = _undated(rows, ends_recorded & (said == "resolved") & ~resolved, "resolved_date")
    rows = _undated(rows, answers_recorded & (said == "answered") & ~answered & ~resolved, "answered_date")
    is_read = said != _UNREAD
    state = np.full(len(rows), _UNKNOWN)
    state[(ends_recorded & is_read) | np.isin(said, ("open", "answered", "pending"))] = _PENDING
    state[(state == _PENDING) & (answered | (said == "answered"))] = _ANSWERED
    # An end without an answer is not recorded, so a complaint without an answer still waits for both.
    state[~answered & (said != "answered") & ((answers_recorded & is_read) | (said == "open"))] = _OPEN
    state[resolved | (said == "resolved")] = _RESOLVED
    state[said == "withdrawn"] = _WITHDRAWN
    return rows.with_values(status=coded(_STATES, state))


def state_of_requests(rows: Working) -> Working:
    """Mark requests of which nothing tells whether they are finished.

    Their file records no such dates (a list of queue times), or their status cannot be read.
    """
    said, finished = _stated(rows, "status"), _is_dated(rows, "finished_date")
    records = _records(rows, finished)
    rows = _contradicting(rows, (said == "open") & finished, "status")
    rows = _undated(rows, records & np.isin(said, ("finished", "rejected")) & ~finished, "finished_date")
    return _with_unknown(rows, "status", said, ~finished & ((~records & (said == "")) | (said == _UNREAD)))


def state_of_objections(rows: Working) -> Working:
    """Mark objections of which nothing tells whether they are decided, as `state_of_requests` does of requests.

    A form, or a short list, whose cells for the decision are blank waits for it.
    """
    said, decided = _stated(rows, "outcome"), _is_dated(rows, "decided_date")
    table = rows.place["table"].to_numpy()
    has_cells = rows.by_table(lambda each: bool({"decided_date", "outcome"} & set(each.columns)))
    is_short = np.bincount(table, rows.data)[table] < _ENOUGH
    records = _records(rows, decided | ~np.isin(said, ("", _UNREAD))) | (has_cells & is_short)
    rows = _contradicting(rows, (said == "pending") & decided, "outcome")
    rows = _undated(
        rows, _records(rows, decided) & np.isin(said, ("upheld", "rejected")) & ~decided, "decided_date"
    )
    return _with_unknown(rows, "outcome", said, ~decided & ((~records & (said == "")) | (said == _UNREAD)))


def exclude_withdrawn(rows: Prepared) -> Prepared:
    """Exclude cases that were withdrawn, cancelled or archived: nobody owes them an answer, and none is late.

    This is done after the versions of a case are compared, so that an earlier version does not stay open.
    """
    for name in _STATE_COLUMNS:
        if name in rows.values:
            gone = np.asarray(rows.values[name].astype("object") == "withdrawn")
            rows = rows.mark(
                gone & ~rows.marked("foreign", "quarantine", "exclude"), "exclude", "case_withdrawn", name
            )
    return rows


def _contradicting(rows: Working, where: np.ndarray, column: str) -> Working:
    """Quarantine cases whose state says that they wait, and whose date says that they do not."""
    return rows.mark(where & rows.data, "quarantine", "state_contradicts_date", column)


def _undated(rows: Working, where: np.ndarray, column: str) -> Working:
    """Note that a case counts without the date on which it ended; its office is asked for it."""
    return rows.mark(where & rows.data, "repair", "ended_without_date", column)


def _with_unknown(rows: Working, column: str, said: np.ndarray, is_unknown: np.ndarray) -> Working:
    if not is_unknown.any():
        return rows
    shown = np.where(said == _UNREAD, "", said)
    states = ["", *sorted({*shown, "unknown"} - {""})]
    place = {state: at for at, state in enumerate(states)}
    codes = np.array([place[each] for each in np.where(is_unknown, "unknown", shown)])
    return rows.with_values(**{column: coded([state or None for state in states], codes)})


def _stated(rows: Working, column: str) -> np.ndarray:
    """Return the state in the cells of each row; empty where there is none, `_UNREAD` where it cannot be read."""
    if column not in rows.values:
        return np.full(len(rows), "", dtype=object)
    said = rows.values[column].astype("object").fillna("").to_numpy(dtype=object)
    return np.where(rows.missing_for(column, "unreadable"), _UNREAD, said)


def _is_dated(rows: Working, column: str) -> np.ndarray:
    if column not in rows.values:
        return np.zeros(len(rows), bool)
    return np.asarray(rows.values[column].notna())


def _records(rows: Working, known: np.ndarray) -> np.ndarray:
    """Return the mask of rows whose table has something known of at least one row.

    A column that is empty throughout tells nothing: the office may keep the dates elsewhere. Of a table that several
    units fill in, the same holds for each unit with at least `_ENOUGH` cases.
    """
    known = known & rows.data
    table = rows.place["table"].to_numpy()
    unit = (
        pd.factorize(rows.values["reporting_unit_id"])[0] if "reporting_unit_id" in rows.values else 0 * table
    )
    own = table * (unit.max(initial=0) + 2) + unit + 1
    of_table, of_unit, n_of_unit = (
        np.bincount(by, mask, minlength=1)[by]
        for by, mask in ((table, known), (own, known), (own, rows.data))
    )
    return np.asarray((of_table > 0) & ((of_unit > 0) | (n_of_unit < _ENOUGH)))
