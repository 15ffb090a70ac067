"""What the city's data show of training, motivation and service: hedged sentences with intervals."""

from __future__ import annotations

import pandas as pd

from asn_research.methods.few_clusters import LEAST_CLUSTERS
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.staff_appraisal import ratings_warning
from asn_research.show.staff_figures import estimate_figure
from asn_research.study.study_claims import LEAST_ROWS, is_enough, load_answers


def study(data: ReportData) -> Blocks:
    """Return the findings for a unit's report in one paragraph; for the city's, all of them on one page."""
    words = data.words
    head = Heading(words("section_study"))
    if data.is_pooled:
        return Blocks(())
    answers = load_answers()
    keys = [key for key in answers if (data.is_city or answers[key].in_unit_report) and key in data.findings]
    if not keys:
        return Blocks(())
    blocks: list[Block] = [head, Paragraph(words("study_intro", name=data.city.facts.name))]
    if data.is_city:
        blocks.append(_findings_table(data, keys))
    else:
        # What training went with stands beside the training.
        texts = [data.findings[key].text for key in keys if key != "training_motivation"]
        blocks += [Paragraph(" ".join(texts), "claim")] if texts else []
    if any(answers[key].rests_on_ratings for key in keys):
        blocks += ratings_warning(data)
    return Blocks((*blocks, Paragraph(words("study_hedge"), "note")))


def _findings_table(data: ReportData, keys: list[str]) -> Table:
    """Return the table of the study's questions, each with its finding in one sentence."""
    words = data.words
    columns = (TableColumn(words("col_question"), "left", 1.5), TableColumn(words("col_found"), "left", 4))
    rows = tuple((Cell(words(f"question_{key}")), Cell(data.findings[key].text)) for key in keys)
    return Table("findings", words("table_findings"), columns, rows)


def study_results(data: ReportData) -> Blocks:
    """Return the annex of the study's estimates as a table and a figure, beside the truth where it is known.

    Estimates that rest on too few units or rows are named without their numbers: their intervals would be too narrow.
    """
    fitted = data.estimates.loc[data.estimates["estimate"].notna()] if len(data.estimates) else data.estimates
    if fitted.empty or data.is_pooled:
        return Blocks(())
    answers = load_answers()
    is_stated = pd.Series(
        [is_enough(row, answers[row["key"]]) for _, row in fitted.iterrows()], index=fitted.index, dtype=bool
    )
    stated, refused = fitted.loc[is_stated], fitted.loc[~is_stated]
    blocks: list[Block] = [Heading(data.words("annex_study"), form="annex")]
    if len(stated):
        blocks += [estimate_figure(data, stated), _estimate_table(data, stated)]
    if len(refused):
        blocks.append(_refused(data, refused))
    return Blocks(tuple(blocks))


def _refused(data: ReportData, refused: pd.DataFrame) -> Paragraph:
    """Return the sentence that names the questions without an answer, and what an answer needs."""
    words = data.words
    asked = "; ".join(words(f"question_{key}") for key in refused["key"])
    return Paragraph(words("study_refused", asked=asked, units=LEAST_CLUSTERS, rows=LEAST_ROWS), "note")


def _estimate_table(data: ReportData, stated: pd.DataFrame) -> Table:
    """Return the table of the study's estimates with intervals, and with the truth if it is known."""
    words, numbers = data.words, data.numbers
    with_truth = "truth_value" in stated and stated["truth_value"].notna().any()
    rows = []
    for _, row in stated.iterrows():
        cells = [
            Cell(words(f"question_{row['key']}")),
            Cell(numbers.number(row["estimate"], 3), float(row["estimate"])),
            Cell(numbers.interval(row["low"], row["high"], 3)),
        ]
        if with_truth:
            cells += [
                Cell(numbers.number(row[name], 3), None if is_missing(row[name]) else float(row[name]))
                for name in ("truth_value", "truth_observed")
            ]
        cells.append(Cell(numbers.number(row["n"]), float(row["n"])))
        rows.append(tuple(cells))
    columns = [
        TableColumn(words("col_question"), "left", 3.2),
        TableColumn(words("col_estimate"), "right"),
        TableColumn(words("col_interval"), "center", 1.7),
        *(
            [TableColumn(words("col_truth"), "right"), TableColumn(words("col_truth_observed"), "right", 1.2)]
            if with_truth
            else []
        ),
        TableColumn(words("col_n"), "right", 0.9),
    ]
    notes = [words("note_estimates")]
    if with_truth:
        notes.append(words("note_truth"))
    return Table("estimates", words("table_estimates"), tuple(columns), tuple(rows), tuple(notes))
