"""Lessons taken and the yearly duty, and groups of staff beside each other."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from asn_research import rules
from asn_research.clean.steps.course_fields import FIELDS
from asn_research.measure.training import GROUPINGS
from asn_research.protect import ProtectedTable
from asn_research.rules.regulations import TrainingRule
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import NOTHING
from asn_research.show.sections.section_parts import listing, period_label
from asn_research.show.sections.staff_values import (
    duty_hours,
    duty_met,
    has_training_record,
    no_training_record,
)
from asn_research.show.tabling import Show, build_table
from asn_research.study.study_claims import load_field_answers

#: So many quarters are shown.
_QUARTERS = 5
#: Fewer rows make no table.
_FEWEST_ROWS = 2


def training(data: ReportData) -> Blocks:
    """Return the section on lesson hours: by quarter and group, how far the duty is met, and what they were linked with."""
    words = data.words
    head = Heading(words("section_training"))
    found = data.rows("training")
    if found is None:
        return Blocks(())
    first = found.frame.index[0]
    if found.is_suppressed(first, "n_staff"):
        few = Paragraph(words("too_few_staff", n=found.rule.smallest_group.employees), "absent")
        return Blocks((head, few))
    cell = partial(data.cell, found, first)
    if not has_training_record(data):
        return Blocks((head, Paragraph(no_training_record(data), "absent")))
    texts = [
        words(
            "training_told",
            n=cell("n_staff"),
            hours=cell("hours_mean", 1),
            trained=cell("trained_pct", 0, "%"),
        )
    ]
    texts += [_duty(data), *_over_ceiling(data, found)]
    blocks: list[Block] = [head, Paragraph(" ".join(texts)), *_course(data), *_kinds(data), *_fields(data)]
    blocks += _gaps(data)
    finding = data.findings.get("training_motivation")
    if finding is not None and not data.is_pooled:
        blocks.append(Paragraph(words("training_went_with", finding=finding.text), "claim"))
    blocks += _fields_went_with(data)
    return Blocks(tuple(blocks))


def _duty(data: ReportData) -> str:
    """Say how many PNS have met the duty since the year began."""
    words, met, least = data.words, duty_met(data), duty_hours(data)
    if least is None:
        return words("duty_unknown")
    if met is None:
        return words("duty_hidden", year=data.period.year, least=least)
    return words("duty_told", year=data.period.year, met=met[0], n_pns=met[1], least=least)


def _over_ceiling(data: ReportData, found: ProtectedTable) -> list[str]:
    """Return the sentence on how many PPPK took more hours than allowed; empty if that may not be shown."""
    duty = rules.at(data.period, data.city).get(TrainingRule)
    first = found.frame.index[0]
    over, n_pppk = (data.cell(found, first, name) for name in ("n_pppk_over", "n_pppk"))
    if duty is None or {over, n_pppk} & {HIDDEN, NOTHING} or found.frame.at[first, "n_pppk"] == 0:
        return []
    return [data.words("pppk_over", year=data.period.year, over=over, n=n_pppk, most=duty.pppk_at_most_jp)]


def _course(data: ReportData) -> list[Block]:
    """Return the last quarters that may be shown, without those that have no value."""
    words = data.words
    history = data.history("training", n_periods=_QUARTERS)
    if history is None:
        return []
    printed = history.frame[["n_trained", "hours_mean", "pns_met_pct"]]
    shown = history.rows(printed.notna().any(axis=1))
    if len(shown) < _FEWEST_ROWS:
        return []
    shows = [
        Show("", "period", text=lambda code: period_label(data, code), width=1.4),
        Show("", "n_staff"),
        Show(words("col_trained"), "n_trained"),
        Show(words("col_hours_mean"), "hours_mean"),
        Show(words("col_pns_met"), "pns_met_pct", 0, width=1.3),
    ]
    hidden = sum(
        history.is_suppressed(at, "hours_mean") for at in history.frame.index.difference(shown.frame.index)
    )
    notes = (words("note_training"), *_left_out(data, hidden))
    return [build_table(data, shown, shows, key="training", notes=notes)]


def _left_out(data: ReportData, n: int) -> tuple[str, ...]:
    """Return the note on rows that a table lacks since they may not be shown; none where all are shown."""
    return (data.words("note_rows_hidden", n=n),) if n else ()


def _kinds(data: ReportData) -> list[Block]:
    """Return the table of kinds of training: people, courses and hours."""
    words = data.words
    found = data.rows("training_kinds")
    if found is None:
        return []
    shown = found.rows(found.frame["n_people"].notna())
    if len(shown) < _FEWEST_ROWS:
        return []
    shows = [
        Show(words("col_training_kind"), "training_kind", text=lambda key: words(f"kind_{key}"), width=2),
        Show("", "n_people"),
        Show(words("col_courses"), "n_courses"),
        Show(words("col_hours_total"), "hours_total"),
        Show(words("col_hours_share"), "hours_share_pct", 0),
    ]
    title, notes = words("table_training_kinds"), _left_out(data, len(found) - len(shown))
    return [build_table(data, shown, shows, key="training_kinds", title=title, notes=notes)]


def _fields(data: ReportData) -> list[Block]:
    """Return the city's hours of each field of courses; fields are recognised from titles."""
    words = data.words
    found = data.rows("training_fields")
    if found is None:
        return []
    known = found.frame["n_people"].notna()
    if (~known).sum() == 1:
        # The hours of a single hidden field would be all hours less those shown.
        known &= found.frame["n_people"] != found.frame["n_people"].min()
    shown = found.rows(known)
    if len(shown) < _FEWEST_ROWS:
        return []
    shows = [
        Show(
            words("col_training_field"), "training_field", text=lambda key: words(f"field_{key}"), width=2.4
        ),
        Show("", "n_people"),
        Show(words("col_hours_total"), "hours_total"),
        Show(words("col_hours_share"), "hours_share_pct", 0),
    ]
    title = words("table_training_fields")
    notes = (words("note_training_fields"), *_left_out(data, len(found) - len(shown)))
    return [build_table(data, shown, shows, key="training_fields", title=title, notes=notes)]


def _fields_went_with(data: ReportData) -> list[Block]:
    """Return paragraphs on what training in each field was associated with in the whole city.

    The first lists the findings with a clear answer; the second lists the fields of training without any.
    """
    words = data.words
    answers = [key for key in load_field_answers() if key in data.findings and not data.is_pooled]
    if not answers:
        return []
    clear = [data.findings[key].text for key in answers if data.findings[key].strength == "clear"]
    blocks: list[Block] = []
    if clear:
        blocks.append(Paragraph(words("training_fields_went_with", findings=" ".join(clear)), "claim"))
    idle = [
        words(f"field_in_text_{field}")
        for field in FIELDS
        if (own := [key for key in answers if key.startswith("fields_") and key.endswith(f"_{field}")])
        and not any(data.findings[key].strength == "clear" for key in own)
    ]
    if idle:
        blocks.append(Paragraph(words("training_fields_unclear", fields=listing(data, idle))))
    return blocks


def _gaps(data: ReportData) -> list[Block]:
    """Return the hours of groups of staff, without groups that may not be shown."""
    words = data.words
    found = data.rows("training_gaps", grouping=list(GROUPINGS))
    shown = None if found is None else found.rows(found.frame["hours_mean"].notna())
    if found is None or shown is None:
        return []
    hidden = len(found) - len(shown)
    if len(shown) < _FEWEST_ROWS:
        return [Paragraph(words("groups_not_told"))]
    shows = [
        Show("", "n_staff", width=0.9),
        Show(words("col_hours_year"), "hours_mean"),
        Show(words("col_gap"), "gap", width=1.2),
        Show(words("col_range_of_gap"), "gap", interval=True, width=1.6),
    ]
    notes = (words("note_gaps"), *((words("note_groups_left_out", n=hidden),) if hidden else ()))
    title = words("table_training_gaps")
    table = build_table(data, shown, shows, key="training_gaps", title=title, notes=notes)
    keys = zip(shown.frame["grouping"], shown.frame["group"], strict=True)
    # The youngest first, though "<" sorts behind digits.
    ordered = sorted(
        zip(keys, table.rows, strict=True),
        key=lambda row: (GROUPINGS.index(row[0][0]), not str(row[0][1]).startswith("<"), str(row[0][1])),
    )
    named = tuple(
        (Cell(f"{words(f'grouping_{grouping}')}: {_group(data, str(group))}"), *cells)
        for (grouping, group), cells in ordered
    )
    return [replace(table, columns=(TableColumn(words("col_group"), "left", 2), *table.columns), rows=named)]


def _group(data: ReportData, key: str) -> str:
    return data.words(f"group_{key}") if data.words.has(f"group_{key}") else key.replace("-", "–")
