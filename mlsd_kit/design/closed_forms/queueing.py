"""Closed forms of queues beyond M/M/c: general service times, limited queues, fork and join.

Times are seconds and rates 1/s, or any one unit and its inverse. Every argument may be an array;
results broadcast. ``load`` is a = λ·E[S] in erlangs, the mean number of busy servers. M/M/c by
itself is in `mlsd_kit.scaling.erlang`; `waiting_probability` is its Erlang C for arrays and for
any number of servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

NEARLY_FULL = 1e-4


def loss_probability(servers: ArrayLike, load: ArrayLike) -> Any:
    """Erlang B: the share of calls that find all servers busy and are lost, when nobody waits.

    The ratio of a Poisson probability and its distribution function, P(N = c) / P(N ≤ c) with mean
    a: the same for any distribution of service times (M/G/c/c).

    >>> round(float(loss_probability(10, 5.0)), 4)
    0.0184
    """
    c, a = np.asarray(servers, float), np.asarray(load, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        exactly = np.exp(special.xlogy(c, a) - a - special.gammaln(c + 1))
        lost = exactly / special.pdtr(c, a)
        fluid = 1 - c / a
    return np.where(special.pdtr(c, a) < 1e-290, fluid, lost)[()]


def waiting_probability(servers: ArrayLike, load: ArrayLike) -> Any:
    """Erlang C: the share of calls that have to wait in M/M/c; 1 when the servers cannot keep up.

    >>> round(float(waiting_probability(1, 0.7)), 4)
    0.7
    """
    c, a = np.asarray(servers, float), np.asarray(load, float)
    lost = loss_probability(c, a)
    with np.errstate(divide="ignore", invalid="ignore"):
        waits = lost / (1 - a / c * (1 - lost))
    return np.where(a >= c, 1.0, waits)[()]


def pollaczek_khinchine(rate: ArrayLike, service_time: ArrayLike, cv: ArrayLike) -> Any:
    """Mean wait in M/G/1, exact: ρ / (1 − ρ) · (1 + cv²) / 2 · E[S]; infinite when overloaded.

    Args:
        rate: Poisson arrivals.
        service_time: mean of the service time.
        cv: its coefficient of variation, standard deviation over mean.

    >>> round(float(pollaczek_khinchine(0.5, 1.0, cv=0.0)), 4)  # M/D/1
    0.5
    """
    return kingman(rate, service_time, arrival_cv=1.0, service_cv=cv)


def kingman(
    rate: ArrayLike, service_time: ArrayLike, *, arrival_cv: ArrayLike, service_cv: ArrayLike
) -> Any:
    """Mean wait in G/G/1 by Kingman's heavy-traffic formula (1961); exact for Poisson arrivals.

    ρ / (1 − ρ) · (ca² + cs²) / 2 · E[S]; infinite when overloaded.

    >>> float(kingman(0.8, 1.0, arrival_cv=0.0, service_cv=1.0))
    2.0
    """
    return allen_cunneen(rate, service_time, 1, arrival_cv=arrival_cv, service_cv=service_cv)


def allen_cunneen(
    rate: ArrayLike,
    service_time: ArrayLike,
    servers: ArrayLike,
    *,
    arrival_cv: ArrayLike = 1.0,
    service_cv: ArrayLike = 1.0,
) -> Any:
    """Mean wait in G/G/c: that of M/M/c times (ca² + cs²) / 2; infinite when overloaded.

    Allen, "Probability, Statistics, and Queueing Theory" (1990), section 5.3.4. Exact for M/M/c
    and M/G/1; within some per cent otherwise, worst for light loads.

    >>> round(float(allen_cunneen(1.5, 1.0, 2)), 4)  # M/M/2
    1.2857
    """
    s, c = np.asarray(service_time, float), np.asarray(servers, float)
    load = np.asarray(rate, float) * s
    variability = (np.asarray(arrival_cv, float) ** 2 + np.asarray(service_cv, float) ** 2) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        wait = waiting_probability(c, load) * s / (c - load) * variability
    return np.where(load >= c, np.inf, wait)[()]


def busy_percentile(rate: ArrayLike, service_time: ArrayLike, percentile: ArrayLike) -> Any:
    """Percentile of the calls under way in M/G/∞, whose number is Poisson with mean λ·E[S].

    >>> int(busy_percentile(rate=100.0, service_time=0.05, percentile=99))
    11
    """
    from scipy.stats import poisson

    load = np.asarray(rate, float) * np.asarray(service_time, float)
    return poisson.ppf(np.asarray(percentile, float) / 100, load)


@dataclass(frozen=True)
class LimitedQueue:
    """M/M/c with a limited number of waiting places, all four figures exact.

    ``lost``: the share of calls that find the queue full. Of the others, a share ``waits`` has to
    wait, ``wait`` seconds on average and with variance ``variance`` (both given that it waits).
    """

    lost: Any
    waits: Any
    wait: Any
    variance: Any


def limited_queue(
    rate: ArrayLike,
    service_time: ArrayLike,
    servers: ArrayLike,
    places: ArrayLike,
    *,
    service_cv: ArrayLike = 1.0,
) -> LimitedQueue:
    """M/M/c/K: c servers, K = c + ``places``; any load, for what finds the queue full is lost.

    A call that waits is there for a number of departures that is geometric with ratio ρ, cut at
    ``places`` (Kleinrock 1975, section 3.7). With another ``service_cv`` the figures are those of
    the diffusion approximation (Gelenbe 1975): the places count 1/v each and a departure takes v
    times as long, v = (1 + cv²) / 2.

    >>> float(limited_queue(1.0, 1.0, 1, 3).lost)  # ρ = 1: five states, all alike
    0.2
    """
    s, c = np.asarray(service_time, float), np.asarray(servers, float)
    load = np.asarray(rate, float) * s
    v = (1 + np.asarray(service_cv, float) ** 2) / 2
    k = np.asarray(places, float) / v
    rho = load / c
    blocked = loss_probability(c, load)
    under = np.minimum(rho, 1 / np.maximum(rho, 1e-300))
    level = np.abs(1 - rho) * np.maximum(k, 1) < NEARLY_FULL
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        power = np.exp(special.xlogy(k, under))
        below = np.where(level, k, (1 - power) / (1 - under))  # sum of under^j, j < k
        mean = np.where(level, (k + 1) / 2, 1 / (1 - under) - k * power / (1 - power))
        mean = np.where(rho > 1, k + 1 - mean, mean)
        spread = np.where(
            level, (k**2 - 1) / 12, under / (1 - under) ** 2 - k**2 * power / (1 - power) ** 2
        )
        # weights relative to the states with an empty queue, divided by ρ^k when ρ > 1
        scale = np.where(rho > 1, power, 1.0)
        queued = np.where(rho > 1, below * under, below) * blocked
        full = np.where(rho > 1, 1.0, power) * blocked
        accepted = (scale - blocked * scale) + queued
        lost = full / (accepted + full)
        waits = np.where(accepted > 0, queued / np.where(accepted > 0, accepted, 1.0), 0.0)
    some = (k > 0) & (load > 0)
    departure = s * v / c
    mean, spread = np.where(some, mean, 0.0), np.where(some, np.maximum(spread, 0.0), 0.0)
    return LimitedQueue(
        lost=np.where(load > 0, lost, 0.0)[()],
        waits=np.where(some, waits, 0.0)[()],
        wait=(mean * departure)[()],
        variance=((mean + spread) * departure**2)[()],
    )


@dataclass(frozen=True)
class ImpatientQueue:
    """M/M/c whose calls leave the queue when they have waited for ``patience``.

    ``gives_up``: their share. The wait that a call would have with endless patience has density
    ``height`` · exp(−``slope`` · t − ``scale``) up to the patience.
    """

    gives_up: Any
    patience: float
    height: Any
    slope: Any
    scale: Any
    departures: Any

    def limited_mean(self, x: ArrayLike) -> Any:
        """E[min(W, x)] of the wait W with endless patience; x up to the patience is exact."""
        t = np.minimum(np.asarray(x, float), self.patience)
        whole = _area(self.slope, self.scale, self.patience)
        waited = t * (self.gives_up + self.height * whole)
        waited = waited - self.height * _area_of_area(self.slope, self.scale, t)
        more = -np.expm1(-self.departures * (np.asarray(x, float) - t)) / self.departures
        return waited + self.gives_up * more


def impatient_queue(
    rate: ArrayLike,
    service_time: ArrayLike,
    servers: ArrayLike,
    patience: float,
    *,
    service_cv: ArrayLike = 1.0,
) -> ImpatientQueue:
    """M/M/c+D: calls that have waited for ``patience`` give up; any load, no call waits longer.

    Virtual wait by level crossing (Barrer 1957; Boots and Tijms 1999), exact for exponential
    service. With another ``service_cv`` waits take (1 + cv²) / 2 times as long.

    >>> round(float(impatient_queue(2.0, 1.0, 1, patience=1e9).gives_up), 4)  # fluid: 1 − 1 / 2
    0.5
    """
    lam, s = np.asarray(rate, float), np.asarray(service_time, float)
    c = np.asarray(servers, float)
    v = (1 + np.asarray(service_cv, float) ** 2) / 2
    departures = c / np.maximum(s, 1e-300)
    slope = (departures - lam) / v
    scale = np.maximum(-slope * patience, 0.0)
    last = np.exp(-slope * patience - scale)
    with np.errstate(divide="ignore", over="ignore"):
        idle = np.exp(-scale) / loss_probability(c - 1, lam * s)
    waiting = lam * (_area(slope, scale, patience) / v + last / departures)
    level = lam / (idle + waiting)
    return ImpatientQueue(level * last / departures, patience, level / v, slope, scale, departures)


def _area(slope: Any, scale: Any, x: Any) -> Any:
    """The integral of exp(−slope · t − scale) from 0 to x."""
    flat = np.abs(slope * x) < NEARLY_FULL
    steep = np.where(flat, 1.0, slope)
    return np.where(
        flat,
        np.exp(-scale) * x * (1 - slope * x / 2),
        (np.exp(-scale) - np.exp(-slope * x - scale)) / steep,
    )


def _area_of_area(slope: Any, scale: Any, x: Any) -> Any:
    """The integral of `_area` from 0 to x."""
    flat = np.abs(slope * x) < NEARLY_FULL
    steep = np.where(flat, 1.0, slope)
    return np.where(
        flat,
        np.exp(-scale) * x**2 / 2 * (1 - slope * x / 3),
        (x * np.exp(-scale) - _area(slope, scale, x)) / steep,
    )


def slowest_exponential(n: int, mean: float) -> float:
    """Mean of the largest of n independent exponential times: H(n) times the mean of one.

    >>> slowest_exponential(2, 1.0)
    1.5
    """
    return float(special.digamma(n + 1) + np.euler_gamma) * mean


def slowest_bound(n: int, mean: float, deviation: float) -> float:
    """The most that the mean of the largest of n times can be, dependent or not.

    Mean + standard deviation · √(n − 1) (Arnold and Groeneveld 1979); for independent ones
    Hartley and David (1954) have the smaller (n − 1) / √(2n − 1) in place of the root.
    """
    return mean + deviation * float(np.sqrt(n - 1))


def percentile_of_each(n: int, percentile: float) -> float:
    """The percentile that each of n independent parts must keep, for the slowest to keep this.

    >>> round(percentile_of_each(100, 99), 3)
    99.99
    """
    return 100 * float((percentile / 100) ** (1 / n))


@dataclass(frozen=True)
class ForkJoin:
    """Mean time until all parts of a request are answered: an approximation and its bounds."""

    low: float
    mean: float
    high: float


def fork_join(n: int, rate: float, service_time: float) -> ForkJoin:
    """Fork and join over n M/M/1 queues, each of which gets a part of every request.

    The parts wait together, as they arrive together, so the slowest is quicker than of n
    independent queues: H(n) / (μ − λ) is the upper bound. Approximation by Nelson and Tantawi
    (1988), exact for n = 2, within 5 % up to 32; infinite when overloaded.

    >>> round(fork_join(2, rate=0.5, service_time=1.0).mean, 4)
    2.875
    """
    rho = rate * service_time
    if rho >= 1:
        return ForkJoin(np.inf, np.inf, np.inf)
    one = service_time / (1 - rho)
    if n == 1:
        return ForkJoin(one, one, one)
    ratio = slowest_exponential(n, 1.0) / 1.5
    mean = (ratio + 4 / 11 * (1 - ratio) * rho) * (12 - rho) / 8 * one
    low = max(one, slowest_exponential(n, service_time))
    return ForkJoin(low, float(mean), slowest_exponential(n, one))
