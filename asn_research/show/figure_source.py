"""Where a headline figure comes from: its rule, its period and the function that computes it, in small print."""

from __future__ import annotations

from dataclasses import replace

from asn_research.schema.made import figure_names, function_of, makings
from asn_research.show.blocks import KeyFigure
from asn_research.show.data import ReportData


def rules_behind(data: ReportData, measure: str) -> tuple[tuple[str, str], ...]:
    """Return the title and the article of each rule that a measure applies, in the report's language."""
    known = makings()[measure].rules
    return tuple(
        (rule.title(data.language), rule.cited(data.language))
        for rule in data.rules
        if type(rule).__name__ in known
    )


def with_source(data: ReportData, key: str, figure: KeyFigure) -> KeyFigure:
    """Return a headline number that says where it comes from; the html edition shows it on request.

    Parameters
    ----------
    data : ReportData
        The report's data.
    key : str
        The figure's name, as in `schema/figure_names.csv`.
    figure : KeyFigure
        The headline number.
    """
    named = figure_names()[key]
    # The toolkit's own choices have no article.
    articles = [article for _, article in rules_behind(data, named.table) if article != "asn-research"]
    text = data.words(
        "figure_source_ruled" if articles else "figure_source",
        period=data.period.label(data.language), function=function_of(named.table),
        address=f"{data.period.code}/{data.unit_id}/{key}",
        **({"rules": "; ".join(dict.fromkeys(articles))} if articles else {}),
    )  # fmt: skip
    return replace(figure, source_label=data.words("figure_source_label"), source=text)
