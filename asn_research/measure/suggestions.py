"""What citizens suggest: how many respondents touch on each topic."""

from __future__ import annotations

import pandas as pd

#: The column of the processed survey with the topics of a suggestion, separated by a bar.
TOPICS = "suggestion_topics"
_COLUMNS = ("unit_id", "period", "topic", "n", "n_suggestions", "share_pct")


def suggestions_by_unit(feedback: pd.DataFrame) -> pd.DataFrame:
    """Count the respondents who touch on each topic, by unit and period.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`; without the column of topics the result is empty.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and topic that anybody touched on: n, n_suggestions (all who suggested
        anything) and share_pct. A suggestion may touch on several topics.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "reporting_unit_id": "A",
    ...         "period": "2026-Q3",
    ...         "suggestion_topics": ["waiting|facilities", "waiting", ""],
    ...     }
    ... )
    >>> suggestions_by_unit(rows)[["topic", "n", "n_suggestions"]].values.tolist()
    [['facilities', 1, 2], ['waiting', 2, 2]]
    """
    if TOPICS not in feedback:
        return pd.DataFrame(columns=list(_COLUMNS))
    said = feedback[["reporting_unit_id", "period", TOPICS]].astype("str")
    said = said.loc[said[TOPICS].str.len().gt(0) & feedback[TOPICS].notna().to_numpy()]
    head = ["reporting_unit_id", "period"]
    whole = said.groupby(head, sort=True).size().rename("n_suggestions").reset_index()
    each = said.assign(topic=said[TOPICS].str.split("|")).explode("topic")
    counted = each.groupby([*head, "topic"], sort=True).size().rename("n").reset_index()
    found = counted.merge(whole, on=head).rename(columns={"reporting_unit_id": "unit_id"})
    return found.assign(share_pct=100 * found["n"] / found["n_suggestions"])[list(_COLUMNS)]
