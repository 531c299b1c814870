"""The simulation against theory: one step, queues, branches, caches, percentiles."""

import json
import math

import numpy as np
import pytest

from mlsd_kit.design.design import Design
from mlsd_kit.design.simulation.inject import CacheFlushed
from mlsd_kit.design.simulation.run import simulate
from mlsd_kit.design.simulation.traffic import Poisson
from mlsd_kit.scaling.erlang import erlang_b
from tests.design.small_designs import CONSTANT, RANKER, made, one


def test_without_load_the_latency_is_the_service_time():
    result = simulate(one({"service": CONSTANT}), traffic=Poisson(0.001), requests=200)
    assert result.latency(50).value == pytest.approx(0.010, rel=1e-9)
    assert result.latency(99).value == pytest.approx(0.010, rel=1e-9)
    assert result.mean == pytest.approx((0.010, 0.010, 0.010), rel=1e-9)


@pytest.mark.parametrize(
    ("service", "percent", "exact"),
    [
        ({"mean": "10 ms"}, 95, 0.010 * math.log(20)),
        ({"mean": "10 ms", "shape": "gamma", "cv": 0.5}, 95, 0.0193841),
        ({"mean": "10 ms", "shape": "lognormal", "cv": 0.5}, 95, 0.0194529),
        ({"shape": "measured", "sample": ["5 ms", "15 ms"]}, 95, 0.015),
    ],
)
def test_unlimited_concurrency_gives_the_service_distribution(service, percent, exact):
    design = one({"service": service, "concurrency": "unlimited"}, rate=1000.0)
    result = simulate(design, requests=200_000)
    assert result.latency(percent).value == pytest.approx(exact, rel=0.02)
    assert result.mean.value == pytest.approx(0.010, rel=0.01)
    assert result.table()["wait"].tolist() == [0.0]


def test_per_candidate_time_follows_the_candidates_of_the_funnel():
    service = {"mean": "1 ms", "shape": "constant", "per_candidate": "10 µs"}
    components = {"first": {"kind": "ranker", "service": service}, "then": {
        "kind": "ranker", "service": service, "shards": 2, "replicas": 2}}  # fmt: skip
    steps = [{"call": "first", "keeps": 100}, {"call": "then", "ask": "all"}]
    design = made(components, steps, rate=0.1, candidates=500)
    result = simulate(design, requests=100, warm_up=0)
    assert result.mean.value == pytest.approx(0.006 + 0.0015, rel=1e-9)
    assert result.table()["calls"].to_dict() == {"first": 100, "then": 200}


def test_a_full_queue_refuses_as_erlang_b_says():
    design = one({"queue": 0, "replicas": 4}, rate=300.0)
    result = simulate(design, requests=300_000, seed=2)
    lost = erlang_b(4, 3.0)
    assert result.failed_share == pytest.approx(lost, rel=0.03)
    assert result.reasons == {"ranker: queue full": result.failed}
    assert result.table().loc["ranker", "utilisation"] == pytest.approx(
        3.0 * (1 - lost) / 4, rel=0.02
    )


def test_waiting_places_refuse_as_the_birth_and_death_process_says():
    servers, places, load = 2, 3, 2.4
    states = [load**n / math.factorial(n) for n in range(servers + 1)]
    states += [states[-1] * (load / servers) ** k for k in range(1, places + 1)]
    design = one({"queue": places, "replicas": servers}, rate=load / 0.010)
    result = simulate(design, requests=300_000)
    assert result.failed_share == pytest.approx(states[-1] / sum(states), rel=0.03)


def abandoned(load: float, servers: int, patience: float) -> float:
    """M/M/c with constant patience (in service times): the share that leaves while waiting.

    The offered wait has density proportional to exp(−(c − a) v) up to the patience, all whose
    offered wait is longer leave (Baccelli and Hebuterne, 1981): P(V > D), from the balance of the
    levels of the offered wait.
    """
    idle = [load**n / math.factorial(n) for n in range(servers)]
    at_zero = load * idle[-1]
    below = at_zero * (1 - math.exp(-(servers - load) * patience)) / (servers - load)
    beyond = at_zero * math.exp(-(servers - load) * patience) / servers
    return beyond / (sum(idle) + below + beyond)


@pytest.mark.parametrize(("load", "servers", "patience"), [(0.9, 1, 2.0), (3.6, 3, 1.0)])
def test_those_who_wait_too_long_leave_as_often_as_theory_says(load, servers, patience):
    """A timeout in service keeps the server busy: only leaving the queue lowers utilisation."""
    design = one({"replicas": servers}, {"timeout": f"{10 * patience!r} ms"}, load / 0.010)
    result = simulate(design, requests=250_000)
    table = result.table().loc["ranker"]
    served = table["utilisation"] * servers / load
    assert 1 - served == pytest.approx(abandoned(load, servers, patience), rel=0.03)


def test_a_call_that_times_out_in_service_keeps_its_server_busy():
    design = one({"service": CONSTANT}, {"timeout": "4 ms"}, rate=50.0)
    result = simulate(design, requests=50_000)
    assert result.failed == result.arrived
    assert math.isnan(result.latency(50).value)
    assert result.reasons == {"ranker: timed out": result.arrived}
    served = result.table().loc["ranker", "utilisation"] / 0.5
    offered_wait_within = 1 - served
    assert 0 < offered_wait_within < 0.5
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["latency"]["p50"] == {
        "latency": None, "low": None, "high": None
    }  # fmt: skip


def test_retries_and_fallback():
    design = one(
        {"service": CONSTANT, "errors": 0.3, "concurrency": "unlimited"},
        {"retries": 2, "backoff": "5 ms", "fallback": "popular"},
    )
    result = simulate(design, requests=100_000, warm_up=0)
    assert result.failed == 0
    assert result.degraded / result.arrived == pytest.approx(0.3**3, rel=0.05)
    table = result.table().loc["ranker"]
    assert table["retries"] / result.arrived == pytest.approx(0.3 + 0.3**2, rel=0.02)
    assert table["errors"] == table["retries"] + result.degraded
    lost = result.steps().loc[0, "lost"] / 0.010
    assert lost == pytest.approx(0.3 * 1.5 + 0.09 * 1.5 + 0.027, rel=0.03)
    assert result.latency(80).value == pytest.approx(0.025, rel=1e-3)


def test_jitter_spreads_retries_evenly_around_the_backoff():
    step = {"retries": 1, "backoff": "10 ms", "jitter": True, "fallback": "none"}
    service = {"mean": "1 µs", "shape": "constant"}
    component = {"service": service, "errors": 1.0, "concurrency": "unlimited"}
    result = simulate(one(component, step), requests=50_000)
    assert result.latency(25).value == pytest.approx(0.005, rel=0.03)
    assert result.latency(75).value == pytest.approx(0.015, rel=0.03)
    assert result.degraded == result.arrived


def test_a_cache_asks_behind_it_only_on_a_miss():
    components = {
        "cache": {"kind": "cache", "service": {"mean": "1 ms", "shape": "constant"},
                  "hit_rate": 0.8, "concurrency": "unlimited"},
        "store": {"kind": "database", "service": CONSTANT, "concurrency": "unlimited"},
    }  # fmt: skip
    design = made(components, [{"call": "cache", "on_miss": [{"call": "store"}]}])
    result = simulate(design, requests=50_000)
    assert result.mean.value == pytest.approx(0.001 + 0.2 * 0.010, rel=0.02)
    assert result.latency(75).value == pytest.approx(0.001, rel=0.0026)
    flushed = CacheFlushed("cache", at=300, recovers_within=200)
    result = simulate(design, seconds=600, failures=[flushed], warm_up=0)
    over = result.over_time()
    after = over[(over["at"] > 300) & (over["at"] < 320)]
    assert (after["p50"] > 0.010).all()
    assert (over[over["at"] < 300]["p50"] < 0.002).all()
    assert (over[over["at"] > 500]["p50"] < 0.002).all()


def test_branches_wait_for_the_slowest_and_credit_only_its_time():
    components = {
        name: {"kind": "service", "service": {"mean": f"{ms} ms", "shape": "constant"},
               "concurrency": "unlimited"}
        for name, ms in (("quick", 1), ("slow", 7), ("inner", 3), ("last", 2))
    }  # fmt: skip
    inner = {"parallel": [[{"call": "inner"}], [{"call": "quick", "name": "again"}]]}
    steps = [
        {"parallel": [[{"call": "quick"}, inner], [{"call": "slow"}], []]},
        {"call": "last"},
    ]
    result = simulate(made(components, steps), requests=1000, warm_up=0)
    assert result.latency(99).value == pytest.approx(0.009, rel=1e-9)
    spent = result.steps().set_index("step")["service"]
    assert spent.to_dict() == pytest.approx(
        {"quick": 0.0, "inner": 0.0, "again": 0.0, "slow": 0.007, "last": 0.002}
    )


def test_a_failure_in_a_branch_fails_the_request_once():
    broken = {"kind": "service", "errors": 1.0, "concurrency": "unlimited"}
    steps = [{"parallel": [[{"call": "a"}], [{"call": "b"}]]}, {"call": "c"}]
    result = simulate(made({"a": broken, "b": broken, "c": broken}, steps), requests=500)
    assert result.failed == result.arrived == sum(result.reasons.values())
    assert result.table().loc["c", "calls"] == 0


def test_send_loads_a_component_that_nobody_waits_for():
    components = {"log": {"kind": "log", "service": CONSTANT, "errors": 0.5}, "ranker": RANKER}
    design = made(components, [{"send": "log", "share": 0.5}, {"call": "ranker"}])
    result = simulate(design, requests=50_000)
    assert result.ok == result.arrived
    assert result.steps()["step"].tolist() == ["ranker"]
    assert result.table().loc["log", "utilisation"] == pytest.approx(0.35, rel=0.03)


def test_the_hottest_shard_is_the_busiest():
    design = one({"shards": 4, "hottest_share": 0.4}, rate=200.0)
    table = simulate(design, requests=100_000).table().loc["ranker"]
    assert table["utilisation"] == pytest.approx(0.5, rel=0.03)
    assert table["busiest"] == pytest.approx(0.8, rel=0.03)


def test_all_shards_give_the_slowest_of_independent_times():
    design = one({"shards": 8, "concurrency": "unlimited"}, {"ask": "all"})
    result = simulate(design, requests=50_000)
    assert result.mean.value == pytest.approx(0.010 * sum(1 / k for k in range(1, 9)), rel=0.01)


def test_a_queue_for_each_replica_is_as_slow_as_single_servers():
    design = one({"replicas": 4, "balancing": "random"}, rate=280.0)
    result = simulate(design, requests=250_000)
    assert result.mean.value == pytest.approx(0.010 / 0.3, rel=0.04)


def test_flows_get_their_shares():
    design = one().to_dict()
    design["flows"]["other"] = {"share": 0.25, "steps": [{"call": "ranker", "name": "b"}]}
    design["flows"]["request"]["share"] = 0.75
    result = simulate(Design.from_dict(design), requests=50_000)
    steps = result.steps().set_index("flow")["service"]
    assert steps["other"] / steps.sum() == pytest.approx(0.25, rel=0.05)


def test_steps_add_up_to_the_mean_latency():
    components = {
        "gateway": {"kind": "gateway", "service": "2 ms", "replicas": 1},
        "features": {"kind": "feature_store", "service": "4 ms", "shards": 2, "errors": 0.01},
        "ranker": {**RANKER, "replicas": 2, "balancing": "random"},
    }
    steps = [
        {"call": "gateway"},
        {"parallel": [
            [{"call": "features", "ask": "all", "retries": 3, "backoff": "1 ms"}],
            [{"call": "ranker", "name": "early", "share": 0.2}],
        ]},
        {"call": "ranker", "timeout": "60 ms", "fallback": "popular"},
    ]  # fmt: skip
    result = simulate(made(components, steps), requests=20_000, warm_up=0)
    assert result.failed == 0
    assert 0 < result.degraded < result.arrived
    spent = result.steps()[["wait", "service", "lost"]]
    assert spent.to_numpy().sum() == pytest.approx(result.mean.value, rel=1e-9)
    assert (spent.sum() > 0).all()


def test_cost_per_million_requests():
    design = one({"service": CONSTANT, "price": "$0.36/h", "replicas": 2}, rate=100.0)
    result = simulate(design, requests=100_000)
    assert result.cost_per_million == pytest.approx(0.72 / 3600 / 100 * 1e6, rel=0.02)


def test_intervals_cover_the_exact_mean_and_p95_most_of_the_time():
    design, mean = one(), 0.010 / 0.3
    results = [simulate(design, requests=30_000, seed=seed) for seed in range(40)]
    assert sum(r.mean.low < mean < r.mean.high for r in results) >= 32
    p95 = [r.latency(95) for r in results]
    assert sum(e.low < mean * math.log(20) < e.high for e in p95) >= 32


def test_percentiles_are_exact_to_a_quarter_of_a_percent():
    times = np.sort(np.random.default_rng(0).lognormal(-4, 1.0, 500))
    component = {
        "concurrency": "unlimited",
        "service": {"shape": "measured", "sample": [f"{t!r} s" for t in times.tolist()]},
    }
    result = simulate(one(component), requests=200_000, seed=1)
    table = result.distribution()
    assert table["share"].sum() == pytest.approx(1.0)
    drawn = np.repeat(table["latency"], np.rint(table["share"] * result.arrived).astype(int))
    for percent in (1, 50, 99):
        assert result.latency(percent).value == pytest.approx(
            np.percentile(drawn, percent), rel=0.0026
        )
