"""What every fit hands back: a tidy table, what it rests on, and ways to read, draw and export it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError, RequestError
from asn_research.export.figures import DecimalSign, Figures, Look, PValue, is_p_value
from asn_research.export.table_grid import Grid
from asn_research.methods.fit_summary import summary_text
from asn_research.rules.words import (
    Language,
    check_language,
    in_words,
    language_here,
    load_words,
    said,
    worded,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The columns of every tidy table; an estimator may add others behind them.
COLUMNS = ("term", "estimate", "std_error", "low", "high", "p_value")
#: A cell of a notebook shows so many rows of a table.
_MOST_ROWS = 40


class Result:
    """What every public fit is.

    A fit is a frozen dataclass with fields of its own; these are common to all.

    Attributes
    ----------
    table : pd.DataFrame
        One row per term: term, estimate, std_error; t and df, or z, where the p-value comes from one;
        p_value, low, high (95 % unless the fit says otherwise).
    n, n_clusters : int
        Rows used, and clusters (0 or the rows, where errors are independent).
    formula : str
        The model that was fitted.
    convention : str
        How errors are scaled and intervals are made; packages differ.
    notes : tuple of str
        What limits the reading.

    Examples
    --------
    >>> import pandas as pd
    >>> from asn_research.methods import fit_panel
    >>> data = pd.DataFrame({"jp": [2, 4, 6, 8, 10], "motivasi": [3.1, 3.4, 3.3, 3.9, 4.2]})
    >>> fit = fit_panel("motivasi ~ jp", data)
    >>> print(fit.to_markdown(language="id"))
    **motivasi ~ jp**
    <BLANKLINE>
    | Variabel  | Koefisien | Galat baku |      t | db | Nilai p | Batas bawah | Batas atas |
    |:----------|----------:|-----------:|-------:|---:|--------:|------------:|-----------:|
    | jp        |     0,135 |      0,029 |  4,700 |  3 |   0,018 |       0,044 |      0,226 |
    | konstanta |     2,770 |      0,191 | 14,539 |  3 | < 0,001 |       2,164 |      3,376 |
    <BLANKLINE>
    Jumlah baris: 5; R²: 0,880; R² disesuaikan: 0,841.
    <BLANKLINE>
    Galat dianggap saling bebas dan sama besar, dengan derajat bebas N − K.
    """

    #: Terms that are the fit's own, not columns of the caller's: they have a name in each language.
    OWN_TERMS: ClassVar[tuple[str, ...]] = ()
    #: The word that says what an estimate above zero means, where the formula alone does not tell.
    DIRECTION: ClassVar[str] = ""
    # Annotations alone: what a class gives would be its children's default.
    table: pd.DataFrame
    n: int
    formula: str
    convention: str
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return one line; `summary` tells more."""
        return f"<{type(self).__name__} {self.formula} n={self.n}>".replace("  ", " ")

    def row(self, term: str) -> pd.Series:
        """Return the row of a term.

        Raises
        ------
        RequestError
            If there is no such term.
        """
        found = self.table.loc[self.table["term"] == term]
        if found.empty:
            raise no_term(term, self.table["term"])
        return found.iloc[0]

    @property
    def outcome_name(self) -> str:
        """What is explained, as the formula names it."""
        left = self.formula.partition("~")[0].strip()
        return left.strip("`") if left.count("`") == 2 and left[0] == left[-1] == "`" else left

    def facts(self) -> dict[str, object]:
        """Return named figures about the fit: rows, clusters, R2 and so on."""
        facts: dict[str, object] = {said("fact_n"): self.n}
        n_clusters = getattr(self, "n_clusters", 0)
        if n_clusters and n_clusters != self.n:
            facts[said("fact_clusters")] = n_clusters
        return facts

    def marked_facts(self) -> dict[str, object]:
        """Return the facts with p-values among them marked as such, by the names of their words."""
        return {
            name: PValue(value)
            if isinstance(value, float) and is_p_value(getattr(name, "word", ""))
            else value
            for name, value in self.facts().items()
        }

    def further(self) -> dict[str, pd.DataFrame]:
        """Return further tables that the summary shows, by what they are."""
        return {}

    def remarks(self) -> list[str]:
        """Return what is told below the table: direction, convention, assumptions, notes."""
        direction = said(self.DIRECTION) if self.DIRECTION else ""
        parts = [direction, self.convention, getattr(self, "assumptions", ""), *self.notes]
        return [part for part in parts if part]

    def terms(self) -> pd.DataFrame:
        """Return the table with each row's term told apart from all others."""
        return self.table

    def summary(self, title: str = "", *, language: Language = "en") -> str:
        """Return the fit as text, laid out as statsmodels lays out its own.

        Parameters
        ----------
        title : str
            What stands above; by default the formula.
        language : {"en", "id"}
            Of figures and remarks; the headings of coefficients are statsmodels' own.
        """
        check_language(language)
        return summary_text(
            self.terms(), title or self.formula, self.marked_facts(), self.remarks(), self.further(), language
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        terms: Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
        language: Language | None = None,
    ) -> Axes:
        """Draw the estimates with their intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default axes of a new figure.
        terms : sequence of str, optional
            Which terms, from above; by default all but constants.
        labels : mapping of str to str, optional
            What terms are called.
        language : {"en", "id"}, optional
            Of the fit's own terms and of the decimal sign; by default the notebook's.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from asn_research.methods.coefficient_plots import draw_estimates  # noqa: PLC0415 (a slow import, and drawing is rare)

        shown, language = self.terms(), language or language_here()
        check_language(language)
        called = {**own_labels(self.OWN_TERMS, shown["term"], language), **(labels or {})}
        return draw_estimates([(self.outcome_name, shown)], ax, terms=terms, labels=called, language=language)

    def grid(
        self, *, language: Language = "en", decimal: DecimalSign | None = None, decimals: int = 3,
        look: Look = "plain", labels: Mapping[str, str] | None = None,
    ) -> Grid:  # fmt: skip
        """Return the table as texts, for export.

        Parameters
        ----------
        language : {"en", "id"}
            Of headings and notes.
        decimal : {".", ","}, optional
            By default the language's own.
        decimals : int
            Of estimates.
        look : {"plain", "apa"}
            APA leaves out the zero before the decimal sign of a p-value.
        labels : mapping of str to str, optional
            What terms are called.
        """
        check_language(language)
        figures = Figures(decimal or sign_of(language), decimals, look)
        words = load_words(language)
        shown = self.terms()
        called = {**own_labels(self.OWN_TERMS, shown["term"], language), **(labels or {})}
        columns = [name for name in _SHOWN if name in shown]
        rows = tuple(
            tuple(
                _cell(name, value, figures, called, language)
                for name, value in zip(columns, row, strict=True)
            )
            for row in shown[columns].itertuples(index=False)
        )
        counts = "; ".join(
            f"{in_words(str_of(name), language)}: {_fact(value, figures, language)}"
            for name, value in self.marked_facts().items()
        )
        return Grid(
            head=tuple(words(f"result_{name}") for name in columns),
            rows=rows,
            title=self.formula,
            notes=(f"{counts}.", *(in_words(note, language) for note in self.remarks())),
            note_label=words("result_note") if look == "apa" else "",
        )

    def to_markdown(self, **options: Any) -> str:
        """Return the table in Markdown; options are those of `grid`."""
        return self.grid(**options).to_markdown()

    def to_latex(self, **options: Any) -> str:
        """Return the table in LaTeX (booktabs); options are those of `grid`."""
        return self.grid(**options).to_latex()

    def to_docx(self, path: str | Path, **options: Any) -> Path:
        """Write the table as a Word document and return where it lies; options are those of `grid`.

        Raises
        ------
        RequestError
            If the name does not end in .docx, or the file cannot be written.
        """
        return self.grid(**options).to_docx(path, language=options.get("language", "en"))

    def _repr_html_(self) -> str:
        language = language_here()
        grid = self.grid(language=language)
        if len(grid.rows) <= _MOST_ROWS:
            return grid.to_html()
        more = in_words(said("note_rows_in_table", n=len(grid.rows) - _MOST_ROWS), language)
        return replace(grid, rows=grid.rows[:_MOST_ROWS], notes=(more, *grid.notes)).to_html()

    def to_statsmodels(self) -> Any:
        """Return a fitted statsmodels object of the same model.

        Raises
        ------
        RequestError
            If statsmodels has no such model.
        """
        raise worded(RequestError, "error_no_statsmodels", fit=type(self).__name__)


def no_term(term: str, known: Sequence[object] | pd.Series) -> RequestError:
    """Return the refusal of a term that a fit does not have."""
    return worded(RequestError, "error_no_term", term=term, known=", ".join(map(str, known)))


def sign_of(language: Language) -> DecimalSign:
    """Return what parts whole numbers from decimals in a language."""
    return "," if language == "id" else "."


_SHOWN = ("term", "estimate", "std_error", "t", "z", "df", "p_value", "low", "high")


def str_of(name: object) -> str:
    """Return a label as a text; a sentence of a result stays one."""
    return name if isinstance(name, str) else str(name)


def _cell(name: str, value: object, figures: Figures, labels: Mapping[str, str], language: Language) -> str:
    if name == "term":
        return term_label(str(value), labels, language)
    number = float(value)  # type: ignore[arg-type]
    if name == "p_value":
        return figures.p(number)
    return figures.degrees(number) if name == "df" else figures.number(number)


def term_label(term: str, labels: Mapping[str, str], language: Language) -> str:
    """Return what a term is called: as the caller says, the constant in words, all else by its name."""
    if term in labels:
        return labels[term]
    return load_words(language)("result_constant") if term in CONSTANTS else term


#: What fits call their constant.
CONSTANTS = ("intercept_", "intercept", "Intercept", "const")


def own_labels(own: Sequence[str], terms: Sequence[object] | pd.Series, language: Language) -> dict[str, str]:
    """Return what a fit's own terms are called, such as ``indirect``, or ``event`` before its number."""
    words = load_words(language)
    called = {}
    for term in map(str, terms):
        first, blank, number = term.partition(" ")
        if term in own:
            called[term] = words(f"result_term_{term.replace(' ', '_')}")
        elif blank and first in own:
            called[term] = f"{words(f'result_term_{first}')} {number.replace('-', '−')}"
    return called


def _fact(value: object, figures: Figures, language: Language) -> str:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return figures.whole(int(value))
    return (
        figures.number(value)
        if isinstance(value, (float, np.floating))
        else in_words(str_of(value), language)
    )


@dataclass(frozen=True, repr=False)
class SpecFit(Result):
    """One fitted question of a study.

    Parameters
    ----------
    table : pd.DataFrame
        One row per term, with at least the columns of `COLUMNS`. An estimator of one part puts its
        headline first; one of several parts names its rows as ``estimators.csv`` names the parts.
    n, n_clusters : int
        Rows used, and clusters (rows, where errors are independent).
    detail : object
        The estimator's own frozen fit, for whoever wants more.
    convention : str
        How errors are scaled and intervals are made; packages differ.
    assumptions : str
        What the figure rests on, in one sentence.
    diagnostics : mapping of str to object
        Named figures about the fit: R2, smallest propensity, leads' p-value and so on.
    notes : tuple of str
        What limits the reading.
    naive : mapping of str to float
        By term: what the easy comparison would have said. It is biased by design, for contrast.
    """

    table: pd.DataFrame
    n: int
    n_clusters: int
    detail: Any = None
    convention: str = ""
    assumptions: str = ""
    diagnostics: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    naive: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        absent = [column for column in COLUMNS if column not in self.table]
        if absent or self.table.empty:
            raise worded(
                ModelError, "error_result_columns", needed=", ".join(COLUMNS), absent=", ".join(absent)
            )

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The model that was fitted, as the estimator tells it."""
        return getattr(self.detail, "formula", "")

    def facts(self) -> dict[str, object]:
        """Return rows, clusters and the estimator's diagnostics."""
        return {said("fact_n"): self.n, said("fact_clusters"): self.n_clusters, **self.diagnostics}

    def to_statsmodels(self) -> Any:
        """Return the fit in statsmodels, where the estimator has one."""
        if isinstance(self.detail, Result):
            return self.detail.to_statsmodels()
        return super().to_statsmodels()


def tidy(
    terms: Sequence[str], estimates: np.ndarray, errors: np.ndarray, df: float | np.ndarray | None = None
) -> pd.DataFrame:
    """Return estimates with 95 % intervals and two-sided p-values.

    Parameters
    ----------
    terms : sequence of str
        One name an estimate.
    estimates, errors : np.ndarray
        Estimates and standard errors.
    df : float or np.ndarray, optional
        Degrees of freedom of t, for all or one each; without it, or infinite, the normal distribution
        is used.

    Returns
    -------
    pd.DataFrame
        term, estimate, std_error, t and df (or z), p_value, low, high.
    """
    estimates, errors = np.asarray(estimates, dtype=float), np.asarray(errors, dtype=float)
    normal = df is None or bool(np.all(np.isinf(df)))
    law = stats.norm if normal else stats.t(df)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = estimates / errors
    half = law.ppf(0.975) * errors
    statistic = {"z": ratio} if normal else {"t": ratio, "df": df}
    return pd.DataFrame(
        {
            "term": list(terms), "estimate": estimates, "std_error": errors, **statistic,
            "p_value": 2 * law.sf(np.abs(ratio)), "low": estimates - half, "high": estimates + half,
        }
    )  # fmt: skip
