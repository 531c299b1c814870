"""A design under more and more load: closed forms as a line, simulations as points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlsd_kit.design.closed_forms.estimate import latency_curve
from mlsd_kit.design.design import Design
from mlsd_kit.design.simulation.run import simulate
from mlsd_kit.design.simulation.traffic import Poisson
from mlsd_kit.style import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def by_load(
    design: Design, *, times: Sequence[float] = (1.0, 1.5, 2.0), requests: int = 40_000, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Latency and losses by load.

    Args:
        design: at rates up to 2.2 times the required one.
        times: the required rate, at which to simulate.
        requests: of a simulation. seed: of the simulations.

    Returns:
        Two frames, index ``rate`` (requests/s): `latency_curve`'s; and of the simulations the
        required percentile (such as ``p99``), ``low`` and ``high`` in seconds, ``degraded`` and
        ``failed`` shares.
    """
    peak, percent = design.requirement.rate, design.requirement.percentile
    curve = latency_curve(design, (peak * np.linspace(0.1, 2.2, 22)).tolist())
    rows = {}
    for factor in times:
        traffic = Poisson(factor * peak)
        run = simulate(design, requests=requests, seed=seed, traffic=traffic)
        tail = run.latency(percent)
        rows[factor * peak] = {
            f"p{percent:g}": tail.value,
            "low": tail.low,
            "high": tail.high,
            "degraded": run.degraded / run.arrived,
            "failed": run.failed_share,
        }
    return curve, pd.DataFrame(rows).T.rename_axis("rate")


def highest_rate(design: Design, curve: pd.DataFrame, most: float = 0.01) -> float:
    """Give the knee: the highest rate that keeps the required latency, with few fallbacks.

    Args:
        design: whose curve it is. curve: of `latency_curve`.
        most: share that a fallback may answer, or nothing.

    Returns:
        Requests/s; 0 when there is none.
    """
    required = design.requirement
    kept = curve[f"p{required.percentile:g}"] <= required.latency
    good = kept & (curve["degraded"] + curve["failed"] <= most)
    return float(curve.index[good].max()) if good.any() else 0.0


def plot_by_load(
    design: Design, curve: pd.DataFrame, simulated: pd.DataFrame, requests: str = "requests"
) -> tuple[Axes, Axes]:
    """Draw latency, and the share that a fallback answers or nothing does, against load.

    Args:
        design: of `by_load`. curve, simulated: what that gave.
        requests: what they are called.
    """
    import matplotlib.pyplot as plt

    tail = f"p{design.requirement.percentile:g}"
    _, (above, below) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
    for name, colour in ((tail, PALETTE[4]), ("p50", PALETTE[0])):
        above.plot(curve.index, 1000 * curve[name], c=colour, label=name)
    seen = 1000 * simulated[[tail, "low", "high"]]
    spread = [seen[tail] - seen["low"], seen["high"] - seen[tail]]
    dots = {"fmt": "o", "c": PALETTE[7], "ms": 4, "capsize": 3, "label": f"{tail}, simulated"}
    above.errorbar(seen.index, seen[tail], spread, **dots)
    limit = 1000 * design.requirement.latency
    above.axhline(limit, c=PALETTE[6], ls="--", lw=1, label="budget")
    above.set(ylabel="latency (ms)", ylim=(0, 1.2 * limit))
    lost = 100 * (simulated["degraded"] + simulated["failed"])
    below.plot(curve.index, 100 * (curve["degraded"] + curve["failed"]), c=PALETTE[4])
    below.plot(lost.index, lost, "o", c=PALETTE[7], ms=4)
    below.set(xlabel=f"{requests}/s", ylabel="by a fallback or not (%)", ylim=0)
    below.xaxis.set_major_formatter("{x:,.0f}")
    for ax in (above, below):
        ax.axvline(design.requirement.rate, c=PALETTE[6], ls=":", lw=1, label="peak")
    above.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=5, columnspacing=1)
    return above, below
