"""Objections of staff, and sanctions, of the city as a whole."""

from __future__ import annotations

from functools import partial

from asn_research.measure.discipline import UNKNOWN
from asn_research.rules.cities import CITY
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.tabling import Show, build_table


def sanctions_and_objections(data: ReportData) -> Blocks:
    """Return the objections to appraisals and the sanctions of the whole city; those of single units are not shown."""
    words = data.words
    blocks = [*objections(data).items, *discipline(data).items]
    if not blocks:
        return Blocks(())
    # What is said in sentences is one paragraph.
    plain = [block.text for block in blocks if isinstance(block, Paragraph) and block.role == "body"]
    others = [block for block in blocks if not isinstance(block, Paragraph) or block.role != "body"]
    opening = [] if data.is_city else [words("city_alone")]
    texts = " ".join([*opening, *plain, words("objection_right")])
    key = "section_voice" if data.is_city else "section_city_alone"
    return Blocks((Heading(words(key)), Paragraph(texts), *others))


def objections(data: ReportData) -> Blocks:
    """Return objections to appraisals, in all of the city."""
    return Blocks(tuple(_objections(data)))


def _objections(data: ReportData) -> list[Block]:
    """Return the sentences on objections; a quarter without any has the same form as one with a few."""
    words, rule = data.words, data.protected.rule
    if "objections" not in data.protected.tables:
        return []
    found = data.rows("objections", unit_id=CITY)
    if found is None or is_missing(found.frame["n_employees"].iloc[0]):
        return [Paragraph(words("few_objections", n=rule.smallest_group.employees))]
    first = found.frame.index[0]
    cell, interval = partial(data.cell, found, first), partial(data.interval_cell, found, first)
    key = "objections_sentence"
    if found.is_suppressed(first, "n_upheld"):
        key = "objections_sentence_few_upheld"
    elif is_missing(found.frame["n_upheld"].iloc[0]):
        key = "objections_sentence_no_outcome"
    if data.end(found, first, "upheld_pct"):
        key = "objections_sentence_coded"
    return [
        Paragraph(
            words(
                key, least=rule.smallest_cell,
                n=cell("n"), people=cell("n_employees"), rate=cell("per_1000_employees", 1),
                rate_interval=interval("per_1000_low", "per_1000_high"), decided=cell("n_decided"),
                upheld=cell("n_upheld"), upheld_pct=cell("upheld_pct", 1, "%"),
                upheld_interval=interval("upheld_low", "upheld_high"), days=cell("decision_days_median", 1),
                days_interval=interval("decision_days_low", "decision_days_high"),
            )
        ),
        *_grounds(data),
    ]  # fmt: skip


def _grounds(data: ReportData) -> list[Block]:
    """Return the table of grounds of objections; nothing if all are hidden."""
    words = data.words
    found = data.rows("objection_grounds", unit_id=CITY)
    if found is None or found.frame["n_employees"].isna().all():
        return []
    shows = [
        Show(words("col_ground"), "ground", text=lambda key: words(f"ground_{key}"), width=2.4),
        Show(words("col_staff"), "n_employees"),
        Show(words("col_share"), "share_pct"),
        Show(words("col_upheld"), "n_upheld"),
    ]
    return [build_table(data, found, shows, key="grounds", title=words("table_grounds"))]


def discipline(data: ReportData) -> Blocks:
    """Return the city's sanctions by level; nothing if no office keeps a list.

    Those of units are not shown. A quarter without a sanction reads like one with a few: else the one would
    tell of the other.
    """
    words = data.words
    if "sanctions" not in data.protected.tables:
        return Blocks(())
    found = data.rows("sanctions", unit_id=CITY)
    least = data.protected.rule.smallest_group.employees - 1
    if found is None or found.frame["n_people"].isna().all():
        return Blocks((Paragraph(words("sanctions_few", least=least)),))
    counts = {
        str(level): data.cell(found, row, "n_people")
        for row, level in zip(found.frame.index, found.frame["level"], strict=True)
    }
    older = counts.pop(UNKNOWN, "")
    sentence = words("sanctions_sentence", **counts, least=least)
    if older not in {"", HIDDEN}:
        sentence = f"{sentence} {words('sanctions_older', unknown=older)}"
    return Blocks((Paragraph(sentence),))
