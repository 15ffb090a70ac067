"""The processed rows of one person, arranged for a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from asn_research.clean.steps.course_fields import FIELDS
from asn_research.measure.explaining import explained
from asn_research.measure.training import WINDOW
from asn_research.personal.rating_sides import SCORES, Sides, Spreads, Telling, sides_of
from asn_research.rules.cities import City
from asn_research.rules.in_force import at
from asn_research.rules.periods import Period
from asn_research.rules.regulations import ObjectionRule
from asn_research.rules.working_days import calendar_of, days_between, last_day_within, last_working_day_until

#: A sheet shows the latest quarters, a year at most.
QUARTERS = 4
#: The columns whose values a sheet shows.
SHOWN = (*SCORES, "output_pct")
PENDING = "pending"


@dataclass(frozen=True)
class RatedQuarter:
    """One quarter's appraisal of a person.

    Parameters
    ----------
    period : Period
        The quarter.
    scores : mapping of str to float
        By column of `appraisals`, the scores from 0 to 100 and the output in percent, as far as they are known.
    results, behaviour : str
        The ratings: ``above``, ``meets``, ``below``, or empty.
    predikat : str
        The predikat by the rule; empty if the ratings are not known.
    exported : str
        The predikat in the office's export; empty if there is none.
    days : mapping of str to int
        Working days, days present, late and absent; empty without a record of attendance.
    told, talked : bool or None
        Whether the criteria were told and whether the result was talked about; None if no office records it.
    """

    period: Period
    scores: Mapping[str, float]
    results: str = ""
    behaviour: str = ""
    predikat: str = ""
    exported: str = ""
    days: Mapping[str, int] = field(default_factory=dict)
    told: bool | None = None
    talked: bool | None = None

    @property
    def contradicts(self) -> bool:
        """Whether the exported predikat differs from that of the rule."""
        return bool(self.exported and self.predikat and self.exported != self.predikat)


@dataclass(frozen=True)
class OwnObjection:
    """One objection of the person.

    Parameters
    ----------
    period : Period
        The period of the contested appraisal.
    filed : date
        The day on which it was filed.
    outcome : str
        ``upheld``, ``rejected`` or ``pending``.
    decided : date or None
        The day of the decision.
    ground : str
        The ground; empty if none was stated.
    waited : int or None
        Working days from filing to the decision, or to the day of the sheet.
    """

    period: Period
    filed: date
    outcome: str
    decided: date | None = None
    ground: str = ""
    waited: int | None = None


@dataclass(frozen=True)
class ObjectionLimit:
    """Until when the person may object.

    Parameters
    ----------
    rule : ObjectionRule
        The rule in force.
    received : date or None
        The day on which the person received the result; None if it is not known.
    last_day : date or None
        The last day of the limit.
    last_open : date or None
        The last working day within the limit.
    is_over : bool
        Whether the last day has passed.
    is_provisional : bool
        Whether the days off of that year are not yet announced.
    """

    rule: ObjectionRule
    received: date | None = None
    last_day: date | None = None
    last_open: date | None = None
    is_over: bool = False
    is_provisional: bool = False


@dataclass(frozen=True)
class PersonRecord:
    """What a sheet says of one person. It holds no number, no name, and no data of anybody else.

    Parameters
    ----------
    person_id : str
        The pseudonym.
    unit_id : str
        The unit in the register of staff.
    employment_type : str
        ``pns``, ``pppk``, or empty.
    quarters : tuple of RatedQuarter
        The latest rated quarters, oldest first; never empty.
    n_quarters, mean_score, n_scores : int, float or None, int
        Over all rated quarters: their number, the mean of all scores, and the number of scores.
    sides : Sides
        The sides that stand out.
    can_compare : bool
        Whether the ratings of the city allow a comparison of sides at all.
    spreads : Spreads or None
        What raters add; None if too few people are rated.
    verdict : str
        What the city's ratings of the latest quarter can tell (measure `information`); empty if unknown.
    training_jp : float or None
        Lesson hours in the calendar year of the latest quarter; None without a list of courses.
    training_fields : mapping of str to float
        These hours by field of course; ``unknown`` for courses without a title. Empty if no list of courses
        states titles.
    taught_quarters : int or None
        In how many of the last four quarters there was a course; None if the lists of courses do not reach
        back so far.
    objections : tuple of OwnObjection
        All objections, oldest first.
    limit : ObjectionLimit or None
        Until when the person may object; None if no rule is in force.
    """

    person_id: str
    unit_id: str
    employment_type: str
    quarters: tuple[RatedQuarter, ...]
    n_quarters: int
    mean_score: float | None
    n_scores: int
    sides: Sides
    can_compare: bool
    spreads: Spreads | None
    verdict: str
    training_jp: float | None
    training_fields: Mapping[str, float]
    taught_quarters: int | None
    objections: tuple[OwnObjection, ...]
    limit: ObjectionLimit | None

    @property
    def latest(self) -> RatedQuarter:
        """The latest rated quarter."""
        return self.quarters[-1]

    @property
    def pending(self) -> tuple[OwnObjection, ...]:
        """The objections that are not decided."""
        return tuple(each for each in self.objections if each.outcome == PENDING)


@dataclass(frozen=True)
class CityRatings:
    """What a sheet takes from the whole city; the same for every person.

    Parameters
    ----------
    spreads : Spreads or None
        What raters add.
    telling : Telling or None
        How much sides differ by chance.
    verdicts : mapping of str to str
        By period, what the city's predikat can tell.
    """

    spreads: Spreads | None = None
    telling: Telling | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)


def record_of(
    person_id: str,
    tables: Mapping[str, pd.DataFrame],
    city: City,
    ratings: CityRatings,
    *,
    today: date,
    received: date | None = None,
) -> PersonRecord | None:
    """Return the record of a person; None if no appraisal of the person is kept.

    Parameters
    ----------
    person_id : str
        The pseudonym; it must stand in the register of staff.
    tables : mapping of str to pd.DataFrame
        The processed tables by name; tables that the city does not have may be absent.
    city : City
        The register.
    ratings : CityRatings
        What the ratings of the whole city can tell.
    today : date
        The day of the sheet.
    received : date, optional
        The day on which the person received the result, from which the limit for objecting is counted.
    """
    rated = _own(tables, "appraisals", person_id)
    if rated.empty:
        return None
    # What no office recorded of anybody in a quarter is unknown of this person too.
    rated = rated.assign(
        **{name: known[rated.index] for name, known in explained(tables["appraisals"]).items()}
    )
    rated = rated.drop_duplicates("period").sort_values("period", ignore_index=True)
    attended = _own(tables, "attendance", person_id)
    quarters = tuple(_quarter(row, attended) for row in rated.tail(QUARTERS).to_dict("records"))
    scores = rated[[name for name in SCORES if name in rated]].astype(float).stack()  # noqa: PD013
    staff = _own(tables, "employees", person_id).to_dict("records")
    telling = ratings.telling
    return PersonRecord(
        person_id=person_id,
        unit_id=str(staff[0]["unit_id"] if staff else rated["unit_id"].iloc[-1]),
        employment_type=_text(staff[0].get("employment_type")) if staff else "",
        quarters=quarters,
        n_quarters=len(rated),
        mean_score=float(scores.to_numpy().mean()) if len(scores) else None,
        n_scores=len(scores),
        sides=sides_of(rated, telling) if telling is not None else Sides(),
        can_compare=telling is not None,
        spreads=ratings.spreads,
        verdict=ratings.verdicts.get(quarters[-1].period.code, ""),
        training_jp=_hours(tables, person_id, quarters[-1].period.year),
        training_fields=_hours_by_field(tables, person_id, quarters[-1].period.year),
        taught_quarters=_taught_quarters(tables, person_id, quarters[-1].period),
        objections=tuple(own_objections(_own(tables, "objections", person_id), city, today)),
        limit=objection_limit(city, today, received),
    )


def objection_limit(city: City, today: date, received: date | None = None) -> ObjectionLimit | None:
    """Return until when an objection may be filed; the rule is the one in force on the day of the result.

    Parameters
    ----------
    city : City
        The register, with its own rules and working days.
    today : date
        The day of the sheet.
    received : date, optional
        The day on which the result was received.
    """
    rule = at(received or today, city).get(ObjectionRule)
    if rule is None or received is None:
        return None if rule is None else ObjectionLimit(rule)
    calendar = calendar_of(city)
    last = last_day_within(received, rule.file_within_days, rule.days, calendar)
    return ObjectionLimit(
        rule, received, last, last_working_day_until(last, calendar), last < today,
        any(calendar.is_provisional(year) for year in {received.year, last.year}),
    )  # fmt: skip


def own_objections(rows: pd.DataFrame, city: City, today: date) -> list[OwnObjection]:
    """Return the objections in some rows of the processed table, oldest first."""
    found = []
    calendar = calendar_of(city)
    for row in rows.sort_values("filed_date").to_dict("records") if len(rows) else []:
        filed, decided = _day(row.get("filed_date")), _day(row.get("decided_date"))
        if filed is None:
            continue
        outcome = _text(row.get("outcome"))
        if outcome not in {"upheld", "rejected"}:
            outcome, decided = PENDING, None
        until = pd.Series([pd.Timestamp(decided or today)])
        waited = days_between(pd.Series([pd.Timestamp(filed)]), until, "working", calendar).iloc[0]
        found.append(
            OwnObjection(
                Period.parse(str(row["period"])), filed, outcome, decided, _text(row.get("ground")),
                None if pd.isna(waited) or waited < 0 else int(waited),
            )
        )  # fmt: skip
    return found


def _own(tables: Mapping[str, pd.DataFrame], name: str, person_id: str) -> pd.DataFrame:
    table = tables.get(name)
    if table is None or "person_id" not in table:
        return pd.DataFrame()
    return table.loc[table["person_id"] == person_id]


def _quarter(row: Mapping[Any, Any], attended: pd.DataFrame) -> RatedQuarter:
    code = str(row["period"])
    days: dict[str, int] = {}
    if len(attended):
        for own in attended.loc[attended["period"] == code].head(1).to_dict("records"):
            days = {str(k): int(v) for k, v in own.items() if str(k).endswith("_days_n") and pd.notna(v)}
    return RatedQuarter(
        Period.parse(code),
        {name: float(row[name]) for name in SHOWN if name in row and pd.notna(row[name])},
        _text(row.get("results_rating")),
        _text(row.get("behaviour_rating")),
        _text(row.get("predikat_by_matrix")),
        _text(row.get("predikat")),
        days,
        _truth(row.get("told")),
        _truth(row.get("talked")),
    )


def _truth(value: object) -> bool | None:
    return None if value is None or pd.isna(value) else bool(value)  # type: ignore[call-overload]


def _hours(tables: Mapping[str, pd.DataFrame], person_id: str, year: int) -> float | None:
    if "training" not in tables:
        return None
    own = _own(tables, "training", person_id)
    if own.empty:
        return 0.0
    return float(own.loc[own["period"].astype(str).str[:4] == str(year), "hours_jp"].sum())


def _hours_by_field(tables: Mapping[str, pd.DataFrame], person_id: str, year: int) -> dict[str, float]:
    """Return a person's hours of a year by field, in the order of `FIELDS`; courses without a title come last."""
    courses = tables.get("training")
    if courses is None or "training_field" not in courses or courses["training_field"].isna().all():
        return {}
    own = _own(tables, "training", person_id)
    own = own.loc[own["period"].astype(str).str[:4] == str(year)]
    fields = own["training_field"].astype("object").fillna("unknown")
    hours = own["hours_jp"].astype(float).groupby(fields).sum()
    return {field: float(hours[field]) for field in (*FIELDS, "unknown") if hours.get(field, 0.0) > 0}


def _taught_quarters(tables: Mapping[str, pd.DataFrame], person_id: str, latest: Period) -> int | None:
    if latest.kind != "Q" or "training" not in tables or tables["training"].empty:
        return None
    window = {latest.shift(-k).code for k in range(WINDOW)}
    # Before the first list of courses nothing is known, which is not the same as no course.
    if tables["training"]["period"].astype(str).min() > min(window):
        return None
    own = _own(tables, "training", person_id)
    taken = own.loc[own["hours_jp"].astype(float) > 0, "period"].astype(str)
    return len(set(taken) & window)


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _day(value: object) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()  # type: ignore[call-overload,arg-type]
