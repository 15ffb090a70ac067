"""What the lessons need besides the toolkit: sentences that follow the data, tables, checks of answers, cities, readers of own columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn_research.lazy import lazy_names

if TYPE_CHECKING:
    from asn_research.clean.parse.own_columns import read_numbers, read_periods
    from asn_research.clean.questions.names_over_time import propose_same, take_decisions
    from asn_research.examples import city_of, lesson_data
    from asn_research.measure.drift import drift_by_period
    from asn_research.methods.raters.agreement import intraclass_correlations
    from asn_research.show.exercises import Checked, check
    from asn_research.show.golden import golden
    from asn_research.show.lesson_findings import Finding, Findings
    from asn_research.show.lesson_tables import shown
    from asn_research.simulate.parameters import DAYS_SHAPE, Parameters, ServiceChange

__all__ = [
    "DAYS_SHAPE",
    "Checked",
    "Finding",
    "Findings",
    "Parameters",
    "ServiceChange",
    "check",
    "city_of",
    "drift_by_period",
    "golden",
    "intraclass_correlations",
    "lesson_data",
    "propose_same",
    "read_numbers",
    "read_periods",
    "shown",
    "take_decisions",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DAYS_SHAPE": "asn_research.simulate.parameters",
        "Checked": "asn_research.show.exercises",
        "Finding": "asn_research.show.lesson_findings",
        "Findings": "asn_research.show.lesson_findings",
        "Parameters": "asn_research.simulate.parameters",
        "ServiceChange": "asn_research.simulate.parameters",
        "check": "asn_research.show.exercises",
        "city_of": "asn_research.examples",
        "drift_by_period": "asn_research.measure.drift",
        "golden": "asn_research.show.golden",
        "intraclass_correlations": "asn_research.methods.raters.agreement",
        "lesson_data": "asn_research.examples",
        "propose_same": "asn_research.clean.questions.names_over_time",
        "read_numbers": "asn_research.clean.parse.own_columns",
        "read_periods": "asn_research.clean.parse.own_columns",
        "shown": "asn_research.show.lesson_tables",
        "take_decisions": "asn_research.clean.questions.names_over_time",
    },
)
