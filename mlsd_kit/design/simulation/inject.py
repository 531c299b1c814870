"""What is made to go wrong in a simulation."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mlsd_kit.design.design import Design
from mlsd_kit.errors import UserError


@dataclass(frozen=True)
class ReplicaDies:
    """A replica of a component is gone from second ``at`` for ``for_`` seconds.

    Each one that is injected into a component takes the next replica, the first shard's first.
    """

    component: str
    at: float
    for_: float


@dataclass(frozen=True)
class Slow:
    """Calls that start in these seconds take ``factor`` times as long."""

    component: str
    factor: float
    at: float
    for_: float


@dataclass(frozen=True)
class CacheFlushed:
    """A cache is empty at second ``at``; its hit rate is back, growing evenly, some time after."""

    component: str
    at: float
    recovers_within: float


@dataclass(frozen=True)
class TrafficTimes:
    """``factor`` times as many requests come for ``for_`` seconds from second ``at`` on."""

    factor: float
    at: float
    for_: float


Failure: TypeAlias = ReplicaDies | Slow | CacheFlushed | TrafficTimes


def check_failures(design: Design, failures: Iterable[Failure]) -> None:
    """Refuse what cannot be injected into a design.

    Raises:
        UserError: for an unknown component, a negative time or factor, a cache that is none.
    """
    for failure in failures:
        kind = type(failure).__name__
        times = [failure.at, getattr(failure, "for_", 0.0), getattr(failure, "factor", 0.0)]
        if min(*times, getattr(failure, "recovers_within", 0.0)) < 0:
            raise UserError(f"{kind}: times and factors must be 0 or more, got {failure}")
        if isinstance(failure, TrafficTimes):
            continue
        name = failure.component
        if name not in design.components:
            near = difflib.get_close_matches(name, design.components, 1, 0)[0]
            raise UserError(f"{kind}: no component {name!r}; the nearest is {near!r}")
        if isinstance(failure, CacheFlushed) and design.components[name].hit_rate is None:
            raise UserError(f"CacheFlushed: {name!r} has no hit_rate to lose")


def windows_of(name: str, failures: Sequence[Failure]) -> list[tuple[float, float, float]]:
    """Give the times (from, to, factor) at which a component is slow."""
    return [
        (failure.at, failure.at + failure.for_, failure.factor)
        for failure in failures
        if isinstance(failure, Slow) and failure.component == name
    ]
