"""Values that follow from other cells of a row: a predikat from its number, one answer of several, bands of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from asn_research.clean.parse.values import coded
from asn_research.clean.working import Working
from asn_research.read import Cells
from asn_research.read.headings import FURTHER
from asn_research.rules.codebooks import fold


def predikat_of_quadrant(rows: Working) -> Working:
    """Fill in a missing predikat from the number that SIASN exports for it (kuadran)."""
    if "_quadrant" not in rows.cells:
        return rows
    numbers, words = rows.cells["_quadrant"], rows.cells.get("predikat") or Cells.blank(len(rows))
    column, predikat = rows.book["_quadrant"], rows.book["predikat"]
    names = dict(zip(dict.fromkeys(predikat.codes.values()), predikat.choices, strict=True))
    spread = numbers.spread(
        numbers.each(lambda text, _: names.get(column.codes.get(fold(text.removesuffix(".0")), ""), text))
    )
    filled = np.where(words.filled, words.text, spread)
    return replace(rows, cells={**rows.cells, "predikat": Cells.of([str(text) for text in filled])})


def pool_questions(rows: Working) -> Working:
    """Combine several questions about one element into one answer: the mean of the answered ones."""
    further = [str(name) for name in rows.values if FURTHER in str(name)]
    if not further:
        return rows
    values = rows.values
    for element in dict.fromkeys(name.partition(FURTHER)[0] for name in further):
        names = [element, *(name for name in further if name.startswith(element + FURTHER))]
        values = values.assign(**{element: values[names].astype("Float64").mean(axis=1)})
    return replace(rows, values=values.drop(columns=further))


def band(rows: Working, column: str, limits: Mapping[str, float], *, into: str) -> Working:
    """Replace a column of numbers by bands; ``limits`` has the lower limit of each band, in rising order."""
    numbers = rows.values[column].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    names = ["", *limits]
    codes = np.zeros(len(rows), np.int32)
    for at, low in enumerate(limits.values(), start=1):
        codes[numbers >= low] = at
    values = rows.values.drop(columns=column)
    return Working(
        rows.book, rows.context, rows.place, rows.cells,
        values.assign(**{into: coded(names, codes)}), rows.marks, rows.tables,
    )  # fmt: skip
