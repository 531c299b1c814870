"""Lists of recommendations: what they do to the catalogue, exploration, re-ranking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

PULL = 1.0


def guards(lists: np.ndarray, views: np.ndarray, genres: np.ndarray) -> dict[str, float]:
    """What lists (users, k) do beside being right.

    Args:
        lists: item numbers; -1 for an empty place.
        views: how many views each item had, shape (items,).
        genres: 0/1, shape (items, genres).

    Returns:
        ``coverage``: share of the catalogue that anybody is shown; ``effective items``: 1 / Σ
        share² of the places; ``novelty``: mean -log2 of an item's share of views, in bits;
        ``diversity``: mean 1 - cosine of the genres of two items in a list.
    """
    shown = lists[lists >= 0]
    share = np.bincount(shown, minlength=len(views)) / len(shown)
    popularity = (views + 1) / (views + 1).sum()
    unit = genres / np.maximum(np.linalg.norm(genres, axis=1, keepdims=True), 1e-9)
    vectors = unit[lists]
    k = lists.shape[1]
    total = (vectors.sum(axis=1) ** 2).sum(axis=1) - (vectors**2).sum(axis=(1, 2))
    return {
        "coverage": float((share > 0).mean()),
        "effective items": float(1 / np.sum(share**2)),
        "novelty": float(-np.log2(popularity[shown]).mean()),
        "diversity": float((1 - total / (k * (k - 1))).mean()),
    }


def guard_table(
    lists: Mapping[str, np.ndarray], views: np.ndarray, genres: np.ndarray
) -> pd.DataFrame:
    """`guards` of several designs, a row each."""
    return pd.DataFrame({name: guards(found, views, genres) for name, found in lists.items()}).T


def places_by_popularity(items: np.ndarray, popularity: np.ndarray, groups: int = 10) -> np.ndarray:
    """Share of the places, shape (groups,), that each group of items has, most popular first."""
    order = np.argsort(-popularity, kind="stable")
    group = np.empty(len(order), dtype=int)
    group[order] = np.arange(len(order)) * groups // len(order)
    return np.asarray(np.bincount(group[items[items >= 0]], minlength=groups) / (items >= 0).sum())


def popularity_table(lists: Mapping[str, np.ndarray], popularity: np.ndarray) -> pd.DataFrame:
    """`places_by_popularity` of several designs, a column each, a row a tenth of the items."""
    columns = {name: places_by_popularity(found, popularity) for name, found in lists.items()}
    names = [f"{10 * tenth}–{10 * tenth + 10} %" for tenth in range(10)]
    return pd.DataFrame(columns, index=pd.Index(names, name="items, by popularity"))


def explore(lists: np.ndarray, X: sparse.csr_array, seed: int) -> np.ndarray:
    """Lists whose last place is an item at random, of those neither seen nor in the list."""
    draw = np.random.default_rng([seed, 5]).random(X.shape)
    draw[X.toarray() > 0] = -1.0
    np.put_along_axis(draw, lists, -1.0, axis=1)
    explored = lists.copy()
    explored[:, -1] = draw.argmax(axis=1)
    return explored


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Mean share of places that two lists (users, k) have in common."""
    rows = zip(a, b, strict=True)
    return float(np.mean([len(np.intersect1d(x, y)) / a.shape[1] for x, y in rows]))


def rerank(
    items: np.ndarray, recent: list[int], weights: np.ndarray, pull: float = PULL
) -> np.ndarray:
    """One list, without what was just watched, in the order of its place and the session.

    Args:
        items: best first, shape (n,).
        recent: items just watched.
        weights: what an item says of another, shape (items, items).
        pull: places of the whole list that a weight of 1 moves an item; 0 only takes away.
    """
    items = items[~np.isin(items, recent)]
    if not recent:
        return items
    place = np.arange(len(items)) / len(items)
    return items[np.argsort(place - pull * weights[recent][:, items].sum(axis=0), kind="stable")]


def rerank_all(
    lists: np.ndarray, sessions: Mapping[Any, list[int]], weights: np.ndarray, k: int, pull: float
) -> np.ndarray:
    """The first k of each list after its user watched some items; ``sessions``: user → items."""
    return np.array(
        [rerank(row, sessions.get(user, []), weights, pull)[:k] for user, row in enumerate(lists)]
    )
