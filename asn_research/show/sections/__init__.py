"""The sections of a report. Each call takes the report's data and returns blocks, ready to read.

A section whose data an office does not have says so, and the report carries on.
"""

from asn_research.show.sections import quality_report as quality
from asn_research.show.sections.city_programmes import programmes, sub_units
from asn_research.show.sections.city_story import (
    city_changes,
    city_first_page,
    city_service,
    city_survey,
    units_that_need_help,
)
from asn_research.show.sections.city_units import staff_units, units_beside_each_other
from asn_research.show.sections.closing import signature
from asn_research.show.sections.digests import digests
from asn_research.show.sections.motivation import motivation
from asn_research.show.sections.objections_heard import discipline, objections, sanctions_and_objections
from asn_research.show.sections.practice_elsewhere import good_practice
from asn_research.show.sections.professionalism import professionalism
from asn_research.show.sections.rater_findings import raters, raters_annex
from asn_research.show.sections.ratings_annex import ratings_annex
from asn_research.show.sections.satisfaction_results import satisfaction
from asn_research.show.sections.scale_results import scale_quality
from asn_research.show.sections.service_performance import performance
from asn_research.show.sections.staff_appraisal import appraisal
from asn_research.show.sections.staff_front import report_cover, staff_first_page
from asn_research.show.sections.staff_method_sections import not_to_conclude, staff_method
from asn_research.show.sections.staff_training import training
from asn_research.show.sections.study_results import study, study_results
from asn_research.show.sections.survey_annexes import (
    documentation,
    glossary,
    method,
    questionnaire,
    results_in_full,
    sub_unit_annex,
)
from asn_research.show.sections.survey_chapters import collection, conclusion, introduction
from asn_research.show.sections.survey_front import approval, first_page, foreword, survey_cover
from asn_research.show.sections.survey_plan import plan_before
from asn_research.show.sections.survey_results import analysis, results

__all__ = [
    "analysis",
    "appraisal",
    "approval",
    "city_changes",
    "city_first_page",
    "city_service",
    "city_survey",
    "collection",
    "conclusion",
    "digests",
    "discipline",
    "documentation",
    "first_page",
    "foreword",
    "glossary",
    "good_practice",
    "introduction",
    "method",
    "motivation",
    "not_to_conclude",
    "objections",
    "performance",
    "plan_before",
    "professionalism",
    "programmes",
    "quality",
    "questionnaire",
    "raters",
    "raters_annex",
    "ratings_annex",
    "report_cover",
    "results",
    "results_in_full",
    "sanctions_and_objections",
    "satisfaction",
    "scale_quality",
    "signature",
    "staff_first_page",
    "staff_method",
    "staff_units",
    "study",
    "study_results",
    "sub_unit_annex",
    "sub_units",
    "survey_cover",
    "training",
    "units_beside_each_other",
    "units_that_need_help",
]
