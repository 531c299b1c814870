import numpy as np
import pytest
from scipy import stats

from mlsd_kit.evaluation import detectable_lift, power_of_means, sample_size, sample_size_means


@pytest.mark.parametrize(
    ("effect", "power", "n"),
    [(0.2, 0.80, 393), (0.5, 0.80, 64), (0.8, 0.80, 26), (0.5, 0.90, 85), (1.0, 0.80, 17)],
)
def test_the_size_is_that_of_cohen_s_table(effect, power, n):
    """Cohen (1988), table 2.4.1: n of each arm, two-sided 0.05; he rounds, we round up."""
    assert sample_size_means(effect, 1.0, power=power) == pytest.approx(n, abs=1)
    assert sample_size_means(3 * effect, 3.0, power=power) == pytest.approx(n, abs=1)


def test_the_power_is_that_of_simulated_t_tests():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (4000, 40)), rng.normal(0.5, 1, (4000, 40))
    found = np.mean(stats.ttest_ind(a, b, axis=1).pvalue < 0.05)
    assert power_of_means(40, 0.5, 1.0) == pytest.approx(found, abs=0.02)


def test_one_fewer_would_not_have_the_power():
    n = sample_size_means(0.3, 1.0)
    assert power_of_means(n, 0.3, 1.0) >= 0.8 > power_of_means(n - 1, 0.3, 1.0)


@pytest.mark.parametrize(("rate", "n"), [(0.02, 50_000), (0.5, 400), (0.001, 10**6)])
def test_the_detectable_lift_is_the_one_that_the_size_was_made_for(rate, n):
    assert sample_size(rate, detectable_lift(rate, n)) == pytest.approx(n, rel=0.01)


def test_too_small_a_test_finds_nothing():
    with pytest.raises(ValueError, match="would not even find a lift by 100%"):
        detectable_lift(0.01, 100)


def test_sizes_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="are not 0"):
        sample_size_means(0.0, 1.0)
    with pytest.raises(ValueError, match="at least 2"):
        power_of_means(1, 0.1, 1.0)
