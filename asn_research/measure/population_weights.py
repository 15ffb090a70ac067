"""The index weighted to the people served: weights are calibrated to known margins of the population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from asn_research import rules
from asn_research.errors import RawDataError
from asn_research.measure.respondents import Respondents, forms_of, joined
from asn_research.methods.survey.survey_design import mean_of_means
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule

Array = np.ndarray
_REST = "(rest)"
_MOST_ROUNDS = 500
_FIGURES = ("index_weighted", "index_weighted_low", "index_weighted_high", "weights_effect", "unreached_pct")


@dataclass(frozen=True)
class Margin:
    """A margin: the known distribution of the population over the categories of one variable.

    Parameters
    ----------
    variable : str
        The column of the respondents.
    codes : np.ndarray
        The category of each respondent, as codes.
    shares : np.ndarray
        The share of each category in the population, by code.
    unreached_pct : float
        Percentage of the population in categories that have too few respondents and no remainder category.
    """

    variable: str
    codes: Array
    shares: Array
    unreached_pct: float = 0.0


def margin_of(
    variable: str, answers: pd.Series[str], population: pd.Series[float], fewest: int
) -> Margin | None:
    """Build a margin from the categories of respondents and population; None with fewer than two categories.

    Parameters
    ----------
    variable : str
        The variable of the categories.
    answers : pd.Series
        The category of each respondent; missing counts in the remainder category.
    population : pd.Series
        Number of people in each category.
    fewest : int
        Categories with fewer respondents are joined into a remainder category. If that is still too small,
        its respondents join the smallest category that is large enough.
    """
    codes = population.index.get_indexer(pd.Index(answers))
    return _margin(
        variable, codes, [str(name) for name in population.index], population.to_numpy(dtype=float), fewest
    )


def _margin(variable: str, codes: Array, names: list[str], population: Array, fewest: int) -> Margin | None:
    """Build a margin from codes: a respondent's code is a position in `names`, or -1 if it is none of them.

    Categories with fewer than `fewest` respondents form a remainder together.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    kept = np.flatnonzero(counts >= fewest).tolist()
    everyone = float(population.sum())
    if not kept or everyone <= 0:
        return None
    weights = {names[at]: float(population[at]) for at in kept}
    rest = everyone - sum(weights.values())
    unreached = 0.0
    if len(codes) - counts[kept].sum() >= fewest and rest > 0:
        others = _REST
        weights[_REST] = rest
    else:
        # The remainder has too few respondents, or no people. Its respondents are counted in the category with the
        # fewest respondents. Nobody then represents the remainder's people: `unreached` is their percentage.
        others = names[min(kept, key=lambda at: counts[at])]
        unreached = 100 * rest / everyone
    if len(weights) < 2:
        return None
    order = sorted(weights)
    # The last position is for the code -1.
    place = np.full(len(names) + 1, order.index(others))
    place[kept] = [order.index(names[at]) for at in kept]
    shares = np.array([weights[name] for name in order])
    return Margin(variable, place[codes], shares / shares.sum(), unreached)


def rake(margins: Sequence[Margin], n: int) -> Array:
    """Calibrate weights by raking: fit each margin in turn until all hold.

    With a single margin this is post-stratification.

    Parameters
    ----------
    margins : sequence of Margin
        The margins to fit.
    n : int
        Number of respondents, which is the sum of the weights.

    Raises
    ------
    RawDataError
        If the margins contradict each other in this sample.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). Annals of Mathematical Statistics 11, 427-444.
    """
    weights = np.ones(n)
    for _ in range(_MOST_ROUNDS):
        farthest = 0.0
        for margin in margins:
            found = np.bincount(margin.codes, weights, len(margin.shares)) / weights.sum()
            factor = margin.shares / found
            farthest = max(farthest, float(np.abs(factor - 1).max()))
            weights = weights * factor[margin.codes]
        if farthest < 1e-10:
            return np.asarray(weights * n / weights.sum())
    names = ", ".join(margin.variable for margin in margins)
    msg = (
        f"No weights fit the margins of {names} together: some combination has no respondents. Leave one "
        "of them out of margins.csv, or write `weighting: cells` in survey_design.yaml."
    )
    raise RawDataError(msg)


def weighted_by_unit(
    feedback: pd.DataFrame,
    log: pd.DataFrame | None,
    margins: pd.DataFrame | None = None,
    *,
    design: SurveyDesignRule | None = None,
) -> pd.DataFrame:
    """Weight each unit's respondents so that they represent the people it served, and compute the weighted index.

    The log gives the number of people served, separately for each service; other margins may be added. The interval
    is computed by linearisation; it uses only the variance that the margins do not explain.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`.
    log : pd.DataFrame or None
        The processed table `service_log`.
    margins : pd.DataFrame, optional
        Known margins: unit_id (``CITY`` if the margin is for the whole city; empty if it is for every unit), variable (a column of
        `citizen_feedback`), category, population_n.
    design : SurveyDesignRule, optional
        By default the design of `rules/regulations/survey_design.yaml`.

    Returns
    -------
    pd.DataFrame
        One row per unit and period, and one for the city per period: unit_id, period, index_weighted, index_weighted_low, index_weighted_high,
        weighted_by (the columns of the margins joined by ``|``, empty without a margin), weights_effect
        (Kish's design effect of the weights), unreached_pct (percentage of the people served whose
        categories have too few respondents).
    """
    found = []
    for code, answered in feedback.groupby("period", sort=True):
        period = str(code)
        then = rules.at(period)
        rule, how = then.one(SatisfactionRule), design or then.one(SurveyDesignRule)
        asked = [e for e in rule.elements if e in answered and answered[e].notna().any()]
        if not asked:
            continue
        served = log.loc[log["period"] == period] if log is not None and "service_id" in log else None
        found += _weighted_index_of_period(
            period, answered.reset_index(drop=True), asked, served, margins, rule, how
        )
    return pd.DataFrame(found)


@remembered
def _weighted_index_of_period(
    period: str,
    answered: pd.DataFrame,
    asked: list[str],
    served: pd.DataFrame | None,
    margins: pd.DataFrame | None,
    rule: SatisfactionRule,
    design: SurveyDesignRule,
) -> list[dict[str, object]]:
    """Return the weighted index of every unit of one period, and of the city."""
    found: list[dict[str, object]] = []
    rows = answered.loc[answered[asked].notna().any(axis=1)]
    forms = forms_of(rows, asked, design)
    people = {unit: forms.respondents(at, design) for unit, at in forms.units.items()}
    everyone = np.concatenate(list(forms.units.values()))
    services = _services_of(rows, served) if served is not None and "service_id" in rows else None
    for unit, at in [*forms.units.items(), (CITY, everyone)]:
        fitted = _margins(unit, rows, at, services, margins, design)
        whole = joined(list(people.values())) if unit == CITY else people[unit]
        found.append({"unit_id": unit, "period": period, **_weighted(whole, fitted, rule)})
    return found


@dataclass(frozen=True)
class _Services:
    """The services of all units, with the numbers of people served.

    Parameters
    ----------
    names, units : list of str, np.ndarray
        Each service and the unit that offers it; the service with most people is first.
    people : np.ndarray
        Number of people served in each service.
    codes : np.ndarray
        The service of each respondent, as a position in `names`; -1 if the log has no request for it.
    """

    names: list[str]
    units: Array
    people: Array
    codes: Array

    def margin(self, unit: str, at: Array, fewest: int) -> Margin | None:
        """Build the margin of services for the respondents of a unit; for the city, over all services."""
        own = np.arange(len(self.names)) if unit == CITY else np.flatnonzero(self.units == unit)
        # The last position is for the code -1.
        place = np.full(len(self.names) + 1, -1)
        place[own] = np.arange(len(own))
        names = [self.names[service] for service in own]
        return _margin("service_id", place[self.codes[at]], names, self.people[own], fewest)


def _services_of(rows: pd.DataFrame, served: pd.DataFrame) -> _Services:
    """Count the people served by service."""
    named = _named_services(served)
    counts = named.value_counts()
    first = ~named.duplicated()
    unit_of = dict(zip(named[first], served.loc[first, "reporting_unit_id"], strict=True))
    return _Services(
        counts.index.tolist(),
        np.array([unit_of[name] for name in counts.index], dtype=object),
        counts.to_numpy(dtype=float),
        counts.index.get_indexer(pd.Index(_named_services(rows))),
    )


def _margins(
    unit: str, rows: pd.DataFrame, at: Array, services: _Services | None, margins: pd.DataFrame | None,
    design: SurveyDesignRule,
) -> list[Margin]:  # fmt: skip
    """Return the margins to which the respondents of a unit can be weighted."""
    found: list[Margin | None] = []
    if services is not None:
        found.append(services.margin(unit, at, design.fewest_per_cell))
    if margins is not None and design.weighting == "raking":
        given = margins.loc[margins["unit_id"].isin([unit, ""])]
        for variable, known in given.groupby("variable", sort=True):
            if str(variable) in rows:
                population = known.groupby("category")["population_n"].sum().astype(float)
                answers = rows[str(variable)].iloc[at].astype("str")
                found.append(margin_of(str(variable), answers, population, design.fewest_per_cell))
    return [margin for margin in found if margin is not None]


def _named_services(rows: pd.DataFrame) -> pd.Series[str]:
    """Name services by unit and service, because the same service of two kecamatan has two populations."""
    return rows["reporting_unit_id"].astype("str") + "|" + rows["service_id"].fillna("").astype("str")


def _weighted(people: Respondents, margins: list[Margin], rule: SatisfactionRule) -> dict[str, object]:
    if not margins:
        return {**dict.fromkeys(_FIGURES, np.nan), "weighted_by": ""}
    n = len(people.answers)
    weights = rake(margins, n)
    found = mean_of_means(people.answers, people.design(weights, tuple(m.codes for m in margins)))
    value, error = rule.multiplier * found.values[0], rule.multiplier * found.std_errors[0]
    reach = stats.t.ppf(0.975, people.degrees_of_freedom) * error if people.degrees_of_freedom > 0 else np.nan
    lowest, highest = rule.multiplier * rule.scale.lowest, rule.multiplier * rule.scale.highest
    return {
        "index_weighted": float(value),
        "index_weighted_low": float(np.clip(value - reach, lowest, highest)),
        "index_weighted_high": float(np.clip(value + reach, lowest, highest)),
        "weights_effect": float(n * (weights**2).sum() / weights.sum() ** 2),
        "unreached_pct": max(margin.unreached_pct for margin in margins),
        "weighted_by": "|".join(margin.variable for margin in margins),
    }
