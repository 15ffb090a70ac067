"""Objections: who files them, why, with what outcome, and whether strict raters draw them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.measure.complaints import decisions_of, sum_of_known, whole
from asn_research.methods.formula import formula_of
from asn_research.methods.raters.gaps import GROUPS
from asn_research.methods.raters.terms import fixed_columns, varies
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import standardise
from asn_research.rules.words import said

#: Objections and rows without, below which no slope is ventured.
_LEAST_EVENTS = 10
#: Stands between 0 and 1 for what is not known, where the largest value is taken.
_UNKNOWN = 0.5


def objection_rates(
    objections: pd.DataFrame,
    appraisals: pd.DataFrame,
    employees: pd.DataFrame,
    groups: Sequence[str] = GROUPS,
) -> pd.DataFrame:
    """Return how often groups of staff object, and how often they are upheld.

    Parameters
    ----------
    objections, appraisals, employees : pd.DataFrame
        Processed tables.
    groups : sequence of str
        Columns of ``employees``.

    Returns
    -------
    pd.DataFrame
        One row per group and level, and one for all staff (attribute ``all``): attribute, level,
        n_employees (appraised), n_appraisals, n_objecting (persons), n_objections, per_1000 (objections
        per 1,000 appraisals) with 95 % interval low and high (Wilson), n_decided, upheld_pct.
    """
    keys = ["person_id", "period"]
    # Of several objections to one rating, one that was upheld tells all; else what is not known stays so.
    decisions = decisions_of(objections).fillna(_UNKNOWN)
    filed = (
        objections[keys].assign(decided=decisions["is_decided"], upheld=decisions["is_upheld"])
        .groupby(keys)[["decided", "upheld"]].max().replace(_UNKNOWN, np.nan).assign(filed=True).reset_index()
    )  # fmt: skip
    rated = appraisals[keys].drop_duplicates().merge(filed, on=keys, how="left")
    rated["filed"] = rated["filed"].eq(True)
    for column in ("decided", "upheld"):
        rated[column] = rated[column].where(rated["filed"], 0.0)
    present = [g for g in groups if g in employees]
    rated = rated.merge(
        employees[["person_id", *present]].drop_duplicates("person_id"), on="person_id", how="left"
    )
    tables = [_rates(rated.assign(all="all"), "all"), *[_rates(rated, group) for group in present]]
    return pd.concat(tables, ignore_index=True)


def _rates(rated: pd.DataFrame, group: str) -> pd.DataFrame:
    rows = rated.loc[rated[group].notna() & (rated[group].astype(str) != "")]
    rows = rows.assign(level=rows[group].astype(str), who=rows["person_id"].where(rows["filed"]))
    table = rows.groupby("level").agg(
        n_employees=("person_id", "nunique"), n_appraisals=("person_id", "size"), n_objecting=("who", "nunique"),
        n_objections=("filed", "sum"), n_decided=("decided", sum_of_known), n_upheld=("upheld", sum_of_known),
    ).reset_index()  # fmt: skip
    n, k, z = table["n_appraisals"], table["n_objections"], stats.norm.ppf(0.975)
    table = table.assign(**{name: whole(table[name]) for name in ("n_decided", "n_upheld")})
    share = k / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    width = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    table = table.assign(
        per_1000=1000 * share, low=1000 * (middle - width).clip(lower=0), high=1000 * (middle + width),
        upheld_pct=100 * table["n_upheld"] / table["n_decided"].where(table["n_decided"] > 0),
    )  # fmt: skip
    table.insert(0, "attribute", group)
    return table


def objection_grounds(objections: pd.DataFrame) -> pd.DataFrame:
    """Return why staff object and how it ends.

    Returns
    -------
    pd.DataFrame
        One row per ground: ground, n, n_employees, n_decided, n_upheld, upheld_pct.
    """
    if "ground" not in objections:
        msg = "The list of objections names no grounds (Alasan); ask the offices for them."
        raise ModelError(msg)
    rows = objections.assign(**decisions_of(objections))
    table = rows.groupby("ground").agg(
        n=("person_id", "size"), n_employees=("person_id", "nunique"), n_decided=("is_decided", sum_of_known),
        n_upheld=("is_upheld", sum_of_known),
    ).reset_index()  # fmt: skip
    table = table.assign(**{name: whole(table[name]) for name in ("n_decided", "n_upheld")})
    return table.assign(upheld_pct=100 * table["n_upheld"] / table["n_decided"].where(table["n_decided"] > 0))


@dataclass(frozen=True, repr=False)
class ObjectionFit(Result):
    """Whether severity predicts objections.

    Parameters
    ----------
    table : pd.DataFrame
        term, estimate (log odds), std_error (clustered by rater), z, p_value, low, high, odds_ratio,
        odds_low, odds_high.
    n, n_objections, n_objecting, n_raters : int
        Appraisals, objections among them, persons who filed them, raters.
    rate_mild, rate_strict : float
        Objections per 1,000 appraisals, all else as it is, if every rater were one standard deviation
        milder, or stricter, than average.
    notes : tuple of str
        What limits the reading.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    DIRECTION: ClassVar[str] = "direction_objections"

    table: pd.DataFrame
    n: int
    n_objections: int
    n_objecting: int
    n_raters: int
    rate_mild: float
    rate_strict: float
    notes: tuple[str, ...] = field(default=())
    formula: str = ""
    convention: str = ""

    @property
    def n_clusters(self) -> int:
        """Raters, who share errors."""
        return self.n_raters


def fit_objections(
    appraisals: pd.DataFrame,
    objections: pd.DataFrame,
    severities: pd.DataFrame,
    *,
    severity_sd: float,
    controls: Sequence[str] = ("below",),
) -> ObjectionFit:
    """Fit a logit of objecting on the rater's strictness, errors clustered by rater.

    Strictness is the shrunken (predicted) effect with its sign turned, in standard deviations of raters.
    A shrunken regressor leaves the slope nearly unbiased; a raw mean would draw it to zero.

    Parameters
    ----------
    appraisals, objections : pd.DataFrame
        Processed tables.
    severities : pd.DataFrame
        Of `RaterFit`: rater_id and leniency.
    severity_sd : float
        Standard deviation of raters.
    controls : sequence of str
        ``below`` (rated below expectation on results or behaviour) and columns of ``appraisals``.

    Returns
    -------
    ObjectionFit

    Raises
    ------
    ModelError
        With fewer than ten objections, no spread of severity, or separation.
    """
    # A second to import, and only this model needs it.
    import statsmodels.api as sm  # noqa: PLC0415
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning  # noqa: PLC0415

    if severity_sd <= 0:
        msg = "Raters do not differ in severity beyond chance, so severity can predict nothing."
        raise ModelError(msg)
    keys = ["person_id", "period"]
    filed = objections[keys].drop_duplicates().assign(filed=1.0)
    rows = (
        appraisals.drop_duplicates(keys)
        .merge(filed, on=keys, how="left")
        .merge(severities[["rater_id", "leniency"]], on="rater_id")
    )
    rows = rows.assign(
        filed=rows["filed"].fillna(0.0), strictness=-rows["leniency"] / severity_sd, below=_is_below(rows)
    )
    events = int(rows["filed"].sum())
    if min(events, len(rows) - events) < _LEAST_EVENTS:
        msg = f"Only {events} of {len(rows)} appraisals were objected to; at least {_LEAST_EVENTS} are needed to compare."
        raise ModelError(msg)
    names, raw = fixed_columns(rows, ["strictness", *[c for c in controls if varies(rows[c])]])
    design = standardise(raw, constant=0)
    x, y = design.columns, rows["filed"].to_numpy()
    _refuse_perfect(names, x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            fit = sm.Logit(y, x).fit(
                disp=False,
                maxiter=100,
                cov_type="cluster",
                cov_kwds={"groups": pd.factorize(rows["rater_id"])[0]},
            )
        except (PerfectSeparationWarning, np.linalg.LinAlgError):
            raise ModelError(_SEPARATED.format(names=", ".join(names[1:]))) from None
    if not np.isfinite(fit.bse).all() or np.abs(fit.params[1:] * x[:, 1:].std(axis=0)).max() > 10:
        raise ModelError(_SEPARATED.format(names=", ".join(names[1:])))
    table = tidy(
        names, design.coefficients(fit.params), np.sqrt(np.diag(design.covariance(fit.cov_params())))
    )
    return _described(table, raw, events, rows)


_SEPARATED = "{names}: one of them parts those who object from the others without exception, so its effect has no finite size. Leave it out."  # fmt: skip


def _refuse_perfect(names: Sequence[str], x: np.ndarray, y: np.ndarray) -> None:
    """Refuse a column all of whose objections lie on one side of all other rows."""
    for name, column in zip(names, x.T, strict=True):
        if name == "intercept":
            continue
        yes, no = column[y == 1], column[y == 0]
        one_level = len(np.unique(column)) == 2 and (len(np.unique(yes)) == 1 or len(np.unique(no)) == 1)
        if one_level or yes.min() > no.max() or yes.max() < no.min():
            raise ModelError(_SEPARATED.format(names=name))


def _is_below(rows: pd.DataFrame) -> pd.Series[float]:
    columns = [c for c in ("results_rating", "behaviour_rating") if c in rows]
    if not columns:
        return pd.Series(0.0, index=rows.index)
    return (rows[columns] == "below").any(axis=1).astype(float)


def _described(table: pd.DataFrame, x: np.ndarray, events: int, rows: pd.DataFrame) -> ObjectionFit:
    n_raters = int(rows["rater_id"].nunique())
    n_objecting = int(rows.loc[rows["filed"] == 1, "person_id"].nunique())
    table = table.assign(
        odds_ratio=np.exp(table["estimate"]), odds_low=np.exp(table["low"]), odds_high=np.exp(table["high"])
    )
    slopes = table["estimate"].to_numpy()
    place = table["term"].tolist().index("strictness")

    def rate(strictness: float) -> float:
        moved = x.copy()
        moved[:, place] = strictness
        return float(1000 * np.mean(1 / (1 + np.exp(-moved @ slopes))))

    notes = () if n_raters >= 30 else (said("note_few_raters", n=n_raters),)
    terms = [name for name in table["term"] if name != "intercept"]
    return ObjectionFit(
        table, len(x), events, n_objecting, n_raters, rate(-1.0), rate(1.0), notes, formula_of("filed", terms),
        said("convention_glm_cluster"),
    )  # fmt: skip
