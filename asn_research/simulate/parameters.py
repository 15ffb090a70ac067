"""The true parameters of the simulated city: effects and standard deviations of its causal model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ServiceChange:
    """A service that becomes faster on a known day; ``log_days`` is the change of its log completion time."""

    unit_id: str
    service_id: str
    starts: date
    log_days: float
    kind: str = "shorter_time"


@dataclass(frozen=True)
class Parameters:
    """Effects and standard deviations (``_sd``). Scales are from 1 to 5 unless noted otherwise.

    The sizes follow published relations between training, motivation and performance. They are chosen large
    enough to be detected in eight quarters of one city. They are assumptions, not findings.
    """

    # Effects on motivation: of training (per 10 training hours, cumulated) and of felt recognition (per
    # point).
    training_motivation: float = 0.08
    recognition_motivation: float = 0.30
    # Effects on the service quality of a person, in points of the score from 0 to 100: of motivation (per
    # point) and of training (per 10 JP, through skill).
    motivation_quality: float = 4.0
    training_quality: float = 0.6
    # Effects of the mean motivation of a unit (per point) on the log of its completion and queue times.
    motivation_log_days: float = -0.30
    motivation_log_queue: float = -0.20
    # Effects on the latent satisfaction behind an answer: of log time relative to the standard, and of
    # motivation.
    time_satisfaction: float = -1.2
    quality_satisfaction: float = 0.5
    # Effect of a respondent's mean satisfaction (1 to 4) on trust (1 to 5).
    satisfaction_trust: float = 0.7
    # Explaining: effects on perceived fairness (1 to 5) of being told the criteria before the quarter is rated, and
    # of a talk about the result of the quarter before; of a talk on the log odds of an objection; and of perceived
    # fairness (per point) on motivation. The last two are 0 in the usual city, so that all else stays as it is.
    told_fairness: float = 0.25
    talked_fairness: float = 0.35
    talked_objection: float = 0.0
    fairness_motivation: float = 0.0
    # Raters: standard deviation of severity (points), range of centrality (1 = full use of the scale), halo.
    severity_sd: float = 3.5
    centrality_low: float = 0.6
    centrality_high: float = 1.0
    halo_sd: float = 2.0
    rating_noise_sd: float = 2.0
    # Selection: motivated and able staff are trained more often (log odds per standard deviation).
    selection_motivation: float = 0.6
    selection_ability: float = 0.3
    # Standard deviations.
    trait_motivation_sd: float = 0.40
    unit_quarter_motivation_sd: float = 0.20
    unit_quarter_recognition_sd: float = 0.22
    person_quarter_motivation_sd: float = 0.28
    person_quarter_recognition_sd: float = 0.35
    unit_explaining_sd: float = 0.8
    person_quarter_fairness_sd: float = 0.30
    item_noise_sd: float = 0.55
    unit_quarter_log_days_sd: float = 0.06
    unit_satisfaction_sd: float = 0.20
    respondent_sd: float = 0.50
    answer_sd: float = 0.65
    response_rate: float = 0.75
    # Effects of courses in information technology, per 10 lesson hours per employee of a unit, cumulated: on
    # the log of completion time, on the latent answer about competence, and on the log of the number of
    # complaints about information. Courses of all other fields have none of these effects.
    technology_log_days: float = -0.15
    technology_competence: float = 0.30
    technology_information_complaints: float = -0.80
    # What the vaccination drive adds to the share of the target that is reached.
    drive_coverage: float = 0.20
    changes: tuple[ServiceChange, ...] = (
        ServiceChange("KEC-SEL", "kec_adminduk", date(2025, 7, 1), -0.43),
        ServiceChange("DISHUB", "hub_izin", date(2026, 1, 5), -0.36),
    )


#: By element: the weight of time, the weight of staff, and the location of its answers on the latent scale.
ELEMENTS: dict[str, tuple[float, float, float]] = {
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
#: The share of the target by which all programmes rise each quarter, and its standard deviation among programmes.
PROGRAMME_GROWTH, PROGRAMME_GROWTH_SD = 0.02, 0.004
#: Courses by field: the share of the field among a unit's courses in a usual quarter, and the titles.
FIELDS: dict[str, tuple[float, tuple[str, ...]]] = {
    "technology": (
        0.12,
        (
            "Pelayanan Publik Berbasis Elektronik",
            "Aplikasi Perkantoran dan Data Digital",
            "Pengelolaan Sistem Informasi Pelayanan",
        ),
    ),
    "conduct": (0.22, ("Pelayanan Prima", "Komunikasi Pelayanan", "Etika dan BerAKHLAK")),
    "leadership": (0.14, ("Kepemimpinan Tim Kerja", "Manajemen Kinerja ASN")),
    "technical": (
        0.40,
        (
            "Penyusunan Standar Pelayanan",
            "Manajemen Antrean dan Alur Layanan",
            "Keuangan Daerah",
            "Penanganan Pengaduan SP4N-LAPOR!",
        ),
    ),
    "other": (0.12, ("Bela Negara", "Persiapan Purnabakti")),
}
#: In so many of its quarters a unit sends its staff mostly to courses of one field (`THEMES`, each as often as
#: the other): so many of the courses of that quarter.
THEME_RATE, THEME_SHARE, THEMES = 0.4, 0.6, ("technology", "conduct")
#: Thresholds on the latent scale between the answers 1|2, 2|3 and 3|4.
CUTS = (-1.9, -1.0, 0.45)
#: The share of respondents of a free service who answer the question about the fee with "Gratis".
FREE_SHARE = 0.97
PSM_ITEMS, ENGAGEMENT_ITEMS, RECOGNITION_ITEMS, FAIRNESS_ITEMS = 4, 3, 3, 4
#: The mean of the items of each scale.
MOTIVATION_MEAN, RECOGNITION_MEAN = 3.35, 3.2
#: Effects on the log odds of an objection: per standard deviation of the rater's strictness, and of a rating
#: below expectation.
OBJECTION_STRICTNESS, OBJECTION_BELOW = 0.8, 2.0
#: Shape of the gamma distribution in the gamma-Poisson mixture of completion days; it does not change the
#: mean.
DAYS_SHAPE = 6.0
#: Log odds of being told the criteria, and of a talk about the result, in an average unit.
TOLD_ODDS, TALKED_ODDS = 0.5, 0.0
#: Perceived fairness: its mean, the effect of a point of the rater's severity, and what changes from day to day.
FAIRNESS_MEAN, SEVERITY_FAIRNESS, FAIRNESS_DAY_SD = 3.3, 0.06, 0.5
