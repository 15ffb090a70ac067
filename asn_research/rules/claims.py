"""The sentences of findings, as data: no verb is stronger than the design allows."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES


@cache
def load_sentences(language: str, path: Path = RULES / "claims.csv") -> dict[tuple[str, str, int], str]:
    """Load the sentences of a language by question, strength and sign.

    Raises
    ------
    RuleError
        If a sentence stands twice or lacks its interval.
    """
    sentences: dict[tuple[str, str, int], str] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            key = (row["key"], row["strength"], int(row["sign"]))
            if key in sentences:
                msg = f"{path.name}, row {number}: this sentence stands twice."
                raise RuleError(msg)
            if "{interval}" not in row[language]:
                msg = f"{path.name}, row {number}: a finding without its interval may not be printed."
                raise RuleError(msg)
            sentences[key] = row[language]
    return sentences
