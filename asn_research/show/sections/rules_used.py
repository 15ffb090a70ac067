"""Which rules a report uses, and how far each of their values was checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from asn_research.rules.cities import CITY
from asn_research.rules.regulations import (
    DisclosureRule,
    ObjectionRule,
    PredikatRule,
    QualityRule,
    Rule,
    SampleRule,
    SatisfactionRule,
    ScorePredikatRule,
    ScreeningRule,
    SurveyDesignRule,
    TrainingRule,
)
from asn_research.rules.regulations_base import Mark
from asn_research.rules.regulations_staff import (
    ComplaintRule,
    DisciplineRule,
    DistributionRule,
    InformationRule,
    IpAsnRule,
)
from asn_research.schema import declared
from asn_research.show.blocks import Cell, Table, TableColumn
from asn_research.show.data import QUALITY, ReportData

#: The measure in which each rule shows; a report without it does not use the rule.
_SHOWN_IN: Mapping[type[Rule], str] = {
    SatisfactionRule: "satisfaction",
    SurveyDesignRule: "satisfaction",
    ScreeningRule: "satisfaction",
    SampleRule: "sample",
    PredikatRule: "predikats",
    ScorePredikatRule: "predikats",
    InformationRule: "information",
    DistributionRule: "distribution",
    TrainingRule: "training",
    IpAsnRule: "ip_asn",
    DisciplineRule: "sanctions",
    ComplaintRule: "complaints",
    ObjectionRule: "objections",
}
_OF_QUALITY = (QualityRule, ScreeningRule, SatisfactionRule, SurveyDesignRule, DisclosureRule)
#: Marks of which each value is named; the others stand for the rule as a whole.
_NAMED: tuple[Mark, ...] = ("memory", "one_source", "city")


def rules_used(data: ReportData, measures: Collection[str] = ()) -> tuple[Rule, ...]:
    """Return the rules that a report, or some of its measures, apply."""
    if data.unit_id == QUALITY:
        return tuple(rule for rule in data.rules if isinstance(rule, _OF_QUALITY))
    used = (rule for rule in data.rules if _is_used(data, rule))
    return tuple(rule for rule in used if not measures or _SHOWN_IN.get(type(rule)) in measures)


def _is_used(data: ReportData, rule: Rule) -> bool:
    """Return whether the report shows a measure to which a rule belongs."""
    if isinstance(rule, DisclosureRule):
        return True
    measure = _SHOWN_IN.get(type(rule))
    if measure is None or not data.may_show(measure):
        return False
    # What is shown of the city alone stands in a unit's report too.
    is_citys = declared("measure", measure).audience == "internal_city"
    return data.rows(measure, unit_id=CITY if is_citys else data.unit_id) is not None


def rules_table(data: ReportData) -> Table:
    """Return the table of the rules used, with the weaker marks named value by value."""
    words = data.words
    columns = (
        TableColumn(words("col_rule"), "left", 2.2),
        TableColumn(words("col_legal_source"), "left", 2.4),
        TableColumn(words("col_checked"), "left", 2),
    )
    rows = tuple(
        (Cell(rule.title(data.language)), Cell(rule.cited(data.language)), Cell(_marks(data, rule)))
        for rule in rules_used(data)
    )
    return Table("rules", words("table_rules"), columns, rows, (words("note_rules"),))


def _marks(data: ReportData, rule: Rule) -> str:
    """Return in words how well a rule was checked: the rule as a whole, then the values that were checked less."""
    words = data.words
    used = [path for path in rule.marks if path != "valid_from"]
    named = {mark: [path for path in used if rule.marks[path] == mark] for mark in _NAMED}
    whole: list[Mark] = [m for m in ("full_text", "restated") if any(rule.marks[p] == m for p in used)]
    if rule.is_own_choice:
        whole = ["own_choice"]
    parts = [words(f"checked_{mark}") for mark in whole]
    parts += [
        f"{words(f'checked_{mark}')}: {', '.join(_value(data, path) for path in paths)}"
        for mark, paths in named.items()
        if paths
    ]
    return "; ".join(parts)


def _value(data: ReportData, path: str) -> str:
    """Return the label of a value in a rule; a value without a label has that of the part that contains it."""
    parts = path.replace(".", "_").split("_")
    while parts:
        key = f"value_{'_'.join(parts)}"
        if data.words.has(key):
            return data.words(key)
        parts.pop()
    return path
