"""The case's architecture at a run's parameters, and what its simulations found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from mlsd_kit.design import (
    CacheFlushed,
    Design,
    SimulationResult,
    loads,
    search,
    simulate,
)
from mlsd_kit.requirements import fan_out_tail
from mlsd_kit.style import PALETTE

REQUESTS = 8_000
"""Searches that a simulation sends."""
FLUSHED, WARM_AFTER = 0.3, 0.4
"""When the page cache is emptied, and how long it fills, as shares of a simulation's span."""
MOST_SHARDS = 64
PAUSE_SHARE, PAUSE = 0.002, 0.1
"""A shard pauses in so many of its calls, for so many seconds."""


def at_parameters(
    design: Design, requests_per_s: float, latency_ms: float, catalogue: int, candidates: int
) -> Design:
    """Give a design of the case for another load, budget, catalogue and page.

    Shards grow with the catalogue up to `MOST_SHARDS`, replicas and money with the load and with a
    shard's work, and none of them shrinks; deadlines are shares of the budget.

    Args:
        design: of ``design.yaml``, made for 5,000 searches/s, 200 ms and ten million products.
        requests_per_s: at the peak. latency_ms: from query to results.
        catalogue: products. candidates: that the ranking model scores.
    """
    load = max(requests_per_s / design.requirement.rate, 1.0)
    budget = latency_ms / 1000 / design.requirement.latency
    flow = design.flows["search"]
    times = max(catalogue / (flow.candidates or catalogue), 1.0)
    changes: dict[str, Any] = {
        "requirement.rate": f"{requests_per_s} requests/s",
        "requirement.latency": f"{latency_ms} ms",
        "flows.search.candidates": catalogue,
    }
    money = load
    for name in loads(design).index:
        part, work = design.components[name], 1.0
        if not math.isfinite(part.servers):
            continue
        if part.kind == "retrieval_index":
            shards = min(math.ceil(part.shards * times), max(MOST_SHARDS, part.shards))
            work = times * part.shards / shards
            changes[f"components.{name}.shards"] = shards
            money = max(money, load * times)
        changes[f"components.{name}.replicas"] = math.ceil(part.replicas * load * work)
    changes["requirement.budget"] = f"${money * (design.requirement.budget or 0)}/h"
    steps = design.to_dict()["flows"]["search"]["steps"]
    changes["flows.search.steps"] = [_fitted(step, budget, candidates) for step in steps]
    return design.change(changes)


def _fitted(step: dict[str, Any], budget: float, candidates: int) -> dict[str, Any]:
    """Give a step of a flow with its deadline times ``budget``, and other candidates."""
    found = dict(step)
    if "timeout" in step:
        number, unit = step["timeout"].split()
        found["timeout"] = f"{float(number) * budget:g} {unit}"
    if step.get("keeps") == 60:
        found["keeps"] = candidates
    if "on_miss" in step:
        found["on_miss"] = [_fitted(one, budget, candidates) for one in step["on_miss"]]
    if "parallel" in step:
        found["parallel"] = [
            [_fitted(one, budget, candidates) for one in branch] for branch in step["parallel"]
        ]
    return found


def with_empty_cache(design: Design, seed: int) -> SimulationResult:
    """Simulate a design whose page cache is emptied, and fills again for some of the time."""
    span = REQUESTS / design.requirement.rate
    flushed = CacheFlushed("page_cache", FLUSHED * span, WARM_AFTER * span)
    return simulate(design, requests=REQUESTS, seed=seed, failures=[flushed])


def compare(runs: Mapping[str, Sequence[SimulationResult]]) -> pd.DataFrame:
    """Compare designs whose cache was emptied, over runs with different seeds.

    Args:
        runs: name → results of `with_empty_cache`.

    Returns:
        One row a design: ``before (ms)`` and ``after (ms)``, the median over slices of time of
        p99 before the cache is emptied and in the half of its filling; percent of the searches
        with a ``fallback (%)`` or without an answer in that time. Each with ``±``, half of a 95 %
        interval by Student's t.
    """
    return _means({name: [_figures(result) for result in found] for name, found in runs.items()})


def _figures(result: SimulationResult) -> dict[str, float]:
    over = result.over_time()
    place = over["at"] * result.design.requirement.rate / REQUESTS
    before = over[(place < FLUSHED) & ~over["warm_up"]]
    empty = over[place.between(FLUSHED, FLUSHED + WARM_AFTER / 2)]
    lost = empty["degraded"] + empty["failed"]
    return {
        "before (ms)": 1000 * float(before["p99"].median()),
        "after (ms)": 1000 * float(empty["p99"].median()),
        "fallback (%)": 100 * float(np.average(lost, weights=empty["rate"])),
    }


def _means(rows: Mapping[str, Sequence[Mapping[str, float]]]) -> pd.DataFrame:
    """Means over runs, each followed by half of its 95 % interval."""
    means = {}
    for name, runs in rows.items():
        seen = pd.DataFrame(runs)
        half = seen.sem() * student.ppf(0.975, len(seen) - 1)
        means[name] = {
            key: value for column in seen for key, value in
            ((column, seen[column].mean()), (f"± {column}", half[column]))
        }  # fmt: skip
    return pd.DataFrame(means).T.rename_axis("design")


def plot_empty_cache(runs: Mapping[str, SimulationResult]) -> None:
    """Draw over time how fast searches were answered, and how many by a fallback."""
    import matplotlib.pyplot as plt

    _, (above, below) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
    for (name, result), colour in zip(runs.items(), PALETTE, strict=False):
        over = result.over_time()
        above.plot(over["at"], 1000 * over["p99"], c=colour, label=name)
        below.plot(over["at"], 100 * (over["degraded"] + over["failed"]), c=colour)
    span = REQUESTS / result.design.requirement.rate
    limit = 1000 * result.design.requirement.latency
    above.axhline(limit, c=PALETTE[6], ls="--", lw=1, label="budget")
    for ax in (above, below):
        ax.axvspan(FLUSHED * span, (FLUSHED + WARM_AFTER) * span, color="0.92", zorder=0)
    above.set(ylabel="p99 (ms)", ylim=(0, 1.15 * limit))
    below.set(xlabel="simulated time (s); grey: the cache fills again", ylim=(-3, 103))
    below.set_ylabel("with a fallback (%)")
    above.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)


def with_pauses(design: Design) -> Design:
    """Give a design whose word index pauses now and then, a shard at a time, in `PAUSE_SHARE`."""
    index = design.components["word_index"]
    products = design.flows["search"].candidates or 0
    usual = index.service.mean + index.service.per_candidate * products / index.shards
    times = [usual] * (round(1 / PAUSE_SHARE) - 1) + [usual + PAUSE]
    sample = [f"{1000 * seconds:g} ms" for seconds in times]
    return design.change({"components.word_index.service": {"shape": "measured", "sample": sample}})


def fan_out(designs: Mapping[str, Design], seeds: Sequence[int]) -> pd.DataFrame:
    """Simulate designs whose shards pause, with each of the seeds.

    Returns:
        One row a design: its ``shards``, and ``asks a pause (%)``, the share of searches in which
        one of them pauses, by 1 − (1 − p)^N; of the simulations ``p99 (ms)`` of the answered,
        percent of the pages ``by a fallback (%)`` and with ``no answer (%)``, each with ``±``,
        half of a 95 % interval by Student's t.
    """
    found = _means(
        {
            name: [
                _of_pauses(simulate(paused, requests=REQUESTS // 2, seed=seed)) for seed in seeds
            ]
            for name, paused in ((name, with_pauses(one)) for name, one in designs.items())
        }
    )
    shards = [design.components["word_index"].shards for design in designs.values()]
    found.insert(0, "shards", shards)
    found.insert(1, "asks a pause (%)", [100 * fan_out_tail(PAUSE_SHARE, n) for n in shards])
    return found


def _of_pauses(result: SimulationResult) -> dict[str, float]:
    return {
        "p99 (ms)": 1000 * result.latency(99).value,
        "by a fallback (%)": 100 * result.degraded / result.arrived,
        "no answer (%)": 100 * result.failed_share,
    }


def by_candidates(
    fitted: Callable[[int], Design], quality: pd.DataFrame, requests: int, seed: int
) -> pd.DataFrame:
    """Search the cheapest replicas for each number of candidates that the ranking model scores.

    Args:
        fitted: gives the design for a number of candidates. quality: index ``candidates``, with
            ``purchases`` of 1,000 searches. requests, seed: of the simulations.

    Returns:
        A row for each number: ``purchases``; dollars an hour, NaN when no replicas meet the
        requirement; ``p99 (ms)`` with ``low`` and ``high``.
    """
    rows = {}
    for number, purchases in zip(quality.index.tolist(), quality["purchases"], strict=True):
        row = search(fitted(number), requests=requests, seed=seed).table().iloc[0]
        rows[number] = {
            "purchases": purchases,
            "$/h": row["price"] if row["meets"] else float("nan"),
            "p99 (ms)": 1000 * row["simulated"],
            "low": 1000 * row["low"],
            "high": 1000 * row["high"],
        }
    return pd.DataFrame(rows).T.rename_axis("candidates")


def workers_needed(design: Design) -> int | None:
    """Search how many ranking workers meet the requirement when the traffic grows as it says.

    Returns:
        One more than can be lost; None when no number of replicas meets it.
    """
    wanted = design.requirement
    grown = design.change({"requirement.rate": f"{wanted.rate * (wanted.growth or 1)} requests/s"})
    best = search(grown, requests=0).best
    return None if best is None else best.components["ranker"].replicas
