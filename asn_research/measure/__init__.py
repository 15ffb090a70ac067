"""Measures from clean rows: pure functions of processed tables, exact where a law defines the number."""

from asn_research.measure.all_measures import CityMeasures, measure_city
from asn_research.measure.ikm import SatisfactionIndex, satisfaction_index
from asn_research.measure.larger import larger_measures, with_larger

__all__ = [
    "CityMeasures",
    "SatisfactionIndex",
    "larger_measures",
    "measure_city",
    "satisfaction_index",
    "with_larger",
]
