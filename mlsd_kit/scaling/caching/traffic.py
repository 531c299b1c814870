"""Requests for keys of unequal popularity."""

from __future__ import annotations

import numpy as np


def zipf(keys: int, skew: float) -> np.ndarray:
    """Popularity of keys: proportional to rank^−skew, shape (keys,), in sum one.

    Skew 0 is uniform; web pages have been found at 0.64 to 0.83 (Breslau et al., "Web caching and
    Zipf-like distributions", INFOCOM 1999).

    >>> zipf(2, 1.0).round(3).tolist()
    [0.667, 0.333]
    """
    if keys < 1 or skew < 0:
        raise ValueError(f"{keys} keys with skew {skew}")
    weights = np.arange(1, keys + 1, dtype=float) ** -skew
    return np.asarray(weights / weights.sum())


def requests(popularity: np.ndarray, count: int, seed: int, moves: int = 0) -> np.ndarray:
    """Draw keys independently of each other (the independent reference model), shape (count,).

    Args:
        popularity: of the keys, shape (n,).
        count: how many requests.
        seed: of the draw.
        moves: how often, at equal distances, the popularities are dealt out anew to the keys: what
            was hot turns cold.
    """
    rng = np.random.default_rng(seed)
    ranks = rng.choice(len(popularity), count, p=popularity)
    parts = np.array_split(ranks, moves + 1)
    dealt = [parts[0], *(rng.permutation(len(popularity))[part] for part in parts[1:])]
    return np.concatenate(dealt)
