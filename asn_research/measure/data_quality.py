"""Data quality: how many raw rows were kept, repaired, quarantined or excluded, and how reliable the kept rows are.

Most counts of rows and faults describe files, not people. Where a count could reveal the number of people in
an office, or the answers of a few of them, `protect` suppresses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.clean.privacy.shown_values import PSEUDONYM, shown_value
from asn_research.measure.all_measures import POOLED
from asn_research.measure.drift import drift_by_period, is_filled
from asn_research.measure.grouping import with_city
from asn_research.measure.satisfaction import index_by_unit
from asn_research.rules.cities import City
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.reasons import load_reasons
from asn_research.rules.regulations import QualityRule

#: The value of `source` for the rows of all sources together.
ALL_SOURCES = "all"
#: The value of `mark` for forms with at least one mark.
ANY_MARK = "any"
#: The reason of cells that are blank without a stated reason.
BLANK = "blank"
_NAMES = ("unit_id", "service_id")


def measure_quality(
    tables: Mapping[str, pd.DataFrame],
    city: City,
    exits: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Measure the quality of a city's data.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        The processed tables, with `repairs`, `quarantine`, `excluded` and `missing`.
    city : City
        The register of the city.
    exits : pd.DataFrame
        From the manifest: one row per sheet, with its numbers of raw, kept, quarantined and excluded rows.

    Returns
    -------
    dict of str to pd.DataFrame
        Tables by name, each name starting with ``quality_``; tables without rows are left out.
    """
    feedback = tables.get("citizen_feedback")
    offices = rows_by_office(tables, city)
    frames = {
        "quality_files": exits.rename(columns={"period": "in_period"}),
        "quality_faults": faults_by_kind(tables),
        "quality_offices": offices,
        "unit_rows": own_rows(offices),
        "quality_repairs": repairs_by_value(tables, city),
        "quality_missing": missing_by_reason(tables),
        "quality_screens": index_with_and_without(feedback) if feedback is not None else pd.DataFrame(),
        "quality_drift": drift_by_period(tables, _latest_rule(tables).drift),
        "quality_forms": changed_forms(tables),
    }
    return {name: frame for name, frame in frames.items() if len(frame)}


def _latest_rule(tables: Mapping[str, pd.DataFrame]) -> QualityRule:
    """Return the rule in force at the end of the last period of any source."""
    codes = {
        str(code)
        for source in SOURCES
        if source in tables and "period" in tables[source]
        for code in tables[source]["period"].dropna().unique()
    }
    last = max((Period.parse(code).last_day for code in codes), default=date.max)
    return rules.at(last).one(QualityRule)


def faults_by_kind(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count rows by source, column and reason.

    Returns
    -------
    pd.DataFrame
        One row per decision (`kind`: quarantine, repair, exclude), source, column and reason: n_rows,
        n_offices. A row with two faults is counted under both.
    """
    pieces = []
    for kind, name in (("quarantine", "quarantine"), ("repair", "repairs"), ("exclude", "excluded")):
        if name in tables and len(tables[name]):
            rows = tables[name].assign(reason=_shared_reason(tables[name]["reason"]))
            rows["office"] = rows["unit_id"].where(rows["unit_id"] != "")
            grouped = rows.groupby(["source", "column", "reason"], sort=True)
            counts = grouped.agg(n_rows=("row_id", "nunique"), n_offices=("office", "nunique")).reset_index()
            pieces.append(counts.assign(exit=kind))
    if not pieces:
        return pd.DataFrame()
    table = pd.concat(pieces, ignore_index=True)
    place = table["source"].map({source: at for at, source in enumerate(SOURCES)})
    table = table.assign(_place=place).sort_values(
        ["exit", "_place", "n_rows"], ascending=[True, True, False]
    )
    return table.drop(columns="_place").reset_index(drop=True)


def _shared_reason(reasons: pd.Series) -> pd.Series:
    """Return reasons, with ``correction`` in place of the numbers of single corrections."""
    known = load_reasons()
    return reasons.where(reasons.isin(list(known)), "correction")


def rows_by_office(tables: Mapping[str, pd.DataFrame], city: City) -> pd.DataFrame:
    """Count the rows of each office: kept, quarantined and repaired.

    Returns
    -------
    pd.DataFrame
        One row per office (``""`` if unknown), period (``""`` for sources without one) and source
        (`ALL_SOURCES` for all together): n_rows, n_quarantined and quarantined_pct (quarantined), n_repaired, main_reason
        (the most frequent reason for quarantine).
    """
    keys = ["reporting_unit_id", "in_period", "source"]
    kept = []
    for source in SOURCES:
        if source in tables and "reporting_unit_id" in tables[source]:
            rows = tables[source][[c for c in ("reporting_unit_id", "period") if c in tables[source]]]
            kept.append(rows.groupby(list(rows.columns), observed=True).size().rename("n_kept").reset_index())
            kept[-1] = kept[-1].rename(columns={"period": "in_period"}).assign(source=source)
    quarantined = _of_offices(tables.get("quarantine"), city)
    repaired = _of_offices(tables.get("repairs"), city)
    if not kept and quarantined.empty:
        return pd.DataFrame()
    counted = pd.concat(
        [
            *kept,
            quarantined.drop_duplicates("row_id").groupby(keys).size().rename("n_quarantined").reset_index(),
            repaired.drop_duplicates("row_id").groupby(keys).size().rename("n_repaired").reset_index(),
        ]
    )
    numbers = ["n_kept", "n_quarantined", "n_repaired"]
    counted = counted.reindex(columns=[*keys, *numbers]).fillna(dict.fromkeys(["in_period"], ""))
    counted = pd.concat([counted, counted.assign(source=ALL_SOURCES)])
    table = counted.groupby(keys, sort=True)[numbers].sum().astype("int64").reset_index()
    table.insert(3, "n_rows", table["n_kept"] + table["n_quarantined"])
    table["quarantined_pct"] = 100 * table["n_quarantined"] / table["n_rows"]
    both = pd.concat([quarantined, quarantined.assign(source=ALL_SOURCES)])
    reasons = both.groupby([*keys, "reason"]).size().rename("n").reset_index()
    reasons = reasons.sort_values(["n", "reason"], ascending=[False, True]).drop_duplicates(keys)
    table = table.merge(
        reasons.rename(columns={"reason": "main_reason"}).drop(columns="n"), on=keys, how="left"
    )
    return table.fillna({"main_reason": ""}).drop(columns="n_kept")


def own_rows(offices: pd.DataFrame) -> pd.DataFrame:
    """Return each unit's own rows of what citizens send or ask, for its public report.

    Parameters
    ----------
    offices : pd.DataFrame
        As `rows_by_office` gives them.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and source: n_rows, and n_kept of them that were used.
    """
    if offices.empty:
        return offices
    known = (offices["reporting_unit_id"] != "") & (offices["in_period"] != "")
    own = offices.loc[known & offices["source"].isin(POOLED)]
    own = own.rename(columns={"reporting_unit_id": "unit_id", "in_period": "period"})
    own = own.assign(n_kept=own["n_rows"] - own["n_quarantined"])
    return own[["unit_id", "period", "source", "n_rows", "n_kept"]].reset_index(drop=True)


def _of_offices(decisions: pd.DataFrame | None, city: City) -> pd.DataFrame:
    columns = ["row_id", "reporting_unit_id", "in_period", "source", "reason"]
    if decisions is None or decisions.empty:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    offices = {u: city.reporting_unit_id(u) if u in city.units else "" for u in decisions["unit_id"].unique()}
    return decisions.assign(
        reporting_unit_id=decisions["unit_id"].map(offices), in_period=decisions["period"],
        reason=_shared_reason(decisions["reason"]),
    )[columns]  # fmt: skip


def repairs_by_value(tables: Mapping[str, pd.DataFrame], city: City) -> pd.DataFrame:
    """Count repairs by the old and the new value of a cell.

    Returns
    -------
    pd.DataFrame
        One row per source, period, column, reason, old and new value: n_rows. Values of personal columns are
        `PSEUDONYM`, values that may not be shown are `WITHHELD`, and a blank is an empty text.
    """
    repairs = tables.get("repairs")
    if repairs is None or repairs.empty:
        return pd.DataFrame()
    pieces = []
    for (source, column), rows in repairs.groupby(["source", "column"], sort=False):
        new = _new_values(rows, tables.get(str(source)), str(column))
        book = load_codebook(str(source)).by_name.get(str(column))
        # The processed data hold old values only in a form that identifies nobody.
        old = rows["old_value"].fillna("")
        if book is not None and book.personal:
            new = pd.Series(PSEUDONYM, rows.index)
            old = new
        elif column not in _NAMES:
            new = new.map(lambda value: shown_value(value, ()))
        pieces.append(rows.assign(old=old, new=new, in_period=rows["period"]))
    table = pd.concat(pieces)
    table["reason"] = _shared_reason(table["reason"])
    keys = ["source", "in_period", "column", "reason", "old", "new"]
    counts = table.groupby(keys, sort=False)["row_id"].nunique().rename("n_rows").reset_index()
    place = counts["source"].map({source: at for at, source in enumerate(SOURCES)})
    counts = counts.assign(_place=place).sort_values(
        ["_place", "column", "reason", "n_rows", "old"], ascending=[True, True, True, False, True]
    )
    return counts.drop(columns="_place").reset_index(drop=True)


def _new_values(rows: pd.DataFrame, kept: pd.DataFrame | None, column: str) -> pd.Series:
    if column == "unit_id":
        return rows["unit_id"]
    if kept is None or column not in kept:
        return pd.Series("", rows.index)
    values = kept.set_index("row_id")[column]
    values = values[values.index.isin(rows["row_id"])]
    return rows["row_id"].map(values.astype("str")).fillna("")


def missing_by_reason(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the missing answers by the reason that the office stated.

    Returns
    -------
    pd.DataFrame
        One row per source, period, column and reason (`BLANK` if none was stated): n_rows (kept rows),
        n, share_pct.
    """
    coded = tables.get("missing")
    pieces = []
    for source in SOURCES:
        table = tables.get(source)
        if table is None or table.empty:
            continue
        period = table["period"].astype("str") if "period" in table else pd.Series("", table.index)
        book = load_codebook(source)
        asked = [
            c.column for c in book.columns if c.column in table and not c.personal and c.type not in _LINKS
        ]
        empty = pd.DataFrame({c: ~is_filled(table[c]) for c in asked})
        by_period = empty.groupby(period).sum().rename_axis("in_period").reset_index()
        counts = by_period.melt("in_period", var_name="column", value_name="n_empty")
        counts["n_rows"] = counts["in_period"].map(period.value_counts()).astype("int64")
        counts = counts.assign(source=source)
        stated = _stated(coded, source)
        said = stated.groupby(["in_period", "column"])["n"].sum().rename("n_said").reset_index()
        blank = counts.merge(said, on=["in_period", "column"], how="left").fillna({"n_said": 0})
        blank["n"] = (blank["n_empty"] - blank["n_said"]).clip(lower=0).astype("int64")
        pieces.append(blank.assign(reason=BLANK).drop(columns=["n_empty", "n_said"]))
        pieces.append(counts.drop(columns="n_empty").merge(stated, on=["in_period", "column"]))
    if not pieces:
        return pd.DataFrame()
    result = pd.concat(pieces, ignore_index=True)
    result = result[result["n"] > 0].reset_index(drop=True)
    return result.assign(share_pct=100 * result["n"] / result["n_rows"])


#: Types of columns in which a blank is a fault or means "not yet"; it is not a missing answer.
_LINKS = {"unit", "period", "date", "nip", "service"}


def _stated(coded: pd.DataFrame | None, source: str) -> pd.DataFrame:
    columns = ["in_period", "column", "reason", "n"]
    rows = coded[coded["source"] == source] if coded is not None else pd.DataFrame()
    if rows.empty:
        empty = pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
        return empty.astype({"n": "int64"})
    rows = rows.rename(columns={"period": "in_period"})
    return pd.DataFrame(rows.groupby(columns[:3]).size().rename("n").reset_index())


def index_with_and_without(feedback: pd.DataFrame) -> pd.DataFrame:
    """Compare the index of all forms with the index without the forms marked as doubtful.

    Each period uses the rule in force at its time.

    Returns
    -------
    pd.DataFrame
        One row per unit (``CITY`` for all), period and mark (`ANY_MARK` for any of them): n_forms,
        n_marked, marked_pct, index, low, high, index_without, without_low, without_high, difference.
    """
    if "screen" not in feedback or feedback.empty:
        return pd.DataFrame()
    marks = feedback["screen"].astype("str").str.split("|")
    known = (
        sorted({mark for group in marks.drop_duplicates() if group for mark in group if mark})
        if len(marks)
        else []
    )
    every = index_by_unit(feedback)
    keys = ["unit_id", "period"]
    pieces = []
    # Two marks may select the same forms, for example if there is only one mark besides `ANY_MARK`. Then the
    # index is computed once.
    without_forms: dict[bytes, pd.DataFrame] = {}
    for mark in (ANY_MARK, *known):
        marked = (
            (feedback["screen"].astype("str") != "")
            if mark == ANY_MARK
            else marks.map(lambda g, m=mark: m in g)
        ).astype(bool)
        counted = with_city(feedback[["reporting_unit_id", "period"]].assign(marked=marked))
        n_marked = counted.groupby(keys)["marked"].sum().rename("n_marked").reset_index()
        table = every[[*keys, "n_respondents", "index", "index_low", "index_high"]].merge(n_marked, on=keys)
        rest = feedback.loc[~marked]
        if len(rest):
            forms = marked.to_numpy().tobytes()
            if forms not in without_forms:
                without_forms[forms] = index_by_unit(rest).drop(columns="n_respondents")
            names = {"index": "index_without", "index_low": "without_low", "index_high": "without_high"}
            table = table.merge(without_forms[forms].rename(columns=names), on=keys, how="left")
        pieces.append(table.assign(mark=mark))
    result = pd.concat(pieces, ignore_index=True).rename(
        columns={"n_respondents": "n_forms", "index_low": "low", "index_high": "high", "period": "in_period"}
    )
    result["marked_pct"] = 100 * result["n_marked"] / result["n_forms"]
    result["difference"] = (
        result["index_without"] - result["index"] if "index_without" in result else float("nan")
    )
    return result.astype({"n_marked": "int64"})


def changed_forms(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Find columns that an office filled in one period and left empty in the next, or the reverse.

    Returns
    -------
    pd.DataFrame
        One row per source, column and period: n_offices (offices that changed), n_rows (their rows in
        both periods) and n_compared (offices with rows in both periods).
    """
    pieces: list[dict[str, object]] = []
    for source in SOURCES:
        table = tables.get(source)
        if table is None or not {"period", "reporting_unit_id"} <= set(table.columns):
            continue
        book = load_codebook(source)
        asked = [
            c.column for c in book.columns if c.column in table and not c.personal and c.type not in _LINKS
        ]
        by = [table["reporting_unit_id"].astype("str"), table["period"].astype("str")]
        filled = pd.DataFrame({c: is_filled(table[c]) for c in asked})
        shares, sizes = filled.groupby(by).mean(), filled.groupby(by).size()
        periods = sorted(by[1].unique())
        for before, now in pairwise(periods):
            first, second = (shares.xs(code, level="period") for code in (before, now))
            both = first.index.intersection(second.index)
            changed = first.loc[both].eq(0) != second.loc[both].eq(0)
            n_rows = sizes.xs(before, level="period").add(sizes.xs(now, level="period"), fill_value=0)
            for column in asked:
                offices = both[np.asarray(changed[column])]
                if len(offices):
                    found = {"source": source, "column": column, "in_period": now, "n_offices": len(offices)}
                    pieces.append(found | {"n_rows": int(n_rows[offices].sum()), "n_compared": len(both)})
    return pd.DataFrame(pieces)
