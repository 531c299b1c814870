"""The case's architecture at a run's parameters, and what its simulations found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from scipy.stats import t as student

from mlsd_kit.deployment import LoadResult
from mlsd_kit.design import (
    Design,
    SearchResult,
    SimulationResult,
    Slow,
    estimate,
    lint,
    loads,
    search,
    simulate,
)
from mlsd_kit.evaluation import Interval
from mlsd_kit.style import PALETTE

REQUESTS = 5_000
"""Ad requests that a simulation with a slow store sends; twice as many for a load."""
SLOW_FROM, SLOW_UNTIL, TIMES = 0.3, 0.6, 3.0
"""When the feature store is slow, as shares of a simulation's span, and how many times as slow."""

SIZES = ["ad_index", "pre_ranker"]
"""Steps whose kept ads are searched over."""


def at_parameters(
    design: Design, requests_per_s: float, latency_ms: float, keeps: Mapping[str, int]
) -> Design:
    """Give a design of the case for another load, budget and funnel.

    Replicas and money grow with the load and do not shrink; deadlines are shares of the budget.

    Args:
        design: of ``design.yaml``, made for 4,000 requests/s and 150 ms.
        requests_per_s: at the peak. latency_ms: from ad request to chosen ads.
        keeps: how many ``candidates`` there are, and what each step that is named keeps; a step
            that the design does not have is left out.
    """
    load = max(requests_per_s / design.requirement.rate, 1.0)
    budget = latency_ms / 1000 / design.requirement.latency
    changes: dict[str, Any] = {
        "requirement.rate": f"{requests_per_s} requests/s",
        "requirement.latency": f"{latency_ms} ms",
        "requirement.budget": f"${load * (design.requirement.budget or 0)}/h",
        "flows.ad_request.candidates": keeps["candidates"],
    }
    for name in loads(design).index:
        if math.isfinite(design.components[name].servers):
            replicas = design.components[name].replicas
            changes[f"components.{name}.replicas"] = math.ceil(replicas * load)
    for step in design.flows["ad_request"].steps:
        if step.timeout:
            timeout = f"{1000 * step.timeout * budget:g} ms"
            changes[f"flows.ad_request.{step.call}.timeout"] = timeout
        if step.call and step.call in keeps:
            changes[f"flows.ad_request.{step.call}.keeps"] = keeps[step.call]
    return design.change(changes)


def with_slow_store(design: Design, seed: int) -> SimulationResult:
    """Simulate a design whose feature store takes `TIMES` as long for some of the time."""
    span = REQUESTS / design.requirement.rate
    slow = Slow("user_features", TIMES, SLOW_FROM * span, (SLOW_UNTIL - SLOW_FROM) * span)
    return simulate(design, requests=REQUESTS, seed=seed, failures=[slow])


def compare(runs: Mapping[str, Sequence[SimulationResult]]) -> pd.DataFrame:
    """Compare designs whose store was slow, over runs with different seeds.

    Returns:
        One row a design: ``p99 (ms)`` of all requests; percent of the requests answered by a
        fallback or not at all, of those that came ``while slow (%)`` and ``after (%)``;
        ``store calls`` for a request. Each with ``±``, half of a 95 % interval by Student's t.
    """
    rows = {}
    for name, results in runs.items():
        seen = pd.DataFrame([_figures(result) for result in results])
        half = seen.sem() * student.ppf(0.975, len(seen) - 1)
        rows[name] = {
            key: value for column in seen for key, value in
            ((column, seen[column].mean()), (f"± {column}", half[column]))
        }  # fmt: skip
    return pd.DataFrame(rows).T.rename_axis("design")


def _figures(result: SimulationResult) -> dict[str, float]:
    over = result.over_time()
    place = over["at"] / (REQUESTS / result.design.requirement.rate)
    trouble = 100 * (over["degraded"] + over["failed"])
    return {
        "p99 (ms)": 1000 * result.latency(99).value,
        "while slow (%)": trouble[place.between(SLOW_FROM, SLOW_UNTIL)].mean(),
        "after (%)": trouble[place > SLOW_UNTIL].mean(),
        "store calls": result.table()["calls"]["user_features"] / result.arrived,
    }


def told(row: pd.Series, column: str) -> str:
    """Say a figure of `compare` with its interval.

    >>> told(pd.Series({"after (%)": 64.4, "± after (%)": 25.64}), "after (%)")
    '64 % (± 26)'
    """
    return f"{row[column]:.2g} % (± {row[f'± {column}']:.2g})"


def stays_broken(table: pd.DataFrame, name: str) -> bool:
    """Whether a design of `compare` does worse after the slow time than the reference."""
    after, half = table["after (%)"], table["± after (%)"]
    return bool((after - half)[name] > (after + half)["reference"])


def plot_slow_time(runs: Mapping[str, Sequence[SimulationResult]]) -> None:
    """Draw over time how fast requests were answered, and how many by a fallback or not at all.

    Lines are means over the runs, shades reach from the lowest to the highest.
    """
    import matplotlib.pyplot as plt

    _, (above, below) = plt.subplots(2, 1, figsize=(7, 4.2), dpi=85, sharex=True)
    for (name, results), colour in zip(runs.items(), PALETTE, strict=False):
        over = [result.over_time().set_index("at") for result in results]
        trouble = pd.concat([100 * (one["degraded"] + one["failed"]) for one in over], axis=1)
        p99 = pd.concat([1000 * one["p99"] for one in over], axis=1)
        above.plot(p99.mean(axis=1), c=colour, label=name)
        below.plot(trouble.mean(axis=1), c=colour)
        low, high = trouble.min(axis=1), trouble.max(axis=1)
        below.fill_between(trouble.index, low, high, color=colour, alpha=0.2, lw=0)
    span = REQUESTS / results[0].design.requirement.rate
    for ax in (above, below):
        ax.axvspan(SLOW_FROM * span, SLOW_UNTIL * span, color="0.92", zorder=0)
    above.set(ylabel="p99 (ms)", ylim=0)
    below.set(xlabel="simulated time (s); grey: the store is slow", ylim=(-3, 103))
    below.set_ylabel("by a fallback (%)")
    above.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)


def rankers_needed(design: Design) -> int | None:
    """Search how many rankers meet the requirement when the traffic grows as it says.

    Returns:
        Replicas, of which one may be lost; None when no number of them meets it.
    """
    wanted = design.requirement
    grown = design.change({"requirement.rate": f"{wanted.rate * (wanted.growth or 1)} requests/s"})
    best = search(grown, requests=0).best
    return None if best is None else best.components["ranker"].replicas


def with_rankers(design: Design, load: LoadResult, alone: LoadResult) -> Design:
    """Give the design with rankers as fast as a worker that was measured.

    Args:
        design: the design. load: of a worker that was kept busy, which gives the mean.
        alone: of one that was asked by one caller at a time, which gives the spread.
    """
    spread = float(alone.latency_s.std() / alone.latency_s.mean())
    service = {"mean": f"{1000 / load.throughput} ms", "shape": "lognormal", "cv": spread}
    return design.change({"components.ranker.service": service})


def objections(found: SearchResult) -> list[str]:
    """Name the rules that the cheapest design of a search breaks."""
    cheapest = min(found.designs.values(), key=lambda one: estimate(one).price, default=None)
    return [] if cheapest is None else list(lint(cheapest).rules)


def sizes_found(found: SearchResult, quality: pd.DataFrame) -> pd.DataFrame:
    """Give a search's rows with the true clicks of their funnel sizes, the cheapest first.

    Args:
        found: by `search`, with recall as the quality. quality: of `funnel.by_size`.

    Returns:
        ``ad_index``, ``pre_ranker``: ads kept; ``price`` ($/h) and ``p99 (ms)``, NaN where no
        replicas meet the requirement; ``recall``; ``clicks``, a rate; ``meets``.
    """
    clicks = quality.groupby(SIZES, as_index=False)["clicks"].mean()
    table = found.table().merge(clicks, on=SIZES).rename(columns={"quality": "recall"})
    table["p99 (ms)"] = 1000 * table["latency"]
    columns = [*SIZES, "price", "p99 (ms)", "recall", "clicks", "meets"]
    return table.sort_values("price", ignore_index=True)[columns]


def clicks_against(quality: pd.DataFrame, one: pd.Series, other: pd.Series) -> Interval:
    """How many more clicks one pair of funnel sizes gets than another, request by request.

    Args:
        quality: of `funnel.by_size`. one, other: rows of `sizes_found`.

    Returns:
        Difference of the click rates with its 95 % interval (Student's t over the requests).
    """
    a, b = (
        quality[(quality[SIZES] == row[SIZES]).all(axis=1)].set_index("request")["clicks"]
        for row in (one, other)
    )
    mean = float((a - b).mean())
    half = float((a - b).sem() * student.ppf(0.975, len(a) - 1))
    return Interval(mean, mean - half, mean + half)


def plot_sizes(table: pd.DataFrame) -> None:
    """Draw recall and true clicks against price, for the rows of `sizes_found` that meet all."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(2, 1, figsize=(7, 4.6), dpi=85, sharex=True)
    for number, (kept, rows) in enumerate(table[table["meets"]].groupby("ad_index")):
        colour, rows = PALETTE[number], rows.sort_values("pre_ranker")
        label = {"xytext": (0, -15 if number % 2 else 7), "textcoords": "offset points"}
        for ax, column in zip(axes, ("recall", "clicks"), strict=True):
            points = list(zip(rows["price"], 100 * rows[column], strict=True))
            ax.plot(*zip(*points, strict=True), "o-", c=colour, label=f"{kept:,} retrieved")
            for ads, point in zip(rows["pre_ranker"], points, strict=True):
                ax.annotate(f"{ads:,}", point, **label, ha="center", fontsize=9)
    axes[0].set(ylabel="recall of the\nranker's ten (%)")
    axes[1].set(ylabel="true click rate\nof the ten (%)")
    axes[1].set(xlabel="price of the design ($/h); numbers: ads that are ranked")
    axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
    for ax in axes:
        ax.margins(y=0.25)
