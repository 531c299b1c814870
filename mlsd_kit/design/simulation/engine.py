"""The calendar of a simulation.

A handler takes the time and what it is about, mostly a request, and gives the event that follows,
if any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush, heappushpop
from itertools import count, repeat
from math import inf
from typing import Any, NamedTuple, TypeAlias

from mlsd_kit.design.simulation.tally import Request

Event: TypeAlias = tuple[float, int, "Handler", Any]
Handler: TypeAlias = Callable[[float, Any], Event | None]
EVENTS_AT_ONCE = 50_000


class Way(NamedTuple):
    """What comes next; ``ordered`` when it must be gone at its time, in order with all others."""

    go: Handler
    ordered: bool


class _Done(Exception):  # noqa: N818
    """The calendar is empty."""


class Calendar:
    """Events in the order of their times; those of the same time in the order of their making."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.number = count().__next__

    def schedule(self, time: float, handler: Handler, payload: Any = None) -> None:
        """Put an event on the calendar."""
        heappush(self.events, (time, self.number(), handler, payload))

    def arrivals(self, times: Iterator[float], pick: Callable[[], Handler]) -> None:
        """Let requests come at these times, each to the flow that is picked for it."""
        events, number = self.events, self.number

        def arrive(now: float, _: Any) -> Event | None:
            following = next(times, None)
            if following is not None:
                heappush(events, (following, number(), arrive, None))
            return pick()(now, Request(now))

        first = next(times, None)
        if first is not None:
            self.schedule(first, arrive)

    def run(self, between: Callable[[float], None]) -> None:
        """Run until nothing is left to happen; ``between`` is called now and then with the time."""

        def stop(_: float, __: Any) -> Event | None:
            raise _Done

        events = self.events
        self.schedule(inf, stop)
        now, _, handler, payload = heappop(events)
        try:
            while True:
                for _ in repeat(None, EVENTS_AT_ONCE):
                    following = handler(now, payload)
                    if following is None:
                        now, _, handler, payload = heappop(events)
                    else:
                        now, _, handler, payload = heappushpop(events, following)
                if now < inf:
                    between(now)
        except _Done:
            return

    def later(self, way: Way) -> Handler:
        """Give a handler that may be called before its time."""
        if not way.ordered:
            return way.go
        number, go = self.number, way.go
        return lambda time, payload: (time, number(), go, payload)
