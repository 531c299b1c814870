from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from mlsd_kit.design import Design, estimate, latency_curve, plot_latency_curve, simulate
from mlsd_kit.errors import UserError
from mlsd_kit.scaling import erlang
from tests.design.strategies import designs


def design(components: str, steps: str, rate: float = 100.0, **requirement: object) -> Design:
    """A design whose components and steps are given as YAML in one line each."""
    more = "".join(f", {key}: {value}" for key, value in requirement.items())
    return Design.from_yaml(
        f"title: A test\n"
        f"requirement: {{rate: {rate} requests/s, latency: 1 s{more}}}\n"
        f"components: {{{components}}}\n"
        f"flows: {{request: {{steps: [{steps}]}}}}\n"
    )


def solved(tail, beyond: float, most: float) -> float:
    return float(brentq(lambda t: tail(t) - beyond, 0, most))


@pytest.mark.parametrize("load", [0.1, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("servers", [1, 3, 40])
def test_exponential_queues_are_exact(load, servers):
    d = design(f"a: {{kind: service, service: 10 ms, replicas: {servers}}}", "{call: a}")
    rate = load * servers / 0.01
    found = estimate(d, rate=rate)
    mean = erlang.mean_wait(rate, 0.01, servers) + 0.01
    assert found.mean == pytest.approx(mean, rel=2e-3)
    for percent in (5, 50, 95, 99, 99.9):
        exact = erlang.latency_percentile(rate, 0.01, servers, percent)
        assert found.percentile(percent) == pytest.approx(exact, rel=3e-3)
    assert found.utilisation["a"] == pytest.approx(load)


def test_random_balancing_is_a_queue_for_each_replica():
    d = design(
        "a: {kind: service, service: 10 ms, replicas: 4, concurrency: 2, balancing: random}",
        "{call: a}",
    )
    exact = erlang.latency_percentile(150.0, 0.01, 2, 99)
    assert estimate(d, rate=600.0).percentile(99) == pytest.approx(exact, rel=3e-3)


@pytest.mark.parametrize("load", [0.7, 0.9])
def test_two_queues_after_one_another(load):
    d = design(
        "a: {kind: service, service: 10 ms}, b: {kind: service, service: 6 ms}",
        "{call: a}, {call: b}",
    )
    rate = load / 0.01
    fast, slow = 1 / 0.006 - rate, 1 / 0.01 - rate  # each latency is exponential (Burke, Jackson)

    def tail(t: float) -> float:
        return (fast * math.exp(-slow * t) - slow * math.exp(-fast * t)) / (fast - slow)

    found = estimate(d, rate=rate)
    assert found.mean == pytest.approx(1 / fast + 1 / slow, rel=2e-3)
    for percent in (50, 95, 99):
        exact = solved(tail, 1 - percent / 100, 100 / slow)
        assert found.percentile(percent) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize(
    ("service", "cv"),
    [
        ("{mean: 10 ms, shape: constant}", 0.0),
        ("{mean: 10 ms, shape: gamma, cv: 0.5}", 0.5),
        ("{mean: 10 ms, shape: lognormal, cv: 2}", 2.0),
        ("{shape: measured, sample: [5 ms, 15 ms]}", 0.5),
    ],
)
def test_the_mean_of_one_server_is_pollaczek_and_khinchine(service, cv):
    d = design(f"a: {{kind: service, service: {service}}}", "{call: a}")
    wait = 0.8 / 0.2 * (1 + cv**2) / 2 * 0.01
    found = estimate(d, rate=80.0)
    assert found.mean == pytest.approx(wait + 0.01, rel=3e-3)
    assert found.steps.loc[("request", "a"), "wait"] == pytest.approx(wait)


def test_the_percentiles_of_unlimited_service_are_those_of_its_shape():
    d = design(
        "a: {kind: network, concurrency: unlimited, "
        "service: {mean: 10 ms, shape: lognormal, cv: 3}}",
        "{call: a}",
    )
    sigma = math.sqrt(math.log(10))
    found = estimate(d)
    for percent, z in ((1, -2.326348), (50, 0.0), (99, 2.326348), (99.9, 3.090232)):
        exact = 0.01 * math.exp(z * sigma - sigma**2 / 2)
        assert found.percentile(percent) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize("shards", [2, 10, 100])
def test_the_slowest_of_shards_without_waiting_is_a_harmonic_sum(shards):
    d = design(
        f"a: {{kind: retrieval_index, service: 10 ms, shards: {shards}, concurrency: unlimited}}",
        "{call: a, ask: all}",
    )
    found = estimate(d)
    harmonic = sum(1 / n for n in range(1, shards + 1))
    assert found.mean == pytest.approx(0.01 * harmonic, rel=5e-3)
    exact = -0.01 * math.log(1 - 0.99 ** (1 / shards))
    assert found.percentile(99) == pytest.approx(exact, rel=5e-3)


def test_branches_count_with_the_slowest_and_mark_the_critical_path():
    d = design(
        "a: {kind: service, service: 10 ms, concurrency: unlimited}, "
        "b: {kind: service, service: 20 ms, concurrency: unlimited}",
        "{parallel: [[{call: a}], [{call: b}]]}",
    )
    found = estimate(d)
    assert found.mean == pytest.approx(0.01 + 0.02 - 1 / (100 + 50), rel=5e-3)
    assert found.critical == (("request", "b"),)
    assert found.steps["critical"].tolist() == [False, True]


def test_a_share_and_a_cache_are_mixtures():
    components = (
        "c: {kind: cache, hit_rate: 0.75, concurrency: unlimited, service: "
        "{mean: 1 ms, shape: constant}}, s: {kind: database, concurrency: unlimited, "
        "service: {mean: 40 ms, shape: constant}}"
    )
    cached = estimate(design(components, "{call: c, on_miss: [{call: s}]}"))
    shared = estimate(design(components, "{call: c}, {call: s, share: 0.25}"))
    for found in (cached, shared):
        assert found.mean == pytest.approx(0.001 + 0.25 * 0.04, rel=2e-3)
        assert found.percentile(70) == pytest.approx(0.001, rel=0.01)
        assert found.percentile(80) == pytest.approx(0.041, rel=0.01)
    assert cached.steps.loc[("request", "s"), "rate"] == pytest.approx(25.0)


def test_a_fork_that_a_share_takes():
    d = design(
        "a: {kind: service, concurrency: unlimited, service: {mean: 10 ms, shape: constant}}",
        "{parallel: [[{call: a}], [{call: a, name: again}]], share: 0.4}",
    )
    assert estimate(d).mean == pytest.approx(0.004, rel=5e-3)


def test_a_timeout_is_answered_by_the_fallback():
    d = design(
        "a: {kind: service, service: 10 ms, concurrency: unlimited}",
        "{call: a, timeout: 20 ms, fallback: none}",
    )
    found = estimate(d)
    late = math.exp(-2)
    assert found.degraded == pytest.approx(late, rel=0.01)
    assert found.failed == pytest.approx(0.0, abs=1e-9)
    assert found.mean == pytest.approx(0.01 * (1 - late), rel=5e-3)
    assert found.percentile(99) == pytest.approx(0.02, rel=0.01)
    without = estimate(d.change({"flows.request.a.fallback": None}))
    assert without.failed == pytest.approx(late, rel=0.01)
    assert without.percentile(99) < 0.02


@pytest.mark.parametrize("jitter", ["false", "true"])
def test_retries_after_errors(jitter):
    d = design(
        "a: {kind: service, errors: 0.2, concurrency: unlimited, "
        "service: {mean: 10 ms, shape: constant}}",
        f"{{call: a, retries: 2, backoff: 5 ms, jitter: {jitter}}}",
    )
    found = estimate(d)
    assert found.failed == pytest.approx(0.2**3, rel=1e-6)
    assert found.steps.loc[("request", "a"), "rate"] == pytest.approx(100 * (1 + 0.2 + 0.04))
    times = np.array([0.01, 0.025, 0.04])
    weights = np.array([0.8, 0.16, 0.032])
    assert found.mean == pytest.approx((times * weights).sum() / weights.sum(), rel=3e-3)


def test_a_retry_storm_saturates_what_is_stable_without_retries():
    calm = design("a: {kind: service, service: 10 ms}", "{call: a, timeout: 30 ms}", rate=85.0)
    assert estimate(calm).saturated == ()
    storm = estimate(calm.change({"flows.request.a.retries": 3}))
    assert storm.saturated == ("a",)
    assert storm.steps.loc[("request", "a"), "rate"] > 200.0
    assert storm.failed > 1.3 * estimate(calm).failed
    assert "a cannot keep up" in str(storm)


@pytest.mark.parametrize("load", [0.8, 1.3])
def test_calls_that_give_up_leave_the_queue(load):
    d = design(
        "a: {kind: service, service: 10 ms, replicas: 3}",
        "{call: a, timeout: 25 ms, fallback: none}",
        rate=load * 300.0,
    )
    found, simulated = estimate(d), simulate(d, requests=60_000, seed=4)
    assert found.degraded == pytest.approx(simulated.degraded / simulated.arrived, rel=0.03)
    assert found.mean == pytest.approx(simulated.mean.value, rel=0.02)
    assert found.percentile(50) == pytest.approx(simulated.latency(50).value, rel=0.03)


def test_a_saturated_component_that_requests_wait_for_means_infinite_latency():
    d = design("a: {kind: service, service: 10 ms, replicas: 2}", "{call: a}", rate=250.0)
    found = estimate(d)
    assert found.saturated == ("a",)
    assert math.isinf(found.mean)
    assert math.isinf(found.percentile(1))
    assert math.isinf(found.steps.loc[("request", "a"), "p99"])
    assert "a shard has 2 servers, the load keeps 2.5 busy" in str(found)


def test_what_nobody_waits_for_does_not_slow_a_request():
    d = design(
        "a: {kind: service, service: 10 ms, concurrency: unlimited}, "
        "log: {kind: log, service: 1 s}",
        "{call: a}, {send: log}",
    )
    found = estimate(d)
    assert found.saturated == ("log",)
    assert found.mean == pytest.approx(0.01, rel=3e-3)


def test_a_full_queue_refuses():
    d = design("a: {kind: service, service: 10 ms, queue: 3}", "{call: a}", rate=100.0)
    found = estimate(d)
    assert found.failed == pytest.approx(1 / 5)
    assert found.saturated == ()
    waits = np.arange(4) * 0.01  # 0 to 3 are before one that is accepted, all alike
    assert found.mean == pytest.approx(0.01 + waits.mean(), rel=5e-3)


def test_the_hottest_shard_has_a_queue_of_its_own():
    d = design(
        "a: {kind: database, service: 10 ms, shards: 4, partition_by: user, hottest_share: 0.4}",
        "{call: a}",
        rate=200.0,
    )
    found = estimate(d)
    hot, rest = 1 / (100 - 80), 1 / (100 - 40)
    assert found.mean == pytest.approx(0.4 * hot + 0.6 * rest, rel=3e-3)
    assert found.utilisation["a"] == pytest.approx(0.8)


def test_candidates_make_the_work():
    d = Design.from_yaml(
        """
        title: A funnel
        requirement: {rate: 10 requests/s, latency: 1 s}
        components:
          index:
            kind: retrieval_index
            concurrency: unlimited
            shards: 2
            service: {per_candidate: 1 ms, shape: constant}
          ranker: {kind: ranker, concurrency: unlimited, service: {mean: 2 ms, per_candidate: 1 ms}}
        flows:
          request: {candidates: 100, steps: [{call: index, ask: all, keeps: 8}, {call: ranker}]}
        """
    )
    assert estimate(d).mean == pytest.approx(0.050 + 0.010, rel=3e-3)


def test_several_flows_mix_by_their_shares():
    d = Design.from_yaml(
        """
        title: Two flows
        requirement: {rate: 10 requests/s, latency: 1 s}
        components:
          a: {kind: service, concurrency: unlimited, service: {mean: 10 ms, shape: constant}}
          b: {kind: service, concurrency: unlimited, service: {mean: 50 ms, shape: constant}}
        flows:
          often: {share: 0.9, steps: [{call: a}]}
          seldom: {share: 0.1, steps: [{call: b}]}
        """
    )
    found = estimate(d)
    assert found.mean == pytest.approx(0.9 * 0.01 + 0.1 * 0.05, rel=3e-3)
    assert found.percentile(99) == pytest.approx(0.05, rel=0.01)
    assert found.steps["rate"].tolist() == pytest.approx([9.0, 1.0])


def test_cost():
    d = design("a: {kind: service, service: 1 ms, replicas: 3, price: $1.20/h}", "{call: a}")
    found = estimate(d)
    assert found.price == pytest.approx(3.6)
    assert found.per_million == pytest.approx(3.6 / (100 * 3600) * 1e6)


def test_the_curve_is_the_estimate_at_each_rate():
    d = design(
        "a: {kind: service, service: {mean: 10 ms, shape: gamma, cv: 0.5}, queue: 40}, "
        "b: {kind: service, service: 4 ms, concurrency: 2}",
        "{call: a, timeout: 80 ms, fallback: none}, {call: b}",
    )
    rates = [5.0, 50.0, 90.0, 120.0]
    curve = latency_curve(d, rates)
    for rate in rates:
        found = estimate(d, rate=rate)
        row = curve.loc[rate]
        assert row["mean"] == pytest.approx(found.mean, rel=0.01)
        assert row["p50"] == pytest.approx(found.percentile(50), rel=0.02)
        assert row["p99"] == pytest.approx(found.percentile(99), rel=0.02)
        assert row["degraded"] == pytest.approx(found.degraded, abs=2e-3)
    assert curve["busiest"].tolist() == ["a"] * 4


def test_the_usual_curve_goes_beyond_saturation_and_is_drawn():
    d = design("a: {kind: service, service: 5 ms}", "{call: a}")
    curve = latency_curve(d)
    assert math.isinf(curve["p99"].iloc[-1])
    assert curve["p99"].is_monotonic_increasing
    labels = [text.get_text() for text in plot_latency_curve(d, curve).get_legend().get_texts()]
    assert "a\ncannot keep up" in labels


@settings(max_examples=40, deadline=None)
@given(
    mean=st.floats(1e-4, 10.0),
    cv=st.floats(0.05, 5.0),
    shape=st.sampled_from(["gamma", "lognormal"]),
    load=st.floats(0.05, 0.97),
    concurrency=st.integers(1, 20),
    timeout=st.none() | st.floats(0.1, 20.0),
)
def test_percentiles_rise_and_shares_are_shares(mean, cv, shape, load, concurrency, timeout):
    step = "call: a" if timeout is None else f"call: a, timeout: {timeout * mean} s, fallback: none"
    d = design(
        f"a: {{kind: service, concurrency: {concurrency}, "
        f"service: {{mean: {mean} s, shape: {shape}, cv: {cv}}}}}",
        f"{{{step}}}",
    )
    found = estimate(d, rate=load * concurrency / mean)
    values = [found.percentile(p) for p in (1, 10, 50, 90, 99, 99.9)]
    assert values == sorted(values)
    assert found.failed == pytest.approx(0.0, abs=1e-6)
    assert 0 <= found.degraded <= 1
    if timeout is not None:
        assert values[-1] <= timeout * mean * 1.02


def test_bad_arguments_are_told():
    d = design("a: {kind: service, service: 5 ms}", "{call: a}")
    with pytest.raises(UserError, match="more than 0 requests/s, not -1"):
        estimate(d, rate=-1.0)
    with pytest.raises(UserError, match="more than 0"):
        latency_curve(d, [10.0, math.nan])
    with pytest.raises(ValueError, match="between 0 and 100"):
        estimate(d).percentile(100)


def test_a_design_without_requests_has_no_latency():
    d = Design.from_yaml(
        """
        title: A night job
        requirement: {rate: 10 requests/s, latency: 1 s}
        components: {job: {kind: batch_job, service: 1 h}}
        flows: {night: {kind: batch, every: 1 day, steps: [{call: job}]}}
        """
    )
    with pytest.raises(UserError, match="no request flow"):
        estimate(d)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs(most=8))
@pytest.mark.filterwarnings("error")
def test_any_valid_design_with_requests_has_an_estimate(d):
    found = estimate(d)
    assert found.mean >= 0
    assert 0 <= found.failed <= 1
    assert 0 <= found.degraded <= 1
    low, high = found.percentile(50), found.percentile(99)
    assert 0 <= low <= high
    assert found.steps.drop(columns="component").notna().to_numpy().all()
    curve = latency_curve(d)
    assert curve.drop(columns="busiest").notna().to_numpy().all()
    assert len(str(found).splitlines()) == 1 + len(found.saturated)
