"""Results that consist of several tables and figures: how a notebook shows them."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from asn_research.export.figures import Figures, PValue, is_p_value
from asn_research.export.table_grid import Grid
from asn_research.rules.words import Language, check_language, language_here, load_words

#: A cell of a notebook shows so many rows of each table.
_MOST_ROWS = 10


class Parts:
    """A frozen dataclass of tables and figures, shown part by part; each is a field of that name.

    A line tells the figures and texts, then each table stands under its name with its first rows.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, repr=False)
    ... class Found(Parts):
    ...     statistic: float
    ...     table: pd.DataFrame
    >>> Found(2.5, pd.DataFrame({"unit": ["A", "B"], "mean": [1.0, 2.0]}))
    <Found statistic=2.500 table=2×2>
    """

    def _parts(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.repr}  # type: ignore[arg-type]

    def __repr__(self) -> str:
        """Return one line: figures, and the size of each table."""
        figures = Figures()
        told = [
            f"{name}={_size(value) or _text(_marked(name, value), figures)}"
            for name, value in self._parts().items()
            if _size(value) or _is_plain(value)
        ]
        return f"<{type(self).__name__} {' '.join(told)}>"

    def to_html(self, *, language: Language = "en") -> str:
        """Return figures and the first rows of each table, for a notebook's cell.

        Parameters
        ----------
        language : {"en", "id"}
            Of the decimal sign and of what is told about rows that are left out.
        """
        check_language(language)
        figures = Figures("," if language == "id" else ".")
        parts = self._parts()
        plain = [f"{_name(n)}: {_text(_marked(n, v), figures)}" for n, v in parts.items() if _is_plain(v)]
        lines = [f"<p>{escape('; '.join(plain))}.</p>"] if plain else []
        for name, value in parts.items():
            if isinstance(value, pd.DataFrame) and not value.empty:
                lines.append(table_html(value, name, language=language))
            elif isinstance(value, Parts):
                lines.append(
                    f"<p><strong>{escape(_name(name))}</strong></p>{value.to_html(language=language)}"
                )
            elif not isinstance(value, (pd.DataFrame, pd.Series)) and hasattr(value, "_repr_html_"):
                lines.append(value._repr_html_())
        return "".join(lines)

    def _repr_html_(self) -> str:
        return self.to_html(language=language_here())


def _name(name: str) -> str:
    return name.strip("_").replace("_", " ")


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, bool, int, float, np.number, np.bool_)) and value != ""


def _size(value: Any) -> str:
    return f"{len(value)}×{value.shape[1]}" if isinstance(value, pd.DataFrame) else ""


def _marked(name: str, value: Any) -> Any:
    """Return a figure, marked as a p-value where its name says so."""
    return PValue(value) if is_p_value(name) and isinstance(value, (float, np.floating)) else value


def _text(value: Any, figures: Figures) -> str:
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, (bool, np.bool_, str)):
        return str(value)
    if isinstance(value, (int, np.integer)):
        return figures.whole(int(value))
    return figures.number(value) if isinstance(value, (float, np.floating)) else str(value)


def table_html(
    table: pd.DataFrame, name: str, *, language: Language = "en", most_rows: int = _MOST_ROWS
) -> str:
    """Return the first rows of a table for a notebook's cell.

    Parameters
    ----------
    table : pd.DataFrame
        The table.
    name : str
        The field that holds it; it stands above, and where rows are left out.
    language : {"en", "id"}
        Of the decimal sign and of what is told about rows that are left out.
    most_rows : int
        How many rows are shown.
    """
    figures = Figures("," if language == "id" else ".")
    shown = table.head(most_rows)
    if not isinstance(shown.index, pd.RangeIndex):
        shown = shown.reset_index()
    left = len(table) - len(shown)
    more = load_words(language)("note_rows_in_part", n=left, name=name)
    return Grid(
        head=tuple(_name(str(column)) for column in shown.columns),
        rows=tuple(
            tuple(
                _text(_marked(str(column), value), figures)
                for column, value in zip(shown.columns, row, strict=True)
            )
            for row in shown.itertuples(index=False)
        ),
        title=_name(name),
        notes=(more,) if left else (),
    ).to_html()
