"""What follows from a report: the plan to be filled in, the data and rules behind it, the signature."""

from __future__ import annotations

from asn_research.given import Signatory
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.signatories import title_of
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
    """Return the place to sign: of whoever was named on the form, or with lines to be filled in by hand."""
    words, signed = data.words, data.given.signatory or Signatory("")
    usual = title_of(data.city, data.unit_id, data.language)
    title, behalf = signed.title or usual, ""
    if signed.standing == "a.n.":
        behalf = words("sign_standing", standing=signed.standing, title=usual)
    elif signed.standing:
        title = words("sign_standing", standing=signed.standing, title=title)
    number = words("sign_nip", nip=signed.nip) if signed.nip else ""
    return Signature(
        place_date=words("sign_place", place=data.city.facts.signed_at, year=data.period.next.first_day.year),
        office=words("sign_office", title=title),
        name_line=signed.name or words("sign_name"),
        number_line=number if signed.name else words("sign_number"),
        behalf_line=words("sign_office", title=behalf) if behalf else "",
        rank_line=signed.rank,
        has_box=bool(signed.name),
    )
