"""Where a model is fitted: specifications as data, panels, staggered effects, mediation, claims."""

from asn_research.model.bootstrap import WildFit, wild_bootstrap
from asn_research.model.claims import Claim, claims_from
from asn_research.model.clusters import TwoWayFit, fit_two_way_clustered
from asn_research.model.compare import RegressionTable, compare
from asn_research.model.confounding import adjusted_estimates, robustness
from asn_research.model.diagram import adjustment_table, check_adjustment
from asn_research.model.did import GroupTimeFit, fit_group_time
from asn_research.model.event_study import EventStudyFit, fit_event_study
from asn_research.model.generalised import GeneralisedFit, fit_counts, fit_logit
from asn_research.model.mediation import MediationFit, fit_mediation
from asn_research.model.multilevel import MultilevelMediation, fit_multilevel_mediation
from asn_research.model.natural import NaturalEffects, fit_natural_effects
from asn_research.model.panel import PanelFit, fit_panel
from asn_research.model.permutation import PermutationFit, permute_one_treated
from asn_research.model.power import Spread, estimate_spread, power_table
from asn_research.model.random_effects import (
    HausmanTest,
    RandomEffectsFit,
    fit_random_effects,
    hausman,
)
from asn_research.model.registry import load_estimators
from asn_research.model.result import Result, SpecFit
from asn_research.model.sensitivity import (
    fit_corrected,
    mediation_sensitivity,
    specification_curve,
)
from asn_research.model.specs import ModelSpec, load_specs, spec_table
from asn_research.model.study import Study, run_study
from asn_research.model.weighting import WeightingFit, fit_weighting

__all__ = [
    "Claim",
    "EventStudyFit",
    "GeneralisedFit",
    "GroupTimeFit",
    "HausmanTest",
    "MediationFit",
    "ModelSpec",
    "MultilevelMediation",
    "NaturalEffects",
    "PanelFit",
    "PermutationFit",
    "RandomEffectsFit",
    "RegressionTable",
    "Result",
    "SpecFit",
    "Spread",
    "Study",
    "TwoWayFit",
    "WeightingFit",
    "WildFit",
    "adjusted_estimates",
    "adjustment_table",
    "check_adjustment",
    "claims_from",
    "compare",
    "estimate_spread",
    "fit_corrected",
    "fit_counts",
    "fit_event_study",
    "fit_group_time",
    "fit_logit",
    "fit_mediation",
    "fit_multilevel_mediation",
    "fit_natural_effects",
    "fit_panel",
    "fit_random_effects",
    "fit_two_way_clustered",
    "fit_weighting",
    "hausman",
    "load_estimators",
    "load_specs",
    "mediation_sensitivity",
    "permute_one_treated",
    "power_table",
    "robustness",
    "run_study",
    "spec_table",
    "specification_curve",
    "wild_bootstrap",
]
