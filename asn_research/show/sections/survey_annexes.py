"""The annexes of a survey report: questionnaire, results in full, documentation, method, glossary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from asn_research.measure.breakdown import DIMENSIONS
from asn_research.protect import ProtectedTable
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.glossary import load_glossary
from asn_research.rules.regulations import DisclosureRule, TrainingRule
from asn_research.rules.scales import load_scales
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.importance_figure import importance_figure
from asn_research.show.numbers import is_missing
from asn_research.show.sections.changed_since import changed_since
from asn_research.show.sections.city_programmes import sub_units
from asn_research.show.sections.decisions_told import OF_CITIZENS, decided_rows
from asn_research.show.sections.movement import movements
from asn_research.show.sections.reported import factor, index_as_reported, reported
from asn_research.show.sections.rules_used import rules_used
from asn_research.show.sections.satisfaction_elements import priority_sentence
from asn_research.show.sections.section_parts import listing, reliability_word, satisfaction_rule
from asn_research.show.sections.staff_values import has_training_record
from asn_research.show.sections.survey_elements import asked_elements, hidden_elements
from asn_research.show.sections.survey_results import category_name, in_order
from asn_research.show.sections.survey_words import has_survey
from asn_research.show.tabling import Show, build_table

#: Parts of a report, what they need, and what they are called where they are missing.
_PARTS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("satisfaction", "what_satisfaction", {}),
    ("service_time", "what_service_time", {"service_id": ""}),
    ("complaints", "what_complaints", {}),
    ("programmes", "what_programmes", {}),
    ("training", "what_training", {}),
)


def questionnaire(data: ReportData) -> Blocks:
    """Return the elements as they were asked, with the answers that could be chosen."""
    words, table = data.words, asked_elements(data)
    if table is None:
        return Blocks(())
    book, asked = load_codebook("citizen_feedback"), set(table.frame["element"])
    rule = satisfaction_rule(data)
    rows = tuple(
        (
            Cell(f"U{at}"),
            Cell(words(f"element_{key}")),
            Cell(_choices(data, key) if key in book.by_name else ""),
        )
        for at, key in enumerate(rule.elements, start=1)
        if key in asked
    )
    columns = (
        TableColumn(words("col_number"), "left", 0.6),
        TableColumn(words("col_element"), "left", 2.6),
        TableColumn(words("col_choices"), "left", 4),
    )
    missing = [words(f"element_{key}").lower() for key in rule.elements if key not in asked]
    note = (words("questionnaire_missing", missing=listing(data, missing)),) if missing else ()
    scale = {"low": rule.scale.lowest, "high": rule.scale.highest}
    return Blocks(
        (
            Heading(words("annex_questionnaire"), form="annex", new_page=True, fills_page=True),
            Paragraph(words("questionnaire_sentence", n=len(rows), **scale)),
            Table("questionnaire", words("table_questionnaire"), columns, rows, note),
        )
    )


def _choices(data: ReportData, key: str) -> str:
    name = f"choices_{key}"
    return data.words(name) if data.words.has(name) else data.words("choices_any")


def results_in_full(data: ReportData) -> Blocks:
    """Return the results that the chapters leave out: values by group of respondents, and importance of elements."""
    if not has_survey(data):
        return Blocks(())
    parts = [*_worksheet(data), *_groups(data), *_importance(data)]
    return Blocks((Heading(data.words("annex_results"), form="annex"), *parts)) if parts else Blocks(())


def _worksheet(data: ReportData) -> list[Block]:
    """Return where the answers behind the index are; nothing where there is no index."""
    if reported(data) is None:
        return []
    hidden = hidden_elements(data)
    if hidden:
        return [Paragraph(data.words("worksheet_where_none", hidden=listing(data, hidden)))]
    has_answers = data.rows("answers") is not None
    return [Paragraph(data.words("worksheet_where" if has_answers else "worksheet_where_sums"))]


def _groups(data: ReportData) -> list[Block]:
    """Return the table of the index by group of respondents; small groups are hidden."""
    words, found, whole = data.words, data.rows("respondent_groups"), data.rows("satisfaction")
    if found is None or whole is None or found.frame["index"].isna().all():
        return []
    # A group of all respondents, as of a unit's only service, has the unit's own index.
    everybody = int(whole.frame["n_respondents"].iloc[0])
    said = found.frame["index"].notna()
    shown = index_as_reported(data, found.rows(said & found.frame["n"].lt(everybody)))
    if not len(shown):
        return []
    shows = [
        Show(words("col_group"), "dimension", text=lambda key: words(f"dimension_{key}"), width=1.5),
        Show(words("col_category"), "category", text=lambda key: _category(data, key), width=3),
        Show(words("col_respondents"), "n"),
        Show(words("col_index"), "index", 1),
        Show(words("col_range"), "index", interval=True, width=1.5),
    ]
    hidden = int((~said).sum())
    notes = (words("groups_hidden", n=hidden, least=found.rule.smallest_group.citizens),) if hidden else ()
    return [
        build_table(
            data, _ordered(shown), shows, key="respondent_groups", title=words("table_groups"), notes=notes
        )
    ]


def _ordered(table: ProtectedTable) -> ProtectedTable:
    """Return groups trait by trait, each in its natural order."""
    frame = table.frame
    labels: list[Any] = []
    for trait in DIMENSIONS:
        own = frame.loc[frame["dimension"].astype("str") == trait, "category"].astype("str")
        place = {key: at for at, key in enumerate(in_order(trait, list(own)))}
        labels += own.map(place).sort_values().index.tolist()
    return table.in_order(labels)


def _category(data: ReportData, key: str) -> str:
    traits = [trait for trait in DIMENSIONS if data.words.has(f"{trait}_{key}")]
    is_service = key in data.city.services
    return category_name(data, traits[0] if traits else "service_id" if is_service else "age_band", key)


def _importance(data: ReportData) -> list[Block]:
    """Return the chart of importance and index of the elements, with its sentence and notes."""
    found = data.rows("importance")
    figure = importance_figure(data, found) if found is not None else None
    if found is None or figure is None:
        return []
    frame = found.frame.dropna(subset=["share_pct"])
    text = priority_sentence(data, frame)
    notes = (data.words("importance_how"), data.words("importance_and_plan"))
    return [Paragraph(text), replace(figure, notes=(*figure.notes, *notes))]


def documentation(data: ReportData) -> Blocks:
    """Return where pictures and other evidence of the field work are kept; absent where the unit did not state it."""
    where = data.given.survey.documentation
    if not where or not has_survey(data):
        return Blocks(())
    words = data.words
    return Blocks(
        (
            Heading(words("annex_documentation"), form="annex"),
            Paragraph(words("documentation_stated", where=where)),
        )
    )


def method(data: ReportData) -> Blocks:
    """Return how the figures were made: rows, small groups, ranges, the form's quality, the rules, what is missing."""
    words, numbers = data.words, data.numbers
    rule = next(rule for rule in data.rules if isinstance(rule, DisclosureRule))
    small = rule.smallest_group
    texts = [
        *([words("method_rule_of_change")] if has_survey(data) or movements(data) else []),
        words("method_small_groups", citizens=small.citizens, staff=small.employees, cell=rule.smallest_cell,
              quantile=rule.smallest_quantile, estimate=rule.smallest_estimate),
    ]  # fmt: skip
    found = data.rows("satisfaction")
    if found is not None:
        texts.insert(0, _index_told(data))
        row = found.frame.iloc[0]
        if not is_missing(row["index"]):
            texts.insert(1, words(f"method_{row['drawn_as']}", n=numbers.number(row["n_clusters"])))
    return Blocks(
        (
            Heading(words("annex_method"), form="annex"),
            *(Paragraph(text) for text in texts),
            *decided_rows(data, (*OF_CITIZENS, "training")),
            *_form_quality(data),
            *_own_rows(data),
            *changed_since(data),
            *_rules(data),
            *_missing_parts(data),
            *_missing_annexes(data),
        )
    )


def _index_told(data: ReportData) -> str:
    """Say how the index that is reported is computed."""
    rule, shown = satisfaction_rule(data), reported(data)
    facts = {"n": len(rule.elements), "multiplier": rule.multiplier}
    if shown is None or not shown.is_full or factor(data) == 1:
        return data.words("method_index", **facts)
    weight = data.numbers.number(float(shown.weight), -int(shown.weight.as_tuple().exponent))
    return data.words(
        "method_index_printed", weight=weight, other=data.numbers.number(shown.other, 2), **facts
    )


def _form_quality(data: ReportData) -> list[Block]:
    """Return uji validitas and uji reliabilitas of the form, where enough answered."""
    words, numbers = data.words, data.numbers
    whole, items = data.rows("survey_reliability"), data.rows("survey_items")
    if whole is None or items is None:
        return []
    row = whole.frame.iloc[0]
    if is_missing(row["alpha"]) or items.frame["r"].isna().all():
        return [Paragraph(words("form_quality_few", n=whole.rule.smallest_estimate))]
    limits, alpha = load_scales().conventions, float(row["alpha"])
    reached = reliability_word(alpha)
    told = {
        "good": numbers.number(limits.alpha_good.value, 2), "source_good": limits.alpha_good.source,
        "accepted": numbers.number(limits.alpha_accepted.value, 2), "source_accepted": limits.alpha_accepted.source,
    }  # fmt: skip
    texts = [words(f"form_reliability_{reached}", **told)]
    crossed = [
        told[name]
        for name, limit in (("accepted", limits.alpha_accepted), ("good", limits.alpha_good))
        if row["alpha_low"] < limit.value <= row["alpha_high"]
    ]
    if crossed:
        texts.append(words("form_quality_unsure", limits=listing(data, crossed)))
    if reached == "poor":
        texts += [words("form_quality_lenient"), words("form_quality_advice", n=whole.rule.smallest_estimate)]
    sentence = words(
        "form_quality_sentence", n=numbers.number(row["n"]), valid=numbers.number(row["n_valid"]),
        items=numbers.number(row["n_items"]), alpha=numbers.number(row["alpha"], 2),
        range=numbers.interval(row["alpha_low"], row["alpha_high"], 2),
    )  # fmt: skip
    shows = [
        Show(words("col_element"), "element", text=lambda key: words(f"element_{key}"), width=3),
        Show(words("col_r_counted"), "r"),
        Show(words("col_r_table"), "critical_r"),
        Show(words("col_validity"), "element", text=lambda key: verdicts[key], width=1.6),
        Show(words("col_item_rest"), "rest"),
    ]
    table = items.ordered("element", satisfaction_rule(data).elements)
    verdicts = {
        str(row["element"]): HIDDEN if table.is_suppressed(at, "r") else words(_item_word(row))
        for at, row in table.frame.iterrows()
    }
    return [
        Paragraph(sentence),
        *(Paragraph(text) for text in texts),
        build_table(data, table, shows, key="survey_items", title=words("table_form_quality")),
    ]


def _item_word(row: pd.Series) -> str:
    """Return what an element is called by its test; one that all answered alike has none."""
    if is_missing(row["r"]):
        return "item_constant"
    return "item_valid" if row["valid"] else "item_not_valid"


def _own_rows(data: ReportData) -> list[Block]:
    """Return how many of this unit's own rows were used and held back, where the number used may be shown."""
    words, numbers = data.words, data.numbers
    found = data.rows("unit_rows")
    shown = None if found is None else found.rows(found.frame["n_kept"].notna())
    if shown is None or not len(shown):
        return []
    rows = tuple(
        (Cell(words(f"source_{row['source']}")), *(Cell(numbers.number(n), float(n)) for n in (row["n_rows"], row["n_kept"], row["n_rows"] - row["n_kept"])))
        for row in shown.frame.to_dict("records")
        if row["n_rows"]
    )  # fmt: skip
    if not rows:
        return []
    columns = (
        TableColumn(words("col_source"), "left", 3),
        *(TableColumn(words(f"col_{name}"), "right") for name in ("raw", "kept", "quarantined")),
    )
    note = words("note_own_rows", period=data.period.label(data.language))
    return [Table("own_rows", words("table_own_rows"), columns, rows, (note,))]


def _rules(data: ReportData) -> list[Block]:
    """Return the rules that the figures follow, and in one sentence which texts were not compared."""
    words = data.words
    # Of the duty to take lessons a public report says nothing.
    used = [
        rule for rule in rules_used(data) if not rule.is_own_choice and not isinstance(rule, TrainingRule)
    ]
    if not used:
        return []
    columns = (TableColumn(words("col_rule"), "left", 2), TableColumn(words("col_legal_source"), "left", 3))
    rows = tuple((Cell(rule.title(data.language)), Cell(rule.cited(data.language))) for rule in used)
    blocks: list[Block] = [Table("rules", words("table_rules_told"), columns, rows)]
    unread = [rule.title(data.language) for rule in used if "full_text" not in set(rule.marks.values())]
    if unread:
        blocks.append(Paragraph(words("texts_not_compared", rules=listing(data, unread))))
    return blocks


def _missing_parts(data: ReportData) -> list[Block]:
    """Name in one line the parts that this report has no data for."""
    # Programmes are the units', also in the city's report.
    units = {"unit_id": list(data.city.units)} if data.is_city else {}
    missing = [
        data.words(what)
        for measure, what, where in _PARTS
        if not data.may_show(measure)
        or data.rows(measure, **where, **(units if measure == "programmes" else {})) is None
        or (measure == "training" and not has_training_record(data))
    ]
    return [Paragraph(data.words("parts_missing", parts=listing(data, missing)))] if missing else []


def _missing_annexes(data: ReportData) -> list[Block]:
    """Name in one line the annexes that only a person can fill, and nobody did."""
    if data.is_city or not has_survey(data):
        return []
    words, given = data.words, data.given
    stated = {"what_plan_before": given.plan_before, "what_documentation": given.survey.documentation}
    missing = [words(what) for what, content in stated.items() if not content]
    return [Paragraph(words("annexes_left_out", annexes=listing(data, missing)))] if missing else []


def sub_unit_annex(data: ReportData) -> Blocks:
    """Return the sub-units' values as an annex; absent where none may be shown."""
    names = [unit.unit_id for unit in data.city.sub_units(data.unit_id)]
    found = data.rows("sub_units", unit_id=names) if names else None
    shown = () if found is None else [each for each in ("index", "days_median") if each in found.frame]
    if found is None or found.frame[shown].isna().all(axis=None):
        return Blocks(())
    own = sub_units(data)
    return Blocks((Heading(data.words("section_sub_units"), form="annex"), *own.items[1:]))


def glossary(data: ReportData) -> Blocks:
    """Return the glossary: the terms that a report explains."""
    words = data.words
    rows = tuple((Cell(t.term(data.language)), Cell(t.meaning(data.language))) for t in load_glossary())
    columns = (TableColumn(words("col_term"), "left", 1.4), TableColumn(words("col_means"), "left", 3))
    return Blocks(
        (
            Heading(words("annex_glossary"), form="annex"),
            Table("glossary", words("table_glossary"), columns, rows),
        )
    )
