"""Simulate a city with known effects, in files with the same faults as real offices' files."""

from asn_research.simulate.city_files import SimulationSummary, simulate_city
from asn_research.simulate.programme import Programme, simulate_programme
from asn_research.simulate.simulated_tables import Simulation, simulate_tables

__all__ = [
    "Programme",
    "Simulation",
    "SimulationSummary",
    "simulate_city",
    "simulate_programme",
    "simulate_tables",
]
