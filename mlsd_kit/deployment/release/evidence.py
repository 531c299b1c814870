"""Evidence that the canary is worse, which may be read after every request.

Each function gives the logarithm of a test martingale: without a difference its value exceeds 1/α
at any time with a probability of at most α, however often one looks (Ville's inequality).
"""

from __future__ import annotations

import numpy as np
from scipy import special


def log_event_factors(
    canary: np.ndarray, share: np.ndarray, ratios: np.ndarray, tolerated: float = 1.0
) -> np.ndarray:
    """What each event says of the rates' ratio, shape (events, ratios).

    Whichever arm a request goes to by chance: of the events (errors, slow answers), the canary has
    the share s·r / (s·r + 1 − s) when its rate is r times the champion's. An event's factor is the
    probability of its arm at the ratio r over that at the tolerated ratio. The base rate does not
    matter, nor that it changes with time (Kulldorff et al., "A Maximized Sequential Probability
    Ratio Test", Sequential Analysis 30, 2011, section 4, for the binomial form).

    Args:
        canary: whether the event was the canary's, shape (events,).
        share: of the traffic that the canary had then, shape (events,).
        ratios: alternatives, all above the tolerated one, shape (ratios,).
        tolerated: ratio that is not worth a rollback.

    >>> np.exp(log_event_factors(np.array([True]), np.array([0.5]), np.array([3.0])))
    array([[1.5]])
    """
    s = np.asarray(share, dtype=float)[:, None]
    at, base = (s * r / (s * r + 1 - s) for r in (np.asarray(ratios)[None, :], tolerated))
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(np.asarray(canary)[:, None], at / base, (1 - at) / (1 - base))
    return np.log(np.where((s > 0) & (s < 1), factors, 1.0))


def log_mean_evidence(total: np.ndarray, variance: np.ndarray, rho: float) -> np.ndarray:
    """Evidence that the mean of a martingale's steps is above zero, in the shape of the inputs.

    exp(λ S − λ² V / 2) mixed over λ > 0 by a half-normal of variance 1/ρ:
    2 √(ρ / (V + ρ)) · exp(S² / (2 (V + ρ))) · Φ(S / √(V + ρ)); Howard, Ramdas, McAuliffe and
    Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of
    Statistics 49(2), 2021, section 3.2. With V the sum of squared steps it holds exactly for
    symmetric steps, and approximately when many of them make up the sum.

    Args:
        total: S, sum of the steps so far. variance: V, sum of their squares.
        rho: sum of squares at which it is to be most sensitive.

    >>> float(log_mean_evidence(np.array(0.0), np.array(0.0), 1.0))
    0.0
    """
    wide = variance + rho
    z = total / np.sqrt(wide)
    mixed = np.log(2) + 0.5 * np.log(rho / wide) + 0.5 * z**2 + special.log_ndtr(z)
    return np.asarray(mixed)
