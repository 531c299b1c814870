"""Requests on their way, and what is counted of the calls they make."""

from __future__ import annotations

from typing import TypeAlias


class Request:
    """A request: when it came, and what became of it."""

    __slots__ = ("arrival", "degraded", "failed")

    def __init__(self, arrival: float) -> None:
        self.arrival = arrival
        self.degraded = False
        self.failed = False


class Join:
    """Where the branches of a request meet again; the slowest one decides."""

    __slots__ = ("latest", "left", "parent", "request", "slowest")

    def __init__(self, parent: Payload, left: int) -> None:
        self.parent = parent
        self.request = request_of(parent)
        self.left = left
        self.latest = -1.0
        self.slowest: Branch | None = None

    def settle(self) -> None:
        """Credit the time of the slowest branch to its steps."""
        assert self.slowest is not None
        trace = self.slowest.trace
        if isinstance(self.parent, Branch):
            self.parent.trace.extend(trace)
            return
        for tally, wait, service, lost in trace:
            tally.path_wait += wait
            tally.path_service += service
            tally.path_lost += lost


class Branch:
    """A request in one of several branches, with the time that it took there."""

    __slots__ = ("join", "trace")

    def __init__(self, join: Join) -> None:
        self.join = join
        self.trace: list[tuple[Tally, float, float, float]] = []


Payload: TypeAlias = Request | Branch


def request_of(payload: Payload) -> Request:
    """Give the request that is on its way, in a branch or not."""
    return payload if isinstance(payload, Request) else payload.join.request


class Tally:
    """Sums over the calls of one step.

    ``calls`` at single shards, their ``wait`` and ``service`` in seconds; ``retries``: tries
    after the first; ``troubles``: tries by what went wrong. ``path_…``: seconds that
    requests waited for, ``lost`` those of tries that failed and of the backoff after them; where
    every second of a step is waited for (``linear``), ``wait`` and ``service`` are these.
    ``unpooled``: its service is not in the sums of the pools.
    """

    __slots__ = (
        "calls", "component", "flow", "linear", "on_path", "path_lost", "path_service",
        "path_wait", "retries", "service", "step", "troubles",
        "unpooled", "wait",
    )  # fmt: skip

    def __init__(self, flow: str, step: str, component: str, on_path: bool) -> None:
        self.flow, self.step, self.component, self.on_path = flow, step, component, on_path
        self.linear = self.unpooled = False
        self.calls = self.retries = 0
        self.wait = self.service = 0.0
        self.path_wait = self.path_service = self.path_lost = 0.0
        self.troubles = {"timeout": 0, "full": 0, "error": 0, "died": 0}

    def credit(
        self, payload: Payload, inside: bool, wait: float, service: float, lost: float
    ) -> None:
        """Note seconds that a request waited for."""
        if inside:
            assert isinstance(payload, Branch)
            payload.trace.append((self, wait, service, lost))
        else:
            self.path_wait += wait
            self.path_service += service
            self.path_lost += lost

    def snapshot(self) -> dict[str, float]:
        """Give the sums so far."""
        path = (self.wait, self.service, 0.0) if self.linear else (
            self.path_wait, self.path_service, self.path_lost
        )  # fmt: skip
        return {
            "calls": self.calls,
            "wait": self.wait,
            "service": self.service,
            "retries": self.retries,
            "path_wait": path[0],
            "path_service": path[1],
            "path_lost": path[2],
            **self.troubles,
        }
