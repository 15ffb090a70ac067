"""Sentences of the lessons: which one is said follows from the numbers, so it is true of any city's data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from asn_research.errors import RequestError
from asn_research.export.figures import Figures, is_p_value
from asn_research.rules.words import ABSENT, Language, check_language, load_words
from asn_research.show.numbers import is_missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from asn_research.study.study_run import Study

Kind = Literal["sign", "whether", "told", "label"]
#: By kind of sentence: the endings of its rows in `words.csv`.
_ENDINGS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {"sign": ("up", "down", "unclear"), "whether": ("yes", "no"), "told": ("told",), "label": ("label",)}
)
#: Numbers of two packages that differ by less are the same.
_SAME = 1e-6
#: Every sentence of the lessons, by the lesson that says it, and how it is chosen.
FINDINGS: Mapping[str, Kind] = MappingProxyType(
    {
        "agrees": "whether",
        "peer": "whether",
        "peer_icc": "whether",
        "peer_absent": "told",
        "00_files": "told",
        "00_adds_up": "whether",
        "00_correlation": "told",
        "00_training": "sign",
        "01_planted": "whether",
        "02_elements": "told",
        "02_flips": "told",
        "02_width": "whether",
        "02_moved": "told",
        "02_r_tabel": "told",
        "02_verdicts": "told",
        "03_adds": "told",
        "03_links": "told",
        "03_covered": "told",
        "03_naive": "whether",
        "03_indirect": "sign",
        "03_rho_title": "label",
        "03_rho_axis": "label",
        "03_heat": "label",
        "03_contour": "label",
        "03_robust": "label",
        "03_robust_significant": "label",
        "03_robust_share": "label",
        "03_robust_head": "label",
        "03_rho": "told",
        "03_corrected": "told",
        "03_levels": "sign",
        "04_wave": "label",
        "04_never": "label",
        "04_began": "told",
        "04_started": "sign",
        "04_started_motivation": "sign",
        "04_group_time": "label",
        "04_leads_title": "whether",
        "04_leads": "whether",
        "04_side_by_side": "whether",
        "04_two_way": "label",
        "04_pooled": "label",
        "04_truth": "label",
        "04_programme_title": "label",
        "04_programme_axis": "label",
        "04_programme": "whether",
        "04_drift": "whether",
        "04_dose": "told",
        "04_weighed": "sign",
        "04_curve_title": "whether",
        "04_curve": "told",
        "04_power_title": "label",
        "04_power": "told",
        "05_scores": "label",
        "05_means": "label",
        "05_spreads": "told",
        "05_linked": "whether",
        "05_raters": "whether",
        "05_sd_raw": "label",
        "05_sd_model": "label",
        "05_sd_truth": "label",
        "05_r_raw": "label",
        "05_r_fair": "label",
        "05_value": "label",
        "05_fair": "whether",
        "05_rasch": "whether",
        "05_leaning_z": "label",
        "05_halo_z": "label",
        "05_chance": "label",
        "05_leanings": "whether",
        "05_halo": "whether",
        "05_observed": "label",
        "05_fair_axis": "label",
        "05_lenient": "label",
        "05_middling": "label",
        "05_strict": "label",
        "05_moved": "told",
        "05_fair_width": "whether",
        "05_subjective": "whether",
        "05_gaps": "told",
        "05_parts": "told",
        "05_objections": "sign",
        "05_audit": "sign",
        "05_power": "told",
        "06_jump": "sign",
        "06_placebos": "whether",
        "06_naive": "label",
        "06_series": "label",
        "06_blend": "label",
        "06_blend_said": "sign",
        "06_median": "label",
        "06_ninetieth": "label",
        "06_who": "told",
        "06_last": "label",
        "06_pace": "sign",
        "06_queue": "sign",
        "06_spread": "whether",
        "06_time_bare": "label",
        "06_time": "label",
        "06_trust": "label",
        "06_time_said": "sign",
        "06_trust_said": "sign",
        "06_chain": "sign",
        "06_better_axis": "label",
        "06_better": "told",
        "06_verdict": "whether",
        "yes": "label",
        "no": "label",
        "07_rows": "told",
        "07_names": "told",
        "07_published": "label",
        "07_harmonised": "label",
        "07_organisations": "label",
        "07_pooled": "label",
        "07_changes": "label",
        "07_same_year": "label",
        "07_year_before": "label",
        "07_year_after": "label",
        "07_axis": "label",
        "07_heat": "label",
        "07_held_axis": "label",
        "07_institution": "label",
        "07_league_axis": "label",
        "07_slope": "sign",
        "07_between": "whether",
        "07_order": "whether",
        "07_held": "told",
        "07_hidden": "told",
        "07_league": "told",
        "axis_training": "label",
        "axis_motivation": "label",
        "axis_answer": "label",
        "axis_period": "label",
        "axis_quarter": "label",
        "axis_quality": "label",
        "axis_score": "label",
        "axis_month": "label",
        "axis_log_days": "label",
        "axis_change": "label",
        "axis_latent": "label",
        "axis_learning": "label",
        "axis_engagement": "label",
        "axis_year": "label",
        "01_heat": "label",
        "02_heat": "label",
        "04_fields": "told",
        "05_explaining": "told",
    }
)


def lesson_rows() -> tuple[str, ...]:
    """Return the rows of `words.csv` that the lessons need, without their first part."""
    return tuple(f"{name}_{ending}" for name, kind in FINDINGS.items() for ending in _ENDINGS[kind])


@dataclass(frozen=True)
class Finding:
    """One sentence, as text and as a paragraph of a notebook.

    Parameters
    ----------
    text : str
        The sentence.
    label : str
        The word before it.
    row : str
        Which of the possible sentences it is, for tests.
    """

    text: str
    label: str = ""
    row: str = ""

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p><strong>{escape(self.label)}</strong> {escape(self.text)}</p>"

    def _repr_markdown_(self) -> str:
        return f"**{self.label}** {self.text}"


@dataclass(frozen=True)
class Findings:
    """The sentences of the lessons in one language; which one is returned depends on the numbers.

    Parameters
    ----------
    language : {"id", "en"}
        Of the sentences.

    Raises
    ------
    RequestError
        If there is no such language.

    Examples
    --------
    >>> say = Findings("en")
    >>> print(say.whether("00_adds_up", True, n_raw=120, n_kept=110, n_held=7, n_excluded=3))
    All 120 rows are accounted for: 110 kept, 7 held back, 3 excluded by a stated rule.
    """

    language: Language

    def __post_init__(self) -> None:
        check_language(self.language)

    def sign(self, name: str, estimate: float, low: float, high: float, **numbers: object) -> Finding:
        """Say whether an estimate is above zero, below it, or cannot be told from it.

        Without an interval it cannot be told from zero. `fit_synthetic` gives none where fewer than 19 units are
        compared with, since then no effect is too large for chance at 5 percent.

        Parameters
        ----------
        name : str
            The sentence; see `FINDINGS`.
        estimate, low, high : float
            The estimate and its interval, in the unit of the outcome. The interval may be missing.
        **numbers : object
            What else the sentence tells.
        """
        if is_missing(estimate):
            return self._nothing()
        has_interval = not (is_missing(low) or is_missing(high))
        ending = "up" if has_interval and low > 0 else "down" if has_interval and high < 0 else "unclear"
        return self._said(name, "sign", ending, estimate=estimate, low=low, high=high, **numbers)

    def whether(self, name: str, is_so: object, **numbers: object) -> Finding:
        """Return the sentence for yes or for no; without a known answer, the sentence that nothing can be said."""
        if is_missing(is_so):
            return self._nothing()
        return self._said(name, "whether", "yes" if is_so else "no", **numbers)

    def peer(
        self,
        name: str,
        peer: str,
        fit: Callable[[Any], Mapping[str, float]],
        ours: Mapping[str, float],
        **numbers: object,
    ) -> Finding:
        """Say whether another package gives the same numbers; where it is not installed, say that.

        Parameters
        ----------
        name : str
            The sentence for yes or for no.
        peer : str
            The name of the package.
        fit : callable
            Takes the package, and returns its numbers by name.
        ours : mapping of str to float
            Our numbers by the same names. The sentence has them as `theirs_<name>` and `package_<name>`.
        **numbers : object
            What else the sentence tells.

        Examples
        --------
        >>> print(Findings("en").peer("peer", "no_such_package", lambda package: package.fit(), {"estimate": 1.0}))
        no_such_package is not installed here, so nothing stands beside; the rest of the lesson does not need it.
        """
        if find_spec(peer) is None:
            return self.told("peer_absent", peer=peer)
        theirs = fit(import_module(peer))
        is_same = all(abs(float(theirs[key]) - float(value)) < _SAME for key, value in ours.items())
        found = {f"package_{key}": float(value) for key, value in ours.items()}
        found |= {f"theirs_{key}": float(theirs[key]) for key, _ in ours.items()}
        return self.whether(name, is_same, peer=peer, **found, **numbers)

    def told(self, name: str, **numbers: object) -> Finding:
        """Return a sentence with its numbers; a clause with an unknown number is left out."""
        return self._said(name, "told", "told", **numbers)

    def word(self, family: str, member: str) -> str:
        """Return the name of a member of a list, such as ``"element"`` and ``"time"``; the member itself if it has none.

        Examples
        --------
        >>> Findings("id").word("element", "facilities"), Findings("en").word("element", "own_question")
        ('Sarana dan prasarana', 'own_question')
        """
        words = load_words(self.language)
        return words(f"{family}_{member}") if words.has(f"{family}_{member}") else member

    def names(self, family: str, members: Iterable[str]) -> dict[str, str]:
        """Return by member what it is called, to rename the columns of a table.

        Examples
        --------
        >>> Findings("id").names("element_short", ["time", "cost"])
        {'time': 'Waktu', 'cost': 'Biaya'}
        """
        return {member: self.word(family, member) for member in members}

    def answers(self, study: Study) -> dict[str, str]:
        """Return by key of an answer of a study what it relates, such as "training and motivation"."""
        words, called = load_words(self.language), {}
        for key in study.table["key"]:
            question = study.specs[key].key
            part = str(key).removeprefix(question).lstrip("_")
            families = [f for f in ("field_in_text", "result_term") if words.has(f"{f}_{part}")]
            named = words(f"{families[0]}_{part}") if families else part
            called[key] = words(f"spec_short_{question}", part=named)
        return called

    def numbers_on(self, *drawn: Axes) -> None:
        """Write the numbers of drawings with the language's decimal sign."""
        from asn_research.export.drawn_numbers import write_decimals  # noqa: PLC0415 (matplotlib loads slowly)

        write_decimals(drawn, self.language)

    def label(self, name: str, **numbers: object) -> str:
        """Return a label of a figure or a row."""
        return str(self._said(name, "label", "label", **numbers))

    def _said(self, name: str, kind: Kind, ending: str, **numbers: object) -> Finding:
        if FINDINGS.get(name) != kind:
            msg = f"No lesson has the sentence '{name}' of the kind '{kind}'; those there are stand in lesson_findings.FINDINGS."
            raise RequestError(msg)
        words, row = load_words(self.language), f"{name}_{ending}"
        filled = {each: self._figure(each, value) for each, value in numbers.items()}
        return Finding(words(f"lesson_{row}", **filled), words("lesson_label"), row)

    def _nothing(self) -> Finding:
        words = load_words(self.language)
        return Finding(words("lesson_nothing"), words("lesson_label"), "nothing")

    def _figure(self, name: str, value: object) -> str:
        """Return a number as the language writes it, with more decimals for smaller numbers."""
        if isinstance(value, str):
            return value
        if is_missing(value):
            return ABSENT
        figures = Figures("," if self.language == "id" else ".")
        number = float(value)  # type: ignore[arg-type]
        if is_p_value(name):
            text = figures.p(number)
            return text if text.startswith("<") else f"= {text}"
        if name.startswith("n_") or name == "n" or isinstance(value, int):
            return figures.whole(number)
        return figures.number(number, 1 if abs(number) >= 20 else 2 if abs(number) >= 1 else 3)
