"""Distinguish summary rows (totals, means, extremes, grades) from the rows of cases."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from asn_research.read.cells import DATE, NUMBER, Cells
from asn_research.rules.codebooks import fold_heading, summary_words

#: A row with at most this many filled cells is a note, a title or a summary.
_SPARSE = 4
#: A column numbers or dates the cases if at least this share of its cells are numbers or dates.
_MOSTLY = 0.8
#: The number of cases at the top of a table that show which columns a case fills in.
_ENOUGH = 3
#: If more columns than this are usually filled, a summary row may fill one of them with its name.
_FEW = 2
#: Words after the name of a sum that do not say what is counted.
_WHOLE = {"total", "jumlah", "keseluruhan", "seluruh", "seluruhnya", "semua", "semuanya", "akhir", "umum"}
_NUMBER_TEXT = re.compile(r"[\d.,/\-: ]+")


def says_total(text: str) -> bool:
    """Return whether a text names a sum, a mean or another summary of several rows.

    Examples
    --------
    >>> says_total("ΣNilai / Unsur"), says_total("NRR Tertimbang"), says_total("Jumlah Dishub"), says_total("Maksimal")
    (True, True, True, True)
    >>> says_total("Mutu guru"), says_total("Minah")
    (False, False)
    """
    plain = fold_heading(text.replace("Σ", " jumlah ").replace("∑", " jumlah "))
    tokens = plain.split()
    if not tokens:
        return False
    begins, core, beside = summary_words()
    if any(plain == start or plain.startswith(f"{start} ") for start in begins):
        return True
    return any(token in core for token in tokens) and all(
        token in core or token in beside or token.isdigit() for token in tokens
    )


def is_only_total(text: str) -> bool:
    """Return whether a text is the name of a sum or mean and nothing else.

    Examples
    --------
    >>> is_only_total("JUMLAH"), is_only_total("Sub Total"), is_only_total("Rata-rata keseluruhan")
    (True, True, True)
    >>> is_only_total("Jumlah penduduk terlayani"), is_only_total("Indeks Kepuasan Masyarakat")
    (False, False)
    """
    plain = fold_heading(text)
    begins, _, _ = summary_words()
    starts = [start for start in begins if plain == start or plain.startswith(f"{start} ")]
    return bool(starts) and set(plain[len(max(starts, key=len)) :].split()) <= _WHOLE


def find_summaries(own: Sequence[Cells], n_filled: np.ndarray) -> np.ndarray:
    """Return the mask of the summary rows of a table.

    The first filled cell of a summary row names a summary (Jumlah, NRR). In addition, the row either has
    fewer filled cells than a case, or has words in a column that numbers or dates the cases. Rows below it
    with words in that column belong to the same footer, so they are summary rows too.

    Parameters
    ----------
    own : sequence of Cells
        The columns of the table.
    n_filled : np.ndarray
        The number of filled cells of each row.

    Returns
    -------
    np.ndarray
        Boolean mask, one value per row.
    """
    n = len(n_filled)
    named, first_column = np.zeros(n, bool), np.full(n, -1)
    for place, column in enumerate(own):
        first = np.flatnonzero(column.filled & (first_column < 0))
        if len(first):
            first_column[first] = place
            cells = column.take(first)
            hits = np.flatnonzero(cells.like(_likely()))
            at = first[hits]
            named[at] = [says_total(str(text)) for text in cells.take(hits).text]
        if (first_column >= 0).all():
            break
    if not named.any():
        return named
    usual = np.median(n_filled[~named]) if not named.all() else 0
    found = named & ((n_filled < usual) | (n_filled <= max(_SPARSE, len(own) // 2)))
    for place in sorted(set(first_column[named].tolist())):
        column = own[place]
        is_case = _numbers(column)
        others = ~named & column.filled
        if not others.any() or is_case[others].mean() < _MOSTLY:
            continue
        found |= named & (first_column == place)
        found |= _footer(found, is_case, column.filled)
    return found


def _likely() -> str:
    begins, core, _ = summary_words()
    words = "|".join(sorted({*core, *(start.split()[0] for start in begins), "jml", "jmlh"}))
    return rf".{{0,40}}?(?:[Σ∑]|\b(?:{words})\b)"


def _numbers(column: Cells) -> np.ndarray:
    if column.is_text:
        # Arrow tests the text itself: a million running numbers are not converted to Python strings.
        return column.like(_NUMBER_TEXT.pattern + "$")
    return column.spread(
        [
            bool(text) and (kind in {NUMBER, DATE} or bool(_NUMBER_TEXT.fullmatch(str(text))))
            for text, kind in zip(column.texts, column.kinds, strict=True)
        ],
        dtype=bool,
    )


def _footer(found: np.ndarray, is_case: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Return the mask of summary rows and of the rows of words below them, up to the next case."""
    result = np.zeros(len(found), bool)
    inside = False
    for row in range(int(np.argmax(found)), len(found)):
        inside = found[row] or (inside and not is_case[row])
        result[row] = inside and filled[row] and not is_case[row]
    return result


def has_names_of_groups(first: Cells, heading: str) -> bool:
    """Return whether the first column of a table names groups (such as services), not people.

    It does if every row has its own word and the heading does not mean people.
    """
    words = [str(text) for text in first.used().texts if text]
    is_of_people = set(fold_heading(heading).split()) & {"nama", "name", "responden", "respondent"}
    is_named = bool(words) and len(words) == int(first.filled.sum())
    return is_named and not is_of_people and not any(_NUMBER_TEXT.fullmatch(word) for word in words)


def find_unlike_cases(telling: Sequence[Cells], n_filled: np.ndarray, is_total: np.ndarray) -> np.ndarray:
    """Return the mask of rows at the end of a table without respondent data, if all cases above have some.

    Such rows may be summaries without a known word, or real forms without data about the respondent. The
    caller cannot know which, so they need a person's decision.

    Parameters
    ----------
    telling : sequence of Cells
        The running number, and the columns that say who answered, where and when; not the answers.
    n_filled : np.ndarray
        The number of filled cells of each row.
    is_total : np.ndarray
        Mask of the summary rows.

    Returns
    -------
    np.ndarray
        Boolean mask, one value per row.
    """
    result = np.zeros(len(n_filled), bool)
    rows = np.flatnonzero(~is_total & (n_filled > _SPARSE))
    if len(rows) <= _ENOUGH or not telling:
        return result
    said = np.zeros((len(telling), len(rows)), bool)
    numbered = np.zeros(len(rows), bool)
    for at, column in enumerate(telling):
        here = column.take(rows)
        said[at], numbers = here.filled, _numbers(here)
        # In a column that numbers or dates the cases, a word does not count as filled.
        if said[at][:_ENOUGH].all() and numbers[:_ENOUGH].all():
            said[at] &= numbers
            numbered |= said[at] & (at == 0)
    # The usual columns are filled by the first cases. They must be filled in most rows down to the last case.
    usual = said[said[:, :_ENOUGH].all(axis=1)]
    n_said, allowed = usual.sum(axis=0), 1 if len(usual) > _FEW else 0
    cases = np.flatnonzero((n_said > allowed) | numbered)
    if len(usual) and len(cases) and usual[:, : cases[-1] + 1].mean() > _MOSTLY:
        result[rows[cases[-1] + 1 :]] = True
    return result
