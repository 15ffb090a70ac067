"""Raters: how strict, how alike, how fair; and what a design of ratings can tell."""

from asn_research.model.raters.audit import (
    RaterFit,
    fit_raters,
    long_ratings,
    scale_use,
    unit_levels,
)
from asn_research.model.raters.city import RaterStudy, run_rater_study
from asn_research.model.raters.cross_audit import CrossAudit, cross_audit
from asn_research.model.raters.design import RatingDesign, rating_design
from asn_research.model.raters.gaps import Decomposition, decompose_gap, group_gaps
from asn_research.model.raters.intervals import profile_fixed, satterthwaite, spread_intervals
from asn_research.model.raters.linear import CrossedFit, fit_crossed
from asn_research.model.raters.objections import (
    ObjectionFit,
    fit_objections,
    objection_grounds,
    objection_rates,
)
from asn_research.model.raters.ordinal import CrossedOrdinalFit, fit_crossed_ordinal, likelihood_ratio
from asn_research.model.raters.power import Spreads, rater_power, smallest_design
from asn_research.model.raters.quality import (
    Separation,
    fair_scores,
    fit_statistics,
    halo,
    leanings,
    separation,
)
from asn_research.model.raters.rasch import RaschFit, fit_facets

__all__ = [
    "CrossAudit",
    "CrossedFit",
    "CrossedOrdinalFit",
    "Decomposition",
    "ObjectionFit",
    "RaschFit",
    "RaterFit",
    "RaterStudy",
    "RatingDesign",
    "Separation",
    "Spreads",
    "cross_audit",
    "decompose_gap",
    "fair_scores",
    "fit_crossed",
    "fit_crossed_ordinal",
    "fit_facets",
    "fit_objections",
    "fit_raters",
    "fit_statistics",
    "group_gaps",
    "halo",
    "leanings",
    "likelihood_ratio",
    "long_ratings",
    "objection_grounds",
    "objection_rates",
    "profile_fixed",
    "rater_power",
    "rating_design",
    "run_rater_study",
    "satterthwaite",
    "scale_use",
    "separation",
    "smallest_design",
    "spread_intervals",
    "unit_levels",
]
