"""Availability of components and of a design, from how often replicas die and are repaired."""

from __future__ import annotations

import math

from scipy import special

from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import loads, visits
from mlsd_kit.design.schema import Component


def enough_up(replicas: int, needed: int, down: float) -> float:
    """The chance that of so many replicas the needed ones are up, each down for itself.

    Args:
        replicas: how many there are.
        needed: how many must be up.
        down: the share of time in which one is down.

    >>> round(enough_up(replicas=3, needed=2, down=0.01), 6)
    0.999702
    """
    if needed > replicas:
        return 0.0
    return float(special.bdtr(replicas - needed, replicas, down))


def component_availability(component: Component, load: float) -> float:
    """The share of time in which every shard has enough replicas up to carry its load.

    Args:
        component: with its ``failures``; without them it is always up.
        load: erlangs of one shard.
    """
    if component.failures is None:
        return 1.0
    down = component.failures.repair / (component.failures.every + component.failures.repair)
    return enough_up(component.replicas, replicas_for(component, load), down) ** component.shards


def replicas_for(component: Component, load: float) -> int:
    """The fewest replicas of a shard that keep up with a load in erlangs."""
    if component.concurrency == "unlimited":
        return 1
    return math.floor(load / component.concurrency * (1 + 1e-12)) + 1


def availability(design: Design) -> float:
    """The share of time in which every component that requests cannot do without carries its load.

    Components fail independently of each other. Those behind a fallback, and those that nobody
    waits for, are done without.
    """
    erlangs = shard_loads(design)
    needed = {v.name for v in visits(design) if v.waits and v.chance > 0 and not v.step.fallback}
    ups = [component_availability(design.components[name], erlangs[name]) for name in needed]
    return math.prod(ups)


def shard_loads(design: Design) -> dict[str, float]:
    """Give the erlangs of the busiest shard of each component that requests come to."""
    table = loads(design)
    return dict(zip(table.index, (table["rate"] * table["work"]).tolist(), strict=True))
