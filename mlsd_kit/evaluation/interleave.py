"""Interleaving: two rankings compared within each list that is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, norm


def team_draft(
    a: np.ndarray, b: np.ndarray, k: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Interleave pairs of rankings as two captains choose teams.

    In each round a coin decides who chooses first; each then takes its best item that is not in
    the list yet (Radlinski, Kurup and Joachims, "How Does Clickthrough Data Reflect Retrieval
    Quality?", CIKM 2008).

    Args:
        a: items of the first ranking, best first, shape (n, depth), depth ≥ k, no repetitions.
        b: those of the second, same shape.
        k: length of the list shown.
        rng: the coins.

    Returns:
        The lists, shape (n, k), and the team of each place: 0 for ``a``, 1 for ``b``.

    Raises:
        ValueError: when the shapes differ, or the rankings are shorter than k.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.ndim != 2 or a.shape[1] < k:
        raise ValueError(f"two rankings of shape (n, at least {k}), not {a.shape} and {b.shape}")
    n, rows = len(a), np.arange(len(a))
    shown, team = np.empty((n, k), dtype=a.dtype), np.empty((n, k), dtype=np.int8)
    free = {0: np.ones(a.shape, bool), 1: np.ones(b.shape, bool)}
    coins = rng.integers(0, 2, (n, (k + 1) // 2)).astype(np.int8)
    for place in range(k):
        captain = coins[:, place // 2] ^ (place % 2)
        choice = np.where(captain == 0, a[rows, free[0].argmax(1)], b[rows, free[1].argmax(1)])
        shown[:, place], team[:, place] = choice, captain
        free[0] &= a != choice[:, None]
        free[1] &= b != choice[:, None]
    return shown, team


@dataclass(frozen=True)
class Preference:
    """What interleaved searches say: which ranking won how many of them."""

    wins_a: int
    wins_b: int
    ties: int
    p_value: float
    """Two-sided sign test on the searches with a winner."""
    mean: float
    """Mean credit of B less that of A, a search."""
    std: float

    @property
    def share_b(self) -> float:
        """Share of B among the searches with a winner."""
        return self.wins_b / max(1, self.wins_a + self.wins_b)


def interleaving_test(credit: np.ndarray, team: np.ndarray) -> Preference:
    """Compare the teams by the credit (clicks, purchases) that their places earned.

    Args:
        credit: of each place shown, shape (n, k).
        team: 0 or 1 for each place, as ``team_draft`` gives it, shape (n, k).

    >>> clicks, team = np.array([[1, 0], [0, 1], [1, 0]]), np.array([[0, 1], [0, 1], [0, 1]])
    >>> interleaving_test(clicks, team).wins_a
    2
    """
    credit, team = np.asarray(credit, dtype=np.float64), np.asarray(team)
    if credit.shape != team.shape:
        raise ValueError(f"credit {credit.shape} and team {team.shape} need the same shape")
    gap = np.where(team == 1, credit, -credit).sum(axis=1)
    a, b = int((gap < 0).sum()), int((gap > 0).sum())
    p = min(1.0, 2 * float(binom.cdf(min(a, b), a + b, 0.5))) if a + b else 1.0
    return Preference(a, b, len(gap) - a - b, p, float(gap.mean()), float(gap.std()))


def sessions_needed(
    effect: float, std: float, *, arms: int = 1, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Searches, over all arms, that a z-test needs to tell a mean effect from zero.

    One arm (interleaving: each search is its own comparison): ((z_{1−α/2} + z_power) · σ / δ)².
    Two arms of equal size (A/B): four times that, σ being the spread within an arm.

    Args:
        effect: δ, the difference of the means; infinite searches when it is 0.
        std: σ of one search.
        arms: 1 or 2.

    >>> round(sessions_needed(0.1, 1.0)), round(sessions_needed(0.1, 1.0, arms=2))
    (785, 3140)
    """
    if arms not in (1, 2):
        raise ValueError(f"one or two arms, not {arms}")
    if effect == 0:
        return float("inf")
    z = float(norm.ppf(1 - alpha / 2) + norm.ppf(power))
    return (z * std / effect) ** 2 * (1 if arms == 1 else 4)
