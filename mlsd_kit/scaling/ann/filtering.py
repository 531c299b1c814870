"""Search among the items that pass a filter: before, after, or during the search."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mlsd_kit.scaling.ann.index import VectorIndex
from mlsd_kit.scaling.ann.measure import recall_at_k
from mlsd_kit.scaling.funnel import top_k

FILTERS = ("before", "after", "during")


@dataclass
class FilteredSearch:
    """An index, the vectors, and three ways to respect a filter.

    ``before``: the allowed vectors are compared exactly, without the index. ``after``: the index is
    asked for more than k, and what is not allowed is dropped. ``during``: the index walks over all
    items, but collects only what is allowed.
    """

    index: VectorIndex
    items: np.ndarray = field(repr=False)

    def search(
        self,
        queries: np.ndarray,
        k: int,
        allowed: np.ndarray,
        how: str,
        effort: int,
        fetch: int = 0,
    ) -> np.ndarray:
        """Ids of allowed items, nearest first, shape (m, k), −1 where fewer were found.

        Args:
            queries: shape (m, d).
            k: how many.
            allowed: a mask, shape (n,).
            how: one of `FILTERS`.
            effort: of the index.
            fetch: how many are asked for when the filter comes after; at least k.
        """
        if how == "before":
            ids = np.flatnonzero(allowed)
            best = [top_k(scores, k) for scores in queries @ self.items[ids].T]
            return _padded([ids[places] for places in best], k)
        if how == "during":
            return self.index.search(queries, k, effort, allowed)
        if how != "after":
            raise ValueError(f"how: {how!r} is none of {', '.join(FILTERS)}")
        found = self.index.search(queries, max(k, fetch), effort)
        return _padded([row[(row >= 0) & allowed[row]] for row in found], k)

    def compare(
        self, queries: np.ndarray, k: int, shares: Sequence[float], effort: int, seed: int
    ) -> pd.DataFrame:
        """Recall, results found and milliseconds, for random filters that let a share pass.

        ``after`` is tried twice: with ten times k fetched, and with 2 k / share, which is twice
        what holds k allowed items on average. A graph's candidate list is made as long as that.

        Returns:
            One row for each share and way: ``share``, ``filter``, ``recall``, ``found``, ``ms``.
        """
        rng = np.random.default_rng(seed)
        rows = []
        for share in shares:
            allowed = rng.random(len(self.items)) < share
            truth = self.search(queries, k, allowed, "before", effort)
            enough = min(len(self.items), math.ceil(2 * k / share))
            ways = {
                "before": ("before", 0),
                "during": ("during", 0),
                "after, 10 k": ("after", 10 * k),
                "after, 2 k / share": ("after", enough),
            }
            for name, (how, fetch) in ways.items():
                longest = max(effort, fetch) if self.index.effort_name == "ef" else effort
                start = time.perf_counter()
                found = [
                    self.search(queries[i : i + 1], k, allowed, how, longest, fetch)[0]
                    for i in range(len(queries))
                ]
                ms = 1000 * (time.perf_counter() - start) / len(queries)
                ids = np.array(found)
                row = {"share": share, "filter": name, "recall": recall_at_k(ids, truth)}
                rows.append({**row, "found": float((ids >= 0).sum(axis=1).mean()), "ms": ms})
        return pd.DataFrame(rows)


def _padded(rows: list[np.ndarray], k: int) -> np.ndarray:
    found = np.full((len(rows), k), -1, dtype=np.int64)
    for into, row in zip(found, rows, strict=True):
        into[: len(row[:k])] = row[:k]
    return found
