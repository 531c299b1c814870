import heapq
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.scaling import (
    erlang_b,
    erlang_c,
    latency_percentile,
    latency_tail,
    mean_wait,
    wait_percentile,
)


@pytest.mark.parametrize(
    ("servers", "load", "lost"),
    # offered load that a group carries at 1 % and 0.1 % loss, as printed Erlang B tables have it
    [(1, 0.0101, 0.01), (2, 0.1526, 0.01), (5, 1.361, 0.01), (10, 4.461, 0.01), (10, 3.092, 0.001)],
)
def test_erlang_b_agrees_with_the_published_tables(servers, load, lost):
    assert erlang_b(servers, load) == pytest.approx(lost, rel=2e-3)


def test_erlang_b_is_the_sum_of_its_definition():
    load, servers = 7.3, 11
    terms = [load**n / math.factorial(n) for n in range(servers + 1)]
    assert erlang_b(servers, load) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


def test_one_server_is_the_textbook_queue():
    assert erlang_c(1, 0.8) == pytest.approx(0.8)
    assert mean_wait(0.8, 1.0, 1) == pytest.approx(0.8 / 0.2)
    # the time in an M/M/1 system is exponential with rate μ − λ
    assert latency_percentile(0.8, 1.0, 1, 99) == pytest.approx(-math.log(0.01) / 0.2)


def test_two_servers_by_hand():
    # a = 1, c = 2: P(wait) = 1/3, mean wait = 1/3 of a service
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert mean_wait(1.0, 1.0, 2) == pytest.approx(1 / 3)


def simulate(rate, service_time, servers, arrivals, seed):
    rng = np.random.default_rng(seed)
    arrived = np.cumsum(rng.exponential(1 / rate, arrivals))
    service = rng.exponential(service_time, arrivals)
    free = [0.0] * servers
    waits = np.empty(arrivals)
    for i in range(arrivals):
        start = max(arrived[i], heapq.heappop(free))
        waits[i] = start - arrived[i]
        heapq.heappush(free, start + service[i])
    return waits, waits + service


@pytest.mark.parametrize(("servers", "load"), [(3, 2.0), (4, 3.4), (8, 6.0)])
def test_the_closed_forms_agree_with_a_simulated_queue(servers, load):
    service = 0.02
    waits, latency = simulate(load / service, service, servers, 300_000, seed=1)
    rate = load / service
    assert np.mean(waits > 0) == pytest.approx(erlang_c(servers, load), rel=0.03)
    assert waits.mean() == pytest.approx(mean_wait(rate, service, servers), rel=0.06)
    for percentile in (50, 95, 99):
        exact = latency_percentile(rate, service, servers, percentile)
        assert np.percentile(latency, percentile) == pytest.approx(exact, rel=0.06)
    assert np.percentile(waits, 99) == pytest.approx(
        wait_percentile(rate, service, servers, 99), rel=0.08
    )


@given(
    servers=st.integers(1, 200),
    utilisation=st.floats(0.01, 0.99),
    percentile=st.floats(1, 99.9),
)
def test_the_percentile_inverts_the_tail(servers, utilisation, percentile):
    rate = servers * utilisation
    t = latency_percentile(rate, 1.0, servers, percentile)
    assert latency_tail(t, rate, 1.0, servers) == pytest.approx(1 - percentile / 100, rel=1e-6)


def test_an_overloaded_queue_has_no_end():
    assert mean_wait(3.0, 1.0, 2) == math.inf
    assert latency_percentile(2.0, 1.0, 2, 50) == math.inf
    assert wait_percentile(2.0, 1.0, 2, 50) == math.inf
    assert latency_tail(1e9, 3.0, 1.0, 2) == 1.0
    assert erlang_c(2, 3.0) == 1.0


@pytest.mark.parametrize(("servers", "load"), [(0, 1.0), (2, -1.0)])
def test_impossible_arguments_are_refused(servers, load):
    with pytest.raises(ValueError, match="at least"):
        erlang_b(servers, load)


def test_large_groups_stay_finite():
    assert 0 < erlang_c(5000, 4900.0) < 1
    assert erlang_b(5000, 10.0) == 0.0
