"""The simulation against exact results of queueing theory."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext

import numpy as np
import pytest
from scipy import optimize, stats

from mlsd_kit.design.design import Design
from mlsd_kit.design.simulation.run import simulate
from mlsd_kit.scaling.erlang import erlang_c

SERVICE = 0.010
MILLION = 1_000_000


def stations(load: float, *components: dict) -> Design:
    """Stations of one shard in a row, each at this load."""
    servers = {c.get("replicas", 1) for c in components}
    assert len(servers) == 1
    names = [f"station_{number}" for number in range(len(components))]
    return Design.from_dict(
        {
            "title": "stations in a row",
            "requirement": {
                "rate": f"{load * servers.pop() / SERVICE!r} requests/s",
                "latency": "1 s",
            },
            "components": {
                name: {"kind": "service", **c} for name, c in zip(names, components, strict=True)
            },
            "flows": {"request": {"steps": [{"call": name} for name in names]}},
        }
    )


def percentile(tail, percent: float = 95) -> float:
    """The time that so many percent do not exceed, from P(T > t)."""
    return optimize.brentq(lambda t: tail(t) - (1 - percent / 100), 0, 100 * SERVICE, xtol=1e-12)


def mm1(load: float) -> tuple[float, float]:
    """M/M/1: the time in the system is exponential with rate μ − λ."""
    mean = SERVICE / (1 - load)
    return mean, mean * math.log(20)


def mmc(load: float, servers: int = 4) -> tuple[float, float]:
    """M/M/c: exponential wait with probability C, plus an independent service."""
    mu, spare = 1 / SERVICE, servers * (1 - load) / SERVICE
    waits = erlang_c(servers, load * servers)

    def tail(t: float) -> float:
        sum_of_both = (spare * math.exp(-mu * t) - mu * math.exp(-spare * t)) / (spare - mu)
        return (1 - waits) * math.exp(-mu * t) + waits * sum_of_both

    return SERVICE + waits / spare, percentile(tail)


def md1(load: float) -> tuple[float, float]:
    """M/D/1: Erlang's series for the wait (1909), in decimals since its terms cancel."""
    getcontext().prec = 80

    def tail(t: float) -> float:
        wait = Decimal(t) / Decimal(SERVICE) - 1
        if wait < 0:
            return 1.0
        total = Decimal(0)
        for k in range(int(wait) + 1):
            x = Decimal(load) * (k - wait)
            total += x**k / math.factorial(k) * (-x).exp() if k else (-x).exp()
        return float(1 - (1 - Decimal(load)) * total)

    return SERVICE + load * SERVICE / (2 * (1 - load)), percentile(tail)


CV = 0.6


def mg1(load: float) -> tuple[float, float]:
    """M/G/1 with gamma service: Pollaczek–Khinchine, the transform inverted numerically.

    The inversion is the Euler summation of Abate and Whitt (ORSA Journal on Computing, 1995).
    """
    rate, shape = load / SERVICE, 1 / CV**2

    def transform(s: complex) -> complex:
        service = (1 + s * SERVICE / shape) ** -shape
        time = (1 - load) * s / (s - rate + rate * service) * service
        return (1 - time) / s

    def tail(t: float) -> float:
        if t <= 0:
            return 1.0
        a, terms, averaged = 18.4, 30, 12
        ks = np.arange(1, terms + averaged + 1)
        s = (a + 2j * np.pi * ks) / (2 * t)
        values = np.array([transform(x).real for x in s]) * (-1.0) ** ks
        sums = transform(a / (2 * t)).real / 2 + np.cumsum(values)
        weights = stats.binom.pmf(np.arange(averaged + 1), averaged, 0.5)
        return float(np.exp(a / 2) / t * weights @ sums[terms - 1 :])

    wait = load * SERVICE * (1 + CV**2) / (2 * (1 - load))
    return SERVICE + wait, percentile(tail)


def tandem(load: float) -> tuple[float, float]:
    """M/M/1 → M/M/1: independent exponential times (Burke 1956, Reich 1957)."""
    each = SERVICE / (1 - load)
    return 2 * each, stats.gamma.ppf(0.95, 2, scale=each)


EXPONENTIAL = {"service": "10 ms"}
SYSTEMS = {
    "M/M/1": (mm1, [EXPONENTIAL]),
    "M/M/4": (mmc, [{**EXPONENTIAL, "replicas": 4}]),
    "M/D/1": (md1, [{"service": {"mean": "10 ms", "shape": "constant"}}]),
    "M/G/1": (mg1, [{"service": {"mean": "10 ms", "shape": "gamma", "cv": CV}}]),
    "tandem": (tandem, [EXPONENTIAL, EXPONENTIAL]),
}
AT_90_PERCENT = {"M/M/1": 10, "M/M/4": 10, "M/D/1": 5, "M/G/1": 6, "tandem": 8}
"""Millions of requests, for a standard deviation of the mean of 0.5 to 0.7 % (Whitt, 1989)."""


@pytest.mark.slow
@pytest.mark.parametrize("load", [0.7, 0.9])
@pytest.mark.parametrize("system", SYSTEMS)
def test_mean_and_p95_are_within_2_percent_of_exact(system, load):
    exact, components = SYSTEMS[system]
    mean, p95 = exact(load)
    millions = AT_90_PERCENT[system] if load == 0.9 else 1
    result = simulate(stations(load, *components), requests=millions * MILLION, seed=1)
    for name, found, true in (("mean", result.mean, mean), ("p95", result.latency(95), p95)):
        off = found.value / true - 1
        print(
            f"{system} at {load:.0%}: {name} {1000 * found.value:.3f} ms "
            f"[{1000 * found.low:.3f}, {1000 * found.high:.3f}], exact {1000 * true:.3f} ms, "
            f"{off:+.2%}"
        )
        assert abs(off) < 0.02
        assert found.high - found.low < 2 * 0.05 * true


def test_the_exact_figures_agree_where_systems_coincide(monkeypatch):
    assert mmc(0.7, 1) == pytest.approx(mm1(0.7), rel=1e-9)
    monkeypatch.setattr(f"{__name__}.CV", 1.0)
    assert mg1(0.9) == pytest.approx(mm1(0.9), rel=1e-6)
