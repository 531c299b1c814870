"""Exploration: the estimate from what was let through finds the truth."""

import numpy as np
import pytest

from mlsd_kit.evaluation import explore, inverse_propensity_total


def test_what_is_not_blocked_always_goes_through():
    blocked = np.array([False, True, True])
    explored = explore(blocked, 1.0)
    assert explored.allowed.all()
    assert explored.weights.tolist() == [1, 1, 1]
    few = explore(np.ones(10_000, bool), 0.1, seed=3)
    assert few.allowed.mean() == pytest.approx(0.1, abs=0.01)
    assert set(few.weights) == {0.0, 10.0}


def test_the_total_is_unbiased_and_its_interval_covers():
    rng = np.random.default_rng(0)
    values = rng.random(400) < 0.3
    blocked = rng.random(400) < 0.5
    share = np.where(values, 0.3, 0.2)
    covered, estimates = 0, []
    for seed in range(500):
        explored = explore(blocked, share, seed)
        seen = explored.allowed
        found = inverse_propensity_total(values[seen], explored.propensity[seen])
        estimates.append(found.estimate)
        covered += found.low <= values.sum() <= found.high
    assert np.mean(estimates) == pytest.approx(values.sum(), rel=0.01)
    assert covered / 500 == pytest.approx(0.95, abs=0.03)


def test_a_share_of_zero_shows_nothing_and_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        explore(np.array([True]), 0.0)
    with pytest.raises(ValueError, match="propensity"):
        inverse_propensity_total([1.0], [0.0])
