"""The causal model: training and recognition → motivation → service quality and time → satisfaction → trust.

Everything here is true by construction. `staff_story` and `service_story` draw the true tables from it; the modules
`offices` and `spelling` add the layouts and mistakes of offices.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from asn_research.rules.cities import City
from asn_research.rules.periods import Period
from asn_research.simulate import parameters as p
from asn_research.simulate.people import Staff
from asn_research.simulate.simulated_days import working_days

Array = np.ndarray


@dataclass(frozen=True)
class World:
    """The setting of a simulation: city, staff, quarters and parameters.

    Parameters
    ----------
    city : City
        The register of units and services.
    staff : Staff
        All employees.
    periods : tuple of Period
        The quarters, oldest first.
    params : Parameters
        The parameters of the causal model.
    """

    city: City
    staff: Staff
    periods: tuple[Period, ...]
    params: p.Parameters

    @property
    def units(self) -> list[str]:
        """The reporting units with staff, in register order."""
        present = set(self.staff.table["reporting_unit_id"])
        return [u.unit_id for u in self.city.reporting_units if u.unit_id in present]


@dataclass(frozen=True)
class Latent:
    """The latent values, which no office records: motivation, quality, training of each person and quarter.

    Arrays have the shape employees × quarters. ``recognition_items`` has a third axis for the items,
    ``unit_motivation`` and ``unit_log_days`` are reporting units × quarters, and ``severity`` and
    ``centrality`` have one value per employee as a rater. ``course_field`` is the place in `FIELDS` of the field
    of each course (-1: no course), ``unit_field_jp10`` the cumulated hours per employee, divided by 10, of
    reporting units × quarters × fields.
    """

    hours: Array
    training_jp10: Array
    recognition_items: Array
    recognition_score: Array
    motivation: Array
    quality: Array
    unit_motivation: Array
    unit_log_days: Array
    severity: Array = field(repr=False)
    centrality: Array = field(repr=False)
    course_field: Array = field(repr=False)
    unit_field_jp10: Array = field(repr=False)

    @property
    def unit_technology_jp10(self) -> Array:
        """The cumulated hours of courses in information technology, by reporting unit and quarter."""
        hours: Array = self.unit_field_jp10[:, :, list(p.FIELDS).index("technology")]
        return hours


@dataclass(frozen=True)
class Explained:
    """Who was told the criteria and talked with about the result; arrays are employees × quarters.

    Parameters
    ----------
    told, talked : np.ndarray
        Whether the criteria of a quarter were told, and whether its result was talked about afterwards.
    fairness : np.ndarray
        What moves a person's perceived fairness from quarter to quarter, as a difference from its level: being told,
        the talk about the quarter before, and what is not recorded.
    told_date, talk_date : np.ndarray
        The days; the day of a talk is drawn for everybody and is used where there was one.
    """

    told: Array
    talked: Array
    fairness: Array
    told_date: Array
    talk_date: Array


def explaining(world: World, rng: np.random.Generator) -> Explained:
    """Draw for each person and quarter whether the appraisal was explained; units differ in their habits."""
    params, n, n_quarters = world.params, len(world.staff.table), len(world.periods)
    unit = pd.Categorical(world.staff.table["reporting_unit_id"], categories=world.units).codes.astype(int)
    drawn = []
    for usual in (p.TOLD_ODDS, p.TALKED_ODDS):
        odds = usual + rng.normal(0, params.unit_explaining_sd, len(world.units))[unit]
        drawn.append(rng.random((n, n_quarters)) < 1 / (1 + np.exp(-odds[:, None])))
    told, talked = drawn
    felt = rng.normal(0, params.person_quarter_fairness_sd, (n, n_quarters))
    told_date = np.empty((n, n_quarters), "datetime64[D]")
    talk_date = np.empty((n, n_quarters), "datetime64[D]")
    for t, period in enumerate(world.periods):
        told_date[:, t] = rng.choice(working_days(period.first_day, period.first_day.replace(day=20)), n)
        after = period.next.first_day
        talk_date[:, t] = rng.choice(working_days(after.replace(day=13), after.replace(day=20)), n)
    fairness = params.told_fairness * told + params.talked_fairness * talked_before(talked) + felt
    return Explained(told, talked, fairness, told_date, talk_date)


def talked_before(talked: Array) -> Array:
    """Return whether the result of the quarter before was talked about; nobody's was before the first quarter."""
    return np.concatenate([np.zeros((len(talked), 1), bool), talked[:, :-1]], axis=1)


def unfold(
    world: World, rng: np.random.Generator, fields_rng: np.random.Generator, fairness: Array | None = None
) -> Latent:
    """Draw the latent values of all employees and units in all quarters.

    The fields of courses have a separate stream, so that they do not change what the first one draws.
    ``fairness`` is what moves perceived fairness from quarter to quarter; without it, it moves nothing.
    """
    table, params = world.staff.table, world.params
    n, n_quarters = len(table), len(world.periods)
    unit = pd.Categorical(table["reporting_unit_id"], categories=world.units).codes.astype(int)
    trait = rng.normal(0, params.trait_motivation_sd, n)
    ability = rng.normal(0, 1, n)
    campaign = rng.normal(0, 0.5, (len(world.units), n_quarters))
    odds = (
        -0.9
        + params.selection_motivation * trait[:, None] / params.trait_motivation_sd
        + params.selection_ability * ability[:, None]
        + campaign[unit]
    )
    attends = rng.random((n, n_quarters)) < 1 / (1 + np.exp(-odds))
    sizes = rng.choice([4.0, 8.0, 10.0, 16.0, 20.0, 24.0, 32.0, 40.0], (n, n_quarters),
                       p=[0.08, 0.16, 0.14, 0.2, 0.18, 0.12, 0.08, 0.04])  # fmt: skip
    hours = np.where(attends, sizes, 0.0)
    jp10 = hours.cumsum(axis=1) / 10

    felt = (
        p.RECOGNITION_MEAN
        + rng.normal(0, 0.3, n)[:, None]
        + rng.normal(0, params.unit_quarter_recognition_sd, (len(world.units), n_quarters))[unit]
        + rng.normal(0, params.person_quarter_recognition_sd, (n, n_quarters))
    )
    items = likert_answers(felt, p.RECOGNITION_ITEMS, params.item_noise_sd, rng)
    recognition = items.mean(axis=2)

    motivation = (
        p.MOTIVATION_MEAN
        + trait[:, None]
        + params.training_motivation * (jp10 - 1.5)
        + params.recognition_motivation * (recognition - p.RECOGNITION_MEAN)
        + rng.normal(0, params.unit_quarter_motivation_sd, (len(world.units), n_quarters))[unit]
        + rng.normal(0, params.person_quarter_motivation_sd, (n, n_quarters))
    )
    if fairness is not None and params.fairness_motivation:
        motivation = motivation + params.fairness_motivation * fairness
    quality = (
        4.0 * ability[:, None]
        + params.motivation_quality * (motivation - p.MOTIVATION_MEAN)
        + params.training_quality * jp10
        + rng.normal(0, 2.5, (n, n_quarters))
    )
    unit_motivation = np.stack([motivation[unit == u].mean(axis=0) for u in range(len(world.units))])
    course_field, unit_field_jp10 = _fields(hours, unit, len(world.units), fields_rng)
    technology = unit_field_jp10[:, :, list(p.FIELDS).index("technology")]
    unit_log_days = (
        rng.normal(-0.45, 0.12, (len(world.units), 1))
        + params.motivation_log_days * (unit_motivation - p.MOTIVATION_MEAN)
        + rng.normal(0, params.unit_quarter_log_days_sd, unit_motivation.shape)
        + params.technology_log_days * technology
    )
    return Latent(
        hours, jp10, items, recognition, motivation, quality, unit_motivation, unit_log_days,
        severity=rng.normal(0, params.severity_sd, n),
        centrality=rng.uniform(params.centrality_low, params.centrality_high, n),
        course_field=course_field, unit_field_jp10=unit_field_jp10,
    )  # fmt: skip


def _fields(hours: Array, unit: Array, n_units: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw the field of each employee's courses in each quarter, and sum the hours up for units.

    In some quarters most courses of a unit are of one field. Returned are the number of the field, by employee and
    quarter (-1 without a course), and the mean hours per employee so far, in tens, by unit, quarter and field.
    """
    names, usual = list(p.FIELDS), np.array([share for share, _ in p.FIELDS.values()])
    n_quarters = hours.shape[1]
    shares = np.tile(usual, (n_units, n_quarters, 1))
    themes = np.array([names.index(name) for name in p.THEMES])
    theme = themes[rng.integers(len(themes), size=(n_units, n_quarters))]
    on = rng.random((n_units, n_quarters)) < p.THEME_RATE
    shares[on] *= 1 - p.THEME_SHARE
    shares[(*np.nonzero(on), theme[on])] += p.THEME_SHARE
    drawn = (rng.random(hours.shape)[..., None] > shares.cumsum(axis=2)[unit]).sum(axis=2)
    drawn = np.minimum(drawn, len(names) - 1)
    taken = np.where((drawn[..., None] == np.arange(len(names))), hours[..., None], 0.0)
    mean = np.stack([taken[unit == u].mean(axis=0) for u in range(n_units)])
    return np.where(hours > 0, drawn, -1), mean.cumsum(axis=1) / 10


def likert_answers(latent: Array, n_items: int, noise_sd: float, rng: np.random.Generator) -> Array:
    """Return answers from 1 to 5: the latent value plus a shift and noise per item, rounded."""
    shift = np.linspace(-0.15, 0.15, n_items)
    noisy = latent[..., None] + shift + rng.normal(0, noise_sd, (*latent.shape, n_items))
    return np.clip(np.rint(noisy), 1, 5)
