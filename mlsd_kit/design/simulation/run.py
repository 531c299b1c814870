"""Discrete-event simulation of a design: load in, latencies, losses and costs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import flatten, plan
from mlsd_kit.design.simulation.calls import Calls
from mlsd_kit.design.simulation.engine import Calendar
from mlsd_kit.design.simulation.inject import Failure, TrafficTimes, check_failures
from mlsd_kit.design.simulation.latency_log import BATCHES, LatencyLog
from mlsd_kit.design.simulation.ledger import Ledger
from mlsd_kit.design.simulation.result import SimulationResult
from mlsd_kit.design.simulation.routes import Routes
from mlsd_kit.design.simulation.sites import Site, down_times
from mlsd_kit.design.simulation.streams import Streams
from mlsd_kit.design.simulation.traffic import (
    Poisson,
    Replay,
    Traffic,
    Windows,
    mean_rate,
    poisson_times,
    replayed_times,
)
from mlsd_kit.errors import UserError

MEASURED_SLICES = 3 * BATCHES
USUAL_REQUESTS = 100_000


def simulate(
    design: Design,
    *,
    seconds: float | None = None,
    requests: int | None = None,
    seed: int = 0,
    traffic: Traffic | None = None,
    failures: Sequence[Failure] = (),
    random_failures: bool = False,
    warm_up: float = 0.1,
    most_events: int = 50_000_000,
    progress: Callable[[float], None] | None = None,
) -> SimulationResult:
    """Send requests through a design, one by one, and measure what they meet.

    Requests come for the simulated span, then all of them are followed to their end. Those that
    come in the first ``warm_up`` of the span, which begins with an empty system, are not counted.
    Batch and training flows are left out.

    Args:
        design: what is simulated.
        seconds: the span; or
        requests: how many come, in the span that the traffic takes for them. Of neither: 100,000.
        seed: the same seed and design give the same result. Designs that differ get the same
            arrivals and, step by step, the same service times.
        traffic: when requests come; None is Poisson at the required rate.
        failures: what is injected, at seconds of the span.
        random_failures: whether replicas die as their component's ``failures`` say.
        warm_up: a share of the span, less than 1.
        most_events: calls at a component (each shard that is asked counts) that may be simulated.
        progress: called now and then with the share of the span that is done.

    Raises:
        UserError: one line for an unknown component, arguments that cannot be, or more events
            than ``most_events``.

    >>> design = Design.from_yaml('''
    ... title: M/M/1 at 70 %
    ... requirement: {rate: 70 requests/s, latency: 100 ms}
    ... components: {ranker: {kind: ranker, service: 10 ms}}
    ... flows: {request: {steps: [{call: ranker}]}}
    ... ''')
    >>> result = simulate(design, requests=200_000, seed=1)
    >>> abs(result.mean.value - 0.010 / (1 - 0.7)) < 0.001
    True
    """
    _check(design, seconds, requests, seed, warm_up)
    check_failures(design, failures)
    if seconds is None and requests is None and not isinstance(traffic, Replay):
        requests = USUAL_REQUESTS
    streams = Streams(seed)
    coming = _traffic(design, traffic or Poisson(), seconds, requests, failures, streams)
    run = _Run(design, coming, streams, failures, random_failures, warm_up, most_events)
    run.go(progress)
    return SimulationResult(design, seed, run.ledger)


class _Coming(NamedTuple):
    """Requests that come: times in blocks, the span in seconds, how many are expected."""

    blocks: Iterable[list[float]]
    span: float
    expected: float


def _check(
    design: Design, seconds: float | None, requests: int | None, seed: int, warm_up: float
) -> None:
    if seconds is not None and requests is not None:
        raise UserError("give either seconds or requests, not both")
    if seconds is not None and not 0 < seconds < float("inf"):
        raise UserError(f"seconds must be more than 0, got {seconds:g}")
    if requests is not None and requests < 1:
        raise UserError(f"requests must be 1 or more, got {requests}")
    if seed < 0:
        raise UserError(f"seed must be 0 or more, got {seed}")
    if not 0 <= warm_up < 1:
        raise UserError(f"warm_up is a share of the span, from 0 to below 1, got {warm_up:g}")
    if not any(f.kind == "request" and f.share > 0 for f in design.flows.values()):
        raise UserError("there is no request flow to simulate")


def _request_flows(design: Design) -> dict[str, float]:
    """Request flows and their shares of the required rate."""
    flows = design.flows.items()
    return {name: flow.share for name, flow in flows if flow.kind == "request" and flow.share > 0}


def _traffic(
    design: Design,
    traffic: Traffic,
    seconds: float | None,
    requests: int | None,
    failures: Sequence[Failure],
    streams: Streams,
) -> _Coming:
    rate = mean_rate(traffic, design.requirement.rate * sum(_request_flows(design).values()))
    rng = streams.rng("arrivals")
    more = [(f.at, f.at + f.for_, f.factor) for f in failures if isinstance(f, TrafficTimes)]
    if isinstance(traffic, Replay):
        times = traffic.arrivals
        times = times[times < seconds] if seconds is not None else times[:requests]
        span = seconds or max(float(times[-1]), 1e-9)
        replayed = replayed_times(times, more, rng)
        return _Coming([replayed], span, len(replayed))
    span = seconds if seconds is not None else (requests or 0) / rate
    windows = [*traffic.factors(span), *more]
    blocks = poisson_times(rate, span, windows, rng)
    if requests is not None:
        return _Coming(_first(blocks, requests), span, requests)
    return _Coming(_until(blocks, span), span, rate * _stretched(span, windows))


def _first(blocks: Iterator[list[float]], requests: int) -> Iterator[list[float]]:
    for block in blocks:
        yield block[:requests]
        requests -= len(block)
        if requests <= 0:
            return


def _until(blocks: Iterator[list[float]], span: float) -> Iterator[list[float]]:
    for block in blocks:
        if block[-1] >= span:
            yield [time for time in block if time < span]
            return
        yield block


def _stretched(span: float, windows: Windows) -> float:
    """Seconds at the mean rate that bring as many requests as the span with its windows."""
    inside = [(max(0.0, min(stop, span) - start), factor) for start, stop, factor in windows]
    return span + sum(length * (factor - 1.0) for length, factor in inside)


class _Run:
    """One simulation: what is built for it, and what is noted while it goes on."""

    def __init__(
        self,
        design: Design,
        coming: _Coming,
        streams: Streams,
        failures: Sequence[Failure],
        random_failures: bool,
        warm_up: float,
        most_events: int,
    ) -> None:
        self.coming, self.most_events = coming, most_events
        span, warm = coming.span, warm_up * coming.span
        first = max(1, round(MEASURED_SLICES * warm_up / (1 - warm_up))) if warm_up else 0
        edges = np.concatenate(
            [np.linspace(0, warm, first + 1)[:-1] if first else [],
             np.linspace(warm, span, MEASURED_SLICES + 1)]
        )  # fmt: skip
        self.ledger = Ledger(LatencyLog(edges, first))
        sites = {}
        for name, component in design.components.items():
            rng = streams.rng("failures", name) if random_failures else None
            down = down_times(name, component, failures, span, rng)
            sites[name] = Site(name, component, failures, down)
        self.sites = sites
        self.calendar = Calendar()
        self.calls = Calls(self.calendar, sites, streams, self.ledger.fail)
        routes = Routes(self.calls, self.ledger.answering())
        shares = _request_flows(design)
        plans = {name: plan(design, name) for name in shares}
        ways = [routes.flow(name, plans[name], design.flows[name].steps).go for name in shares]
        pick = streams.index(list(shares.values()), "flow") if len(ways) > 1 else lambda: 0
        calls = sum(
            share / sum(shares.values()) * visit.chance * visit.asked
            for name, share in shares.items()
            for visit in flatten(plans[name])
        )
        if coming.expected * calls > most_events:
            raise UserError(self._too_many(calls))
        self.calendar.schedule(warm, self._warm)
        self.calendar.schedule(span, self._ended)
        only = ways[0]
        self.calendar.arrivals(
            chain.from_iterable(self._counted()),
            (lambda: only) if len(ways) == 1 else (lambda: ways[pick()]),
        )

    def go(self, progress: Callable[[float], None] | None) -> None:
        """Run to the end."""

        def between(now: float) -> None:
            self.ledger.flush()
            calls = sum(tally.calls for tally in self.calls.tallies)
            if calls > self.most_events:
                raise UserError(self._too_many(calls / max(self.ledger.arrived.sum(), 1)))
            if progress is not None:
                progress(min(now / self.coming.span, 1.0))

        self.calendar.run(between)
        self.ledger.close(self.calls.tallies)
        if progress is not None:
            progress(1.0)

    def _counted(self) -> Iterator[list[float]]:
        for block in self.coming.blocks:
            self.ledger.arrive(block)
            yield block

    def _warm(self, now: float, _: object) -> None:
        self.ledger.warm(self.calls.tallies, self._busy(now))

    def _ended(self, now: float, _: object) -> None:
        self.ledger.ended(self._busy(now))

    def _busy(self, now: float) -> dict[str, np.ndarray]:
        """Component → seconds of work done at each shard, shape (shards,)."""
        busy = {name: site.busy(now) for name, site in self.sites.items()}
        for tally in self.calls.tallies:
            if tally.unpooled:
                busy[tally.component] += tally.service
        return busy

    def _too_many(self, calls: float) -> str:
        expected = self.coming.expected
        fits = self.most_events / calls
        span = self.coming.span * fits / expected
        return (
            f"{expected:,.0f} requests of about {calls:,.3g} calls each take "
            f"{expected * calls:,.0f} events, more than most_events={self.most_events:,}; "
            f"lower requests to {fits:,.0f} or seconds to {span:,.3g}, or raise most_events"
        )
