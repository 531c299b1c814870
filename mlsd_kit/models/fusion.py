"""Fusion of ranked lists by their ranks, when their scores cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def reciprocal_rank_fusion(
    lists: Sequence[np.ndarray], k: int | None = None, constant: float = 60.0
) -> tuple[np.ndarray, np.ndarray]:
    """Merge ranked lists: an item's score is Σ 1 / (constant + rank) over the lists that have it.

    Cormack, Clarke and Büttcher (SIGIR 2009), whose constant is 60. Scores are not looked at, so
    that retrievers with different scales need no calibration.

    Args:
        lists: item numbers, best first, each without repetitions.
        k: how many to return; all by default.
        constant: the larger, the less the first ranks stand out.

    Returns:
        Item numbers and fused scores, best first; of equal scores the lower number first.

    >>> reciprocal_rank_fusion([np.array([1, 2, 3]), np.array([3, 9])])[0].tolist()
    [3, 1, 2, 9]
    """
    if not lists:
        return np.array([], dtype=np.int64), np.array([])
    items, place = np.unique(np.concatenate(lists), return_inverse=True)
    ranks = np.concatenate([np.arange(1, len(ranked) + 1) for ranked in lists])
    scores = np.bincount(place, 1.0 / (constant + ranks), minlength=len(items))
    order = np.lexsort((items, -scores))[:k]
    return items[order], scores[order]
