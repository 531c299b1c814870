"""The index in shards: is the result still the same, and does each shard have its share of work?"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlsd_kit.models import InvertedIndex, merge_shards

from .simulator import PLACES, World


def sharded_search(
    titles: Sequence[list[str]],
    shard: np.ndarray,
    queries: Sequence[list[str]],
    k: int,
    shared: bool,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Search an index that is split by ``shard``, the number of each product's shard.

    Args:
        titles: tokens of all products.
        shard: shape (products,).
        queries: tokens of each query.
        k: results.
        shared: whether the shards share the statistics of the whole collection, or each one
            counts its own words.

    Returns:
        The best k of each query, and the postings read in each shard (shards,), summed over the
        queries.
    """
    statistics = InvertedIndex().fit(titles).statistics_ if shared else None
    parts = [np.flatnonzero(shard == s) for s in range(int(shard.max()) + 1)]
    parts = [part for part in parts if len(part)]
    indexes = [InvertedIndex().fit([titles[int(i)] for i in part], statistics) for part in parts]
    read = np.zeros(len(parts))
    found = []
    for words in queries:
        answers = []
        for i, (part, index) in enumerate(zip(parts, indexes, strict=True)):
            positions, scores = index.search(words, k)
            answers.append((part[positions], scores))
            starts, rows = index.postings_.indptr, [index.row_.get(w, -1) for w in words]
            read[i] += sum(starts[r + 1] - starts[r] for r in rows if r >= 0)
        found.append(merge_shards(answers, k)[0])
    return found, read


def overlap(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> float:
    """Mean share of the first lists' items that the second have too; empty lists agree."""
    shares = [np.isin(x, y).mean() if len(x) else 1.0 for x, y in zip(a, b, strict=True)]
    return float(np.mean(shares))


def search_times(world: World, queries: Sequence[list[str]]) -> pd.DataFrame:
    """Milliseconds of a search in indexes of a quarter, a half and all of the catalogue.

    The least of three rounds over the queries, so that a busy machine does not count.
    """
    rows = {}
    for part in (4, 2, 1):
        titles = world.titles[: len(world.titles) // part]
        index = InvertedIndex().fit(titles)
        rounds = []
        for _ in range(3):
            start = time.perf_counter()
            for words in queries:
                index.search(words, PLACES)
            rounds.append(1000 * (time.perf_counter() - start) / len(queries))
        rows[len(titles)] = {"ms": min(rounds)}
    return pd.DataFrame(rows).T.rename_axis("products")
