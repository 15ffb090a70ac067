"""Gaps between groups of staff in their ratings: raw, adjusted for raters and units, and decomposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.column_values import need_columns
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import (
    count_clusters,
    drawn_convention,
    drawn_intervals,
    few_clusters_note,
)
from asn_research.methods.formula import formula_of
from asn_research.methods.option_choices import choose
from asn_research.methods.raters.crossed_linear import fit_crossed
from asn_research.methods.raters.terms import fixed_columns, varies
from asn_research.methods.result import Result, no_term
from asn_research.methods.scaling import centred, standardise
from asn_research.remembered import remembered
from asn_research.rules.words import said, worded

Array = np.ndarray
#: Whose slopes say what a difference in composition is worth.
Reference = Literal["pooled", "first", "second"]
GROUPS = ("sex", "age_band", "rank_group", "employment_type")
_LEAST = 3


@remembered
def group_gaps(
    ratings: pd.DataFrame,
    employees: pd.DataFrame,
    *,
    groups: Sequence[str] = GROUPS,
    controls: Sequence[str] = (),
) -> pd.DataFrame:
    """Return how groups of staff are rated against a base group.

    Parameters
    ----------
    ratings : pd.DataFrame
        From `long_ratings`.
    employees : pd.DataFrame
        person_id and the groups' columns.
    groups : sequence of str
        Columns of ``employees``; each is looked at by itself.
    controls : sequence of str
        Columns of either table, held fixed.

    Returns
    -------
    pd.DataFrame
        One row per group and level but the largest, the base: attribute, level, base, n_employees,
        n_raters, raw (difference of means of persons), gap (adjusted for rater, unit, criterion and
        quarter), std_error, low, high (95 %), status.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> staff = pd.DataFrame({"person_id": [f"p{k}" for k in range(60)], "sex": ["male", "female"] * 30, "unit_id": np.repeat(["DISHUB", "DINKES"], 30)})
    >>> ratings = pd.DataFrame({"person_id": np.repeat(staff["person_id"], 3).to_numpy(), "rater_id": np.tile(["r1", "r2", "r3"], 60)})
    >>> ratings["unit_id"] = np.repeat(["DISHUB", "DINKES"], 90)
    >>> ratings["criterion"], ratings["period"] = "sikap", "2026-Q3"
    >>> ratings["score"] = rng.normal(80, 4, 60).repeat(3) + rng.normal(0, 3, 180)
    >>> group_gaps(ratings, staff, groups=["sex"]).columns.tolist()
    ['attribute', 'level', 'base', 'n_employees', 'n_raters', 'raw', 'gap', 'std_error', 'low', 'high', 'status']
    """
    need_columns(ratings, ["person_id", "rater_id", "unit_id", "criterion", "period", "score"])
    need_columns(employees, ["person_id"])
    columns = [
        "person_id",
        *[g for g in groups if g in employees],
        *[c for c in controls if c in employees and c not in groups],
    ]
    # One row a person: quarters and criteria differ in level, so their means are taken out before.
    level = ratings.groupby(["criterion", "period"])["score"].transform("mean")
    persons = ratings.assign(score=ratings["score"] - level).groupby("person_id").agg(
        score=("score", "mean"), rater_id=("rater_id", "first"), unit_id=("unit_id", "first")
    ).reset_index()  # fmt: skip
    joined = persons.merge(employees[columns].drop_duplicates("person_id"), on="person_id", how="inner")
    found = [_gaps(joined, group, controls) for group in groups if group in joined]
    if not found:
        raise worded(ModelError, "error_gap_groups", names=", ".join(groups))
    return pd.concat(found, ignore_index=True)


def _gaps(joined: pd.DataFrame, group: str, controls: Sequence[str]) -> pd.DataFrame:
    rows = joined.loc[joined[group].notna() & (joined[group].astype(str) != "")]
    sizes = rows[group].value_counts()
    levels = [str(level) for level in sorted(sizes.index[sizes >= _LEAST])]
    if len(levels) < 2:
        too_few = said("gap_too_few_groups", name=group, least=_LEAST)
        return pd.DataFrame([{"attribute": group, "status": too_few}])
    base = str(sizes.index[0])
    order = [base, *[level for level in levels if level != base]]
    rows = rows.loc[rows[group].astype(str).isin(order)]
    rows = rows.assign(**{group: pd.Categorical(rows[group].astype(str), order)})
    fixed = [c for c in controls if varies(rows[c]) and c != group]
    random = [c for c in ("rater_id", "unit_id") if varies(rows[c])]
    means = rows.groupby(group, observed=True)["score"].mean()
    counts = rows.groupby(group, observed=True).agg(
        n_employees=("person_id", "nunique"), n_raters=("rater_id", "nunique")
    )
    table = pd.DataFrame({"attribute": group, "level": order[1:], "base": base}).assign(
        n_employees=lambda d: d["level"].map(counts["n_employees"]).astype(int),
        n_raters=lambda d: d["level"].map(counts["n_raters"]).astype(int),
        raw=lambda d: d["level"].map(means).astype(float) - means[base],
    )
    try:
        fit = fit_crossed(rows, "score", fixed=[group, *fixed], random=random)
    except ModelError as error:
        return table.assign(status=str(error))
    estimates = fit.table.set_index("term")
    terms = [f"{group}={level}" for level in table["level"]]
    for column, name in (("estimate", "gap"), ("std_error", "std_error"), ("low", "low"), ("high", "high")):
        table[name] = estimates.loc[terms, column].to_numpy()
    return table.assign(status="fitted")


@dataclass(frozen=True, repr=False)
class Decomposition(Result):
    """A gap parted into what composition explains and what it does not (Oaxaca and Blinder, twofold).

    Parameters
    ----------
    table : pd.DataFrame
        Rows gap, explained, unexplained, and one per explaining column: part, estimate, std_error,
        low, high (95 %, bootstrap of clusters).
    group, first, second : str
        The column, and the groups: the gap is first minus second.
    reference : str
        Whose coefficients value differences in composition.
    n_first, n_second, n_clusters : int
        Rows of each, and clusters.
    formula, convention : str
        What was parted, and how intervals were made.
    notes : tuple of str
        What limits the reading.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = ("gap", "explained", "unexplained")

    table: pd.DataFrame
    group: str
    first: str
    second: str
    reference: str
    n_first: int
    n_second: int
    n_clusters: int
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:  # type: ignore[override]
        """Rows of both groups."""
        return self.n_first + self.n_second

    def terms(self) -> pd.DataFrame:
        """Return the table with its parts as terms."""
        return self.table.rename(columns={"part": "term"})

    def row(self, term: str) -> pd.Series:
        """Return the row of a part."""
        found = self.table.loc[self.table["part"] == term]
        if found.empty:
            raise no_term(term, self.table["part"])
        return found.iloc[0]


@estimator(outcome=Role.MEASURE, group=Role.LABEL, explained_by=Role.FACTOR, cluster=Role.LABEL)
def decompose_gap(
    frame: pd.DataFrame,
    outcome: str,
    group: str,
    explained_by: Sequence[str],
    *,
    first: object,
    second: object,
    reference: Reference = "pooled",
    cluster: str | None = None,
    draws: int = 500,
    seed: int = 2026,
) -> Decomposition:
    """Part a gap between two groups into composition and the rest.

    The unexplained part is not a measure of discrimination: it holds whatever is not among the columns.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per person.
    outcome, group : str
        Columns.
    explained_by : sequence of str
        Columns whose composition may differ; text counts as one column a level.
    first, second : object
        The groups compared.
    reference : {"pooled", "first", "second"}
        Coefficients: of both groups together with an indicator of the group, or of one group.
    cluster : str, optional
        What is drawn with replacement (raters, units); by default persons.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    Decomposition

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> data["jk"] = np.where(data["pegawai"] % 2 == 0, "L", "P")
    >>> found = decompose_gap(data, "mutu", "jk", ["jp", "motivasi"], first="L", second="P", draws=50)
    >>> found.table.columns.tolist()
    ['part', 'estimate', 'std_error', 'low', 'high']
    """
    needed = list(dict.fromkeys([outcome, group, *explained_by, *([cluster] if cluster else [])]))
    known = list(frame[group].dropna().unique())
    choose(first, known, option="first", function="decompose_gap")
    choose(second, known, option="second", function="decompose_gap")
    used = frame.loc[frame[group].isin([first, second]), needed].dropna()
    is_first = (used[group] == first).to_numpy()
    names, x = fixed_columns(used, explained_by)
    # A part is a difference of means times a slope: it does not depend on the columns' units.
    x = standardise(x, constant=0).columns
    if min(is_first.sum(), (~is_first).sum()) <= x.shape[1]:
        raise worded(ModelError, "error_gap_few", group=group, n=x.shape[1])
    y = centred(used[outcome])
    codes = pd.factorize(used[cluster])[0] if cluster else np.arange(len(used))
    n_clusters = count_clusters(codes, cluster)
    point = _parts(x, y, is_first, np.ones(len(y)), reference)
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        weight = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters))[codes].astype(float)
        if min(weight[is_first].sum(), weight[~is_first].sum()) > x.shape[1]:
            drawn.append(_parts(x, y, is_first, weight, reference))
    spread = np.array(drawn)
    found = drawn_intervals(point, spread, n_clusters if cluster else 0)
    table = pd.DataFrame(
        {
            "part": ["gap", "explained", "unexplained", *names[1:]], "estimate": point,
            "std_error": found.std_error, "low": found.low, "high": found.high,
        }
    )  # fmt: skip
    return Decomposition(
        table, group, str(first), str(second), reference, int(is_first.sum()), int((~is_first).sum()), n_clusters,
        formula_of(outcome, explained_by, [group]), drawn_convention(draws, n_clusters if cluster else 0),
        few_clusters_note(n_clusters, "note_few_draws") if cluster else (),
    )  # fmt: skip


def _parts(x: Array, y: Array, is_first: Array, weight: Array, reference: Reference) -> Array:
    """Gap, explained, unexplained, and each column's share of the explained part."""
    a, b = weight * is_first, weight * ~is_first
    mean_a, mean_b = a @ x / a.sum(), b @ x / b.sum()
    gap = float(a @ y / a.sum() - b @ y / b.sum())
    if reference == "pooled":
        beta = _weighted(np.column_stack([x, is_first]), y, weight)[:-1]
    else:
        beta = _weighted(x, y, a if reference == "first" else b)
    pieces = (mean_a - mean_b)[1:] * beta[1:]
    explained = float(pieces.sum())
    return np.concatenate([[gap, explained, gap - explained], pieces])


def _weighted(x: Array, y: Array, weight: Array) -> Array:
    root = np.sqrt(weight)
    return np.asarray(np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0])
