"""The cheapest replicas and funnel sizes that meet a requirement, and what more would buy."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from mlsd_kit.design.closed_forms.estimate import estimate
from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import hourly_price, visits
from mlsd_kit.design.simulation.result import SimulationResult
from mlsd_kit.design.simulation.run import simulate
from mlsd_kit.design.sizing.availability import availability
from mlsd_kit.design.sizing.cheapest import Budget, Impossible, OutOfBudget, Sized, Sizing
from mlsd_kit.errors import UserError

Sizes = dict[str, int]
Quality = Callable[[Sizes], float] | pd.DataFrame
ROUNDS = 10


@dataclass(frozen=True, repr=False)
class SearchResult:
    """What a search found; its rows are numbered as in `table`.

    ``designs``: row → design, for the rows that meet the requirement. ``best``: of those the one
    with the highest quality, then the cheapest; None when nothing meets it. ``message`` says in
    one line what was found, or why nothing can be.
    """

    designs: dict[int, Design]
    best: Design | None
    message: str
    _table: pd.DataFrame = field(repr=False)

    def table(self) -> pd.DataFrame:
        """One row for each combination of funnel sizes and each latency that was aimed at.

        The sizes by step; ``quality`` (NaN if not known); ``aim`` in seconds; ``price`` in $/h;
        ``per_million`` in dollars; ``replicas`` in all; ``estimated`` and ``simulated`` latency in
        seconds at the required percentile, with ``low`` and ``high`` of the simulation's 95 %
        interval (NaN if not simulated); ``troubled``: the simulated share of requests that fail or
        are degraded; ``availability``; ``added``: replicas that the simulation asked for beyond
        the closed forms; ``cheapest``: whether the closed forms proved that no cheaper replicas
        meet the aim; ``meets``, and ``why`` not.
        """
        return self._table.copy()

    def pareto(self) -> pd.DataFrame:
        """Give the rows that meet the requirement and that no other such row beats.

        One row beats another when it is as good in quality, latency and price, and better in one;
        of rows that are alike in all three the first counts.
        """
        rows = self._table[self._table["meets"]]
        front = rows[~_beaten(rows)].drop_duplicates(["quality", "latency", "price"])
        return front.sort_values(["price", "latency"])

    def __repr__(self) -> str:
        """Say what was found."""
        return f"<SearchResult {self.message}>"


def search(
    design: Design,
    *,
    sizes: Mapping[str, Sequence[int]] | None = None,
    quality: Quality | None = None,
    spare: int = 1,
    latencies: Sequence[float] = (),
    troubled: float = 0.01,
    budget: int = 5000,
    requests: int = 50_000,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> SearchResult:
    """Search the cheapest replicas, and funnel sizes, that meet the design's requirement.

    For each combination of funnel sizes, closed forms find the fewest dollars per hour of replicas
    that meet the latency at its percentile, that keep up with the required rate when ``spare``
    replicas of each shard are lost, and that meet the required availability (`sizing`). What no
    other combination beats is then simulated; where the simulation misses the requirement, the
    replica that gains most per dollar is added, and it is simulated again.

    Args:
        design: its requirement is aimed at; replicas of the components that requests come to, with
            limited concurrency, are free; everything else stays.
        sizes: step → the values of ``keeps`` to try; by default the funnel stays as it is.
            Combinations in which a stage keeps more than it receives are left out.
        quality: of funnel sizes, higher is better: a function of {step: keeps}, or a frame of
            measured values with a column for each step and ``quality``.
        spare: replicas of each shard that may be lost.
        latencies: further latencies in seconds to aim at, for the Pareto curve.
        troubled: the share of requests that may fail or be answered by a fallback.
        budget: closed-form estimates in all; a combination that they do not suffice for is told.
        requests: how many a simulation sends; 0: closed forms only.
        seed: of the simulations.
        progress: called now and then with the share of the work that is done.

    Raises:
        UserError: for a step without ``keeps``, sizes without quality, or numbers out of range.
    """
    _check(design, sizes or {}, spare, troubled, budget, requests, latencies)
    combinations = list(_combinations(design, sizes or {}))
    if not combinations:
        raise UserError("sizes: in every combination a stage keeps more than it receives")
    qualities = [_quality(quality, chosen) for chosen, _ in combinations]
    aims = sorted({design.requirement.latency, *latencies})
    done = progress or (lambda share: None)
    jobs = list(itertools.product(range(len(combinations)), aims))
    purse, found = Budget(budget), []
    for number, (which, aim) in enumerate(jobs):
        chosen, sized = combinations[which]
        share = Budget(purse.left // (len(jobs) - number))
        given = share.left
        found.append(_Row(chosen, qualities[which], aim, spare, troubled, sized, share))
        purse.left -= given - share.left
        done(0.5 * (number + 1) / len(jobs))
    if requests:
        chosen_rows = _worth_simulating(found)

        @cache
        def simulated(text: str) -> SimulationResult:
            return simulate(Design.from_yaml(text), requests=requests, seed=seed)

        for number, row in enumerate(chosen_rows):
            row.confirm(simulated)
            done(0.5 + 0.5 * (number + 1) / len(chosen_rows))
    return _result(design, found)


class _Row:
    """One combination of funnel sizes, aimed at one latency."""

    def __init__(
        self,
        sizes: Sizes,
        quality: float,
        aim: float,
        spare: int,
        troubled: float,
        design: Design,
        budget: Budget,
    ) -> None:
        self.sizes, self.quality, self.aim, self.troubled = sizes, quality, aim, troubled
        self.sizing = Sizing(design, aim, spare, troubled, budget)
        self.added = 0
        self.simulation: SimulationResult | None = None
        self.design: Design | None = None
        self.proved, self.why = False, ""
        try:
            answer: Sized | Impossible = self.sizing.run()
        except OutOfBudget:
            self.why = "the budget of estimates ended before replicas were found"
            return
        if isinstance(answer, Impossible):
            self.why = answer.why
            return
        self.design, self.proved = answer.design, answer.proved
        most, price = design.requirement.budget, hourly_price(answer.design)
        if most is not None and price > most:
            self.why = f"costs ${price:,.2f}/h, the budget is ${most:,.2f}/h"

    @property
    def meets(self) -> bool:
        """Whether everything that is required is met, as far as is known."""
        return self.design is not None and not self.why

    def confirm(self, simulated: Callable[[str], SimulationResult]) -> None:
        """Simulate, and add replicas until the simulation meets the aim too."""
        assert self.design is not None
        for _ in range(ROUNDS):
            self.simulation = simulated(self.design.to_yaml())
            if self._simulation_meets(self.simulation):
                self._within_budget()
                return
            self.sizing.budget.left += 10 * len(self.sizing.names)
            counts = tuple(self.design.components[n].replicas for n in self.sizing.names)
            more = self.sizing.better(counts)
            if more is None:
                break
            self.added += 1
            self.design = self.sizing.at(more, whole=True)
        self.why = f"its simulation misses the requirement with {self.added} replicas more"

    def _simulation_meets(self, result: SimulationResult) -> bool:
        percent = result.design.requirement.percentile
        trouble = (result.failed + result.degraded) / max(result.arrived, 1)
        return result.latency(percent).value <= self.aim and trouble <= self.troubled

    def _within_budget(self) -> None:
        assert self.design is not None
        most, price = self.design.requirement.budget, hourly_price(self.design)
        if most is not None and price > most:
            self.why = f"costs ${price:,.2f}/h once the simulation meets the requirement"

    def figures(self) -> dict[str, object]:
        """Give the row of the table."""
        nan = float("nan")
        row: dict[str, object] = {**self.sizes, "quality": self.quality, "aim": self.aim}
        names = ("price", "per_million", "replicas", "latency", "estimated", "simulated", "low",
                 "high", "troubled", "availability")  # fmt: skip
        row.update(dict.fromkeys(names, nan))
        if self.design is not None:
            figures = estimate(self.design)
            row["price"], row["per_million"] = figures.price, figures.per_million
            row["replicas"] = sum(
                c.replicas * c.shards
                for n, c in self.design.components.items()
                if n in self.sizing.names
            )
            row["latency"] = row["estimated"] = figures.latency
            row["availability"] = availability(self.design)
            row["troubled"] = figures.failed + figures.degraded
        if self.simulation is not None:
            percent = self.simulation.design.requirement.percentile
            seen = self.simulation.latency(percent)
            row.update(latency=seen.value, simulated=seen.value, low=seen.low, high=seen.high)
            lost = self.simulation.failed + self.simulation.degraded
            row["troubled"] = lost / max(self.simulation.arrived, 1)
        row.update(added=self.added, cheapest=self.proved, meets=self.meets, why=self.why)
        return row


def _check(
    design: Design,
    sizes: Mapping[str, Sequence[int]],
    spare: int,
    troubled: float,
    budget: int,
    requests: int,
    latencies: Sequence[float],
) -> None:
    steps = [visit.label for visit in visits(design)]
    for step, values in sizes.items():
        if step not in steps:
            raise UserError(f"sizes: no step {step!r} in a request flow; there are {steps}")
        if not values or any(not isinstance(v, int | np.integer) or v < 1 for v in values):
            raise UserError(f"sizes: {step!r} needs whole numbers of 1 or more, not {values!r}")
    if spare < 0 or budget < 1 or requests < 0 or not 0 <= troubled <= 1:
        raise UserError(
            f"search needs spare and requests of 0 or more, budget of 1 or more and troubled from "
            f"0 to 1: {spare=} {requests=} {budget=} {troubled=}"
        )
    if any(not aim > 0 for aim in latencies):
        raise UserError(f"latencies: seconds of more than 0, not {list(latencies)}")


def _combinations(
    design: Design, sizes: Mapping[str, Sequence[int]]
) -> Iterator[tuple[Sizes, Design]]:
    """Give each combination of sizes that narrows from stage to stage, with its design."""
    flows = {step: [v.flow for v in visits(design) if v.label == step] for step in sizes}
    for values in itertools.product(*sizes.values()):
        chosen = {step: int(value) for step, value in zip(sizes, values, strict=True)}
        sized = design.change(
            {f"flows.{flow}.{step}.keeps": chosen[step] for step in sizes for flow in flows[step]}
        )
        if all(v.gives is None or v.receives is None or v.gives <= v.receives
               for v in visits(sized) if v.label in sizes):  # fmt: skip
            yield chosen, sized


def _quality(quality: Quality | None, chosen: Sizes) -> float:
    if quality is None:
        return float("nan")
    if not isinstance(quality, pd.DataFrame):
        return float(quality(chosen))
    missing = [name for name in (*chosen, "quality") if name not in quality.columns]
    if missing:
        raise UserError(f"quality: the frame has no column {missing[0]!r}")
    rows = quality
    for step, value in chosen.items():
        rows = rows[rows[step] == value]
    if rows.empty:
        raise UserError(f"quality: the frame has no row for {chosen}")
    return float(rows["quality"].mean())


def _worth_simulating(rows: list[_Row]) -> list[_Row]:
    """Give the rows that meet the requirement by closed forms and that no other beats."""
    meeting = [row for row in rows if row.meets]
    if not meeting:
        return []
    beaten = _beaten(pd.DataFrame([row.figures() for row in meeting]))
    return [row for row, worse in zip(meeting, beaten, strict=True) if not worse]


def _beaten(rows: pd.DataFrame) -> np.ndarray:
    """Tell which rows another one beats in quality, latency and price."""
    costs = np.column_stack([-rows["quality"].fillna(0.0), rows["latency"], rows["price"]]).astype(
        float
    )
    as_good = (costs[:, None, :] <= costs[None, :, :] + 1e-12).all(axis=2)
    better = (costs[:, None, :] < costs[None, :, :] - 1e-12).any(axis=2)
    return np.any(as_good & better, axis=0)


def _result(design: Design, rows: list[_Row]) -> SearchResult:
    table = pd.DataFrame([row.figures() for row in rows])
    designs = {n: row.design for n, row in enumerate(rows) if row.meets and row.design is not None}
    requirement = design.requirement
    wanted = f"p{requirement.percentile:g} within {1000 * requirement.latency:g} ms"
    if not designs:
        return SearchResult(designs, None, f"Nothing meets {wanted}: {_reason(rows)}.", table)
    meeting = table.loc[list(designs)]
    confirmed = meeting[meeting["simulated"].notna()]
    pool = confirmed if len(confirmed) else meeting
    order = pool.assign(worth=-pool["quality"].fillna(0.0)).sort_values(["worth", "price"])
    first = order.iloc[0]
    sizes = "".join(
        f", {step} keeps {value:,}" for step, value in rows[order.index[0]].sizes.items()
    )
    good = "" if np.isnan(first["quality"]) else f", quality {first['quality']:.3g}"
    told = (
        f"{wanted} for ${first['price']:,.2f}/h{sizes}{good}: estimated "
        f"{1000 * first['estimated']:.3g} ms"
    )
    if not np.isnan(first["simulated"]):
        told += (
            f", simulated {1000 * first['simulated']:.3g} ms "
            f"({1000 * first['low']:.3g} to {1000 * first['high']:.3g})"
        )
    return SearchResult(designs, designs[int(order.index[0])], f"{told}.", table)


def _reason(rows: list[_Row]) -> str:
    """Say why nothing works: of the row that came nearest, the loosest aim and smallest funnel."""
    nearest = min(rows, key=lambda row: (row.design is None, -row.aim, sum(row.sizes.values())))
    where = ", ".join(f"{step} keeps {value:,}" for step, value in nearest.sizes.items())
    return f"{where}: {nearest.why}" if where else nearest.why
