"""All measures of a city, from its processed tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

import pandas as pd

from asn_research.measure.appraisal import appraisal_by_unit
from asn_research.measure.panel import employee_panel, quarters, unit_panel
from asn_research.measure.presence import attendance_by_unit, programmes_by_unit
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.measure.scale_quality import scale_quality
from asn_research.measure.scales import scales_by_unit
from asn_research.measure.service_time import service_times
from asn_research.measure.standings import unit_standings
from asn_research.measure.sub_units import sub_unit_table
from asn_research.measure.training import hours_by_person, training_by_unit
from asn_research.measure.voice import complaints_by_unit, objections_by_unit
from asn_research.rules.cities import City
from asn_research.rules.codebooks import SOURCES
from asn_research.rules.periods import Period
from asn_research.rules.regulations import ObjectionRule, SatisfactionRule, TrainingRule, rule_in_force


@dataclass(frozen=True)
class CityMeasures:
    """The measures of a city; one without data is None. Each function that made it says its columns."""

    satisfaction: pd.DataFrame | None = None
    elements: pd.DataFrame | None = None
    service_time: pd.DataFrame | None = None
    appraisal: pd.DataFrame | None = None
    predicates: pd.DataFrame | None = None
    training: pd.DataFrame | None = None
    motivation: pd.DataFrame | None = None
    scale_reliability: pd.DataFrame | None = None
    scale_items: pd.DataFrame | None = None
    scale_model: pd.DataFrame | None = None
    scale_invariance: pd.DataFrame | None = None
    standings: pd.DataFrame | None = None
    complaints: pd.DataFrame | None = None
    objections: pd.DataFrame | None = None
    attendance: pd.DataFrame | None = None
    programmes: pd.DataFrame | None = None
    sub_units: pd.DataFrame | None = None
    panel: pd.DataFrame | None = None
    employee_panel: pd.DataFrame | None = None

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the measures that there are, by name."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: frame for name, frame in named.items() if frame is not None}


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
    day = _last_day(found)
    measures: dict[str, pd.DataFrame | None] = {}
    rule = rule_in_force(SatisfactionRule, day)
    if "citizen_feedback" in found:
        measures["satisfaction"], measures["elements"] = satisfaction_by_unit(found["citizen_feedback"], rule)
    if "service_log" in found:
        measures["service_time"] = service_times(found["service_log"], city)
    if "appraisals" in found:
        measures["appraisal"], measures["predicates"] = appraisal_by_unit(found["appraisals"])
    if "motivation" in found:
        measures["motivation"] = scales_by_unit(found["motivation"])
        measures.update(scale_quality(found["motivation"]))
    measures["standings"] = unit_standings(measures, found.get("service_log"), city)
    hours = _hours(found)
    if hours is not None:
        measures["training"] = training_by_unit(hours, rule_in_force(TrainingRule, day))
    if "complaints" in found:
        measures["complaints"] = complaints_by_unit(found["complaints"])
    if "objections" in found:
        measures["objections"] = objections_by_unit(
            found["objections"], found.get("appraisals"), rule_in_force(ObjectionRule, day)
        )
    if "attendance" in found:
        measures["attendance"] = attendance_by_unit(found["attendance"])
    if "programmes" in found:
        measures["programmes"] = programmes_by_unit(found["programmes"])
    measures["sub_units"] = sub_unit_table(
        city,
        rule,
        _periods(found),
        staff=found.get("employees"),
        feedback=found.get("citizen_feedback"),
        log=found.get("service_log"),
    )
    measures["employee_panel"] = employee_panel(hours, found.get("appraisals"), found.get("motivation"))
    measures["panel"] = unit_panel(measures, found.get("citizen_feedback"))
    return CityMeasures(**measures)


def _periods(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    known = [frame for name, frame in tables.items() if name in SOURCES and "period" in frame]
    return sorted({str(code) for frame in known for code in frame["period"].dropna().unique()})


def _last_day(tables: Mapping[str, pd.DataFrame]) -> date:
    return max((Period.parse(code).last_day for code in _periods(tables)), default=date.today())


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
