"""How long a batch still takes, from how long its notebooks took so far."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

LAST = 10
"""So many runs of a notebook, the newest, say how long one takes."""


class Estimate:
    """Seconds to go for a run and for the batch; None while nothing is known.

    Args:
        names: the notebook of each run that is to be made, by the job's number.
        before: seconds of earlier runs, the newest first, by notebook.
        at_once: how many run at a time.
        clock: seconds now.
    """

    def __init__(
        self,
        names: Mapping[int, str],
        before: Mapping[str, Sequence[float]],
        at_once: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._names, self._at_once, self._clock = dict(names), at_once, clock
        self._took = {name: list(before.get(name, ()))[:LAST] for name in set(names.values())}
        self._began: dict[int, float] = {}

    def start(self, number: int) -> None:
        """A run begins."""
        self._began[number] = self._clock()

    def end(self, number: int, finished: bool) -> None:
        """A run is over; what it took counts if it finished."""
        name = self._names.pop(number, None)
        began = self._began.pop(number, None)
        if finished and name is not None and began is not None:
            self._took[name] = [self._clock() - began, *self._took[name]][:LAST]

    def run(self, number: int) -> float | None:
        """Seconds that a run still takes."""
        took = self._took.get(self._names.get(number, ""))
        if not took:
            return None
        began = self._began.get(number)
        return max(0.0, statistics.median(took) - (self._clock() - began if began else 0.0))

    def batch(self) -> float | None:
        """Seconds that the batch still takes: the work left, over as many as run at a time."""
        left = [self.run(number) for number in self._names]
        known = [seconds for seconds in left if seconds is not None]
        if not known:
            return None if left else 0.0
        total = statistics.mean(known) * len(left)
        return max(total / min(self._at_once, len(left)), *known[:1])
