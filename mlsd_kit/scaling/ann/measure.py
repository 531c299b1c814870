"""Recall, latency and memory of indexes on the same vectors."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from mlsd_kit.scaling.ann.index import VectorIndex


def brute_force(items: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, float]:
    """The true neighbours by NumPy, query by query on one thread, and milliseconds per query.

    Args:
        items: unit vectors, shape (n, d). queries: shape (m, d).
        k: how many; at most n.

    Returns:
        Ids shape (m, k), nearest first, and the time.
    """
    n = len(items)
    if not 1 <= k <= n:
        raise ValueError(f"{k} neighbours of {n} items")
    found = np.empty((len(queries), k), dtype=np.int64)
    with threadpool_limits(1):
        start = time.perf_counter()
        for row, query in enumerate(queries):
            scores = items @ query
            best = np.argpartition(scores, n - k)[n - k :]
            found[row] = best[np.argsort(-scores[best])]
        spent = time.perf_counter() - start
    return found, 1000 * spent / len(queries)


def recall_at_k(found: np.ndarray, truth: np.ndarray) -> float:
    """Mean share of the true neighbours, shape (m, k), that are among the found, shape (m, j).

    >>> recall_at_k(np.array([[3, 9, 1]]), np.array([[1, 2]]))
    0.5
    """
    hits = [np.isin(t, f).mean() for t, f in zip(truth, found, strict=True)]
    return float(np.mean(hits))


def rerank(items: np.ndarray, queries: np.ndarray, candidates: np.ndarray, k: int) -> np.ndarray:
    """Of each query's candidates (ids, −1 for none) the k with the largest cosine, shape (m, k).

    Args:
        items: true unit vectors, shape (n, d). queries: shape (m, d).
        candidates: ids from an index of codes, shape (m, c).
        k: at most c.
    """
    scores = np.einsum("mcd,md->mc", items[candidates], queries)
    scores[candidates < 0] = -np.inf
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(candidates, best, axis=1)


def measure(
    indexes: Sequence[VectorIndex],
    queries: np.ndarray,
    truth: np.ndarray,
    efforts: Mapping[str, Sequence[int]],
    repeats: int = 1,
) -> pd.DataFrame:
    """Recall and milliseconds of built indexes, one query at a time, for each effort.

    Args:
        indexes: built.
        queries: shape (m, d).
        truth: ids of the true neighbours, shape (m, k).
        efforts: name of the effort (``nprobe``, ``ef``) → values to try.
        repeats: passes over the queries; the fastest counts.

    Returns:
        One row for each index and effort: ``kind``, ``effort``, ``recall``, ``ms``.
    """
    rows = []
    k = truth.shape[1]
    for index in indexes:
        for effort in efforts.get(index.effort_name, [0]):
            index.search(queries[:1], k, effort)
            spent = []
            for _ in range(repeats):
                start = time.perf_counter()
                found = [
                    index.search(queries[i : i + 1], k, effort)[0] for i in range(len(queries))
                ]
                spent.append(time.perf_counter() - start)
            recall = recall_at_k(np.array(found), truth)
            ms = 1000 * min(spent) / len(queries)
            kind = type(index).__name__
            rows.append({"kind": kind, "effort": effort, "recall": recall, "ms": ms})
    return pd.DataFrame(rows)


def pareto(table: pd.DataFrame, cost: str, gain: str) -> pd.DataFrame:
    """The rows that no other row beats in both: in order of cost, each with more gain.

    >>> frame = pd.DataFrame({"ms": [1, 2, 3], "recall": [0.5, 0.4, 0.9]})
    >>> pareto(frame, "ms", "recall")["ms"].tolist()
    [1, 3]
    """
    ordered = table.sort_values([cost, gain], ascending=[True, False], kind="stable")
    before = ordered[gain].cummax().shift(fill_value=-np.inf)
    return ordered[ordered[gain] > before]
