"""A canary's guards on events; each guard collects evidence that it is worse in one respect.

All count a unit once: requests of one unit are alike, and all go to the same arm, so that a single
user with a broken client would otherwise look like a broken canary.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np

from mlsd_kit.deployment.release.evidence import log_event_factors
from mlsd_kit.deployment.release.served import Served

RATIOS = (2.0, 5.0, 20.0)
ENOUGH = 50
"""Units of the canary before a mean is believed to be near normal."""


class Guard(Protocol):
    """Watches one respect of a canary."""

    name: str

    def observe(self, served: Served) -> np.ndarray:
        """Take in requests; the log of the evidence after each, shape (n,)."""

    def says(self) -> str:
        """What it has seen, in a few words."""


class EventGuard:
    """Watches how often something happens: an error, a slow answer.

    Args:
        name: of the guard.
        events: says of each request whether it happened, shape (n,).
        tolerated: ratio of the canary's rate to the champion's that is not worth a rollback.
        ratios: what the evidence is spread over, as multiples of the tolerated ratio.
    """

    def __init__(
        self,
        name: str,
        events: Callable[[Served], np.ndarray],
        tolerated: float = 1.0,
        ratios: tuple[float, ...] = RATIOS,
    ) -> None:
        self.name = name
        self._events = events
        self._tolerated = tolerated
        self._ratios = tolerated * np.array(ratios)
        self._log = np.zeros(len(ratios))
        self._had_one: set[object] = set()
        self._units: tuple[set[object], set[object]] = (set(), set())
        self._count = np.zeros(2, dtype=int)

    def observe(self, served: Served) -> np.ndarray:
        """Take in requests; see `Guard`."""
        for arm in (0, 1):
            self._units[arm].update(served.unit[served.canary == bool(arm)].tolist())
        happened = np.flatnonzero(self._events(served))
        at = happened[first_of_units(served.unit[happened], self._had_one)]
        self._count += np.bincount(served.canary[at], minlength=2)
        factors = log_event_factors(
            served.canary[at], served.share[at], self._ratios, self._tolerated
        )
        logs = self._log + np.vstack([np.zeros(len(self._log)), factors.cumsum(axis=0)])
        self._log = logs[-1]
        evidence = np.logaddexp.reduce(logs, axis=1) - np.log(logs.shape[1])
        return np.asarray(evidence[np.searchsorted(at, np.arange(len(served)), side="right")])

    def says(self) -> str:
        """What it has seen."""
        control, canary = (len(units) for units in self._units)
        return (
            f"{self._count[1]} of {canary:,} on the canary, "
            f"{self._count[0]} of {control:,} on the champion"
        )


class LatencyGuard(EventGuard):
    """Watches slow answers: those beyond a quantile of the champion's own latest latencies.

    Args:
        quantile: of the champion's latencies. tolerated: as of `EventGuard`.
        memory: how many of the champion's latencies it is taken from.
    """

    def __init__(self, quantile: float = 0.9, tolerated: float = 1.5, memory: int = 2000) -> None:
        self._quantile = quantile
        self._latest: deque[float] = deque(maxlen=memory)
        super().__init__("latency", self._slow, tolerated)

    def _slow(self, served: Served) -> np.ndarray:
        slow = np.zeros(len(served), dtype=bool)
        if len(self._latest) >= ENOUGH:
            bound = np.quantile(self._latest, self._quantile)
            slow = np.nan_to_num(served.latency_s) > bound
        theirs = served.latency_s[~served.canary]
        self._latest.extend(theirs[~np.isnan(theirs)].tolist())
        return slow


class PointGuard:
    """Compares two rates as they stand, as many a script does: no allowance for chance.

    It is here to show what that costs.

    Args:
        name: of the guard. events: says of each request whether it happened, shape (n,).
        enough: requests of the canary before it compares.
    """

    def __init__(
        self, name: str, events: Callable[[Served], np.ndarray], enough: int = 100
    ) -> None:
        self.name = name
        self._events = events
        self._enough = enough
        self._count, self._total = np.zeros(2), np.zeros(2)

    def observe(self, served: Served) -> np.ndarray:
        """Take in requests; evidence is all or nothing."""
        self._count += np.bincount(served.canary, weights=self._events(served), minlength=2)
        self._total += np.bincount(served.canary, minlength=2)
        rates = self._count / np.maximum(self._total, 1)
        worse = self._total[1] >= self._enough and rates[1] > rates[0]
        return np.full(len(served), np.inf if worse else -np.inf)

    def says(self) -> str:
        """What it has seen."""
        rates = self._count / np.maximum(self._total, 1)
        return f"{rates[1]:.2%} on the canary, {rates[0]:.2%} on the champion"


def first_of_units(units: np.ndarray, seen: set[object]) -> np.ndarray:
    """Which of the units come for the first time, shape (n,); they are then seen."""
    listed = units.tolist()
    here = set(listed)
    if len(here) == len(listed) and here.isdisjoint(seen):
        seen |= here
        return np.ones(len(units), dtype=bool)
    fresh = np.zeros(len(units), dtype=bool)
    for position, unit in enumerate(listed):
        if unit not in seen:
            seen.add(unit)
            fresh[position] = True
    return fresh
