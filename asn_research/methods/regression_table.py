"""Several fits side by side, as papers and theses print regressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from asn_research.errors import RequestError
from asn_research.export.figures import DecimalSign, Figures, Look
from asn_research.export.table_grid import Grid
from asn_research.methods.estimator import options_checked
from asn_research.methods.result import CONSTANTS, Result, own_labels, sign_of, term_label
from asn_research.rules.words import Language, in_words, load_words, worded

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Below these p-values an estimate gets a star, two, three.
STARS = (0.05, 0.01, 0.001)


@dataclass(frozen=True, repr=False)
class RegressionTable:
    """A regression table.

    Parameters
    ----------
    grid : Grid
        The table as texts.
    fits : tuple of Result
        What stands in it.
    names : tuple of str
        What the columns are called.
    language : {"en", "id"}
        Of headings and notes.
    """

    grid: Grid
    fits: tuple[Result, ...]
    names: tuple[str, ...]
    language: Language

    def __str__(self) -> str:
        """Return the table as plain text."""
        return str(self.grid)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.grid.to_html()

    def to_markdown(self) -> str:
        """Return the table in Markdown."""
        return self.grid.to_markdown()

    def to_latex(self) -> str:
        """Return the table in LaTeX (booktabs)."""
        return self.grid.to_latex()

    def to_html(self) -> str:
        """Return the table in HTML."""
        return self.grid.to_html()

    def to_docx(self, path: str | Path) -> Path:
        """Write the table as a Word document and return where it lies.

        Raises
        ------
        RequestError
            If the name does not end in .docx, or the file cannot be written.
        """
        return self.grid.to_docx(path, language=self.language)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        terms: Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Axes:
        """Draw all fits' estimates with their intervals; see `Result.plot`."""
        from asn_research.methods.coefficient_plots import draw_estimates  # noqa: PLC0415 (a slow import, and drawing is rare)

        pairs = [(name, fit.terms()) for name, fit in zip(self.names, self.fits, strict=True)]
        called = {**_own(self.fits, self.language), **(labels or {})}
        return draw_estimates(pairs, ax, terms=terms, labels=called, language=self.language)


@options_checked
def compare(
    *fits: Result,
    names: Sequence[str] | None = None,
    stars: bool | Sequence[float] = False,
    decimal: DecimalSign | None = None,
    decimals: int = 3,
    style: Look = "plain",
    language: Language = "en",
    labels: Mapping[str, str] | None = None,
    terms: Sequence[str] | None = None,
    intervals: bool = False,
    title: str = "",
) -> RegressionTable:
    """Set fits side by side: estimates, below them their standard errors in brackets, and what they rest on.

    Parameters
    ----------
    *fits : Result
        What `fit_panel` and all other fits hand back.
    names : sequence of str, optional
        What the columns are called; by default (1), (2) and so on.
    stars : bool or sequence of float
        Whether estimates get stars (one where p < 0.05, two below 0.01, three below 0.001), or below which p-values.
    decimal : {".", ","}, optional
        By default the language's own.
    decimals : int
        Of estimates; smaller numbers are shown with two digits of their own.
    style : {"plain", "apa"}
        APA leaves out the zero of p-values and shares, and says *Note.* below.
    language : {"en", "id"}
        Of headings and notes.
    labels : mapping of str to str, optional
        What terms are called.
    terms : sequence of str, optional
        Which terms, in which order; by default all, constants last.
    intervals : bool
        Whether 95 % intervals stand in the place of standard errors.
    title : str
        What stands above.

    Returns
    -------
    RegressionTable

    Raises
    ------
    RequestError
        If there is no fit, names or a term do not fit them, or a limit of stars is no p-value.

    Examples
    --------
    >>> from asn_research.methods import compare, fit_panel
    >>> data = pd.DataFrame({
    ...     "jp": [2, 4, 6, 8, 10, 12],
    ...     "masa_kerja": [1, 9, 4, 2, 8, 6],
    ...     "motivasi": [3.1, 3.4, 3.3, 3.9, 4.2, 4.1],
    ... })
    >>> one, two = fit_panel("motivasi ~ jp", data), fit_panel("motivasi ~ jp + masa_kerja", data)
    >>> print(compare(one, two, stars=True, language="id").to_markdown())
    |                |      (1) |      (2) |
    |:---------------|---------:|---------:|
    | jp             |  0,114** |   0,110* |
    |                |  (0,022) |  (0,026) |
    | masa_kerja     |          |    0,013 |
    |                |          |  (0,031) |
    | konstanta      | 2,867*** | 2,827*** |
    |                |  (0,174) |  (0,215) |
    | Variabel hasil | motivasi | motivasi |
    | Jumlah baris   |        6 |        6 |
    | R²             |    0,868 |    0,876 |
    | R² disesuaikan |    0,835 |    0,793 |
    <BLANKLINE>
    Galat baku dalam kurung. * p < 0,05; ** p < 0,01; *** p < 0,001.
    <BLANKLINE>
    Galat dianggap saling bebas dan sama besar, dengan derajat bebas N − K.
    """
    strangers = [type(fit).__name__ for fit in fits if not isinstance(fit, Result)]
    if not fits or strangers:
        raise worded(RequestError, "error_compare_fits", given=", ".join(strangers) or "–")
    columns = tuple(names) if names is not None else tuple(f"({place})" for place in range(1, len(fits) + 1))
    if len(columns) != len(fits):
        raise worded(RequestError, "error_compare_names", names=len(columns), fits=len(fits))
    limits = _limits(stars)
    figures = Figures(decimal or sign_of(language), decimals, style)
    tables = [_unique(fit) for fit in fits]
    known = list(dict.fromkeys(term for table in tables for term in table.index))
    wanted = _wanted(terms, known)
    called = {**_own(fits, language), **(labels or {})}
    rows: list[tuple[str, ...]] = []
    for term in wanted:
        pairs = [_pair(table, term, figures, limits, intervals=intervals) for table in tables]
        rows.append((term_label(term, called, language), *(upper for upper, _ in pairs)))
        if any(lower for _, lower in pairs):
            rows.append(("", *(lower for _, lower in pairs)))
    line = len(rows)
    rows += _facts(fits, figures, language)
    grid = Grid(
        head=("", *columns),
        rows=tuple(rows),
        title=title,
        notes=tuple(_notes(fits, columns, figures, limits, language, intervals=intervals)),
        rules=frozenset({line}),
        note_label=load_words(language)("result_note") if style == "apa" else "",
    )
    return RegressionTable(grid, fits, columns, language)


def _own(fits: Sequence[Result], language: Language) -> dict[str, str]:
    """Return what the fits' own terms are called, as `Result.grid` calls them."""
    return {
        term: label
        for fit in fits
        for term, label in own_labels(fit.OWN_TERMS, fit.terms()["term"], language).items()
    }


def _limits(stars: bool | Sequence[float]) -> tuple[float, ...]:
    if isinstance(stars, bool):
        return STARS if stars else ()
    limits = tuple(sorted(map(float, stars), reverse=True))
    if not limits or not all(0 < limit < 1 for limit in limits):
        raise worded(RequestError, "error_compare_stars", given=", ".join(map(str, stars)))
    return limits


def _unique(fit: Result) -> pd.DataFrame:
    """Return a fit's rows by term, each told apart from all others."""
    table = fit.terms()
    assert table["term"].is_unique, f"{type(fit).__name__} has terms that stand twice"  # noqa: S101
    return table.set_index("term")


def _wanted(terms: Sequence[str] | None, known: Sequence[str]) -> list[str]:
    if terms is None:
        return [t for t in known if t not in CONSTANTS] + [t for t in known if t in CONSTANTS]
    strangers = [term for term in terms if term not in known]
    if strangers:
        raise worded(RequestError, "error_no_term", term=strangers[0], known=", ".join(known))
    return list(terms)


def _pair(
    table: pd.DataFrame, term: str, figures: Figures, limits: Sequence[float], *, intervals: bool
) -> tuple[str, str]:
    """Return a term's estimate with its stars, and what stands below it."""
    if term not in table.index:
        return "", ""
    row = table.loc[[term]].iloc[0].to_dict()
    p = float(row.get("p_value", float("nan")))
    upper = figures.number(float(row["estimate"])) + "*" * sum(p < limit for limit in limits)
    if intervals:
        low, high = (figures.number(float(row[end])) for end in ("low", "high"))
        return upper, f"[{low}; {high}]" if low and high else ""
    error = figures.number(float(row.get("std_error", float("nan"))))
    return upper, f"({error})" if error else ""


def _facts(fits: Sequence[Result], figures: Figures, language: Language) -> list[tuple[str, ...]]:
    """Return rows of what the fits rest on: outcome, effects, rows, clusters, R2; a row that no fit has is left out."""
    words = load_words(language)
    facts: dict[str, list[str]] = {words("fact_outcome"): [fit.outcome_name for fit in fits]}
    effects = [", ".join(getattr(fit, "effects", ()) or ()) for fit in fits]
    facts[words("fact_effects")] = effects
    for place, fit in enumerate(fits):
        for name, value in fit.marked_facts().items():
            label = in_words(str(name) if not isinstance(name, str) else name, language)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                cell = figures.whole(value) if isinstance(value, int) else figures.share(value)
                facts.setdefault(label, [""] * len(fits))[place] = cell
    return [(label, *cells) for label, cells in facts.items() if any(cells)]


def _notes(
    fits: Sequence[Result], names: Sequence[str], figures: Figures, limits: Sequence[float], language: Language,
    *, intervals: bool,
) -> list[str]:  # fmt: skip
    words = load_words(language)
    below = words("compare_intervals") if intervals else words("compare_errors")
    legend = "; ".join(
        f"{'*' * k} p < {figures.share(limit, _places(limit))}" for k, limit in enumerate(limits, 1)
    )
    found = [f"{below} {legend}." if legend else below]
    conventions: dict[str, list[str]] = {}
    for name, fit in zip(names, fits, strict=True):
        for remark in fit.remarks():
            conventions.setdefault(in_words(remark, language), []).append(name)
    for remark, columns in conventions.items():
        found.append(remark if len(columns) == len(fits) else f"{', '.join(columns)}: {remark}")
    return found


def _places(limit: float) -> int:
    return max(2, len(f"{limit:.10f}".rstrip("0").partition(".")[2]))


def as_table(*fits: Result, **options: Any) -> Grid:
    """Return the texts of `compare`, for a document of several tables."""
    return compare(*fits, **options).grid
