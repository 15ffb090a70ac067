"""One cluster is refused by every estimator that clusters its errors, and few are named below its table."""

import pandas as pd
import pytest
from methods.estimator_cases import CASES

from asn_research.errors import ModelError
from asn_research.methods import decompose_gap
from asn_research.methods.few_clusters import LEAST_CLUSTERS

#: Estimators that take the column of the clusters, with the arguments of their case.
CLUSTERED = [
    pytest.param(
        case, {**case.call, "cluster": case.call.get("cluster", "unit")}, id=f"{at}_{case.fit.__name__}"
    )
    for at, case in enumerate(CASES)
    if "cluster" in case.call or case.fit is decompose_gap
]
#: These hand back a table of many fits, or ask for more clusters than two.
WITHOUT_NOTES = {"one_control_at_a_time", "mediation_sensitivity", "specification_curve", "wild_bootstrap"}


def of_clusters(case, call, n):
    """The data of a case with all its clusters gathered into n."""
    data = case.data()
    return data.assign(gathered=pd.factorize(data[call["cluster"]])[0] % n)


@pytest.mark.parametrize(("case", "call"), CLUSTERED)
def test_one_cluster_is_refused_in_words(case, call):
    with pytest.raises(ModelError, match=r"lie in one|at least four|could be fitted"):
        case.fit(of_clusters(case, call, 1), **{**call, "cluster": "gathered"})


@pytest.mark.parametrize(("case", "call"), CLUSTERED)
def test_few_clusters_are_named_with_their_number(case, call):
    if case.fit.__name__ in WITHOUT_NOTES:
        return
    few = case.fit(of_clusters(case, call, 3), **{**call, "cluster": "gathered"})
    assert [note for note in few.notes if "Only 3 clusters" in note]
    assert few.n_clusters == 3


def test_enough_clusters_are_not_named():
    case = next(case for case in CASES if case.call.get("cluster") == "unit")
    data = of_clusters(case, case.call, LEAST_CLUSTERS)
    assert not case.fit(data, **{**case.call, "cluster": "gathered"}).notes
