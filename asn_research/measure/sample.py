"""The number of respondents that a survey needs, and the services with too few."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd

from asn_research import rules
from asn_research.measure.apportion import apportion
from asn_research.measure.grouping import with_city
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SampleRule

_KEYS = ["unit_id", "period"]


def needed_respondents(population: int, period: Period | str) -> int:
    """Return the sample size that the rule in force requires (Krejcie and Morgan's, since 2017).

    The result is rounded to the nearest whole number, as in the published table.

    Parameters
    ----------
    population : int
        Number of people served.
    period : Period or str
        The period whose rule applies.

    Returns
    -------
    int
        Respondents needed at 5 % precision, 95 % confidence and a share of one half.

    References
    ----------
    Krejcie, R. V. and Morgan, D. W. (1970). Educational and Psychological Measurement 30, 607-610.

    Examples
    --------
    >>> [needed_respondents(n, "2026-Q3") for n in (50, 1000, 100_000, 1_000_000)]
    [44, 278, 383, 384]
    """
    return rules.at(period).one(SampleRule).needed(population)


def people_served(log: pd.DataFrame) -> pd.DataFrame:
    """Count the people served by unit and period, and in the city; each request counts as one person.

    Returns
    -------
    pd.DataFrame
        unit_id, period, population_n.
    """
    rows = with_city(log[["reporting_unit_id", "period"]])
    return rows.groupby(_KEYS).size().rename("population_n").reset_index()


def sample_check(feedback: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame | None:
    """Compare the number of respondents of every unit and service with the needed sample size.

    The needed sample of a unit is divided among its services in proportion to the people served, so that the parts add up to it.

    Parameters
    ----------
    feedback, log : pd.DataFrame
        The processed tables `citizen_feedback` and `service_log`.

    Returns
    -------
    pd.DataFrame or None
        One row per unit, period and service (service_id is empty for the unit as a whole):
        population_n, n_respondents, needed_n, short_n (respondents missing), is_short. None if the two
        tables have no unit and period in common.
    """
    own = [*_KEYS, "service_id"]
    people, asked = _by_service(log), _by_service(feedback)
    by_service = (
        people.loc[people["service_id"] != ""].groupby(own).size().rename("population_n").reset_index()
    )
    totals = people_served(log).assign(service_id="")
    table = pd.concat([totals.loc[totals["unit_id"] != CITY], by_service], ignore_index=True)
    counts = (
        pd.concat([asked.assign(service_id=""), asked.loc[asked["service_id"] != ""]]).groupby(own).size()
    )
    table = table.merge(counts.rename("n_respondents").reset_index(), on=own, how="left")
    # A unit and period without any respondent had no survey; it is left out, not reported as short.
    surveyed = counts.reset_index()[_KEYS].drop_duplicates()
    table = table.merge(surveyed, on=_KEYS).fillna({"n_respondents": 0})
    if table.empty:
        return None
    needed: dict[Hashable, int] = {}
    for _, rows in table.groupby(_KEYS, sort=False):
        is_whole = rows["service_id"] == ""
        population = int(rows.loc[is_whole, "population_n"].iloc[0])
        # A fixed sample size may exceed the population.
        period = str(rows["period"].iloc[0])
        of_unit = min(needed_respondents(population, period), population)
        served = [int(n) for n in rows.loc[~is_whole, "population_n"]]
        # Requests of no known service have their part of the sample, which is no row of the table.
        parts = apportion(of_unit, [*served, population - sum(served)])[:-1]
        needed |= dict.fromkeys(rows.index[is_whole], of_unit)
        needed |= dict(zip(rows.index[~is_whole], parts, strict=True))
    table = table.assign(n_respondents=table["n_respondents"].astype("int64"), needed_n=pd.Series(needed))
    short = (table["needed_n"] - table["n_respondents"]).clip(lower=0)
    return table.assign(short_n=short, is_short=short > 0).sort_values(own, ignore_index=True)


def _by_service(rows: pd.DataFrame) -> pd.DataFrame:
    service = rows["service_id"].astype("object").fillna("").astype(str) if "service_id" in rows else ""
    keys = rows[["reporting_unit_id", "period"]].rename(columns={"reporting_unit_id": "unit_id"})
    return keys.assign(service_id=service)
