"""Let a policy serve traffic, and count what it lost against the best arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.deployment.bandits.policies import Policy
from mlsd_kit.deployment.bandits.traffic import Traffic

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Played:
    """What a policy chose, and what that cost."""

    traffic: Traffic
    arms: np.ndarray
    """Chosen, shape (runs, requests)."""
    regret: np.ndarray
    """Expected reward lost against the best arm up to and with each request, (runs, requests)."""

    def regret_at(self, requests: int) -> tuple[float, float, float]:
        """Mean regret after so many requests, with a 95 % interval of the mean over runs (t)."""
        values = self.regret[:, requests - 1]
        mean = float(values.mean())
        if len(values) < 2:
            return mean, mean, mean
        half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
        return mean, float(mean - half), float(mean + half)

    def share_of(self, arm: int, last: int) -> np.ndarray:
        """Share of an arm in the last requests of each run, shape (runs,)."""
        return (self.arms[:, -last:] == arm).mean(axis=1)


def play(policy: Policy, traffic: Traffic, seed: int, every: int = 1, delay: int = 0) -> Played:
    """Serve all requests of all runs with a policy.

    Args:
        policy: it is started anew. traffic: what it serves. seed: of its own draws.
        every: requests between two updates of the policy; a bandit in production learns from
            batches of its log.
        delay: further requests before a reward is known.

    >>> from mlsd_kit.deployment.bandits import UCB1, draw_traffic
    >>> play(UCB1(), draw_traffic([[0, 1]], runs=1, length=4, seed=0), seed=0).arms.tolist()
    [[0, 1, 1, 1]]
    """
    if every < 1 or delay < 0:
        raise ValueError(f"updates every {every} requests, {delay} late: that is not possible")
    requests = traffic.requests
    context = traffic.context
    arms = np.zeros(requests.shape, dtype=np.int64)
    policy.start(traffic.runs, traffic.outcomes.shape[1], np.random.default_rng(seed))
    known = 0
    for begin in range(0, traffic.length, every):
        if begin - delay > known:
            old = requests[:, known : begin - delay]
            chosen = arms[:, known : begin - delay]
            seen = None if context is None else context[old]
            policy.learn(chosen, traffic.outcomes[old, chosen], seen)
            known = begin - delay
        now = requests[:, begin : begin + every]
        seen = None if context is None else context[now]
        arms[:, begin : begin + every] = policy.choose(now.shape[1], seen)
    best = traffic.expected.max(axis=1)
    lost = best[requests] - traffic.expected[requests, arms]
    return Played(traffic, arms, lost.cumsum(axis=1))


def regret_table(played: Mapping[str, Played], at: Sequence[int]) -> pd.DataFrame:
    """Mean regret of each policy after some numbers of requests, with 95 % intervals.

    Returns:
        One row for each policy and number: ``regret``, ``low``, ``high``.
    """
    rows = {(name, n): p.regret_at(n) for name, p in played.items() for n in at}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["regret", "low", "high"])
    table.index = pd.MultiIndex.from_tuples(table.index, names=["policy", "requests"])
    return table


def plot_regret(
    played: Mapping[str, Played],
    references: Mapping[str, np.ndarray] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the regret of policies over the requests: the mean and its 95 % band.

    Args:
        played: policy → what it did, all on traffic of one length.
        references: name → line to draw dashed, one value for each request.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(8, 4), layout="constrained")
    length = next(iter(played.values())).traffic.length
    at = np.unique(np.linspace(1, length, 120).astype(int))
    for name, one in played.items():
        mean, low, high = np.array([one.regret_at(n) for n in at]).T
        (line,) = ax.plot(at, mean, label=name)
        ax.fill_between(at, low, high, color=line.get_color(), alpha=0.2, lw=0)
    for name, values in (references or {}).items():
        ax.plot(at, np.asarray(values)[at - 1], ls="--", c="black", lw=1.2, label=name)
    ax.set(xlabel="requests", ylabel="regret (rewards lost so far)", ylim=(0, None))
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
