"""The index by service, channel and group of respondents."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from asn_research import rules
from asn_research.measure.respondents import Respondents, forms_of, joined
from asn_research.methods.survey.survey_design import mean_of_means
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule

Array = np.ndarray
#: The columns that group citizens, in the order of the reports; a missing column is left out.
DIMENSIONS = ("service_id", "channel", "sex", "age_band", "education", "occupation")
_SCHOOLING = ("primary", "lower_secondary", "upper_secondary", "diploma", "bachelor", "postgraduate")


def breakdown_by_unit(feedback: pd.DataFrame, *, design: SurveyDesignRule | None = None) -> pd.DataFrame:
    """Compute the index of every group of respondents in every unit and period, and in the city.

    A group is a domain of the sample: all sampled clusters still count in its variance. A respondent
    who did not state a group belongs to none.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`.
    design : SurveyDesignRule, optional
        By default the design of `rules/regulations/survey_design.yaml`.

    Returns
    -------
    pd.DataFrame
        One row per unit, period, dimension and category: n, index (over the elements asked), low and
        high (95 %, by linearisation, clusters as for the index).
    """
    found: list[pd.DataFrame] = []
    for code, answered in feedback.groupby("period", sort=True):
        then = rules.at(str(code))
        rule = then.one(SatisfactionRule)
        asked = [e for e in rule.elements if e in answered and answered[e].notna().any()]
        if not asked:
            continue
        groups = _of_period(
            answered.reset_index(drop=True), asked, rule, design or then.one(SurveyDesignRule)
        )
        found.append(groups.assign(period=str(code)))
    columns = ["unit_id", "period", "dimension", "category", "n", "index", "low", "high"]
    found = [groups for groups in found if len(groups)]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


@remembered
def _of_period(
    answered: pd.DataFrame, asked: list[str], rule: SatisfactionRule, design: SurveyDesignRule
) -> pd.DataFrame:
    """Return the groups of every unit, and of the city, in one period."""
    texts: list[tuple[str, str, str]] = []
    values: list[dict[str, Array]] = []
    rows = answered.loc[answered[asked].notna().any(axis=1)]
    forms = forms_of(rows, asked, design)
    people = {unit: forms.respondents(at, design) for unit, at in forms.units.items()}
    members = {name: _members(rows[name]) for name in DIMENSIONS if name in rows}
    everyone = np.concatenate(list(forms.units.values()))
    for unit, at in [*forms.units.items(), (CITY, everyone)]:
        groups, domains = _groups(members, at, unit)
        if not groups:
            continue
        whole = joined(list(people.values())) if unit == CITY else people[unit]
        texts += [(unit, *group) for group in groups]
        values.append(_values(whole, domains, rule))
    # One table for all units: creating a table for each unit takes longer than computing its values.
    table = pd.DataFrame(texts, columns=["unit_id", "dimension", "category"])
    if not values:
        return table
    return table.assign(**{name: np.concatenate([each[name] for each in values]) for name in values[0]})


def _values(people: Respondents, domains: Array, rule: SatisfactionRule) -> dict[str, Array]:
    """Return the size, index and interval of every group."""
    result = mean_of_means(people.answers, people.design(), domains)
    freedom = people.degrees_of_freedom
    reach = (
        stats.t.ppf(0.975, freedom) * result.std_errors if freedom > 0 else np.full(domains.shape[1], np.nan)
    )
    value, error = rule.multiplier * result.values, rule.multiplier * reach
    ends = (rule.multiplier * rule.scale.lowest, rule.multiplier * rule.scale.highest)
    return {
        "n": domains.sum(axis=0),
        "index": value,
        "low": np.clip(value - error, *ends),
        "high": np.clip(value + error, *ends),
    }


def _members(column: pd.Series[str]) -> tuple[list[str], Array]:
    """Return the categories of a column, and the membership of each form: forms × categories."""
    named = column.astype("str").where(column.notna() & (column.astype("str") != ""))
    codes, names = pd.factorize(named, sort=True)
    # Levels of education have an order of their own; other categories are sorted by name.
    order = sorted(
        range(len(names)), key=lambda at: _SCHOOLING.index(names[at]) if names[at] in _SCHOOLING else -1
    )
    return [str(names[at]) for at in order], codes[:, None] == np.array(order, int)


def _groups(
    members: dict[str, tuple[list[str], Array]], at: Array, unit: str
) -> tuple[list[tuple[str, str]], Array]:
    """Return the pairs of dimension and category that occur in a unit's forms, and the membership of each form.

    The services of the whole city are left out, because they are too many to list.
    """
    pairs: list[tuple[str, str]] = []
    domains: list[Array] = []
    for dimension, (names, belongs) in members.items():
        if unit == CITY and dimension == "service_id":
            continue
        own = belongs[at]
        present = own.any(axis=0)
        pairs += [(dimension, name) for name, there in zip(names, present, strict=True) if there]
        domains.append(own[:, present])
    return pairs, np.concatenate(domains, axis=1) if domains else np.zeros((len(at), 0), bool)
