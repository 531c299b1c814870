"""Calls of components as handlers of a calendar.

A call is one event, its arrival, since its end is known at once. Where nobody waits it is not even
that: its end can be told before its time has come.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapreplace
from math import inf
from typing import Any, NamedTuple, TypeAlias

from mlsd_kit.design.planning import Visit
from mlsd_kit.design.simulation.engine import Calendar, Event, Handler, Way
from mlsd_kit.design.simulation.pools import Pool, Trouble
from mlsd_kit.design.simulation.sites import Site
from mlsd_kit.design.simulation.streams import Draw, Streams
from mlsd_kit.design.simulation.tally import Tally, request_of


class Calls:
    """Compiles calls, and keeps what is counted of them.

    Args:
        calendar: of the run.
        sites: component → its servers in this run.
        streams: where chance comes from.
        failed: told the arrival of a request that fails, and the reason.
    """

    def __init__(
        self,
        calendar: Calendar,
        sites: dict[str, Site],
        streams: Streams,
        failed: Callable[[float, str], None],
    ) -> None:
        self.calendar, self.sites, self.streams = calendar, sites, streams
        self.failed = failed
        self.tallies: list[Tally] = []

    def visit(
        self, visit: Visit, then: Way, fallback: Way | None, inside: bool, on_path: bool
    ) -> Way:
        """Compile a step's call.

        Args:
            visit: the step.
            then: where an answer goes.
            fallback: where a call goes that has failed for good; None: the request fails.
            inside: whether it is in a branch.
            on_path: whether the request waits for it.
        """
        site = self.sites[visit.name]
        tally = Tally(visit.flow, visit.label, visit.name, on_path)
        self.tallies.append(tally)
        source = (visit.flow, visit.label)
        draw = self.streams.service(visit.component.service, visit.work, *source, "service")
        pool = site.shards[0][0]
        tally.unpooled = site.plain
        sure = visit.step.timeout is None and not visit.component.errors and pool.waiting is None
        if site.plain and sure:
            tally.linear = on_path and not inside
            traced = on_path and inside
            if pool.free:
                return self._queue(pool, draw, tally, then, traced)
            return self._unlimited(draw, tally, self.calendar.later(then), traced)
        troubled = self._troubled(visit, tally, fallback, inside)
        if site.plain:
            return self._impatient(visit, pool, draw, tally, then, inside, troubled)
        return self._careful(visit, draw, tally, then, inside, troubled)

    @staticmethod
    def _unlimited(draw: Draw, tally: Tally, after: Handler, traced: bool) -> Way:
        def visit(now: float, payload: Any) -> Event | None:
            service = draw()
            tally.calls += 1
            tally.service += service
            if traced:
                payload.trace.append((tally, 0.0, service, 0.0))
            return after(now + service, payload)

        return Way(visit, False)

    def _queue(self, pool: Pool, draw: Draw, tally: Tally, then: Way, traced: bool) -> Way:
        free, number = pool.free, self.calendar.number
        go, ordered = then

        def visit(now: float, payload: Any) -> Event | None:
            service = draw()
            start = free[0]
            tally.calls += 1
            tally.service += service
            if start > now:
                tally.wait += start - now
            else:
                start = now
            end = start + service
            heapreplace(free, end)
            if traced:
                payload.trace.append((tally, start - now, service, 0.0))
            if ordered:
                return (end, number(), go, payload)
            return go(end, payload)

        return Way(visit, True)

    def _impatient(
        self,
        visit: Visit,
        pool: Pool,
        draw: Draw,
        tally: Tally,
        then: Way,
        inside: bool,
        troubled: Troubled,
    ) -> Way:
        """Compile a call to a single queue, with a timeout, a queue limit or errors."""
        timeout = inf if visit.step.timeout is None else visit.step.timeout
        errors = visit.component.errors
        flip = self.streams.uniform(visit.flow, visit.label, "errors")
        free, number, on_path = pool.free, self.calendar.number, tally.on_path
        go, ordered = then

        def attempt(now: float, payload: Any, tried: int, _: int) -> Event | None:
            service, start, patience = draw(), now, now + timeout
            trouble: Trouble | None = None
            tally.calls += 1
            if free and free[0] > now:
                start = free[0]
                trouble = pool.waits(now, start, patience)
            if trouble:
                noticed = now if trouble == "full" else patience
                tally.wait += noticed - now
            else:
                noticed = start + service
                if free:
                    heapreplace(free, noticed)
                    tally.wait += start - now
                tally.service += service
                if noticed > patience:
                    trouble, noticed = "timeout", patience
                elif errors and flip() < errors:
                    trouble = "error"
            if trouble:
                tally.troubles[trouble] += 1
                return troubled(_Try(attempt, now, tried, 0), noticed, payload, trouble)
            if inside:
                payload.trace.append((tally, start - now, service, 0.0))
            elif on_path:
                tally.path_wait += start - now
                tally.path_service += service
            if ordered:
                return (noticed, number(), go, payload)
            return go(noticed, payload)

        return Way(lambda now, payload: attempt(now, payload, 0, 0), bool(free))

    def _careful(
        self, visit: Visit, draw: Draw, tally: Tally, then: Way, inside: bool, troubled: Troubled
    ) -> Way:
        """Compile a call to which anything may happen."""
        timeout = inf if visit.step.timeout is None else visit.step.timeout
        source = (visit.flow, visit.label)
        key_of, pools = self.sites[visit.name].picker(visit.step.ask, self.streams, *source)
        errors, flip = visit.component.errors, self.streams.uniform(*source, "errors")
        after, on_path = self.calendar.later(then), tally.on_path

        def attempt(now: float, payload: Any, tried: int, key: int) -> Event | None:
            patience = now + timeout
            start, end, trouble, noticed = now, -1.0, "", inf
            for pool in pools(now, key):
                begun, ended, wrong = pool.serve(now, draw(), patience)
                tally.calls += 1
                tally.wait += begun - now
                tally.service += ended - begun
                if ended > patience:
                    wrong, ended = "timeout", patience
                elif wrong is None and errors and flip() < errors:
                    wrong = "error"
                if wrong is None:
                    if ended > end:
                        start, end = begun, ended
                elif ended < noticed:
                    noticed, trouble = ended, wrong
            if trouble:
                tally.troubles[trouble] += 1
                return troubled(_Try(attempt, now, tried, key), noticed, payload, trouble)
            if on_path:
                tally.credit(payload, inside, start - now, end - start, 0.0)
            return after(end, payload)

        return Way(lambda now, payload: attempt(now, payload, 0, key_of()), True)

    def _troubled(self, visit: Visit, tally: Tally, fallback: Way | None, inside: bool) -> Troubled:
        """Compile what follows a try that went wrong: the next one, the fallback, or failure."""
        step, number = visit.step, self.calendar.number
        reasons = {trouble: f"{visit.label}: {words}" for trouble, words in REASONS.items()}
        jitter = self.streams.uniform(visit.flow, visit.label, "jitter") if step.jitter else None
        after = self.calendar.later(fallback) if fallback is not None else None

        def troubled(one: _Try, noticed: float, payload: Any, trouble: str) -> Event | None:
            if one.tried < step.retries:
                pause = step.backoff * 2 * jitter() if jitter else step.backoff
                tally.retries += 1
                tally.credit(payload, inside, 0.0, 0.0, noticed + pause - one.began)
                return (noticed + pause, number(), one.again, payload)
            if not tally.on_path:
                return None
            request = request_of(payload)
            if after is not None:
                request.degraded = True
                tally.credit(payload, inside, 0.0, 0.0, noticed - one.began)
                return after(noticed, payload)
            if not request.failed:
                request.failed = True
                self.failed(request.arrival, reasons[trouble])
            return None

        return troubled


class _Try(NamedTuple):
    """A try of a call: its code, when it began, how many were before it, and its shard."""

    attempt: Callable[[float, Any, int, int], Event | None]
    began: float
    tried: int
    key: int

    def again(self, now: float, payload: Any) -> Event | None:
        """Make the call once more, to the same shard."""
        return self.attempt(now, payload, self.tried + 1, self.key)


Troubled: TypeAlias = Callable[[_Try, float, Any, str], Event | None]


REASONS = {
    "timeout": "timed out",
    "full": "queue full",
    "error": "error",
    "died": "replica died",
}
"""What went wrong with a call, in words."""
