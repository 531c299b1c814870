"""The calendar of a simulation, and a design's flows turned into what happens on it.

One event for each call: its arrival at a component. Where nobody waits not even that, since the
time of what follows is known at once. A handler takes the time and the request, and gives the
event that follows, if any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush, heappushpop, heapreplace
from itertools import count, repeat
from math import inf
from typing import Any, NamedTuple, TypeAlias

from mlsd_kit.design.plan import Fork, Node, Visit
from mlsd_kit.design.pools import Pool
from mlsd_kit.design.schema import Step
from mlsd_kit.design.sites import Site
from mlsd_kit.design.streams import Draw, Streams
from mlsd_kit.design.tally import Branch, Join, Payload, Request, Tally, request_of

Event: TypeAlias = tuple[float, int, "Handler", Any]
Handler: TypeAlias = Callable[[float, Any], Event | None]
EVENTS_AT_ONCE = 50_000


class Way(NamedTuple):
    """What comes next; ``ordered`` when it must be gone at its time, in order with all others."""

    go: Handler
    ordered: bool


class _Done(Exception):  # noqa: N818
    """The calendar is empty."""


class Engine:
    """Compiles flows into handlers and runs the calendar.

    Args:
        sites: component → its servers in this run.
        streams: where chance comes from.
        answered: called with the arrival, the latency and whether it is degraded.
        failed: called with the arrival and the reason.
    """

    def __init__(
        self,
        sites: dict[str, Site],
        streams: Streams,
        answered: Callable[[float, Request], None],
        failed: Callable[[float, str], None],
    ) -> None:
        self.sites, self.streams = sites, streams
        self.calendar: list[Event] = []
        self.number = count().__next__
        self.tallies: list[Tally] = []
        self.failed = failed
        self.end = Way(answered, False)

    def schedule(self, time: float, handler: Handler, payload: Any = None) -> None:
        """Put an event on the calendar."""
        heappush(self.calendar, (time, self.number(), handler, payload))

    def arrivals(self, times: Iterator[float], pick: Callable[[], Handler]) -> None:
        """Let requests come at these times, each to the flow that is picked for it."""
        calendar, number = self.calendar, self.number

        def arrive(now: float, _: Any) -> Event | None:
            following = next(times, None)
            if following is not None:
                heappush(calendar, (following, number(), arrive, None))
            return pick()(now, Request(now))

        first = next(times, None)
        if first is not None:
            self.schedule(first, arrive)

    def run(self, between: Callable[[float], None]) -> None:
        """Run until nothing is left to happen; ``between`` is called now and then with the time."""

        def stop(_: float, __: Any) -> Event | None:
            raise _Done

        calendar = self.calendar
        self.schedule(inf, stop)
        now, _, handler, payload = heappop(calendar)
        try:
            while True:
                for _ in repeat(None, EVENTS_AT_ONCE):
                    following = handler(now, payload)
                    if following is None:
                        now, _, handler, payload = heappop(calendar)
                    else:
                        now, _, handler, payload = heappushpop(calendar, following)
                if now < inf:
                    between(now)
        except _Done:
            return

    def flow(self, name: str, nodes: Sequence[Node], steps: Sequence[Step]) -> Way:
        """Compile a flow: the way of its requests, from their arrival to their answer."""
        return self._steps(name, nodes, steps, self.end, False)

    def _steps(
        self, flow: str, nodes: Sequence[Node], steps: Sequence[Step], then: Way, inside: bool
    ) -> Way:
        for node, step in reversed(list(zip(nodes, steps, strict=True))):
            if isinstance(node, Fork):
                way = self._fork(flow, node, step, then)
            elif node.waits:
                way = self._call(flow, node, then, inside)
            else:
                way = self._send(flow, node, then)
            if step.share < 1.0:
                draw = self.streams.uniform(flow, step.label, "share", len(self.tallies))
                way = self._split(way, then, draw, _always(step.share))
            then = way
        return then

    def _later(self, way: Way) -> Handler:
        """Give a handler that may be called before its time."""
        if not way.ordered:
            return way.go
        number, go = self.number, way.go
        return lambda time, payload: (time, number(), go, payload)

    @staticmethod
    def _split(yes: Way, no: Way, draw: Draw, chance: Callable[[float], float]) -> Way:
        def split(now: float, payload: Payload) -> Event | None:
            return (yes if draw() < chance(now) else no).go(now, payload)

        return Way(split, yes.ordered or no.ordered)

    def _fork(self, flow: str, node: Fork, step: Step, then: Way) -> Way:
        after, calendar = self._later(then), self.calendar

        def report(time: float, branch: Branch) -> Event | None:
            join = branch.join
            join.left -= 1
            if time >= join.latest:
                join.latest, join.slowest = time, branch
            if join.left:
                return None
            join.settle()
            return after(join.latest, join.parent)

        ways = [
            self._steps(flow, nodes, steps, Way(report, False), True)
            for nodes, steps in zip(node.branches, step.parallel, strict=True)
        ]

        def fork(now: float, payload: Payload) -> Event | None:
            join = Join(payload, len(ways))
            following = None
            for way in ways:
                if following is not None:
                    heappush(calendar, following)
                following = way.go(now, Branch(join))
            return following

        return Way(fork, any(way.ordered for way in ways))

    def _send(self, flow: str, visit: Visit, then: Way) -> Way:
        left = self._visit(visit, Way(lambda _, __: None, False), None, False, on_path=False)
        calendar = self.calendar

        def send(now: float, payload: Payload) -> Event | None:
            following = left.go(now, None)
            if following is not None:
                heappush(calendar, following)
            return then.go(now, payload)

        return Way(send, left.ordered or then.ordered)

    def _call(self, flow: str, visit: Visit, then: Way, inside: bool) -> Way:
        fallback = then if visit.step.fallback is not None else None
        if visit.on_miss:
            missed = self._steps(flow, visit.on_miss, visit.step.on_miss, then, inside)
            draw = self.streams.uniform(flow, visit.label, "hit")
            then = self._split(then, missed, draw, self.sites[visit.name].hit_rate)
        return self._visit(visit, then, fallback, inside, on_path=True)

    def _visit(
        self, visit: Visit, then: Way, fallback: Way | None, inside: bool, on_path: bool
    ) -> Way:
        site = self.sites[visit.name]
        tally = Tally(visit.flow, visit.label, visit.name, on_path)
        self.tallies.append(tally)
        source = (visit.flow, visit.label)
        draw = self.streams.service(visit.component.service, visit.work, *source, "service")
        pool = site.shards[0][0]
        tally.unpooled = site.plain
        if site.plain and visit.step.timeout is None and not visit.component.errors:
            tally.linear = on_path and not inside
            traced = on_path and inside
            if pool.free:
                return self._queue(pool, draw, tally, then, traced)
            return self._unlimited(draw, tally, self._later(then), traced)
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
        free, number = pool.free, self.number
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
        """Compile a call to a single queue, with a timeout or errors."""
        timeout = inf if visit.step.timeout is None else visit.step.timeout
        errors = visit.component.errors
        flip = self.streams.uniform(visit.flow, visit.label, "errors")
        free, number, on_path = pool.free, self.number, tally.on_path
        go, ordered = then

        def attempt(now: float, payload: Any, tried: int, _: int) -> Event | None:
            service, start, patience = draw(), now, now + timeout
            tally.calls += 1
            if free:
                if free[0] > now:
                    start = free[0]
                    tally.wait += min(start, patience) - now
                if start <= patience:
                    heapreplace(free, start + service)
            end = start + service
            if start <= patience:
                tally.service += service
            if end > patience or (errors and flip() < errors):
                trouble = "timeout" if end > patience else "error"
                tally.troubles[trouble] += 1
                one = _Try(attempt, now, tried, 0)
                return troubled(one, min(end, patience), payload, trouble)
            if inside:
                payload.trace.append((tally, start - now, service, 0.0))
            elif on_path:
                tally.path_wait += start - now
                tally.path_service += service
            if ordered:
                return (end, number(), go, payload)
            return go(end, payload)

        return Way(lambda now, payload: attempt(now, payload, 0, 0), bool(free))

    def _careful(
        self, visit: Visit, draw: Draw, tally: Tally, then: Way, inside: bool, troubled: Troubled
    ) -> Way:
        """Compile a call to which anything may happen."""
        timeout = inf if visit.step.timeout is None else visit.step.timeout
        source = (visit.flow, visit.label)
        key_of, pools = self.sites[visit.name].picker(visit.step.ask, self.streams, *source)
        errors, flip = visit.component.errors, self.streams.uniform(*source, "errors")
        after, on_path = self._later(then), tally.on_path

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
        step, number = visit.step, self.number
        reasons = {trouble: f"{visit.label}: {words}" for trouble, words in REASONS.items()}
        jitter = self.streams.uniform(visit.flow, visit.label, "jitter") if step.jitter else None
        after = self._later(fallback) if fallback is not None else None

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


def _always(chance: float) -> Callable[[float], float]:
    return lambda _: chance


REASONS = {
    "timeout": "timed out",
    "full": "queue full",
    "error": "error",
    "died": "replica died",
}
"""What went wrong with a call, in words."""
