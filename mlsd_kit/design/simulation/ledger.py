"""What is noted while a simulation runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from mlsd_kit.design.simulation.latency_log import LatencyLog
from mlsd_kit.design.simulation.tally import Request, Tally


class Ledger:
    """Requests by slice of time and outcome, and the sums of the steps after the warm-up.

    Args:
        log: the latencies of the requests that were answered.
    """

    def __init__(self, log: LatencyLog) -> None:
        slices = len(log.edges) - 1
        self.log = log
        self.arrived = np.zeros(slices, dtype=np.int64)
        self.answered = np.zeros(slices, dtype=np.int64)
        self.degraded = np.zeros(slices, dtype=np.int64)
        self.failed = np.zeros(slices, dtype=np.int64)
        self.reasons: Counter[str] = Counter()
        self.steps: list[tuple[Tally, dict[str, float]]] = []
        self.busy: dict[str, np.ndarray] = {}
        self._arrivals: list[float] = []
        self._latencies: list[float] = []
        self._degraded: list[float] = []
        self._failures: defaultdict[str, list[float]] = defaultdict(list)
        self._before: list[dict[str, float]] = []
        self._busy_before: dict[str, np.ndarray] = {}

    def arrive(self, times: Sequence[float]) -> None:
        """Note requests that come."""
        self._count(self.arrived, times)

    def answering(self) -> Callable[[float, Request], None]:
        """Give a function that notes the time at which a request is answered."""
        arrived, took, degraded = self._arrivals, self._latencies, self._degraded

        def answered(now: float, request: Request) -> None:
            arrival = request.arrival
            arrived.append(arrival)
            took.append(now - arrival)
            if request.degraded:
                degraded.append(arrival)

        return answered

    def fail(self, arrival: float, reason: str) -> None:
        """Note a request that gets no answer."""
        self._failures[reason].append(arrival)

    def flush(self) -> None:
        """Put what was noted one by one into the sums."""
        self.log.add(self._arrivals, self._latencies)
        self._count(self.answered, self._arrivals)
        self._count(self.degraded, self._degraded)
        for reason, arrivals in self._failures.items():
            counts = self._count(self.failed, arrivals)
            self.reasons[reason] += int(counts[self.log.warm :].sum())
        for noted in (self._arrivals, self._latencies, self._degraded, self._failures):
            noted.clear()

    def warm(self, tallies: Iterable[Tally], busy: dict[str, np.ndarray]) -> None:
        """Note the end of the warm-up."""
        self._before = [tally.snapshot() for tally in tallies]
        self._busy_before = busy

    def ended(self, busy: dict[str, np.ndarray]) -> None:
        """Note the end of the span: how long the servers were busy in it."""
        self.busy = {name: busy[name] - self._busy_before[name] for name in busy}

    def close(self, tallies: Iterable[Tally]) -> None:
        """Note that all requests have got to their end."""
        self.flush()
        self.reasons += Counter()
        for tally, before in zip(tallies, self._before, strict=True):
            after = tally.snapshot()
            self.steps.append((tally, {key: after[key] - before[key] for key in after}))

    def _count(self, counts: np.ndarray, times: Sequence[float]) -> np.ndarray:
        found = np.bincount(self.log.slice_of(times), minlength=len(counts))
        counts += found
        return found
