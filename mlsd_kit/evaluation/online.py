"""From offline to online: what a policy chooses, and whether a better metric chooses better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats


def best_of_lists(lists: ArrayLike, scores: ArrayLike) -> np.ndarray:
    """Positions of the row with the highest score of each list, in order of the lists' ids.

    Of equal scores the first row is taken.

    Args:
        lists: id of the list of each row, shape (n,). scores: shape (n,).

    >>> best_of_lists([7, 7, 3], [0.1, 0.9, 0.2]).tolist()
    [2, 1]
    """
    ids, scores = np.asarray(lists), np.asarray(scores, dtype=float)
    if ids.shape != scores.shape or ids.ndim != 1:
        raise ValueError(f"one list and one score a row, not {ids.shape} and {scores.shape}")
    order = np.lexsort((np.arange(len(ids)), -scores, ids))
    _, first = np.unique(ids[order], return_index=True)
    return order[first]


def agreement(
    offline_gap: ArrayLike, online_gap: ArrayLike, edges: Sequence[float]
) -> pd.DataFrame:
    """How often the system that is better offline is better online, by the size of the gap.

    Args:
        offline_gap: of each pair of systems, higher is better, shape (n,).
        online_gap: of the same pairs, shape (n,).
        edges: of the bins of the absolute offline gap, ascending.

    Returns:
        One row a bin that has a pair: ``pairs``, ``agree`` (share of the same sign) with the bounds
        ``low`` and ``high`` (Wilson, 95 %), and ``mean online gap`` of the offline winner.
        Pairs that share a system are not independent: the bounds are then too narrow.

    >>> agreement([0.1, -0.3, 0.2], [1.0, -2.0, -1.0], [0, 0.25, 1])["agree"].tolist()
    [0.5, 1.0]
    """
    offline, online = np.asarray(offline_gap, float), np.asarray(online_gap, float)
    bins = np.digitize(np.abs(offline), edges) - 1
    rows = {}
    for place in range(len(edges) - 1):
        inside = bins == place
        if not inside.any():
            continue
        winner = np.sign(offline[inside]) * online[inside]
        interval = stats.binomtest(int((winner > 0).sum()), int(inside.sum())).proportion_ci(
            method="wilson"
        )
        rows[f"{edges[place]:g} to {edges[place + 1]:g}"] = {
            "pairs": int(inside.sum()),
            "agree": float((winner > 0).mean()),
            "low": interval.low,
            "high": interval.high,
            "mean online gap": float(winner.mean()),
        }
    columns = ["pairs", "agree", "low", "high", "mean online gap"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("offline gap")
