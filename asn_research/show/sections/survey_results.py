"""Chapters III and IV of a survey report: who answered and what they said; what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asn_research.measure.apportion import apportion
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.periods import Period
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.movement import index_course, programmes_begun
from asn_research.show.sections.reported import factor, index_as_reported, reported
from asn_research.show.sections.section_parts import (
    listing,
    period_label,
    pooled_note,
    reliability_word,
    satisfaction_rule,
)
from asn_research.show.sections.survey_elements import (
    changes,
    elements_table,
    services_block,
    strengths,
)
from asn_research.show.sections.survey_front import index_text
from asn_research.show.sections.survey_plan import plan_block
from asn_research.show.sections.survey_suggestions import suggestions_block
from asn_research.show.sections.survey_words import has_survey
from asn_research.show.survey_figures import trend_figure

#: Respondents are counted by these, in the order of the ministry's table.
_TRAITS = ("sex", "age_band", "education", "occupation", "service_id")
#: Years that the course looks back.
_YEARS = 3


def results(data: ReportData) -> Blocks:
    """Return chapter III: respondents by trait, the index, its elements, and services."""
    if not has_survey(data):
        return Blocks(())
    words, shown = data.words, reported(data)
    blocks: list[Block] = [
        Heading(words("chapter_results"), form="chapter"),
        *pooled_note(data, "citizen_feedback"),
        Heading(words("section_respondents"), 2),
        *respondents_table(data),
        Heading(words("section_index"), 2),
    ]
    if shown is None:
        found = data.rows("satisfaction")
        least = found.rule.smallest_group.citizens if found is not None else 0
        return Blocks((*blocks, Paragraph(words("too_few_citizens", n=least))))
    key = "ikm_told" if shown.is_full else "ikm_told_partial"
    sentence = words(
        key, name=data.name, period=data.period.label(data.language), index=index_text(data, shown),
        n=data.numbers.number(shown.n), range=data.numbers.interval(shown.low, shown.high, 1),
    )  # fmt: skip
    blocks.append(Paragraph(sentence))
    if shown.is_full and shown.grade != shown.other_grade:
        blocks.append(Paragraph(_other_weight(data), "note"))
    blocks += _one_measure(data)
    return Blocks((*blocks, *elements_table(data), *services_block(data)))


def _one_measure(data: ReportData) -> list[Block]:
    """Say beside the index that its elements do not go together, where the form's alpha is poor."""
    found = data.rows("survey_reliability")
    alpha: Any = None if found is None else found.frame["alpha"].iloc[0]
    if is_missing(alpha) or reliability_word(float(alpha)) != "poor":
        return []
    return [Paragraph(data.words("index_not_one_measure", alpha=data.numbers.number(alpha, 2)), "note")]


def _other_weight(data: ReportData) -> str:
    """Return the sentence on the index with the other weight, if its grade differs."""
    shown = reported(data)
    assert shown is not None  # noqa: S101 (the caller has it)
    key = "other_weight_printed" if factor(data) == 1 else "other_weight_exact"
    return data.words(
        key, weight=data.numbers.number(float(shown.weight), -int(shown.weight.as_tuple().exponent)),
        index=data.numbers.number(shown.other, 2), grade=shown.other_grade, n=len(satisfaction_rule(data).elements),
    )  # fmt: skip


def respondents_table(data: ReportData) -> list[Block]:
    """Return how many answered, by trait: counts and percent that add up to all respondents."""
    words, numbers = data.words, data.numbers
    found, whole = data.rows("respondent_groups"), data.rows("satisfaction")
    if whole is None:
        return []
    total = int(whole.frame["n_respondents"].iloc[0])
    rows: list[tuple[Cell, ...]] = []
    stated: list[str] = []
    for trait in _TRAITS:
        own = None if found is None else found.where(dimension=trait)
        if own is None or not len(own):
            continue
        counts = dict(zip(own.frame["category"].astype("str"), own.frame["n"].astype(int), strict=True))
        named = [(category_name(data, trait, key), counts[key]) for key in in_order(trait, list(counts))]
        if missing := total - sum(counts.values()):
            named.append((words("not_stated"), missing))
        stated.append(words(f"dimension_{trait}").lower())
        for at, ((name, n), share) in enumerate(zip(named, shares([n for _, n in named]), strict=True)):
            label = words(f"dimension_{trait}") if at == 0 else ""
            percent = Cell(numbers.percent(share, 1), share)
            rows.append((Cell(label), Cell(name), Cell(numbers.number(n), float(n)), percent))
    # Services are a unit's.
    asked = [trait for trait in _TRAITS if not (data.is_city and trait == "service_id")]
    traits = [words(f"dimension_{trait}").lower() for trait in asked]
    if not rows:
        text = words("respondents_plain", n=numbers.number(total), traits=listing(data, traits, "or_last"))
        return [Paragraph(text)]
    columns = (
        TableColumn(words("col_trait"), "left", 1.6),
        TableColumn(words("col_indicator"), "left", 3),
        TableColumn(words("col_number_of"), "right"),
        TableColumn(words("col_percent"), "right"),
    )
    sentence = words("respondents_sentence", n=numbers.number(total), traits=listing(data, stated))
    untold = [name for name in traits if name not in stated]
    notes = (words("respondents_untold", traits=listing(data, untold, "or_last")),) if untold else ()
    return [
        Paragraph(sentence),
        Table("respondents", words("table_respondents"), columns, tuple(rows), notes),
    ]


def shares(counts: Sequence[int], decimals: int = 1) -> list[float]:
    """Return rounded percentages that add up to 100; the remainder goes to those with the largest fractions.

    Examples
    --------
    >>> shares([1, 1, 1])
    [33.4, 33.3, 33.3]
    """
    unit = 10**decimals
    return [part / unit for part in apportion(100 * unit, counts)]


def in_order(trait: str, categories: Sequence[str]) -> list[str]:
    """Return categories in their natural order: as the form lists them, bands from the youngest."""
    book = load_codebook("citizen_feedback").by_name.get(trait)
    listed = list(dict.fromkeys(book.codes.values())) if book is not None else []
    # "<17" sorts behind digits.
    return sorted(
        categories,
        key=lambda key: (listed.index(key) if key in listed else len(listed), not key.startswith("<"), key),
    )


def category_name(data: ReportData, trait: str, key: str) -> str:
    """Return the label of a category."""
    if trait == "service_id":
        known = data.city.services.get(key)
        return known.name(data.language) if known else key
    name = f"{trait}_{key}"
    return data.words(name) if data.words.has(name) else key.replace("-", "–")


def analysis(data: ReportData) -> Blocks:
    """Return chapter IV: strong and weak elements, the plan, and the course over quarters and years."""
    if not has_survey(data):
        return Blocks(())
    words = data.words
    return Blocks(
        (
            Heading(words("chapter_analysis"), form="chapter"),
            Heading(words("section_strengths"), 2),
            *strengths(data),
            *changes(data),
            *suggestions_block(data),
            Heading(words("section_plan"), 2),
            *plan_block(data),
            Heading(words("section_course"), 2),
            *_course(data),
        )
    )


def _course(data: ReportData) -> list[Block]:
    """Return the index over the periods, as a chart with what began then, and over the years."""
    words = data.words
    history = data.history("satisfaction")
    known = None if history is None else history.rows(history.frame["index"].notna())
    if history is None or known is None or len(known) < 2:
        return [Paragraph(words("trend_first"))]
    scaled = index_as_reported(data, history)
    changed = scaled.frame.iloc[1:].loc[lambda rows: rows["rule_changed"].astype(bool)]
    events = {period.code: name for name, period in programmes_begun(data).items()}
    figure = trend_figure(
        data, scaled, key="satisfaction_trend", column="index", low="index_low", high="index_high",
        title=_course_title(data), axis=words("axis_index"), decimals=1, rule=satisfaction_rule(data),
        breaks=[str(code) for code in changed["period"]], events=events,
    )  # fmt: skip
    return [*([figure] if figure else []), *_years(data)]


def _course_title(data: ReportData) -> str:
    """Return the title on how the index changed in a year, or since the last period."""
    words = data.words
    each = index_course(data)
    if each is None:
        return words("figure_ikm_trend")
    values = {
        "before": data.numbers.number(each.before.value, 1),
        "now": data.numbers.number(each.now.value, 1),
    }
    direction = "steady" if each.verdict == "steady" else "up" if each.moved.value > 0 else "down"
    return words(f"title_trend_{direction}", period=each.since.label(data.language), **values)


def _years(data: ReportData) -> list[Block]:
    """Return the index of whole years, where there are several."""
    words, numbers = data.words, data.numbers
    codes = [str(data.period.year - back) for back in range(_YEARS, -1, -1)]
    found = data.rows("satisfaction", period=codes)
    shown = None if found is None else found.rows(found.frame["ikm"].notna())
    if shown is None:
        return []
    open_years = _open_years(data, codes)
    own = str(data.period.year)
    shown = shown.rows(~shown.frame["period"].astype("str").isin(set(open_years) - {own}))
    if len(shown) < 2:
        return []
    rows = []
    for row in shown.sorted_by("period").frame.to_dict("records"):
        exact = factor(data) == 1
        value = float(row["ikm"] if exact else row["index_printed_weight"])
        n = Cell(numbers.number(row["n_respondents"]), float(row["n_respondents"]))
        grade = str(row["grade"] if exact else row["grade_printed"])
        rows.append(
            (
                Cell(Period.parse(str(row["period"])).label(data.language)),
                n,
                Cell(numbers.number(value, 2), value),
                Cell(grade),
            )
        )
    columns = (
        TableColumn(words("cover_period"), "left", 2),
        TableColumn(words("col_respondents"), "right"),
        TableColumn(words("col_ikm"), "right"),
        TableColumn(words("col_grade"), "left"),
    )
    note: tuple[str, ...] = ()
    if own in open_years:
        named = [period_label(data, code) for code in open_years[own]]
        note = (words("note_year_open", year=own, parts=listing(data, named)),)
    return [Table("years", words("table_years"), columns, tuple(rows), note)]


def _open_years(data: ReportData, codes: Sequence[str]) -> dict[str, list[str]]:
    """Return the years that lack a part, and the parts that they have."""
    found = data.protected.get("larger_periods", period=list(codes), source="citizen_feedback")
    if found is None:
        return {}
    rows = found.frame.to_dict("records")
    return {str(row["period"]): str(row["parts"]).split("|") for row in rows if str(row["missing"])}
