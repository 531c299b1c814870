"""The ladder on a sample of MSLR-WEB: trained on one file's queries, tested on the other's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlsd_kit.data.sets import load_mslr_sample
from mlsd_kit.evaluation import Rankings

from . import ltr
from .judged import gap

BM25 = "feature_110"
"""BM25 of the whole document, as the set's page lists it."""
SETTINGS = {"n_estimators": 60, "learning_rate": 0.08, "min_child_samples": 60}


@dataclass(frozen=True)
class RealLadder:
    """NDCG@10 of each ranking on the test queries, with intervals."""

    table: pd.DataFrame
    best: str
    """The best of the trees."""
    gap: tuple[float, float, float]
    """NDCG@10 of the best less that of BM25, over the same queries, with its interval."""
    queries: int
    width: float
    """Mean width of the intervals of the differences between objectives."""


def mslr_ladder(seed: int) -> RealLadder:
    """Fit linear, pointwise, listwise and LambdaMART rankers to the sample, and compare."""
    train, test = load_mslr_sample("train"), load_mslr_sample("test")
    columns = list(test.columns[2:])
    sizes = train.groupby("query", sort=False).size().to_numpy()
    scores = {"BM25": test[BM25].to_numpy(float)}
    for kind in ("linear", "pointwise", "listwise", "lambdamart"):
        model = ltr.ranker(kind, seed, **({} if kind == "linear" else SETTINGS))
        grouped = {} if kind in ("linear", "pointwise") else {"group": sizes}
        model.fit(train[columns], train["relevance"].astype(int), **grouped)
        scores[kind] = ltr.scores(model, test[columns])
    query, grades = test["query"].to_numpy(), test["relevance"].to_numpy()
    ndcg = {
        name: pd.Series(Rankings.from_scores(query, s, grades).ndcg(10, exponential=True))
        for name, s in scores.items()
    }
    trees = ("pointwise", "listwise", "lambdamart")
    best = max(trees, key=lambda name: ndcg[name].mean())
    rows = {name: (v.mean(), *gap(v, ndcg["BM25"], seed)) for name, v in ndcg.items()}
    table = pd.DataFrame(rows, index=["NDCG@10", "less BM25", "low", "high"]).T
    others = [gap(ndcg[name], ndcg[best], seed) for name in trees if name != best]
    width = float(np.mean([high - low for _, low, high in others]))
    judged = int(ndcg["BM25"].notna().sum())
    return RealLadder(table, best, gap(ndcg[best], ndcg["BM25"], seed), judged, width)
