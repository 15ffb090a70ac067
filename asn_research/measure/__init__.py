"""Indices from clean rows: pure functions of processed tables, exact where a law defines the number."""

from asn_research.measure.city import CityMeasures, measure_city
from asn_research.measure.index import SatisfactionIndex, satisfaction_index

__all__ = ["CityMeasures", "SatisfactionIndex", "measure_city", "satisfaction_index"]
