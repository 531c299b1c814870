"""A/B tests that are read on the way, against published bounds, integrals and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from mlsd_kit.errors import UserError
from mlsd_kit.evaluation import (
    always_valid_interval,
    always_valid_p,
    crossing_probability,
    first_stop,
    mixture_ratio,
    simulate_looks,
    spending_bounds,
)

FIVE = [0.2, 0.4, 0.6, 0.8, 1.0]


def test_bounds_of_o_brien_and_fleming_are_those_published():
    """R's ldbounds 2.0, `ldBounds(5)`: two-sided 0.05."""
    found = spending_bounds(FIVE)
    assert found == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=1e-3)


def test_bounds_of_pocock_s_kind_are_those_published():
    """R's ldbounds 2.0, `ldBounds(5, iuse=2)`: two-sided 0.05."""
    found = spending_bounds(FIVE, spend="pocock")
    assert found == pytest.approx([2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=1e-3)


def test_a_side_of_two_is_a_test_of_one_side():
    """SeqBounds.jl's README: one-sided 0.05, four looks; both sides hardly meet."""
    found = spending_bounds([0.25, 0.5, 0.75, 1.0], alpha=0.1)
    assert found == pytest.approx([3.74955, 2.53993, 2.01604, 1.72014], abs=2e-4)


@pytest.mark.parametrize(
    ("looks", "chance"),
    [(1, 0.050), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248)],
)
def test_looking_k_times_raises_false_alarms_as_published(looks, chance):
    """Armitage, McPherson and Rowe (1969), table 2: |z| > 1.96 at each of k equal looks."""
    shares = np.arange(1, looks + 1) / looks
    found = crossing_probability(shares, [1.959964] * looks)[-1]
    assert found == pytest.approx(chance, abs=6e-4)


@pytest.mark.parametrize("spend", ["obrien-fleming", "pocock"])
def test_spending_spends_what_it_says(spend):
    spent = crossing_probability(FIVE, spending_bounds(FIVE, 0.05, spend))
    assert spent[-1] == pytest.approx(0.05, abs=1e-5)
    assert (np.diff(spent) > 0).all()


def test_power_with_looks_is_that_of_simulated_tests():
    looks = simulate_looks(0.05, 0.056, 4000, 5, 4000, seed=1)
    bounds = spending_bounds(FIVE)
    drift = 0.006 / np.sqrt((0.05 * 0.95 + 0.056 * 0.944) / 20_000)
    crossed = np.logical_or.accumulate(np.abs(looks.z) > bounds, axis=1)
    assert crossing_probability(FIVE, bounds, drift) == pytest.approx(
        crossed.mean(axis=0), abs=0.02
    )


def test_many_looks_have_infinite_bounds_at_first_and_still_spend_alpha():
    shares = np.arange(1, 41) / 40
    bounds = spending_bounds(shares)
    assert np.isinf(bounds[0])
    assert crossing_probability(shares, bounds)[-1] == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize("shares", [[], [0.0, 1.0], [0.5, 0.4], [0.5, 1.1]])
def test_shares_that_do_not_ascend_are_refused(shares):
    with pytest.raises(ValueError, match="shares ascend"):
        spending_bounds(shares)


def test_an_unknown_way_to_spend_is_one_line():
    with pytest.raises(UserError, match="'all' is none of obrien-fleming, pocock"):
        spending_bounds([1.0], spend="all")


@settings(deadline=None)
@given(st.floats(-8, 8), st.integers(1, 2000), st.floats(0.1, 2.0), st.floats(0.05, 0.5))
def test_the_mixture_is_the_integral_of_the_likelihood_ratio(z, n, v, tau):
    """Over effects θ ~ N(0, τ²), with d ~ N(θ, V / n)."""
    spread = np.sqrt(v / n)
    d = z * spread

    def ratio(theta):
        log = stats.norm.logpdf(d, theta, spread) - stats.norm.logpdf(d, 0, spread)
        return np.exp(log + stats.norm.logpdf(theta, 0, tau))

    middle = d * tau**2 / (tau**2 + spread**2)
    width = 12 * tau * spread / np.sqrt(tau**2 + spread**2)
    found, _ = integrate.quad(ratio, middle - width, middle + width, epsabs=0, epsrel=1e-8)
    assert mixture_ratio(d, n, v, tau) == pytest.approx(found, rel=1e-5)


@settings(deadline=None)
@given(st.floats(-0.3, 0.3), st.integers(10, 10**6), st.floats(0.01, 1.0), st.floats(0.001, 0.3))
def test_interval_and_ratio_say_the_same(d, n, v, tau):
    low, high = always_valid_interval(d, n, v, tau)
    ratio = mixture_ratio(d, n, v, tau)
    if abs(ratio - 20) > 1e-6 * ratio:
        assert (low > 0 or high < 0) == (ratio > 20)


def test_the_p_value_never_rises():
    looks = simulate_looks(0.1, 0.12, 200, 30, 50)
    p = always_valid_p(looks.difference, looks.n, looks.variance, tau=0.02)
    assert (np.diff(p, axis=1) <= 0).all()
    assert p.max() <= 1


@pytest.mark.parametrize("tau", [0.001, 0.01, 0.1])
def test_however_often_one_looks_always_valid_has_at_most_5_percent_false_alarms(tau):
    looks = simulate_looks(0.1, 0.1, 200, 200, 2000, seed=3)
    p = always_valid_p(looks.difference, looks.n, looks.variance, tau)
    assert (p[:, -1] <= 0.05).mean() < 0.05
    peeking = (np.abs(looks.z) > 1.96).any(axis=1).mean()
    assert peeking > 0.3


def test_an_effect_is_found_in_the_end():
    looks = simulate_looks(0.1, 0.12, 2000, 20, 300, seed=4)
    p = always_valid_p(looks.difference, looks.n, looks.variance, tau=0.02)
    assert (first_stop(p <= 0.05) > 0).mean() > 0.99


def test_bounds_of_the_effect_hold_at_every_look():
    looks = simulate_looks(0.10, 0.11, 500, 40, 2000, seed=5)
    low, high = always_valid_interval(looks.difference, looks.n, looks.variance, tau=0.02)
    inside = ((low <= 0.01) & (high >= 0.01)).all(axis=1)
    assert inside.mean() > 0.95


def test_a_first_stop_is_counted_from_one():
    assert first_stop(np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]])).tolist() == [2, 0, 1]


def test_a_spread_of_nothing_is_refused():
    with pytest.raises(ValueError, match="tau is above 0"):
        mixture_ratio(0.1, 10, 1.0, 0.0)
