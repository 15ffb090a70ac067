"""What the internal reports say of staff in several places: indicators, scales, the duty to learn, and what moved."""

from __future__ import annotations

from dataclasses import dataclass

from asn_research import rules
from asn_research.methods.estimates import Estimate
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.regulations import TrainingRule
from asn_research.rules.words import HIDDEN
from asn_research.show.data import ReportData, once_per_report
from asn_research.show.numbers import NOTHING
from asn_research.show.sections.movement import Headline, Movement, course_of, movements_of

#: The indicators of the appraisal that a report tells, on a scale to 100.
INDICATORS = ("discipline_mean", "service_quality_mean", "innovation_mean")
#: The scales of the staff survey, from 1 to 5.
SCALES = ("motivation", "psm", "engagement", "recognition", "fairness")
#: What may have moved, and which change matters.
STAFF_HEADLINES = (
    *(Headline(key, "appraisal", key, {}, 2, 1) for key in INDICATORS),
    Headline("output_mean", "appraisal", "output_mean", {}, 2, 1),
    *(
        Headline(f"{scale}_mean", "motivation", "mean", {"scale": scale}, 0.2, 2)
        for scale in ("motivation", "recognition", "fairness")
    ),
    Headline("hours_mean", "training", "hours_mean", {}, 2, 1),
    Headline("trained_pct", "training", "trained_pct", {}, 5, 0),
)
#: So many periods are looked back for a record of training.
_BACK = 12


@dataclass(frozen=True)
class Valued:
    """An indicator or scale that has a value.

    Parameters
    ----------
    key : str
        Its code.
    label : str
        Its words.
    own : Estimate
        The report's own value.
    city : Estimate or None
        The city's, in a unit's report.
    """

    key: str
    label: str
    own: Estimate
    city: Estimate | None


def indicators(data: ReportData) -> list[Valued]:
    """Return the appraisal's indicators that may be shown."""
    found = []
    for key in INDICATORS:
        own = data.estimate("appraisal", key)
        if own is not None:
            city = None if data.is_city else data.estimate("appraisal", key, unit_id=CITY)
            found.append(Valued(key, data.label(key), own, city))
    return found


def scales(data: ReportData) -> list[Valued]:
    """Return the staff survey's scales that may be shown."""
    found = []
    for key in SCALES:
        own = data.estimate("motivation", "mean", scale=key)
        if own is not None:
            city = None if data.is_city else data.estimate("motivation", "mean", unit_id=CITY, scale=key)
            found.append(Valued(key, data.words(f"scale_{key}"), own, city))
    return found


@once_per_report
def staff_movements(data: ReportData) -> list[Movement]:
    """Return the changes of the figures on staff."""
    return [] if data.is_pooled else movements_of(data, STAFF_HEADLINES)


def moved_text(data: ReportData, key: str) -> str:
    """Return the text on how a figure changed since the period before or the year before; empty without either."""
    movement = course_of(staff_movements(data), key)
    if movement is None:
        return data.words("moved_none")
    since = Period.parse(movement.since.code).short_label(data.language)
    if movement.verdict == "steady":
        return data.words("moved_steady", since=since)
    before = data.numbers.number(movement.before.value, movement.headline.decimals)
    direction = "up" if movement.moved.value > 0 else "down"
    return data.words(f"moved_{direction}", since=since, before=before)


def duty_hours(data: ReportData) -> int | None:
    """Return how many lesson hours a year are a duty; nothing where no rule says so."""
    rule = rules.at(data.period, data.city).get(TrainingRule)
    return None if rule is None else int(rule.pns_at_least_jp)


def has_training_record(data: ReportData) -> bool:
    """Whether any training of the unit's staff was ever recorded, or may have been where the hours are hidden.

    Without any record nobody knows whether there was no training or its list was not sent.
    """
    history = data.history("training", n_periods=_BACK)
    if history is None:
        return False
    hours = history.frame["hours_mean"]
    return bool(hours.isna().any() or (hours > 0).any())


def no_training_record(data: ReportData) -> str:
    """Say that no training was ever recorded, and that this tells nothing yet."""
    return data.words("training_no_record", period=data.period.label(data.language))


def duty_met(data: ReportData) -> tuple[str, str] | None:
    """Return the share of PNS who have met the duty to learn since the year began, and of how many, as texts."""
    found = data.rows("training")
    if found is None:
        return None
    first = found.frame.index[0]
    met, n_pns = data.cell(found, first, "pns_met_pct", 0, "%"), data.cell(found, first, "n_pns")
    return None if {met, n_pns} & {HIDDEN, NOTHING} else (met, n_pns)
