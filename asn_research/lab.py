"""What the lessons need besides the toolkit: checks of answers, figures kept for comparison, planted truths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn_research.lazy import lazy_names

if TYPE_CHECKING:
    from asn_research.clean.names_over_time import propose_same, take_decisions
    from asn_research.measure.drift import drift_by_period
    from asn_research.show.exercises import check
    from asn_research.show.golden import golden
    from asn_research.simulate.parameters import DAYS_SHAPE

__all__ = [
    "DAYS_SHAPE",
    "check",
    "drift_by_period",
    "golden",
    "propose_same",
    "take_decisions",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DAYS_SHAPE": "asn_research.simulate.parameters",
        "check": "asn_research.show.exercises",
        "drift_by_period": "asn_research.measure.drift",
        "golden": "asn_research.show.golden",
        "propose_same": "asn_research.clean.names_over_time",
        "take_decisions": "asn_research.clean.names_over_time",
    },
)
