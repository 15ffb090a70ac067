"""What stands at the end of a report: the rows behind it, and the place to sign."""

from __future__ import annotations

from asn_research.given import Signatory
from asn_research.rules.signatories import title_of
from asn_research.show.blocks import Cell, Signature, Table, TableColumn
from asn_research.show.data import ReportData


def sources_table(data: ReportData) -> Table:
    """Return the table of rows by source: read, kept, repaired, quarantined and excluded."""
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
    of_audience = words(f"note_sources_{data.audience}")
    return Table(
        "sources", words("table_sources"),
        (TableColumn(words("col_source"), "left", 2.4),
         *(TableColumn(words(f"col_{n}"), "right") for n in ("raw", "kept", "repaired", "quarantined", "excluded"))),
        tuple(rows), (words("note_sources"), of_audience), (len(rows) - 1,),
    )  # fmt: skip


def signature(data: ReportData) -> Signature:
    """Return the block for the signature, with the signatory from the form or with lines to fill in by hand."""
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
