"""Traffic for competing models: what each of them would have earned at every request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def first_choice_outcomes(y: ArrayLike, scores: Mapping[str, ArrayLike], size: int) -> pd.DataFrame:
    """What each model's first choice among ``size`` candidates would have earned.

    A request offers ``size`` rows that follow each other; a model shows the one that it scores
    highest (the first of equals), and earns that row's label. Rows left over are dropped.

    Args:
        y: labels 0 or 1, shape (n,). scores: model → score of each row, shape (n,).
        size: candidates in a request.

    Returns:
        One row a request, one column a model: 0 or 1.

    >>> first_choice_outcomes([0, 1, 0, 0], {"a": [1, 2, 3, 4], "b": [2, 1, 2, 1]}, 2)
       a  b
    0  1  0
    1  0  0
    """
    labels = np.asarray(y)
    n = len(labels) // size
    if n == 0 or any(np.shape(values) != labels.shape for values in scores.values()):
        raise ValueError(f"{len(labels)} labels, a score for each, make no request of {size}")
    rows = np.arange(n) * size
    return pd.DataFrame(
        {
            name: labels[rows + np.asarray(values)[: n * size].reshape(n, size).argmax(axis=1)]
            for name, values in scores.items()
        }
    )


@dataclass(frozen=True)
class Traffic:
    """Requests of several simulated runs, drawn from a pool with every arm's reward known.

    All policies that are compared are given the same requests, and on the same request the same
    reward for the same arm.
    """

    outcomes: np.ndarray
    """Reward of each arm at each request of the pool, 0 to 1, shape (N, K)."""
    expected: np.ndarray
    """Mean reward of each arm given what can be known at the request, shape (N, K)."""
    requests: np.ndarray
    """Which request of the pool comes when, in each run, shape (S, T)."""
    context: np.ndarray | None = None
    """What is known at each request of the pool, shape (N, d)."""

    @property
    def runs(self) -> int:
        """Runs, S."""
        return len(self.requests)

    @property
    def length(self) -> int:
        """Requests in a run, T."""
        return self.requests.shape[1]

    @property
    def means(self) -> np.ndarray:
        """Mean reward of each arm over the pool, shape (K,)."""
        return self.outcomes.mean(axis=0)

    def then(self, other: Traffic) -> Traffic:
        """This traffic, followed by another with the same arms: a world that changes at once."""
        contexts = (self.context, other.context)
        return replace(
            self,
            outcomes=np.vstack([self.outcomes, other.outcomes]),
            expected=np.vstack([self.expected, other.expected]),
            requests=np.hstack([self.requests, other.requests + len(self.outcomes)]),
            context=None if any(c is None for c in contexts) else np.vstack(contexts),  # type: ignore[arg-type]
        )


def draw_traffic(
    outcomes: ArrayLike, runs: int, length: int, seed: int, groups: ArrayLike | None = None
) -> Traffic:
    """Draw requests with replacement from a pool, independently for each run.

    Args:
        outcomes: reward of each arm at each request of the pool, 0 to 1, shape (N, K).
        runs: S. length: requests in a run, T. seed: of the draws.
        groups: of each request, known when it comes, shape (N,); it becomes the context (one-hot),
            and what an arm is expected to earn then depends on it.

    >>> traffic = draw_traffic([[0, 1], [0, 0]], runs=3, length=5, seed=0)
    >>> traffic.means.tolist(), traffic.requests.shape
    ([0.0, 0.5], (3, 5))
    """
    pool = np.asarray(outcomes, dtype=float)
    if pool.ndim != 2 or pool.min() < 0 or pool.max() > 1:
        raise ValueError(f"rewards between 0 and 1 of shape (requests, arms), not {pool.shape}")
    drawn = np.random.default_rng(seed).integers(len(pool), size=(runs, length))
    if groups is None:
        return Traffic(pool, np.broadcast_to(pool.mean(axis=0), pool.shape), drawn)
    of, names = pd.factorize(np.asarray(groups), sort=True)
    means = np.array([pool[of == group].mean(axis=0) for group in range(len(names))])
    return Traffic(pool, means[of], drawn, np.eye(len(names))[of])
