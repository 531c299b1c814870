"""How many replicas a service needs for a rate of requests and a latency objective."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pandas as pd

from mlsd_kit.scaling.erlang import erlang_c, latency_percentile, mean_wait

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Balancing = Literal["random", "shared"]


@dataclass(frozen=True)
class ReplicaPlan:
    """The fewest replicas that meet the objective, and what one gets with more or fewer."""

    replicas: int
    percentile: float
    latency_slo: float
    cost_per_hour: float
    _table: pd.DataFrame = field(repr=False, compare=False)

    def table(self) -> pd.DataFrame:
        """One row for each number of replicas: utilisation, waiting, latency, cost.

        The figures are those at the planned rate; ``meets_with_headroom`` is judged at the peak.
        """
        return self._table.copy()


def replica_figures(
    rate: float,
    service_time: float,
    replicas: int,
    *,
    concurrency: int = 1,
    percentile: float = 99.0,
    balancing: Balancing = "random",
) -> dict[str, float]:
    """Utilisation, waiting and latency (ms) of a number of replicas, by the M/M/c closed forms.

    Args:
        rate: requests per second, all together.
        service_time: mean seconds that one request keeps one of a replica's servers busy.
        replicas: how many.
        concurrency: requests that one replica serves side by side, each at full speed.
        percentile: which latency percentile, between 0 and 100.
        balancing: ``random`` sends each request to any replica, which then has a queue of its own;
            ``shared`` is one queue for all, the best that any load balancer could do.

    Raises:
        ValueError: when an argument is out of range.
    """
    if rate <= 0 or service_time <= 0 or replicas < 1 or concurrency < 1:
        raise ValueError("rate, service_time, replicas and concurrency must be positive")
    if balancing not in ("random", "shared"):
        raise ValueError(f"balancing is 'random' or 'shared', not {balancing!r}")
    pools = replicas if balancing == "random" else 1
    share, servers = rate / pools, replicas * concurrency // pools
    waiting = mean_wait(share, service_time, servers)
    return {
        "utilisation": rate * service_time / (replicas * concurrency),
        "waits": erlang_c(servers, share * service_time),
        "mean_ms": (waiting + service_time) * 1000,
        "p50_ms": latency_percentile(share, service_time, servers, 50) * 1000,
        f"p{percentile:g}_ms": latency_percentile(share, service_time, servers, percentile) * 1000,
    }


def replicas_needed(
    rate: float,
    service_time: float,
    *,
    latency_slo: float,
    percentile: float = 99.0,
    concurrency: int = 1,
    headroom: float = 0.0,
    balancing: Balancing = "random",
    price_per_hour: float = 0.0,
) -> ReplicaPlan:
    """Find the fewest replicas whose latency percentile meets the objective.

    Exponential service is assumed. A model's service time varies less than that, so the plan errs
    on the safe side; what it cannot know are pauses, slow starts and other tenants.

    Args:
        rate: requests per second at peak.
        service_time: mean seconds that one request keeps one server busy.
        latency_slo: seconds within which the percentile must be answered.
        percentile: between 0 and 100.
        concurrency: requests that one replica serves side by side, each at full speed.
        headroom: share by which the rate may exceed ``rate`` and still be met: 0.5 is half more,
            which also covers the loss of one replica in three.
        balancing: as in replica_figures.
        price_per_hour: of one replica.

    Raises:
        ValueError: when no number of replicas can do it, for service alone takes longer.
    """
    alone = -math.log(1 - percentile / 100) * service_time
    if alone >= latency_slo:
        raise ValueError(
            f"no number of replicas gives p{percentile:g} within {latency_slo:g} s: service alone "
            f"takes {alone:.3g} s at that percentile"
        )
    if headroom < 0:
        raise ValueError(f"headroom must not be negative: {headroom}")
    peak = rate * (1 + headroom)
    name = f"p{percentile:g}_ms"

    def figures(replicas: int, at: float) -> dict[str, float]:
        return replica_figures(
            at,
            service_time,
            replicas,
            concurrency=concurrency,
            percentile=percentile,
            balancing=balancing,
        )

    def meets(replicas: int) -> bool:
        return figures(replicas, peak)[name] <= latency_slo * 1000

    low = max(1, math.ceil(peak * service_time / concurrency))
    high = low
    while not meets(high):
        low, high = high + 1, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle + 1, high)
    shown = sorted({max(1, round(high * part)) for part in (0.6, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2)})
    rows = [
        {
            "replicas": n,
            **figures(n, rate),
            "meets_with_headroom": meets(n),
            "cost_per_hour": n * price_per_hour,
        }
        for n in shown
    ]
    table = pd.DataFrame(rows).set_index("replicas")
    return ReplicaPlan(high, percentile, latency_slo, high * price_per_hour, table)


def plot_replicas(
    plan: ReplicaPlan,
    rate: float,
    service_time: float,
    *,
    concurrency: int = 1,
    ax: Axes | None = None,
) -> Axes:
    """Draw the latency percentile against the number of replicas, for both ways of balancing.

    Args:
        plan: what replicas_needed found, for its objective and percentile.
        rate: requests per second.
        service_time: mean seconds of service.
        concurrency: as in replica_figures.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.ticker import LogLocator, MaxNLocator

    if ax is None:
        _, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    fewest = math.floor(rate * service_time / concurrency) + 1
    most = max(2 * plan.replicas, fewest + 10)
    counts = np.unique(np.linspace(fewest, most, 60).astype(int))
    styles: list[tuple[Balancing, str]] = [("random", "queue per replica"), ("shared", "one queue")]
    for balancing, label in styles:
        latency = [
            replica_figures(
                rate,
                service_time,
                int(n),
                concurrency=concurrency,
                percentile=plan.percentile,
                balancing=balancing,
            )[f"p{plan.percentile:g}_ms"]
            for n in counts
        ]
        ax.plot(counts, latency, label=label)
    ax.axhline(plan.latency_slo * 1000, ls="--", c="grey", label="objective")
    ax.axvline(plan.replicas, ls=":", c="black", label=f"plan: {plan.replicas} replicas")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.minorticks_off()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="replicas", ylabel=f"p{plan.percentile:g} latency (ms)")
    ax.set_title(f"Latency at {rate:,.0f} requests/s")
    ax.legend()
    return ax
