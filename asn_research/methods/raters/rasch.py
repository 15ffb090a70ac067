"""Many-facet Rasch measurement: severities, difficulties and steps by marginal or joint likelihood."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from scipy import sparse, stats

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.raters.facets import Facets, Ratings, Steps, probabilities, read_ratings
from asn_research.methods.raters.rating_design import RatingDesign, rating_design
from asn_research.methods.result import Result, no_term, tidy
from asn_research.rules.words import said, worded

Array = np.ndarray
_ITERATIONS = 2000
#: Variances below this are zero but for rounding.
_SAME = 1e-9
#: What a person with all lowest or all highest ratings is taken to have scored more or less (Facets).
_EXTREME = 0.3


@dataclass(frozen=True, repr=False)
class RaschFit(Result):
    """A fitted many-facet Rasch model.

    Parameters
    ----------
    table : pd.DataFrame
        One row per parameter: facet (criterion, rater, occasion, step), criterion, level, estimate (logits;
        positive is severe or difficult), std_error, low, high (95 %).
    persons : pd.DataFrame
        One row per person: measure (logits), std_error, n, is_extreme; with marginal likelihood also eap
        and eap_sd.
    steps : {"common", "criterion"}
        Rating scale, or partial credit.
    method : {"marginal", "joint"}
        How it was fitted.
    person_variance : float
        Of the measures' distribution; with joint likelihood, of the measures.
    deviance : float
        Minus twice the log-likelihood (marginal or joint).
    n, n_missing : int
        Ratings used, and left out.
    converged : bool
        Whether the optimum was reached.
    notes : tuple of str
        What limits the reading.
    design : RatingDesign
        How the ratings hang together.
    ratings : Ratings
        The data.
    fixed : np.ndarray
        Items × categories: what severity, difficulty and steps add to the log chance.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    DIRECTION: ClassVar[str] = "direction_facets"

    table: pd.DataFrame
    persons: pd.DataFrame
    steps: Steps
    method: Literal["marginal", "joint"]
    person_variance: float
    deviance: float
    n: int
    n_missing: int
    converged: bool
    notes: tuple[str, ...]
    design: RatingDesign = field(repr=False)
    ratings: Ratings = field(repr=False)
    fixed: Array = field(repr=False)
    formula: str = ""
    convention: str = ""

    def facet(self, name: str) -> pd.DataFrame:
        """Return the rows of ``criterion``, ``rater``, ``occasion`` or ``step``."""
        return self.table.loc[self.table["facet"] == name].reset_index(drop=True)

    @property
    def eap_reliability(self) -> float:
        """Share of the measures' variance that the ratings tell (marginal likelihood)."""
        if "eap" not in self.persons:
            return float("nan")
        spread = float(self.persons["eap"].var(ddof=0))
        return spread / (spread + float((self.persons["eap_sd"] ** 2).mean()))

    @property
    def person_reliability(self) -> float:
        """Share of the observed variance of the measures that is not their error."""
        observed = float(self.persons["measure"].var(ddof=1))
        return max(0.0, 1 - float((self.persons["std_error"] ** 2).mean()) / observed)

    def terms(self) -> pd.DataFrame:
        """Return the table with each parameter's facet before its level."""
        facets = zip(self.table["facet"], self.table["criterion"], self.table["level"], strict=True)
        terms = [": ".join(str(p) for p in parts if pd.notna(p) and str(p) != "") for parts in facets]
        return self.table.assign(term=terms)[
            ["term", *[c for c in self.table if c not in ("facet", "criterion", "level")]]
        ]

    def row(self, term: str) -> pd.Series:
        """Return the row of a parameter, named as in `terms`."""
        found = self.terms()
        rows = found.loc[found["term"] == term]
        if rows.empty:
            raise no_term(term, found["term"])
        return rows.iloc[0]

    def facts(self) -> dict[str, object]:
        """Return ratings, deviance, and how far persons lie apart."""
        way = f"{self.steps}_{self.method}"
        return {
            **super().facts(), said("fact_deviance"): self.deviance, said("fact_person_variance"): self.person_variance,
            said("fact_way"): said(f"facets_way_{way}"),
        }  # fmt: skip


@estimator(score=Role.NUMBER, person=Role.LABEL, rater=Role.LABEL, criterion=Role.LABEL, occasion=Role.LABEL)
def fit_facets(
    frame: pd.DataFrame,
    score: str = "score",
    *,
    person: str = "person_id",
    rater: str = "rater_id",
    criterion: str = "criterion",
    occasion: str | None = None,
    steps: Steps = "common",
    method: Literal["marginal", "joint"] = "marginal",
    nodes: Array | None = None,
    tolerance: float = 1e-7,
) -> RaschFit:
    """Fit a many-facet Rasch model to ratings in few ordered categories.

    Marginal likelihood takes persons as draws from a normal distribution with mean zero (as R's TAM).
    Joint likelihood estimates every person (as Facets); with few ratings a person it stretches the
    scale by about L / (L - 1) for L ratings a person. Severities, and the difficulties of occasions, add to zero
    in both.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per rating.
    score, person, rater, criterion : str
        Columns.
    occasion : str, optional
        Column of occasions (a quarter, a round), if raters rated persons more than once. Each has a difficulty;
        persons and raters are taken to stay as they are.
    steps : {"common", "criterion"}
        One set of steps for all criteria (rating scale), or one a criterion (partial credit).
    method : {"marginal", "joint"}
        Which likelihood.
    nodes : np.ndarray, optional
        Points at which marginal likelihood integrates; by default 61 from -9 to 9. TAM's are 21 from
        -6 to 6.
    tolerance : float
        Largest change at which iteration ends. TAM ends at about 3e-4, which leaves its person variance
        0.1 percent short.

    Returns
    -------
    RaschFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer: where a rater rated a person twice on one criterion, and no
        column tells the occasions; where occasions cannot be told from raters; with steps of each criterion's own,
        where one lacks a grade that others have. Joint likelihood refuses a design in which raters
        are not linked by persons rated in common; marginal likelihood fits it with a note, since then
        comparisons rest on the assumption that raters' staff are alike.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(60), 6), "penilai": np.tile([0, 0, 1, 1, 2, 2], 60)})
    >>> data["unsur"] = np.tile(["sikap", "hasil"], 180)
    >>> suka = rng.normal(0, 1.5, 60)[data["pegawai"]] + np.array([-0.6, 0.0, 0.6])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=360), [-1.5, 0, 1.5])
    >>> fit = fit_facets(data, "nilai", person="pegawai", rater="penilai", criterion="unsur")
    >>> fit.facet("rater")[["level", "estimate"]].round(2)
      level  estimate
    0     0      0.46
    1     1     -0.11
    2     2     -0.35
    """
    data = read_ratings(frame, score, person, rater, criterion, occasion)
    _refuse_constant_raters(data)
    if steps == "criterion":
        _refuse_short_criteria(data)
    _refuse_occasions_untold(data, within_persons=method == "joint")
    needed = [score, criterion, *([occasion] if occasion else [])]
    design = rating_design(frame.dropna(subset=needed), person, rater)
    facets = Facets(data, steps, centred_criteria=method == "joint")
    if method == "joint":
        if not design.is_connected:
            raise design.refusal()
        return _fit_joint(facets, design, tolerance)
    points = np.linspace(-9, 9, 61) if nodes is None else np.asarray(nodes, dtype=float)
    return _fit_marginal(facets, design, points, tolerance)


def _refuse_constant_raters(data: Ratings) -> None:
    given = pd.DataFrame({"rater": data.item_rater[data.item], "category": data.category})
    spread = given.groupby("rater")["category"].agg(["min", "max"])
    top = data.n_categories - 1
    ends = (spread["max"] == 0) | (spread["min"] == top)
    if ends.any():
        raise worded(ModelError, "error_raters_at_ends", n=int(ends.sum()))


def _refuse_short_criteria(data: Ratings) -> None:
    """Refuse steps of their own for criteria of which one lacks a grade that others have."""
    criterion = data.item_criterion[data.item]
    given = np.zeros((len(data.criteria), data.n_categories), dtype=int)
    np.add.at(given, (criterion, data.category), 1)
    lacking = np.argwhere(given == 0)
    if len(lacking):
        place, category = lacking[0]
        raise worded(
            ModelError,
            "error_criterion_unrated",
            criterion=data.criteria[place],
            grade=f"{data.scores[category]:g}",
        )


def _refuse_occasions_untold(data: Ratings, *, within_persons: bool) -> None:
    """Refuse occasions that cannot be told from raters, or from persons where these have parameters of their own."""
    if len(data.occasions) < 2:
        return
    sizes = len(data.raters), len(data.occasions)
    columns = np.concatenate(
        [np.eye(sizes[0])[data.item_rater], np.eye(sizes[1])[data.item_occasion]], axis=1
    )
    rows = columns[data.item]
    group = data.person if within_persons else np.zeros(len(rows), dtype=int)
    held = sparse.csr_array((np.ones(len(rows)), (group, np.arange(len(rows)))))
    means = (held @ rows) / np.bincount(group)[:, None]
    inside = rows - means[group]
    if np.linalg.matrix_rank(inside.T @ inside / len(rows), tol=_SAME, hermitian=True) < sum(sizes) - 2:
        raise worded(ModelError, "error_occasions_untold")


def _formula(data: Ratings) -> str:
    occasion = " - occasion" if len(data.occasions) > 1 else ""
    return f"score ~ person - rater - criterion{occasion} - step (logits)"


def _unused_note(data: Ratings) -> list[str]:
    """Say which grades nobody gave: steps lie between those that were given."""
    if not data.unused:
        return []
    shown = ", ".join(map(str, data.unused))
    return [said("note_grades_unused", grades=shown)]


def _fit_marginal(facets: Facets, design: RatingDesign, nodes: Array, tolerance: float) -> RaschFit:
    data, m = facets.ratings, facets.ratings.n_categories
    full, constraint = facets.full_design(), facets.constraints()
    loading = sparse.csr_array(full @ constraint)
    counts, given = data.counts, data.given
    observed = np.asarray(counts.sum(axis=0)).ravel()
    free, variance = np.zeros(loading.shape[1]), 1.0
    converged, posterior, deviance = False, np.empty(0), np.inf
    for _ in range(_ITERATIONS):
        chance = probabilities((loading @ free).reshape(-1, m), nodes, m)
        posterior, deviance = _posterior(counts, chance, nodes, variance)
        step = _newton(loading, given.T @ posterior, chance, observed)
        moved = float(np.mean(posterior @ nodes**2))
        free = free + step
        change = max(float(np.abs(step).max()), abs(moved - variance) / max(variance, 1e-9))
        variance = moved
        if variance < 1e-6:
            raise worded(ModelError, "error_persons_alike")
        if change < tolerance:
            converged = True
            break
    fixed = (loading @ free).reshape(-1, m)
    chance = probabilities(fixed, nodes, m)
    posterior, deviance = _posterior(counts, chance, nodes, variance)
    covariance = _observed_information(loading, given, chance, posterior, nodes, variance)
    estimate = constraint @ free
    spread = np.asarray(constraint @ covariance @ constraint.T)
    eap = posterior @ nodes
    persons = person_measures(data, fixed).assign(eap=eap, eap_sd=np.sqrt(posterior @ nodes**2 - eap**2))
    notes = _unused_note(data)
    if not design.is_connected:
        notes.append(design.sentence())
    if not converged:
        notes.append(said("note_optimum_rasch"))
    return RaschFit(
        _table(facets, estimate, np.sqrt(np.maximum(np.diag(spread), 0))), persons, facets.steps, "marginal",
        variance, deviance, len(data.item), data.n_missing, converged, tuple(notes), design, data, fixed, _formula(data),
        said("convention_information"),
    )  # fmt: skip


def _table(facets: Facets, estimate: Array, errors: Array) -> pd.DataFrame:
    numbers = tidy(list(facets.names["level"]), estimate, errors)
    return pd.concat([facets.names, numbers[["estimate", "std_error", "low", "high"]]], axis=1)


def _posterior(counts: sparse.csr_array, chance: Array, nodes: Array, variance: float) -> tuple[Array, float]:
    """Return persons × nodes, and the marginal deviance."""
    prior = stats.norm.logpdf(nodes, 0, np.sqrt(variance))
    prior -= np.log(np.exp(prior).sum())
    logs = counts @ np.log(np.maximum(chance, 1e-300)).reshape(-1, len(nodes)) + prior
    top = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - top)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, -2 * float((np.log(total) + top).sum())


def _newton(loading: sparse.csr_array, expected_n: Array, chance: Array, observed: Array) -> Array:
    """Return a Newton step of the complete-data likelihood. ``expected_n`` is items × nodes."""
    m = chance.shape[1]
    mean = np.einsum("ikq,iq->ik", chance, expected_n)
    slope = loading.T @ (observed - mean.ravel())
    cross = np.einsum("ikq,ilq,iq->ikl", chance, chance, expected_n)
    blocks = -cross
    blocks[:, np.arange(m), np.arange(m)] += mean
    curve = (loading.T @ _block_diagonal(blocks) @ loading).toarray()
    try:
        step = np.linalg.solve(curve, slope)
    except np.linalg.LinAlgError:
        raise worded(ModelError, "error_severities_untold") from None
    # Far from the optimum a full step may overshoot.
    return np.asarray(step * min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-12)))


def _block_diagonal(blocks: Array) -> sparse.csr_array:
    n, m, _ = blocks.shape
    shape = (n * m, n * m)
    return sparse.csr_array(sparse.bsr_array((blocks, np.arange(n), np.arange(n + 1)), shape=shape))


def _observed_information(
    loading: sparse.csr_array, given: sparse.csr_array, chance: Array, posterior: Array, nodes: Array,
    variance: float,
) -> Array:  # fmt: skip
    """Return the covariance of the free parameters: Louis's identity, the variance estimated too."""
    m, p = chance.shape[1], loading.shape[1]
    expected_n = given.T @ posterior
    mean = np.einsum("ikq,iq->ik", chance, expected_n)
    blocks = -np.einsum("ikq,ilq,iq->ikl", chance, chance, expected_n)
    blocks[:, np.arange(m), np.arange(m)] += mean
    info = np.zeros((p + 1, p + 1))
    info[:p, :p] = (loading.T @ _block_diagonal(blocks) @ loading).toarray()
    sd = np.sqrt(variance)
    info[p, p] = float(np.sum(posterior @ (3 * nodes**2 / sd**4 - 1 / sd**2)))
    by_item = np.arange(chance.shape[0] * m)
    fold = sparse.csr_array(
        (np.ones(len(by_item)), (by_item // m, by_item)), shape=(chance.shape[0], len(by_item))
    )
    outer, average = sparse.csr_array((p + 1, p + 1)), sparse.csr_array((given.shape[0], p + 1))
    for q, node in enumerate(nodes):
        # A person's score at this node, up to what does not depend on it: minus the expected counts.
        own = sparse.csr_array(fold @ sparse.diags_array(chance[:, :, q].ravel()) @ loading)
        spread = (node**2 - variance) / sd**3
        score = sparse.csr_array(sparse.hstack([-(given @ own), np.full((given.shape[0], 1), spread)]))
        weighted = sparse.csr_array(sparse.diags_array(posterior[:, q]) @ score)
        outer = outer + score.T @ weighted
        average = average + weighted
    info -= (outer - average.T @ average).toarray()
    return np.linalg.pinv(info)[:p, :p]


def person_measures(data: Ratings, fixed: Array) -> pd.DataFrame:
    """Return Warm's weighted likelihood measures of persons, given all else."""
    m, n = data.n_categories, len(data.persons)
    k = np.arange(m)
    raw = np.bincount(data.person, data.category, n)
    measure, error = np.zeros(n), np.ones(n)
    for _ in range(100):
        chance = probabilities(fixed[data.item], measure[data.person], m)
        mean = chance @ k
        second = ((k - mean[:, None]) ** 2 * chance).sum(axis=1)
        third = ((k - mean[:, None]) ** 3 * chance).sum(axis=1)
        info = np.bincount(data.person, second, n)
        slope = raw - np.bincount(data.person, mean, n) + np.bincount(data.person, third, n) / (2 * info)
        step = np.clip(slope / info, -1, 1)
        measure = measure + step
        error = 1 / np.sqrt(info)
        if np.abs(step).max() < 1e-9:
            break
    count = np.bincount(data.person, minlength=n)
    extreme = (raw == 0) | (raw == (m - 1) * count)
    return pd.DataFrame(
        {"person": data.persons, "measure": measure, "std_error": error, "n": count, "is_extreme": extreme}
    )


def _fit_joint(facets: Facets, design: RatingDesign, tolerance: float) -> RaschFit:
    data, m = facets.ratings, facets.ratings.n_categories
    full, constraint = facets.full_design(), facets.constraints()
    loading = sparse.csr_array(full @ constraint)
    k, n = np.arange(m), len(data.persons)
    count = np.bincount(data.person, minlength=n)
    raw = np.bincount(data.person, data.category, n).astype(float)
    top = (m - 1) * count
    extreme = (raw == 0) | (raw == top)
    inner = ~extreme[data.person]
    item, person, category = data.item[inner], data.person[inner], data.category[inner]
    observed = np.bincount(item * m + category, minlength=loading.shape[0])
    wanted = np.clip(raw, _EXTREME, top - _EXTREME)
    measure, free = np.log(wanted / (top - wanted)), np.zeros(loading.shape[1])
    converged = False
    for _ in range(_ITERATIONS):
        fixed = (loading @ free).reshape(-1, m)
        chance = probabilities(fixed[data.item], measure[data.person], m)
        mean = chance @ k
        info = np.bincount(data.person, chance @ k**2 - mean**2, n)
        step = np.clip((wanted - np.bincount(data.person, mean, n)) / info, -1, 1)
        measure = measure + step
        chance = probabilities(fixed[item], measure[person], m)
        own = _newton_joint(loading, item, chance, observed)
        free = free + own
        if max(np.abs(step).max(), np.abs(own).max()) < tolerance:
            converged = True
            break
    fixed = (loading @ free).reshape(-1, m)
    chance = probabilities(fixed[item], measure[person], m)
    curve = _joint_curve(loading, item, chance)
    spread = np.asarray(constraint @ np.linalg.inv(curve) @ constraint.T)
    given = chance[np.arange(len(item)), category]
    whole = probabilities(fixed[data.item], measure[data.person], m)
    mean = whole @ k
    error = 1 / np.sqrt(np.bincount(data.person, whole @ k**2 - mean**2, n))
    persons = pd.DataFrame(
        {"person": data.persons, "measure": measure, "std_error": error, "n": count, "is_extreme": extreme}
    )
    each = float(np.mean(count))
    notes = [
        said(
            "note_joint_rasch",
            each=Decimal(each).quantize(Decimal("0.1")),
            pct=round(100 * (each / max(each - 1, 1) - 1)),
        ),
        *_unused_note(data),
    ]
    if extreme.any():
        notes.append(said("note_extreme_persons", n=int(extreme.sum())))
    if not converged:
        notes.append(said("note_optimum_rasch"))
    return RaschFit(
        _table(facets, constraint @ free, np.sqrt(np.diag(spread))), persons, facets.steps, "joint",
        float(measure[~extreme].var(ddof=1)), -2 * float(np.log(given).sum()), len(data.item), data.n_missing,
        converged, tuple(notes), design, data, fixed, _formula(data), said("convention_information"),
    )  # fmt: skip


def _joint_curve(loading: sparse.csr_array, item: Array, chance: Array) -> Array:
    m = chance.shape[1]
    n_items = loading.shape[0] // m
    blocks = np.zeros((n_items, m, m))
    for a in range(m):
        for b in range(m):
            value = (chance[:, a] if a == b else 0.0) - chance[:, a] * chance[:, b]
            blocks[:, a, b] = np.bincount(item, value, n_items)
    return np.asarray((loading.T @ _block_diagonal(blocks) @ loading).toarray())


def _newton_joint(loading: sparse.csr_array, item: Array, chance: Array, observed: Array) -> Array:
    m = chance.shape[1]
    n_items = loading.shape[0] // m
    mean = np.stack([np.bincount(item, chance[:, a], n_items) for a in range(m)], axis=1)
    try:
        step = np.linalg.solve(_joint_curve(loading, item, chance), loading.T @ (observed - mean.ravel()))
    except np.linalg.LinAlgError:
        raise worded(ModelError, "error_severities_untold") from None
    return np.asarray(step * min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-12)))
