import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from mlsd_kit.evaluation import compare_rates, sample_size


def trials(control, treated, n, runs, seed=0):
    """Results of many A/B tests of two true rates."""
    rng = np.random.default_rng(seed)
    pairs = zip(rng.binomial(n, control, runs), rng.binomial(n, treated, runs), strict=True)
    return [compare_rates(int(a), n, int(b), n) for a, b in pairs]


@pytest.mark.parametrize(
    ("rate", "other", "power", "n"),
    [
        (0.60, 0.70, 0.80, 356),
        (0.50, 0.60, 0.80, 388),
        (0.60, 0.70, 0.90, 477),
        (0.10, 0.15, 0.80, 686),
    ],
)
def test_the_sample_size_is_that_of_the_published_formula(rate, other, power, n):
    """Known sizes of each arm for two proportions, without the continuity correction."""
    assert sample_size(rate, other / rate - 1, power=power) == n


@pytest.mark.parametrize(("rate", "lift", "power"), [(0.015, 0.1, 0.8), (0.1, -0.1, 0.9)])
def test_the_sample_size_gives_the_power_it_promises(rate, lift, power):
    n = sample_size(rate, lift, power=power)
    found = trials(rate, rate * (1 + lift), n, runs=4000)
    assert np.mean([test.significant for test in found]) == pytest.approx(power, abs=0.02)


@given(st.floats(0.001, 0.4), st.floats(0.01, 0.5))
def test_half_the_lift_needs_about_four_times_the_traffic(rate, lift):
    ratio = sample_size(rate, lift / 2) / sample_size(rate, lift)
    assert 2.4 < ratio < 4.4


@pytest.mark.parametrize(("rate", "lift"), [(0, 0.1), (1, 0.1), (0.6, 0.9), (0.1, 0), (0.1, -1)])
def test_rates_that_cannot_be_are_refused(rate, lift):
    with pytest.raises(ValueError, match="must differ and lie within 0 and 1"):
        sample_size(rate, lift)


@pytest.mark.parametrize("chances", [{"alpha": 0}, {"alpha": 1}, {"power": 1}, {"power": 0}])
def test_chances_that_cannot_be_are_refused(chances):
    with pytest.raises(ValueError, match=r"alpha .* and power .* lie between 0 and 1"):
        sample_size(0.1, 0.1, **chances)


def test_without_a_difference_one_test_in_twenty_is_a_false_alarm():
    found = trials(0.02, 0.02, 20_000, runs=4000)
    assert np.mean([test.significant for test in found]) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("lift", [-0.2, 0.1, 0.5])
def test_the_interval_covers_the_true_lift(lift):
    found = trials(0.02, 0.02 * (1 + lift), 10_000, runs=4000)
    assert np.mean([t.low <= lift <= t.high for t in found]) == pytest.approx(0.95, abs=0.01)


def test_a_small_example_by_hand():
    # log(120 / 100) = 0.18232, standard error √(0.9 / 100 + 0.88 / 120) = 0.12780.
    found = compare_rates(100, 1000, 120, 1000)
    assert found.lift == pytest.approx(0.2)
    assert found.low == pytest.approx(np.exp(0.18232 - 1.95996 * 0.12780) - 1, abs=1e-4)
    assert found.high == pytest.approx(np.exp(0.18232 + 1.95996 * 0.12780) - 1, abs=1e-4)
    assert found.p_value == pytest.approx(0.1537, abs=1e-4)


@given(st.integers(500, 1500), st.integers(500, 1500), st.integers(20_000, 80_000))
def test_the_p_value_is_near_that_of_the_chi_square_test(a, b, n):
    other = chi2_contingency([[a, n - a], [b, n - b]], correction=False).pvalue
    assert compare_rates(a, n, b, n).p_value == pytest.approx(other, abs=0.01)


@given(st.integers(1, 999), st.integers(1, 999), st.floats(0.001, 0.5))
def test_p_value_and_interval_say_the_same(a, b, alpha):
    found = compare_rates(a, 1000, b, 1000, alpha=alpha)
    assert found.significant == (found.p_value < alpha)
    assert found.low <= found.lift <= found.high


@given(st.integers(1, 999), st.integers(1, 999))
def test_the_arms_can_be_swapped(a, b):
    one, other = compare_rates(a, 1000, b, 1000), compare_rates(b, 1000, a, 1000)
    assert 1 + one.lift == pytest.approx(1 / (1 + other.lift))
    assert 1 + one.high == pytest.approx(1 / (1 + other.low))
    assert one.p_value == pytest.approx(other.p_value)


@pytest.mark.parametrize(
    "counts", [(0, 10, 5, 10), (5, 10, 0, 10), (11, 10, 5, 10), (5, 10, 11, 10), (10, 10, 10, 10)]
)
def test_counts_that_tell_nothing_are_refused(counts):
    with pytest.raises(ValueError, match="each arm needs"):
        compare_rates(*counts)
