"""The simulation of a design against a plain SimPy script of the same network, on one core.

`OMP_NUM_THREADS=1 python benchmarks/design_simulation.py` sends a million requests through a
four-stage funnel for ad clicks with both (needs `pip install simpy`; about a minute), compares the
distributions of latency, and shows how time and memory grow with the requests. Both draw their
random numbers in the same fast way, so that only the simulation itself differs: with the same seed
they see the same arrivals and service times, and must agree request by request. Seconds are
processor seconds. A number behind it sends fewer requests.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import chain, islice

import numpy as np
import pandas as pd
import psutil
import simpy
from scipy import stats

from mlsd_kit.design import Design, SimulationResult, simulate
from mlsd_kit.design.planning import flatten, plan
from mlsd_kit.design.simulation.streams import Streams
from mlsd_kit.design.simulation.traffic import poisson_times

FUNNEL = Design.from_yaml("""
title: Four stages of an ad's way
requirement: {rate: 2000 requests/s, latency: 100 ms}
components:
  retrieval:
    kind: retrieval_index
    service: {mean: 8 ms, shape: lognormal, cv: 0.6}
    replicas: 5
    concurrency: 4
  pre_ranker:
    kind: ranker
    service: {mean: 1 ms, shape: gamma, cv: 0.4, per_candidate: 4 µs}
    replicas: 7
    concurrency: 2
  features: {kind: feature_store, service: 3 ms, replicas: 2, concurrency: 4}
  ranker:
    kind: ranker
    service: {mean: 2 ms, shape: gamma, cv: 0.3, per_candidate: 50 µs}
    replicas: 9
    concurrency: 2
flows:
  request:
    candidates: 100000
    steps:
      - {call: retrieval, keeps: 1000}
      - {call: pre_ranker, keeps: 100}
      - {call: features}
      - {call: ranker, keeps: 5}
""")
PERCENTS = (50, 90, 95, 99, 99.9)


def with_simpy(design: Design, requests: int, seed: int) -> np.ndarray:
    """Latencies in seconds of all requests, shape (requests,), by SimPy resources and processes."""
    streams, rate = Streams(seed), design.requirement.rate
    env = simpy.Environment()
    stages = [
        (
            simpy.Resource(env, capacity=int(visit.component.servers)),
            streams.service(
                visit.component.service, visit.work, visit.flow, visit.label, "service"
            ),
        )
        for visit in flatten(plan(design, "request"))
    ]
    latencies: list[float] = []

    def request() -> Iterator[simpy.Event]:
        arrival = env.now
        for servers, draw in stages:
            with servers.request() as turn:
                yield turn
                yield env.timeout(draw())
        latencies.append(env.now - arrival)

    def source() -> Iterator[simpy.Event]:
        blocks = poisson_times(rate, requests / rate, (), streams.rng("arrivals"))
        for arrival in islice(chain.from_iterable(blocks), requests):
            yield env.timeout(arrival - env.now)
            env.process(request())

    env.process(source())
    env.run()
    return np.array(latencies)


def timed(work, *args, **kwargs):
    start = time.process_time()
    found = work(*args, **kwargs)
    return found, time.process_time() - start


def distance(result: SimulationResult, latencies: np.ndarray) -> float:
    """Kolmogorov and Smirnov's distance, at the ends of the result's bins."""
    found = result.distribution()
    below = np.searchsorted(np.sort(latencies), found["latency"], side="right") / len(latencies)
    return float(np.abs(found["share"].cumsum() - below).max())


def growth(requests: int) -> pd.DataFrame:
    """Time and memory of runs of three sizes."""
    process, rows = psutil.Process(), []
    simulate(FUNNEL, requests=1000)
    for count in (requests // 100, requests // 10, requests):
        before, most = process.memory_info().rss, [0]

        def watch(_: float, most: list[int] = most) -> None:
            most[0] = max(most[0], process.memory_info().rss)

        _, seconds = timed(simulate, FUNNEL, requests=count, progress=watch)
        rows.append(
            {
                "requests": f"{count:,}",
                "seconds": round(seconds, 3),
                "ns/request": round(1e9 * seconds / count),
                "memory added (MB)": round((most[0] - before) / 1e6, 1),
            }
        )
    return pd.DataFrame(rows)


def main(requests: int) -> None:
    print(growth(requests).to_string(index=False), flush=True)
    same, ours = timed(simulate, FUNNEL, requests=requests, seed=1, warm_up=0)
    other = simulate(FUNNEL, requests=requests, seed=2, warm_up=0)
    latencies, theirs = timed(with_simpy, FUNNEL, requests, seed=1)
    print(f"\n{requests:,} requests: SimPy {simpy.__version__} {theirs:.1f} s, mlsd {ours:.2f} s: ")
    print(f"{theirs / ours:.1f} times as fast\n\nlatency in ms, and 95 % intervals of another seed")
    rows = {"mean": (latencies.mean(), same.mean.value, other.mean)}
    for percent in PERCENTS:
        exact = float(np.percentile(latencies, percent))
        rows[f"p{percent}"] = (exact, same.latency(percent).value, other.latency(percent))
    table = pd.DataFrame(
        {
            name: {
                "SimPy": 1000 * exact,
                "mlsd, same seed": 1000 * found,
                "off": f"{found / exact - 1:+.3%}",
                "mlsd, other seed": 1000 * estimate.value,
                "from": 1000 * estimate.low,
                "to": 1000 * estimate.high,
            }
            for name, (exact, found, estimate) in rows.items()
        }
    ).T
    print(table.to_string(float_format="{:.3f}".format))
    alike = stats.kstwobign.isf(0.05) * np.sqrt(2 / requests)
    print(
        f"largest distance of the distributions: {distance(same, latencies):.5f} with the same "
        f"seed, {distance(other, latencies):.5f} with another\n(independent requests would stay "
        f"below {alike:.5f} in 95 % of cases; those of a queue, which depend on each other, differ "
        "more)"
    )
    utilisation = same.table()["utilisation"].round(3).to_dict()
    print(f"utilisation: {utilisation}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
