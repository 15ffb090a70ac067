"""The recipe of each source: the ordered list of cleaning steps, which documents the method."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from asn_research.clean.cleaned import Cleaned, split_rows
from asn_research.clean.parse.staff_ranks import read_ranks
from asn_research.clean.parse.values import coded
from asn_research.clean.questions.open_questions import ask_of_tables
from asn_research.clean.sendback.mends import write_mends
from asn_research.clean.steps.ages import read_ages
from asn_research.clean.steps.by_period import mark_empty_forms, recompute_predikats
from asn_research.clean.steps.case_states import (
    exclude_withdrawn,
    state_of_complaints,
    state_of_objections,
    state_of_requests,
)
from asn_research.clean.steps.cell_values import read_values
from asn_research.clean.steps.corrections import mark_corrections
from asn_research.clean.steps.course_fields import recognise_fields
from asn_research.clean.steps.daily import (
    count_days,
    is_daily,
    join_day_and_clock,
    present_on_day,
    queue_of_calls,
)
from asn_research.clean.steps.derived_values import band, pool_questions, predikat_of_quadrant
from asn_research.clean.steps.doubles import resolve_versions
from asn_research.clean.steps.faulty_rows import (
    mark_attendance,
    mark_duplicates,
    mark_empty,
    mark_order,
    mark_sent_twice,
)
from asn_research.clean.steps.file_periods import assign_period
from asn_research.clean.steps.file_versions import Versions
from asn_research.clean.steps.foreign_rows import mark_foreign_rows
from asn_research.clean.steps.month_rows import hold_months, key_by_month, sum_months
from asn_research.clean.steps.months import note_months, resolve_months, take_months_for_days
from asn_research.clean.steps.objection_versions import mark_overtaken
from asn_research.clean.steps.own_index import compare_with_own_index
from asn_research.clean.steps.plausible import mark_implausible
from asn_research.clean.steps.registered import (
    identify_people,
    match_services,
    match_units,
    pseudonymise_column,
)
from asn_research.clean.steps.screening import screen_responses
from asn_research.clean.steps.staff_status import facts_of_numbers, leave_out_who_left
from asn_research.clean.steps.suggestion_texts import read_suggestions
from asn_research.clean.working import Prepared, Working, join_prepared, prepared
from asn_research.errors import RuleError
from asn_research.read import Cells

#: One system of bands for citizens and staff, so that no two tables of a report part people differently.
_AGES = {"<17": 0, "17-25": 17, "26-35": 26, "36-45": 36, "46-55": 46, "56+": 56}
#: Names of rows that average over all organisations, in published tables.
_AVERAGE = re.compile(
    r"(?:(?:19|20)\d\d\s+)?(?:the\s+)?(?:civil service\s+(?:benchmark|high perform|average|median|mean|overall)|all\s+(?:civil serv|organi|depart|particip)"
    r"|(?:overall\s+)?(?:benchmark|median|mean|average|total)\b)",
    re.IGNORECASE,
)
_BESIDE_RATINGS = (
    "discipline_score",
    "service_quality_score",
    "innovation_score",
    "output_pct",
    "appraised_date",
    "criteria_told_date",
    "result_talk_date",
)
_TENURES = {"<5": 0, "5-9": 5, "10-19": 10, "20+": 20}


@dataclass(frozen=True)
class Recipe:
    """The cleaning steps of one source.

    Parameters
    ----------
    prepare : callable
        The steps that need only the rows of one file. Their result is cached.
    finish : callable
        The steps that need the rows of all files together.
    keys : tuple of str
        The columns that identify a case; of two versions of a case, the later one is used. Empty if no
        columns identify a case.
    """

    prepare: Callable[[Working], Working]
    finish: Callable[[Prepared], Prepared]
    keys: tuple[str, ...] = ()

    def read(self, rows: Working) -> Prepared:
        """Return the rows of one file, parsed and marked."""
        first = rows.pipe(write_mends).pipe(mark_corrections).pipe(mark_foreign_rows).pipe(ask_of_tables)
        return prepared(self.prepare(first))

    def join(
        self, parts: Sequence[Prepared], today: date | None = None, versions: Versions | None = None
    ) -> Prepared:
        """Concatenate the rows of all files, and mark implausible dates, single months and repeated rows."""
        versions = versions or Versions()
        joined = join_prepared(parts).pipe(mark_implausible, today)
        return resolve_versions(resolve_months(joined, versions.answers), self.keys, versions)

    def part(self, joined: Prepared) -> Cleaned:
        """Return the result for all files of the source, split by exits."""
        return split_rows(self.finish(joined))


def prepare_employees(rows: Working) -> Working:
    """One row per person in active service, with bands of age and years of service."""
    return (
        rows.pipe(read_values, apart=["rank"])
        .pipe(facts_of_numbers)
        .pipe(leave_out_who_left)
        .pipe(identify_people, "person_id")
        .pipe(_no_period)
        .pipe(match_units)
        .pipe(read_ranks)
        .pipe(_without, "period", "rank")
        .pipe(band, "age", _AGES, into="age_band")
        .pipe(band, "tenure", _TENURES, into="tenure_band")
    )


def prepare_appraisals(rows: Working) -> Working:
    """One appraisal per person and quarter; the predikat is recomputed, and the exported one is kept too."""
    return (
        # An unreadable score or date does not quarantine the row, because its ratings can be used.
        rows.pipe(predikat_of_quadrant)
        .pipe(read_values, minor=_BESIDE_RATINGS)
        .pipe(identify_people, "person_id", "rater_id")
        .pipe(assign_period, date_column="appraised_date")
        .pipe(note_months, date_column="appraised_date")
        .pipe(match_units)
        .pipe(recompute_predikats)
    )


def prepare_training(rows: Working) -> Working:
    """One row per course that a person finished, with its field; the title is left out."""
    return (
        rows.pipe(read_values, needed=["finish_date", "hours_jp"], minor=["start_date"])
        .pipe(identify_people, "person_id")
        .pipe(mark_order, "start_date", "finish_date", "finished_before_start")
        .pipe(assign_period, date_column="finish_date", date_first=True)
        .pipe(match_units)
        .pipe(recognise_fields)
        .pipe(pseudonymise_column, "_title")
    )


def prepare_motivation(rows: Working) -> Working:
    """One answered form per person and wave."""
    return (
        rows.pipe(read_values)
        .pipe(identify_people, "person_id")
        .pipe(assign_period, date_column="survey_date")
        .pipe(match_units)
        .pipe(mark_empty, [c.column for c in rows.book.columns if c.type == "choice_number"])
    )


def prepare_attendance(rows: Working) -> Working:
    """One row per person and quarter; rows of days and months are summed to quarters."""
    if is_daily(rows):
        return (
            rows.pipe(read_values, needed=["day"])
            .pipe(identify_people, "person_id")
            .pipe(present_on_day)
            .pipe(assign_period, date_column="day", date_first=True)
            .pipe(match_units)
        )
    return (
        rows.pipe(read_values, needed=["working_days_n", "present_days_n"], apart=["day"])
        .pipe(mark_attendance)
        .pipe(identify_people, "person_id")
        .pipe(assign_period)
        .pipe(match_units)
        .pipe(key_by_month)
    )


def _finish_attendance(rows: Prepared) -> Prepared:
    case = ("person_id", "period")
    by_month = mark_duplicates(count_days(rows), (*case, "_day_key"))
    return mark_duplicates(sum_months(by_month, case).without("day", "_day_key"), case)


def prepare_objections(rows: Working) -> Working:
    """One row per objection; its period is the period of the contested appraisal."""
    return (
        rows.pipe(read_values, needed=["filed_date"])
        .pipe(identify_people, "person_id")
        .pipe(mark_order, "filed_date", "decided_date", "decided_before_filed")
        .pipe(state_of_objections)
        .pipe(assign_period, date_column="filed_date")
        .pipe(match_units)
    )


def _finish_objections(rows: Prepared) -> Prepared:
    once = mark_overtaken(mark_duplicates(rows, ("person_id", "filed_date"), may_differ=True))
    return exclude_withdrawn(once)


def prepare_sanctions(rows: Working) -> Working:
    """One row per disciplinary sanction; its period is the period of the decision."""
    return (
        rows.pipe(read_values, needed=["sanction", "sanction_date"])
        .pipe(identify_people, "person_id")
        .pipe(assign_period, date_column="sanction_date", date_first=True)
        .pipe(match_units)
    )


def prepare_organisation_predikats(rows: Working) -> Working:
    """One row per unit and period: the predikat of the unit itself."""
    return (
        rows.pipe(read_values, needed=["organisation_predikat"])
        .pipe(assign_period, date_column="decided_date")
        .pipe(match_units)
    )


def prepare_citizen_feedback(rows: Working) -> Working:
    """One row per form; a blank answer is missing, and a blank form is excluded.

    An unreadable age or education does not quarantine the form, because its answers can be used.
    """
    return (
        rows.pipe(take_months_for_days, "survey_date")
        .pipe(read_values, apart=["age"])
        .pipe(pool_questions)
        .pipe(compare_with_own_index)
        .pipe(read_ages, _AGES)
        .pipe(assign_period, date_column="survey_date", date_first=True)
        .pipe(match_units)
        .pipe(match_services)
        .pipe(mark_empty_forms)
        .pipe(mark_sent_twice, "survey_date")
        .pipe(read_suggestions)
        .pipe(pseudonymise_column, "_phone")
    )


def prepare_service_log(rows: Working) -> Working:
    """One row per service request, identified by its registration number."""
    return (
        rows.pipe(join_day_and_clock, "_day", "submitted_date", "finished_date")
        .pipe(read_values, needed=["submitted_date"], minor=["queue_minutes"])
        .pipe(queue_of_calls)
        .pipe(mark_order, "submitted_date", "finished_date", "finished_before_submitted")
        .pipe(assign_period, date_column="submitted_date", date_first=True)
        .pipe(match_units)
        .pipe(state_of_requests)
        .pipe(match_services)
        .pipe(pseudonymise_column, "_request")
    )


def prepare_complaints(rows: Working) -> Working:
    """One row per complaint, without its text."""
    return (
        # An unreadable channel does not quarantine the complaint.
        rows.pipe(read_values, needed=["received_date"])
        .pipe(mark_order, "received_date", "answered_date", "answered_before_received")
        .pipe(mark_order, "received_date", "resolved_date", "finished_before_submitted")
        .pipe(mark_order, "answered_date", "resolved_date", "finished_before_answered")
        .pipe(assign_period, date_column="received_date", date_first=True)
        .pipe(match_units)
        .pipe(state_of_complaints)
        .pipe(pseudonymise_column, "_ticket")
    )


def prepare_programmes(rows: Working) -> Working:
    """One row per programme and quarter."""
    return (
        rows.pipe(read_values, needed=["programme", "output_n"])
        .pipe(assign_period, date_column="start_date")
        .pipe(match_units)
        .pipe(key_by_month)
    )


def _finish_programmes(rows: Prepared) -> Prepared:
    case = ("unit_id", "programme", "period")
    by_month = mark_duplicates(rows, (*case, "_day_key"))
    return mark_duplicates(hold_months(by_month, case).without("_day_key"), case)


def prepare_organisation_scores(rows: Working) -> Working:
    """One row per organisation and year, as published by a statistics office; averages are excluded."""
    return (
        rows.pipe(_mark_averages)
        .pipe(read_values, needed=["organisation"])
        .pipe(assign_period)
        .pipe(mark_empty, [c.column for c in rows.book.columns if c.type == "percent"])
    )


def _by(prepare: Callable[[Working], Working], *keys: str, may_differ: bool = False) -> Recipe:
    """Return a recipe that decides about duplicates by some key columns; see `mark_duplicates`."""
    return Recipe(
        prepare,
        lambda rows: mark_duplicates(rows, keys, may_differ=may_differ),
        () if may_differ else keys,
    )


def _of_cases(prepare: Callable[[Working], Working], key: str) -> Recipe:
    """Return a recipe of cases that may be withdrawn, with the column that identifies a case."""
    return Recipe(prepare, lambda rows: exclude_withdrawn(mark_duplicates(rows, (key,))), (key,))


RECIPES: dict[str, Recipe] = {
    "employees": _by(prepare_employees, "person_id"),
    "appraisals": _by(prepare_appraisals, "person_id", "period"),
    "training": _by(prepare_training, "person_id", "finish_date", "_title"),
    "motivation": _by(prepare_motivation, "person_id", "period"),
    "attendance": Recipe(prepare_attendance, _finish_attendance, ("person_id", "period", "_day_key")),
    "objections": Recipe(prepare_objections, _finish_objections),
    "sanctions": _by(prepare_sanctions, "person_id", "sanction_date", may_differ=True),
    "organisation_predikats": _by(prepare_organisation_predikats, "unit_id", "period"),
    "citizen_feedback": Recipe(prepare_citizen_feedback, screen_responses),
    "service_log": _of_cases(prepare_service_log, "_request"),
    "complaints": _of_cases(prepare_complaints, "_ticket"),
    "programmes": Recipe(
        prepare_programmes, _finish_programmes, ("unit_id", "programme", "period", "_day_key")
    ),
    "organisation_scores": _by(prepare_organisation_scores, "organisation", "period"),
}


def recipe_of(source: str) -> Recipe:
    """Return the recipe of a source.

    Raises
    ------
    RuleError
        If the source has no recipe.
    """
    if source not in RECIPES:
        msg = f"{source} stands in rules/sources.csv and has no recipe. Add its row to RECIPES in clean/recipes.py."
        raise RuleError(msg)
    return RECIPES[source]


def _no_period(rows: Working) -> Working:
    return rows.with_values(period=coded([None], np.zeros(len(rows), np.int32)))


def _without(rows: Working, *columns: str) -> Working:
    present = [name for name in columns if name in rows.values]
    return replace(rows, values=rows.values.drop(columns=present))


def _mark_averages(rows: Working) -> Working:
    """Mark rows that average over organisations."""
    cells = rows.cells.get("organisation") or Cells.blank(len(rows))
    return rows.mark(
        cells.mask(lambda text: bool(_AVERAGE.match(text))) & rows.data, "foreign", "average_row"
    )
