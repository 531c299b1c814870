"""Wait for a dependency only so long, then go on without it, and count how often."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from mlsd_kit.errors import require

Outcome = Literal["in_time", "too_late", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("in_time", "too_late", "failed")
T = TypeVar("T")


class Waited(NamedTuple, Generic[T]):
    """What came of waiting: the result when it was ``in_time``, else None."""

    result: T | None
    outcome: Outcome


class Deadline:
    """Await something for a limited time, and count what came of it.

    Args:
        seconds: how long to wait.
        name: of the dependency, in the metrics.

    Example::

        store = Deadline(0.02, "feature_store")
        features, outcome = await store.wait(ask(payment))
        if features is None:
            features = without_the_store(payment)
    """

    def __init__(self, seconds: float, name: str) -> None:
        if not seconds > 0:
            raise ValueError(f"a deadline is above 0 s, not {seconds}")
        self.seconds = seconds
        self.name = name
        self.counts: Counter[Outcome] = Counter()

    async def wait(self, what: Awaitable[T]) -> Waited[T]:
        """Give the result in time, or None and the reason; what is too late is cancelled.

        An exception counts as ``failed`` and is not raised: whoever waits has to answer anyway.
        """
        result: T | None = None
        outcome: Outcome = "in_time"
        try:
            async with asyncio.timeout(self.seconds) as limit:
                result = await what
        except TimeoutError:
            outcome = "too_late" if limit.expired() else "failed"
        except Exception:  # whatever a dependency raises is its failure, not ours
            outcome = "failed"
        self.counts[outcome] += 1
        return Waited(result, outcome)

    def prometheus(self) -> str:
        """The counts of this process, in the text format that Prometheus reads."""
        prometheus = require("prometheus_client")
        registry = prometheus.CollectorRegistry()
        registry.register(self)
        text: str = prometheus.generate_latest(registry).decode()
        return text

    def collect(self) -> Iterator[Any]:
        """The counts as prometheus-client's metric; what makes this a collector of its."""
        from prometheus_client.core import CounterMetricFamily

        told = "Calls to a dependency, by what came of them."
        family = CounterMetricFamily("dependency_calls", told, labels=["name", "outcome"])
        for outcome in OUTCOMES:
            family.add_metric([self.name, outcome], self.counts[outcome])
        yield family
