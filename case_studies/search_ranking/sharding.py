"""The index at scale: the same page from shards, how many of them, and a cache in front."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.models import InvertedIndex, merge_shards
from mlsd_kit.scaling import replicas_needed

from .simulator import PLACES, World

CORES = 8
COPIES, ROUNDS = (1, 2, 4), 5
LEAST_MS = 0.05
"""A search costs at least this much, however small the index (parsing, merging)."""


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
    parts = [np.flatnonzero(shard == s) for s in np.unique(shard)]
    indexes = [InvertedIndex().fit([titles[int(i)] for i in part], statistics) for part in parts]
    read = np.zeros(len(parts))
    found = []
    for words in queries:
        answers = []
        for i, (part, index) in enumerate(zip(parts, indexes, strict=True)):
            positions, scores = index.search(words, k)
            answers.append((part[positions], scores))
            rows = [index.row_[word] for word in words if word in index.row_]
            read[i] += np.diff(index.postings_.indptr)[rows].sum()
        found.append(merge_shards(answers, k)[0])
    return found, read


def layout_table(world: World, queries: Sequence[list[str]], shards: int) -> pd.DataFrame:
    """Pages and work of four ways to split: by number or by department, with whose word counts."""
    index = InvertedIndex().fit(world.titles)
    single = [index.search(words, PLACES)[0] for words in queries]
    layouts = {
        "any product anywhere": np.arange(len(world.titles)) % shards,
        "by department": world.products["department"].factorize()[0],
    }
    rows = {}
    for layout, shard in layouts.items():
        for counts in ("whole catalogue", "own shard"):
            shared = counts == "whole catalogue"
            pages, read = sharded_search(world.titles, shard, queries, PLACES, shared)
            rows[layout, counts] = {
                "same page": overlap(single, pages),
                "fullest shard / mean": read.max() / read.mean(),
            }
    return pd.DataFrame(rows).T.rename_axis(["layout", "word counts of"])


def overlap(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> float:
    """Mean share of the first lists' items that the second have too; empty lists agree."""
    shares = [np.isin(x, y).mean() if len(x) else 1.0 for x, y in zip(a, b, strict=True)]
    return float(np.mean(shares))


def search_times(world: World, queries: Sequence[list[str]]) -> pd.Series:
    """Milliseconds of a search in the catalogue, and in each of `COPIES` of it put together.

    The least of some rounds over the queries, the sizes in turn, so that a busy machine counts
    little.
    """
    indexes = [InvertedIndex().fit(world.titles * copies) for copies in COPIES]
    rounds = np.empty((ROUNDS, len(COPIES)))
    for each in rounds:
        for i, index in enumerate(indexes):
            start = time.perf_counter()
            for words in queries:
                index.search(words, PLACES)
            each[i] = 1000 * (time.perf_counter() - start) / len(queries)
    sizes = pd.Index([len(index) for index in indexes], name="products")
    return pd.Series(rounds.min(axis=0), sizes, name="ms")


@dataclass(frozen=True)
class ShardPlan:
    """Machines for each number of shards, from a line through measured times."""

    table: pd.DataFrame
    per_million: float
    fixed: float
    needed: int | None
    """The fewest shards that keep p99 within the budget; None when none of them does."""


def plan_shards(
    times: pd.Series, products: float, rate: float, budget_ms: float, counts: Sequence[int]
) -> ShardPlan:
    """Extrapolate a search's time to a catalogue, and count machines of `CORES` for a rate.

    Args:
        times: milliseconds by number of products, as `search_times` gives them.
        products: in the whole catalogue.
        rate: searches a second, each of which asks every shard.
        budget_ms: for the 99th percentile of a shard (M/M/c, one queue).
        counts: numbers of shards to consider, in ascending order.
    """
    slope, fixed = np.polyfit(times.index / 1e6, times, 1)
    slope, fixed = max(float(slope), 0.0), max(float(fixed), LEAST_MS)
    rows = {}
    for n in counts:
        ms = fixed + slope * products / 1e6 / n
        servers = machines(rate, ms / 1000, budget_ms / 1000, concurrency=CORES, balancing="shared")
        rows[n] = {"ms a search and shard": ms, "machines a shard": servers}
    table = pd.DataFrame(rows).T.rename_axis("shards")
    table["machines"] = table.index * table["machines a shard"]
    enough = table.index[table["machines"].notna()]
    return ShardPlan(table, slope, fixed, int(enough[0]) if len(enough) else None)


def machines(rate: float, seconds: float, budget: float, **options: Any) -> float:
    """As `replicas_needed`; NaN where a single search takes longer than the budget at p99."""
    try:
        return replicas_needed(rate, seconds, latency_slo=budget, **options).replicas
    except ValueError:
        return float("nan")


def hit_rate(stream: Iterable[int], size: int, keep: int) -> float:
    """Share of searches answered from a cache, least recently used out first.

    Args:
        stream: queries in order of arrival.
        size: queries that fit.
        keep: searches after which a stored answer is too old to be used.
    """
    stored: OrderedDict[int, int] = OrderedDict()
    hits = n = 0
    for n, query in enumerate(stream, 1):
        made = stored.get(query)
        if made is not None and n - made < keep:
            hits += 1
        else:
            stored[query] = n
        stored.move_to_end(query)
        if len(stored) > size:
            stored.popitem(last=False)
    return hits / max(n, 1)


def hit_table(stream: list[int], sizes: list[int], keeps: dict[str, int]) -> pd.DataFrame:
    """Hit rate for each size of the cache (rows) and age limit (columns)."""
    rates = {name: [hit_rate(stream, s, keep) for s in sizes] for name, keep in keeps.items()}
    return pd.DataFrame(rates, index=pd.Index(sizes, name="queries that fit"))
