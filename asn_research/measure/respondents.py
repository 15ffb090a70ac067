"""Citizens' answers of one unit and period as arrays, with the sampling design: clusters and strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd

from asn_research.methods.survey.cluster_bootstrap import replicate_totals
from asn_research.methods.survey.survey_design import Design, cluster_sums
from asn_research.rules.regulations import SurveyDesignRule

Array = np.ndarray
# Up to this share of forms may lack a date; the undated forms of a counter then count as one more day.
_MOST_UNDATED = 0.2
#: Sampling designs: clusters are counter-days, counter-days within services (strata), or single respondents.
CLUSTERED, STRATIFIED, SIMPLE = "counter_days", "counter_days_in_services", "respondents"


@dataclass(frozen=True)
class Respondents:
    """The answers of one unit in one period, with their sampling design.

    Parameters
    ----------
    answers : np.ndarray
        Respondents × elements; nan where unanswered.
    clusters, strata : np.ndarray
        Codes of the cluster and stratum of each respondent, from 0 without a gap.
    drawn_as : str
        The assumed sampling design (`CLUSTERED`, `STRATIFIED` or `SIMPLE`).
    sampled_share : float
        Sampling fraction: respondents divided by people served; 0 if the latter are unknown.
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
        """Number of clusters minus number of strata; for a simple random sample, respondents minus one."""
        return self.n_clusters - int(self.strata.max()) - 1

    def design(self, weights: Array | None = None, cells: tuple[Array, ...] = ()) -> Design:
        """Return the sampling design for linearised estimates."""
        share = np.full(int(self.strata.max()) + 1, self.sampled_share)
        ones = np.ones(len(self.answers))
        return Design(ones if weights is None else weights, self.clusters, self.strata, share, cells)

    def replicates(self, rule: SurveyDesignRule, name: str, columns: Array | None = None) -> Array:
        """Resample the clusters, and return the totals of each replicate.

        Parameters
        ----------
        rule : SurveyDesignRule
            Number of replicates and seed.
        name : str
            Name of the sample, which is part of the seed: the same name gives the same draws, whatever
            other units are measured.
        columns : np.ndarray, optional
            Respondents × variables to sum; by default the answers, then whether each was given.
        """
        if columns is None:
            columns = np.concatenate([np.nan_to_num(self.answers), ~np.isnan(self.answers)], axis=1)
        strata, sums = cluster_sums(columns, self.clusters, self.strata)
        rng = np.random.default_rng([rule.seed, crc32(name.encode())])
        return replicate_totals(sums, strata, rule.replicates, rng, self.sampled_share)


def joined(parts: Sequence[Respondents]) -> Respondents:
    """Return the respondents of several units as one sample, in which every unit is a stratum of its own."""
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
    """The forms of a period as arrays, from which the forms of each unit are selected quickly.

    Parameters
    ----------
    answers : np.ndarray
        Forms × elements; nan where unanswered.
    counter_days : np.ndarray or None
        Codes of the counter and day of each form; None if the table has no dates.
    strata : np.ndarray
        Codes of the stratum of each form.
    is_dated : np.ndarray
        Whether the date of each form is known.
    units : dict of str to np.ndarray
        The positions of the forms of each reporting unit, by its id.
    """

    answers: Array
    counter_days: Array | None
    strata: Array
    is_dated: Array
    units: dict[str, Array]

    def respondents(self, at: Array, rule: SurveyDesignRule, population: float = np.nan) -> Respondents:
        """Return some forms as a sample, with its design.

        The finite population correction uses respondents divided by people served. With clusters this is
        conservative; it would be exact if all counter-days had the same probability of being drawn.

        Parameters
        ----------
        at : np.ndarray
            The positions of the forms.
        rule : SurveyDesignRule
            The smallest number of clusters; with fewer, respondents are taken as drawn individually.
        population : float
            Number of people served; nan if unknown.
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
        # A simple random sample. Clusters are numbered in the order of the answers, so that the order of the
        # rows in the file does not change the replicates.
        singly = np.empty(n, int)
        singly[np.lexsort(np.nan_to_num(answers, nan=0.0).T)] = np.arange(n)
        return Respondents(answers, singly, np.zeros(n, int), SIMPLE, share)


def forms_of(rows: pd.DataFrame, elements: Sequence[str], rule: SurveyDesignRule) -> Forms:
    """Convert the rows of a period to arrays.

    Parameters
    ----------
    rows : pd.DataFrame
        Rows of `citizen_feedback`, one row per respondent.
    elements : sequence of str
        The columns with answers.
    rule : SurveyDesignRule
        The columns that define clusters and strata.
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
    """Return columns of any numeric type as floats; missing values are nan."""
    if not len(columns):
        return np.zeros((len(rows), 0))
    parts = [rows[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for name in columns]
    return np.stack(parts, axis=1)


def respondents_of(
    rows: pd.DataFrame, elements: Sequence[str], rule: SurveyDesignRule, population: float = np.nan
) -> Respondents:
    """Return all given rows as one sample, with its design (see `Forms.respondents`)."""
    return forms_of(rows, elements, rule).respondents(np.arange(len(rows)), rule, population)


def _codes(rows: pd.DataFrame, columns: Sequence[str]) -> Array:
    """Return one code for each distinct combination of column values, in the order of the values."""
    code = np.zeros(len(rows), np.int64)
    for column in columns:
        # Missing counts as a value of its own, after all others.
        own, values = pd.factorize(rows[column], sort=True)
        own = np.where(own < 0, len(values), own)
        code = np.unique(code * (len(values) + 1) + own, return_inverse=True)[1]
    return np.asarray(code)
