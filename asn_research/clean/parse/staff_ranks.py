"""Parse the spellings of ranks of staff (golongan): III/a, IIIa, 3A, Penata Muda (III/a), Penata Muda."""

from __future__ import annotations

import re

from asn_research.clean.parse.values import coded, reason_said
from asn_research.clean.working import Working
from asn_research.read import Cells
from asn_research.rules.codebooks import fold, rank_titles

_ROMAN = ("i", "ii", "iii", "iv")
#: A rank of a civil servant: the group (I to IV), in Roman or Arabic numbers, and its letter.
_RANK = re.compile(r"(iv|iii|ii|i|[1-4])\s?([a-e])")
_GROUP = re.compile(r"(?:gol(?:ongan)?(?: ruang)? )?(iv|iii|ii|i|[1-4])")
#: A group of contract staff (PPPK) from V up; the groups up to IV look like those of civil servants.
_CONTRACT = re.compile(r"(?:gol(?:ongan)? )?(xvii|xvi|xv|xiv|xiii|xii|xi|x|ix|viii|vii|vi|v)")
_TITLE_SHORT = {"tk": "tingkat", "1": "i"}
#: Words that are removed before a title is looked up.
_NO_TITLE = re.compile(r"\b(?:gol(?:ongan)?|ruang|pangkat)\b")


def read_rank(text: str) -> str:
    """Return a rank in the official form (III/a), or a group without a letter (III); empty if it is neither.

    If a text has both a title and a rank, they must agree.

    Examples
    --------
    >>> [read_rank(t) for t in ("III/a", "IIIa", "3A", "Penata Muda (III/a)", "Penata Muda Tk. I", "Gol. III", "IX")]
    ['III/a', 'III/a', 'III/a', 'III/a', 'III/b', 'III', 'IX']
    >>> read_rank("Penata Muda (IV/a)"), read_rank("S1")
    ('', '')
    """
    plain = fold(text)
    found = re.findall(r"(?:^|(?<= ))" + _RANK.pattern + r"(?= |$)", plain)
    rest = re.sub(r"(?:^|(?<= ))" + _RANK.pattern + r"(?= |$)", " ", plain) if found else plain
    ranks = {f"{_roman(group)}/{letter}" for group, letter in found}
    words = " ".join(_TITLE_SHORT.get(word, word) for word in _NO_TITLE.sub(" ", rest).split())
    title = rank_titles().get(words, "")
    if found:
        ranks |= {title} if title else set()
        return ranks.pop() if len(ranks) == 1 and (title or not words) else ""
    if title:
        return title
    if group := _GROUP.fullmatch(plain):
        return _roman(group[1])
    contract = _CONTRACT.fullmatch(plain)
    return contract[1].upper() if contract else ""


def _roman(group: str) -> str:
    return (_ROMAN[int(group) - 1] if group.isdigit() else group).upper()


def read_ranks(rows: Working) -> Working:
    """Read the rank and rank group of each person; an unreadable rank becomes blank, coded as missing."""
    cells = rows.cells.get("rank") or Cells.blank(len(rows))
    column = rows.book["rank"]
    reasons = [reason_said(str(text), column) or "" for text in cells.texts]
    ranks = [
        read_rank(str(text)) if not reason else "" for text, reason in zip(cells.texts, reasons, strict=True)
    ]
    for reason in sorted({reason for reason in reasons if reason}):
        mask = cells.spread([one == reason for one in reasons], dtype=bool)
        rows = rows.mark(mask & rows.data, "missing", reason, "rank")
    unread = [
        bool(t) and not (reason or rank) for t, reason, rank in zip(cells.texts, reasons, ranks, strict=True)
    ]
    mask = cells.spread(unread, dtype=bool) & rows.data
    rows = rows.mark(mask, "repair", "unreadable_made_blank", "rank").mark(
        mask, "missing", "unreadable", "rank"
    )
    groups = [rank.partition("/")[0] if "/" in rank or rank.lower() in _ROMAN else "" for rank in ranks]
    return rows.with_values(
        rank=coded([rank or None for rank in ranks], cells.codes), rank_group=coded(groups, cells.codes)
    )
