"""Paired differences: against the normal interval, and on what has no pairs."""

import numpy as np
import pytest
from scipy import stats

from mlsd_kit.evaluation import paired_difference


def test_large_samples_agree_with_the_normal_interval():
    rng = np.random.default_rng(0)
    a = rng.normal(0.3, 1.0, 4000)
    b = a - rng.normal(0.1, 0.5, 4000)
    found = paired_difference(a, b, seed=1, draws=4000)
    error = stats.sem(a - b)
    assert found.estimate == pytest.approx((a - b).mean())
    assert found.low == pytest.approx(found.estimate - 1.96 * error, abs=0.1 * error)
    assert found.high == pytest.approx(found.estimate + 1.96 * error, abs=0.1 * error)


def test_pairing_is_used():
    rng = np.random.default_rng(0)
    users = rng.normal(size=500)
    assert paired_difference(users + 0.01, users).excludes_zero


def test_users_without_a_figure_are_left_out():
    found = paired_difference([1.0, np.nan, 3.0], [0.0, 5.0, 2.0])
    assert (found.estimate, found.low, found.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("a", "b"), [([1.0], [1.0, 2.0]), ([np.nan], [1.0])])
def test_without_pairs_there_is_no_answer(a, b):
    with pytest.raises(ValueError, match="pair"):
        paired_difference(a, b)
