"""What staff say: motivation, engagement, recognition, fairness."""

from __future__ import annotations

from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.sections.staff_values import SCALES, Valued, moved_text, scales
from asn_research.show.staff_figures import Beside, beside_figure

#: The ends of the scale that staff answer on.
_ENDS = (1.0, 5.0)
#: Of these scales what moved is told.
#: The scales whose change is a headline of the report.
_FOLLOWED = ("motivation", "recognition", "fairness")


def motivation(data: ReportData) -> Blocks:
    """Return the staff survey's scales beside the city's."""
    words = data.words
    head = Heading(words("section_motivation"))
    found = data.rows("motivation", scale=list(SCALES))
    if found is None:
        return Blocks(())
    values = scales(data)
    if not values:
        few = words("too_few_staff", n=found.rule.smallest_group.employees)
        return Blocks((head, Paragraph(few, "absent")))
    n = data.numbers.number(found.frame["n"].max())
    blocks: list[Block] = [head, Paragraph(words("motivation_sentence", n=n))]
    lines = [Beside(each.label, each.own, each.city) for each in values]
    blocks.append(
        beside_figure(
            data, lines, key="scales", title=scales_title(data, values), axis=words("axis_scale"), ends=_ENDS, decimals=1
        )
    )  # fmt: skip
    return Blocks((*blocks, _table(data, values)))


def scales_title(data: ReportData, values: list[Valued]) -> str:
    """Return the title of the chart of scales: the lowest and the highest one, or the range of the values.

    The lowest scale is named only if its printed value differs from that of the second lowest; the highest likewise.
    """
    words = data.words
    ordered = sorted(values, key=lambda each: each.own.value)
    texts = [data.numbers.number(each.own.value, 1) for each in ordered]
    low, high = ordered[0].label, ordered[-1].label
    if len(values) == 1:
        return words("title_scale", what=low, value=texts[0])
    has_low, has_high = texts[0] != texts[1], texts[-1] != texts[-2]
    if has_low and has_high:
        return words("title_low_high", low=low, low_value=texts[0], high=high.lower(), high_value=texts[-1])
    if has_low:
        return words("title_low", low=low, low_value=texts[0])
    if has_high:
        return words("title_high", high=high, high_value=texts[-1])
    return words("title_between", low=texts[0], high=texts[-1])


def _table(data: ReportData, values: list[Valued]) -> Table:
    """Return the table of the scales: mean, interval, the city's mean, and the change since the period before."""
    words, numbers = data.words, data.numbers
    rows = tuple(
        (
            Cell(each.label),
            Cell(numbers.number(each.own.value, 2), round(each.own.value, 10)),
            Cell(numbers.interval(each.own.low, each.own.high, 2)),
            *(() if data.is_city else (Cell(numbers.number(each.city.value if each.city else None, 2)),)),
            Cell(moved_text(data, f"{each.key}_mean") if each.key in _FOLLOWED else words("moved_part")),
        )
        for each in values
    )
    columns = (
        TableColumn(words("col_scale"), "left", 2.4),
        TableColumn(words("col_mean_1_5"), "right"),
        TableColumn(words("col_range"), "center", 1.3),
        *(() if data.is_city else (TableColumn(words("col_city"), "right", 0.8),)),
        TableColumn(words("col_moved"), "left", 2.4),
    )
    return Table("scales", words("table_scales"), columns, rows, (words("note_scales"),))
