"""A city with known truth, and files as messy as offices send them."""

from asn_research.simulate.city import SimulationSummary, simulate_city
from asn_research.simulate.programme import Programme, simulate_programme
from asn_research.simulate.tables import Simulation, simulate_tables

__all__ = [
    "Programme",
    "Simulation",
    "SimulationSummary",
    "simulate_city",
    "simulate_programme",
    "simulate_tables",
]
