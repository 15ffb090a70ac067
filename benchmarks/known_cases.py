"""Where a known answer lies: its data and R's numbers, and small helpers to lay ours beside them."""

import json
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
#: Copied here where the licence allows; the founders' shared folder, beside the checkout, holds the rest.
PLACES = (
    ROOT / "tests" / "golden",
    ROOT / "notebooks" / "data",
    ROOT.parent / "shared" / "data" / "known_answer",
)


class CaseAbsentError(LookupError):
    """A case whose data are not on this machine."""


def folder(name):
    for place in PLACES:
        if (place / name / "reference.json").is_file():
            return place / name
    raise CaseAbsentError(name)


def reference(name, part="reference"):
    found = json.loads((folder(name) / "reference.json").read_text())
    # References of our own making carry no frame around their numbers.
    return found.get(part, found)


def case(name, file="data.csv"):
    return pd.read_csv(folder(name) / file), reference(name)


def by_term(rows):
    return {row["term"]: row for row in rows}


def in_cell(term):
    """Name a threshold without its bar, which would end the cell of a Markdown table."""
    return f"threshold {term.replace('|', ' to ')}" if "|" in term else term


def both(name, label, theirs, ours):
    yield name, label, theirs["Estimate"], ours["estimate"]
    yield name, f"{label}, standard error", theirs["Std_Error"], ours["std_error"]


def tested(name, label, theirs, ours):
    """Estimate and error, and R's test of them."""
    yield from both(name, label, theirs, ours)
    yield name, f"{label}, t", theirs["t_value"], ours["t"]
    yield name, f"{label}, p", theirs["Pr_t_"], ours["p_value"]
