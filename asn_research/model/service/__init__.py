"""Service times, satisfaction and trust: what changed, for whom, how sure one can be, and did it spread."""

from asn_research.model.service.adoption import Spread, adoption_of, spread
from asn_research.model.service.chain import Chain, fit_chain
from asn_research.model.service.interrupted import InterruptedFit, before_after, fit_interrupted
from asn_research.model.service.ordinal import OrdinalFit, fit_ordinal
from asn_research.model.service.quantile import QuantileFit, fit_quantiles
from asn_research.model.service.series import month_of, monthly_times
from asn_research.model.service.synthetic import SyntheticFit, fit_synthetic
from asn_research.model.service.waiting import fit_pace, waited, waiting_quantiles

__all__ = [
    "Chain",
    "InterruptedFit",
    "OrdinalFit",
    "QuantileFit",
    "Spread",
    "SyntheticFit",
    "adoption_of",
    "before_after",
    "fit_chain",
    "fit_interrupted",
    "fit_ordinal",
    "fit_pace",
    "fit_quantiles",
    "fit_synthetic",
    "month_of",
    "monthly_times",
    "spread",
    "waited",
    "waiting_quantiles",
]
