"""The city's raters in one call: what a report and a notebook start from; refused questions are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.parts import Parts
from asn_research.methods.raters.gaps import group_gaps
from asn_research.rules.cities import CITY
from asn_research.study.citizen_audit import CrossAudit, cross_audit
from asn_research.study.objections import (
    ObjectionFit,
    fit_objections,
    objection_grounds,
    objection_rates,
)
from asn_research.study.rater_audit import (
    RaterFit,
    fit_raters,
    long_ratings,
    unit_levels,
)

_Found = TypeVar("_Found")


@dataclass(frozen=True, repr=False)
class RaterStudy(Parts):
    """What a city's ratings, objections and citizens say of its raters.

    Parameters
    ----------
    raters : RaterFit or None
        Spreads, severities and fair scores.
    units : pd.DataFrame or None
        Rating levels by unit.
    audit : CrossAudit or None
        Rating levels beside citizens' satisfaction.
    gaps : pd.DataFrame or None
        Gaps between groups of staff.
    objections : ObjectionFit or None
        Whether severity predicts objections.
    rates, grounds : pd.DataFrame or None
        Who objects, and why.
    refused : mapping of str to str
        Questions that the data could not answer, with the reason.
    """

    raters: RaterFit | None
    units: pd.DataFrame | None
    audit: CrossAudit | None
    gaps: pd.DataFrame | None
    objections: ObjectionFit | None
    rates: pd.DataFrame | None
    grounds: pd.DataFrame | None
    refused: Mapping[str, str]

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return what groups may be shown of, by name, for `protect_city`. No rater and no person is in it."""
        found: dict[str, pd.DataFrame] = {}
        if self.raters is not None:
            found["rater_spreads"] = self.raters.components.assign(
                unit_id=CITY, n_raters=self.raters.design.n_raters, n_employees=self.raters.design.n_persons,
                n_sets=len(self.raters.design.components), single_pct=self.raters.design.share_single_pct,
            )  # fmt: skip
        if self.units is not None:
            columns = ["unit_id", "n_employees", "n_raters", "level", "low", "high"]
            found["rater_units"] = self.units[columns].rename(columns={"level": "rating_level"})
        if self.gaps is not None:
            fitted = self.gaps.loc[self.gaps["status"] == "fitted"]
            found["group_gaps"] = fitted.drop(columns="status").assign(unit_id=CITY)
        if self.rates is not None:
            found["objection_rates"] = self.rates.assign(unit_id=CITY)
        if self.grounds is not None:
            found["rating_grounds"] = self.grounds.assign(unit_id=CITY)
        if self.objections is not None:
            row, fit = self.objections.row("strictness"), self.objections
            values = {
                "odds_ratio": row["odds_ratio"], "low": row["odds_low"], "high": row["odds_high"],
                "rate_mild": fit.rate_mild, "rate_strict": fit.rate_strict, "n_objecting": fit.n_objecting,
                "n_raters": fit.n_raters,
            }  # fmt: skip
            found["rater_objections"] = pd.DataFrame([{"unit_id": CITY, **values}])
        if self.audit is not None and self.raters is not None:
            seen = {"n_units": self.audit.n_units, "n_raters": self.raters.design.n_raters}
            ends = {"correlation": self.audit.correlation, "low": self.audit.low, "high": self.audit.high}
            found["rater_audit"] = pd.DataFrame([{"unit_id": CITY, **ends, **seen}])
        return found


def run_rater_study(
    tables: Mapping[str, pd.DataFrame], satisfaction: pd.DataFrame | None = None
) -> RaterStudy:
    """Answer the questions about raters that a city's data can answer.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        The processed tables by name; those that an office does not have may be absent.
    satisfaction : pd.DataFrame, optional
        The measure `satisfaction`, by unit and period.

    Returns
    -------
    RaterStudy
        A question that could not be answered is None, and `refused` says why.
    """
    refused: dict[str, str] = {}

    def attempt(name: str, question: Callable[[], _Found]) -> _Found | None:
        try:
            return question()
        except ModelError as error:
            refused[name] = str(error)
        return None

    def table(name: str) -> pd.DataFrame:
        if name not in tables or tables[name].empty:
            msg = f"There is no table of {name}: the offices sent no such data."
            raise ModelError(msg)
        return tables[name]

    ratings = attempt("ratings", lambda: long_ratings(table("appraisals")))
    raters = units = audit = gaps = objections = None
    if ratings is not None:
        rows = ratings
        raters = attempt("raters", lambda: fit_raters(rows))
        units = attempt("units", lambda: unit_levels(rows))
        gaps = attempt("gaps", lambda: group_gaps(rows, table("employees")))
    if units is not None:
        levels = units
        audit = attempt("audit", lambda: cross_audit(levels, _indices(satisfaction)))
    if raters is not None:
        fit = raters
        objections = attempt(
            "objections",
            lambda: fit_objections(table("appraisals"), table("objections"), fit.severities, severity_sd=fit.sd("rater_id")),
        )  # fmt: skip
    rates = attempt(
        "rates", lambda: objection_rates(table("objections"), table("appraisals"), table("employees"))
    )
    grounds = attempt("grounds", lambda: objection_grounds(table("objections")))
    return RaterStudy(raters, units, audit, gaps, objections, rates, grounds, refused)


def _indices(satisfaction: pd.DataFrame | None) -> pd.DataFrame:
    """Return each unit's index over all periods, weighed by respondents, with its error."""
    if satisfaction is None or satisfaction.empty:
        msg = "There is no citizen survey, so rating levels cannot be held against it."
        raise ModelError(msg)
    rows: Any = satisfaction.loc[satisfaction["unit_id"] != CITY].dropna(
        subset=["index", "index_low", "index_high"]
    )
    rows = rows.assign(
        weight=rows["n_respondents"].astype(float),
        error=(rows["index_high"] - rows["index_low"]).astype(float) / (2 * 1.96),
        value=rows["index"].astype(float),
    )
    rows = rows.assign(product=rows["weight"] * rows["value"], squared=(rows["weight"] * rows["error"]) ** 2)
    sums = rows.groupby("unit_id")[["weight", "product", "squared"]].sum()
    return pd.DataFrame(
        {
            "unit_id": sums.index, "index": (sums["product"] / sums["weight"]).to_numpy(),
            "std_error": (np.sqrt(sums["squared"]) / sums["weight"]).to_numpy(),
        }
    )  # fmt: skip
