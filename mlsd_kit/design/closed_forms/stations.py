"""The queues of a design's components at a load: closed forms, with retries as a fixed point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from mlsd_kit.design.closed_forms.distribution import (
    Array,
    after,
    at_zero,
    cut,
    exponential_limited_mean,
    gamma_limited_mean,
    place,
    placed_anew,
    service_cells,
    slowest,
    slowest_of,
)
from mlsd_kit.design.closed_forms.queueing import (
    ImpatientQueue,
    allen_cunneen,
    impatient_queue,
    limited_queue,
    waiting_probability,
)
from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import Visit, flow_rate, shard_share
from mlsd_kit.design.schema import Component

ROUNDS = 30
SETTLED = 1e-4
POINTS_IN_TIME = 128
FINE_ENOUGH = 64
SHORTEST = 1e-12
NEVER = 1e-200
EXPONENTIAL = 1e-3
At = tuple[str, str]
"""(flow, label) of a step."""


@dataclass(frozen=True)
class Queue:
    """One queue of a component at several loads; every figure has the shape (loads,).

    ``rate`` of calls, ``load`` in erlangs for ``servers``; of the calls a share ``lost`` finds the
    queue full, of the others a share ``waits`` waits for ``wait`` seconds on average, gamma
    distributed with ``shape`` (1: exponential). Where ``saturated`` the servers cannot keep up;
    then the queue grows for ever, or calls give up waiting in an ``impatient`` one.
    """

    rate: Array
    load: Array
    servers: float
    lost: Array
    waits: Array
    wait: Array
    shape: Array
    saturated: np.ndarray
    impatient: ImpatientQueue | None = None

    @property
    def endless(self) -> np.ndarray:
        """Where the queue grows for ever."""
        return self.saturated & (self.impatient is None)

    @property
    def utilisation(self) -> Array:
        """Offered load over servers: 1 or more cannot be served."""
        return self.load / self.servers

    @property
    def mean_wait(self) -> Array:
        """Mean wait of all calls that are not lost; infinite where saturated."""
        return np.where(self.endless, np.inf, self.waits * self.wait)

    def wait_cells(self, loads: np.ndarray, steps: Array, points: int) -> Array | None:
        """The wait on a grid whose rows are at these loads; None where nobody waits."""
        waits, wait, shape = self.waits[loads], self.wait[loads], self.shape[loads]
        if not (waits * wait).any():
            return None
        x = steps[:, None] * np.arange(points + 1)
        if self.impatient is not None:
            return place(_rows(self.impatient, loads).limited_mean(x), steps)
        limited = exponential_limited_mean(wait[:, None], x)
        other = np.abs(shape - 1) > EXPONENTIAL
        if other.any():
            limited[other] = gamma_limited_mean(shape[other, None], wait[other, None], x[other])
        return place(waits[:, None] * limited, steps)


def _rows(queue: ImpatientQueue, loads: np.ndarray) -> ImpatientQueue:
    names = ("gives_up", "height", "slope", "scale", "departures")
    return replace(queue, **{name: getattr(queue, name)[loads, None] for name in names})


@dataclass(frozen=True)
class InTime:
    """What answers within a step's timeout: ``cells`` at 0, step, …; shape (loads, points)."""

    cells: Array
    step: float
    refused: Array


@dataclass(frozen=True)
class Station:
    """A component's queues: the ``busiest`` shard's, and that of each ``other`` if it differs."""

    component: Component
    busiest: Queue
    other: Queue | None = None
    _in_time: dict[At, InTime] = field(default_factory=dict, repr=False, compare=False)

    def in_time(self, visit: Visit) -> InTime:
        """The calls of a step that answer within its timeout, on a grid that ends there.

        Where the queue grows for ever nobody answers: first come, first served then serves those
        who are about to give up.
        """
        at = (visit.flow, visit.label)
        if at not in self._in_time:
            self._in_time[at] = self._until(visit, max(visit.step.timeout or 0.0, SHORTEST))
        return self._in_time[at]

    def _until(self, visit: Visit, timeout: float) -> InTime:
        step = timeout / (POINTS_IN_TIME - 0.5)
        loads = np.arange(len(self.busiest.rate))
        steps = np.full(len(loads), step)
        cells = self.attempt(visit, loads, steps, POINTS_IN_TIME + 1)
        refused = np.maximum(1 - cells.sum(axis=1), 0.0)
        inside = np.where(self.busiest.endless[:, None], 0.0, cells[:, :-1])
        return InTime(inside, step, refused)

    def attempt(self, visit: Visit, loads: np.ndarray, steps: Array, points: int) -> Array:
        """Wait and service of one call, all asked shards together, as if it had no timeout.

        Returns:
            Shape (rows, points); a row lacks the mass of what the full queue refuses.
        """
        service = _service(visit, steps, points)
        hot = _answered(self.busiest, service, loads, steps, points)
        if self.other is None:
            return slowest_of(hot, visit.asked)
        rest = _answered(self.other, service, loads, steps, points)
        if visit.asked > 1:
            return slowest([hot, slowest_of(rest, visit.asked - 1)])
        share = shard_share(visit)
        return share * hot + (1 - share) * rest


def _service(visit: Visit, steps: Array, points: int) -> Array:
    kinds, which = np.unique(steps, return_inverse=True)
    cells = service_cells(visit.component.service, visit.work, tuple(kinds.tolist()), points)
    return cells[which]


def _answered(queue: Queue, service: Array, loads: np.ndarray, steps: Array, points: int) -> Array:
    wait = queue.wait_cells(loads, steps, points)
    cells = service if wait is None else after(service, wait)
    lost = queue.lost[loads]
    return cells * (1 - lost)[:, None] if lost.any() else cells


@dataclass(frozen=True)
class Try:
    """One call of a step on a grid: what answers in time, and what fails, when it is known."""

    answers: Array
    fails: Array


def one_try(visit: Visit, station: Station, loads: np.ndarray, steps: Array, points: int) -> Try:
    """Split the calls of a step into those that answer and those that fail.

    A timeout is known at the timeout, a full queue at once, an error when the answer should come.
    """
    timeout, errors = visit.step.timeout, 1 - _without_error(visit)
    if timeout is None:
        cells = station.attempt(visit, loads, steps, points)
        refused = np.maximum(1 - cells.sum(axis=1), 0.0)
        late = None
    else:
        inside = station.in_time(visit)
        refused = inside.refused[loads]
        answered = inside.cells.sum(axis=1)[loads]
        late = np.maximum(1 - refused - answered, 0.0)
        cells = placed_anew(inside.cells[loads], inside.step, steps, points)
        fine = steps * FINE_ENOUGH <= timeout
        if fine.any():
            attempt = station.attempt(visit, loads[fine], steps[fine], points)
            cells[fine] = cut(attempt, steps[fine], timeout, answered[fine])
    fails = at_zero(*cells.shape) * refused[:, None]
    if late is not None and timeout is not None:
        x = steps[:, None] * np.arange(points + 1)
        fails = fails + late[:, None] * place(np.minimum(x, timeout), steps)
    if errors:
        fails = fails + errors * cells
        cells = (1 - errors) * cells
    return Try(cells, fails)


def _without_error(visit: Visit) -> float:
    return (1 - visit.component.errors) ** visit.asked


def stations(design: Design, visits: list[Visit], rates: Array) -> dict[str, Station]:
    """Work out the queues of all components that requests come to.

    Args:
        design: the design.
        visits: the visits of its request flows.
        rates: requests/s of all request flows together, shape (loads,).

    Retries come back as load: the tries of a step at failure probability p are 1 + p + … + pʳ,
    and p follows from the load. The iteration starts without retries and takes the least load that
    agrees with itself; where there is none, the queue is saturated.
    """
    flows = {name: rates * flow_rate(design, flow) for name, flow in design.flows.items()}
    whole = design.requirement.rate
    tries: dict[At, Array] = {(v.flow, v.label): np.ones(len(rates)) for v in visits}
    again = [visit for visit in visits if visit.step.retries and visit.chance > 0]
    found: dict[str, Station] = {}
    for _ in range(ROUNDS):
        found = {
            name: _station(
                design.components[name],
                [v for v in visits if v.name == name],
                lambda v: flows[v.flow] * (v.chance / whole) * tries[v.flow, v.label],
            )
            for name in dict.fromkeys(visit.name for visit in visits)
        }
        new = {(v.flow, v.label): _tries(v, found[v.name]) for v in again}
        if all(np.allclose(tries[at], made, rtol=SETTLED) for at, made in new.items()):
            break
        tries.update(new)
    return found


def _tries(visit: Visit, station: Station) -> Array:
    """Calls made for one that was wanted, shape (loads,)."""
    if visit.step.timeout is None:
        answered = (1 - station.busiest.lost) ** visit.asked
    else:
        answered = station.in_time(visit).cells.sum(axis=1)
    failing = 1 - answered * _without_error(visit)
    powers = np.clip(failing, 0.0, 1.0)[:, None] ** np.arange(visit.step.retries + 1)
    total: Array = powers.sum(axis=1)
    return total


def _station(component: Component, visits: list[Visit], rate: Callable[[Visit], Array]) -> Station:
    timeouts = [v.step.timeout for v in visits if v.chance > 0]
    known = [timeout for timeout in timeouts if timeout is not None]
    patience = max(known) if known and len(known) == len(timeouts) else None
    hot = _queue(component, [(rate(v) * shard_share(v), v.work) for v in visits], patience)
    if component.shards == 1 or component.hottest_share is None:
        return Station(component, hot)
    others = component.shards - 1
    parts = [
        (rate(v) * (1.0 if v.step.ask == "all" else (1 - shard_share(v)) / others), v.work)
        for v in visits
    ]
    return Station(component, hot, _queue(component, parts, patience))


def _queue(component: Component, parts: list[tuple[Array, float]], patience: float | None) -> Queue:
    """One queue of a shard, or of a replica, that is asked at these rates for these works.

    ``patience``: the longest timeout, None where a call has none. Of a timeout and a limit of the
    queue the one counts that a wait comes to first.
    """
    pools = component.replicas if component.balancing == "random" else 1
    servers = component.servers / pools
    rate = np.sum([part for part, _ in parts], axis=0) / pools
    load = np.sum([part * work for part, work in parts], axis=0) / pools
    nothing = np.zeros_like(rate)
    if np.isinf(servers):
        return Queue(rate, load, servers, nothing, nothing, nothing, nothing + 1, nothing > 0)
    cv = component.service.variation
    square = np.sum([part * work**2 for part, work in parts], axis=0) / pools * (1 + cv**2)
    service = load / np.maximum(rate, 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        varies = np.where(service > 0, square * rate / load**2 - 1, 0.0)
    varies = np.sqrt(np.maximum(varies, 0.0))
    places = np.inf if component.queue is None else component.queue / pools
    longest = places * float(service.max()) / servers
    if patience is not None and longest > patience:
        gone = impatient_queue(rate, service, servers, patience, service_cv=varies)
        wait = gone.limited_mean(patience)
        full = load >= servers
        return Queue(rate, load, servers, nothing, nothing + 1, wait, nothing + 1, full, gone)
    if component.queue is not None:
        limit = limited_queue(rate, service, servers, places, service_cv=varies)
        with np.errstate(divide="ignore", invalid="ignore"):
            shape = np.where(limit.variance > 0, limit.wait**2 / limit.variance, 1.0)
        return Queue(rate, load, servers, limit.lost, limit.waits, limit.wait, shape, nothing > 0)
    full = load >= servers
    waits = waiting_probability(servers, load)
    wait = allen_cunneen(rate, service, servers, service_cv=varies)
    with np.errstate(divide="ignore", invalid="ignore"):
        given = np.where(full | (waits < NEVER), 0.0, wait / waits)
    return Queue(rate, load, servers, nothing, np.where(full, 0.0, waits), given, nothing + 1, full)
