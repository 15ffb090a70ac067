"""Where a model is fitted: the public door to every estimator, its `Result`, and the tables of a thesis.

Fits take a table and names of columns, or a formula and a table::

    fit_panel("motivasi ~ jp + C(golongan) + jp:kelamin | pegawai + triwulan", data, cluster="unit")

and hand back a `Result`. `compare` sets several side by side; `bab_iv` writes the tables of a thesis. Each name
loads its module when it is first asked for, so that a report starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asn_research.model.bootstrap import WildFit, wild_bootstrap
    from asn_research.model.claims import Claim, claims_from
    from asn_research.model.clusters import TwoWayFit, fit_two_way_clustered
    from asn_research.model.confounding import adjusted_estimates, robustness
    from asn_research.model.diagram import adjustment_table, check_adjustment
    from asn_research.model.did import fit_group_time
    from asn_research.model.event_study import EventStudyFit, fit_event_study
    from asn_research.model.generalised import GeneralisedFit, fit_counts, fit_logit
    from asn_research.model.group_time import GroupTimeFit
    from asn_research.model.mediation import MediationFit, fit_mediation
    from asn_research.model.multilevel import MultilevelMediation, fit_multilevel_mediation
    from asn_research.model.natural import NaturalEffects, fit_natural_effects
    from asn_research.model.panel import PanelFit, fit_panel
    from asn_research.model.permutation import PermutationFit, permute_one_treated
    from asn_research.model.pooling import Pooled, league_summary, pool
    from asn_research.model.power import Spread, estimate_spread, power_table
    from asn_research.model.random_effects import HausmanTest, RandomEffectsFit, fit_random_effects, hausman
    from asn_research.model.raters.gaps import Decomposition, decompose_gap
    from asn_research.model.raters.linear import CrossedFit, fit_crossed
    from asn_research.model.raters.ordinal import CrossedOrdinalFit, fit_crossed_ordinal
    from asn_research.model.raters.rasch import RaschFit, fit_facets
    from asn_research.model.registry import load_estimators
    from asn_research.model.regression_table import RegressionTable, compare
    from asn_research.model.result import Result, SpecFit
    from asn_research.model.sensitivity import fit_corrected, mediation_sensitivity, specification_curve
    from asn_research.model.service.interrupted import InterruptedFit, before_after, fit_interrupted
    from asn_research.model.service.ordinal import OrdinalFit, fit_ordinal
    from asn_research.model.service.quantile import QuantileFit, fit_quantiles
    from asn_research.model.service.synthetic import SyntheticFit, fit_synthetic
    from asn_research.model.service.waiting import PaceFit, fit_pace
    from asn_research.model.specs import ModelSpec, load_specs, spec_table
    from asn_research.model.study import Study, run_study
    from asn_research.model.thesis.assumptions import uji_asumsi_klasik
    from asn_research.model.thesis.chapter import Chapter, bab_iv
    from asn_research.model.thesis.items import (
        deskripsi_variabel,
        karakteristik_responden,
        uji_reliabilitas,
        uji_validitas,
    )
    from asn_research.model.thesis.questionnaire import Questionnaire, angket
    from asn_research.model.thesis.regression import (
        TaughtMediation,
        TaughtRegression,
        regresi_berganda,
        uji_mediasi,
    )
    from asn_research.model.thesis.taught import Sheet, Taught
    from asn_research.model.weighting import WeightingFit, fit_weighting
    from asn_research.model.within_between import WithinBetweenFit, fit_within_between

#: Where each name lives.
_HOMES = {
    "Chapter": "thesis.chapter",
    "Claim": "claims",
    "CrossedFit": "raters.linear",
    "CrossedOrdinalFit": "raters.ordinal",
    "Decomposition": "raters.gaps",
    "EventStudyFit": "event_study",
    "GeneralisedFit": "generalised",
    "GroupTimeFit": "group_time",
    "HausmanTest": "random_effects",
    "InterruptedFit": "service.interrupted",
    "MediationFit": "mediation",
    "ModelSpec": "specs",
    "MultilevelMediation": "multilevel",
    "NaturalEffects": "natural",
    "OrdinalFit": "service.ordinal",
    "PaceFit": "service.waiting",
    "PanelFit": "panel",
    "PermutationFit": "permutation",
    "Pooled": "pooling",
    "QuantileFit": "service.quantile",
    "Questionnaire": "thesis.questionnaire",
    "RandomEffectsFit": "random_effects",
    "RaschFit": "raters.rasch",
    "RegressionTable": "regression_table",
    "Result": "result",
    "Sheet": "thesis.taught",
    "SpecFit": "result",
    "Spread": "power",
    "Study": "study",
    "SyntheticFit": "service.synthetic",
    "Taught": "thesis.taught",
    "TaughtMediation": "thesis.regression",
    "TaughtRegression": "thesis.regression",
    "TwoWayFit": "clusters",
    "WeightingFit": "weighting",
    "WildFit": "bootstrap",
    "WithinBetweenFit": "within_between",
    "adjusted_estimates": "confounding",
    "adjustment_table": "diagram",
    "angket": "thesis.questionnaire",
    "bab_iv": "thesis.chapter",
    "before_after": "service.interrupted",
    "check_adjustment": "diagram",
    "claims_from": "claims",
    "compare": "regression_table",
    "decompose_gap": "raters.gaps",
    "deskripsi_variabel": "thesis.items",
    "estimate_spread": "power",
    "fit_corrected": "sensitivity",
    "fit_counts": "generalised",
    "fit_crossed": "raters.linear",
    "fit_crossed_ordinal": "raters.ordinal",
    "fit_event_study": "event_study",
    "fit_facets": "raters.rasch",
    "fit_group_time": "did",
    "fit_interrupted": "service.interrupted",
    "fit_logit": "generalised",
    "fit_mediation": "mediation",
    "fit_multilevel_mediation": "multilevel",
    "fit_natural_effects": "natural",
    "fit_ordinal": "service.ordinal",
    "fit_pace": "service.waiting",
    "fit_panel": "panel",
    "fit_quantiles": "service.quantile",
    "fit_random_effects": "random_effects",
    "fit_synthetic": "service.synthetic",
    "fit_two_way_clustered": "clusters",
    "fit_weighting": "weighting",
    "fit_within_between": "within_between",
    "hausman": "random_effects",
    "karakteristik_responden": "thesis.items",
    "league_summary": "pooling",
    "load_estimators": "registry",
    "load_specs": "specs",
    "mediation_sensitivity": "sensitivity",
    "permute_one_treated": "permutation",
    "pool": "pooling",
    "power_table": "power",
    "regresi_berganda": "thesis.regression",
    "robustness": "confounding",
    "run_study": "study",
    "spec_table": "specs",
    "specification_curve": "sensitivity",
    "uji_asumsi_klasik": "thesis.assumptions",
    "uji_mediasi": "thesis.regression",
    "uji_reliabilitas": "thesis.items",
    "uji_validitas": "thesis.items",
    "wild_bootstrap": "bootstrap",
}
_ROOMS = ("raters", "service", "thesis")

__all__ = [
    "Chapter",
    "Claim",
    "CrossedFit",
    "CrossedOrdinalFit",
    "Decomposition",
    "EventStudyFit",
    "GeneralisedFit",
    "GroupTimeFit",
    "HausmanTest",
    "InterruptedFit",
    "MediationFit",
    "ModelSpec",
    "MultilevelMediation",
    "NaturalEffects",
    "OrdinalFit",
    "PaceFit",
    "PanelFit",
    "PermutationFit",
    "Pooled",
    "QuantileFit",
    "Questionnaire",
    "RandomEffectsFit",
    "RaschFit",
    "RegressionTable",
    "Result",
    "Sheet",
    "SpecFit",
    "Spread",
    "Study",
    "SyntheticFit",
    "Taught",
    "TaughtMediation",
    "TaughtRegression",
    "TwoWayFit",
    "WeightingFit",
    "WildFit",
    "WithinBetweenFit",
    "adjusted_estimates",
    "adjustment_table",
    "angket",
    "bab_iv",
    "before_after",
    "check_adjustment",
    "claims_from",
    "compare",
    "decompose_gap",
    "deskripsi_variabel",
    "estimate_spread",
    "fit_corrected",
    "fit_counts",
    "fit_crossed",
    "fit_crossed_ordinal",
    "fit_event_study",
    "fit_facets",
    "fit_group_time",
    "fit_interrupted",
    "fit_logit",
    "fit_mediation",
    "fit_multilevel_mediation",
    "fit_natural_effects",
    "fit_ordinal",
    "fit_pace",
    "fit_panel",
    "fit_quantiles",
    "fit_random_effects",
    "fit_synthetic",
    "fit_two_way_clustered",
    "fit_weighting",
    "fit_within_between",
    "hausman",
    "karakteristik_responden",
    "league_summary",
    "load_estimators",
    "load_specs",
    "mediation_sensitivity",
    "permute_one_treated",
    "pool",
    "power_table",
    "regresi_berganda",
    "robustness",
    "run_study",
    "spec_table",
    "specification_curve",
    "uji_asumsi_klasik",
    "uji_mediasi",
    "uji_reliabilitas",
    "uji_validitas",
    "wild_bootstrap",
]


def __getattr__(name: str) -> Any:
    """Load a name's module when it is first asked for."""
    if name in _ROOMS:
        return import_module(f"asn_research.model.{name}")
    if name not in _HOMES:
        msg = f"module 'asn_research.model' has no attribute '{name}'"
        raise AttributeError(msg)
    found = getattr(import_module(f"asn_research.model.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, *_ROOMS]
