"""What was done in the city, and what a unit's sub-units may show."""

from __future__ import annotations

from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.reported import index_as_reported
from asn_research.show.sections.section_parts import absent
from asn_research.show.tabling import Show, build_table


def programmes(data: ReportData) -> Blocks:
    """Return the programmes of the city: what was done, and how far each target was met."""
    words = data.words
    where = {"unit_id": [u.unit_id for u in data.city.reporting_units]} if data.is_city else {}
    found = data.rows("programmes", **where)
    if found is None:
        return Blocks(())
    shows = [
        *(
            [Show(words("col_unit"), "unit_id", text=lambda key: data.city.units[key].short_name, width=1.3)]
            if data.is_city
            else []
        ),
        Show(words("col_programme"), "programme", text=str, width=3),
        Show(words("col_target"), "target_n"),
        Show(words("col_output"), "output_n"),
        Show(words("col_achieved"), "achieved_pct"),
        Show(words("col_output_unit"), "output_unit", text=str, width=1.2),
    ]
    table = build_table(data, found, shows, key="programmes", title=words("table_programmes"))
    return Blocks((Heading(words("section_programmes")), table))


def sub_units(data: ReportData) -> Blocks:
    """Return what a unit's sub-units may show; those that are too small are shown with the unit."""
    words = data.words
    own = data.city.sub_units(data.unit_id) if not data.is_city else ()
    if not own:
        return Blocks(())
    blocks: list[Block] = [Heading(words("section_sub_units")), Paragraph(words("sub_units_sentence"))]
    found = data.rows("sub_units", unit_id=[unit.unit_id for unit in own])
    if found is None:
        return Blocks((*blocks, absent(data, "what_sub_units")))
    # A sub-unit's citizens answer the form of its unit.
    table = build_table(
        data, index_as_reported(data, found, unit_id=data.unit_id),
        [
            Show(words("col_unit"), "unit_id", text=lambda key: data.city.units[key].name, width=2.6),
            Show("", "n_staff"),
            Show("", "n_respondents"),
            Show(words("col_index"), "index"),
            Show("", "n_requests"),
            Show(words("col_median_days"), "days_median"),
        ],
        key="sub_units", title=words("table_sub_units"),
    )  # fmt: skip
    return Blocks((*blocks, table))
