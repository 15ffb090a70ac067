"""All measures of a city, from its processed tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from asn_research.branches import Branch, Made, run_branches
from asn_research.measure.appraisal import appraisal_by_unit, distribution_advice
from asn_research.measure.attendance import attendance_by_unit, programmes_by_unit
from asn_research.measure.breakdown import breakdown_by_unit
from asn_research.measure.complaints import complaints_by_unit, grounds_by_unit, objections_by_unit
from asn_research.measure.discipline import sanctions_by_unit
from asn_research.measure.explaining import explaining_by_unit
from asn_research.measure.importance import importance_by_unit
from asn_research.measure.ip_asn import ip_asn_by_person, ip_asn_by_unit
from asn_research.measure.panels import employee_panel, quarters, unit_panel
from asn_research.measure.population_weights import weighted_by_unit
from asn_research.measure.rating_information import information_audit, with_verdict
from asn_research.measure.sample import people_served, sample_check
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.measure.scale_quality import scale_invariance, scale_quality
from asn_research.measure.scale_scores import scales_by_unit
from asn_research.measure.service_elements import service_elements, survey_quality
from asn_research.measure.service_time import service_times
from asn_research.measure.standings import unit_standings
from asn_research.measure.sub_units import sub_unit_table
from asn_research.measure.suggestions import suggestions_by_unit
from asn_research.measure.survey_answers import answers_by_unit
from asn_research.measure.training import (
    fields_by_unit,
    hours_by_field,
    hours_by_person,
    training_by_field,
    training_by_kind,
    training_by_unit,
    training_gaps,
)
from asn_research.rules.cities import City
from asn_research.rules.codebooks import SOURCES
from asn_research.schema import require_declared

#: Sources in which each row is one answer, request or complaint. Measures of half years and years pool their rows.
POOLED = ("citizen_feedback", "service_log", "complaints")


@dataclass(frozen=True)
class CityMeasures:
    """The measures of a city. The function that computes a measure describes its columns.

    Parameters
    ----------
    made : mapping of str to pd.DataFrame
        Measures by their name in `BRANCHES`; a measure without data is absent.
    """

    made: Mapping[str, pd.DataFrame]

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the available measures by name.

        Raises
        ------
        SchemaError
            If a measure has an undeclared column.
        """
        found = dict(self.made)
        require_declared(found)
        return found

    def __getattr__(self, name: str) -> pd.DataFrame | None:
        """Return a measure by its name; None if there are no data for it.

        Raises
        ------
        AttributeError
            If no branch computes a measure of this name.
        """
        if any(name in branch.makes for branch in BRANCHES):
            return self.made.get(name)
        msg = f"There is no measure '{name}'."
        raise AttributeError(msg)


@dataclass(frozen=True)
class CityData:
    """The input of all measures of a city.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        The processed tables by name; tables that the city does not have may be absent.
    city : City
        The register of the city.
    exits : pd.DataFrame, optional
        For each sheet, the numbers of raw, kept, quarantined and excluded rows.
    truth : mapping, optional
        The true values of a simulated city.
    taken : date, optional
        The day on which the requests were exported; by default the last date in them.
    importance_periods : int, optional
        How many periods are pooled for derived importance; by default the number in the survey design.
    """

    tables: Mapping[str, pd.DataFrame]
    city: City
    exits: pd.DataFrame | None = None
    truth: Mapping[str, Any] | None = None
    taken: date | None = None
    importance_periods: int | None = None

    def get(self, name: str) -> pd.DataFrame | None:
        """Return a table; None if it is absent or has no row."""
        table = self.tables.get(name)
        return None if table is None or table.empty else table

    def read(self) -> CityData:
        """Return the same data with every table in memory, without sources whose rows are all in quarantine.

        An empty source says that nothing happened. A source whose rows are all in quarantine says nothing,
        so it is removed.
        """
        tables = dict(self.tables)
        quarantined = tables.get("quarantine")
        waiting = (
            set() if quarantined is None or quarantined.empty else set(quarantined["source"].astype("str"))
        )
        return replace(self, tables={n: t for n, t in tables.items() if not (t.empty and n in waiting)})


def measure_city(tables: Mapping[str, pd.DataFrame], city: City) -> CityMeasures:
    """Compute the measures of a city for all periods in its data, without the estimates of the study.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        The processed tables by name; tables that the city does not have may be absent.
    city : City
        The register of the city.

    Returns
    -------
    CityMeasures
    """
    return CityMeasures(run_branches(BRANCHES, CityData(tables, city).read()))


def _satisfaction(data: CityData, _made: Made) -> Made:
    """Measure the satisfaction index, unweighted and weighted to the people served, and its elements."""
    feedback, log, margins = data.get("citizen_feedback"), data.get("service_log"), data.city.margins
    if feedback is None:
        return {}
    index, elements = satisfaction_by_unit(feedback, served=people_served(log) if log is not None else None)
    known = pd.DataFrame([margin.model_dump() for margin in margins]) if margins else None
    weighted = weighted_by_unit(feedback, log, known)
    return {"satisfaction": index.merge(weighted, on=["unit_id", "period"], how="left"), "elements": elements}


def _answers(data: CityData, _made: Made) -> Made:
    feedback = data.get("citizen_feedback")
    return {} if feedback is None else {"answers": answers_by_unit(feedback)}


def _suggestions(data: CityData, _made: Made) -> Made:
    feedback = data.get("citizen_feedback")
    found = None if feedback is None else suggestions_by_unit(feedback)
    return {} if found is None or found.empty else {"suggestions": found}


def _importance(data: CityData, made: Made) -> Made:
    feedback, elements = data.get("citizen_feedback"), made.get("elements")
    if feedback is None or elements is None:
        return {}
    return {"importance": importance_by_unit(feedback, elements, n_periods=data.importance_periods)}


def _respondents(data: CityData, _made: Made) -> Made:
    feedback, log = data.get("citizen_feedback"), data.get("service_log")
    if feedback is None:
        return {}
    return {
        "respondent_groups": breakdown_by_unit(feedback),
        "sample": sample_check(feedback, log) if log is not None else None,
        "service_elements": service_elements(feedback),
        **survey_quality(feedback),
    }


def _services(data: CityData, _made: Made) -> Made:
    log, complaints = data.get("service_log"), data.get("complaints")
    return {
        "service_time": None if log is None else service_times(log, data.city, data.taken),
        "complaints": None if complaints is None else complaints_by_unit(complaints, data.city),
    }


def _standings(data: CityData, made: Made) -> Made:
    return {"standings": unit_standings(made, data.get("service_log"), data.city)}


def _appraisal(data: CityData, _made: Made) -> Made:
    """Measure the ratings, and add the verdict of the information audit to each table."""
    appraisals = data.get("appraisals")
    if appraisals is None:
        return {}
    appraisal, predikats = appraisal_by_unit(appraisals)
    information = information_audit(appraisals)
    advice = distribution_advice(predikats, data.get("organisation_predikats"), data.city)
    return {
        "appraisal": with_verdict(appraisal, information),
        "predikats": with_verdict(predikats, information),
        "information": information,
        "explaining": explaining_by_unit(appraisals),
        "distribution": None if advice is None else with_verdict(advice, information),
    }


def _scales(data: CityData, _made: Made) -> Made:
    survey = data.get("motivation")
    return {} if survey is None else {"motivation": scales_by_unit(survey)}


def _scale_quality(data: CityData, _made: Made) -> Made:
    survey = data.get("motivation")
    return {} if survey is None else scale_quality(survey)


def _invariance(data: CityData, _made: Made) -> Made:
    survey = data.get("motivation")
    return {} if survey is None else {"scale_invariance": scale_invariance(survey)}


def _staff(data: CityData, made: Made) -> Made:
    """Measure the training of staff, and build the panel of employees."""
    hours, employees = _hours(data), data.get("employees")
    fields = _fields(data, hours)
    panel = employee_panel(
        hours,
        data.get("appraisals"),
        data.get("motivation"),
        made.get("information"),
        fields,
        data.tables.get("objections"),
    )
    if hours is None:
        return {"employee_panel": panel}
    return {
        "training": training_by_unit(hours, data.city),
        "training_kinds": training_by_kind(data.tables["training"]),
        "training_fields": training_by_field(data.tables["training"]),
        "training_gaps": None if employees is None else training_gaps(hours, employees),
        "employee_panel": panel,
    }


def _conduct(data: CityData, _made: Made) -> Made:
    """Measure discipline, the professionalism index, objections and attendance; each source may be missing."""
    sanctions, objections = data.get("sanctions"), data.get("objections")
    attendance, programmes = data.get("attendance"), data.get("programmes")
    people = _professionals(data)
    return {
        "sanctions": None if sanctions is None else sanctions_by_unit(sanctions, data.city),
        "ip_asn": None if people is None else ip_asn_by_unit(people, data.city),
        "objections": None
        if objections is None
        else objections_by_unit(objections, data.get("appraisals"), data.city),
        "objection_grounds": None if objections is None else grounds_by_unit(objections),
        "attendance": None if attendance is None else attendance_by_unit(attendance),
        "programmes": None if programmes is None else programmes_by_unit(programmes),
    }


def _professionals(data: CityData) -> pd.DataFrame | None:
    """Return the bounds of each person's professionalism index; None without staff or periods."""
    employees = data.get("employees")
    periods = quarters([data.get(name) for name in ("training", "appraisals")])
    if employees is None or not periods:
        return None
    # An empty table of sanctions says that there were none; a missing table says nothing.
    return ip_asn_by_person(
        employees, periods, data.city, courses=data.get("training"), appraisals=data.get("appraisals"),
        sanctions=data.tables.get("sanctions"),
    )  # fmt: skip


def _sub_units(data: CityData, _made: Made) -> Made:
    return {
        "sub_units": sub_unit_table(
            data.city, _periods(data), staff=data.get("employees"), feedback=data.get("citizen_feedback"),
            log=data.get("service_log"),
        )
    }  # fmt: skip


def _panel(data: CityData, made: Made) -> Made:
    fields = _fields(data, _hours(data))
    by_unit = None if fields is None else fields_by_unit(fields)
    return {"panel": unit_panel(made, data.get("citizen_feedback"), data.get("complaints"), by_unit)}


def _fields(data: CityData, hours: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if hours is None else hours_by_field(data.tables["training"], hours)


#: The branches that read `POOLED` sources alone. They also compute the measures of half years and years.
OF_CITIZENS: tuple[Branch[CityData], ...] = (
    Branch(("satisfaction", "elements"), _satisfaction, seconds=2),
    Branch(("answers",), _answers, seconds=0.5),
    Branch(("suggestions",), _suggestions, seconds=0.2),
    Branch(("importance",), _importance, needs=("elements",), seconds=2),
    Branch(
        ("respondent_groups", "sample", "service_elements", "survey_items", "survey_reliability"),
        _respondents,
        seconds=2,
    ),
    Branch(("service_time", "complaints"), _services, seconds=1),
    Branch(("standings",), _standings, needs=("satisfaction", "service_time"), seconds=0.5),
    Branch(("sub_units",), _sub_units, seconds=0.5),
)
_OF_STAFF: tuple[Branch[CityData], ...] = (
    Branch(("scale_invariance",), _invariance, seconds=2),
    Branch(("scale_reliability", "scale_items", "scale_model"), _scale_quality, seconds=3),
    Branch(("appraisal", "predikats", "information", "explaining", "distribution"), _appraisal, seconds=1),
    Branch(
        ("sanctions", "ip_asn", "objections", "objection_grounds", "attendance", "programmes"),
        _conduct,
        seconds=1,
    ),
    Branch(
        ("training", "training_kinds", "training_fields", "training_gaps", "employee_panel"),
        _staff,
        needs=("information",),
        seconds=0.5,
    ),
    Branch(("motivation",), _scales),
    Branch(
        ("panel",),
        _panel,
        needs=(
            "satisfaction", "elements", "service_time", "motivation", "training", "appraisal", "information",
            "complaints",
        ),
    ),
)  # fmt: skip
#: The branches of all measures of a city's own periods.
BRANCHES = (*OF_CITIZENS, *_OF_STAFF)


def _periods(data: CityData) -> list[str]:
    known = [frame for source in SOURCES if (frame := data.get(source)) is not None and "period" in frame]
    return sorted({str(code) for frame in known for code in frame["period"].dropna().unique()})


def _hours(data: CityData) -> pd.DataFrame | None:
    """Return the lesson hours of all staff; without a register of staff, of the people in the other tables."""
    courses, known = data.get("training"), data.get("employees")
    if courses is None:
        return None
    lists = {name: data.get(name) for name in ("training", "appraisals", "motivation", "attendance")}
    if known is None:
        others = [lists[name] for name in ("appraisals", "motivation") if lists[name] is not None]
        known = pd.concat([courses, *others]).drop_duplicates("person_id").assign(employment_type="")
    staff = known[["person_id", "reporting_unit_id", "employment_type"]]
    return hours_by_person(courses, staff, quarters(list(lists.values())))
