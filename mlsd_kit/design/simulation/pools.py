"""Servers and the queue before them, first come first served.

A call's start is known when it arrives: the earliest time at which a server gets free (Kiefer and
Wolfowitz, "On the theory of queues with many servers", 1955). So a pool keeps the times at which
its servers get free, and needs no event for a departure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush, heapreplace
from math import inf
from typing import Literal, TypeAlias

Trouble: TypeAlias = Literal["timeout", "full", "died", "error"]
Served: TypeAlias = tuple[float, float, "Trouble | None"]
"""When service starts, when it ends or the call is given up, and what went wrong."""
Windows: TypeAlias = Sequence[tuple[float, float, float]]


class Waiting:
    """The waiting places of a shard: when each that is taken gets free."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.until: list[float] = []

    def full(self, now: float) -> bool:
        """Whether no place is free."""
        until = self.until
        while until and until[0] <= now:
            heappop(until)
        return len(until) >= self.places


class Pool:
    """Servers that calls wait for in one queue.

    Args:
        servers: how many calls are served side by side; infinite: nobody waits.
        waiting: the waiting places, None without a limit.
        slow: times (from, to, factor) at which service takes longer.
    """

    def __init__(self, servers: float, waiting: Waiting | None = None, slow: Windows = ()) -> None:
        self.free: list[float] = [] if servers == inf else [0.0] * int(servers)
        self.waiting = waiting
        self.slow = slow
        self.busy = 0.0

    @property
    def plain(self) -> bool:
        """Whether its servers are always up and never slow."""
        return type(self) is Pool and not self.slow

    def serve(self, now: float, service: float, patience: float) -> Served:
        """Take a call that gives up waiting at the time ``patience``."""
        start = max(now, self.free[0]) if self.free else now
        if start > now:
            trouble = self.waits(now, start, patience)
            if trouble:
                end = now if trouble == "full" else patience
                return end, end, trouble
        for begin, stop, factor in self.slow:
            if begin <= start < stop:
                service *= factor
        end = start + service
        if self.free:
            heapreplace(self.free, end)
        self.busy += service
        return start, end, None

    def waits(self, now: float, start: float, patience: float) -> Trouble | None:
        """Take a waiting place until service starts or patience ends, if that comes before."""
        if self.waiting is not None:
            if self.waiting.full(now):
                return "full"
            heappush(self.waiting.until, min(start, patience))
        return "timeout" if start > patience else None

    def unfinished(self, now: float) -> float:
        """Seconds of work that calls taken so far leave for after ``now``."""
        return sum(end - now for end in self.free if end > now)


class MortalPool(Pool):
    """A pool whose replicas are down at times that are set beforehand.

    A call in service when its replica dies fails then, and the servers are free at the repair.
    Calls that wait are taken by the replicas that are left, or fail too when the queue is the
    replica's own.

    Args:
        concurrency: servers of a replica; infinite: nobody waits while a replica is up.
        down: for each replica, its times (from, to) in order, apart from each other.
        own_queue: whether those who wait are lost with the replica.
        waiting, slow: as for `Pool`.
    """

    def __init__(
        self,
        concurrency: float,
        down: Sequence[Sequence[tuple[float, float]]],
        own_queue: bool = False,
        waiting: Waiting | None = None,
        slow: Windows = (),
    ) -> None:
        super().__init__(inf, waiting, slow)
        self.own_queue = own_queue
        self.endless = concurrency == inf
        self.deaths = [[death for death, _ in times] for times in down]
        self.repairs = [[repair for _, repair in times] for times in down]
        servers = 1 if self.endless else int(concurrency)
        self.servers = [(0.0, i, i % len(down)) for i in range(servers * len(down))]
        self.ends = [0.0] * len(self.servers)

    def up(self, now: float) -> bool:
        """Whether a replica is up."""
        return any(self.up_from(i, now) <= now for i in range(len(self.deaths)))

    def up_from(self, replica: int, time: float) -> float:
        """When a replica is up: at the time, or at the repair of what is broken then."""
        index = bisect_right(self.deaths[replica], time) - 1
        return max(time, self.repairs[replica][index]) if index >= 0 else time

    def dies_after(self, replica: int, time: float) -> float:
        """When a replica that is up dies next."""
        index = bisect_right(self.deaths[replica], time)
        return self.deaths[replica][index] if index < len(self.deaths[replica]) else inf

    def serve(self, now: float, service: float, patience: float) -> Served:
        """Take a call that gives up waiting at the time ``patience``."""
        servers = self.servers
        while True:
            free, server, replica = servers[0]
            start = self.up_from(replica, max(now, free))
            if start <= max(now, free):
                break
            heapreplace(servers, (start, server, replica))
        death = self.dies_after(replica, now if self.own_queue else start)
        if start > now:
            leaves = min(patience, death)
            trouble = self.waits(now, start, leaves)
            if trouble == "full":
                return now, now, "full"
            if trouble:
                return leaves, leaves, "died" if death < patience else "timeout"
        for begin, stop, factor in self.slow:
            if begin <= start < stop:
                service *= factor
        end = min(start + service, death)
        heapreplace(servers, (start if self.endless else end, server, replica))
        self.busy += end - start
        self.ends[server] = end
        return start, end, "died" if death < start + service else None

    def unfinished(self, now: float) -> float:
        """Seconds of work that calls taken so far leave for after ``now``."""
        return 0.0 if self.endless else sum(end - now for end in self.ends if end > now)
