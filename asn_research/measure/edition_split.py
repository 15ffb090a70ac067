"""What changed between two editions of a period: each headline's change, split by cause.

The causes are data that came later, data that were corrected, the organisation (which unit a row counts for), the
rules, and the rest, which is the code. The headline is computed for every combination of then and now, and each cause
is given its mean contribution over all orders in which the causes can be changed one after another (Shapley's value).
The contributions add up to the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from asn_research.measure.complaints import complaints_by_unit
from asn_research.measure.rows_then_and_now import UNIT_COLUMNS, MatchedRows, match_rows
from asn_research.measure.satisfaction import index_by_unit
from asn_research.measure.service_time import service_times, taken_on
from asn_research.rules.cities import City
from asn_research.rules.in_force import all_rules, as_they_stood
from asn_research.rules.regulations_base import Rule

#: The causes of a change, in the order of the reports; what is left is the code.
CAUSES = ("new_data", "restated", "organisation", "rule")
#: The headlines, by source: their column, the count behind it, and the name of the figure.
FIGURES = {
    "citizen_feedback": (("ikm", "index", "n_respondents"),),
    "service_log": (
        ("within_standard_pct", "within_standard_pct", "n_judged"),
        ("days_median", "days_median", "n_requests"),
        ("queue_median", "queue_median", "n_queued"),
    ),
    "complaints": (("resolved_in_time_pct", "resolved_in_time_pct", "n_due"),),
}
_DATES = {
    "citizen_feedback": (),
    "service_log": ("submitted_date", "finished_date"),
    "complaints": ("received_date", "answered_date", "resolved_date"),
}
#: The columns of the table of changes.
COLUMNS = (
    "unit_id", "period", "figure", "edition", "n", "n_before", "n_new", "n_restated", "n_moved", "before", "now", "change",
    *CAUSES, "rest",
)  # fmt: skip
#: By unit and figure, its value and the number of people or requests behind it.
_Values = Mapping[tuple[str, str], tuple[float, float]]


@dataclass(frozen=True)
class Basis:
    """What the headlines of a period were computed from at one time.

    Parameters
    ----------
    period : str
        The period.
    tables : mapping of str to pd.DataFrame
        By source, the processed rows of the period.
    city : City
        The register and the city's own settings.
    rules : tuple of Rule
        All rules of that time.
    taken : mapping of str to date
        By source, the day of the export, on which open cases are censored.
    values : pd.DataFrame
        The headlines that were shown: unit_id, figure, value and n.
    code : str
        A digest of the code; empty if it is not known.
    """

    period: str
    tables: Mapping[str, pd.DataFrame]
    city: City
    rules: tuple[Rule, ...]
    taken: Mapping[str, date]
    values: pd.DataFrame
    code: str = ""


def basis_of(
    period: str,
    tables: Mapping[str, pd.DataFrame],
    city: City,
    values: pd.DataFrame | None = None,
    code: str = "",
) -> Basis:
    """Return what the headlines of a period are computed from now.

    Parameters
    ----------
    period : str
        The period.
    tables : mapping of str to pd.DataFrame
        The processed tables.
    city : City
        The register.
    values : pd.DataFrame, optional
        The headlines that are shown; by default none.
    code : str
        A digest of the code.
    """
    rows, taken = {}, {}
    for source in FIGURES:
        table = tables.get(source)
        if table is None or table.empty:
            continue
        rows[source] = table.loc[table["period"].astype("str") == period].reset_index(drop=True)
        if _DATES[source]:
            taken[source] = taken_on(table, *_DATES[source]).date()
    empty = pd.DataFrame({"unit_id": [], "figure": [], "value": [], "n": []})
    return Basis(period, rows, city, all_rules(), taken, empty if values is None else values, code)


def headlines(
    tables: Mapping[str, pd.DataFrame], city: City, taken: Mapping[str, date], rules: Iterable[Rule]
) -> pd.DataFrame:
    """Compute the headlines of every unit from the rows of one period.

    Returns
    -------
    pd.DataFrame
        One row per unit and figure: value and n.
    """
    found: list[pd.DataFrame] = []
    with as_they_stood(rules):
        for source, figures in FIGURES.items():
            rows = tables.get(source)
            if rows is None or rows.empty:
                continue
            measured = _measured(source, rows, city, taken.get(source))
            found += [
                pd.DataFrame(
                    {
                        "unit_id": measured["unit_id"],
                        "figure": figure,
                        "value": measured[column],
                        "n": measured[n],
                    }
                )
                for figure, column, n in figures
            ]
    empty = pd.DataFrame({"unit_id": [], "figure": [], "value": [], "n": []})
    return pd.concat(found, ignore_index=True) if found else empty


def _measured(source: str, rows: pd.DataFrame, city: City, taken: date | None) -> pd.DataFrame:
    if source == "citizen_feedback":
        return index_by_unit(rows)
    if source == "complaints":
        return complaints_by_unit(rows, city, taken)
    times = service_times(rows, city, taken)
    return times.loc[times["service_id"] == ""]


def split_changes(then: Basis, now: Basis, edition: int = 1) -> pd.DataFrame:
    """Split the change of each headline since an edition by cause.

    Parameters
    ----------
    then : Basis
        What the edition was made from, with the values that it showed.
    now : Basis
        The same as of today.
    edition : int
        The number of the edition.

    Returns
    -------
    pd.DataFrame
        One row per unit and figure that changed and that the edition showed: n, n_before (people or requests
        behind the value now and then), n_new, n_restated and n_moved (rows that came later, were corrected or
        removed, or count for another unit), before, now, change, and its parts new_data, restated,
        organisation, rule and rest. The parts are missing if a combination has no value.
    """
    matched = {
        source: match_rows(*(_rows(basis, source, then if basis is now else now) for basis in (then, now)))
        for source in FIGURES
        if source in then.tables or source in now.tables
    }
    active = [cause for cause in CAUSES if _is_active(cause, matched, then, now)]
    if not active and then.code and then.code == now.code:
        return pd.DataFrame(columns=list(COLUMNS))
    values = {
        frozenset(chosen): _values(matched, then, now, frozenset(chosen))
        for size in range(len(active) + 1)
        for chosen in combinations(active, size)
    }
    first, last = values[frozenset()], values[frozenset(active)]
    counts = {source: _counts(each, then, now) for source, each in matched.items()}
    source_of = {figure: source for source, figures in FIGURES.items() for figure, _, _ in figures}
    rows: list[dict[str, object]] = []
    for before in then.values.to_dict("records"):
        at = (str(before["unit_id"]), str(before["figure"]))
        if at not in last or pd.isna(before["value"]):
            continue
        value, n = last[at]
        parts = dict.fromkeys(CAUSES, 0.0)
        parts |= {cause: _share(cause, active, values, at) for cause in active}
        parts["rest"] = first[at][0] - float(before["value"]) if at in first else np.nan
        if not any(abs(part) > _NOTHING or np.isnan(part) for part in parts.values()):
            continue
        rows.append(
            {
                "unit_id": at[0], "period": now.period, "figure": at[1], "edition": edition, "n": n,
                "n_before": float(before["n"]), **counts[source_of[at[1]]].get(at[0], dict.fromkeys(_COUNTED, 0)),
                "before": float(before["value"]), "now": value, "change": value - float(before["value"]), **parts,
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


_COUNTED = ("n_new", "n_restated", "n_moved")
#: Sums of floats differ by so little without any cause.
_NOTHING = 1e-9


def _rows(basis: Basis, source: str, other: Basis) -> pd.DataFrame:
    rows = basis.tables.get(source)
    return other.tables[source].iloc[:0] if rows is None else rows


def _is_active(cause: str, matched: Mapping[str, MatchedRows], then: Basis, now: Basis) -> bool:
    """Whether anything of a cause changed; one that did not contributes nothing."""
    if cause == "new_data":
        return any((each.partner < 0).any() for each in matched.values())
    if cause == "organisation":
        return then.city.units != now.city.units
    if cause == "rule":
        return then.rules != now.rules or _settings(then.city) != _settings(now.city)
    return then.taken != now.taken or any(
        each.is_changed.any() or each.is_gone.any() or _units_differ(each, then, now)
        for each in matched.values()
    )


def _settings(city: City) -> tuple[object, ...]:
    return city.facts, city.services, city.margins


def _units_differ(each: MatchedRows, then: Basis, now: Basis) -> bool:
    if then.city.units != now.city.units:
        return False
    kept = each.partner >= 0
    old = each.then["reporting_unit_id"].astype("str").to_numpy()[each.partner[kept]]
    return bool((old != each.now["reporting_unit_id"].astype("str").to_numpy()[kept]).any())


def _values(matched: Mapping[str, MatchedRows], then: Basis, now: Basis, changed: frozenset[str]) -> _Values:
    """Return the headlines with some causes as of now and the others as of then."""
    tables = {source: _combined(each, then, now, changed) for source, each in matched.items()}
    of_rule = now if "rule" in changed else then
    units = (now if "organisation" in changed else then).city.units
    services = {
        key: service
        for key, service in of_rule.city.services.items()
        if service.offered_by.startswith("kind:") or service.offered_by in units
    }
    margins = tuple(each for each in of_rule.city.margins if each.unit_id in {"", "CITY", *units})
    city = City(of_rule.city.facts, units, services, margins)
    taken = (now if "restated" in changed else then).taken
    found = headlines(tables, city, {**now.taken, **taken}, of_rule.rules)
    columns = (found[name].tolist() for name in ("unit_id", "figure", "value", "n"))
    return {
        (str(unit), str(figure)): (float(value), float(n))
        for unit, figure, value, n in zip(*columns, strict=True)
    }


def _combined(each: MatchedRows, then: Basis, now: Basis, changed: frozenset[str]) -> pd.DataFrame:
    """Return the rows of a source with some causes as of now."""
    is_new = each.partner < 0
    kept = np.flatnonzero(~is_new)
    before = each.partner[kept]
    content = each.now.iloc[kept] if "restated" in changed else each.then.iloc[before]
    # Where the register changed, whom a row counts for is a matter of the organisation.
    registers_differ = then.city.units != now.city.units
    by_now = ("organisation" if registers_differ else "restated") in changed
    units = each.now.iloc[kept] if by_now else each.then.iloc[before]
    parts = [content.assign(**{name: units[name].to_numpy() for name in UNIT_COLUMNS if name in units})]
    if "restated" not in changed and each.is_gone.any():
        gone = each.then.loc[each.is_gone]
        parts.append(_of_register(gone, now.city) if by_now and registers_differ else gone)
    if "new_data" in changed and is_new.any():
        new = each.now.loc[is_new]
        parts.append(new if by_now or not registers_differ else _of_register(new, then.city))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0].reset_index(drop=True)


def _of_register(rows: pd.DataFrame, city: City) -> pd.DataFrame:
    """Return rows with the reporting units of a register; a unit that it does not know stays as it is."""
    known = {unit: city.reporting_unit_id(unit) for unit in city.units}
    own = rows["unit_id"].astype("str").map(known)
    return rows.assign(reporting_unit_id=own.fillna(rows["reporting_unit_id"].astype("str")))


def _share(
    cause: str, active: list[str], values: Mapping[frozenset[str], _Values], at: tuple[str, str]
) -> float:
    """Return the mean contribution of a cause over all orders of the causes."""
    others = [each for each in active if each != cause]
    total, n = 0.0, len(active)
    for size in range(n):
        weight = factorial(size) * factorial(n - size - 1) / factorial(n)
        for chosen in combinations(others, size):
            without, with_it = values[frozenset(chosen)], values[frozenset((*chosen, cause))]
            if at not in without or at not in with_it:
                return float("nan")
            total += weight * (with_it[at][0] - without[at][0])
    return total


def _counts(each: MatchedRows, then: Basis, now: Basis) -> dict[str, dict[str, int]]:
    """Return by unit the number of rows that are new, that were corrected or removed, and that moved; and of the city."""
    owner = each.now["reporting_unit_id"].astype("str").to_numpy()
    before = each.then["reporting_unit_id"].astype("str").to_numpy()
    kept = each.partner >= 0
    came_from = np.where(kept, before[each.partner] if len(before) else "", owner)
    moved = kept & (came_from != owner)
    found: dict[str, dict[str, int]] = {}

    def add(name: str, units: Iterable[str]) -> None:
        for unit in units:
            for key in (unit, "CITY"):
                found.setdefault(key, dict.fromkeys(_COUNTED, 0))[name] += 1

    add("n_new", owner[~kept])
    add("n_restated", owner[each.is_changed])
    add("n_restated", before[each.is_gone])
    add("n_moved", owner[moved])
    for unit in came_from[moved]:
        found.setdefault(unit, dict.fromkeys(_COUNTED, 0))["n_moved"] += 1
    return found
