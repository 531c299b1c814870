"""What the rules ask about a design, worked out once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import Fork, Node, Visit, flatten, flow_rate, hourly_price, plan
from mlsd_kit.design.schema import Component, Flow

if TYPE_CHECKING:
    from mlsd_kit.design.closed_forms.estimate import Estimate

WIRES = ("client", "network")
"""Kinds that are not ours to replicate, time out or pay for."""
HIGH = 0.8
"""Utilisation from which waiting grows fast."""


@dataclass(frozen=True)
class Wait:
    """A call that a request waits for, and the latency budget left when it is made.

    ``left``: seconds of the requirement's latency after the mean service of what came before.
    """

    visit: Visit
    left: float

    def at(self, field: str) -> str:
        """The path of one of the step's values."""
        return f"flows.{self.visit.flow}.{self.visit.label}.{field}"


@dataclass(frozen=True)
class Load:
    """The load of one shard of a component at the required rate, in erlangs (busy servers).

    ``busy``: of the hottest shard; ``even``: if all shards had alike; ``retried``: of the hottest
    when each call is made as often as its retries allow; ``rate``: calls/s at the hottest.
    """

    component: Component
    rate: float = 0.0
    busy: float = 0.0
    even: float = 0.0
    retried: float = 0.0

    @property
    def utilisation(self) -> float:
        """Busy share of the hottest shard's servers."""
        return self.busy / self.component.servers

    @property
    def even_utilisation(self) -> float:
        """Busy share of a shard's servers, were all shards alike."""
        return self.even / self.component.servers


class Facts:
    """A design with its plans, loads, waits and estimate, each computed at most once."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.requirement = design.requirement
        self.components = design.components
        self.fired: set[str] = set()

    @cached_property
    def plans(self) -> dict[str, tuple[Node, ...]]:
        """The worked-out steps of each flow."""
        return {name: plan(self.design, name) for name in self.design.flows}

    def flows(self, *kinds: str) -> list[tuple[str, Flow]]:
        """The flows of some kinds, with their names."""
        return [(name, flow) for name, flow in self.design.flows.items() if flow.kind in kinds]

    def visits(self, flow: str) -> list[Visit]:
        """All visits of a flow in order, those of branches and misses too."""
        return list(flatten(self.plans[flow]))

    @cached_property
    def asked(self) -> list[Visit]:
        """All visits of all request flows."""
        return [visit for name, _ in self.flows("request") for visit in self.visits(name)]

    @cached_property
    def waits(self) -> list[Wait]:
        """The calls that requests wait for, but for those to clients and networks."""
        found: list[Wait] = []
        for name, _ in self.flows("request"):
            self._go(self.plans[name], 0.0, found)
        return [wait for wait in found if wait.visit.component.kind not in WIRES]

    def _go(self, nodes: tuple[Node, ...], passed: float, found: list[Wait]) -> float:
        """Collect the waits of some nodes; give the mean service time until after them."""
        for node in nodes:
            if isinstance(node, Fork):
                passed = max(self._go(branch, passed, found) for branch in node.branches)
            elif node.waits:
                found.append(Wait(node, self.requirement.latency - passed))
                passed = self._go(node.on_miss, passed + node.chance * node.work, found)
        return passed

    @cached_property
    def mean_latency(self) -> dict[str, float]:
        """Mean seconds of service that a request of each request flow goes through, no waiting."""
        return {name: self._go(self.plans[name], 0.0, []) for name, _ in self.flows("request")}

    @cached_property
    def loads(self) -> dict[str, Load]:
        """The load of each component that request flows come to."""
        return self.loads_without()

    def loads_without(self, cache: str | None = None) -> dict[str, Load]:
        """The loads when one cache never hits."""
        sums: dict[str, list[float]] = {}
        for name, flow in self.flows("request"):
            rate = flow_rate(self.design, flow)
            for visit, chance in _chances(self.plans[name], 1.0, cache):
                component = visit.component
                even = 1.0 if visit.step.ask == "all" else 1.0 / component.shards
                hottest = component.hottest_share if visit.step.ask == "one" else None
                calls = rate * chance * (even if hottest is None else hottest)
                busy = calls * visit.work
                row = (calls, busy, rate * chance * even * visit.work)
                total = sums.setdefault(visit.name, [0.0] * 4)
                for index, value in enumerate((*row, busy * (1 + visit.step.retries))):
                    total[index] += value
        return {name: Load(self.components[name], *total) for name, total in sums.items()}

    @cached_property
    def calm(self) -> dict[str, Load]:
        """The loads that are neither high nor none: for rules that ask what one more thing does."""
        return {name: load for name, load in self.loads.items() if 0 < load.utilisation <= HIGH}

    @cached_property
    def exposed(self) -> dict[str, Visit]:
        """Components whose death fails requests: some call waits for them without a fallback."""
        waited = [wait.visit for wait in self.waits]
        return {visit.name: visit for visit in reversed(waited) if visit.step.fallback is None}

    @cached_property
    def hourly_price(self) -> float:
        """Dollars per hour."""
        return hourly_price(self.design)

    @cached_property
    def estimate(self) -> Estimate:
        """The closed forms of the design."""
        from mlsd_kit.design.closed_forms.estimate import estimate

        return estimate(self.design)

    def of_kind(self, *kinds: str) -> Iterator[tuple[str, Component]]:
        """The components of some kinds, with their names."""
        return ((name, part) for name, part in self.components.items() if part.kind in kinds)

    def reaches(self, kind: str, *flows: str) -> Visit | None:
        """The first visit, in flows of these kinds, at a component of a kind."""
        found = (visit for name, _ in self.flows(*flows) for visit in self.visits(name))
        return next((visit for visit in found if visit.component.kind == kind), None)

    def duration(self, flow: str) -> float:
        """Seconds that a run of a batch or training flow takes; the slowest branch counts."""
        return _duration(self.plans[flow])


def _chances(
    nodes: tuple[Node, ...], chance: float, cache: str | None
) -> Iterator[tuple[Visit, float]]:
    """Visits with the share of requests that come there, when one cache never hits."""
    for node in nodes:
        if isinstance(node, Fork):
            for branch in node.branches:
                yield from _chances(branch, chance * node.share, cache)
        else:
            here = chance * node.step.share
            yield node, here
            missed = 1.0 if node.name == cache else node.misses
            yield from _chances(node.on_miss, here * missed, cache)


def _duration(nodes: tuple[Node, ...]) -> float:
    total = 0.0
    for node in nodes:
        if isinstance(node, Fork):
            total += max(_duration(branch) for branch in node.branches)
        else:
            takes = node.step.takes
            total += node.work if takes is None else takes
            total += node.misses * _duration(node.on_miss)
    return total
