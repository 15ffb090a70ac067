"""All tables of a simulated city, clean and with their truth, before any office writes them down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import RequestError
from asn_research.rules.cities import City, load_city
from asn_research.rules.periods import Period
from asn_research.simulate import story
from asn_research.simulate.parameters import Parameters
from asn_research.simulate.people import make_staff
from asn_research.simulate.story import Latent, World
from asn_research.simulate.truth import estimands, raters

RESPONDENTS_PER_EMPLOYEE_QUARTER = 40_000 / 5_200 / 8
REQUESTS_PER_EMPLOYEE_QUARTER = 200_000 / 5_200 / 8
#: Five kelurahan with their kecamatan and two dinas; two quarters, as all effects are of changes.
MIN_EMPLOYEES, MIN_QUARTERS, MAX_QUARTERS = 60, 2, 40


@dataclass(frozen=True)
class Simulation:
    """A simulated city.

    Parameters
    ----------
    world : World
        Its register, staff and quarters.
    latent : Latent
        What nobody sees.
    tables : dict of str to pd.DataFrame
        By source; persons by their row number in the staff table.
    truth : dict
        What `truth.json` says.
    """

    world: World
    latent: Latent
    tables: dict[str, pd.DataFrame]
    truth: dict[str, Any]


def simulate_tables(
    *,
    seed: int = 2026,
    employees: int = 5200,
    quarters: int = 8,
    last_period: str = "2026-Q3",
    city_id: str = "pontianak",
    city: City | None = None,
    params: Parameters | None = None,
) -> Simulation:
    """Simulate a city's clean tables.

    Parameters
    ----------
    seed : int
        The same seed gives the same city.
    employees, quarters : int
        Size; citizens and requests grow with both.
    last_period : str
        The last quarter.
    city_id : str
        A city of `rules/cities`.
    city : City, optional
        Another city.
    params : Parameters, optional
        The story's numbers.

    Returns
    -------
    Simulation

    Raises
    ------
    RequestError
        If the city would be too small to hold units, or too short to change.
    """
    check_size(employees, quarters)
    params = params or Parameters()
    city = city or load_city(city_id)
    last = Period.parse(last_period)
    periods = tuple(last.shift(-back) for back in reversed(range(quarters)))
    # One stream a topic: more citizens must not change the staff.
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(10)]
    world = World(city, make_staff(city, employees, streams[0]), periods, params)
    latent = story.unfold(world, streams[1])
    n_requests = round(REQUESTS_PER_EMPLOYEE_QUARTER * employees * quarters)
    n_respondents = round(RESPONDENTS_PER_EMPLOYEE_QUARTER * employees * quarters)
    rated = story.appraisals(world, latent, streams[2])
    log = story.requests(world, latent, n_requests, streams[3])
    tables = {
        "appraisals": rated,
        "motivation": story.surveys(world, latent, streams[4]),
        "training": story.trainings(world, latent, streams[5]),
        "attendance": story.attendance(world, latent, streams[6]),
        "service_log": log,
        "citizen_feedback": story.citizens(world, latent, log, n_respondents, streams[7]),
        "complaints": story.complaints(world, log, streams[8]),
        "objections": story.objections(world, latent, rated, streams[9]),
        "programmes": story.programmes(world, streams[9]),
        # Streams of their own, so that these change nothing of the tables above.
        "sanctions": story.sanctions(world, np.random.default_rng([seed, 21])),
        "organisation_predicates": story.organisation_predicates(world, np.random.default_rng([seed, 22])),
    }
    truth = {
        "seed": seed,
        "parameters": {k: v for k, v in asdict(params).items() if k != "changes"},
        "estimands": estimands(world, latent, n_requests),
        "raters": raters(world, latent),
        "events": [
            {
                "unit_id": c.unit_id,
                "service_id": c.service_id,
                "date": c.starts.isoformat(),
                "kind": c.kind,
                "effect": c.log_days,
                "scale": "log days",
            }
            for c in params.changes
        ]
        + [
            {"unit_id": "DINKES", "service_id": None, "date": periods[0].first_day.isoformat(),
             "kind": "vaccination_programme", "effect": 0.05, "scale": "share of target per quarter"}
        ],
    }  # fmt: skip
    return Simulation(world, latent, tables, truth)


def check_size(employees: int, quarters: int) -> None:
    """Refuse a city too small to hold units, or too short to change.

    Raises
    ------
    RequestError
        Naming the smallest and the longest.
    """
    if employees < MIN_EMPLOYEES:
        msg = f"A simulated city has at least {MIN_EMPLOYEES} employees, not {employees}."
        raise RequestError(msg)
    if not MIN_QUARTERS <= quarters <= MAX_QUARTERS:
        msg = f"A simulated city has {MIN_QUARTERS} to {MAX_QUARTERS} quarters, not {quarters}."
        raise RequestError(msg)
