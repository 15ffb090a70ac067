"""The many-facet Rasch model's data and probabilities: persons, raters, criteria, occasions, steps.

The chance of category k rises with the person's measure and falls with the rater's severity, the
criterion's difficulty, the occasion's and the steps up to k::

    log P(k) / P(k - 1) = person - severity - difficulty - occasion - step k

Steps are common to all criteria (rating scale) or each criterion's own (partial credit).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from asn_research.errors import ModelError
from asn_research.methods.column_values import MOST_ANSWERS, refuse_missing_codes
from asn_research.rules.words import worded

Array = np.ndarray
Steps = Literal["common", "criterion"]


@dataclass(frozen=True)
class Ratings:
    """Ratings as counts, ready for a many-facet model.

    Parameters
    ----------
    persons, raters, criteria, occasions : pd.Index
        Labels; one occasion where no column tells them.
    n_categories : int
        Categories from 0.
    person, item, category : np.ndarray
        Of each rating; an item is a rater with a criterion on an occasion.
    item_rater, item_criterion, item_occasion : np.ndarray
        Of each item.
    scores : np.ndarray
        The scores that categories stand for.
    n_missing : int
        Rows left out.
    """

    persons: pd.Index
    raters: pd.Index
    criteria: pd.Index
    occasions: pd.Index
    n_categories: int
    person: Array
    item: Array
    category: Array
    item_rater: Array
    item_criterion: Array
    item_occasion: Array
    scores: Array
    n_missing: int

    @property
    def unused(self) -> list[int]:
        """Whole grades between the lowest and the highest that nobody gave."""
        if not (self.scores == np.round(self.scores)).all():
            return []
        return sorted(
            set(range(int(self.scores[0]), int(self.scores[-1]) + 1)) - set(self.scores.astype(int))
        )

    @property
    def counts(self) -> sparse.csr_array:
        """Persons × (items × categories): how often each was given."""
        columns = self.item * self.n_categories + self.category
        shape = (len(self.persons), len(self.item_rater) * self.n_categories)
        return sparse.csr_array(
            sparse.coo_array((np.ones(len(columns)), (self.person, columns)), shape=shape)
        )

    @property
    def given(self) -> sparse.csr_array:
        """Persons × items: how many ratings there are."""
        shape = (len(self.persons), len(self.item_rater))
        return sparse.csr_array(
            sparse.coo_array((np.ones(len(self.item)), (self.person, self.item)), shape=shape)
        )


def read_ratings(
    frame: pd.DataFrame, score: str, person: str, rater: str, criterion: str, occasion: str | None = None
) -> Ratings:
    """Code a long table of ratings; categories that nobody used are closed up.

    Raises
    ------
    ModelError
        If there is one rater, all scores are alike, or a rater rated a person twice on one criterion (and occasion).
    """
    named = [person, rater, criterion, *([occasion] if occasion else [])]
    used = frame[[score, *named]].dropna()
    scores = np.sort(used[score].unique())
    if len(scores) < 2:
        raise worded(ModelError, "error_nothing_to_explain", name=score)
    if len(scores) > MOST_ANSWERS:
        raise worded(ModelError, "error_many_answers", name=score, n=len(scores), most=MOST_ANSWERS)
    refuse_missing_codes(scores.tolist(), score)
    if used[rater].nunique() < 2:
        raise worded(ModelError, "error_one_rater")
    twice, columns = int(used.duplicated(named).sum()), ", ".join(named)
    if twice and occasion:
        raise worded(ModelError, "error_ratings_twice_on_occasion", n=twice, columns=columns)
    if twice:
        raise worded(ModelError, "error_ratings_twice", n=twice, columns=columns)
    who, persons = pd.factorize(used[person], sort=True)
    by, raters = pd.factorize(used[rater], sort=True)
    on, criteria = pd.factorize(used[criterion], sort=True)
    at, occasions = (
        pd.factorize(used[occasion], sort=True) if occasion else (np.zeros(len(used), dtype=int), [""])
    )
    shape = len(raters), len(criteria), len(occasions)
    items, item = np.unique(np.ravel_multi_index((by, on, at), shape), return_inverse=True)
    item_rater, item_criterion, item_occasion = np.unravel_index(items, shape)
    return Ratings(
        pd.Index(persons), pd.Index(raters), pd.Index(criteria), pd.Index(occasions), len(scores), who, item,
        np.searchsorted(scores, used[score].to_numpy()), item_rater, item_criterion, item_occasion,
        np.asarray(scores, dtype=float), len(frame) - len(used),
    )  # fmt: skip


@dataclass(frozen=True)
class Facets:
    """The linear structure: which parameter bears on which category of which item.

    Parameters
    ----------
    ratings : Ratings
        The data.
    steps : {"common", "criterion"}
        Rating scale, or partial credit.
    centred_criteria : bool
        Whether difficulties add to zero; otherwise persons are centred.
    """

    ratings: Ratings
    steps: Steps
    centred_criteria: bool

    @property
    def occasions(self) -> list[object]:
        """The occasions that have a parameter: none where there is one."""
        return list(self.ratings.occasions) if len(self.ratings.occasions) > 1 else []

    @property
    def names(self) -> pd.DataFrame:
        """One row per reported parameter: facet, criterion, level."""
        data, k = self.ratings, self.ratings.n_categories - 1
        rows = [("criterion", "", str(c)) for c in data.criteria] + [
            ("rater", "", str(r)) for r in data.raters
        ]
        rows += [("occasion", "", str(o)) for o in self.occasions]
        own = [str(c) for c in data.criteria] if self.steps == "criterion" else [""]
        rows += [("step", c, str(j + 1)) for c in own for j in range(k)]
        return pd.DataFrame(rows, columns=["facet", "criterion", "level"])

    def full_design(self) -> sparse.csr_array:
        """Return (items × categories) × reported parameters: what adds to the log chance."""
        data, m = self.ratings, self.ratings.n_categories
        n_items, n_criteria, n_raters = len(data.item_rater), len(data.criteria), len(data.raters)
        rows, columns, values = [], [], []
        item, k = np.divmod(np.arange(n_items * m), m)
        places = [data.item_criterion[item], n_criteria + data.item_rater[item]]
        if self.occasions:
            places.append(n_criteria + n_raters + data.item_occasion[item])
        for place in places:
            rows.append(np.arange(n_items * m))
            columns.append(place)
            values.append(-k.astype(float))
        first = n_criteria + n_raters + len(self.occasions)
        for j in range(m - 1):
            reached = np.flatnonzero(k > j)
            own = data.item_criterion[item[reached]] * (m - 1) if self.steps == "criterion" else 0
            rows.append(reached)
            columns.append(first + own + np.full(len(reached), j))
            values.append(np.full(len(reached), -1.0))
        triple = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return sparse.csr_array(sparse.coo_array(triple, shape=(n_items * m, len(self.names))))

    def constraints(self) -> sparse.csr_array:
        """Return reported parameters × free ones: the last of each set is minus the sum of the others."""
        data, m = self.ratings, self.ratings.n_categories
        sets = [(len(data.criteria), self.centred_criteria), (len(data.raters), True)]
        sets += [(len(self.occasions), True)] if self.occasions else []
        sets += [(m - 1, True)] * (len(data.criteria) if self.steps == "criterion" else 1)
        blocks = [_sum_to_zero(size) if centred else sparse.eye_array(size) for size, centred in sets]
        return sparse.csr_array(sparse.block_diag(blocks, format="csr"))


def _sum_to_zero(size: int) -> sparse.csr_array:
    if size == 1:
        return sparse.csr_array((1, 0))
    return sparse.csr_array(sparse.vstack([sparse.eye_array(size - 1), -np.ones((1, size - 1))]))


def probabilities(fixed: Array, measures: Array, n_categories: int) -> Array:
    """Return the chances of the categories.

    Parameters
    ----------
    fixed : np.ndarray
        Items × categories: what severity, difficulty and steps add to the log chance.
    measures : np.ndarray
        Person measures; one for each item, or several (nodes) for all.
    n_categories : int
        Categories from 0.

    Returns
    -------
    np.ndarray
        Items × categories, or items × categories × nodes.
    """
    k = np.arange(n_categories)
    if measures.shape == (len(fixed),):
        logits = fixed + k * measures[:, None]
    else:
        logits = fixed[:, :, None] + k[:, None] * measures[None, None, :]
    logits = logits - logits.max(axis=1, keepdims=True)
    chance = np.exp(logits)
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))
