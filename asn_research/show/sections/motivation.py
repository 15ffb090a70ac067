"""What staff say: motivation, engagement, recognition, fairness."""

from __future__ import annotations

from asn_research.rules.cities import CITY
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.figures import scale_figure
from asn_research.show.sections.common import absent
from asn_research.show.sections.scales import scale_quality
from asn_research.show.tabling import Show, build_table


def motivation(data: ReportData) -> Blocks:
    """Return the staff survey's scales beside the city's."""
    words = data.words
    blocks: list[Block] = [Heading(words("section_motivation"))]
    scales = ["motivation", "psm", "engagement", "recognition", "fairness"]
    found = data.rows("motivation", scale=scales)
    if found is None:
        return Blocks((*blocks, absent(data, "what_motivation")))
    shown = found.rows(found.frame["mean"].notna())
    if not len(shown):
        return Blocks(
            (*blocks, Paragraph(words("too_few_staff", n=found.rule.smallest_group.employees), "absent"))
        )
    whole = None if data.is_city else data.rows("motivation", unit_id=CITY, scale=scales)
    blocks += [
        Paragraph(words("motivation_sentence", n=data.numbers.number(shown.frame["n"].max()))),
        scale_figure(data, shown, whole),
        build_table(
            data, found,
            [
                Show(words("col_scale"), "scale", text=lambda key: words(f"scale_{key}"), width=2.4),
                Show(words("col_staff_answering"), "n"),
                Show(words("col_mean_1_5"), "mean"),
                Show(words("col_interval"), "mean", interval=True, width=1.4),
            ],
            key="scales", title=words("table_scales"), notes=(words("note_scales"),),
        ),
    ]  # fmt: skip
    return Blocks((*blocks, *scale_quality(data)))
