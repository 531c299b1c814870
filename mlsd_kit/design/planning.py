"""A flow worked out: who is called how often, with how many candidates, for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from mlsd_kit.design.design import Design
from mlsd_kit.design.schema import Component, Flow, Step


@dataclass(frozen=True)
class Visit:
    """One step of a flow at a component, without retries.

    ``chance``: the share of the flow's requests that come here. ``receives`` and ``gives``:
    candidates before and after, None where they are not counted. ``work``: mean seconds that one
    server is busy with it, at each shard that is asked. ``waits``: whether the request waits.
    """

    flow: str
    step: Step
    name: str
    component: Component
    chance: float
    receives: int | None
    gives: int | None
    work: float
    waits: bool
    on_miss: tuple[Node, ...] = ()

    @property
    def label(self) -> str:
        """What the step is called."""
        return self.step.label

    @property
    def asked(self) -> int:
        """Shards asked at once."""
        return self.component.shards if self.step.ask == "all" else 1

    @property
    def misses(self) -> float:
        """The share of calls that go on to ``on_miss``; 0 where there is none."""
        return 1.0 - (self.component.hit_rate or 0.0) if self.on_miss else 0.0


@dataclass(frozen=True)
class Fork:
    """Branches side by side, taken by a ``share`` of the requests that come; the slowest counts."""

    branches: tuple[tuple[Node, ...], ...]
    share: float = 1.0


Node: TypeAlias = Visit | Fork


def plan(design: Design, flow: str) -> tuple[Node, ...]:
    """Work out a flow's steps in order.

    Candidates: the first steps get the flow's, each step gets what the one before it gave;
    branches each get what came before them, and the step after them the most that one gave. What
    a miss of a cache looks up has as many as the cache was asked for.
    """
    return _nodes(design, flow, design.flows[flow].steps, design.flows[flow].candidates, 1.0)[0]


def _nodes(
    design: Design, flow: str, steps: tuple[Step, ...], candidates: int | None, chance: float
) -> tuple[tuple[Node, ...], int | None]:
    nodes: list[Node] = []
    for step in steps:
        reached = chance * step.share
        if step.parallel:
            parts = [_nodes(design, flow, branch, candidates, reached) for branch in step.parallel]
            nodes.append(Fork(tuple(part for part, _ in parts), step.share))
            counts = [count for _, count in parts if count is not None]
            candidates = step.keeps or max(counts, default=None)
            continue
        visit = _visit(design, flow, step, candidates, reached)
        nodes.append(visit)
        candidates = visit.gives
    return tuple(nodes), candidates


def _visit(design: Design, flow: str, step: Step, candidates: int | None, chance: float) -> Visit:
    name = step.component or ""
    component = design.components[name]
    looked_at = (candidates or 0) / (component.shards if step.ask == "all" else 1)
    work = component.service.mean + component.service.per_candidate * looked_at
    miss = chance * (1.0 - (component.hit_rate or 0.0))
    inner, last = _nodes(design, flow, step.on_miss, candidates, miss)
    gives = step.keeps if step.keeps is not None else (last if step.on_miss else candidates)
    waits = step.call is not None
    return Visit(flow, step, name, component, chance, candidates, gives, work, waits, inner)


def flatten(nodes: tuple[Node, ...]) -> Iterator[Visit]:
    """Go through the visits in order, those of branches and misses too."""
    for node in nodes:
        if isinstance(node, Fork):
            for branch in node.branches:
                yield from flatten(branch)
        else:
            yield node
            yield from flatten(node.on_miss)


def flow_rate(design: Design, flow: Flow) -> float:
    """Requests per second of a request flow; runs per second of a scheduled one."""
    return 1.0 / flow.every if flow.every else design.requirement.rate * flow.share


def visits(design: Design, kind: str = "request") -> list[Visit]:
    """All visits of all flows of a kind."""
    names = [name for name, flow in design.flows.items() if flow.kind == kind]
    return [visit for name in names for visit in flatten(plan(design, name))]


def loads(design: Design) -> pd.DataFrame:
    """Offered load by component, at the required rate, without retries.

    Returns:
        A row for each component that requests come to: ``rate`` (calls/s at one shard, the
        hottest), ``work`` (mean seconds of a call), ``servers`` of a shard, ``utilisation``
        (the share of its servers that are busy; 1 or more cannot last), ``price`` ($/h).
    """
    sums: dict[str, list[float]] = {}
    for visit in visits(design):
        rate = flow_rate(design, design.flows[visit.flow]) * visit.chance * shard_share(visit)
        total = sums.setdefault(visit.name, [0.0, 0.0])
        total[0] += rate
        total[1] += rate * visit.work
    rows = []
    for name, component in design.components.items():
        if name in sums:
            rate, load = sums[name]
            rows.append(
                {
                    "component": name,
                    "rate": rate,
                    "work": load / rate if rate else 0.0,
                    "servers": component.servers,
                    "utilisation": load / component.servers,
                    "price": component.hourly_price,
                }
            )
    columns = ["component", "rate", "work", "servers", "utilisation", "price"]
    return pd.DataFrame(rows, columns=columns).set_index("component")


def shard_share(visit: Visit) -> float:
    """The share of a step's calls that the busiest shard gets."""
    component = visit.component
    if visit.step.ask == "all":
        return 1.0
    return component.hottest_share or 1.0 / component.shards


def hourly_price(design: Design) -> float:
    """Dollars per hour for all replicas of all components."""
    return sum(component.hourly_price for component in design.components.values())
