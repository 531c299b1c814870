"""A cache of results for queries that come again, least recently used out first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import pandas as pd


def hit_rate(stream: Iterable[int], size: int, keep: int) -> float:
    """Share of searches answered from a cache.

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
            stored.move_to_end(query)
            continue
        stored[query] = n
        stored.move_to_end(query)
        if len(stored) > size:
            stored.popitem(last=False)
    return hits / max(n, 1)


def hit_table(stream: list[int], sizes: list[int], keeps: dict[str, int]) -> pd.DataFrame:
    """Hit rate for each size of the cache (rows) and age limit (columns)."""
    rates = {name: [hit_rate(stream, s, keep) for s in sizes] for name, keep in keeps.items()}
    return pd.DataFrame(rates, index=pd.Index(sizes, name="queries that fit"))
