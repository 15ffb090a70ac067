"""Validate a processed table against its codebook, directly before it is stored."""

from __future__ import annotations

from typing import Any

import pandas as pd

from asn_research.errors import ReconciliationError
from asn_research.read.survey_forms import ELEMENTS
from asn_research.rules.codebooks import Codebook, Column, load_codebook

_PERSON, _PERSON_OR_RATER = r"^p[0-9a-f]{15}$", r"^[pr][0-9a-f]{15}$"
_TYPES = {"whole": "Int64", "choice_number": "Int8", "number": "float64", "percent": "float64",
          "date": "datetime64[us]"}  # fmt: skip


def check_table(source: str, frame: pd.DataFrame) -> None:
    """Refuse a table with types, limits or pseudonyms that its codebook does not allow.

    Raises
    ------
    ReconciliationError
        If there is such a column, which means that the recipe has a defect. The message names the column and
        the check, never a value.
    """
    # The import takes half a second, and only cleaning needs it.
    import pandera.pandas as pa  # noqa: PLC0415
    from pandera.errors import SchemaErrors  # noqa: PLC0415

    book = load_codebook(source)
    # If a form has several questions about one element, the answer is their mean, so it may be a fraction.
    pooled = {str(c) for c in frame if str(frame[c].dtype) == "Float64"} & set(ELEMENTS)
    promises = {
        c.column: _promise(pa, c, is_pooled=c.column in pooled) for c in book.columns if c.column in frame
    }
    promises |= _keys(pa, book, frame)
    found = []
    for name, promise in promises.items():
        if name not in frame:
            found.append(f"{name}: missing")
            continue
        try:
            # Each distinct value is checked only once.
            promise.validate(pd.Series(frame[name].unique(), dtype=frame[name].dtype, name=name), lazy=True)
        except SchemaErrors as error:
            found += sorted({f"{name}: {case['check']}" for case in error.failure_cases.to_dict("records")})
    if found:
        msg = f"The cleaned table {source} breaks its promise ({'; '.join(found)}). This is a defect of its recipe; please report it."
        raise ReconciliationError(msg)


def _promise(pa: Any, column: Column, *, is_pooled: bool) -> Any:
    checks = []
    if is_pooled:
        steps = [int(code) for code in column.codes.values()]
        return pa.SeriesSchema("Float64", pa.Check.in_range(min(steps), max(steps)), nullable=True)
    if column.type in {"choice", "choice_number"}:
        codes = set(column.codes.values())
        checks.append(
            pa.Check.isin([int(c) for c in codes] if column.type == "choice_number" else sorted(codes))
        )
    if column.limits:
        checks.append(pa.Check.in_range(*column.limits))
    if column.type == "nip":
        checks.append(pa.Check.str_matches(_PERSON_OR_RATER))
    # Text may be categorical or plain, so its dtype is not checked, only its values.
    return pa.SeriesSchema(_TYPES.get(column.type), checks, nullable=True)


def _keys(pa: Any, book: Codebook, frame: pd.DataFrame) -> dict[str, Any]:
    keys = {}
    if "unit_id" in book.by_name:
        keys = {
            "unit_id": pa.SeriesSchema(nullable=False),
            "reporting_unit_id": pa.SeriesSchema(nullable=False),
        }
    if "period" in frame:
        keys["period"] = pa.SeriesSchema(None, pa.Check.str_matches(r"^\d{4}(-[QS][1-4])?$"), nullable=False)
    if "person_id" in book.by_name:
        keys["person_id"] = pa.SeriesSchema(None, pa.Check.str_matches(_PERSON), nullable=False)
    return keys
