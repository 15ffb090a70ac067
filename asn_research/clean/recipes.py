"""One recipe per source: read aloud, it is the method section of the report."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from asn_research.clean.cleaned import Cleaned
from asn_research.clean.identity import Nip, read_nip
from asn_research.clean.steps import (
    assign_period,
    band,
    identify_people,
    mark_duplicates,
    mark_empty,
    mark_foreign_rows,
    mark_order,
    match_services,
    match_units,
    read_values,
)
from asn_research.clean.working import Working, part_rows
from asn_research.rules.regulations import PredicateRule, SatisfactionRule, rule_in_force

_AGES = {"<17": 0, "17-25": 17, "26-35": 26, "36-45": 36, "46-55": 46, "56+": 56}
_STAFF_AGES = {"<30": 0, "30-39": 30, "40-49": 40, "50+": 50}
_TENURES = {"<5": 0, "5-9": 5, "10-19": 10, "20+": 20}


def clean_employees(rows: Working) -> Cleaned:
    """One row per person, ages and years of service in bands."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values)
        .pipe(_years_from_number)
        .pipe(identify_people, "person_id")
        .pipe(match_units)
        .pipe(_rank_group)
        .pipe(band, "age", _STAFF_AGES, into="age_band")
        .pipe(band, "tenure", _TENURES, into="tenure_band")
        .pipe(mark_duplicates, ["person_id"])
    )


def clean_appraisals(rows: Working) -> Cleaned:
    """One appraisal per person and quarter; the predicate is recomputed, the exported one kept beside."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values, needed=["results_rating", "behaviour_rating"])
        .pipe(identify_people, "person_id", "rater_id")
        .pipe(match_units)
        .pipe(assign_period, date_column="appraised_date")
        .pipe(mark_duplicates, ["person_id", "period"])
        .pipe(_predicate_by_matrix)
    )


def clean_training(rows: Working) -> Cleaned:
    """One row per course that a person finished."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values, needed=["finish_date", "hours_jp"])
        .pipe(identify_people, "person_id")
        .pipe(match_units)
        .pipe(mark_order, "start_date", "finish_date", "finished_before_start")
        .pipe(assign_period, date_column="finish_date", date_first=True)
        .pipe(mark_duplicates, ["person_id", "finish_date", "_title"], may_differ=True)
    )


def clean_motivation(rows: Working) -> Cleaned:
    """One answered form per person and wave."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values)
        .pipe(identify_people, "person_id")
        .pipe(match_units)
        .pipe(assign_period, date_column="survey_date")
        .pipe(mark_empty, [c.column for c in rows.book.columns if c.type == "choice_number"])
        .pipe(mark_duplicates, ["person_id", "period"])
    )


def clean_attendance(rows: Working) -> Cleaned:
    """One row per person and quarter."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values, needed=["working_days_n", "present_days_n"])
        .pipe(identify_people, "person_id")
        .pipe(match_units)
        .pipe(assign_period)
        .pipe(mark_duplicates, ["person_id", "period"])
    )


def clean_objections(rows: Working) -> Cleaned:
    """One row per objection; the period is that of the contested appraisal."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values, needed=["filed_date"])
        .pipe(identify_people, "person_id")
        .pipe(match_units)
        .pipe(mark_order, "filed_date", "decided_date", "decided_before_filed")
        .pipe(assign_period, date_column="filed_date")
        .pipe(mark_duplicates, ["person_id", "filed_date"], may_differ=True)
    )


def clean_citizen_feedback(rows: Working) -> Cleaned:
    """One row per form; a blank answer is missing, a blank form is excluded.

    An answer counts even where its giver's age or schooling cannot be read. Two citizens may answer alike, so equal forms are no duplicates.
    """
    elements = rule_in_force(SatisfactionRule, rows.context.reference).elements
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values, minor=["sex", "age", "education", "occupation"])
        .pipe(match_units)
        .pipe(match_services)
        .pipe(assign_period, date_column="survey_date", date_first=True)
        .pipe(mark_empty, elements)
        .pipe(_age_band)
    )


def clean_service_log(rows: Working) -> Cleaned:
    """One row per request, recognised by its registration number."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values, needed=["submitted_date"])
        .pipe(match_units)
        .pipe(match_services)
        .pipe(mark_order, "submitted_date", "finished_date", "finished_before_submitted")
        .pipe(assign_period, date_column="submitted_date", date_first=True)
        .pipe(mark_duplicates, ["_request"])
    )


def clean_complaints(rows: Working) -> Cleaned:
    """One row per complaint; its text stays behind."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values, needed=["received_date"])
        .pipe(match_units)
        .pipe(mark_order, "received_date", "answered_date", "answered_before_received")
        .pipe(assign_period, date_column="received_date", date_first=True)
        .pipe(mark_duplicates, ["_ticket"])
    )


def clean_programmes(rows: Working) -> Cleaned:
    """One row per programme and quarter."""
    return part_rows(
        rows.pipe(mark_foreign_rows)
        .pipe(read_values, needed=["programme", "output_n"])
        .pipe(match_units)
        .pipe(assign_period, date_column="start_date")
        .pipe(mark_duplicates, ["unit_id", "programme", "period"])
    )


RECIPES: dict[str, Callable[[Working], Cleaned]] = {
    "employees": clean_employees,
    "appraisals": clean_appraisals,
    "training": clean_training,
    "motivation": clean_motivation,
    "attendance": clean_attendance,
    "objections": clean_objections,
    "citizen_feedback": clean_citizen_feedback,
    "service_log": clean_service_log,
    "complaints": clean_complaints,
    "programmes": clean_programmes,
}


def _years_from_number(rows: Working) -> Working:
    """Take age, service, sex and employment from the number; bands alone go on."""
    kinds = rows.kinds["person_id"] if rows.kinds is not None else pd.Series("s", index=rows.text.index)
    readings = [
        read_nip(t, k, rows.context.register).digits
        for t, k in zip(rows.text["person_id"], kinds, strict=True)
    ]
    numbers = [Nip(digits) if digits else None for digits in readings]
    year, index = rows.context.reference.year, rows.text.index
    sex = pd.Series([n.sex if n else None for n in numbers], index=index, dtype="str")
    employment = pd.Series([n.employment_type if n else None for n in numbers], index=index, dtype="str")
    given = rows.values
    return rows.with_values(
        age=pd.Series([year - n.birth_year if n else None for n in numbers], index=index, dtype="Float64"),
        tenure=pd.Series([year - n.start_year if n else None for n in numbers], index=index, dtype="Float64"),
        sex=given["sex"].fillna(sex) if "sex" in given else sex,
        employment_type=given["employment_type"].fillna(employment)
        if "employment_type" in given
        else employment,
    )


def _rank_group(rows: Working) -> Working:
    rank = rows.values["rank"] if "rank" in rows.values else pd.Series("", index=rows.place.index)
    group = rank.astype("str").str.extract(r"^\s*(IV|III|II|I)\b")[0].fillna("")
    return rows.with_values(rank_group=group.astype("str"))


def _predicate_by_matrix(rows: Working) -> Working:
    rule = rule_in_force(PredicateRule, rows.context.reference)
    pairs = zip(rows.values["results_rating"], rows.values["behaviour_rating"], strict=True)
    known = {(a, b): rule.predicate(a, b) for a in rule.ratings for b in rule.ratings}
    computed = pd.Series([known.get(pair) for pair in pairs], index=rows.place.index, dtype="str")
    exported = (
        rows.values["predicate"]
        if "predicate" in rows.values
        else pd.Series(None, index=computed.index, dtype="str")
    )
    differs = (exported.notna() & computed.notna() & (exported != computed)).astype(bool)
    return rows.with_values(predicate=exported, predicate_by_matrix=computed, predicate_contradicts=differs)


def _age_band(rows: Working) -> Working:
    if "age" not in rows.values:
        return rows.with_values(age_band=pd.Series("", index=rows.place.index, dtype="str"))
    return band(rows, "age", _AGES, into="age_band")
