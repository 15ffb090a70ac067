"""The elements of each service, and how well the questions of the citizens' survey go together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.methods.scales.reliability import cronbach_alpha
from asn_research.methods.scales.validity import item_validity
from asn_research.remembered import remembered
from asn_research.rules.regulations import SatisfactionRule

_KEYS = ["unit_id", "period"]
#: What an item's table holds beside its keys and the number of respondents.
_OF_ITEM = ["r", "critical_r", "valid", "rest"]


def service_elements(feedback: pd.DataFrame) -> pd.DataFrame | None:
    """Compute the value of every element in every service of a unit.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`.

    Returns
    -------
    pd.DataFrame or None
        One row per unit, period, service and element that was asked: n (who answered it) and index
        (25 to 100). None where nobody named a service.
    """
    if "service_id" not in feedback:
        return None
    named = feedback.loc[feedback["service_id"].notna() & (feedback["service_id"].astype("str") != "")]
    found = []
    for code, rows in named.groupby("period", sort=True):
        rule = rules.at(str(code)).one(SatisfactionRule)
        asked = _asked(rows, rule)
        if not asked:
            continue
        answers = rows.melt(["reporting_unit_id", "service_id"], asked, "element", "answer").dropna()
        cells = answers.groupby(["reporting_unit_id", "service_id", "element"], observed=True)["answer"]
        table = cells.agg(["size", "sum"]).reset_index()
        index = rule.multiplier * table["sum"].astype("float64") / table["size"]
        found.append(table.assign(period=str(code), n=table["size"], index=index))
    if not found:
        return None
    table = pd.concat(found, ignore_index=True).rename(columns={"reporting_unit_id": "unit_id"})
    columns = [*_KEYS, "service_id", "element", "n", "index"]
    return table[columns].sort_values(columns[:4], ignore_index=True)


def survey_quality(feedback: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Test each unit's form as offices do: *uji validitas* of its questions, *uji reliabilitas* of all together.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`.

    Returns
    -------
    dict of str to pd.DataFrame
        ``survey_items``, one row per unit, period and element: n (complete forms), r, critical_r, valid, and
        rest (the correlation with the other elements). ``survey_reliability``, one row per unit and period: n,
        n_items, n_valid, alpha with interval. Absent where no unit has three complete forms.
    """
    items, whole = [], []
    for code, rows in feedback.groupby("period", sort=True):
        rule = rules.at(str(code)).one(SatisfactionRule)
        asked = _asked(rows, rule)
        for unit, own in rows.groupby("reporting_unit_id", sort=True):
            answers = own[[e for e in asked if own[e].notna().any()]].astype("float64").dropna()
            if len(answers) < 3 or answers.shape[1] < 2:
                continue
            keys = {"unit_id": str(unit), "period": str(code)}
            table, row = _tested(answers)
            items.append(table.assign(**keys))
            whole.append({**keys, **row})
    if not items:
        return {}
    found = pd.concat(items, ignore_index=True)[[*_KEYS, "element", "n", *_OF_ITEM]]
    return {"survey_items": found, "survey_reliability": pd.DataFrame(whole)}


@remembered
def _tested(answers: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the test of each question, and of all together."""
    validity, alpha = item_validity(answers), cronbach_alpha(answers)
    table = validity.table.rename_axis("element").reset_index()
    table = table.assign(n=validity.n, critical_r=validity.critical)
    n_valid = int(np.count_nonzero(table["valid"]))
    row = {"n": alpha.n, "n_items": alpha.n_items, "n_valid": n_valid}
    return table[["element", "n", *_OF_ITEM]], row | {
        "alpha": alpha.alpha, "alpha_low": alpha.low, "alpha_high": alpha.high,
    }  # fmt: skip


def _asked(rows: pd.DataFrame, rule: SatisfactionRule) -> list[str]:
    return [e for e in rule.elements if e in rows and rows[e].notna().any()]
