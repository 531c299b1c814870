"""Evidence that the canary is worse, which may be read after every request.

Each function gives the logarithm of a test martingale: without a difference its value exceeds 1/α
at any time with a probability of at most α, however often one looks (Ville's inequality).
"""

from __future__ import annotations

import numpy as np

BETS = np.array([0.5, 0.125, 0.03125])
"""Parts of the evidence that a step may cost at worst."""


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


def log_bet_factors(
    y: np.ndarray, mean: np.ndarray, canary: np.ndarray, share: np.ndarray, most: float, sign: int
) -> np.ndarray:
    """What each value says of the means' difference, shape (n, bets).

    1 + λ (y − mean) (canary − share) times the sign, for several λ: a fair game when the canary's
    mean is the champion's, whatever the distribution, as which arm a value comes from is then
    chance; Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting",
    Journal of the Royal Statistical Society B 86(1), 2024. Each λ risks a part of what there is, so
    that no factor is negative.

    Args:
        y: values between 0 and ``most``, shape (n,).
        mean: of both arms' values before each, shape (n,).
        canary: whether it is the canary's. share: of the traffic that the canary had then.
        sign: 1 bets on a larger mean of the canary, −1 on a smaller one.

    >>> one, half = np.array([1.0]), np.array([0.5])
    >>> np.exp(log_bet_factors(one, half, np.array([True]), half, 1.0, 1)).round(3).tolist()
    [[1.5, 1.125, 1.031]]
    """
    ends = sign * np.array([-mean, most - mean])
    worst = np.maximum(-ends.min(axis=0) * (1 - share), ends.max(axis=0) * share)
    risked = np.divide(BETS, worst[:, None], where=worst[:, None] > 0, out=np.zeros((len(y), 3)))
    step = sign * (y - mean) * (canary - share)
    return np.asarray(np.log1p(risked * step[:, None]))
