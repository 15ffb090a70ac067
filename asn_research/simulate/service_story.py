"""The true tables of services: requests, answers of citizens, complaints, and outputs of programmes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.rules.cities import Service
from asn_research.simulate import parameters as p
from asn_research.simulate.simulated_days import add_working_days, working_days
from asn_research.simulate.story import Array, Latent, World, likert_answers


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
    """Return what planted changes of a service add to the log of the days of each request since they began."""
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
        items = likert_answers(trust, 3, params.item_noise_sd, rng)
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
