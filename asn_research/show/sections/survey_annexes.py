"""The annexes of a survey report: questionnaire, results in full, documentation, method, glossary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asn_research.measure.breakdown import DIMENSIONS
from asn_research.protect import ProtectedTable
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.glossary import load_glossary
from asn_research.rules.regulations import DisclosureRule, TrainingRule
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.importance_figure import importance_figure
from asn_research.show.numbers import is_missing
from asn_research.show.sections.changed_since import changed_since
from asn_research.show.sections.city_programmes import sub_units
from asn_research.show.sections.reported import index_as_reported
from asn_research.show.sections.rules_used import rules_used
from asn_research.show.sections.satisfaction_elements import priority_sentence
from asn_research.show.sections.section_parts import listing, satisfaction_rule
from asn_research.show.sections.survey_elements import asked_elements
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
            Heading(words("annex_questionnaire"), form="annex", new_page=True),
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
    parts = [*_groups(data), *_importance(data)]
    return Blocks((Heading(data.words("annex_results"), form="annex"), *parts)) if parts else Blocks(())


def _groups(data: ReportData) -> list[Block]:
    """Return the table of the index by group of respondents; small groups are hidden."""
    words, found = data.words, data.rows("respondent_groups")
    if found is None or found.frame["index"].isna().all():
        return []
    shown = index_as_reported(data, found.rows(found.frame["index"].notna()))
    shows = [
        Show(words("col_group"), "dimension", text=lambda key: words(f"dimension_{key}"), width=1.5),
        Show(words("col_category"), "category", text=lambda key: _category(data, key), width=3),
        Show(words("col_respondents"), "n"),
        Show(words("col_index"), "index", 1),
        Show(words("col_range"), "index", interval=True, width=1.5),
    ]
    hidden = len(found) - len(shown)
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
    return [Paragraph(text), figure, *(Paragraph(note, "note") for note in notes)]


def documentation(data: ReportData) -> Blocks:
    """Return where the unit adds pictures of the field work."""
    if not has_survey(data):
        return Blocks(())
    words = data.words
    return Blocks(
        (Heading(words("annex_documentation"), form="annex"), Paragraph(words("documentation_missing")))
    )


def method(data: ReportData) -> Blocks:
    """Return how the figures were made: rows, small groups, ranges, the form's quality, the rules, what is missing."""
    words, numbers = data.words, data.numbers
    rule = next(rule for rule in data.rules if isinstance(rule, DisclosureRule))
    small = rule.smallest_group
    texts = [
        words("method_rule_of_change"),
        words("method_small_groups", citizens=small.citizens, staff=small.employees, cell=rule.smallest_cell,
              quantile=rule.smallest_quantile, estimate=rule.smallest_estimate),
    ]  # fmt: skip
    found = data.rows("satisfaction")
    if found is not None:
        texts.insert(
            0,
            words(
                "method_index",
                n=len(satisfaction_rule(data).elements),
                multiplier=satisfaction_rule(data).multiplier,
            ),
        )
        row = found.frame.iloc[0]
        if not is_missing(row["index"]):
            texts.insert(1, words(f"method_{row['drawn_as']}", n=numbers.number(row["n_clusters"])))
    return Blocks(
        (
            Heading(words("annex_method"), form="annex", new_page=True),
            *(Paragraph(text) for text in texts),
            *_form_quality(data),
            *_own_rows(data),
            *changed_since(data),
            *_rules(data),
            *_missing_parts(data),
            Paragraph(words("made_with", version=data.version), "note"),
        )
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
    sentence = words(
        "form_quality_sentence", n=numbers.number(row["n"]), valid=numbers.number(row["n_valid"]),
        items=numbers.number(row["n_items"]), alpha=numbers.number(row["alpha"], 2),
        range=numbers.interval(row["alpha_low"], row["alpha_high"], 2),
    )  # fmt: skip
    shows = [
        Show(words("col_element"), "element", text=lambda key: words(f"element_{key}"), width=3),
        Show(words("col_r_counted"), "r"),
        Show(words("col_r_table"), "critical_r"),
        Show(
            words("col_validity"),
            "valid",
            text=lambda value: words("item_valid" if value else "item_not_valid"),
            width=1.2,
        ),
        Show(words("col_item_rest"), "rest"),
    ]
    table = items.ordered("element", satisfaction_rule(data).elements)
    return [
        Paragraph(sentence),
        build_table(data, table, shows, key="survey_items", title=words("table_form_quality")),
    ]


def _own_rows(data: ReportData) -> list[Block]:
    """Return how many of this unit's own rows were used and held back, where the number used may be told."""
    words, numbers = data.words, data.numbers
    found = data.rows("unit_rows")
    shown = None if found is None else found.rows(found.frame["n_kept"].notna())
    if shown is None or not len(shown):
        return []
    rows = tuple(
        (Cell(words(f"source_{row['source']}")), *(Cell(numbers.number(n), float(n)) for n in (row["n_rows"], row["n_kept"], row["n_rows"] - row["n_kept"])))
        for row in shown.frame.to_dict("records")
    )  # fmt: skip
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
    rows = tuple((Cell(rule.title(data.language)), Cell(rule.source)) for rule in used)
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
    ]
    return [Paragraph(data.words("parts_missing", parts=listing(data, missing)))] if missing else []


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
