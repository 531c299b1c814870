"""Closed forms of the M/M/c queue: Poisson arrivals, exponential service, c servers, one queue.

Everywhere ``offered_load`` is a = λ / μ in erlangs: arrival rate times mean service time. Formulas
as in Kleinrock, "Queueing Systems, Volume 1" (1975), chapter 3, and Erlang (1917).
"""

from __future__ import annotations

import math


def erlang_b(servers: int, offered_load: float) -> float:
    """Probability that a request finds all servers busy and is lost, when nobody waits.

    Computed by the recursion 1/B(c) = 1 + (c / a) / B(c − 1), which cannot overflow a float for
    loads that matter.

    Raises:
        ValueError: when there are no servers, or the load is negative.

    >>> round(erlang_b(10, 5.0), 4)
    0.0184
    """
    _check(servers, offered_load)
    if offered_load == 0:
        return 0.0
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1.0 + inverse * n / offered_load
    return 1.0 / inverse


def erlang_c(servers: int, offered_load: float) -> float:
    """Probability that a request has to wait; 1 when the servers cannot keep up.

    Raises:
        ValueError: when there are no servers, or the load is negative.

    >>> round(erlang_c(1, 0.7), 4)
    0.7
    """
    _check(servers, offered_load)
    if offered_load >= servers:
        return 1.0
    lost = erlang_b(servers, offered_load)
    return lost / (1 - offered_load / servers * (1 - lost))


def mean_wait(rate: float, service_time: float, servers: int) -> float:
    """Mean time in the queue, in the unit of the service time; infinite when overloaded.

    >>> round(mean_wait(rate=0.5, service_time=1.0, servers=1), 4)
    1.0
    """
    load = rate * service_time
    if load >= servers:
        return math.inf
    return erlang_c(servers, load) * service_time / (servers - load)


def wait_percentile(rate: float, service_time: float, servers: int, percentile: float) -> float:
    """Percentile of the time in the queue, from P(W > t) = C exp(−(cμ − λ) t).

    Args:
        rate: arrivals per second.
        service_time: mean seconds of service.
        servers: requests served side by side.
        percentile: between 0 and 100.
    """
    load = rate * service_time
    if load >= servers:
        return math.inf
    beyond = 1 - percentile / 100
    waits = erlang_c(servers, load)
    if waits <= beyond:
        return 0.0
    return math.log(waits / beyond) * service_time / (servers - load)


def latency_tail(t: float, rate: float, service_time: float, servers: int) -> float:
    """P(T > t) of the time from arrival to answer, waiting and service together."""
    load = rate * service_time
    if load >= servers:
        return 1.0
    return _tail(t / service_time, erlang_c(servers, load), servers - load)


def latency_percentile(rate: float, service_time: float, servers: int, percentile: float) -> float:
    """Percentile of the time from arrival to answer; infinite when overloaded.

    >>> round(latency_percentile(rate=0.5, service_time=1.0, servers=1, percentile=50), 3)
    1.386
    """
    from scipy.optimize import brentq

    if not 0 < percentile < 100:
        raise ValueError(f"a percentile lies between 0 and 100: {percentile}")
    if rate * service_time >= servers:
        return math.inf
    beyond = 1 - percentile / 100
    spare = servers - rate * service_time
    waits = erlang_c(servers, rate * service_time)
    most = -math.log(beyond)
    while _tail(most, waits, spare) > beyond:
        most *= 2

    def excess(x: float) -> float:
        return _tail(x, waits, spare) - beyond

    return service_time * float(brentq(excess, 0.0, most, xtol=1e-12 * most))


def _tail(x: float, waits: float, spare: float) -> float:
    # In service times: the wait has tail waits·exp(−spare·x), the service adds one of rate 1.
    if abs(spare - 1) < 1e-9:
        return math.exp(-x) * (1 + waits * x)
    return math.exp(-x) + waits * (math.exp(-x) - math.exp(-spare * x)) / (spare - 1)


def _check(servers: int, offered_load: float) -> None:
    if servers < 1 or offered_load < 0:
        raise ValueError(
            f"servers must be at least 1 and load at least 0: {servers=} {offered_load=}"
        )
