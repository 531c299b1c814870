"""Policies that choose an arm for each request: an A/B test, and three bandits.

They are vectorised over runs, so that a regret curve has its uncertainty at no extra price; the
library river has the same policies for one run and one request at a time.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy import stats


class Policy(Protocol):
    """Chooses arms, and learns from the rewards once they have come."""

    def start(self, runs: int, arms: int, rng: np.random.Generator) -> None:
        """Forget everything; what follows are ``runs`` independent runs."""

    def choose(self, n: int, context: np.ndarray | None) -> np.ndarray:
        """The arms of the next ``n`` requests, shape (runs, n)."""

    def learn(self, arms: np.ndarray, rewards: np.ndarray, context: np.ndarray | None) -> None:
        """Take in arms and rewards of earlier requests, each of shape (runs, m)."""


class Tally:
    """Base of the policies that only count: pulls and sums of rewards of each arm.

    Args:
        memory: requests after which an observation counts 1 / e; forever by default. Discounting is
            what makes a bandit follow a world that changes (Garivier and Moulines, "On
            Upper-Confidence Bound Policies for Switching Bandit Problems", ALT 2011).
    """

    pulls: np.ndarray
    """Of each arm, shape (runs, arms); discounted where there is a memory."""
    won: np.ndarray
    """Sum of the rewards of each arm, shape (runs, arms)."""

    def __init__(self, memory: float = np.inf) -> None:
        if not memory >= 1:
            raise ValueError(f"a memory of at least one request, not {memory}")
        self.memory = memory

    def start(self, runs: int, arms: int, rng: np.random.Generator) -> None:
        """Forget everything."""
        self.rng = rng
        self.pulls, self.won = np.zeros((runs, arms)), np.zeros((runs, arms))

    def learn(self, arms: np.ndarray, rewards: np.ndarray, context: np.ndarray | None) -> None:
        """Add rewards to the tally of their arms."""
        kept = np.exp(-arms.shape[1] / self.memory)
        cells = (np.arange(len(arms))[:, None] * self.pulls.shape[1] + arms).ravel()
        for tally, weights in ((self.pulls, None), (self.won, rewards.ravel())):
            tally *= kept
            tally += np.bincount(cells, weights, tally.size).reshape(tally.shape)

    def rates(self) -> np.ndarray:
        """Mean reward of each arm, infinite for one without a pull, shape (runs, arms)."""
        empty = self.pulls == 0
        return np.where(empty, np.inf, self.won / np.where(empty, 1, self.pulls))


class EpsilonGreedy(Tally):
    """The arm that looks best, and in a share ``epsilon`` of the requests any arm.

    Args:
        epsilon: share of exploration, 0 to 1. memory: see `Tally`.
    """

    def __init__(self, epsilon: float, memory: float = np.inf) -> None:
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon lies between 0 and 1, not at {epsilon}")
        super().__init__(memory)
        self.epsilon = epsilon

    def choose(self, n: int, context: np.ndarray | None) -> np.ndarray:
        """The arms of the next requests."""
        runs, arms = self.pulls.shape
        best = np.broadcast_to(self.rates().argmax(axis=1)[:, None], (runs, n))
        explores = self.rng.random((runs, n)) < self.epsilon
        return np.where(explores, self.rng.integers(arms, size=(runs, n)), best)


class UCB1(Tally):
    """The arm with the highest upper confidence bound, each arm once before.

    The index is mean + √(2 ln t / pulls), for rewards within 0 and 1 (Auer, Cesa-Bianchi and
    Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 47, 2002).
    """

    def index(self) -> np.ndarray:
        """The upper confidence bound of each arm, shape (runs, arms)."""
        pulls = np.maximum(self.pulls, 1e-12)
        total = np.maximum(self.pulls.sum(axis=1, keepdims=True), 1)
        return self.rates() + np.sqrt(2 * np.log(total) / pulls)

    def choose(self, n: int, context: np.ndarray | None) -> np.ndarray:
        """The arms of the next requests: the same arm until something is learned."""
        return np.repeat(self.index().argmax(axis=1)[:, None], n, axis=1)


class Thompson(Tally):
    """Each arm as often as it is likely to be the best (Thompson, 1933), for rewards 0 or 1.

    A rate is drawn for each arm from its posterior, Beta(1 + won, 1 + lost); the highest is chosen.
    """

    def choose(self, n: int, context: np.ndarray | None) -> np.ndarray:
        """The arms of the next requests, each with draws of its own."""
        runs, arms = self.pulls.shape
        won, lost = 1 + self.won[:, None], 1 + (self.pulls - self.won)[:, None]
        return self.rng.beta(won, lost, size=(runs, n, arms)).argmax(axis=2)


class ABTest(Tally):
    """An A/B test of a fixed size, and then the winner for good.

    The arms take turns until each has ``n_each`` requests. A challenger replaces arm 0, the present
    model, when it is significantly better: two-sided z-test of two rates, with Bonferroni's
    correction for several challengers; the best of those that are. Otherwise arm 0 stays.

    Args:
        n_each: requests of each arm, from a sample size calculation.
        alpha: chance that any challenger wins though none is better or worse.
    """

    def __init__(self, n_each: int, alpha: float = 0.05) -> None:
        if n_each < 1 or not 0 < alpha < 1:
            raise ValueError(f"at least one request an arm and alpha in (0, 1): {n_each}, {alpha}")
        super().__init__()
        self.n_each, self.alpha = n_each, alpha

    def start(self, runs: int, arms: int, rng: np.random.Generator) -> None:
        """Forget everything."""
        super().start(runs, arms, rng)
        self.sent = 0
        self.winner: np.ndarray | None = None

    def choose(self, n: int, context: np.ndarray | None) -> np.ndarray:
        """The arms of the next requests: in turn, then the winner."""
        runs, arms = self.pulls.shape
        turns = np.broadcast_to((self.sent + np.arange(n)) % arms, (runs, n))
        if self.winner is None:
            self.sent += n
            return turns
        return np.repeat(self.winner[:, None], n, axis=1)

    def learn(self, arms: np.ndarray, rewards: np.ndarray, context: np.ndarray | None) -> None:
        """Count, and decide once the test is full."""
        if self.winner is None:
            super().learn(arms, rewards, context)
            if self.pulls.min() >= self.n_each:
                self.winner = self._decide()

    def _decide(self) -> np.ndarray:
        rate = self.won / self.pulls
        both = (self.won[:, :1] + self.won) / (self.pulls[:, :1] + self.pulls)
        error = np.sqrt(both * (1 - both) * (1 / self.pulls[:, :1] + 1 / self.pulls))
        z = (rate - rate[:, :1]) / np.where(error > 0, error, np.inf)
        bound = stats.norm.ppf(1 - self.alpha / (2 * max(rate.shape[1] - 1, 1)))
        return np.where(z > bound, rate, np.where(np.arange(rate.shape[1]) == 0, 0.0, -1)).argmax(1)
