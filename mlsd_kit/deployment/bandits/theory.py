"""What theory knows: a bound that no good policy beats, one that UCB1 keeps, Thompson's choices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, special, stats


def lai_robbins(rates: ArrayLike, requests: ArrayLike) -> np.ndarray:
    """Regret that no uniformly good policy stays below in the long run, for rewards 0 or 1.

    The sum over worse arms of gap / KL(arm, best), times ln t (Lai and Robbins, "Asymptotically
    efficient adaptive allocation rules", Advances in Applied Mathematics 6, 1985). It holds as t
    grows: after few requests the regret may lie below.

    Args:
        rates: of the arms, within 0 and 1, shape (K,). requests: numbers of them, t.

    >>> round(float(lai_robbins([0.5, 0.25], 1000)), 2)
    13.2
    """
    p = np.asarray(rates, dtype=float)
    best = p.max()
    worse = p[p < best]
    distance = special.rel_entr(worse, best) + special.rel_entr(1 - worse, 1 - best)
    return np.asarray(((best - worse) / distance).sum() * np.log(requests))


def ucb1_bound(means: ArrayLike, requests: ArrayLike) -> np.ndarray:
    """Regret that UCB1 stays below on average, for rewards within 0 and 1.

    8 Σ ln t / gap + (1 + π² / 3) Σ gap over the worse arms (Auer, Cesa-Bianchi and Fischer, 2002,
    theorem 1).

    Args:
        means: of the arms, shape (K,). requests: numbers of them, t.

    >>> round(float(ucb1_bound([0.9, 0.6], 1000)), 1)
    185.5
    """
    gaps = np.max(means) - np.asarray(means, dtype=float)
    gaps = gaps[gaps > 0]
    return np.asarray((8 / gaps).sum() * np.log(requests) + (1 + np.pi**2 / 3) * gaps.sum())


def choice_probabilities(won: ArrayLike, lost: ArrayLike) -> np.ndarray:
    """Probability with which Thompson sampling chooses each arm next, by numerical integration.

    An arm is chosen when its draw is the highest: ∫ density of the arm × Π distribution of the
    others. A log that keeps these numbers can be used to evaluate another policy.

    Args:
        won: rewards of each arm, shape (K,). lost: pulls without, shape (K,).

    >>> choice_probabilities([0, 1], [0, 0]).round(4).tolist()
    [0.3333, 0.6667]
    """
    a, b = 1 + np.asarray(won, dtype=float), 1 + np.asarray(lost, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise ValueError(f"won and lost of at least two arms, not of shapes {a.shape}, {b.shape}")
    grid = np.unique(
        np.concatenate([stats.beta(*ab).ppf(_LEVELS) for ab in zip(a, b, strict=True)])
    )
    below = np.array([special.betainc(*ab, grid) for ab in zip(a, b, strict=True)])
    chances = [
        integrate.trapezoid(np.delete(below, arm, axis=0).prod(axis=0), below[arm])
        for arm in range(len(a))
    ]
    return np.array(chances) / np.sum(chances)


_LEVELS = np.concatenate([[0.0], np.geomspace(1e-12, 0.5, 800), 1 - np.geomspace(0.5, 1e-12, 800)])
