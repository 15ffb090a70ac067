"""The true effects of the simulation, and the estimates that the study is expected to find.

`value` is the true effect. `observed` is the expected estimate of the regression: it differs because scales
have measurement error, raters do not use the whole scale, and only some staff answer. It is derived from the
parameters, not by running the study.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from asn_research.simulate import parameters as p
from asn_research.simulate.staff_story import objection_odds
from asn_research.simulate.story import Explained, Latent, World


def estimands(world: World, latent: Latent, n_requests: int, log: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the true effect and the expected estimate for each question of the study.

    ``log`` is the log of requests with ``days`` and ``days_before`` (without the effect of courses).
    """
    params = world.params
    a, c = params.training_motivation, params.recognition_motivation
    a_observed, c_observed = _motivation_slopes(world, latent)
    b, d = params.motivation_quality, params.training_quality
    b_observed, d_observed = _quality_slopes(world, latent)
    # The mediation model also controls for recognition. Less variance of motivation remains then, while its
    # measurement error stays the same, so the expected estimate is smaller.
    b_mediated, d_mediated = _quality_slopes(world, latent, latent.recognition_score)
    time, satisfaction, trust = _unit_slopes(world, latent, n_requests)
    scale = "points of the 0-100 score"
    return {
        "training_motivation": _row(a, a_observed, "points of 1-5 per 10 JP"),
        "recognition_motivation": _row(c, c_observed, "points of 1-5 per point"),
        "motivation_quality": _row(b, b_observed, f"{scale} per point of 1-5"),
        "training_quality": _row(d, d_observed, f"{scale} per 10 JP, at equal motivation"),
        "mediation_indirect": _row(a * b, a_observed * b_mediated, f"{scale} per 10 JP"),
        "mediation_direct": _row(d, d_mediated, f"{scale} per 10 JP"),
        "mediation_total": _row(a * b + d, a_observed * b_mediated + d_mediated, f"{scale} per 10 JP"),
        **_started(world, latent),
        "motivation_time": _row(params.motivation_log_days, time, "log days per point of 1-5"),
        "time_satisfaction": _row(_ikm_per_log_day(params), satisfaction, "IKM points per log day"),
        "satisfaction_trust": _row(trust, trust, "points of 1-5 per IKM point"),
        **_fields(world, latent, log),
        **_regular(),
    }


def explaining_truth(
    world: World, latent: Latent, explained: Explained, rated: pd.DataFrame
) -> dict[str, dict[str, Any]]:
    """Return the true effects of explaining appraisals, and the expected estimates of the study."""
    params = world.params
    severity = latent.severity[world.staff.table["rater"].to_numpy()]
    level = p.FAIRNESS_MEAN + p.SEVERITY_FAIRNESS * severity + explained.fairness.mean(axis=1)
    noise = params.item_noise_sd**2 + p.FAIRNESS_DAY_SD**2 + params.person_quarter_fairness_sd**2

    def risen(effect: float) -> float:
        ends = [_expected_fairness(level + part * effect, sqrt(noise))[0] for part in (-0.5, 0.5)]
        return float((ends[1] - ends[0]).mean())

    scale = "points of 1-5"
    chance = 1 / (1 + np.exp(-objection_odds(world, latent, rated)[1]))
    return {
        "told_fairness": _row(params.told_fairness, risen(params.told_fairness), scale),
        "talked_fairness": _row(params.talked_fairness, risen(params.talked_fairness), scale),
        "talked_objection": _row(
            params.talked_objection, float(chance.mean()) * float(np.expm1(params.talked_objection)),
            "value: log odds; observed: share of appraisals objected to",
        ),
        "fairness_motivation": _row(
            params.fairness_motivation, _fairness_motivation(world, latent, explained, level),
            "points of 1-5 per point",
        ),
    }  # fmt: skip


def _fairness_motivation(world: World, latent: Latent, explained: Explained, level: np.ndarray) -> float:
    """Return the expected slope of recorded motivation on recorded fairness, which is measured with error."""
    params, step = world.params, 0.05
    keep = (len(world.periods) - 1) / len(world.periods)
    moved = float(np.mean(_within(explained.fairness) ** 2))
    ends = [_expected_fairness(level + sign * step, params.item_noise_sd)[0] for sign in (-1, 1)]
    per_point = float((ends[1] - ends[0]).mean()) / (2 * step)
    error = float(_expected_fairness(level, params.item_noise_sd)[1].mean()) * keep
    seen = per_point**2 * (moved + keep * p.FAIRNESS_DAY_SD**2) + error
    ends = [_expected_score(latent.motivation + sign * step, params.item_noise_sd)[0] for sign in (-1, 1)]
    motivated = float((ends[1] - ends[0]).mean()) / (2 * step)
    return params.fairness_motivation * motivated * per_point * moved / seen


def raters(world: World, latent: Latent) -> dict[str, Any]:
    """Return the true values of the raters: parameters, and realised values (``_drawn``, ``_mean``)."""
    rating = np.unique(world.staff.table["rater"].to_numpy())
    return {
        "severity_sd": world.params.severity_sd,
        "severity_sd_drawn": round(float(latent.severity[rating].std(ddof=1)), 6),
        "halo_sd": world.params.halo_sd,
        "centrality_mean": round(float(latent.centrality[rating].mean()), 6),
        # Effects on the log odds of an objection: per standard deviation of strictness, and of a rating below
        # expectation.
        "objection_log_odds_strictness": p.OBJECTION_STRICTNESS,
        "objection_log_odds_below": p.OBJECTION_BELOW,
        # Ratings do not depend on sex, age, rank or type of employment.
        "group_gap": 0.0,
    }


def _row(value: float, observed: float, scale: str) -> dict[str, Any]:
    return {
        "value": round(float(value), 6),
        "observed": round(float(observed), 6),
        "scale": scale,
        "how": "derived from the parameters; see asn_research/simulate/truth.py",
    }


def _within(x: np.ndarray) -> np.ndarray:
    """Return a balanced panel without its row and column means (two-way demeaning)."""
    within: np.ndarray = x - x.mean(axis=1, keepdims=True) - x.mean(axis=0, keepdims=True) + x.mean()
    return within


_SHIFTS = np.concatenate(
    [np.linspace(-0.15, 0.15, p.PSM_ITEMS), np.linspace(-0.15, 0.15, p.ENGAGEMENT_ITEMS)]
)
_LIMITS = np.array([1.5, 2.5, 3.5, 4.5])


def _expected_score(motivation: np.ndarray, noise_sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of the recorded motivation score, given motivation."""
    return _expected_items(motivation, _SHIFTS, noise_sd)


def _expected_fairness(fairness: np.ndarray, noise_sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of the recorded fairness score, given fairness."""
    return _expected_items(fairness, np.linspace(-0.15, 0.15, p.FAIRNESS_ITEMS), noise_sd)


def _expected_items(latent: np.ndarray, shifts: np.ndarray, noise_sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of the mean of rounded items (1 to 5), given the latent value behind them."""
    mean, variance = np.zeros_like(latent), np.zeros_like(latent)
    for shift in shifts:
        above = norm.sf((_LIMITS - (latent + shift)[..., None]) / noise_sd)
        first = 1 + above.sum(axis=-1)
        # E[x^2] of an answer from 1 to 5, from the probabilities of reaching 2, 3, 4 and 5.
        second = 1 + (above * np.array([3, 5, 7, 9])).sum(axis=-1)
        mean += first / len(shifts)
        variance += (second - first**2) / len(shifts) ** 2
    return mean, variance


def _project(y: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """Return the slopes of y on the columns, after two-way demeaning by person and quarter."""
    x = np.stack([_within(column).ravel() for column in columns], axis=1)
    return np.asarray(np.linalg.lstsq(x, _within(y).ravel(), rcond=None)[0])


def _motivation_slopes(world: World, latent: Latent) -> tuple[float, float]:
    """Return the slopes of the recorded motivation score on training and recognition.

    They are smaller than the true effects: answers end at 5, so the score of highly motivated staff can rise
    less.
    """
    params = world.params
    shocks = params.unit_quarter_motivation_sd**2 + params.person_quarter_motivation_sd**2
    moved = params.training_motivation * (latent.training_jp10 - 1.5) + params.recognition_motivation * (
        latent.recognition_score - p.RECOGNITION_MEAN
    )
    trait = (latent.motivation - moved).mean(axis=1, keepdims=True)
    expected, _ = _expected_score(trait + moved, sqrt(shocks + params.item_noise_sd**2))
    slopes = _project(expected, latent.training_jp10, latent.recognition_score)
    return float(slopes[0]), float(slopes[1])


def _started(world: World, latent: Latent) -> dict[str, dict[str, Any]]:
    """Return the mean effect of having started training, over staff who started after the first quarter."""
    params = world.params
    treated = (latent.training_jp10 > 0) & (latent.training_jp10[:, :1] == 0)
    if not treated.any():
        return {}
    jp10 = latent.training_jp10[treated]
    a, b, d = params.training_motivation, params.motivation_quality, params.training_quality
    noise = sqrt(
        params.unit_quarter_motivation_sd**2
        + params.person_quarter_motivation_sd**2
        + params.item_noise_sd**2
    )
    trait = (latent.motivation - a * latent.training_jp10).mean(axis=1, keepdims=True)
    base = np.broadcast_to(trait, latent.motivation.shape)[treated]
    risen = _expected_score(base + a * jp10, noise)[0] - _expected_score(base, noise)[0]
    use = latent.centrality[world.staff.table["rater"].to_numpy()][:, None]
    use = np.broadcast_to(use, latent.quality.shape)[treated]
    total = a * b + d
    return {
        "training_started_motivation": _row(
            a * jp10.mean(), risen.mean(), "points of 1-5, mean over those who started and the quarters since"
        ),
        "training_started_quality": _row(
            total * jp10.mean(), (use * total * jp10).mean(), "points of the 0-100 score, as above"
        ),
    }


def _quality_slopes(world: World, latent: Latent, *controls: np.ndarray) -> tuple[float, float]:
    """Return the slopes of the quality score on recorded motivation and training, with measurement error.

    ``controls`` are further control variables in the same regression.
    """
    params, n_quarters = world.params, len(world.periods)
    expected, variance = _expected_score(latent.motivation, params.item_noise_sd)
    # Two-way demeaning leaves the share (T-1)/T of the variance of an independent error.
    error = float(variance.mean()) * (n_quarters - 1) / n_quarters
    use = latent.centrality[world.staff.table["rater"].to_numpy()][:, None]
    moved = params.motivation_quality * latent.motivation + params.training_quality * latent.training_jp10
    columns = np.stack([_within(c).ravel() for c in (expected, latent.training_jp10, *controls)])
    seen = columns @ columns.T / columns.shape[1]
    seen[0, 0] += error
    slopes = np.linalg.solve(seen, columns @ _within(use * moved).ravel() / columns.shape[1])
    return float(slopes[0]), float(slopes[1])


def _unit_slopes(world: World, latent: Latent, n_requests: int) -> tuple[float, float, float]:
    """Return the slopes of the regressions on unit × quarter means, given the sampling error of the means."""
    params = world.params
    n_quarters = len(world.periods)
    keep = (n_quarters - 1) / n_quarters
    m = _within(latent.unit_motivation)
    log_days = _within(latent.unit_log_days)
    technology = _within(latent.unit_technology_jp10)
    m_error = keep * float(np.mean([_mean_error(world, latent, u) for u in world.units]))
    var_m = float(np.mean(m * m))
    # Courses raise motivation and, in one field, shorten times: the part that goes with motivation is in the slope.
    beside = params.technology_log_days * float(np.mean(m * technology))
    time = (params.motivation_log_days * var_m + beside) / (var_m + m_error)
    sampling, mix = _days_errors(world, n_requests)
    cross = float(np.mean(m * log_days))
    true = np.array([[float(np.mean(log_days**2)) + keep * sampling, cross], [cross, var_m]])
    seen = true + np.array([[keep * mix, 0], [0, m_error]])
    # Citizens' answers depend on the days that really passed, so the sampling of days is not a measurement
    # error here. The mix of services is one: answers do not depend on a quarter having more requests of a
    # slow kind.
    effects = np.array([_ikm_per_log_day(params), _ikm_per_motivation(params)])
    # Skill that courses bring shows in one element, whatever the days are.
    skill = (
        params.technology_competence * 25 / len(p.ELEMENTS) * _per_latent(params, p.ELEMENTS["competence"][2])
    )
    beside_days = skill * np.array([np.mean(log_days * technology), np.mean(m * technology)])
    satisfaction = float(np.linalg.solve(seen, true @ effects + beside_days)[0])
    return time, satisfaction, params.satisfaction_trust / 25


def _fields(world: World, latent: Latent, log: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the effects of courses by field, at equal motivation and at equal hours of the other fields."""
    params, n_quarters = world.params, len(world.periods)
    serving = [bool(world.city.services_of(unit)) for unit in world.units]
    if sum(serving) < 2:
        return {}
    motivation = _within(latent.unit_motivation[serving])
    hours = {
        name: _within(latent.unit_field_jp10[serving][:, :, place]) for place, name in enumerate(p.FIELDS)
    }
    columns = np.stack([motivation.ravel(), *(x.ravel() for x in hours.values())])
    seen = columns @ columns.T / columns.shape[1]
    units = [unit for unit, serves in zip(world.units, serving, strict=True) if serves]
    seen[0, 0] += (n_quarters - 1) / n_quarters * np.mean([_mean_error(world, latent, u) for u in units])
    log_days = params.motivation_log_days * motivation + params.technology_log_days * hours["technology"]
    moved: dict[str, tuple[str, float, np.ndarray]] = {
        "fields_time": ("log days", params.technology_log_days, log_days)
    }
    technology = latent.unit_technology_jp10[serving]
    level = float(technology.mean())
    # Each unit's own level of log days, and what moves them within the unit; answers bend at the scale's end.
    days = latent.unit_log_days[serving].mean(axis=1, keepdims=True) + log_days
    feeling = latent.unit_motivation[serving] - p.MOTIVATION_MEAN
    for element in ("time", "competence"):
        on_time, on_staff, location = p.ELEMENTS[element]
        skill = params.technology_competence if element == "competence" else 0.0
        where = (
            location
            + on_time * params.time_satisfaction * (days + 0.45)
            + on_staff * params.quality_satisfaction * feeling
            + skill * technology
        )
        own = 25 * _per_latent(params, float(where.mean()))
        own *= on_time * params.time_satisfaction * params.technology_log_days + skill
        moved[f"fields_{element}_element"] = (
            "points of 25-100",
            own,
            _within(_expected_index(params, where)),
        )
    log_change = params.technology_information_complaints + _complaints_by_days(world, log) / max(level, 1e-9)
    moved["fields_complaints"] = ("log of complaints", log_change, log_change * hours["technology"])
    rows = {}
    for key, (scale, value, signal) in moved.items():
        slopes = np.linalg.lstsq(seen, columns @ signal.ravel() / columns.shape[1], rcond=None)[0][1:]
        for name, slope in zip(hours, slopes, strict=True):
            true = value if name == "technology" else 0.0
            rows[f"{key}_{name}"] = _row(true, slope, f"{scale} per 10 JP of the field per employee")
    return rows


def _expected_index(params: p.Parameters, where: np.ndarray) -> np.ndarray:
    """Return the expected value (25 to 100) of an element, given the location of its latent answers."""
    sd = sqrt(params.respondent_sd**2 + params.answer_sd**2 + params.unit_satisfaction_sd**2)
    above = norm.sf((np.array(p.CUTS) - where[..., None]) / sd)
    index: np.ndarray = 25 * (1 + above.sum(axis=-1))
    return index


def _complaints_by_days(world: World, log: pd.DataFrame) -> float:
    """Return what shorter times do to the log of the number of complaints about information."""
    standard = log["service_id"].map({k: s.standard_days for k, s in world.city.services.items()})

    def expected(days: pd.Series) -> float:
        over = np.clip(days / standard, 0, 4)
        # Of the complaints on late requests six in ten are about time, whatever else they would have been about.
        return float((np.exp(0.5 * over) * (1 - 0.6 * (days > standard))).sum())

    before = expected(log["days_before"])
    return float(np.log(expected(log["days"]) / before)) if before > 0 else 0.0


def _regular() -> dict[str, dict[str, Any]]:
    """Return the effects of courses in three of four quarters rather than once, at equal hours: there are none."""
    return {
        "regular_motivation": _row(0.0, 0.0, "points of 1-5"),
        "regular_time": _row(0.0, 0.0, "log days per share of staff"),
    }


def _days_errors(world: World, n_requests: int) -> tuple[float, float]:
    """Return two variances of a unit's log mean days in a quarter: of the draw, and of the service mix."""
    offers = {unit: world.city.services_of(unit) for unit in world.units}
    total = sum(service.request_share for services in offers.values() for service in services)
    sampling, mix = [], []
    for services in filter(None, offers.values()):
        share = np.array([service.request_share for service in services])
        n = n_requests / len(world.periods) * share.sum() / total
        standard = np.array([service.standard_days for service in services])
        weight = share / share.sum()
        mean = float(weight @ standard)
        days = mean * float(np.exp(-0.45))
        # Days are gamma-Poisson: variance mean + mean^2 / shape.
        sampling.append((1 / days + 1 / p.DAYS_SHAPE) / n)
        mix.append(float(weight @ (standard - mean) ** 2) / mean**2 / n)
    return float(np.mean(sampling)), float(np.mean(mix))


def _mean_error(world: World, latent: Latent, unit: str) -> float:
    """Return the variance of a unit's measured mean due to non-response and item noise."""
    params = world.params
    rows = (world.staff.table["reporting_unit_id"] == unit).to_numpy()
    n = int(rows.sum())
    answering = params.response_rate * n
    spread = float(latent.motivation[rows].var(axis=0).mean())
    error = float(_expected_score(latent.motivation[rows], params.item_noise_sd)[1].mean())
    return spread / answering * (1 - params.response_rate) + error / answering


def _per_latent(params: p.Parameters, location: float) -> float:
    """Return the change of the mean answer per unit of the latent value, at one location."""
    sd = sqrt(params.respondent_sd**2 + params.answer_sd**2 + params.unit_satisfaction_sd**2)
    return float(sum(norm.pdf((location - cut) / sd) / sd for cut in p.CUTS))


def _ikm_per_log_day(params: p.Parameters) -> float:
    total = sum(time * _per_latent(params, where) for time, _, where in p.ELEMENTS.values())
    return 25 / len(p.ELEMENTS) * params.time_satisfaction * total


def _ikm_per_motivation(params: p.Parameters) -> float:
    total = sum(staff * _per_latent(params, where) for _, staff, where in p.ELEMENTS.values())
    return 25 / len(p.ELEMENTS) * params.quality_satisfaction * total
