"""Synthetic control: its weights are optimal, its placebos honest, its refusals in words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research.errors import ModelError, RequestError
from asn_research.methods import fit_synthetic
from asn_research.methods.causal.synthetic_control import simplex_weights
from asn_research.study import adoption_of, spread


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40), st.sampled_from([0.0, 0.3, 5.0]))
def test_no_other_blend_lies_nearer(seed, n_donors, penalty):
    # Karush-Kuhn-Tucker: at the optimum no donor's slope is below the weighted mean of all slopes.
    rng = np.random.default_rng(seed)
    donors, target = rng.normal(size=(12, n_donors)), rng.normal(size=12)
    weights = simplex_weights(donors, target, penalty)
    slope = donors.T @ (donors @ weights - target) + penalty * weights
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0
    assert slope.min() >= slope @ weights - 1e-7 * max(1.0, np.abs(slope).max())


def panel(effect=-0.4, n_units=30, n=24, start=12, noise=0.08, seed=0):
    rng = np.random.default_rng(seed)
    course = np.cumsum(rng.normal(-0.01, 0.03, n))
    own = rng.normal(0, 0.3, n_units)[:, None] + np.outer(rng.uniform(0.5, 1.5, n_units), course)
    y = own + rng.normal(0, noise, (n_units, n))
    y[0, start:] += effect
    rows = [(f"U{u:02d}", t, y[u, t]) for u in range(n_units) for t in range(n)]
    return pd.DataFrame(rows, columns=["unit", "month", "y"])


def fitted(data, **how):
    return fit_synthetic(
        data, "y", **{"unit": "unit", "period": "month", "treated": "U00", "start": 12, **how}
    )


def test_a_planted_change_is_found_and_no_other_unit_shows_one():
    fit = fitted(panel())
    assert fit.low < -0.4 < fit.high < 0
    assert fit.p_value == pytest.approx(1 / 30)
    assert fit.weights.sum() == pytest.approx(1)
    assert fit.earlier["effect"].abs().max() < 0.15
    assert "0.033" in fit.summary()
    assert "Permutation test by placebos over 30 units" in fit.summary()


def test_where_nothing_changed_the_permutation_is_not_impressed():
    p_values = [fitted(panel(effect=0.0, seed=seed)).p_value for seed in range(40)]
    # At most about 1 in 20 below 0.05 and a half below 0.5; forty series give a wide band.
    assert np.mean(np.array(p_values) <= 0.05) <= 0.15
    assert 0.3 <= np.median(p_values) <= 0.75


def test_few_donors_give_no_interval_and_say_so():
    fit = fitted(panel(n_units=6))
    assert np.isnan(fit.low)
    assert "smallest possible p is 0.17" in fit.notes[0]


@pytest.mark.parametrize(
    ("data", "how", "words"),
    [
        pytest.param(panel(n_units=2), {}, "1 units can be compared", id="one_control"),
        pytest.param(panel(), {"start": 1}, "1 periods lie before", id="no_time_before"),
        pytest.param(panel(), {"start": 30}, "no period lies after", id="nothing_after"),
        pytest.param(panel(), {"treated": "U99"}, "no y of U99", id="unknown_unit"),
        pytest.param(panel().assign(y=1.0), {}, "the same in every period|can be compared", id="constant"),
    ],
)
def test_what_cannot_be_compared_is_said_in_words(data, how, words):
    with pytest.raises(ModelError, match=words):
        fitted(data, **how)


PROGRAMMES = pd.DataFrame(
    {
        "programme": ["Loket cepat", " loket CEPAT", "Loket cepat", "Bank sampah"],
        "reporting_unit_id": ["U00", "U01", "U02", "U03"],
        "period": ["a", "b", "b", "a"],
        "start_date": pd.to_datetime(["2025-01-05", "2025-04-05", "2025-07-05", "2025-01-05"]),
    }
)


def test_who_took_a_practice_up_is_read_whatever_its_capitals():
    assert list(adoption_of(PROGRAMMES, "loket cepat")["unit"]) == ["U00", "U01", "U02"]
    with pytest.raises(ModelError, match="No unit reports a programme 'Antrean'"):
        adoption_of(PROGRAMMES, "Antrean")


def test_a_practice_that_spread_is_judged_in_every_adopter():
    data = panel()
    for name, start, effect in (("U01", 14, -0.3), ("U02", 17, -0.3)):
        data.loc[(data["unit"] == name) & (data["month"] >= start), "y"] += effect
    adoption = pd.DataFrame({"unit": ["U00", "U01", "U02"], "start": [12, 14, 17]})
    found = spread(data, "y", adoption, unit="unit", period="month")
    assert found.has_spread
    assert found.n_could_adopt == 27
    assert found.first_effect == pytest.approx(-0.4, abs=0.1)
    assert found.later_effect == pytest.approx(-0.3, abs=0.1)
    assert found.pooled is not None
    assert found.pooled.mean + 1.96 * found.pooled.mean_std_error < 0
    assert set(found.placebos["adopter"]) == {"U00", "U01", "U02"}
    assert not spread(data, "y", adoption.head(1), unit="unit", period="month").has_spread


def test_an_adopter_without_a_time_before_is_named_not_dropped():
    found = spread(
        panel(), "y", pd.DataFrame({"unit": ["U00", "U01"], "start": [12, 0]}), unit="unit", period="month"
    )
    assert "0 periods lie before the change" in found.effects.set_index("unit").loc["U01", "status"]
    with pytest.raises(ModelError, match="No unit took the practice up"):
        spread(panel(), "y", pd.DataFrame({"unit": [], "start": []}), unit="unit", period="month")


def test_a_start_of_another_kind_than_the_periods_is_named():
    with pytest.raises(RequestError, match="start=12 is of another kind"):
        fitted(panel(), start="12")
