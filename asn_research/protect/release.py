"""Protect all measures of a city: suppress the values of small groups before reports use them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from asn_research.errors import DisclosureError
from asn_research.protect.answers import ANSWERS, counted_worksheets, worksheets_that_may_be_told
from asn_research.protect.audience import (
    ReportAudience,
    cells_that_may_be_told,
    rows_that_may_be_told,
    seen_by,
)
from asn_research.protect.beside_hidden import repeated_hidden, required_of_shown, without_telling_tails
from asn_research.protect.counted import CountedCity, CountedTable, counted
from asn_research.protect.declared import guards_of
from asn_research.protect.derived import (
    index_of_shown_parts,
    is_kept_for_all,
    parts_merged_grades,
    tells_of_few,
    with_released_verdicts,
)
from asn_research.protect.editions import Editions
from asn_research.protect.guards import Guard, Mask
from asn_research.protect.joint import hidden_for_sums, hidden_jointly
from asn_research.protect.predikats import NOBODYS, Distribution, distributions, released_predikats
from asn_research.protect.protected_table import ProtectedTable, protect_table
from asn_research.rules.cities import CITY, City
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.words import worded
from asn_research.schema import Table, declared, declared_tables
from asn_research.schema.contracts import require_columns

#: The columns that name the unit of a row; the first one that a table has is used.
OWNERS = ("reporting_unit_id", "unit_id")
#: Columns that are computed from the whole distribution of grades.
_OF_GRADES = ("n_grades", "effective_grades", "effective_grades_low", "effective_grades_high")
#: Columns that count people with another grade than the most common one.
_OF_OTHERS = ("n_others", "n_ceiling", "n_rest")
#: Columns that are computed from repeated ratings; they are empty if all people have equal ratings.
_OF_REPEATS = ("reliability", "reliability_low", "reliability_high", "smallest_difference")
#: Columns of `quality_drift` that compare the share of a category with the period before.
_OF_SHARES = ("before", "now", "effect", "p_value", "p_adjusted", "is_drift")
#: By unit and period, the form in which the distribution of predikat is released.
_Distributions = Mapping[tuple[str, str], Distribution]


@dataclass(frozen=True)
class ProtectedCity:
    """The protected measures of a city; a measure without data is absent.

    Parameters
    ----------
    tables : mapping of str to ProtectedTable
        Tables by the name of the measure (`satisfaction`, `service_time`, ...).
    rule : DisclosureRule
        The smallest sizes that were applied.
    units : frozenset of str, optional
        The units whose rows are included; by default all.
    beside : frozenset of str
        The measures that also include the rows of the city, or that have no unit.
    """

    tables: Mapping[str, ProtectedTable]
    rule: DisclosureRule
    units: frozenset[str] | None = None
    beside: frozenset[str] = frozenset()

    def for_audience(self, audience: ReportAudience) -> ProtectedCity:
        """Return the tables and columns that an audience may see."""
        seen = {name: seen_by(audience, table) for name, table in self.tables.items()}
        return replace(self, tables={name: table for name, table in seen.items() if table is not None})

    def of_units(self, units: Iterable[str], beside: Iterable[str] = ()) -> ProtectedCity:
        """Return the rows of some units only; a measure without a unit column is kept only if named.

        Parameters
        ----------
        units : iterable of str
            The units whose rows are kept.
        beside : iterable of str
            The measures that also keep the rows of the city, or all rows if they have no unit column.
        """
        chosen = replace(self, units=frozenset(units), beside=frozenset(beside))
        tables = {
            name: _rows_of(table, chosen.owners(name))
            for name, table in self.tables.items()
            if owner_column(table) or name in chosen.beside
        }
        return replace(chosen, tables=tables)

    def owners(self, measure: str) -> frozenset[str]:
        """Return the units whose rows of a measure are included, if not all units are."""
        return (self.units or frozenset()) | ({CITY} if measure in self.beside else set())

    def get(self, measure: str, **values: object) -> ProtectedTable | None:
        """Return the rows of a measure with given values; None if there are no such rows.

        Raises
        ------
        DisclosureError
            If the request names a unit whose rows are not included.
        """
        self._refuse_others(measure, values)
        table = self.tables.get(measure)
        if table is None:
            return None
        chosen = table.where(**values)
        return chosen if len(chosen) else None

    def _refuse_others(self, measure: str, values: Mapping[str, object]) -> None:
        if self.units is None:
            return
        own = self.owners(measure)
        for key in OWNERS:
            asked = values.get(key, ())
            named = {asked} if isinstance(asked, str) else set(asked)  # type: ignore[call-overload]
            if others := sorted(map(str, named - own)):
                raise worded(
                    DisclosureError, "error_others_rows", measure=measure, others=", ".join(others),
                    own=", ".join(sorted(own)),
                )  # fmt: skip


def _rows_of(table: ProtectedTable, units: frozenset[str]) -> ProtectedTable:
    owner = owner_column(table)
    return table if owner is None else table.rows(table.frame[owner].isin(units))


def owner_column(table: ProtectedTable) -> str | None:
    """Return the column of a table that names the unit of each row; None if it has no such column."""
    return next((name for name in OWNERS if name in table.frame), None)


def protect_city(
    measures: Mapping[str, pd.DataFrame | None],
    rule: DisclosureRule,
    city: City | None = None,
    past: Sequence[CountedCity] = (),
) -> ProtectedCity:
    """Suppress the small groups of every measure, and values that reveal one in all measures together.

    Parameters
    ----------
    measures : mapping of str to pd.DataFrame or None
        Tables by name; only declared measures are released.
    rule : DisclosureRule
        The smallest sizes.
    city : City, optional
        A city's own values replace those of a rule when an index is computed again from shown values.
    past : sequence of mapping of str to CountedTable
        The earlier releases, oldest first. A value is also suppressed if it would reveal a small group
        together with an earlier release.

    Returns
    -------
    ProtectedCity

    Raises
    ------
    DisclosureError
        If a measure lacks the count of the people on whose data its values rest.
    SchemaError
        If a measure has an undeclared column.
    """
    tables, _, masks = _protected(measures, rule, city, past)
    return ProtectedCity(_shown(tables, masks, rule, past), rule)


def count_city(
    measures: Mapping[str, pd.DataFrame | None],
    rule: DisclosureRule,
    city: City | None = None,
    past: Sequence[CountedCity] = (),
) -> dict[str, CountedTable]:
    """Return the numbers of people that `protect_city` shows and suppresses; a release stores them in the ledger.

    Parameters
    ----------
    measures, rule, city, past
        As for `protect_city`.
    """
    tables, numbers, masks = _protected(measures, rule, city, past)
    counts = {name: table.also_hiding(masks.get(name, {})) for name, table in numbers.items()}
    if ANSWERS in tables:
        released = _shown(tables, masks, rule, past)[ANSWERS]
        counts[ANSWERS] = counted_worksheets(tables[ANSWERS], released)
    return counts


def _shown(
    tables: Mapping[str, ProtectedTable],
    masks: Mapping[str, Mapping[str, Mask]],
    rule: DisclosureRule,
    past: Sequence[CountedCity],
) -> dict[str, ProtectedTable]:
    """Return the tables with what all together must hide, and the worksheets that may be shown beside them."""
    shown = {name: table.without(masks.get(name, {})) for name, table in tables.items()}
    if "importance" in shown and "elements" in shown:
        repeated = repeated_hidden(shown["importance"], shown["elements"])
        shown["importance"] = shown["importance"].without({"n": repeated})
    if "sample" in shown:
        shown["sample"] = required_of_shown(shown["sample"])
    if "service_time" in shown:
        shown["service_time"] = without_telling_tails(shown["service_time"], rule)
    if ANSWERS in shown:
        shown[ANSWERS] = worksheets_that_may_be_told(shown, rule, past)
    return shown


def _protected(
    measures: Mapping[str, pd.DataFrame | None],
    rule: DisclosureRule,
    city: City | None,
    past: Sequence[CountedCity],
) -> tuple[dict[str, ProtectedTable], dict[str, CountedTable], dict[str, dict[str, Mask]]]:
    """Return the tables protected one by one, their counts of people, and masks for further suppression.

    The masks suppress values that would reveal a small group in all tables together.
    """
    tables: dict[str, ProtectedTable] = {}
    frames: dict[str, pd.DataFrame] = {}
    predikats = measures.get("predikats")
    released = {} if predikats is None else distributions(predikats, rule)
    measures = with_released_verdicts(measures, released)
    for kind, name in declared_tables():
        frame = measures.get(name) if kind == "measure" else None
        if frame is None or frame.empty:
            continue
        table = declared(kind, name)
        require_columns(frame, table)
        frame = rows_that_may_be_told(frame, table)
        if frame.empty:
            continue
        frame = _made_of_shown(name, frame, rule, released, city)
        hidden = _linked(name, frame, tables, rule, released)
        frames[name] = cells_that_may_be_told(frame, table)
        tables[name] = protect_measure(frames[name], table, rule, hidden=hidden)
    # In a worksheet each row is one person; `satisfaction` counts the same people once.
    numbers = {name: counted(name, frames[name], table) for name, table in tables.items() if name != ANSWERS}
    before = [{name: table for name, table in each.items() if name != ANSWERS} for each in past]
    editions = Editions(numbers, before, rule) if before else None
    masks = hidden_jointly(numbers, rule, before, editions=editions)
    return tables, numbers, hidden_for_sums(numbers, frames, masks, rule, before, editions=editions)


def protect_measure(
    frame: pd.DataFrame, table: Table, rule: DisclosureRule, *, hidden: Mapping[str, Mask] | None = None
) -> ProtectedTable:
    """Suppress the small groups of one measure, as its declaration requires.

    Parameters
    ----------
    frame : pd.DataFrame
        The measure; derived values must already be computed from values that may be shown.
    table : Table
        The declaration of the measure.
    rule : DisclosureRule
        The smallest sizes.
    hidden : mapping of str to array of bool, optional
        By column, the rows that are suppressed because of another table.

    Returns
    -------
    ProtectedTable
        The released columns, without those that only disclosure control or research needs. A sensitive
        share near 0 or 100 percent is replaced by a limit, such as "≤ 5%".

    Raises
    ------
    DisclosureError
        If the count of the people on whose data a value rests is missing.
    """
    guards = [guard for guard in guards_of(table) if any(column in frame for column in guard.masked)]
    frame = _with_ends(frame, guards, rule)
    released = [
        name
        for name in table.columns_at("release")
        if name in frame and table.audience_of(name) != "research"
    ]
    # What only disclosure control needs, as the number of finished requests, is counted here and not released.
    needed = [name for guard in guards for name in guard.needed if name in frame and name not in released]
    frame = _only_if_true(frame[[*released, *dict.fromkeys(needed)]], table)
    protected = protect_table(frame, guards, rule, sums=table.sums, hidden=hidden, measure=table.name)
    return protected.only(released) if needed else protected


def _with_ends(frame: pd.DataFrame, guards: Iterable[Guard], rule: DisclosureRule) -> pd.DataFrame:
    """Add the columns with the limits (such as "≤ 5%") of sensitive shares, if they do not exist yet."""
    coded = [guard for guard in guards if guard.coded and guard.coded not in frame]
    ends = {guard.coded: pd.Series(guard.ends(frame, rule), index=frame.index) for guard in coded}
    return frame.assign(**{name: end.where(end != "", None) for name, end in ends.items()})


def _made_of_shown(
    name: str, frame: pd.DataFrame, rule: DisclosureRule, released: _Distributions, city: City | None
) -> pd.DataFrame:
    """Compute derived values again, from values that may be shown."""
    if name == "predikats":
        return _merged_predikats(frame, released)
    if name == "distribution" and released:
        return is_kept_for_all(frame, released)
    if name == "information":
        # Rounded as printed: with ten decimals of an entropy, one could compute the number of people by grade.
        return frame.assign(**frame[list(_OF_GRADES)].round(1))
    if name == "ip_asn":
        return index_of_shown_parts(frame, rule, city)
    return frame


def _only_if_true(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame without the values whose declared condition (`only_if`) is not true."""
    bound = [c for c in table.columns.values() if c.only_if and c.only_if in frame]
    blank = {
        name: frame[name].where(frame[column.only_if].eq(other=True))
        for column in bound
        for name in column.names
        if name in frame
    }
    return frame.assign(**blank)


def _linked(
    name: str,
    frame: pd.DataFrame,
    others: Mapping[str, ProtectedTable],
    rule: DisclosureRule,
    released: _Distributions,
) -> dict[str, Mask]:
    """Return masks of the values to suppress because of another table, by column.

    For example, they would separate grades that another table merges.
    """
    if name in ("standings", "quality_drift", "predikats", "appraisal"):
        return _linked_rows(name, frame, others, rule, released)
    if name == "distribution":
        cuts = _cuts(frame, released)
        not_released = frame["is_kept"].isna().to_numpy(dtype=bool) if released else cuts
        return {
            **dict.fromkeys(("n", "n_others", "share_pct", "share_pct_coded", "n_over"), cuts),
            "is_kept": not_released,
        }
    if name == "information":
        parted = parts_merged_grades(frame["grade_counts"], rule)
        of_predikats = (frame["subject"] == "predikat").to_numpy(dtype=bool)
        merged = of_predikats & _is_merged(frame, released)
        alike = of_predikats & ~np.array(
            [each.is_exact for each in _distributions_of(frame, released)], dtype=bool
        )
        return {
            **dict.fromkeys(_OF_GRADES, np.where(of_predikats, merged, parted)),
            **dict.fromkeys(_OF_OTHERS, merged),
            **dict.fromkeys(_OF_REPEATS, alike),
        }
    return {}


def _linked_rows(
    name: str,
    frame: pd.DataFrame,
    others: Mapping[str, ProtectedTable],
    rule: DisclosureRule,
    released: _Distributions,
) -> dict[str, Mask]:
    """Return the masks of the tables in which the same columns are suppressed in every affected row."""
    if name == "standings":
        return {"n": _without_index(frame, others.get("satisfaction"))}
    if name == "quality_drift":
        return dict.fromkeys(_OF_SHARES, tells_of_few(frame, rule))
    if name == "predikats":
        return dict.fromkeys(("n", "share_pct"), frame["share_pct_coded"].notna().to_numpy(dtype=bool))
    return {"n_others": _is_merged(frame, released)}


def _distributions_of(frame: pd.DataFrame, released: _Distributions) -> Iterator[Distribution]:
    """Yield the released form of the predikat distribution of each row's unit and period."""
    for key in zip(frame["unit_id"].astype("str"), frame["period"].astype("str"), strict=True):
        yield released.get(key, NOBODYS)


def _is_merged(frame: pd.DataFrame, released: _Distributions) -> Mask:
    return np.array([bool(each.merged) for each in _distributions_of(frame, released)], dtype=bool)


def _without_index(frame: pd.DataFrame, satisfaction: ProtectedTable | None) -> Mask:
    """Return which standings rest on an index that the table `satisfaction` suppresses."""
    if satisfaction is None:
        return np.zeros(len(frame), dtype=bool)
    missing = satisfaction.frame[["index", "n_respondents"]].isna().any(axis=1)
    gone = satisfaction.frame.loc[missing, ["unit_id", "period"]]
    hidden = set(gone.itertuples(index=False, name=None))
    rows = zip(frame["unit_id"], frame["period"], frame["indicator"], strict=True)
    return np.array([key == "ikm" and (unit, period) in hidden for unit, period, key in rows], dtype=bool)


def _cuts(frame: pd.DataFrame, released: _Distributions) -> Mask:
    """Return which limits would separate predikat that the released distribution merges.

    For example, a distribution shows that ten staff have one of three predikat. A limit that counts eight
    staff with two of the three would reveal that two staff have the third.
    """
    cuts = []
    for each, names in zip(_distributions_of(frame, released), frame["predikats"], strict=True):
        whole = set(each.merged)
        cuts.append(0 < len(whole & set(names.split("|"))) < len(whole))
    return np.array(cuts, dtype=bool)


def _merged_predikats(frame: pd.DataFrame, released: _Distributions) -> pd.DataFrame:
    merged = released_predikats(frame, released)
    if "ratings_verdict" not in frame:
        return merged
    # Merging rows drops the verdict of the information audit, so it is added again.
    verdicts = frame[["unit_id", "period", "ratings_verdict"]].drop_duplicates(["unit_id", "period"])
    return merged.merge(verdicts, on=["unit_id", "period"], how="left")
