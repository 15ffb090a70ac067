"""How a unit serves, beside what citizens say: times against the standard, complaints, programmes, good practice."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

from asn_research import rules
from asn_research.protect import ProtectedTable
from asn_research.rules.regulations_staff import ComplaintRule
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import NOTHING, is_missing
from asn_research.show.sections.movement import Movement, course_of, movements, programmes_begun
from asn_research.show.sections.practice_elsewhere import good_practice
from asn_research.show.sections.section_parts import listing, pooled_note
from asn_research.show.sections.staff_values import has_training_record
from asn_research.show.sections.survey_words import has_survey
from asn_research.show.survey_figures import trend_figure
from asn_research.show.tabling import Show, build_table

#: What may have moved with a programme.
_BESIDE = ("ikm", "within_standard_pct", "days_median")


def performance(data: ReportData) -> Blocks:
    """Return the chapter on times, complaints, programmes and good practice; parts without data are absent."""
    parts = [
        *times_part(data),
        *complaints_part(data),
        *_programmes(data),
        *training_part(data),
        *_good_practice(data),
    ]
    if not parts:
        return Blocks(())
    # Without a survey it is the report's one chapter, behind the page that is signed.
    alone = not has_survey(data)
    return Blocks((Heading(data.words("chapter_performance"), form="plain", new_page=alone), *parts))


def times_part(data: ReportData) -> list[Block]:
    """Return the times against the standard, over time and by service."""
    words = data.words
    total = data.rows("service_time", service_id="")
    if total is None:
        return []
    head: list[Block] = [Heading(words("section_service_time"), 2), *pooled_note(data, "service_log")]
    first = total.frame.index[0]
    if total.is_suppressed(first, "n_requests"):
        return [*head, Paragraph(words("too_few_requests", n=total.rule.smallest_group.citizens))]
    cell = partial(data.cell, total, first)
    none = data.numbers.number(0)
    is_open = cell("n_open") != none
    # Of requests whose end is not recorded nobody knows whether they are finished.
    is_done = not is_open and cell("n_undated") == none
    text = words(
        "times_sentence_done" if is_done else "times_sentence", n=cell("n_requests"),
        open=cell("n_open") if is_open else NOTHING, median=cell("days_median"), p90=cell("days_p90"),
        within=cell("within_standard_pct", 0, "%"), queue=cell("queue_median"),
    )  # fmt: skip
    if cell("n_undated") not in {none, NOTHING}:
        is_judged = not cell("days_median") == cell("within_standard_pct") == NOTHING
        key = "times_undated" if is_judged else "times_not_judged"
        text = f"{text} {words(key, undated=cell('n_undated'))}"
    if total.is_suppressed(first, "within_standard_pct"):
        text = f"{text} {words('times_within_hidden')}"
    blocks = [*head, Paragraph(text)]
    if bool(total.frame["calendar_provisional"].iloc[0]):
        blocks.append(Paragraph(words("calendar_provisional"), "note"))
    history = data.history("service_time", service_id="")
    # A course that ends before this period, since its value is hidden, would look like a fault of the chart.
    if history is not None and not is_missing(total.frame["within_standard_pct"].iloc[0]):
        figure = trend_figure(
            data, history, key="within_trend", column="within_standard_pct", low="within_standard_low",
            high="within_standard_high", title=_times_title(data), axis=words("axis_within"),
            events={period.code: name for name, period in programmes_begun(data).items()},
        )  # fmt: skip
        blocks += [figure] if figure else []
    return [*blocks, *_services(data)]


def _times_title(data: ReportData) -> str:
    """Return the title of the chart of timeliness, which says how it changed."""
    words = data.words
    each = course_of(movements(data), "within_standard_pct")
    if each is None:
        return words("figure_within_trend")
    values = {
        "before": data.numbers.percent(each.before.value, 0),
        "now": data.numbers.percent(each.now.value, 0),
    }
    direction = "steady" if each.verdict == "steady" else "up" if each.moved.value > 0 else "down"
    return words(f"title_within_{direction}", period=each.since.label(data.language), **values)


def _services(data: ReportData) -> list[Block]:
    """Return each service's time against its standard."""
    words, services = data.words, data.city.services
    if data.is_city:
        return []
    offered = [service.service_id for service in data.city.services_of(data.unit_id)]
    found = data.rows("service_time", service_id=offered) if offered else None
    if found is None:
        return []
    shows = [
        Show(
            words("col_service"), "service_id", text=lambda key: services[key].name(data.language), width=2.6
        ),
        Show(words("col_requests"), "n_requests", width=1.3),
        Show(words("col_standard_days"), "standard_days", 0, width=1.2),
        Show(words("col_half_days"), "days_median", 0, width=1.2),
        Show(words("col_nine_days"), "days_p90", 0, width=1.4),
        Show(words("col_within"), "within_standard_pct", 0, width=1.2),
    ]
    return [
        build_table(
            data,
            found,
            shows,
            key="services",
            title=words("table_services"),
            notes=(words("note_days_told"),),
        )
    ]


def complaints_part(data: ReportData) -> list[Block]:
    """Return the complaints, and how many were answered and resolved in time."""
    words = data.words
    found = data.rows("complaints")
    if found is None:
        return []
    head: list[Block] = [Heading(words("section_complaints"), 2), *pooled_note(data, "complaints")]
    first = found.frame.index[0]
    if found.is_suppressed(first, "n"):
        return [*head, Paragraph(words("few_complaints", n=found.rule.smallest_group.citizens))]
    cell = partial(data.cell, found, first)
    text = words(
        "complaints_told", n=cell("n"), answered=cell("n_answered"), resolved=cell("n_resolved"),
        days=cell("answer_days_median"),
    )  # fmt: skip
    unknown = [name for name in ("n_answered", "n_resolved") if cell(name) == NOTHING]
    if unknown:
        which = unknown[0] if len(unknown) == 1 else "both"
        text = f"{text} {words(f'complaints_unknown_{which}')}"
    return [*head, Paragraph(text), *_deadlines(data, found)]


def _deadlines(data: ReportData, found: ProtectedTable) -> list[Block]:
    """Return the paragraph on the legal deadlines of complaints, and how many were kept."""
    words, numbers = data.words, data.numbers
    rule = rules.at(data.period, data.city).get(ComplaintRule)
    if rule is None:
        return [Paragraph(words("complaints_no_deadlines"))]
    cell = partial(data.cell, found, found.frame.index[0])
    deadlines = [
        words(f"class_{key}", days=numbers.number(days)) for key, days in rule.resolve_within_days.items()
    ]
    bases = {name: str(found.frame[f"{name}_basis"].iloc[0]) for name in ("answers", "ends")}
    answered, resolved = (
        # That none has ended yet would tell a count that is hidden.
        HIDDEN if bases[name] == "not_yet" and cell(count) == HIDDEN else cell(share, 0, "%")
        for name, count, share in (
            ("answers", "n_answered", "answered_in_time_pct"),
            ("ends", "n_resolved", "resolved_in_time_pct"),
        )
    )
    if answered == resolved == HIDDEN:
        return [Paragraph(words("deadlines_hidden"))]
    unit = words(f"unit_{rule.days}")
    if set(bases.values()) == {"no_rule"}:
        return [Paragraph(words("deadlines_no_rule"))]
    texts = []
    shares = {"answers": answered, "ends": resolved}
    for name, share in shares.items():
        if share == NOTHING:
            texts.append(words(f"timeliness_{name}_{bases[name]}"))
            continue
        texts.append(
            words(
                "answered_within",
                first=numbers.number(rule.first_response_days),
                unit=unit,
                answered=answered,
            )
            if name == "answers"
            else words("resolved_within", deadlines=listing(data, deadlines), unit=unit, resolved=resolved)
        )
    if "partly" in bases.values() and set(shares.values()) - {HIDDEN, NOTHING}:
        texts.append(words("deadlines_partly", due=cell("n_due")))
    # The rule came within this period.
    if {"all", "partly"} & set(bases.values()) and rules.at(data.period.first_day, data.city).get(
        ComplaintRule
    ) is None:
        texts.append(words("deadlines_begin"))
    return [Paragraph(" ".join(texts))]


def _programmes(data: ReportData) -> list[Block]:
    """Return the unit's programmes, and beside each what moved since it began."""
    words = data.words
    found = data.rows("programmes")
    if found is None:
        return []
    moved, begun = movements(data), programmes_begun(data)
    rows = tuple(
        (
            Cell(str(row["programme"])),
            Cell(begun[str(row["programme"])].short_label(data.language) if str(row["programme"]) in begun else words("begun_before")),
            Cell(_output(data, row)),
            Cell(_beside(data, moved, str(row["programme"]))),
        )
        for row in found.frame.to_dict("records")
    )  # fmt: skip
    columns = (
        TableColumn(words("col_programme"), "left", 2.2),
        TableColumn(words("col_begun"), "left", 1),
        TableColumn(words("col_realised"), "left", 1.6),
        TableColumn(words("col_since"), "left", 3),
    )
    table = Table("programmes", words("table_programmes"), columns, rows, (words("note_programmes"),))
    return [Heading(words("section_programmes"), 2), table]


def _output(data: ReportData, row: Mapping[Hashable, Any]) -> str:
    """Return a programme's output against its target in one phrase."""
    words, numbers = data.words, data.numbers
    if is_missing(row["output_n"]):
        return NOTHING
    facts = {"output": numbers.number(row["output_n"]), "unit": str(row["output_unit"] or "")}
    if is_missing(row["target_n"]):
        return words("output_only", **facts).strip()
    return words("output_of_target", target=numbers.number(row["target_n"]), **facts).strip()


def _beside(data: ReportData, moved: list[Movement], programme: str) -> str:
    """Return what changed since a programme began; the programme need not be the cause."""
    words, numbers = data.words, data.numbers
    parts = []
    for each in moved:
        if each.programme != programme or each.headline.key not in _BESIDE:
            continue
        suffix = "%" if each.headline.key.endswith("_pct") else ""
        values = {
            name: numbers.number(value.value, each.headline.decimals) + suffix
            for name, value in (("before", each.before), ("now", each.now))
        }
        direction = "steady" if each.verdict == "steady" else "moved"
        parts.append(words(f"beside_{direction}", what=words(f"short_{each.headline.key}"), **values))
    return listing(data, parts) if parts else words("beside_unknown")


def training_part(data: ReportData) -> list[Block]:
    """Say in one sentence how many lesson hours the staff took."""
    words, found = data.words, data.rows("training")
    if found is None or found.is_suppressed(found.frame.index[0], "n_staff"):
        return []
    if not has_training_record(data):
        return []
    cell = partial(data.cell, found, found.frame.index[0])
    text = words(
        "training_told", n=cell("n_staff"), hours=cell("hours_mean", 1), trained=cell("trained_pct", 0, "%")
    )
    return [Heading(words("section_training"), 2), Paragraph(text)]


def _good_practice(data: ReportData) -> list[Block]:
    """Return the part of the chapter on this unit's good practice."""
    blocks = list(good_practice(data).items)
    return [Heading(data.words("section_good_practice"), 2), *blocks[1:]] if blocks else []
