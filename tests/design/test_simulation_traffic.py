"""Traffic of a simulation, what holds for every run, and what is refused."""

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
from tests.design.small_designs import CONSTANT, RANKER, counted, made, one


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
