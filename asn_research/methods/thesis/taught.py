"""How a test is handed in: tables as SPSS prints them, an interpretation below each, and what is better beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pandas as pd

from asn_research.export.figures import DecimalSign, Figures
from asn_research.export.table_grid import Grid
from asn_research.export.word import Heading, Part, Picture, Text, write_word
from asn_research.methods.result import sign_of
from asn_research.rules.words import Language, Said, check_language, in_words, load_words, said

Kind = Literal["text", "number", "p", "whole", "percent"]


def text_column(values: Iterable[object]) -> pd.Series:
    """Return a column of sentences; pandas' own column of text would keep their English alone."""
    return pd.Series(list(values), dtype=object)


def p_text(p: float) -> Said:
    """Return a significance as sentences name it."""
    return said("thesis_p_small") if p < 0.001 else said("thesis_p", p=float(p))


def as_set(value: float) -> Decimal:
    """Return a setting, such as 0.05, with the decimals that it was given."""
    return Decimal(f"{value:g}")


@dataclass(frozen=True)
class Sheet:
    """A table and how its columns are shown.

    Parameters
    ----------
    title : Said
        What it is.
    table : pd.DataFrame
        The numbers, unrounded; columns are keys of words (``thesis_col_*``).
    kinds : mapping of str to str
        By column: how its cells are shown; text if it is not named.
    notes : tuple of Said
        What stands below.
    """

    title: Said
    table: pd.DataFrame
    kinds: dict[str, Kind] = field(default_factory=dict)
    notes: tuple[Said, ...] = ()

    def grid(self, language: Language, decimal: DecimalSign | None = None) -> Grid:
        """Return the table as texts."""
        words, figures = load_words(language), Figures(decimal or sign_of(language))
        shown: dict[str, Callable[[object], str]] = {
            "number": lambda v: figures.whole(v) if isinstance(v, int) else figures.number(float(v)),  # type: ignore[arg-type]
            "p": lambda v: figures.p(float(v)),  # type: ignore[arg-type]
            "whole": lambda v: figures.degrees(float(v)),  # type: ignore[arg-type]
            "percent": lambda v: figures.number(float(v), 1),  # type: ignore[arg-type]
            "text": lambda v: "" if v is None else str(v),
        }
        rows = tuple(
            tuple(
                in_words(value, language)
                if isinstance(value, str)
                else shown[self.kinds.get(name, "text")](value)
                for name, value in zip(self.table.columns, row, strict=True)
            )
            for row in self.table.itertuples(index=False)
        )
        return Grid(
            head=tuple(words(f"thesis_col_{name}") for name in self.table.columns),
            rows=rows,
            title=in_words(self.title, language),
            notes=tuple(in_words(note, language) for note in self.notes),
        )


@dataclass(frozen=True, repr=False)
class Taught:
    """A test of a thesis.

    Parameters
    ----------
    heading : Said
        What it is called.
    sheets : tuple of Sheet
        Its tables.
    interpretations : tuple of Said
        What they say, in sentences for the chapter.
    better : tuple of Said
        What is better than the test as it is taught, and why.
    pictures : tuple
        Its drawings, made when they are asked for: functions of the language.
    """

    heading: Said
    sheets: tuple[Sheet, ...]
    interpretations: tuple[Said, ...]
    better: tuple[Said, ...] = ()
    pictures: tuple[Callable[[Language], Picture], ...] = field(default=(), compare=False)

    @property
    def table(self) -> pd.DataFrame:
        """The first table."""
        return self.sheets[0].table

    def parts(
        self, language: Language = "id", decimal: DecimalSign | None = None, *, better: bool = True
    ) -> list[Part]:
        """Return headings, tables, sentences and drawings, for `write_word`."""
        check_language(language)
        found: list[Part] = [Heading(in_words(self.heading, language), 2)]
        found += [sheet.grid(language, decimal) for sheet in self.sheets]
        found += [picture(language) for picture in self.pictures]
        found += [Text(in_words(interpretation, language)) for interpretation in self.interpretations]
        if better:
            found += [Text(in_words(remark, language), is_remark=True) for remark in self.better]
        return found

    def to_markdown(self, language: Language = "id", decimal: DecimalSign | None = None) -> str:
        """Return all of it in Markdown."""
        check_language(language)
        pieces = [f"### {in_words(self.heading, language)}"]
        pieces += [sheet.grid(language, decimal).to_markdown() for sheet in self.sheets]
        pieces += [in_words(interpretation, language) for interpretation in self.interpretations]
        pieces += [f"> {in_words(remark, language)}" for remark in self.better]
        return "\n\n".join(pieces)

    def to_docx(
        self,
        path: str | Path,
        *,
        language: Language = "id",
        decimal: DecimalSign | None = None,
        better: bool = True,
    ) -> Path:
        """Write all of it as a Word document and return where it lies.

        Parameters
        ----------
        path : str or Path
            The file, which ends in ``.docx``.
        language : {"id", "en"}
            Of words; decimals have a comma in Indonesian.
        decimal : {".", ","}, optional
            By default the language's own.
        better : bool
            Whether remarks on what is better stand beside the tests.

        Raises
        ------
        RequestError
            If the name does not end in .docx, or the file cannot be written.
        """
        return write_word(path, self.parts(language, decimal, better=better), language=language)

    def __repr__(self) -> str:
        """Return all of it as plain text, in Indonesian."""
        pieces = [in_words(self.heading, "id"), *(str(sheet.grid("id")) for sheet in self.sheets)]
        return "\n\n".join(
            [*pieces, *(in_words(interpretation, "id") for interpretation in self.interpretations)]
        )

    def _repr_html_(self) -> str:
        pieces = [f"<h4>{in_words(self.heading, 'id')}</h4>"]
        pieces += [sheet.grid("id").to_html() for sheet in self.sheets]
        pieces += [f"<p>{in_words(interpretation, 'id')}</p>" for interpretation in self.interpretations]
        pieces += [f"<p><em>{in_words(remark, 'id')}</em></p>" for remark in self.better]
        return "".join(pieces)
