"""Kaplan and Meier's curve against a published table and another library."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from asn_research.methods.time.kaplan_meier import kaplan_meier

# Weeks in remission under 6-mercaptopurine, and whether they ended (Freireich et al. 1963, Blood 21),
# the standard example of textbooks: Kleinbaum and Klein, Survival Analysis, chapter 2.
WEEKS = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35], float)
ENDED = np.array([True] * 9 + [False] * 12)
PUBLISHED = {
    # week: at risk, share in remission
    6: (21, 0.8571), 7: (17, 0.8067), 10: (15, 0.7529), 13: (12, 0.6902), 16: (11, 0.6275), 22: (7, 0.5378), 23: (6, 0.4482),
}  # fmt: skip
# Weeks under placebo; all ended, the median is published as 8.
PLACEBO = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], float)


def test_the_published_curve():
    curve = kaplan_meier(WEEKS, ENDED)
    assert curve.times.tolist() == list(PUBLISHED)
    assert curve.n_at_risk.tolist() == [n for n, _ in PUBLISHED.values()]
    assert curve.share == pytest.approx([share for _, share in PUBLISHED.values()], abs=5e-5)


def test_greenwoods_published_errors():
    # The same textbook example with standard errors, as R's survfit prints it.
    published = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert kaplan_meier(WEEKS, ENDED).std_error == pytest.approx(published, abs=5e-5)


def test_the_published_medians():
    assert kaplan_meier(WEEKS, ENDED).quantile(0.5).value == 23
    assert kaplan_meier(PLACEBO, np.ones(21, bool)).quantile(0.5).value == 8


def samples():
    rng = np.random.default_rng(5)
    for _ in range(40):
        n = int(rng.integers(8, 60))
        yield rng.integers(1, 15, n).astype(float), rng.random(n) < 0.7


def test_curve_errors_and_intervals_equal_those_of_statsmodels():
    for times, ended in [(WEEKS, ENDED), *samples()]:
        ours, other = kaplan_meier(times, ended), SurvfuncRight(times, ended)
        here = np.isin(other.surv_times, ours.times)
        assert ours.share == pytest.approx(other.surv_prob[here], rel=1e-9)
        inside = ours.share > 0
        assert ours.std_error[inside] == pytest.approx(other.surv_prob_se[here][inside], rel=1e-9)
        for p in (0.25, 0.5):
            with np.errstate(all="ignore"):
                low, high = other.quantile_ci(p)
            found = ours.quantile(p)
            # Where the whole curve lies above, statsmodels says infinite. It takes the time of the last case for an
            # end, where R's survfit has none.
            open_end = np.isinf(high) or (ours.share[-1] == 0 and high == ours.times[-1])
            high = np.nan if open_end else high
            assert [found.low, found.high] == pytest.approx([low, high], nan_ok=True)


@pytest.mark.parametrize(
    ("n", "middle", "ninth"),
    [
        (6, [3.5, 1, np.nan], [6, 4, np.nan]),
        (12, [6.5, 2, 10], [11, 9, np.nan]),
        (20, [10.5, 5, 15], [18.5, 15, np.nan]),
        (60, [30.5, 22, 38], [54.5, 49, 59]),
    ],
)
def test_quantiles_where_all_have_ended_equal_those_of_survfit(n, middle, ninth):
    """By R 4.2.2, survival 3.5-3: quantile(survfit(Surv(1:n, rep(1, n)) ~ 1, conf.type = "log-log"), c(.5, .9)).

    The last day as the upper end of the 90 % quantile held the truth in 57 % of simulations with 8 cases.
    """
    curve = kaplan_meier(np.arange(1, n + 1.0), np.ones(n, bool))
    for p, expected in ((0.5, middle), (0.9, ninth)):
        found = curve.quantile(p)
        assert [found.value, found.low, found.high] == pytest.approx(expected, nan_ok=True)


def test_a_share_by_a_time_has_the_log_log_interval():
    # exp(-exp(log(-log S) +- 1.96 se / (S |log S|))) by hand for S = 0.7529 and se = 0.0963 at week 10.
    found = kaplan_meier(WEEKS, ENDED).ended_by(10)
    share, error = 0.752941, 0.096350
    step = 1.959964 * error / (share * abs(np.log(share)))
    assert found.value == pytest.approx(100 * (1 - share), rel=1e-5)
    assert found.low == pytest.approx(100 * (1 - share ** np.exp(-step)), rel=1e-4)
    assert found.high == pytest.approx(100 * (1 - share ** np.exp(step)), rel=1e-4)


def test_what_the_data_do_not_reach_is_missing():
    curve = kaplan_meier(np.array([1.0, 2, 3, 4]), np.array([True, False, False, False]))
    assert np.isnan(curve.quantile(0.5).value)
    assert np.isnan(kaplan_meier(np.array([]), np.array([], bool)).quantile(0.5).value)
    assert curve.ended_by(0.5).value == 0


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=60))
def test_a_curve_falls_and_waiting_longer_never_makes_a_service_quicker(pairs):
    times, ended = (np.array(x) for x in zip(*pairs, strict=True))
    curve = kaplan_meier(times, ended)
    assert np.all(np.diff(np.concatenate([[1.0], curve.share])) < 1e-12)
    longer = kaplan_meier(times + 5 * ~ended, ended)
    assert longer.ended_by(20).value <= curve.ended_by(20).value + 1e-9


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_with_nothing_open_the_median_is_the_usual_one(times):
    values = np.array(times, float)
    assert kaplan_meier(values, np.ones(len(values), bool)).quantile(0.5).value == np.median(values)


@pytest.mark.slow
def test_the_median_is_unbiased_under_censoring_and_that_of_the_finished_is_not():
    rng = np.random.default_rng(11)
    truth = 10 * np.log(2)
    ours, naive, covered = [], [], []
    for _ in range(1000):
        times = rng.exponential(10, 300)
        open_until = rng.uniform(2, 25, 300)
        ended = times <= open_until
        seen = np.minimum(times, open_until)
        found = kaplan_meier(seen, ended).quantile(0.5)
        ours.append(found.value)
        naive.append(np.median(seen[ended]))
        covered.append(found.low <= truth < found.high)
    error = np.std(ours) / np.sqrt(1000)
    assert abs(np.mean(ours) - truth) < 0.1, (np.mean(ours), error)
    assert np.mean(naive) < truth - 1.5, np.mean(naive)
    # Monte Carlo error 0.7 points.
    assert 0.93 <= np.mean(covered) <= 0.97, np.mean(covered)
