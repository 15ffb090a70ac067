"""What moved: every headline against the last period, the same period a year before, and a programme's start.

One rule holds for all: a change is told only where it is too large for chance, with all comparisons of the report
taken into account (Holm's step-down at five percent). All else is steady, and that is said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import erfc, isfinite, sqrt
from typing import Literal

from asn_research.methods.estimates import Estimate, change
from asn_research.protect import ProtectedTable
from asn_research.rules.periods import Period
from asn_research.schema import declared
from asn_research.show.data import ReportData, once_per_report
from asn_research.show.numbers import is_missing
from asn_research.show.sections.reported import as_reported

Verdict = Literal["better", "worse", "steady"]
Against = Literal["last", "year", "programme"]
#: In so many of a hundred reports any change at all may be shown wrongly.
_WRONG_PCT = 5.0
#: How many periods are looked back.
_BACK = 12
#: Medians of whole days and minutes move in steps; no interval tells less than this.
_LEAST_ERROR = 0.25


@dataclass(frozen=True)
class Headline:
    """An indicator that may appear on the first page.

    Parameters
    ----------
    key : str
        The indicator, as in `indicators.csv`.
    measure, column : str
        Where it stands.
    where : mapping of str to str
        Which row.
    step : float
        The change that matters.
    decimals : int
        Of its value.
    """

    key: str
    measure: str
    column: str
    where: Mapping[str, str]
    step: float
    decimals: int


_WHOLE = {"service_id": ""}
HEADLINES = (
    Headline("ikm", "satisfaction", "index", {}, 2, 2),
    Headline("within_standard_pct", "service_time", "within_standard_pct", _WHOLE, 5, 0),
    Headline("days_median", "service_time", "days_median", _WHOLE, 1, 0),
    Headline("queue_median", "service_time", "queue_median", _WHOLE, 5, 0),
    Headline("resolved_in_time_pct", "complaints", "resolved_in_time_pct", {}, 10, 0),
)  # fmt: skip
#: The change of an element that matters, in points.
_ELEMENT_STEP = 4.0


@dataclass(frozen=True)
class Movement:
    """A headline now and at an earlier time.

    Parameters
    ----------
    headline : Headline
        What moved.
    element : str
        The element, if it is one.
    against : {"last", "year", "programme"}
        What it is held against.
    since : Period
        The earlier period.
    programme : str
        The programme that began after it, if that is why.
    before, now, moved : Estimate
        The two values, and the change.
    chance : float
        The chance of such a change where nothing changed.
    verdict : {"better", "worse", "steady"}
        What the change means.
    """

    headline: Headline
    element: str
    against: Against
    since: Period
    programme: str
    before: Estimate
    now: Estimate
    moved: Estimate
    chance: float
    verdict: Verdict = "steady"

    @property
    def weight(self) -> float:
        """The importance of the change: its size in steps that matter for its indicator."""
        return abs(self.moved.value) / self.headline.step


def chance_of(moved: Estimate, least_error: float = 0.0) -> float:
    """Return the two-sided p-value of a change; 1 if the change has no interval.

    Parameters
    ----------
    moved : Estimate
        The change with its 95 % interval.
    least_error : float
        The smallest standard error that is believed.

    Examples
    --------
    >>> round(chance_of(Estimate(3.0, 0.0, 6.0)), 3)
    0.05
    """
    if not isfinite(moved.std_error):
        return 1.0
    error = max(moved.std_error, least_error)
    return erfc(abs(moved.value) / error / sqrt(2)) if error > 0 else float(moved.value == 0)


def certain(chances: Sequence[float]) -> list[bool]:
    """Return which changes are beyond chance, by Holm's step-down procedure over all of them.

    Examples
    --------
    >>> certain([0.04, 0.001, 0.3])
    [False, True, False]
    """
    is_certain = [False] * len(chances)
    order = sorted(range(len(chances)), key=chances.__getitem__)
    for place, at in enumerate(order):
        if chances[at] > _WRONG_PCT / 100 / (len(chances) - place):
            break
        is_certain[at] = True
    return is_certain


@once_per_report
def movements(data: ReportData) -> list[Movement]:
    """Return all changes of headlines and elements that can be computed, the last period first, judged together."""
    programmes = programmes_begun(data)
    found = _of_headlines(data, HEADLINES, programmes)
    elements = _back(data, "elements") if data.may_show("elements") else None
    if elements is not None:
        headline = Headline("element", "elements", "index", {}, _ELEMENT_STEP, 1)
        for element in elements.frame["element"].astype("str").unique():
            own = elements.where(element=element)
            found += _of_one(data, headline, str(element), _values(data, own, headline), programmes)
    return _judged(data, found)


def movements_of(data: ReportData, headlines: Sequence[Headline]) -> list[Movement]:
    """Return the changes of some headlines since the last period and since the year before, tested together."""
    return _judged(data, _of_headlines(data, headlines, {}))


def movements_of_units(
    data: ReportData, units: Sequence[str], headlines: Sequence[Headline]
) -> list[tuple[str, Movement]]:
    """Return the changes of many units, tested together, because among many some seem to change by chance."""
    found = [
        (unit, each) for unit in units for each in _of_headlines(replace(data, unit_id=unit), headlines, {})
    ]
    judged = _judged(data, [each for _, each in found])
    return [(unit, each) for (unit, _), each in zip(found, judged, strict=True)]


def _of_headlines(
    data: ReportData, headlines: Sequence[Headline], programmes: Mapping[str, Period]
) -> list[Movement]:
    """Return the changes of the headlines that the readers of the report may see, not yet judged."""
    found: list[Movement] = []
    for headline in headlines:
        if data.may_show(headline.measure):
            table = _back(data, headline.measure, **headline.where)
            found += _of_one(data, headline, "", _values(data, table, headline), programmes)
    return found


def _judged(data: ReportData, found: list[Movement]) -> list[Movement]:
    """Return the changes with their verdicts: better or worse; steady if chance alone may have caused the change."""
    is_certain = certain([each.chance for each in found])
    return [
        replace(each, verdict=_direction(data, each) if sure else "steady")
        for each, sure in zip(found, is_certain, strict=True)
    ]


def _direction(data: ReportData, each: Movement) -> Verdict:
    """Return whether a change is for the better."""
    up = each.headline.key == "element" or data.indicator(each.headline.key).direction == "higher_is_better"
    return "better" if (each.moved.value > 0) == up else "worse"


def programmes_begun(data: ReportData) -> dict[str, Period]:
    """Return the unit's programmes of this period that began while there were data, and their first period."""
    history = _back(data, "programmes") if data.may_show("programmes") else None
    if history is None:
        return {}
    first = history.frame.groupby("programme", observed=True)["period"].agg(
        lambda codes: min(map(str, codes))
    )
    current = set(history.frame.loc[history.frame["period"].astype("str") == data.period.code, "programme"])
    begun = {str(name): Period.parse(str(code)) for name, code in first.items() if name in current}
    start = min((str(code) for code in history.frame["period"]), default="")
    # Of a programme that ran when the data begin, nobody knows the start.
    return {name: period for name, period in begun.items() if period.code != start}


def course_of(found: Sequence[Movement], key: str) -> Movement | None:
    """Return the one change of a headline that all parts of a report tell, so that they do not disagree.

    It is the most important one beyond chance; if none is, that since the year before, else since the last period.
    """
    own = [each for each in found if each.headline.key == key]
    since = {each.against: each for each in own}
    return main_movement(own) or since.get("year") or since.get("last")


def index_course(data: ReportData) -> Movement | None:
    """Return how the index changed, as all parts of the report tell it."""
    return course_of(movements(data), "ikm")


def main_movement(found: Sequence[Movement]) -> Movement | None:
    """Return the most important change: the largest one, in steps that matter, of those beyond chance.

    An element is a part of the index: where the index itself changed, it is named and not an element.
    """
    clear = [each for each in found if each.verdict in ("better", "worse")]
    if any(each.headline.key == "ikm" for each in clear):
        clear = [each for each in clear if not each.element]
    # A year before a quarter: seasons do not count then. A programme's start says most.
    rank = {"programme": 1.2, "year": 1.1, "last": 1.0}
    return max(clear, key=lambda each: each.weight * rank[each.against], default=None)


def _back(data: ReportData, measure: str, **where: str) -> ProtectedTable | None:
    return data.history(measure, n_periods=_BACK + 1, **where)


def _values(
    data: ReportData, table: ProtectedTable | None, headline: Headline
) -> dict[str, tuple[Estimate, str]]:
    """Return an indicator's value in each period that has one, with the rule under which it was computed."""
    if table is None or headline.column not in table.frame:
        return {}
    ends = list(declared("measure", headline.measure).interval_of(headline.column))
    values: dict[str, tuple[Estimate, str]] = {}
    columns = [headline.column, *ends, "period", "rule", "is_full"]
    for row in table.frame[[name for name in columns if name in table.frame]].to_dict("records"):
        if is_missing(row[headline.column]):
            continue
        low, high = (row.get(name, float("nan")) for name in ends) if len(ends) == 2 else (float("nan"),) * 2
        if is_missing(low) or is_missing(high):
            low = high = float("nan")
        value = Estimate(float(row[headline.column]), float(low), float(high))
        if headline.key == "ikm":
            value = as_reported(data, value, is_full=bool(row.get("is_full", True)))
        values[str(row["period"])] = value, str(row.get("rule", ""))
    return values


def _of_one(
    data: ReportData, headline: Headline, element: str, values: Mapping[str, tuple[Estimate, str]],
    programmes: Mapping[str, Period],
) -> Iterator[Movement]:  # fmt: skip
    """Yield the changes of one headline since each earlier period with a value under the same rule."""
    if data.period.code not in values:
        return
    now, rule = values[data.period.code]
    least = _LEAST_ERROR if headline.key in ("days_median", "queue_median") else 0.0
    for against, since, programme in _baselines(data, programmes):
        before, rule_then = values.get(since.code, (None, ""))
        if before is None or rule_then != rule:
            continue
        moved = change(now, before)
        yield Movement(
            headline, element, against, since, programme, before, now, moved, chance_of(moved, least)
        )


def _baselines(data: ReportData, programmes: Mapping[str, Period]) -> Iterator[tuple[Against, Period, str]]:
    last, per_year = data.period.previous, {"Q": 4, "S": 2, "Y": 1}[data.period.kind]
    yield "last", last, ""
    if per_year > 1:
        yield "year", data.period.shift(-per_year), ""
    for name, begun in programmes.items():
        if begun.kind == data.period.kind:
            yield "programme", begun.previous, name
