from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.design.design import Design
from mlsd_kit.design.simulation.inject import CacheFlushed, ReplicaDies, Slow, TrafficTimes
from mlsd_kit.design.simulation.run import simulate
from mlsd_kit.design.simulation.traffic import Burst, Daily, Poisson, Replay
from mlsd_kit.errors import UserError
from mlsd_kit.scaling.erlang import erlang_b

RANKER = {"kind": "ranker", "service": "10 ms"}
CONSTANT = {"mean": "10 ms", "shape": "constant"}


def one(component=None, step=None, rate=70.0, **flow) -> Design:
    """A design with a single step, `ranker`."""
    return made(
        {"ranker": {**RANKER, **(component or {})}},
        [{"call": "ranker", **(step or {})}],
        rate,
        **flow,
    )


def made(components, steps, rate=70.0, **flow) -> Design:
    return Design.from_dict(
        {
            "title": "test",
            "requirement": {"rate": f"{rate!r} requests/s", "latency": "100 ms"},
            "components": components,
            "flows": {"request": {"steps": steps, **flow}},
        }
    )


def counted(result) -> int:
    return result.ok + result.degraded + result.failed


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


# ------------------------------------------------------------------------------- failures


def test_a_dead_replica_fails_what_it_serves_and_the_rest_goes_on():
    design = one({"service": CONSTANT, "replicas": 2}, rate=100.0)
    result = simulate(design, seconds=100, failures=[ReplicaDies("ranker", 40, 20)], warm_up=0)
    assert result.reasons in ({}, {"ranker: replica died": 1})
    over = result.over_time()
    down = over[(over["at"] > 42) & (over["at"] < 60)]
    assert down["p99"].min() > 2 * over[over["at"] < 40]["p99"].max()
    assert over[over["at"] > 70]["p99"].max() < down["p99"].min()


def test_with_no_replica_left_calls_wait_for_the_repair():
    design = one({"service": {"mean": "1 ms", "shape": "constant"}}, rate=10.0)
    result = simulate(design, seconds=100, failures=[ReplicaDies("ranker", 50, 10)], warm_up=0)
    assert result.latency(100).value == pytest.approx(10.0, rel=0.05)
    assert result.failed <= 1
    over = result.over_time()
    assert over[over["at"] > 61]["p99"].max() < 0.1
    assert result.table().loc["ranker", "utilisation"] == pytest.approx(0.01, rel=0.2)


def test_two_deaths_take_two_replicas():
    design = one({"service": CONSTANT, "replicas": 2}, rate=50.0)
    deaths = [ReplicaDies("ranker", 50, 10), ReplicaDies("ranker", 50, 10)]
    result = simulate(design, seconds=100, failures=deaths, warm_up=0)
    assert result.latency(100).value == pytest.approx(10.0, rel=0.1)


def test_those_in_a_dead_replicas_own_queue_fail_and_others_avoid_it():
    component = {"service": CONSTANT, "replicas": 2, "balancing": "random"}
    death = ReplicaDies("ranker", 50, 20)
    result = simulate(one(component, rate=199.0), seconds=100, failures=[death], warm_up=0)
    assert 1 <= result.failed < 300
    assert set(result.reasons) == {"ranker: replica died"}


def test_random_failures_make_replicas_unavailable_as_often_as_said():
    component = {
        "service": {"mean": "1 ms", "shape": "constant"},
        "concurrency": "unlimited",
        "failures": {"every": "9 s", "repair": "1 s"},
    }
    design = one(component, rate=100.0)
    assert simulate(design, seconds=100).latency(100).value < 0.0011
    result = simulate(design, seconds=2000, random_failures=True)
    over = result.distribution()
    waited = over[over["latency"] > 0.0011]["share"].sum()
    assert waited == pytest.approx(0.1, rel=0.3)


def test_slow_and_more_traffic_show_in_their_time():
    design = one({"service": CONSTANT, "concurrency": "unlimited"}, rate=100.0)
    failures = [Slow("ranker", 3, at=40, for_=20), TrafficTimes(2, at=40, for_=20)]
    over = simulate(design, seconds=100, failures=failures, warm_up=0).over_time()
    inside = (over["at"] > 41) & (over["at"] < 59)
    outside = (over["at"] < 39) | (over["at"] > 61)
    assert over["p50"][inside].to_numpy() == pytest.approx(0.030, rel=0.003)
    assert over["p50"][outside].to_numpy() == pytest.approx(0.010, rel=0.003)
    assert over["rate"][inside].mean() == pytest.approx(200, rel=0.1)


# -------------------------------------------------------------------------------- traffic


def test_a_day_has_its_peak_at_the_required_rate():
    over = simulate(one(rate=1000.0), seconds=60, traffic=Daily(peak=1.6), warm_up=0).over_time()
    middle, ends = over["rate"].iloc[25:35].mean(), over["rate"].iloc[[0, 1, -2, -1]].mean()
    assert middle == pytest.approx(1000, rel=0.05)
    assert ends == pytest.approx(1000 / 1.6 * 0.4, rel=0.1)


def test_hourly_factors():
    traffic = Daily(hourly=(1.0, 3.0), rate=200.0)
    over = simulate(one({"replicas": 5}), seconds=60, traffic=traffic, warm_up=0).over_time()
    assert over["rate"].iloc[:30].mean() == pytest.approx(100, rel=0.1)
    assert over["rate"].iloc[30:].mean() == pytest.approx(300, rel=0.1)


def test_a_burst():
    traffic = Burst(at=30, for_=10, factor=5)
    over = simulate(one({"replicas": 5}), seconds=60, traffic=traffic, warm_up=0).over_time()
    burst = (over["at"] > 30) & (over["at"] < 40)
    assert over["rate"][burst].mean() == pytest.approx(350, rel=0.1)
    assert over["rate"][~burst].mean() == pytest.approx(70, rel=0.1)


def test_a_replayed_log():
    times = np.arange(1000) * 0.02
    design = one({"service": CONSTANT})
    result = simulate(design, traffic=Replay(times[::-1]), warm_up=0)
    assert result.arrived == 1000
    assert result.latency(99).value == pytest.approx(0.010, rel=1e-9)
    doubled = simulate(design, traffic=Replay(times), failures=[TrafficTimes(2, 0, 10)], warm_up=0)
    assert doubled.arrived == 1500
    halved = simulate(design, traffic=Replay(times), seconds=10.0, warm_up=0)
    assert halved.arrived == 500


def test_a_span_in_which_nobody_comes():
    result = simulate(one(), traffic=Replay([5.0]), seconds=1.0)
    assert result.arrived == 0
    assert math.isnan(result.failed_share)
    assert result.to_dict()["latency"]["mean"]["latency"] is None


def test_requests_are_exactly_as_many_as_asked_for():
    result = simulate(one(), requests=12_345, warm_up=0)
    assert result.arrived == 12_345
    assert counted(result) == 12_345


# ------------------------------------------------------------------------------ invariants

designs = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(1, 4),
        "concurrency": st.sampled_from([1, 2, "unlimited"]),
        "shards": st.integers(1, 3),
        "balancing": st.sampled_from(["shared", "random"]),
        "queue": st.integers(0, 4),
        "errors": st.sampled_from([0.0, 0.2]),
    },
)
steps = st.fixed_dictionaries(
    {},
    optional={
        "timeout": st.sampled_from(["5 ms", "30 ms"]),
        "retries": st.integers(0, 2),
        "backoff": st.sampled_from(["0 ms", "10 ms"]),
        "jitter": st.booleans(),
        "fallback": st.just("popular"),
        "ask": st.sampled_from(["one", "all"]),
        "share": st.sampled_from([0.3, 1.0]),
    },
)


@settings(max_examples=40, deadline=None)
@given(designs, steps, st.booleans(), st.booleans(), st.integers(0, 5), st.sampled_from([0, 0.1]))
def test_every_request_has_one_outcome_and_the_seed_decides_it(
    component, step, forked, dies, seed, warm_up
):
    components = {"ranker": {**RANKER, **component}, "gateway": {"kind": "gateway"}}
    call = {"call": "ranker", **step}
    other = {**call, "name": "other"}
    walk = [{"call": "gateway"}, call]
    if forked:
        walk = [{"parallel": [[call], [{"call": "gateway"}, other]]}, {"send": "gateway",
                                                                       "name": "note"}]  # fmt: skip
    design = made(components, walk, rate=150.0)
    failures = [ReplicaDies("ranker", 1.0, 2.0), Slow("ranker", 2, 3.5, 1)] if dies else []
    run = {"requests": 800, "seed": seed, "failures": failures, "warm_up": warm_up}
    result = simulate(design, **run)
    assert counted(result) == result.arrived
    assert result.arrived == 800 or warm_up
    assert sum(result.reasons.values()) == result.failed
    assert result.degraded == 0 or "fallback" in step
    shares = result.table()[["utilisation", "busiest"]]
    assert ((shares >= -1e-9) & (shares <= 1 + 1e-9)).all(axis=None)
    assert simulate(design, **run).to_dict() == result.to_dict()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(0, 100), st.sampled_from(["exponential", "constant"]))
def test_one_more_replica_never_makes_it_slower(replicas, seed, shape):
    service = {"mean": "10 ms", "shape": shape}
    designs = [
        one({"service": service, "replicas": n}, rate=90.0) for n in (replicas, replicas + 1)
    ]
    fewer, more = (simulate(design, requests=3000, seed=seed) for design in designs)
    assert more.mean.value <= fewer.mean.value * (1 + 1e-9)


def test_other_parts_of_a_design_keep_their_random_numbers():
    parts = {
        name: {"kind": "service", "service": "1 ms", "concurrency": "unlimited"} for name in "ab"
    }
    two = simulate(made(parts, [{"call": "a"}, {"call": "b"}]), requests=1000, seed=3)
    alone = simulate(made(parts, [{"call": "b"}]), requests=1000, seed=3)
    assert two.table().loc["b", "service"] == pytest.approx(alone.table().loc["b", "service"])
    assert two.arrived == alone.arrived


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"failures": [Slow("rankr", 2, 0, 1)]}, "no component 'rankr'; the nearest is 'ranker'"),
        ({"failures": [CacheFlushed("ranker", 1, 1)]}, "has no hit_rate"),
        ({"failures": [ReplicaDies("ranker", -1, 1)]}, "0 or more"),
        ({"seconds": 1.0, "requests": 5}, "not both"),
        ({"seconds": 0.0}, "more than 0"),
        ({"requests": 0}, "1 or more"),
        ({"seed": -1}, "0 or more"),
        ({"warm_up": 1.0}, "below 1"),
        ({"traffic": Poisson(0.0)}, "rate"),
        ({"traffic": Replay([])}, "at least one time"),
        (
            {"requests": 1000, "most_events": 500},
            "1,000 requests of about 1 calls each take 1,000 events, more than most_events=500; "
            "lower requests to 500 or seconds to 7.14",
        ),
    ],
)
def test_what_cannot_be_simulated_is_told_in_one_line(arguments, message):
    with pytest.raises(UserError) as told:
        simulate(one(), **arguments)
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_a_curve_that_no_sine_has():
    with pytest.raises(UserError, match="hourly"):
        Daily(peak=3.0)


def test_retries_that_pass_the_limit_stop_the_run():
    step = {"retries": 20, "backoff": "1 ms"}
    design = one({"errors": 1.0, "concurrency": "unlimited"}, step)
    with pytest.raises(UserError, match="more than most_events=60,000"):
        simulate(design, requests=50_000, most_events=60_000)


def test_a_design_without_request_flow():
    design = one().to_dict()
    design["flows"]["request"] |= {"kind": "batch", "every": "1 day"}
    with pytest.raises(UserError, match="no request flow"):
        simulate(Design.from_dict(design))


def test_progress_ends_at_one():
    seen: list[float] = []
    simulate(one(), requests=150_000, progress=seen.append)
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
