"""What follows from a report: the plan to be filled in, the data and rules behind it, the signature."""

from __future__ import annotations

from asn_research.rules.regulations import DisclosureRule
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Signature, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.sections.common import is_full
from asn_research.show.sections.rules_used import rules_table


def follow_up(data: ReportData) -> Blocks:
    """Return the plan of the three lowest elements, its deeds left for the unit to fill in."""
    words = data.words
    blocks: list[Block] = [Heading(words("section_follow_up"))]
    elements = data.rows("elements")
    known = elements.frame.dropna(subset=["index"]) if elements is not None else None
    if known is None or known.empty:
        return Blocks((*blocks, Paragraph(words("absent_follow_up"), "absent")))
    lowest = known.nsmallest(3, "index")
    rows = tuple(
        (
            Cell(str(number)),
            Cell(words(f"element_{row['element']}")),
            Cell(data.numbers.number(row["index"], 2), float(row["index"])),
            *(Cell("") for _ in range(3)),
        )
        for number, (_, row) in enumerate(lowest.iterrows(), start=1)
    )
    columns = (
        TableColumn(words("col_number"), "center", 0.4),
        TableColumn(words("col_priority"), "left", 2),
        TableColumn(words("col_index"), "right", 0.8),
        TableColumn(words("col_action"), "left", 2.6),
        TableColumn(words("col_when"), "left", 1),
        TableColumn(words("col_responsible"), "left", 1.4),
    )
    table = Table("follow_up", words("table_follow_up"), columns, rows, (words("note_follow_up"),))
    return Blocks(
        (
            *blocks,
            Paragraph(words("follow_up_sentence" if is_full(data) else "follow_up_sentence_partial")),
            table,
        )
    )


def data_and_method(data: ReportData) -> Blocks:
    """Return what became of the rows that came in, and the rules that applied."""
    words, numbers = data.words, data.numbers
    rows = [
        (
            Cell(words(f"source_{source.source}")),
            *(
                Cell(numbers.number(n), float(n))
                for n in (
                    source.n_raw,
                    source.n_kept,
                    source.n_repaired,
                    source.n_quarantined,
                    source.n_excluded,
                )
            ),
        )
        for source in data.sources
    ]
    total = [
        sum(getattr(s, name) for s in data.sources)
        for name in ("n_raw", "n_kept", "n_repaired", "n_quarantined", "n_excluded")
    ]
    rows.append((Cell(words("total")), *(Cell(numbers.number(n), float(n)) for n in total)))
    rule = next(rule for rule in data.rules if isinstance(rule, DisclosureRule))
    small = rule.smallest_group
    needs = {
        "cell": rule.smallest_cell,
        "quantile": rule.smallest_quantile,
        "estimate": rule.smallest_estimate,
    }
    of_audience = words(f"note_sources_{data.audience}", least=small.employees)
    exits = Table(
        "sources", words("table_sources"),
        (TableColumn(words("col_source"), "left", 2.4),
         *(TableColumn(words(f"col_{n}"), "right") for n in ("raw", "kept", "repaired", "quarantined", "excluded"))),
        tuple(rows), (words("note_sources"), of_audience), (len(rows) - 1,),
    )  # fmt: skip
    return Blocks(
        (
            Heading(words("section_method")),
            Paragraph(words("method_sentence", staff=small.employees, citizens=small.citizens, **needs)),
            exits,
            rules_table(data),
            Paragraph(words("made_with", version=data.version), "note"),
        )
    )


def signature(data: ReportData) -> Signature:
    """Return the place to sign."""
    words = data.words
    office = (
        words("sign_office_city", bureau=data.city.facts.organisation_bureau)
        if data.is_city
        else words("sign_office", name=data.name)
    )
    return Signature(
        words("sign_place", place=data.city.facts.signed_at, year=data.period.next.first_day.year),
        office,
        words("sign_name"),
        words("sign_number"),
    )
