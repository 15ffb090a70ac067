"""Where a model is fitted: specifications as data, panel regression, mediation, claims."""

from asn_research.model.claims import Claim, claims_from
from asn_research.model.diagram import adjustment_table, check_adjustment
from asn_research.model.mediation import MediationFit, fit_mediation
from asn_research.model.panel import PanelFit, fit_panel
from asn_research.model.registry import load_estimators
from asn_research.model.result import Result
from asn_research.model.specs import ModelSpec, load_specs, spec_table
from asn_research.model.study import Study, run_study

__all__ = [
    "Claim",
    "MediationFit",
    "ModelSpec",
    "PanelFit",
    "Result",
    "Study",
    "adjustment_table",
    "check_adjustment",
    "claims_from",
    "fit_mediation",
    "fit_panel",
    "load_estimators",
    "load_specs",
    "run_study",
    "spec_table",
]
