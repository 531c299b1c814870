"""A design's latency, load and cost by closed forms, at once: for sliders, rules and search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from mlsd_kit.design.closed_forms.distribution import Array, mean, percentile
from mlsd_kit.design.closed_forms.passage import Grid, Passage, passage, rough_mean
from mlsd_kit.design.closed_forms.stations import At, Station, stations
from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import Node, Visit, flatten, hourly_price, loads, plan
from mlsd_kit.errors import UserError
from mlsd_kit.units import format_number

FINEST, COARSEST, POINTS = -4, 9, 256
CURVE_FINEST, CURVE_COARSEST, CURVE_POINTS = -1, 5, 128
CURVE_LOADS, CURVE_FROM, CURVE_BEYOND, CURVE_MOST = 20, 0.1, 1.2, 4.0


@dataclass(frozen=True, repr=False)
class Estimate:
    """What closed forms say of a design at one rate; times in seconds.

    ``mean`` latency of the answered requests; ``failed`` and ``degraded``: shares of the requests
    that get no answer, and one in which a fallback has a part. ``price`` in dollars per hour.
    ``saturated``: components that cannot keep up, retries included; where requests wait for one
    without a timeout, the latency is infinite.
    """

    design: Design
    rate: float
    mean: float
    failed: float
    degraded: float
    price: float
    saturated: tuple[str, ...]
    _cells: Array = field(repr=False, compare=False)
    _grid: Grid = field(repr=False, compare=False)
    _calls: dict[At, Passage] = field(repr=False, compare=False)
    _stations: dict[str, Station] = field(repr=False, compare=False)
    _plans: dict[str, tuple[Node, ...]] = field(repr=False, compare=False)

    def percentile(self, percent: float) -> float:
        """Give a percentile of the latency in seconds; infinite when something saturates.

        Raises:
            ValueError: when it does not lie between 0 and 100.
        """
        if not 0 < percent < 100:
            raise ValueError(f"a percentile lies between 0 and 100: {percent}")
        if not np.isfinite(self.mean):
            return float("inf")
        return percentile(self._cells, self._grid.steps, percent / 100)

    @property
    def latency(self) -> float:
        """The latency in seconds at the percentile that is required."""
        return self.percentile(self.design.requirement.percentile)

    @property
    def per_million(self) -> float:
        """Dollars for a million requests."""
        return self.price / self.rate / 3600 * 1e6

    @cached_property
    def utilisation(self) -> pd.Series:
        """Offered load over servers by component, of its busiest shard; 1 or more cannot last."""
        shares = {name: float(s.busiest.utilisation[0]) for name, s in self._stations.items()}
        return pd.Series(shares, name="utilisation", dtype=float).rename_axis("component")

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row for each step of the request flows, index (flow, step).

        ``component``; ``rate``: calls/s to the busiest shard, retries included; ``wait`` and
        ``service``: mean seconds of one call; ``mean`` and ``p99`` of the whole step with its
        retries, in seconds; ``utilisation``; ``critical``: whether it lies on the critical path.
        """
        rows = {}
        for visit in self._visits():
            at, queue = (visit.flow, visit.label), self._stations[visit.name].busiest
            rows[at] = {
                "component": visit.name,
                "rate": float(queue.rate[0]) * _pools(visit),
                "wait": float(queue.mean_wait[0]),
                "service": visit.work,
                "mean": self._means[at],
                "p99": self._time(visit, 0.99),
                "utilisation": float(queue.utilisation[0]),
                "critical": at in self.critical,
            }
        table = pd.DataFrame.from_dict(rows, orient="index")
        table.index = pd.MultiIndex.from_tuples(list(rows), names=["flow", "step"])
        return table

    @cached_property
    def critical(self) -> tuple[At, ...]:
        """The steps (flow, label) that a request waits for longest, in order."""
        from mlsd_kit.design.drawing.stops import critical_path

        known: dict[At, tuple[float, float | None]] = {
            at: (seconds, None) for at, seconds in self._means.items()
        }
        return tuple(critical_path(self.design, known))

    @cached_property
    def _means(self) -> dict[At, float]:
        return {(v.flow, v.label): self._time(v, None) for v in self._visits()}

    def _visits(self) -> list[Visit]:
        return [visit for nodes in self._plans.values() for visit in flatten(nodes)]

    def _time(self, visit: Visit, share: float | None) -> float:
        if not visit.waits:
            return 0.0
        if visit.step.timeout is None and visit.name in self.saturated:
            return float("inf")
        cells, steps = self._calls[visit.flow, visit.label].cells, self._grid.steps
        if cells[0].sum() <= 0:
            return float("inf")
        return mean(cells, steps) if share is None else percentile(cells, steps, share)

    def __str__(self) -> str:
        """Say it in one or two lines."""
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> list[str]:
        required = self.design.requirement.percentile
        rate, money = format_number(self.rate), format_number(self.per_million)
        figures = [f"mean {_ms(self.mean)}", f"p{required:g} {_ms(self.latency)}"]
        for name in ("degraded", "failed"):
            share = getattr(self, name)
            if share > 5e-5:
                figures.append(f"{name} {share:.2%}")
        lines = [f"At {rate} requests/s: {', '.join(figures)}, ${money} per million requests."]
        lines += [self._cannot(name) for name in self.saturated]
        return lines

    def _cannot(self, name: str) -> str:
        queue = self._stations[name].busiest
        needs, has = format_number(float(queue.load[0])), format_number(queue.servers)
        one = "a replica" if self.design.components[name].balancing == "random" else "a shard"
        return f"{name} cannot keep up: {one} has {has} servers, the load keeps {needs} busy."


def _ms(seconds: float) -> str:
    return f"{format_number(1000 * seconds)} ms" if np.isfinite(seconds) else "infinite"


def _pools(visit: Visit) -> int:
    return visit.component.replicas if visit.component.balancing == "random" else 1


@dataclass(frozen=True)
class Worked:
    """A design's flows at several loads, on a grid; arrays have the shape (rows, …) or (loads,).

    ``cells`` and ``clean`` as in `Passage`, of all flows together; ``endless``: where requests
    wait for a queue that grows for ever.
    """

    plans: dict[str, tuple[Node, ...]]
    found: dict[str, Station]
    grid: Grid
    calls: dict[At, Passage]
    cells: Array
    clean: Array
    endless: np.ndarray
    saturated: dict[str, np.ndarray]


def estimate(design: Design, *, rate: float | None = None) -> Estimate:
    """Work out a design by closed forms, within milliseconds.

    Every queue is M/G/c: the mean wait is that of Allen and Cunneen (exact for M/M/c and M/G/1),
    the wait's tail exponential (exact for M/M/c). With a limited queue it is M/M/c/K and its
    diffusion approximation, with timeouts M/M/c+D, whose calls give up. Wait, service, timeouts,
    retries and fallbacks of a step give its distribution of latency on a grid; steps one after
    another are convolved, of shards and branches the slowest counts. Retries come back as load.

    It assumes Poisson arrivals at every queue and steps that are independent of each other. The
    first fails behind a queue that is very busy and serves evenly: there it waits too long. The
    second fails where parts of one request wait together (``ask: all`` and ``parallel`` over busy
    components come out too slow) and where a retry follows at once and finds the queue as full as
    before (too few calls fail). One server with a very uneven service has a longer tail and a
    lower median than told here. Failed requests load the steps after their failure, replicas do
    not die; with ``random`` balancing the waiting places are divided among the replicas, which
    loses too many calls; of a queue's limit and the timeout only the one counts that a wait comes
    to first. What matters then is told by `simulate`.

    Args:
        design: the design.
        rate: requests/s of all request flows together; the required rate by default.

    Raises:
        UserError: for a rate that is not positive, or a design without request flows.

    >>> design = Design.from_yaml('''
    ... title: One service
    ... requirement: {rate: 100 requests/s, latency: 50 ms}
    ... components:
    ...   ranker: {kind: ranker, service: 8 ms, price: $0.36/h}
    ... flows:
    ...   request: {steps: [{call: ranker}]}
    ... ''')
    >>> estimate(design)
    At 100 requests/s: mean 40 ms, p99 184 ms, $1 per million requests.
    >>> estimate(design, rate=125.0).saturated
    ('ranker',)
    """
    at = design.requirement.rate if rate is None else rate
    worked = work_out(design, np.array([_positive(at)]), FINEST, COARSEST, POINTS)
    answered = float(worked.cells[-1].sum())
    endless = bool(worked.endless[0]) or answered <= 0
    return Estimate(
        design=design,
        rate=at,
        mean=float("inf") if endless else mean(worked.cells, worked.grid.steps),
        failed=max(0.0, 1 - answered),
        degraded=min(max(0.0, answered - float(worked.clean[-1])), 1.0),
        price=hourly_price(design),
        saturated=tuple(name for name, full in worked.saturated.items() if full[0]),
        _cells=worked.cells,
        _grid=worked.grid,
        _calls=worked.calls,
        _stations=worked.found,
        _plans=worked.plans,
    )


def latency_curve(design: Design, rates: Sequence[float] | None = None) -> pd.DataFrame:
    """Latency at several rates: one row for each, index ``rate`` (requests/s).

    ``mean``, ``p50`` and the required percentile (such as ``p99``) in seconds, within about 1 %;
    ``degraded`` and ``failed`` shares; ``busiest``: the component with the highest utilisation,
    and its ``utilisation``.

    Args:
        design: the design.
        rates: requests/s; by default 20, from a tenth of the required rate to 1.2 times it, or
            on beyond where the first component saturates, at most to four times it.

    Raises:
        UserError: for a rate that is not positive, or a design without request flows.
    """
    at = np.array([_positive(rate) for rate in (_usual(design) if rates is None else rates)])
    required = design.requirement.percentile
    coarsest = max(CURVE_COARSEST, math.ceil(math.log2(50 / (100 - required))))
    worked = work_out(design, at, CURVE_FINEST, coarsest, CURVE_POINTS)
    shares = {name: station.busiest.utilisation for name, station in worked.found.items()}
    names, load = list(shares), np.array(list(shares.values()))
    rows = []
    for index in range(len(at)):
        own = worked.grid.loads == index
        cells, steps = worked.cells[own], worked.grid.steps[own]
        answered = float(cells[-1].sum())
        endless = bool(worked.endless[index]) or answered <= 0
        figures = {"mean": float("inf") if endless else mean(cells, steps)}
        for percent in dict.fromkeys((50.0, required)):
            figures[f"p{percent:g}"] = (
                float("inf") if endless else percentile(cells, steps, percent / 100)
            )
        figures["degraded"] = min(max(0.0, answered - float(worked.clean[own][-1])), 1.0)
        figures["failed"] = max(0.0, 1 - answered)
        top = int(load[:, index].argmax())
        rows.append({**figures, "busiest": names[top], "utilisation": float(load[top, index])})
    return pd.DataFrame(rows, index=pd.Index(at, name="rate"))


def _usual(design: Design) -> list[float]:
    busiest = float(loads(design)["utilisation"].max())
    most = min(max(CURVE_BEYOND, 1.15 / busiest if busiest > 0 else 0.0), CURVE_MOST)
    rates: list[float] = np.linspace(CURVE_FROM, most, CURVE_LOADS).tolist()
    return [design.requirement.rate * load for load in rates]


def _positive(rate: float) -> float:
    if not (np.isfinite(rate) and rate > 0):
        raise UserError(f"an estimate needs a rate of more than 0 requests/s, not {rate:g}")
    return float(rate)


def work_out(design: Design, rates: Array, finest: int, coarsest: int, points: int) -> Worked:
    """Work out the request flows at several rates, on grids as `Grid.around` has them.

    Raises:
        UserError: for a design without request flows.
    """
    flows = {name: flow for name, flow in design.flows.items() if flow.kind == "request"}
    if not flows:
        raise UserError(f"{design.title!r} has no request flow: there is no latency to estimate")
    plans = {name: plan(design, name) for name in flows}
    visits = [visit for nodes in plans.values() for visit in flatten(nodes)]
    found = stations(design, visits, rates)
    total = sum(flow.share for flow in flows.values()) or 1.0
    shares = {name: flow.share / total for name, flow in flows.items()}
    means = sum(
        (shares[name] * rough_mean(nodes, found, len(rates)) for name, nodes in plans.items()),
        np.zeros(len(rates)),
    )
    grid = Grid.around(means, finest, coarsest, points)
    calls: dict[At, Passage] = {}
    cells, clean = np.zeros((len(grid.steps), points)), np.zeros(len(grid.steps))
    for name, nodes in plans.items():
        way = passage(nodes, found, grid, calls)
        cells += shares[name] * way.cells
        clean += shares[name] * way.clean
    saturated = {name: station.busiest.saturated for name, station in found.items()}
    endless = np.zeros(len(rates), dtype=bool)
    for visit in visits:
        if visit.waits and visit.chance > 0 and visit.step.timeout is None:
            endless |= found[visit.name].busiest.endless
    return Worked(plans, found, grid, calls, cells, clean, endless, saturated)
