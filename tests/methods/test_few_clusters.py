"""One cluster is refused by every estimator that clusters its errors, and few are named below its table."""

import numpy as np
import pandas as pd
import pytest
from methods.estimator_cases import CASES
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods import decompose_gap, fit_mediation
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


#: Fits whose intervals are those of draws of clusters, with the columns of the ends.
DRAWN = ["fit_mediation", "mediation_sensitivity", "fit_natural_effects", "fit_corrected", "decompose_gap"]


@pytest.mark.parametrize("name", DRAWN)
def test_intervals_of_few_drawn_clusters_are_those_of_students_t(name):
    """Percentiles of draws of three clusters are those of ten numbers: they held the truth in 80 %."""
    case, call = next(param.values for param in CLUSTERED if param.values[0].fit.__name__ == name)
    few = case.fit(of_clusters(case, call, 3), **{**call, "cluster": "gathered", "draws": 400}).table
    if "std_error" in few:
        half = stats.t.ppf(0.975, 2) * few["std_error"]
        np.testing.assert_allclose(few["high"] - few["estimate"], half, rtol=1e-9)
        np.testing.assert_allclose(few["estimate"] - few["low"], half, rtol=1e-9)
    else:
        np.testing.assert_allclose(few["high"] - few["indirect"], few["indirect"] - few["low"], rtol=1e-9)


def test_a_mediation_of_few_clusters_holds_the_truth():
    """The true indirect part is 0.2; percentiles held it in about 80 % of such samples of three clusters."""
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        unit = np.repeat(np.arange(3), 20)
        x = rng.normal(size=60)
        m = 0.5 * x + rng.normal(size=3)[unit] + rng.normal(size=60)
        y = 0.4 * m + 0.2 * x + rng.normal(size=3)[unit] + rng.normal(size=60)
        data = pd.DataFrame({"unit": unit, "x": x, "m": m, "y": y})
        row = fit_mediation(data, "x", "m", "y", cluster="unit", draws=200).row("indirect")
        held += row["low"] <= 0.2 <= row["high"]
    assert held >= 93


def test_draws_without_a_slope_are_refused_and_not_taken_as_zero():
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(4), 15)
    data = pd.DataFrame({"unit": unit, "x": (unit == 0).astype(float), "m": rng.normal(size=60)})
    data["m"] += data["x"]
    data["y"] = data["m"] + rng.normal(size=60)
    with pytest.raises(ModelError, match="bootstrap draws x, m move together"):
        fit_mediation(data, "x", "m", "y", cluster="unit", draws=200)
