"""The cheapest replicas of a design with given funnel sizes, by closed forms."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass, field

import numpy as np

from mlsd_kit.design.closed_forms.distribution import percentile
from mlsd_kit.design.closed_forms.estimate import estimate, work_out
from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import visits
from mlsd_kit.design.sizing.availability import (
    availability,
    component_availability,
    replicas_for,
    shard_loads,
)
from mlsd_kit.units import format_number

ENDLESS = 10**9
POINTS = 128
FREE = 1e-9
SHORT = 0.2
Replicas = tuple[int, ...]


class OutOfBudget(Exception):  # noqa: N818
    """No estimates are left."""


@dataclass
class Budget:
    """How many estimates may still be made."""

    left: int

    def spend(self) -> None:
        """Take one."""
        if self.left <= 0:
            raise OutOfBudget
        self.left -= 1


@dataclass(frozen=True)
class Impossible:
    """Why no number of replicas meets the requirement, in one line."""

    why: str


@dataclass(frozen=True)
class Sized:
    """The cheapest replicas that were found; ``proved``: that there are no cheaper ones."""

    design: Design
    proved: bool


@dataclass
class Sizing:
    """One search: a design whose replicas are free, and what it has to meet.

    Args:
        design: with its funnel sizes set.
        latency: seconds, at the required percentile.
        spare: replicas of each shard that may be lost before its queue grows for ever.
        troubled: the share of requests that may fail or be answered by a fallback.
        budget: of estimates.
    """

    design: Design
    latency: float
    spare: int
    troubled: float
    budget: Budget
    seen: dict[Replicas, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = self.design.components
        self.load = {
            name: load
            for name, load in shard_loads(self.design).items()
            if parts[name].concurrency != "unlimited"
        }
        self.names = list(self.load)
        self.prices = [max(parts[name].price * parts[name].shards, FREE) for name in self.names]

    def run(self) -> Sized | Impossible:
        """Find the cheapest replicas.

        From the fewest that each component needs for itself, the others endless, replicas are
        added by latency gained per dollar, then taken away where the requirement is met without;
        then everything cheaper that could meet it is gone through in the order of its cost.
        Latency falls with every replica, so what is left out cannot be better.

        Raises:
            OutOfBudget: when no replicas are found before the estimates are used up.
        """
        endless = tuple([ENDLESS] * len(self.names))
        if not self.meets(endless):
            return Impossible(self._why(endless))
        least = self._least()
        found = self._pruned(self._greedy(least), least)
        try:
            found, proved = self._exact(found, least)
        except OutOfBudget:
            proved = False
        return Sized(self.at(found, whole=True), proved)

    def at(self, replicas: Replicas, whole: bool = False) -> Design:
        """Give the design with these replicas; ``whole``: as if it had been written so."""
        if whole:
            return self.design.change(
                {f"components.{n}.replicas": r for n, r in zip(self.names, replicas, strict=True)}
            )
        parts = dict(self.design.components)
        for name, count in zip(self.names, replicas, strict=True):
            parts[name] = parts[name].model_copy(update={"replicas": count})
        return self.design.model_copy(update={"components": parts})

    def figures(self, replicas: Replicas) -> tuple[float, float]:
        """Latency in seconds and the share of troubled requests."""
        if replicas not in self.seen:
            self.budget.spend()
            self.seen[replicas] = quick_figures(self.at(replicas))
        return self.seen[replicas]

    def meets(self, replicas: Replicas) -> bool:
        """Whether latency and troubled requests are within their limits."""
        latency, troubled = self.figures(replicas)
        return latency <= self.latency and troubled <= self.troubled

    def cost(self, replicas: Replicas) -> float:
        """Dollars per hour of the components that are searched."""
        return sum(p * r for p, r in zip(self.prices, replicas, strict=True))

    def _least(self) -> Replicas:
        """The fewest replicas of each component that can be enough, the others endless."""
        parts = self.design.components
        stable = [replicas_for(parts[n], self.load[n]) + self.spare for n in self.names]
        stable = self._available(stable)
        least = []
        for index, low in enumerate(stable):
            others = [ENDLESS] * len(stable)

            def enough(count: int, index: int = index, others: list[int] = others) -> bool:
                return self.meets((*others[:index], count, *others[index + 1 :]))

            high = low
            while not enough(high):
                low, high = high + 1, 2 * high
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if enough(middle) else (middle + 1, high)
            least.append(high)
        return tuple(least)

    def _available(self, counts: list[int]) -> list[int]:
        """Add replicas until the required availability is met, where it is cheapest."""
        wanted, parts = self.design.requirement.availability, self.design.components
        if wanted is None:
            return counts
        needed = {v.name for v in visits(self.design) if v.waits and not v.step.fallback}
        counts = list(counts)
        while availability(self.at(tuple(counts))) < wanted:
            gains = []
            for index, name in enumerate(self.names):
                if name not in needed or parts[name].failures is None:
                    continue
                now, more = (
                    component_availability(
                        parts[name].model_copy(update={"replicas": counts[index] + extra}),
                        self.load[name],
                    )
                    for extra in (0, 1)
                )
                gains.append((math.log(more / max(now, 1e-300)) / self.prices[index], index))
            gain, index = max(gains, default=(0.0, -1))
            if gain <= 0:
                break
            counts[index] += 1
        return counts

    def _greedy(self, start: Replicas) -> Replicas:
        replicas, jump = start, 1
        while not self.meets(replicas):
            step = self.better(replicas, jump)
            if step is None:
                jump *= 2
            else:
                replicas = step
        return replicas

    def better(self, replicas: Replicas, jump: int = 1) -> Replicas | None:
        """The replicas more that gain most per dollar; None where none gains anything."""
        latency, troubled = self.figures(replicas)
        best: tuple[float, Replicas | None] = (0.0, None)
        for index, price in enumerate(self.prices):
            more = _changed(replicas, index, jump)
            faster, fewer = self.figures(more)
            gain = (_finite(latency) - _finite(faster)) / self.latency
            if troubled > self.troubled:
                gain += (troubled - fewer) / max(self.troubled, 1e-6)
            best = max(best, (gain / (price * jump), more), key=lambda one: one[0])
        return best[1] if best[0] > 1e-9 else None

    def _pruned(self, replicas: Replicas, least: Replicas) -> Replicas:
        for index in sorted(range(len(replicas)), key=lambda i: -self.prices[i]):
            while replicas[index] > least[index]:
                fewer = _changed(replicas, index, -1)
                if not self.meets(fewer):
                    break
                replicas = fewer
        return replicas

    def _exact(self, best: Replicas, least: Replicas) -> tuple[Replicas, bool]:
        """Go through all that is cheaper than the best, cheapest first, skipping hopeless parts."""
        order = itertools.count()
        heap = [(self.cost(least), next(order), least, 0)]
        limit = self.cost(best)
        while heap:
            cost, _, replicas, first = heapq.heappop(heap)
            slack = limit - cost
            if slack <= FREE * len(least):
                return best, True
            most = tuple(
                count + (int(slack / price + 1e-9) if index >= first else 0)
                for index, (count, price) in enumerate(zip(replicas, self.prices, strict=True))
            )
            try:
                if not self.meets(most):
                    continue
                if self.meets(replicas):
                    return replicas, True
            except OutOfBudget:
                return best, False
            for index in range(first, len(replicas)):
                more = _changed(replicas, index, 1)
                heapq.heappush(heap, (cost + self.prices[index], next(order), more, index))
        return best, True

    def _why(self, endless: Replicas) -> str:
        latency, troubled = self.figures(endless)
        requirement = self.design.requirement
        steps = estimate(self.at(endless)).steps.reset_index()
        if latency > self.latency:
            longest = steps[steps["critical"]].nlargest(1, "p99").to_dict("records")[0]
            figures = f"p{requirement.percentile:g} {_ms(latency)} against {_ms(self.latency)}"
            return (
                f"even with endless replicas {figures}: step {longest['step']!r} alone takes "
                f"{_ms(longest['p99'])} at p99"
            )
        calls = {v.label: v for v in visits(self.design) if v.waits}
        tight = {n: v.work / v.step.timeout for n, v in calls.items() if v.step.timeout}
        errors = {n: v.component.errors for n, v in calls.items()}
        if tight and max(tight.values()) > SHORT:
            label = max(tight, key=lambda one: tight[one])
            limit = (
                f"the timeout of {label!r}, {_ms(calls[label].step.timeout or 0.0)}, is too short"
            )
        else:
            label = max(errors, key=lambda one: errors[one])
            limit = f"{label!r} has errors of {errors[label]:.2%}"
        return (
            f"even with endless replicas {troubled:.2%} of the requests fail or are degraded, "
            f"{self.troubled:.2%} may: {limit}"
        )


def quick_figures(design: Design) -> tuple[float, float]:
    """Latency at the required percentile, and the share that fails or is degraded; within 1 %."""
    required = design.requirement.percentile
    coarsest = max(3, math.ceil(math.log2(100 / (100 - required))))
    worked = work_out(design, np.array([design.requirement.rate]), -2, coarsest, POINTS)
    answered = float(worked.cells[-1].sum())
    troubled = 1 - float(worked.clean[-1])
    if worked.endless[0] or answered <= 0:
        return math.inf, troubled
    return percentile(worked.cells, worked.grid.steps, required / 100), troubled


def _changed(replicas: Replicas, index: int, by: int) -> Replicas:
    return (*replicas[:index], replicas[index] + by, *replicas[index + 1 :])


def _finite(seconds: float) -> float:
    return seconds if math.isfinite(seconds) else 1e9


def _ms(seconds: float) -> str:
    return f"{format_number(1000 * seconds)} ms"
