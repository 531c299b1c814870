"""A component during a simulation: its shards, their queues, and when its replicas are down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TypeAlias

import numpy as np

from mlsd_kit.design.schema import Component
from mlsd_kit.design.simulation.inject import CacheFlushed, Failure, ReplicaDies, windows_of
from mlsd_kit.design.simulation.pools import MortalPool, Pool, Waiting
from mlsd_kit.design.simulation.streams import Streams
from mlsd_kit.errors import UserError

Down: TypeAlias = list[list[tuple[float, float]]]
"""For each replica, shard by shard, the times (from, to) at which it is down."""


class Site:
    """The servers of a component in one run.

    Args:
        name: of the component.
        component: what the design says of it.
        failures: what is injected.
        down: for each replica, shard by shard, the times at which it is down.
    """

    def __init__(
        self, name: str, component: Component, failures: Sequence[Failure], down: Down
    ) -> None:
        self.name, self.component = name, component
        self.flushes = [
            (failure.at, failure.recovers_within)
            for failure in failures
            if isinstance(failure, CacheFlushed) and failure.component == name
        ]
        slow = windows_of(name, failures)
        size = component.replicas
        parts = [down[shard * size : (shard + 1) * size] for shard in range(component.shards)]
        self.shards = [self._shard(part, slow) for part in parts]

    def _shard(self, down: Down, slow: list[tuple[float, float, float]]) -> list[Pool]:
        component = self.component
        own = component.balancing == "random"
        concurrency = inf if component.concurrency == "unlimited" else component.concurrency
        waiting = None if component.queue is None else Waiting(component.queue)
        groups = [[times] for times in down] if own else [down]
        if any(down):
            return [MortalPool(concurrency, group, own, waiting, slow) for group in groups]
        return [Pool(concurrency * len(group), waiting, slow) for group in groups]

    @property
    def plain(self) -> bool:
        """Whether it is a single queue whose servers are always up and never slow."""
        pools = [pool for shard in self.shards for pool in shard]
        return len(pools) == 1 and pools[0].plain

    def hit_rate(self, now: float) -> float:
        """The share of lookups that a cache answers at a time."""
        rate = self.component.hit_rate or 0.0
        for at, recovers in self.flushes:
            if at <= now < at + recovers:
                rate *= (now - at) / recovers
        return rate

    def picker(
        self, ask: str, streams: Streams, *source: str
    ) -> tuple[Callable[[], int], Callable[[float, int], Sequence[Pool]]]:
        """Give a function that draws a key's shard, and one that gives the pools to call.

        The latter takes the time and the shard; where all shards are asked it gives one of each.
        """
        replicas = [
            self._replica(pools, streams, *source, str(shard))
            for shard, pools in enumerate(self.shards)
        ]
        if ask == "all":
            return (lambda: 0), (lambda now, _: [replica(now) for replica in replicas])
        if len(replicas) == 1:
            only = replicas[0]
            return (lambda: 0), (lambda now, _: (only(now),))
        cold = len(replicas) - 1
        hottest = self.component.hottest_share or 1.0 / len(replicas)
        weights = [hottest, *[(1.0 - hottest) / cold] * cold]
        key = streams.index(weights, *source, "shard")
        return key, (lambda now, shard: (replicas[shard](now),))

    @staticmethod
    def _replica(pools: list[Pool], streams: Streams, *source: str) -> Callable[[float], Pool]:
        if len(pools) == 1:
            only = pools[0]
            return lambda now: only
        pick = streams.index([1.0] * len(pools), *source, "replica")

        def living(now: float) -> Pool:
            first = pick()
            for turn in range(len(pools)):
                pool = pools[(first + turn) % len(pools)]
                if not isinstance(pool, MortalPool) or pool.up(now):
                    return pool
            return pools[first]

        return living

    def busy(self, now: float) -> np.ndarray:
        """Seconds of work that each shard's servers had done by a time, shape (shards,)."""
        return np.array(
            [sum(pool.busy - pool.unfinished(now) for pool in shard) for shard in self.shards]
        )


def down_times(
    name: str,
    component: Component,
    failures: Sequence[Failure],
    span: float,
    rng: np.random.Generator | None,
) -> Down:
    """Give the times at which each replica is down.

    Args:
        name: of the component.
        component: with its ``failures``.
        failures: what is injected.
        span: simulated seconds.
        rng: for failures at random times; None leaves them out.
    """
    count = component.replicas * component.shards
    down: Down = [[] for _ in range(count)]
    deaths = [one for one in failures if isinstance(one, ReplicaDies) and one.component == name]
    for number, death in enumerate(deaths):
        down[number % count].append((death.at, death.at + death.for_))
    if rng is not None and component.failures is not None:
        if component.failures.every <= 0:
            raise UserError(f"components.{name}.failures.every must be more than 0 to simulate it")
        for times in down:
            times += _random_times(component.failures.every, component.failures.repair, span, rng)
    return [_merged(times) for times in down]


def _random_times(
    every: float, repair: float, span: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    times, now = [], float(rng.exponential(every))
    while now < span:
        back = now + float(rng.exponential(repair))
        times.append((now, back))
        now = back + float(rng.exponential(every))
    return times


def _merged(times: list[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, stop in sorted(time for time in times if time[1] > time[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
