"""How staff are rated, and what the ratings can tell."""

from __future__ import annotations

from asn_research.measure.changes import Estimate
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import CITY, ReportData
from asn_research.show.figures import predicate_figure
from asn_research.show.numbers import NOTHING
from asn_research.show.sections.common import absent, listing
from asn_research.show.tabling import Show, build_table


def appraisal(data: ReportData) -> Blocks:
    """Return the indicators, the distribution of predicates, and what ratings can tell."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_appraisal"))]
    found = data.rows("appraisal")
    if found is None:
        return Blocks((*blocks, absent(data, "what_appraisal")))
    row = found.frame.iloc[0]
    if found.is_suppressed(found.frame.index[0], "n_employees"):
        return Blocks(
            (*blocks, Paragraph(words("too_few_staff", n=found.rule.smallest_group.employees), "absent"))
        )
    blocks.append(
        Paragraph(
            words(
                "appraisal_sentence", n=numbers.number(row["n_employees"]),
                grades=numbers.number(row["effective_predicates"], 1),
            )
        )
    )  # fmt: skip
    if float(row["n_contradicting"]) > 0:
        blocks.append(
            Paragraph(words("contradicting_sentence", n=numbers.number(row["n_contradicting"])), "warning")
        )
    shares = {}
    own = data.rows("predicates")
    if own is not None:
        shares[data.name if data.is_city else data.unit.short_name] = own
    whole = data.rows("predicates", unit_id=CITY)
    if whole is not None and not data.is_city:
        shares[data.city.facts.name] = whole
    if shares:
        blocks.append(predicate_figure(data, shares))
    if own is not None:
        merged = next((m for m in own.frame["merged_categories"] if m), "")
        notes = [words("note_predicate_matrix")]
        if merged:
            names = listing(data, [words(f"predicate_{key}") for key in merged.split("|")])
            notes.append(words("note_merged", names=names, n=own.rule.smallest_cell))
        blocks.append(
            build_table(
                data, own,
                [
                    Show(words("col_predicate"), "predicate", text=lambda key: words(f"predicate_{key}"), width=3),
                    Show(words("col_staff"), "n"),
                    Show(words("col_share"), "share_pct", 1, suffix="%"),
                ],
                key="predicates", title=words("table_predicates"), notes=tuple(notes),
            )
        )  # fmt: skip
    blocks.append(_indicator_table(data))
    return Blocks(tuple(blocks))


def _indicator_table(data: ReportData) -> Table:
    """Print the four appraisal indicators, the unit beside the city."""
    words, numbers = data.words, data.numbers
    rows = []
    for key in ("discipline_mean", "service_quality_mean", "innovation_mean", "output_mean"):
        own, whole = data.estimate("appraisal", key), data.estimate("appraisal", key, unit_id=CITY)
        moved = data.change_since_last("appraisal", key)
        verdict = data.indicator(key).verdict(moved.low, moved.high) if moved else "none"
        rows.append(
            (
                Cell(data.label(key)),
                *(_cells(data, own)),
                *(() if data.is_city else (_cells(data, whole)[0],)),
                Cell(numbers.signed(moved.value, 1) if moved else NOTHING, moved.value if moved else None),
                Cell(words(f"verdict_{verdict}")),
            )
        )
    columns = [
        TableColumn(words("col_indicator"), "left", 2.2),
        TableColumn(words("col_mean"), "right"),
        TableColumn(words("col_interval"), "center", 1.4),
        *([] if data.is_city else [TableColumn(words("col_city"), "right")]),
        TableColumn(words("col_change"), "right"),
        TableColumn(words("col_meaning"), "left", 1.9),
    ]
    return Table(
        "indicators", words("table_indicators"), tuple(columns), tuple(rows), (words("note_indicators"),)
    )


def _cells(data: ReportData, found: Estimate | None, decimals: int = 1) -> tuple[Cell, Cell]:
    if found is None:
        return Cell(NOTHING), Cell(NOTHING)
    return (
        Cell(data.numbers.number(found.value, decimals), round(found.value, 10)),
        Cell(data.numbers.interval(found.low, found.high, decimals)),
    )
