"""Retrieval by inner product over embeddings: exact, and with an inverted file."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlsd_kit.scaling.funnel import top_k


def exact_search(query: np.ndarray, items: np.ndarray, k: int) -> np.ndarray:
    """Positions of the k items with the largest inner product with the query, largest first.

    Args:
        query: shape (d,).
        items: embeddings of the items, shape (n, d).
        k: how many.

    >>> exact_search(np.array([1.0, 0.0]), np.array([[0.2, 9.0], [0.5, 0.0]]), 1).tolist()
    [1]
    """
    return top_k(items @ query, k)


class InvertedFileIndex:
    """Items in clusters, of which a query visits only the nearest (IVF).

    K-means puts each item in the cell of its nearest centroid (Sivic and Zisserman, "Video Google",
    ICCV 2003; Jégou, Douze and Schmid, PAMI 2011). A query scores the centroids, then exactly the
    items of the ``nprobe`` best cells.

    Args:
        cells: number of clusters; about √n balances the two steps.
        train_size: items that k-means learns from, chosen at random.
        seed: seed of k-means.
    """

    def __init__(self, cells: int, *, train_size: int = 20_000, seed: int = 0) -> None:
        self.cells = cells
        self.train_size = train_size
        self.seed = seed

    def fit(self, items: np.ndarray) -> InvertedFileIndex:
        """Cluster the items, shape (n, d), and store them cell by cell."""
        from sklearn.cluster import MiniBatchKMeans

        if not 1 <= self.cells <= min(len(items), self.train_size):
            raise ValueError(f"{self.cells} cells for {len(items)} items")
        rng = np.random.default_rng(self.seed)
        chosen = rng.permutation(len(items))[: self.train_size]
        means = MiniBatchKMeans(self.cells, random_state=self.seed, n_init=1)
        means.fit(items[chosen])
        cell = means.predict(items)
        self.centroids_ = means.cluster_centers_
        self.order_ = np.argsort(cell, kind="stable")
        self.items_ = np.ascontiguousarray(items[self.order_])
        self.bounds_ = np.searchsorted(cell[self.order_], np.arange(self.cells + 1))
        return self

    def search(self, query: np.ndarray, k: int, *, nprobe: int = 1) -> np.ndarray:
        """Positions of the k best items in the nprobe cells visited, best first.

        Fewer than k come back when the cells visited hold fewer.
        """
        cells = top_k(self.centroids_ @ query, nprobe)
        spans = [slice(self.bounds_[cell], self.bounds_[cell + 1]) for cell in cells]
        scores = np.concatenate([self.items_[span] @ query for span in spans])
        places = np.concatenate([self.order_[span] for span in spans])
        return places[top_k(scores, k)]


def compare_probes(
    index: InvertedFileIndex,
    queries: np.ndarray,
    items: np.ndarray,
    k: int,
    nprobes: Sequence[int] = (1, 2, 4, 8, 16, 32),
) -> pd.DataFrame:
    """Recall of the exact top k against milliseconds per query, for each nprobe and for exact.

    Args:
        index: fitted on the same items.
        queries: shape (m, d).
        items: shape (n, d).
        k: how many neighbours.
        nprobes: cells visited.
    """
    start = time.perf_counter()
    truth = [exact_search(query, items, k) for query in queries]
    exact_ms = (time.perf_counter() - start) * 1000 / len(queries)
    rows = []
    for nprobe in nprobes:
        start = time.perf_counter()
        found = [index.search(query, k, nprobe=nprobe) for query in queries]
        spent = (time.perf_counter() - start) * 1000 / len(queries)
        recall = np.mean([np.isin(t, f).mean() for t, f in zip(truth, found, strict=True)])
        rows.append({"search": f"nprobe={nprobe}", "recall": float(recall), "ms": spent})
    rows.append({"search": "exact", "recall": 1.0, "ms": exact_ms})
    return pd.DataFrame(rows).set_index("search")
