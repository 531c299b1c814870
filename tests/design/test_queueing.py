from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.design.closed_forms.queueing import (
    allen_cunneen,
    busy_percentile,
    fork_join,
    impatient_queue,
    kingman,
    limited_queue,
    loss_probability,
    percentile_of_each,
    pollaczek_khinchine,
    slowest_bound,
    slowest_exponential,
    waiting_probability,
)
from mlsd_kit.design.sizing.availability import enough_up
from mlsd_kit.scaling import erlang

servers = st.integers(1, 300)
utilisation = st.floats(0.01, 0.99)


@given(servers, st.floats(0.01, 3.0))
def test_erlang_b_is_that_of_the_recursion(c, share):
    expected = erlang.erlang_b(c, share * c)
    assert loss_probability(c, share * c) == pytest.approx(expected, rel=1e-9, abs=1e-290)


@given(servers, utilisation)
def test_erlang_c_and_the_mean_wait_are_those_of_the_recursion(c, share):
    assert waiting_probability(c, share * c) == pytest.approx(erlang.erlang_c(c, share * c), 1e-9)
    wait = erlang.mean_wait(share * c / 0.02, 0.02, c)
    assert allen_cunneen(share * c / 0.02, 0.02, c) == pytest.approx(wait, rel=1e-9, abs=1e-290)


def test_a_million_servers_are_no_trouble():
    assert 0 < waiting_probability(10**6, 10**6 - 2000) < 0.05
    assert loss_probability(10**6, 2 * 10**6) == pytest.approx(0.5, abs=1e-5)


def test_one_server_with_constant_service_waits_half_as_long_as_with_exponential():
    assert pollaczek_khinchine(0.9, 1.0, 0.0) == pytest.approx(4.5)
    assert pollaczek_khinchine(0.9, 1.0, 1.0) == pytest.approx(9.0)
    assert pollaczek_khinchine(0.9, 1.0, 2.0) == pytest.approx(22.5)


def test_kingman_counts_both_variabilities():
    assert kingman(0.8, 1.0, arrival_cv=0.5, service_cv=1.0) == pytest.approx(4 * 0.625)


def test_overload_waits_for_ever():
    assert math.isinf(allen_cunneen(3.0, 1.0, 2))
    assert waiting_probability(2, 3.0) == 1.0


def test_results_broadcast_over_rates():
    assert allen_cunneen(np.array([0.5, 0.9]), 1.0, 1) == pytest.approx([1.0, 9.0])


def test_calls_under_way_without_waiting_are_poisson():
    assert busy_percentile(1000.0, 0.1, 50) == pytest.approx(100, abs=1)


def chain(load: float, c: int, k: int) -> tuple[float, float, float, float]:
    """M/M/c/K by its states: lost, waiting given accepted, mean and variance of such a wait."""
    weights = [1.0]
    for n in range(1, c + k + 1):
        weights.append(weights[-1] * load / min(n, c))
    p = np.array(weights) / sum(weights)
    accepted = p[:-1] / p[:-1].sum()
    queued = accepted[c:]
    stages = np.arange(1, k + 1)
    waits = queued.sum()
    mean = (queued * stages).sum() / waits / c
    square = (queued * (stages + stages**2)).sum() / waits / c**2
    return p[-1], waits, mean, square - mean**2


@pytest.mark.parametrize("load", [0.3, 0.95, 1.0, 1.00001, 1.2, 3.0])
@pytest.mark.parametrize(("c", "k"), [(1, 1), (1, 20), (4, 3), (4, 100)])
def test_a_limited_queue_has_the_figures_of_its_states(load, c, k):
    found = limited_queue(load * c, 1.0, c, k)
    figures = (found.lost, found.waits, found.wait, found.variance)
    assert figures == pytest.approx(chain(load * c, c, k), rel=2e-3)


def test_a_queue_without_places_is_erlang_b():
    found = limited_queue(6.0, 1.0, 5, 0)
    assert (found.lost, found.waits) == pytest.approx((erlang.erlang_b(5, 6.0), 0.0))


@given(servers, utilisation)
def test_a_queue_with_many_places_is_one_without_a_limit(c, share):
    found = limited_queue(share * c, 1.0, c, 10**6)
    assert found.waits * found.wait == pytest.approx(erlang.mean_wait(share * c, 1.0, c), rel=1e-6)
    assert found.variance == pytest.approx(found.wait**2, rel=1e-6)  # exponential
    assert found.lost == pytest.approx(0.0, abs=1e-12)


@given(st.floats(0.1, 5.0), servers, st.integers(0, 1000), st.floats(0, 4))
def test_the_figures_of_a_limited_queue_are_possible(load, c, k, cv):
    found = limited_queue(load * c, 1.0, c, k, service_cv=cv)
    assert 0 <= found.lost <= 1
    assert 0 <= found.waits <= 1
    assert 0 <= found.wait <= (k + 1 + cv**2) / c * (1 + 1e-9)
    assert found.variance >= 0


@pytest.mark.parametrize("load", [0.2, 0.8, 1.0, 1.00001, 1.5, 30.0])
@pytest.mark.parametrize("c", [1, 3, 50])
def test_a_queue_without_patience_is_erlang_b(load, c):
    found = impatient_queue(load * c, 1.0, c, patience=0.0)
    assert found.gives_up == pytest.approx(erlang.erlang_b(c, load * c))


@given(servers, utilisation)
def test_a_queue_with_endless_patience_is_mmc(c, share):
    found = impatient_queue(share * c, 1.0, c, patience=1e5)
    assert found.gives_up == pytest.approx(0.0, abs=1e-9)
    wait = erlang.mean_wait(share * c, 1.0, c)
    assert found.limited_mean(1e5) == pytest.approx(wait, rel=1e-5, abs=1e-9)


@given(st.floats(1.05, 100.0), servers)
def test_in_overload_what_cannot_be_served_gives_up(load, c):
    found = impatient_queue(load * c, 1.0, c, patience=1e3)
    assert found.gives_up == pytest.approx(1 - 1 / load, abs=1e-3)
    assert found.limited_mean(1e3) == pytest.approx(1e3, rel=0.05)


@pytest.mark.parametrize("load", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("patience", [0.5, 4.0])
def test_a_wait_with_patience_is_the_integral_of_its_tail(load, patience):
    c = 2
    lam, found = load * c, impatient_queue(load * c, 1.0, c, patience)
    t = np.linspace(0, patience, 20_001)
    shape = np.exp((lam - c) * t)
    states = 1 + lam  # none busy, one busy: relative to none
    density = lam * lam * shape  # level crossing, for c − 1 busy
    after = lam * lam * shape[-1] / c
    total = states + np.trapezoid(density, t) + after
    assert found.gives_up == pytest.approx(after / total, rel=1e-6)
    mean = (np.trapezoid(density * t, t) + after * patience) / total
    assert found.limited_mean(patience) == pytest.approx(mean, rel=1e-6)


def test_the_slowest_of_exponential_times_is_a_harmonic_sum():
    assert slowest_exponential(4, 2.0) == pytest.approx(2 * (1 + 1 / 2 + 1 / 3 + 1 / 4))


@given(st.integers(1, 1000))
def test_the_bound_holds_for_exponential_times(n):
    assert slowest_exponential(n, 1.0) <= slowest_bound(n, 1.0, 1.0) + 1e-9


def test_the_slowest_of_many_needs_a_higher_percentile_of_each():
    assert percentile_of_each(10, 99) ** 10 == pytest.approx(99 * 100**9)


def test_fork_and_join_of_two_is_exact():
    rho = 0.6
    exact = (12 - rho) / 8 / (1 - rho)  # Flatto and Hahn (1984)
    assert fork_join(2, rho, 1.0).mean == pytest.approx(exact)


@given(st.integers(1, 32), utilisation)
def test_fork_and_join_lies_between_its_bounds(n, rho):
    found = fork_join(n, rho, 1.0)
    assert found.low <= found.mean * (1 + 1e-9)
    assert found.mean <= found.high * (1 + 1e-9)


def test_replicas_up_are_binomial():
    assert enough_up(3, 2, 0.1) == pytest.approx(0.9**3 + 3 * 0.9**2 * 0.1)
    assert enough_up(3, 4, 0.1) == 0.0
