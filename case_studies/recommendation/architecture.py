"""The case's architecture at a run's parameters, and what its simulations found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from mlsd_kit.design import (
    Design,
    Interval,
    SimulationResult,
    Slow,
    loads,
    search,
    simulate,
)
from mlsd_kit.style import PALETTE

REQUESTS = 10_000
"""Home pages that a simulation sends."""
SLOW_FROM, SLOW_UNTIL, TIMES = 0.3, 0.7, 3.0
"""When the list store is slow, as shares of a simulation's span, and how many times as slow."""
PATIENCE = 0.6
"""Of the budget, what a patient design waits for a list."""
CACHE: dict[str, Any] = {
    "kind": "cache",
    "owner": "list service",
    "does": "the lists of the most active users; times, price and failures are assumed",
    "service": {"mean": "0.3 ms", "shape": "gamma", "cv": 0.7},
    "concurrency": 4,
    "replicas": 3,
    "zones": 3,
    "queue": 100,
    "lives": "1 h",
    "invalidated_by": "the version of tonight's lists",
    "stores": ["user_id"],
    "pseudonymous": True,
    "price": "$0.20/h",
    "failures": {"every": "30 days", "repair": "5 min"},
}


def at_parameters(
    design: Design,
    requests_per_s: float,
    latency_ms: float,
    active_users: float,
    window_h: float,
    k: int,
) -> Design:
    """Give a design of the case for another load, budget, night and list.

    Replicas and money grow with the load and do not shrink; deadlines are shares of the budget;
    the steps of the night that see every user take as long as there are users.

    Args:
        design: of ``design.yaml``, made for 20,000 home pages/s, 50 ms and 50 million users.
        requests_per_s: at the peak. latency_ms: for the list, re-ranked and with titles.
        active_users: who get a list. window_h: hours that the night's job may take.
        k: places of the row.
    """
    load = max(requests_per_s / design.requirement.rate, 1.0)
    budget = latency_ms / 1000 / design.requirement.latency
    changes: dict[str, Any] = {
        "requirement.rate": f"{requests_per_s} requests/s",
        "requirement.latency": f"{latency_ms} ms",
        "requirement.budget": f"${load * (design.requirement.budget or 0)}/h",
        "requirement.freshness": f"{24 + window_h} h",
        "flows.home_page.list_service.keeps": k,
    }
    for name in loads(design).index:
        if math.isfinite(design.components[name].servers):
            replicas = design.components[name].replicas
            changes[f"components.{name}.replicas"] = math.ceil(replicas * load)
    for step in design.flows["home_page"].steps:
        for one in (step, *step.on_miss):
            if one.timeout:
                timeout = f"{1000 * one.timeout * budget:g} ms"
                changes[f"flows.home_page.{one.call}.timeout"] = timeout
    for step in design.flows["nightly_lists"].steps:
        label = step.call or step.send
        if label in ("first_stage", "second_stage", "lists"):
            minutes = (step.takes or 0) / 60 * active_users / 50e6
            changes[f"flows.nightly_lists.{label}.takes"] = f"{minutes:g} min"
    return design.change(changes)


def patient(design: Design) -> Design:
    """Give a design that waits for a list as long as most of the budget, not a tenth of it."""
    wait = f"{1000 * PATIENCE * design.requirement.latency:g} ms"
    return design.change({"flows.home_page.lists.timeout": wait})


def oldest(design: Design) -> float:
    """Give how old a list is at worst, in hours: the pause between two nights and the job."""
    night = design.flows["nightly_lists"]
    return ((night.every or 0) + sum(step.takes or 0 for step in night.steps)) / 3600


def tail(design: Design, seed: int) -> Interval:
    """Simulate a design and give its p99 in seconds, with a 95 % interval."""
    return simulate(design, requests=REQUESTS, seed=seed).latency(99)


def with_slow_store(design: Design, seed: int) -> SimulationResult:
    """Simulate a design whose list store takes `TIMES` as long for some of the time."""
    span = REQUESTS / design.requirement.rate
    slow = Slow("lists", TIMES, SLOW_FROM * span, (SLOW_UNTIL - SLOW_FROM) * span)
    return simulate(design, requests=REQUESTS, seed=seed, failures=[slow])


def compare(
    runs: Mapping[str, Sequence[SimulationResult]], lists: float, popular: float
) -> pd.DataFrame:
    """Compare designs while their list store was slow, over runs with different seeds.

    Args:
        runs: name → results of `with_slow_store`.
        lists: nDCG of a user's own list. popular: of the most popular items.

    Returns:
        One row a design, of the time in which the store is slow: ``p99 (ms)``, the median over
        slices of time; percent of the pages with a ``fallback (%)``; ``nDCG`` of what is shown.
        Each with ``±``, half of a 95 % interval by Student's t.
    """
    rows = {}
    for name, results in runs.items():
        seen = pd.DataFrame([_while_slow(result, lists, popular) for result in results])
        half = seen.sem() * student.ppf(0.975, len(seen) - 1)
        rows[name] = {
            key: value for column in seen for key, value in
            ((column, seen[column].mean()), (f"± {column}", half[column]))
        }  # fmt: skip
    return pd.DataFrame(rows).T.rename_axis("design")


def _while_slow(result: SimulationResult, lists: float, popular: float) -> dict[str, float]:
    over = _shown(result, lists, popular)
    place = over["at"] * result.design.requirement.rate / REQUESTS
    slow = over[place.between(SLOW_FROM, SLOW_UNTIL)]
    lost = slow["degraded"] + slow["failed"]
    return {
        "p99 (ms)": 1000 * float(slow["p99"].median()),
        "fallback (%)": 100 * float(np.average(lost, weights=slow["rate"])),
        "nDCG": float(np.average(slow["nDCG"], weights=slow["rate"])),
    }


def _shown(result: SimulationResult, lists: float, popular: float) -> pd.DataFrame:
    """Slices of time with the nDCG of what was shown, as if every fallback were the store's."""
    over = result.over_time()
    over["nDCG"] = lists - (over["degraded"] + over["failed"]) * (lists - popular)
    return over


def plot_slow_time(runs: Mapping[str, SimulationResult], lists: float, popular: float) -> None:
    """Draw over time how fast home pages were answered, and how good their lists were."""
    import matplotlib.pyplot as plt

    _, (above, below) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
    for (name, result), colour in zip(runs.items(), PALETTE, strict=False):
        over = _shown(result, lists, popular)
        above.plot(over["at"], 1000 * over["p99"], c=colour, label=name)
        below.plot(over["at"], over["nDCG"], c=colour)
    span = REQUESTS / result.design.requirement.rate
    limit = 1000 * result.design.requirement.latency
    above.axhline(limit, c=PALETTE[6], ls="--", lw=1, label="budget")
    below.axhline(popular, c=PALETTE[6], ls=":", lw=1.2, label="all get the most popular")
    for ax in (above, below):
        ax.axvspan(SLOW_FROM * span, SLOW_UNTIL * span, color="0.92", zorder=0)
    above.set(ylabel="p99 (ms)", ylim=(0, 1.15 * limit))
    below.set(xlabel="simulated time (s); grey: the list store is slow", ylim=0)
    below.set_ylabel("nDCG of what is shown")
    above.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
    below.legend(loc="lower left")


def workers_needed(design: Design) -> int | None:
    """Search how many workers of the list service meet the requirement when the traffic grows.

    Returns:
        One more than can be lost; None when no number of replicas meets it.
    """
    wanted = design.requirement
    grown = design.change({"requirement.rate": f"{wanted.rate * (wanted.growth or 1)} requests/s"})
    best = search(grown, requests=0).best
    return None if best is None else best.components["list_service"].replicas


def with_cache(design: Design, hit_rate: float) -> Design:
    """Give a design with a cache of lists in front of the store; without hits, none."""
    if hit_rate == 0:
        return design
    steps = design.to_dict()["flows"]["home_page"]["steps"]
    place = next(number for number, step in enumerate(steps) if step.get("call") == "lists")
    store = steps[place]
    guard = {name: store[name] for name in ("timeout", "fallback")}
    steps[place] = {"call": "list_cache", **guard, "on_miss": [store]}
    cache = CACHE | {"hit_rate": hit_rate}
    return design.change({"components.list_cache": cache, "flows.home_page.steps": steps})


def caches(
    design: Design, quality: pd.DataFrame, parts: Sequence[float], seed: int
) -> pd.DataFrame:
    """Search the cheapest replicas with the lists of the most active users in a cache.

    Args:
        design: without a cache. quality: a row for each user: ``views``, and the nDCG of ``lists``
            and of the ``popular`` items for this user. parts: of the users, in the cache.
        seed: of the simulations.

    Returns:
        A row for each part, index ``cached users``: the ``hit rate``; dollars an hour, NaN when no
        replicas meet the requirement; ``p99 (ms)`` with ``low`` and ``high``; and the nDCG of what
        is shown while the store is down, a user counting as often as he has views.
    """
    active = quality.sort_values("views", ascending=False, kind="stable")
    rows = {}
    for part in parts:
        cached = np.arange(len(active)) < round(part * len(active))
        hits = float(active["views"][cached].sum() / active["views"].sum())
        row = search(with_cache(design, hits), requests=REQUESTS, seed=seed).table().iloc[0]
        shown = active["lists"].where(cached, active["popular"])
        rows[part] = {
            "hit rate": hits,
            "$/h": row["price"] if row["meets"] else float("nan"),
            "p99 (ms)": 1000 * row["simulated"],
            "low": 1000 * row["low"],
            "high": 1000 * row["high"],
            "nDCG, store down": np.average(shown, weights=active["views"]),
        }
    return pd.DataFrame(rows).T.rename_axis("cached users")
