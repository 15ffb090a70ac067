"""Inputs that led to a wrong number without a word: each row is now right, held, or behind a question."""

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.folder import CleanReport
from asn_research.clean.questions import read_entries, set_answer
from asn_research.clean.store import Processed

CASES = Path(__file__).parents[1] / "cases"
TODAY = date(2026, 11, 26)


@dataclass(frozen=True)
class Outcome:
    """What cleaning a case came to."""

    raw: Path
    report: CleanReport
    processed: Processed

    def kept(self, source):
        """Return the kept rows of a source ; an empty table if there are none."""
        return self.processed.table(source) if self.processed.has(source) else pd.DataFrame()

    @property
    def counts(self):
        """Return rows in, kept, held, left out."""
        exits = self.report.exits
        names = ("n_raw", "n_kept", "n_quarantined", "n_excluded")
        return tuple(int(exits[name].sum()) for name in names)

    @property
    def reasons(self):
        """Return how many rows are held for each reason."""
        held = self.processed.table("quarantine").drop_duplicates(["row_id", "reason"])
        return dict(Counter(held["reason"]))

    @property
    def asked(self):
        """Return the kinds of the open questions."""
        return sorted(one.question.kind for one in self.report.questions if not one.answer)

    def by_row(self, source, column):
        """Return a column's values of the kept rows, by their row in the file."""
        frame = self.processed.table(source)
        rows = [int(str(row_id).rpartition(":")[2]) for row_id in frame["row_id"]]
        return dict(sorted(zip(rows, frame[column], strict=True)))


def clean_case(name, tmp_path, *, today=TODAY, answer=None):
    """Clean a case in a folder of its own; `answer` is given to its only question."""
    raw = tmp_path / "raw"
    if not raw.exists():
        shutil.copytree(CASES / name / "raw", raw)
    report = clean_folder(raw, tmp_path / "out", today=today)
    if answer is not None:
        (entry,) = read_entries(raw)
        set_answer(raw, entry.key, answer)
        report = clean_folder(raw, tmp_path / "out", today=today)
    return Outcome(raw, report, open_processed(tmp_path / "out"))


# Columns read as a whole.


# What a file is.
