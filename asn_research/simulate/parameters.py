"""What is true in the simulated city: the numbers of its one causal story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ServiceChange:
    """A service that got faster on a known day."""

    unit_id: str
    service_id: str
    starts: date
    log_days: float
    kind: str = "shorter_time"


@dataclass(frozen=True)
class Parameters:
    """Effects and spreads. Scales are 1 to 5 unless said otherwise.

    Sizes follow published links between training, motivation and performance, large enough for eight
    quarters of one city to show them. They are judgements, not findings.
    """

    # Training (per 10 lesson hours, cumulated) and felt recognition (per point) move motivation.
    training_motivation: float = 0.08
    recognition_motivation: float = 0.30
    # Motivation (per point) and training (per 10 JP, through skill) move a person's service quality,
    # in points of the 0 to 100 score.
    motivation_quality: float = 4.0
    training_quality: float = 0.6
    # Mean motivation of a unit moves the log of its completion times and queues.
    motivation_log_days: float = -0.30
    motivation_log_queue: float = -0.20
    # Log time over standard, and motivation, move the latent satisfaction of an answer.
    time_satisfaction: float = -1.2
    quality_satisfaction: float = 0.5
    # Own mean satisfaction (1 to 4) moves trust (1 to 5).
    satisfaction_trust: float = 0.7
    # Raters: spread of severity (points), range of centrality (1 = full use of the scale), halo.
    severity_sd: float = 3.5
    centrality_low: float = 0.6
    centrality_high: float = 1.0
    halo_sd: float = 2.0
    rating_noise_sd: float = 2.0
    # Selection: motivated and able staff are trained more (log odds per standard deviation).
    selection_motivation: float = 0.6
    selection_ability: float = 0.3
    # Spreads.
    trait_motivation_sd: float = 0.40
    unit_quarter_motivation_sd: float = 0.20
    unit_quarter_recognition_sd: float = 0.22
    person_quarter_motivation_sd: float = 0.28
    person_quarter_recognition_sd: float = 0.35
    item_noise_sd: float = 0.55
    unit_quarter_log_days_sd: float = 0.06
    unit_satisfaction_sd: float = 0.20
    respondent_sd: float = 0.50
    answer_sd: float = 0.65
    response_rate: float = 0.75
    changes: tuple[ServiceChange, ...] = (
        ServiceChange("KEC-SEL", "kec_adminduk", date(2025, 7, 1), -0.43),
        ServiceChange("DISHUB", "hub_izin", date(2026, 1, 5), -0.36),
    )


#: How strongly each element follows time and staff, and where its answers lie on the latent scale.
ELEMENTS: dict[str, tuple[float, float, float]] = {
    # Three numbers an element: weight of time, weight of staff, place on the latent scale.
    "requirements": (0.3, 0.1, 0.30),
    "procedure": (0.5, 0.1, 0.22),
    "time": (1.0, 0.2, 0.02),
    "cost": (0.0, 0.0, 0.40),
    "product": (0.3, 0.1, 0.32),
    "competence": (0.2, 1.0, 0.42),
    "conduct": (0.2, 1.0, 0.50),
    "complaints": (0.3, 0.4, 0.15),
    "facilities": (0.0, 0.1, 0.05),
}
#: Latent limits between the answers 1|2, 2|3 and 3|4.
CUTS = (-1.9, -1.0, 0.45)
#: A free service's fee is answered "Gratis" by nearly all.
FREE_SHARE = 0.97
PSM_ITEMS, ENGAGEMENT_ITEMS, RECOGNITION_ITEMS, FAIRNESS_ITEMS = 4, 3, 3, 4
#: How the mean of a scale's items lies.
MOTIVATION_MEAN, RECOGNITION_MEAN = 3.35, 3.2
#: Log odds of an objection: per standard deviation of the rater's strictness, and where rated below.
OBJECTION_STRICTNESS, OBJECTION_BELOW = 0.8, 2.0
#: Shape of the gamma mixture from which days are drawn; the mean is exact whatever the shape.
DAYS_SHAPE = 6.0
