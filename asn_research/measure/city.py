"""All measures of a city, from its processed tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

from asn_research.measure.appraisal import appraisal_by_unit, distribution_advice
from asn_research.measure.audit import information_audit, with_verdict
from asn_research.measure.breakdown import breakdown_by_unit
from asn_research.measure.discipline import sanctions_by_unit
from asn_research.measure.drivers import importance_by_unit
from asn_research.measure.ip_asn import ip_asn_by_person, ip_asn_by_unit
from asn_research.measure.panel import employee_panel, quarters, unit_panel
from asn_research.measure.presence import attendance_by_unit, programmes_by_unit
from asn_research.measure.sample import people_served, sample_check
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.measure.scale_quality import scale_quality
from asn_research.measure.scales import scales_by_unit
from asn_research.measure.service_time import service_times
from asn_research.measure.standings import unit_standings
from asn_research.measure.sub_units import sub_unit_table
from asn_research.measure.training import (
    hours_by_person,
    training_by_kind,
    training_by_unit,
    training_gaps,
)
from asn_research.measure.voice import complaints_by_unit, objection_grounds, objections_by_unit
from asn_research.measure.weighting import weighted_by_unit
from asn_research.rules.cities import City
from asn_research.rules.codebooks import SOURCES
from asn_research.schema import require_declared


@dataclass(frozen=True)
class CityMeasures:
    """The measures of a city; one without data is None. Each function that made it says its columns."""

    satisfaction: pd.DataFrame | None = None
    elements: pd.DataFrame | None = None
    importance: pd.DataFrame | None = None
    respondent_groups: pd.DataFrame | None = None
    sample: pd.DataFrame | None = None
    service_time: pd.DataFrame | None = None
    appraisal: pd.DataFrame | None = None
    predicates: pd.DataFrame | None = None
    information: pd.DataFrame | None = None
    distribution: pd.DataFrame | None = None
    training: pd.DataFrame | None = None
    training_kinds: pd.DataFrame | None = None
    training_gaps: pd.DataFrame | None = None
    ip_asn: pd.DataFrame | None = None
    sanctions: pd.DataFrame | None = None
    motivation: pd.DataFrame | None = None
    scale_reliability: pd.DataFrame | None = None
    scale_items: pd.DataFrame | None = None
    scale_model: pd.DataFrame | None = None
    scale_invariance: pd.DataFrame | None = None
    standings: pd.DataFrame | None = None
    complaints: pd.DataFrame | None = None
    objections: pd.DataFrame | None = None
    objection_grounds: pd.DataFrame | None = None
    attendance: pd.DataFrame | None = None
    programmes: pd.DataFrame | None = None
    sub_units: pd.DataFrame | None = None
    panel: pd.DataFrame | None = None
    employee_panel: pd.DataFrame | None = None

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the measures that there are, by name.

        Raises
        ------
        SchemaError
            If one has a column that is not declared.
        """
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        found = {name: frame for name, frame in named.items() if frame is not None}
        require_declared(found)
        return found


def measure_city(tables: Mapping[str, pd.DataFrame], city: City) -> CityMeasures:
    """Measure a city.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        The processed tables by name; those that an office does not have may be absent.
    city : City
        The register.

    Returns
    -------
    CityMeasures
    """
    found = {name: tables[name] for name in tables if len(tables[name])}
    measures: dict[str, pd.DataFrame | None] = {}
    if "citizen_feedback" in found:
        measures |= citizens_measures(found["citizen_feedback"], found.get("service_log"), city)
    if "service_log" in found:
        measures["service_time"] = service_times(found["service_log"], city)
    if "appraisals" in found:
        measures |= _appraisal(found, city)
    if "motivation" in found:
        measures["motivation"] = scales_by_unit(found["motivation"])
        measures.update(scale_quality(found["motivation"]))
    measures["standings"] = unit_standings(measures, found.get("service_log"), city)
    hours = _hours(found)
    if hours is not None:
        measures["training"] = training_by_unit(hours, city)
        measures["training_kinds"] = training_by_kind(found["training"])
        if "employees" in found:
            measures["training_gaps"] = training_gaps(hours, found["employees"])
    measures |= _conduct(tables, found, city)
    if "complaints" in found:
        measures["complaints"] = complaints_by_unit(found["complaints"], city)
    if "objections" in found:
        measures["objections"] = objections_by_unit(found["objections"], found.get("appraisals"), city)
        measures["objection_grounds"] = objection_grounds(found["objections"])
    if "attendance" in found:
        measures["attendance"] = attendance_by_unit(found["attendance"])
    if "programmes" in found:
        measures["programmes"] = programmes_by_unit(found["programmes"])
    measures["sub_units"] = sub_unit_table(
        city,
        _periods(found),
        staff=found.get("employees"),
        feedback=found.get("citizen_feedback"),
        log=found.get("service_log"),
    )
    measures["employee_panel"] = employee_panel(
        hours, found.get("appraisals"), found.get("motivation"), measures.get("information")
    )
    measures["panel"] = unit_panel(measures, found.get("citizen_feedback"))
    return CityMeasures(**measures)


def citizens_measures(
    feedback: pd.DataFrame, log: pd.DataFrame | None, city: City, *, importance_periods: int | None = None
) -> dict[str, pd.DataFrame | None]:
    """Measure all that citizens' answers say, each period under its own rule.

    Parameters
    ----------
    feedback, log : pd.DataFrame
        The processed tables `citizen_feedback` and, if there is one, `service_log`.
    city : City
        The register, with what is known of the people served.
    importance_periods : int, optional
        How many periods are pooled for derived importance; by default as the survey's design says.
    """
    served = people_served(log) if log is not None else None
    index, elements = satisfaction_by_unit(feedback, served=served)
    known = pd.DataFrame([margin.model_dump() for margin in city.margins]) if city.margins else None
    weighted = weighted_by_unit(feedback, log, known)
    return {
        "satisfaction": index.merge(weighted, on=["unit_id", "period"], how="left"),
        "elements": elements,
        "importance": importance_by_unit(feedback, elements, n_periods=importance_periods),
        "respondent_groups": breakdown_by_unit(feedback),
        "sample": sample_check(feedback, log) if log is not None else None,
    }


def _appraisal(found: Mapping[str, pd.DataFrame], city: City) -> dict[str, pd.DataFrame | None]:
    """Measure the ratings; what they can tell is found first, and stands beside every number."""
    appraisal, predicates = appraisal_by_unit(found["appraisals"])
    information = information_audit(found["appraisals"])
    advice = distribution_advice(predicates, found.get("organisation_predicates"), city)
    return {
        "appraisal": with_verdict(appraisal, information),
        "predicates": with_verdict(predicates, information),
        "information": information,
        "distribution": None if advice is None else with_verdict(advice, information),
    }


def _conduct(
    tables: Mapping[str, pd.DataFrame], found: Mapping[str, pd.DataFrame], city: City
) -> dict[str, pd.DataFrame | None]:
    """Measure discipline and the professionalism index, for which every source may be missing."""
    measures: dict[str, pd.DataFrame | None] = {}
    if "sanctions" in found:
        measures["sanctions"] = sanctions_by_unit(found["sanctions"], city)
    if "employees" in found:
        periods = quarters([found.get(n) for n in ("training", "appraisals")])
        people = ip_asn_by_person(
            found["employees"], periods, city, courses=found.get("training"),
            appraisals=found.get("appraisals"), sanctions=tables.get("sanctions"),
        ) if periods else None  # fmt: skip
        if people is not None:
            measures["ip_asn"] = ip_asn_by_unit(people, city)
    return measures


def _periods(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    known = [frame for name, frame in tables.items() if name in SOURCES and "period" in frame]
    return sorted({str(code) for frame in known for code in frame["period"].dropna().unique()})


def _hours(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame | None:
    """Lesson hours of all staff; of those on the lists only, where no register of staff was sent."""
    if "training" not in tables:
        return None
    courses = tables["training"]
    known = tables.get("employees")
    if known is None:
        known = pd.concat([courses, *(tables[n] for n in ("appraisals", "motivation") if n in tables)])
        known = known.drop_duplicates("person_id").assign(employment_type="")
    staff = known[["person_id", "reporting_unit_id", "employment_type"]]
    periods = quarters([tables.get(n) for n in ("training", "appraisals", "motivation", "attendance")])
    return hours_by_person(courses, staff, periods)
