"""What citizens say: the index, its elements, its course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asn_research.measure.sample import needed_respondents
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.figures import element_figure, trend_figure
from asn_research.show.sections.common import absent, grade_word, listing, satisfaction_rule
from asn_research.show.tabling import Show, build_table


def satisfaction(data: ReportData) -> Blocks:
    """Return the citizens' index: its value and grade, its elements, its course over time."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_satisfaction"))]
    found = data.rows("satisfaction")
    if found is None:
        return Blocks((*blocks, absent(data, "what_satisfaction")))
    row = {str(name): value for name, value in found.frame.iloc[0].items()}
    if found.is_suppressed(found.frame.index[0], "index"):
        return Blocks(
            (*blocks, Paragraph(words("too_few_citizens", n=found.rule.smallest_group.citizens), "absent"))
        )
    n = int(row["n_respondents"])
    if bool(row["is_full"]):
        blocks.append(
            Paragraph(
                words(
                    "ikm_sentence", name=data.name, period=data.period.label(data.language),
                    ikm=numbers.number(row["ikm"], 2), grade=row["grade"], word=grade_word(data, row["grade"]).lower(),
                    n=numbers.number(n), interval=numbers.interval(row["index_low"], row["index_high"], 2),
                )
            )
        )  # fmt: skip
        if bool(row["grade_flips"]):
            blocks.append(
                Paragraph(
                    words(
                        "grade_flips",
                        printed=numbers.number(row["index_printed_weight"], 2),
                        grade=row["grade_printed"],
                    ),
                    "warning",
                )
            )
    else:
        blocks.append(Paragraph(_partial_sentence(data, row), "warning"))
    if n < found.rule.grade_warning_below and bool(row["is_full"]):
        blocks.append(
            Paragraph(words("few_respondents", n=n, least=found.rule.grade_warning_below), "warning")
        )
    blocks += _sample_sentence(data, n)
    return Blocks((*blocks, *_elements(data), *_satisfaction_trend(data)))


def _partial_sentence(data: ReportData, row: Mapping[str, Any]) -> str:
    """Say which elements were not asked, and give the indices that can be given."""
    words, numbers = data.words, data.numbers
    rule = satisfaction_rule(data)
    elements = data.rows("elements")
    asked = (
        set(elements.frame.dropna(subset=["n"]).query("n > 0")["element"]) if elements is not None else set()
    )
    missing = [words(f"element_{key}") for key in rule.elements if key not in asked]
    text = words(
        "not_all_asked", n_missing=len(missing), n_rule=len(rule.elements), missing=", ".join(missing),
        n_asked=len(rule.elements) - len(missing), index=numbers.number(row["index_rounded"], 2),
        interval=numbers.interval(row["index_low"], row["index_high"], 2), n=numbers.number(row["n_respondents"]),
    )  # fmt: skip
    extra = [key for key in str(row.get("extra_asked") or "").split("|") if key]
    if extra:
        labels = [data.extra_labels.get(key, {}).get(data.language, key) for key in extra]
        text += " " + words(
            "index_as_asked", extra=", ".join(labels), n_questions=len(asked) + len(extra),
            index=numbers.number(row["index_as_asked"], 2),
        )  # fmt: skip
    return text


def _sample_sentence(data: ReportData, n: int) -> list[Block]:
    served = data.rows("service_time", service_id="")
    if served is None or data.is_city or served.frame["n_requests"].isna().any():
        return []
    population = int(served.frame["n_requests"].iloc[0])
    needed = needed_respondents(population)
    key = "sample_enough" if n >= needed else "sample_short"
    text = data.words(key, n=data.numbers.number(n), needed=data.numbers.number(needed),
                      population=data.numbers.number(population))  # fmt: skip
    return [Paragraph(text, "body" if n >= needed else "note")]


def _elements(data: ReportData) -> list[Block]:
    words = data.words
    found = data.rows("elements")
    if found is None:
        return []
    asked = found.rows(found.frame["n"].fillna(0) > 0)
    if not len(asked):
        return []
    rule = satisfaction_rule(data)
    table = asked.ordered("element", rule.elements)
    lowest = table.frame.dropna(subset=["index"]).nsmallest(3, "index")["element"]
    blocks: list[Block] = [
        Heading(words("section_elements"), 2),
        Paragraph(
            words("elements_sentence", lowest=listing(data, [words(f"element_{key}") for key in lowest]))
        ),
        element_figure(data, table, rule),
        build_table(
            data,
            table,
            [
                Show(words("col_element"), "element", text=lambda key: words(f"element_{key}"), width=3.2),
                Show(words("col_answers"), "n"),
                Show(words("col_nrr"), "mean", 3),
                Show(words("col_index"), "index", 2),
                Show(words("col_interval"), "low", 1, high="high", width=1.5),
                Show(words("col_grade"), "grade", text=str),
            ],
            key="elements",
            title=words("table_elements"),
            notes=(words("note_exact_weight", n=len(table)),),
        ),
    ]
    return blocks


def _satisfaction_trend(data: ReportData) -> list[Block]:
    history = data.history("satisfaction")
    if history is None:
        return []
    rule = satisfaction_rule(data)
    words = data.words
    figure = trend_figure(
        data, history, key="satisfaction_trend", column="index", low="index_low", high="index_high",
        title=words("figure_ikm_trend"), axis=words("axis_index"),
        lines={words("line_grade", grade=b.grade): float(b.at_least) for b in rule.grades[:2]},
    )  # fmt: skip
    return [Heading(words("section_trend"), 2), figure] if figure else []
