"""*Bab IV*: every table of the chapter in one Word document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from asn_research.export.figures import DecimalSign
from asn_research.export.word import Heading, Part, Text, write_word
from asn_research.methods.thesis.assumptions import uji_asumsi_klasik
from asn_research.methods.thesis.items import (
    LEAST_ALPHA,
    deskripsi_variabel,
    karakteristik_responden,
    uji_reliabilitas,
    uji_validitas,
)
from asn_research.methods.thesis.questionnaire import Points, Questionnaire, angket
from asn_research.methods.thesis.taught import Taught
from asn_research.methods.thesis.taught_regression import TaughtRegression, regresi_berganda, uji_mediasi
from asn_research.rules.words import Language, check_language, in_words, load_words, said


@dataclass(frozen=True, repr=False)
class Chapter:
    """A chapter.

    Parameters
    ----------
    sections : tuple of Taught
        Respondents, answers, validity, reliability, assumptions, regression, mediation: those asked for.
    questionnaire : Questionnaire
        The answers as numbers.
    regression : TaughtRegression
        The regression; ``regression.fit`` is its `Result`.
    path : Path or None
        Where the document lies.
    """

    sections: tuple[Taught, ...]
    questionnaire: Questionnaire
    regression: TaughtRegression
    path: Path | None = None

    def __repr__(self) -> str:
        """Return all sections as plain text."""
        return "\n\n\n".join(map(repr, self.sections))

    def _repr_html_(self) -> str:
        return "".join(section._repr_html_() for section in self.sections)


def bab_iv(
    data: pd.DataFrame,
    variabel: Mapping[str, Sequence[str]],
    *,
    y: str,
    x: Sequence[str],
    mediator: str | None = None,
    responden: Sequence[str] = (),
    terbalik: Sequence[str] = (),
    points: Points | None = None,
    batas_alpha: float = LEAST_ALPHA,
    path: str | Path | None = None,
    language: Language = "id",
    decimal: DecimalSign | None = None,
    better: bool = True,
    draws: int = 5000,
) -> Chapter:
    """Make the tables of *Bab IV* from a questionnaire, and write them to Word.

    Parameters
    ----------
    data : pd.DataFrame
        One row per respondent, as ``pd.read_csv`` or ``pd.read_excel`` gives it.
    variabel : mapping of str to sequence of str
        By variable, the columns of its items; see `angket`.
    y : str
        The dependent variable.
    x : sequence of str
        The independent ones.
    mediator : str, optional
        A variable between the first of ``x`` and ``y``; without it no mediation is tested.
    responden : sequence of str
        Columns that say who the respondents are.
    terbalik, points
        As in `angket`.
    batas_alpha : float
        From which alpha a variable counts as reliable.
    path : str or Path, optional
        The Word file, which ends in ``.docx``; without it nothing is written.
    language : {"id", "en"}
        Of words; decimals have a comma in Indonesian.
    decimal : {".", ","}, optional
        By default the language's own.
    better : bool
        Whether remarks on what is better stand beside the tests.
    draws : int
        Bootstrap draws of the mediation.

    Returns
    -------
    Chapter

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.
    RequestError
        If names do not fit together, or the file cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> level = rng.normal(size=(80, 2)) @ [[1, 0.5], [0, 0.9]]
    >>> data = pd.DataFrame(
    ...     {f"{v}{k}": np.clip(np.round(3 + level[:, j] + rng.normal(0, 0.7, 80)), 1, 5) for j, v in enumerate("XY") for k in (1, 2, 3)}
    ... )
    >>> chapter = bab_iv(data, {"Motivasi": ["X1", "X2", "X3"], "Kinerja": ["Y1", "Y2", "Y3"]}, y="Kinerja", x=["Motivasi"])
    >>> [str(section.heading) for section in chapter.sections][1:3]
    ['Validity', 'Reliability']
    >>> bool(chapter.regression.fit.row("Motivasi")["p_value"] < 0.05)
    True
    """
    check_language(language)
    answers = angket(data, variabel, terbalik=terbalik, points=points)
    sections: list[Taught] = []
    if responden:
        sections.append(karakteristik_responden(data, responden))
    sections += [
        deskripsi_variabel(answers),
        uji_validitas(answers),
        uji_reliabilitas(answers, batas=batas_alpha),
    ]
    sections.append(uji_asumsi_klasik(answers, y, x))
    regression = regresi_berganda(answers, y, x)
    sections.append(regression)
    if mediator is not None:
        first = [x] if isinstance(x, str) else list(x)
        others = [name for name in first[1:] if name != mediator]
        sections.append(uji_mediasi(answers, first[0], mediator, y, kontrol=others, draws=draws))
    place = None
    if path is not None:
        words = load_words(language)
        parts: list[Part] = [Heading(words("thesis_chapter"), 1)]
        gone = len(answers.data) - regression_rows(regression)
        parts.append(
            Text(
                in_words(
                    said(
                        "thesis_chapter_rows",
                        n=len(answers.data),
                        used=regression_rows(regression),
                        gone=gone,
                    ),
                    language,
                )
            )
        )
        for section in sections:
            parts += section.parts(language, decimal, better=better)
        place = write_word(path, parts, language=language)
    return Chapter(tuple(sections), answers, regression, place)


def regression_rows(regression: TaughtRegression) -> int:
    """Return how many respondents the regression used."""
    return regression.fit.n if regression.fit is not None else 0
