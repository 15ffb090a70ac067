"""Lay our numbers beside R's: ``python -m benchmarks.known_answers`` writes the sections of known_answers.md."""

import sys
from pathlib import Path

from benchmarks import known_measures, known_raters, known_service, known_training
from benchmarks.known_cases import CaseAbsentError
from benchmarks.recovery import write_section

PAGE = Path(__file__).parent / "known_answers.md"
SECTIONS = {
    "training": known_training,
    "raters": known_raters,
    "service": known_service,
    "measures": known_measures,
}
#: A relative difference above this is named when the page is made; draws carry theirs in their name.
WORTH_A_LOOK = 1e-4


def rows_of(generators):
    """Rows of the cases at hand, and the names of those that are not."""
    rows, absent = [], []
    for make in generators:
        try:
            rows += list(make())
        except CaseAbsentError as error:
            absent.append(str(error))
    return rows, absent


def table(rows):
    lines = ["| case | quantity | R | ours | difference |", "|---|---|---|---|---|"]
    for name, quantity, theirs, ours in rows:
        lines.append(f"| {name} | {quantity} | {theirs:.8g} | {ours:.8g} | {ours - theirs:+.1e} |")
    return "\n".join(lines)


def differs(quantity, theirs, ours):
    return "simulated" not in quantity and abs(ours - theirs) > WORTH_A_LOOK * abs(theirs)


def section(part):
    rows, absent = rows_of(part.GENERATORS)
    found = [f"## {part.TITLE}", part.READING, table(rows)]
    if absent:
        found.append(f"Left out, as their data are not at hand: {', '.join(absent)}.")
    return "\n\n".join(found), rows


if __name__ == "__main__":
    if not PAGE.is_file():
        PAGE.write_text("# Known answers: our numbers beside R's\n")
    for key in sys.argv[1:] or SECTIONS:
        text, rows = section(SECTIONS[key])
        write_section(key, text, PAGE)
        print(f"{key}: {len(rows)} rows")
        for name, quantity, theirs, ours in rows:
            if differs(quantity, theirs, ours):
                print(f"  {name}, {quantity}: {theirs:.8g} in R, {ours:.8g} here")
