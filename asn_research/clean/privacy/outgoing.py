"""The last step before storing: remove numbers and names of people, and make dates no finer than needed.

Personal columns have been removed before. This step checks the texts that offices typed freely: names of
programmes, old values of repaired or faulty cells, names of files and sheets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from asn_research.clean.cleaned import Cleaned
from asn_research.clean.privacy.denied_names import DeniedNames, leads_to_a_person
from asn_research.clean.privacy.identity import Pseudonyms
from asn_research.clean.privacy.shown_values import PSEUDONYM, names_of, shown_value
from asn_research.read import RawTable
from asn_research.rules.cities import City
from asn_research.rules.codebooks import Column, load_codebook
from asn_research.rules.loading import RULES, FrozenModel, read_rows
from asn_research.rules.words import load_words

#: Columns of the records of cleaning that are removed: they show the raw row, for which the row key is
#: enough.
_PLACES = ["file", "sheet", "row"]
#: Columns whose values are names in the register.
_NAMED = ("unit_id", "service_id")


class Grain(FrozenModel):
    """The precision (day or month) of a date column in the processed table, and the reason."""

    source: str
    column: str
    grain: Literal["day", "month"]
    why: str


@cache
def date_grains() -> tuple[Grain, ...]:
    """Load the precision of date columns from `rules/date_grain.csv`."""
    return tuple(row for _, row in read_rows(Grain, RULES / "date_grain.csv"))


@dataclass(frozen=True)
class Gate:
    """The filter for all texts between the raw data and the processed folder.

    Parameters
    ----------
    city : City
        The register, whose names may be shown.
    names : DeniedNames
        The names of people, which may not be shown.
    pseudonym : Pseudonyms
        The project's key, for the sign that replaces a withheld text.
    """

    city: City
    names: DeniedNames
    pseudonym: Pseudonyms

    def free_text(self, text: str) -> str:
        """Return a freely typed text, or a substitute if it may identify a person."""
        if not text or not leads_to_a_person(text, self.names):
            return text
        return load_words("id")("text_withheld", sign=self.pseudonym.sign(text))

    def tables(self, cleaned: Mapping[str, Cleaned]) -> dict[str, pd.DataFrame]:
        """Return the tables to be stored: kept rows by source, and the records of cleaning."""
        kept = {source: self._kept(source, result.kept) for source, result in cleaned.items()}
        kept = _with_coarse_dates(kept)
        for name in ("repairs", "quarantine", "excluded", "missing"):
            parts = [getattr(result, name) for result in cleaned.values()]
            filled = [part for part in parts if len(part)] or parts[:1]
            kept[name] = self._record(pd.concat(filled, ignore_index=True))
        return kept

    def _kept(self, source: str, table: pd.DataFrame) -> pd.DataFrame:
        book = load_codebook(source).by_name
        free = [
            str(name)
            for name in table
            if (str(name) in book and book[str(name)].type == "text" and not book[str(name)].personal)
            or (str(name).startswith("extra_") and not pd.api.types.is_numeric_dtype(table[name]))
        ]
        return table.assign(**{name: _each(table[name], self.free_text) for name in free}) if free else table

    def _record(self, record: pd.DataFrame) -> pd.DataFrame:
        """Return a record of cleaning without places, and without old values that may name a person."""
        out = record.drop(columns=[name for name in _PLACES if name in record])
        if not len(out) or "old_value" not in out:
            return out
        pairs = out[["source", "column", "old_value"]].astype("str").fillna("")
        codes, known = pd.factorize(pd.MultiIndex.from_frame(pairs))
        shown = np.array([self._old_value(*pair) for pair in known], dtype=object)
        return out.assign(old_value=pd.Series(shown[codes], index=out.index, dtype="str"))

    def _old_value(self, source: str, column: str, text: str) -> str:
        known = load_codebook(source).by_name.get(column)
        if known is not None and known.personal:
            return PSEUDONYM if text else ""
        return shown_value(text, _spellings(self.city, column, known))


def _spellings(city: City, column: str, known: Column | None) -> tuple[str, ...]:
    if column in _NAMED:
        return names_of(city, column)
    return tuple(known.codes) if known is not None and known.type.startswith("choice") else ()


def _each(column: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Apply a function to each distinct text of a column."""
    known = {text: change(str(text)) for text in column.dropna().unique()}
    return column.astype("str").map(known).astype("str") if known else column


def _with_coarse_dates(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables with dates reduced to the precision in `date_grain.csv`.

    The day of a contested appraisal is kept, because the deadline of the objection is counted from it.
    """
    found = dict(tables)
    for grain in date_grains():
        table = found.get(grain.source)
        if table is None or grain.column not in table:
            continue
        days = table[grain.column]
        coarse = days.dt.floor("D")
        if grain.grain == "month":
            coarse = coarse - pd.to_timedelta(coarse.dt.day - 1, unit="D")
        if (grain.source, grain.column) == ("appraisals", "appraised_date"):
            coarse = coarse.where(~_is_contested(table, tables.get("objections")), days.dt.floor("D"))
        found[grain.source] = table.assign(**{grain.column: coarse.astype(days.dtype)})
    return found


def _is_contested(appraisals: pd.DataFrame, objections: pd.DataFrame | None) -> np.ndarray:
    """Return for each appraisal whether its employee filed an objection in the same period."""
    if objections is None or not {"person_id", "period"} <= set(objections):
        return np.zeros(len(appraisals), bool)
    keys = [
        frame["person_id"].astype("str") + " " + frame["period"].astype("str")
        for frame in (appraisals, objections)
    ]
    return keys[0].isin(keys[1]).to_numpy()


def names_in(tables: Sequence[RawTable]) -> list[str]:
    """Return the texts of all columns whose name ends in ``_name`` (a person's, by the codebooks), to search for them."""
    found: list[str] = []
    for table in tables:
        for column, cells in table.columns.items():
            if column.endswith("_name"):
                found += [str(text) for text in cells.used().texts if text]
    return found
