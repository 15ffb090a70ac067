"""The true tables of staff: appraisals, surveys, courses, attendance, objections, sanctions, predikats of units."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.simulate import parameters as p
from asn_research.simulate.simulated_days import add_working_days, working_days
from asn_research.simulate.story import Array, Explained, Latent, World, likert_answers


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
    psm = likert_answers(latent.motivation, p.PSM_ITEMS, params.item_noise_sd, rng)
    engagement = likert_answers(latent.motivation, p.ENGAGEMENT_ITEMS, params.item_noise_sd, rng)
    harsh = -latent.severity[world.staff.table["rater"].to_numpy()]
    fair = p.FAIRNESS_MEAN - p.SEVERITY_FAIRNESS * harsh[:, None]
    fair = fair + rng.normal(0, p.FAIRNESS_DAY_SD, (n, len(world.periods)))
    if explained is not None:
        fair = fair + explained.fairness
    fairness = likert_answers(fair, p.FAIRNESS_ITEMS, params.item_noise_sd, rng)
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
