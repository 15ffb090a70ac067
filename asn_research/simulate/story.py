"""The causal model: training and recognition → motivation → service quality and time → satisfaction → trust.

Everything here is true by construction. The modules `offices` and `spelling` add the layouts and mistakes of
offices.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from asn_research.rules.cities import City, Service
from asn_research.rules.periods import Period
from asn_research.simulate import parameters as p
from asn_research.simulate.people import Staff
from asn_research.simulate.simulated_days import add_working_days, working_days

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
    items = _items(felt, p.RECOGNITION_ITEMS, params.item_noise_sd, rng)
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


def _items(latent: Array, n_items: int, noise_sd: float, rng: np.random.Generator) -> Array:
    """Return answers from 1 to 5: the latent value plus a shift and noise per item, rounded."""
    shift = np.linspace(-0.15, 0.15, n_items)
    noisy = latent[..., None] + shift + rng.normal(0, noise_sd, (*latent.shape, n_items))
    return np.clip(np.rint(noisy), 1, 5)


def appraisals(world: World, latent: Latent, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the appraisals of each quarter, by raters who differ in severity, centrality and halo."""
    table, params = world.staff.table, world.params
    rater = table["rater"].to_numpy()
    frames = []
    for t, period in enumerate(world.periods):
        n = len(table)
        use, mild = latent.centrality[rater], latent.severity[rater]
        halo = rng.normal(0, params.halo_sd, n)
        common = mild + halo

        def scored(level: float, own: Array, common: Array = common, use: Array = use) -> Array:
            noise = rng.normal(0, params.rating_noise_sd, len(own))
            score: Array = np.clip(np.rint(level + common + use * own + noise), 0, 100)
            return score

        quality = scored(74, latent.quality[:, t])
        discipline = scored(82, rng.normal(0, 3, n) + 1.5 * (latent.motivation[:, t] - p.MOTIVATION_MEAN))
        innovation = scored(64, 0.5 * latent.quality[:, t] + rng.normal(0, 4, n))
        output = np.clip(np.round(96 + 0.6 * latent.quality[:, t] + rng.normal(0, 5, n), 1), 40, 130)
        results = quality + 0.5 * (output - 96) + rng.normal(0, 3, n)
        frames.append(
            pd.DataFrame(
                {
                    "person": np.arange(n),
                    "period": period.code,
                    "discipline_score": discipline,
                    "service_quality_score": quality,
                    "innovation_score": innovation,
                    "output_pct": output,
                    "results_view": results,
                    "behaviour_view": discipline + rng.normal(0, 3, n),
                    "appraised_date": rng.choice(
                        working_days(period.next.first_day, period.next.first_day.replace(day=12)), n
                    ),
                }
            )
        )
    rated = pd.concat(frames, ignore_index=True)
    for view, name in (("results_view", "results_rating"), ("behaviour_view", "behaviour_rating")):
        low, high = rated[view].quantile([0.02, 0.82])
        rated[name] = np.select([rated[view] > high, rated[view] < low], ["above", "below"], "meets")
    return rated.drop(columns=["results_view", "behaviour_view"])


def surveys(
    world: World, latent: Latent, rng: np.random.Generator, explained: Explained | None = None
) -> pd.DataFrame:
    """Draw the staff survey of each quarter; by default three in four employees answer."""
    params, frames = world.params, []
    n = len(world.staff.table)
    psm = _items(latent.motivation, p.PSM_ITEMS, params.item_noise_sd, rng)
    engagement = _items(latent.motivation, p.ENGAGEMENT_ITEMS, params.item_noise_sd, rng)
    harsh = -latent.severity[world.staff.table["rater"].to_numpy()]
    fair = p.FAIRNESS_MEAN - p.SEVERITY_FAIRNESS * harsh[:, None]
    fair = fair + rng.normal(0, p.FAIRNESS_DAY_SD, (n, len(world.periods)))
    if explained is not None:
        fair = fair + explained.fairness
    fairness = _items(fair, p.FAIRNESS_ITEMS, params.item_noise_sd, rng)
    for t, period in enumerate(world.periods):
        who = np.flatnonzero(rng.random(n) < params.response_rate)
        last_month = period.last_day.replace(day=1)
        frame = pd.DataFrame(
            {
                "person": who,
                "period": period.code,
                "survey_date": rng.choice(working_days(last_month, period.last_day), len(who)),
            }
        )
        for name, items in (
            ("psm", psm), ("engagement", engagement),
            ("recognition", latent.recognition_items), ("fairness", fairness),
        ):  # fmt: skip
            for k in range(items.shape[2]):
                frame[f"{name}_{k + 1}"] = items[who, t, k].astype(int)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def trainings(world: World, latent: Latent, rng: np.random.Generator) -> pd.DataFrame:
    """Return one row per attended course; a person attends at most one per quarter."""
    who, when = np.nonzero(latent.hours)
    finish = np.empty(len(who), dtype="datetime64[D]")
    for t, period in enumerate(world.periods):
        chosen = when == t
        finish[chosen] = rng.choice(working_days(period.first_day, period.last_day), int(chosen.sum()))
    hours = latent.hours[who, when]
    length = np.maximum(0, np.ceil(hours / 8).astype(int) - 1)
    kinds = ["Diklat Teknis", "Bimbingan Teknis", "Seminar", "E-Learning", "Diklat Fungsional", "PKP"]
    kind = rng.choice(kinds, len(who), p=[0.32, 0.28, 0.14, 0.14, 0.09, 0.03])
    pick = rng.integers(0, 60, len(who))
    titles = [titles for _, titles in p.FIELDS.values()]
    return pd.DataFrame(
        {
            "person": who,
            "period": np.array([period.code for period in world.periods])[when],
            "kind": kind,
            "title": [
                titles[f][at % len(titles[f])]
                for f, at in zip(latent.course_field[who, when], pick, strict=True)
            ],
            "start_date": finish - length,
            "finish_date": finish,
            "hours_jp": hours,
        }
    ).sort_values(["finish_date", "person"], ignore_index=True)


def attendance(world: World, latent: Latent, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the days present, late and absent of each employee and quarter."""
    frames = []
    for t, period in enumerate(world.periods):
        n = len(world.staff.table)
        days = len(working_days(period.first_day, period.last_day))
        keen = latent.motivation[:, t] - p.MOTIVATION_MEAN
        absent = np.minimum(rng.poisson(0.15, n), 5)
        leave = np.minimum(rng.poisson(2.0, n), 12)
        late = np.minimum(rng.poisson(2.2 * np.exp(-0.4 * keen)), days // 3)
        frames.append(
            pd.DataFrame(
                {
                    "person": np.arange(n), "period": period.code, "working_days_n": days,
                    "present_days_n": days - absent - leave, "late_days_n": late, "absent_days_n": absent,
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def requests(
    world: World,
    latent: Latent,
    n_requests: int,
    rng: np.random.Generator,
    thinning_rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw the service requests of citizens, with their completion time in working days and queue minutes.

    The completion days are gamma-Poisson; their expected value is exactly the one of the causal model. The
    effect of courses in information technology is a thinning of the days by a separate stream: the days stay
    gamma-Poisson, and all other columns are the same with and without the effect. ``days_before`` are the days
    without it.
    """
    params = world.params
    shorter = params.technology_log_days * latent.unit_technology_jp10
    offers = [(u, s) for u in world.units for s in world.city.services_of(u)]
    weight = np.array([s.request_share for _, s in offers])
    frames = []
    for t, period in enumerate(world.periods):
        days = working_days(period.first_day, period.last_day)
        size = n_requests // len(world.periods)
        pick = rng.choice(len(offers), size, p=weight / weight.sum())
        submitted = rng.choice(days, size)
        unit = np.array([world.units.index(u) for u, _ in offers])[pick]
        standard = np.array([s.standard_days for _, s in offers])[pick]
        standard_queue = np.array([s.standard_queue_minutes for _, s in offers])[pick]
        log_days = (
            np.log(standard)
            + (latent.unit_log_days - shorter)[unit, t]
            + _changes(params, offers, pick, submitted)
        )
        rate = rng.gamma(p.DAYS_SHAPE, np.exp(log_days) / p.DAYS_SHAPE)
        days_before = rng.poisson(rate)
        n_days = thinning_rng.binomial(days_before, np.exp(np.minimum(shorter[unit, t], 0)))
        motivated = latent.unit_motivation[unit, t] - p.MOTIVATION_MEAN
        queue = standard_queue * np.exp(
            -0.35 + params.motivation_log_queue * motivated + rng.normal(0, 0.5, size)
        )
        frames.append(
            pd.DataFrame(
                {
                    "unit_id": np.array([u for u, _ in offers])[pick],
                    "service_id": np.array([s.service_id for _, s in offers])[pick],
                    "period": period.code,
                    "submitted_date": submitted,
                    "finished_date": add_working_days(submitted, n_days),
                    "days": n_days,
                    "days_before": days_before,
                    "queue_minutes": np.round(np.clip(queue, 1, 400), 1),
                    "status": np.where(rng.random(size) < 0.015, "rejected", "finished"),
                }
            ).sort_values("submitted_date", ignore_index=True)
        )
    log = pd.concat(frames, ignore_index=True)
    log["office_id"] = _offices(world, log, rng)
    taken = np.datetime64(world.periods[-1].last_day) + 7
    still_open = log["finished_date"] > taken
    log.loc[still_open, "status"] = "open"
    log.loc[still_open, "finished_date"] = pd.NaT
    return log


def _offices(world: World, log: pd.DataFrame, rng: np.random.Generator) -> Array:
    """Return the office where each request was made.

    Half of the requests of a kecamatan, except for `kec_adminduk`, are made at one of its kelurahan.
    """
    office = log["unit_id"].to_numpy(dtype=object).copy()
    for unit in world.units:
        below = [u.unit_id for u in world.city.sub_units(unit)]
        here = np.flatnonzero((log["unit_id"] == unit) & (log["service_id"] != "kec_adminduk"))
        if below:
            chosen = here[rng.random(len(here)) < 0.5]
            office[chosen] = rng.choice(below, len(chosen))
    return office


def _changes(params: p.Parameters, offers: list[tuple[str, Service]], pick: Array, submitted: Array) -> Array:
    effect = np.zeros(len(pick))
    for change in params.changes:
        here = [
            i for i, (u, s) in enumerate(offers) if (u, s.service_id) == (change.unit_id, change.service_id)
        ]
        effect[np.isin(pick, here) & (submitted >= np.datetime64(change.starts))] += change.log_days
    return effect


def citizens(
    world: World, latent: Latent, log: pd.DataFrame, n_respondents: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the citizen survey: satisfaction depends on time and staff, and trust depends on satisfaction."""
    params = world.params
    size = n_respondents // len(world.periods)
    liking = rng.normal(0, params.unit_satisfaction_sd, len(world.units))
    frames = []
    for t, period in enumerate(world.periods):
        served = log.loc[log["period"] == period.code]
        # The exponent makes the forms of a unit grow more slowly than its requests.
        weight = served.groupby("unit_id")["days"].transform("size").to_numpy() ** -0.6
        rows = served.iloc[rng.choice(len(served), size, p=weight / weight.sum())]
        unit = rows["unit_id"].map({u: i for i, u in enumerate(world.units)}).to_numpy()
        log_time = _log_time_over_standard(world, served)
        skill = params.technology_competence * latent.unit_technology_jp10[:, t]
        answers = _answers(world, rows, unit, log_time, latent.unit_motivation[:, t], liking, skill, rng)
        own = answers.mean(axis=1)
        trust = 3.3 + params.satisfaction_trust * (own - 3.35) + rng.normal(0, 0.5, size)
        frame = pd.DataFrame(
            {
                "survey_date": np.minimum(
                    rows["submitted_date"].to_numpy() + rng.integers(0, 6, size),
                    np.datetime64(period.last_day),
                ),
                "unit_id": rows["unit_id"].to_numpy(),
                "office_id": rows["office_id"].to_numpy(),
                "service_id": rows["service_id"].to_numpy(),
                "period": period.code,
                "sex": rng.choice(["f", "m"], size),
                "age": np.clip(rng.normal(38, 12, size), 17, 80).astype(int),
                "education": rng.choice(["SD", "SMP", "SMA", "D-III", "S1", "S2"], size,
                                        p=[0.08, 0.13, 0.44, 0.1, 0.22, 0.03]),
                "occupation": rng.choice(["PNS", "Swasta", "Wiraswasta", "Pelajar/Mahasiswa", "Petani/Nelayan",
                                          "Ibu Rumah Tangga"], size, p=[0.1, 0.28, 0.26, 0.12, 0.08, 0.16]),
            }
        )  # fmt: skip
        for k, element in enumerate(p.ELEMENTS):
            frame[element] = answers[:, k].astype(int)
        items = _items(trust, 3, params.item_noise_sd, rng)
        for k, name in enumerate(("trust_competence", "trust_benevolence", "trust_integrity")):
            frame[name] = items[:, k].astype(int)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True).sort_values(["period", "survey_date"], ignore_index=True)


def _log_time_over_standard(world: World, served: pd.DataFrame) -> Array:
    """Return, for each unit, the log of the ratio of its mean completion days to its mean standard."""
    standard = served["service_id"].map({k: s.standard_days for k, s in world.city.services.items()})
    means = served.assign(standard=standard).groupby("unit_id")[["days", "standard"]].mean()
    ratio = (means["days"].clip(lower=0.05) / means["standard"]).map(np.log)
    return np.asarray(ratio.reindex(world.units).fillna(ratio.mean()))


def _answers(
    world: World,
    rows: pd.DataFrame,
    unit: Array,
    log_time: Array,
    unit_motivation: Array,
    liking: Array,
    skill: Array,
    rng: np.random.Generator,
) -> Array:
    """Return the answers from 1 to 4, as an array respondents × elements."""
    params, size = world.params, len(rows)
    person = rng.normal(0, params.respondent_sd, size)
    free = rows["service_id"].map({k: s.is_free for k, s in world.city.services.items()}).to_numpy()
    columns = []
    for element, (time, staff, location) in p.ELEMENTS.items():
        latent = (
            location
            + liking[unit]
            + time * params.time_satisfaction * (log_time[unit] + 0.45)
            + staff * params.quality_satisfaction * (unit_motivation[unit] - p.MOTIVATION_MEAN)
            + (skill[unit] if element == "competence" else 0.0)
            + person
            + rng.normal(0, params.answer_sd, size)
        )
        answer = 1 + (latent[:, None] > np.array(p.CUTS)).sum(axis=1)
        if element == "cost":
            answer = np.where(free, np.where(rng.random(size) < p.FREE_SHARE, 4, 3), answer)
        columns.append(answer)
    return np.stack(columns, axis=1)


def complaints(
    world: World,
    latent: Latent,
    log: pd.DataFrame,
    rng: np.random.Generator,
    thinning_rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw the complaints; they are more frequent if the completion took longer than the standard.

    The effects of courses in information technology leave out some of the complaints, by a separate stream.
    """
    standard = log["service_id"].map({k: s.standard_days for k, s in world.city.services.items()})
    over = np.clip(log["days_before"] / standard, 0, 4)
    rows = log.loc[rng.random(len(log)) < 0.006 * np.exp(0.5 * (over - 0.7))]
    n = len(rows)
    late = (rows["days"] > standard.loc[rows.index]).to_numpy()
    received = rows["submitted_date"].to_numpy().astype("datetime64[D]") + rng.integers(1, 15, n)
    end = np.datetime64(world.periods[-1].last_day)
    received = np.minimum(received, end)
    answered = add_working_days(received, rng.poisson(3.2, n))
    resolved = add_working_days(answered, rng.poisson(6.0, n))
    topics = ["Waktu layanan", "Sikap petugas", "Informasi", "Sarana", "Pungutan", "Lainnya"]
    usual = rng.choice(topics, n, p=[0.2, 0.22, 0.25, 0.18, 0.05, 0.1])
    frame = pd.DataFrame(
        {
            "unit_id": rows["unit_id"].to_numpy(),
            "channel": rng.choice(
                ["SP4N-LAPOR!", "Loket", "WhatsApp", "Instagram"], n, p=[0.3, 0.3, 0.3, 0.1]
            ),
            "topic": np.where(late & (rng.random(n) < 0.6), "Waktu layanan", usual),
            "received_date": received,
            "answered_date": answered,
            "resolved_date": resolved,
            "is_made": thinning_rng.random(n)
            < _complaint_shares(world, latent, rows, standard, received, usual),
        }
    ).sort_values("received_date", ignore_index=True)
    for column in ("answered_date", "resolved_date"):
        frame.loc[frame[column] > end + 7, column] = pd.NaT
    frame.loc[rng.random(n) < 0.08, "resolved_date"] = pd.NaT
    frame.loc[frame["answered_date"].isna(), "resolved_date"] = pd.NaT
    return frame.loc[frame.pop("is_made")].reset_index(drop=True)


def _complaint_shares(
    world: World, latent: Latent, rows: pd.DataFrame, standard: pd.Series, received: Array, usual: Array
) -> Array:
    """Return the chance of each complaint to be made in spite of the courses in information technology."""
    params, unit_places = world.params, {unit: i for i, unit in enumerate(world.units)}
    unit = rows["unit_id"].map(unit_places).to_numpy()
    starts = np.array([period.first_day for period in world.periods], dtype="datetime64[D]")
    quarter = np.maximum(np.searchsorted(starts, received, side="right") - 1, 0)
    own = standard.loc[rows.index]
    over, before = ((rows[name] / own).clip(0, 4).to_numpy() for name in ("days", "days_before"))
    kept: Array = np.exp(0.5 * (over - before))
    log_change = params.technology_information_complaints * latent.unit_technology_jp10[unit, quarter]
    return np.asarray(kept * np.where(usual == "Informasi", np.exp(np.minimum(log_change, 0)), 1.0))


def objection_odds(world: World, latent: Latent, rated: pd.DataFrame) -> tuple[Array, Array]:
    """Return the strictness of each appraisal's rater in standard deviations, and the log odds of an objection."""
    rater = world.staff.table["rater"].to_numpy()[rated["person"]]
    strict = -latent.severity[rater] / world.params.severity_sd
    below = (rated["results_rating"] == "below") | (rated["behaviour_rating"] == "below")
    return strict, -6.0 + p.OBJECTION_STRICTNESS * strict + p.OBJECTION_BELOW * below.to_numpy()


def objections(world: World, latent: Latent, rated: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the objections of staff to their ratings; they are more frequent with strict raters."""
    strict, odds = objection_odds(world, latent, rated)
    rows = rated.loc[rng.random(len(rated)) < 1 / (1 + np.exp(-odds))]
    n = len(rows)
    filed = rows["appraised_date"].to_numpy().astype("datetime64[D]") + np.where(
        rng.random(n) < 0.93, rng.integers(1, 15, n), rng.integers(15, 25, n)
    )
    decided = add_working_days(filed, 3 + rng.poisson(8, n))
    upheld = rng.random(n) < 0.2 + 0.15 * (strict[rows.index] > 1)
    grounds = ["Penilaian subjektif", "Bukti kinerja tidak dihitung", "Tanpa dialog kinerja", "Lainnya"]
    return pd.DataFrame(
        {
            "person": rows["person"].to_numpy(),
            "period": rows["period"].to_numpy(),
            "filed_date": filed,
            "ground": rng.choice(grounds, n, p=[0.45, 0.3, 0.2, 0.05]),
            "decided_date": decided,
            "outcome": np.where(upheld, "Diterima", "Ditolak"),
        }
    ).sort_values(["filed_date", "person"], ignore_index=True)


def calmed(world: World, explained: Explained, filed: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the objections that are filed although the result was talked about, if talks keep some from being filed.

    An objection of a person who was talked with is dropped with the probability that the odds of objecting fall by;
    objections are rare, so odds and probabilities are nearly the same.
    """
    effect = world.params.talked_objection
    if not effect:
        return filed
    place = {period.code: t for t, period in enumerate(world.periods)}
    talked = explained.talked[filed["person"].to_numpy(), filed["period"].map(place).to_numpy()]
    stays = rng.random(len(filed)) < np.where(talked, np.exp(min(effect, 0.0)), 1.0)
    return filed.loc[stays].reset_index(drop=True)


def with_explained(world: World, explained: Explained, rated: pd.DataFrame) -> pd.DataFrame:
    """Return the appraisals with the days on which they were explained; empty where they were not."""
    place = {period.code: t for t, period in enumerate(world.periods)}
    at = rated["person"].to_numpy(), rated["period"].map(place).to_numpy()
    return rated.assign(
        criteria_told_date=np.where(explained.told[at], explained.told_date[at], np.datetime64("NaT")),
        result_talk_date=np.where(explained.talked[at], explained.talk_date[at], np.datetime64("NaT")),
    )


def sanctions(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Draw disciplinary sanctions: about one per three hundred employees and year, most of them light."""
    kinds = ["Teguran lisan", "Teguran tertulis", "Pernyataan tidak puas secara tertulis",
             "Potong tukin 6 bulan", "Penurunan jabatan setingkat lebih rendah 12 bulan"]  # fmt: skip
    n = len(world.staff.table)
    frames = []
    for period in world.periods:
        who = np.flatnonzero(rng.random(n) < 0.0009)
        frames.append(
            pd.DataFrame(
                {
                    "person": who,
                    "sanction": rng.choice(kinds, len(who), p=[0.35, 0.25, 0.15, 0.2, 0.05]),
                    "sanction_date": rng.choice(working_days(period.first_day, period.last_day), len(who)),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def organisation_predikats(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the organisation predikat of each reporting unit and quarter; most are good."""
    words = ["Istimewa", "Baik", "Butuh Perbaikan"]
    rows = [
        (unit, period.code, str(rng.choice(words, p=[0.1, 0.85, 0.05])))
        for period in world.periods
        for unit in world.units
    ]
    return pd.DataFrame(rows, columns=["unit_id", "period", "organisation_predikat"])


def programmes(world: World, rng: np.random.Generator, growth_rng: np.random.Generator) -> pd.DataFrame:
    """Draw the programmes of units: all rise a little each quarter, and two have a drive.

    The vaccination drive adds to what is reached from the quarter on in which it begins (halfway). The drive of
    the counter for documents adds nothing: its numbers rise as those of all programmes.
    """
    plan = [
        ("DINKES", "Vaksinasi anak sekolah", "anak", 4000, 0.70),
        ("KEC-SEL", "Loket cepat dokumen kependudukan", "dokumen", 600, 0.8),
        ("DISHUB", "Antrean daring perizinan angkutan", "permohonan", 350, 0.78),
        ("DISDUKCAPIL", "Perekaman KTP-el keliling", "perekaman", 1500, 0.88),
        ("BKPSDM", "Penghargaan pegawai teladan", "pegawai", 60, 0.95),
        ("DPMTKPTSP", "Klinik perizinan usaha", "pelaku usaha", 500, 0.85),
        ("DINSOS", "Pemutakhiran data kesejahteraan", "keluarga", 2500, 0.9),
        ("DLH", "Bank sampah kelurahan", "kelompok", 29, 0.7),
    ]
    # These came later, and have their own stream.
    later = [
        ("DINKES", "Skrining hipertensi", "warga", 5000, 0.76),
        ("KEC-SEL", "Penataan lingkungan RT", "lokasi", 240, 0.82),
        ("DISHUB", "Uji laik jalan keliling", "kendaraan", 900, 0.84),
    ]
    drives = {plan[0][:2]: world.params.drive_coverage, plan[1][:2]: 0.0}
    half = len(world.periods) // 2
    rows = []
    for unit, name, word, target, start in (*plan, *later):
        if unit not in world.units:
            continue
        own = p.PROGRAMME_GROWTH + growth_rng.normal(0, p.PROGRAMME_GROWTH_SD)
        is_late = (unit, name, word, target, start) in later
        for t, period in enumerate(world.periods):
            noise = (growth_rng if is_late else rng).normal(1, 0.02)
            drive = drives.get((unit, name), 0.0) if t >= half else 0.0
            output = round(target * min(1.15, start + own * t + drive) * noise)
            first = np.datetime64(period.first_day) + 13
            begun = np.datetime64(world.periods[half].first_day) + 13 if (unit, name) in drives else pd.NaT
            rows.append((unit, name, period.code, first, target, output, word, begun))
    columns = [
        "unit_id", "programme", "period", "start_date", "target_n", "output_n", "output_unit", "drive_date",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
