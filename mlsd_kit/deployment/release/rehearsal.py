"""Rehearse a canary many times without HTTP: how often it is taken back, and how soon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlsd_kit.deployment.release.canary import Canary
from mlsd_kit.deployment.release.served import Served

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BATCH = 2000
MOST = 1_000_000


@dataclass(frozen=True)
class Traffic:
    """What is drawn for each request; arms differ only where one says so.

    Latencies are lognormal, with a median of 5 ms and σ = 0.5.
    """

    champion: np.ndarray
    """Predictions to draw from, shape (rows,)."""
    canary: np.ndarray
    """The canary's predictions for the same rows, shape (rows,)."""
    y: np.ndarray
    """Outcomes of these rows, 0 or 1, shape (rows,)."""
    errors: tuple[float, float] = (0.001, 0.001)
    """Share of requests that fail: champion, canary."""
    slower: float = 1.0
    """Factor on the canary's latency."""
    labels: bool = True
    """Whether outcomes are known at once, or never."""

    def draw(self, n: int, share: float, start: int, rng: np.random.Generator) -> Served:
        """Draw n requests, each by a unit of its own; units are numbered from ``start``."""
        canary = rng.random(n) < share
        row = rng.integers(len(self.y), size=n)
        p = np.where(canary, self.canary[row], self.champion[row])
        failed = rng.random(n) < np.where(canary, self.errors[1], self.errors[0])
        latency = 0.005 * rng.lognormal(0.0, 0.5, n) * np.where(canary, self.slower, 1.0)
        loss = log_losses(self.y[row], p) if self.labels else np.full(n, np.nan)
        return Served(
            unit=np.arange(start, start + n),
            canary=canary,
            share=np.full(n, share),
            failed=failed.astype(float),
            latency_s=np.where(failed, np.nan, latency),
            prediction=np.where(failed, np.nan, p),
            loss=np.where(failed, np.nan, loss),
        )


def log_losses(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Log loss of each prediction, shape (n,).

    >>> log_losses(np.array([1.0, 0.0]), np.array([0.5, 0.5])).round(3).tolist()
    [0.693, 0.693]
    """
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(-(y * np.log(p) + (1 - y) * np.log1p(-p)))


def rehearse(
    traffic: Traffic, make: Callable[[], Canary] = Canary, runs: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Run the release many times on drawn traffic.

    Args:
        traffic: what comes. make: makes a canary, with its guards, for each run.
        runs: how many. seed: of the draws.

    Returns:
        One row for each run: ``state``, ``stopped_by``, ``requests`` (of both arms until the
        decision) and ``answered`` (of them the canary's).

    Raises:
        ValueError: when a run comes to no decision.
    """
    rows = []
    for run in range(runs):
        rng, canary, sent = np.random.default_rng([seed, run]), make(), 0
        while canary.state == "running":
            if sent >= MOST:
                raise ValueError(f"no decision after {sent:,} requests: is per_stage too large?")
            canary.observe(traffic.draw(BATCH, canary.share, sent, rng))
            sent += BATCH
        rows.append(
            {
                "state": canary.state,
                "stopped_by": canary.stopped_by,
                "requests": canary.requests,
                "answered": canary.answered,
            }
        )
    return pd.DataFrame(rows)


def rehearsal_table(trials: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each kind of canary: how many are rolled back, by which guard, how soon.

    Args:
        trials: kind → what `rehearse` gave.
    """
    rows = {
        name: {
            "rolled back (%)": 100 * (trial["state"] == "rolled back").mean(),
            "mostly by": trial["stopped_by"].replace("", "–").mode()[0],
            "requests, median": trial["requests"].median(),
            "the canary's, median": trial["answered"].median(),
        }
        for name, trial in trials.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def plot_caught(
    trials: Mapping[str, pd.DataFrame], most: int = 400, ax: Axes | None = None
) -> Axes:
    """Draw how many canaries are rolled back by the number of requests that they answered.

    Args:
        trials: kind → what `rehearse` gave. most: right end of the axis.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots()
    for name, trial in trials.items():
        stopped = trial.loc[trial["state"] == "rolled back", "answered"].sort_values()
        done = 100 * np.arange(len(stopped) + 1) / len(trial)
        ax.step([0, *stopped, max(most, trial["answered"].max())], [0, *done], label=name)
    ax.set(
        title="Until a canary is rolled back",
        xlabel="requests that the canary answered",
        ylabel="rolled back (%)",
        xlim=(0, most),
    )
    ax.legend()
    return ax
