"""Citizens' answers of one unit and period as arrays, with who is taken as drawn with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd

from asn_research.measure.bootstrap import replicate_totals
from asn_research.measure.design import Design, cluster_sums
from asn_research.rules.regulations import SurveyDesignRule

Array = np.ndarray
# Up to this share, a counter's forms without a day are taken as one more day.
_MOST_UNDATED = 0.2
#: How respondents are taken as drawn: by counter and day, so within services, or one by one.
CLUSTERED, STRATIFIED, SIMPLE = "counter_days", "counter_days_in_services", "respondents"


@dataclass(frozen=True)
class Respondents:
    """One unit's answers in one period.

    Parameters
    ----------
    answers : np.ndarray
        Respondents × elements; nan where unanswered.
    clusters, strata : np.ndarray
        Codes of each respondent's cluster and stratum, from 0 without a gap.
    drawn_as : str
        How they are taken as drawn (`CLUSTERED`, `STRATIFIED` or `SIMPLE`).
    sampled_share : float
        Respondents over people served; 0 where the latter are not known.
    """

    answers: Array
    clusters: Array
    strata: Array
    drawn_as: str
    sampled_share: float = 0.0

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.clusters.max()) + 1

    @property
    def degrees_of_freedom(self) -> int:
        """Clusters less strata; respondents less one where nothing else is known."""
        return self.n_clusters - int(self.strata.max()) - 1

    def design(self, weights: Array | None = None, cells: tuple[Array, ...] = ()) -> Design:
        """Return the design for linearised estimates."""
        share = np.full(int(self.strata.max()) + 1, self.sampled_share)
        ones = np.ones(len(self.answers))
        return Design(ones if weights is None else weights, self.clusters, self.strata, share, cells)

    def replicates(self, rule: SurveyDesignRule, name: str, columns: Array | None = None) -> Array:
        """Resample the clusters, and return the replicates' totals.

        Parameters
        ----------
        rule : SurveyDesignRule
            Number of replicates and seed.
        name : str
            Whose they are: the same name draws the same clusters, whoever else is measured.
        columns : np.ndarray, optional
            Respondents × variables to total; by default the answers' sums, then their counts.
        """
        if columns is None:
            columns = np.concatenate([np.nan_to_num(self.answers), ~np.isnan(self.answers)], axis=1)
        strata, sums = cluster_sums(columns, self.clusters, self.strata)
        rng = np.random.default_rng([rule.seed, crc32(name.encode())])
        return replicate_totals(sums, strata, rule.replicates, rng, self.sampled_share)


def joined(parts: Sequence[Respondents]) -> Respondents:
    """Return several units' respondents as one sample, in which every unit is a stratum given."""
    clusters, strata, shares, n_clusters, n_strata = [], [], [], 0, 0
    for part in parts:
        clusters.append(part.clusters + n_clusters)
        strata.append(part.strata + n_strata)
        n_clusters += int(part.clusters.max()) + 1
        n_strata += int(part.strata.max()) + 1
        shares.append(part.sampled_share * len(part.answers))
    answers = np.concatenate([part.answers for part in parts])
    kinds = pd.Series([part.drawn_as for part in parts for _ in range(len(part.answers))])
    return Respondents(
        answers,
        np.concatenate(clusters),
        np.concatenate(strata),
        str(kinds.mode()[0]),
        sum(shares) / len(answers),
    )


@dataclass(frozen=True)
class Forms:
    """A period's forms as arrays, so that units are cut from them without another look at the table.

    Parameters
    ----------
    answers : np.ndarray
        Forms × elements; nan where unanswered.
    counter_days : np.ndarray or None
        Codes of counter and day; None where no day is known.
    strata : np.ndarray
        Codes of what forms were handed out within.
    is_dated : np.ndarray
        Whether the form's day is known.
    units : dict of str to np.ndarray
        The places of each reporting unit's forms, by its id.
    """

    answers: Array
    counter_days: Array | None
    strata: Array
    is_dated: Array
    units: dict[str, Array]

    def respondents(self, at: Array, rule: SurveyDesignRule, population: float = np.nan) -> Respondents:
        """Take some forms as a sample.

        The correction for a finite population takes respondents over people served. With clusters
        that is careful: it would be exact if every counter and day had been drawn alike.

        Parameters
        ----------
        at : np.ndarray
            The forms' places.
        rule : SurveyDesignRule
            How few clusters are too few.
        population : float
            People served; nan if not known.
        """
        answers, n = self.answers[at], len(at)
        share = n / population if n < population else 0.0
        if self.counter_days is not None and self.is_dated[at].mean() >= 1 - _MOST_UNDATED:
            clusters = np.unique(self.counter_days[at], return_inverse=True)[1]
            if int(clusters.max()) + 1 >= rule.fewest_clusters:
                strata = np.unique(self.strata[at], return_inverse=True)[1]
                return Respondents(
                    answers, clusters, strata, STRATIFIED if strata.any() else CLUSTERED, share
                )
        # Drawn one by one; ordered by what they say, so that the order of rows changes nothing.
        singly = np.empty(n, int)
        singly[np.lexsort(np.nan_to_num(answers, nan=0.0).T)] = np.arange(n)
        return Respondents(answers, singly, np.zeros(n, int), SIMPLE, share)


def forms_of(rows: pd.DataFrame, elements: Sequence[str], rule: SurveyDesignRule) -> Forms:
    """Read a period's forms.

    Parameters
    ----------
    rows : pd.DataFrame
        Rows of `citizen_feedback`, one respondent each.
    elements : sequence of str
        The columns with answers.
    rule : SurveyDesignRule
        What makes a cluster and a stratum.
    """
    answers = numbers_of(rows, elements)
    if "reporting_unit_id" in rows:
        codes, names = pd.factorize(rows["reporting_unit_id"], sort=True)
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes[codes >= 0], minlength=len(names)))
        parts = np.split(order[(codes < 0).sum() :], ends[:-1])
        units = {str(name): np.sort(part) for name, part in zip(names, parts, strict=True)}
    else:
        units = {"": np.arange(len(rows))}
    strata = _codes(rows, [name for name in rule.strata if name in rows])
    if "survey_date" not in rows or "survey_date" not in rule.clusters:
        return Forms(answers, None, strata, np.zeros(len(rows), bool), units)
    days = pd.to_datetime(rows["survey_date"]).dt.floor("D")
    counters = [name for name in rule.clusters if name in rows and name != "survey_date"]
    spots = _codes(
        rows[counters].assign(_day=days.to_numpy(), _stratum=strata), ["_stratum", *counters, "_day"]
    )
    return Forms(answers, spots, strata, days.notna().to_numpy(), units)


def numbers_of(rows: pd.DataFrame, columns: Sequence[str]) -> Array:
    """Return columns as floats, nan where missing, whatever they are stored as."""
    if not len(columns):
        return np.zeros((len(rows), 0))
    parts = [rows[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for name in columns]
    return np.stack(parts, axis=1)


def respondents_of(
    rows: pd.DataFrame, elements: Sequence[str], rule: SurveyDesignRule, population: float = np.nan
) -> Respondents:
    """Take all of some rows as one sample (see `Forms.respondents`)."""
    return forms_of(rows, elements, rule).respondents(np.arange(len(rows)), rule, population)


def _codes(rows: pd.DataFrame, columns: Sequence[str]) -> Array:
    """One code for each distinct row of columns, in the order of their values."""
    code = np.zeros(len(rows), np.int64)
    for column in columns:
        # Missing is a value of its own, after all others.
        own, values = pd.factorize(rows[column], sort=True)
        own = np.where(own < 0, len(values), own)
        code = np.unique(code * (len(values) + 1) + own, return_inverse=True)[1]
    return np.asarray(code)
