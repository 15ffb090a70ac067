"""The steps of all recipes. Each takes rows, marks what it finds, and returns rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from asn_research.clean.dates import parse_period
from asn_research.clean.identity import MISSING, read_nip
from asn_research.clean.units import MISSPELT, UNKNOWN_SERVICE, UNKNOWN_UNIT
from asn_research.clean.values import read_column
from asn_research.clean.working import Working
from asn_research.errors import RawDataError
from asn_research.rules.codebooks import Column
from asn_research.rules.periods import Period

_SUBTOTAL = r"^\s*(?:sub\s*)?(?:jumlah|total|grand total|rata[\s-]*rata|rerata)\b"
_LOOKED_UP = ("nip", "unit", "service")


def mark_foreign_rows(rows: Working) -> Working:
    """Mark rows that were never data: subtotals, totals, notes, signatures."""
    place = rows.place
    sparse = place["n_filled"] <= np.maximum(4, place["width"] // 2)
    texts = pd.concat([place["lead"], rows.text], axis=1)
    is_total = pd.Series(data=False, index=place.index)
    for name in texts:
        is_total |= (
            texts[name]
            .loc[sparse]
            .astype("str")
            .str.contains(_SUBTOTAL, case=False, regex=True)
            .reindex(place.index, fill_value=False)
        )
    subtotal = sparse & is_total
    # Below the last full row of a table, what fills one or two cells is a note or a signature.
    full = place["n_filled"] >= np.maximum(3, place["width"] // 2)
    last_full = place["row"].where(full & ~subtotal).groupby(place["table"]).transform("max")
    tail = (place["row"] > last_full.fillna(0)) & (place["n_filled"] <= 2) & ~subtotal
    lone = (place["n_filled"] == 1) & ~subtotal & ~tail & (place["width"] > 2)
    return rows.mark(subtotal, "foreign", "subtotal").mark(tail | lone, "foreign", "note_or_signature")


def read_values(rows: Working, *, needed: Sequence[str] = (), minor: Sequence[str] = ()) -> Working:
    """Read every cell that its codebook can; cells that cannot be read hold their row back.

    ``needed`` names columns in which a blank cell holds the row back too. ``minor`` names columns
    that are not worth a row: what cannot be read there is made blank, and listed as a repair.
    """
    data = ~rows.marked("foreign")
    for name in rows.text:
        column = _column(rows, str(name))
        if column is None or column.type in _LOOKED_UP or not column.is_published:
            continue
        kinds = rows.kinds[name] if rows.kinds is not None and name in rows.kinds else None
        values, faults = read_column(rows.text[name], kinds, column)
        rows = rows.with_values(**{str(name): values})
        if name in minor:
            rows = rows.mark(faults.notna() & data, "repair", "unreadable_made_blank", str(name))
        else:
            rows = rows.mark(faults.notna() & data, "quarantine", faults, str(name))
        if name in needed:
            blank = values.isna() & faults.isna() & data
            rows = rows.mark(blank, "quarantine", MISSING, str(name))
    return rows


def _column(rows: Working, name: str) -> Column | None:
    if name.startswith("extra_"):
        # A question beside the regulation's, on the same scale.
        first = rows.book["requirements"]
        return first.model_copy(
            update={"column": name, "values": "1=1|Tidak Baik;2=2|Kurang Baik;3=3|Baik;4=4|Sangat Baik"}
        )
    return rows.book.by_name.get(name)


def identify_people(rows: Working, *columns: str) -> Working:
    """Replace NIP by pseudonyms; the first column must hold one in every row."""
    data = ~rows.marked("foreign")
    for place, name in enumerate(columns):
        if name not in rows.text:
            rows = rows.with_values(**{name: pd.Series(None, index=rows.place.index, dtype="str")})
            continue
        text = rows.text[name]
        kinds = rows.kinds[name] if rows.kinds is not None else pd.Series("s", index=text.index)
        keys = text + "\x1f" + kinds
        readings = {}
        for key in keys.unique():
            cell, _, kind = str(key).partition("\x1f")
            readings[key] = read_nip(cell, kind, rows.context.register)
        codes = {k: rows.context.pseudonym(r.digits) for k, r in readings.items() if r.digits}
        rows = rows.with_values(**{name: keys.map(codes).astype("str")})
        faults = keys.map({k: r.fault for k, r in readings.items() if r.fault})
        repairs = keys.map({k: r.repair for k, r in readings.items() if r.repair})
        rows = rows.mark(faults.notna() & data, "quarantine", faults, name)
        rows = rows.mark(repairs.notna() & data, "repair", repairs, name)
        if place == 0:
            rows = rows.mark((text == "") & data, "quarantine", MISSING, name)
    return rows


def match_units(rows: Working) -> Working:
    """Find each row's unit in the register; a misspelt name is mended, an unknown one holds back."""
    data = ~rows.marked("foreign")
    fixed = rows.place["table"].map(
        {n: t.profile.unit.unit_id for n, t in enumerate(rows.tables) if t.profile and t.profile.unit}
    )
    text = rows.text["unit_id"] if "unit_id" in rows.text else pd.Series("", index=rows.place.index)
    found = {name: rows.context.units.find(name) for name in text.unique()}
    ids = fixed.where(fixed.notna(), text.map({name: unit for name, (unit, _) in found.items() if unit}))
    misspelt = (
        text.map({name: True for name, (unit, bad) in found.items() if unit and bad}).notna() & fixed.isna()
    )
    unknown = ids.isna() & data
    city = rows.context.city
    rows = rows.with_values(
        unit_id=ids.astype("str"),
        reporting_unit_id=ids.map({u: city.reporting_unit_id(u) for u in city.units}).astype("str"),
    )
    rows = rows.mark(unknown & (text == ""), "quarantine", MISSING, "unit_id")
    rows = rows.mark(unknown & (text != ""), "quarantine", UNKNOWN_UNIT, "unit_id")
    return rows.mark(misspelt & data, "repair", MISSPELT, "unit_id")


def match_services(rows: Working) -> Working:
    """Find each row's service; where the office names none of the city's, the service stays unknown."""
    if "service_id" not in rows.text:
        return rows.with_values(service_id=pd.Series("", index=rows.place.index, dtype="str"))
    text = rows.text["service_id"]
    found = {name: rows.context.services.find(name) for name in text.unique()}
    ids = text.map({name: service or "" for name, (service, _) in found.items()})
    data = ~rows.marked("foreign")
    own = rows.place["table"].map({n: bool(t.profile and t.profile.unit) for n, t in enumerate(rows.tables)})
    rows = rows.with_values(service_id=ids.astype("str"))
    misspelt = text.map({name: True for name, (service, bad) in found.items() if service and bad}).notna()
    rows = rows.mark(misspelt & data, "repair", MISSPELT, "service_id")
    # A unit that came by a profile has services that no register of ours lists.
    return rows.mark(
        (ids == "") & (text != "") & data & ~own.astype(bool), "quarantine", UNKNOWN_SERVICE, "service_id"
    )


def assign_period(rows: Working, *, date_column: str = "", date_first: bool = False) -> Working:
    """Give each row its period: its own cell, the profile, the letterhead, or its date.

    Raises
    ------
    RawDataError
        If no row of a file has any of them.
    """
    index = rows.place.index
    own = rows.values["period"] if "period" in rows.values else pd.Series(None, index=index, dtype="str")
    table = rows.place["table"]
    profile = table.map(
        {n: t.profile.period for n, t in enumerate(rows.tables) if t.profile and t.profile.period}
    )
    heads = {n: parse_period(" ".join(t.letterhead)) for n, t in enumerate(rows.tables)}
    head = table.map({n: p.code for n, p in heads.items() if p})
    dated = _period_of_dates(rows, date_column)
    order = (own, profile, dated, head) if date_first else (own, profile, head, dated)
    period = order[0]
    for other in order[1:]:
        period = period.where(period.notna(), other)
    data = ~rows.marked("foreign")
    without = period.isna() & data
    for number, raw in enumerate(rows.tables):
        here = data & (table == number)
        if here.any() and without[here].all() and not rows.marked("quarantine")[here].all():
            where = f"{raw.file}, sheet {raw.sheet}" if raw.sheet else raw.file
            msg = (
                f"{where}: no period was found, in no column, letterhead or date. Write it above the "
                "headings (Periode : Triwulan III 2026), or put `period: 2026-Q3` in a source profile."
            )
            raise RawDataError(msg)
    rows = rows.with_values(period=period.astype("str"))
    return rows.mark(without & ~rows.marked("quarantine"), "quarantine", "no_period", "period")


def _period_of_dates(rows: Working, column: str) -> pd.Series:
    if not column or column not in rows.values:
        return pd.Series(None, index=rows.place.index, dtype="str")
    kind = rows.place["table"].map(
        {n: t.profile.period_kind if t.profile else "Q" for n, t in enumerate(rows.tables)}
    )
    days = rows.values[column]
    pairs = pd.DataFrame({"day": days.dt.normalize(), "kind": kind})
    known = pairs.dropna().drop_duplicates()
    codes = {(d, k): Period.containing(d.date(), k).code for d, k in known.itertuples(index=False)}
    return pd.Series(
        [codes.get((d, k)) for d, k in zip(pairs["day"], pairs["kind"], strict=True)],
        index=days.index,
        dtype="str",
    )


def mark_order(rows: Working, first: str, last: str, reason: str) -> Working:
    """Hold back rows whose end lies before their start."""
    if first not in rows.values or last not in rows.values:
        return rows
    wrong = (rows.values[last].dt.normalize() < rows.values[first].dt.normalize()).fillna(value=False)
    return rows.mark(wrong, "quarantine", reason, last)


def mark_duplicates(rows: Working, keys: Sequence[str], *, may_differ: bool = False) -> Working:
    """Mark rows that say the same of the same, and rows that contradict each other.

    Identical rows: the first is kept, the later ones are excluded. Rows with equal ``keys`` that
    differ elsewhere are all held back, unless they ``may_differ`` (two courses in one quarter).
    Rows that are held back already count for neither.
    """
    free = ~rows.marked("foreign", "quarantine", "exclude")
    values = rows.values.copy()
    for key in keys:
        if key not in values:
            values[key] = rows.text.get(key, "")
    has_key = (values[list(keys)].notna() & (values[list(keys)] != "")).all(axis=1)
    pool = values.loc[free & has_key]
    identical = pool.duplicated(keep="first").reindex(values.index, fill_value=False)
    rows = rows.mark(identical, "exclude", "identical_duplicate")
    if may_differ:
        return rows
    rest = pool.loc[~identical[pool.index]]
    differing = rest.duplicated(subset=list(keys), keep=False).reindex(values.index, fill_value=False)
    return rows.mark(differing, "quarantine", "differing_duplicate")


def mark_empty(rows: Working, columns: Sequence[str]) -> Working:
    """Exclude forms in which none of the columns was answered."""
    present = [c for c in columns if c in rows.values]
    unreadable = rows.marked("quarantine")
    empty = rows.values[present].isna().all(axis=1) & ~unreadable & ~rows.marked("foreign")
    return rows.mark(empty, "exclude", "empty_form")


def band(rows: Working, column: str, limits: Mapping[str, float], *, into: str) -> Working:
    """Put a number into bands, named with their lower limits in rising order."""
    numbers = rows.values[column].astype("Float64")
    bands = pd.Series("", index=numbers.index, dtype="str")
    for name, low in limits.items():
        bands = bands.mask((numbers >= low).fillna(value=False), name)
    return replace(rows, values=rows.values.drop(columns=column)).with_values(**{into: bands})
