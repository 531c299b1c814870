"""Before a ranking goes live: features checked, pages compared in shadow, conditions of a gate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlsd_kit.models import InvertedIndex

from .features import features
from .judged import Judged
from .retrieval import Retriever
from .simulator import World

Condition = tuple[str, str, bool]


def bm25_by_hand(world: World, index: InvertedIndex, query: int, product: np.ndarray) -> np.ndarray:
    """BM25 of products for one query, word by word from the formula: what the index must give."""
    known = index.statistics_
    found = np.zeros(len(product))
    for i, p in enumerate(product):
        title = world.titles[p]
        norm = index.k1 * (1 - index.b + index.b * len(title) / known.mean_length)
        for word in world.words[query]:
            times = title.count(word)
            found[i] += known.idf(word) * times * (index.k1 + 1) / (times + norm)
    return found


def feature_checks(retriever: Retriever, judged: Judged, query: int) -> pd.Series:
    """Features of one query computed alone, by hand and by their limits: whether each holds."""
    rows = np.flatnonzero(judged.query == query)
    products, stored = judged.item[rows], judged.X.iloc[rows].reset_index(drop=True)
    alone = features(retriever, judged.query[rows], products)
    by_hand = bm25_by_hand(retriever.world, retriever.index, query, products)
    X = judged.X
    checks = {
        "one query alone = all queries at once": alone.equals(stored),
        "BM25 = its formula by hand": bool((np.abs(stored["bm25"] - by_hand) < 1e-3).all()),
        "shares lie between 0 and 1": bool(X["words_in_title"].between(0, 1).all()),
        "no rating exactly where no review": bool(
            (X["rating"].isna() == (X["reviews"] == 0)).all()
        ),
    }
    return pd.Series(checks, name="holds")


def shadow(judged: Judged, present: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """Share of the page that two rankings have in common, and of searches with another first."""
    old_page, new_page = judged.ranked(present), judged.ranked(new)
    pairs = zip(new_page, old_page, strict=True)
    common = [np.isin(a[a >= 0], b).mean() for a, b in pairs]
    weight = judged.weight.loc[judged.queries]
    changed = old_page[:, 0] != new_page[:, 0]
    return float(np.average(common, weights=weight)), float(np.average(changed, weights=weight))


def gate(conditions: Sequence[Condition]) -> pd.DataFrame:
    """Conditions of a promotion, each with its figure and whether it holds."""
    return pd.DataFrame(conditions, columns=["condition", "figure", "holds"])
