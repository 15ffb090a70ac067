"""The closed annex on the ratings: how exactly they measure, for the bureau of organisation and BKPSDM alone.

A template without this cell makes a report without the annex.
"""

from __future__ import annotations

from asn_research import rules
from asn_research.measure.rating_information import SUBJECTS
from asn_research.rules.regulations_staff import InformationRule
from asn_research.show.blocks import Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.section_parts import listing
from asn_research.show.tabling import Show, build_table


def ratings_annex(data: ReportData) -> Blocks:
    """Return what was found of each rating, in words; where nothing could be computed, that it could not."""
    words = data.words
    found = data.rows("information")
    if found is None:
        return Blocks(())
    head = Heading(words("annex_ratings"), form="annex", new_page=True)
    blocks = [head, Paragraph(words("annex_ratings_sentence", name=data.name))]
    ordered = found.ordered("subject", list(SUBJECTS))
    findings = {
        str(row["subject"]): _finding(data, str(row["verdict"]), str(row["reasons"] or ""))
        for row in ordered.frame.to_dict("records")
    }
    shows = [Show(words("col_subject"), "subject", text=lambda key: words(f"subject_{key}"), width=1.3)]
    notes: tuple[str, ...] = ()
    if ordered.frame["reliability"].notna().any():
        rule = rules.at(data.period, data.city).one(InformationRule)
        notes = (
            words("note_ratings", reliability=data.numbers.number(rule.reliability_at_least, 2)),
            words("note_ratings_shape", effective=data.numbers.number(rule.effective_grades_at_least, 1),
                  commonest=data.numbers.percent(rule.commonest_at_most_pct, 0)),
        )  # fmt: skip
        shows += [
            Show(words("col_commonest"), "commonest_pct", 0, width=0.9),
            Show(words("col_reliability"), "reliability", width=0.9),
            Show(words("col_range"), "reliability", interval=True, width=1.1),
            Show(words("col_smallest_difference"), "smallest_difference", width=1.1),
        ]
    shows.append(Show(words("col_verdict"), "subject", text=lambda key: findings[str(key)], width=3.2))
    table = build_table(
        data, ordered, shows, key="information", title=words("table_information"), notes=notes
    )
    step = [Paragraph(words("do_ratings"))] if set(ordered.frame["verdict"]) & {"cannot", "all_alike"} else []
    return Blocks((*blocks, table, *step))


def _finding(data: ReportData, verdict: str, reasons: str) -> str:
    """Return the sentence on what a rating can show, and why."""
    words = data.words
    if verdict != "cannot":
        return words(f"finding_{verdict}")
    named = listing(data, [words(f"reason_{key}") for key in reasons.split("|") if key])
    return words("finding_cannot", reasons=named) if named else words("finding_cannot_plain")
