"""The study of one city: which questions are asked, of which data, with what answer; its raters and its good practice.

Each name loads its module when it is first asked for, so that a report starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn_research.lazy import lazy_names

if TYPE_CHECKING:
    from asn_research.study.adoption import Spread, adoption_of, spread
    from asn_research.study.chain import Chain, fit_chain
    from asn_research.study.citizen_audit import CrossAudit, cross_audit
    from asn_research.study.city_raters import RaterStudy, run_rater_study
    from asn_research.study.diagram import adjustment_table, check_adjustment
    from asn_research.study.fitting import with_start
    from asn_research.study.good_practice import reliably_better, times_against_standard
    from asn_research.study.objections import ObjectionFit, fit_objections, objection_grounds, objection_rates
    from asn_research.study.rater_audit import RaterFit, fit_raters, long_ratings, scale_use, unit_levels
    from asn_research.study.rating_power import Spreads, rater_power, smallest_design
    from asn_research.study.registry import load_estimators
    from asn_research.study.service_series import month_of, monthly_times
    from asn_research.study.specs import ModelSpec, load_specs, spec_table
    from asn_research.study.study_claims import Claim, claims_from
    from asn_research.study.study_run import Study, run_study

__all__ = [
    "Chain",
    "Claim",
    "CrossAudit",
    "ModelSpec",
    "ObjectionFit",
    "RaterFit",
    "RaterStudy",
    "Spread",
    "Spreads",
    "Study",
    "adjustment_table",
    "adoption_of",
    "check_adjustment",
    "claims_from",
    "cross_audit",
    "fit_chain",
    "fit_objections",
    "fit_raters",
    "load_estimators",
    "load_specs",
    "long_ratings",
    "month_of",
    "monthly_times",
    "objection_grounds",
    "objection_rates",
    "rater_power",
    "reliably_better",
    "run_rater_study",
    "run_study",
    "scale_use",
    "smallest_design",
    "spec_table",
    "spread",
    "times_against_standard",
    "unit_levels",
    "with_start",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Chain": "asn_research.study.chain",
        "Claim": "asn_research.study.study_claims",
        "CrossAudit": "asn_research.study.citizen_audit",
        "ModelSpec": "asn_research.study.specs",
        "ObjectionFit": "asn_research.study.objections",
        "RaterFit": "asn_research.study.rater_audit",
        "RaterStudy": "asn_research.study.city_raters",
        "Spread": "asn_research.study.adoption",
        "Spreads": "asn_research.study.rating_power",
        "Study": "asn_research.study.study_run",
        "adjustment_table": "asn_research.study.diagram",
        "adoption_of": "asn_research.study.adoption",
        "check_adjustment": "asn_research.study.diagram",
        "claims_from": "asn_research.study.study_claims",
        "cross_audit": "asn_research.study.citizen_audit",
        "fit_chain": "asn_research.study.chain",
        "fit_objections": "asn_research.study.objections",
        "fit_raters": "asn_research.study.rater_audit",
        "load_estimators": "asn_research.study.registry",
        "load_specs": "asn_research.study.specs",
        "long_ratings": "asn_research.study.rater_audit",
        "month_of": "asn_research.study.service_series",
        "monthly_times": "asn_research.study.service_series",
        "objection_grounds": "asn_research.study.objections",
        "objection_rates": "asn_research.study.objections",
        "rater_power": "asn_research.study.rating_power",
        "reliably_better": "asn_research.study.good_practice",
        "run_rater_study": "asn_research.study.city_raters",
        "run_study": "asn_research.study.study_run",
        "scale_use": "asn_research.study.rater_audit",
        "smallest_design": "asn_research.study.rating_power",
        "spec_table": "asn_research.study.specs",
        "spread": "asn_research.study.adoption",
        "times_against_standard": "asn_research.study.good_practice",
        "unit_levels": "asn_research.study.rater_audit",
        "with_start": "asn_research.study.fitting",
    },
)
