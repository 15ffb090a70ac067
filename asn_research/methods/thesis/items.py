"""Respondents, answers, *uji validitas* and *uji reliabilitas*."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError, RequestError
from asn_research.methods.column_values import need_columns
from asn_research.methods.estimator import options_checked
from asn_research.methods.scales.omega import scale_omega
from asn_research.methods.scales.reliability import cronbach_alpha
from asn_research.methods.scales.validity import critical_r, item_validity
from asn_research.methods.spellings import capitals_differ, refuse_spellings
from asn_research.methods.thesis.questionnaire import Questionnaire, plain_heading, with_plain_headings
from asn_research.methods.thesis.taught import Kind, Sheet, Taught, as_set, text_column
from asn_research.rules.words import Said, said, worded

#: What theses take for enough: a rule of thumb, and a setting.
LEAST_ALPHA = 0.6
_FIT_OMEGA = 3


def karakteristik_responden(data: pd.DataFrame, kolom: Sequence[str]) -> Taught:
    """Count respondents by what they are.

    Parameters
    ----------
    data : pd.DataFrame
        One row per respondent.
    kolom : sequence of str
        Columns such as sex, age group, education.

    Returns
    -------
    Taught
        One table a column: category, frequency, percent of those who answered.

    Raises
    ------
    ModelError
        If a column is absent, nobody answered it, or answers differ only in how they are written.

    Examples
    --------
    >>> data = pd.DataFrame({"Jenis Kelamin": ["P", "L", "P", "P"]})
    >>> karakteristik_responden(data, ["Jenis Kelamin"]).table["percent"].tolist()
    [25.0, 75.0, 100.0]
    """
    frame, names = with_plain_headings(data), [plain_heading(name) for name in kolom]
    need_columns(frame, names)
    sheets = []
    for name in names:
        known = frame[name].map(_without_blanks).dropna()
        if known.empty:
            raise worded(ModelError, "error_thesis_nobody", name=name)
        refuse_spellings(known, name)
        note = capitals_differ(known, name)
        counts = known.value_counts()
        counts = counts.reindex(_in_order(counts.index))
        table = pd.DataFrame(
            {
                "category": text_column([*map(str, counts.index), said("thesis_total")]), "frequency": [*counts, int(counts.sum())],
                "percent": [*(100 * counts / counts.sum()), 100.0],
            }
        )  # fmt: skip
        gone = len(frame) - len(known)
        gaps = (said("thesis_note_unanswered", n=gone),) if gone else ()
        notes = (*gaps, *((note,) if note else ()))
        sheets.append(
            Sheet(
                said("thesis_title_respondents", name=name.replace("_", " ").strip()),
                table,
                {"frequency": "whole", "percent": "percent"},
                notes,
            )
        )
    return Taught(said("thesis_heading_respondents"), tuple(sheets), ())


def _without_blanks(value: object) -> object:
    """Return an answer without blanks at its ends; one of blanks alone is none."""
    return (value.strip() or None) if isinstance(value, str) else value


#: A class such as "< 25 tahun", "25 - 35", "> 45": what stands before its first number puts it below or above that.
_CLASS = re.compile(
    r"(?:(?P<below><|≤|kurang dari|di ?bawah|sampai|maks\w*\.?)|(?P<above>>|≥|lebih dari|di ?atas|min\w*\.?))?"
    r"\s*(?P<number>\d+(?:\.\d{3})*(?:[.,]\d+)?)",
    re.IGNORECASE,
)


def _in_order(categories: pd.Index) -> list[object]:
    """Return categories in their order: classes of numbers by number, ordered ones as declared, others by alphabet."""
    if isinstance(categories, pd.CategoricalIndex):
        return list(categories.sort_values())
    classes = {category: _CLASS.match(category) for category in categories if isinstance(category, str)}
    places = {category: _place(found) for category, found in classes.items() if found}
    if len(places) == len(categories):
        return sorted(categories, key=lambda category: (places[category], category))
    try:
        return sorted(categories)
    except TypeError:
        # Numbers and texts in one column.
        return sorted(categories, key=str)


def _place(found: re.Match[str]) -> tuple[float, int]:
    """Return the first number of a class, and whether the class lies below or above it."""
    number = re.sub(r"\.(?=\d{3}(?!\d))", "", found["number"]).replace(",", ".")
    return float(number), bool(found["above"]) - bool(found["below"])


def deskripsi_variabel(angket: Questionnaire) -> Taught:
    """Count the answers to each item, with their mean and its category by (max - min) / k.

    Returns
    -------
    Taught
        One table a variable: item, counts of each answer from the lowest, n, mean, category.

    Examples
    --------
    >>> from asn_research.methods import angket
    >>> answers = angket(pd.DataFrame({"M1": [4, 5, 5], "M2": [1, 2, 1]}), {"Motivasi": ["M1", "M2"]})
    >>> deskripsi_variabel(answers).table["mean"].round(2).tolist()
    [4.67, 1.33]
    """
    sheets, interpretations = [], []
    points = angket.points
    for name, items in angket.items.items():
        counts = {
            f"answer_{k}": [int((items[item] == k).sum()) for item in items] for k in range(1, points + 1)
        }
        means = items.mean()
        table = pd.DataFrame(
            {
                "item": list(items), **counts, "n": [int(items[item].notna().sum()) for item in items],
                "mean": means.to_numpy(), "category": text_column(_category(mean, points) for mean in means),
            }
        )  # fmt: skip
        kinds: dict[str, Kind] = {**dict.fromkeys([*counts, "n"], "whole"), "mean": "number"}
        names = [item for item in items if item in angket.reversed_items]
        turned = (said("thesis_note_turned", items="; ".join(names)),) if names else ()
        sheets.append(
            Sheet(
                said("thesis_title_answers", name=name),
                table,
                kinds,
                (said("thesis_note_category", width=as_set((points - 1) / 5)), *turned),
            )
        )
        interpretations.append(
            said(
                "thesis_read_answers", name=name, highest=str(means.idxmax()), high=float(means.max()),
                lowest=str(means.idxmin()), low=float(means.min()),
            )
        )  # fmt: skip
    return Taught(
        said("thesis_heading_answers"),
        tuple(sheets),
        tuple(interpretations),
        (said("thesis_better_answers"),),
    )


def _category(mean: float, points: int) -> Said:
    if np.isnan(mean):
        return said("thesis_category_none")
    place = min(int((mean - 1) // ((points - 1) / 5)), 4)
    return said(f"thesis_category_{('very_low', 'low', 'middle', 'high', 'very_high')[place]}")


@options_checked
def uji_validitas(
    angket: Questionnaire, *, r: Literal["corrected", "total"] = "corrected", alpha: float = 0.05
) -> Taught:
    """Test each item's correlation with its variable: *r hitung* beside *r tabel*.

    Parameters
    ----------
    angket : Questionnaire
        The answers.
    r : {"corrected", "total"}
        Which correlation is *r hitung*: with the sum of the other items (SPSS: Corrected Item-Total
        Correlation), or with the total that holds the item itself, with which even items without anything
        in common pass. Both stand in the table.
    alpha : float
        Significance level, two-tailed; *r tabel* has n - 2 degrees of freedom.

    Returns
    -------
    Taught
        One table a variable: item, both correlations, r tabel, significance, and whether it is valid.

    Raises
    ------
    ModelError
        If a variable has one item only, or fewer than three respondents are complete.

    Examples
    --------
    >>> from asn_research.methods import angket
    >>> data = pd.DataFrame({"M1": [1, 2, 3, 4, 5], "M2": [1, 3, 3, 4, 5], "M3": [2, 1, 3, 5, 4]})
    >>> uji_validitas(angket(data, {"Motivasi": ["M1", "M2", "M3"]})).table["corrected"].round(3).tolist()
    [0.969, 0.843, 0.73]
    """
    sheets, interpretations = [], []
    for name, items in angket.items.items():
        found = item_validity(items, alpha)
        limit = critical_r(found.n, alpha)
        chosen = found.table["rest" if r == "corrected" else "r"]
        t = chosen * np.sqrt((found.n - 2) / np.maximum(1 - chosen**2, 1e-300))
        valid = (chosen > limit).to_numpy()
        table = pd.DataFrame(
            {
                "item": found.table.index, "item_total": found.table["r"].to_numpy(), "corrected": found.table["rest"].to_numpy(),
                "r_table": limit, "significance": 2 * stats.t.sf(np.abs(t), found.n - 2),
                "verdict": text_column(said("thesis_valid") if ok else said("thesis_not_valid") for ok in valid),
            }
        )  # fmt: skip
        kinds: dict[str, Kind] = {
            "item_total": "number",
            "corrected": "number",
            "r_table": "number",
            "significance": "p",
        }
        which = said("thesis_r_corrected") if r == "corrected" else said("thesis_r_total")
        note = said("thesis_note_validity", n=found.n, df=found.n - 2, which=which)
        sheets.append(Sheet(said("thesis_title_validity", name=name), table, kinds, (note,)))
        failed = [str(item) for item, ok in zip(found.table.index, valid, strict=True) if not ok]
        if failed:
            interpretations.append(
                said("thesis_read_invalid", name=name, items=", ".join(failed), limit=limit)
            )
            against = [str(item) for item, r_item in chosen.items() if r_item <= -limit]
            if against:
                interpretations.append(said("thesis_read_against", items=", ".join(against)))
        else:
            interpretations.append(
                said("thesis_read_valid", name=name, k=len(valid), least=float(chosen.min()), limit=limit)
            )
    return Taught(
        said("thesis_heading_validity"),
        tuple(sheets),
        tuple(interpretations),
        (said("thesis_better_validity"),),
    )


def uji_reliabilitas(angket: Questionnaire, *, batas: float = LEAST_ALPHA) -> Taught:
    """Compute Cronbach's alpha of each variable, what it is without each item, and omega beside it.

    Parameters
    ----------
    angket : Questionnaire
        The answers.
    batas : float
        From which alpha a variable counts as reliable; 0.60 or 0.70 by custom, proof of nothing.

    Returns
    -------
    Taught
        One table of the variables (Cronbach's Alpha, its 95 % interval, N of Items, McDonald's omega), and
        one of alpha if an item is deleted. An item that all answer alike is left out, as SPSS does, and named.

    Raises
    ------
    RequestError
        If the limit does not lie between 0 and 1.
    ModelError
        If a variable has no alpha: one item, too few respondents, or answers all alike.

    Examples
    --------
    >>> from asn_research.methods import angket
    >>> data = pd.DataFrame({"M1": [1, 2, 3, 4, 5], "M2": [1, 3, 3, 4, 5], "M3": [2, 1, 3, 5, 4]})
    >>> float(uji_reliabilitas(angket(data, {"Motivasi": ["M1", "M2", "M3"]})).table["alpha"].iloc[0].round(3))
    0.922
    """
    if not 0 < batas < 1:
        raise worded(RequestError, "error_thesis_limit", given=batas)
    rows, dropped, interpretations = [], [], []
    for name, items in angket.items.items():
        differ = items.loc[:, items.max() != items.min()]
        found = cronbach_alpha(differ)
        if found.why:
            raise worded(ModelError, "error_thesis_no_alpha", name=name, n=found.n, k=found.n_items)
        ok = found.alpha >= batas
        verdict = said("thesis_reliable") if ok else said("thesis_not_reliable")
        rows.append((name, found.alpha, found.low, found.high, found.n_items, _omega(differ), batas, verdict))
        dropped += [(name, item, found.item_rest[item], found.if_dropped[item]) for item in found.item_rest]
        key = "thesis_read_reliable" if ok else "thesis_read_unreliable"
        interpretations.append(said(key, name=name, alpha=found.alpha, limit=as_set(batas)))
        if alike := [str(item) for item in items if item not in differ]:
            interpretations.append(said("thesis_read_alike", name=name, items=", ".join(alike)))
    columns = ["variable", "alpha", "low", "high", "n_items", "omega", "limit", "verdict"]
    kinds: dict[str, Kind] = {
        **dict.fromkeys(["alpha", "low", "high", "omega", "limit"], "number"),
        "n_items": "whole",
    }
    sheets = (
        Sheet(said("thesis_title_reliability"), pd.DataFrame(rows, columns=columns).assign(verdict=text_column(row[-1] for row in rows)), kinds, (said("thesis_note_reliability"),)),
        Sheet(
            said("thesis_title_if_dropped"), pd.DataFrame(dropped, columns=["variable", "item", "corrected", "if_dropped"]),
            {"corrected": "number", "if_dropped": "number"},
        ),
    )  # fmt: skip
    return Taught(
        said("thesis_heading_reliability"),
        sheets,
        tuple(interpretations),
        (said("thesis_better_reliability"),),
    )


def _omega(items: pd.DataFrame) -> float:
    """Return McDonald's omega; missing with fewer than three items, or where no factor model fits."""
    if items.shape[1] < _FIT_OMEGA:
        return float("nan")
    try:
        return scale_omega(items.dropna()).value
    except ModelError:
        return float("nan")
