"""The follow-up plan of a survey report, and what became of the one before."""

from __future__ import annotations

from asn_research.given import PlannedAction
from asn_research.rules.periods import Period
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.sections.section_parts import listing
from asn_research.show.sections.survey_elements import hidden_elements, lowest_elements

#: So many elements are planned for where the unit has not stated a plan.
_PREFILLED = 3


def planned(data: ReportData) -> tuple[PlannedAction, ...]:
    """Return the plan of the unit; if it stated none, the lowest elements with blank actions."""
    if data.given.plan:
        return data.given.plan
    return tuple(PlannedAction(element) for element, _ in lowest_elements(data, _PREFILLED))


def short_plan(data: ReportData) -> list[Block]:
    """Return the plan in one sentence: the table of it stands in chapter IV."""
    words, plan = data.words, planned(data)[:_PREFILLED]
    if not plan:
        return []
    if not any(each.action for each in plan):
        elements = listing(data, [_matter(data, each).lower() for each in plan])
        key = "plan_short_open_shown" if hidden_elements(data) else "plan_short_open"
        return [Paragraph(words(key, elements=elements))]
    return [
        Paragraph(words("plan_short_stated", actions="; ".join(_short_action(data, each) for each in plan)))
    ]


def _short_action(data: ReportData, each: PlannedAction) -> str:
    words, text = data.words, _matter(data, each).lower()
    if each.action:
        text = words("plan_short_action", matter=text, action=each.action) if each.element else each.action
    return text + (words("plan_short_when", when=each.when) if each.when else "")


def plan_block(data: ReportData) -> list[Block]:
    """Return the plan with its targets; blank cells are the unit's to fill in before signing."""
    words, plan = data.words, planned(data)
    if not plan:
        return [Paragraph(words("plan_none"))]
    values = dict(lowest_elements(data, 99))
    columns = (
        TableColumn(words("col_number"), "center", 0.5),
        TableColumn(words("col_priority"), "left", 2),
        TableColumn(words("col_value_now"), "right", 0.9),
        TableColumn(words("col_target_index"), "right", 0.9),
        TableColumn(words("col_action"), "left", 2.6),
        TableColumn(words("col_when"), "left", 1.1),
        TableColumn(words("col_responsible"), "left", 1.5),
    )
    rows = tuple(
        (
            Cell(str(at)),
            Cell(_matter(data, each)),
            _number(data, values.get(each.element)),
            _number(data, each.target),
            Cell(each.action),
            Cell(each.when),
            Cell(each.responsible),
        )
        for at, each in enumerate(plan, start=1)
    )
    prefilled = "plan_prefilled_shown" if hidden_elements(data) else "plan_prefilled"
    sentence = words("plan_stated" if data.given.plan else prefilled)
    return [Paragraph(sentence), Table("follow_up", words("table_follow_up"), columns, rows)]


def plan_before(data: ReportData) -> Blocks:
    """Return the results of the last plan: the status and target of each action, and the present value of its element.

    Without a plan before there is no such annex; the annex on the method says so.
    """
    words, numbers = data.words, data.numbers
    head = Heading(words("annex_plan_before"), form="annex")
    before = data.given.plan_before
    if not before:
        return Blocks(())
    values = dict(lowest_elements(data, 99))
    period = (
        Period.parse(data.given.plan_before_period).label(data.language)
        if data.given.plan_before_period
        else ""
    )
    columns = (
        TableColumn(words("col_number"), "center", 0.5),
        TableColumn(words("col_action"), "left", 2.6),
        TableColumn(words("col_priority"), "left", 1.8),
        TableColumn(words("col_status"), "left", 1.2),
        TableColumn(words("col_plan_result"), "left", 1.8),
        TableColumn(words("col_evidence"), "left", 1.6),
    )
    rows = tuple(
        (
            Cell(str(at)), Cell(each.action), Cell(_matter(data, each)),
            Cell(words(f"status_plan_{each.status or 'unknown'}")),
            Cell(effect(data, each, values.get(each.element))), Cell(each.evidence),
        )
        for at, each in enumerate(before, start=1)
    )  # fmt: skip
    done = sum(each.status == "done" for each in before)
    sentence = words(
        "plan_before_sentence", period=period, n=numbers.number(len(before)), done=numbers.number(done)
    )
    return Blocks(
        (head, Paragraph(sentence), Table("plan_before", words("table_plan_before"), columns, rows))
    )


def effect(data: ReportData, action: PlannedAction, now: float | None) -> str:
    """Return the text on the target of an action and the present value of its element."""
    words, numbers = data.words, data.numbers
    if now is None:
        return ""
    text = numbers.number(now, 1)
    if action.target is None:
        return words("effect_now", now=text)
    return words("effect_target", target=numbers.number(action.target, 1), now=text)


def _matter(data: ReportData, action: PlannedAction) -> str:
    return data.words(f"element_{action.element}") if action.element else data.words("other_matter")


def _number(data: ReportData, value: float | None) -> Cell:
    return Cell("") if value is None else Cell(data.numbers.number(value, 1), round(value, 10))
