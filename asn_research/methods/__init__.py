"""What works on anyone's data: the public door to every estimator, its `Result`, and the tables of a thesis.

Fits take a table and names of columns, or a formula and a table::

    fit_panel("motivasi ~ jp + C(golongan) + jp:kelamin | pegawai + triwulan", data, cluster="unit")

and hand back a `Result`. `compare` sets several side by side; `bab_iv` writes the tables of a thesis. Each name
loads its module when it is first asked for, so that a report starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn_research.lazy import lazy_names

if TYPE_CHECKING:
    from asn_research.methods.causal.confounding import (
        adjusted_estimates,
        bounds,
        one_control_at_a_time,
        robustness,
    )
    from asn_research.methods.causal.event_study import EventStudyFit, fit_event_study
    from asn_research.methods.causal.group_time import GroupTimeFit
    from asn_research.methods.causal.permutation import PermutationFit, permute_one_treated
    from asn_research.methods.causal.propensity_weights import WeightingFit, fit_weighting
    from asn_research.methods.causal.sensitivity import (
        fit_corrected,
        mediation_sensitivity,
        specification_curve,
    )
    from asn_research.methods.causal.staggered import fit_group_time
    from asn_research.methods.causal.synthetic_control import SyntheticFit, fit_synthetic
    from asn_research.methods.mediation.indirect import MediationFit, fit_mediation
    from asn_research.methods.mediation.multilevel import MultilevelMediation, fit_multilevel_mediation
    from asn_research.methods.mediation.natural import NaturalEffects, fit_natural_effects
    from asn_research.methods.panel.fixed_effects import PanelFit, fit_panel
    from asn_research.methods.panel.generalised import GeneralisedFit, fit_counts, fit_logit
    from asn_research.methods.panel.lags import with_lags
    from asn_research.methods.panel.quantile import QuantileFit, fit_quantiles
    from asn_research.methods.panel.random_effects import (
        HausmanTest,
        RandomEffectsFit,
        fit_random_effects,
        hausman,
    )
    from asn_research.methods.panel.two_way_clusters import TwoWayFit, fit_two_way_clustered
    from asn_research.methods.panel.wild_bootstrap import WildFit, wild_bootstrap
    from asn_research.methods.panel.within_between import WithinBetweenFit, fit_within_between
    from asn_research.methods.power import Spread, estimate_spread, power_table
    from asn_research.methods.raters.crossed_linear import CrossedFit, fit_crossed
    from asn_research.methods.raters.crossed_ordinal import (
        CrossedOrdinalFit,
        fit_crossed_ordinal,
        likelihood_ratio,
    )
    from asn_research.methods.raters.gaps import Decomposition, decompose_gap, group_gaps
    from asn_research.methods.raters.mixed_intervals import profile_fixed, satterthwaite, spread_intervals
    from asn_research.methods.raters.rasch import RaschFit, fit_facets
    from asn_research.methods.raters.rating_design import RatingDesign, rating_design
    from asn_research.methods.raters.rating_quality import (
        Separation,
        fair_scores,
        fit_statistics,
        halo,
        leanings,
        separation,
    )
    from asn_research.methods.regression_table import RegressionTable, compare
    from asn_research.methods.result import Result, SpecFit
    from asn_research.methods.scales.factor import FactorFit, fit_factors
    from asn_research.methods.scales.factor_ordinal import OrdinalFactorFit, fit_ordinal_factors
    from asn_research.methods.scales.ordinal_regression import OrdinalFit, fit_ordinal
    from asn_research.methods.survey.league import Pooled, league_summary, pool
    from asn_research.methods.thesis.assumptions import uji_asumsi_klasik
    from asn_research.methods.thesis.chapter import Chapter, bab_iv
    from asn_research.methods.thesis.items import (
        deskripsi_variabel,
        karakteristik_responden,
        uji_reliabilitas,
        uji_validitas,
    )
    from asn_research.methods.thesis.questionnaire import Questionnaire, angket
    from asn_research.methods.thesis.taught import Sheet, Taught
    from asn_research.methods.thesis.taught_regression import (
        TaughtMediation,
        TaughtRegression,
        regresi_berganda,
        uji_mediasi,
    )
    from asn_research.methods.time.interrupted import InterruptedFit, before_after, fit_interrupted
    from asn_research.methods.time.waiting import PaceFit, fit_pace, waited, waiting_quantiles

__all__ = [
    "Chapter",
    "CrossedFit",
    "CrossedOrdinalFit",
    "Decomposition",
    "EventStudyFit",
    "FactorFit",
    "GeneralisedFit",
    "GroupTimeFit",
    "HausmanTest",
    "InterruptedFit",
    "MediationFit",
    "MultilevelMediation",
    "NaturalEffects",
    "OrdinalFactorFit",
    "OrdinalFit",
    "PaceFit",
    "PanelFit",
    "PermutationFit",
    "Pooled",
    "QuantileFit",
    "Questionnaire",
    "RandomEffectsFit",
    "RaschFit",
    "RatingDesign",
    "RegressionTable",
    "Result",
    "Separation",
    "Sheet",
    "SpecFit",
    "Spread",
    "SyntheticFit",
    "Taught",
    "TaughtMediation",
    "TaughtRegression",
    "TwoWayFit",
    "WeightingFit",
    "WildFit",
    "WithinBetweenFit",
    "adjusted_estimates",
    "angket",
    "bab_iv",
    "before_after",
    "bounds",
    "compare",
    "decompose_gap",
    "deskripsi_variabel",
    "estimate_spread",
    "fair_scores",
    "fit_corrected",
    "fit_counts",
    "fit_crossed",
    "fit_crossed_ordinal",
    "fit_event_study",
    "fit_facets",
    "fit_factors",
    "fit_group_time",
    "fit_interrupted",
    "fit_logit",
    "fit_mediation",
    "fit_multilevel_mediation",
    "fit_natural_effects",
    "fit_ordinal",
    "fit_ordinal_factors",
    "fit_pace",
    "fit_panel",
    "fit_quantiles",
    "fit_random_effects",
    "fit_statistics",
    "fit_synthetic",
    "fit_two_way_clustered",
    "fit_weighting",
    "fit_within_between",
    "group_gaps",
    "halo",
    "hausman",
    "karakteristik_responden",
    "league_summary",
    "leanings",
    "likelihood_ratio",
    "mediation_sensitivity",
    "one_control_at_a_time",
    "permute_one_treated",
    "pool",
    "power_table",
    "profile_fixed",
    "rating_design",
    "regresi_berganda",
    "robustness",
    "satterthwaite",
    "separation",
    "specification_curve",
    "spread_intervals",
    "uji_asumsi_klasik",
    "uji_mediasi",
    "uji_reliabilitas",
    "uji_validitas",
    "waited",
    "waiting_quantiles",
    "wild_bootstrap",
    "with_lags",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Chapter": "asn_research.methods.thesis.chapter",
        "CrossedFit": "asn_research.methods.raters.crossed_linear",
        "CrossedOrdinalFit": "asn_research.methods.raters.crossed_ordinal",
        "Decomposition": "asn_research.methods.raters.gaps",
        "EventStudyFit": "asn_research.methods.causal.event_study",
        "FactorFit": "asn_research.methods.scales.factor",
        "GeneralisedFit": "asn_research.methods.panel.generalised",
        "GroupTimeFit": "asn_research.methods.causal.group_time",
        "HausmanTest": "asn_research.methods.panel.random_effects",
        "InterruptedFit": "asn_research.methods.time.interrupted",
        "MediationFit": "asn_research.methods.mediation.indirect",
        "MultilevelMediation": "asn_research.methods.mediation.multilevel",
        "NaturalEffects": "asn_research.methods.mediation.natural",
        "OrdinalFactorFit": "asn_research.methods.scales.factor_ordinal",
        "OrdinalFit": "asn_research.methods.scales.ordinal_regression",
        "PaceFit": "asn_research.methods.time.waiting",
        "PanelFit": "asn_research.methods.panel.fixed_effects",
        "PermutationFit": "asn_research.methods.causal.permutation",
        "Pooled": "asn_research.methods.survey.league",
        "QuantileFit": "asn_research.methods.panel.quantile",
        "Questionnaire": "asn_research.methods.thesis.questionnaire",
        "RandomEffectsFit": "asn_research.methods.panel.random_effects",
        "RaschFit": "asn_research.methods.raters.rasch",
        "RatingDesign": "asn_research.methods.raters.rating_design",
        "RegressionTable": "asn_research.methods.regression_table",
        "Result": "asn_research.methods.result",
        "Separation": "asn_research.methods.raters.rating_quality",
        "Sheet": "asn_research.methods.thesis.taught",
        "SpecFit": "asn_research.methods.result",
        "Spread": "asn_research.methods.power",
        "SyntheticFit": "asn_research.methods.causal.synthetic_control",
        "Taught": "asn_research.methods.thesis.taught",
        "TaughtMediation": "asn_research.methods.thesis.taught_regression",
        "TaughtRegression": "asn_research.methods.thesis.taught_regression",
        "TwoWayFit": "asn_research.methods.panel.two_way_clusters",
        "WeightingFit": "asn_research.methods.causal.propensity_weights",
        "WildFit": "asn_research.methods.panel.wild_bootstrap",
        "WithinBetweenFit": "asn_research.methods.panel.within_between",
        "adjusted_estimates": "asn_research.methods.causal.confounding",
        "angket": "asn_research.methods.thesis.questionnaire",
        "bab_iv": "asn_research.methods.thesis.chapter",
        "before_after": "asn_research.methods.time.interrupted",
        "bounds": "asn_research.methods.causal.confounding",
        "compare": "asn_research.methods.regression_table",
        "decompose_gap": "asn_research.methods.raters.gaps",
        "deskripsi_variabel": "asn_research.methods.thesis.items",
        "estimate_spread": "asn_research.methods.power",
        "fair_scores": "asn_research.methods.raters.rating_quality",
        "fit_corrected": "asn_research.methods.causal.sensitivity",
        "fit_counts": "asn_research.methods.panel.generalised",
        "fit_crossed": "asn_research.methods.raters.crossed_linear",
        "fit_crossed_ordinal": "asn_research.methods.raters.crossed_ordinal",
        "fit_event_study": "asn_research.methods.causal.event_study",
        "fit_facets": "asn_research.methods.raters.rasch",
        "fit_factors": "asn_research.methods.scales.factor",
        "fit_group_time": "asn_research.methods.causal.staggered",
        "fit_interrupted": "asn_research.methods.time.interrupted",
        "fit_logit": "asn_research.methods.panel.generalised",
        "fit_mediation": "asn_research.methods.mediation.indirect",
        "fit_multilevel_mediation": "asn_research.methods.mediation.multilevel",
        "fit_natural_effects": "asn_research.methods.mediation.natural",
        "fit_ordinal": "asn_research.methods.scales.ordinal_regression",
        "fit_ordinal_factors": "asn_research.methods.scales.factor_ordinal",
        "fit_pace": "asn_research.methods.time.waiting",
        "fit_panel": "asn_research.methods.panel.fixed_effects",
        "fit_quantiles": "asn_research.methods.panel.quantile",
        "fit_random_effects": "asn_research.methods.panel.random_effects",
        "fit_statistics": "asn_research.methods.raters.rating_quality",
        "fit_synthetic": "asn_research.methods.causal.synthetic_control",
        "fit_two_way_clustered": "asn_research.methods.panel.two_way_clusters",
        "fit_weighting": "asn_research.methods.causal.propensity_weights",
        "fit_within_between": "asn_research.methods.panel.within_between",
        "group_gaps": "asn_research.methods.raters.gaps",
        "halo": "asn_research.methods.raters.rating_quality",
        "hausman": "asn_research.methods.panel.random_effects",
        "karakteristik_responden": "asn_research.methods.thesis.items",
        "league_summary": "asn_research.methods.survey.league",
        "leanings": "asn_research.methods.raters.rating_quality",
        "likelihood_ratio": "asn_research.methods.raters.crossed_ordinal",
        "mediation_sensitivity": "asn_research.methods.causal.sensitivity",
        "one_control_at_a_time": "asn_research.methods.causal.confounding",
        "permute_one_treated": "asn_research.methods.causal.permutation",
        "pool": "asn_research.methods.survey.league",
        "power_table": "asn_research.methods.power",
        "profile_fixed": "asn_research.methods.raters.mixed_intervals",
        "rating_design": "asn_research.methods.raters.rating_design",
        "regresi_berganda": "asn_research.methods.thesis.taught_regression",
        "robustness": "asn_research.methods.causal.confounding",
        "satterthwaite": "asn_research.methods.raters.mixed_intervals",
        "separation": "asn_research.methods.raters.rating_quality",
        "specification_curve": "asn_research.methods.causal.sensitivity",
        "spread_intervals": "asn_research.methods.raters.mixed_intervals",
        "uji_asumsi_klasik": "asn_research.methods.thesis.assumptions",
        "uji_mediasi": "asn_research.methods.thesis.taught_regression",
        "uji_reliabilitas": "asn_research.methods.thesis.items",
        "uji_validitas": "asn_research.methods.thesis.items",
        "waited": "asn_research.methods.time.waiting",
        "waiting_quantiles": "asn_research.methods.time.waiting",
        "wild_bootstrap": "asn_research.methods.panel.wild_bootstrap",
        "with_lags": "asn_research.methods.panel.lags",
    },
)
