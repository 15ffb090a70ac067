"""Simulate the clean tables of a city, with the true effects; `offices` later turns them into files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import RequestError
from asn_research.rules.cities import City, load_city
from asn_research.rules.periods import Period
from asn_research.simulate import service_story, staff_story, story
from asn_research.simulate.parameters import Parameters
from asn_research.simulate.people import make_staff
from asn_research.simulate.story import Latent, World
from asn_research.simulate.truth import estimands, explaining_truth, raters

RESPONDENTS_PER_EMPLOYEE_QUARTER = 40_000 / 5_200 / 8
REQUESTS_PER_EMPLOYEE_QUARTER = 200_000 / 5_200 / 8
#: 60 employees are enough for five kelurahan, their kecamatan and two dinas. The effects are effects of
#: changes over time, so at least two quarters are needed.
MIN_EMPLOYEES, MIN_QUARTERS, MAX_QUARTERS = 60, 2, 40


@dataclass(frozen=True)
class Simulation:
    """A simulated city.

    Parameters
    ----------
    world : World
        Its register, staff and quarters.
    latent : Latent
        The latent values, which no office records.
    tables : dict of str to pd.DataFrame
        The clean table of each source; ``person`` is the row number in the staff table.
    truth : dict
        The content of `truth.json`: parameters and true effects.
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
    """Simulate the clean tables of a city.

    Parameters
    ----------
    seed : int
        The seed of the random numbers; the same seed gives the same city.
    employees, quarters : int
        The number of employees and of quarters; citizens and requests grow with both.
    last_period : str
        The last quarter.
    city_id : str
        The id of a city in `rules/cities`.
    city : City, optional
        A city to use instead.
    params : Parameters, optional
        The parameters of the causal model.

    Returns
    -------
    Simulation

    Raises
    ------
    RequestError
        If there are too few employees, or too few or too many quarters.
    """
    check_size(employees, quarters)
    params = params or Parameters()
    city = city or load_city(city_id)
    last = Period.parse(last_period)
    periods = tuple(last.shift(-back) for back in reversed(range(quarters)))
    # Each topic has its own random stream, so that more citizens do not change the staff.
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(10)]
    world = World(city, make_staff(city, employees, streams[0]), periods, params)
    # What later versions added has separate random streams, so that it did not change what was drawn before.
    explained = story.explaining(world, np.random.default_rng([seed, 27]))
    latent = story.unfold(world, streams[1], np.random.default_rng([seed, 23]), explained.fairness)
    n_requests = round(REQUESTS_PER_EMPLOYEE_QUARTER * employees * quarters)
    n_respondents = round(RESPONDENTS_PER_EMPLOYEE_QUARTER * employees * quarters)
    rated = staff_story.appraisals(world, latent, streams[2])
    log = service_story.requests(world, latent, n_requests, streams[3], np.random.default_rng([seed, 24]))
    tables = {
        "appraisals": staff_story.with_explained(world, explained, rated),
        "motivation": staff_story.surveys(world, latent, streams[4], explained),
        "training": staff_story.trainings(world, latent, streams[5]),
        "attendance": staff_story.attendance(world, latent, streams[6]),
        "service_log": log.drop(columns="days_before"),
        "citizen_feedback": service_story.citizens(world, latent, log, n_respondents, streams[7]),
        "complaints": service_story.complaints(
            world, latent, log, streams[8], np.random.default_rng([seed, 25])
        ),
        "objections": staff_story.calmed(
            world,
            explained,
            staff_story.objections(world, latent, rated, streams[9]),
            np.random.default_rng([seed, 28]),
        ),
        "programmes": service_story.programmes(world, streams[9], np.random.default_rng([seed, 26])),
        "sanctions": staff_story.sanctions(world, np.random.default_rng([seed, 21])),
        "organisation_predikats": staff_story.organisation_predikats(
            world, np.random.default_rng([seed, 22])
        ),
    }
    truth = {
        "seed": seed,
        "parameters": {k: v for k, v in asdict(params).items() if k != "changes"},
        "estimands": estimands(world, latent, n_requests, log)
        | explaining_truth(world, latent, explained, rated),
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
            {"unit_id": unit, "service_id": None, "date": periods[quarters // 2].first_day.isoformat(),
             "kind": kind, "effect": effect, "scale": "share of target"}
            for unit, kind, effect in (("DINKES", "vaccination_drive", params.drive_coverage), ("KEC-SEL", "counter_drive", 0.0))
        ],
    }  # fmt: skip
    return Simulation(world, latent, tables, truth)


def check_size(employees: int, quarters: int) -> None:
    """Refuse a city with too few employees, or with too few or too many quarters.

    Raises
    ------
    RequestError
        If a number is outside its limits; the message names the limits.
    """
    if employees < MIN_EMPLOYEES:
        msg = f"A simulated city has at least {MIN_EMPLOYEES} employees, not {employees}."
        raise RequestError(msg)
    if not MIN_QUARTERS <= quarters <= MAX_QUARTERS:
        msg = f"A simulated city has {MIN_QUARTERS} to {MAX_QUARTERS} quarters, not {quarters}."
        raise RequestError(msg)
