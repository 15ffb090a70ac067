"""A table whose cells are texts, and how it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from asn_research.errors import RequestError
from asn_research.rules.words import Language, worded

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "∞": r"$\infty$", "<": "$<$", ">": "$>$",
    "²": "$^2$", "α": r"$\alpha$", "ω": r"$\omega$", "β": r"$\beta$", "χ": r"$\chi$", "≥": r"$\geq$", "≤": r"$\leq$",
    "×": r"$\times$", "→": r"$\rightarrow$",
}  # fmt: skip
_NUMBER = re.compile(r"^(?:[<>≤≥] |[(<>])?[−-]?[\d.,∞]+[*)]*$")


@dataclass(frozen=True)
class Grid:
    """A table of texts.

    Parameters
    ----------
    head : tuple of str
        Headings, one a column.
    rows : tuple of tuple of str
        Cells; the first column names the row.
    title : str
        What stands above.
    notes : tuple of str
        What stands below, one paragraph each.
    rules : frozenset of int
        Rows above which a line stands, counted from 0.
    note_label : str
        The word before the notes, as APA wants it.

    Examples
    --------
    >>> grid = Grid(("", "b"), (("jam pelatihan", "0,12"),), title="Motivasi", notes=("n = 30",))
    >>> print(grid.to_markdown())
    **Motivasi**
    <BLANKLINE>
    |               |    b |
    |:--------------|-----:|
    | jam pelatihan | 0,12 |
    <BLANKLINE>
    n = 30
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    rules: frozenset[int] = frozenset()
    note_label: str = ""

    def __post_init__(self) -> None:
        uneven = [len(row) for row in self.rows if len(row) != len(self.head)]
        assert not uneven, f"rows of {uneven} cells under {len(self.head)} headings"  # noqa: S101

    @property
    def is_number(self) -> tuple[bool, ...]:
        """By column: whether its cells are numbers, at least half of them, which stand to the right."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.head)
        return tuple(
            place > 0 and 2 * sum(bool(_NUMBER.match(text)) for text in column) >= sum(map(bool, column)) > 0
            for place, column in enumerate(columns)
        )

    @property
    def widths(self) -> tuple[int, ...]:
        """By column: the length of its longest text."""
        return tuple(max(map(len, column)) for column in zip(self.head, *self.rows, strict=True))

    def __str__(self) -> str:
        """Return the table as plain text."""
        rule, thin = (
            "=" * (sum(self.widths) + 2 * len(self.widths)),
            "-" * (sum(self.widths) + 2 * len(self.widths)),
        )
        lines = [self.title, rule, self._line(self.head), thin]
        for place, row in enumerate(self.rows):
            lines += ([thin] if place in self.rules else []) + [self._line(row)]
        return "\n".join([*(line for line in lines if line), rule, *self._noted()])

    def to_markdown(self) -> str:
        """Return the table in Markdown, as pandoc, GitHub and Jupyter read it."""
        marks = [
            "-" * (width + 1) + ":" if number else ":" + "-" * (width + 1)
            for width, number in zip(self.widths, self.is_number, strict=True)
        ]
        lines = [self._piped(self.head), f"|{'|'.join(marks)}|", *map(self._piped, self.rows)]
        above = [f"**{self.title}**", ""] if self.title else []
        below = [line for note in self._noted() for line in ("", note)]
        return "\n".join([*above, *lines, *below])

    def to_latex(self) -> str:
        """Return the table in LaTeX; the preamble needs the package booktabs."""
        sides = "".join("r" if number else "l" for number in self.is_number)
        lines = [r"\begin{table}[htbp]", r"\centering"]
        lines += [rf"\caption{{{_latex(self.title)}}}"] if self.title else []
        lines += [rf"\begin{{tabular}}{{{sides}}}", r"\toprule", _latex_row(self.head), r"\midrule"]
        for place, row in enumerate(self.rows):
            lines += ([r"\midrule"] if place in self.rules else []) + [_latex_row(row)]
        lines += [r"\bottomrule", r"\end{tabular}"]
        lines += [rf"\par\smallskip\footnotesize {_latex(note)}" for note in self._noted()]
        return "\n".join([*lines, r"\end{table}"])

    def to_html(self) -> str:
        """Return the table in HTML, for a notebook's cell or a page; a wide one scrolls in its own box."""
        line = "border-top:1px solid currentColor"

        def cells(row: tuple[str, ...], kind: str, extra: str = "") -> str:
            styles = (
                f"text-align:{'right' if number else 'left'};padding:2px 10px;{extra}"
                for number in self.is_number
            )
            return "".join(
                f'<{kind} style="{s}">{escape(t)}</{kind}>' for s, t in zip(styles, row, strict=True)
            )

        body = "".join(
            f"<tr>{cells(row, 'td', line if place in self.rules else '')}</tr>"
            for place, row in enumerate(self.rows)
        )
        caption = f'<caption style="text-align:left;font-weight:bold">{escape(self.title)}</caption>'
        below = "".join(
            f'<p style="font-size:smaller;margin:2px 0">{escape(note)}</p>' for note in self._noted()
        )
        return (
            '<div style="overflow-x:auto" tabindex="0"><table style="border-collapse:collapse;border-top:2px solid '
            f'currentColor;border-bottom:2px solid currentColor">{caption if self.title else ""}<thead><tr>{cells(self.head, "th")}</tr></thead>'
            f'<tbody style="{line}">{body}</tbody></table></div>{below}'
        )

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_docx(self, path: str | Path, *, language: Language = "id") -> Path:
        """Write the table as a Word document and return where it lies.

        Parameters
        ----------
        path : str or Path
            The file, which ends in ``.docx``; one of that name is replaced.
        language : {"id", "en"}
            Of the document, for Word's spelling.

        Raises
        ------
        RequestError
            If the name does not end in .docx, or the file cannot be written.
        """
        from asn_research.export.word import write_word  # noqa: PLC0415 (slow, and it lays out grids)

        return write_word(path, [self], language=language)

    def _noted(self) -> list[str]:
        if not self.notes or not self.note_label:
            return list(self.notes)
        return [f"{self.note_label} {self.notes[0]}", *self.notes[1:]]

    def _line(self, row: tuple[str, ...]) -> str:
        return "  ".join(self._padded(row)).rstrip()

    def _piped(self, row: tuple[str, ...]) -> str:
        return f"| {' | '.join(self._padded([text.replace('|', chr(92) + '|') for text in row]))} |"

    def _padded(self, row: tuple[str, ...] | list[str]) -> list[str]:
        sizes = zip(row, self.widths, self.is_number, strict=True)
        return [text.rjust(width) if number else text.ljust(width) for text, width, number in sizes]


def _latex(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)


def _latex_row(row: tuple[str, ...]) -> str:
    return " & ".join(map(_latex, row)) + r" \\"


def docx_path(path: str | Path) -> Path:
    """Return a document's place; refuse another kind of file.

    Raises
    ------
    RequestError
        If the name does not end in .docx.
    """
    place = Path(path)
    if place.suffix.lower() != ".docx":
        raise worded(RequestError, "error_docx_name", name=place.name)
    return place
