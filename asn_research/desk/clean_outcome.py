"""What became of the rows at the last check, kept as JSON: by sheet, by office, quarantined answers, examples of questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from asn_research.clean.clean_report import CleanReport, strange_line, without_names
from asn_research.clean.consequences import lines_of_reasons
from asn_research.clean.inspect.recognition import read_tables
from asn_research.clean.privacy.denied_names import DeniedNames, leads_to_a_person, load_names
from asn_research.clean.questions.open_questions import Asked
from asn_research.clean.questions.question_workbook import load_answers
from asn_research.clean.questions.unit_review import decisions_in, key_of_spelling, read_review
from asn_research.clean.store import open_processed
from asn_research.desk.place import Place
from asn_research.desk.standing import digest_of_inputs
from asn_research.desk.state_files import OUTCOME
from asn_research.desk.told_errors import at_desk
from asn_research.errors import AsnError
from asn_research.identities import may_hold_identity
from asn_research.read import RawTable, list_raw_files
from asn_research.read.city_form import city_of
from asn_research.rules.cities import CITY
from asn_research.rules.codebooks import fold_heading, load_codebook
from asn_research.rules.reasons import reason_of
from asn_research.rules.words import load_words

_EXAMPLES, _MOST_COLUMNS = 3, 16


def keep_outcome(place: Place, report: CleanReport, language: str) -> None:
    """Store the outcome of cleaning (rows by exit, offices, periods, questions) in the state of the desk.

    Parameters
    ----------
    place : Place
        The project.
    report : CleanReport
        The report of cleaning.
    language : str
        The language of its sentences.
    """
    word = load_words(language)
    sheets = report.exits.astype(object).to_dict("records")
    for sheet in sheets:
        here = [
            r
            for r in report.reasons
            if (r.file, r.sheet, r.source) == (sheet["file"], sheet["sheet"], sheet["source"])
        ]
        sheet["reasons"] = list(lines_of_reasons(here, language))
        sheet["what"] = word(f"source_{sheet['source']}")
        for name in ("file", "sheet"):
            sheet[name] = without_names(str(sheet[name]), report.withheld)
    names = load_names(place.processed) or DeniedNames(b"")
    place.keep(
        OUTCOME,
        {
            "data": digest_of_inputs(place), "is_simulated": report.is_simulated, "sheets": sheets,
            "n_files": report.n_files, "error": "",
            "strange": [
                without_names(strange_line(one, language, is_at_desk=True), report.withheld)
                for one in report.strange
            ],
            "left_out": _left_out(place, language),
            "quarantined": [one.line(language) for one in report.quarantined],
            "replaced": [
                without_names(word(f"clean_{why}", file=file, other=other, n=n), report.withheld)
                for why, file, other, n in report.replaced
            ],
            "offices": office_counts(place), "periods": _periods(place), "units": _units(place),
            "names": _unit_names(place.raw, names),
            "examples": {
                asked.question.key: found
                for asked in report.questions
                if not asked.answer and (found := _examples(place, asked, names)) is not None
            },
        },
    )  # fmt: skip


def keep_failure(place: Place, error: AsnError, language: str) -> None:
    """Store the error that stopped cleaning in the state of the desk."""
    outcome = {"data": digest_of_inputs(place), "error": at_desk(error, language), "sheets": []}
    place.keep(OUTCOME, outcome)


def office_counts(place: Place) -> list[dict[str, Any]]:
    """Return the numbers of kept, repaired and quarantined rows of each office, most quarantined rows first."""
    processed = open_processed(place.processed)
    counts: dict[str, dict[str, int]] = {}
    for name, table in (("quarantined", "quarantine"), ("repaired", "repairs")):
        frame = processed.table(table)
        if len(frame):
            rows = frame.drop_duplicates("row_id").groupby("unit_id", observed=True).size()
            for unit, n in rows.items():
                counts.setdefault(str(unit), {})[name] = int(n)
    city = city_of(place.raw)
    found = [
        {"unit": unit, "name": city.units[unit].name if unit in city.units else unit,
         "quarantined": own.get("quarantined", 0), "repaired": own.get("repaired", 0)}
        for unit, own in counts.items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row["quarantined"], -row["repaired"], row["unit"]))


def _left_out(place: Place, language: str) -> list[str]:
    """Return why rows were left out, each reason with the number of its rows; the most frequent first."""
    counts = open_processed(place.processed).table("excluded")["reason"].astype("str").value_counts()
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return [f"{n} × {reason_of(str(code)).text_of('label', language)}" for code, n in ordered]


def _periods(place: Place) -> list[str]:
    manifest = open_processed(place.processed).manifest
    return sorted({part.period for parts in manifest.tables.values() for part in parts if part.period})


def _units(place: Place) -> list[list[str]]:
    """Return the units with rows, each with its name; the city last if there are several."""
    processed = open_processed(place.processed)
    found = set()
    for name in ("citizen_feedback", "service_log", "appraisals", "complaints"):
        if name in processed.manifest.tables:
            frame = processed.table(name)
            if "reporting_unit_id" in frame:
                found |= set(frame["reporting_unit_id"].dropna().astype("str").unique())
    city = city_of(place.raw)
    units = [[u.unit_id, u.name] for u in city.reporting_units if u.unit_id in found]
    return [*units, [CITY, city.facts.name]] if len(units) > 1 else units


def _unit_names(raw: Path, names: DeniedNames) -> list[dict[str, Any]]:
    """Return the names of units that wait for a decision or have one; names that may identify a person are masked."""
    found = []
    decided = {key_of_spelling(spelling): decision for spelling, _, decision in decisions_in(raw)}
    for row in read_review(raw):
        spelling = row["spelling"].lstrip("'")
        is_masked = may_hold_identity(spelling) or leads_to_a_person(spelling, names)
        found.append(
            {
                **row,
                "key": key_of_spelling(spelling),
                "spelling": "" if is_masked else spelling,
                "decision": row["decision"] or decided.get(key_of_spelling(spelling), ""),
            }
        )
    return found


def _examples(place: Place, asked: Asked, names: DeniedNames) -> dict[str, Any] | None:
    """Return the first rows of a table that a question is about, columns of persons masked."""
    wanted = {each.partition(" [")[0] for each in asked.places}
    try:
        city, answers = city_of(place.raw), load_answers(place.raw)
        for file in list_raw_files(place.raw):
            if file.name in wanted:
                for table in read_tables(file, city, answers).tables:
                    is_of_layout = (table.source, table.layout) == (
                        asked.question.source,
                        asked.question.layout,
                    )
                    if is_of_layout or asked.question.key in {each.key for each in table.questions}:
                        return _rows(table, asked.question.heading, names)
    except AsnError:
        return None
    return None


def _rows(table: RawTable, heading: str, names: DeniedNames) -> dict[str, Any]:
    """Return the first rows of a table for a question, the column in question first, with personal cells masked."""
    book = load_codebook(table.source).by_name
    # The column that is asked about stands first, then those of the codebook. What stands in no column is not shown.
    known_order = [*book, *table.headings]
    order = sorted(
        (c for c in table.columns if c in table.headings),
        key=lambda c: (fold_heading(table.headings[c]) != fold_heading(heading), known_order.index(c)),
    )
    at = np.flatnonzero(~table.is_total)[:_EXAMPLES]
    shown = []
    for column in order[:_MOST_COLUMNS]:
        known = book.get(column)
        texts = [str(text) for text in table.columns[column].take(at).text]
        is_masked = known is None or known.personal or known.type == "nip"
        shown.append(["•••" if is_masked or _is_of_person(text, names) else text for text in texts])
    return {
        "headings": [" ".join(table.headings[c].split()) for c in order[:_MOST_COLUMNS]],
        "rows": [list(row) for row in zip(*shown, strict=True)],
    }


def _is_of_person(text: str, names: DeniedNames) -> bool:
    return may_hold_identity(text) or leads_to_a_person(text, names)
