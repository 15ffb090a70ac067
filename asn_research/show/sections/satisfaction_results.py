"""What citizens say: the index, how sure it is, its elements, its course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asn_research.protect import ProtectedTable
from asn_research.rules.periods import Period
from asn_research.rules.regulations import load_rules
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.satisfaction_elements import changes, elements, groups, importance
from asn_research.show.sections.satisfaction_variants import printed_weight, variants
from asn_research.show.sections.section_parts import (
    absent,
    grade_word,
    listing,
    pooled_note,
    satisfaction_rule,
)
from asn_research.show.survey_figures import trend_figure

# Above this chance, in percent, the other grades are not listed.
_ALL_BUT_CERTAIN = 95
_SUREST = 99.9


def satisfaction(data: ReportData) -> Blocks:
    """Return the citizens' index: value, grade and chances, sample, elements, priorities, course, groups."""
    words = data.words
    blocks: list[Block] = [Heading(words("section_satisfaction"))]
    blocks += pooled_note(data, "citizen_feedback")
    found = data.rows("satisfaction")
    if found is None:
        return Blocks((*blocks, absent(data, "what_satisfaction")))
    row = {str(name): value for name, value in found.frame.iloc[0].items()}
    if found.is_suppressed(found.frame.index[0], "index"):
        few = words("too_few_citizens", n=found.rule.smallest_group.citizens)
        return Blocks((*blocks, Paragraph(few, "absent"), *groups(data)))
    blocks += _headline(data, found, row)
    blocks += _sample(data, row)
    blocks += variants(data, found, row)
    return Blocks((*blocks, *elements(data), *changes(data), *importance(data), *_trend(data), *groups(data)))


def _headline(data: ReportData, found: ProtectedTable, row: Mapping[str, Any]) -> list[Block]:
    """Return the sentences on the index, its interval and grade, how sure the grade is, and what the interval assumes."""
    words, numbers = data.words, data.numbers
    n, least = int(row["n_respondents"]), found.rule.grade_warning_below
    if not bool(row["is_full"]):
        return [Paragraph(_partial_sentence(data, row), "warning"), _assumption(data, row)]
    sentence = words(
        "ikm_sentence", name=data.name, period=data.period.label(data.language),
        ikm=numbers.number(row["ikm"], 2), grade=row["grade"], word=grade_word(data, row["grade"]).lower(),
        n=numbers.number(n), interval=numbers.interval(row["index_low"], row["index_high"], 2),
    )  # fmt: skip
    blocks: list[Block] = [Paragraph(" ".join(filter(None, (sentence, _chances(data, row)))))]
    if bool(row["grade_flips"]):
        rule = satisfaction_rule(data)
        flips = words(
            "grade_flips", printed=numbers.number(row["index_printed_weight"], 2), grade=row["grade_printed"],
            weight=printed_weight(data, rule.coarsest_weight), n=len(rule.elements),
        )  # fmt: skip
        blocks.append(Paragraph(flips, "warning"))
    if n < least:
        blocks.append(Paragraph(words("few_respondents", n=n, least=least), "warning"))
    if bool(row["rule_changed"]):
        blocks.append(Paragraph(_rule_sentence(data, data.period.code, str(row["rule"])), "warning"))
    return [*blocks, _assumption(data, row)]


def _chances(data: ReportData, row: Mapping[str, Any]) -> str:
    """Return the sentence on how sure the grade is; empty without an interval."""
    words, numbers = data.words, data.numbers
    chances = {band.grade: row[f"grade_{band.grade.lower()}_pct"] for band in satisfaction_rule(data).grades}
    own = chances[row["grade"]]
    if is_missing(own):
        return ""
    if own >= _ALL_BUT_CERTAIN:
        # A resampled share of one is no certainty.
        chance = numbers.percent(own, 1) if own <= _SUREST else f"> {numbers.percent(_SUREST, 1)}"
        return words("grade_certain", grade=row["grade"], chance=chance)
    likely = {grade: chance for grade, chance in chances.items() if chance >= 1}
    return words(
        "grade_chances", chances=", ".join(f"{g} {numbers.percent(c, 0)}" for g, c in likely.items())
    )


def _assumption(data: ReportData, row: Mapping[str, Any]) -> Paragraph:
    words, numbers = data.words, data.numbers
    text = words(f"drawn_{row['drawn_as']}", n=numbers.number(row["n_clusters"]))
    if not is_missing(row["answered_pct"]):
        text += " " + words("finite_population", population=numbers.number(row["population_n"]))
    return Paragraph(text, "note")


def _rule_sentence(data: ReportData, code: str, rule: str) -> str:
    title = load_rules()[rule].title(data.language)
    return data.words("rule_changed", period=Period.parse(code).label(data.language), rule=title)


def _partial_sentence(data: ReportData, row: Mapping[str, Any]) -> str:
    """Say which elements were not asked, and give the indices that can be given."""
    words, numbers = data.words, data.numbers
    rule = satisfaction_rule(data)
    of_elements = data.rows("elements")
    asked = (
        set(of_elements.frame.dropna(subset=["n"]).query("n > 0")["element"])
        if of_elements is not None
        else set()
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


def _sample(data: ReportData, row: Mapping[str, Any]) -> list[Block]:
    """Compare the respondents with the sample needed, and say how much those who did not answer could change the index."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = []
    found = data.rows("sample", service_id="")
    if found is not None and not found.frame[["n_respondents", "needed_n"]].isna().any(axis=None):
        of = found.frame.iloc[0]
        key = "sample_short" if of["is_short"] else "sample_enough"
        text = words(key, n=numbers.number(of["n_respondents"]), needed=numbers.number(of["needed_n"]),
                     population=numbers.number(of["population_n"]))  # fmt: skip
        if short := _short_services(data):
            text += " " + words("sample_short_services", services=listing(data, short))
        blocks.append(Paragraph(text, "note" if of["is_short"] else "body"))
    if not is_missing(row["answered_pct"]):
        text = words("answered_share", share=numbers.percent(row["answered_pct"], 0),
                     population=numbers.number(row["population_n"]))  # fmt: skip
        if not is_missing(row["tipping_points"]):
            text += " " + words("tipping", points=numbers.number(row["tipping_points"], 1))
        blocks.append(Paragraph(text, "note"))
    return blocks


def _short_services(data: ReportData) -> list[str]:
    """Return a sentence for each service with fewer respondents than its sample needs."""
    found = data.rows("sample")
    if found is None:
        return []
    known = found.frame.dropna(subset=["needed_n", "population_n"])
    short = known[(known["service_id"] != "") & known["is_short"].astype(bool)]
    columns = (short["service_id"], short["needed_n"].astype(float), short["population_n"].astype(float))
    return [
        data.words(
            "sample_short_service", service=_service_name(data, str(service)), needed=data.numbers.number(needed),
            population=data.numbers.number(people),
        )
        for service, needed, people in zip(*columns, strict=True)
    ]  # fmt: skip


def _service_name(data: ReportData, service_id: str) -> str:
    """Return a service's name in the report's language; its id where the register does not know it."""
    known = data.city.services.get(service_id)
    return known.name(data.language) if known else service_id


def _trend(data: ReportData) -> list[Block]:
    """Return the chart of the index over the periods, with a warning for each change of the rule."""
    history = data.history("satisfaction")
    if history is None:
        return []
    words = data.words
    # The first period drawn has nothing before it to differ from.
    changed = history.frame.iloc[1:].loc[lambda rows: rows["rule_changed"].astype(bool)]
    figure = trend_figure(
        data, history, key="satisfaction_trend", column="index", low="index_low", high="index_high",
        title=words("figure_ikm_trend"), axis=words("axis_index"), breaks=[str(code) for code in changed["period"]],
        rule=satisfaction_rule(data),
    )  # fmt: skip
    if figure is None:
        return []
    paragraphs = [
        Paragraph(_rule_sentence(data, str(code), str(rule)), "warning")
        for code, rule in zip(changed["period"], changed["rule"], strict=True)
        if code != data.period.code
    ]
    return [Heading(words("section_trend"), 2), *paragraphs, figure]
