"""Arithmetic of latency tails: over stages in sequence, and over servers asked in parallel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class TailOfSum:
    """A quantile of the total of several stages, in the stages' own unit.

    ``independent``: the stages are slow independently of each other (simulated).
    ``sum_of_quantiles``: the sum of the stages' quantiles, which is the total's quantile when all
    stages are slow together (perfect rank correlation).
    ``guaranteed``: an upper bound for any dependence.
    """

    quantile: float
    independent: float
    sum_of_quantiles: float
    guaranteed: float
    stages: Mapping[str, float]

    def table(self) -> pd.DataFrame:
        """The three figures, with what each assumes."""
        rows = [
            ("independent stages", self.independent, "simulated"),
            ("all slow together", self.sum_of_quantiles, "sum of the stages' quantiles"),
            ("any dependence", self.guaranteed, "upper bound"),
        ]
        name = f"p{100 * self.quantile:g} of the total"
        return pd.DataFrame(rows, columns=["assumption", name, "how"]).set_index("assumption")


def tail_of_sum(
    stages: Mapping[str, tuple[float, float]],
    quantile: float = 0.99,
    draws: int = 200_000,
    seed: int = 0,
) -> TailOfSum:
    """Show that the p99 of stages in sequence is not the sum of their p99s.

    Each stage's latency is simulated as lognormal, fitted to its median and p99. The bound for
    any dependence follows from Boole's inequality: if each of n stages exceeds its quantile with
    probability (1 - q) / n, then the total exceeds their sum with probability 1 - q at most.

    Args:
        stages: name → (median, p99) of its latency, all in the same unit, such as ms.
        quantile: which quantile of the total, such as 0.99.
        draws: simulated requests.
        seed: of the simulation.

    >>> tail = tail_of_sum({"features": (10, 30), "ranking": (30, 80)})
    >>> tail.independent < tail.sum_of_quantiles < tail.guaranteed
    True
    """
    from scipy.special import ndtri

    if not stages:
        raise ValueError("tail_of_sum needs at least one stage")
    if not 0 < quantile < 1:
        raise ValueError(f"a quantile lies between 0 and 1, not {quantile}")
    for name, (median, p99) in stages.items():
        if not 0 < median <= p99:
            raise ValueError(
                f"stage {name!r}: the median {median} must be above 0, up to p99 {p99}"
            )
    mu = np.log([median for median, _ in stages.values()])
    sigma = (np.log([p99 for _, p99 in stages.values()]) - mu) / ndtri(0.99)
    normal = np.random.default_rng(seed).standard_normal((draws, len(stages)))
    totals = np.exp(mu + sigma * normal).sum(axis=1)
    each = np.exp(mu + sigma * ndtri(quantile))
    safe = np.exp(mu + sigma * ndtri(1 - (1 - quantile) / len(stages)))
    return TailOfSum(
        quantile,
        float(np.quantile(totals, quantile)),
        float(each.sum()),
        float(safe.sum()),
        dict(zip(stages, each.tolist(), strict=True)),
    )


def fan_out_tail(slow: float, servers: int) -> float:
    """Give the share of requests that wait for a slow server when all ``servers`` must answer.

    1 - (1 - slow)^servers, for servers that are slow independently (Dean and Barroso, "The Tail
    at Scale", Communications of the ACM 56(2), 2013: 1 % slow servers, 100 asked, 63 % slow).

    >>> round(fan_out_tail(0.01, 100), 3)
    0.634
    """
    if not 0 <= slow <= 1 or servers < 1:
        raise ValueError(f"slow is a share and servers at least 1, not {slow} and {servers}")
    if slow == 1:
        return 1.0
    return -math.expm1(servers * math.log1p(-slow))
