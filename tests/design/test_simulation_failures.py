"""What fails in a simulation, and when: replicas, slow spells, more traffic."""

import pytest

from mlsd_kit.design.simulation.inject import ReplicaDies, Slow, TrafficTimes
from mlsd_kit.design.simulation.run import simulate
from tests.design.small_designs import CONSTANT, one


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
