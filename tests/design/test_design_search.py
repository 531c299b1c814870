from __future__ import annotations

import itertools
import sys

import pandas as pd
import pytest

from mlsd_kit.design import (
    Design,
    SimulationResult,
    estimate,
    plot_pareto,
    search,
    simulate,
)
from mlsd_kit.design.sizing.availability import availability
from mlsd_kit.design.sizing.cheapest import quick_figures
from mlsd_kit.errors import UserError


def funnel(latency: str = "60 ms", **changes: object) -> Design:
    d = Design.from_yaml(
        f"""
        title: A funnel
        requirement: {{rate: 300 requests/s, latency: {latency}}}
        components:
          app: {{kind: client, concurrency: unlimited}}
          store: {{kind: feature_store, service: 5 ms, price: $1/h}}
          index: {{kind: retrieval_index, service: {{mean: 2 ms, per_candidate: 4 µs, shape: gamma,
            cv: 0.5}}, shards: 2, price: $3/h, balancing: random}}
          ranker: {{kind: ranker, service: {{mean: 1 ms, per_candidate: 50 µs, shape: gamma,
            cv: 0.5}}, price: $2/h}}
        flows:
          request:
            candidates: 1000
            steps:
              - {{call: app}}
              - {{call: store}}
              - {{call: index, ask: all, keeps: 200}}
              - {{call: ranker, keeps: 10}}
        """
    )
    return d.change(changes)


def replicas(d: Design) -> tuple[int, ...]:
    return tuple(d.components[name].replicas for name in ("store", "index", "ranker"))


def with_replicas(d: Design, counts: tuple[int, ...]) -> Design:
    names = ("store", "index", "ranker")
    return d.change({f"components.{n}.replicas": c for n, c in zip(names, counts, strict=True)})


def brute_force(d: Design, spare: int) -> float:
    """The least price of all replicas up to a dozen each."""
    loads = estimate(d).steps.set_index("component")
    prices = []
    for counts in itertools.product(range(1, 13), repeat=3):
        price = counts[0] + 6 * counts[1] + 2 * counts[2]
        erlangs = [
            d.requirement.rate * loads.loc[n, "service"] for n in ("store", "index", "ranker")
        ]
        if any(count - spare <= load for count, load in zip(counts, erlangs, strict=True)):
            continue
        prices.append((price, counts))
    for price, counts in sorted(prices):
        if quick_figures(with_replicas(d, counts))[0] <= d.requirement.latency:
            return price
    raise AssertionError("nothing meets it")


@pytest.mark.parametrize(("latency", "spare"), [("60 ms", 1), ("48 ms", 0), ("45 ms", 1)])
def test_nothing_is_cheaper_than_what_is_found(latency, spare):
    d = funnel(latency)
    found = search(d, spare=spare, requests=0)
    row = found.table().iloc[0]
    assert row["price"] == brute_force(d, spare)
    assert row["cheapest"]
    assert row["estimated"] <= d.requirement.latency


def test_one_replica_may_be_lost():
    best = search(funnel(), spare=1, requests=0).best
    assert best is not None
    fewer = with_replicas(best, tuple(count - 1 for count in replicas(best)))
    assert estimate(fewer).saturated == ()
    none_lost = search(funnel(), spare=0, requests=0)
    assert none_lost.table()["price"].iloc[0] < estimate(best).price


def test_the_simulation_confirms_what_is_found_and_both_are_told():
    found = search(funnel("46 ms"), requests=20_000, seed=3)
    row = found.table().iloc[0]
    assert row["simulated"] <= 0.046
    assert row["low"] < row["simulated"] < row["high"]
    assert row["estimated"] == pytest.approx(row["simulated"], rel=0.1)
    assert "estimated" in found.message
    assert "simulated" in found.message


def test_what_the_simulation_refuses_gets_replicas_more(monkeypatch):
    d = funnel("48 ms")
    module = sys.modules["mlsd_kit.design.sizing.search"]

    def slower(design: Design, **settings: int) -> SimulationResult:
        """A simulation in which the ranker is 5 % slower than the design says."""
        return simulate(design.change({"components.ranker.service.mean": "1.55 ms"}), **settings)

    monkeypatch.setattr(module, "simulate", slower)
    row = search(d, requests=20_000, seed=3).table().iloc[0]
    closed = search(d, requests=0).table().iloc[0]
    assert row["meets"]
    assert row["added"] >= 1
    assert row["price"] > closed["price"]
    assert row["simulated"] <= 0.048


def test_funnel_sizes_by_measured_quality():
    measured = pd.DataFrame(
        {"index": [100, 100, 300, 300], "ranker": [10, 20, 10, 20],
         "quality": [0.7, 0.72, 0.8, 0.83]}
    )  # fmt: skip
    sizes = {"index": [100, 300], "ranker": [10, 20]}
    found = search(funnel(), sizes=sizes, quality=measured, requests=0)
    table = found.table()
    assert table["quality"].tolist() == [0.7, 0.72, 0.8, 0.83]
    assert table["price"].is_monotonic_increasing
    best = found.best
    assert best is not None
    kept = [step.keeps for step in best.flows["request"].steps]
    assert kept == [None, None, 300, 20]
    front = found.pareto()
    assert front["quality"].is_monotonic_increasing  # what costs more must be worth it
    assert len(front) == 2  # showing 20 costs nothing and is better

    as_function = search(
        funnel(), sizes=sizes, quality=lambda s: s["index"] / s["ranker"], requests=0
    )
    assert as_function.best.flows["request"].steps[3].keeps == 10


def test_a_stage_cannot_keep_more_than_it_receives():
    found = search(funnel(), sizes={"index": [5, 100], "ranker": [10]}, requests=0)
    assert found.table()["index"].tolist() == [100]


def test_tighter_latencies_cost_more():
    found = search(funnel(), latencies=[0.045, 0.05], requests=0)
    table = found.table()
    assert table["aim"].tolist() == [0.045, 0.05, 0.06]
    assert table["price"].is_monotonic_decreasing
    assert (table["estimated"] <= table["aim"]).all()
    axes = plot_pareto(found)
    assert axes.get_xlabel() == "price ($/h)"
    assert axes.get_ylabel() == "latency (ms)"


def test_availability_asks_for_replicas():
    d = funnel().change(
        {
            "requirement.availability": 0.9999,
            "components.ranker.failures": {"every": "10 days", "repair": "1 day"},
        }
    )
    found = search(d, requests=0)
    best = found.best
    assert best is not None
    assert availability(best) >= 0.9999
    fewer = with_replicas(best, (*replicas(best)[:2], replicas(best)[2] - 1))
    assert availability(fewer) < 0.9999


def test_what_is_impossible_is_told_in_one_line():
    found = search(funnel("15 ms"), requests=0)
    assert found.best is None
    assert found.message.count("\n") == 0
    assert "even with endless replicas" in found.message
    assert "'ranker' alone takes" in found.message

    timed = funnel().change({"flows.request.ranker.timeout": "10 ms"})
    late = timed.change({"flows.request.ranker.fallback": "none"})
    told = search(late, requests=0).message
    assert "the timeout of 'ranker', 10 ms, is too short" in told

    wrong = funnel().change({"components.store.errors": 0.2})
    assert "'store' has errors of 20.00%" in search(wrong, requests=0).message

    dear = funnel().change({"requirement.budget": "$5/h"})
    assert "the budget is $5.00/h" in search(dear, requests=0).message


def test_a_budget_of_estimates_that_is_too_small_is_told():
    found = search(funnel(), budget=3, requests=0)
    assert found.best is None
    assert "budget of estimates ended" in found.message


def test_bad_arguments_are_told():
    with pytest.raises(UserError, match="no step 'rank'"):
        search(funnel(), sizes={"rank": [10]})
    with pytest.raises(UserError, match="whole numbers"):
        search(funnel(), sizes={"ranker": [0]})
    with pytest.raises(UserError, match="no row for"):
        search(
            funnel(),
            sizes={"ranker": [10]},
            quality=pd.DataFrame({"ranker": [20], "quality": [1.0]}),
        )
    with pytest.raises(UserError, match="no column 'quality'"):
        search(funnel(), sizes={"ranker": [10]}, quality=pd.DataFrame({"ranker": [10]}))
    with pytest.raises(UserError, match="spare"):
        search(funnel(), spare=-1)
    with pytest.raises(UserError, match="keeps more than it receives"):
        search(funnel(), sizes={"index": [2000]})
