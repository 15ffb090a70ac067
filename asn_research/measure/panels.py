"""Panels for the models: unit × quarter and employee × quarter.

A panel holds only columns that `schema/columns.csv` declares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from asn_research.measure.explaining import explained
from asn_research.measure.rating_information import with_verdict
from asn_research.measure.scale_scores import scale_scores
from asn_research.rules.cities import CITY
from asn_research.schema import Table, declared

_SCORES = ["discipline_score", "service_quality_score", "innovation_score", "output_pct"]
#: Elements of citizens' satisfaction beside which the hours of courses are held.
_ELEMENTS = ["time", "competence"]
_TRUST = ["trust_competence", "trust_benevolence", "trust_integrity"]


def employee_panel(
    hours: pd.DataFrame | None,
    appraisals: pd.DataFrame | None,
    survey: pd.DataFrame | None,
    information: pd.DataFrame | None = None,
    fields: pd.DataFrame | None = None,
    objections: pd.DataFrame | None = None,
) -> pd.DataFrame | None:
    """Join the training, appraisal and survey data of each person and quarter.

    Parameters
    ----------
    hours : pd.DataFrame or None
        From `hours_by_person`.
    appraisals, survey : pd.DataFrame or None
        The processed tables `appraisals` and `motivation`.
    information : pd.DataFrame or None
        From `information_audit`; adds the verdict on the ratings of the unit.
    fields : pd.DataFrame or None
        From `hours_by_field`; adds the hours by field, and whether courses came regularly.
    objections : pd.DataFrame or None
        The processed table `objections`; an empty one says that nobody objected.

    Returns
    -------
    pd.DataFrame or None
        One row per person and quarter, with the declared columns for which there are sources: training,
        appraisal, the scales of the survey (1 to 5), and lags. None without any source.
    """
    keys = ["person_id", "period"]
    parts = []
    if hours is not None:
        own = hours[[*keys, "reporting_unit_id", "hours_jp", "training_jp10"]]
        if fields is not None:
            own = own.merge(fields.drop(columns="reporting_unit_id"), on=keys, how="left")
        parts.append(own)
    if appraisals is not None:
        scores = [c for c in _SCORES if c in appraisals]
        rated = appraisals[[*keys, "reporting_unit_id", "rater_id", *scores]].assign(**explained(appraisals))
        parts.append(_with_objections(rated.drop_duplicates(keys), objections))
    if survey is not None:
        scores_of = scale_scores(survey).add_suffix("_score")
        parts.append(
            pd.concat([survey[[*keys, "reporting_unit_id"]], scores_of], axis=1).drop_duplicates(keys)
        )
    if not parts:
        return None
    panel = parts[0]
    for part in parts[1:]:
        panel = panel.merge(part, on=keys, how="outer", suffixes=("", "_other"))
        panel["reporting_unit_id"] = panel["reporting_unit_id"].fillna(panel.pop("reporting_unit_id_other"))
    panel = panel.rename(columns={"reporting_unit_id": "unit_id"})
    if information is not None and appraisals is not None:
        panel = with_verdict(panel, information)
    table = declared("panel", "employee_panel")
    return _in_order(_with_lags(_numbered(panel), "person_id", table), table, keys)


def _with_objections(rated: pd.DataFrame, objections: pd.DataFrame | None) -> pd.DataFrame:
    """Return appraisals with a column that says whether the person objected, if a list of objections exists."""
    if objections is None:
        return rated
    keys = ["person_id", "period"]
    filed = objections[keys].drop_duplicates().assign(objected=1.0)
    found = rated.merge(filed, on=keys, how="left")
    return found.assign(objected=found["objected"].fillna(0.0))


def unit_panel(
    measures: Mapping[str, pd.DataFrame | None],
    feedback: pd.DataFrame | None,
    complaints: pd.DataFrame | None = None,
    fields: pd.DataFrame | None = None,
) -> pd.DataFrame | None:
    """Join the measures of each unit and quarter, with one column per indicator.

    Parameters
    ----------
    measures : mapping of str to pd.DataFrame or None
        The measures by name.
    feedback : pd.DataFrame or None
        The processed table `citizen_feedback`, for trust.
    complaints : pd.DataFrame or None
        The processed table `complaints`, for complaints about information.
    fields : pd.DataFrame or None
        From `fields_by_unit`.

    Returns
    -------
    pd.DataFrame or None
        One row per reporting unit and quarter, with the declared columns for which there are sources,
        and lags. None without any source.
    """
    parts = [part for part in (_satisfaction(measures), _times(measures), _scales(measures), _staff(measures), _trust(feedback), _elements(measures), _complaints(measures)) if part is not None]  # fmt: skip
    if not parts:
        return None
    panel = parts[0]
    for part in parts[1:]:
        panel = panel.merge(part, on=["unit_id", "period"], how="outer")
    if fields is not None:
        panel = panel.merge(fields, on=["unit_id", "period"], how="left")
    panel = _with_information_complaints(panel, complaints)
    panel = panel.loc[(panel["unit_id"] != CITY) & panel["period"].str.contains("-Q")]
    information = measures.get("information")
    if information is not None and measures.get("appraisal") is not None:
        panel = with_verdict(panel, information)
    table = declared("panel", "panel")
    return _in_order(_with_lags(_numbered(panel), "unit_id", table), table, ["unit_id", "quarter_no"])


def quarters(tables: Sequence[pd.DataFrame | None]) -> list[str]:
    """Return all quarters from the first to the last one in any of the tables, oldest first."""
    codes = {
        str(c)
        for t in tables
        if t is not None and "period" in t
        for c in t["period"].unique()
        if "-Q" in str(c)
    }
    if not codes:
        return []
    places = sorted(int(c[:4]) * 4 + int(c[-1]) - 1 for c in codes)
    return [f"{p // 4}-Q{p % 4 + 1}" for p in range(places[0], places[-1] + 1)]


def _numbered(panel: pd.DataFrame) -> pd.DataFrame:
    number = panel["period"].str[:4].astype(int) * 4 + panel["period"].str[-1].astype(int)
    return panel.assign(quarter_no=number - number.min() if len(panel) else number)


def _with_lags(panel: pd.DataFrame, entity: str, table: Table) -> pd.DataFrame:
    """Add the lagged columns; a lag is missing if its quarter is not in the panel."""
    columns = [c for c in table.columns.values() if c.column in panel and c.lags]
    for back in range(1, max((c.lags for c in columns), default=0) + 1):
        names = {c.column: c.lagged[back - 1] for c in columns if c.lags >= back}
        before = panel[[entity, "quarter_no", *names]].rename(columns=names)
        before = before.assign(quarter_no=before["quarter_no"] + back)
        panel = panel.merge(before, on=[entity, "quarter_no"], how="left")
    return panel


def _in_order(panel: pd.DataFrame, table: Table, keys: list[str]) -> pd.DataFrame:
    """Return the declared columns in their declared order, each followed by its lags."""
    return panel[[name for name in table.owner_of if name in panel]].sort_values(keys, ignore_index=True)


def _chosen(frame: pd.DataFrame | None, columns: list[str]) -> pd.DataFrame | None:
    if frame is None or frame.empty:
        return None
    return frame[["unit_id", "period", *[c for c in columns if c in frame]]]


def _satisfaction(measures: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    return _chosen(measures.get("satisfaction"), ["ikm", "index", "n_respondents"])


def _times(measures: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    frame = measures.get("service_time")
    if frame is None or frame.empty:
        return None
    total = frame.loc[frame["service_id"] == ""]
    columns = ["n_requests", "days_mean", "days_median", "queue_mean", "within_standard_pct"]
    chosen = _chosen(total, columns)
    if chosen is None:
        return None
    # A mean of 0 days has no logarithm.
    return chosen.assign(log_completion_days=np.log(chosen["days_mean"].where(chosen["days_mean"] > 0)))


def _scales(measures: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    frame = measures.get("motivation")
    if frame is None or frame.empty:
        return None
    wide = frame.set_index(["unit_id", "period", "scale"])["mean"].unstack("scale").add_suffix("_mean")  # noqa: PD010
    n = frame.loc[frame["scale"] == "motivation"].set_index(["unit_id", "period"])["n"].rename("n_motivation")
    return wide.join(n).reset_index()


def _staff(measures: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    hours = _chosen(measures.get("training"), ["hours_mean", "n_staff"])
    rated = _chosen(measures.get("appraisal"), ["service_quality_mean", "discipline_mean", "n_employees"])
    if hours is None or rated is None:
        return hours if rated is None else rated
    return hours.merge(rated, on=["unit_id", "period"], how="outer")


def _trust(feedback: pd.DataFrame | None) -> pd.DataFrame | None:
    if feedback is None or not set(_TRUST) <= set(feedback.columns):
        return None
    trust = feedback[_TRUST].astype("float64").mean(axis=1)
    rows = feedback[["reporting_unit_id", "period"]].assign(trust_mean=trust)
    table = rows.groupby(["reporting_unit_id", "period"])["trust_mean"].mean().reset_index()
    return table.rename(columns={"reporting_unit_id": "unit_id"})


def _complaints(measures: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    chosen = _chosen(measures.get("complaints"), ["n"])
    return None if chosen is None else chosen.rename(columns={"n": "complaints_n"})


def _elements(measures: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    """Return the values (25 to 100) of the elements that courses may move."""
    frame = measures.get("elements")
    if frame is None or frame.empty:
        return None
    chosen = frame.loc[frame["element"].isin(_ELEMENTS)]
    if chosen.empty:
        return None
    wide = chosen.pivot_table(index=["unit_id", "period"], columns="element", values="index", observed=True)
    return wide.add_suffix("_index").rename_axis(columns=None).reset_index()


def _with_information_complaints(panel: pd.DataFrame, complaints: pd.DataFrame | None) -> pd.DataFrame:
    """Add the number of complaints about information; 0 where a unit had none of them in a quarter."""
    if complaints is None or "topic" not in complaints or complaints["topic"].isna().all():
        return panel
    chosen = complaints.loc[complaints["topic"] == "information"]
    n = chosen.groupby(["reporting_unit_id", "period"]).size()
    keys = pd.MultiIndex.from_frame(panel[["unit_id", "period"]])
    counted = pd.Series(n.reindex(keys).to_numpy(dtype=float), index=panel.index)
    # Quarters from before the register of complaints began, or after it ended, have no number.
    covered = panel["period"].isin(complaints["period"].astype("str").unique())
    return panel.assign(information_complaints_n=counted.fillna(0.0).where(covered))
