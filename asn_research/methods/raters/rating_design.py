"""Who rated whom: whether the ratings link all raters, without which their severities cannot be compared."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.parts import Parts
from asn_research.rules.words import Said, said, worded


@dataclass(frozen=True, repr=False)
class RatingDesign(Parts):
    """How a table of ratings hangs together.

    Parameters
    ----------
    components : pd.DataFrame
        One row per linked set, largest first: component, n_persons, n_raters, n_ratings.
    component_of : pd.Series
        The set of each rater.
    n_persons, n_raters, n_ratings : int
        What there is.
    raters_per_person : float
        Mean number of raters of a person.
    share_single_pct : float
        Persons with one rater only, in percent.
    """

    components: pd.DataFrame
    component_of: pd.Series
    n_persons: int
    n_raters: int
    n_ratings: int
    raters_per_person: float
    share_single_pct: float

    @property
    def is_connected(self) -> bool:
        """Whether every rater can be compared with every other through persons rated in common."""
        return len(self.components) == 1

    def sentence(self) -> Said:
        """Return in words what the design allows."""
        counts = said(
            "design_counts",
            raters=self.n_raters,
            ratings=self.n_ratings,
            persons=self.n_persons,
            each=Decimal(f"{self.raters_per_person:.2f}"),
            single=Decimal(f"{self.share_single_pct:.0f}"),
        )
        if self.n_raters == 1:
            return said("design_one_rater", counts=counts)
        if self.is_connected:
            return said("design_connected", counts=counts)
        largest = self.components.iloc[0]
        return said(
            "design_apart",
            counts=counts,
            sets=len(self.components),
            raters=int(largest["n_raters"]),
            persons=int(largest["n_persons"]),
        )

    def refusal(self) -> ModelError:
        """Return the error of a model whose severities this design leaves open."""
        return worded(ModelError, "error_design", sentence=self.sentence())


@estimator(person=Role.LABEL, rater=Role.LABEL)
def rating_design(frame: pd.DataFrame, person: str = "person_id", rater: str = "rater_id") -> RatingDesign:
    """Find the sets of raters that persons rated in common link.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per rating.
    person, rater : str
        Columns.

    Returns
    -------
    RatingDesign

    Raises
    ------
    ModelError
        If a column is absent or there is no rating.

    Examples
    --------
    >>> ratings = pd.DataFrame({"person_id": ["a", "b", "c"], "rater_id": ["x", "x", "y"]})
    >>> len(rating_design(ratings).components)
    2
    """
    used = frame[[person, rater]].dropna()
    if used.empty:
        raise worded(ModelError, "error_no_ratings", person=person, rater=rater)
    who, persons = pd.factorize(used[person])
    by, raters = pd.factorize(used[rater])
    n = len(persons)
    links = sparse.coo_array((np.ones(len(used)), (who, n + by)), shape=(n + len(raters),) * 2)
    _, labels = csgraph.connected_components(links.tocsr(), directed=False)
    table = pd.DataFrame(
        {
            "n_persons": np.bincount(labels[:n]), "n_raters": np.bincount(labels[n:]),
            "n_ratings": np.bincount(labels[who]),
        }
    )  # fmt: skip
    order = table.sort_values(["n_raters", "n_persons"], ascending=False, kind="stable").index
    rank = pd.Series(np.arange(1, len(order) + 1), index=order)
    pairs = np.bincount(np.unique(who * len(raters) + by) // len(raters))
    return RatingDesign(
        components=table.loc[order].reset_index(drop=True).assign(component=np.arange(1, len(table) + 1)),
        component_of=pd.Series(rank.loc[labels[n:]].to_numpy(), index=pd.Index(raters, name=rater), name="component"),
        n_persons=n,
        n_raters=len(raters),
        n_ratings=len(used),
        raters_per_person=float(pairs.mean()),
        share_single_pct=float(100 * (pairs == 1).mean()),
    )  # fmt: skip
