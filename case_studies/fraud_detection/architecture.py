"""The case's architecture at a run's parameters, and what its simulations found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.design import (
    Design,
    Poisson,
    ReplicaDies,
    SimulationResult,
    Slow,
    estimate,
    latency_curve,
    search,
    simulate,
)
from mlsd_kit.style import PALETTE

REQUESTS = 20_000
"""Payments that a simulation sends."""


def at_parameters(
    design: Design, payments_per_s: float, latency_ms: float, cases_per_day: int, reviewed: float
) -> Design:
    """Give a design of the case for another load and budget.

    Replicas and money grow with the load, but stay one to a zone; deadlines are shares of the
    budget; ten people look at 500 cases.

    Args:
        design: of ``design.yaml``, made for 2,000 payments/s and 100 ms.
        payments_per_s: at the peak. latency_ms: budget of an answer.
        cases_per_day: what the review team looks at. reviewed: those as a share of the payments.
    """
    load = payments_per_s / design.requirement.rate
    budget = latency_ms / 1000 / design.requirement.latency
    changes: dict[str, Any] = {
        "requirement.rate": f"{payments_per_s} requests/s",
        "requirement.latency": f"{latency_ms} ms",
        "requirement.budget": f"${max(load, 1) * (design.requirement.budget or 0)}/h",
        "components.review.replicas": math.ceil(cases_per_day / 50),
        "components.review.queue": cases_per_day,
        "flows.payment.review.share": reviewed,
    }
    for name in ("gateway", "windows", "decision_service", "challenger", "payments"):
        part = design.components[name]
        changes[f"components.{name}.replicas"] = max(math.ceil(part.replicas * load), part.zones)
    for step in design.flows["payment"].steps:
        for one in (step, *(inner for branch in step.parallel for inner in branch)):
            if one.timeout:
                label = one.name or one.call
                changes[f"flows.payment.{label}.timeout"] = f"{1000 * one.timeout * budget} ms"
    return design.change(changes)


def slow_store(design: Design, start: float = 0.0, share: float = 1.0) -> tuple[list[Slow], float]:
    """Slow windows, whose answer takes the whole budget in the mean, and the simulated seconds.

    Args:
        design: what is simulated.
        start: when it begins, as a share of the span. share: how long it lasts.
    """
    span = REQUESTS / design.requirement.rate
    service = design.components["windows"].service
    factor = design.requirement.latency / service.mean
    return [Slow("windows", factor, start * span, share * span)], span


def figures(result: SimulationResult) -> dict[str, float]:
    """Say how a simulation's payments were answered: p99 with its interval, and shares."""
    p99, slices = result.latency(99), result.over_time()
    failed = slices.loc[~slices["warm_up"], "failed"]
    return {
        "p99 (ms)": 1000 * p99.value,
        "low": 1000 * p99.low,
        "high": 1000 * p99.high,
        "without windows (%)": 100 * result.degraded / result.arrived,
        "no answer (%)": 100 * result.failed_share,
        "± (95 %)": 196 * failed.std() / math.sqrt(len(failed)),
    }


def p99(row: pd.Series) -> str:
    """Say the p99 of `figures` with its interval.

    >>> p99(pd.Series({"p99 (ms)": 28.46, "low": 27.9, "high": 29.04}))
    '28.5 ms (27.9 to 29.0)'
    """
    return f"{row['p99 (ms)']:.1f} ms ({row['low']:.1f} to {row['high']:.1f})"


def plot_over_time(results: Mapping[str, SimulationResult]) -> None:
    """Draw two or more simulations over time: p99, and how many payments were answered how."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter

    _, (above, below) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
    for (name, result), colour in zip(results.items(), PALETTE, strict=False):
        over = result.over_time()
        above.plot(over["at"], 1000 * over["p99"], c=colour, label=name)
        below.plot(over["at"], 100 * over["failed"], c=colour, label=f"{name}: no answer")
        if over["degraded"].max() > 0:
            part = 100 * over["degraded"]
            below.plot(over["at"], part, c=colour, ls=":", label=f"{name}: without windows")
    limit = 1000 * result.design.requirement.latency
    above.axhline(limit, c=PALETTE[6], ls="--", lw=1, label="budget")
    above.set(ylabel="p99 of the answered (ms)", yscale="log")
    above.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    above.yaxis.set_major_formatter("{x:g}")
    above.yaxis.set_minor_formatter(NullFormatter())
    below.set(xlabel="simulated time (s)", ylabel="payments (%)", ylim=(-3, 103))
    for ax in (above, below):
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)


def by_load(design: Design, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Latency and shares by load: closed forms, and simulations at 1, 1.5 and 2 times the peak.

    Returns:
        Two frames, index ``rate`` (payments/s): `latency_curve`'s, and `figures` of each
        simulation.
    """
    peak = design.requirement.rate
    curve = latency_curve(design, (peak * np.linspace(0.1, 2.2, 22)).tolist())
    runs = {
        times * peak: simulate(design, requests=REQUESTS, seed=seed, traffic=Poisson(times * peak))
        for times in (1.0, 1.5, 2.0)
    }
    simulated = pd.DataFrame({rate: figures(run) for rate, run in runs.items()}).T
    return curve, simulated.rename_axis("rate")


def knee(design: Design, curve: pd.DataFrame, most: float = 0.01) -> tuple[float, str]:
    """Find the highest rate of a curve at which most payments are answered in full.

    Args:
        design: whose curve it is. curve: of `by_load`. most: share that may not be.

    Returns:
        Rate, and the component on the critical path that is busiest at it.
    """
    good = curve.index[curve["degraded"] + curve["failed"] <= most]
    rate = float(good.max() if len(good) else curve.index[0])
    steps = estimate(design, rate=rate).steps
    waited = steps[steps["critical"]].set_index("component")["utilisation"]
    return rate, str(waited.idxmax())


def plot_by_load(design: Design, curve: pd.DataFrame, simulated: pd.DataFrame) -> None:
    """Draw latency and the share that is not answered in full against load."""
    import matplotlib.pyplot as plt

    _, (above, below) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
    limit = 1000 * design.requirement.latency
    for name, colour in (("p99", PALETTE[4]), ("p50", PALETTE[0])):
        above.plot(curve.index, 1000 * curve[name], c=colour, label=f"{name}, closed form")
    spread = [simulated["p99 (ms)"] - simulated["low"], simulated["high"] - simulated["p99 (ms)"]]
    dots = {"fmt": "o", "c": PALETTE[7], "ms": 4, "capsize": 3, "label": "p99, simulated"}
    above.errorbar(simulated.index, simulated["p99 (ms)"], spread, **dots)
    above.axhline(limit, c=PALETTE[6], ls="--", lw=1, label="budget")
    above.set(ylabel="latency (ms)", ylim=(0, 1.25 * limit))
    shares = 100 * (curve["degraded"] + curve["failed"])
    below.plot(curve.index, shares, c=PALETTE[3], label="closed form")
    seen = simulated["without windows (%)"] + simulated["no answer (%)"]
    below.plot(seen.index, seen, "o", c=PALETTE[7], ms=4, label="simulated")
    top = max(1.0, 1.1 * max(shares.max(), seen.max()))
    below.set(xlabel="payments/s", ylabel="by a fallback or not (%)", ylim=(0, top))
    for ax in (above, below):
        ax.axvline(design.requirement.rate, c=PALETTE[6], ls=":", lw=1, label="peak")
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)


def spares(design: Design, seed: int, hour_without: float) -> pd.DataFrame:
    """Search the cheapest replicas that can lose 0, 1 or 2 of each shard, and let one die.

    Args:
        design: what is searched. seed: of the simulations.
        hour_without: euros that an hour costs more in which all is decided without windows.

    Returns:
        A row for each number of spare replicas, index ``spare``: dollars an hour; p99 of the
        healthy design with its interval; the share decided without windows while one replica of
        the store's fullest shard is dead, what that costs, and what it costs in the mean, as if
        all shards were the fullest. What no replicas meet is left out.
    """
    rows = {}
    for spare in (0, 1, 2):
        found = search(design, spare=spare, requests=REQUESTS, seed=seed)
        if found.best is None:
            continue
        row = found.table().iloc[0]
        span = REQUESTS / design.requirement.rate
        death = [ReplicaDies("windows", 0.0, span)]
        dead = simulate(found.best, seconds=span, seed=seed, failures=death)
        share = (dead.degraded + dead.failed) / dead.arrived
        rows[spare] = {
            "$/h": row["price"],
            "p99 (ms)": 1000 * row["simulated"],
            "low": 1000 * row["low"],
            "high": 1000 * row["high"],
            "one dead: without windows (%)": 100 * share,
            "one dead: lost (€/h)": hour_without * share,
            "lost in the mean (€/h)": hour_without * share * _down(found.best),
        }
    return pd.DataFrame(rows).T.rename_axis("spare")


def _down(design: Design) -> float:
    """How many of the store's replicas are dead in the mean."""
    store = design.components["windows"]
    if store.failures is None:
        return 0.0
    cycle = store.failures.every + store.failures.repair
    return store.shards * store.replicas * store.failures.repair / cycle
